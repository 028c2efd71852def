"""Present: what a link shows, as the documents that were signed, to be taken along.

The exchange puts them together: that somebody shows them is for the holder to sign, with a key of their own
browser (`sign_presentation.py`), and until they do, it is a bundle that proves nothing of who hands it over.
Whoever gets the file judges each document by itself.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from exchange.core.credentials.presentation import (
    build_presentation,
    enveloped_presentation,
    prepare_presentation,
)
from exchange.core.portfolio.shown import Shown
from exchange.errors import InputError
from exchange.flows.portfolios.copies import no_copy
from exchange.flows.portfolios.documents import MOST_READ, copy_of, documents
from exchange.flows.portfolios.kept import kept_by_secret
from exchange.flows.ports import Ports

_KEY = "did:key:zDn"
"""How a key of the curve P-256 begins, which is what browsers make."""


async def present(ports: Ports, secret: str) -> tuple[Shown, dict[str, Any]]:
    """What a link shows, and a presentation of exactly that, in its order: as its holder signed it, else one
    that nobody signed. NotFoundError("not_shared")."""
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
    shown, kept = known.value.shown, known.found.kept
    if not holder:
        token = await copy_of(ports, kept, known.link, shown, "presentation")
        if token is not None:
            return shown, enveloped_presentation(token)
    held = await documents(ports, kept, shown, MOST_READ)
    made = await asyncio.to_thread(build_presentation, [one.text for one in held], holder)
    return shown, made


async def take(ports: Ports, secret: str, kind: Literal["record", "presentation"]) -> bytes:
    """What was signed of what a link shows now. NotFoundError: "not_shared", "no_copy"."""
    known = await kept_by_secret(ports, secret)
    body = await copy_of(ports, known.found.kept, known.link, known.value.shown, kind)
    if body is None:
        raise no_copy()
    return body
