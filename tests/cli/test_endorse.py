"""`exchange endorse`, `withdraw` and `endorsements`: issuers of each other's, from a terminal."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Terminal, first_badge
from tests.simulator import run


def test_an_issuer_endorses_anothers_badge_and_takes_it_back(terminal: Terminal) -> None:
    badge = first_badge()
    owner, other = badge.split("/")[0], "commons"
    assert owner != other
    assert terminal("endorsements", "list", other).out == "no endorsements\n"
    said = terminal("endorse", other, badge, "--line", "It is hard to get.", "--text", "Really.", "--json")
    assert (said.status, said.json["state"], said.json["subject"]) == (0, "active", f"{badge}@1")
    id = said.json["id"]
    assert f"{other} endorses {badge}@1: {id}" in terminal("endorsements", "list", owner).out
    again = terminal("endorse", other, f"{badge}@1", "--line", "It is hard to get.", "--text", "Really.")
    assert id in again.out
    assert terminal("endorse", owner, badge, "--line", "We are good.").status == 1
    assert terminal("endorse", other, f"{owner}/nothing", "--line", "Good.").status == 3
    assert terminal("endorse", other, owner, "--line", "x" * 141).status == 3
    assert "not displayed" in terminal("endorsements", "hide", id).out
    assert terminal("endorsements", "show", id, "--json").json["displayed"] is True
    assert "endorsed (withdrawn)" in terminal("withdraw", id.rpartition("/")[2], "--reason", "Too soon.").out
    assert terminal("withdraw", id).status == 1
    listed = terminal("endorsements", "list", other, "--json").json
    assert [one["state"] for one in listed["given"]] == ["withdrawn"]
    assert listed["received"] == []


def test_it_verifies_at_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    id = terminal("endorse", "commons", first_badge(), "--line", "Good.", "--json").json["id"]
    found = run(terminal.world.store.endorsement(id.rpartition("/")[2]))
    assert found is not None
    file = tmp_path / "endorsement.json"
    file.write_bytes(found.signed or b"")
    assert terminal("verify", file, "--expect", "endorsement").status == 0
    assert terminal("withdraw", id).status == 0
    assert terminal("verify", file, "--expect", "endorsement").status == 1
