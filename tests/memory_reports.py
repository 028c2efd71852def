"""The part of `MemoryStore` about reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.flows.endorsements.records import Report, ReportState
from exchange.flows.records import Leaf, Parcel
from tests.memory_vouches import MemoryVouches


@dataclass
class MemoryReports(MemoryVouches):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _reports: dict[str, Report] = field(default_factory=dict)

    async def put_report(self, report: Report, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> bool:
        mine = [one for one in self._reports.values() if one.reporter and one.reporter == report.reporter]
        if report.id in self._reports or any(one.subject == report.subject for one in mine):
            return False
        self._reports[report.id] = report
        self._post(parcels)
        self._append(leaf)
        return True

    async def report(self, id: str) -> Report | None:
        return self._reports.get(id)

    async def reports(
        self, issuer: str | None, states: Sequence[ReportState], limit: int, before: str = ""
    ) -> list[Report]:
        def place(one: Report) -> tuple[datetime, str]:
            return one.at, one.id

        found = [one for one in self._reports.values() if one.state in states]
        found = [one for one in found if issuer is None or one.issuer == issuer]
        if before:
            last = self._reports.get(before)
            found = [one for one in found if last is not None and place(one) < place(last)]
        return sorted(found, key=place, reverse=True)[:limit]

    async def settle_report(
        self, report: Report, was: ReportState, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> bool:
        known = self._reports.get(report.id)
        if known is None or known.state != was:
            return False
        self._reports[report.id] = report
        alike = self._alike(known.subject)
        ids = {one.id for one in alike}
        hiding = [one for one in self._reports.values() if one.subject in ids and one.hides]
        hiding.sort(key=lambda one: one.settled_at or one.at, reverse=True)
        for row in alike:
            self._endorsements[row.id] = replace(row, barred=hiding[0].hides if hiding else "")
        self._post(parcels)
        self._append(leaf)
        return True

    def _merge_endorsements(self, source: str, target: str) -> None:
        super()._merge_endorsements(source, target)
        theirs = {one.subject for one in self._reports.values() if one.reporter == target}
        for id, one in list(self._reports.items()):
            if one.reporter == source:
                if one.subject in theirs:
                    self._reports[id] = replace(one, reporter="")
                else:
                    self._reports[id] = replace(one, reporter=target)

    def _erase_endorsements(
        self, accounts: Sequence[str], badges: Sequence[str], addresses: set[str]
    ) -> None:
        super()._erase_endorsements(accounts, badges, addresses)
        self._reports = {
            id: replace(one, reporter="", note="") if one.reporter in accounts and one.reporter else one
            for id, one in self._reports.items()
            if one.subject not in badges
        }
