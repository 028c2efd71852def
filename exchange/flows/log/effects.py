"""Whatever is on record has its entry in the log, and says what was logged (the last part of fsck).

An effect without an entry was made behind the log's back; an entry without its effect was undone so. Rows
older than the log's first entry were there before the log was, which is noted and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from exchange.core.keys.multikey import PublicKey, public_key_from_multikey
from exchange.core.proofs import signature_of, unsigned_of
from exchange.errors import ExchangeError
from exchange.flows.endorsements.logged import SHOWN, endorser_key_leaf
from exchange.flows.log.facts import check_facts
from exchange.flows.log.found import LOWEST, Found, Opened, opened
from exchange.flows.log.log import (
    CLAIM_KINDS,
    STATUS_KINDS,
    achievement_leaf,
    code_leaf,
    domain_leaf,
    issuer_leaf,
    key_leaf,
    status_kind,
    stop_leaf,
)
from exchange.flows.people.logged import (
    member_leaf,
    operator_leaf,
    passkey_leaf,
    publish_leaf,
    role_leaf,
    token_leaf,
)
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY, Badge, Leaf, SigningStop, StatusChange
from exchange.flows.webhooks.webhooks import webhook_leaf

_PAGE = 200
WAYS_LOGGED = "ways_logged"
"""On record since when passkeys and tokens are logged (step 0023): those made before have no entry."""

_CLAIMS = dict(zip(CLAIM_KINDS, ("accepted", "declined"), strict=True))
_NOT_LOGGED = "is on record, but the log knows nothing of it."


async def check_effects(ports: Ports, found: Found) -> None:
    """Badges, changes of their status, issuers, their keys, achievements, stops; who may do what and comes in
    by what."""
    began = await _began(ports)
    keys = {key.id: key.multikey for key in await ports.store.keys()}
    bits: dict[str, set[int]] = {}
    after, badges = "", 0
    while page := await ports.store.every_badge(after, _PAGE):
        after, badges = page[-1].id, badges + len(page)
        entries = await _entries(ports, [f"badge:{badge.id}" for badge in page], found)
        changes: dict[str, list[StatusChange]] = {}
        for change in await ports.store.histories([badge.id for badge in page]):
            changes.setdefault(change.badge, []).append(change)
        for badge in page:
            known = entries.get(f"badge:{badge.id}", [])
            if known is None or f"badge:{badge.id}" in found.lost:
                continue  # it is named already
            sealed = badge.signed is None or unsigned_of(badge.signed) == badge.unsigned
            _check_badge(badge, sealed, known, began, found)
            if sealed:
                _check_signature(badge, keys.get(badge.key_id, badge.key_id), found)
            _check_changes(badge, known, changes.get(badge.id, []), began, found)
            _check_claim(badge, known, found)
            await _check_bits(ports, badge, changes.get(badge.id, []), bits, found)
    found.figures["badges"] = badges
    for row in await ports.store.issuers():
        await _check_latest(ports, issuer_leaf(row, ""), f"issuer/{row.slug}", began, found)
        proof = await ports.store.domain_proof(row.slug)
        if proof is not None:
            leaf = domain_leaf(proof, "")
            await _check_latest(ports, leaf, f"domain_proof/{row.slug}", began, found)
        for key in await ports.store.keys(row.slug):
            leaf = key_leaf(key, key.created_at, "")
            await _check_latest(ports, leaf, f"signing_key/{key.id}", began, found, name=leaf.about[1])
        for hook in await ports.store.webhooks(row.slug):
            where = f"webhook/{hook.id}"
            await _check_latest(ports, webhook_leaf(hook, hook.created_at, ""), where, began, found)
        for newest in await ports.store.achievements(row.slug, retired=True):
            for version in range(1, newest.version + 1):
                one = await ports.store.achievement(row.slug, newest.slug, version)
                if one is not None:
                    where = f"achievement/{row.slug}/{one.slug}@{version}"
                    await _check_latest(ports, achievement_leaf(one, one.created_at, ""), where, began, found)
    await _check_codes(ports, began, found)
    await _check_endorsements(ports, found)
    await check_facts(ports, found)
    await _check_stops(ports, began, found)
    await _check_rights(ports, began, found)
    await _check_ways_in(ports, began, found)


async def _check_codes(ports: Ports, began: datetime | None, found: Found) -> None:
    """Nobody gets a badge by a code that the log knows nothing of."""
    for row in await ports.store.issuers():
        before = None
        while page := await ports.store.codes(row.slug, _PAGE, before):
            before = page[-1].id
            for code in page:
                leaf = code_leaf(code, code.created_at, "")
                await _check_latest(ports, leaf, f"code/{code.id}", began, found)


async def _check_endorsements(ports: Ports, found: Found) -> None:
    """Whether each is shown is what its last entry about that says; that it is there, its badge row has."""
    after = ""
    while page := await ports.store.every_endorsement(after, _PAGE):
        after = page[-1].id
        entries = await _entries(ports, [f"badge:{one.id}" for one in page], found)
        for one in page:
            first = "shown" if one.issuer else "waiting"
            known = _check_shown("endorsement", one.id, one.shown, first, entries, found)
            if known is not None and not any(entry.said.kind == "endorse" for entry in known):
                found.add("not_logged", "endorsement", one.id, f"endorsement/{one.id} {_NOT_LOGGED}")
    after = ""
    while given := await ports.store.every_vouch(after, _PAGE):
        after = given[-1].id
        entries = await _entries(ports, [f"badge:{one.id}" for one in given], found)
        for vouch in given:
            known = _check_shown("vouch", vouch.id, vouch.shown, "shown", entries, found)
            if known is not None and not any(entry.said.kind == "award" for entry in known):
                found.add("not_logged", "vouch", vouch.id, f"vouch/{vouch.id} {_NOT_LOGGED}")


def _check_shown(
    what: str,
    id: str,
    shown: str,
    at_first: str,
    entries: Mapping[str, Sequence[Opened] | None],
    found: Found,
) -> Sequence[Opened] | None:
    """Its entries; None where they are named already."""
    known = entries.get(f"badge:{id}", [])
    if known is None or f"badge:{id}" in found.lost:
        return None
    said = [entry for entry in known if entry.said.kind in SHOWN]
    logged = SHOWN[said[-1].said.kind] if said else at_first
    if shown != logged:
        words = f"The {what} {id} is {shown} on record; the log says that it is {logged}."
        found.add("shown_changed", what, id, words)
    return known


async def _check_rights(ports: Ports, began: datetime | None, found: Found) -> None:
    """Nobody holds a role, is in a team, or shows something to everybody, that the log knows nothing of."""
    now = ports.now()  # these rows are younger than any log
    for grant in await ports.store.grants():
        where = f"role/{grant.issuer}/{grant.holder}"
        await _check_latest(ports, role_leaf(grant, now, ""), where, began, found)
    for team in await ports.store.teams():
        for member in await ports.store.members(team.slug):
            where = f"member/{member.team}/{member.person}"
            await _check_latest(ports, member_leaf(member, now, ""), where, began, found)
    before = None
    while page := await ports.store.people(_PAGE, before):
        before = page[-1].id
        for person in page:
            if person.operator:
                where = f"person/{person.id}"
                await _check_latest(ports, operator_leaf(person, now, ""), where, began, found)
            for one in await ports.store.publications(person.id):
                where = f"publication/{one.portfolio}"
                await _check_latest(ports, publish_leaf(one, now, ""), where, began, found)


async def _check_ways_in(ports: Ports, began: datetime | None, found: Found) -> None:
    """Nobody comes in by a passkey, and no program acts with a token, that the log knows nothing of. Those
    that are logged and not on record have expired, or went with their person."""
    since = await ports.store.meta(WAYS_LOGGED)
    if since is not None and began is not None:
        began = max(began, _moment(since, began))
    before = None
    while page := await ports.store.people(_PAGE, before):
        before = page[-1].id
        for person in page:
            for passkey in await ports.store.passkeys(person.id):
                leaf = passkey_leaf(passkey, passkey.created_at, "")
                await _check_latest(ports, leaf, f"passkey/{passkey.id}", began, found)
            for key in await ports.store.endorser_keys(person.id):
                leaf = endorser_key_leaf(key, key.created_at, "")
                await _check_latest(ports, leaf, f"endorser_key/{key.did}", began, found)
    for token in await ports.store.tokens():
        leaf = token_leaf(token, token.created_at, "")
        await _check_latest(ports, leaf, f"token/{token.id}", began, found)


def _moment(text: str, otherwise: datetime) -> datetime:
    """As a database writes the moment of a step; `otherwise` for what is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return at if at.tzinfo else at.replace(tzinfo=UTC)


