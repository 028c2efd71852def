"""Turns: what costs much is done for few at once, and who would have to wait for long is told so at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from exchange.errors import TooManyError


class Turns:
    """Of one node: `at_once` have one, `waiting` wait for theirs; who comes then comes again in `seconds`.
    `code` and `message` are what they are told."""

    def __init__(self, at_once: int, waiting: int, code: str, message: str, seconds: int = 5) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._most = at_once + waiting
        self._here = 0
        self._told = (code, message, seconds)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one, and have it. TooManyError."""
        if self._here >= self._most:
            code, message, seconds = self._told
            raise TooManyError(code, message, seconds)
        self._here += 1
        try:
            async with self._places:
                yield
        finally:
            self._here -= 1
