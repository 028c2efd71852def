"""Reports about what peers said, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

from exchange.adapters.database import log_writes, outbox
from exchange.adapters.database.effects import Rows, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.flows.endorsements.records import Report, ReportState
from exchange.flows.records import Leaf, Parcel

COLUMNS = (
    "id, kind, subject, issuer, reporter, reason, note, state, at, settled_at, settled_by, answer, hides"
)
REPORT = f"SELECT {COLUMNS} FROM endorsement_report "  # noqa: S608
PUT = f"""
    INSERT INTO endorsement_report ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING id"""  # noqa: S608
BEFORE = "(at, id) < (SELECT at, id FROM endorsement_report WHERE id = ?)"
SETTLE = """
    UPDATE endorsement_report SET state = ?, settled_at = ?, settled_by = ?, answer = ?, hides = ?
    WHERE id = ? AND state = ? RETURNING subject"""
# Whatever one says of a thing is barred together: else its next version would stand there again.
SAME = """
    (endorser, issuer, kind, subject) = (
        SELECT s.endorser, s.issuer, s.kind, s.subject FROM endorsement s WHERE s.id = ?)"""
BAR = f"UPDATE endorsement SET barred = ? WHERE {SAME}"  # noqa: S608
# Written as it is, so that whoever decides another report about the same thing waits until this is done.
TAKE_TURNS = f"UPDATE endorsement SET barred = barred WHERE {SAME}"  # noqa: S608
HIDING = f"""
    SELECT hides FROM endorsement_report WHERE hides <> '' AND subject IN (
        SELECT id FROM endorsement WHERE {SAME})
    ORDER BY settled_at DESC, id LIMIT 1"""  # noqa: S608


class _Database(Protocol):
    engine: EffectEngine

    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Reports:
    """The part of the store that implements `exchange.flows.endorsements.ports.ReportStore`."""

    async def put_report(self: _Database, report: Report, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> bool:
        return await self.engine.write(partial(_put, report, leaf, parcels))

    async def report(self: _Database, id: str) -> Report | None:
        rows = await self._read(REPORT + "WHERE id = ?", id)
        return Report(*rows[0]) if rows else None

    async def reports(
        self: _Database, issuer: str | None, states: Sequence[ReportState], limit: int, before: str = ""
    ) -> list[Report]:
        marks = ", ".join("?" * len(states))
        wanted: list[tuple[str, Sequence[str]]] = [(f"state IN ({marks})", states)]
        wanted += [("issuer = ?", [issuer])] if issuer is not None else []
        wanted += [(BEFORE, [before])] if before else []
        where = f"WHERE {' AND '.join(sql for sql, _ in wanted)} ORDER BY at DESC, id DESC LIMIT ?"
        args = [arg for _, some in wanted for arg in some]
        return [Report(*row) for row in await self._read(REPORT + where, *args, limit)]

    async def settle_report(
        self: _Database, report: Report, was: ReportState, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> bool:
        return await self.engine.write(partial(_settle, report, was, leaf, parcels))


def _put(report: Report, leaf: Leaf, parcels: Sequence[Parcel]) -> Work[bool]:
    said = (report.id, report.kind, report.subject, report.issuer, report.reporter, report.reason)
    rest = (report.note, report.state, report.at, report.settled_at, report.settled_by, report.answer)
    if not (yield Statement(PUT, (*said, *rest, report.hides))):
        return False
    yield from outbox.post(parcels)
    yield from log_writes.append([leaf])
    return True


def _settle(report: Report, was: ReportState, leaf: Leaf, parcels: Sequence[Parcel]) -> Work[bool]:
    settled = (report.state, report.settled_at, report.settled_by, report.answer, report.hides)
    yield Statement(TAKE_TURNS, (report.subject,))
    rows = yield Statement(SETTLE, (*settled, report.id, was))
    if not rows:
        return False
    subject = rows[0][0]
    hiding = yield Statement(HIDING, (subject,))  # for this one or for others as well
    yield Statement(BAR, (hiding[0][0] if hiding else "", subject))
    yield from outbox.post(parcels)
    yield from log_writes.append([leaf])
    return True
