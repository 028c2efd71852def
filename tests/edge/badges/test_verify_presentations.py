"""Presentations on `/verify`: each badge in one is judged by itself, whoever put them together."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.credentials.presentation import build_presentation
from exchange.flows.badges.status import revoke
from tests.edge.shop import PAGE, Shop, run

VERIFY = "/api/verify"


def bundle(*signed: bytes) -> bytes:
    return strict_json.dump(build_presentation(signed))


def verify(shop: Shop, raw: bytes, query: str = "") -> dict[str, Any]:
    answer = shop.client.post(f"{VERIFY}{query}", content=raw, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def page(shop: Shop, raw: bytes) -> str:
    answer = shop.client.post("/verify", data={"pasted": raw.decode()}, headers=PAGE)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def test_each_badge_in_a_presentation_has_its_own_verdict(shop: Shop) -> None:
    good, bad = shop.award(), shop.award(proof="jwt")
    raw = bundle(good.signed, bad.signed)
    said = verify(shop, raw)
    assert (said["kind"], said["outcome"]) == ("presentation", "valid")
    assert [(one["at"], one["outcome"]) for one in said["endorsements"]] == [
        ("/verifiableCredential/0", "valid"),
        ("/verifiableCredential/1", "valid"),
    ]
    assert said["credential"] is None
    assert "2 of 2 stand" in page(shop, raw)
    assert "tone-good" not in page(shop, raw).partition("Inside it")[0]
    run(revoke(shop.world.ports, bad.key, "Wrong person"))
    said = verify(shop, raw)
    assert said["outcome"] == "invalid"
    assert [one["outcome"] for one in said["endorsements"]] == ["valid", "invalid"]
    text = page(shop, raw)
    assert "1 of 2 stands" in text or "1 of 2 stand" in text
    assert "Nobody signed the whole" in text
    assert "Revoked" in text


def test_a_recipient_is_compared_with_each_badge(shop: Shop) -> None:
    raw = bundle(shop.award().signed, shop.award("mailto:bo@example.org").signed)
    said = verify(shop, raw, "?recipient=ana@example.org")
    assert [one["outcome"] for one in said["endorsements"]] == ["valid", "invalid"]


@pytest.mark.parametrize("expect", ["badge", "endorsement"])
def test_where_one_badge_is_expected_a_presentation_is_refused(shop: Shop, expect: str) -> None:
    said = verify(shop, bundle(shop.award().signed), f"?expect={expect}")
    assert said["outcome"] == "invalid"
    assert "not_expected" in [finding["code"] for finding in said["findings"]]
    assert said["endorsements"] == []


def test_an_empty_one_and_a_changed_badge_are_not_called_good(shop: Shop) -> None:
    assert "No badge in it" in page(shop, bundle())
    assert verify(shop, bundle())["outcome"] == "indeterminate"
    changed = shop.award().signed.replace(b"Leads the response", b"Leads everything")
    text = page(shop, bundle(changed))
    assert "0 of 1 stand" in text
    assert "Leads everything" not in text.partition("<form")[0]
