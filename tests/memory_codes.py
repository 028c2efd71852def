"""The part of `MemoryStore` about claim codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from exchange.errors import ConflictError
from exchange.flows.claims.records import Code, CodeUse, UseState, why_not
from exchange.flows.records import Leaf


@dataclass
class MemoryCodes:
    """As in `MemoryStore`, nothing awaits inside a method."""

    _codes: dict[str, Code] = field(default_factory=dict)
    _singles: dict[str, tuple[str, bool]] = field(default_factory=dict)
    _uses: dict[str, CodeUse] = field(default_factory=dict)

    def _append(self, leaf: Leaf | None) -> int:
        raise NotImplementedError

    def _needs(self, issuer: str) -> None:
        raise NotImplementedError

    async def put_code(self, code: Code, singles: Sequence[str], leaf: Leaf) -> None:
        self._needs(code.issuer)
        words = {one.word for one in self._codes.values() if one.word}
        if code.id in self._codes or code.word in words or set(singles) & set(self._singles):
            raise ConflictError("conflict", "there is such a code")
        self._codes[code.id] = code
        self._singles |= dict.fromkeys(singles, (code.id, False))
        self._append(leaf)

    async def code(self, id: str) -> Code | None:
        return self._codes.get(id)

    async def code_named(self, word: str, hash: str) -> Code | None:
        of_single = self._singles.get(hash, ("", False))[0]
        return next((c for c in self._codes.values() if c.word == word or c.id == of_single), None)

    async def codes(self, issuer: str, limit: int = 50, before: str | None = None) -> list[Code]:
        def age(one: Code) -> tuple[datetime, str]:
            return one.created_at, one.id

        found = sorted((c for c in self._codes.values() if c.issuer == issuer), key=age, reverse=True)
        return [one for one in found if before is None or age(one) < age(self._codes[before])][:limit]

    async def close_code(self, id: str, at: datetime, leaf: Leaf) -> bool:
        if id not in self._codes or self._codes[id].closed_at is not None:
            return False
        self._codes[id] = replace(self._codes[id], closed_at=at)
        self._append(leaf)
        return True

    async def use_code(self, use: CodeUse, single: str = "") -> CodeUse:
        known = await self.use_of(use.code, use.person)
        if known is not None:
            return known
        code = self._codes[use.code]
        if single and self._singles.get(single) != (code.id, False):
            raise ConflictError("code_spent", "This code was used before.")
        if code.closed_at is not None or code.expires_at <= use.at or code.taken >= code.quota:
            raise why_not(code, use.at)
        if single:
            self._singles[single] = (code.id, True)
        self._codes[code.id] = replace(code, taken=code.taken + 1)
        self._uses[use.id] = use
        return use

    async def code_use(self, id: str) -> CodeUse | None:
        return self._uses.get(id)

    async def use_of(self, code: str, person: str) -> CodeUse | None:
        mine = (one for one in self._uses.values() if (one.code, one.person) == (code, person))
        return next(mine, None)

    async def code_uses(
        self, code: str, state: UseState | None = None, limit: int = 50, before: str | None = None
    ) -> list[CodeUse]:
        def age(one: CodeUse) -> tuple[datetime, str]:
            return one.at, one.id

        found = [u for u in self._uses.values() if u.code == code and state in (None, u.state)]
        newest = sorted(found, key=age, reverse=True)
        return [one for one in newest if before is None or age(one) < age(self._uses[before])][:limit]

    async def open_uses(self, older_than: datetime, limit: int) -> list[CodeUse]:
        left = [one for one in self._uses.values() if one.state == "granted" and one.at < older_than]
        return sorted(left, key=lambda one: (one.at, one.id))[:limit]

    async def settle_use(
        self, id: str, before: UseState, after: UseState, badge: str | None = None, leaf: Leaf | None = None
    ) -> bool:
        use = self._uses.get(id)
        if use is None or use.state != before:
            return False
        self._uses[id] = replace(use, state=after, badge=badge)
        if after == "refused":
            code = self._codes[use.code]
            self._codes[code.id] = replace(code, taken=code.taken - 1)
        self._append(leaf)
        return True

    def _join_uses(self, source: str, target: str) -> None:
        theirs = {one.code for one in self._uses.values() if one.person == target}
        self._uses = {
            id: replace(one, person=target) if one.person == source else one
            for id, one in self._uses.items()
            if one.person != source or one.code not in theirs
        }
