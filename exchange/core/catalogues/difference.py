"""What changed between two tables of a catalogue, member by member, in the words of its author."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that changed, named as in `results.direction.levels.clear.name`. None: it is not said."""

    at: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every difference between two JSON objects, in the order of `before`; `[]` only if they are the same.

    Tables of a list are matched by their `key` where they have one, else by their number from 1; an order
    that changed is a difference of its own. `1`, `1.0` and `true` are three different values.
    """
    return list(_tables(before, after, ""))


def _tables(before: Mapping[str, Any], after: Mapping[str, Any], at: str) -> Iterator[Difference]:
    for name in dict.fromkeys((*before, *after)):
        yield from _values(before.get(name), after.get(name), f"{at}{name}")


def _values(before: Any, after: Any, at: str) -> Iterator[Difference]:
    if _written(before) == _written(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _tables(before, after, f"{at}.")
    elif _holds_tables(before) and _holds_tables(after):
        yield from _lists(before, after, at)
    else:
        yield Difference(at, before, after)


def _lists(before: Sequence[Any], after: Sequence[Any], at: str) -> Iterator[Difference]:
    old, new = _by_key(before), _by_key(after)
    if old is None or new is None:
        old, new = _by_number(before), _by_number(after)
    yield from _tables(old, new, f"{at}.")
    kept = [[key for key in some if key in other] for some, other in ((old, new), (new, old))]
    if kept[0] != kept[1]:
        yield Difference(f"{at} (order)", list(old), list(new))


def _by_key(tables: Sequence[Any]) -> dict[str, Any] | None:
    keyed = {table["key"]: table for table in tables if isinstance(table.get("key"), str)}
    return keyed if len(keyed) == len(tables) else None


def _by_number(tables: Sequence[Any]) -> dict[str, Any]:
    return {str(number): table for number, table in enumerate(tables, start=1)}


def _holds_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _written(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
