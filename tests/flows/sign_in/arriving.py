"""How people arrive in tests: by a link, and by mail."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from exchange.errors import ExchangeError
from exchange.flows.people.records import NOBODY, Browser, Person, Principal
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import Introduction, Opened, ask, make_link, redeem, who_has
from tests.simulator import World, run

HERE = Browser("Firefox, Linux", "192.0.2.0/24")
OLGA = Introduction("Olga Operator", "olga@example.org")


def web(world: World) -> Ports:
    """The ports as the edge has them: nobody's."""
    return replace(world.ports, who=NOBODY)


def link(world: World, person: Person | None = None) -> str:
    path, _, secret = run(make_link(world.ports, person)).partition("#")
    assert path == "http://localhost:8000/sign-in"
    return secret


def founded(world: World) -> Opened:
    return run(redeem(web(world), link(world), HERE, OLGA))


@dataclass(frozen=True)
class Mail:
    """What a mail about signing in tells."""

    kind: str
    to: str
    secret: str
    code: str
    expires_at: datetime | None


def mails(world: World) -> list[Mail]:
    """Those that wait to be sent, or were: posted with their tickets."""
    found = []
    for row in world.store._outbox:
        parcel = row.delivery.parcel
        said = json.loads(parcel.payload)
        found.append(
            Mail(
                said["mail"],
                parcel.recipient,
                said.get("secret", ""),
                said.get("code", ""),
                parcel.expires_at,
            )
        )
    return [mail for mail in found if mail.kind in ("sign-in", "address", "no-account", "suspended")]


def mailed(world: World, address: str, browser: Browser = HERE) -> tuple[str, Mail]:
    """What the browser keeps, and the mail."""
    nonce = run(ask(web(world), address, browser))
    return nonce, mails(world)[-1]


def who(world: World, opened: Opened) -> Principal:
    found = run(who_has(web(world), opened.session))
    assert found is not None
    return found


def refused(flow: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as error:
        run(flow)
    return error.value


def counts(world: World) -> tuple[int, ...]:
    store = world.store
    return len(store._people), len(store._sessions), len(store._tickets), len(store._log)
