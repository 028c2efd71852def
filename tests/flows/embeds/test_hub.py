"""The hub: what is embedded is kept while it is true, and a change costs one look, however many look on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.database import open_store
from exchange.errors import NotFoundError, TooManyError, UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.embeds import hub as hubs
from exchange.flows.embeds.value import FRESH, Value
from exchange.flows.issuers.keys import revoke_key, rotate
from exchange.flows.issuers.sync import sync
from exchange.flows.people.records import Erasure
from exchange.flows.ports import Ports
from exchange.flows.records import Leaf
from tests.edge.shop import SCHOOL
from tests.simulator import World

pytestmark = pytest.mark.anyio


QUIET = {"list_versions": 1, "logged_since": 1}
"""What a look reads where nothing moved."""


class Counted:
    """A store whose reads are counted by their names."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.reads: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if asyncio.iscoroutinefunction(found):
            self.reads[name] += 1
        return found


class Scene:
    """A world with some badges, watched."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.counted = Counted(world.store)
        self.ports = replace(world.ports, store=self.counted)
        self.hub = self.ports.hub

    async def badge(self) -> str:
        return (await award(self.ports, Order("school", "incident-lead", "mailto:ana@example.org"))).key

    async def value(self, key: str) -> Value:
        found = (await self.hub.current(self.ports, f"badges/{key}")).value
        assert found is not None
        return found


@pytest.fixture
async def scene() -> Scene:
    scene = Scene(World())
    await sync(scene.ports, [SCHOOL])
    return scene


async def test_a_thousand_open_embeds_cost_one_query_a_change(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_STREAMS_OF_ONE", 1000)
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)  # the test looks by itself
    key, others = await scene.badge(), [await scene.badge() for _ in range(3)]
    name = f"badges/{key}"
    await scene.value(key)
    with ExitStack() as stack:
        watchers = [stack.enter_context(scene.hub.watch(scene.ports, [name])) for _ in range(1000)]
        await asyncio.sleep(0)  # the hub's own first look
        for act in (suspend, revoke):
            await act(scene.ports, key, "Why")
            scene.counted.reads.clear()
            await scene.hub.look(scene.ports)
            assert scene.counted.reads == {**QUIET, "histories": 1}
            assert all(watcher.news == {name} and watcher.rung.is_set() for watcher in watchers)
            for watcher in watchers:
                watcher.news.clear()
        scene.counted.reads.clear()
        await scene.hub.look(scene.ports)
        assert scene.counted.reads == QUIET
        await revoke(scene.ports, others[0], "Why")  # what nobody watches moves the same list
        scene.counted.reads.clear()
        await scene.hub.look(scene.ports)
        assert scene.counted.reads == {**QUIET, "histories": 1}
        assert not any(watcher.news for watcher in watchers)
    value, _ = scene.hub.seen(name)
    assert value is not None
    assert (value.state, value.reason) == ("revoked", "Why")


async def test_a_suspension_that_ends_is_judged_before_anything_is_called_good(scene: Scene) -> None:
    key = await scene.badge()
    await suspend(scene.ports, key, "Why")
    assert (await scene.value(key)).state == "suspended"
    with scene.hub.watch(scene.ports, [f"badges/{key}"]) as watcher:
        await reinstate(scene.ports, key, "It was right")
        scene.world.keys.broken = True
        await scene.hub.look(scene.ports)
        value, _ = scene.hub.seen(f"badges/{key}")
        assert watcher.news
        assert value is not None
        assert value.state == "valid"
        assert scene.counted.reads["published"] + scene.counted.reads["badge"] > 0


async def test_what_is_kept_is_served_until_something_moves(scene: Scene) -> None:
    key, other = await scene.badge(), await scene.badge()
    first = await scene.value(key)
    assert await scene.value(key) is first  # that judging it had a list signed, and logged, is nothing to it
    scene.counted.reads.clear()
    assert await scene.value(key) is first
    assert scene.counted.reads == {"badge_marks": 1}
    await revoke(scene.ports, other, "Why")
    again = await scene.value(key)
    assert (again.revision, again.state) == (first.revision, "valid")
    await revoke(scene.ports, key, "Why")
    assert (await scene.value(key)).revision != first.revision


@pytest.mark.parametrize("name", ["badges/nope", "badges/", "orders/1", "", "nope"])
async def test_what_is_not_there_is_not_there_of_any_name(scene: Scene, name: str) -> None:
    with pytest.raises(NotFoundError) as error:
        await scene.hub.current(scene.ports, name)
    assert error.value.code == "not_embedded"


async def test_what_was_erased_is_gone_at_once_and_open_embeds_learn_of_it(scene: Scene) -> None:
    key = await scene.badge()
    await scene.value(key)
    with scene.hub.watch(scene.ports, [f"badges/{key}"]) as watcher:
        leaf = Leaf("erase", scene.world.now, {"account": "ana"}, b"s" * 16, ("account:ana",))
        await scene.world.store.erase(Erasure("erasure", (), (key,)), [leaf])
        with pytest.raises(NotFoundError):
            await scene.value(key)
        await scene.hub.look(scene.ports)
        assert scene.hub.seen(f"badges/{key}")[0] is None
        assert watcher.news == {f"badges/{key}"}
        scene.counted.reads.clear()
        await scene.hub.look(scene.ports)
        assert sum(scene.counted.reads.values()) == 0


async def test_a_revoked_key_takes_what_it_signed_along(scene: Scene) -> None:
    key = await scene.badge()
    assert (await scene.value(key)).state == "valid"
    (signing,) = await scene.world.store.keys("school")
    await revoke_key(scene.ports, signing.id, "It was stolen")
    value = await scene.value(key)
    assert (value.state, value.name, value.picture) == ("invalid", "", "")


@pytest.mark.parametrize("retired", [False, True], ids=["active", "retired"])
async def test_a_revoked_key_is_heard_of_by_open_embeds_in_the_next_look(scene: Scene, retired: bool) -> None:
    """A retired key has no list to sign anew, so no version tells of it: the log does."""
    key = await scene.badge()
    (signing,) = await scene.world.store.keys("school")
    if retired:
        await rotate(scene.ports, "school")
    other = await scene.badge()
    names = [f"badges/{one}" for one in (key, other)]
    for one in (key, other):
        assert (await scene.value(one)).state == "valid"
    with scene.hub.watch(scene.ports, names) as watcher:
        await scene.hub.look(scene.ports)
        await revoke_key(scene.ports, signing.id, "It was stolen")
        await scene.hub.look(scene.ports)
        states = [value.state for name in names if (value := scene.hub.seen(name)[0])]
        assert states == ["invalid", "valid" if retired else "invalid"]
        assert watcher.news == set(names[:1] if retired else names)
        scene.counted.reads.clear()
        await scene.hub.look(scene.ports)
        assert scene.counted.reads == QUIET


async def test_what_is_logged_of_others_is_read_once_and_judges_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)
    key = await scene.badge()
    first = await scene.value(key)
    with scene.hub.watch(scene.ports, [f"badges/{key}"]) as watcher:
        await asyncio.sleep(0)
        await scene.hub.look(scene.ports)
        await scene.badge()
        for reads in ({"badge_marks": 1, "logged_since": 1}, {"badge_marks": 1}):
            scene.counted.reads.clear()
            assert await scene.value(key) is first
            assert scene.counted.reads == reads
        await scene.badge()
        scene.counted.reads.clear()
        await scene.hub.look(scene.ports)
        assert scene.counted.reads == QUIET
        assert not watcher.news
        scene.counted.reads.clear()
        assert await scene.value(key) is first
        assert scene.counted.reads == {"badge_marks": 1}


async def test_dates_turn_it_and_nothing_is_fresh_beyond_them(scene: Scene) -> None:
    key = await scene.badge()
    value = await scene.value(key)
    assert value.ends is not None
    assert value.fresh_until(scene.world.now) == scene.world.now + FRESH
    scene.world.now = value.ends
    turn = value.fresh_until(scene.world.now)
    assert (turn - value.ends).total_seconds() == 60
    scene.world.now = turn
    scene.world.later(seconds=1)
    later = await scene.value(key)
    assert (later.state, later.since) == ("expired", value.ends)


async def test_where_the_database_is_away_nobody_is_told_that_anything_is_so(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await scene.badge()
    await scene.value(key)
    with scene.hub.watch(scene.ports, [f"badges/{key}"]):
        await scene.hub.look(scene.ports)
        looked = scene.hub.seen(f"badges/{key}")[1]

        async def away(*_: object) -> None:
            raise UnavailableError("database_unavailable", "away")

        monkeypatch.setattr(scene.world.store, "list_versions", away, raising=False)
        monkeypatch.setattr(scene.world.store, "badge_marks", away, raising=False)
        scene.world.later(seconds=30)
        with pytest.raises(UnavailableError):
            await scene.hub.look(scene.ports)
        assert scene.hub.seen(f"badges/{key}")[1] == looked
        with pytest.raises(UnavailableError):
            await scene.value(key)


async def test_streams_have_a_limit_for_a_network_and_for_the_node(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_STREAMS_OF_ONE", 2)
    monkeypatch.setattr(hubs, "MOST_STREAMS", 3)
    names = [f"badges/{await scene.badge()}"]
    await scene.hub.current(scene.ports, names[0])
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(scene.hub.watch(scene.ports, names, "192.0.2.0/24"))
        with pytest.raises(TooManyError):
            stack.enter_context(scene.hub.watch(scene.ports, names, "192.0.2.0/24"))
        stack.enter_context(scene.hub.watch(scene.ports, names, "198.51.100.0/24"))
        with pytest.raises(TooManyError) as error:
            stack.enter_context(scene.hub.watch(scene.ports, names, "203.0.113.0/24"))
        assert (error.value.code, error.value.retry_after) == ("too_many_streams", 60)
    with scene.hub.watch(scene.ports, names, "192.0.2.0/24"):  # what has ended counts no more
        pass


async def test_nobody_looks_while_nothing_is_watched(scene: Scene) -> None:
    key = await scene.badge()
    await scene.value(key)
    with scene.hub.watch(scene.ports, [f"badges/{key}"]):
        await asyncio.sleep(0.01)
        assert scene.hub.seen(f"badges/{key}")[1] == scene.world.now
    scene.counted.reads.clear()
    await asyncio.sleep(0.6)
    assert scene.counted.reads == {}


async def test_a_crowd_that_asks_at_once_has_it_judged_once(scene: Scene) -> None:
    key = await scene.badge()
    scene.counted.reads.clear()
    await asyncio.gather(*(scene.value(key) for _ in range(50)))
    assert scene.counted.reads["history"] == 1


async def test_a_change_on_another_node_is_found_by_both(tmp_path: Path) -> None:
    """Two nodes over one database file: neither tells the other."""
    async with two_nodes(tmp_path) as (here, there):
        await sync(here, [SCHOOL])
        key = (await award(here, Order("school", "incident-lead", "mailto:ana@example.org"))).key
        await there.hub.current(there, f"badges/{key}")
        with there.hub.watch(there, [f"badges/{key}"]) as watcher:
            await revoke(here, key, "Why")
            await asyncio.wait_for(watcher.rung.wait(), 2)
            value, _ = there.hub.seen(f"badges/{key}")
            assert value is not None
            assert (value.state, value.reason) == ("revoked", "Why")


@asynccontextmanager
async def two_nodes(folder: Path) -> AsyncIterator[tuple[Ports, Ports]]:
    world = World()
    async with AsyncExitStack() as stack:
        nodes = []
        for _ in range(2):
            store = await open_store(f"sqlite:///{folder / 'exchange.sqlite'}")
            stack.push_async_callback(store.close)
            nodes.append(replace(world.ports, store=store))
        yield nodes[0], nodes[1]
