"""The part of `MemoryStore` about portfolios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from exchange.core.portfolio.framing import Origins
from exchange.errors import ConflictError
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.people.records import Marks
from exchange.flows.portfolios.records import Copy, Kept, Link, Mark, Publication, Shared
from exchange.flows.records import Badge, Leaf, Once, Signed
from exchange.flows.vouches.records import Vouch
from tests.memory_vouches import MemoryVouches

if TYPE_CHECKING:
    from tests.memory_store import MemoryStore


@dataclass
class MemoryPortfolios(MemoryVouches):
    """As in `MemoryStore`, nothing awaits inside a method."""

    _portfolios: dict[str, Kept] = field(default_factory=dict)
    _links: dict[str, Link] = field(default_factory=dict)
    _copies: dict[str, tuple[Copy, bytes | None]] = field(default_factory=dict)
    _publications: dict[str, Publication] = field(default_factory=dict)

    async def put_portfolio(self: MemoryStore, kept: Kept, once: Once | None = None) -> None:
        await self.check_once(once) if once else None
        if kept.id in self._portfolios:
            raise ConflictError("conflict", "that portfolio is on record")
        self._portfolios[kept.id] = kept
        if once is not None:
            self._once[once.key] = once

    async def change_portfolio(self, kept: Kept, was: int) -> bool:
        known = self._portfolios.get(kept.id)
        if known is None or known.revision != was:
            return False
        self._portfolios[kept.id] = replace(
            known, portfolio=kept.portfolio, revision=kept.revision, changed_at=kept.changed_at
        )
        return True

    async def remove_portfolio(self, id: str) -> bool:
        if self._portfolios.pop(id, None) is None:
            return False
        self._links = {key: one for key, one in self._links.items() if one.portfolio != id}
        self._publications.pop(id, None)
        self._forget_copies()
        return True

    def _forget_copies(self) -> None:
        on = {key for key, one in self._links.items() if one.off_at is None}
        self._copies = {key: one for key, one in self._copies.items() if one[0].link in on}

    def _forget_copies_with(self, id: str) -> None:
        self._copies = {key: one for key, one in self._copies.items() if id not in one[0].holds}

    async def put_portfolio_copy(
        self: MemoryStore, copy: Copy, unsigned: bytes, signed: bytes | None = None, leaf: Leaf | None = None
    ) -> bool:
        known = self._links.get(copy.link)
        if known is None or known.off_at is not None:
            return False
        self._copies = {
            key: one
            for key, one in self._copies.items()
            if (one[0].link, one[0].kind) != (copy.link, copy.kind) or (signed is None and one[0].signed)
        }
        self._copies[copy.id] = replace(copy, signed=signed is not None), signed
        if leaf is not None:
            await self.append(leaf)
        return True

    async def seal_portfolio_copy(self, id: str, signed: bytes) -> bool:
        known = self._copies.get(id)
        if known is None or known[0].signed:
            return False
        self._copies = {
            key: one
            for key, one in self._copies.items()
            if key == id or (one[0].link, one[0].kind) != (known[0].link, known[0].kind)
        }
        self._copies[id] = replace(known[0], signed=True), signed
        return True

    async def forget_portfolio_copies(self, now: datetime, unsigned: datetime) -> None:
        self._copies = {
            key: one
            for key, one in self._copies.items()
            if one[0].until > now and (one[0].signed or one[0].made_at > unsigned)
        }

    async def portfolio_copies(self, links: Sequence[str]) -> list[Copy]:
        found = (copy for copy, _ in self._copies.values() if copy.link in links)
        return sorted(found, key=lambda one: (one.link, one.kind, one.made_at, one.id))

    async def portfolio_copy_bytes(self, id: str) -> bytes | None:
        return self._copies[id][1] if id in self._copies else None

    async def shared_marks(self: MemoryStore, names: Sequence[str]) -> dict[str, Mark]:
        marks = {name: await self.shared_mark(name) for name in names}
        return {name: mark for name, mark in marks.items() if mark is not None}

    async def shared_mark(self: MemoryStore, name: str) -> Mark | None:
        found = await self.shared(name)
        if name.startswith("@"):
            handle, _, slug = name[1:].partition("~")
            there = [one for one in await self.at_handle(handle) if not slug or one.link.name == name]
            found = there[0] if len(there) == 1 else None
        if found is None:
            return None
        verified = [one.verified_at for one in await self.addresses(found.kept.person) if one.verified_at]
        looked = [one.look.tried_at for one in await self.imported_by(found.kept.person)]
        return Mark(
            found.mark,
            found.name,
            found.state,
            found.picture,
            found.link.expires_at,
            getattr(found.link, "off_at", None),
            (len(verified), max(verified, default=None)),
            (len(looked), max(looked, default=None)),
            await self.log_count(),
        )

    async def portfolio(self, id: str) -> Kept | None:
        return self._portfolios.get(id)

    async def portfolios(self, person: str) -> list[Kept]:
        mine = (one for one in self._portfolios.values() if one.person == person)
        return sorted(mine, key=lambda one: (one.made_at, one.id))

    async def put_portfolio_link(self, link: Link) -> None:
        if link.portfolio not in self._portfolios or link.id in self._links:
            raise ConflictError("conflict", "there is no such portfolio")
        self._links[link.id] = link

    async def end_portfolio_link(self, id: str, at: datetime) -> bool:
        known = self._links.get(id)
        if known is None or known.off_at is not None:
            return False
        self._links[id] = replace(known, off_at=at)
        self._forget_copies()
        return True

    async def frame_portfolio_link(self, id: str, origins: Origins) -> bool:
        known = self._links.get(id)
        if known is None or known.off_at is not None:
            return False
        self._links[id] = replace(known, origins=origins)
        return True

    async def portfolio_links(self, portfolios: Sequence[str]) -> list[Link]:
        found = (one for one in self._links.values() if one.portfolio in portfolios)
        return sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)

    async def shared(self, hash: str) -> Shared | None:
        for link in self._links.values():
            if link.hash == hash:
                kept = self._portfolios[link.portfolio]
                person = self._people[kept.person]
                return Shared(link, kept, person.name, person.state, person.picture)
        return None

    async def put_publication(self: MemoryStore, one: Publication, leaf: Leaf) -> None:
        others = (other for id, other in self._publications.items() if id != one.portfolio)
        taken = any((other.person, other.slug) == (one.person, one.slug) for other in others)
        if taken or one.portfolio not in self._portfolios:
            raise ConflictError("conflict", "there is no such portfolio")
        self._publications[one.portfolio] = one
        self._append(leaf)

    async def end_publication(self: MemoryStore, portfolio: str, leaf: Leaf) -> bool:
        if self._publications.pop(portfolio, None) is None:
            return False
        self._append(leaf)
        return True

    async def publications(self, person: str) -> list[Publication]:
        known = self._people.get(person)
        mine = (one for one in self._publications.values() if one.person == person)
        now = [replace(one, handle=(known and known.handle) or "") for one in mine]
        return sorted(now, key=lambda one: (one.published_at, one.portfolio))

    async def at_handle(self, handle: str) -> list[Shared]:
        for person in self._people.values():
            if person.handle == handle and person.state == "active":
                kept = self._portfolios
                return [
                    Shared(one, kept[one.portfolio], person.name, person.state, person.picture)
                    for one in await self.publications(person.id)
                ]
        return []

    async def count_opening(self, link: str, at: datetime) -> None:
        known = self._links.get(link)
        if known is not None and known.receipt and known.off_at is None:
            self._links[link] = replace(known, opened=known.opened + 1, opened_at=at)

    async def these_badges(self: MemoryStore, ids: Sequence[str]) -> list[Signed]:
        return [
            Signed(
                *(one.id, one.kind, one.issuer, one.achievement, one.version, one.recipient, one.proof),
                *(one.signed, one.intended_at, one.claim, one.renews, await self._alt(one)),
            )
            for one in [self._badges[id] for id in dict.fromkeys(ids) if id in self._badges]
            if one.signed is not None
        ]

    async def _alt(self: MemoryStore, row: Badge) -> str:
        found = await self.achievement(row.issuer, row.achievement, row.version)
        return found.alt if found is not None else ""

    async def these_endorsements(self, ids: Sequence[str]) -> list[Endorsement]:
        found = [await self.endorsement(id) for id in dict.fromkeys(ids)]
        return [one for one in found if one is not None and one.state != "drafted"]

    async def these_vouches(self, ids: Sequence[str]) -> list[Vouch]:
        found = [await self.vouch(id) for id in dict.fromkeys(ids)]
        return [one for one in found if one is not None and one.state != "drafted"]

    def _merge_endorsements(self, source: str, target: str) -> None:
        super()._merge_endorsements(source, target)
        for id, one in self._portfolios.items():
            if one.person == source:
                self._portfolios[id] = replace(one, person=target)

    def _merge_publications(self, source: str, target: str, marks: Marks) -> None:
        for id, one in list(self._publications.items()):
            if one.person == source:
                del self._publications[id]
                if not marks.left:
                    self._publications[id] = replace(one, person=target)

    def _erase_endorsements(
        self, accounts: Sequence[str], badges: Sequence[str], addresses: set[str]
    ) -> None:
        super()._erase_endorsements(accounts, badges, addresses)
        self._portfolios = {id: one for id, one in self._portfolios.items() if one.person not in accounts}
        self._links = {id: one for id, one in self._links.items() if one.portfolio in self._portfolios}
        self._forget_copies()
        self._copies = {
            key: one for key, one in self._copies.items() if not any(id in badges for id in one[0].holds)
        }
        self._publications = {id: one for id, one in self._publications.items() if id in self._portfolios}
