"""Write: what somebody wants to say of a badge becomes the very document that they will sign.

Nothing is said yet, so nothing is logged: a draft has its id, its place in a status list, and its exact
bytes, which the page shows in words and as JSON. It is forgotten after a day; its place stays taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from exchange.core import urls
from exchange.core.credentials.peer_endorsement import build_peer_endorsement
from exchange.core.credentials.said import Said, SkillSeen, Team, check_said
from exchange.core.proofs import jwt
from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.known import check_known, knows
from exchange.flows.endorsements.profiles import ensure_exchange, profile_of
from exchange.flows.endorsements.records import EXCHANGE, Endorsement, EndorsementDraft, EndorserKey, Kind
from exchange.flows.endorsements.subjects import Subject, check_endorsable, subject
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer
from exchange.flows.people.people import change, find
from exchange.flows.people.records import Member, Person
from exchange.flows.people.rights import check_person, check_speaks
from exchange.flows.ports import Ports
from exchange.flows.records import StatusSlot
from exchange.flows.sign_in.limits import check_limit, endorse_quotas
from exchange.flows.sign_in.sign_in import check_name

DRAFT_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be said of what. `did` names the key in the browser, `""` where there is none; `skills` and
    `team` (a slug) are of those that were offered; `name` is the endorser's, as it will be signed."""

    kind: Kind
    subject: str
    line: str
    relationship: str
    text: str = ""
    skills: Sequence[str] = ()
    evidence: Sequence[str] = ()
    team: str = ""
    name: str = ""
    did: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What somebody needs to write an endorsement: what it is of, their teams, their keys that are good, and
    whether they may make another one just now; `before` is the one of theirs that stands. `holder` is what
    whom it is about is called, `""` where that is not for them to know."""

    subject: Subject
    holder: str
    person: Person
    teams: list[Team]
    dids: list[str]
    may_add: bool
    before: Endorsement | None


async def page(ports: Ports, kind: Kind, key: str) -> Page:
    """NotFoundError, ConflictError: as `subject` and `check_endorsable`; "own_badge". ForbiddenError."""
    await check_speaks(ports)
    found = await subject(ports, kind, key)
    await check_known(ports, found)
    check_other(ports, found)
    await check_endorsable(ports, found)
    me = ports.who.person
    known = await ports.store.endorser_keys(me)
    return Page(
        found,
        found.holder.name if found.holder and await knows(ports, found.holder.id) else "",
        await find(ports, me),
        [Team(id=one.team, name=await _name_of(ports, one.team)) for one in await _teams(ports, me)],
        [one.did for one in known if one.custody == "holder" and one.retired_at is None],
        await keys.may_add(ports),
        await standing(ports, found),
    )


def check_other(ports: Ports, found: Subject) -> None:
    """ConflictError("own_badge"): nobody endorses themselves."""
    if found.holder is not None and found.holder.id == ports.who.person:
        raise ConflictError(
            "own_badge", "This is about yourself, and nobody can endorse themselves. Ask somebody who saw it."
        )


async def standing(ports: Ports, found: Subject) -> Endorsement | None:
    """What who acts has said of it and not withdrawn."""
    for one in await ports.store.endorsements_of(found.kind, [found.key]):
        if one.endorser == ports.who.person and one.state == "signed":
            return one
    return None


async def write(ports: Ports, order: Order) -> Endorsement:
    """Draft it. InputError of `check_said`: "line_missing", …, "skill_unknown", "team_unknown",
    "name_malformed", "key_unknown"; ConflictError, NotFoundError as `page`; TooManyError,
    UnavailableError."""
    await check_speaks(ports)
    await check_writable(ports)
    await check_clock(ports)
    found = await subject(ports, order.kind, order.subject)
    await check_known(ports, found)
    check_other(ports, found)
    await check_endorsable(ports, found)
    said = await _said(ports, found, order)
    check_said(said)
    person = await named(ports, order.name)
    await check_limit(ports, endorse_quotas(person.id))
    key = await key_of(ports, order.did)
    credential = await keys.credential(ports, key, person)
    before = await standing(ports, found)
    await ensure_exchange(ports)
    row = await issuer(ports, EXCHANGE)
    holder = await profile_of(ports, found.holder.id) if found.holder else ""
    id, now = ports.new_id(), ports.now()
    terms = urls.terms(ports.base_url)

    def draft(slot: StatusSlot) -> Endorsement:
        document = build_peer_endorsement(
            id=urls.endorsement(ports.base_url, id),
            name=f"Endorsement of {found.name}",
            did=key.did,
            endorser_name=person.name,
            key_credential=credential,
            subject_id=found.id,
            holder_id=holder,
            said=said,
            valid_from=now,
            seen=found.seen,
            status=(slot.index, urls.status_list(ports.base_url, slot.list_id), row.did),
            supersedes=urls.endorsement(ports.base_url, before.id) if before else None,
            terms_url=terms,
        )
        method = f"{key.did}#{key.did.removeprefix('did:key:')}"
        kind = "P-256" if key.custody == "holder" else "Ed25519"
        prepared = jwt.prepare_jwt(document, kind, method)
        return Endorsement(
            id=id,
            endorser=person.id,
            issuer="",
            holder=found.holder.id if found.holder else "",
            kind=found.kind,
            subject=found.key,
            request=order.request,
            did=key.did,
            custody=key.custody,
            state="drafted",
            shown="waiting",
            supersedes="",
            unsigned=prepared.unsigned,
            slot=slot,
            drafted_at=now,
        )

    return await ports.store.prepare_endorsement(EndorsementDraft(ports.base_url, draft), ports.new_id)


async def _said(ports: Ports, found: Subject, order: Order) -> Said:
    offered = {one.name: one for one in found.skills}
    if unknown := [name for name in order.skills if name not in offered]:
        raise InputError("skill_unknown", f"{unknown[0]!r:.80} is no skill of this badge.", "skills")
    mine = {one.team for one in await _teams(ports, ports.who.person)}
    if order.team and order.team not in mine:
        raise InputError("team_unknown", "You are not in that team.", "team")
    theirs = [one.team for one in await _teams(ports, found.holder.id)] if found.holder else []
    holder_team = order.team if order.team in theirs else next(iter(theirs), "")
    return Said(
        line=" ".join(order.line.split()),
        text=order.text.replace("\r\n", "\n").strip(),
        relationship=order.relationship,
        skills=tuple(SkillSeen(name=name, id=offered[name].id or None) for name in order.skills),
        evidence=tuple(order.evidence),
        endorser_team=await _team(ports, order.team),
        holder_team=await _team(ports, holder_team),
    )


async def _teams(ports: Ports, person: str) -> list[Member]:
    return await ports.store.memberships(person)


async def _team(ports: Ports, slug: str) -> Team | None:
    return Team(id=urls.team(ports.base_url, slug), name=await _name_of(ports, slug)) if slug else None


async def _name_of(ports: Ports, slug: str) -> str:
    known = await ports.store.team(slug)
    return known.name if known else slug


async def named(ports: Ports, name: str) -> Person:
    """Who acts, called what they say they are called: that name is what will be signed."""
    person = await find(ports, ports.who.person)
    name = check_name(name or person.name)
    return person if name == person.name else await change(ports, person.id, name=name)


async def key_of(ports: Ports, did: str) -> EndorserKey:
    """The key of the browser, or the one that the exchange keeps."""
    if not did:
        return await keys.exchange_key(ports)
    known = await ports.store.endorser_key(did)
    if known is None or known.person != ports.who.person or known.retired_at is not None:
        raise InputError(
            "key_unknown",
            "The key in this browser is not one of yours that is good. Open this page anew to make another.",
            "did",
        )
    return known


async def draft_of(ports: Ports, id: str) -> Endorsement:
    """A draft of who acts, or what came of it. NotFoundError("unknown_draft")."""
    check_person(ports)
    found = await ports.store.endorsement(id)
    if found is None or found.endorser != ports.who.person:
        raise NotFoundError("unknown_draft", "There is no such draft of yours any more. Write it anew.")
    return found
