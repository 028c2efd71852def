"""Back: an issuer endorses what others award, or another issuer, in its own name and with its own key.

1. Of an achievement one version is endorsed, pinned by the digest of what its address serves; of an issuer,
   its id. Nobody has to accept it: it is shown with both.
2. Said again in the same words it is the same endorsement; in other words, the first is revoked, and the
   newer one takes its place.
3. It takes who designs for the issuer to say it, and who revokes its badges to take it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exchange.core import strict_json, urls
from exchange.core.credentials.endorsement import RelatedResource, build_endorsement, read_endorsement
from exchange.core.credentials.nouns import plain
from exchange.core.credentials.said import Said, check_said
from exchange.core.digests import digest_sri
from exchange.core.plain_text import one_line
from exchange.core.proofs import Prepared
from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError
from exchange.flows import sign
from exchange.flows.badges.show import achievement, achievement_document, newest
from exchange.flows.badges.status import check_reason
from exchange.flows.endorsements.endings import ending, publish
from exchange.flows.endorsements.logged import endorse_leaf, withdraw_leaf
from exchange.flows.endorsements.records import EXCHANGE, Endorsement, EndorsementDraft, Kind, Sealed
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, signer, speaking_key
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Intent, Leaf, StatusChange, StatusSlot


@dataclass(frozen=True, slots=True)
class Backed:
    """What can be endorsed by an issuer: `key` as rows have it, `id` as what is signed has it; `owner` is the
    slug of the issuer that it is, or that awards it. `url` is its page."""

    kind: Kind
    key: str
    id: str
    name: str
    owner: str
    url: str
    seen: tuple[RelatedResource, ...] = ()


@dataclass(frozen=True, slots=True)
class Backing:
    """An issuer's endorsement as it is read: by whom, in which words, and how it stands."""

    endorsement: Endorsement
    issuer_id: str
    issuer_name: str
    subject_id: str
    line: str
    text: str
    earlier: bool = False

    @property
    def stands(self) -> bool:
        return self.endorsement.state == "signed"


async def find_subject(ports: Ports, name: str) -> Backed:
    """By ISSUER, ISSUER/BADGE (its newest version), ISSUER/BADGE@VERSION, or the address of either here.

    InputError("subject_malformed"), NotFoundError: unknown_issuer, unknown_achievement.
    """
    malformed = InputError(
        "subject_malformed",
        "Name what is endorsed as ISSUER, ISSUER/BADGE or ISSUER/BADGE@VERSION, or by its address here.",
        "subject",
    )
    name = name.strip()
    for base in ports.bases:
        name = name.removeprefix(f"{base}/issuers/")
        if name.startswith(f"{base}/achievements/"):
            path, _, number = name.removeprefix(f"{base}/achievements/").rpartition("/")
            name = f"{path}@{number}"
    slug, slash, rest = name.partition("/")
    badge, at, number = rest.partition("@")
    if not slug or ":" in name or "/" in rest or (slash and not badge) or (at and not _is_version(number)):
        raise malformed
    if slug == EXCHANGE:
        raise malformed  # it awards nothing, and vouches only for keys
    if not slash:
        row = await issuer(ports, slug)
        called = one_line(row.profile.get("name"), 300)
        return Backed("issuer", slug, row.did, called, slug, urls.issuer(ports.base_url, slug))
    version = int(number) if at else (await newest(ports, slug, badge)).version
    one = await achievement(ports, slug, badge, version)
    url = urls.achievement(ports.base_url, slug, badge, version)
    id = str(one.document.get("id") or url)
    served = strict_json.dump(achievement_document(one))
    seen = RelatedResource(id=id, digest_sri=digest_sri(served), media_type="application/ld+json")
    called = one_line(plain(one.document.get("name")), 300)  # type: ignore[arg-type]
    return Backed("achievement", f"{slug}/{badge}@{version}", id, called, slug, url, (seen,))


