"""What a trust summary asks of SQLite is looked up in indices: its work does not grow with the graph."""

from __future__ import annotations

import pytest

from exchange.adapters.database import DatabaseStore
from exchange.adapters.database.effects import Statement
from exchange.adapters.database.trust import FACTS, PAIRS, SKILLS

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("copy_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sql", "args"),
    [
        (f"{FACTS}f.subject IN (?, ?)", ("a", "b")),
        (f"{FACTS}f.holder = ?", ("a",)),
        (f"{FACTS}f.subject = ? AND f.holder <> ?", ("a", "a")),
        (f"{FACTS}f.id IN (?, ?)", ("a", "b")),
        (PAIRS.format(values="(?, ?), (?, ?)"), ("a", "b", "c", "d")),
        (SKILLS.format(values="(?, ?, ?), (?, ?, ?)"), ("a", "b", "c", "d", "e", "f")),
    ],
    ids=["of-badges", "of-a-holder", "of-a-person", "by-id", "in-return", "skilled"],
)
async def test_every_table_is_searched_by_an_index(
    store: DatabaseStore, sql: str, args: tuple[str, ...]
) -> None:
    plan = [row[-1] for row in await store.engine.read(Statement(f"EXPLAIN QUERY PLAN {sql}", args))]
    searched = [step for step in plan if step.startswith("SEARCH")]
    assert len(searched) >= 3
    scanned = [step for step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
    assert [step for step in scanned if step not in ("SCAN asked",)] == []
    assert not any("TEMP B-TREE" in step for step in plan)
