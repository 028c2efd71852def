"""A portfolio that stands on other sites: what its reader may see, and what a bit that is set makes of it.

A portfolio rests on many badges. Which bits were set when it was judged is kept beside it, so that a change
of one badge is applied to it from the histories alone, without judging the others again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from exchange.core.plain_text import plain
from exchange.core.portfolio.shown import Item, Shown, State
from exchange.flows.embeds.stamped import Stamped
from exchange.flows.records import Purpose, StatusChange

_BY_ROW: Mapping[Purpose, State] = {"revocation": "revoked", "suspension": "suspended"}
"""What a set bit makes of a badge; what is final first."""

Bits = Mapping[Purpose, StatusChange]
"""The bits of a badge that are set, each with the change that set it."""


@dataclass(frozen=True)
class PortfolioValue:
    """`bits`: of every badge that it rests on, which were set when `shown` was judged."""

    shown: Shown
    bits: Mapping[str, frozenset[Purpose]]

    @property
    def revision(self) -> str:
        return self.shown.revision

    def to_json(self, base: str, checked: datetime) -> dict[str, Any]:
        return self.shown.to_json(base, checked)

    def fresh_until(self, checked: datetime) -> datetime:
        return self.shown.fresh_until(checked)

    def turns(self) -> Iterable[datetime]:
        return self.shown.turns()

    def served(self, base: str, now: datetime) -> Stamped:
        """The public value in bytes, which say when it was looked at: at most STAMP before `now`. For who has
        looked whether it still is what it was."""
        known = self.__dict__.get("_served")
        if known is None:
            known = self.__dict__["_served"] = Stamped.of(self.to_json(base, now), now)
        elif not known.is_of(now):
            known.stamp(now, self.fresh_until(now))
        return known

    def changed(self, history: Sequence[StatusChange]) -> PortfolioValue | None:
        """What became of it by the whole history of its badges, where that can be told without looking
        further; None where only a new verdict can: nothing is called good by what a row says, and what a
        peer took back is more than a bit."""
        now = bits_of(history)
        after = {badge: frozenset(now.get(badge, {})) for badge in self.bits}
        moved = [badge for badge, bits in after.items() if bits != self.bits[badge]]
        if not moved:
            return self
        items = {item.id.rpartition("/")[2]: item for item in self.shown.items if item.kind == "badge"}
        changed: dict[str, Item] = {}
        for badge in moved:
            item = items.get(badge)
            if item is None or not after[badge]:
                return None
            changed[item.key] = _by_row(item, now[badge])
        shown = replace(self.shown, items=tuple(changed.get(item.key, item) for item in self.shown.items))
        return PortfolioValue(shown, after)


def portfolio_value(
    shown: Shown, badges: Iterable[str], history: Sequence[StatusChange]
) -> PortfolioValue | None:
    """The value of what was judged just now; None where a bit was set meanwhile that it does not show yet."""
    now = bits_of(history)
    items = {item.id.rpartition("/")[2]: item for item in shown.items if item.page}
    for badge, bits in now.items():
        if bits and badge in items and items[badge].state == "valid":
            return None
    return PortfolioValue(shown, {badge: frozenset(now.get(badge, {})) for badge in badges})


def bits_of(history: Sequence[StatusChange]) -> dict[str, Bits]:
    """By badge, the bits that its whole history leaves set."""
    found: dict[str, dict[Purpose, StatusChange]] = {}
    for change in history:
        bits = found.setdefault(change.badge, {})
        if change.purpose in _BY_ROW and change.on:
            bits[change.purpose] = change
        else:
            bits.pop(change.purpose, None)
    return {**found}


def _by_row(item: Item, bits: Bits) -> Item:
    """A badge whose bits are these. Of what nobody signed, nothing else is worth telling."""
    if item.state == "invalid":
        return item
    state, change = next((state, bits[purpose]) for purpose, state in _BY_ROW.items() if purpose in bits)
    reason = plain(change.reason, 500)
    return replace(item, state=state, since=change.at, reason=reason, evidence=())
