"""Present: what a link shows, as the documents that were signed, to be taken along.

The exchange puts them together and signs nothing: that somebody shows them is for the holder to sign, with a
key of their own browser (`web/static/endorse.js`). Whoever gets the file judges each document by itself.
"""

from __future__ import annotations

from typing import Any

from exchange.core.credentials.presentation import build_presentation, prepare_presentation
from exchange.core.portfolio.shown import Shown
from exchange.errors import InputError
from exchange.flows.portfolios.kept import kept_by_secret
from exchange.flows.ports import Ports

_KEY = "did:key:zDn"
"""How a key of the curve P-256 begins, which is what browsers make."""


async def present(ports: Ports, secret: str) -> tuple[Shown, dict[str, Any]]:
    """What a link shows, and a presentation of exactly that, in its order, that nobody signed.
    NotFoundError("not_shared")."""
    return await _present(ports, secret, "")


async def to_sign(ports: Ports, secret: str, did: str) -> bytes:
    """What the holder of this key signs to make a token of it (ES256): a dot and the signature go behind it.

    NotFoundError("not_shared"), InputError("holder_malformed").
    """
    if not did.startswith(_KEY) or not did[8:].isalnum() or len(did) > 80:
        raise InputError("holder_malformed", "The holder is a did:key of a P-256 key.", "holder")
    _, presentation = await _present(ports, secret, did)
    return prepare_presentation(presentation, f"{did}#{did.removeprefix('did:key:')}")


async def _present(ports: Ports, secret: str, holder: str) -> tuple[Shown, dict[str, Any]]:
    known = await kept_by_secret(ports, secret)
    shown = known.value.shown
    signed = {row.id: row.signed for row in await ports.store.these_badges(known.keys)}
    places = [item.page.rpartition("/")[2] for item in shown.items]
    return shown, build_presentation([found for key in places if (found := signed.get(key))], holder)
