"""Sync: what a changed folder does to what is on record, and what it never does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.catalogues.catalogue import Catalogue, CatalogueBadge
from exchange.core.catalogues.difference import Difference
from exchange.core.catalogues.picture import Picture
from exchange.core.credentials.schema import check_schema
from exchange.errors import ConflictError
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.verify import verify
from exchange.flows.issuers.sync import Plan, carry_out, compare, sync
from exchange.flows.records import Achievement
from tests.simulator import World, run
from tests.team import LEAD, SEEN, TEAM


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def saying(badge: CatalogueBadge, **said: Any) -> CatalogueBadge:
    """The badge with these members changed, in its source too."""
    source = {**json.loads(badge.source), **said}
    return replace(badge, **{n: v for n, v in said.items() if n != "image"}, source=json.dumps(source))


def team(*badges: CatalogueBadge) -> Catalogue:
    return replace(TEAM, badges=badges)


TWICE = saying(LEAD, criteria="Seen thrice.", valid_days=30)


def newest(world: World, slug: str = "lead") -> Achievement:
    found = run(world.store.achievement("team", slug))
    assert found is not None
    return found


def awarded(world: World, slug: str = "lead") -> Awarded:
    order = Order("team", slug, "mailto:ana@example.org", evidence=("https://example.org/work",))
    return run(award(world.ports, order))


def on_record(world: World) -> Any:
    store = world.store
    return [run(store.issuers()), run(store.achievements("team", retired=True)), run(store.badges())]


# --- what is new ---


def test_an_empty_exchange_gets_all_of_it() -> None:
    world = World()
    plan = run(sync(world.ports, [TEAM]))
    assert (plan.issuers("create"), plan.badges("create")) == (["team"], ["team/lead@1", "team/seen@1"])
    assert [one.slug for one in run(world.store.achievements("team"))] == ["lead", "seen"]


def test_comparing_writes_nothing(world: World) -> None:
    before = on_record(world)
    plan = run(compare(world.ports, [team(TWICE), replace(TEAM, slug="other")]))
    assert [step.act for step in plan.steps] == ["keep", "update", "retire", "create", "create", "create"]
    assert on_record(world) == before
    assert len(world.keys.private) == 1


def test_what_was_shown_is_what_is_done(world: World) -> None:
    plan = run(compare(world.ports, [team(TWICE, SEEN)]))
    run(sync(world.ports, [team(saying(LEAD, criteria="Somebody was faster."), SEEN)]))
    with pytest.raises(ConflictError) as caught:
        run(carry_out(world.ports, plan))
    assert caught.value.code == "version_exists"
    assert newest(world).document["criteria"] == {"narrative": "Somebody was faster."}


def test_a_second_sync_changes_nothing(world: World) -> None:
    before = on_record(world)
    world.later(days=1)
    assert {step.act for step in run(sync(world.ports, [TEAM])).steps} == {"keep"}
    assert on_record(world) == before


# --- what changed ---


def test_a_change_is_a_new_version_that_links_the_old(world: World) -> None:
    old = awarded(world)
    first = newest(world)
    plan = run(sync(world.ports, [team(TWICE, SEEN)]))
    assert plan.badges("update") == ["team/lead@2"]
    assert plan.of("update").steps[0].differences == (
        Difference("criteria", "Seen twice.", "Seen thrice."),
        Difference("valid_days", None, 30),
    )
    second = newest(world)
    assert second.document["version"] == "2"
    assert second.document["related"] == [{"id": first.document["id"], "type": ["Related"], "version": "1"}]
    assert check_schema(second.document, "achievement") == []
    assert run(world.store.achievement("team", "lead", 1)) == first
    for badge, version in ((old, "1"), (awarded(world), "2")):
        assert run(verify(world.ports, badge.signed)).outcome == "valid"
        achievement = strict_json.parse(badge.signed)["credentialSubject"]["achievement"]
        assert achievement["version"] == version


def test_a_version_is_kept_also_when_nothing_was_awarded_from_it(world: World) -> None:
    first = newest(world)
    run(sync(world.ports, [team(TWICE, SEEN)]))
    run(sync(world.ports, [team(LEAD, SEEN)]))
    assert newest(world).version == 3
    assert newest(world).digest == first.digest
    assert run(world.store.achievement("team", "lead", 1)) == first


def test_a_given_picture_is_kept_as_it_was_given(world: World) -> None:
    look = Picture(b"png", b"<svg/>", "A compass", "ab")
    run(sync(world.ports, [team(replace(TWICE, look=look), SEEN)]))
    found = newest(world)
    assert (found.image, found.svg, found.alt) == (b"png", b"<svg/>", "A compass")
    assert found.document["image"]["caption"] == "A compass"  # type: ignore[index]


def test_the_issuers_words_change_and_its_key_and_its_badges_stay(world: World) -> None:
    badge = awarded(world)
    keys = run(world.store.keys("team"))
    profile = {**TEAM.profile, "name": "The Team", "url": "https://team.example"}
    plan = run(sync(world.ports, [replace(TEAM, profile=profile)]))
    assert plan.issuers("update") == ["team"]
    assert plan.of("update").steps[0].differences == (
        Difference("name", "Team", "The Team"),
        Difference("url", None, "https://team.example"),
    )
    assert run(world.store.issuer("team")).profile == profile  # type: ignore[union-attr]
    assert run(world.store.keys("team")) == keys
    assert newest(world).version == 1
    assert run(verify(world.ports, badge.signed)).outcome == "valid"


def test_an_issuer_without_a_key_gets_one_and_that_is_said(world: World) -> None:
    (key,) = run(world.store.keys("team"))
    run(world.store.put_key(replace(key, state="verify-only")))
    plan = run(sync(world.ports, [TEAM]))
    assert plan.of("update").steps[0].differences == (Difference("key", None, "a new one"),)
    assert [key.state for key in run(world.store.keys("team"))] == ["verify-only", "active"]


def test_a_public_address_is_a_change_of_its_own(world: World) -> None:
    public = world.public_at("https://badges.example.org")
    plan = run(sync(public.ports, [TEAM]))
    assert plan.issuers("update") == ["team"]
    there = [f"https://badges.example.org/achievements/team/{slug}/2" for slug in ("lead", "seen")]
    steps = plan.of("update").steps
    assert [step.differences[0].after for step in steps] == [
        "did:web:badges.example.org:issuers:team",
        *there,
    ]
    assert newest(world).document["id"] == there[0]
    assert {step.act for step in run(sync(public.ports, [TEAM])).steps} == {"keep"}
    assert {step.act for step in run(compare(world.ports, [TEAM])).steps[1:]} == {"keep"}  # type: ignore[index]


# --- what is gone ---


def test_a_badge_whose_file_is_gone_is_retired_and_what_was_awarded_stays(world: World) -> None:
    badge = awarded(world)
    plan = run(sync(world.ports, [team(SEEN)]))
    assert plan.badges("retire") == ["team/lead@1"]
    with pytest.raises(ConflictError, match="no longer awarded") as refused:
        awarded(world)
    assert refused.value.code == "achievement_retired"
    assert [one.slug for one in run(world.store.achievements("team"))] == ["seen"]
    assert newest(world).retired_at == world.now
    assert run(verify(world.ports, badge.signed)).outcome == "valid"
    assert awarded(world, "seen")


def test_a_retired_badge_is_retired_once(world: World) -> None:
    run(sync(world.ports, [team(SEEN)]))
    since = newest(world).retired_at
    world.later(days=1)
    assert run(sync(world.ports, [team(SEEN)])).badges("retire") == []
    assert newest(world).retired_at == since


@pytest.mark.parametrize(("back", "act", "version"), [(LEAD, "return", 1), (TWICE, "update", 2)])
def test_a_file_that_is_back_can_be_awarded_again(
    world: World, back: CatalogueBadge, act: Any, version: int
) -> None:
    run(sync(world.ports, [team(SEEN)]))
    plan = run(sync(world.ports, [team(back, SEEN)]))
    assert plan.badges(act) == [f"team/lead@{version}"]
    assert (newest(world).version, newest(world).retired_at) == (version, None)
    assert awarded(world)


def test_issuers_that_the_folder_does_not_name_are_left_alone(world: World) -> None:
    before = on_record(world)
    run(sync(world.ports, [replace(TEAM, slug="other")]))
    assert on_record(world)[1:] == before[1:]
    assert run(world.store.issuer("team")) == before[0][0]


# --- what older programs left ---


def forget_source(world: World) -> Achievement:
    old = replace(newest(world), source="")
    run(world.store.mark_achievement(old))
    return old


def test_a_source_that_an_older_program_did_not_keep_is_added_when_it_is_the_same(world: World) -> None:
    forget_source(world)
    plan = run(sync(world.ports, [TEAM]))
    assert {step.act for step in plan.steps} == {"keep"}
    assert newest(world).source == LEAD.source
    assert newest(world).version == 1


def test_a_change_to_a_version_without_a_source_is_still_a_new_version(world: World) -> None:
    old = forget_source(world)
    plan = run(sync(world.ports, [team(TWICE, SEEN)]))
    assert plan.badges("update") == ["team/lead@2"]
    assert plan.of("update").steps[0].differences == ()
    assert run(world.store.achievement("team", "lead", 1)) == old


def test_a_part_of_a_plan_can_be_carried_out(world: World) -> None:
    plan: Plan = run(compare(world.ports, [team(TWICE, saying(LEAD, slug="new"))]))
    run(carry_out(world.ports, plan.of("create")))
    assert [(one.slug, one.version) for one in run(world.store.achievements("team"))] == [
        ("lead", 1),
        ("new", 1),
        ("seen", 1),
    ]
