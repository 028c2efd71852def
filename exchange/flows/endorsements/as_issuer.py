"""As an issuer: it endorses another issuer, or what that awards, in its own name and with its own key.

1. Of an achievement one version is endorsed, pinned by the digest of what its address serves; of an issuer,
   its id. Nobody has to accept it: it is shown with both, until who owns what is endorsed hides it there.
2. It goes the way of an award: on record with its place in the issuer's list, its leaf and the mails to the
   owners of what is endorsed, then signed. A crash in between leaves what the sweep finishes.
3. It is not one person's word about themselves: whoever signs for an issuer has no say at the one that is
   endorsed. Reading there is none. What was endorsed before somebody got such a role stands, as what was said
   of a colleague does who has become one's manager.
4. Said again in the same words it is the same endorsement; in other words the first is revoked, in the
   transaction that puts the newer one on record.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from exchange.core import strict_json, urls
from exchange.core.credentials.endorsement import RelatedResource, build_endorsement
from exchange.core.credentials.nouns import plain as plain_of
from exchange.core.credentials.said import Said, check_said
from exchange.core.digests import digest_sri
from exchange.core.plain_text import one_line, plain
from exchange.errors import AlreadyDoneError, ConflictError, InputError, NotFoundError, UnavailableError
from exchange.flows import sign
from exchange.flows.badges.show import achievement, achievement_document, newest
from exchange.flows.endorsements.backings import find, read_all
from exchange.flows.endorsements.endings import LATER, ending, publish
from exchange.flows.endorsements.logged import endorse_leaf, show_leaf
from exchange.flows.endorsements.records import EXCHANGE, ByIssuer, Endorsement, Kind
from exchange.flows.endorsements.withdraw import MAX_REASON
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, signer, speaking_key
from exchange.flows.mail.post import backing_mails
from exchange.flows.once import first_time
from exchange.flows.people.owners import owners_of
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Draft, Ending, Intent, Issuer, Leaf, Once, SigningKey, StatusSlot
from exchange.flows.sign_in.limits import backed_quotas, check_limit

PROOF = "eddsa-rdfc-2022"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Backed:
    """What can be endorsed by an issuer: `key` as rows have it, `id` as what is signed has it; `owner` is the
    slug of the issuer that it is, or that awards it."""

    kind: Kind
    key: str
    id: str
    name: str
    owner: str
    seen: tuple[RelatedResource, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of `subject` (as `find_subject` reads it), and in which form it is signed."""

    subject: str
    line: str
    text: str = ""
    proof: str = PROOF


async def find_subject(ports: Ports, name: str) -> Backed:
    """By ISSUER, ISSUER/BADGE (its newest version), ISSUER/BADGE@VERSION, or the address of either here.

    InputError("subject_malformed"), NotFoundError: unknown_issuer, unknown_achievement.
    """
    slug, badge, number = _parts(ports, name.strip())
    if not badge:
        row = await issuer(ports, slug)
        return Backed("issuer", slug, row.did, one_line(row.profile.get("name"), 300), slug)
    version = int(number) if number else (await newest(ports, slug, badge)).version
    one = await achievement(ports, slug, badge, version)
    id = str(one.document.get("id") or urls.achievement(ports.base_url, slug, badge, version))
    served = strict_json.dump(achievement_document(one))
    seen = RelatedResource(id=id, digest_sri=digest_sri(served), media_type="application/ld+json")
    called = one_line(plain_of(one.document.get("name")), 300)  # type: ignore[arg-type]
    return Backed("achievement", f"{slug}/{badge}@{version}", id, called, slug, (seen,))


def _parts(ports: Ports, name: str) -> tuple[str, str, str]:
    """Issuer, badge or "", version or ""."""
    for base in ports.bases:
        name = name.removeprefix(f"{base}/issuers/")
        if name.startswith(f"{base}/achievements/"):
            path, _, number = name.removeprefix(f"{base}/achievements/").rpartition("/")
            name = f"{path}@{number}"
    slug, slash, rest = name.partition("/")
    badge, at, number = rest.partition("@")
    is_version = number.isascii() and number.isdigit() and len(number) < 9
    # The exchange awards nothing, and vouches only for keys.
    odd = slug in ("", EXCHANGE) or ":" in name or "/" in rest or bool(slash) != bool(badge)
    if odd or (at and not is_version):
        raise InputError(
            "subject_malformed",
            "Name what is endorsed as ISSUER, ISSUER/BADGE or ISSUER/BADGE@VERSION, or by its address here.",
            "subject",
        )
    return slug, badge, number


