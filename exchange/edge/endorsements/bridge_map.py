"""The bridge map as a page has it: a table, endorsers' teams down and holders' teams across.

Teams are called what the signed documents call them, so that a team that was renamed since, or is gone, reads
as it was when it was signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.core.credentials.said import Team
from exchange.core.trust.bridges import SMALLEST, Cells, PublicMap
from exchange.edge.http.words import plain
from exchange.flows.endorsements.listed import Line


@dataclass(frozen=True, slots=True)
class BridgeTable:
    """`columns` are the names of holders' teams; a row is the name of an endorsers' team with a cell for each
    column: how many endorsers, None for one that says nothing. A cell under `smallest` (0: there is none)
    reads like an empty one."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    smallest: int


def public_table(bridges: PublicMap, lines: Iterable[Line]) -> BridgeTable:
    """What everybody may see; the map has nothing else in it."""
    shown = {(one.endorser_team, one.holder_team): one.endorsers for one in bridges.bridges}
    return _table(shown, lines, SMALLEST)


def own_table(cells: Cells, lines: Iterable[Line]) -> BridgeTable:
    """All of it, for whom it is about: they see each endorsement anyway."""
    return _table(cells, lines, 0)


def _table(cells: Cells, lines: Iterable[Line], smallest: int) -> BridgeTable:
    names = _names(lines)
    to = sorted({holders for _, holders in cells}, key=lambda id: (_name(names, id).casefold(), id))
    by = sorted({endorsers for endorsers, _ in cells}, key=lambda id: (_name(names, id).casefold(), id))
    return BridgeTable(
        tuple(_name(names, one) for one in to),
        tuple((_name(names, one), tuple(cells.get((one, other)) for other in to)) for one in by),
        smallest,
    )


def _names(lines: Iterable[Line]) -> dict[str, str]:
    teams: list[Team | None] = []
    for line in lines:
        teams += [line.said.endorser_team, line.said.holder_team]
    return {team.id: plain(team.name) for team in teams if team}


def _name(names: dict[str, str], id: str) -> str:
    return names.get(id) or plain(id.rpartition("/")[2])
