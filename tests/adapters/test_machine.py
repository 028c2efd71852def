"""The machine as it is: the room on its disk, its kernel's clock, and who can read the files of a home."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from exchange.adapters import machine
from exchange.adapters.database import fault
from exchange.adapters.machine import ThisMachine
from exchange.settings import Settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "team.key").write_text("sealed")
    (home / "kek").write_text("secret")
    (home / "exchange.sqlite3").write_text("rows")
    for path in (home, *home.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return home


def at(home: Path, **more: str) -> ThisMachine:
    return ThisMachine(Settings.from_environ({"EXCHANGE_HOME": str(home), **more}, checkout=True))


def test_files_that_others_can_read_are_named_with_the_mode_they_should_have(home: Path) -> None:
    assert at(home).exposed() == []
    elsewhere = home.parent / "passphrase"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    (home / "keys").chmod(0o750)
    (home / "exchange.sqlite3").chmod(0o604)
    found = at(home, EXCHANGE_KEK="passphrase:", EXCHANGE_PASSPHRASE_FILE=str(elsewhere)).exposed()
    wanted = [(home / "keys", "700"), (home / "exchange.sqlite3", "600"), (elsewhere, "600")]
    assert sorted(found) == sorted((str(path), mode) for path, mode in wanted)


def test_a_key_file_that_is_gone_is_missed_and_no_key_elsewhere(home: Path) -> None:
    assert not at(home).lacks("file:keys/team.key")
    assert at(home).lacks("file:keys/other.key")
    assert not at(home).lacks("vault:transit/team#1")


def test_room_is_needed_as_the_database_needs_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = fault.shutil.disk_usage(home)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: disk._replace(total=2**40, free=5))
    room = at(home).room()
    assert (room.place, room.free, room.needed) == (str(home), 5, fault.ROOM)


@pytest.mark.parametrize(("state", "in_step"), [(0, True), (5, False), (-1, None)])
def test_the_kernels_word_about_its_clock(
    home: Path, monkeypatch: pytest.MonkeyPatch, state: int, in_step: bool | None
) -> None:
    monkeypatch.setattr(machine, "_kernel_clock", lambda: state)
    assert at(home).in_step() is in_step


@pytest.mark.skipif(sys.platform != "linux", reason="adjtimex is Linux's")
def test_the_kernel_is_asked_and_its_clock_is_left_alone() -> None:
    assert machine._kernel_clock() in range(6)
