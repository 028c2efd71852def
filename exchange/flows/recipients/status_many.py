"""The same change of many badges: looked at first, then confirmed by the digest of what was seen.

What is confirmed goes on record as a job, with the ids of its badges in chunks. A chunk is one transaction:
each badge has its bit set, its line of history, its leaf and its mail, and the chunk is done; so a job that a
crash cut off goes on where it was, on any node, and does nothing twice. What changed in between (somebody
revoked one by hand) is passed over. The reason stays with the job only until that has ended.
"""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from exchange.core import urls
from exchange.core.plain_text import plain
from exchange.core.verdict.secured import read_secured
from exchange.errors import AlreadyDoneError, ConflictError, ExchangeError, InputError, NotFoundError
from exchange.flows.badges.award import Order, check_order
from exchange.flows.badges.award_many import award_many
from exchange.flows.badges.status import BITS, MAX_REASON, check_reason, published_list
from exchange.flows.bell import rung_within
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable, standing
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.issuers.issuers import speaking_key
from exchange.flows.log.log import status_leaf
from exchange.flows.mail.post import status_mail
from exchange.flows.people.rights import Verb, check
from exchange.flows.ports import Ports
from exchange.flows.recipients.records import Act, Job, Match, Status, Wanted
from exchange.flows.records import Badge, Leaf, Once, Parcel, StatusChange
from exchange.flows.webhooks.records import Webhook
from exchange.flows.webhooks.webhooks import status_events

CHUNK = 100
"""Badges in one transaction: how long others wait for the database."""
SHOWN = 20
"""Badges that a preview names."""
MOST = 500
"""Badges that can be chosen one by one."""
MOST_FOUND = 100_000
"""Badges that a filter may find for one change of all of them: about a second's work to look at."""
_READ = 5_000
_LOOK_SECONDS = 5.0

ACTS: dict[Act, tuple[Verb, frozenset[Status]]] = {
    "suspend": ("suspend", frozenset({"valid", "expiring", "expired"})),
    "reinstate": ("reinstate", frozenset({"suspended"})),
    "revoke": ("revoke", frozenset({"valid", "expiring", "expired", "suspended", "unsigned"})),
    "renew": ("award", frozenset({"valid", "expiring", "expired"})),
    "replace": ("award", frozenset({"valid", "expiring", "expired"})),
}
"""What can be done to many, the right it takes, and to badges of which standing it can be done. To renew is
to award the newest version anew; to replace also revokes the badge that was there."""

_log = logging.getLogger("exchange")


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything that a filter finds or, of its issuer, just the badges with these keys."""

    wanted: Wanted
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do. `digest` confirms it; `choice` asks for the same again, whatever is awarded
    meanwhile. `achievements` counts the badges by what they are of; `passed` those left as they are, by how
    they stand ("renewed" and "retired" among that); `some` are the first of those that change."""

    act: Act
    choice: Choice
    digest: str
    count: int = 0
    achievements: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    some: tuple[Match, ...] = ()


AWARDS: frozenset[Act] = frozenset({"renew", "replace"})
"""Acts by which a new badge is awarded."""


def act_named(name: str) -> Act:
    """NotFoundError("unknown_act")."""
    for act in ACTS:
        if act == name:
            return act
    raise NotFoundError("unknown_act", f"What can be done to many badges is {', '.join(ACTS)}.")


async def preview(ports: Ports, act: Act, choice: Choice) -> Preview:
    """What it would do, and to which badges; nothing is changed.

    NotFoundError("unknown_issuer"), InputError: "too_many_chosen", "too_many_found". ForbiddenError.
    """
    seen, _ = await _look(ports, act, choice)
    return seen


