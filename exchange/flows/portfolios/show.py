"""Show: what a reader of a link may see, verified just now; one value, of which every rendering is made.

However many items there are, it takes the same few reads: what is chosen is read together, and verified
together. What is not chosen is not even read. What is not its holder's any more (an address that went, a
badge that was declined, an endorsement or a vouch that was hidden) is not shown; what does not hold any more
is, as a tombstone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from msgspec.structs import replace

from exchange.core import urls
from exchange.core.common import Common
from exchange.core.credentials.gently import first_object
from exchange.core.plain_text import as_named, plain, safe_link
from exchange.core.portfolio.portfolio import Grouping, Portfolio, chosen
from exchange.core.portfolio.portfolio import Item as Choice
from exchange.core.portfolio.shown import Evidence, Fact, Group, Item, Shown, Skill, State
from exchange.core.portfolio.skills import aligned
from exchange.core.verdict.documents import Document
from exchange.core.verdict.verdict import Verdict
from exchange.errors import NotFoundError
from exchange.flows.badges.verify import verify_together
from exchange.flows.embeds.value import badge_value, state_by
from exchange.flows.endorsements.listed import Line, line_of
from exchange.flows.endorsements.trust import MOST_VERSIONS, of_chosen
from exchange.flows.imported.listed import states
from exchange.flows.imported.records import ImportedNow
from exchange.flows.portfolios.brought import brought
from exchange.flows.portfolios.choices import MINE, evidence_of, is_shown
from exchange.flows.portfolios.records import Kept, Publication, Shared
from exchange.flows.ports import Ports
from exchange.flows.records import Signed, StatusChange
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.vouches.records import Vouch

Keys = tuple[str, ...]


def name_of(key: str) -> str:
    """What is found by a key: the hash of a secret; a public name as it is written."""
    return urls.small_key(key) if key.startswith("@") else hash_of(key)


async def find_shared(ports: Ports, key: str) -> Shared:
    """What a secret shows, or a public name; a handle alone names what is all that its holder shows to
    everybody. NotFoundError("not_shared") for what never was there, is private, switched off, over or erased:
    after the same one read, in the same words."""
    if key.startswith("@"):
        found = await find_public(ports, key)
        if len(found) != 1:
            raise not_shared()
        return found[0]
    one = await ports.store.shared(hash_of(key))
    if (
        one is None
        or isinstance(one.link, Publication)
        or not one.link.stands(ports.now())
        or one.state != "active"
    ):
        raise not_shared()
    return one


async def find_public(ports: Ports, key: str) -> list[Shared]:
    """What a public name shows to everybody, large letters or small: of a handle alone, all that its holder
    has made public, the oldest first. NotFoundError("not_shared"), as `find_shared`."""
    handle, _, slug = urls.small_key(key).removeprefix("@").partition("~")
    found = await ports.store.at_handle(handle)
    shown = [one for one in found if isinstance(one.link, Publication) and slug in ("", one.link.slug)]
    if not shown:
        raise not_shared()
    return shown


def not_shared() -> NotFoundError:
    """What is said of whatever is not shown."""
    return NotFoundError("not_shared", "There is nothing here, or not any more.")


async def shown_of(ports: Ports, found: Shared, key: str) -> tuple[Shown, Keys]:
    """What it shows, and the keys of everything that this depends on: badges, vouches and endorsements. What
    is public is known by its own name, whatever it was asked by."""
    link = found.link
    search = isinstance(link, Publication) and link.search
    name = link.name if isinstance(link, Publication) else key
    shown, keys = await show(ports, found.kept, found.name, link.items, name)
    visible = found.kept.portfolio.portrait and found.picture
    portrait = urls.portrait("", name, found.picture) if visible else ""
    how = {"receipt": link.receipt, "framed_by": link.origins, "search": search}
    return replace(shown, portrait=portrait, **how), keys


async def show(
    ports: Ports, kept: Kept, name: str, items: Collection[str] | None = None, key: str = ""
) -> tuple[Shown, Keys]:
    """A portfolio as a reader of these items sees it; `name` is what its holder is called."""
    said = kept.portfolio
    rows = await _read(ports, kept.person, chosen(said, items))
    common = Common()
    verdicts = await _verify(ports, rows, common)
    made = [
        brought(choice, rows.imported[choice.id], key)
        if choice.kind == "imported"
        else _item(rows, choice, verdicts, common)
        for choice in rows.choices
    ]
    places = {one.id: one.key for one in rows.choices if one.kind == "badge"}
    placed = [one for one in (_placed(rows, one, places) for one in made) if one is not None]
    ordered, groups = _grouped(said, placed)
    shown = Shown(
        key=key,
        person=as_named(name, 200),
        headline=said.headline,
        points=said.points,
        template=said.template,
        grouping=said.grouping,
        groups=groups,
        items=ordered,
        facts=await _facts(ports, rows, {one.key for one in placed}),
    )
    return shown, tuple(rows.badges)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Everything that is needed of what is chosen and its holder's; `badges` by key, whatever their kind.
    `versions` are the badges that each badge renews, itself first."""

    choices: tuple[Choice, ...]
    badges: Mapping[str, Signed]
    endorsements: Mapping[str, Line]
    vouches: Mapping[str, Vouch]
    versions: Mapping[str, Sequence[Signed]]
    imported: Mapping[str, ImportedNow]
    history: Mapping[str, Sequence[StatusChange]]

    def badge_of(self, endorsement: str) -> str:
        """The chosen badge that an endorsement is of, or of which it is of an earlier version; `""` for
        none."""
        subject = self.endorsements[endorsement].endorsement.subject
        if subject in self.versions:
            return subject
        holds = (key for key, rows in self.versions.items() if subject in [row.id for row in rows])
        return next(holds, "")


