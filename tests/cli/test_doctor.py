"""`exchange doctor`: what it shows, what it hides, and what it notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.errors import UnavailableError
from exchange.settings import VARIABLES, Settings
from tests.adapters.openid_server import OpenIdServer, openid_server
from tests.cli.conftest import Terminal
from tests.core.id_tokens import CLIENT, SECRET


def test_doctor_shows_every_setting_and_hides_passwords(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXCHANGE_DATABASE_URL", "postgresql://ann:hunter2@db.example/exchange")
    monkeypatch.setenv("EXCHANGE_SMTP_URL", "smtp://ann:hunter2@127.0.0.1:1")
    monkeypatch.setenv("EXCHANGE_MAIL_FROM", "badges@acme.internal")
    monkeypatch.setenv("EXCHANGE_PORTT", "1")
    monkeypatch.setattr("exchange.app.open_ports", _no_database)
    done = terminal("doctor")
    assert done.status == 1
    assert all(name in done.out for name in VARIABLES)
    assert "postgresql://ann:…@db.example/exchange (environment)" in done.out
    assert "smtp://ann:…@127.0.0.1:1 (environment)" in done.out
    assert "hunter2" not in done.out
    assert "EXCHANGE_PORT = 8000 (default)" in done.out
    assert "! EXCHANGE_PORTT is set, but there is no such setting: is EXCHANGE_PORT meant?" in done.out
    assert "✗ The database does not answer." in done.out
    assert "✗ The mail server 127.0.0.1:1 does not take mail: " in done.out


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


def test_doctor_sees_a_database_that_others_can_read(on_disk: Terminal, tmp_path: Path) -> None:
    assert on_disk("issuers", "sync").status == 0
    database = tmp_path / "home" / "exchange.sqlite3"
    database.chmod(0o644)
    exposed = on_disk("doctor")
    assert exposed.status == 1
    assert f"chmod 600 {database}" in exposed.out


def test_a_clock_that_was_ahead_is_confirmed(terminal: Terminal) -> None:
    terminal.world.later(days=3)
    badge = terminal.award()
    terminal.world.later(days=-3)
    refused = terminal("revoke", badge["id"], "--reason", "dated wrongly")
    assert refused.status == 1
    assert "exchange clock confirm --reason TEXT" in refused.err
    done = terminal("clock", "confirm", "--reason", "It was set by hand")
    assert done.status == 0
    assert "the clock is right now; the log was at 2026-11-24T09:30:00Z" in done.out
    assert badge["id"] in done.out
    assert terminal("revoke", badge["id"], "--reason", "dated wrongly").status == 0
    again = terminal("clock", "confirm", "--reason", "It was set by hand", "--json")
    assert (again.status, again.json["error"]["code"]) == (1, "clock_not_behind")
    assert terminal("log", "fsck").status == 0


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdServer]:
    """An OpenID provider that the settings name."""
    with openid_server() as server:
        monkeypatch.setenv("EXCHANGE_OIDC_ISSUER", server.issuer)
        monkeypatch.setenv("EXCHANGE_OIDC_CLIENT_ID", CLIENT)
        monkeypatch.setenv("EXCHANGE_OIDC_CLIENT_SECRET", SECRET)
        yield server


def test_doctor_asks_the_provider_and_hides_the_secret(
    on_disk: Terminal, provider: OpenIdServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = on_disk("doctor")
    assert done.status == 0
    assert f"✓ {provider.issuer} signs people in; its groups are not read." in done.out
    assert SECRET not in done.out
    assert "EXCHANGE_OIDC_CLIENT_SECRET = … (environment)" in done.out
    rules = tmp_path / "groups.toml"
    monkeypatch.setenv("EXCHANGE_OIDC_GROUPS", str(rules))
    rules.write_text('[[groups]]\nname = "it"\noperator = true\n')
    assert "rules for its groups: 1." in on_disk("doctor").out
    rules.write_text('[[groups]]\nname = "it"\noperator = 1\n')
    done = on_disk("doctor")
    assert done.status == 1
    assert f"✗ {rules}:3: groups[0].operator is 1" in done.out


def test_doctor_sees_a_provider_that_nobody_could_sign_in_with(
    on_disk: Terminal, provider: OpenIdServer
) -> None:
    provider.jwks = {"keys": []}
    done = on_disk("doctor")
    assert done.status == 1
    assert "✗ The OpenID provider cannot be used: it publishes no key" in done.out
