"""Award many: the same badge to each of many people, in chunks.

All orders are judged before the first is signed. Then chunk after chunk is put on record in one transaction,
signed, checked and published in another, so that memory holds a chunk and no more, and a crash leaves at most
one chunk of intents, which the sweep finishes. A run under the name of a `batch` can be begun again: who got
the badge in it keeps that one, whoever is left gets theirs.

What every badge goes through before it is published: the order's own rules, and our schema: the first badge
of each structure as a whole, others in their texts, which are of a form that the schema takes wherever it
took others, or sent the same way (`sign.prepare_next`). The strict verifier, as a stranger runs it, reads one
badge of each structure in each chunk, and another library verifies some signatures (`Keys.sign_many`), not
all: a fault of the machine in a single badge would pass, until `exchange log fsck` looks at every signature.
`benchmarks/README.md` says what it costs to check every one at once.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache, partial
from itertools import islice

import msgspec

from exchange.core import urls
from exchange.core.credentials.serial import Series, Status
from exchange.core.dates import format_date
from exchange.core.strict_json import dump
from exchange.errors import AlreadyDoneError, ExchangeError, InputError
from exchange.flows import sign
from exchange.flows.badges.award import Order, check_order, find_achievement, intent_of, validity
from exchange.flows.instance.clock import check_clock
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import signer
from exchange.flows.log.log import award_leaf
from exchange.flows.mail.post import award_mail
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement, Draft, Intent, Issuer, Leaf, Once, SigningKey, StatusSlot
from exchange.flows.webhooks.records import Webhook
from exchange.flows.webhooks.webhooks import award_events

CHUNK = 500
"""Orders in one transaction: bounds memory, and how long others wait for the database (some 40 ms)."""
_TOLD = 20
"""Faults that a refusal lists."""


class Made(msgspec.Struct, frozen=True):
    """What came of order `number`, counted from 0: the badge `id` (its URL), bare `key`.

    `again`: it was awarded before in this batch. `problem`: nothing was done for this order, and why.
    """

    number: int
    to: str
    id: str = ""
    key: str = ""
    again: bool = False
    problem: ExchangeError | None = None


async def award_many(
    ports: Ports, orders: Iterable[Order], batch: str | None = None, *, chunk: int = CHUNK
) -> AsyncIterator[list[Made]]:
    """Carry out `orders` of one issuer and achievement, a chunk at a time; each list is of one chunk, done.

    `orders` is read twice and may be as long as it likes. Without a `batch` a second run awards anew.
    InputError: "orders_wrong" (says for each line what is wrong, nothing is signed then), "orders_mixed". As
    `award`: unknown_issuer, unknown_achievement, achievement_retired, signing_stopped, no_active_key,
    ForbiddenError.
    """
    first = next(iter(orders), None)
    if first is None:
        return
    await signer(ports, first.issuer)
    check(ports, "award", first.issuer)
    achievement = await find_achievement(ports, first)
    await _judge(ports, orders, first, achievement, chunk)
    press: _Press | None = None
    for numbered in _chunks(orders, chunk):
        # Anew for each chunk: a stop, a rotation or a new profile holds from the next one on.
        row, key = await signer(ports, first.issuer)
        if press is None or (press.row, press.key) != (row, key):
            press = _Press(ports, row, key, achievement, batch)
        yield await _carry_out(ports, press, numbered)


Numbered = Sequence[tuple[int, Order]]


def _chunks(orders: Iterable[Order], size: int) -> Iterator[Numbered]:
    numbered = enumerate(orders)
    while chunk := list(islice(numbered, size)):
        yield chunk


async def _judge(
    ports: Ports, orders: Iterable[Order], first: Order, achievement: Achievement, size: int
) -> None:
    """InputError unless every order can be carried out."""
    faults: list[str] = []
    for chunk in _chunks(orders, size):
        faults += await asyncio.to_thread(_faults, chunk, first, achievement, ports.now())
        if len(faults) > _TOLD:
            break
    if faults:
        more = ["And there is more."] if len(faults) > _TOLD else []
        raise InputError("orders_wrong", "\n".join([*faults[:_TOLD], *more, "Nothing was awarded."]))


def _faults(chunk: Numbered, first: Order, achievement: Achievement, now: datetime) -> list[str]:
    faults = []
    for number, order in chunk:
        if (order.issuer, order.achievement) != (first.issuer, first.achievement):
            raise InputError("orders_mixed", "All orders of a batch are of one issuer and one achievement.")
        try:
            check_order(order, achievement, now)
        except InputError as error:
            faults.append(f"order {number + 1}: {error.message}")
    return faults


async def _carry_out(ports: Ports, press: _Press, chunk: Numbered) -> list[Made]:
    """One chunk, from drafts to published badges."""
    await check_writable(ports)
    await check_clock(ports)
    press.hooks = await ports.store.webhooks(press.row.slug)
    drafts = await asyncio.to_thread(press.drafts, [order for _, order in chunk])
    became = await ports.store.intend_many(drafts, ports.new_id)
    intents = [one for one in became if isinstance(one, Intent)]
    if intents:
        await sign.finish_many(ports, intents, press.samples(intents))
    return [
        Made(number, order.to, urls.badge(ports.base_url, one.id), one.id)
        if isinstance(one, Intent)
        else await _not_made(ports, number, order, one)
        for (number, order), one in zip(chunk, became, strict=True)
    ]


async def _not_made(ports: Ports, number: int, order: Order, became: ExchangeError) -> Made:
    if not isinstance(became, AlreadyDoneError):
        return Made(number, order.to, problem=became)
    badge = await ports.store.badge(became.answer)
    if badge is not None and badge.signed is None:  # a crash left it, or it is further up in this chunk
        await sign.finish(ports, badge)
    return Made(number, order.to, urls.badge(ports.base_url, became.answer), became.answer, again=True)


@lru_cache(maxsize=16)
def _words(evidence: tuple[str, ...], narrative: str, until: datetime | None, proof: str) -> bytes:
    """What an order asks for whoever it is for, as a JSON array; many in a row ask for the same."""
    return dump([list(evidence), narrative, format_date(until) if until else None, proof])


class _Press:
    """Makes the drafts of one achievement, by one issuer's key. All of it runs off the event loop."""

    def __init__(
        self, ports: Ports, row: Issuer, key: SigningKey, achievement: Achievement, batch: str | None
    ) -> None:
        self.row = row
        self.key = key
        self.hooks: Sequence[Webhook] = ()
        self._ports = ports
        self._achievement = achievement
        self._batch = batch
        self._series = Series({"id": row.did, **row.profile}, achievement.document)
        self._kinds: dict[str, object] = {}

    def drafts(self, orders: Sequence[Order]) -> list[Draft]:
        now = self._ports.now()
        return [self._draft(order, now) for order in orders]

    def samples(self, intents: Sequence[Intent]) -> set[int]:
        """The number of one intent of each structure and each proof."""
        found: dict[object, int] = {}
        for number, intent in enumerate(intents):
            found.setdefault(self._kinds[intent.id], number)
        self._kinds.clear()
        return set(found.values())

    def _draft(self, order: Order, now: datetime) -> Draft:
        ports = self._ports
        recipient = check_order(order, self._achievement, now)
        key, salt, leaf_salt = ports.new_id(), ports.new_salt(), ports.new_salt()
        subject_id = f"urn:uuid:{ports.new_id()}" if recipient.startswith("mailto:") else recipient
        write = partial(self._write, order, recipient, key, subject_id, salt, leaf_salt, now)
        once = self._once(order, recipient, key, now) if self._batch is not None else None
        told = award_mail(ports, key, recipient, now) if order.mail else ()
        told += award_events(ports, self.hooks, key, now)
        return Draft(self.row.slug, ports.base_url, ("revocation", "suspension"), write, once, told)

    def _once(self, order: Order, recipient: str, key: str, now: datetime) -> Once:
        """One badge for a recipient in a batch; asked for with other evidence or words, it is refused."""
        name = dump([self._batch, order.issuer, order.achievement, recipient])
        asked = name[:-1] + b"," + _words(order.evidence, order.narrative, order.valid_until, order.proof)[1:]
        digests = [hashlib.sha256(text).hexdigest() for text in (name, asked)]
        return Once(f"batch:{digests[0]}", digests[1], now, key)

    def _write(
        self,
        order: Order,
        recipient: str,
        key: str,
        subject_id: str,
        salt: str,
        leaf_salt: str,
        now: datetime,
        slots: tuple[StatusSlot, ...],
    ) -> tuple[Intent, Leaf]:
        base_url, achievement = self._ports.base_url, self._achievement
        until = order.valid_until or validity(achievement, now)
        url = urls.badge(base_url, key)
        self._series.say(
            id=url,
            recipient=recipient,
            subject_id=subject_id,
            salt=salt,
            valid_from=now,
            valid_until=until,
            evidence=order.evidence,
            narrative=order.narrative,
            status=[
                Status(slot.purpose, urls.status_list(base_url, slot.list_id), slot.index) for slot in slots
            ],
        )
        prepared = sign.prepare_next(self._series, order.proof, self.row, self.key, now)
        self._kinds[key] = order.proof, self._series.kind
        intent = intent_of(
            *(prepared, key, recipient, achievement, self.key, slots, now),
            until=until,
            renews=order.renews,
            mail=order.mail,
        )
        return intent, award_leaf(intent, url, leaf_salt)
