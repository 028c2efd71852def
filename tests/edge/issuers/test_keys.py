"""Keys as the web shows them: the DID document after a loss, and what a stopped exchange answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchange.flows.issuers import keys
from tests.edge.shop import Shop
from tests.edge.sign_in.test_sign_in import send, sign_in
from tests.simulator import World, run

REASON = "A laptop with a copy was stolen."


@pytest.fixture
def public() -> Shop:
    return Shop(World().public_at("https://badges.example.org"))


def call(shop: Shop, path: str, body: dict[str, str]) -> Any:
    return shop.client.post(path, json=body, headers={"accept": "application/json"})


def test_a_revoked_key_is_published_as_revoked_within_a_minute(public: Shop) -> None:
    (lost,) = run(public.world.store.keys("school"))
    assert lost.multikey in public.get("/issuers/school/did.json").text
    run(keys.revoke_key(public.world.ports, lost.id, REASON))
    answer = public.get("/issuers/school/did.json")
    assert answer.headers["cache-control"] == "public, max-age=60"
    methods = {method["publicKeyMultibase"]: method for method in answer.json()["verificationMethod"]}
    assert methods[lost.multikey]["revoked"] == "2026-11-21T09:30:00Z"
    assert methods[lost.multikey]["id"] not in answer.json()["assertionMethod"]
    assert REASON not in answer.text


def test_while_signing_is_stopped_an_award_answers_503_and_why(shop: Shop) -> None:
    sign_in(shop)
    badge = shop.award()
    run(keys.stop(shop.world.ports, "school", REASON))
    order = {"issuer": "school", "badge": "incident-lead", "to": "mailto:ana@example.org"}
    answers = [
        call(shop, "/api/award", order),
        call(shop, f"/api/badges/{badge.key}/revoke", {"reason": "the wrong Ana"}),
    ]
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "signing_stopped"
        assert REASON in answer.json()["detail"]
    assert [one.id for one in run(shop.world.store.badges())] == [badge.key]
    assert run(shop.world.store.history(badge.key)) == []


def test_while_signing_is_stopped_pages_and_lists_are_served(shop: Shop) -> None:
    badge = shop.award()
    run(keys.stop(shop.world.ports, None, REASON))
    shop.world.later(hours=13)
    for entry in json.loads(badge.signed)["credentialStatus"]:
        path = entry["statusListCredential"].removeprefix(shop.world.base_url)
        assert shop.get(path).status_code == 200
    page = shop.page(f"/badges/{badge.key}")
    assert REASON not in page


def test_the_desk_says_so_on_a_page(shop: Shop) -> None:
    sign_in(shop)
    run(keys.stop(shop.world.ports, None, REASON))
    fields = {"badge": "school/incident-lead", "to": "mailto:ana@example.org"}
    answer = send(shop.client, "/desk", fields)
    assert answer.status_code == 503
    assert REASON in answer.text