async def _read(ports: Ports, person: str, choices: Sequence[Choice]) -> _Rows:
    asked = {kind: [one.id for one in choices if one.kind == kind] for kind in ("endorsement", "vouch")}
    badges = {one.id: one for one in await ports.store.these_badges([one.id for one in choices])}
    said = {one.id: one for one in await ports.store.these_endorsements(asked["endorsement"])}
    vouches = {one.id: one for one in await ports.store.these_vouches(asked["vouch"])}
    imported = await states(ports, [one.id for one in choices if one.kind == "imported"])
    addresses = {f"mailto:{a.address}" for a in await ports.store.addresses(person) if a.verified_at}
    lines: dict[str, Line] = {}

    def theirs(one: Choice) -> bool:
        if one.kind == "imported":
            return one.id in imported and imported[one.id].person == person
        row = badges.get(one.id)
        if row is None:
            return False
        if one.kind == "badge":
            return row.kind == "badge" and row.claim in MINE and row.recipient.lower() in addresses
        if one.kind == "vouch":
            vouch = vouches.get(one.id)
            return vouch is not None and vouch.holder == person and vouch.shown == "shown"
        return one.id in lines

    for id, endorsement in said.items():
        line = line_of(endorsement) if endorsement.holder == person and is_shown(endorsement) else None
        if line is not None:
            lines[id] = line
    kept = tuple(one for one in choices if theirs(one))
    ids = [one.id for one in kept if one.kind != "imported"]
    own = [badges[one.id] for one in kept if one.kind == "badge"]
    history: dict[str, list[StatusChange]] = {}
    for change in await ports.store.histories(ids):
        history.setdefault(change.badge, []).append(change)
    return _Rows(
        kept,
        {id: badges[id] for id in ids},
        lines,
        vouches,
        await _versions(ports, own),
        imported,
        history,
    )


