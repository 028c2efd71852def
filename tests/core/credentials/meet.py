"""A process in which four threads meet a type for the first time, all at once; one type after the other."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from benchmarks import samples
from exchange.adapters.database import portfolios
from exchange.core.credentials.credential import read_badge
from exchange.core.credentials.endorsement import read_endorsement
from exchange.core.credentials.plain import is_plain
from exchange.errors import ExchangeError

MEETINGS: tuple[Callable[[], object], ...] = (
    lambda: is_plain(samples.badge()),
    lambda: read_badge(samples.badge()),
    lambda: read_endorsement(samples.endorsement()),
    lambda: portfolios._kept(("id", "person", "{}")),
)


def at_once(meet: Callable[[], object]) -> None:
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        with suppress(ExchangeError, ValueError):
            meet()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.setswitchinterval(0.00001)
    for meeting in MEETINGS:
        at_once(meeting)
