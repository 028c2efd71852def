"""The part of `Store` about imported badges; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from exchange.core.portfolio.imported import Look
from exchange.flows.imported.records import Brought, Imported


class ImportedStore(Protocol):
    """Badges from elsewhere. They are one person's own; nothing here is public, so nothing is in the log."""

    async def bring_imported(self, brought: Brought, most: int, most_bytes: int) -> Imported:
        """Keep it; the one that is there already if its person has these very bytes.

        ConflictError("imported_full") above `most` of them or `most_bytes` in all, however many come at once;
        NotFoundError("unknown_person") for who is not here any more."""

    async def imported(self, ids: Sequence[str]) -> list[Imported]:
        """Those of the ids that are there, in any order."""

    async def imported_by(self, person: str) -> list[Imported]:
        """All of somebody's, the newest first."""

    async def imported_bytes(self, id: str) -> bytes | None:
        """The exact bytes that were brought."""

    async def imported_picture(self, id: str) -> bytes | None:
        """The picture that was kept, if one was."""

    async def lease_imported(self, now: datetime, until: datetime, limit: int) -> list[Imported]:
        """Those to be looked at by now, due for longest first; nobody else gets them before `until`."""

    async def imported_sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """How many bytes of each may go along, 0 where none may; those are left out of which it was not taken
        out yet."""

    async def imported_documents(self, ids: Sequence[str]) -> dict[str, bytes]:
        """What may go along of each."""

    async def put_look(self, id: str, look: Look, document: bytes | None = None) -> None:
        """Keep what a look came to, unless a later one was kept, or it is not there any more; and with it
        what may go along, if that was taken out."""

    async def remove_imported(self, id: str, person: str) -> bool:
        """Whether it was that person's, and is gone now, with every copy that holds it."""
