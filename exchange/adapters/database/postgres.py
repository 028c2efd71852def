"""PostgreSQL: a pool of connections, and effects that are begun again when the server asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
from piccolo.engine.postgres import PostgresEngine

from exchange.adapters.database.effects import Compute, Effect, Many, Rows, Statement, Step, T, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.adapters.database.failures import translated, unrepresentable
from exchange.errors import UnavailableError

CONNECTIONS = 10
TRIES = 10
WAIT_SECONDS = 10.0  # for a free connection, and for running effects when closing
DURABLE = ("on", "remote_apply")
_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)  # SQLSTATE 40001, 40P01


class Postgres(EffectEngine, PostgresEngine):
    """One database of a server. asyncpg's own context managers give a connection back on cancellation."""

    pool: asyncpg.Pool[Any]

    def __init__(self, url: str) -> None:
        super().__init__(config={"dsn": url})
        parts = urlsplit(url)
        self.facts = {"engine": "postgresql", "path": f"{parts.hostname or 'local socket'}{parts.path}"}

    async def start(self) -> None:
        try:
            self.pool = await asyncpg.create_pool(
                **self.config,
                min_size=1,
                max_size=CONNECTIONS,
                timeout=10,
                command_timeout=30,
                server_settings={
                    "application_name": "exchange",
                    # What waited for a row sees it as it is now, so our updates need no locks by hand.
                    "default_transaction_isolation": "read committed",
                },
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            reason = str(error) or type(error).__name__
            message = f"PostgreSQL at {self.facts['path']} cannot be reached: {reason}"
            raise UnavailableError("database_unavailable", message) from error
        for setting in ("server_version", "synchronous_commit", "fsync"):
            (row,) = await self.read(Statement(f"SHOW {setting}"))
            self.facts["version" if setting == "server_version" else setting] = row[0]
        if self.facts["synchronous_commit"] not in DURABLE:
            message = (
                "PostgreSQL runs with synchronous_commit off: acknowledged badges could be lost; set it on"
            )
            raise UnavailableError("database_not_durable", message)

    async def close(self) -> None:
        if self.pool:
            with contextlib.suppress(TimeoutError):  # then asyncpg has cut off what still ran
                await asyncio.wait_for(self.pool.close(), WAIT_SECONDS)

    async def read(self, statement: Statement) -> Rows:
        try:
            async with self.pool.acquire(timeout=WAIT_SECONDS) as connection:
                rows: Rows = await connection.fetch(numbered(statement.sql), *statement.args)
        except Exception as error:
            if unrepresentable(error):
                return []
            raise translated(error) from error
        return rows

    async def write(self, effect: Effect[T]) -> T:
        for attempt in range(TRIES):
            try:
                async with self.pool.acquire(timeout=WAIT_SECONDS) as connection, connection.transaction():
                    return await _drive(connection, effect())
            except _AGAIN:
                await asyncio.sleep(random.random() * 0.005 * 2**attempt)  # noqa: S311
            except Exception as error:
                raise translated(error) from error
        raise UnavailableError("database_unavailable", f"PostgreSQL asked {TRIES} times to try again")


async def _drive(connection: Any, work: Work[T]) -> T:
    try:
        step = next(work)
        while True:
            step = work.send(await _carry_out(connection, step))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


async def _carry_out(connection: Any, step: Step) -> Any:
    if isinstance(step, Compute):
        return await asyncio.to_thread(step.function)
    if isinstance(step, Many):
        await connection.executemany(numbered(step.sql), step.rows)
        return ()
    return await connection.fetch(numbered(step.sql), *step.args)


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """`?` as `$1`, `$2`…; none of our SQL has a question mark in a literal."""
    first, *rest = sql.split("?")
    return first + "".join(f"${n}{part}" for n, part in enumerate(rest, 1))
