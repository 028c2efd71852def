"""Vouches at a terminal: what the pages do, recorded by the exchange, and never unseen by who gives it."""

from __future__ import annotations

import pytest

from exchange.flows.log.fsck import fsck
from exchange.flows.mail.post import mail_in
from exchange.flows.people.people import suspend
from exchange.flows.people.records import Address, Person
from tests.cli.conftest import Terminal
from tests.simulator import run

ORDER = ("--offer", "vouches/delivery", "--relationship", "other-team", "--words", "Led the move.")


@pytest.fixture
def town(terminal: Terminal) -> Terminal:
    for name in ("ana", "ben", "cleo"):
        person = Person(terminal.world.ports.new_id(), name.title(), terminal.world.now)
        address = Address(f"{name}@example.org", person.id, terminal.world.now)
        run(terminal.world.store.put_person(person, [address]))
    return terminal


def mails(town: Terminal) -> list[tuple[str, str]]:
    found = [one.parcel for one in run(town.world.store.undelivered(99))]
    return [(one.recipient, mail_in(one)) for one in found if "vouch" in mail_in(one)]


def give(town: Terminal, *more: str) -> str:
    done = town("vouches", "give", "ben@example.org", "--as", "ana@example.org", *ORDER, "--json", *more)
    assert done.status == 0, done.err
    return str(done.json["id"])


def test_what_is_recorded_for_somebody_says_so_and_they_hear_of_it(town: Terminal) -> None:
    assert "vouches/delivery" in town("vouches", "offers").out
    id = give(town)
    assert mails(town) == [("ben@example.org", "vouched"), ("ana@example.org", "vouch-recorded")]
    seen = town("vouches", "view", id, "--json").json
    assert (seen["signedBy"], seen["state"], seen["giver"]) == ("exchange", "active", "Ana")
    assert "recorded by the exchange" in town("vouches", "view", id).out
    listed = town("vouches", "list", "ana@example.org").out
    assert listed.splitlines()[0] == "1 of 5 in use"
    assert f"to Ben, until 2027-11-21: {id}" in listed
    assert "by Ana" in town("vouches", "list", "ben@example.org").out
    assert run(fsck(town.world.ports)).sound


def test_it_is_shown_hidden_and_withdrawn_by_whose_it_is(town: Terminal) -> None:
    id = give(town).rpartition("/")[2]
    for act, who in (("hide", "ana"), ("withdraw", "ben"), ("withdraw", "cleo"), ("show", "cleo")):
        refused = town("vouches", act, id, "--as", f"{who}@example.org", "--json")
        assert (refused.status, refused.json["error"]["code"]) == (3, "unknown_vouch")
    assert town("vouches", "hide", id, "--as", "ben@example.org", "--json").json["displayed"] is False
    assert "not displayed" in town("vouches", "list", "ana@example.org").out
    assert town("vouches", "show", id, "--as", "ben@example.org", "--json").json["displayed"] is True
    before = mails(town)
    assert town("vouches", "withdraw", id, "--as", "ana@example.org").status == 0
    told = [("ben@example.org", "vouch-withdrawn"), ("ana@example.org", "vouch-taken-back")]
    assert mails(town)[len(before) :] == told
    assert town("vouches", "withdraw", id, "--as", "ana@example.org").status == 1
    assert "0 of 5 in use" in town("vouches", "list", "ana@example.org").out
    assert run(fsck(town.world.ports)).sound


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("give", "ana@example.org", "--as", "ana@example.org", *ORDER), "vouch_self"),
        (("give", "nobody@example.org", "--as", "ana@example.org", *ORDER), "unknown_receiver"),
        (("give", "ben@example.org", "--as", "nobody@example.org", *ORDER), "unknown_person"),
        (("give", "ben@example.org", "--as", "cleo@example.org", *ORDER), "account_suspended"),
        (("list", "cleo@example.org"), "account_suspended"),
        (("view", "nothing"), "unknown_badge"),
    ],
)
def test_what_is_refused_leaves_nothing(town: Terminal, arguments: tuple[str, ...], code: str) -> None:
    run(suspend(town.world.ports, "cleo@example.org"))
    size = run(town.world.store.log_size())
    refused = town("vouches", *arguments, "--json")
    assert (refused.status in (1, 3), refused.json["error"]["code"]) == (True, code)
    assert run(town.world.store.log_size()) == size
    assert mails(town) == []


def test_a_badge_of_an_issuer_is_no_vouch(town: Terminal) -> None:
    assert town("vouches", "view", town.award()["id"], "--json").json["error"]["code"] == "no_vouch"
