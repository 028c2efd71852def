"""Pages of a list for programs: each names where the next one begins, so that nothing is missed or told twice
whatever was added or taken away in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from exchange.edge.http.describe import Parameter
from exchange.flows.ports import Ports

T = TypeVar("T")

PAGE = 50
AFTER = Parameter("after", "query", {"type": "string"}, "Those after this one; `next` has it.")


def page_after(rows: Sequence[T], key: Callable[[T], str], after: str | None) -> tuple[list[T], str | None]:
    """A page of rows that are in the order of their keys, and the `after` of the next one."""
    left = [row for row in rows if after is None or key(row) > after]
    return left[:PAGE], key(left[PAGE - 1]) if len(left) > PAGE else None


def with_next(listed: dict[str, Any], ports: Ports, path: str, **query: str | None) -> dict[str, Any]:
    """The list with the address of its next page, for which every part of the query is given; the last page,
    of which one is None, has none."""
    if None in query.values():
        return listed
    told = urlencode({name: value for name, value in query.items() if value != ""})
    return {**listed, "next": f"{ports.base_url}{path}?{told}"}
