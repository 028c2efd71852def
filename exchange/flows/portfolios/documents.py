"""Documents: what a link shows, each as it was signed, in the order in which it is shown.

A badge from elsewhere is in it as it was brought, taken out of the picture or PDF that it came in, where its
form allows: one of Open Badges 2.0 is no verifiable credential, and one whose words would mean something else
inside a presentation has to be handed over as a file.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256

from exchange.core import strict_json
from exchange.core.bake import extract
from exchange.core.credentials.presentation import fits_in_presentation
from exchange.core.portfolio.shown import Item, Shown
from exchange.errors import ExchangeError
from exchange.flows.portfolios.records import Copy, CopyKind, Kept, Link, Publication
from exchange.flows.ports import Ports

MOST_BROUGHT = 200_000
"""Bytes of a badge from elsewhere that goes along; larger ones are at the link."""


@dataclass(frozen=True, slots=True)
class Document:
    """`text` is what was signed; `id` its row of `badge`, `""` for one that was brought from elsewhere, and
    `recipient` whom that names."""

    item: Item
    text: bytes
    id: str = ""
    recipient: str = ""


async def documents(ports: Ports, kept: Kept, shown: Shown) -> list[Document]:
    """What of the items shown can be handed over as a signed document."""
    ids = {one.key: one.id for one in kept.portfolio.items}
    rows = {one.id: one for one in await ports.store.these_badges([ids[item.key] for item in shown.items])}
    found = []
    for item in shown.items:
        row = rows.get(ids[item.key])
        if item.kind == "imported":
            text = await _brought(ports, ids[item.key], item)
            found += [Document(item, text)] if text else []
        elif row is not None and row.signed is not None:
            found.append(Document(item, row.signed, row.id, row.recipient))
    return found


async def _brought(ports: Ports, id: str, item: Item) -> bytes | None:
    data = await ports.store.imported_bytes(id) if item.name and item.state != "invalid" else None
    return await asyncio.to_thread(_taken_out, ports, data) if data else None


def _taken_out(ports: Ports, data: bytes) -> bytes | None:
    try:
        if data.startswith(b"%PDF") and ports.attached is not None:
            data = ports.attached(data)
        found = extract(data)
    except ExchangeError:
        return None
    text = found.text.encode()
    fits = found.standard == "ob3" and 0 < len(text) <= MOST_BROUGHT and fits_in_presentation(text)
    return text if fits else None


def print_of(kept: Kept, shown: Shown) -> str:
    """Names what is shown and how it stands: whatever was signed of it is given out only while this is the
    same."""
    ids = {one.key: one.id for one in kept.portfolio.items}
    said = [[item.kind, ids[item.key], item.state] for item in shown.items]
    return sha256(strict_json.dump([shown.person, shown.headline, said])).hexdigest()


async def good_copies(
    ports: Ports, kept: Kept, link: Link | Publication, shown: Shown
) -> dict[CopyKind, Copy]:
    """What was signed of just that, if its holder had it made, it is not over, and the key of theirs that
    made it is still one of theirs. Nothing is signed of what everybody sees, which no link shows."""
    if not isinstance(link, Link):
        return {}
    there = [one for one in await ports.store.portfolio_copies([link.id]) if one.signed]
    fit = [one for one in there if one.shown == print_of(kept, shown) and ports.now() < one.until]
    if not fit:
        return {}
    keys = [one for one in await ports.store.endorser_keys(kept.person) if one.retired_at is None]
    mine = {one.credential for one in keys}
    return {one.kind: one for one in fit if one.kind == "record" or not mine.isdisjoint(one.holds)}


async def copy_of(
    ports: Ports, kept: Kept, link: Link | Publication, shown: Shown, kind: CopyKind
) -> bytes | None:
    """The bytes of one of these."""
    found = (await good_copies(ports, kept, link, shown)).get(kind)
    return await ports.store.portfolio_copy_bytes(found.id) if found else None
