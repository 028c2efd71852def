"""Pictures that are made once: by what is on them, for as long as there is room."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

ROOM = 16 << 20
T = TypeVar("T")


class Pictures:
    """Those of one node. However many ask for one at once, it is made once, off the event loop."""

    def __init__(self, room: int = ROOM) -> None:
        self._made: OrderedDict[object, bytes] = OrderedDict()
        self._room = room
        self._locks: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()

    async def get(self, what: T, make: Callable[[T], bytes]) -> bytes:
        """The picture of `what`, a value that names all that is on it."""
        lock = self._locks.setdefault(what, asyncio.Lock())
        async with lock:
            if what not in self._made:
                self._made[what] = await asyncio.to_thread(make, what)
                while len(self._made) > 1 and sum(map(len, self._made.values())) > self._room:
                    self._made.popitem(last=False)
            self._made.move_to_end(what)
            return self._made[what]