async def begin(
    ports: Ports,
    act: Act,
    choice: Choice,
    reason: str,
    digest: str,
    once: Once | None = None,
    *,
    mail: bool = True,
) -> Job:
    """Put on record that what was seen (`digest`) is to be done; `carry_on` does it.

    ConflictError: "selection_changed" when it is no longer what was seen, "nothing_to_change". InputError
    ("reason_missing"). As `preview`; UnavailableError of who cannot sign just now.
    """
    if act not in AWARDS:
        check_reason(reason)
    await check_writable(ports)
    id = _job_id(once) if once else ports.new_id()
    if once and (known := await ports.store.job(id)):
        check(ports, ACTS[known.act][0], known.issuer)
        return known
    seen, badges = await _look(ports, act, choice)
    if not badges:
        raise ConflictError("nothing_to_change", "There is no badge among these that this would change.")
    if seen.digest != digest:
        raise ConflictError(
            "selection_changed", "What this would change is not what you saw any more. Look at it again."
        )
    await speaking_key(ports, await find_issuer(ports, choice.wanted.issuer))
    job = Job(id, choice.wanted.issuer, act, plain(reason, MAX_REASON), mail, len(badges), ports.now())
    chunks = [badges[start : start + CHUNK] for start in range(0, len(badges), CHUNK)]
    try:
        await ports.store.begin_job(job, chunks, once and replace(once, answer=id))
    except AlreadyDoneError:  # asked for twice at once
        return await _job(ports, id)
    ports.bell.ring()
    return job


def _job_id(once: Once) -> str:
    """The same for the same request, so that a repeat finds what it began."""
    asked = hashlib.sha256(f"{once.key} {once.digest}".encode())
    return str(uuid.UUID(bytes=asked.digest()[:16]))


async def find_job(ports: Ports, id: str) -> Job:
    """How far it has come. NotFoundError("unknown_job"), ForbiddenError."""
    job = await _job(ports, id)
    check(ports, ACTS[job.act][0], job.issuer)
    return job


async def _job(ports: Ports, id: str) -> Job:
    job = await ports.store.job(id)
    if job is None:
        raise NotFoundError("unknown_job", f"There is no change of many badges {id!r:.60} here.")
    return job


# --- what is looked at ------------------------------------------------------------------------------------


async def _look(ports: Ports, act: Act, choice: Choice) -> tuple[Preview, list[str]]:
    """The preview, and the keys of all badges that change."""
    wanted = choice.wanted
    await find_issuer(ports, wanted.issuer)
    check(ports, ACTS[act][0], wanted.issuer)
    if len(choice.badges) > MOST:
        raise InputError("too_many_chosen", f"At most {MOST} badges are chosen one by one.", "badges")
    now = ports.now()
    if not choice.badges and (wanted.until is None or wanted.until > now):
        choice = replace(choice, wanted=replace(wanted, until=now))  # what is awarded later was not seen
    awardable = {one.slug for one in await ports.store.achievements(wanted.issuer)}
    # To renew and to replace affect the same badges: which of the two is chosen where it is confirmed.
    digest = hashlib.sha256(f"{'renew' if act in AWARDS else act}\n{wanted.issuer}\n".encode())
    counts, passed = Counter[str](), Counter[str]()
    some: list[Match] = []
    badges: list[str] = []
    async for page in _matches(ports, choice):
        renewed = await ports.store.renewals([one.badge for one in page]) if act in AWARDS else {}
        for one in page:
            stands: str = one.status
            if stands in ACTS[act][1]:
                if act in AWARDS and one.badge in renewed:
                    stands = "renewed"
                elif act in AWARDS and one.achievement not in awardable:
                    stands = "retired"
                else:
                    badges.append(one.badge)
                    counts[one.achievement] += 1
                    digest.update(f"{one.badge}\n".encode())
                    some += [one] if len(some) < SHOWN else []
                    continue
            passed[stands] += 1
    return Preview(act, choice, digest.hexdigest(), len(badges), counts, passed, tuple(some)), badges


async def _matches(ports: Ports, choice: Choice) -> AsyncIterator[list[Match]]:
    now = ports.now()
    if choice.badges:
        yield await ports.store.matches(choice.wanted.issuer, choice.badges, now)
        return
    last: str | None = None
    count = 0
    while page := await ports.store.matching(choice.wanted, now, _READ, last):
        last, count = page[-1].badge, count + len(page)
        if count > MOST_FOUND:
            raise InputError(
                "too_many_found",
                f"The filter finds more than {MOST_FOUND} badges, too many for one change. Choose fewer, by "
                "their achievement or by when they were awarded, and do the rest after that.",
                "filter",
            )
        yield page


# --- what is done -----------------------------------------------------------------------------------------


