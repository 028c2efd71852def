"""Two issuers with their keys, at a web address and without one; and how a stranger sees what they sign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.verdict.documents import Document
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ExchangeError
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.verify import Options, verify
from exchange.flows.instance.own import own_document
from exchange.flows.issuers.sync import sync
from exchange.flows.ports import Ports
from exchange.flows.records import SigningKey
from tests.simulator import World, run
from tests.team import TEAM

STOLEN = "A laptop with a copy was stolen."


def team(public: bool) -> World:
    world = World().public_at("https://badges.example.org") if public else World()
    run(sync(world.ports, [TEAM, replace(TEAM, slug="other")]))
    return world


@pytest.fixture(params=["did:web", "did:key"])
def world(request: pytest.FixtureRequest) -> World:
    return team(request.param == "did:web")


@pytest.fixture
def web() -> World:
    return team(public=True)


@pytest.fixture
def bare() -> World:
    """A world whose issuers are did:keys."""
    return team(public=False)


def awarded(world: World, issuer: str = "team", **order: Any) -> Awarded:
    return run(award(world.ports, Order(issuer, "lead", "mailto:ana@example.org", **order)))


def here(world: World, badge: Awarded, **options: Any) -> Verdict:
    return run(verify(world.ports, badge.signed, Options(**options)))


@dataclass
class OurWeb:
    """The web of somebody else, in which our documents lie where they are published."""

    ours: Ports

    def for_one_verify(self) -> OurWeb:
        return self

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        return await own_document(self.ours, url) or Document(url, 0, "", b"", "nothing there")


def outside(world: World, signed: bytes) -> Verdict:
    """The verdict of a stranger, who has nothing of ours but what is published."""
    stranger = World(now=world.now, base_url="http://localhost:9000")
    ports = replace(stranger.ports, web=OurWeb(world.ports))
    return run(verify(ports, signed))


def active(world: World, issuer: str = "team") -> SigningKey:
    (key,) = [key for key in run(world.store.keys(issuer)) if key.state == "active"]
    return key


def states(world: World, issuer: str = "team") -> list[str]:
    return [key.state for key in run(world.store.keys(issuer))]


def issuer_of(badge: Awarded) -> str:
    return str(strict_json.parse(badge.signed)["issuer"]["id"])


def refused(act: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        run(act)
    return caught.value
