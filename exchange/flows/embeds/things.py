"""What can be embedded, by the first part of its name. Another sort of thing is another line of KINDS: how it
is judged, which badges it depends on, and a value with a revision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from exchange.errors import NotFoundError
from exchange.flows.badges.show import achievement
from exchange.flows.badges.status import find_badge
from exchange.flows.badges.verify import verify
from exchange.flows.embeds.hub import RENEW, Kept
from exchange.flows.embeds.value import badge_value
from exchange.flows.ports import Ports

Judge = Callable[[Ports, str], Awaitable[Kept]]


async def judge_thing(ports: Ports, name: str) -> Kept:
    """The thing of that name, judged now; a value of None for what is absent, private or erased alike."""
    kind, _, key = name.partition("/")
    return await KINDS[kind](ports, key) if kind in KINDS else Kept(None)


async def _badge(ports: Ports, key: str) -> Kept:
    now = ports.now()
    marks = await ports.store.badge_marks([key])  # first: what moves meanwhile is noticed in the next look
    if key not in marks:
        return Kept(None)
    try:
        row = await find_badge(ports, key)
    except NotFoundError:  # erased just now
        return Kept(None)
    value = badge_value(
        row,
        await achievement(ports, row.issuer, row.achievement, row.version),
        await verify(ports, row.signed or b""),
        await ports.store.history(key),
    )
    until = min([now + RENEW, *(turn for turn in value.turns() if turn > now)])
    return Kept(value, (key,), marks[key], until=until)


KINDS: Mapping[str, Judge] = {"badges": _badge}
