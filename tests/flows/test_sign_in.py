"""The one-time link of the operator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from exchange.errors import InputError
from exchange.flows.sign_in import is_signed_in, make_link, redeem, sign_out
from tests.simulator import World, run


def secret_of(link: str) -> str:
    path, _, secret = link.partition("#")
    assert path == "http://localhost:8000/sign-in"
    return secret


def test_a_link_opens_one_session() -> None:
    world = World()
    secret = secret_of(run(make_link(world.ports)))
    session = run(redeem(world.ports, secret))
    assert run(is_signed_in(world.ports, session))
    with pytest.raises(InputError, match="used before"):
        run(redeem(world.ports, secret))
    assert run(is_signed_in(world.ports, session))


@pytest.mark.parametrize("session", [None, "", "guess"])
def test_nobody_is_signed_in_by_guessing(session: str | None) -> None:
    world = World()
    run(make_link(world.ports))
    assert not run(is_signed_in(world.ports, session))


def test_a_link_is_no_session_and_a_session_is_no_link() -> None:
    world = World()
    secret = secret_of(run(make_link(world.ports)))
    assert not run(is_signed_in(world.ports, secret))
    session = run(redeem(world.ports, secret))
    with pytest.raises(InputError):
        run(redeem(world.ports, session))
    assert run(is_signed_in(world.ports, session))


def test_links_and_sessions_end() -> None:
    world = World()
    late, used = (secret_of(run(make_link(world.ports))) for _ in range(2))
    session = run(redeem(world.ports, used))
    world.later(hours=12)
    assert not run(is_signed_in(world.ports, session))
    world.later(hours=13)
    with pytest.raises(InputError):
        run(redeem(world.ports, late))


def test_sign_out_ends_only_this_session() -> None:
    world = World()
    mine, other = (run(redeem(world.ports, secret_of(run(make_link(world.ports))))) for _ in range(2))
    run(sign_out(world.ports, mine))
    assert not run(is_signed_in(world.ports, mine))
    assert run(is_signed_in(world.ports, other))


def test_of_many_at_once_one_gets_in() -> None:
    world = World()
    secret = secret_of(run(make_link(world.ports)))

    async def storm() -> list[Any]:
        return await asyncio.gather(*(redeem(world.ports, secret) for _ in range(20)), return_exceptions=True)

    assert sum(isinstance(result, str) for result in run(storm())) == 1
