"""A byte changed anywhere in the log's tables is found, and the row it stands in is named (P4)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.faults.log_damage import rounds

CHANGES = int(os.environ.get("EXCHANGE_TEST_LOG_CHANGES", "100"))
"""The promise is about 1,000; `python -m tests.faults.log_damage` makes as many and prints the figure."""


def test_each_changed_byte_is_found_and_its_row_named(tmp_path: Path) -> None:
    named, alone, missed = asyncio.run(rounds(tmp_path, CHANGES, seed=2026))
    assert missed == []
    assert named == CHANGES
    assert alone > 0.9 * CHANGES
