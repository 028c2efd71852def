"""The clock and the database: whose is ahead, and what a confirmed clock changes in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

import pytest

from exchange.adapters.database import open_store, postgres
from exchange.app import _drift_from_now
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


async def test_lists_signed_as_of_a_later_time_are_signed_anew_and_no_others(any_store: Store) -> None:
    for slug in ("team", "peer"):
        await any_store.put_issuer(samples.issuer(slug))
    mine, theirs = (
        (await samples.intended(any_store, "a"))[0].list_id,
        (await samples.intended(any_store, "b", of="peer"))[0].list_id,
    )
    await any_store.put_signed_list(mine, 1, b"of tomorrow", minutes(1440))
    await any_store.put_signed_list(theirs, 1, b"of now", minutes(1))
    other, size = await any_store.status_list(theirs), await any_store.log_size()
    assert await any_store.confirm_clock(minutes(1), samples.leaf("clock")) == size
    row = await any_store.status_list(mine)
    assert row is not None
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (2, 0, None, None)
    assert await any_store.status_list(theirs) == other
    assert [one.position for one in await any_store.log_about("clock")] == [size]
    await any_store.put_signed_list(mine, 2, b"of now", minutes(2))
    again = await any_store.status_list(mine)
    assert again is not None
    assert again.signed == b"of now"


async def test_a_file_has_no_clock_of_its_own(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    assert store.ahead() == timedelta(0)
    await store.close()


@pytest.mark.postgres
@pytest.mark.parametrize("hours", [0, 3, -3])
async def test_a_clock_is_measured_by_the_servers(
    postgres_url: str, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(hours=hours)

    monkeypatch.setattr(postgres, "datetime", Wrong)
    store = await open_store(postgres_url)
    off = store.ahead() - timedelta(hours=hours)
    assert abs(off) < timedelta(seconds=30)
    assert abs(_drift_from_now(store.ahead())() - store.ahead()) < timedelta(seconds=30)
    await store.close()
