"""A small exchange in memory, with its web application around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exchange.core.catalogues.catalogue import Catalogue, build_badge
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.issuers.sync import sync
from tests.edge.described import DescribedClient
from tests.simulator import World, run

PAGE = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
"""What a browser asks for."""

LEAD = build_badge(
    "incident-lead",
    {
        "name": "Incident lead",
        "description": "Leads the response to an incident.",
        "criteria": "Took the lead in **a real incident**.\n\n<script>alert(1)</script>",
        "image": {"glyph": "IL", "title": "Incident lead", "alt": "A blue hexagon with the letters IL"},
        "achievement_type": "Badge",
        "tags": ["incidents"],
        "alignments": [{"name": "Incident management", "url": "https://skills.example.org/usup"}],
        "results": [
            {
                "key": "calm",
                "name": "Calm under pressure",
                "levels": [{"key": "leads", "name": "Leads", "description": "Others look up."}],
            }
        ],
        "valid_days": 365,
    },
)
SCHOOL = Catalogue("school", {"type": ["Profile"], "name": "Reliability School"}, (LEAD,))


@dataclass
class Shop:
    """A world with one issuer and one badge to earn, and a client of its web application."""

    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        run(sync(self.world.ports, [SCHOOL]))
        self.client = DescribedClient(self.world.ports)

    def award(self, to: str = "mailto:ana@example.org", **order: Any) -> Awarded:
        """A signed badge of the school."""
        return run(award(self.world.ports, Order("school", "incident-lead", to, **order)))

    def get(self, path: str, **headers: str) -> Any:
        """The answer to a GET by a program, unless `headers` say otherwise."""
        return self.client.get(path, headers={"accept": "*/*", **headers})

    def page(self, path: str) -> str:
        """The page a browser gets, with its status checked."""
        answer = self.client.get(path, headers=PAGE)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return str(answer.text)
