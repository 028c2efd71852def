"""`exchange codes`: the same verbs as the pages, from a terminal."""

from __future__ import annotations

import asyncio

from exchange.flows.claims import codes
from exchange.flows.people.records import Browser
from tests.cli.conftest import Terminal, first_badge
from tests.flows.claims.test_claim import somebody


def easy_badge(terminal: Terminal) -> str:
    """The first shipped badge that takes no evidence, as `award` names it."""
    rows = terminal.world.store._achievements.values()
    one = next(row for row in rows if not row.evidence_required and row.retired_at is None)
    return f"{one.issuer}/{one.slug}"


def test_a_code_is_made_used_approved_and_closed(terminal: Terminal) -> None:
    terminal.award()  # so that the shipped issuers are there
    badge = easy_badge(terminal)
    made = terminal("codes", "add", badge, "--quota", 2, "--title", "Workshop", "--approval", "--json")
    assert made.status == 0, made.err
    code, link = made.json["id"], made.json["link"]
    ada = somebody(terminal.world, "ada@example.org")
    use = asyncio.run(codes.use(ada, link.rpartition("/")[2], Browser()))
    shown = terminal("codes", "show", code)
    assert "waiting 2026" in shown.out
    assert use.id in shown.out
    done = terminal("codes", "approve", use.id, "--json")
    assert done.json["state"] == "awarded"
    assert terminal("codes", "refuse", use.id).status == 1
    assert terminal("codes", "close", code).out == f"closed {code}\n"
    listed = terminal("codes", "list", badge.partition("/")[0])
    assert "“Workshop”: 1 of 2 taken" in listed.out
    assert "closed" in listed.out


def test_single_codes_are_printed_once(terminal: Terminal) -> None:
    terminal.award()
    made = terminal("codes", "add", easy_badge(terminal), "--quota", 3, "--singles")
    links = [line.strip() for line in made.out.splitlines() if "/claim/code/" in line]
    assert len(set(links)) == 3
    assert "not shown again" in made.out


def test_what_cannot_be_is_said(terminal: Terminal) -> None:
    terminal.award()
    assert terminal("codes", "show", "nothing").status == 3
    wrong = terminal("codes", "add", easy_badge(terminal), "--quota", 0)
    assert (wrong.status, "1 to 10000" in wrong.err) == (3, True)
    assert terminal("codes", "add", first_badge().partition("/")[0], "--quota", 1).status == 3
