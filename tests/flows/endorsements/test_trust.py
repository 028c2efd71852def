"""The trust summary from what is on record: as the documents alone would give it, and as they stand now."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core import urls
from exchange.core.trust.facts import About
from exchange.core.trust.read import fact_of
from exchange.core.trust.summary import Line, summarise
from exchange.core.verdict.secured import read_secured
from exchange.errors import NotFoundError
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.show import hide, show
from exchange.flows.endorsements.trust import Summary, of_badge, of_badges, of_person
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.log.fsck import fsck
from exchange.flows.people.teams import join, leave
from tests.flows.endorsements.company import Company
from tests.simulator import run


def says(lines: tuple[Line, ...]) -> dict[str, str]:
    return {line.code: line.says for line in lines}


def behind(summary: Summary, code: str) -> set[str]:
    return {id for line in summary.lines if line.code == code for id in line.credentials}


def test_a_summary_says_what_the_shown_documents_say() -> None:
    town = Company()
    first = town.shown(town.ben.endorse(town.badge, team="payments"))
    second = town.shown(town.cleo.endorse(town.badge, team="search", relationship="mentee"))
    third = town.shown(town.dora.endorse(town.badge, relationship="client"))
    summary = town.summary("search")
    assert says(summary.lines) == {
        "endorsers": "3 different people endorse this.",
        "own_team": "One endorser was in the holder's own team when they signed.",
        "other_teams": "One endorser was in another team than the holder when they signed.",
        "receiving_team": "One endorser was in the receiving team when they signed.",
        "teams": "The endorsers name 2 different teams.",
        "team_not_said": "One endorser does not say which teams the two were in.",
        "relationship_same_team": "One endorser says: I work in the same team.",
        "relationship_mentee": "One endorser says: I was mentored by them.",
        "relationship_client": "One endorser says: I received their work.",
        "recent": "3 endorsements are from the last twelve months.",
        "when": "The newest endorsement was signed on 2026-11-21.",
        "own_key": "2 endorsements were signed with the endorser's own key.",
        "recorded": (
            "One endorsement was recorded by the exchange, with a key that it keeps for the endorser."
        ),
    }
    assert behind(summary, "own_team") == {town.id(first)}
    assert behind(summary, "other_teams") == {town.id(second)}
    assert behind(summary, "recorded") == {town.id(third)}


def test_anybody_gets_the_same_lines_from_the_documents_alone() -> None:
    town = Company()
    made = [
        town.shown(peer.endorse(town.badge, team=team))
        for peer, team in ((town.ben, "payments"), (town.cleo, "search"), (town.dora, ""))
    ]
    documents = [read_secured(one.signed or b"").document for one in reversed(made)]
    about = About(frozenset({urls.badge(town.ports.base_url, town.badge)}))
    lines = summarise((fact_of(one, "valid") for one in documents), about, town.world.now)
    assert lines == town.summary().lines


def test_what_is_not_shown_is_in_no_line() -> None:
    town = Company()
    waiting, hidden = town.ben.endorse(town.badge), town.cleo.endorse(town.badge)
    run(hide(town.ana.ports, hidden.id))
    assert says(town.summary().lines) == {"endorsers": "Nobody endorses this."}
    town.shown(waiting)
    assert behind(town.summary(), "endorsers") == {town.id(waiting)}


def test_what_is_withdrawn_is_told_and_counted_nowhere_else() -> None:
    town = Company()
    one, other = town.shown(town.ben.endorse(town.badge)), town.shown(town.cleo.endorse(town.badge))
    run(withdraw(town.ben.ports, one.id))
    summary = town.summary()
    assert behind(summary, "withdrawn") == {town.id(one)}
    assert all(line.code == "withdrawn" or town.id(one) not in line.credentials for line in summary.lines)
    assert behind(summary, "endorsers") == {town.id(other)}


def test_a_later_version_replaces_the_one_before() -> None:
    town = Company()
    one = town.shown(town.ben.endorse(town.badge))
    town.world.later(hours=1)
    other = town.shown(town.ben.endorse(town.badge, "Kept everybody calmer still."))
    summary = town.summary()
    assert behind(summary, "endorsers") == {town.id(other)}
    assert behind(summary, "superseded") == {town.id(one)}


def test_transfers_do_not_rewrite_the_past() -> None:
    """Ana goes to search, where Cleo is: what Cleo signed before still comes from another team."""
    town = Company()
    town.shown(town.ben.endorse(town.badge, team="payments"))
    town.shown(town.cleo.endorse(town.badge, team="search"))
    before = town.summary()
    run(leave(town.ports, "payments", town.ana.person.id))
    run(join(town.ports, "search", town.ana.person.id))
    assert town.summary().lines == before.lines
    again = town.shown(town.dora.endorse(town.badge))
    assert behind(town.summary(), "other_teams") == behind(before, "other_teams")
    assert town.id(again) in behind(town.summary(), "team_not_said")


def test_who_was_endorsed_in_return_is_told() -> None:
    town = Company()
    one = town.shown(town.ben.endorse(town.badge))
    town.ana.make_key()
    theirs = town.award("mailto:ben@example.org").key
    back = town.ana.endorse(theirs)
    assert "reciprocal" not in says(town.summary().lines)
    run(show(town.ben.ports, back.id))
    assert behind(town.summary(), "reciprocal") == {town.id(one), town.id(back)}


def test_a_portfolio_and_a_person_are_summed_up_as_a_whole() -> None:
    town = Company()
    other = town.award().key
    one, two = town.shown(town.ben.endorse(town.badge)), town.shown(town.ben.endorse(other))
    summary = run(of_badges(town.ports, [town.badge, other]))
    assert says(summary.lines)["endorsers"] == "One person endorses this."
    assert behind(summary, "own_key") == {town.id(one), town.id(two)}
    person = run(of_person(town.ports, run(profile_of(town.ports, town.ana.person.id))))
    assert person.lines == summary.lines


def test_what_is_not_here_is_not_summed_up() -> None:
    with pytest.raises(NotFoundError) as unknown:
        run(of_badge(Company().ports, "x"))
    assert unknown.value.code == "unknown_badge"


def test_what_summaries_go_by_is_held_to_the_signed_documents() -> None:
    town = Company()
    one, other = town.ben.endorse(town.badge, skills=("incidents",)), town.cleo.endorse(town.badge)
    assert [finding for finding in run(fsck(town.ports)).findings if finding.level == "error"] == []
    facts = town.world.store._facts
    facts[one.id] = msgspec.structs.replace(facts[one.id], endorser_team="https://elsewhere.example/teams/x")
    del facts[other.id]
    found = {(finding.code, finding.at) for finding in run(fsck(town.ports)).findings}
    assert {
        ("fact_changed", f"endorsement_fact/{one.id}"),
        ("fact_missing", f"endorsement_fact/{other.id}"),
    } <= found