async def endorse(ports: Ports, slug: str, words: Words, once: Once | None = None) -> Endorsement:
    """Let an issuer endorse something, `once` per key; as it stands already, where it says the same.

    InputError: those of `find_subject` and `check_said`, "unknown_proof". ConflictError: "own_subject",
    "speaks_for_both". NotFoundError, ForbiddenError, TooManyError, UnavailableError.
    """
    await issuer(ports, slug)
    check(ports, "endorse", slug)
    words = replace(words, line=words.line.strip(), text=words.text.replace("\r\n", "\n").strip())
    try:
        once = await first_time(ports, once)
        found = await find_subject(ports, words.subject)
        _check(slug, found, words)
        _check_apart(ports, slug, found)
        await check_writable(ports)
        return await _endorse_at_last(ports, slug, found, words, once)
    except AlreadyDoneError as done:
        return await _finished(ports, done.answer)


async def _endorse_at_last(
    ports: Ports, slug: str, found: Backed, words: Words, once: Once | None, tries: int = _TRIES
) -> Endorsement:
    try:
        return await _endorse(ports, slug, found, words, once)
    except ConflictError as error:  # somebody else said something of it in its name just now
        if error.code != "conflict" or tries == 1:
            raise
    return await _endorse_at_last(ports, slug, found, words, once, tries - 1)


def _check(slug: str, found: Backed, words: Words) -> None:
    if found.owner == slug:
        raise ConflictError(
            "own_subject",
            f"{slug} cannot endorse itself or what it awards: an endorsement is somebody else's word.",
            "subject",
        )
    check_said(Said(line=words.line, text=words.text, relationship="other"))
    if words.proof not in sign.PROOFS:
        raise InputError("unknown_proof", f"proof is one of {', '.join(sign.PROOFS)}.", "proof")


def _check_apart(ports: Ports, slug: str, found: Backed) -> None:
    """That it is not one person's word about what they answer for themselves."""
    acts = ports.who.roles.get(found.owner, "viewer")
    if acts != "viewer":
        raise ConflictError(
            "speaks_for_both",
            f"You speak for {found.owner} too ({acts}), so this would be your own word about yourself. Let "
            f"somebody endorse it for {slug} who has no role at {found.owner}.",
            "subject",
        )


async def _endorse(ports: Ports, slug: str, found: Backed, words: Words, once: Once | None) -> Endorsement:
    rows = await ports.store.endorsements_of(found.kind, [found.key])
    before = next((one for one in rows if one.issuer == slug and one.state == "signed"), None)
    if before is not None:
        before = await _signed(ports, before)
        (said, *_) = [*await read_all(ports, [before]), None]
        same = (words.line, words.text, found.id)  # a did:key is another id after a rotation
        if said and said.stands and (said.line, said.text, said.subject_id) == same:
            return before
    await check_limit(ports, backed_quotas(slug))
    row, key = await signer(ports, slug)
    id = ports.new_id()
    ends = ending(ports, before.id, LATER, ports.now()) if before else None
    said_by = await _draft(ports, id, (row, key), found, words, ends)
    said_by = replace(said_by, draft=replace(said_by.draft, once=once and replace(once, answer=id)))
    await sign.sign_intended(ports, lambda: ports.store.endorse_as_issuer(said_by, ports.new_id))
    if before is not None:
        await publish(ports, [before.id])
    return await find(ports, id)


async def _draft(
    ports: Ports,
    id: str,
    signs: tuple[Issuer, SigningKey],
    found: Backed,
    words: Words,
    ends: Ending | None,
) -> ByIssuer:
    (row, key), now, salt = signs, ports.now(), ports.new_salt()
    url = urls.endorsement(ports.base_url, id)

    def write(slots: tuple[StatusSlot, ...]) -> tuple[Intent, Leaf]:
        document = build_endorsement(
            id=url,
            name=f"Endorsement of {found.name}",
            issuer={"id": row.did, **row.profile},
            subject_id=found.id,
            comment=f"{words.line}\n\n{words.text}" if words.text else words.line,
            valid_from=now,
            seen=found.seen,
            status=[
                (slot.purpose, slot.index, urls.status_list(ports.base_url, slot.list_id)) for slot in slots
            ],
        )
        prepared = sign.prepare(document, words.proof, row, key, now)
        intent = Intent(
            id=id,
            kind="endorsement",
            issuer=row.slug,
            achievement="",  # it is no award of one: lists of recipients go by this
            version=0,
            recipient=found.id,
            proof=words.proof,
            key_id=key.id,
            unsigned=prepared.unsigned,
            message=prepared.message,
            slots=slots,
            intended_at=now,
        )
        return intent, endorse_leaf(intent, url, f"issuer/{row.slug}", f"{found.kind}/{found.key}", salt)

    told = backing_mails(ports, "issuer-endorsed", await owners_of(ports, found.owner), id)
    draft = Draft(row.slug, ports.base_url, ("revocation",), write, parcels=tuple(told))
    made = partial(_row, found, f"{row.did}#{key.multikey}", ends.change.badge if ends else "")
    return ByIssuer(draft, (found.kind, found.key), made, ends)


