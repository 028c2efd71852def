"""What every `Store` answers about reports: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.flows.endorsements.records import EXCHANGE, Report, ReportState
from exchange.flows.people.records import Erasure
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.contract.test_endorsements import MAIL, endorsed
from tests.adapters.database.people_samples import ANA, BEN, leaf
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


@pytest.fixture
async def peers(people: Store) -> Store:
    """A store in which Ben has endorsed a badge of Ana's."""
    await people.put_issuer(samples.issuer(EXCHANGE), leaf())
    await endorsed(people)
    return people


def reported(id: str, reporter: str = "", at: int = 0, **fields: object) -> Report:
    made = Report(*(id, "endorsement", "e-1", "school", reporter, "untrue", "A note.", "open", minutes(at)))
    return replace(made, **fields)  # type: ignore[arg-type]


def settled(one: Report, state: ReportState, answer: str = "", at: int = 50) -> Report:
    hides = {"hidden": answer, "handed": one.hides}.get(state, "")
    return replace(one, state=state, settled_at=minutes(at), settled_by=ANA.id, answer=answer, hides=hides)


async def test_an_account_reports_a_thing_once_and_strangers_as_they_come(peers: Store) -> None:
    size = await peers.log_size()
    mine = [reported(f"r-{n}", BEN.id) for n in range(4)]
    done = await asyncio.gather(*(peers.put_report(one, leaf(), [MAIL]) for one in mine[:1]))
    done += await asyncio.gather(*(peers.put_report(one, leaf()) for one in mine[1:]))
    assert sorted(done) == [False, False, False, True]
    assert await peers.log_size() == size + 1
    assert sum(await peers.count_undelivered()) == 1
    for n in range(2):
        assert await peers.put_report(reported(f"s-{n}"), leaf())
    assert await peers.put_report(reported("t", BEN.id, subject="e-2"), leaf())
    assert await peers.report("r-0") == mine[0]
    assert await peers.report("r-1") is None


async def test_they_are_listed_by_issuer_and_state_newest_first(peers: Store) -> None:
    for n in range(5):
        await peers.put_report(reported(f"r-{n}", at=n // 2), leaf())
    await peers.put_report(reported("x", issuer="college", state="handed"), leaf())
    ids = [one.id for one in await peers.reports("school", ["open"], 9)]
    assert ids == ["r-4", "r-3", "r-2", "r-1", "r-0"]
    assert [one.id for one in await peers.reports("school", ["open"], 2)] == ["r-4", "r-3"]
    assert [one.id for one in await peers.reports("school", ["open"], 9, "r-3")] == ["r-2", "r-1", "r-0"]
    assert [one.id for one in await peers.reports(None, ["handed", "hidden"], 9)] == ["x"]
    assert await peers.reports("school", ["open"], 9, "nothing") == []


async def test_it_is_barred_while_one_report_about_it_is_hidden(peers: Store) -> None:
    one, other = reported("r-1"), reported("r-2")
    for each in (one, other):
        await peers.put_report(each, leaf())
    size = await peers.log_size()
    assert await peers.settle_report(settled(one, "hidden", "First."), "open", leaf(), [MAIL])
    assert not await peers.settle_report(settled(one, "hidden", "Late."), "open", leaf())
    assert await peers.settle_report(settled(other, "hidden", "Second.", 60), "open", leaf())
    assert await _barred(peers) == "Second."
    assert await peers.settle_report(settled(other, "dismissed"), "hidden", leaf())
    assert await _barred(peers) == "First."
    handed = settled(settled(one, "hidden", "First."), "handed", "Yours.")
    assert await peers.settle_report(handed, "hidden", leaf())
    assert await _barred(peers) == "First."  # until who runs the exchange has decided
    assert await peers.report("r-1") == handed
    assert await peers.settle_report(settled(other, "handed", "This too."), "dismissed", leaf())
    assert await peers.settle_report(settled(other, "dismissed"), "handed", leaf())
    assert await _barred(peers) == "First."  # which another report has nothing to do with
    assert await peers.settle_report(settled(one, "dismissed"), "handed", leaf())
    assert await _barred(peers) == ""
    assert await peers.log_size() == size + 7
    assert not await peers.settle_report(settled(reported("nothing"), "hidden"), "open", leaf())


async def test_one_hidden_while_others_are_dismissed_at_once_stays_barred(peers: Store) -> None:
    """Each decision reads what the others came to: on PostgreSQL they must wait for each other."""
    lost = []
    for n in range(12):
        ones = [reported(f"r-{n}-{k}") for k in range(5)]
        for one in ones:
            await peers.put_report(one, leaf())
        states: list[ReportState] = ["dismissed", "dismissed", "hidden", "dismissed", "dismissed"]
        done = [settled(one, state, f"{n}") for one, state in zip(ones, states, strict=True)]
        assert all(await asyncio.gather(*(peers.settle_report(one, "open", leaf()) for one in done)))
        lost += [] if await _barred(peers) == f"{n}" else [n]
        assert await peers.settle_report(settled(ones[2], "dismissed"), "hidden", leaf())
        assert await _barred(peers) == ""
    assert lost == []


async def test_a_later_version_is_barred_with_the_one_it_replaces(peers: Store) -> None:
    await peers.put_report(reported("r-1"), leaf())
    assert await peers.settle_report(settled(reported("r-1"), "hidden", "Traded."), "open", leaf())
    await endorsed(peers, "e-2")
    assert [one.barred for one in await peers.endorsements_of("badge", ["badge-1"])] == ["Traded."] * 2
    await peers.put_report(reported("r-2", subject="e-2"), leaf())
    assert await peers.settle_report(settled(reported("r-2", subject="e-2"), "dismissed"), "open", leaf())
    assert await _barred(peers) == "Traded."
    assert await peers.settle_report(settled(reported("r-1"), "dismissed"), "hidden", leaf())
    assert [one.barred for one in await peers.endorsements_of("badge", ["badge-1"])] == ["", ""]


async def _barred(store: Store) -> str:
    found = await store.endorsement("e-1")
    assert found is not None
    return found.barred


async def test_who_is_erased_reported_nothing_and_what_is_erased_is_in_no_report(peers: Store) -> None:
    await peers.put_report(reported("r-1", BEN.id), leaf())
    await peers.erase(Erasure("erasure", (BEN.id,), ()))
    assert await peers.report("r-1") == reported("r-1", note="")
    await peers.erase(Erasure("other", (), ("e-1",)))
    assert await peers.report("r-1") is None


async def test_two_accounts_that_are_one_have_reported_a_thing_once(peers: Store) -> None:
    for id, reporter, subject in (("a", ANA.id, "e-1"), ("b", BEN.id, "e-1"), ("c", BEN.id, "e-2")):
        await peers.put_report(reported(id, reporter, subject=subject), leaf())
    await peers.merge(BEN.id, ANA, [], [leaf()])
    found = [await peers.report(id) for id in ("a", "b", "c")]
    assert [one.reporter for one in found if one] == [ANA.id, "", ANA.id]
