"""Passkeys: made and removed by who has just proved that it is them, and good for signing in until then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import ExchangeError
from exchange.flows.people import people
from exchange.flows.people.records import NOBODY, Browser, Passkey, Person
from exchange.flows.ports import Ports
from exchange.flows.sign_in import passkeys, sign_in, tokens
from tests.adapters.authenticator import Authenticator
from tests.simulator import World, run

HERE = Browser("Firefox, Linux", "192.0.2.0/24")


class Ana:
    """Somebody with an account and a phone; `ports` are hers while she is signed in."""

    def __init__(self, world: World, handle: str = "ana") -> None:
        self.world = world
        self.person: Person = run(people.add(world.ports, handle.title(), f"{handle}@example.org", handle))
        self.phone = Authenticator(id=f"the phone of {handle}".encode())
        self.session = self.enter().session

    def enter(self, method: Any = "code", session: str = "") -> sign_in.Opened:
        browser = replace(HERE, session=session)
        return run(sign_in.open_session(self.world.ports, self.person, method, browser))

    @property
    def ports(self) -> Ports:
        who = run(sign_in.who_has(web(self.world), self.session))
        assert who is not None
        return replace(self.world.ports, who=who)

    def register(self) -> Passkey:
        secret, options = run(passkeys.begin_registration(self.ports, "net"))
        return run(passkeys.register(self.ports, secret, self.phone.create(options), "Phone"))

    def answer(self) -> tuple[str, dict[str, Any]]:
        secret, options = run(passkeys.begin_sign_in(web(self.world), HERE))
        return secret, self.phone.get(options)


def web(world: World) -> Ports:
    return replace(world.ports, who=NOBODY)


def refused(flow: Any) -> str:
    with pytest.raises(ExchangeError) as error:
        run(flow)
    return error.value.code


@pytest.fixture
def ana() -> Ana:
    return Ana(World())


def test_a_passkey_that_was_made_signs_in(ana: Ana) -> None:
    made = ana.register()
    assert (made.person, made.name, made.created_at) == (ana.person.id, "Phone", ana.world.now)
    ana.world.later(days=1)
    opened = run(passkeys.sign_in(web(ana.world), *ana.answer(), HERE))
    who = run(sign_in.who_has(web(ana.world), opened.session))
    assert who is not None
    assert (who.person, who.method, who.confirmed_at) == (ana.person.id, "passkey", ana.world.now)
    (known,) = run(passkeys.passkeys(ana.ports))
    assert known.last_used_at == ana.world.now


def test_an_answer_is_good_once_in_its_browser_and_for_ten_minutes(ana: Ana) -> None:
    ana.register()
    secret, answer = ana.answer()
    sessions = len(ana.world.store._sessions)
    assert refused(passkeys.sign_in(web(ana.world), "", answer, HERE)) == "ceremony_over"
    assert refused(passkeys.sign_in(web(ana.world), ana.answer()[0], answer, HERE)) == "passkey_refused"
    assert len(ana.world.store._sessions) == sessions
    run(passkeys.sign_in(web(ana.world), secret, answer, HERE))
    assert refused(passkeys.sign_in(web(ana.world), secret, answer, HERE)) == "ceremony_over"
    late = ana.answer()
    ana.world.later(minutes=10)
    assert refused(passkeys.sign_in(web(ana.world), *late, HERE)) == "ceremony_over"
    assert len(ana.world.store._sessions) == sessions + 1


def test_a_registration_ends_only_where_and_by_whom_it_was_begun(ana: Ana) -> None:
    eve = Ana(ana.world, "eve")
    secret, options = run(passkeys.begin_registration(eve.ports, "net"))
    answer = eve.phone.create(options)
    assert refused(passkeys.register(ana.ports, secret, answer, "Phone")) == "ceremony_over"
    assert refused(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)) == "passkey_unknown"
    signing, _ = run(passkeys.begin_sign_in(web(ana.world), HERE))
    assert refused(passkeys.register(ana.ports, signing, answer, "Phone")) == "ceremony_over"
    assert ana.world.store._passkeys == {}


def test_a_counter_that_goes_back_is_noticed(ana: Ana) -> None:
    ana.phone.counter = 5
    ana.register()
    assert refused(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)) == "passkey_counter"
    ana.phone.counter = 6
    assert run(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)).person.id == ana.person.id


def test_who_is_suspended_stays_out(ana: Ana) -> None:
    ana.register()
    run(people.suspend(ana.world.ports, ana.person.id))
    assert refused(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)) == "account_suspended"
    assert ana.world.store._sessions == {}


def test_removing_a_passkey_ends_every_other_session(ana: Ana) -> None:
    made = ana.register()
    ana.session = run(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)).session
    ben = Ana(ana.world, "ben")
    elsewhere = ana.enter().session
    run(passkeys.remove(ana.ports, made.id))
    ports = web(ana.world)
    assert run(sign_in.who_has(ports, elsewhere)) is None
    assert run(sign_in.who_has(ports, ana.session)) is not None
    assert run(sign_in.who_has(ports, ben.session)) is not None
    assert refused(passkeys.sign_in(ports, *ana.answer(), HERE)) == "passkey_unknown"
    assert refused(passkeys.remove(ana.ports, made.id)) == "unknown_passkey"


def test_nobody_removes_the_passkey_of_another(ana: Ana) -> None:
    made = ana.register()
    eve = Ana(ana.world, "eve")
    assert refused(passkeys.remove(eve.ports, made.id)) == "unknown_passkey"
    assert run(passkeys.passkeys(ana.ports)) == [made]
    assert run(sign_in.who_has(web(ana.world), ana.session)) is not None


def test_changes_take_somebody_who_has_just_proved_that_it_is_them(ana: Ana) -> None:
    made = ana.register()
    ana.world.later(minutes=11)
    for _ in range(2):
        assert refused(passkeys.begin_registration(ana.ports, "net")) == "confirmation_needed"
        assert refused(passkeys.register(ana.ports, "x", {}, "Phone")) == "confirmation_needed"
        assert refused(passkeys.remove(ana.ports, made.id)) == "confirmation_needed"
        ana.session = ana.enter("code", ana.session).session  # a mail proves too little: she has a passkey
    ana.session = run(passkeys.sign_in(web(ana.world), *ana.answer(), HERE)).session
    ana.world.later(minutes=10)
    run(passkeys.remove(ana.ports, made.id))
    assert run(passkeys.passkeys(ana.ports)) == []


def test_who_lost_every_passkey_is_let_in_by_a_link_of_the_shell(ana: Ana) -> None:
    made = ana.register()
    link = run(sign_in.make_link(ana.world.ports, ana.person))
    ana.session = run(sign_in.redeem(web(ana.world), link.partition("#")[2], HERE)).session
    run(passkeys.remove(ana.ports, made.id))
    assert run(passkeys.passkeys(ana.ports)) == []


def test_a_token_changes_no_passkeys(ana: Ana) -> None:
    made = ana.register()
    _, token = run(tokens.add(ana.ports, ana.person.id, "robot", ("people",)))
    who = run(tokens.who_holds(web(ana.world), token))
    assert who is not None
    robot = replace(ana.world.ports, who=replace(who, confirmed_at=ana.world.now))
    assert refused(passkeys.passkeys(robot)) == "not_permitted"
    assert refused(passkeys.begin_registration(robot, "net")) == "not_permitted"
    assert refused(passkeys.remove(robot, made.id)) == "not_permitted"


def test_there_is_an_end_to_passkeys(ana: Ana) -> None:
    for number in range(passkeys.MOST):
        ana.phone = Authenticator(id=b"%d" % number)
        ana.register()
    assert refused(passkeys.begin_registration(ana.ports, "net")) == "passkeys_too_many"
