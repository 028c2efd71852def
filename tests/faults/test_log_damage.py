"""A byte changed anywhere in the log's tables is found, and the row it stands in is named (P4)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.log_damage import PARTS, blind, rounds

CHANGES = 100
"""The promise is about 1,000: `python -m tests.faults log-damage` makes as many and prints the figure."""


def test_each_changed_byte_is_found_and_its_row_named(tmp_path: Path) -> None:
    named, alone, missed = asyncio.run(rounds(tmp_path, CHANGES, seed=2026))
    assert missed == []
    assert named == CHANGES
    assert alone > 0.9 * CHANGES


@pytest.mark.parametrize("part", PARTS)
def test_a_check_that_leaves_a_part_out_does_not_find_all(tmp_path: Path, part: str) -> None:
    with blind(part):
        _, _, missed = asyncio.run(rounds(tmp_path, CHANGES, seed=2026))
    assert missed
