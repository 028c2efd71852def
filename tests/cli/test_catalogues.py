"""`exchange issuers …`: shown before it is written, asked where somebody can answer, and written back."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.catalogues.catalogue_files import new_catalogue
from exchange.cli import catalogues
from exchange.resources import data_path
from exchange.settings import ROOT
from tests.cli.conftest import Terminal
from tests.simulator import run

Answer = Callable[[str], list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of one shipped catalogue, in a folder of catalogues."""
    shutil.copytree(data_path("issuers") / "atlas", tmp_path / "issuers" / "atlas")
    return tmp_path / "issuers"


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Put a person before the terminal, who gives that answer; the list of what they were asked."""

    def given(text: str) -> list[str]:
        asked: list[str] = []

        def ask(question: str) -> str:
            asked.append(question)
            if text == "^D":
                raise EOFError
            return text

        monkeypatch.setattr(catalogues, "on_a_terminal", lambda: True)
        monkeypatch.setattr("builtins.input", ask)
        return asked

    return given


def change(folder: Path) -> None:
    """One badge changed, one new, one gone, and another word about the issuer."""
    badges = folder / "atlas" / "badges"
    lead = badges / "incident-lead.toml"
    text = lead.read_text().replace("4. handed the lead over before", "4. handed over before")
    lead.write_text(text.replace('background = "#1f3a5f"', 'background = "#20405f"'))
    shutil.copy(lead, badges / "another.toml")
    (badges / "incident-observer.toml").unlink()
    issuer = folder / "atlas" / "issuer.toml"
    issuer.write_text(issuer.read_text().replace("Atlas Learning Team", "Atlas"))


SHOWN = """\
update issuer atlas
  name: "Atlas Learning Team" → "Atlas"
create atlas/another@1
update atlas/incident-lead@2
  criteria:
    - 4. handed the lead over before becoming too tired, or said why not;
    + 4. handed over before becoming too tired, or said why not;
  image.background: "#1f3a5f" → "#20405f"
retire atlas/incident-observer@1
  its file is gone: nothing more is awarded, what was awarded stays as it is
