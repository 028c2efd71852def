"""A bell: who left work for a task of this process rings, so that it need not wait for its next look."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """Of one event loop. Rung while nobody listens, it changes nothing: what is on record is found anyway."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Event] = []

    def ring(self) -> None:
        for event in self._listeners:
            event.set()

    @contextmanager
    def listen(self) -> Iterator[asyncio.Event]:
        """An event that each ring sets; its listener clears it."""
        event = asyncio.Event()
        self._listeners.append(event)
        try:
            yield event
        finally:
            self._listeners.remove(event)


async def rung_within(rung: asyncio.Event, seconds: float) -> None:
    """Wait for a ring, or so long; ends when cancelled, which `wait_for` of Python 3.11 forgets when the bell
    rings just then."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await rung.wait()
