"""Tokens: shown once, with scopes and an end, and good for nothing of their own account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import ForbiddenError
from exchange.flows.issuers.sync import sync
from exchange.flows.people import people
from exchange.flows.people.merge import merge_accounts
from exchange.flows.people.records import SCOPES, Address
from exchange.flows.sign_in import passkeys, tokens
from exchange.flows.sign_in.tokens import who_holds
from tests.flows.people.company import acting, invited
from tests.flows.sign_in.arriving import refused, web
from tests.simulator import World, run
from tests.team import TEAM


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM, replace(TEAM, slug="other")]))
    return world


def test_a_token_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    ana = invited(world, "ana")
    token, secret = run(tokens.add(acting(world, ana), ana.id, "ci", ["award", "read"], days=30))
    assert secret.startswith("xbt_")
    assert secret not in repr(world.store._tokens)
    assert token.scopes == ("read", "award")
    who = run(who_holds(web(world), secret))
    assert who is not None
    assert (who.person, who.method, who.scopes) == (ana.id, "token", frozenset({"read", "award"}))
    assert run(who_holds(web(world), secret.removeprefix("xbt_"))) is None
    run(tokens.remove(acting(world, ana), token.id))
    assert run(who_holds(web(world), secret)) is None


@pytest.mark.parametrize(
    ("scopes", "days", "code"),
    [
        ([], 1, "scopes_malformed"),
        (["award", "everything"], 1, "scopes_malformed"),
        (["award"], 0, "days_malformed"),
        (["award"], 367, "days_malformed"),
    ],
)
def test_a_token_has_scopes_and_an_end(world: World, scopes: list[str], days: int, code: str) -> None:
    ana = invited(world, "ana")
    assert refused(tokens.add(acting(world, ana), ana.id, "ci", scopes, days)).code == code
    assert run(world.store.tokens()) == []


def test_a_token_makes_no_tokens_and_changes_nothing_of_its_account(world: World) -> None:
    ana = invited(world, "ana")
    token, secret = run(tokens.add(acting(world, ana), ana.id, "ci", SCOPES))
    other, _ = run(tokens.add(acting(world, ana), ana.id, "another", SCOPES))
    who = run(who_holds(web(world), secret))
    assert who is not None
    ports = replace(world.ports, who=who)
    for flow in (
        tokens.add(ports, ana.id, "more", SCOPES),
        tokens.remove(ports, other.id),
        people.change(ports, ana.id, name="Eve"),
        people.add_address(ports, ana.id, "eve@example.org"),
    ):
        assert isinstance(refused(flow), ForbiddenError)
    kept = {one.id: one for one in run(world.store.tokens())}
    assert kept == {token.id: replace(token, last_used_at=world.now), other.id: other}
    assert run(world.store.person(ana.id)) == ana
    assert run(tokens.own(ports)).id == token.id


def test_a_program_may_give_up_the_token_that_it_holds(world: World) -> None:
    ana = invited(world, "ana")
    token, secret = run(tokens.add(acting(world, ana), ana.id, "ci", ["read"]))
    other, _ = run(tokens.add(acting(world, ana), ana.id, "another", ["read"]))
    who = run(who_holds(web(world), secret))
    assert who is not None
    assert run(tokens.remove(replace(world.ports, who=who), token.id)).id == token.id
    assert run(who_holds(web(world), secret)) is None
    assert run(world.store.tokens()) == [other]
    assert refused(tokens.own(acting(world, ana))).code == "unknown_token"


def test_while_nothing_may_be_written_nobody_gets_or_loses_a_way_in(world: World) -> None:
    ana, ben = invited(world, "ana"), invited(world, "ben")
    token, _ = run(tokens.add(acting(world, ana), ana.id, "ci", ["read"]))
    world.store.broken = "The disk of the database is full. Make room on it."
    ports = acting(world, ana)
    ports = replace(ports, who=replace(ports.who, confirmed_at=world.now))
    address = Address("ben@example.org", ben.id, world.now)
    for flow in (
        tokens.add(ports, ana.id, "more", ["read"]),
        tokens.remove(ports, token.id),
        passkeys.register(ports, "secret", {}, "Laptop"),
        passkeys.remove(ports, "any"),
        merge_accounts(ports, address, ana.id),
    ):
        assert refused(flow).code == "read_only"
    assert run(world.store.tokens()) == [token]
    assert run(world.store.person(ben.id)) == ben
