"""Ids: UUIDs of version 7, in order, never twice."""

from __future__ import annotations

import time
import uuid

import pytest

from exchange.adapters.ids import new_id


def test_ids_are_uuids_of_their_version_and_tell_their_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_sort_by_the_moment_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(1_700_000_000_000_000_000, 1_700_000_001_000_000_000, 10_000_000))
    monkeypatch.setattr(time, "time_ns", lambda: next(moments))
    made = [new_id() for _ in range(100)]
    assert made == sorted(made)


def test_ids_of_one_moment_differ_in_every_random_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    made = [uuid.UUID(new_id()).int for _ in range(2_000)]
    assert len(set(made)) == 2_000
    changing = 0
    for one in made:
        changing |= one ^ made[0]
    assert changing.bit_count() == 74
