"""The links that a shell makes: one operator, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import ForbiddenError
from exchange.flows.people import people
from exchange.flows.people.records import NOBODY
from exchange.flows.sign_in.sign_in import Introduction, Opened, make_link, redeem
from tests.flows.sign_in.arriving import HERE, OLGA, counts, founded, link, refused, web, who
from tests.simulator import World, run


def test_the_first_link_makes_the_one_operator_owner_of_what_is_there(world: World) -> None:
    before = run(world.store.log_size())
    olga = founded(world).person
    assert (olga.name, olga.operator) == ("Olga Operator", True)
    assert run(world.store.roles_of(olga.id)) == {"team": "owner"}
    kinds = [record.content for record in run(world.store.log_records(before, 9))]
    holder = f"account/{olga.id}"
    assert kinds == [
        {"issuer": "team", "holder": holder, "role": "owner"},
        {"issuer": "*", "holder": holder, "role": "operator"},
    ]
    (address,) = run(world.store.addresses(olga.id))
    assert (address.address, address.verified_at, address.is_primary) == ("olga@example.org", None, True)


def test_another_link_that_was_printed_before_makes_no_second_one(world: World) -> None:
    late = link(world)
    founded(world)
    before = counts(world)
    eve = Introduction("Eve", "eve@example.org")
    assert refused(redeem(web(world), late, HERE, eve)).code == "link_spent"
    assert counts(world)[0] == before[0] == 1
    assert counts(world)[3] == before[3]


@pytest.mark.parametrize(
    ("introduction", "code", "at"),
    [
        (None, "introduction_missing", "name"),
        (Introduction(" ", "olga@example.org"), "name_malformed", "name"),
        (Introduction("Olga\u202e", "olga@example.org"), "name_malformed", "name"),
        (Introduction("x" * 201, "olga@example.org"), "name_malformed", "name"),
        (Introduction("Olga", "olga"), "address_malformed", "address"),
        (Introduction("Olga", "olga@example.org\r\nBcc: eve@example.org"), "address_malformed", "address"),
    ],
)
def test_who_introduces_themselves_badly_spends_nothing(
    world: World, introduction: Introduction | None, code: str, at: str
) -> None:
    secret, before = link(world), counts(world)
    error = refused(redeem(web(world), secret, HERE, introduction))
    assert (error.code, error.at, counts(world)) == (code, at, before)
    assert run(redeem(web(world), secret, HERE, OLGA)).person.operator


def test_later_links_of_the_shell_are_hers_and_make_nobody(world: World) -> None:
    olga = founded(world).person
    again = run(redeem(web(world), link(world), HERE, Introduction("Eve", "eve@example.org")))
    assert again.person == olga
    assert counts(world)[0] == 1


def test_a_link_for_somebody_else_is_theirs(world: World) -> None:
    founded(world)
    ben = run(people.add(world.ports, "Ben", "ben@example.org"))
    assert run(redeem(web(world), link(world, ben), HERE)).person == ben


def test_who_was_the_first_operator_and_is_none_is_not_let_in_again_by_a_start(world: World) -> None:
    olga = founded(world).person
    run(people.set_operator(world.ports, olga.id, False))
    assert refused(make_link(world.ports)).code == "operator_gone"
    ben = run(people.add(world.ports, "Ben", "ben@example.org"))
    assert run(redeem(web(world), link(world, ben), HERE)).person == ben


def test_only_the_shell_makes_links(world: World) -> None:
    opened = founded(world)
    for principal in (NOBODY, who(world, opened)):
        assert isinstance(refused(make_link(replace(world.ports, who=principal))), ForbiddenError)


def test_of_many_at_once_one_gets_in(world: World) -> None:
    secret = link(world)

    async def storm() -> list[Any]:
        tries = (redeem(web(world), secret, HERE, OLGA) for _ in range(20))
        return await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(result, Opened) for result in run(storm())) == 1
    assert counts(world)[:2] == (1, 1)
