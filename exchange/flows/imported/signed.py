"""Signed: what of a badge from elsewhere may go along inside a presentation or a record, taken out of the
picture or PDF that it came in.

That is done once, for its keeper, when they bring it (or when one that was brought before is looked at): a
PDF costs a worker, and what a stranger asks for starts none.
"""

from __future__ import annotations

import asyncio

from exchange.core.bake import extract
from exchange.core.credentials.presentation import fits_in_presentation
from exchange.errors import ExchangeError
from exchange.flows.ports import Ports

MOST_SIGNED = 200_000
"""Bytes of one that goes along; larger ones are at the link."""


async def taken_out(ports: Ports, data: bytes) -> bytes:
    """What its issuer signed, as it is; `b""` where nothing of it can go along. Open Badges 2.0 are no
    verifiable credentials, and one whose words would mean something else inside a presentation has to be
    handed over as a file."""
    return await asyncio.to_thread(_taken_out, ports, data)


def _taken_out(ports: Ports, data: bytes) -> bytes:
    try:
        if data.startswith(b"%PDF") and ports.attached is not None:
            data = ports.attached(data)
        found = extract(data)
    except ExchangeError:
        return b""
    text = found.text.encode()
    fits = found.standard == "ob3" and len(text) <= MOST_SIGNED and fits_in_presentation(text)
    return text if fits else b""
