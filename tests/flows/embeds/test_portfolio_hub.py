"""A portfolio in the hub: a change of any badge of it costs one look, and a link that is off is gone."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.core.portfolio.portfolio import Item
from exchange.core.portfolio.shown import Shown
from exchange.errors import NotFoundError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.embeds import hub as hubs
from exchange.flows.embeds import things
from exchange.flows.embeds.portfolio_value import PortfolioValue
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.people.people import suspend_profile
from exchange.flows.portfolios.remove import remove
from exchange.flows.portfolios.share import off
from exchange.flows.ports import Ports
from tests.flows.embeds.test_hub import Counted
from tests.portfolios import PortfolioTown
from tests.simulator import run


class Scene:
    """A portfolio behind a link, and a hub whose reads are counted."""

    def __init__(self) -> None:
        self.town = PortfolioTown()
        self.counted = Counted(self.town.world.store)
        self.ports = replace(self.town.ports, store=self.counted)
        self.hub = self.ports.hub
        self.kept = self.town.everything()
        self.link, self.secret = self.town.share(self.kept)
        self.name = f"portfolios/{self.secret}"

    def current(self) -> Shown:
        value = run(self.hub.current(self.ports, self.name)).value
        assert isinstance(value, PortfolioValue)
        return value.shown

    def state(self, key: str) -> str:
        return next(item.state for item in self.current().items if item.key == key)

    def gone(self) -> bool:
        with pytest.raises(NotFoundError) as error:
            self.current()
        return error.value.code == "not_embedded"


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def looked(scene: Scene) -> None:
    scene.counted.reads.clear()
    await scene.hub.look(scene.ports)


def test_a_change_of_one_badge_costs_one_query_however_many_look_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_STREAMS_OF_ONE", 1000)
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)
    town, name = scene.town, scene.name

    async def watch() -> None:
        await scene.hub.current(scene.ports, name)
        with ExitStack() as stack:
            watchers = [stack.enter_context(scene.hub.watch(scene.ports, [name])) for _ in range(1000)]
            await asyncio.sleep(0)  # the hub's own first look
            await looked(scene)
            quiet = {"list_versions": 1, "shared_marks": 1, "logged_since": 1}
            assert scene.counted.reads == quiet
            for act, key in ((suspend, town.first), (revoke, town.second), (revoke, town.first)):
                await act(scene.ports, key, "Why")
                await looked(scene)
                assert scene.counted.reads == {**quiet, "histories": 1}
                assert all(watcher.news == {name} for watcher in watchers)
                for watcher in watchers:
                    watcher.news.clear()
            value, _ = scene.hub.seen(name)
            assert isinstance(value, PortfolioValue)
            followed = value.shown
            scene.hub._kept.clear()
            assert (await scene.hub.current(scene.ports, name)).value.revision == followed.revision  # type: ignore[union-attr]

    run(watch())
    assert (scene.state("one"), scene.state("two"), scene.state("said")) == ("revoked", "revoked", "valid")


def test_what_ends_and_what_a_peer_takes_back_is_judged_anew(scene: Scene) -> None:
    town = scene.town
    run(suspend(scene.ports, town.first, "Why"))
    assert scene.state("one") == "suspended"
    run(reinstate(scene.ports, town.first, "Right"))
    assert scene.state("one") == "valid"
    run(withdraw(town.ana.ports, town.said.id))
    assert scene.state("said") == "withdrawn"
    assert "Kept everybody calm" not in repr(scene.current())


def test_what_is_kept_is_served_until_something_moves(scene: Scene) -> None:
    first = scene.current()
    assert scene.current() is first  # what judging it had logged, a list that was signed, is nothing to it
    scene.counted.reads.clear()
    assert scene.current() is first
    assert scene.counted.reads == {"shared_mark": 1}
    scene.town.change(scene.kept, headline="Another one")
    assert scene.current().headline == "Another one"


def test_a_link_that_is_off_or_over_or_removed_is_gone_at_once_and_the_others_stay(scene: Scene) -> None:
    town = scene.town
    _, other = town.share(scene.kept)
    scene.current()
    run(off(town.ben.ports, scene.kept.id, scene.link.id))
    assert scene.gone()
    scene.name = f"portfolios/{other}"
    scene.current()
    run(remove(town.ben.ports, scene.kept.id))
    assert scene.gone()


def test_a_link_ends_at_its_time(scene: Scene) -> None:
    end = scene.town.world.now + timedelta(seconds=20)
    _, secret = scene.town.share(scene.kept, expires_at=end)
    scene.name = f"portfolios/{secret}"
    scene.current()
    scene.town.world.now = end
    assert scene.gone()


def test_open_embeds_learn_that_a_link_is_off_and_are_told_no_secret_of_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)

    async def watch() -> None:
        await scene.hub.current(scene.ports, scene.name)
        with scene.hub.watch(scene.ports, [scene.name]) as watcher:
            await off(scene.town.ben.ports, scene.kept.id, scene.link.id)
            await scene.hub.look(scene.ports)
            assert watcher.news == {scene.name}
            assert scene.hub.seen(scene.name)[0] is None

    run(watch())
    assert scene.secret not in caplog.text


def test_many_open_portfolios_are_looked_at_together(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)
    town = scene.town
    names = [f"portfolios/{town.share(scene.kept)[1]}" for _ in range(30)]

    async def watch() -> None:
        for name in names:
            await scene.hub.current(scene.ports, name)
        with scene.hub.watch(scene.ports, names) as watcher:
            await asyncio.sleep(0)  # the hub's own first look
            quiet = {"list_versions": 1, "shared_marks": 1, "logged_since": 1}
            for to in ("cleo", "ben"):
                await award(scene.ports, Order("school", "incident-lead", f"mailto:{to}@example.org"))
                await looked(scene)
                assert scene.counted.reads == quiet
            await revoke(scene.ports, town.first, "Why")
            await looked(scene)
            assert scene.counted.reads == {**quiet, "histories": 1}
            assert watcher.news == set(names)

    run(watch())


def test_what_may_concern_all_is_judged_anew_in_turns_and_is_not_fresh_until_then(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)
    monkeypatch.setattr(hubs, "MOST_RENEWED", 2)
    town = scene.town
    names = [f"portfolios/{town.share(scene.kept)[1]}" for _ in range(5)]

    async def watch() -> None:
        for name in names:
            await scene.hub.current(scene.ports, name)
        with scene.hub.watch(scene.ports, names) as watcher:
            await asyncio.sleep(0)
            await suspend_profile(town.ports, town.ana.person.id, "Why")
            for waiting in (3, 1, 0):
                town.world.later(seconds=1)
                await scene.hub.look(scene.ports)
                overdue = {name for name in names if scene.hub.is_overdue(name)}
                assert len(overdue) == waiting
                assert watcher.news == set(names) - overdue

    run(watch())


def test_what_cannot_be_judged_is_overdue_and_holds_up_nothing_else(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)
    town = scene.town
    badge, other = f"badges/{town.first}", town.with_items(Item(key="two", kind="badge", id=town.second))
    _, secret = town.share(other)
    good = f"portfolios/{secret}"
    judge = things.KINDS["portfolios"]

    async def judged(ports: Ports, key: str) -> hubs.Kept:
        if key == scene.secret and broken:
            raise OverflowError(f"an odd date, read with {key}")
        return await judge(ports, key)

    broken: list[str] = []
    monkeypatch.setattr(things, "KINDS", {**things.KINDS, "portfolios": judged})

    async def watch() -> None:
        names = [scene.name, good, badge]
        for name in names:
            await scene.hub.current(scene.ports, name)
        with scene.hub.watch(scene.ports, names) as watcher:
            await asyncio.sleep(0)
            broken.append("now")
            for n in range(3):
                if n < 2:
                    await asyncio.to_thread(town.change, (scene.kept, other)[n], headline="Another")
                else:
                    await revoke(scene.ports, town.first, "Why")
                town.world.later(seconds=1)
                await scene.hub.look(scene.ports)
                assert scene.hub.seen(badge)[1] == town.world.now
                assert [scene.hub.is_overdue(name) for name in names] == [True, False, False]
            assert watcher.news == {good, badge}
            broken.clear()
            await scene.hub.look(scene.ports)
            assert watcher.news == set(names)
            assert not scene.hub.is_overdue(scene.name)

    run(watch())
    assert caplog.text.count("one of portfolios cannot be judged: OverflowError in judged, line ") == 1
    assert scene.secret not in caplog.text


def test_who_watches_is_told_of_what_another_reader_had_judged(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 3600.0)

    async def watch() -> None:
        await scene.hub.current(scene.ports, scene.name)
        with scene.hub.watch(scene.ports, [scene.name]) as watcher:
            await asyncio.to_thread(scene.town.change, scene.kept, headline="Another one")
            await scene.hub.current(scene.ports, scene.name)
            assert watcher.news == {scene.name}

    run(watch())
