"""Keys: rotate, revoke, stop and resume; and what there is to say of each.

A rotation is routine: what the old key signed stays good. A revocation is for a key that may be in other
hands:

  1. From then on it proves nothing, whatever date a proof bears: who has the key writes the date. The
     issuer's DID document names it with the moment (`revoked`) and lists it for nothing, so that every
     verifier refuses it.
  2. What we signed with it is on our own record, with our own clock (and the log's, once there is one). What
     was intended before the moment is sound and can be awarded again under the new key; what came after is
     listed, to be looked at; what is on no record was forged.
  3. A did:key has no document that could say so. This exchange refuses what a revoked one signed; others are
     left with status lists that nobody signs any more, which is *cannot tell*. A did:web is better here, too.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from exchange.core.keys.controller import MAX_KEYS
from exchange.core.plain_text import plain
from exchange.core.verdict.finding import Finding
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges.status import published_list
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import BELIEVED, check_key, issuer, issuer_id, new_key
from exchange.flows.log.log import key_leaf, position_at, resume_leaf, rotation_leaves, stop_leaf
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY, Issuer, SigningKey, SigningStop

_LAST_SECONDS = 10.0
"""How long a stop waits at most while lists that are due are signed once more."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key, how many badges it signed, and of a revoked one those that were signed after the moment."""

    key: SigningKey
    signed: int
    after: int
    newest_after: list[str]


async def listed(ports: Ports, slug: str | None = None) -> list[SigningKey]:
    """Every key, or those of one issuer. NotFoundError("unknown_issuer")."""
    if slug is not None:
        await issuer(ports, slug)
    check(ports, "keys", slug or EVERY)
    return await ports.store.keys(slug)


async def show(ports: Ports, name: str) -> KeyView:
    """A key by its id, its multikey or a URL that ends in it. NotFoundError("unknown_key")."""
    key = await _find(ports, name)
    check(ports, "keys", key.issuer)
    return await _view(ports, key)


async def rotate(ports: Ports, slug: str, uri: str = "") -> tuple[Issuer, SigningKey]:
    """A new key takes over, and the old one only verifies; the issuer as it is now, and its new key.

    `uri`: a key that is there already, in a vault. It was seen to sign before it takes over, and until then
    nothing changes. A did:key issuer gets another id, the old one stays known.
    NotFoundError("unknown_issuer"); ConflictError "too_many_keys", "key_known", "key_not_pending";
    UnavailableError("self_check_failed") and those of the place that keeps the key.
    """
    owner = await issuer(ports, slug)
    check(ports, "keys", slug)
    await check_writable(ports)
    await _check_room(ports, slug)
    key = await new_key(ports, slug, uri)
    taken = [known for known in await ports.store.keys() if known.multikey == key.multikey]
    if taken:
        message = f"{key.uri} is a key of {taken[0].issuer} already, and it is {taken[0].state}."
        raise ConflictError("key_known", f"{message} Each key is used by one issuer, once.")
    await ports.store.put_key(key, key_leaf(key, key.created_at, ports.new_salt()))
    row = replace(owner, did=issuer_id(ports, key), updated_at=ports.now())
    await ports.store.rotate(key.id, row, row.updated_at, rotation_leaves(ports, key, row))
    return row, replace(key, state="active", activated_at=row.updated_at)


async def revoke_key(
    ports: Ports, name: str, reason: str, since: datetime | None = None
) -> tuple[KeyView, SigningKey | None]:
    """Believe a key no more, from `since` (or now) on; what came of it, and the key that took over.

    The log's position at that moment goes on record: entries before it are older than the loss, provably.
    An issuer whose active key it was gets a new one at once. Should that fail, the key is revoked all the
    same: UnavailableError("no_active_key"). NotFoundError("unknown_key"); ConflictError("already_revoked");
    InputError "reason_missing", "since_in_future".
    """
    key = await _find(ports, name)
    check(ports, "keys", key.issuer)
    await check_writable(ports)
    check_reason(reason)
    now = ports.now()
    if since is not None and since > now + timedelta(minutes=1):
        raise InputError(
            "since_in_future", "A key is revoked from a moment that has been, or from now.", "since"
        )
    position = await position_at(ports, since or now)
    revoked = replace(
        key,
        state="revoked",
        revoked_at=since or now,
        revoked_position=position,
        revoked_reason=plain(reason, 500),
    )
    leaf = key_leaf(revoked, now, ports.new_salt())
    if not await ports.store.revoke_key(key.id, since or now, position, plain(reason, 500), leaf):
        raise ConflictError(
            "already_revoked", f"The key {key.multikey} is already revoked; nothing was changed."
        )
    new = None
    if key.state == "active":
        try:
            _, new = await rotate(ports, key.issuer)
        except ExchangeError as error:
            raise UnavailableError(
                "no_active_key",
                f"The key is revoked, but {key.issuer} has no new one: {error.message} "
                f"Run `exchange keys rotate {key.issuer}`.",
            ) from error
    return await show(ports, key.id), new


