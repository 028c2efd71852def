"""The part of `Store` that holds claim codes; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from exchange.flows.claims.records import Code, CodeUse, UseState
from exchange.flows.records import Leaf


class CodeStore(Protocol):
    """Codes, and who used them."""

    async def put_code(self, code: Code, singles: Sequence[str], leaf: Leaf) -> None:
        """Insert a code with the hashes of its single ones. ConflictError("conflict") for a known one."""

    async def code(self, id: str) -> Code | None: ...
    async def code_named(self, word: str, hash: str) -> Code | None:
        """The code whose word that is, or that has a single one of that hash, used or not."""

    async def codes(self, issuer: str, limit: int = 50, before: str | None = None) -> list[Code]:
        """Those of an issuer, newest first; `before` (an id) pages on."""

    async def close_code(self, id: str, at: datetime, leaf: Leaf) -> bool:
        """Let nobody use it any more; False when it was closed before."""

    async def use_code(self, use: CodeUse, single: str = "") -> CodeUse:
        """Give the person a place, if one is left: exactly, however many ask. The use that stands for them,
        which is the one they have already, if they do.

        ConflictError: "code_used_up", "code_over", "code_closed"; "code_spent" for a `single` (a hash) that
        somebody else has used.
        """

    async def code_use(self, id: str) -> CodeUse | None: ...
    async def use_of(self, code: str, person: str) -> CodeUse | None: ...
    async def code_uses(
        self, code: str, state: UseState | None = None, limit: int = 50, before: str | None = None
    ) -> list[CodeUse]:
        """Who used a code, newest first; `before` (an id) pages on."""

    async def open_uses(self, older_than: datetime, limit: int) -> list[CodeUse]:
        """Granted ones, still without their badge: what a crash, or a stop of signing, left."""

    async def settle_use(
        self, id: str, before: UseState, after: UseState, badge: str | None = None, leaf: Leaf | None = None
    ) -> bool:
        """Move a use on, with the leaf; a refused one gives its place back. False when it is not `before`."""
