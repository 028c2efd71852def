"""What both engines have in common: how Piccolo's own queries run on them, and what must not."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

from piccolo.engine.base import Engine
from piccolo.querystring import QueryString

from exchange.adapters.database.effects import Effect, Rows, Statement, T, compiled_string, only

SNAPSHOT_ROWS = 200
"""Rows that a snapshot gives at a time: a badge has some 20 KB."""


class EffectEngine(Engine[Any]):
    """A Piccolo engine that reads directly and writes whole effects.

    `await Table.select()` and single writes work as in Piccolo. What belongs together is one effect, handed
    to `write`; Piccolo's open-ended `transaction()` is refused, since a cancelled task could hold it.
    """

    facts: dict[str, str]
    ahead: timedelta = timedelta(0)
    """How far this machine's clock was ahead of the server's at the start; a file has no clock of its own."""

    @abstractmethod
    async def start(self) -> None:
        """Connect and read the durable settings back. UnavailableError when it cannot or they do not hold."""

    @abstractmethod
    async def close(self) -> None:
        """Answer what was begun, then let go of the database."""

    @abstractmethod
    def fault(self) -> str | None:
        """Why nothing can be written just now, and what to do, as far as this process knows."""

    @abstractmethod
    async def read(self, statement: Statement) -> Rows:
        """The rows of one query. A value the database cannot even represent is in no row."""

    async def survey(self, statement: Statement) -> Rows:
        """As `read`, for a query that may look at a whole index: nobody else waits for it."""
        return await self.read(statement)

    @abstractmethod
    def snapshot(self, tables: Sequence[str]) -> AsyncIterator[tuple[str, Rows]]:
        """All rows of these tables as they are at one moment, some at a time; others go on writing."""

    @abstractmethod
    async def write(self, effect: Effect[T]) -> T:
        """Run the effect in one transaction; when this returns, it is durable.

        A task cancelled while it waits may find its effect done or not done, never half done.
        """

    @abstractmethod
    async def scrub(self) -> bool:
        """Leave nothing of what was deleted in the database's files, as far as that is ours to do. False when
        somebody else who was reading, or too little room, stood in the way."""

    # --- what Piccolo calls ---

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> list[dict[str, Any]]:
        return await self._run(compiled_string(querystring))

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> list[dict[str, Any]]:
        return await self._run(Statement(ddl))

    async def _run(self, statement: Statement) -> list[dict[str, Any]]:
        if statement.sql.lstrip()[:6].upper() == "SELECT":
            rows = await self.read(statement)
        else:
            rows = await self.write(partial(only, statement))
        return [dict(row) for row in rows]

    async def check_version(self) -> None:
        """Nothing: Piccolo would connect while being constructed; `start` checks."""

    async def prep_database(self) -> None:
        """Nothing: no extensions are wanted."""

    def transaction(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("write one effect with engine.write(...); an open transaction can be left behind")

    def atomic(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.transaction()

    async def batch(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.transaction()