unchanged: 4
"""


def on_record(terminal: Terminal) -> Any:
    store = terminal.world.store
    return [run(store.issuers()), run(store.achievements("atlas", retired=True))]


# --- shown ---


def test_a_dry_run_shows_what_would_change_and_writes_nothing(terminal: Terminal, folder: Path) -> None:
    change(folder)
    before = on_record(terminal)
    done = terminal("issuers", "sync", folder, "--dry-run")
    assert (done.status, done.out, done.err) == (0, SHOWN, "")
    assert on_record(terminal) == before


def test_the_same_in_json(terminal: Terminal, folder: Path) -> None:
    change(folder)
    told = terminal("issuers", "sync", folder, "--dry-run", "--json").json
    assert told["written"] is False
    assert (told["created"], told["updated"]) == (["atlas/another@1"], ["atlas/incident-lead@2"])
    assert (told["retired"], told["returned"], len(told["unchanged"])) == (
        ["atlas/incident-observer@1"],
        [],
        4,
    )
    assert told["issuers"] == {"created": [], "updated": ["atlas"]}
    assert told["differences"]["atlas"] == [{"at": "name", "before": "Atlas Learning Team", "after": "Atlas"}]
    assert [one["at"] for one in told["differences"]["atlas/incident-lead@2"]] == [
        "criteria",
        "image.background",
    ]


def test_what_is_added_removed_and_put_in_another_order_is_shown(terminal: Terminal, folder: Path) -> None:
    lead = folder / "atlas" / "badges" / "incident-lead.toml"
    text = lead.read_text().replace('"leadership", "operations"]', '"leading"]')
    text = text.replace('[[results.levels]]\nkey = "emerging"', '[[results.levels]]\nkey = "first"', 1)
    lead.write_text(text.replace("\n[image]", "\nvalid_days = 100\n[image]"))
    shown = terminal("issuers", "sync", folder, "--dry-run").out.splitlines()
    assert "  valid_days: 730 → 100" in shown
    tags = shown.index("  tags:") + 1
    assert set(shown[tags : tags + 3]) == {"    - leadership", "    - operations", "    + leading"}
    assert any(line.startswith('  results.direction.levels.emerging: removed {"') for line in shown)
    assert any(line.startswith('  results.direction.levels.first: added {"') for line in shown)


# --- asked ---


@pytest.mark.parametrize("text", ["n", "", "yess", "^D"])
def test_anything_but_a_yes_writes_nothing(
    terminal: Terminal, folder: Path, answer: Answer, text: str
) -> None:
    change(folder)
    before, asked = on_record(terminal), answer(text)
    done = terminal("issuers", "sync", folder)
    assert (done.status, done.out) == (1, SHOWN + "Nothing was written.\n")
    assert asked == ["Write this? [y/N] "]
    assert on_record(terminal) == before


@pytest.mark.parametrize("text", ["y", "Yes "])
def test_a_yes_writes_what_was_shown(terminal: Terminal, folder: Path, answer: Answer, text: str) -> None:
    change(folder)
    asked = answer(text)
    done = terminal("issuers", "sync", folder)
    assert done.status == 0
    assert done.out == SHOWN + (
        "updated issuer atlas\ncreated atlas/another@1\nupdated atlas/incident-lead@2\n"
        "retired atlas/incident-observer@1\nunchanged: 4\n"
    )
    assert len(asked) == 1
    assert terminal("issuers", "sync", folder).out == "unchanged: 6\n"
    assert len(asked) == 1


def test_a_person_is_asked_before_anything_new_is_written_too(
    terminal: Terminal, tmp_path: Path, answer: Answer
) -> None:
    assert terminal("issuers", "new", tmp_path / "mine" / "guild").status == 0
    answer("n")
    assert terminal("issuers", "sync", tmp_path / "mine").status == 1
    assert run(terminal.world.store.issuer("guild")) is None


def test_yes_on_the_line_is_not_asked_about(terminal: Terminal, folder: Path, answer: Answer) -> None:
    change(folder)
    asked = answer("n")
    done = terminal("issuers", "sync", folder, "--yes")
    assert done.status == 0
    assert done.out.startswith('updated issuer atlas\n  name: "Atlas Learning Team" → "Atlas"\n')
    assert asked == []


def test_a_real_terminal_is_asked(tmp_path: Path) -> None:
    new_catalogue(tmp_path / "mine" / "guild")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "import sys; from exchange.cli import main; sys.exit(main())"]
    environ = {**os.environ, "EXCHANGE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    os.write(ours, b"n\n")
    done = subprocess.run(
        [*command, "issuers", "sync", str(tmp_path / "mine")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        check=False,
    )
    os.close(theirs)
    shown = os.read(ours, 4000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert "create guild/first-badge@1" in shown
    assert shown.rstrip().endswith("Write this? [y/N] Nothing was written.")


# --- scripts ---


def test_a_script_may_bring_in_what_is_new(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal("issuers", "new", tmp_path / "mine" / "guild").status == 0
    done = terminal("issuers", "sync", tmp_path / "mine")
    assert (done.status, done.err) == (0, "")
    assert done.out == "created issuer guild\ncreated guild/first-badge@1\nunchanged: 0\n"


def test_a_script_changes_nothing_without_a_yes(terminal: Terminal, folder: Path) -> None:
    change(folder)
    before = on_record(terminal)
    done = terminal("issuers", "sync", folder)
    assert (done.status, done.out) == (1, SHOWN)
    assert done.err == (
        "error: Nothing was written, because 3 things on record would change: atlas, atlas/incident-lead@2, "
        "atlas/incident-observer@1. Add --yes to agree, or --dry-run to see only what would change.\n"
    )
    told = terminal("issuers", "sync", folder, "--json")
    assert (told.status, told.json["error"]["code"]) == (1, "sync_unconfirmed")
    assert on_record(terminal) == before
    assert terminal("issuers", "sync", folder, "--yes", "--json").json["written"] is True


def test_a_badge_that_is_gone_is_not_awarded_and_comes_back(terminal: Terminal, folder: Path) -> None:
    file = folder / "atlas" / "badges" / "incident-lead.toml"
    kept = file.read_text()
    file.unlink()
    assert terminal("issuers", "sync", folder, "--yes").status == 0
    order = ("award", "atlas/incident-lead", "--to", "ann@example.org", "--evidence", "https://example.org/")
    done = terminal(*order, "--json")
    assert (done.status, done.json["error"]["code"]) == (1, "achievement_retired")
    file.write_text(kept)
    assert "bring back atlas/incident-lead@1" in terminal("issuers", "sync", folder, "--dry-run").out
    assert terminal("issuers", "sync", folder, "--yes", "--json").json["returned"] == [
        "atlas/incident-lead@1"
    ]
    assert terminal(*order).status == 0


def test_a_catalogue_with_a_fault_is_refused_with_its_line(terminal: Terminal, folder: Path) -> None:
    (folder / "atlas" / "policy.toml").write_text("valid_days = 0\n")
    done = terminal("issuers", "sync", folder, "--yes")
    assert done.status == 3
    assert done.err.startswith("error: issuers/atlas/policy.toml:1: valid_days is 0")


# --- written back, begun ---


def test_what_is_exported_is_synced_without_a_change(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("issuers", "export", "atlas", tmp_path / "out")
    assert done.status == 0
    first, *files = done.out.splitlines()
    assert first == "exported atlas"
    assert all(Path(file.strip()).is_relative_to(tmp_path / "out" / "atlas") for file in files)
    assert terminal("issuers", "sync", tmp_path / "out").out == f"unchanged: {len(files) - 2}\n"


def test_an_export_never_writes_over_a_folder(terminal: Terminal, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.toml")}
    done = terminal("issuers", "export", "atlas", folder, "--json")
    assert (done.status, done.json["error"]["code"]) == (1, "folder_exists")
    assert {path: path.read_bytes() for path in folder.rglob("*.toml")} == before


def test_an_issuer_that_is_not_there_is_not_exported(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal("issuers", "export", "../atlas", tmp_path / "out").status == 3
    assert not (tmp_path / "out").exists()


def test_to_begin_a_catalogue_needs_no_exchange(on_disk: Terminal, tmp_path: Path) -> None:
    done = on_disk("issuers", "new", tmp_path / "mine" / "guild")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"begun {tmp_path}/mine/guild"
    assert done.out.splitlines()[-1] == f"Change them, then: exchange issuers sync {tmp_path}/mine"
    assert not (tmp_path / "home").exists()
    again = on_disk("issuers", "new", tmp_path / "mine" / "guild", "--json")
    assert (again.status, again.json["error"]["code"]) == (1, "folder_exists")


def test_a_catalogue_in_and_out_on_disk(on_disk: Terminal, tmp_path: Path) -> None:
    assert on_disk("issuers", "new", tmp_path / "mine" / "guild").status == 0
    assert on_disk("issuers", "sync", tmp_path / "mine").status == 0
    assert json.loads(on_disk("issuers", "export", "guild", tmp_path / "out", "--json").out)["files"]
    assert on_disk("issuers", "sync", tmp_path / "out").out == "unchanged: 1\n"
