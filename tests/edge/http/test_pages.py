"""Pages: what they show of a badge, and what they must not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.issuers.sync import sync
from tests.edge.served import Served
from tests.edge.shop import LEAD, SCHOOL, Shop, run
from tests.simulator import World


def test_a_badge_page_says_what_it_is_and_that_it_holds_now(shop: Shop) -> None:
    badge = shop.award(narrative="Led the *checkout* outage.", evidence=("https://example.org/report",))
    page = shop.page(f"/badges/{badge.key}")
    for said in (
        "<h1>Incident lead</h1>",
        'alt="A blue hexagon with the letters IL"',
        "Reliability School",
        "Proved by a key only, not a domain",
        "One person, known to the issuer",
        "<strong>a real incident</strong>",
        "<em>checkout</em>",
        "Incident management",
        '<p class="verdict-title">Valid</p>',
        "Checked just now",
        "Every check",
        "status_ok",
        '<time datetime="2026-11-21T09:30:00Z">21 November 2026</time>',
        f'href="/badges/{badge.key}.png"',
        f'data-copy="{badge.id}.html"',
        f'<link rel="canonical" href="{badge.id}.html">',
        f'<meta property="og:url" content="{badge.id}.html">',
        f'data-credential="{badge.id}"',
    ):
        assert said in page
    assert 'href="https://example.org/report" rel="noopener noreferrer nofollow"' in page


def test_a_badge_page_does_not_give_its_holder_away(shop: Shop) -> None:
    badge = shop.award("mailto:ana@example.org")
    page = shop.page(f"/badges/{badge.key}")
    assert "ana@example.org" not in page
    assert "sha256$" not in page
    assert "salt" not in page
    assert '<meta name="robots" content="noindex">' in page


def test_what_others_wrote_is_text_and_not_part_of_the_page(shop: Shop) -> None:
    badge = shop.award(narrative='<img src=x onerror="alert(1)">[x](javascript:alert(1))')
    page = shop.page(f"/badges/{badge.key}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_pages_hold_no_script_and_no_style_of_their_own(shop: Shop) -> None:
    badge = shop.award()
    for path in (
        "/",
        "/verify",
        "/issuers/school",
        "/achievements/school/incident-lead/1",
        f"/badges/{badge.key}",
    ):
        page = shop.page(path)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page), path
        for source in re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', page):
            own = ("/", "?", f"{shop.world.base_url}/oembed?", f"{badge.id}.html")
            assert source.startswith(own), (path, source)


Change = Callable[[Any, str, str], Awaitable[Any]]


@pytest.mark.parametrize(
    ("changes", "tone", "title", "said"),
    [
        ([(suspend, "Being looked at")], "pause", "Suspended", "Reason: Being looked at"),
        (
            [(suspend, "Being looked at"), (reinstate, "It was right")],
            "good",
            "Valid",
            "UTC</time><br>It was right</li>",
        ),
        ([(suspend, "Hm"), (revoke, "Wrong <person>")], "stop", "Revoked", "Reason: Wrong &lt;person&gt;"),
    ],
)
def test_a_badge_page_says_what_happened_to_it(
    shop: Shop, changes: list[tuple[Change, str]], tone: str, title: str, said: str
) -> None:
    badge = shop.award()
    for change, reason in changes:
        run(change(shop.world.ports, badge.key, reason))  # type: ignore[arg-type]
    page = shop.page(f"/badges/{badge.key}")
    assert f'class="verdict tone-{tone}"' in page
    assert f'<p class="verdict-title">{title}</p>' in page
    assert said in page


def test_an_expired_badge_says_when_it_was_valid(shop: Shop) -> None:
    badge = shop.award()
    shop.world.now += timedelta(days=400)
    page = shop.page(f"/badges/{badge.key}")
    assert '<p class="verdict-title">Expired</p>' in page
    assert "21 November 2026</time> to <time" in page
    assert "It was not revoked." in page


def test_a_badge_with_a_broken_signature_shows_that_and_nothing_else(shop: Shop) -> None:
    badge = shop.award()
    row = shop.world.store._badges[badge.key]
    forged = (row.signed or b"").replace(b"Leads the response", b"Leads everything")
    object.__setattr__(row, "signed", forged)
    page = shop.page(f"/badges/{badge.key}")
    assert "Not genuine" in page
    for hidden in (
        "Incident lead",
        "Reliability School",
        "Leads everything",
        "image.png",
        ".json",
        "og:title",
    ):
        assert hidden not in page


def test_the_home_page_shows_who_issues_what(shop: Shop) -> None:
    page = shop.page("/")
    assert 'href="/issuers/school"' in page
    assert 'href="/achievements/school/incident-lead/1"' in page
    assert 'href="/verify"' in page


def test_an_empty_exchange_says_how_to_begin() -> None:
    with Served(World().ports) as client:
        assert "exchange issuers sync" in client.get("/").text


def test_an_older_version_points_to_the_newest(shop: Shop) -> None:
    changed = replace(LEAD, source="{}", criteria="Took the lead twice.")
    run(sync(shop.world.ports, [replace(SCHOOL, badges=(changed,))]))
    assert 'href="/achievements/school/incident-lead/2"' in shop.page("/achievements/school/incident-lead/1")
    assert "newer version" not in shop.page("/achievements/school/incident-lead/2")


def test_an_issuer_under_a_domain_is_shown_with_it() -> None:
    shop = Shop(World(base_url="https://badges.example.org", public=True))
    with shop.client:
        page = shop.page("/issuers/school")
    assert "Proved by its domain, <bdi>badges.example.org</bdi>" in page
    assert "did:web:badges.example.org:issuers:school" in page


def test_the_newer_version_leads_back_to_the_old_one(shop: Shop) -> None:
    run(sync(shop.world.ports, [replace(SCHOOL, badges=(replace(LEAD, source="{}"),))]))
    page = shop.page("/achievements/school/incident-lead/2")
    assert 'href="/achievements/school/incident-lead/1">What it said before, version 1</a>' in page
    assert "There is a newer version" not in page
    (before,) = shop.get("/achievements/school/incident-lead/2").json()["related"]
    assert shop.get(before["id"].removeprefix(shop.world.base_url)).json()["id"] == before["id"]


def test_a_retired_badge_is_shown_as_such_and_offered_nowhere(shop: Shop) -> None:
    path = "/achievements/school/incident-lead/1"
    assert path in shop.page("/issuers/school")
    frozen = shop.get(path).content
    run(sync(shop.world.ports, [replace(SCHOOL, badges=())]))
    assert "No longer awarded" in shop.page(path)
    assert path not in shop.page("/issuers/school") + shop.page("/")
    assert shop.get(path).content == frozen
