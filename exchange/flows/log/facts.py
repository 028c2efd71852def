"""Check facts: what summaries go by is what the signed documents say, for each endorsement on record."""

from __future__ import annotations

import msgspec

from exchange.core.trust.read import fact_of
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError
from exchange.flows.endorsements.records import Endorsement, KeptFact
from exchange.flows.log.found import Found
from exchange.flows.ports import Ports

_PAGE = 200


async def check_facts(ports: Ports, found: Found) -> None:
    """Adds fact_changed and fact_missing to `found`."""
    after = ""
    while page := await ports.store.every_endorsement(after, _PAGE):
        after = page[-1].id
        about_people = [one for one in page if one.holder and one.signed]
        kept = await ports.store.kept_facts([one.id for one in about_people])
        for one in about_people:
            _check(one, kept.get(one.id), found)


def _check(one: Endorsement, kept: KeptFact | None, found: Found) -> None:
    try:
        said = fact_of(read_secured(one.signed or b"").document, "valid")
    except ExchangeError:
        return  # a document that was changed is another finding
    if kept is None:
        words = f"What the endorsement {one.id} says is not known to summaries of trust."
        found.add("fact_missing", "endorsement_fact", one.id, words)
    elif msgspec.structs.replace(kept.fact, state="valid") != said or set(kept.skills) != set(said.skills):
        words = f"Summaries of trust go by something else than the endorsement {one.id} says."
        found.add("fact_changed", "endorsement_fact", one.id, words)
