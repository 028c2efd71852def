"""Sessions: who has one, for how long, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.errors import ConflictError, ForbiddenError
from exchange.flows.people import people, roles
from exchange.flows.people.records import Grant, Principal
from exchange.flows.sign_in.sessions import end, end_all, sessions
from exchange.flows.sign_in.sign_in import redeem, sign_out, who_has
from tests.flows.sign_in.arriving import HERE, counts, founded, mailed, refused, web, who
from tests.simulator import World, run


def test_a_session_says_who_and_since_when(world: World) -> None:
    opened = founded(world)
    principal = who(world, opened)
    assert (principal.person, principal.name, principal.operator) == (opened.person.id, "Olga Operator", True)
    assert principal.roles == {"team": "owner"}
    assert principal.scopes is None
    assert principal.confirmed_at == world.now
    (row,) = run(sessions(replace(world.ports, who=principal), principal.person))
    assert (row.agent, row.network, row.method) == ("Firefox, Linux", "192.0.2.0/24", "link")
    assert opened.session not in repr(world.store._sessions)


@pytest.mark.parametrize("session", ["", "guess", "\ud800"])
def test_nobody_is_signed_in_by_guessing(world: World, session: str) -> None:
    founded(world)
    assert run(who_has(web(world), session)) is None


def test_signing_in_gives_a_new_session_and_ends_the_one_that_was_planted(world: World) -> None:
    planted = founded(world)
    run(people.add(world.ports, "Ana", "ana@example.org"))
    _, mail = mailed(world, "ana@example.org")
    opened = run(redeem(web(world), mail.secret, replace(HERE, session=planted.session)))
    assert opened.session != planted.session
    assert run(who_has(web(world), planted.session)) is None
    assert who(world, opened).name == "Ana"


def test_operators_are_signed_in_for_a_day_of_work_others_for_a_month(world: World) -> None:
    olga = founded(world)
    run(people.add(world.ports, "Ana", "ana@example.org"))
    ana = run(redeem(web(world), mailed(world, "ana@example.org")[1].secret, HERE))
    assert (olga.life, ana.life) == (timedelta(hours=12), timedelta(days=30))
    world.later(hours=12)
    assert run(who_has(web(world), olga.session)) is None
    assert who(world, ana).name == "Ana"
    world.later(days=30)
    assert run(who_has(web(world), ana.session)) is None


def test_when_it_was_seen_is_written_every_few_minutes_only(world: World) -> None:
    opened = founded(world)
    began = world.now
    for minutes, seen in ((4, 0), (1, 5), (4, 5), (1, 10)):
        world.later(minutes=minutes)
        principal = who(world, opened)
        (row,) = run(world.store.sessions(principal.person))
        assert row.seen_at == began + timedelta(minutes=seen)


def test_what_changes_in_rights_holds_from_the_next_request_on(world: World) -> None:
    opened = founded(world)
    olga = opened.person
    run(world.store.remove_grant(Grant("team", "owner", olga.id), _leaf(world)))
    run(people.set_operator(world.ports, olga.id, False))
    principal = who(world, opened)
    assert (principal.roles, principal.operator) == ({}, False)
    run(people.suspend(world.ports, olga.id))
    assert run(who_has(web(world), opened.session)) is None
    run(people.reinstate(world.ports, olga.id))
    assert run(who_has(web(world), opened.session)) is None
    assert refused(redeem(web(world), "guess", HERE)).code == "link_spent"


def _leaf(world: World) -> Any:
    from exchange.flows.people.logged import role_leaf

    return role_leaf(Grant("team", "owner", "x"), world.now, "s" * 22, on=False)


def test_who_is_suspended_does_not_come_in_by_a_link_they_still_have(world: World) -> None:
    ana = run(people.add(world.ports, "Ana", "ana@example.org"))
    _, mail = mailed(world, "ana@example.org")
    run(people.suspend(world.ports, ana.id))
    assert refused(redeem(web(world), mail.secret, HERE)).code == "account_suspended"
    assert counts(world)[1] == 0


def test_sessions_are_ended_by_their_person_and_nobody_else(world: World) -> None:
    olga = founded(world)
    run(people.add(world.ports, "Ana", "ana@example.org"))
    ana, also = (run(redeem(web(world), mailed(world, "ana@example.org")[1].secret, HERE)) for _ in range(2))
    as_ana = replace(world.ports, who=who(world, ana))
    as_eve = replace(world.ports, who=Principal("eve", "link", roles={"team": "owner"}))
    for flow in (sessions(as_eve, ana.person.id), end_all(as_eve, ana.person.id)):
        assert isinstance(refused(flow), ForbiddenError)
    listed = run(sessions(as_ana, ana.person.id))
    assert len(listed) == 2
    other = next(row.hash for row in listed if row.hash != as_ana.who.session)
    assert refused(end(as_ana, ana.person.id, other[:7])).code == "unknown_session"
    assert refused(end(as_ana, ana.person.id, who(world, olga).session)).code == "unknown_session"
    run(end(as_ana, ana.person.id, other[:12]))
    assert run(who_has(web(world), also.session)) is None
    third = run(redeem(web(world), mailed(world, "ana@example.org")[1].secret, HERE))
    assert run(end_all(as_ana, ana.person.id)) == 1
    assert run(who_has(web(world), third.session)) is None
    run(sign_out(web(world), ana.session))
    assert run(who_has(web(world), ana.session)) is None
    assert who(world, olga).name == "Olga Operator"


def test_a_role_may_be_granted_by_address_before_its_owner_ever_came(world: World) -> None:
    founded(world)
    run(people.add(world.ports, "Ana", "ana@example.org"))
    run(roles.grant(world.ports, "team", "ana@example.org", "issuer"))
    ana = run(redeem(web(world), mailed(world, "ana@example.org")[1].secret, HERE))
    assert who(world, ana).roles == {"team": "issuer"}
    with pytest.raises(ConflictError):
        run(roles.grant(world.ports, "team", "ana@example.org", "issuer"))
