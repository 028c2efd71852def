"""Listed: vouches as they are read, from what was signed and from the bits as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from exchange.core.credentials.endorser import Endorser, read_key_credential
from exchange.core.credentials.vouch import Vouch as Said
from exchange.core.credentials.vouch import read_vouch
from exchange.core.proofs.jwt import peek_jwt
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError, NotFoundError
from exchange.flows.badges.status import find_badge
from exchange.flows.endorsements.known import knows
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.vouches.budget import in_use_by
from exchange.flows.vouches.offers import name_of
from exchange.flows.vouches.records import Vouch

Live = Literal["active", "suspended", "withdrawn", "superseded", "expired"]


@dataclass(frozen=True, slots=True)
class Line:
    """One vouch, or thanks. `said` is what was signed, `endorser` whose key it is, as the exchange says;
    `state` is how it stands now."""

    vouch: Vouch
    said: Said
    endorser: Endorser
    name: str
    holder: str
    state: Live

    @property
    def giver(self) -> str:
        """What the exchange says they are called."""
        return self.endorser.name

    @property
    def own_key(self) -> bool:
        return self.vouch.custody == "holder"


@dataclass(frozen=True, slots=True)
class Mine:
    """What who acts gave and got, the newest first, without what was replaced."""

    given: list[Line]
    received: list[Line]
    in_use: int
    budget: int


async def mine(ports: Ports) -> Mine:
    """ForbiddenError."""
    check_person(ports)
    me = ports.who.person
    return Mine(
        await _lines(ports, await ports.store.vouches_by(me)),
        await _lines(ports, [one for one in await ports.store.vouches_for(me) if not one.unasked]),
        len(await in_use_by(ports, me)),
        ports.vouches,
    )


async def _lines(ports: Ports, found: Sequence[Vouch]) -> list[Line]:
    lines = [await line_of(ports, one) for one in found if one.state != "superseded"]
    return [line for line in lines if line is not None]


async def line_of(ports: Ports, one: Vouch) -> Line | None:
    """None for what cannot be read, which never hides the others."""
    try:
        document = read_secured(one.signed or b"").document
        said = read_vouch(document)
        endorser = read_key_credential(peek_jwt(document["issuer"]["endorsementJwt"][0].encode()).credential)
    except (ExchangeError, LookupError, TypeError, AttributeError):
        return None
    achievement = await ports.store.achievement(one.issuer, one.achievement, one.version)
    holder = await ports.store.person(one.holder)
    name = name_of(achievement) if achievement else one.achievement
    return Line(one, said, endorser, name, holder.name if holder else "", _state(ports, one))


def _state(ports: Ports, one: Vouch) -> Live:
    if one.state == "superseded":
        return "superseded"
    if one.state == "withdrawn" or one.is_set:
        return "withdrawn"
    if one.state != "drafted" and ports.now() >= one.until:
        return "expired"
    return "suspended" if one.suspended else "active"


async def drafted(ports: Ports, one: Vouch) -> Line:
    """What a draft will say; what its receiver is called only where its writer may know.
    NotFoundError("unknown_draft")."""
    line = await line_of(ports, replace(one, signed=one.unsigned + b".AA"))
    if line is None:
        raise NotFoundError("unknown_draft", "This draft cannot be read. Write it anew.")
    return line if await knows(ports, one.holder) else replace(line, holder="")


async def one_given(ports: Ports, one: Vouch) -> Line:
    """NotFoundError("unknown_vouch") for what cannot be read."""
    line = await line_of(ports, one)
    if line is None:
        raise NotFoundError("unknown_vouch", f"There is no vouch {one.id!r:.80} of yours.")
    return line


@dataclass(frozen=True, slots=True)
class View:
    """A vouch as everybody may see it who has its address, with its giver's budget: how many of it are in
    use."""

    line: Line
    in_use: int
    budget: int


async def of_badge(ports: Ports, key: str) -> View | None:
    """None for a badge that is none. NotFoundError("unknown_badge")."""
    row = await find_badge(ports, key)
    one = await ports.store.vouch(row.id)
    line = await line_of(ports, one) if one else None
    if line is None:
        return None
    return View(line, len(await in_use_by(ports, line.vouch.giver)), ports.vouches)