def _is_version(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 9


async def back(ports: Ports, slug: str, name: str, line: str, text: str = "") -> Endorsement:
    """Let an issuer endorse it; as it stands already, where it says the same.

    InputError: those of `find_subject` and `check_said`. ConflictError("own_subject"). NotFoundError,
    ForbiddenError, UnavailableError.
    """
    check(ports, "design", slug)
    await issuer(ports, slug)
    found = await find_subject(ports, name)
    if found.owner == slug:
        raise ConflictError(
            "own_subject",
            f"{slug} cannot endorse itself or what it awards: an endorsement is somebody else's word.",
            "subject",
        )
    line, text = line.strip(), text.replace("\r\n", "\n").strip()
    check_said(Said(line=line, text=text, relationship="other"))
    await check_writable(ports)
    await check_clock(ports)
    for one in read_all(await ports.store.endorsements_of(found.kind, [found.key])):
        same = (one.line, one.text, one.subject_id) == (line, text, found.id)
        if one.endorsement.issuer == slug and one.stands and same:
            return one.endorsement
    return await _sign(ports, slug, found, f"{line}\n\n{text}" if text else line)


async def _sign(ports: Ports, slug: str, found: Backed, comment: str) -> Endorsement:
    row, key = await signer(ports, slug)
    id, now, salt = ports.new_id(), ports.now(), ports.new_salt()
    url = urls.endorsement(ports.base_url, id)

    def draft(slot: StatusSlot) -> Endorsement:
        document = build_endorsement(
            id=url,
            name=f"Endorsement of {found.name}",
            issuer={"id": row.did, **row.profile},
            subject_id=found.id,
            comment=comment,
            valid_from=now,
            seen=found.seen,
            status=[("revocation", slot.index, urls.status_list(ports.base_url, slot.list_id))],
        )
        prepared = sign.prepare(document, "jwt", row, key, now)
        return Endorsement(
            *(id, "", slug, "", found.kind, found.key, "", row.did, "exchange"),
            *("drafted", "shown", "", prepared.unsigned, slot, now),
        )

    drafted = await ports.store.prepare_endorsement(
        EndorsementDraft(ports.base_url, draft, slug), ports.new_id
    )
    prepared = Prepared("jwt", drafted.unsigned, drafted.unsigned)
    signed = await sign.sign_as_issuer(ports, row, key, prepared)
    intent = Intent(
        id=id,
        kind="endorsement",
        issuer=slug,
        achievement=found.kind,
        version=0,
        recipient=found.id,
        proof="jwt",
        key_id=key.id,
        unsigned=drafted.unsigned,
        message=b"",
        slots=(drafted.slot,),
        intended_at=now,
    )

    def supersede(earlier: str) -> tuple[StatusChange, Leaf]:
        change = StatusChange(earlier, "revocation", True, "A newer one takes its place.", now)
        return change, withdraw_leaf(change, urls.endorsement(ports.base_url, earlier), salt)

    leaf = endorse_leaf(intent, url, f"issuer/{slug}", f"{found.kind}/{found.key}", ports.new_salt())
    sealed = Sealed(id, intent, signed, leaf, supersede, now)
    try:
        await ports.store.endorse(sealed)
    except ConflictError as error:
        if error.code != "conflict":
            raise
        await ports.store.endorse(sealed)  # another one was faster, and is superseded now
    ports.bell.ring()
    stands = await find(ports, id)
    if stands.supersedes:
        await publish(ports, [stands.supersedes])
    return stands


async def find(ports: Ports, name: str) -> Endorsement:
    """An issuer's endorsement by its URL or key. NotFoundError("unknown_endorsement")."""
    key = urls.key_of(ports.bases, "endorsements", name)
    found = await ports.store.endorsement(key) if key else None
    if found is None or not found.issuer or found.state == "drafted":
        raise NotFoundError(
            "unknown_endorsement", f"There is no endorsement {name!r:.120} by an issuer here."
        )
    return found


async def withdraw(ports: Ports, name: str, reason: str, by: str = "") -> Endorsement:
    """Take it back for good; `by`: it must be that issuer's. NotFoundError("unknown_endorsement"),
    InputError("reason_missing"), ConflictError("endorsement_over"), ForbiddenError, UnavailableError."""
    if by:
        check(ports, "revoke", by)
    found = await find(ports, name)
    if by and found.issuer != by:
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {name!r:.120} by {by!r:.80}.")
    check(ports, "revoke", found.issuer)
    check_reason(reason)
    await check_writable(ports)
    await check_clock(ports)
    # What cannot be published now is not done now: an answer means that everybody can see it.
    await speaking_key(ports, await issuer(ports, found.issuer))
    gone = ending(ports, found.id, reason, ports.now())
    if found.state != "signed" or not await ports.store.withdraw_endorsement(gone):
        raise ConflictError("endorsement_over", "It was withdrawn or replaced before; nothing was changed.")
    ports.bell.ring()
    await publish(ports, [found.id])
    return await find(ports, found.id)


# --- as they are read -------------------------------------------------------------------------------------


def read_all(found: Iterable[Endorsement]) -> list[Backing]:
    """Without what cannot be read, which never hides the others, and without what peers said."""
    read = (backing_of(one) for one in found if one.issuer)
    return [one for one in read if one is not None]


def backing_of(one: Endorsement, *, earlier: bool = False) -> Backing | None:
    """None for what cannot be read."""
    try:
        said = read_endorsement(read_secured(one.signed or b"").document)
    except ExchangeError:
        return None
    line, _, text = plain(said.credential_subject.endorsement_comment).partition("\n\n")
    name = one_line(plain(said.issuer.name), 300)
    return Backing(one, said.issuer.id, name, said.credential_subject.id, line, text, earlier)


async def of_issuer(ports: Ports, slug: str) -> list[Backing]:
    """Who backs an issuer; what was withdrawn stays. The oldest first. NotFoundError("unknown_issuer")."""
    await issuer(ports, slug)
    found = await ports.store.endorsements_of("issuer", [slug])
    return read_all(one for one in found if one.state != "superseded")


async def of_achievement(ports: Ports, slug: str, badge: str, version: int) -> list[Backing]:
    """The same of one version; of who says nothing about this one, what they said of the last before it.
    NotFoundError("unknown_achievement")."""
    await achievement(ports, slug, badge, version)
    keys = [f"{slug}/{badge}@{number}" for number in range(version, 0, -1)][:20]
    found = [
        one
        for one in await ports.store.endorsements_of("achievement", keys)
        if one.issuer and one.state != "superseded"
    ]
    latest: dict[str, int] = {}
    for one in found:
        latest[one.issuer] = min(latest.get(one.issuer, len(keys)), keys.index(one.subject))
    shown = [one for one in found if one.subject == keys[latest[one.issuer]]]
    read = [backing_of(one, earlier=one.subject != keys[0]) for one in shown]
    return [one for one in read if one is not None]


async def by_issuer(ports: Ports, slug: str) -> list[Backing]:
    """What an issuer endorses and has endorsed, newest first, for who designs for it. ForbiddenError."""
    check(ports, "design", slug)
    await issuer(ports, slug)
    found = await ports.store.endorsements_by_issuer(slug)
    return read_all(one for one in found if one.state != "superseded")


def since(one: Backing) -> datetime:
    """When it was said."""
    return one.endorsement.signed_at or one.endorsement.drafted_at
