"""What every `Store` answers who asks whether anything moved: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from exchange.flows.embeds.ports import BadgeMarks
from exchange.flows.people.records import Erasure
from exchange.flows.ports import Store
from tests.adapters.database import samples

pytestmark = pytest.mark.anyio


async def test_the_marks_of_a_badge_are_the_versions_of_its_lists(known: Store) -> None:
    first, second = [await samples.published(known, id) for id in ("badge-1", "badge-2")]
    lists = {slot.list_id: 1 for slot in first.slots}
    marks = await known.badge_marks(["badge-1", "badge-2", "nope"])
    assert marks.lists == {"badge-1": lists, "badge-2": lists}
    assert marks.versions == lists
    assert marks.logged == await known.log_count() > 0
    assert await known.badge_marks([]) == BadgeMarks({}, 0)
    assert await known.list_versions([*lists, "nope"]) == lists
    await samples.set_status(known, samples.change())
    moved = next(slot.list_id for slot in second.slots if slot.purpose == "revocation")
    later = await known.badge_marks(["badge-2"])
    assert later.lists == {"badge-2": {**lists, moved: 2}}
    assert later.logged == await known.log_count() == marks.logged + 1
    assert await known.list_versions([moved]) == {moved: 2}


async def test_what_is_unsigned_or_erased_has_no_marks(known: Store) -> None:
    await samples.intended(known, "badge-1")
    await samples.published(known, "badge-2")
    assert set((await known.badge_marks(["badge-1", "badge-2"])).lists) == {"badge-2"}
    await known.erase(Erasure("erasure", (), ("badge-2",)))
    assert await known.badge_marks(["badge-1", "badge-2"]) == BadgeMarks({}, 0)


async def test_more_can_be_asked_for_than_one_query_takes(known: Store) -> None:
    await samples.published(known)
    names = [f"nope-{n}" for n in range(1200)]
    assert set((await known.badge_marks([*names, "badge-1"])).lists) == {"badge-1"}
    assert await known.list_versions(names) == {}
