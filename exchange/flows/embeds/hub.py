"""The hub: what is embedded is kept here for as long as it is true, and whoever shows it is told of a change.

However many embeds of a thing are open on this node, a change costs one look at the database: twice a second
the versions of the status lists are read, together for all that is watched; where one moved, the histories of
what is watched in it are, together as well. Every node looks for itself, so none has to tell another.

A thing is named `badges/KEY` or `portfolios/SECRET`, or `portfolios/@HANDLE~SLUG` for what is public; what
sorts of things there are stands in `things.KINDS`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from exchange.core import urls
from exchange.core.proofs.stood import Stood
from exchange.errors import ExchangeError, NotFoundError, TooManyError
from exchange.flows.embeds.pictures import Pictures
from exchange.flows.embeds.ports import Marks
from exchange.flows.embeds.value import Embedded
from exchange.flows.portfolios.records import Mark, Shared
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.turns import Turns

if TYPE_CHECKING:
    from exchange.flows.ports import Ports

LOOK_SECONDS = 0.5
RENEW = timedelta(seconds=60)
"""How long a verdict is kept while no list moves; then keys, and whether it is there, count again."""
MOST_KEPT = 4000
MOST_ROOM = 64 << 20
"""How many things are kept, and how many bytes of them; what is watched is kept in any case."""
MOST_LOGGED = 500
"""How many lines of the log are looked through before it is simpler to judge anew."""
SHARED = "portfolios"
PAPER_BUSY = "Many sheets are being printed just now. Try again in a few seconds."
PDF_BUSY = "Many PDFs are being read just now. Try again in a few seconds."
MOST_STREAMS = 4000
MOST_STREAMS_OF_ONE = 200
"""Open streams of a node, and of one network: a whole company may sit behind it."""
MOST_RENEWED = 25
"""How many things are judged anew in one look; the others are a look later, and as fresh as they were."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A thing as it was found: `marks` of all the `badges` that it depends on, and of the link that shows it;
    `until`: then it is judged anew. A value of None, and no `until`: there is nothing (any more)."""

    value: Embedded | None
    badges: tuple[str, ...] = ()
    marks: Marks = field(default_factory=dict)
    link: str = ""
    """The hash of the secret of a link, or a public name; `""` for what needs none."""
    until: datetime | None = None
    shown: Mark | None = None
    """What all of a portfolio hangs on, read before it was judged; `needs` are the ids of all that its link
    shows or would show, and `opened` is what the secret found."""
    needs: frozenset[str] = frozenset()
    opened: Shared | None = None
    room: int = 0
    """About how many bytes it takes."""


@dataclass(eq=False, slots=True)
class Watcher:
    """Somebody who shows some things. `news` are the names of those that became something else."""

    names: tuple[str, ...]
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    news: set[str] = field(default_factory=set)
    over: bool = False


class Hub:
    """Of one node and its event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._room = 0
        self._watchers: dict[str, set[Watcher]] = {}
        self._streams: Counter[str] = Counter()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._task: asyncio.Task[None] | None = None
        self._looked: datetime | None = None
        self.pictures = Pictures()
        self.papers = Pictures(turns=Turns(1, 8, "paper_busy", PAPER_BUSY))
        self.strange_pdfs = Turns(1, 4, "pdf_busy", PDF_BUSY)
        self.stood = Stood()
        self.closed = False

    # --- what is asked once ---

    async def current(self, ports: Ports, name: str) -> Kept:
        """The thing as it is now, judged anew only where something moved. NotFoundError("not_embedded")."""
        kind, _, key = name.partition("/")
        if kind == SHARED:
            return await self._shared(
                ports, name, urls.small_key(key) if key.startswith("@") else hash_of(key)
            )
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:  # many ask at once when a page with many readers is opened: one of them looks
            known = self._kept.get(name)
            if known is None or known.value is None or not await self._stands(ports, known):
                known = await self._judge(ports, name)
        if known.value is None:
            raise _nothing()
        return known

    async def _shared(self, ports: Ports, name: str, found_by: str) -> Kept:
        """What a link shows: one read while nothing moved, and one for whatever is not shown."""
        mark = await ports.store.shared_mark(found_by)
        if mark is None or not mark.stands(ports.now()):
            self._drop(name)
            raise _nothing()
        if known := await self._unmoved(ports, name, mark):
            return known
        async with self._locks.setdefault(name, asyncio.Lock()):
            mark = await ports.store.shared_mark(found_by)
            known = await self._unmoved(ports, name, mark) if mark else None
            known = known or await self._judge(ports, name)
        if known.value is None:
            raise _nothing()
        return known

    async def _unmoved(self, ports: Ports, name: str, mark: Mark) -> Kept | None:
        """What is kept of a link, if it is still so by this mark; None for what has to be judged."""
        known = self._kept.get(name)
        if known is None or known.shown is None or known.until is None or ports.now() >= known.until:
            return None
        if known.shown.logged < mark.logged:
            start = known.shown.logged
            logged = await ports.store.logged_since(start, MOST_LOGGED)
            if len(logged) == MOST_LOGGED or concerns(logged, known.needs):
                return None
            since = replace(known, shown=replace(known.shown, logged=mark.logged))
            if self._kept.get(name) is known:
                self._kept[name] = since
            known = since
        now = replace(mark, logged=known.shown.logged) if known.shown else None
        if known.shown != now:
            return None
        if name in self._kept:
            self._kept.move_to_end(name)
        return known

    async def _stands(self, ports: Ports, known: Kept) -> bool:
        if known.until is None or ports.now() >= known.until:
            return False
        marks = await ports.store.badge_marks(known.badges)
        found = {id: version for one in marks.values() for id, version in one.items()}
        return len(marks) == len(known.badges) and found == known.marks

    async def _judge(self, ports: Ports, name: str) -> Kept:
        from exchange.flows.embeds.things import judge_thing

        found = await judge_thing(ports, name)
        self._keep(name, found)
        return found

    def _keep(self, name: str, found: Kept) -> None:
        if found.value is None and name not in self._watchers:
            self._drop(name)  # names of nothing take no room from those of something
            return
        self._room += found.room - (self._kept[name].room if name in self._kept else 0)
        self._kept[name] = found
        self._kept.move_to_end(name)
        while len(self._kept) > MOST_KEPT or self._room > MOST_ROOM:
            oldest = next((one for one in self._kept if one not in self._watchers), None)
            if oldest is None or oldest == name:
                break
            self._drop(oldest)

    def _drop(self, name: str) -> None:
        """Forget it, unless somebody watches it: they have yet to be told."""
        if name in self._kept and name not in self._watchers:
            self._room -= self._kept.pop(name).room

    # --- what is watched ---

    @contextmanager
    def watch(self, ports: Ports, names: Sequence[str], network: str = "") -> Iterator[Watcher]:
        """Be told of changes of these things, whose `current` was asked before.

        TooManyError("too_many_streams")."""
        self.check_room(network)
        watcher = Watcher(tuple(dict.fromkeys(names)))
        self._streams[network] += 1
        for name in watcher.names:
            self._watchers.setdefault(name, set()).add(watcher)
        if self._task is None or self._task.done():
            self._looked = None
            self._task = asyncio.create_task(self._look_for_ever(ports))
        try:
            yield watcher
        finally:
            self._streams[network] -= 1
            if not self._streams[network]:
                del self._streams[network]
            for name in watcher.names:
                self._watchers[name].discard(watcher)
                if not self._watchers[name]:
                    del self._watchers[name]
            if not self._watchers and self._task is not None:
                self._task.cancel()
                self._task = None

    def check_room(self, network: str) -> None:
        """TooManyError("too_many_streams") while another stream would be one too many."""
        if sum(self._streams.values()) >= MOST_STREAMS or self._streams[network] >= MOST_STREAMS_OF_ONE:
            message = "Too many embeds are open just now. Ask for the value itself every minute instead."
            raise TooManyError("too_many_streams", message, 60)

    def close(self) -> None:
        """End every stream, and let none begin: the service stops."""
        self.closed = True
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.over = True
                watcher.rung.set()

    def seen(self, name: str) -> tuple[Embedded | None, datetime | None]:
        """A watched thing as it was in the last look, and when that was; None where none was possible yet."""
        known = self._kept.get(name)
        return (known.value if known else None), self._looked

    def is_overdue(self, name: str) -> bool:
        """Whether a watched thing should have been judged anew and was not: nobody may call it fresh."""
        known = self._kept.get(name)
        return known is None or (
            known.until is not None and self._looked is not None and known.until <= self._looked
        )

    async def _look_for_ever(self, ports: Ports) -> None:
        while True:
            try:
                await self.look(ports)
            except Exception as error:  # nobody is told anything: soon no embed shows anything as good
                logging.getLogger("exchange").warning("embeds: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, ports: Ports) -> None:
        """Find what moved of all that is watched, and tell who watches it."""
        at = ports.now()
        watched = {name: self._kept[name] for name in self._watchers if name in self._kept}
        links = sorted({known.link for known in watched.values() if known.link})
        lists = sorted({id for known in watched.values() for id in known.marks if id != known.link})
        versions = await ports.store.list_versions(lists) if lists else {}
        versions |= await ports.store.link_marks(links) if links else {}
        moved = {name for name, known in watched.items() if _moved(known.marks, versions)}
        await self._follow(ports, {name: watched[name] for name in moved}, versions)
        late = sorted(
            (known.until, name) for name, known in watched.items() if known.until and known.until <= at
        )
        for _, name in late[:MOST_RENEWED]:  # who waits for longest comes first
            await self._renew(ports, name, watched[name])
        self._looked = at

    async def _follow(self, ports: Ports, moved: Mapping[str, Kept], versions: Marks) -> None:
        """What became of things in lists that moved: for most, nothing."""
        if not moved:
            return
        shown = {name for name, known in moved.items() if not known.link or _same(known, versions)}
        badges = sorted({badge for name in shown for badge in moved[name].badges})
        history = await ports.store.histories(badges) if badges else []
        for name, known in moved.items():
            value = None
            # A vouch rests on the key credential of its giver too, and only a portfolio follows several.
            followed = name in shown and (bool(known.link) or len(known.badges) == 1)
            if known.value is not None and followed:
                value = known.value.changed([one for one in history if one.badge in known.badges])
            if value is None:
                await self._renew(ports, name, known)
                continue
            marks = {id: versions.get(id, 0) for id in known.marks}
            self._keep(name, replace(known, value=value, marks=marks))
            self._tell(name, known.value, value)

    async def _renew(self, ports: Ports, name: str, known: Kept) -> None:
        try:
            found = await self._judge(ports, name)
        except ExchangeError as error:
            kind = name.partition("/")[0]  # what follows may be the secret of a link
            logging.getLogger("exchange").warning("one of %s cannot be judged: %s", kind, error)
            return
        self._tell(name, known.value, found.value)

    def _tell(self, name: str, before: Embedded | None, after: Embedded | None) -> None:
        if (before and before.revision) == (after and after.revision):
            return
        for watcher in self._watchers.get(name, ()):
            watcher.news.add(name)
            watcher.rung.set()


def _nothing() -> NotFoundError:
    return NotFoundError("not_embedded", "There is nothing here that can be embedded.")


_QUIET = ("code", "document", "request", "role", "member", "webhook", "passkey", "token", "clock")
"""What entries of the log are about that change nothing of a portfolio; accounts are named beside them."""


def concerns(logged: Sequence[tuple[int, str]], needs: frozenset[str]) -> bool:
    """Whether one of these entries of the log may change a portfolio with these badges, endorsements and
    vouches. What is not known here does."""
    names: dict[int, list[str]] = {}
    for position, about in logged:
        names.setdefault(position, []).append(about)
    for abouts in names.values():
        parted = [about.partition(":") for about in abouts]
        quiet = any(kind in _QUIET for kind, _, _ in parted)
        if not quiet and any(kind != "badge" or key in needs for kind, _, key in parted):
            return True
    return False


def _same(known: Kept, versions: Marks) -> bool:
    """Whether the link that shows it is on, and what it shows was not changed by its holder."""
    return versions.get(known.link) == known.marks.get(known.link)


def _moved(marks: Marks, versions: Marks) -> bool:
    return any(versions.get(id) != version for id, version in marks.items())
