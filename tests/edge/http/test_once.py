"""Idempotency keys: what is sent again has its effect once and gets the same bytes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.records import Once
from tests.edge.shop import Shop, run
from tests.edge.sign_in.test_sign_in import send, sign_in
from tests.simulator import MemoryKeys

ORDER = {"issuer": "school", "badge": "incident-lead", "to": "ana@example.org"}


@pytest.fixture(autouse=True)
def _signed_in(shop: Shop) -> None:
    sign_in(shop)


def call(shop: Shop, path: str, body: Any, key: str = "key-1") -> Any:
    headers = {"accept": "application/json", "idempotency-key": key}
    return shop.client.post(path, json=body, headers=headers)


def badges(shop: Shop) -> list[str]:
    return [badge.id for badge in run(shop.world.store.badges(limit=100))]


def test_an_award_sent_again_is_one_badge_and_the_same_answer(shop: Shop) -> None:
    first = call(shop, "/api/award", ORDER)
    shop.world.later(minutes=5)
    again = call(shop, "/api/award", ORDER)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert len(badges(shop)) == 1
    other = call(shop, "/api/award", ORDER, "key-2")
    assert other.json()["id"] != first.json()["id"]
    assert len(badges(shop)) == 2


def test_the_same_key_with_another_request_is_refused_and_nothing_is_done(shop: Shop) -> None:
    first = call(shop, "/api/award", ORDER).json()["id"]
    for path, body in (
        ("/api/award", {**ORDER, "to": "ben@example.org"}),
        (f"/api/badges/{first.rpartition('/')[2]}/revoke", {"reason": "wrong"}),
    ):
        refused = call(shop, path, body)
        assert refused.status_code == 422
        assert refused.json()["code"] == "idempotency_key_reused"
    assert len(badges(shop)) == 1
    assert run(shop.world.store.history(badges(shop)[0])) == []


def test_a_key_that_could_not_be_used_is_free_for_the_mended_request(shop: Shop) -> None:
    assert call(shop, "/api/award", {**ORDER, "to": "nobody"}).status_code == 400
    assert call(shop, "/api/award", ORDER).status_code == 201


def test_a_change_sent_again_is_one_change_and_the_same_answer(shop: Shop) -> None:
    path = f"/api/badges/{shop.award().key}"
    answers = [call(shop, f"{path}/suspend", {"reason": "a look"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert call(shop, f"{path}/revoke", {"reason": "wrong"}, "key-2").status_code == 200
    assert call(shop, f"{path}/suspend", {"reason": "a look"}).content == answers[0].content
    assert len(run(shop.world.store.history(badges(shop)[0]))) == 2
    assert call(shop, f"{path}/suspend", {"reason": "a look"}, "key-3").status_code == 409


@pytest.mark.parametrize("key", ["", "a key", "x" * 256])
def test_a_malformed_key_is_refused(shop: Shop, key: str) -> None:
    refused = call(shop, "/api/award", ORDER, key)
    assert refused.status_code == 400
    assert refused.json()["code"] == "idempotency_key_malformed"
    assert badges(shop) == []


class NoKeys(MemoryKeys):
    """Keys that cannot be used just now."""

    async def sign(self, uri: str, message: bytes) -> bytes:
        raise UnavailableError("key_storage", "The disk is gone.")


def test_what_a_crash_left_unsigned_is_finished_before_it_is_answered_again(shop: Shop) -> None:
    order, once = Order("school", "incident-lead", "ana@example.org"), Once("key", "digest", shop.world.now)
    with pytest.raises(UnavailableError):
        run(award(replace(shop.world.ports, keys=NoKeys()), order, once))
    (left,) = run(shop.world.store.unfinished(shop.world.now.replace(year=2100)))
    assert left.signed is None
    assert badges(shop) == []
    assert run(award(shop.world.ports, order, once)).key == left.id
    assert badges(shop) == [left.id]


def test_many_at_once_with_one_key_are_one_badge(shop: Shop) -> None:
    order = Order("school", "incident-lead", "ana@example.org")

    async def all_at_once() -> set[bytes]:
        once = Once("key-1", "digest", shop.world.now)
        done = await asyncio.gather(*(award(shop.world.ports, order, once) for _ in range(20)))
        return {one.signed for one in done}

    assert len(run(all_at_once())) == 1
    assert len(badges(shop)) == 1


def test_a_form_sent_twice_is_one_badge(shop: Shop) -> None:
    once = re.search(r'name="once" value="([^"]+)"', shop.page("/desk"))
    assert once is not None
    form = {"badge": "school/incident-lead", "to": "ana@example.org", "once": once[1]}
    answers = [send(shop.client, "/desk", form) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [answers[0].headers["location"]] * 2
    assert len(badges(shop)) == 1
    fresh = re.search(r'name="once" value="([^"]+)"', shop.page("/desk"))
    assert fresh is not None
    assert fresh[1] != once[1]
