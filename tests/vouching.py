"""A company in which people vouch for each other, with the catalogues that say for what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.flows.issuers.sync import sync
from exchange.flows.people.teams import add, join
from exchange.flows.vouches import write as writing
from exchange.flows.vouches.give import give
from exchange.flows.vouches.records import Vouch
from exchange.resources import data_path
from tests.edge.shop import SCHOOL
from tests.endorsing import EndorsingTown, Peer
from tests.simulator import run

FAMILIES = (
    "delivery",
    "operations",
    "security",
    "customer-care",
    "data-and-analysis",
    "software-engineering",
)
SHIPPED = [one for one in load_catalogues(data_path("issuers")) if one.slug in ("vouches", "commons")]


@dataclass
class VouchingTown(EndorsingTown):
    """Ana and Ben are in one team; Cleo keeps no key."""

    ana: Peer = field(init=False)
    ben: Peer = field(init=False)
    cleo: Peer = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        run(sync(self.ports, [SCHOOL, *SHIPPED]))
        self.ana, self.ben, self.cleo = (
            self.peer("Ana Giver"),
            self.peer("Ben Holder"),
            self.peer("Cleo Third"),
        )
        self.ana.make_key()
        self.ben.make_key()
        run(add(self.ports, "payments", "Payments"))
        for peer in (self.ana, self.ben):
            run(join(self.ports, "payments", peer.person.id))

    def draft(
        self, by: Peer, to: Peer | str, family: str = "delivery", relationship: str = "same-team", **more: Any
    ) -> Vouch:
        name = to if isinstance(to, str) else to.person.id
        offer = family if "/" in family else f"vouches/{family}"
        order = {"words": "Led **the move** of March.", "did": by.key.did if by.key else "", **more}
        return run(writing.write(by.ports, writing.Order(name, offer, relationship, **order)))

    def sign(self, by: Peer, draft: Vouch) -> Vouch:
        return run(give(by.ports, draft.id, by.key.sign(draft.unsigned) if by.key else ""))

    def give(self, by: Peer, to: Peer | str, family: str = "delivery", *how: str, **more: Any) -> Vouch:
        return self.sign(by, self.draft(by, to, family, *how, **more))
