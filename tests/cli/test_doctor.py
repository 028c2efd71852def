"""`exchange doctor`: what it shows, what it hides, and what it notices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchange.errors import UnavailableError
from exchange.settings import VARIABLES, Settings
from tests.cli.conftest import Terminal


def test_doctor_shows_every_setting_and_hides_passwords(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", "postgresql://ann:hunter2@db.example/exchange")
    monkeypatch.setenv("EXCHANGE_PORTT", "1")
    monkeypatch.setattr("exchange.app.open_ports", _no_database)
    done = terminal("doctor")
    assert done.status == 1
    assert all(name in done.out for name in VARIABLES)
    assert "postgresql://ann:…@db.example/exchange (environment)" in done.out
    assert "hunter2" not in done.out
    assert "EXCHANGE_PORT = 8000 (default)" in done.out
    assert "! EXCHANGE_PORTT is set, but there is no such setting." in done.out
    assert "✗ The database does not answer." in done.out


def _no_database(settings: Settings) -> Any:
    raise UnavailableError("database_unavailable", "The database does not answer.")


def test_doctor_is_content_with_a_fresh_home_and_makes_nothing(on_disk: Terminal, tmp_path: Path) -> None:
    done = on_disk("doctor", "--json")
    assert done.status == 0
    assert done.json["settings"]["EXCHANGE_HOME"] == {
        "value": str(tmp_path / "home"),
        "source": "environment",
    }
    assert not (tmp_path / "home").exists()


def test_doctor_sees_a_home_that_cannot_be_made(
    on_disk: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXCHANGE_HOME", str(tmp_path / "file" / "home"))
    done = on_disk("doctor")
    assert done.status == 1
    assert f"✗ {tmp_path}/file is no folder you can write in: change EXCHANGE_HOME." in done.out


def test_doctor_sees_keys_that_others_can_read_or_that_are_gone(on_disk: Terminal, tmp_path: Path) -> None:
    assert on_disk("issuers", "sync").status == 0
    assert on_disk("doctor").status == 0
    key = next((tmp_path / "home" / "keys").iterdir())
    key.chmod(0o644)
    exposed = on_disk("doctor")
    assert exposed.status == 1
    assert f"chmod 600 {key}" in exposed.out
    key.unlink()
    gone = on_disk("doctor", "--json")
    assert gone.status == 1
    assert "key_missing" in {check["code"] for check in gone.json["checks"]}


def test_doctor_sees_badges_that_name_another_address(
    on_disk: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_disk("issuers", "sync").status == 0
    assert "achievement_address" not in on_disk("doctor", "--json").out
    monkeypatch.setenv("EXCHANGE_URL", "https://badges.example.org")
    moved = on_disk("doctor")
    assert "! atlas: 6 of 6 badges still name another address, such as http://localhost:8000/" in moved.out
    assert on_disk("issuers", "sync", "--yes").status == 0
    assert "achievement_address" not in on_disk("doctor", "--json").out
