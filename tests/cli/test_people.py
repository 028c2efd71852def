"""`exchange people|teams|roles|tokens`: the same verbs as everywhere, for who has the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exchange.cli.arguments import build_parser
from exchange.flows.people.records import NOBODY, SCOPES, Browser
from exchange.flows.sign_in.sign_in import redeem
from tests.adapters.catalogues.test_portraits import photo
from tests.cli.conftest import Terminal
from tests.simulator import run


@pytest.fixture
def ana(terminal: Terminal) -> Terminal:
    assert terminal("people", "add", "Ana@example.org", "--name", "Ana Lima", "--handle", "ana").status == 0
    return terminal


def test_somebody_invited_is_listed_shown_and_changed(ana: Terminal) -> None:
    assert "✓ Ana Lima (ana, active)" in ana("people", "list").out
    assert ana("people", "change", "ana", "--name", "Ana L.", "--language", "pt").status == 0
    shown = ana("people", "show", "ana@example.org", "--json").json
    assert (shown["person"]["name"], shown["person"]["language"]) == ("Ana L.", "pt")
    assert [one["address"] for one in shown["addresses"]] == ["ana@example.org"]
    assert shown["addresses"][0]["verified_at"] is None


def test_somebody_gets_a_picture_and_loses_it(ana: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "me.png"
    file.write_bytes(photo(kind="PNG"))
    assert "with a picture: Ana Lima" in ana("people", "picture", "ana", str(file)).out
    assert len(ana("people", "show", "ana", "--json").json["person"]["picture"]) == 64
    file.write_bytes(b"no picture")
    assert ana("people", "picture", "ana", str(file)).status == 3
    assert ana("people", "picture", "ana", "--remove").status == 0
    assert ana("people", "show", "ana", "--json").json["person"]["picture"] == ""
    assert ana("people", "picture", "ana", "--remove").status != 0


def test_teams_and_roles_by_their_names(ana: Terminal) -> None:
    ana("teams", "add", "data-guild", "--name", "Data guild")
    ana("teams", "join", "data-guild", "ana", "--lead")
    assert ana("teams", "list").out == "data-guild: Data guild\n  ana (lead)\n"
    assert ana("roles", "grant", "atlas", "team/data-guild", "editor").status == 0
    assert ana("roles", "grant", "atlas", "ana", "viewer").status == 0
    assert ana("roles", "list", "atlas").out == "viewer ana\neditor team/data-guild\n"
    assert ana("people", "show", "ana", "--json").json["roles"] == {"atlas": "editor"}
    again = ana("roles", "grant", "atlas", "ana", "viewer")
    assert (again.status, "nothing was changed" in again.err) == (1, True)
    ana("teams", "leave", "data-guild", "ana")
    assert ana("people", "show", "ana", "--json").json["roles"] == {"atlas": "viewer"}
    assert ana("roles", "withdraw", "atlas", "ana").status == 0
    assert ana("teams", "remove", "data-guild").status == 0
    assert "Nobody has a role at atlas" in ana("roles", "list", "atlas").out
    assert ana("log", "fsck").status == 0


def test_somebody_is_erased_when_their_address_is_typed(
    ana: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = repr(ana.world.store)
    assert ana("people", "erase", "ana").status == 3
    assert ana("people", "erase", "ana", "--confirm", "ana").status == 3
    assert repr(ana.world.store) == before
    monkeypatch.setattr("exchange.cli.people.on_a_terminal", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "ana@example.org")
    done = ana("people", "erase", "ana")
    assert done.status == 0
    assert "Badges they hold stay valid" in done.out
    assert "erased " in done.out
    assert "Ana Lima" not in repr(ana.world.store)
    assert ana("people", "show", "ana").status == 3
    assert ana("log", "fsck").status == 0


def test_a_token_is_shown_once(ana: Terminal) -> None:
    made = ana("tokens", "add", "ana", "--name", "ci", "--scope", "award", "--scope", "read", "--json").json
    secret, id = made["secret"], made["token"]["id"]
    assert secret.startswith("xbt_")
    for listed in (
        ana("tokens", "list"),
        ana("tokens", "list", "ana", "--json"),
        ana("people", "show", "ana"),
    ):
        assert id in listed.out
        assert secret not in listed.out
        assert made["token"]["name"] in listed.out
    assert "hash" not in made["token"]
    assert ana("tokens", "remove", id).status == 0
    assert ana("tokens", "remove", id).status == 3
    assert ana("tokens", "list").out == "There are no tokens.\n"


def test_help_lists_every_scope_that_a_token_can_have(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        build_parser().parse_args(["tokens", "add", "--help"])
    said = capsys.readouterr().out.rpartition("--scope SCOPE ")[2].partition(";")[0]
    assert re.findall(r"\w+", said.replace(" or ", " ")) == list(SCOPES)


def test_a_link_lets_in_who_lost_everything_else_and_the_shell_ends_it(ana: Terminal) -> None:
    link = ana("people", "link", "ana", "--json").json["link"]
    ports = ana.world.ports
    opened = run(redeem(ports, link.partition("#")[2], Browser("Firefox, Linux", "192.0.2.0/24")))
    assert opened.person.handle == "ana"
    assert "by link, Firefox, Linux, 192.0.2.0/24" in ana("people", "show", "ana").out
    assert ana("people", "sign-out", "ana", "--json").json == {"ended": 1}
    assert ana("people", "show", "ana", "--json").json["sessions"] == []


def test_suspended_people_and_operators_are_marked(ana: Terminal) -> None:
    assert ana("people", "operator", "ana").out == "operator: Ana Lima (ana, operator, active)\n"
    for line in (("suspend", "ana"), ("operator", "ana", "--off")):
        refused = ana("people", *line)
        assert (refused.status, refused.out) == (1, "")
    assert ana("people", "add", "ben@example.org", "--name", "Ben", "--handle", "ben").status == 0
    assert ana("people", "operator", "ben").status == 0
    assert ana("people", "suspend", "ana").status == 0
    assert "✗ Ana Lima (ana, operator, suspended)" in ana("people", "list").out
    assert ana("people", "suspend", "ana").status == 1
    assert ana("people", "reinstate", "ana").status == 0
    assert ana("people", "operator", "ana", "--off").status == 0
    assert "✓ Ana Lima (ana, active)" in ana("people", "list").out


def test_a_profile_is_suspended_with_a_reason_and_reinstated(ana: Terminal) -> None:
    assert ana("people", "add", "ben@example.org", "--name", "Ben", "--handle", "ben").status == 0
    assert ana("people", "suspend-profile", "ben", "--reason", "Swaps \x1b[31mfavours.").status == 0
    told = ana("people", "list").out
    assert "! Ben (ben, active, profile suspended: Swaps \ufffd[31mfavours.)" in told
    assert "\x1b" not in told
    assert ana("people", "suspend-profile", "ben", "--reason", "Again.").status == 1
    assert ana("people", "show", "ben", "--json").json["person"]["halted"] == "Swaps \ufffd[31mfavours."
    assert ana("people", "reinstate-profile", "ben").out.splitlines() == [
        "profile reinstated: Ben (ben, active)"
    ]
    assert ana("people", "reinstate-profile", "ben").status == 1


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        (("people", "show", "nobody"), 3, "There is nobody 'nobody' here."),
        (("people", "add", "no address", "--name", "X"), 3, "no address that mail"),
        (("people", "add", "ana@example.org", "--name", "X"), 1, "ana@example.org"),
        (("people", "add", "x@example.org", "--name", "\x1b[31mX"), 3, "A name has"),
        (("teams", "add", "Data", "--name", "X"), 3, "2 to 40 letters"),
        (("teams", "join", "none", "ana"), 3, "There is no team"),
        (("roles", "grant", "atlas", "ana", "king"), 3, "owner, editor, issuer, viewer"),
        (("roles", "list", "nowhere"), 3, "nowhere"),
        (("tokens", "add", "ana", "--name", "x", "--scope", "all"), 3, "read, award, design, people"),
        (("people", "forget-address", "ana", "ana@example.org"), 1, "Make another address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_done(
    ana: Terminal, line: tuple[str, ...], status: int, said: str
) -> None:
    before = run(ana.world.store.log_size())
    done = ana(*line)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert run(ana.world.store.log_size()) == before
    assert len(run(ana.world.store.people())) == 1


def test_nobody_is_the_default_of_the_ports() -> None:
    from dataclasses import fields

    from exchange.flows.ports import Ports

    (who,) = (one.default for one in fields(Ports) if one.name == "who")
    assert who is NOBODY
