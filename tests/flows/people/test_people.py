"""People: their addresses and badges, two accounts of one person, teams and roles; and the log."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import ForbiddenError, NotFoundError
from exchange.flows.badges.award import Order, award
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.people import people, roles, teams
from exchange.flows.people.records import SCOPES, Grant, Member, Role
from exchange.flows.ports import Ports
from exchange.flows.sign_in import tokens
from exchange.flows.sign_in.sign_in import Introduction, redeem
from tests.flows.people.company import acting, invited, is_sound, signed_in, sure
from tests.flows.sign_in.arriving import HERE, link, mails, refused, web
from tests.simulator import World, run
from tests.team import TEAM


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM, replace(TEAM, slug="other")]))
    return world


# --- names and addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "handle", ["", "a", "-ana", "ana-", "Ana!", "ana.lima", "x" * 41, "añа", "a b", "ＡＮＡ"]
)
def test_a_handle_has_one_form(world: World, handle: str) -> None:
    assert refused(people.change(world.ports, invited(world, "ana").id, handle=handle or " ")).at == "handle"


def test_people_change_what_they_are_called_and_others_do_not(world: World) -> None:
    ana, ben = invited(world, "ana", "ana"), invited(world, "ben")
    changed = run(
        people.change(acting(world, ana), ana.id, name=" Ana  Lima ", handle="Ana-Lima", language="pt")
    )
    assert (changed.name, changed.handle, changed.language) == ("Ana Lima", "ana-lima", "pt")
    assert run(people.find(world.ports, "ana-lima")) == changed
    assert refused(people.change(acting(world, ben), ben.id, handle="ana-lima")).code == "handle_taken"
    for flow in (
        people.change(acting(world, ben), ana.id, name="Eve"),
        people.view(acting(world, ben), ana.id),
        people.badges(acting(world, ben), ana.id),
        people.prefer_address(acting(world, ben), ana.id, "ana@example.org"),
        people.remove_address(acting(world, ben), ana.id, "ana@example.org"),
        people.add_address(acting(world, ben), ana.id, "ben@example.org"),
        people.people(acting(world, ben)),
        people.add(acting(world, ben), "Eve", "eve@example.org"),
        people.suspend(acting(world, ben), ana.id),
        people.set_operator(acting(world, ben), ben.id, True),
        tokens.add(acting(world, ben), ana.id, "mine", ["read"]),
        tokens.tokens(acting(world, ben), ana.id),
    ):
        assert isinstance(refused(flow), ForbiddenError)
    assert run(world.store.person(ana.id)) == changed
    assert run(people.change(acting(world, ana), ana.id, handle="")).handle is None


def test_badges_are_found_by_every_address_that_was_verified_former_ones_too(world: World) -> None:
    for to in ("Ana@Example.org", "a.lima@example.com", "ben@example.org"):
        run(award(world.ports, Order("team", "lead", to)))
    ports = signed_in(world, "ana@example.org")
    me = ports.who.person

    def mine() -> list[str]:
        return [badge.recipient for badge in run(people.badges(ports, me))]

    assert mine() == ["mailto:Ana@example.org"]
    run(people.add_address(ports, me, "A.Lima@example.com"))
    mail = mails(world)[-1]
    assert (mail.kind, mail.to) == ("address", "a.lima@example.com")
    assert mine() == ["mailto:Ana@example.org"]
    run(people.verify_address(ports, mail.secret))
    assert mine() == ["mailto:Ana@example.org", "mailto:a.lima@example.com"]
    assert refused(people.remove_address(ports, me, "ana@example.org")).code == "address_needed"
    run(people.prefer_address(ports, me, "a.lima@example.com"))
    run(people.remove_address(ports, me, "ana@example.org"))
    assert mine() == ["mailto:Ana@example.org", "mailto:a.lima@example.com"]
    assert signed_in(world, "a.lima@example.com").who.person == me


def test_a_former_address_lets_nobody_into_the_account_it_was_of(world: World) -> None:
    ports = signed_in_with_two(world)
    run(people.remove_address(ports, ports.who.person, "old@example.org"))
    with pytest.raises(NotFoundError):
        run(people.find(world.ports, "old@example.org"))
    world.sign_up = "anyone"
    other = signed_in(world, "old@example.org")
    assert other.who.person != ports.who.person
    assert [one.address for one in run(world.store.addresses(ports.who.person))] == ["ana@example.org"]


def signed_in_with_two(world: World) -> Ports:
    invited(world, "ana")
    ports = signed_in(world, "ana@example.org")
    run(people.add_address(ports, ports.who.person, "old@example.org"))
    run(people.verify_address(ports, mails(world)[-1].secret))
    return ports


def test_an_address_is_verified_by_who_asked_and_nobody_who_is_sent_the_link(world: World) -> None:
    """Eve asks for Ana's address; Ana follows the link without thinking. Her badges stay hers."""
    run(award(world.ports, Order("team", "lead", "ana@example.org")))
    invited(world, "eve")
    eve = signed_in(world, "eve@example.org")
    run(people.add_address(eve, eve.who.person, "ana@example.org"))
    secret = mails(world)[-1].secret
    ana = signed_in(world, "ana@example.org")
    world.now = mails(world)[-2].expires_at  # just before her link ends
    world.later(minutes=-1)
    for ports in (ana, web(world), world.ports):
        assert refused(people.verify_address(ports, secret, merge=True)).code == "not_your_link"
        assert refused(redeem(web(world), secret, HERE)).code == "link_spent"
    assert [badge.recipient for badge in run(people.badges(ana, ana.who.person))] == [
        "mailto:ana@example.org"
    ]
    assert run(people.badges(eve, eve.who.person)) == []
    world.later(minutes=1)
    assert refused(people.verify_address(eve, secret)).code == "link_spent"


