"""Listed: endorsements as they are read, from what was signed and from the bits as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from exchange.core import urls
from exchange.core.credentials.peer_endorsement import PeerEndorsement, read_peer_endorsement
from exchange.core.verdict.secured import read_secured
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ExchangeError, NotFoundError
from exchange.flows.badges.status import find_badge
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements import backings
from exchange.flows.endorsements.backings import Backing
from exchange.flows.endorsements.records import Endorsement, EndorserKey, Kind
from exchange.flows.endorsements.subjects import subject
from exchange.flows.log.log import entry_of
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.records import Badge

Live = Literal["active", "suspended", "withdrawn", "superseded"]
_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One endorsement. `said` is what was signed; `state` is how it stands now, `ended_at` since when it does
    not. `earlier`: it is of a version that another has followed. It is `suspended` while its endorser is."""

    endorsement: Endorsement
    said: PeerEndorsement
    state: Live
    ended_at: datetime | None
    earlier: bool = False

    @property
    def name(self) -> str:
        """What the exchange says they are called."""
        return self.said.endorser.name if self.said.endorser else self.said.own_name

    @property
    def own_key(self) -> bool:
        return self.endorsement.custody == "holder"


async def of_badge(ports: Ports, key: str) -> list[Line]:
    """What everybody may see of a badge: what its holder shows, of its earlier versions too; what was
    withdrawn stays. The oldest first. NotFoundError("unknown_badge")."""
    row = await find_badge(ports, key)
    versions = [row.id]
    while row.renews and row.renews not in versions and len(versions) < _MOST_VERSIONS:
        earlier = await ports.store.badge(row.renews)
        if earlier is None:
            break
        row = earlier
        versions.append(row.id)
    found = await ports.store.endorsements_of("badge", versions)
    shown = [one for one in found if one.shown == "shown" and not one.barred and one.state != "superseded"]
    return list(_lines(shown, key))


def _lines(found: Iterable[Endorsement], now: str = "") -> Iterable[Line]:
    for one in found:
        line = line_of(one, earlier=bool(now) and one.subject != now)
        if line is not None:
            yield line


def line_of(one: Endorsement, *, earlier: bool = False) -> Line | None:
    """None for what cannot be read, which never hides the others."""
    try:
        said = read_peer_endorsement(read_secured(one.signed or b"").document)
    except ExchangeError:
        return None
    state: Live = "suspended" if one.suspended else "active"
    if one.state in ("withdrawn", "superseded"):
        state = one.state
    return Line(one, said, state, one.ended_at, earlier)


def drafted(one: Endorsement) -> Line:
    """What a draft will say. NotFoundError("unknown_draft")."""
    line = line_of(replace(one, signed=one.unsigned + b".AA"))
    if line is None:
        raise NotFoundError("unknown_draft", "This draft cannot be read. Write it anew.")
    return line


@dataclass(frozen=True, slots=True)
class Received:
    """What was said of something of who acts: what waits for them, and what they show or hide."""

    waiting: list[Line]
    settled: list[Line]


async def received(ports: Ports, kind: Kind = "badge", key: str = "") -> Received:
    """Of who acts, or of one thing of theirs; newest first, without what was replaced, and without
    what somebody they had blocked said unasked. ForbiddenError."""
    check_person(ports)
    found = [
        one
        for one in await ports.store.endorsements_for(ports.who.person)
        if one.state != "superseded"
        and not one.unasked
        and (not key or (one.kind, one.subject) == (kind, key))
    ]
    lines = list(_lines(found))
    waiting = [one for one in lines if one.endorsement.shown == "waiting" and one.state == "active"]
    settled = [one for one in lines if one.endorsement.shown != "waiting"]
    return Received(waiting, settled)


@dataclass(frozen=True, slots=True)
class Given:
    """What who acts has said, of what, and of whom; `name` is `""` where it is gone."""

    line: Line
    name: str
    holder: str


async def given(ports: Ports) -> list[Given]:
    """Newest first, without what was replaced. ForbiddenError."""
    check_person(ports)
    found = await ports.store.endorsements_by(ports.who.person)
    return [await _given(ports, line) for line in _lines(one for one in found if one.state != "superseded")]


async def one_given(ports: Ports, one: Endorsement) -> Given:
    """The same of one. NotFoundError("unknown_endorsement") for what cannot be read."""
    line = line_of(one)
    if line is None:
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {one.id!r:.80} of yours.")
    return await _given(ports, line)


async def _given(ports: Ports, line: Line) -> Given:
    one = line.endorsement
    holder = await ports.store.person(one.holder) if one.holder else None
    return Given(line, await name_of(ports, one), holder.name if holder else "")


async def name_of(ports: Ports, one: Endorsement) -> str:
    """What it is about; `""` where that is gone."""
    try:
        return (await subject(ports, one.kind, one.subject)).name
    except ExchangeError:
        return ""


@dataclass(frozen=True, slots=True)
class View:
    """An endorsement, or the credential of a key, with its live verdict. `line` is None for the latter, which
    names its `key`, and for what an issuer says, which is its `backing`, of what is called `about`. `entry`
    is its number in the log, None if it is older than the log."""

    badge: Badge
    url: str
    verdict: Verdict
    line: Line | None
    key: EndorserKey | None
    entry: int | None
    backing: Backing | None = None
    about: str = ""


async def find_signed(ports: Ports, name: str) -> Badge:
    """The signed bytes of an endorsement, or of the credential of a key. NotFoundError
    ("unknown_endorsement")."""
    key = urls.key_of(ports.bases, "endorsements", name)
    found = await ports.store.badge(key) if key else None
    if found is None or found.kind != "endorsement" or found.signed is None:
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {name!r:.120} here.")
    return found


async def view(ports: Ports, name: str) -> View:
    """One, verified just now, as everybody may see it who has its address. NotFoundError
    ("unknown_endorsement")."""
    row = await find_signed(ports, name)
    one = await ports.store.endorsement(row.id)
    key = await ports.store.endorser_key(row.recipient) if one is None else None
    backing = await backings.one(ports, one) if one and one.issuer else None
    return View(
        row,
        urls.endorsement(ports.base_url, row.id),
        await verify(ports, row.signed or b""),
        line_of(one) if one and not one.issuer else None,
        key,
        await entry_of(ports, row.id),
        backing,
        await backings.name_of(ports, backing.endorsement) if backing else "",
    )
