"""What every `Store` knows of signed endorsements taken together: on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from exchange.core.trust.facts import Fact
from exchange.core.trust.summary import summarise
from exchange.flows.endorsements.records import KeptFact, Tie
from exchange.flows.people.records import Erasure, Person
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.endorsed import ending, endorsed, leaf
from tests.core.trust import graph
from tests.core.trust.graph import AROUND, CALM, COMMAND, FACTS, LEAD, NOW, PORTFOLIO, WRITING, day, who

pytestmark = pytest.mark.anyio


@pytest.fixture
async def known(any_store: Store) -> Store:
    """A store that knows the exchange, which keeps the status of what people sign."""
    await any_store.put_issuer(samples.issuer("exchange"))
    return any_store


VALID = [fact for fact in FACTS if fact.state == "valid" and fact.endorser != fact.holder]


async def kept(store: Store, facts: list[Fact]) -> None:
    for fact in facts:
        if fact.endorser != fact.holder:  # which no store takes
            await endorsed(store, fact)


def ties(facts: list[Fact]) -> list[Tie]:
    return [Tie(fact.endorser, fact.holder, fact.skills) for fact in facts]


async def around(store: Store) -> list[str]:
    found = await store.facts_around(ties([fact for fact in VALID if fact.endorser != fact.holder]))
    return sorted(fact.id.rpartition("/")[2] for fact in found)


async def test_what_was_signed_comes_back_as_it_was(known: Store) -> None:
    await kept(known, VALID)
    found = await known.facts_about([LEAD, CALM])
    assert sorted(found, key=lambda fact: fact.id) == sorted(
        (fact for fact in VALID if PORTFOLIO.has(fact)), key=lambda fact: fact.id
    )
    assert {fact.subject for fact in await known.facts_about([CALM])} == {CALM}
    assert await known.facts_about([]) == []
    assert await known.facts_about(["https://badges.example.org/badges/unknown"]) == []


async def test_of_a_person_all_that_they_hold_and_what_is_said_of_them(known: Store) -> None:
    profile = graph.endorsement("p1", "pam", "ada", who("ada"), day(11, 1))
    await kept(known, [*VALID, profile])
    found = {fact.id for fact in await known.facts_about([], who("ada"))}
    assert found == {profile.id} | {fact.id for fact in VALID if fact.holder == who("ada")}


async def test_only_what_is_shown_is_known(known: Store) -> None:
    await endorsed(known, VALID[0], "waiting")
    await endorsed(known, VALID[1], "hidden")
    await endorsed(known, VALID[2], "shown")
    assert [fact.id for fact in await known.facts_about([LEAD])] == [VALID[2].id]
    await known.settle_endorsement("b1", "shown", day(1, 1), ending("b1").leaf)
    assert len(await known.facts_about([LEAD])) == 2


async def test_the_bit_says_how_it_stands(known: Store) -> None:
    id = await endorsed(known, VALID[0])
    other = await endorsed(known, VALID[1])
    assert await known.withdraw_endorsement(ending(id))
    states = {fact.id: fact.state for fact in await known.facts_about([LEAD])}
    assert states == {VALID[0].id: "withdrawn", VALID[1].id: "valid"}
    assert other in VALID[1].id


async def test_whose_endorser_is_suspended_is_known_as_that_and_tells_nothing_of_others(known: Store) -> None:
    await kept(known, [*VALID, *(fact for fact in AROUND if fact.id != graph.document("zb"))])
    before, beside = {fact.id: fact for fact in await known.facts_about([LEAD])}, await around(known)
    suspended = VALID[0].endorser.rpartition("/")[2]
    person = Person(suspended, "Somebody", samples.START)
    await known.put_person(person)
    await known.change_person(replace(person, halted="Why."), leaf("profile", "x"), was=person)
    after = {fact.id: fact for fact in await known.facts_about([LEAD])}
    theirs = {id for id, fact in before.items() if fact.endorser == VALID[0].endorser}
    assert {id for id, fact in after.items() if fact.state == "suspended"} == theirs != set()
    assert {id: fact for id, fact in after.items() if id not in theirs} == {
        id: fact for id, fact in before.items() if id not in theirs
    }
    witnesses = {fact.id for fact in AROUND if fact.endorser == VALID[0].endorser}
    assert not witnesses & {graph.document(id) for id in await around(known)}
    await known.change_person(person, leaf("profile", "x"), was=replace(person, halted="Why."))
    assert await around(known) == beside
    assert {fact.id: fact for fact in await known.facts_about([LEAD])} == before


async def test_around_are_the_first_who_say_so_and_only_while_it_stands(known: Store) -> None:
    await kept(known, [*VALID, *(fact for fact in AROUND if fact.id != graph.document("zb"))])
    assert await around(known) == ["ab", "zd"]
    await known.withdraw_endorsement(ending("zd"))
    assert await around(known) == ["ab", "yd"]
    await known.settle_endorsement("yd", "hidden", day(1, 1), ending("yd").leaf)
    await known.withdraw_endorsement(ending("ab"))
    assert await around(known) == []


async def test_the_few_rows_that_are_brought_say_what_all_documents_say(known: Store) -> None:
    """The summary over what the store brings is that over everything there is."""
    more = [
        graph.endorsement(
            *(f"r{n}", f"r{n}", "dora", f"{graph.BASE}/badges/dora", day(2, 3) + timedelta(minutes=n)),
            skills=(COMMAND, WRITING),
        )
        for n in range(4)
    ]
    everything = [*VALID, *(fact for fact in AROUND if fact.state == "valid"), *more]
    await kept(known, everything)
    facts = await known.facts_about([LEAD, CALM])
    brought = await known.facts_around(ties([fact for fact in facts if fact.endorser != fact.holder]))
    lines = summarise(facts, PORTFOLIO, NOW, brought)
    assert lines == summarise(everything, PORTFOLIO, NOW, everything)
    assert len(brought) < 4


async def test_nothing_is_known_of_who_was_erased(known: Store) -> None:
    await kept(known, [VALID[0], VALID[1], AROUND[2]])
    await known.erase(Erasure("e", accounts=("ben",), badges=("b1",)))
    assert [fact.id for fact in await known.facts_about([LEAD])] == [VALID[1].id]
    await known.erase(Erasure("f", accounts=("dora",), badges=()))
    assert await known.facts_about([], who("dora")) == []


async def test_what_is_kept_is_known_by_its_key_shown_or_not(known: Store) -> None:
    whole = msgspec.structs.replace(VALID[0], skills=("b", "a"))
    id, hidden = await endorsed(known, whole), await endorsed(known, VALID[1], "hidden")
    kept = await known.kept_facts([id, hidden, "unknown"])
    assert kept == {id: KeptFact(whole, ("a", "b")), hidden: KeptFact(VALID[1], ())}
    assert await known.kept_facts([]) == {}


async def test_a_fact_keeps_every_member(known: Store) -> None:
    whole = msgspec.structs.replace(VALID[0], supersedes=graph.document("x"), skills=("a", "b é"))
    bare = msgspec.structs.replace(
        VALID[1], endorser_team=None, holder_team=None, skills=(), custody="exchange"
    )
    await kept(known, [whole, bare])
    assert sorted(await known.facts_about([LEAD]), key=lambda fact: fact.id) == [whole, bare]


async def test_the_log_tells_whom_the_endorsements_in_it_are_of(known: Store) -> None:
    size = await known.log_size()
    id = await endorsed(known, VALID[0])
    logged = [one for one in await known.logged_since(size, 10) if one.about == f"badge:{id}"]
    assert "endorse" in {one.kind for one in logged}
    assert {one.holder for one in logged} == {VALID[0].holder.rpartition("/")[2]}
    await known.erase(Erasure("erasure", (), (id,)))
    assert {one.holder for one in await known.logged_since(size, 10)} == {""}
