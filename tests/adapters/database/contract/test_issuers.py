"""What every `Store` answers about issuers and what they award: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.ports import Store
from exchange.flows.records import EVERY, SigningStop
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


async def test_an_issuer_comes_back_equal_and_is_replaced_by_slug(any_store: Store) -> None:
    assert await any_store.issuer("team") is None
    await any_store.put_issuer(samples.issuer())
    await any_store.put_issuer(samples.issuer("a-peer"))
    changed = replace(
        samples.issuer(did="did:web:example.org"), profile={"name": "B"}, updated_at=minutes(1.5)
    )
    await any_store.put_issuer(changed)
    assert await any_store.issuer("team") == changed
    assert await any_store.issuers() == [samples.issuer("a-peer"), changed]


async def test_json_keeps_the_order_of_its_members(known: Store) -> None:
    found = await known.issuer("team")
    assert found is not None
    assert list(found.profile) == ["type", "name", "address"]
    assert list(found.profile["address"]) == ["b", "a"]  # type: ignore[call-overload]


async def test_a_stop_is_there_until_it_is_taken_away(any_store: Store) -> None:
    assert await any_store.stops() == []
    everybody, team = SigningStop(EVERY, "a drill", minutes(0)), SigningStop("team", "stolen?", minutes(1))
    await any_store.put_stop(team)
    await any_store.put_stop(replace(everybody, reason="first"))
    await any_store.put_stop(everybody)
    assert await any_store.stops() == [everybody, team]
    assert await any_store.remove_stop(EVERY)
    assert not await any_store.remove_stop(EVERY)
    assert await any_store.stops() == [team]
    assert await any_store.log_size() == 0


async def test_a_stop_and_its_end_leave_their_leaves_and_what_changes_nothing_leaves_none(
    any_store: Store,
) -> None:
    stop, leaf = SigningStop("team", "stolen?", minutes(0)), samples.leaf("issuer:team")
    assert not await any_store.remove_stop("team", leaf)
    await any_store.put_stop(stop, leaf)
    await any_store.put_stop(replace(stop, reason="stolen!"), leaf)
    assert await any_store.remove_stop("team", leaf)
    assert not await any_store.remove_stop("team", leaf)
    assert [one.position for one in await any_store.log_about("issuer:team")] == [0, 1, 2]
    assert await any_store.log_size() == await any_store.log_count() == 3


async def test_a_version_is_frozen_and_the_newest_is_the_answer(known: Store) -> None:
    first, second = samples.achievement(), samples.achievement(version=2)
    await known.put_achievement(second)
    await known.put_achievement(first)
    await known.put_achievement(samples.achievement("baker"))
    with pytest.raises(ConflictError) as frozen:
        await known.put_achievement(replace(first, digest="cd" * 32))
    assert frozen.value.code == "version_exists"
    assert await known.achievement("team", "welder") == second
    assert await known.achievement("team", "welder", 1) == first
    assert await known.achievement("team", "welder", 3) is None
    assert await known.achievement("nobody", "welder") is None
    assert await known.achievements("team") == [samples.achievement("baker"), second]


async def test_of_a_version_only_its_source_and_its_retirement_can_change(known: Store) -> None:
    first, second = samples.achievement(), samples.achievement(version=2)
    for one in (first, second, samples.achievement("baker")):
        await known.put_achievement(one)
    retired = replace(second, source="{}", retired_at=minutes(1))
    await known.mark_achievement(replace(retired, digest="cd" * 32, alt="Another", valid_days=3))
    assert await known.achievement("team", "welder") == retired
    assert await known.achievement("team", "welder", 1) == first
    assert await known.achievements("team") == [samples.achievement("baker")]
    assert await known.achievements("team", retired=True) == [samples.achievement("baker"), retired]
    await known.mark_achievement(second)
    assert await known.achievements("team") == [samples.achievement("baker"), second]
    with pytest.raises(NotFoundError):
        await known.mark_achievement(samples.achievement(version=3))


async def test_a_retired_version_that_is_not_the_newest_hides_nothing(known: Store) -> None:
    await known.put_achievement(replace(samples.achievement(), retired_at=minutes(1)))
    await known.put_achievement(samples.achievement(version=2))
    assert await known.achievements("team") == [samples.achievement(version=2)]


async def test_a_setting_is_replaced_by_name(any_store: Store) -> None:
    assert await any_store.meta("signing") is None
    await any_store.put_meta("signing", "on")
    await any_store.put_meta("signing", "off since 09:30")
    assert await any_store.meta("signing") == "off since 09:30"


async def test_nothing_can_belong_to_an_unknown_issuer(any_store: Store) -> None:
    for work in (
        any_store.put_key(samples.key()),
        any_store.put_achievement(samples.achievement()),
        any_store.intend(samples.draft(), samples.list_id),
        any_store.intend(samples.draft(purposes=samples.BOTH), samples.list_id),
    ):
        with pytest.raises(ConflictError):
            await work
    assert await any_store.keys("team") == []
    assert await any_store.badge("badge-1") is None
