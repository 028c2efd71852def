"""An effect: one unit of work, written once for both engines.

It is a generator that yields steps and is sent what came of them, and whose return value is the answer. So
the same text can be driven by SQLite's writer thread, where many effects share one flush of the disk, and by
asyncpg. An effect is begun again when the database asks for a retry: it must not touch anything else.

A step is SQL, or work for the processor: what takes longer than a few rows is yielded as `Compute`, since on
PostgreSQL the effect itself runs on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from piccolo.query.base import Query
from piccolo.querystring import QueryString

T = TypeVar("T")


class Statement(NamedTuple):
    """SQL with `?` for every argument (also for PostgreSQL: its engine numbers them)."""

    sql: str
    args: Sequence[Any] = ()


class Many(NamedTuple):
    """One statement for each row of arguments; what comes back is how many rows it changed, or None where the
    engine does not tell. Three times as fast as one INSERT of many rows on SQLite, one round trip on
    PostgreSQL."""

    sql: str
    rows: Sequence[Sequence[Any]]


class Compute(NamedTuple):
    """A function without arguments; what it returns comes back. It runs off the event loop."""

    function: Callable[[], Any]


Rows: TypeAlias = Sequence[Any]
"""Rows unpack by position, and `dict(row)` gives them their names."""

Step: TypeAlias = Statement | Many | Compute
Work: TypeAlias = Generator[Step, Any, T]
Effect: TypeAlias = Callable[[], Work[T]]


def compiled(query: Query[Any, Any]) -> Statement:
    """A Piccolo query as a statement; 150 µs, so the hot ones are written as SQL instead."""
    (querystring,) = query.querystrings
    return compiled_string(querystring)


def compiled_string(querystring: QueryString) -> Statement:
    sql, args = querystring.compile_string(engine_type="sqlite")  # the dialect with `?`
    return Statement(sql, args)


def only(statement: Statement) -> Work[Rows]:
    """The effect of one statement."""
    rows: Rows = yield statement
    return rows
