"""One private key, and a place that keeps some: the two protocols of key custody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Signer(Protocol):
    """A private key, wherever it is: `uri` says where, for good; `multikey` is the public half."""

    @property
    def uri(self) -> str: ...

    @property
    def multikey(self) -> str: ...

    async def sign(self, message: bytes) -> bytes:
        """The raw signature (64 bytes); UnavailableError when the key cannot be used just now."""

    async def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """As `exchange.flows.ports.Keys.sign_many`."""


class Place(Protocol):
    """Keeps the keys whose URIs have one scheme."""

    async def create(self, issuer: str) -> Signer:
        """A new Ed25519 key for `issuer`, durable on return."""

    async def open(self, uri: str) -> Signer:
        """The key at `uri`; one that does not say which version is meant gets the newest, and says so."""

    async def aclose(self) -> None:
        """Let go of what is held open."""
