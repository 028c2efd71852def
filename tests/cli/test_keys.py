"""`exchange keys`: what it says of keys, and that each act is the one that was typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.keys import kek
from exchange.cli.arguments import build_parser
from exchange.flows.records import SigningKey
from tests.cli.conftest import Terminal, first_badge
from tests.simulator import run

STOLEN = "A laptop with a copy was stolen."
ISSUER = first_badge().partition("/")[0]


def keys_of(terminal: Terminal, issuer: str = ISSUER) -> list[SigningKey]:
    return run(terminal.world.store.keys(issuer))


def active(terminal: Terminal, issuer: str = ISSUER) -> SigningKey:
    (key,) = [key for key in keys_of(terminal, issuer) if key.state == "active"]
    return key


def test_every_action_has_its_help() -> None:
    keys = _choices(build_parser())["keys"]
    actions = _choices(keys)
    assert list(actions) == ["list", "show", "rotate", "revoke", "stop", "resume", "rewrap"]
    for action in actions.values():
        assert action.description
        assert "--json" in action.format_help()


def _choices(parser: Any) -> dict[str, Any]:
    (found,) = [action.choices for action in parser._actions if action.dest in ("command", "action")]
    return dict(found)


def test_list_shows_every_key_by_issuer_and_its_state(terminal: Terminal) -> None:
    terminal("keys", "rotate", ISSUER)
    old, new = keys_of(terminal)
    done = terminal("keys", "list", ISSUER)
    assert done.out == (
        f"{ISSUER}\n"
        f"  ✓ verify-only {old.multikey} since 2026-11-21 (memory)\n"
        f"  ✓ active {new.multikey} since 2026-11-21 (memory)\n"
    )
    everything = terminal("keys", "list", "--json").json
    assert len(everything["keys"]) == len(run(terminal.world.store.keys()))
    assert everything["stops"] == []
    told = next(key for key in everything["keys"] if key["id"] == new.id)
    assert (told["state"], told["activated_at"], told["revoked_at"]) == (
        "active",
        "2026-11-21T09:30:00Z",
        None,
    )
    assert terminal("keys", "list", "nobody").status == 3


def test_rotate_says_what_changed_and_old_badges_stay_good(terminal: Terminal) -> None:
    badge, old = terminal.award(), active(terminal)
    done = terminal("keys", "rotate", ISSUER, "--json")
    new = active(terminal)
    assert done.json["key"]["multikey"] == new.multikey != old.multikey
    assert done.json["did"] == f"did:key:{new.multikey}"
    assert terminal("verify", badge["json"]).status == 0
    again = terminal("keys", "rotate", ISSUER)
    assert f"{ISSUER} signs with {active(terminal).multikey} now" in again.out
    assert f"did:key:{new.multikey} stays known here" in again.out


def test_rotate_takes_up_a_key_that_is_kept_elsewhere(terminal: Terminal) -> None:
    multikey, uri = run(terminal.world.keys.create("anybody"))
    assert terminal("keys", "rotate", ISSUER, "--uri", uri).status == 0
    assert active(terminal).multikey == multikey
    refused = terminal("keys", "rotate", ISSUER, "--uri", uri, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (1, "key_known")


def test_revoke_lists_what_was_signed_after_the_loss(terminal: Terminal) -> None:
    lost = active(terminal)
    sound = terminal.award()
    terminal.world.later(days=2)
    suspect = terminal.award()
    done = terminal("keys", "revoke", lost.multikey, "--reason", STOLEN, "--since", "2026-11-22T00:00:00Z")
    assert done.status == 0
    assert f"revoked from 2026-11-22T00:00:00Z on: {STOLEN}" in done.out
    assert "badges signed with it: 2" in done.out
    assert f"! of these after that moment, to be looked at: 1\n    {suspect['id']}\n" in done.out
    assert sound["id"] not in done.out
    assert f"{ISSUER} signs with {active(terminal).multikey} now" in done.out
    for badge in (sound, suspect):
        assert terminal("verify", badge["json"]).status == 1
    assert terminal("verify", terminal.award()["json"]).status == 0
    shown = terminal("keys", "show", lost.id, "--json").json
    assert (shown["signed"], shown["signed_after"], shown["newest_after"]) == (2, 1, [suspect["id"]])
    again = terminal("keys", "revoke", lost.id, "--reason", STOLEN, "--json")
    assert (again.status, again.json["error"]["code"]) == (1, "already_revoked")


def test_show_cuts_a_long_list_and_says_so(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_by = terminal.world.store.signed_by

    async def many(key: SigningKey, *args: Any, **more: Any) -> tuple[int, list[str]]:
        return (250, [f"badge-{n}" for n in range(100)]) if args else await signed_by(key, *args, **more)

    monkeypatch.setattr(terminal.world.store, "signed_by", many)
    done = terminal("keys", "revoke", active(terminal).id, "--reason", STOLEN)
    assert "… and 150 older ones" in done.out


def test_stop_and_resume_for_one_issuer_and_for_everybody(terminal: Terminal) -> None:
    badge = terminal.award()
    for who in ([ISSUER], []):
        stopped = terminal("keys", "stop", *who, "--reason", STOLEN)
        assert stopped.status == 0
        refused = terminal("revoke", badge["id"], "--reason", "the wrong Ann", "--json")
        assert (refused.status, refused.json["error"]["code"]) == (1, "signing_stopped")
        assert STOLEN in refused.err
        assert f"signing is stopped for {who[0] if who else 'everybody'}" in terminal("keys", "list").out
        assert terminal("verify", badge["json"]).status == 0
        assert terminal("keys", "resume", *who).status == 0
        assert terminal("keys", "resume", *who, "--json").json["error"]["code"] == "not_stopped"
    assert terminal("revoke", badge["id"], "--reason", "the wrong Ann").status == 0


@pytest.mark.parametrize(
    "line",
    [
        "keys",
        "keys drop",
        "keys rotate",
        "keys revoke x",
        "keys revoke x --reason y --since yesterday",
        "keys stop",
        "keys rewrap",
        "keys rewrap --to kek",
    ],
)
def test_a_wrong_line_says_where_the_right_one_is(terminal: Terminal, line: str) -> None:
    before = run(terminal.world.store.keys())
    done = terminal(*line.split())
    assert done.status == 3
    assert "--help" in done.err
    assert run(terminal.world.store.keys()) == before


# --- on a real disk ---


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def secret(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_an_award_whose_key_does_not_open_leaves_nothing(on_disk: Terminal, home: Path) -> None:
    on_disk("issuers", "sync")
    (home / "kek").chmod(0o644)
    order = ("award", first_badge(), "--to", "mailto:ann@example.org", "--evidence", "https://example.org/")
    assert "chmod 600" in on_disk(*order).err
    (home / "kek").chmod(0o600)
    assert on_disk(*order).status == 0
    assert on_disk("log", "about", "mailto:ann@example.org").out.count(": award ") == 1


def test_rewrap_seals_the_keys_under_a_passphrase(
    on_disk: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kek, "_COST", {"n": 2**14, "r": 8, "p": 1})
    badge = on_disk.award() if on_disk("issuers", "sync").status == 0 else {}
    passphrase = secret(tmp_path / "passphrase", "correct horse battery staple\n")
    done = on_disk("keys", "rewrap", "--to", "passphrase:", "--passphrase-file", passphrase)
    assert done.status == 0, done.err
    assert "Set EXCHANGE_KEK=passphrase:" in done.out
    assert "correct horse" not in done.out + done.err
    assert on_disk("keys", "rotate", ISSUER, "--json").json["error"]["code"] == "key_damaged"

    monkeypatch.setenv("EXCHANGE_KEK", "passphrase:")
    assert on_disk("keys", "rotate", ISSUER, "--json").json["error"]["code"] == "passphrase_missing"
    monkeypatch.setenv("EXCHANGE_PASSPHRASE_FILE", str(passphrase))
    (home / "kek").unlink()
    assert on_disk("keys", "rotate", ISSUER).status == 0
    assert on_disk("verify", badge["json"]).status == 0
    assert on_disk("verify", on_disk.award(to="mailto:ben@example.org")["json"]).status == 0


def test_doctor_shows_where_keys_come_from_how_they_stand_and_who_must_not_sign(
    on_disk: Terminal, home: Path
) -> None:
    on_disk("issuers", "sync")
    on_disk("keys", "rotate", ISSUER)
    before = on_disk("doctor")
    assert "✓ Keys in the home are sealed under what comes from file:kek." in before.out
    assert f"✓ The key of {ISSUER} signs (file: z6Mk" in before.out
    assert "(keys: 2, active: 1)" in before.out
    on_disk("keys", "stop", ISSUER, "--reason", STOLEN)
    stopped = on_disk("doctor")
    assert (
        f"! Signing is stopped for {ISSUER}: {STOLEN} To go on: exchange keys resume {ISSUER}" in stopped.out
    )
    assert f"The key of {ISSUER} signs" not in stopped.out
    on_disk("keys", "resume", ISSUER)
    (home / "kek").write_text("00" * 32)
    assert f"✗ {ISSUER} cannot sign: The key file:keys/" in on_disk("doctor").out


def test_doctor_asks_nobody_for_a_passphrase_and_shows_none(
    on_disk: Terminal, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kek, "_COST", {"n": 2**14, "r": 8, "p": 1})
    monkeypatch.setattr(kek.getpass, "getpass", lambda prompt: pytest.fail("asked"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    passphrase = secret(tmp_path / "passphrase", "correct horse battery staple")
    monkeypatch.setenv("EXCHANGE_KEK", "passphrase:")
    monkeypatch.setenv("EXCHANGE_PASSPHRASE_FILE", str(passphrase))
    on_disk("issuers", "sync")
    told = on_disk("doctor")
    assert f"✓ The key of {ISSUER} signs" in told.out
    assert "correct horse" not in told.out + told.err
    passphrase.chmod(0o644)
    assert f"✗ Others can read {passphrase}. Do: chmod 600" in on_disk("doctor").out
    monkeypatch.delenv("EXCHANGE_PASSPHRASE_FILE")
    untried = on_disk("doctor", "--json")
    assert untried.status == 0
    codes = {check["code"] for check in untried.json["checks"]}
    assert "kek" in codes
    assert "key" not in codes
    (home / "kek.scrypt").chmod(0o640)
    assert f"Others can read {home / 'kek.scrypt'}" in on_disk("doctor").out


def test_a_vault_on_record_is_no_missing_file(on_disk: Terminal, home: Path) -> None:
    on_disk("issuers", "sync")
    listed = on_disk("keys", "list", ISSUER, "--json").json["keys"][0]
    import sqlite3

    with sqlite3.connect(home / "exchange.sqlite3") as database:
        uri = "vault:transit/keys/atlas#1"
        database.execute("UPDATE signing_key SET uri = ? WHERE id = ?", (uri, listed["id"]))
    database.close()
    done = on_disk("doctor", "--json")
    found = {check["code"]: check["message"] for check in done.json["checks"] if check["at"] == ISSUER}
    assert "key_missing" not in found
    assert "EXCHANGE_VAULT_ADDR" in found["key_unknown"]
    assert json.dumps(done.json).count(uri) == 0
