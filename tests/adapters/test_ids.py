"""Ids: UUIDs of version 7, in order, never twice; and salts."""

from __future__ import annotations

import os
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from exchange.adapters.ids import new_id, new_salt


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


def test_salts_have_128_bits_and_a_form_that_urls_take() -> None:
    made = [new_salt() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{21}[AQgw]", salt, re.ASCII) for salt in made)


def test_what_was_drawn_ahead_is_given_once_also_to_processes_and_threads() -> None:
    new_salt()  # something is left of what was drawn
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, "\n".join(new_salt() for _ in range(50)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    others = os.read(ours, 1 << 16).decode().split("\n")
    with ThreadPoolExecutor(4) as pool:
        own = [
            salt for some in pool.map(lambda _: [new_salt() for _ in range(500)], range(4)) for salt in some
        ]
    assert len(others) == 50
    assert len(set(others) | set(own)) == 2_050
