"""The table and its changes, and webhooks, from a terminal."""

from __future__ import annotations

from pathlib import Path

from exchange.flows.webhooks.webhooks import CHANNEL
from tests.cli.conftest import Terminal, first_badge
from tests.simulator import run

ISSUER = first_badge().partition("/")[0]


def test_recipients_are_listed_filtered_and_exported(terminal: Terminal, tmp_path: Path) -> None:
    for name in ("ann", "ben"):
        terminal.award(to=f"{name}@example.org")
    listed = terminal("recipients", "list", ISSUER, "--json").json["recipients"]
    assert {row["recipient"] for row in listed} == {"ann@example.org", "ben@example.org"}
    told = terminal("recipients", "list", ISSUER, "--to", "an").out
    assert "ann@example.org" in told
    assert "ben@example.org" not in told
    file = tmp_path / "all.csv"
    assert terminal("recipients", "export", ISSUER, file).status == 0
    assert len(file.read_text().splitlines()) == 3
    assert "file_exists" in terminal("recipients", "export", ISSUER, file, "--json").out
    assert terminal("recipients", "list", ISSUER, "--status", "eaten").status == 3
    assert ", offered, mail" in terminal("recipients", "list", ISSUER, "--claim", "offered").out
    assert terminal("recipients", "list", ISSUER, "--claim", "accepted", "--json").json["recipients"] == []
    assert terminal("recipients", "list", ISSUER, "--claim", "eaten").status == 3


def test_many_are_changed_after_a_yes(terminal: Terminal) -> None:
    badges = [terminal.award(to=f"{name}@example.org")["id"] for name in ("ann", "ben")]
    terminal.world.later(minutes=1)
    change = ("recipients", "suspend", ISSUER, "--reason", "A look", "--json")
    assert terminal(*change, "--dry-run").json["count"] == 2
    refused = terminal(*change)
    assert (refused.status, "not_confirmed" in refused.out) == (3, True)
    assert terminal(*change, "--yes", "--badge", badges[0]).json["done"] == 1
    rows = terminal("recipients", "list", ISSUER, "--status", "suspended", "--json").json["recipients"]
    assert [row["recipient"] for row in rows] == ["ann@example.org"]
    renewed = terminal("recipients", "replace", ISSUER, "--yes", "--status", "valid", "--json").json
    assert (renewed["done"], renewed["left"]) == (1, 0)


def test_webhooks_are_added_tested_told_again_and_removed(terminal: Terminal) -> None:
    assert "tells nobody" in terminal("webhooks", "list", ISSUER).out
    made = terminal("webhooks", "add", ISSUER, "https://hr.example.org/in", "--json").json
    assert made["secret"].startswith("whsec_")
    listed = terminal("webhooks", "list", ISSUER)
    assert "https://hr.example.org/in" in listed.out
    assert made["secret"] not in listed.out
    terminal("webhooks", "test", ISSUER, made["id"])
    assert terminal("webhooks", "send", "--json").json == {"sent": 1, "failed": 0}
    (line,) = terminal("webhooks", "log", ISSUER, made["id"], "--json").json["deliveries"]
    assert (line["type"], line["attempts"], line["sent"] is not None) == ("webhook.test", 1, True)
    again = terminal("webhooks", "replay", ISSUER, made["id"], line["line"], "--json").json
    assert again["id"] == line["id"]
    assert terminal("webhooks", "remove", ISSUER, made["id"]).status == 0
    assert run(terminal.world.store.count_undelivered(CHANNEL)) == (0, 0)
