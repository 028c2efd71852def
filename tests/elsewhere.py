"""Another exchange, in a web of its own, whose badges people bring to ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from exchange.core.verdict.documents import Document
from exchange.flows.badges import status
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.instance.own import own_document
from exchange.flows.issuers.sync import sync
from tests.simulator import START, World, run
from tests.team import TEAM

BASE = "https://badges.elsewhere.example"


@dataclass
class Elsewhere:
    """It is the web of a world: what is published there, and `pages`; nothing while it is `away`."""

    world: World = field(default_factory=lambda: World().public_at(BASE))
    pages: dict[str, Document] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def __post_init__(self) -> None:
        run(sync(self.world.ports, [TEAM]))

    def for_one_verify(self) -> Elsewhere:
        return self

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        self.asked.append(url)
        if self.away:
            return Document(url, 0, "", b"", "the host does not answer")
        known = self.pages.get(url) or await own_document(self.world.ports, url)
        return known or Document(url, 0, "", b"", "the host does not answer")

    def at(self, moment: datetime) -> None:
        """Its clock; lists are signed anew when they are asked for."""
        self.world.now = moment

    def award(self, to: str = "mailto:ana@example.org", **order: Any) -> Awarded:
        return run(award(self.world.ports, Order("team", "lead", to, **order)))

    def revoke(self, badge: Awarded) -> None:
        run(status.revoke(self.world.ports, badge.id, "By mistake"))

    def suspend(self, badge: Awarded) -> None:
        run(status.suspend(self.world.ports, badge.id, "Looked into"))

    def reinstate(self, badge: Awarded) -> None:
        run(status.reinstate(self.world.ports, badge.id, "It was right"))


def other_world(**more: Any) -> tuple[World, Elsewhere]:
    """Ours, and theirs as its web."""
    elsewhere = Elsewhere()
    return World(now=START, web=elsewhere, **more), elsewhere  # type: ignore[arg-type]
