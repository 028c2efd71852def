"""A public value as the bytes that are served: written once, and given the time at which it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from exchange.core import strict_json
from exchange.core.dates import format_date

STAMP = timedelta(seconds=3)
"""How much earlier than now the moment may be that an answer says it was looked at: who asks again within it
has the same bytes, and is told so."""
_TIMES = ("checkedAt", "freshUntil")


@dataclass(slots=True)
class Stamped:
    """The bytes of `said`, which has its two times beside each other and no fractions, as they were at `at`.
    `etag` is that of HTTP, strong."""

    _before: bytes
    _after: bytes
    at: datetime
    body: bytes
    etag: str

    @staticmethod
    def of(said: dict[str, Any], at: datetime) -> Stamped:
        """What was just written, at `at`."""
        names = list(said)
        place = names.index(_TIMES[0])
        before = strict_json.dump({name: said[name] for name in names[:place]}, finite=True)[:-1]
        after = strict_json.dump({name: said[name] for name in names[place + len(_TIMES) :]}, finite=True)[1:]
        made = Stamped(before, after, at, b"", "")
        made._write(said[_TIMES[0]], said[_TIMES[1]])
        return made

    @property
    def size(self) -> int:
        return len(self._before) + len(self._after) + len(self.body)

    def is_of(self, now: datetime) -> bool:
        """Whether its times may still be said."""
        return self.at <= now < self.at + STAMP

    def stamp(self, at: datetime, until: datetime) -> None:
        """It was looked at once more, at `at`; `until`: as long as that may be believed."""
        self.at = at
        self._write(format_date(at), format_date(until))

    def _write(self, checked: str, fresh: str) -> None:
        times = f',"{_TIMES[0]}":"{checked}","{_TIMES[1]}":"{fresh}",'
        self.body = b"".join((self._before, times.encode(), self._after))
        self.etag = f'"{sha256(self.body).hexdigest()}"'
