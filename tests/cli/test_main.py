"""The command line as such: wrong uses, errors, terminals, and `exchange test`."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exchange.cli import main, output, testing
from exchange.cli.arguments import build_parser
from exchange.core.plain_text import MAX_LINE, one_line
from exchange.errors import ConflictError, UnavailableError
from exchange.flows import sign
from exchange.flows.badges import verify
from tests.cli.conftest import Terminal


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "verify",
        "verify a b",
        "verify a --at yesterday",
        "verify a --at 2026-11-2",
        "verify a --expect degree",
        "verify a --doc there",
        "award",
        "award learning/badge",
        "award badge --to mailto:ann@example.org",
        "award a/b/c --to mailto:ann@example.org",
        "award /b --to mailto:ann@example.org",
        "award a/b --to x --valid-until soon",
        "award a/b --to x --valid-until 2026-02-30",
        "revoke",
        "revoke x",
        "issuers",
        "issuers drop",
        "issuers sync a b",
        "issuers sync --dry",
        "issuers export atlas",
        "issuers new",
        "serve --port 8000",
    ],
)
def test_a_wrong_command_line_ends_with_3_and_says_where_the_right_one_is(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"error: [^\n]+\.\nhint: exchange[ a-z]* --help\n", err)


def test_a_wrong_command_line_with_json_is_told_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EXCHANGE_PORT", "eighty")
    assert main(["verify", "badge.json"]) == 3
    assert (
        capsys.readouterr().err == "error: EXCHANGE_PORT is 'eighty'. Give a port number from 1 to 65535.\n"
    )


def test_the_help_names_every_proof_there_is() -> None:
    text = " ".join(build_parser().format_help().split())
    assert "award" in text
    award = next(a for a in build_parser()._actions if a.dest == "command").choices["award"]  # type: ignore[index,call-overload]
    assert all(proof in award.format_help() for proof in sign.PROOFS)


@pytest.mark.parametrize(
    "name", ["\x1b[2Jcleared", "a\n✓ valid", "\u202eevil", "\x9b31m", "a\rb", "x" * 5000]
)
def test_a_name_cannot_move_the_cursor_or_pretend_to_be_a_line_of_ours(name: str) -> None:
    line = one_line(f"badge: {name}")
    assert line.isprintable()
    assert len(line) <= MAX_LINE


def test_colours_are_for_terminals_whose_user_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not output.wants_colours(no_color=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert output.wants_colours(no_color=False)
    assert not output.wants_colours(no_color=True)


def test_marks_are_there_without_colours_too(capsys: pytest.CaptureFixture[str]) -> None:
    reply = output.Reply({}, [(level, "  said") for level in output.MARKS])
    output.show(reply, as_json=False, colours=True)
    coloured = capsys.readouterr().out
    output.show(reply, as_json=False, colours=False)
    assert capsys.readouterr().out == "  ✓ said\n  ! said\n  ? said\n  ✗ said\n"
    assert coloured.count("\x1b[0m") == 4


def failing(error: Exception) -> Any:
    async def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_a_fault_of_ours_is_never_a_verdict(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    badge = terminal.award()["json"]
    for error in (
        UnavailableError("disk_full", "The disk is full."),
        ConflictError("c", "No."),
        RuntimeError("bug"),
    ):
        monkeypatch.setattr(verify, "verify", failing(error))
        assert terminal("verify", badge).status == 2
    monkeypatch.setattr("exchange.flows.badges.status.revoke", failing(RuntimeError("bug")))
    done = terminal("revoke", "x", "--reason", "y")
    assert done.status == 1
    assert "Traceback" in done.err


def test_a_home_that_cannot_be_made_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXCHANGE_HOME", str(tmp_path / "file" / "home"))
    assert main(["issuers", "sync"]) == 1
    assert capsys.readouterr().err == f"error: Not a directory: {tmp_path}/file/home\nhint: exchange doctor\n"


def test_an_error_we_can_name_is_one_line_and_a_hint(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "exchange.flows.badges.status.revoke",
        failing(UnavailableError("no_key", "There is\nno key.", "keys")),
    )
    done = terminal("revoke", "x", "--reason", "y", "--json")
    assert done.status == 1
    assert done.err == "error: There is\nerror: no key. (at keys)\nhint: exchange doctor\n"
    assert done.json == {"error": {"code": "no_key", "message": "There is\nno key.", "at": "keys"}}


def test_test_runs_pytest_over_the_checkout_with_further_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr(testing.subprocess, "run", run)
    assert main(["test", "tests/core", "-k", "png", "-n", "0"]) == 5
    assert ran[0][1:3] == ["-m", "pytest"]
    assert ran[0][-5:] == ["tests/core", "-k", "png", "-n", "0"]


def test_an_installed_package_has_no_tests(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(testing, "in_checkout", lambda: False)
    assert main(["test"]) == 3
    assert "checkout" in capsys.readouterr().err
