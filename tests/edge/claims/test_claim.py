"""Claiming over HTTP: the page tells strangers nothing, the form and the API do the same."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from exchange.flows.badges.status import revoke
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from tests.edge.shop import PAGE, Shop
from tests.simulator import run

OURS = {**PAGE, "sec-fetch-site": "same-origin"}


def secret_of(shop: Shop) -> str:
    run(deliver_due(shop.world.ports, "mail", carry))
    text = shop.world.mailer.letters[-1].text
    return str(next(line for line in text.split("\n") if "/claim/" in line).partition("#")[2])


def form(shop: Shop, key: str, headers: dict[str, str] = OURS, **fields: str) -> Any:
    return shop.client.post(f"/claim/{key}", data=fields, headers=headers, follow_redirects=False)


def api(shop: Shop, key: str, **body: Any) -> Any:
    return shop.client.post(f"/api/claim/{key}", json=body)


def claim(shop: Shop, key: str) -> str:
    return str(shop.world.store._badges[key].claim)


def test_accepting_by_the_form_signs_in_and_shows_the_badge_among_mine(shop: Shop) -> None:
    badge = shop.award()
    answer = form(shop, badge.key, answer="accept", code=secret_of(shop))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/account/badges/{badge.key}?done=accept",
    )
    page = shop.page(answer.headers["location"])
    assert "It is yours." in page
    assert "Accepted" in page
    assert 'href="https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&amp;name=Incident' in page
    place = f"{urlencode({'certUrl': f'{badge.id}.html', 'certId': badge.key})}".replace("&", "&amp;")
    assert place in page
    assert f'data-copy="{badge.id}.html"' in page
    assert "private, no-store" not in page
    for name in ("png", "svg", "json"):
        assert f'href="/badges/{badge.key}.{name}"' in page


def test_a_stranger_sees_the_same_page_whatever_was_said(shop: Shop) -> None:
    badge = shop.award()
    secret = secret_of(shop)

    def page() -> str:
        text = shop.page(f"/claim/{badge.key}")
        return text.partition('name="once"')[0]

    before = page(), shop.page(f"/badges/{badge.key}")
    assert form(shop, badge.key, answer="decline", code=secret).status_code == 303
    assert (page(), shop.page(f"/badges/{badge.key}")) == before
    assert "ana@example.org" not in before[0]


@pytest.mark.parametrize("key", ["nothing", "00000000-0000-4000-8000-000000000999"])
def test_a_badge_that_is_not_there_is_not_found(shop: Shop, key: str) -> None:
    assert shop.client.get(f"/claim/{key}", headers=PAGE).status_code == 404
    assert form(shop, key, answer="accept", code="x").status_code == 404
    assert api(shop, key, answer="accept", secret="x").json()["code"] == "unknown_badge"


def test_another_site_cannot_answer_for_somebody(shop: Shop) -> None:
    badge = shop.award()
    theirs = {**PAGE, "sec-fetch-site": "cross-site"}
    answer = form(shop, badge.key, theirs, answer="accept", code=secret_of(shop))
    assert answer.status_code == 403
    assert claim(shop, badge.key) == "offered"


def test_looking_spends_nothing_and_no_cache_keeps_it(shop: Shop) -> None:
    badge = shop.award()
    for _ in range(3):
        answer = shop.client.get(f"/claim/{badge.key}", headers=PAGE)
        assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert form(shop, badge.key, answer="accept", code=secret_of(shop)).status_code == 303


def test_a_mistake_says_what_to_do(shop: Shop) -> None:
    badge = shop.award()
    for fields, status, said in (
        ({"answer": "accept"}, 400, "Open the link in the mail"),
        ({"answer": "accept", "code": "guess"}, 400, "This link was used before"),
        ({"answer": "perhaps"}, 404, "An answer to a badge is"),
    ):
        answer = form(shop, badge.key, **fields)
        assert (answer.status_code, said in answer.text) == (status, True)
    assert claim(shop, badge.key) == "offered"


def test_the_api_takes_the_secret_makes_an_account_and_opens_no_session(shop: Shop) -> None:
    badge = shop.award()
    secret = secret_of(shop)
    answer = api(shop, badge.key, answer="accept", secret=secret)
    assert (answer.status_code, answer.json()) == (200, {"id": badge.id, "claim": "accepted"})
    assert "set-cookie" not in answer.headers
    assert run(shop.world.store.address("ana@example.org")) is not None
    assert api(shop, badge.key, answer="decline", secret=secret).json()["code"] == "claim_link_spent"
    assert claim(shop, badge.key) == "accepted"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"answer": "accept"}, "member_missing"),
        ({"answer": "accept", "secret": 1}, "not_a_string"),
        ({"answer": "accept", "secret": "x", "who": "ana"}, "unknown_member"),
        ({"answer": "perhaps", "secret": "x"}, "unknown_answer"),
        ({"answer": "accept", "secret": ""}, "claim_link_missing"),
    ],
)
def test_what_the_api_does_not_understand_changes_nothing(
    shop: Shop, body: dict[str, Any], code: str
) -> None:
    badge = shop.award()
    assert api(shop, badge.key, **body).json()["code"] == code
    assert claim(shop, badge.key) == "offered"


def test_a_revoked_badge_shows_why_and_cannot_be_accepted(shop: Shop) -> None:
    badge = shop.award()
    secret = secret_of(shop)
    assert 'value="accept"' in shop.page(f"/claim/{badge.key}")
    run(revoke(shop.world.ports, badge.key, "It was another Ana", mail=False))
    page = shop.page(f"/claim/{badge.key}")
    assert "It was another Ana" in page
    assert "cannot be accepted" in page
    assert 'name="answer"' not in page
    answer = form(shop, badge.key, answer="accept", code=secret)
    assert (answer.status_code, "cannot be accepted" in answer.text) == (409, True)


def test_a_badge_that_was_revoked_unanswered_waits_for_nobody(shop: Shop) -> None:
    one, two = shop.award(), shop.award()
    assert form(shop, two.key, answer="accept", code=secret_of(shop)).status_code == 303
    assert "Waiting for you" in shop.page(f"/account/badges/{one.key}")
    run(revoke(shop.world.ports, one.key, "It was another Ana", mail=False))
    page = shop.page(f"/account/badges/{one.key}")
    assert "It was another Ana" in page
    assert "Waiting for you" not in page