async def carry_on(ports: Ports, job: str | None = None, seconds: float | None = None) -> bool:
    """Carry out what was begun, or this one job, as far as `seconds` go; whether all of it is done."""
    end = None if seconds is None else time.monotonic() + seconds
    for one in await ports.store.jobs_left():
        while job in (None, one.id) and (left := await ports.store.chunk_left(one.id)):
            if end is not None and time.monotonic() > end:
                return False
            await _carry_out(ports, one, *left)
    return True


async def carry_on_for_ever(ports: Ports) -> None:
    """Carry out what was begun here or elsewhere, until cancelled."""
    with ports.bell.listen() as rung:
        while True:
            rung.clear()
            try:
                if not await standing(ports):
                    await carry_on(ports)
            except ExchangeError as error:
                _log.warning("a change of many badges waits: %s", error)
            except Exception:
                _log.exception("a change of many badges waits; it is tried again in a while")
            await rung_within(rung, _LOOK_SECONDS)


async def _carry_out(ports: Ports, job: Job, chunk: int, badges: Sequence[str]) -> None:
    await check_writable(ports)
    await check_clock(ports)
    await speaking_key(ports, await find_issuer(ports, job.issuer))
    found = [await ports.store.badge(badge) for badge in badges]
    there = [badge for badge in found if badge is not None and badge.recipient]  # nobody's who was erased
    if job.act in AWARDS:
        there = await _renew(ports, job, there)
    if job.act == "renew":
        await ports.store.end_chunk(job.id, chunk, len(there), len(badges) - len(there), ports.now())
        return
    hooks = await ports.store.webhooks(job.issuer)
    effects = {badge.id: _effect(ports, job, badge, hooks) for badge in there}
    lists = await ports.store.change_many(job.id, chunk, effects, ports.now())
    ports.bell.ring()
    for list_id in lists:
        await published_list(ports, list_id)


def _effect(
    ports: Ports, job: Job, badge: Badge, hooks: Sequence[Webhook]
) -> tuple[StatusChange, Leaf, Sequence[Parcel]]:
    verb: Verb = "revoke" if job.act == "replace" else ACTS[job.act][0]
    purpose, on = BITS[verb]
    reason = job.reason or "It was renewed: a newer badge stands for it."
    change = StatusChange(badge.id, purpose, on, reason, ports.now())
    leaf = status_leaf(change, urls.badge(ports.base_url, badge.id), ports.new_salt())
    told = job.mail and job.act != "replace"  # who gets a new badge need not hear that the old one is over
    parcels = status_mail(ports, change, badge.recipient) if told else ()
    return change, leaf, (*parcels, *status_events(ports, hooks, change))


async def _renew(ports: Ports, job: Job, badges: Sequence[Badge]) -> list[Badge]:
    """Award each anew, by its newest version; those for which that was done, now or before."""
    orders: dict[str, list[tuple[Badge, Order]]] = {}
    before = await ports.store.renewals([badge.id for badge in badges])
    for badge in badges:
        if badge.id in before:
            continue
        achievement = await ports.store.achievement(job.issuer, badge.achievement)
        if achievement is None or achievement.retired_at is not None or badge.signed is None:
            continue
        order = _order(badge, read_secured(badge.signed).document, job.mail)
        with suppress(InputError):  # the newest version asks for evidence that the old badge has not got
            check_order(order, achievement, ports.now())
            orders.setdefault(badge.achievement, []).append((badge, order))
    done = [badge for badge in badges if badge.id in before]
    for some in orders.values():
        async for chunk in award_many(ports, [order for _, order in some], f"job:{job.id}"):
            done += [some[made.number][0] for made in chunk if made.problem is None]
    renewed = await ports.store.renewals([badge.id for badge in done])
    return [badge for badge in done if badge.id in renewed]


def _order(badge: Badge, document: dict[str, Any], mail: bool) -> Order:
    """The same once more: evidence and words go along."""
    evidence = document.get("evidence", [])
    seen = [one.get("id") for one in (evidence if isinstance(evidence, list) else [evidence])]
    return Order(
        badge.issuer,
        badge.achievement,
        badge.recipient,
        tuple(one for one in seen if one),
        document["credentialSubject"].get("narrative", ""),
        proof=badge.proof,
        mail=mail,
        renews=badge.id,
    )
