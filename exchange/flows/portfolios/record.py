"""Record: what a link shows as one learner record (CLR 2.0), signed by the exchange at its holder's request.

It says that on that day these credentials were shown for one person, and stood: each badge from elsewhere is
looked at for it. What does not stand is not in it but told of, with its state and date; endorsements are not
in it, which are of badges and no achievements (the presentation has them). It has no status of its own: it
says nothing that can become wrong, ends after LIFE, and each credential in it is judged by its own status
whenever it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from exchange.core import strict_json
from exchange.core.credentials.clr import build_clr, fits_in_clr
from exchange.core.credentials.gently import first_object
from exchange.core.plain_text import as_named
from exchange.core.portfolio.recorded import described
from exchange.core.portfolio.shown import Item
from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError
from exchange.flows.endorsements.profiles import ensure_exchange
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.imported.look import addresses_of
from exchange.flows.imported.look_again import look_at_these
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import signer, speaking_key
from exchange.flows.portfolios.copies import Seen, check_room, check_size, gone, seen
from exchange.flows.portfolios.documents import Document, documents
from exchange.flows.portfolios.records import Copy
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf
from exchange.flows.sign import sign_kept
from exchange.flows.sign_in.limits import check_limit, copy_quotas

LIFE = timedelta(days=90)


async def record(ports: Ports, id: str, link: str) -> Copy:
    """Make the record of what a link of who acts shows now, in place of the last one.

    ConflictError("record_empty") where nothing stands, and as `seen`, `check_size` and `check_room`;
    TooManyError, UnavailableError.
    """
    found = await seen(ports, id, link)
    await check_writable(ports)
    await check_limit(ports, copy_quotas(found.kept.person))
    found, within = await _standing(ports, found)
    if not within:
        raise ConflictError(
            "record_empty", "Nothing that this link shows stands, so there is no record of it."
        )
    check_size(sum(len(one.text) for one in within), len(within))
    await ensure_exchange(ports)
    row, _ = await signer(ports, EXCHANGE)
    key = await speaking_key(ports, row)
    now, whose = ports.now().replace(microsecond=0), await _recipients(ports, found.kept.person, within)
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
        replaced=_replaced(within),
        valid_from=now,
        valid_until=now + LIFE,
    )
    await check_room(ports, found, "record", len(strict_json.dump(document)))
    holds = (*(one.id for one in within), key.id)
    copy = Copy(ports.new_id(), found.link.id, "record", found.print, holds, now, now + LIFE)

    async def keep(unsigned: bytes, leaf: Leaf) -> None:
        if not await ports.store.put_portfolio_copy(copy, unsigned, leaf=leaf):
            raise gone()

    signed = await sign_kept(ports, row, document, keep)
    if not await ports.store.seal_portfolio_copy(copy.id, signed):
        raise gone()
    return replace(copy, signed=True)


async def _standing(ports: Ports, found: Seen) -> tuple[Seen, list[Document]]:
    """What the link shows once its badges from elsewhere were looked at, and what of that stands."""
    held = await documents(ports, found.kept, found.shown)
    brought = [one.id for one in held if one.item.kind == "imported"]
    good: set[str] = set()
    if brought:
        good = await look_at_these(ports, brought)
        found = await seen(ports, found.kept.id, found.link.id)
        held = await documents(ports, found.kept, found.shown)
    return found, [
        one
        for one in held
        if one.item.kind != "endorsement" and not one.item.tombstone and fits_in_clr(one.text)
        if one.item.kind != "imported" or one.id in good
    ]


async def _recipients(ports: Ports, person: str, within: Sequence[Document]) -> list[str]:
    """The addresses that these were issued to, each once; for what names none, one of its holder's: a record
    that names nobody would be whoever's has it."""
    listed = [one.recipient for one in within if one.recipient.startswith("mailto:")]
    for one in within:
        if one.item.kind == "imported":
            said = read_secured(one.text).document
            listed += [f"mailto:{address}" for address in await addresses_of(ports, person, said)]
    if not listed:
        known = [one for one in await ports.store.addresses(person) if one.verified_at]
        listed = [f"mailto:{one.address}" for one in known[:1]]
    return list({one.lower(): one for one in listed}.values())


def _replaced(within: Sequence[Document]) -> list[tuple[str, str]]:
    """The achievements of badges in it, by the ids that those have, each with the next version that is there
    too: the issuer published that one in its place."""
    known: dict[tuple[str, str], dict[int, str]] = {}
    for one in within:
        if one.item.kind == "badge":
            subject = first_object(read_secured(one.text).document.get("credentialSubject"))
            earned = first_object(subject.get("achievement")).get("id")
            if isinstance(earned, str):
                known.setdefault(one.achievement, {})[one.version] = earned
    orders = [[ids[version] for version in sorted(ids)] for ids in known.values()]
    return [pair for order in orders for pair in pairwise(order)]


def _others(items: Sequence[Item], within: Sequence[Document]) -> list[Item]:
    there = {one.item.key for one in within}
    return [one for one in items if one.kind != "endorsement" and one.key not in there]
