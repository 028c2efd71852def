"""`exchange batches` and `exchange held`: what was begun at the desk, followed from a terminal."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from exchange.core.roster import Row
from exchange.flows.badges.award import Order
from exchange.flows.orders import batches
from exchange.flows.orders.hold import hold
from tests.cli.conftest import Terminal, first_badge

WORK = ("https://example.org/",)


def run(flow: Any) -> Any:
    return asyncio.run(flow)


def begun(terminal: Terminal, *names: str) -> str:
    issuer, badge = first_badge().split("/")
    rows = [Row(n, f"{name}@example.org", WORK) for n, name in enumerate(names, 1)]
    batch = run(batches.draft(terminal.world.ports, Order(issuer, badge, ""), rows))
    return str(run(batches.confirm(terminal.world.ports, batch.id, batch.digest)).id)


def test_a_batch_is_paused_resumed_carried_out_and_its_receipt_taken(
    terminal: Terminal, tmp_path: Path
) -> None:
    assert terminal("batches", "list").out == "no batches\n"
    id = begun(terminal, "ann", "ben")
    assert terminal("batches", "pause", id, "--json").json["state"] == "paused"
    assert terminal("batches", "run").out == "nothing is to be carried out\n"
    assert terminal("batches", "pause", id).status == 1
    assert "running" in terminal("batches", "resume", id).out
    assert "2 awarded" in terminal("batches", "run").out
    assert "done" in terminal("batches", "show", id).out
    receipt = terminal("batches", "receipt", id).json["receipt"]
    assert [row["state"] for row in receipt] == ["awarded", "awarded"]
    assert terminal("batches", "receipt", id, "--out", tmp_path / "r.csv").status == 0
    assert b"ann@example.org" in (tmp_path / "r.csv").read_bytes()
    assert terminal("batches", "receipt", id, "--out", tmp_path / "r.json").status == 0
    assert json.loads((tmp_path / "r.json").read_bytes())["receipt"] == receipt
    assert terminal("batches", "discard", id).status == 1
    assert terminal("batches", "show", "nothing").status == 3
    assert len(run(terminal.world.store.badges())) == 2


def test_an_award_is_held_and_who_asked_does_not_approve_it(terminal: Terminal) -> None:
    order = ("award", first_badge(), "--to", "ann@example.org", "--evidence", *WORK)
    mine = terminal(*order, "--hold", "--json").json["id"]
    assert terminal("held", "approve", mine).status == 1
    assert run(terminal.world.store.badges()) == []
    issuer, badge = first_badge().split("/")
    somebody = replace(terminal.world.ports, who=replace(terminal.world.ports.who, person="somebody"))
    theirs = [run(hold(somebody, Order(issuer, badge, f"{name}@example.org", WORK))).id for name in "ab"]
    assert terminal("held", "approve", theirs[0]).out.startswith("awarded http")
    assert "Not yet" in terminal("held", "refuse", theirs[1], "--reason", "Not yet").out
    states = {one["id"]: one["state"] for one in terminal("held", "list", "--json").json["held"]}
    assert states == {mine: "waiting", theirs[0]: "approved", theirs[1]: "refused"}
    assert len(run(terminal.world.store.badges())) == 1
