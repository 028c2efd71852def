"""The key ring: every key by its URI, wherever it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange.adapters.keys.signer import Place, Signer
from exchange.errors import UnavailableError


class KeyRing:
    """Implements `exchange.flows.ports.Keys` over places, by the scheme of a URI; `new`: who makes new keys.

    A key is opened once per process. UnavailableError("key_unknown") for a scheme that no place answers to.
    """

    def __init__(self, places: Mapping[str, Place], new: str = "file") -> None:
        self._places = places
        self._new = new
        self._open: dict[str, Signer] = {}

    async def create(self, issuer: str) -> tuple[str, str]:
        """Make a key for `issuer`; (its multikey, its URI)."""
        return self._kept(await self._place(self._new).create(issuer))

    async def find(self, uri: str) -> tuple[str, str]:
        """A key that is there already; (its multikey, its URI with the version pinned)."""
        return self._kept(await self._place(uri.partition(":")[0]).open(uri))

    async def ready(self, uri: str) -> None:
        """Open the key at `uri`, unless it is open."""
        await self._signer(uri)

    async def sign(self, uri: str, message: bytes) -> bytes:
        """The raw signature (64 bytes) of the key at `uri` over `message`."""
        return await (await self._signer(uri)).sign(message)

    async def sign_many(self, uri: str, messages: Sequence[bytes]) -> list[bytes]:
        """The raw signatures of the key at `uri` over many messages, each checked."""
        return await (await self._signer(uri)).sign_many(messages)

    async def _signer(self, uri: str) -> Signer:
        if uri not in self._open:
            self._kept(await self._place(uri.partition(":")[0]).open(uri))
        if uri not in self._open:
            raise UnavailableError("key_unknown", f"{uri!r:.80} does not say which version of the key it is.")
        return self._open[uri]

    async def aclose(self) -> None:
        """Forget the keys and let go of the places."""
        self._open.clear()
        for place in self._places.values():
            await place.aclose()

    def _kept(self, signer: Signer) -> tuple[str, str]:
        self._open[signer.uri] = signer
        return signer.multikey, signer.uri

    def _place(self, scheme: str) -> Place:
        if scheme not in self._places:
            known = ", ".join(f"{name}:" for name in self._places)
            message = f"No key can be had from {scheme!r:.40}: here they come from {known}."
            raise UnavailableError("key_unknown", f"{message} Check EXCHANGE_VAULT_ADDR.")
        return self._places[scheme]