async def _versions(ports: Ports, own: Sequence[Signed]) -> dict[str, list[Signed]]:
    """Each with the badges that it renews: one read for each step back, whatever number takes it."""
    found = {one.id: [one] for one in own}
    known = {one.id: one for one in own}
    for _ in range(MOST_VERSIONS):
        last = [rows[-1].renews for rows in found.values() if rows[-1].renews]
        if wanted := [key for key in last if key not in known]:
            known |= {one.id: one for one in await ports.store.these_badges(wanted)}
        moved = False
        for rows in found.values():
            earlier = known.get(rows[-1].renews)
            if earlier is not None and earlier not in rows:
                rows.append(earlier)
                moved = True
        if not moved:
            break
    return found


async def _verify(ports: Ports, rows: _Rows, common: Common) -> dict[str, Verdict]:
    known: dict[str, Document] = {}
    for badge in [one for chain in rows.versions.values() for one in chain]:
        media = "application/jwt" if badge.proof == "jwt" else "application/vc"
        for base in ports.bases:  # what an endorsement pins is compared with it
            url = urls.badge(base, badge.id)
            known[url] = Document(url, 200, media, badge.signed)
    signed = [one.signed for one in rows.badges.values()]
    return dict(zip(rows.badges, await verify_together(ports, signed, known, common), strict=True))


# --- one item ---------------------------------------------------------------------------------------------


def _item(rows: _Rows, choice: Choice, verdicts: Mapping[str, Verdict], common: Common) -> Item:
    verdict = verdicts[choice.id]
    if choice.kind == "endorsement":
        return _endorsement(rows, choice, verdict)
    badge, vouch = rows.badges[choice.id], rows.vouches.get(choice.id)
    value = badge_value(badge, badge.alt, verdict, rows.history.get(badge.id, ()))
    document = verdict.credential or {}
    earned = first_object(first_object(document.get("credentialSubject")).get("achievement"))
    item = Item(
        key=choice.key,
        kind=choice.kind,
        state=value.state,
        since=value.since,
        reason=value.reason,
        name=value.name,
        description=value.description,
        issuer=value.issuer,
        domain=value.domain,
        page=value.page,
        picture=value.picture,
        alt=value.alt,
        credential=f"{urls.badge('', badge.id)}.{'jwt' if badge.proof == 'jwt' else 'json'}",
        at=value.starts,
        starts=value.starts,
        ends=value.ends,
        skills=common.once(earned, "skills", partial(_skills, earned)),
        evidence=_evidence(choice, document),
    )
    return _without_words(_vouch(item, vouch, verdict, document) if vouch else item)


def _vouch(item: Item, vouch: Vouch, verdict: Verdict, document: Mapping[str, Any]) -> Item:
    """What is said of a badge that is a vouch."""
    said = first_object(document.get("credentialSubject"))
    over = item.state == "revoked"
    return replace(
        item,
        state=_ended(item.state, vouch.state),
        since=vouch.ended_at or item.since if over else item.since,
        reason="",  # why somebody took it back is nobody's to read
        issuer=_endorser_name(verdict) or item.issuer,
        at=vouch.signed_at or item.at,
        relationship=plain(said.get("relationship")),
        text=plain(said.get("narrative"), 2000),
        signed_by="own" if vouch.custody == "holder" else "exchange",
        sponsor=vouch.kind == "sponsor",
    )


def _endorsement(rows: _Rows, choice: Choice, verdict: Verdict) -> Item:
    line = rows.endorsements[choice.id]
    one, said = line.endorsement, line.said
    state = _ended(state_by(verdict), one.state)
    bare = Item(
        key=choice.key,
        kind="endorsement",
        state=state,
        since=one.ended_at,
        page=urls.endorsement("", one.id),
        credential=urls.endorsement("", one.id),
    )
    if verdict.credential is None:
        return bare
    item = replace(
        bare,
        issuer=_endorser_name(verdict) or as_named(line.name, 200),
        at=one.signed_at or said.valid_from,
        starts=said.valid_from,
        skills=tuple(Skill(as_named(skill.name), safe_link(skill.id)) for skill in said.skills),
        evidence=_evidence(choice, verdict.credential),
        relationship=plain(said.relationship),
        team=as_named(said.endorser_team.name) if said.endorser_team else "",
        line=plain(said.line, 1000),
        text=plain(said.text, 5000),
        signed_by="own" if line.own_key else "exchange",
    )
    return _without_words(item)