# --- two accounts that are one person ---------------------------------------------------------------------


def test_two_accounts_become_one_and_lose_nothing(world: World) -> None:
    for to in ("ana@example.org", "work@example.org"):
        run(award(world.ports, Order("team", "lead", to)))
    work = signed_in(world, "work@example.org")
    ana = signed_in(world, "ana@example.org")
    run(people.change(work, work.who.person, handle="ana"))
    run(teams.add(world.ports, "blue", "Blue"))
    run(teams.join(world.ports, "blue", work.who.person, lead=True))
    run(teams.join(world.ports, "blue", ana.who.person))
    run(roles.grant(world.ports, "team", work.who.person, "editor"))
    run(roles.grant(world.ports, "team", ana.who.person, "viewer"))
    run(roles.grant(world.ports, "other", ana.who.person, "owner"))
    run(people.add_address(ana, ana.who.person, "work@example.org"))
    secret = mails(world)[-1].secret

    size = run(world.store.log_size())
    assert refused(people.verify_address(ana, secret)).code == "address_of_another_account"
    assert (len(run(world.store.people())), run(world.store.log_size())) == (2, size)
    assert refused(people.verify_address(ana, secret, merge=True)).code == "confirmation_needed"
    assert (len(run(world.store.people())), run(world.store.log_size())) == (2, size)
    one = run(people.verify_address(sure(ana), secret, merge=True))
    assert (one.id, one.handle) == (ana.who.person, "ana")
    assert run(world.store.people()) == [one]
    assert len(run(people.badges(ana, one.id))) == 2
    assert run(world.store.roles_of(one.id)) == {"team": "editor", "other": "owner"}
    assert run(world.store.memberships(one.id)) == [Member("blue", one.id, lead=True)]
    assert run(world.store.session(work.who.session)) is None
    assert run(world.store.session(ana.who.session)) is not None
    assert refused(people.verify_address(ana, secret, merge=True)).code == "link_spent"
    is_sound(world)


def of_two(world: World) -> tuple[Ports, Ports, str]:
    """Work and Ana, and the secret of the mail by which Ana takes Work's account into hers."""
    for to in ("ana@example.org", "work@example.org"):
        run(award(world.ports, Order("team", "lead", to)))
    work, ana = signed_in(world, "work@example.org"), signed_in(world, "ana@example.org")
    run(people.add_address(ana, ana.who.person, "work@example.org"))
    return work, ana, mails(world)[-1].secret


