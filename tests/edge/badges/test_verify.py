"""Verifying over HTTP: every way to hand something in, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core.bake import MAX_FILE
from exchange.flows.badges.status import revoke, suspend
from tests.edge.shop import PAGE, Shop, run


def post(shop: Shop, body: bytes, content_type: str = "application/json", **query: str) -> Any:
    headers = {"content-type": content_type, "accept": "*/*"}
    return shop.client.post("/api/verify", content=body, headers=headers, params=query)


def envelope(shop: Shop, **members: Any) -> Any:
    return post(shop, json.dumps(members).encode())


@pytest.mark.parametrize(
    "content_type",
    ["application/vc", "application/vc+ld+json", "application/ld+json", "application/json", "text/plain", ""],
)
def test_a_credential_is_taken_as_it_is(shop: Shop, content_type: str) -> None:
    answer = post(shop, shop.award().signed, content_type)
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "valid"
    assert answer.json()["kind"] == "badge"


def test_pictures_and_tokens_are_taken_as_they_are(shop: Shop) -> None:
    badge, token = shop.award(), shop.award(proof="jwt")
    assert post(shop, badge.png, "image/png").json()["outcome"] == "valid"
    assert post(shop, badge.svg, "image/svg+xml").json()["outcome"] == "valid"
    assert post(shop, token.signed, "application/vc+jwt").json()["outcome"] == "valid"
    assert post(shop, token.png, "application/octet-stream").json()["outcome"] == "valid"


def test_the_page_promises_no_larger_picture_than_is_read(shop: Shop) -> None:
    assert f"up to {MAX_FILE // 1_000_000} MB" in shop.page("/verify")


def test_a_request_object_holds_a_credential_or_a_token(shop: Shop) -> None:
    assert envelope(shop, credential=json.loads(shop.award().signed)).json()["outcome"] == "valid"
    assert envelope(shop, credential=shop.award(proof="jwt").signed.decode()).json()["outcome"] == "valid"


def test_a_url_is_read_by_the_guarded_fetch_only_when_it_is_not_ours(shop: Shop) -> None:
    assert envelope(shop, url=shop.award().id).json()["outcome"] == "valid"
    assert shop.world.web.asked == []
    elsewhere = envelope(shop, url="https://else.example/badge.json").json()
    assert elsewhere["outcome"] == "indeterminate"
    assert shop.world.web.asked == ["https://else.example/badge.json"]


@pytest.mark.parametrize(
    ("recipient", "outcome"), [("ana@example.org", "valid"), ("eve@example.org", "invalid")]
)
def test_the_recipient_is_compared_when_it_is_asked_for(shop: Shop, recipient: str, outcome: str) -> None:
    badge = shop.award("mailto:ana@example.org")
    assert (
        envelope(shop, credential=json.loads(badge.signed), recipient=recipient).json()["outcome"] == outcome
    )
    assert post(shop, badge.signed, "application/vc", recipient=recipient).json()["outcome"] == outcome
    form = {"pasted": badge.signed.decode(), "recipient": recipient}
    assert shop.client.post("/api/verify", data=form).json()["outcome"] == outcome


def test_a_badge_is_judged_as_of_a_time_and_as_what_was_expected(shop: Shop) -> None:
    badge = json.loads(shop.award().signed)
    late = envelope(shop, credential=badge, at="2030-01-01T00:00:00Z").json()
    assert "expired" in {finding["code"] for finding in late["findings"]}
    assert envelope(shop, credential=badge, expect="badge").json()["outcome"] == "valid"
    assert envelope(shop, credential=badge, expect="endorsement").json()["outcome"] == "invalid"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "nothing_to_verify"),
        (b'{"credential": ""}', "nothing_to_verify"),
        (b'{"credential": "x", "url": "https://example.org/"}', "two_to_verify"),
        (b'{"url": 7}', "not_a_string"),
        (b'{"url": "https://example.org/", "recipient": {}}', "not_a_string"),
        (b'{"url": "https://example.org/", "force": true}', "unknown_member"),
        (b'{"url": "https://example.org/", "expect": "anything"}', "expect_unknown"),
        (b'{"url": "https://example.org/", "at": "yesterday"}', "date_malformed"),
        (b'{"url": "https://example.org/", "url": "https://else.example/"}', "json_duplicate_key"),
        (b'{"credential": ', "json_malformed"),
        (b'{"credential": "\\ud800"}', "json_not_utf8"),
        (b"[" * 100, "json_too_deep"),
    ],
)
def test_a_malformed_request_is_a_problem_and_not_a_verdict(shop: Shop, body: bytes, code: str) -> None:
    answer = post(shop, body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in (code, "json_malformed")


def test_json_beyond_one_megabyte_is_refused(shop: Shop) -> None:
    answer = post(shop, b'{"credential": "' + b"x" * 1_100_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "json_too_large")


def test_the_form_takes_a_file_a_text_and_an_address(shop: Shop) -> None:
    badge = shop.award()
    for form in (
        {"files": {"file": ("badge.png", badge.png, "image/png")}},
        {"files": {"file": ("badge.json", badge.signed, "application/json")}, "data": {"pasted": "else"}},
        {"data": {"pasted": badge.signed.decode()}},
        {"data": {"pasted": f"  {badge.id}\n"}},
        {"data": {"pasted": badge.signed.decode()}, "files": {"file": ("", b"", "application/octet-stream")}},
    ):
        answer = shop.client.post("/verify", headers=PAGE, **form)
        assert answer.status_code == 200
        assert "tone-good" in answer.text
        assert "Incident lead" in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_an_empty_form_comes_back_with_what_is_missing(shop: Shop) -> None:
    answer = shop.client.post("/verify", data={"pasted": "  "}, headers=PAGE)
    assert answer.status_code == 400
    assert "Nothing was verified" in answer.text
    assert 'id="verify"' in answer.text


def test_an_address_in_the_link_is_filled_in_and_not_fetched(shop: Shop) -> None:
    page = shop.page("/verify?url=https://else.example/badge")
    assert ">\nhttps://else.example/badge</textarea>" in page
    assert shop.world.web.asked == []
    assert "javascript:" not in shop.page("/verify?url=javascript:alert(1)")


@pytest.mark.parametrize(("change", "title"), [(revoke, "Revoked"), (suspend, "Suspended")])
def test_a_withdrawn_badge_says_so(shop: Shop, change: Any, title: str) -> None:
    badge = shop.award()
    run(change(shop.world.ports, badge.key, "A mistake"))
    answer = shop.client.post("/verify", data={"pasted": badge.signed.decode()}, headers=PAGE)
    assert f'<h2 class="verdict-title">{title}</h2>' in answer.text


def test_a_changed_badge_shows_nothing_of_itself(shop: Shop) -> None:
    forged = shop.award().signed.replace(b"Incident lead", b"Grand master")
    answer = shop.client.post("/verify", data={"pasted": forged.decode()}, headers=PAGE)
    assert "Not genuine" in answer.text
    assert "Grand master" not in answer.text
    assert "Reliability School" not in answer.text
    assert post(shop, forged, "application/vc").json()["credential"] is None


BOUNDARY = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("multipart/form-data", b"--b--", id="no boundary"),
        pytest.param(BOUNDARY, b"", id="empty"),
        pytest.param(BOUNDARY, b"--b\r\n", id="cut off"),
        pytest.param(
            BOUNDARY,
            b'--b\r\ncontent-disposition: form-data; name="pasted"\r\n\r\n\xff\r\n--b--\r\n',
            id="not UTF-8",
        ),
        pytest.param(
            BOUNDARY,
            b'--b\r\ncontent-disposition: form-data; name="pasted"\r\n'
            b"content-type: text/plain; charset=nonsense\r\n\r\nx\r\n--b--\r\n",
            id="unknown charset",
        ),
        pytest.param(
            BOUNDARY, b'--b\r\ncontent-disposition: form-data; name="p"\r\n\r\nx\r\n' * 50, id="too many"
        ),
        pytest.param(
            BOUNDARY,
            b'--b\r\ncontent-disposition: form-data; name="pasted"\r\n\r\nx\r\n'
            b'--b\r\ncontent-disposition: form-data; name="pasted"\r\n\r\ny\r\n--b--\r\n',
            id="one field twice",
        ),
        pytest.param("application/x-www-form-urlencoded", b"pasted=%ff%fe&=%&%", id="broken percent signs"),
        pytest.param("application/x-www-form-urlencoded", b"\xff\xfe", id="raw bytes"),
        pytest.param("application/json; charset=\xff", b"{}", id="odd charset"),
    ],
)
def test_no_form_is_too_broken_for_an_answer(shop: Shop, content_type: str, body: bytes) -> None:
    headers = {b"content-type": content_type.encode("latin-1"), b"accept": b"*/*"}
    answer = shop.client.post("/api/verify", content=body, headers=headers)
    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.json()["outcome"] == "invalid"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200),
    content_type=st.sampled_from(
        [
            "application/json",
            "text/plain",
            "image/png",
            "image/svg+xml",
            BOUNDARY,
            "application/vc",
            "x/y",
            "???",
        ]
    ),
)
def test_no_bytes_break_the_verifier(shop: Shop, body: bytes, content_type: str) -> None:
    answer = post(shop, body, content_type)
    assert answer.status_code in (200, 400, 415)
    assert answer.status_code != 200 or answer.json()["outcome"] == "invalid"
