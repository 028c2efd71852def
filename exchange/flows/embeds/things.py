"""What can be embedded, by the first part of its name. Another sort of thing is another line of KINDS: how it
is judged, which badges it depends on, and a value with a revision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from exchange.core.portfolio.portfolio import chosen
from exchange.errors import NotFoundError, UnavailableError
from exchange.flows.badges.show import achievement
from exchange.flows.badges.status import find_badge
from exchange.flows.badges.verify import verify
from exchange.flows.embeds.hub import RENEW, Kept
from exchange.flows.embeds.portfolio_value import portfolio_value
from exchange.flows.embeds.value import badge_value
from exchange.flows.portfolios.show import find_shared, name_of, shown_of
from exchange.flows.ports import Ports

Judge = Callable[[Ports, str], Awaitable[Kept]]


async def judge_thing(ports: Ports, name: str) -> Kept:
    """The thing of that name, judged now; a value of None for what is absent, private or erased alike."""
    kind, _, key = name.partition("/")
    return await KINDS[kind](ports, key) if kind in KINDS else Kept(None)


async def _badge(ports: Ports, key: str) -> Kept:
    now, vouch = ports.now(), await ports.store.vouch(key)
    badges = [key, *(await ports.store.awarded_to(vouch.did) if vouch else ())]  # whose key it is may change
    marks = await ports.store.badge_marks(badges)  # first: what moves meanwhile is noticed in the next look
    if key not in marks.lists:
        return Kept(None)
    try:
        row = await find_badge(ports, key)
    except NotFoundError:  # erased just now
        return Kept(None)
    value = badge_value(
        row,
        (await achievement(ports, row.issuer, row.achievement, row.version)).alt,
        await verify(ports, row.signed or b""),
        await ports.store.history(key),
    )
    until = min([now + RENEW, *(turn for turn in value.turns() if turn > now)])
    held = tuple(sorted(marks.lists))
    return Kept(value, held, marks.versions, until=until, logged=marks.logged, needs=frozenset(held))


async def _portfolio(ports: Ports, secret: str) -> Kept:
    for _ in range(TRIES):
        now = ports.now()
        mark = await ports.store.shared_mark(name_of(secret))  # first: what it says is older than the value
        if mark is None or not mark.stands(now):
            return Kept(None)
        try:
            found = await find_shared(ports, secret)
        except NotFoundError:
            return Kept(None)
        shown, badges = await shown_of(ports, found, secret)
        marks = (await ports.store.badge_marks(badges)).versions
        value = portfolio_value(shown, badges, await ports.store.histories(badges))
        if value is not None:
            turns = [now + RENEW, *(turn for turn in value.turns() if turn > now)]
            until = min([*turns, *filter(None, [found.link.expires_at])])
            choices = chosen(found.kept.portfolio, found.link.items)
            needs = frozenset(one.id for one in choices)
            around = await _endorsers(ports, [one.id for one in choices if one.kind == "endorsement"])
            room = _OBJECTS * value.served(ports.base_url, now).size
            kept = Kept(value, badges, marks, name_of(secret), until, mark.logged, needs)
            return replace(kept, shown=mark, around=around, opened=found, room=room)
    moving = "What this portfolio rests on changes faster than it can be judged. Ask again in a moment."
    raise UnavailableError("portfolio_moves", moving)


async def _endorsers(ports: Ports, ids: Sequence[str]) -> frozenset[str]:
    """The accounts of who said these."""
    said = await ports.store.these_endorsements(ids) if ids else []
    return frozenset(one.endorser for one in said if one.endorser)


_OBJECTS = 3
"""How much more room a value takes than it does as it is served; by `tracemalloc`, of 5 to 200 badges."""
TRIES = 3
"""How often a portfolio is judged when something of it changes meanwhile."""

KINDS: Mapping[str, Judge] = {"badges": _badge, "portfolios": _portfolio}
