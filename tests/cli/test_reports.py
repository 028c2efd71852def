"""Reports at a terminal."""

from __future__ import annotations

from exchange.flows.endorsements.logged import report_leaf
from exchange.flows.endorsements.records import Report
from tests.cli.conftest import Terminal
from tests.simulator import run


def test_what_readers_report_is_listed_and_decided(terminal: Terminal) -> None:
    assert terminal("reports", "list", "atlas").out == "Nothing is reported.\n"
    world = terminal.world
    one = Report(*("r-1", "vouch", "gone", "atlas", "", "other", "A \x1b[2Jnote.", "open", world.now))
    run(world.store.put_report(one, report_leaf(one, "https://x/badges/gone", "s" * 22)))
    told = terminal("reports", "list", "atlas").out
    assert told == "! r-1 open other vouch gone\n  note: A \ufffd[2Jnote.\n"
    assert terminal("reports", "hide", "r-1", "--reason", "Why.").status == 1
    assert terminal("reports", "hand-over", "r-1", "--reason", "Yours.").out == "handed: r-1\n"
    (said,) = terminal("reports", "list", "--json").json["reports"]
    assert (said["id"], said["answer"]) == ("r-1", "Yours.")
    assert "reporter" not in said
    assert terminal("reports", "dismiss", "r-1").status == 0
    assert "because" not in terminal("reports", "list", "atlas", "--settled").out
    two = Report(*("r-2", "endorsement", "gone", "", "", "other", "", "handed", world.now))
    run(world.store.put_report(two, report_leaf(two, "https://x/endorsements/gone", "s" * 22)))
    assert "r-2" in terminal("reports", "list").out
    assert terminal("reports", "dismiss", "r-2").status == 0
    assert "r-2" not in terminal("reports", "list").out
    assert "r-2 dismissed" in " ".join(terminal("reports", "list", "--settled").out.split())
    assert terminal("reports", "report", "endorsement", "nothing", "--reason", "untrue").status == 3