def _row(found: Backed, method: str, supersedes: str, intent: Intent) -> Endorsement:
    return Endorsement(
        id=intent.id,
        endorser="",
        issuer=intent.issuer,
        holder="",
        kind=found.kind,
        subject=found.key,
        request="",
        did=method,
        custody="exchange",
        state="signed",
        shown="shown",
        supersedes=supersedes,
        unsigned=b"",
        slot=intent.slots[0],
        drafted_at=intent.intended_at,
        signed_at=intent.intended_at,
    )


async def _signed(ports: Ports, one: Endorsement) -> Endorsement:
    """As it is once it was signed; as it is, where its key is gone."""
    try:
        return one if one.signed else await _finished(ports, one.id)
    except UnavailableError:
        return one


async def _finished(ports: Ports, id: str) -> Endorsement:
    """One on record; signed first, if a crash left that undone."""
    badge = await ports.store.badge(id)
    if badge is None:
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {id!r:.120} here.")
    await sign.finish(ports, badge)
    return await find(ports, id)


async def withdraw(ports: Ports, name: str, reason: str = "", by: str = "") -> Endorsement:
    """Take it back for good; `by`: it must be that issuer's. NotFoundError("unknown_endorsement"),
    InputError("reason_too_long"), ConflictError("endorsement_over"), ForbiddenError, UnavailableError."""
    if by:
        check(ports, "endorse", by)
    found = await find(ports, name)
    if by and found.issuer != by:
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {name!r:.120} by {by!r:.80}.")
    check(ports, "endorse", found.issuer)
    reason = plain(reason, MAX_REASON + 1)
    if len(reason) > MAX_REASON:
        raise InputError("reason_too_long", f"A reason has at most {MAX_REASON} characters.", "reason")
    await check_writable(ports)
    await check_clock(ports)
    # What cannot be published now is not done now: an answer means that everybody can see it.
    await speaking_key(ports, await issuer(ports, found.issuer))
    gone = ending(ports, found.id, reason, ports.now())
    owners = await owners_of(ports, owner_of(found)) if found.shown == "shown" else []
    told = backing_mails(ports, "issuer-endorsement-withdrawn", owners, found.id)
    if found.state != "signed" or not await ports.store.withdraw_endorsement(gone, told):
        raise ConflictError("endorsement_over", "It was withdrawn or replaced before; nothing was changed.")
    ports.bell.ring()
    await publish(ports, [found.id])
    return await find(ports, found.id)


def owner_of(one: Endorsement) -> str:
    """The slug of the issuer that is endorsed, or that awards what is."""
    return one.subject.partition("/")[0]


async def show(ports: Ports, name: str, of: str = "") -> Endorsement:
    """Let everybody see it with what it is about. Doing it again changes nothing; `of`: the issuer that it
    must be about. NotFoundError("unknown_endorsement"), ForbiddenError, UnavailableError."""
    return await _settle(ports, name, of, True)


async def hide(ports: Ports, name: str, of: str = "") -> Endorsement:
    """Let nobody see it there, nor what the same issuer says of the same thing later. It stays true, and who
    has it can show it. As `show`."""
    return await _settle(ports, name, of, False)


async def _settle(ports: Ports, name: str, of: str, shown: bool) -> Endorsement:
    if of:
        check(ports, "display", of)
    found = await find(ports, name)
    if of and owner_of(found) != of:
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {name!r:.120} of {of!r:.80}.")
    check(ports, "display", owner_of(found))
    await check_writable(ports)
    now = ports.now()
    for one in await ports.store.endorsements_of(found.kind, [found.subject]):
        # One decision holds for all that an issuer says of a thing: none is left that says otherwise.
        if one.issuer == found.issuer and (one.id == found.id or (shown and one.shown == "hidden")):
            leaf = show_leaf(one.id, shown, urls.endorsement(ports.base_url, one.id), now, ports.new_salt())
            await ports.store.settle_endorsement(one.id, "shown" if shown else "hidden", now, leaf)
    return await find(ports, found.id)
