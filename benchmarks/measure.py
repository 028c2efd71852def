"""Side by side in one run: CPU time of cases, interleaved, medians over rounds; never a timed test.

A shared machine drifts by tens of percent within minutes, so every case gets a turn in every round, and what
is compared are ratios of medians of the same rounds.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Protocol


class Case(Protocol):
    """Something to measure: does it `count` times and tells the CPU microseconds of one."""

    def __call__(self, count: int) -> float: ...


def python(function: Callable[[], object]) -> Case:
    """A Python function as a case."""

    def run(count: int) -> float:
        start = time.process_time_ns()
        for _ in range(count):
            function()
        return (time.process_time_ns() - start) / count / 1000

    return run


def medians(cases: Mapping[str, Case], rounds: int, slice_us: float = 60_000) -> dict[str, float]:
    """CPU µs of each case: `rounds` turns of about `slice_us` each, interleaved; the median of the turns."""
    counts = {name: max(1, int(slice_us / max(1.0, min(case(2), case(2))))) for name, case in cases.items()}
    turns: dict[str, list[float]] = {name: [] for name in cases}
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, case in cases.items():
            turns[name].append(case(counts[name]))
    return {name: statistics.median(values) for name, values in turns.items()}
