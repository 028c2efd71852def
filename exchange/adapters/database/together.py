"""What single callers ask for at the same time, done as one effect.

Sixty-four awards that wait for one flush of the disk cost the writer sixty-four times the statements of one,
where the same rows in bulk cost a third. So what waits until its effect begins becomes one effect of many.
Nobody is answered before it is durable, and one that cannot be done takes nothing with it: then each is done
by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from exchange.adapters.database import writer
from exchange.adapters.database.effects import Work
from exchange.adapters.database.engine import EffectEngine
from exchange.errors import ExchangeError, UnavailableError

A = TypeVar("A")
B = TypeVar("B")


class _Batch(Generic[A, B]):
    """Who asked for what. `closed` once its effect has begun or never will; `refused` when that itself
    failed, so that nothing of it can have been kept."""

    def __init__(self) -> None:
        self.items: list[A] = []
        self.asked: list[asyncio.Future[B]] = []
        self.closed = self.refused = False


class Together(Generic[A, B]):
    """`many` makes an effect of several items; its answers, one for each, may be errors to raise."""

    def __init__(
        self, engine: EffectEngine, many: Callable[[Sequence[A]], Work[Sequence[B | ExchangeError]]]
    ):
        self._engine = engine
        self._many = many
        self._lock = Lock()  # an effect may begin in another thread
        self._open: _Batch[A, B] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, item: A) -> B:
        """What came of `item`, durable. Whoever is cancelled leaves it done or not done."""
        future: asyncio.Future[B] = asyncio.get_running_loop().create_future()
        with self._lock:
            batch = self._open
            begun = batch is None or batch.closed or len(batch.items) >= writer.GROUP
            if batch is None or begun:
                batch = self._open = _Batch()
            batch.items.append(item)
            batch.asked.append(future)
        if begun:
            # A task of its own: a caller that is cancelled takes nobody with it.
            task = asyncio.create_task(self._carry_out(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await future

    async def _carry_out(self, batch: _Batch[A, B]) -> None:
        try:
            answers: Sequence[B | BaseException] = await self._engine.write(partial(self._effect, batch))
        except BaseException as error:
            self._close(batch)  # its effect may never have begun, for want of a connection
            # Of one that is unavailable nobody knows whether it was kept: it is not tried again.
            if not isinstance(error, Exception):
                for future in batch.asked:
                    future.cancel()
                raise
            apart = batch.refused or not isinstance(error, UnavailableError)
            if apart and len(batch.items) > 1:
                answers = await asyncio.gather(*map(self._alone, batch.items), return_exceptions=True)
            else:
                answers = [error] * len(batch.items)
        for future, answer in zip(batch.asked, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, BaseException):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _close(self, batch: _Batch[A, B]) -> None:
        with self._lock:
            batch.closed = True

    def _effect(self, batch: _Batch[A, B]) -> Work[Sequence[B | ExchangeError]]:
        self._close(batch)
        batch.refused = False
        try:
            return (yield from self._many(batch.items))
        except Exception:
            batch.refused = True
            raise

    async def _alone(self, item: A) -> B | ExchangeError:
        (answer,) = await self._engine.write(partial(self._many, [item]))
        return answer
