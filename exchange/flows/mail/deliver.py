"""Deliver: bring what is in the outbox where it is to go; at least once, in the order of its subject.

Any number of nodes and processes do this at once. A parcel is leased for longer than an attempt may take, so
a process that dies in between leaves it to the others, who send it again under the same id. Nothing is locked
while somebody talks to a stranger's server, and one that hangs holds up a few attempts to itself, no others.
What fails is tried again, later each time, for about three days; what was refused for good is given up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from exchange.errors import ExchangeError, InputError, NotFoundError, RefusedError
from exchange.flows.bell import rung_within
from exchange.flows.instance.standing import standing
from exchange.flows.ports import Ports
from exchange.flows.records import Delivery, Parcel

Carry = Callable[[Ports, Parcel], Awaitable[None]]
"""Brings a parcel on its way. RefusedError, InputError, NotFoundError are final; all else is tried again."""

_log = logging.getLogger("exchange")


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard to try. A lease outlives an attempt by more than clocks of nodes may differ. There are
    `breath` seconds from one attempt to the next: each takes a few milliseconds of the event loop, and
    letters that wait in thousands can wait a little longer than who asks for a page."""

    at_once: int = 32
    per_destination: int = 4
    seconds: float = 30.0
    lease: timedelta = timedelta(minutes=2)
    first_wait: timedelta = timedelta(seconds=30)
    longest_wait: timedelta = timedelta(hours=6)
    attempts: int = 21
    look_seconds: float = 5.0
    breath: float = 0.02

    def wait(self, attempts: int, chance: float) -> timedelta:
        """How long to wait after so many attempts; `chance` in [0, 1) spreads those that failed together."""
        doubled = min(self.first_wait * 2.0 ** min(attempts - 1, 40), self.longest_wait)
        return doubled * (0.75 + chance / 2)


PACE = Pace()


async def deliver_for_ever(ports: Ports, channel: str, carry: Carry, pace: Pace = PACE) -> None:
    """Deliver until cancelled: at once what this process posts, and within seconds what others do."""
    postman = Postman(ports, channel, carry, pace)
    with ports.bell.listen() as rung:
        try:
            while True:
                rung.clear()
                try:
                    await postman.begin()
                except ExchangeError as error:
                    _log.warning("nothing is delivered just now: %s", error)
                except Exception:
                    _log.exception("nothing is delivered just now; it is tried again in a while")
                await rung_within(rung, pace.look_seconds)
        finally:
            postman.stop()


async def deliver_due(ports: Ports, channel: str, carry: Carry, pace: Pace = PACE) -> tuple[int, int]:
    """Deliver what is due just now, and return; how many were sent, and how many not."""
    postman = Postman(ports, channel, carry, pace)
    with ports.bell.listen() as rung:
        try:
            while await postman.begin() or postman.busy:
                await rung.wait()
                rung.clear()
        finally:
            postman.stop()
    return postman.sent, postman.failed


class Postman:
    """Attempts that run at the same time, under one name for all their leases."""

    def __init__(self, ports: Ports, channel: str, carry: Carry, pace: Pace) -> None:
        self.sent = self.failed = 0
        self._ports, self._channel, self._carry, self._pace = ports, channel, carry, pace
        self._name = ports.new_id()
        self._running: dict[asyncio.Task[None], str] = {}

    @property
    def busy(self) -> bool:
        return bool(self._running)

    async def begin(self) -> int:
        """Begin an attempt at everything that is due, as far as there is room; how many. An instance that
        must not write delivers nothing either: what it has may be old, and long delivered."""
        begun = 0
        if await standing(self._ports):
            return begun
        while len(self._running) < self._pace.at_once and (delivery := await self._lease()):
            task = asyncio.create_task(self._attempt(delivery))
            self._running[task] = delivery.parcel.destination
            task.add_done_callback(self._over)
            begun += 1
            await asyncio.sleep(self._pace.breath)
        return begun

    def stop(self) -> None:
        """End the attempts that run; their parcels are due again when the lease is over."""
        for task in self._running:
            task.cancel()

    async def _lease(self) -> Delivery | None:
        now, talking = self._ports.now(), Counter(self._running.values())
        full = [where for where, count in talking.items() if count >= self._pace.per_destination]
        lease = self._channel, self._name, now, now + self._pace.lease
        return await self._ports.store.lease_parcel(*lease, full)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task)
        if not task.cancelled() and (error := task.exception()):
            _log.warning("the outbox could not note what came of a parcel: %s", error)
        self._ports.bell.ring()

    async def _attempt(self, delivery: Delivery) -> None:
        store, parcel, now = self._ports.store, delivery.parcel, self._ports.now
        problem, final = await self._problem(delivery)
        if problem is None:
            self.sent += 1
            await store.mark_sent(parcel.id, now())
            return
        self.failed += 1
        if final or delivery.attempts >= self._pace.attempts:
            _log.warning("parcel %s is given up: %s", parcel.id, problem)
            await store.give_up(parcel.id, self._name, now(), problem)
        else:
            wait = self._pace.wait(delivery.attempts, random.random())  # noqa: S311
            await store.put_back(parcel.id, self._name, now() + wait, problem)

    async def _problem(self, delivery: Delivery) -> tuple[str | None, bool]:
        """Try it; what stood in the way, and whether that is final."""
        parcel = delivery.parcel
        if parcel.expires_at is not None and parcel.expires_at <= self._ports.now():
            return "It was not delivered in time.", True
        try:
            async with asyncio.timeout(self._pace.seconds):
                await self._carry(self._ports, parcel)
        except (RefusedError, InputError, NotFoundError) as error:
            return error.message, True
        except ExchangeError as error:
            return error.message, False
        except TimeoutError:
            return f"It was not taken within {self._pace.seconds:.0f} seconds.", False
        except Exception as error:
            _log.exception("parcel %s met a fault in exchange itself", parcel.id)
            return f"A fault in exchange itself: {type(error).__name__}.", False
        return None, False
