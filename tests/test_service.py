"""How the service begins: what it puts into an exchange, and what it leaves as it is."""

from __future__ import annotations

import asyncio

import pytest

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.core.keys.did import did_key
from exchange.edge.instance.styleguide import styleguide
from exchange.errors import UnavailableError
from exchange.flows.instance.standing import Hold
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers import demo
from exchange.flows.issuers.sync import sync
from exchange.flows.records import HELD
from exchange.resources import data_path
from exchange.service import _begin, _extra, _get_ready, _look_at_log
from exchange.settings import Settings
from tests.simulator import World, run
from tests.team import TEAM

SHIPPED = load_catalogues(data_path("issuers"))


def slugs(world: World) -> list[str]:
    return [row.slug for row in run(world.store.issuers())]


def test_an_empty_exchange_gets_the_shipped_issuers() -> None:
    world = World()
    run(_begin(world.ports, demo=False))
    assert slugs(world) == [catalogue.slug for catalogue in SHIPPED]
    for catalogue in SHIPPED:
        found = run(world.store.achievements(catalogue.slug))
        assert [one.slug for one in found] == [badge.slug for badge in catalogue.badges]


def test_nodes_that_begin_together_end_with_one_of_each() -> None:
    world = World()

    async def together() -> None:
        await asyncio.gather(*(_begin(world.ports, demo=False) for _ in range(3)))

    run(together())
    assert slugs(world) == [catalogue.slug for catalogue in SHIPPED]
    for issuer in run(world.store.issuers()):
        (key,) = run(world.store.keys(issuer.slug))
        assert issuer.did == did_key(key.multikey)
        assert {one.version for one in run(world.store.achievements(issuer.slug))} == {1}


def test_an_exchange_that_has_issuers_is_left_as_it_is() -> None:
    world = World()
    run(sync(world.ports, [TEAM]))
    run(_begin(world.ports, demo=False))
    assert slugs(world) == ["team"]


def test_the_demo_adds_what_it_misses_and_changes_nothing() -> None:
    world = World()
    own = {**SHIPPED[0].profile, "name": "Ours"}
    first = type(SHIPPED[0])(SHIPPED[0].slug, own, SHIPPED[0].badges[:1])
    run(sync(world.ports, [TEAM, first]))
    run(_begin(world.ports, demo=True))
    assert set(slugs(world)) == {"team", *(catalogue.slug for catalogue in SHIPPED)}
    assert run(world.store.issuer(first.slug)).profile == own  # type: ignore[union-attr]
    assert len(run(world.store.achievements(first.slug))) == len(SHIPPED[0].badges)
    run(demo.load(world.ports))


def test_a_start_says_loudly_that_the_log_was_rewritten(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    run(sync(world.ports, [TEAM]))
    run(sweep(world.ports))
    run(_look_at_log(world.ports))
    assert (capsys.readouterr().err, caplog.text) == ("", "")
    for node in world.store._nodes:
        world.store._nodes[node] = bytes(32)
    run(_look_at_log(world.ports))
    assert "The log does not extend what was signed before" in capsys.readouterr().err
    assert "exchange log fsck" in caplog.text


def test_ids_follow_the_address_and_words_stay() -> None:
    world = World()
    run(sync(world.ports, [TEAM]))
    public = world.public_at("https://badges.example.org")
    run(_begin(public.ports, demo=False))
    (row,) = run(world.store.issuers())
    assert row.did == "did:web:badges.example.org:issuers:team"
    assert row.profile == TEAM.profile


def test_a_read_only_exchange_begins_with_nothing_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.store._meta[HELD] = Hold("rolled_back", size=0, missing=4).to_text()
    run(_get_ready(world.ports, demo=True))
    assert slugs(world) == []
    assert run(world.store.log_size()) == 0
    assert "exchange restore --acknowledge --missing 4" in caplog.text


def test_on_a_full_disk_it_is_served_without_a_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise UnavailableError("database_unavailable", "disk is full")

    world = World()
    monkeypatch.setattr(world.store, "put_ticket", full)
    assert "sign in once  not just now: disk is full" in run(demo.welcome(world.ports))


def test_the_page_of_all_parts_is_in_the_demo_only() -> None:
    settings = Settings.from_environ({}, checkout=True)
    assert _extra(settings, World().ports, demo=True) == [styleguide]
    assert _extra(settings, World().ports, demo=False) == []
