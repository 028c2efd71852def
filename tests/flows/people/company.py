"""People as tests need them."""

from __future__ import annotations

from dataclasses import replace

from exchange.flows.log.fsck import fsck
from exchange.flows.people import people
from exchange.flows.people.records import Person, Principal, Role
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import ask, redeem, who_has
from tests.flows.sign_in.arriving import HERE, mails, web
from tests.simulator import World, run


def signed_in(world: World, address: str) -> Ports:
    """The ports as somebody has them who came in by mail."""
    run(ask(web(world), address, HERE))
    opened = run(redeem(web(world), mails(world)[-1].secret, HERE))
    who = run(who_has(web(world), opened.session))
    assert who is not None
    world.later(minutes=16)  # the limits of mails are not what these tests are about
    return replace(world.ports, who=who)


def invited(world: World, name: str, handle: str | None = None) -> Person:
    return run(people.add(world.ports, name.title(), f"{name}@example.org", handle))


def acting(world: World, person: Person, **roles: Role) -> Ports:
    return replace(world.ports, who=Principal(person.id, "link", operator=person.operator, roles=roles))


def is_sound(world: World) -> None:
    found = run(fsck(world.ports))
    assert [(one.code, one.at) for one in found.findings] == []