async def _began(ports: Ports) -> datetime | None:
    """When the first entry was made; None when that cannot be said."""
    for row in await ports.store.log_rows(LOWEST, 1):
        try:
            return opened(row).said.at
        except ExchangeError:
            return None
    return None


async def _entries(ports: Ports, names: Sequence[str], found: Found) -> dict[str, list[Opened] | None]:
    """The entries under each name; None where one of them is damaged, so that nothing can be concluded."""
    result: dict[str, list[Opened] | None] = {}
    for name, row in await ports.store.log_rows_about(names):
        known = result.setdefault(name, [])
        try:
            if row.position in found.entries:
                result[name] = None
            elif known is not None:
                known.append(opened(row))
        except ExchangeError:
            result[name] = None
    return result


def _unlogged(where: str, at: datetime, began: datetime | None, found: Found) -> None:
    table, _, row = where.partition("/")
    if began is not None and at < began:
        said = f"{where} was there before the log began, so nothing proves when."
        found.add("older_than_the_log", table, row, said, "warning")
    else:
        found.add("not_logged", table, row, f"{where} {_NOT_LOGGED}")


def _check_badge(
    badge: Badge, sealed: bool, entries: Sequence[Opened], began: datetime | None, found: Found
) -> None:
    """`sealed`: it is published as what was on record before and a signature, or not published yet."""
    kind = "award" if badge.kind == "badge" else "endorse"
    awards = [one for one in entries if one.said.kind == kind]
    if not awards:
        _unlogged(f"badge/{badge.id}", badge.intended_at, began, found)
        return
    if len(awards) > 1:
        found.add("logged_twice", "badge", badge.id, f"The badge {badge.id} is in the log more than once.")
    content = awards[0].content
    told = {"sha256": sha256(badge.unsigned).hexdigest()}
    if badge.kind == "badge":
        told |= {
            "issuer": badge.issuer,
            "achievement": f"{badge.achievement}@{badge.version}",
            "recipient": badge.recipient,
        }
    differing = [name for name, value in told.items() if content is not None and content.get(name) != value]
    if not sealed:
        differing.append("signed")
    for name in differing:
        column = "unsigned" if name == "sha256" else name
        entry = awards[0].row.position
        said = f"The badge {badge.id} is not what was logged as entry {entry}: {column} differs."
        found.add("badge_changed", "badge", badge.id, said)