def meanwhile(world: World, change: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """That happens after a merge has read what there is, and before it is on record."""
    store, merged = world.store, world.store.merge

    async def after(*args: Any) -> None:
        store.merge = merged  # type: ignore[method-assign]
        await change()
        await merged(*args)

    store.merge = after  # type: ignore[method-assign]


@pytest.mark.parametrize("of", ["work", "ana"])
def test_a_role_taken_away_during_a_merge_does_not_come_back(world: World, of: str) -> None:
    work, ana, secret = of_two(world)
    who = {"work": work, "ana": ana}[of].who.person
    run(roles.grant(world.ports, "team", who, "editor"))
    meanwhile(world, lambda: roles.withdraw(world.ports, "team", who))
    one = run(people.verify_address(sure(ana), secret, merge=True))
    assert run(world.store.roles_of(one.id)) == {}
    is_sound(world)


@pytest.mark.parametrize("of", ["work", "ana"])
def test_what_is_granted_during_a_merge_is_not_lost(world: World, of: str) -> None:
    work, ana, secret = of_two(world)
    who = {"work": work, "ana": ana}[of].who.person
    run(teams.add(world.ports, "blue", "Blue"))

    async def granted() -> None:
        await roles.grant(world.ports, "other", who, "editor")
        await teams.join(world.ports, "blue", who, lead=True)

    meanwhile(world, granted)
    one = run(people.verify_address(sure(ana), secret, merge=True))
    assert run(world.store.roles_of(one.id)) == {"other": "editor"}
    assert run(world.store.memberships(one.id)) == [Member("blue", one.id, lead=True)]
    is_sound(world)


def test_a_suspended_account_does_not_slip_into_another(world: World) -> None:
    invited(world, "ana")
    bad = signed_in(world, "ana@example.org")
    invited(world, "ben")
    ben = signed_in(world, "ben@example.org")
    run(people.suspend(world.ports, bad.who.person))
    run(people.add_address(ben, ben.who.person, "ana@example.org"))
    secret = mails(world)[-1].secret
    size = run(world.store.log_size())
    assert refused(people.verify_address(sure(ben), secret, merge=True)).code == "account_suspended"
    assert len(run(world.store.people())) == 2
    assert run(world.store.log_size()) == size


# --- states -----------------------------------------------------------------------------------------------


def test_suspending_is_logged_and_done_once(world: World) -> None:
    ana = invited(world, "ana")
    size = run(world.store.log_size())
    run(people.suspend(world.ports, ana.id))
    assert refused(people.suspend(world.ports, ana.id)).code == "already_suspended"
    run(people.reinstate(world.ports, ana.id))
    assert refused(people.reinstate(world.ports, ana.id)).code == "already_active"
    told = [record.content for record in run(world.store.log_records(size, 9))]
    assert told == [{"account": ana.id, "state": state} for state in ("suspended", "active")]


def test_operators_are_made_by_operators_in_person(world: World) -> None:
    olga = run(redeem(web(world), link(world), HERE, Introduction("Olga", "olga@example.org"))).person
    ana = invited(world, "ana")
    token = replace(world.ports, who=replace(acting(world, olga).who, scopes=frozenset(SCOPES)))
    assert isinstance(refused(people.set_operator(token, ana.id, True)), ForbiddenError)
    assert isinstance(refused(people.suspend(token, olga.id)), ForbiddenError)
    assert refused(people.suspend(acting(world, olga), olga.id)).code == "own_account"
    run(people.set_operator(acting(world, olga), ana.id, True))
    assert refused(people.set_operator(acting(world, olga), ana.id, True)).code == "already_so"
    is_sound(world)
    run(people.set_operator(acting(world, olga), ana.id, False))
    is_sound(world)


# --- teams and roles --------------------------------------------------------------------------------------


def test_a_lead_takes_in_who_then_may_what_the_team_may(world: World) -> None:
    lead, ana, ben = invited(world, "lead"), invited(world, "ana"), invited(world, "ben")
    run(teams.add(world.ports, "red", "Red"))
    run(teams.join(world.ports, "red", lead.id, lead=True))
    run(roles.grant(world.ports, "team", "team/red", "issuer"))
    run(teams.join(acting(world, lead), "red", "ana@example.org"))
    assert run(world.store.roles_of(ana.id)) == {"team": "issuer"}
    for flow in (
        teams.join(acting(world, ana), "red", ben.id),
        teams.leave(acting(world, ana), "red", lead.id),
        teams.members(acting(world, ben), "red"),
        teams.remove(acting(world, lead), "red"),
        teams.add(acting(world, lead), "blue", "Blue"),
    ):
        assert isinstance(refused(flow), ForbiddenError)
    assert refused(teams.join(acting(world, lead), "red", ana.id)).code == "already_member"
    assert len(run(teams.members(acting(world, ana), "red"))) == 2
    is_sound(world)
    run(teams.leave(acting(world, ana), "red", ana.id))
    assert refused(teams.leave(acting(world, ana), "red", ana.id)).code == "no_member"
    assert run(world.store.roles_of(ana.id)) == {}
    run(teams.remove(world.ports, "red"))
    assert run(world.store.grants()) == []
    is_sound(world)


@pytest.mark.parametrize("role", ["viewer", "issuer", "editor"])
def test_who_is_less_than_an_owner_grants_nothing(world: World, role: Role) -> None:
    ana, ben = invited(world, "ana"), invited(world, "ben")
    for flow in (
        roles.grant(acting(world, ana, team=role), "team", ben.id, "viewer"),
        roles.grant(acting(world, ana, other="owner"), "team", ana.id, "owner"),
        roles.withdraw(acting(world, ana, team=role), "team", ben.id),
    ):
        assert isinstance(refused(flow), ForbiddenError)
    assert run(world.store.grants()) == []


def test_an_owner_grants_changes_and_withdraws_and_the_log_tells(world: World) -> None:
    ana, ben = invited(world, "ana"), invited(world, "ben")
    owner = acting(world, ana, team="owner")
    size = run(world.store.log_size())
    run(roles.grant(owner, "team", ben.id, "viewer"))
    run(roles.grant(owner, "team", ben.id, "editor"))
    assert refused(roles.grant(owner, "team", ben.id, "editor")).code == "already_granted"
    assert refused(roles.grant(owner, "team", ben.id, "king")).code == "unknown_role"
    assert refused(roles.grant(owner, "team", "nobody", "viewer")).code == "unknown_person"
    assert refused(roles.grant(owner, "team", "team/none", "viewer")).code == "unknown_team"
    assert refused(roles.grant(owner, "nowhere", ben.id, "viewer")).code == "unknown_issuer"
    assert run(roles.roles(owner, "team")) == [Grant("team", "editor", ben.id)]
    is_sound(world)
    run(roles.withdraw(owner, "team", ben.id))
    assert refused(roles.withdraw(owner, "team", ben.id)).code == "not_granted"
    told = [(record.content or {})["role"] for record in run(world.store.log_records(size, 9))]
    assert told == ["viewer", "editor", None]
    is_sound(world)


def test_the_last_owner_cannot_leave_while_nobody_who_can_come_in_is_another(world: World) -> None:
    ana, ben, cyd = (invited(world, name) for name in ("ana", "ben", "cyd"))
    run(teams.add(world.ports, "red", "Red"))
    run(roles.grant(world.ports, "other", ben.id, "owner"))
    run(roles.grant(world.ports, "team", ana.id, "owner"))
    run(roles.grant(world.ports, "team", cyd.id, "owner"))
    run(people.suspend(world.ports, cyd.id))
    run(roles.grant(world.ports, "team", "team/red", "owner"))  # nobody is in it
    before = run(world.store.grants("team"))
    for leaving in (
        roles.withdraw(acting(world, ana, team="owner"), "team", ana.id),
        roles.grant(acting(world, ana, team="owner"), "team", ana.id, "editor"),
        roles.withdraw(world.ports, "team", ana.id),
    ):
        assert refused(leaving).code == "last_owner"
    assert run(world.store.grants("team")) == before
    run(roles.withdraw(world.ports, "team", cyd.id))  # who is suspended can lose a role
    run(teams.join(world.ports, "red", ben.id))
    run(roles.withdraw(acting(world, ana, team="owner"), "team", ana.id))
    assert [one.holder for one in run(world.store.grants("team"))] == ["team/red"]
    is_sound(world)


def test_a_role_that_was_given_behind_the_logs_back_is_found(world: World) -> None:
    ana = invited(world, "ana")
    run(teams.add(world.ports, "red", "Red"))
    world.store._grants["team", f"account/{ana.id}"] = Grant("team", "owner", ana.id)
    world.store._members["red", ana.id] = Member("red", ana.id)
    world.store._people[ana.id] = replace(ana, operator=True)
    found = run(fsck(world.ports))
    assert [(one.code, one.at) for one in found.findings] == [
        ("not_logged", f"role/team/account/{ana.id}"),
        ("not_logged", f"member/red/{ana.id}"),
        ("not_logged", f"person/{ana.id}"),
    ]


def test_entries_about_people_name_nobody(world: World) -> None:
    size = run(world.store.log_size())
    ana = run(people.add(world.ports, "Anastasia", "anastasia@example.org", "anastasia"))
    run(roles.grant(world.ports, "team", "anastasia", "owner"))
    run(people.suspend(world.ports, "anastasia"))
    for record, about in world.store._log[size:]:
        assert "anastasia" not in f"{record}{about}".lower()
        assert f"account:{ana.id}" in about
