"""The language of a page: who decides it, how a choice is carried along, that caches tell answers apart."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

from exchange.edge.application import build_litestar
from exchange.edge.http.carry import carry, carry_all, in_language, remember
from exchange.edge.http.language import PERSONS, accepted
from exchange.edge.instance.styleguide import styleguide
from exchange.flows.badges.status import revoke
from tests.edge.shop import Shop, run


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-ch;q=0.9", "de"),
        ("fr, de;q=0.5", "de"),
        ("en, de", "en"),
        ("en;q=0.3, de;q=0.4", "de"),
        ("fr, pl;q=0.8", "en"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("de;q=2, en;q=0.1", "en"),
        ("de;q=x, de-DE;q=nan", "en"),
        (";;,,q=1, ,de-", "de"),
        ("x" * 5000 + ",de", "en"),
    ],
)
def test_accept_language_decides_where_nobody_chose(wishes: str, code: str) -> None:
    assert accepted(wishes) == code


@pytest.mark.parametrize(
    ("path", "wishes", "code"),
    [
        ("/", "de", "de"),
        ("/?lang=de", "en", "de"),
        ("/?lang=en", "de", "en"),
        ("/?lang=xx", "de", "de"),
        ("/?lang=..%2F..%2Fetc", "", "en"),
        ("/?lang=de&lang=xx", "", "de"),
        ("/nothing", "de", "de"),
        ("/nothing?lang=de", "", "de"),
    ],
)
def test_a_page_says_which_language_it_is_in(shop: Shop, path: str, wishes: str, code: str) -> None:
    answer = shop.client.get(path, headers={"accept": "text/html", "accept-language": wishes})
    assert f'<html lang="{code}">' in answer.text
    assert answer.headers["content-language"] == code
    assert answer.headers["vary"] == "Accept, Accept-Language"
    assert "set-cookie" not in answer.headers
    assert ("Zum Inhalt springen" in answer.text) == (code == "de")


def test_the_two_languages_of_a_page_are_two_for_a_cache(shop: Shop) -> None:
    english, german = (
        shop.client.get("/verify", headers={"accept": "text/html", "accept-language": code})
        for code in ("en", "de")
    )
    assert english.headers["cache-control"] == german.headers["cache-control"] == "public, max-age=300"
    assert english.headers["etag"] != german.headers["etag"]
    again = shop.client.get(
        "/verify", headers={"accept": "text/html", "if-none-match": german.headers["etag"]}
    )
    assert again.status_code == 200


def test_documents_for_programs_stay_as_they_are(shop: Shop) -> None:
    badge = shop.award()
    plain, german = (
        shop.client.get(f"/badges/{badge.key}", headers={"accept": "application/vc", "accept-language": code})
        for code in ("en", "de")
    )
    assert plain.content == german.content == badge.signed
    assert german.headers["vary"] == "Accept"
    refused = shop.client.get("/api/nothing?lang=de", headers={"accept": "application/json"}).json()
    assert refused["detail"] == "Nothing here answers to that address."


def test_a_choice_is_carried_along_by_every_link_and_form_and_by_no_cookie(shop: Shop) -> None:
    page = shop.page(f"/badges/{shop.award().key}?lang=de")
    ours = re.findall(r'<a [^>]*href="(/[^"]*)"', page) + re.findall(r'<form [^>]*action="(/[^"]*)"', page)
    assert ours
    assert [link for link in ours if "lang=de" not in link] == []
    assert 'href="/issuers/school?lang=de"' in page
    assert "lang=de#issuers" in page
    assert re.search(r'href="/verify\?url=[^"&]+&amp;lang=de"', page)
    assert 'src="/static/copy.js?v=' in page
    assert "lang=" not in re.sub(r'<a [^>]*>|<link rel="alternate"[^>]*>|<html[^>]*>', "", shop.page("/"))


def test_a_page_links_itself_in_every_language(shop: Shop) -> None:
    page = shop.page("/verify?url=https%3A%2F%2Felse.example%2Fa%3Fb%3D1&lang=de")
    for code in ("en", "de"):
        assert f'href="?url=https%3A%2F%2Felse.example%2Fa%3Fb%3D1&amp;lang={code}" hreflang="{code}"' in page
    assert page.count("aria-current=true") == 1
    strange = shop.client.get("//else.example/%22%3E%3Cb%3E?%22%3E%3Cb%3E", headers={"accept": "text/html"})
    assert "<b>" not in strange.text
    assert "else.example" not in strange.text


def test_the_language_of_who_is_signed_in_comes_before_the_browsers_and_after_the_pages(shop: Shop) -> None:
    app = build_litestar(shop.world.ports)

    async def chose(scope, receive, send):  # type: ignore[no-untyped-def]
        scope["state"] = {PERSONS: "de"}
        await app(scope, receive, send)

    with TestClient(chose) as client:
        answers = [
            client.get(path, headers={"accept": "text/html", "accept-language": "en"}).headers[
                "content-language"
            ]
            for path in ("/", "/?lang=en")
        ]
    assert answers == ["de", "en"]


def test_a_redirect_and_a_form_that_reads_carry_the_choice_too() -> None:
    try:
        remember("de")
        assert carry("/desk?done=award&lang=en#x") == "/desk?done=award&lang=de#x"
        form = '<form class="a" action="/desk/about" method="get"><input></form>'
        assert carry_all(form) == (
            '<form class="a" action="/desk/about?lang=de" method="get">'
            '<input type="hidden" name="lang" value="de"><input></form>'
        )
        assert carry_all('<a href="https://else.example/">') == '<a href="https://else.example/">'
    finally:
        remember("")
    assert carry("/desk") == "/desk"
    assert in_language("?", "de") == "?lang=de"


def test_a_badge_page_in_german_has_its_dates_its_checks_and_its_plurals(shop: Shop) -> None:
    badge = shop.award()
    page = shop.page(f"/badges/{badge.key}?lang=de")
    for said in (
        '<p class="verdict-title">Gültig</p>',
        '<time datetime="2026-11-21T09:30:00Z">21. November 2026</time>',
        "Prüfungen bestanden",
        "Sein Status (Widerruf) ist nicht gesetzt.",
        "Eine Person, die der Aussteller kennt",
        "Incident lead",
    ):
        assert said in page
    assert '<span lang="en">' not in page
    run(revoke(shop.world.ports, badge.key, "Wrong <person>"))
    page = shop.page(f"/badges/{badge.key}?lang=de")
    assert "Es wurde endgültig zurückgenommen, am <time" in page
    assert "Grund: Wrong &lt;person&gt;" in page


def test_the_style_guide_is_in_the_demo_only_and_speaks_every_language(shop: Shop) -> None:
    assert shop.client.get("/styleguide").status_code == 404
    with TestClient(build_litestar(shop.world.ports, extra_handlers=[styleguide])) as client:
        for code, said in (("en", ("1,234,567", "2 years")), ("de", ("1.234.567", "2 Jahre"))):
            page = client.get(f"/styleguide?lang={code}", headers={"accept": "text/html"}).text
            assert all(one in page for one in said)
