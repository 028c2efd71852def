"""`exchange verify`, `revoke`, `suspend` and `reinstate`: verdicts and their exit status."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path

import pytest

from exchange.flows.ports import Ports
from tests.cli.conftest import Terminal
from tests.core import endorsing
from tests.simulator import World


@pytest.mark.parametrize("kind", ["json", "png", "svg"])
def test_a_good_badge_is_valid_whatever_carries_it(terminal: Terminal, kind: str) -> None:
    done = terminal("verify", terminal.award()[kind])
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("✓ valid\n")
    assert "✗" not in done.out


def test_a_badge_can_come_from_stdin(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    body = terminal.award()["json"].read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    assert terminal("verify", "-").status == 0


def test_a_badge_can_be_named_by_its_url_and_comes_from_the_own_store(terminal: Terminal) -> None:
    assert terminal("verify", terminal.award()["id"]).status == 0
    assert terminal.world.web.asked == []


def test_the_verdict_in_json(terminal: Terminal) -> None:
    verdict = terminal("verify", terminal.award()["png"], "--json").json
    assert verdict["outcome"] == "valid"
    assert all(set(finding) == {"code", "level", "message", "at"} for finding in verdict["findings"])
    assert verdict["credential"]["type"][-1] == "OpenBadgeCredential"


def test_a_badge_that_was_tampered_with_is_invalid_and_nothing_of_it_is_shown(
    terminal: Terminal, tmp_path: Path
) -> None:
    credential = json.loads(terminal.award()["json"].read_bytes())
    credential["name"] = credential["credentialSubject"]["achievement"]["name"] = "Grand Wizard"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(credential))
    done = terminal("verify", forged)
    assert done.status == 1
    assert done.out.startswith("✗ invalid: ")
    assert "Wizard" not in done.out
    assert credential["issuer"]["name"] not in done.out
    assert terminal("verify", forged, "--json").json["credential"] is None


def test_revoke_is_final_and_verify_says_so(terminal: Terminal) -> None:
    badge = terminal.award()
    done = terminal("revoke", badge["id"], "--reason", "Awarded by mistake")
    assert (done.status, done.out) == (0, f"revoked {badge['id']}: Awarded by mistake\n")
    verdict = terminal("verify", badge["json"])
    assert verdict.status == 1
    assert "revoked" in verdict.out.splitlines()[0]
    assert terminal("revoke", badge["id"], "--reason", "Again").status == 1
    assert terminal("reinstate", badge["id"], "--reason", "Sorry").status == 1
    assert terminal("verify", badge["json"]).status == 1


def test_suspend_is_undone_by_reinstate(terminal: Terminal) -> None:
    badge = terminal.award()
    key = badge["id"].rpartition("/")[2]
    done = terminal("suspend", key, "--reason", "Under review", "--json")
    assert done.json == {
        "id": badge["id"],
        "purpose": "suspension",
        "on": True,
        "reason": "Under review",
        "at": "2026-11-21T09:30:00Z",
    }
    suspended = terminal("verify", badge["json"])
    assert suspended.status == 1
    assert "suspended" in suspended.out.splitlines()[0]
    assert terminal("reinstate", key, "--reason", "All clear").status == 0
    assert terminal("verify", badge["json"]).status == 0


def test_a_badge_that_is_not_ours_cannot_be_revoked(terminal: Terminal) -> None:
    done = terminal("revoke", "https://elsewhere.example/badges/1", "--reason", "Envy", "--json")
    assert (done.status, done.json["error"]["code"]) == (3, "unknown_badge")


def test_at_judges_as_of_that_time(terminal: Terminal) -> None:
    badge = terminal.award("--valid-until", "2026-11-21T18:00:00Z")
    assert terminal("verify", badge["json"], "--at", "2026-11-21T17:00:00+00:00").status == 0
    late = terminal("verify", badge["json"], "--at", "2026-11-21T18:02:00Z")
    assert late.status == 1
    assert "over" in late.out.splitlines()[0]
    assert terminal("verify", badge["json"], "--at", "2026-11-20T09:30:00Z").status == 1
    assert terminal("verify", badge["json"], "--at", "2026-11-20").status == 1  # that whole day


@pytest.mark.parametrize(
    ("recipient", "status"), [("ann@example.org", 0), ("mailto:ann@example.org", 0), ("bob@example.org", 1)]
)
def test_a_recipient_can_be_asked_for(terminal: Terminal, recipient: str, status: int) -> None:
    assert terminal("verify", terminal.award()["json"], "--recipient", recipient).status == status


@pytest.mark.parametrize(("expect", "status"), [("badge", 0), ("endorsement", 1)])
def test_a_kind_can_be_asked_for(terminal: Terminal, expect: str, status: int) -> None:
    assert terminal("verify", terminal.award()["json"], "--expect", expect).status == status


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"hello", b'{"a":1,"a":2}', b"\x89PNG\r\n\x1a\n", b"<svg/>", b"\x00" * 100, b"a.b.c"],
)
def test_something_that_is_no_badge_at_all_is_invalid(
    terminal: Terminal, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "it").write_bytes(content)
    done = terminal("verify", tmp_path / "it", "--json")
    assert (done.status, done.json["outcome"]) == (1, "invalid")
    assert any(finding["level"] == "error" for finding in done.json["findings"])


@pytest.mark.parametrize("name", ["nowhere.json", ".", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_wrong_use_and_no_verdict(terminal: Terminal, name: str) -> None:
    done = terminal("verify", name, "--json")
    assert (done.status, done.json["error"]["code"]) == (3, "file_unreadable")


def test_a_url_that_does_not_answer_is_cannot_tell(terminal: Terminal) -> None:
    done = terminal("verify", "https://elsewhere.example/badge")
    assert done.status == 2
    assert done.out.startswith("? cannot tell: ")
    assert terminal.world.web.asked == ["https://elsewhere.example/badge"]


def test_offline_asks_nobody(terminal: Terminal) -> None:
    assert terminal("verify", "https://elsewhere.example/badge", "--offline").status == 2
    assert terminal("verify", terminal.award()["json"], "--offline").status == 0
    assert terminal.world.web.asked == []


def test_a_badge_of_elsewhere_cannot_be_told_offline_but_can_with_saved_documents(
    terminal: Terminal, tmp_path: Path
) -> None:
    badge = terminal.award()
    lists = json.loads(badge["json"].read_bytes())["credentialStatus"]
    saved = {}
    for number, url in enumerate({entry["statusListCredential"] for entry in lists}):
        published = asyncio.run(_published(terminal.world.ports, url))
        (tmp_path / f"{number}.json").write_bytes(published)
        saved[url] = {"file": f"{number}.json", "status": 200, "content_type": "application/vc"}
    (tmp_path / "index.json").write_text(json.dumps(saved))
    terminal.world = World(base_url="http://localhost:9999")
    assert terminal("verify", badge["json"], "--offline").status == 2
    assert terminal("verify", badge["json"], "--offline", "--documents", tmp_path).status == 0
    assert terminal("verify", badge["json"], "--documents", tmp_path).status == 0
    assert terminal("verify", badge["id"], "--documents", tmp_path).status == 2
    assert terminal.world.web.asked == []


async def _published(ports: Ports, url: str) -> bytes:
    from exchange.flows.badges.status import published_list

    return await published_list(ports, url.rpartition("/")[2])


def test_saved_documents_without_an_index_are_a_wrong_use(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("verify", terminal.award()["json"], "--documents", tmp_path / "nowhere", "--json")
    assert (done.status, done.json["error"]["code"]) == (3, "saved_documents_malformed")


def test_the_round_trip_on_disk(on_disk: Terminal) -> None:
    assert on_disk("issuers", "sync").status == 0
    badge = on_disk.award()
    assert on_disk("verify", badge["png"]).status == 0
    assert on_disk("revoke", badge["id"], "--reason", "A mistake").status == 0
    assert on_disk("verify", badge["png"]).status == 1


def test_the_proof_beside_a_badge_is_no_badge_and_says_what_reads_it(terminal: Terminal) -> None:
    done = terminal("verify", terminal.award()["log.json"])
    assert done.status == 1
    assert "`exchange log verify` reads it" in done.out


def test_a_badge_is_verified_without_an_exchange_and_none_is_left_behind(
    terminal: Terminal, on_disk: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    badge = terminal.award()["json"]
    monkeypatch.undo()
    monkeypatch.setenv("EXCHANGE_HOME", str(tmp_path / "nothing"))
    done = on_disk("verify", badge, "--offline", "--json")
    assert done.status == 2, done.err  # its status lists are out of reach
    assert not (tmp_path / "nothing").exists()


def test_whose_endorsement_it_is_is_told_in_plain_words(terminal: Terminal, tmp_path: Path) -> None:
    for url, document in endorsing.CLEAR.items():
        terminal.world.web.put(url, document.body, document.content_type)
    (tmp_path / "endorsement.jwt").write_bytes(endorsing.signed())
    done = terminal("verify", tmp_path / "endorsement.jwt")
    assert done.status == 0, done.out
    for said in (
        f"endorser: Ada Lovelace, by their key, says {endorsing.EXCHANGE.did}",
        "relationship: works in another team → Payments → Search",
        "skills seen: Incident command, Writing",
        f"The key is that of Ada Lovelace ({endorsing.ADAS}), says {endorsing.EXCHANGE.did}",
        "endorsement 1 of 1 inside it:",
    ):
        assert said in done.out, done.out
    told = terminal("verify", tmp_path / "endorsement.jwt", "--json").json
    assert told["endorser"]["custody"] == "holder"