async def stop(ports: Ports, slug: str | None, reason: str) -> SigningStop:
    """Sign nothing any more, for one issuer or for everybody, on every node from the next signature on.

    As the last thing, the lists that are due are signed once more, so that badges can be checked for half a
    day at least. NotFoundError("unknown_issuer"); InputError("reason_missing").
    """
    check(ports, "stop", slug or EVERY)
    check_reason(reason)
    slugs = [row.slug for row in await ports.store.issuers()] if slug is None else [slug]
    for one in slugs:
        await issuer(ports, one)
    with suppress(TimeoutError):
        async with asyncio.timeout(_LAST_SECONDS):
            await _freshen(ports, slugs)
    made = SigningStop(EVERY if slug is None else slug, plain(reason, 500), ports.now())
    await ports.store.put_stop(made, stop_leaf(made, ports.new_salt()))
    return made


async def resume(ports: Ports, slug: str | None) -> None:
    """Take a stop away. ConflictError("not_stopped") if there is none for just this issuer, or for all."""
    of = EVERY if slug is None else slug
    check(ports, "stop", of)
    if not await ports.store.remove_stop(of, resume_leaf(of, ports.now(), ports.new_salt())):
        stops = ", ".join(one.issuer for one in await ports.store.stops()) or "none"
        who = "everybody" if slug is None else f"{slug!r:.80}"
        raise ConflictError("not_stopped", f"There is no stop for {who}. There are: {stops}.")


async def check_keys(ports: Ports, skip: str = "") -> list[Finding]:
    """What there is to say of each issuer's keys and stops; every active key is asked to sign.

    Not so those that must not, nor those whose URI has the scheme `skip`.
    """
    stops = await ports.store.stops()
    stopped = {one.issuer for one in stops}
    keys = await ports.store.keys()
    # Together: a vault that does not answer is waited for once, not once for each issuer.
    found = await asyncio.gather(
        *(
            _about(ports, key, {EVERY, key.issuer}.isdisjoint(stopped) and key.uri.partition(":")[0] != skip)
            for key in keys
        )
    )
    return [*map(_stopped, stops), *(finding for finding in found if finding is not None)]


async def _about(ports: Ports, key: SigningKey, may_sign: bool) -> Finding | None:
    if key.state == "active" and may_sign:
        return await _usable(ports, key)
    if key.state == "pending":
        message = f"{key.issuer}: the key {key.multikey} was made, but never taken up."
        return Finding("key_pending", "warning", message, key.issuer)
    if key.state == "revoked" and (view := await _view(ports, key)).after:
        message = f"{key.issuer}: {view.after} badges were signed with {key.multikey} after it was lost."
        look = f"Look at them: exchange keys show {key.multikey}"
        return Finding("key_suspects", "warning", f"{message} {look}", key.issuer)
    return None


def check_reason(reason: str) -> None:
    """InputError("reason_missing")."""
    if not reason.strip() or len(reason) > 500:
        raise InputError("reason_missing", "Say why, in at most 500 characters.", "reason")


async def _find(ports: Ports, name: str) -> SigningKey:
    wanted = name.rpartition("#")[2].removeprefix("did:key:")
    for key in await ports.store.keys():
        if wanted in (key.id, key.multikey):
            return key
    raise NotFoundError("unknown_key", f"There is no key {name!r:.120}; `exchange keys list` has them all.")


async def _view(ports: Ports, key: SigningKey) -> KeyView:
    signed, _ = await ports.store.signed_by(key, limit=0)
    after, newest = await ports.store.signed_by(key, key.revoked_at) if key.revoked_at else (0, [])
    return KeyView(key, signed, after, newest)


async def _check_room(ports: Ports, slug: str) -> None:
    """A DID document that verifiers would not read is worse than an old key."""
    good = [key for key in await ports.store.keys(slug) if key.state in BELIEVED]
    if len(good) >= MAX_KEYS and ports.public:
        message = f"{slug} has {len(good)} keys that are still believed, as many as a verifier reads."
        raise ConflictError("too_many_keys", f"{message} Revoke the one whose badges have all expired.")


async def _freshen(ports: Ports, slugs: list[str]) -> None:
    for slug in slugs:
        for list_id in await ports.store.status_lists(slug):
            with suppress(ExchangeError):  # it stops all the same
                await published_list(ports, list_id)


async def _usable(ports: Ports, key: SigningKey) -> Finding:
    try:
        await check_key(ports, key)
    except ExchangeError as error:
        message = f"{key.issuer} cannot sign: {error.message}"
        return Finding(error.code, "error", message, key.issuer)
    where = key.uri.partition(":")[0]
    return Finding("key", "ok", f"The key of {key.issuer} signs ({where}: {key.multikey}).", key.issuer)


def _stopped(one: SigningStop) -> Finding:
    who = "everybody" if one.issuer == EVERY else one.issuer
    undo = "exchange keys resume" + ("" if one.issuer == EVERY else f" {one.issuer}")
    reason = one.reason if one.reason.endswith((".", "!", "?")) else f"{one.reason}."
    message = f"Signing is stopped for {who}: {reason} To go on: {undo}"
    return Finding("signing_stopped", "warning", message, one.issuer)
