"""Documents: what a link shows, each as it was signed, in the order in which it is shown.

A badge from elsewhere is in it as it was brought, where its form allows: `flows/imported/signed.py` took that
out of its file for its keeper. For who only reads, they are so many bytes at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from exchange.core import strict_json
from exchange.core.portfolio.shown import Item, Shown
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.portfolios.records import Copy, CopyKind, Kept, Link, Publication
from exchange.flows.ports import Ports

MOST_READ = 1_000_000
"""Bytes of all of them that go along for who reads; what does not fit is at the link."""


@dataclass(frozen=True, slots=True)
class Document:
    """`text` is what was signed; `id` its row, of `badge` or of the badges from elsewhere. Of a row of
    `badge`, whom it names, and which version of which achievement of whom it is."""

    item: Item
    text: bytes
    id: str
    recipient: str = ""
    achievement: tuple[str, str] = ("", "")
    version: int = 0


async def documents(ports: Ports, kept: Kept, shown: Shown, most: int | None = None) -> list[Document]:
    """What of the items shown can be handed over as a signed document; of these the first that fit into
    `most` bytes."""
    ids = {one.key: one.id for one in kept.portfolio.items}
    rows = {one.id: one for one in await ports.store.these_badges([ids[item.key] for item in shown.items])}
    # What does not stand may be shown with a name; what was never found to be signed has none.
    brought = [ids[one.key] for one in shown.items if _goes_along(one)]
    sizes = await ports.store.imported_sizes(brought) if brought else {}
    sizes |= {id: len(row.signed) for id, row in rows.items()}
    room, taken = most, []
    for item in shown.items:
        size = sizes.get(ids[item.key], 0) if item.kind != "imported" or _goes_along(item) else 0
        if size and (room is None or size <= room):
            taken.append(item)
            room = room if room is None else room - size
    theirs = await ports.store.imported_documents([ids[one.key] for one in taken if one.kind == "imported"])
    found = []
    for item in taken:
        id = ids[item.key]
        row = rows.get(id) if item.kind != "imported" else None
        if row and row.signed:
            of = (row.issuer, row.achievement)
            found.append(Document(item, row.signed, id, row.recipient, of, row.version))
        elif not row and (text := theirs.get(id)):  # it may have been removed meanwhile
            found.append(Document(item, text, id))
    return found


def _goes_along(item: Item) -> bool:
    return item.kind == "imported" and item.name != "" and item.state != "invalid"


def print_of(kept: Kept, shown: Shown) -> str:
    """Names what is shown and how it stands: whatever was signed of it is given out only while this is the
    same."""
    ids = {one.key: one.id for one in kept.portfolio.items}
    said = [[item.kind, ids[item.key], item.state] for item in shown.items]
    return sha256(strict_json.dump([shown.person, shown.headline, said])).hexdigest()


async def good_copies(
    ports: Ports, kept: Kept, link: Link | Publication, shown: Shown
) -> dict[CopyKind, Copy]:
    """What was signed of just that, if its holder had it made and may speak for themselves, it is not over,
    and the key that made it still says so: one of theirs that is not retired, or one of the exchange's that
    is not revoked. Nothing is signed of what everybody sees, which no link shows."""
    if not isinstance(link, Link):
        return {}
    there = [one for one in await ports.store.portfolio_copies([link.id]) if one.signed]
    fit = [one for one in there if one.shown == print_of(kept, shown) and ports.now() < one.until]
    if not fit:
        return {}
    person = await ports.store.person(kept.person)
    if person is None or person.is_suspended:
        return {}
    keys = {one.credential for one in await ports.store.endorser_keys(kept.person) if one.retired_at is None}
    if any(one.kind == "record" for one in fit):
        keys |= {one.id for one in await ports.store.keys(EXCHANGE) if one.state != "revoked"}
    return {one.kind: one for one in fit if not keys.isdisjoint(one.holds)}


async def copy_of(
    ports: Ports, kept: Kept, link: Link | Publication, shown: Shown, kind: CopyKind
) -> bytes | None:
    """The bytes of one of these."""
    found = (await good_copies(ports, kept, link, shown)).get(kind)
    return await ports.store.portfolio_copy_bytes(found.id) if found else None
