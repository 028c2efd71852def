"""The hub: what is embedded is kept here for as long as it is true, and whoever shows it is told of a change.

However many embeds of a thing are open on this node, a change costs one look at the database: twice a second
the versions of the status lists and what was logged since are read, together for all that is watched, and of
portfolios their marks; where a list moved, the histories of what is watched in it are, together as well.
Every node looks for itself, so none has to tell another.

A thing is named `badges/KEY` or `portfolios/SECRET`, or `portfolios/@HANDLE~SLUG` for what is public; what
sorts of things there are stands in `things.KINDS`.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from exchange.flows.embeds.since import Concern, Since
from exchange.flows.embeds.value import Embedded
from exchange.flows.portfolios.records import Mark, Shared
from exchange.flows.records import StatusChange
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.turns import Turns

if TYPE_CHECKING:
    from exchange.flows.ports import Ports

LOOK_SECONDS = 0.5
RENEW = timedelta(seconds=60)
"""How long a verdict is kept while nothing moves; then it is judged anew all the same."""
MOST_KEPT = 4000
MOST_ROOM = 64 << 20
"""How many things are kept, and how many bytes of them; what is watched is kept in any case."""
MOST_LOGGED = 500
MOST_LOOKED = 5000
"""How many lines of the log are looked through before it is simpler to judge anew: for one reader, and in one
look for all that is watched."""
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
    """A thing as it was found: `marks` of all the `badges` that it depends on; from `logged` on the log may
    tell of another; `until`: then it is judged anew. A value of None, and no `until`: there is nothing (any
    more). `failed`: it could not be judged when it should have been."""

    value: Embedded | None
    badges: tuple[str, ...] = ()
    marks: Marks = field(default_factory=dict)
    link: str = ""
    """What its mark is found by: the hash of the secret of a link, or a public name; `""` for what needs
    none."""
    until: datetime | None = None
    logged: int = 0
    needs: frozenset[str] = frozenset()
    """The ids of all that it shows or would show."""
    shown: Mark | None = None
    """What all of a portfolio hangs on, read before it was judged; `around` are the accounts of who endorses
    in it, and `opened` is what the secret found."""
    around: frozenset[str] = frozenset()
    opened: Shared | None = None
    room: int = 0
    """About how many bytes it takes."""
    failed: bool = False

    def overdue(self, at: datetime, logged: int) -> Kept:
        """The same, to be judged anew: nobody calls it fresh until it was. The log is read up to `logged`."""
        return replace(self, until=min(at, self.until or at), logged=max(logged, self.logged))

    def lasts(self, at: datetime) -> bool:
        """Whether it need not be judged anew for being old."""
        return self.until is not None and at < self.until


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
            known = await self._standing(ports, name, known) if known and known.value else None
            known = known or await self._judge(ports, name)
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
        if known is None or known.shown is None or not known.lasts(ports.now()):
            return None
        known = await self._read_on(ports, name, known, mark.logged)
        if known is None or not _same(known, mark):
            return None
        if name in self._kept:
            self._kept.move_to_end(name)
        return known

    async def _standing(self, ports: Ports, name: str, known: Kept) -> Kept | None:
        """What is kept of anything else, if it is still so."""
        if not known.lasts(ports.now()):
            return None
        marks = await ports.store.badge_marks(known.badges)
        if len(marks.lists) != len(known.badges) or marks.versions != known.marks:
            return None
        return await self._read_on(ports, name, known, marks.logged)

    async def _read_on(self, ports: Ports, name: str, known: Kept, logged: int) -> Kept | None:
        """The same, as what was `logged` up to there leaves it; None for what has to be judged."""
        if known.logged >= logged:
            return known
        lines = await ports.store.logged_since(known.logged, MOST_LOGGED)
        if Since.of(lines, MOST_LOGGED).concern(known.logged, known.needs, known.around):
            return None
        read = replace(known, logged=logged)
        self._replace(name, known, read)
        return read

    async def _judge(self, ports: Ports, name: str) -> Kept:
        from exchange.flows.embeds.things import judge_thing

        found = await judge_thing(ports, name)
        before = self._kept.get(name)
        self._keep(name, found)
        if before is not None:  # whoever asked for it: who watches it is told
            self._tell(name, before.value, found.value)
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
        # The lists last: what the log says of a badge, its list says as well.
        marks, since = await self._marked(ports, watched.values())
        lists = sorted({id for known in watched.values() for id in known.marks})
        versions = await ports.store.list_versions(lists) if lists else {}
        follow: dict[str, Kept] = {}
        first: list[str] = []
        for name, known in watched.items():
            concern = _concern(known, marks.get(known.link), since, at)
            if concern in ("anew", "later"):
                self._replace(name, known, known.overdue(at, since.end))
                first += [name] if concern == "anew" else []
            elif concern == "bits" or _moved(known.marks, versions):
                follow[name] = known
            elif since.end > known.logged and known.until is not None:
                self._replace(name, known, replace(known, logged=since.end))
        first += await self._follow(ports, follow, since.end, versions, at)
        late = sorted(
            (known.until, name)
            for name, known in ((name, self._kept.get(name)) for name in watched if name not in first)
            if known is not None and known.until is not None and known.until <= at
        )
        for name in [*first, *(name for _, name in late[:MOST_RENEWED])]:  # who waits for longest comes first
            await self._renew(ports, name, at)
        self._looked = at

    async def _marked(self, ports: Ports, watched: Collection[Kept]) -> tuple[Mapping[str, Mark], Since]:
        """What all watched portfolios hang on by now, and what was logged since all this was judged."""
        links = sorted({known.link for known in watched if known.shown is not None})
        marks = await ports.store.shared_marks(links) if links else {}
        there = (known for known in watched if known.until and (known.link in marks or not known.link))
        starts = [known.logged for known in there]
        logged = await ports.store.logged_since(min(starts), MOST_LOOKED) if starts else []
        return marks, Since.of(logged, MOST_LOOKED)

    async def _follow(
        self,
        ports: Ports,
        moved: Mapping[str, Kept],
        logged: int,
        versions: Marks,
        at: datetime,
    ) -> list[str]:
        """What became of things in lists that moved: for most, nothing. The others have to be judged anew."""
        badges = sorted({badge for known in moved.values() for badge in known.badges})
        history = await ports.store.histories(badges) if badges else []
        anew = []
        for name, known in moved.items():
            value = _followed(known, history)
            if value is None:
                self._replace(name, known, known.overdue(at, logged))
                anew.append(name)
                continue
            now = {id: versions.get(id, 0) for id in known.marks}
            read = max(logged, known.logged)
            if self._replace(name, known, replace(known, value=value, marks=now, logged=read)):
                self._tell(name, known.value, value)
        return anew

    def _replace(self, name: str, known: Kept, by: Kept) -> bool:
        """Keep this in its place, unless it was judged anew meanwhile."""
        if self._kept.get(name) is not known:
            return False
        self._kept[name] = by
        return True

    async def _renew(self, ports: Ports, name: str, at: datetime) -> None:
        """Whatever is wrong with one thing, the others are looked at: it is overdue until it can be judged,
        and waits behind them."""
        try:
            await self._judge(ports, name)
        except Exception as error:
            known = self._kept.get(name)
            if known is None:
                return
            self._kept[name] = replace(known, until=at, failed=True)
            if known.failed:  # that was said
                return
            kind = name.partition("/")[0]  # what follows may be the secret of a link
            logging.getLogger("exchange").warning("one of %s cannot be judged: %s", kind, _what(error))

    def _tell(self, name: str, before: Embedded | None, after: Embedded | None) -> None:
        if (before and before.revision) == (after and after.revision):
            return
        for watcher in self._watchers.get(name, ()):
            watcher.news.add(name)
            watcher.rung.set()


def _nothing() -> NotFoundError:
    return NotFoundError("not_embedded", "There is nothing here that can be embedded.")


def _concern(known: Kept, mark: Mark | None, since: Since, at: datetime) -> Concern:
    """What there is to do about a watched thing, by all but its lists."""
    if known.until is None:  # there is nothing
        return ""
    if known.shown and (mark is None or not mark.stands(at) or not _same(known, mark)):
        return "anew"
    return since.concern(known.logged, known.needs, known.around)


def _same(known: Kept, mark: Mark) -> bool:
    """Whether all that it hangs on beside the log is as it was."""
    return known.shown is not None and replace(mark, logged=known.shown.logged) == known.shown


def _followed(known: Kept, history: Sequence[StatusChange]) -> Embedded | None:
    """What became of it by the histories of badges; None where only a new verdict tells."""
    # A vouch rests on the key credential of its giver too, and only a portfolio follows several.
    if known.value is None or not (known.link or len(known.badges) == 1):
        return None
    try:
        return known.value.changed([one for one in history if one.badge in known.badges])
    except Exception:  # judging it anew tells what is wrong
        return None


def _moved(marks: Marks, versions: Marks) -> bool:
    return any(versions.get(id) != version for id, version in marks.items())


def _what(error: Exception) -> str:
    """What went wrong: what we say ourselves in our words, anything else by its kind and place, for its words
    may be anything."""
    if isinstance(error, ExchangeError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno} of {last.filename.rpartition('/')[2]}"
