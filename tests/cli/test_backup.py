"""`exchange backup` and `exchange restore` at a real home: what is typed, and what is said and done."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from exchange.core.log.checkpoint import peek_checkpoint
from tests.cli.conftest import Terminal


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def full(on_disk: Terminal) -> Terminal:
    """A home with the shipped issuers and one badge."""
    assert on_disk("issuers", "sync").status == 0
    on_disk.award()
    return on_disk


def move(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kek_of: Path) -> Path:
    """Go on in a new home, to which somebody brings the kek."""
    new = tmp_path / "new"
    new.mkdir(mode=0o700)
    shutil.copy(kek_of / "kek", new / "kek")
    monkeypatch.setenv("EXCHANGE_HOME", str(new))
    return new


def refused(terminal: Terminal, *line: object) -> Any:
    done = terminal(*line, "--json")
    assert done.status != 0
    return done.json["error"]["code"]


def test_a_stale_backup_comes_back_read_only_and_writes_again_when_the_number_is_named(
    full: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    badge = full.award("--out", tmp_path / "out")
    file, elsewhere = tmp_path / "one.backup", tmp_path / "checkpoint"
    done = full("backup", file, "--checkpoint", elsewhere)
    assert done.status == 0
    assert done.out.splitlines()[0].startswith(f"backed up to {file}: ")
    assert {path.stat().st_mode & 0o777 for path in (file, elsewhere)} == {0o600}
    before = peek_checkpoint(elsewhere.read_bytes()).size
    full.award()
    assert full("backup", "--checkpoint", elsewhere).status == 0  # takes the place of the older one
    assert peek_checkpoint(elsewhere.read_bytes()).size == before + 1

    new = move(monkeypatch, tmp_path, home)
    done = full("restore", file, "--checkpoint", elsewhere)
    assert done.status == 0
    assert "at least 1 entry of the log" in done.out
    assert "exchange restore --acknowledge --missing 1" in done.out
    assert refused(
        full, "award", "atlas/first-responder", "--to", "a@example.org", "--evidence", "https://e.org"
    )
    for act in ("revoke", "suspend", "reinstate"):
        assert refused(full, act, badge["id"], "--reason", "Because") == "read_only"
    assert refused(full, "issuers", "sync", "--yes") == "read_only"
    doctor = full("doctor", "--json")
    assert doctor.status == 1
    (said,) = [check for check in doctor.json["checks"] if check["code"] == "read_only"]
    assert "exchange restore --acknowledge --missing 1" in said["message"]
    assert refused(full, "restore", "--acknowledge") == "missing_not_named"
    assert refused(full, "restore", "--acknowledge", "--missing", "2") == "missing_not_named"

    done = full("restore", "--acknowledge", "--missing", "1")
    assert done.status == 0
    assert "A new log was begun: localhost:8000/log/" in done.out
    assert full("verify", badge["json"]).status == 0
    again = full.award("--out", tmp_path / "out")
    assert full("verify", again["json"]).status == 0
    assert full("revoke", badge["id"], "--reason", "Because").status == 0
    assert full("verify", badge["json"]).status == 1
    assert (new / "checkpoints" / "last").exists()
    assert refused(full, "restore", "--acknowledge") == "nothing_held"


def test_the_newest_checkpoint_lets_the_log_go_on(
    full: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full("backup", tmp_path / "one.backup").status == 0
    newest = home / "checkpoints" / "last"
    move(monkeypatch, tmp_path, home)
    done = full("restore", tmp_path / "one.backup", "--checkpoint", newest)
    assert "nothing that the newest checkpoint at hand vouches for is missing" in done.out
    done = full("restore", "--acknowledge", "--newest")
    assert "The log goes on: localhost:8000/log\n" in done.out
    assert "revoked again" not in done.out


def test_the_checkpoint_that_the_home_kept_counts_without_being_named(
    full: Terminal, home: Path, tmp_path: Path
) -> None:
    assert full("backup", tmp_path / "one.backup").status == 0
    full.award()
    assert full("backup", "--checkpoint", tmp_path / "cp").status == 0
    size = peek_checkpoint((tmp_path / "cp").read_bytes()).size
    for file in home.glob("exchange.sqlite3*"):
        file.unlink()
    done = full("restore", tmp_path / "one.backup", "--json")
    assert (done.json["size"], done.json["missing"]) == (size - 1, 1)


def test_a_log_proof_and_a_checkpoint_from_a_mail_serve_as_well(
    full: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full("backup", tmp_path / "one.backup", "--checkpoint", tmp_path / "cp").status == 0
    note = (tmp_path / "cp").read_text()
    proof = {"checkpoint": note, "index": 0, "proof": [], "entry": "{}"}
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    (tmp_path / "mail").write_bytes(note.replace("\n", "\r\n").encode())
    move(monkeypatch, tmp_path, home)
    line = ("restore", tmp_path / "one.backup", "--checkpoint", tmp_path / "proof.json")
    assert full(*line, "--checkpoint", tmp_path / "mail", "--json").json["whole"] is True


@pytest.mark.parametrize("content", ["", "hello", "{}", "[1"])
def test_what_is_no_checkpoint_is_refused_before_anything_is_restored(
    full: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    assert full("backup", tmp_path / "one.backup").status == 0
    (tmp_path / "cp").write_text(content)
    new = move(monkeypatch, tmp_path, home)
    assert full("restore", tmp_path / "one.backup", "--checkpoint", tmp_path / "cp").status == 3
    assert full("restore", tmp_path / "one.backup", "--checkpoint", tmp_path / "nothing").status == 3
    assert [path.name for path in new.iterdir()] == ["kek"]


def test_an_old_copy_of_the_database_put_in_its_place_is_noticed(
    full: Terminal, home: Path, tmp_path: Path
) -> None:
    database, old = home / "exchange.sqlite3", tmp_path / "old.sqlite3"
    copied = sqlite3.connect(database)
    copied.execute("VACUUM INTO ?", (str(old),))
    copied.close()
    full.award()
    full.award()
    assert full("backup", "--checkpoint", tmp_path / "cp").status == 0
    for file in home.glob("exchange.sqlite3*"):
        file.unlink()
    shutil.copy(old, database)
    database.chmod(0o600)
    assert refused(full, "issuers", "sync", "--yes") == "read_only"
    codes = {check["code"] for check in full("doctor", "--json").json["checks"]}
    assert {"read_only", "checkpoint_ahead"} <= codes
    done = full("restore", "--acknowledge", "--missing", "2")
    assert done.status == 0, done.err
    full.award()


def test_it_is_restored_into_an_empty_exchange_only(full: Terminal, tmp_path: Path) -> None:
    assert full("backup", tmp_path / "one.backup").status == 0
    assert refused(full, "restore", tmp_path / "one.backup") == "database_not_empty"
    assert refused(full, "backup", tmp_path / "one.backup") == "file_exists"
    full.award()


def test_a_read_only_exchange_can_be_backed_up(
    full: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full("backup", tmp_path / "one.backup").status == 0
    move(monkeypatch, tmp_path, home)
    assert full("restore", tmp_path / "one.backup").status == 0
    assert full("backup", tmp_path / "two.backup").status == 0


@pytest.mark.parametrize(
    "line",
    [
        "backup",
        "restore",
        "restore a --acknowledge",
        "restore --acknowledge --missing few",
        "restore --acknowledge --missing -1",
        "restore --force a",
    ],
)
def test_a_wrong_line_is_told(on_disk: Terminal, line: str) -> None:
    assert on_disk(*line.split()).status == 3


def test_a_file_that_is_no_backup_is_told(on_disk: Terminal, tmp_path: Path, home: Path) -> None:
    (tmp_path / "text").write_text("hello")
    assert refused(on_disk, "restore", tmp_path / "text") == "backup_damaged"
    assert refused(on_disk, "restore", tmp_path / "nothing") == "file_unreadable"
    assert not home.exists()


def test_who_was_erased_is_not_restored_and_can_be_taken_out_of_an_older_backup(
    full: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.backup"
    assert full("backup", file).status == 0
    shutil.copy(file, tmp_path / "two.backup")
    assert full("people", "erase", "ann@example.org", "--confirm", "ann@example.org").status == 0
    assert (home / "erased").stat().st_mode & 0o777 == 0o600

    def names(path: Path) -> bool:
        with zipfile.ZipFile(path) as archive:
            return any(b"ann@example.org" in archive.read(name) for name in archive.namelist())

    assert names(file)
    assert full("backup", file, "--scrub").out == f"took 1 accounts and badges out of {file}\n"
    assert not names(file)
    assert names(tmp_path / "two.backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "one.backup", "two.backup"]
    assert full("log", "fsck").status == 0

    newest = home / "checkpoints" / "last"
    for name, more in (("one", ()), ("two", ("--erased", home / "erased"))):
        new = tmp_path / f"new-{name}"
        new.mkdir(mode=0o700)
        shutil.copy(home / "kek", new / "kek")
        monkeypatch.setenv("EXCHANGE_HOME", str(new))
        done = full("restore", tmp_path / f"{name}.backup", "--checkpoint", newest, *more)
        assert done.status == 0, done.err
        assert full("log", "about", "ann@example.org", "--json").json["entries"] == []
        assert b"ann@example.org" not in (new / "exchange.sqlite3").read_bytes()
        assert full("log", "fsck").status == 0
