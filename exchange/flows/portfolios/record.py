"""Record: what a link shows as one learner record (CLR 2.0), signed by the exchange at its holder's request.

It says that on that day these credentials were shown for one person, and stood. What does not stand is not in
it but told of, with its state and date; endorsements are not in it, which are of badges and no achievements
(the presentation has them). It has no status of its own: it says nothing that can become wrong, ends after
LIFE, and each credential in it is judged by its own status whenever it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from exchange.core.credentials.clr import build_clr, fits_in_clr
from exchange.core.plain_text import as_named
from exchange.core.portfolio.recorded import described
from exchange.core.portfolio.shown import Item
from exchange.errors import ConflictError
from exchange.flows.endorsements.profiles import ensure_exchange
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import signer
from exchange.flows.portfolios.copies import check_room, gone, seen
from exchange.flows.portfolios.documents import Document, documents
from exchange.flows.portfolios.records import Copy
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf
from exchange.flows.sign import sign_kept
from exchange.flows.sign_in.limits import check_limit, copy_quotas

LIFE = timedelta(days=90)


async def record(ports: Ports, id: str, link: str) -> Copy:
    """Make the record of what a link of who acts shows now, in place of the last one.

    ConflictError("record_empty") where nothing stands, and as `seen` and `check_room`; TooManyError,
    UnavailableError.
    """
    found = await seen(ports, id, link)
    await check_writable(ports)
    held = [one for one in await documents(ports, found.kept, found.shown) if one.item.kind != "endorsement"]
    within = [one for one in held if not one.item.tombstone and fits_in_clr(one.text)]
    if not within:
        raise ConflictError(
            "record_empty", "Nothing that this link shows stands, so there is no record of it."
        )
    await check_room(ports, found, "record", sum(len(one.text) for one in within))
    await check_limit(ports, copy_quotas(found.kept.person))
    await ensure_exchange(ports)
    row, _ = await signer(ports, EXCHANGE)
    now, whose = ports.now().replace(microsecond=0), _recipients(within)
    name = as_named(found.name, 200)
    document = build_clr(
        id=f"urn:uuid:{ports.new_id()}",
        issuer={"id": row.did, **row.profile},
        name=f"{name}: {found.shown.headline}",
        description=described(name, now, len(within), _others(found.shown.items, within)),
        subject_id=f"urn:uuid:{ports.new_id()}",
        recipients=whose,
        salts=[ports.new_salt() for _ in whose],
        credentials=[one.text for one in within],
        valid_from=now,
        valid_until=now + LIFE,
    )
    holds = tuple(one.id for one in within if one.id)
    copy = Copy(ports.new_id(), found.link.id, "record", found.print, holds, now, now + LIFE)

    async def keep(unsigned: bytes, leaf: Leaf) -> None:
        if not await ports.store.put_portfolio_copy(copy, unsigned, leaf=leaf):
            raise gone()

    signed = await sign_kept(ports, row, document, keep)
    if not await ports.store.seal_portfolio_copy(copy.id, signed):
        raise gone()
    return replace(copy, signed=True)


def _recipients(within: Sequence[Document]) -> list[str]:
    """The addresses that these were issued to, each once."""
    named = {one.recipient.lower(): one.recipient for one in within if one.recipient.startswith("mailto:")}
    return list(named.values())


def _others(items: Sequence[Item], within: Sequence[Document]) -> list[Item]:
    there = {one.item.key for one in within}
    return [one for one in items if one.kind != "endorsement" and one.key not in there]
