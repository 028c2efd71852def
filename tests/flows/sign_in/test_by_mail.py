"""Links and codes by mail that work once, who may have them, and what an asker can learn of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import InputError, TooManyError
from exchange.flows.badges.award import Order, award
from exchange.flows.people import people
from exchange.flows.people.records import Browser
from exchange.flows.sign_in.sign_in import ask, redeem, redeem_code
from tests.flows.sign_in.arriving import HERE, OLGA, counts, link, mailed, mails, refused, web, who
from tests.simulator import World, run


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
