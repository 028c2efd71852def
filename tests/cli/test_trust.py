"""The trust summary at a terminal."""

from __future__ import annotations

from exchange.flows.endorsements.profiles import ensure_exchange
from tests.adapters.database.endorsed import endorsed
from tests.cli.conftest import Terminal
from tests.core.trust.graph import SEARCH, day, endorsement
from tests.simulator import run


def test_what_is_endorsed_is_summed_up_line_by_line(terminal: Terminal) -> None:
    badge, other = (terminal.award(to=f"{name}@example.org")["id"] for name in ("ana", "ben"))
    assert terminal("trust", badge).out == "Nobody endorses this.\n"
    run(ensure_exchange(terminal.world.ports))
    for name, subject in (("e1", badge), ("e2", other)):
        run(endorsed(terminal.world.store, endorsement(name, name, "ana", subject, day(10, 1))))
    lines = terminal("trust", badge).out.splitlines()
    assert lines[0] == "One person endorses this."
    assert "One endorser was in another team than the holder when they signed." in lines
    told = terminal("trust", badge, other.rpartition("/")[2], "--documents").out.splitlines()
    assert told[:3] == [
        "2 different people endorse this.",
        "  https://badges.example.org/endorsements/e1",
        "  https://badges.example.org/endorsements/e2",
    ]
    said = terminal("trust", badge, "--json").json
    assert said["lines"][0]["credentials"] == ["https://badges.example.org/endorsements/e1"]
    assert said["bridges"] == []
    assert SEARCH not in str(said["lines"])
    assert "was in the receiving team" in terminal("trust", badge, "--team", "search").out
    assert terminal("trust", "nothing").status == 3
