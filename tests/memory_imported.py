"""The part of `MemoryStore` about imported badges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from exchange.core.portfolio.imported import Look
from exchange.errors import NotFoundError
from exchange.flows.imported.records import Brought, Imported, check_room
from tests.memory_vouches import MemoryVouches


@dataclass
class MemoryImported(MemoryVouches):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _imported: dict[str, Brought] = field(default_factory=dict)

    async def bring_imported(self, brought: Brought, most: int, most_bytes: int) -> Imported:
        row = brought.row
        person = self._people.get(row.person)
        if person is None or person.state != "active":
            raise NotFoundError("unknown_person", f"There is nobody with the id {row.person} here.")
        mine = await self.imported_by(row.person)
        for one in mine:
            if one.digest == row.digest:
                return one
        check_room(len(mine) + 1, sum(one.size for one in mine) + row.size, most, most_bytes)
        self._imported[row.id] = brought
        return row

    async def imported(self, ids: Sequence[str]) -> list[Imported]:
        return [self._imported[id].row for id in dict.fromkeys(ids) if id in self._imported]

    async def imported_by(self, person: str) -> list[Imported]:
        rows = [one.row for one in self._imported.values() if one.row.person == person]
        return sorted(rows, key=lambda row: (row.added_at, row.id), reverse=True)

    async def imported_bytes(self, id: str) -> bytes | None:
        return self._imported[id].content if id in self._imported else None

    async def imported_picture(self, id: str) -> bytes | None:
        return self._imported[id].picture if id in self._imported else None

    async def lease_imported(self, now: datetime, until: datetime, limit: int) -> list[Imported]:
        due = [one.row for one in self._imported.values() if one.row.look.next_at <= now]
        due.sort(key=lambda row: (row.look.next_at, row.id))
        for row in due[:limit]:
            self._put(row.id, msgspec.structs.replace(row.look, next_at=until))
        return sorted(await self.imported([row.id for row in due[:limit]]), key=lambda row: row.id)

    async def imported_sizes(self, ids: Sequence[str]) -> dict[str, int]:
        return {id: len(document) for id, document in (await self.imported_documents(ids)).items()}

    async def imported_documents(self, ids: Sequence[str]) -> dict[str, bytes]:
        there = [(id, self._imported[id].document) for id in ids if id in self._imported]
        return {id: document for id, document in there if document is not None}

    async def put_look(self, id: str, look: Look, document: bytes | None = None) -> None:
        if id in self._imported and self._imported[id].row.look.tried_at <= look.tried_at:
            self._put(id, look)
            if document is not None:
                self._imported[id] = replace(self._imported[id], document=document)

    def _put(self, id: str, look: Look) -> None:
        known = self._imported[id]
        self._imported[id] = replace(known, row=replace(known.row, look=look))

    async def remove_imported(self, id: str, person: str) -> bool:
        if id not in self._imported or self._imported[id].row.person != person:
            return False
        del self._imported[id]
        self._forget_copies_with(id)
        return True

    def _forget_copies_with(self, id: str) -> None:
        """Of portfolios, which hold it."""

    def _merge_endorsements(self, source: str, target: str) -> None:
        super()._merge_endorsements(source, target)
        there = {one.row.digest for one in self._imported.values() if one.row.person == target}
        for id, one in list(self._imported.items()):
            if one.row.person != source:
                continue
            del self._imported[id]
            if one.row.digest not in there:
                self._imported[id] = replace(one, row=replace(one.row, person=target))

    def _erase_endorsements(
        self, accounts: Sequence[str], badges: Sequence[str], addresses: set[str]
    ) -> None:
        super()._erase_endorsements(accounts, badges, addresses)
        self._imported = {id: one for id, one in self._imported.items() if one.row.person not in accounts}
