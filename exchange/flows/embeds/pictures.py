"""Pictures that are made once: by what is on them, for as long as there is room."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import nullcontext
from hashlib import sha256
from typing import TypeVar
from weakref import WeakValueDictionary

import msgspec

from exchange.flows.turns import Turns

ROOM = 16 << 20
T = TypeVar("T")


class Pictures:
    """Those of one node. However many ask for one at once, it is made once, off the event loop; with `turns`,
    when it has its turn."""

    def __init__(self, room: int = ROOM, turns: Turns | None = None) -> None:
        self._made: OrderedDict[str, bytes] = OrderedDict()
        self._room = room
        self._turns = turns
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, what: T, make: Callable[[T], bytes]) -> bytes:
        """The picture of `what`, a value that names all that is on it. TooManyError of the turns."""
        name = _name(what)
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            if name not in self._made:
                async with self._turns.turn() if self._turns else nullcontext():
                    self._made[name] = await asyncio.to_thread(make, what)
                while len(self._made) > 1 and sum(map(len, self._made.values())) > self._room:
                    self._made.popitem(last=False)
            self._made.move_to_end(name)
            return self._made[name]


def _name(what: object) -> str:
    """Short, whatever is on it: what is kept is the picture, not what was drawn."""
    said = msgspec.msgpack.encode(what)
    return f"{type(what).__name__}:{sha256(said).hexdigest()}"
