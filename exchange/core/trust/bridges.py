"""The bridge map: between which teams people endorse each other, as the teams were when it was signed.

A cell is the number of different endorsers from one team who endorse people of another (or of their own). On
public pages a cell under `SMALLEST` is hidden, by one rule that leaves nothing to work out: **a hidden cell
is counted in no total, and reads like an empty one.** So the public map is made of the cells that are shown,
and of nothing else: whatever the hidden ones are, none, one or two, it is the same map to the last byte, and
no difference of totals can tell them. (The usual way, which is to publish true totals and to hide further
cells until no equation has a single solution, gives less to see, and is easily got wrong: two hidden cells
that add up to two are one and one.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from exchange.core.trust.facts import Fact, settled

SMALLEST = 3

Cells = Mapping[tuple[str, str], int]
"""By the ids of the endorsers' team and of the holders' team, how many endorsers."""


class Bridge(msgspec.Struct, frozen=True, rename="camel"):
    """A cell that is shown, and the totals of what is shown from and to its teams."""

    endorser_team: str
    holder_team: str
    endorsers: int


class PublicMap(msgspec.Struct, frozen=True, rename="camel"):
    """The cells that are shown, by team; all else reads “fewer than three”. Totals are sums of them."""

    bridges: tuple[Bridge, ...]
    from_team: dict[str, int]
    to_team: dict[str, int]


def cells(facts: Iterable[Fact]) -> Cells:
    """All of the map, for who may see it. Only what is valid, by somebody else, and says both teams."""
    endorsers: dict[tuple[str, str], set[str]] = {}
    for fact in settled(facts).in_state("valid"):
        if fact.endorser_team and fact.holder_team and fact.endorser != fact.holder:
            endorsers.setdefault((fact.endorser_team, fact.holder_team), set()).add(fact.endorser)
    return {teams: len(found) for teams, found in sorted(endorsers.items())}


def public_map(cells: Cells) -> PublicMap:
    """What may be on a public page."""
    shown = [Bridge(teams[0], teams[1], count) for teams, count in sorted(cells.items()) if count >= SMALLEST]
    from_team: dict[str, int] = {}
    to_team: dict[str, int] = {}
    for bridge in shown:
        from_team[bridge.endorser_team] = from_team.get(bridge.endorser_team, 0) + bridge.endorsers
        to_team[bridge.holder_team] = to_team.get(bridge.holder_team, 0) + bridge.endorsers
    return PublicMap(tuple(shown), from_team, to_team)
