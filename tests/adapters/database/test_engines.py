"""What both engines do alike: plain Piccolo, values no row can hold, no transaction held open."""

from __future__ import annotations

import random
import threading
from dataclasses import replace

import pytest

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Compute, Many, Work
from exchange.adapters.database.tables import Achievement, Meta, StatusSlot
from exchange.errors import InputError
from exchange.flows.records import EVERY, Draft, SigningStop
from tests.adapters.database import samples

pytestmark = pytest.mark.anyio


async def test_plain_piccolo_queries_run_on_the_engine(store: DatabaseStore) -> None:
    await store.put_issuer(samples.issuer())
    await store.put_achievement(samples.achievement())
    rows = await Achievement.select(Achievement.image, Achievement.created_at, Achievement.evidence_required)
    assert rows == [
        {"image": samples.NOT_JSON, "created_at": samples.START, "evidence_required": True},
    ]
    await Meta.insert(Meta(name="a", value="1"), Meta(name="b", value="2"))
    await Meta.update({Meta.value: "3"}).where(Meta.name == "b")
    assert await Meta.select().where(Meta.name.is_in(["a", "b"])).order_by(Meta.name) == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": "3"},
    ]
    gone = await Meta.delete().where(Meta.name.is_in(["a", "b"])).returning(Meta.name)
    assert gone == [{"name": "a"}, {"name": "b"}]
    assert not await Meta.exists().where(Meta.name.is_in(["a", "b"]))
    (slot,) = await samples.intended(store, purposes=("revocation",))
    assert await StatusSlot.select(StatusSlot.list_index, StatusSlot.badge, StatusSlot.is_set) == [
        {"list_index": slot.index, "badge": "badge-1", "is_set": False}
    ]


async def test_a_stop_made_on_one_node_holds_on_the_other_from_the_next_question_on(
    database_url: str,
) -> None:
    one, other = await open_store(database_url), await open_store(database_url)
    assert await other.stops() == []
    made = SigningStop(EVERY, "stolen?", samples.START)
    await one.put_stop(made)
    assert await other.stops() == [made]
    assert await other.remove_stop(EVERY)
    assert await one.stops() == []
    for store in (one, other):
        await store.close()


async def test_a_transaction_that_could_be_left_open_is_refused(store: DatabaseStore) -> None:
    for open_ended in (store.engine.transaction, store.engine.atomic):
        with pytest.raises(TypeError, match="write"):
            open_ended()
    with pytest.raises(TypeError, match="write"):
        await store.engine.batch(Meta.select())


async def test_what_no_row_can_hold_is_found_in_none(store: DatabaseStore) -> None:
    for strange in ("\ud800", "a\x00b"):
        assert await store.badge(strange) is None
        assert await store.badges(before=strange) == []
        assert await store.issuer(strange) is None
    for version in (2**31, 2**63, -(2**70)):
        assert await store.achievement("team", "welder", version) is None


async def test_what_no_row_can_hold_is_refused_and_nothing_is_kept(store: DatabaseStore) -> None:
    await store.put_issuer(samples.issuer())
    unfit = replace(samples.intent(), recipient="mailto:\ud800")
    with pytest.raises(InputError) as refused:
        await store.intend(Draft("team", "", (), lambda slots: (unfit, samples.leaf())), samples.list_id)
    assert refused.value.code == "value_not_storable"
    with pytest.raises(InputError):
        await store.put_achievement(samples.achievement(version=2**70))
    assert await store.badge("badge-1") is None
    assert await store.achievements("team") == []


async def test_two_stores_on_one_database_see_each_others_work(database_url: str) -> None:
    first = await open_store(database_url, chance=random.Random(1))
    second = await open_store(database_url, chance=random.Random(1))
    await first.put_issuer(samples.issuer())
    badge = await samples.published(second)
    assert await first.badge("badge-1") == badge
    assert await samples.set_status(first, samples.change())
    assert await second.history("badge-1") == [samples.change()]
    slots = [(await samples.intended(one, id))[0] for one, id in ((first, "badge-2"), (second, "badge-3"))]
    assert len({*slots, badge.slots[0]}) == 3  # although both draw the same numbers
    await first.close()
    await second.close()


async def test_work_for_the_processor_leaves_the_event_loop_and_what_it_gives_comes_back(
    store: DatabaseStore,
) -> None:
    def effect() -> Work[int]:
        thread = yield Compute(threading.get_ident)
        yield Many("INSERT INTO meta (name, value) VALUES (?, ?)", [("a", "1"), ("b", "2")])
        return int(thread)

    def refused() -> Work[None]:
        yield Many("INSERT INTO meta (name, value) VALUES (?, ?)", [("c", "3")])
        yield Compute(refuse)

    def refuse() -> None:
        raise InputError("unfit", "no")

    assert await store.engine.write(effect) != threading.get_ident()
    with pytest.raises(InputError):
        await store.engine.write(refused)
    assert [await store.meta(name) for name in "abc"] == ["1", "2", None]
