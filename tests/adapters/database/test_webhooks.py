"""Webhooks on record and their log: the same answers on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import ConflictError
from exchange.flows.ports import Store
from exchange.flows.records import Parcel
from exchange.flows.webhooks.records import Webhook
from tests.adapters.database import samples
from tests.adapters.database.samples import START, minutes
from tests.adapters.database.test_outbox import parcel

pytestmark = pytest.mark.anyio

HOOK = Webhook(
    "hook", "team", "https://x.example/in", ("badge.awarded", "badge.revoked"), b"\x00sealed", START
)


def told(id: str, hook: str = "hook", n: int = 0) -> Parcel:
    return Parcel(id, "webhook", f"webhook:{hook}:{id}", "x.example", hook, f'{{"id":"{id}"}}', minutes(n))


@pytest.fixture
async def hooked(any_store: Store) -> Store:
    await any_store.put_issuer(samples.issuer())
    await any_store.put_webhook(HOOK, samples.leaf("webhook:hook"))
    await any_store.put_webhook(
        replace(HOOK, id="other", created_at=minutes(1)), samples.leaf("webhook:other")
    )
    return any_store


async def test_a_webhook_comes_back_equal(hooked: Store) -> None:
    assert await hooked.webhook("hook") == HOOK
    assert [one.id for one in await hooked.webhooks("team")] == ["hook", "other"]
    assert await hooked.webhook("unheard-of") is None
    assert await hooked.webhooks("nobody") == []


async def test_one_that_cannot_be_leaves_no_leaf(hooked: Store) -> None:
    size = await hooked.log_size()
    for wrong in (HOOK, replace(HOOK, id="new", issuer="nobody")):
        with pytest.raises(ConflictError):
            await hooked.put_webhook(wrong, samples.leaf("webhook:hook"))
    assert await hooked.log_size() == size


async def test_its_log_keeps_what_was_told_and_nothing_of_the_others(hooked: Store) -> None:
    await hooked.post([told("a"), told("b"), told("c", "other"), parcel("mail"), told("d")])
    for id in ("a", "b"):
        leased = await hooked.lease_parcel("webhook", "me", START, minutes(2))
        assert leased is not None
        assert leased.parcel.id == id
    await hooked.mark_sent("a", minutes(1))
    await hooked.give_up("b", "me", minutes(1), "It answered 410.")
    lines = await hooked.told("hook", 9)
    assert [line.payload for line in lines] == ['{"id":"d"}', '{"id":"b"}', '{"id":"a"}']
    assert [(line.sent_at, line.failed_at, line.reason) for line in lines] == [
        (None, None, ""),
        (None, minutes(1), "It answered 410."),
        (minutes(1), None, ""),
    ]
    assert await hooked.told("hook", 9, lines[1].number) == lines[2:]
    assert await hooked.told("hook", 1) == lines[:1]
    assert [one.parcel.id for one in await hooked.undelivered(9)] == ["mail"]
    assert await hooked.count_undelivered() == (1, 0)
    assert await hooked.count_undelivered("webhook") == (2, 1)


async def test_what_is_removed_is_told_nothing_more(hooked: Store) -> None:
    await hooked.post([told("a"), told("c", "other")])
    size = await hooked.log_size()
    assert await hooked.remove_webhook("hook", START, samples.leaf("webhook:hook"))
    assert not await hooked.remove_webhook("hook", START, samples.leaf("webhook:hook"))
    assert await hooked.log_size() == size + 1
    assert await hooked.told("hook", 9) == []
    leased = await hooked.lease_parcel("webhook", "me", START, minutes(2))
    assert leased is not None
    assert leased.parcel.id == "c"
