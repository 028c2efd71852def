"""What the forms that award have in common: the badges to choose from, and finding people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.edge.badges.cards import read_identity
from exchange.flows.badges.award import awardable
from exchange.flows.orders.pick import Pick, pick
from exchange.flows.people.rights import may
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement
from exchange.flows.sign import PROOFS

Choice = tuple[str, str, Sequence[Achievement]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for people found, for `parts/orders.html`; `asked`: there was a search."""

    asked: bool = False
    people: Sequence[tuple[str, str, str]] = ()
    """Triples of what names them in an order, their name, and their address, shortened."""


async def badge_choices(ports: Ports) -> list[Choice]:
    """(slug, name, what can be awarded) of every issuer at which who acts may award."""
    return [
        (issuer.slug, read_identity(issuer.profile).name, await awardable(ports, issuer.slug))
        for issuer in await ports.store.issuers()
        if may(ports.who, "award", issuer.slug)
    ]


def proof_choices() -> list[tuple[str, str]]:
    return [(proof, proof) for proof in PROOFS]


async def find_people(ports: Ports, search: str) -> Found:
    """ForbiddenError unless who acts may award somewhere."""
    return Found(True, [(one.to, one.person.name, hint_of(one)) for one in await pick(ports, search)])


def hint_of(one: Pick) -> str:
    """`a…@example.org`: enough to tell one Ana from another."""
    name, _, domain = one.address.rpartition("@")
    return f"{name[:1]}…@{domain}"
