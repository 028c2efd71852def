"""`exchange award` and `exchange issuers sync`: what is signed, written and refused."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from exchange.flows.ports import Ports
from exchange.resources import data_path
from tests.cli.conftest import Terminal, first_badge


def test_a_second_sync_changes_nothing(terminal: Terminal) -> None:
    report = terminal("issuers", "sync", "--json").json
    assert (report["created"], report["updated"]) == ([], [])
    assert len(report["unchanged"]) == len(list(data_path("issuers").glob("*/badges/*.toml")))


def test_a_folder_of_issuers_that_is_not_there_is_a_wrong_use(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal("issuers", "sync", tmp_path / "nowhere").status == 3


def test_an_award_writes_the_signed_credential_and_two_pictures_into_the_home(
    terminal: Terminal, tmp_path: Path
) -> None:
    awarded = terminal.award()
    assert set(awarded) == {"id", "files", "json", "png", "svg", "log.json"}
    assert awarded["id"].startswith("http://localhost:8000/badges/")
    assert {Path(file).parent for file in awarded["files"]} == {tmp_path / "home" / "awards"}
    assert json.loads(awarded["json"].read_bytes())["id"] == awarded["id"]
    assert awarded["png"].read_bytes().startswith(b"\x89PNG")
    assert awarded["svg"].read_bytes().startswith(b"<svg")


def test_an_award_for_people_prints_the_id_and_the_paths(terminal: Terminal, tmp_path: Path) -> None:
    order = ("award", first_badge(), "--to", "ann@example.org", "--evidence", "https://example.org/")
    done = terminal(*order, "--out", tmp_path / "ann")
    assert (done.status, done.err) == (0, "")
    first, *paths = done.out.splitlines()
    assert re.fullmatch(r"awarded http://localhost:8000/badges/[0-9a-f-]{36}", first)
    assert [Path(path).name.partition(".")[2] for path in paths] == ["json", "png", "svg", "log.json"]
    assert all(Path(path.strip()).parent == tmp_path / "ann" for path in paths)


def test_what_the_award_says_is_in_the_credential(terminal: Terminal) -> None:
    awarded = terminal.award("--narrative", "Led *it*.", "--valid-until", "2027-03-01", to="did:example:ann")
    credential = json.loads(awarded["json"].read_bytes())
    assert credential["validUntil"] == "2027-03-01T23:59:59Z"
    assert credential["credentialSubject"]["narrative"] == "Led *it*."
    assert credential["credentialSubject"]["id"] == "did:example:ann"
    assert [evidence["id"] for evidence in credential["evidence"]] == ["https://example.org/work"]


def test_an_award_as_jwt_writes_a_jwt(terminal: Terminal) -> None:
    awarded = terminal.award("--proof", "jwt")
    assert awarded["jwt"].read_bytes().count(b".") == 2
    assert terminal("verify", awarded["jwt"]).status == 0


def test_an_award_never_overwrites_a_file_and_says_that_the_badge_is_on_record(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = terminal.award()
    monkeypatch.setattr("exchange.cli.commands.awarding.award", _always(first))
    done = terminal("award", first_badge(), "--to", "ann@example.org")
    assert done.status == 1
    assert first["id"] in done.err
    assert json.loads(first["json"].read_bytes())["id"] == first["id"]


def _always(told: dict[str, Any]) -> Any:
    from exchange.flows.badges.award import Awarded

    async def award(ports: Ports, order: object) -> Awarded:
        return Awarded(told["id"], told["id"].rpartition("/")[2], b"new", b"new", b"new", "json")

    return award


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("nobody/badge --to ann@example.org", "unknown_issuer"),
        ("ISSUER/nothing --to ann@example.org", "unknown_achievement"),
        ("ISSUER/BADGE --to Ann --evidence https://e.org/", "recipient_malformed"),
        ("ISSUER/BADGE --to ann@example.org --evidence file", "evidence_malformed"),
        ("ISSUER/BADGE --to a@e.org --evidence https://e.org/ --proof rsa", "unknown_proof"),
        ("ISSUER/BADGE --to a@e.org --evidence https://e.org/ --valid-until 2020-01-01", "valid_until_past"),
    ],
)
def test_an_award_that_cannot_be_is_refused_and_leaves_nothing(
    terminal: Terminal, tmp_path: Path, arguments: str, code: str
) -> None:
    issuer, badge = first_badge().split("/")
    done = terminal("award", *arguments.replace("ISSUER", issuer).replace("BADGE", badge).split(), "--json")
    assert (done.status, done.json["error"]["code"]) == (3, code)
    assert done.err.startswith("error: ")
    assert list((tmp_path / "home" / "awards").iterdir()) == []
    assert asyncio.run(terminal.world.store.badges()) == []


def test_an_award_into_a_file_instead_of_a_folder_is_refused_before_signing(
    terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("")
    done = terminal("award", first_badge(), "--to", "ann@example.org", "--out", tmp_path / "out", "--json")
    assert (done.status, done.json["error"]["code"]) == (3, "out_unwritable")
    assert asyncio.run(terminal.world.store.badges()) == []


def test_many_recipients_of_a_file_get_their_badges_once(terminal: Terminal, tmp_path: Path) -> None:
    roster = tmp_path / "spring.txt"
    roster.write_text("ann@example.org\n\n# a note\nmailto:ben@example.org\n")
    order = ("award", first_badge(), "--to-file", roster, "--evidence", "https://example.org/")
    done = terminal(*order)
    told = [json.loads(line) for line in done.out.splitlines()]
    assert (done.status, done.err) == (0, "2 awarded, 0 had it, 0 not done\n")
    assert [(one["to"], one["again"]) for one in told] == [
        ("mailto:ann@example.org", False),
        ("mailto:ben@example.org", False),
    ]
    roster.write_text(roster.read_text() + "did:example:eve")
    again = [json.loads(line) for line in terminal(*order).out.splitlines()]
    assert [one["id"] for one in again[:2]] == [one["id"] for one in told]
    assert [one["again"] for one in again] == [True, True, False]
    other = terminal(*order, "--narrative", "Another.")
    assert other.status == 1
    assert json.loads(other.out.splitlines()[0])["error"]["code"] == "idempotency_key_reused"
    assert len(asyncio.run(terminal.world.store.badges())) == 3
    assert terminal(*order, "--batch", "autumn").err.startswith("3 awarded")


def test_a_file_with_a_wrong_line_is_refused_and_nothing_is_signed(
    terminal: Terminal, tmp_path: Path
) -> None:
    roster = tmp_path / "spring.txt"
    roster.write_text("ann@example.org\nBen\n")
    order = ("award", first_badge(), "--evidence", "https://example.org/", "--to-file")
    done = terminal(*order, roster)
    assert (done.status, done.out) == (3, "")
    assert "row 2: Nobody here has the handle 'Ben'" in done.err
    assert terminal(*order, tmp_path / "nowhere").status == 3
    assert terminal(*order, roster, "--to", "ann@example.org").status == 3
    assert terminal(*order, roster, "--out", tmp_path).status == 3
    assert asyncio.run(terminal.world.store.badges()) == []


def test_a_table_is_judged_first_and_what_is_wrong_can_be_left_out(
    terminal: Terminal, tmp_path: Path
) -> None:
    roster = tmp_path / "spring.csv"
    lines = ["E-Mail;Nachweis;Begründung;Telefon", "ann@example.org;https://e.org/a;Led it;1"]
    roster.write_bytes("\n".join([*lines, "x y", "ann@example.org"]).encode("utf-16"))
    order = ("award", first_badge(), "--evidence", "https://example.org/", "--to-file", roster)
    dry = terminal(*order, "--dry-run")
    assert dry.status == 1
    assert [said in dry.out for said in ("Telefon", "row 3:", "row 4:", "1 right, 0 have it, 2 wrong")] == [
        True
    ] * 4
    rows = terminal(*order, "--dry-run", "--json").json["rows"]
    assert [[fault["code"] for fault in row["faults"]] for row in rows] == [
        [],
        ["recipient_malformed"],
        ["duplicate"],
    ]
    assert terminal(*order).status == 3
    assert asyncio.run(terminal.world.store.badges()) == []
    done = terminal(*order, "--skip-wrong")
    assert (done.status, done.err) == (1, "1 awarded, 0 had it, 0 not done, 2 left out\n")
    (badge,) = asyncio.run(terminal.world.store.badges())
    said = json.loads(badge.signed or b"")
    assert [one["id"] for one in said["evidence"]] == ["https://e.org/a"]
    assert said["credentialSubject"]["narrative"] == "Led it"
    assert "1 have it" in terminal(*order, "--dry-run").out
