"""Signing in: links and codes that work once, who may have them, and what an asker can learn of others."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.errors import ConflictError, ExchangeError, ForbiddenError, InputError, TooManyError
from exchange.flows.badges.award import Order, award
from exchange.flows.issuers.sync import sync
from exchange.flows.people import people, roles
from exchange.flows.people.records import NOBODY, Browser, Grant, Person, Principal
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sessions import end, end_all, sessions
from exchange.flows.sign_in.sign_in import (
    Introduction,
    Opened,
    ask,
    make_link,
    redeem,
    redeem_code,
    sign_out,
    who_has,
)
from tests.simulator import World, run
from tests.team import TEAM

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


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


# --- the first operator -----------------------------------------------------------------------------------


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
    assert refused(people.set_operator(world.ports, olga.id, False)).code == "last_operator"
    ben = run(people.add(world.ports, "Ben", "ben@example.org"))
    ben = run(people.set_operator(world.ports, ben.id, True))
    run(people.set_operator(world.ports, olga.id, False))
    assert refused(make_link(world.ports)).code == "operator_gone"
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


# --- by mail ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["link", "code"])
def test_who_was_invited_comes_in_by_mail_and_has_verified_the_address(world: World, way: str) -> None:
    ana = run(people.add(world.ports, "Ana", "Ana@Example.org", "ana"))
    nonce, mail = mailed(world, " ANA@example.ORG ")
    assert (mail.kind, mail.to) == ("sign-in", "ana@example.org")
    if way == "link":
        opened = run(redeem(web(world), mail.secret, HERE))
    else:
        opened = run(redeem_code(web(world), nonce, f"{mail.code[:3]} {mail.code[3:]}", HERE))
    assert opened.person == ana
    (address,) = run(world.store.addresses(ana.id))
    assert address.verified_at == world.now
    assert who(world, opened).method == way
    for again in (redeem(web(world), mail.secret, HERE), redeem_code(web(world), nonce, mail.code, HERE)):
        assert isinstance(refused(again), InputError)
    assert counts(world)[1] == 1


@pytest.mark.parametrize(
    ("sign_up", "address", "kind"),
    [
        ("invited", "new@example.org", "no-account"),
        ("invited", "earned@example.org", "sign-in"),
        ("anyone", "new@example.org", "sign-in"),
        ("domains:example.net,example.org", "new@example.org", "sign-in"),
        ("domains:example.org", "new@sub.example.org", "no-account"),
        ("domains:example.org", "new@example.com", "no-account"),
        ("domains:example.net", "earned@example.org", "sign-in"),
        ("anyone", "suspended@example.org", "suspended"),
    ],
)
def test_who_may_get_an_account(world: World, sign_up: str, address: str, kind: str) -> None:
    world.sign_up = sign_up
    run(award(world.ports, Order("team", "lead", "earned@example.org")))
    run(people.suspend(world.ports, run(people.add(world.ports, "S", "suspended@example.org")).id))
    before = counts(world)
    nonce, mail = mailed(world, address)
    assert (mail.kind, mail.to) == (kind, address)
    assert bool(mail.secret) == bool(mail.code) == (kind == "sign-in")
    assert counts(world) == (before[0], before[1], before[2] + 1, before[3])
    if kind == "sign-in":
        opened = run(redeem(web(world), mail.secret, HERE))
        assert opened.person.name == address.partition("@")[0]
        assert not opened.person.operator
    else:
        assert refused(redeem_code(web(world), nonce, "000000", HERE)).code == "code_wrong"
        assert counts(world)[0] == before[0]


def test_asking_does_the_same_whoever_it_is_for(world: World) -> None:
    """The writes, the reads and the mails are as many, so an answer tells nothing by its time either."""
    run(people.add(world.ports, "Ana", "ana@example.org"))
    run(people.suspend(world.ports, run(people.add(world.ports, "S", "suspended@example.org")).id))
    done = []
    for address in ("ana@example.org", "suspended@example.org", "nobody@example.org"):
        calls: list[str] = []
        store = _Noting(world.store, calls)
        ports = replace(web(world), store=store)  # type: ignore[arg-type]
        nonce = run(ask(ports, address, HERE))
        writes = [call for call in calls if call in ("hit", "put_ticket", "badges_to", "address")]
        done.append((writes, len(nonce), len(mails(world))))
    assert done[0][0] == done[1][0] == done[2][0] == ["hit", "badges_to", "address", "put_ticket"]
    assert {length for _, length, _ in done} == {len(nonce)}
    assert [mails for *_, mails in done] == [1, 2, 3]


class _Noting:
    def __init__(self, store: Any, calls: list[str]) -> None:
        self._store, self._calls = store, calls

    def __getattr__(self, name: str) -> Any:
        self._calls.append(name)
        return getattr(self._store, name)


def test_a_code_is_for_the_browser_that_asked_and_for_five_tries(world: World) -> None:
    run(people.add(world.ports, "Ana", "ana@example.org"))
    nonce, mail = mailed(world, "ana@example.org")
    other, _ = mailed(world, "ben@example.org")
    assert refused(redeem_code(web(world), other, mail.code, HERE)).code == "code_wrong"
    assert refused(redeem_code(web(world), "", mail.code, HERE)).code == "code_wrong"
    wrong = f"{(int(mail.code) + 1) % 1_000_000:06d}"
    for _ in range(4):
        assert refused(redeem_code(web(world), nonce, wrong, HERE)).code == "code_wrong"
    assert counts(world)[1] == 0
    assert run(redeem_code(web(world), nonce, mail.code, HERE)).person.name == "Ana"

    nonce, mail = mailed(world, "ana@example.org")
    for _ in range(5):
        refused(redeem_code(web(world), nonce, wrong if wrong != mail.code else "000000", HERE))
    assert refused(redeem_code(web(world), nonce, mail.code, HERE)).code == "code_wrong"
    assert refused(redeem(web(world), mail.secret, HERE)).code == "link_spent"
    assert counts(world)[1] == 1


def test_mails_are_good_for_a_quarter_of_an_hour(world: World) -> None:
    run(people.add(world.ports, "Ana", "ana@example.org"))
    nonce, mail = mailed(world, "ana@example.org")
    world.later(minutes=15)
    assert refused(redeem_code(web(world), nonce, mail.code, HERE)).code == "code_wrong"
    _, mail = mailed(world, "ana@example.org")
    world.later(minutes=15)
    assert refused(redeem(web(world), mail.secret, HERE)).code == "link_spent"
    assert counts(world)[1] == 0


def test_mails_are_limited_by_address_whoever_has_an_account(world: World) -> None:
    run(people.add(world.ports, "Ana", "ana@example.org"))
    for address in ("ana@example.org", "nobody@example.org"):
        for n in range(5):
            mailed(world, address, Browser("", f"192.0.{n}.0/24"))
        error = refused(ask(web(world), address.upper(), Browser("", "198.51.100.0/24")))
        assert isinstance(error, TooManyError)
        assert error.retry_after == 900
    assert len(mails(world)) == 10
    mailed(world, "ben@example.org")
    world.later(minutes=15)
    mailed(world, "ana@example.org")


def test_mails_and_tries_are_limited_by_network(world: World) -> None:
    for n in range(30):
        mailed(world, f"a{n}@example.org")
    assert refused(ask(web(world), "more@example.org", HERE)).code == "too_many"
    for _ in range(60):
        refused(redeem(web(world), "guess", HERE))
    assert refused(redeem_code(web(world), "guess", "000000", HERE)).code == "too_many"
    secret = link(world)
    assert run(redeem(web(world), secret, Browser("", "198.51.100.0/24"), OLGA)).person.operator


def test_counts_name_nobody(world: World) -> None:
    mailed(world, "ana@example.org")
    assert not any("ana" in key or "192" in key for key in world.store._rates)


# --- sessions ---------------------------------------------------------------------------------------------


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
    ben = run(people.add(world.ports, "Ben", "ben@example.org"))
    run(people.set_operator(world.ports, ben.id, True))
    run(world.store.put_grant(Grant("team", "owner", ben.id), _leaf(world)))
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
