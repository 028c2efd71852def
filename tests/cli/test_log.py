"""`exchange log …`: check, sign, prove, and verify with nothing but files."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from exchange.core.log import merkle
from exchange.core.log.checkpoint import verify_checkpoint
from exchange.core.log.signed_note import parse_verifier_key
from exchange.flows.endorsements.profiles import ensure_exchange
from tests.adapters.database.endorsed import endorsed
from tests.cli.conftest import Terminal, first_badge
from tests.core.trust.graph import day, endorsement
from tests.simulator import run


def checkpoint(terminal: Terminal, out: Path | None = None) -> Any:
    done = terminal("log", "checkpoint", "--json", *(("--out", out) if out else ()))
    assert done.status == 0, done.err
    return done.json


# --- what an award comes with ---


def test_an_award_comes_with_a_proof_that_stands_offline(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    awarded = terminal.award()
    key = checkpoint(terminal)["key"]
    proof = json.loads(awarded["log.json"].read_bytes())
    assert proof["content"]["badge"] == awarded["id"]
    monkeypatch.setattr("exchange.app.open_ports", _nothing_may_open)
    monkeypatch.setenv("EXCHANGE_HOME", "/proc/nowhere")
    for badge in ("json", "png", "svg"):
        done = terminal("log", "verify", awarded["log.json"], awarded[badge], "--key", key)
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("✓ proven\n")
        assert "is the one that was logged" in done.out


def _nothing_may_open(*_: object) -> None:
    raise AssertionError("verify needs nothing but files")


def test_a_badge_is_awarded_even_if_its_proof_must_wait(terminal: Terminal) -> None:
    largest = merkle.root_needs(checkpoint(terminal)["size"])[0]
    terminal.world.store._nodes[largest] = bytes(32)
    done = terminal("award", first_badge(), "--to", "ann@example.org", "--evidence", "https://example.org/")
    assert done.status == 0
    assert "! no proof that it is in the log: The log does not extend what was signed" in done.out
    assert ".log.json" not in done.out


# --- checkpoint and prove ---


def test_a_checkpoint_prints_the_note_and_the_key(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("log", "checkpoint", "--out", tmp_path / "note")
    note, _, key = done.out.rpartition("\nverifier key: ")
    assert (tmp_path / "note").read_text() == note
    said = verify_checkpoint(note.encode(), [parse_verifier_key(key.strip())])
    told = checkpoint(terminal)
    assert (told["size"], told["origin"], told["checkpoint"]) == (said.size, said.origin, note)
    assert terminal("log", "checkpoint", "--out", tmp_path / "note").status == 1
    assert (tmp_path / "note").read_text() == note


def test_a_proof_goes_to_a_file_or_to_the_screen(terminal: Terminal, tmp_path: Path) -> None:
    awarded = terminal.award()
    shown = terminal("log", "prove", awarded["id"])
    assert shown.json == json.loads(awarded["log.json"].read_bytes())
    done = terminal("log", "prove", awarded["id"].rpartition("/")[2], "--out", tmp_path / "p")
    assert done.out == f"{tmp_path / 'p'} proves that the award is entry {shown.json['index']} of the log\n"
    assert json.loads((tmp_path / "p").read_bytes()) == shown.json
    assert terminal("log", "prove", "nothing").status == 3


def test_the_log_is_proven_to_have_only_grown(terminal: Terminal, tmp_path: Path) -> None:
    old = checkpoint(terminal, tmp_path / "then")
    terminal.award()
    new = checkpoint(terminal, tmp_path / "now")
    files = (tmp_path / "then", tmp_path / "now")
    alone = terminal("log", "verify", *files, "--key", old["key"])
    assert alone.status == 2
    assert "is not shown" in alone.out
    grew = tmp_path / "grew"
    assert terminal("log", "prove", f"{old['size']}..{new['size']}", "--out", grew).status == 0
    done = terminal("log", "verify", *files, grew, "--key", old["key"])
    assert done.status == 0
    assert "nothing of it was changed" in done.out
    assert terminal("log", "prove", "1..999999").status == 3


# --- verify ---


def test_without_the_key_nothing_is_proven_and_a_key_in_a_file_is_as_good(
    terminal: Terminal, tmp_path: Path
) -> None:
    proof, key = terminal.award()["log.json"], tmp_path / "key"
    key.write_text(checkpoint(terminal)["key"] + "\n")
    done = terminal("log", "verify", proof, "--json")
    assert (done.status, done.json["outcome"]) == (2, "cannot tell")
    assert "key_not_given" in {finding["code"] for finding in done.json["findings"]}
    assert terminal("log", "verify", proof, "--key", key).status == 0
    assert terminal("log", "verify", proof, key).status == 0


def test_what_was_changed_is_not_true_and_the_key_of_another_log_cannot_tell(
    terminal: Terminal, tmp_path: Path
) -> None:
    awarded, key = terminal.award(), checkpoint(terminal)["key"]
    proof = json.loads(awarded["log.json"].read_bytes())
    for change in (
        {"index": proof["index"] - 1},
        {"entry": proof["entry"].replace("award", "erase")},
        {"content": {**proof["content"], "recipient": "mailto:eve@example.org"}},
        {"checkpoint": proof["checkpoint"].replace("\n", "\n1", 1)},
    ):
        (tmp_path / "changed").write_text(json.dumps({**proof, **change}))
        done = terminal("log", "verify", tmp_path / "changed", "--key", key)
        assert done.status == 1, change
        assert done.out.startswith("✗ not true: ")
    from tests.core.notes import LOG

    assert terminal("log", "verify", awarded["log.json"], "--key", LOG.key).status == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("log", "verify", "nowhere"), "file_unreadable"),
        (("log", "verify", "PROOF", "--key", "no key"), "verifier_key_malformed"),
        (("log", "verify", "BADGE"), "no_evidence"),
        (("log", "verify", "EMPTY"), "unknown_evidence"),
        (("log", "verify"), "usage"),
        (("log", "prove"), "usage"),
        (("log",), "usage"),
    ],
)
def test_what_is_used_wrongly_says_how(
    terminal: Terminal, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    awarded = terminal.award()
    (tmp_path / "empty").write_bytes(b"")
    names = {"PROOF": awarded["log.json"], "BADGE": awarded["json"], "EMPTY": tmp_path / "empty"}
    done = terminal(*(names.get(word, word) for word in arguments), "--json")
    assert (done.status, done.json["error"]["code"]) == (3, code)


def test_a_fault_of_ours_is_no_verdict(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("bug")

    proof = terminal.award()["log.json"]
    monkeypatch.setattr("exchange.cli.log.check_evidence", fail)
    assert terminal("log", "verify", proof).status == 2


# --- about ---


def test_everything_about_somebody_is_listed_with_proofs(terminal: Terminal, tmp_path: Path) -> None:
    awarded = terminal.award()
    terminal.award(to="ben@example.org")
    assert terminal("revoke", awarded["id"], "--reason", "Wrong Ann").status == 0
    done = terminal("log", "about", "mailto:ann@example.org", "--out", tmp_path / "ann")
    first, _, second, _ = done.out.splitlines()
    assert first.endswith(f"UTC: award {awarded['id']}")
    assert second.endswith(f"UTC: revoke {awarded['id']}: Wrong Ann")
    key = checkpoint(terminal)["key"]
    for file in (tmp_path / "ann").iterdir():
        assert terminal("log", "verify", file, "--key", key).status == 0
    told = terminal("log", "about", "ann@example.org", "--json").json
    assert [entry["kind"] for entry in told["entries"]] == ["award", "revoke"]
    assert terminal("log", "about", awarded["id"], "--json").json["entries"] == told["entries"]
    assert terminal("log", "about", "eve@example.org").out == (
        "The log has nothing about mailto:eve@example.org.\n"
    )
    assert terminal("log", "about", "no body").status == 3


# --- fsck and doctor, on a real database ---


def test_fsck_is_content_names_what_was_changed_and_doctor_shows_the_log(
    on_disk: Terminal, tmp_path: Path
) -> None:
    on_disk("issuers", "sync")
    assert "no checkpoint yet. Sign one: exchange log checkpoint" in on_disk("doctor").out
    on_disk.award()
    done = on_disk("log", "fsck")
    assert done.status == 0
    assert done.out.startswith("✓ the log is sound: ")
    assert "1 badge on record; in the log 1 award and 0 changes of status" in done.out
    assert "and extends its last checkpoint, of " in on_disk("doctor").out
    with sqlite3.connect(tmp_path / "home" / "exchange.sqlite3") as by_hand:
        by_hand.execute("UPDATE badge SET recipient = 'mailto:eve@example.org'")
        by_hand.execute("UPDATE log_node SET hash = zeroblob(32) WHERE level = 2 AND idx = 0")
    by_hand.close()
    done = on_disk("log", "fsck", "--json")
    assert done.status == 1
    assert not done.json["sound"]
    assert {"log_node/2,0"} < {finding["at"] for finding in done.json["findings"]}
    assert "✗ wrong: " in on_disk("log", "fsck").out


def test_an_endorsement_is_proven_as_a_badge_is(terminal: Terminal, tmp_path: Path) -> None:
    badge = terminal.award()["id"]
    run(ensure_exchange(terminal.world.ports))
    run(endorsed(terminal.world.store, endorsement("e1", "e1", "ana", badge, day(10, 1))))
    done = terminal("log", "prove", "e1", "--out", tmp_path / "p")
    assert done.status == 0, done.err
    index = json.loads((tmp_path / "p").read_bytes())["index"]
    assert done.out == f"{tmp_path / 'p'} proves that the endorsement is entry {index} of the log\n"
