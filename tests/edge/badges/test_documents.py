"""Badges, achievements, issuers and status lists over HTTP: the right bytes, for good, to everybody."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from exchange.core.bake import extract
from exchange.flows.badges.status import revoke
from tests.edge.shop import PAGE, Shop, run

IMMUTABLE = "public, max-age=31536000, immutable"


def path_of(shop: Shop, url: str) -> str:
    assert url.startswith(shop.world.base_url + "/")
    return url.removeprefix(shop.world.base_url)


def status_path(shop: Shop, signed: bytes) -> str:
    return path_of(shop, json.loads(signed)["credentialStatus"][0]["statusListCredential"])


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"])
def test_a_badge_is_served_as_the_exact_bytes_that_were_signed(shop: Shop, proof: str) -> None:
    badge = shop.award(proof=proof)
    answer = shop.get(path_of(shop, badge.id))
    assert answer.status_code == 200
    assert answer.content == badge.signed
    assert answer.headers["etag"] == f'"{hashlib.sha256(badge.signed).hexdigest()}"'
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    ("proof", "accept", "media_type"),
    [
        ("eddsa-rdfc-2022", "*/*", "application/vc"),
        ("eddsa-rdfc-2022", "application/vc", "application/vc"),
        ("eddsa-rdfc-2022", "application/vc+ld+json", "application/vc+ld+json"),
        ("eddsa-rdfc-2022", "application/ld+json", "application/ld+json"),
        ("eddsa-rdfc-2022", "application/json", "application/json"),
        ("eddsa-rdfc-2022", "image/avif", "application/vc"),
        ("jwt", "*/*", "text/plain"),
        ("jwt", "application/vc+jwt", "application/vc+jwt"),
        ("jwt", "application/jwt", "application/jwt"),
        ("jwt", "application/vc", "text/plain"),
    ],
)
def test_a_badge_has_the_media_type_that_was_asked_for(
    shop: Shop, proof: str, accept: str, media_type: str
) -> None:
    badge = shop.award(proof=proof)
    answer = shop.get(path_of(shop, badge.id), accept=accept)
    assert answer.headers["content-type"] == media_type
    assert answer.content == badge.signed


def test_a_browser_gets_a_page_at_the_same_url_and_it_is_not_kept(shop: Shop) -> None:
    answer = shop.get(path_of(shop, shop.award().id), **PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "jwt"])
@pytest.mark.parametrize(
    "accept", ["*/*", "", "image/avif", "application/vc", "application/json", "text/html"]
)
def test_the_address_for_people_is_the_page_whatever_is_taken(shop: Shop, proof: str, accept: str) -> None:
    badge = shop.award(proof=proof)
    path = path_of(shop, badge.id)
    answer = shop.get(f"{path}.html", accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text == shop.page(path)
    assert answer.headers["cache-control"] == "no-cache"
    kind, form = ("vc+jwt", "jwt") if proof == "jwt" else ("vc", "json")
    assert answer.headers["link"] == f'<{path}.{form}>; rel="alternate"; type="application/{kind}"'
    assert shop.get(path, accept="*/*").content == badge.signed
    head = shop.client.head(f"{path}.html", headers={"accept": accept})
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", answer.headers["etag"])


def test_a_program_that_takes_anything_finds_what_cards_are_made_of(shop: Shop) -> None:
    badge = shop.award()
    page = shop.get(f"{path_of(shop, badge.id)}.html").text
    (place,) = re.findall(r'<meta property="og:url" content="([^"]+)"', page)
    assert place == f"{badge.id}.html"
    (picture,) = re.findall(r'<meta property="og:image" content="([^"]+)"', page)
    assert shop.get(path_of(shop, picture)).headers["content-type"] == "image/png"
    robots = shop.get("/robots.txt").text.splitlines()
    assert {"Allow: /badges/*.html$", "Disallow: /badges/"} <= set(robots)
    assert '<meta name="robots" content="noindex">' in page


def test_the_page_tells_what_was_taken_back_and_nothing_of_what_is_not_there(shop: Shop) -> None:
    badge = shop.award()
    path = path_of(shop, badge.id)
    run(revoke(shop.world.ports, badge.key, "By mistake"))
    assert 'og:title" content="Incident lead (Revoked)"' in shop.get(f"{path}.html").text
    for accept in ("*/*", PAGE["accept"]):
        there, id = (shop.get(f"/badges/nope{form}", accept=accept) for form in (".html", ""))
        assert there.status_code == 404
        assert there.text == id.text


@pytest.mark.parametrize("extension", ["json", "png", "svg"])
def test_each_form_can_be_downloaded_and_carries_the_badge(shop: Shop, extension: str) -> None:
    badge = shop.award()
    answer = shop.get(f"{path_of(shop, badge.id)}.{extension}", **PAGE)
    assert (
        answer.headers["content-type"]
        == {
            "json": "application/vc",
            "png": "image/png",
            "svg": "image/svg+xml",
        }[extension]
    )
    assert answer.headers["content-disposition"].startswith('attachment; filename="incident-lead-')
    assert extract(answer.content).text.encode() == badge.signed


def test_a_jwt_is_downloaded_as_jwt_and_not_as_json(shop: Shop) -> None:
    badge = shop.award(proof="jwt")
    assert shop.get(f"{path_of(shop, badge.id)}.jwt").content == badge.signed
    assert shop.get(f"{path_of(shop, badge.id)}.json").json()["code"] == "no_such_form"


def test_pictures_may_do_nothing_but_be_seen(shop: Shop) -> None:
    policy = shop.get(f"{path_of(shop, shop.award().id)}.svg").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")


def test_an_achievement_is_its_document_with_a_picture_beside_it(shop: Shop) -> None:
    url = json.loads(shop.award().signed)["credentialSubject"]["achievement"]["id"]
    answer = shop.get(path_of(shop, url))
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.json()["id"] == url
    picture = shop.get(path_of(shop, answer.json()["image"]["id"]))
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_an_issuer_shows_profile_and_keys(shop: Shop) -> None:
    profile, keys = shop.get("/issuers/school"), shop.get("/issuers/school/did.json")
    assert profile.json()["name"] == "Reliability School"
    assert keys.headers["content-type"] == "application/did+ld+json"
    assert keys.json()["id"] == profile.json()["id"]
    assert shop.get("/issuers/school/did.json", **PAGE).headers["content-type"] == "application/json"


def test_a_status_list_is_fresh_and_changes_when_a_badge_is_revoked(shop: Shop) -> None:
    badge = shop.award()
    before = shop.get(status_path(shop, badge.signed))
    assert before.headers["content-type"] == "application/vc"
    assert before.headers["cache-control"] == "public, max-age=3"
    run(revoke(shop.world.ports, badge.key, "Wrong person"))
    after = shop.get(status_path(shop, badge.signed), **{"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert shop.get(path_of(shop, badge.id)).content == badge.signed


def every_document(shop: Shop) -> list[str]:
    badge = shop.award()
    return [
        path_of(shop, badge.id),
        f"{path_of(shop, badge.id)}.png",
        path_of(shop, f"{shop.world.base_url}/achievements/school/incident-lead/1"),
        "/achievements/school/incident-lead/1/image.png",
        "/issuers/school",
        "/issuers/school/did.json",
        status_path(shop, badge.signed),
    ]


def test_who_has_a_document_already_is_not_sent_it_again(shop: Shop) -> None:
    for path in every_document(shop):
        first = shop.get(path)
        for known in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
            again = shop.get(path, **{"if-none-match": known})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == first.headers["etag"]
            assert again.headers["cache-control"] == first.headers["cache-control"]
        assert shop.get(path, **{"if-none-match": '"other"'}).status_code == 200


def test_head_says_what_get_would_and_sends_nothing(shop: Shop) -> None:
    for path in [*every_document(shop), "/", "/verify", "/robots.txt", "/nothing", "/issuers/nobody"]:
        whole = shop.get(path)
        head = shop.client.head(path, headers={"accept": "*/*"})
        assert head.status_code == whole.status_code, path
        assert head.content == b""
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert head.headers.get(name) == whole.headers.get(name), (path, name)


def test_any_web_page_may_read_public_documents_after_asking(shop: Shop) -> None:
    read, sent = "GET, HEAD, OPTIONS", "OPTIONS, POST"
    for path, methods in [*((path, read) for path in every_document(shop)), ("/api/verify", sent)]:
        answer = shop.client.options(
            path, headers={"origin": "https://else.example", "access-control-request-method": "GET"}
        )
        assert answer.status_code == 204, path
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == methods, path
    assert shop.get("/badges/nothing").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in shop.get("/verify").headers


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/badges/00000000-0000-4000-8000-000000000000", "unknown_badge"),
        ("/badges/a.b.c", "unknown_badge"),
        ("/badges/%00", "unknown_badge"),
        ("/badges/..%2f..%2fetc", "not_found"),
        ("/achievements/school/incident-lead/2", "unknown_achievement"),
        ("/achievements/school/incident-lead/x", "not_found"),
        ("/issuers/nobody", "unknown_issuer"),
        ("/issuers/nobody/did.json", "unknown_issuer"),
        ("/status/nothing", "unknown_status_list"),
        ("/static/nothing.css", "no_such_file"),
        ("/static/..%2f..%2fpyproject.toml", "no_such_file"),
        ("/nothing", "not_found"),
    ],
)
def test_what_is_not_here_is_a_problem_for_programs_and_a_page_for_people(
    shop: Shop, path: str, code: str
) -> None:
    answer = shop.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    page = shop.get(path, **PAGE)
    assert page.status_code == 404
    assert "<h1>There is nothing here</h1>" in page.text