def _ended(state: State, row: str) -> State:
    """`revoked` is said of what an issuer took back; of a peer's word, what its row knows."""
    if state != "revoked":
        return state
    return "superseded" if row == "superseded" else "withdrawn"


def _endorser_name(verdict: Verdict) -> str:
    """What a key credential that stands says they are called."""
    return as_named(verdict.endorser.name, 200) if verdict.endorser else ""


def _without_words(item: Item) -> Item:
    """Of what does not stand, no word of who said it."""
    if not item.tombstone:
        return item
    return replace(item, line="", text="", evidence=(), skills=item.skills if item.kind == "badge" else ())


def _evidence(choice: Choice, document: Mapping[str, Any]) -> tuple[Evidence, ...]:
    if not choice.evidence:
        return ()
    return tuple(one for id, one in evidence_of(document) if id in choice.evidence)


def _skills(earned: Mapping[str, Any]) -> tuple[Skill, ...]:
    """What an achievement says it shows: its alignments, else its tags."""
    if found := aligned(earned):
        return found[:MOST_SKILLS]
    tags = earned.get("tag")
    tagged = [Skill(as_named(tag, 200)) for tag in (tags if isinstance(tags, list) else [tags])]
    return tuple({one.name.casefold(): one for one in tagged if one.name}.values())[:MOST_SKILLS]


MOST_SKILLS = 12


# --- all of them ------------------------------------------------------------------------------------------


def _placed(rows: _Rows, item: Item, places: Mapping[str, str]) -> Item | None:
    """An endorsement hangs on its badge; without that it is not shown, for it would tell of the badge."""
    if item.kind != "endorsement":
        return item
    id = next(one.id for one in rows.choices if one.key == item.key)
    one = rows.endorsements[id].endorsement
    if one.kind == "profile":
        return item
    badge = rows.badge_of(id)
    if badge not in places:
        return None
    return replace(item, about=places[badge], earlier=badge != one.subject)


def _grouped(said: Portfolio, items: Sequence[Item]) -> tuple[tuple[Item, ...], tuple[Group, ...]]:
    """The items in the order in which they are read, and their groups."""
    heads = [one for one in items if not one.about]
    if said.grouping == "time":
        heads = sorted(heads, key=_age, reverse=True)
    titles = {one.key: one.group for one in said.items}
    groups: dict[str, list[str]] = {}
    for one in heads:
        groups.setdefault(_title(said.grouping, one, titles), []).append(one.key)
    if said.grouping != "hand" and "" in groups:
        groups[""] = groups.pop("")  # what belongs nowhere comes last
    made = tuple(Group(title, tuple(keys)) for title, keys in groups.items())
    by_key = {one.key: one for one in items}
    ordered: list[Item] = []
    for group in made:
        for key in group.items:
            ordered.append(by_key[key])
            ordered += [one for one in items if one.about == key]
    return tuple(ordered), made


def _title(grouping: Grouping, item: Item, titles: Mapping[str, str]) -> str:
    if grouping == "hand":
        return titles.get(item.key, "")
    if grouping == "skill":
        return item.skills[0].name if item.skills else ""
    if grouping == "issuer":
        return item.issuer
    return f"{item.at.year}" if item.at else ""


def _age(item: Item) -> tuple[bool, datetime]:
    return item.at is not None, item.at or datetime.min


async def _facts(ports: Ports, rows: _Rows, keys: Collection[str]) -> tuple[Fact, ...]:
    """What the endorsements that are shown say together; none of others, which the reader is not shown."""
    said = [one for one in rows.choices if one.kind == "endorsement" and one.key in keys]
    if not said:
        return ()
    subjects = {rows.endorsements[one.id].said.subject_id for one in said}
    summary = await of_chosen(ports, sorted(subjects), {one.id for one in said})
    return tuple(Fact(line.code, line.says, line.credentials) for line in summary.lines)
