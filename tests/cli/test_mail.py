"""`exchange mail …`: what waits and why, and what to do about it; and the flags that keep it silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.errors import RefusedError, UnavailableError
from exchange.flows.instance.standing import Hold
from exchange.flows.mail.post import sign_in_mail
from exchange.flows.people import people
from exchange.flows.people.records import Erasure
from exchange.flows.records import HELD
from tests.cli.conftest import Terminal, first_badge
from tests.simulator import run


def test_a_list_says_what_waits_and_send_sends_it(terminal: Terminal) -> None:
    assert terminal("mail", "list").out == "waiting: 0, given up: 0\n"
    terminal.award(to="ann@acme.internal")
    listed = terminal("mail", "list")
    assert "waiting: 1, given up: 0\naward for ann@acme.internal (" in listed.out
    assert "waits since 2026-11-21T09:30:00Z" in listed.out
    done = terminal("mail", "send")
    assert (done.status, done.out) == (0, "sent: 1, not sent: 0\n")
    assert [letter.to for letter in terminal.world.mailer.letters] == ["ann@acme.internal"]
    assert terminal("mail", "list", "--json").json == {"waiting": 0, "given_up": 0, "mails": []}


def test_what_failed_says_why_and_can_be_tried_again(terminal: Terminal) -> None:
    terminal.award(to="ann@acme.internal")
    terminal.world.mailer.fails = UnavailableError("mail_unavailable", "mx said: 450 Come again")
    assert terminal("mail", "send").status == 1
    put_off = terminal("mail", "list").out
    assert "! award for ann@acme.internal (" in put_off
    assert "tried 1 times, next 2026-11-21T09:30:" in put_off
    assert "    mx said: 450 Come again\n" in put_off
    terminal.world.mailer.fails = RefusedError("mail_refused", "mx said: 550 No such mailbox")
    assert terminal("mail", "retry").out.startswith("due again: 1\n")
    assert terminal("mail", "send").status == 1
    given_up = terminal("mail", "list", "--json").json
    assert (given_up["waiting"], given_up["given_up"]) == (0, 1)
    (one,) = given_up["mails"]
    assert (one["mail"], one["to"], one["reason"]) == (
        "award",
        "ann@acme.internal",
        "mx said: 550 No such mailbox",
    )
    assert one["givenUp"] == "2026-11-21T09:30:00Z"
    terminal.world.mailer.fails = None
    assert terminal("mail", "retry", one["id"], "--json").json == {"due": 1}
    assert terminal("mail", "send").status == 0
    assert [letter.id for letter in terminal.world.mailer.letters] == [one["id"]]
    gone = terminal("mail", "retry", one["id"])
    assert gone.status == 3
    assert "can be tried again: there is none" in gone.err


def test_a_list_shows_no_secret_and_nobody_who_was_erased(terminal: Terminal) -> None:
    world = terminal.world
    for to in ("ann@acme.internal", "ben@acme.internal"):
        run(world.store.post([sign_in_mail(world.ports, to, "the-secret", "123456", world.now)]))
    ben = run(people.add(world.ports, "Ben", "ben@acme.internal"))
    run(world.store.erase(Erasure("e", (ben.id,), ())))
    for flags in ((), ("--json",)):
        shown = terminal("mail", "list", *flags).out
        assert "sign-in" in shown
        assert "ann@acme.internal" in shown
        assert not any(word in shown for word in ("the-secret", "123456", "ben@"))


def test_a_test_goes_out_at_once_and_past_the_outbox(terminal: Terminal) -> None:
    done = terminal("mail", "test", "ann@acme.internal")
    assert (done.status, done.out) == (0, "✓ handed on for ann@acme.internal\n")
    (letter,) = terminal.world.mailer.letters
    assert letter.subject == "A test from localhost:8000"
    terminal.world.mailer.fails = UnavailableError("mail_unavailable", "The mail server is away.")
    failed = terminal("mail", "test", "ann@acme.internal")
    assert failed.status == 1
    assert failed.err.startswith("error: The mail server is away.\n")
    assert run(terminal.world.store.count_undelivered()) == (0, 0)


@pytest.mark.parametrize("action", ["send", "retry"])
def test_a_read_only_exchange_sends_nothing_and_says_why(terminal: Terminal, action: str) -> None:
    terminal.award(to="ann@acme.internal")
    terminal.world.store._meta[HELD] = Hold("restored").to_text()
    done = terminal("mail", action)
    assert done.status == 1
    assert "read-only" in done.err
    assert terminal.world.mailer.letters == []


def test_no_mail_tells_nobody(terminal: Terminal) -> None:
    key = terminal.award("--no-mail", to="ann@acme.internal")["id"]
    for verb in ("suspend", "reinstate", "revoke"):
        assert terminal(verb, key, "--reason", "why", "--no-mail").status == 0
    assert terminal("mail", "list").out == "waiting: 0, given up: 0\n"


@pytest.mark.parametrize("flags", [(), ("--no-mail",)])
def test_a_file_of_recipients_too(terminal: Terminal, tmp_path: Path, flags: tuple[str, ...]) -> None:
    people = tmp_path / "people"
    people.write_text("ann@acme.internal\nben@acme.internal\n")
    order = ("award", first_badge(), "--to-file", people, "--evidence", "https://example.org/work")
    assert terminal(*order, *flags).status == 0
    assert terminal("mail", "list", "--json").json["waiting"] == (0 if flags else 2)


def test_every_change_of_status_is_told(terminal: Terminal) -> None:
    key = terminal.award(to="ann@acme.internal")["id"]
    for verb in ("suspend", "reinstate", "revoke"):
        terminal(verb, key, "--reason", "why")
    found = terminal("mail", "list", "--json").json["mails"]
    assert [one["mail"] for one in found] == ["award", "suspend", "reinstate", "revoke"]