def _check_signature(badge: Badge, key: str, found: Found) -> None:
    """What it was published with is what its key makes of the message on record; `key`: an issuer's Multikey,
    or a person's did:key. Of many that are signed at once, only some are verified before."""
    if badge.signed is None:
        return
    try:
        fits = _public(key.removeprefix("did:key:")).verify(signature_of(badge.signed), badge.message)
    except ExchangeError:  # a key that is none
        fits = False
    if not fits:
        said = f"The badge {badge.id} is signed wrongly: its signature is not its key's over what was to be."
        found.add("signature_wrong", "badge", badge.id, said)


@lru_cache(maxsize=256)
def _public(multikey: str) -> PublicKey:
    return public_key_from_multikey(multikey)


def _check_changes(
    badge: Badge,
    entries: Sequence[Opened],
    changes: Sequence[StatusChange],
    began: datetime | None,
    found: Found,
) -> None:
    """The history of a badge is what was logged, in that order."""
    kinds = STATUS_KINDS if badge.kind == "badge" else ("withdraw", "suspend", "reinstate")
    logged = [one for one in entries if one.said.kind in kinds]
    for change in changes:
        at = change.at.replace(microsecond=0)
        fitting = (
            one
            for one in logged
            if (one.said.kind, one.said.at) == (_kind_of(badge, change), at)
            and (one.content is None or one.content.get("reason") == change.reason)
        )
        one = next(fitting, None)
        if one is None:
            _unlogged(f"status_change/{badge.id}", change.at, began, found)
        else:
            logged.remove(one)
    for one in logged:
        said = f"Entry {one.row.position} says that the badge {badge.id} was changed ({one.said.kind})"
        found.add("change_missing", "status_change", badge.id, f"{said}, but its history does not.")


