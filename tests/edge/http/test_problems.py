"""Errors: named, with the right status, in the right form, and without our insides."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from litestar import get
from litestar.params import FromPath
from litestar.testing import TestClient

from exchange.edge.application import build_litestar
from exchange.errors import CannotTellError, ConflictError, InputError, UnavailableError
from tests.edge.served import Served
from tests.edge.shop import PAGE, Shop
from tests.simulator import World

FAULTS: dict[str, Exception] = {
    "input": InputError("name_missing", "Give a name.", "/name"),
    "conflict": ConflictError("already_revoked", "It is revoked."),
    "cannot-tell": CannotTellError("unknown_suite", "That suite is unknown."),
    "unavailable": UnavailableError("no_key", "The key cannot be used."),
    "too-large": InputError("json_too_large", "Too large."),
    "bug": RuntimeError("the secret is swordfish"),
}


@get("/fault/{name:str}")
async def fault(name: FromPath[str]) -> None:
    raise FAULTS[name]


@pytest.fixture(scope="module")
def client() -> TestClient[Any]:
    return TestClient(build_litestar(World().ports, extra_handlers=[fault]), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("input", 400, "name_missing"),
        ("conflict", 409, "already_revoked"),
        ("cannot-tell", 424, "unknown_suite"),
        ("unavailable", 503, "no_key"),
        ("too-large", 413, "json_too_large"),
    ],
)
def test_a_named_error_keeps_its_code_and_status(
    client: TestClient[Any], name: str, status: int, code: str
) -> None:
    answer = client.get(f"/fault/{name}", headers={"accept": "application/json"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert set(problem) >= {"type", "title", "status", "detail", "code"}
    assert answer.headers["cache-control"] == "no-store"


def test_a_named_error_says_where(client: TestClient[Any]) -> None:
    assert client.get("/fault/input").json()["at"] == "/name"


@pytest.mark.parametrize("accept", ["application/json", PAGE["accept"]])
def test_a_bug_shows_a_number_that_is_in_the_log_and_nothing_else(
    client: TestClient[Any], accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "exchange.edge"):
        answer = client.get("/fault/bug", headers={"accept": accept})
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text
    number = caplog.records[-1].getMessage().rpartition(" ")[2]
    assert len(number) == 8
    assert number in answer.text
    assert "swordfish" in caplog.text


def test_a_method_that_does_not_exist_is_answered_with_those_that_do(shop: Shop) -> None:
    answer = shop.client.delete("/verify", headers={"accept": "*/*"})
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert {"GET", "HEAD", "POST"} <= set(answer.headers["allow"].split(", "))
    assert "<h1>That does not work here</h1>" in shop.client.delete("/verify", headers=PAGE).text


@pytest.mark.parametrize("path", ["/verify", "/api/verify"])
def test_a_body_that_is_too_large_is_refused(shop: Shop, path: str) -> None:
    body = b"x" * 12_000_001
    answer = shop.client.post(path, content=body, headers={"content-type": "text/plain", "accept": "*/*"})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_body_that_only_turns_out_to_be_too_large_is_refused_too(shop: Shop) -> None:
    chunks = (b"x" * 1_000_000 for _ in range(13))
    answer = shop.client.post("/api/verify", content=chunks, headers={"content-type": "text/plain"})
    assert answer.status_code == 413


def test_other_content_types_are_told_what_is_taken(shop: Shop) -> None:
    answer = shop.client.post("/api/verify", content=b"<a/>", headers={"content-type": "application/xml"})
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"
    assert "image/png" in answer.json()["detail"]


def test_every_answer_is_guarded_and_sets_no_cookie(shop: Shop) -> None:
    badge = f"/badges/{shop.award().key}"
    answers = [
        *(
            shop.get(path, **headers)
            for path in ("/", "/verify", badge, "/nothing")
            for headers in ({}, PAGE)
        ),
        shop.get("/static/base.css"),
        shop.client.delete("/verify"),
        shop.client.options(badge),
        shop.client.post("/verify", data={"pasted": "x"}),
    ]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        assert "strict-transport-security" not in answer.headers


def test_a_public_exchange_asks_for_https() -> None:
    world = World(base_url="https://badges.example.org", public=True)
    with Served(world.ports) as client:
        assert client.get("/verify").headers["strict-transport-security"] == "max-age=31536000"


def test_static_files_are_kept_for_good_only_under_the_url_of_their_version(shop: Shop) -> None:
    home = shop.page("/")
    href = next(part.split('"')[0] for part in home.split('href="') if part.startswith("/static/base.css"))
    assert shop.get(href).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shop.get("/static/base.css?v=old").headers["cache-control"] == "no-cache"
    again = shop.get(href, **{"if-none-match": shop.get(href).headers["etag"]})
    assert again.status_code == 304
