"""Who sees what of a badge: what was handed out is told to its holder, and to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import NotFoundError
from exchange.flows.badges.status import suspend
from exchange.flows.claims.seen import Program, seen
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people import roles, teams
from exchange.flows.people.people import add
from exchange.flows.people.records import NOBODY
from exchange.flows.webhooks import webhooks
from tests.flows.claims.test_claim import ADA, awarded, somebody, world  # noqa: F401
from tests.simulator import World, run


def test_what_was_delivered_about_it_is_told(world: World) -> None:  # noqa: F811
    ada = somebody(world, ADA)
    run(webhooks.add(world.ports, "team", "https://hr.example.org/in?token=x"))
    run(webhooks.add(world.ports, "team", "https://quiet.example.org/in", ["badge.revoked"]))
    badge, other = awarded(world), awarded(world, "ben@example.org")
    nothing = run(seen(ada, badge.key))
    assert (nothing.programs, nothing.mails) == ([], [])
    for channel, way in (("mail", carry), (webhooks.CHANNEL, webhooks.carry)):
        run(deliver_due(world.ports, channel, way))
    first = world.now
    world.later(minutes=5)
    run(suspend(world.ports, badge.key, "A look"))
    run(deliver_due(world.ports, webhooks.CHANNEL, webhooks.carry))
    found = run(seen(ada, badge.key))
    assert found.programs == [Program("hr.example.org", [world.now, first])]
    assert found.mails == [first]
    with pytest.raises(NotFoundError):
        run(seen(ada, other.key))
    with pytest.raises(NotFoundError):
        run(seen(replace(world.ports, who=NOBODY), badge.key))


def test_the_team_is_counted_once_each(world: World) -> None:  # noqa: F811
    ada, badge = somebody(world, ADA), awarded(world)
    assert run(seen(ada, badge.key)).team == 0
    for name in ("ira", "olga"):
        run(add(world.ports, name, f"{name}@example.org", name))
    run(teams.add(world.ports, "red", "Red"))
    for name in ("ira", "olga"):
        run(teams.join(world.ports, "red", name))
    run(roles.grant(world.ports, "team", "team/red", "issuer"))
    run(roles.grant(world.ports, "team", "olga", "owner"))
    assert run(seen(ada, badge.key)).team == 2