def _kind_of(badge: Badge, change: StatusChange) -> str:
    withdrawn = badge.kind != "badge" and change.purpose == "revocation"
    return "withdraw" if withdrawn else status_kind(change)


def _check_claim(badge: Badge, entries: Sequence[Opened], found: Found) -> None:
    """What its holder said to it is what the last entry about that says; of whom was erased, nothing is."""
    said = [one for one in entries if one.said.kind in CLAIM_KINDS]
    logged = _CLAIMS[said[-1].said.kind] if said else "offered"
    if badge.recipient and badge.claim and badge.claim != logged:
        where = f"entry {said[-1].row.position}" if said else "the log"
        words = f"The badge {badge.id} is {badge.claim} on record; {where} says that it is {logged}."
        found.add("claim_changed", "badge", badge.id, words)


async def _check_bits(
    ports: Ports, badge: Badge, changes: Sequence[StatusChange], bits: dict[str, set[int]], found: Found
) -> None:
    """The bits that lists publish are those of the history. `bits`: lists that were read, a few at a time."""
    last = {change.purpose: change.on for change in changes}
    for slot in badge.slots:
        if slot.list_id not in bits:
            while len(bits) >= 8:
                bits.pop(next(iter(bits)))
            bits[slot.list_id] = set(await ports.store.set_bits(slot.list_id))
        if (slot.index in bits[slot.list_id]) != last.get(slot.purpose, False):
            said = f"The {slot.purpose} of the badge {badge.id} is not as its history says."
            found.add("bit_changed", "status_slot", f"{slot.list_id},{slot.index}", said)


async def _check_latest(
    ports: Ports, leaf: Leaf, where: str, began: datetime | None, found: Found, name: str = ""
) -> None:
    """What is on record is what the last entry about it says; `leaf` is the one it would leave now."""
    name = name or leaf.about[0]
    entries = (await _entries(ports, [name], found)).get(name, [])
    if entries is None or name in found.lost:
        return
    mine = [one for one in entries if one.said.kind == leaf.kind]
    if not mine:
        _unlogged(where, leaf.at, began, found)
        return
    _compare(leaf, mine[-1], where, found)


def _compare(leaf: Leaf, logged: Opened, where: str, found: Found) -> None:
    content: dict[str, Any] | None = logged.content
    if content is not None and content != leaf.content:
        table, _, row = where.partition("/")
        names = ", ".join(sorted(one for one in leaf.content if content.get(one) != leaf.content[one]))
        said = f"{where} is not what was logged as entry {logged.row.position}: {names} differs."
        found.add("record_changed", table, row, said)


async def _check_stops(ports: Ports, began: datetime | None, found: Found) -> None:
    """Signing is stopped for those of whom the log said so last, and for nobody else."""
    stops = {one.issuer: one for one in await ports.store.stops()}
    slugs = {EVERY, *stops, *(row.slug for row in await ports.store.issuers())}
    entries = await _entries(ports, [f"issuer:{slug}" for slug in sorted(slugs)], found)
    for slug in sorted(slugs):
        mine = entries.get(f"issuer:{slug}", [])
        if mine is None or f"issuer:{slug}" in found.lost:
            continue
        turns = [one for one in mine if one.said.kind in ("stop", "resume")]
        _check_stop(slug, stops.get(slug), turns[-1] if turns else None, began, found)


def _check_stop(
    slug: str, stop: SigningStop | None, last: Opened | None, began: datetime | None, found: Found
) -> None:
    stopped = last if last is not None and last.said.kind == "stop" else None
    if stop is not None and stopped is not None:
        _compare(stop_leaf(stop, ""), stopped, f"signing_stop/{slug}", found)
    elif stop is not None:
        _unlogged(f"signing_stop/{slug}", stop.at, began, found)
    elif stopped is not None:
        said = f"Entry {stopped.row.position} says that signing is stopped for {slug}; no stop is on record."
        found.add("stop_missing", "signing_stop", slug, said)
