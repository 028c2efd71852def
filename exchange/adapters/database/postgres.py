"""PostgreSQL: a pool of connections, and effects that are begun again when the server asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
from piccolo.engine.postgres import PostgresEngine

from exchange.adapters.database.effects import Compute, Effect, Many, Rows, Statement, Step, T, Work
from exchange.adapters.database.engine import SNAPSHOT_ROWS, EffectEngine
from exchange.adapters.database.failures import translated, unrepresentable
from exchange.adapters.database.fault import Fault
from exchange.errors import UnavailableError

CONNECTIONS = 10
TRIES = 10
WAIT_SECONDS = 10.0  # for a free connection, and for running effects when closing
EFFECT_SECONDS = (
    20.0  # for all of an effect; then its connection is cut, which the server takes as a rollback
)
DURABLE = ("on", "remote_apply")
_PASSING = {  # SQLSTATE, and what to say of it
    "53100": "The disk of the database server is full. Make room on it.",
    "58030": "The disk of the database server reports errors. Look at the disk before anything else.",
    "25006": "The database server takes no writes: it is a standby. Connect to the primary.",
}
SETTINGS = {
    "application_name": "exchange",
    # What waited for a row sees it as it is now, so our updates need no locks by hand.
    "default_transaction_isolation": "read committed",
    # A node that is cut off or stopped in the middle of an effect must not keep the others from the log's one
    # row: the server ends its transaction, and until then who waits is told so.
    "idle_in_transaction_session_timeout": "2s",
    "lock_timeout": "10s",
    "statement_timeout": "15s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "20000",
}
PERSONAL = (
    *("badge", "status_change", "log_entry", "log_about", "outbox", "once", "person", "address", "identity"),
    *("passkey", "session", "token", "ticket", "member", "role", "rate", "change_job"),
    *("profile", "endorser_key", "endorsement", "endorsement_request", "blocked_sender"),
    *("endorsement_fact", "endorsed_skill", "vouch", "vouch_turn", "endorsement_report"),
    *("portfolio", "portfolio_link", "portfolio_copy", "publication", "handle_mark"),
    *("batch_row", "held", "code_use", "imported_badge"),
)
"""Tables in which people can be named."""
_AGAIN = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)  # SQLSTATE 40001, 40P01


class Postgres(EffectEngine, PostgresEngine):
    """One database of a server. asyncpg's own context managers give a connection back on cancellation."""

    pool: asyncpg.Pool[Any]

    def __init__(self, url: str) -> None:
        super().__init__(config={"dsn": url})
        parts = urlsplit(url)
        self._fault = Fault()
        self.facts = {"engine": "postgresql", "path": f"{parts.hostname or 'local socket'}{parts.path}"}

    async def start(self) -> None:
        try:
            self.pool = await asyncpg.create_pool(
                **self.config,
                min_size=0,  # asyncpg logs each try to restore a floor while the server is away
                max_size=CONNECTIONS,
                timeout=10,
                server_settings=SETTINGS,
            )
            async with self._lent():
                pass
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            reason = str(error) or type(error).__name__
            message = f"PostgreSQL at {self.facts['path']} cannot be reached: {reason}"
            raise UnavailableError("database_unavailable", message) from error
        for setting in ("server_version", "synchronous_commit", "fsync"):
            (row,) = await self.read(Statement(f"SHOW {setting}"))
            self.facts["version" if setting == "server_version" else setting] = row[0]
        asked = datetime.now(UTC)
        ((theirs,),) = await self.read(Statement("SELECT clock_timestamp()"))
        self.ahead = asked + (datetime.now(UTC) - asked) / 2 - theirs
        if self.facts["synchronous_commit"] not in DURABLE:
            message = (
                "PostgreSQL runs with synchronous_commit off: acknowledged badges could be lost; set it on"
            )
            raise UnavailableError("database_not_durable", message)

    async def close(self) -> None:
        if self.pool:
            with contextlib.suppress(TimeoutError):  # then asyncpg has cut off what still ran
                await asyncio.wait_for(self.pool.close(), WAIT_SECONDS)

    def fault(self) -> str | None:
        return self._fault.said

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[Any]:
        """A connection, for so long.

        When the way to the server is cut, nothing tells us: asyncpg would wait for ever for the answer to its
        rollback. So what takes too long is ended from outside, giving back included.
        """
        connection = await self.pool.acquire(timeout=WAIT_SECONDS)
        too_long = asyncio.get_running_loop().call_later(EFFECT_SECONDS, connection.terminate)
        try:
            yield connection
        finally:
            try:
                await self.pool.release(connection)
            finally:
                too_long.cancel()

    async def read(self, statement: Statement) -> Rows:
        try:
            async with self._lent() as connection:
                rows: Rows = await connection.fetch(numbered(statement.sql), *statement.args)
        except Exception as error:
            if unrepresentable(error):
                return []
            raise translated(error) from error
        return rows

    async def snapshot(self, tables: Sequence[str]) -> AsyncIterator[tuple[str, Rows]]:
        try:
            async with (
                self.pool.acquire(timeout=WAIT_SECONDS) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                for table in tables:
                    cursor = await connection.cursor(f"SELECT * FROM {table}")  # noqa: S608
                    while rows := await cursor.fetch(SNAPSHOT_ROWS):
                        yield table, rows
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise translated(error) from error

    async def scrub(self) -> bool:
        """Tables and their statistics are written anew. The server's own log keeps the bytes until it is
        recycled, and archives of it as long as they are kept."""
        try:
            async with self.pool.acquire(timeout=WAIT_SECONDS) as connection:
                await connection.execute("SET statement_timeout = 0")  # back to ours when it is given back
                for table in PERSONAL:
                    await connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def write(self, effect: Effect[T]) -> T:
        for attempt in range(TRIES):
            try:
                async with self._lent() as connection, connection.transaction():
                    answer = await _drive(connection, effect())
                self._fault.over()
            except _AGAIN:
                await asyncio.sleep(random.random() * 0.005 * 2**attempt)  # noqa: S311
            except Exception as error:
                if isinstance(error, asyncpg.PostgresError) and error.sqlstate in _PASSING:
                    self._fault.passes(_PASSING[error.sqlstate])
                raise translated(error) from error
            else:
                return answer
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
        return None
    return await connection.fetch(numbered(step.sql), *step.args)


@lru_cache(maxsize=512)
def numbered(sql: str) -> str:
    """`?` as `$1`, `$2`…; none of our SQL has a question mark in a literal."""
    first, *rest = sql.split("?")
    return first + "".join(f"${n}{part}" for n, part in enumerate(rest, 1))
