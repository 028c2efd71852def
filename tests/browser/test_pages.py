"""Every page in a real browser: accessible, whole at every width, in light and dark, by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.flows.award import Order, award
from exchange.flows.status import published_list, reinstate, revoke, suspend
from exchange.flows.sync import sync
from tests.browser.site import LiveSite
from tests.edge.shop import LEAD, SCHOOL
from tests.simulator import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

LOOKS = [(360, "dark"), (768, "light"), (1280, "light")]
"""Widths and schemes to look at. axe runs in the outer two; the middle one differs in layout only."""


LONG = {"type": ["Profile"], "name": "Name" * 40, "url": "https://example.org/" + "path" * 40}


@pytest.fixture(scope="module")
def paths(site: LiveSite) -> dict[str, str]:
    """One of every kind of page."""
    valid, revoked, suspended, broken = (site.award() for _ in range(4))
    site.run(revoke(site.ports, revoked.key, "Awarded to the wrong person"))
    site.run(suspend(site.ports, suspended.key, "The evidence is being looked at"))
    long = replace(LEAD, slug="long", name="Word" * 40, description="Word" * 60)
    site.run(sync(site.ports, [replace(SCHOOL, slug="long", profile=LONG, badges=(long,))]))
    row = site.world.store._badges[broken.key]
    object.__setattr__(row, "signed", broken.signed.replace(b"Leads the response", b"Leads everything"))
    return {
        "home": "/",
        "verify": "/verify",
        "log": "/log",
        "badge": f"/badges/{valid.key}",
        "badge-revoked": f"/badges/{revoked.key}",
        "badge-suspended": f"/badges/{suspended.key}",
        "badge-broken": f"/badges/{broken.key}",
        "issuer": "/issuers/school",
        "achievement": "/achievements/school/incident-lead/1",
        "issuer-long": "/issuers/long",
        "achievement-long": "/achievements/long/long/1",
        "nothing-here": "/badges/nothing",
    }


@pytest.fixture(scope="package")
def axe() -> str:
    """The source of axe-core."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def check(page: Any, axe: str, picture: Path) -> None:
    """Nothing wider than the window, nothing axe minds (WCAG 2.2 AA, good practice); a screenshot."""
    page.screenshot(path=picture, full_page=True)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0, picture.name
    if page.viewport_size["width"] != 768:
        page.evaluate(axe)
        result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        faults = [
            (fault["id"], [node["target"] for node in fault["nodes"]]) for fault in result["violations"]
        ]
        assert faults == [], picture.name


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_is_accessible_and_fits(
    paths: dict[str, str], open_page: Open, axe: str, tmp_path: Path, width: int, scheme: str
) -> None:
    page = open_page("/", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for name, path in paths.items():
        page.goto(path)
        for summary in page.query_selector_all("summary"):
            summary.click()
        check(page, axe, tmp_path / f"{name}-{width}-{scheme}.png")


def badge_from_elsewhere(site: LiveSite) -> bytes:
    """A good badge of an issuer this site does not know; its status lists can be fetched."""
    ports = World(base_url="https://else.example").ports
    site.run(sync(ports, [replace(SCHOOL, slug="college")]))
    badge = site.run(award(ports, Order("college", "incident-lead", "mailto:ana@example.org")))
    for entry in json.loads(badge.signed)["credentialStatus"]:
        url = entry["statusListCredential"]
        site.world.web.put(url, site.run(published_list(ports, url.rpartition("/")[2])))
    return badge.signed


@pytest.mark.parametrize(("width", "scheme"), [LOOKS[0], LOOKS[-1]])
def test_every_verdict_is_accessible_and_fits(
    site: LiveSite, open_page: Open, axe: str, tmp_path: Path, width: int, scheme: str
) -> None:
    signed = site.award().signed.decode()
    theirs = badge_from_elsewhere(site).decode()
    page = open_page("/verify", viewport={"width": width, "height": 900}, color_scheme=scheme)
    for name, text in {
        "good": signed,
        "note": theirs,
        "stop": signed.replace("Incident lead", "Grand master"),
        "unsure": "https://nowhere.example/badge.json",
    }.items():
        page.fill("#pasted", text)
        page.click("button[type=submit]")
        page.wait_for_selector(f"#result .verdict.tone-{name}")
        check(page, axe, tmp_path / f"verify-{name}-{width}-{scheme}.png")


def test_a_badge_page_follows_what_happens_to_the_badge(site: LiveSite, open_page: Open) -> None:
    badge = site.award()
    page = open_page(f"/badges/{badge.key}")
    seen = [page.inner_text(".verdict-title")]
    for change, reason in (
        (suspend, "The evidence is being looked at"),
        (reinstate, "It was right"),
        (revoke, "It was somebody else's work"),
    ):
        site.run(change(site.ports, badge.key, reason))
        page.reload()
        seen.append(page.inner_text(".verdict-title"))
        assert reason in page.inner_text("main")
    assert seen == ["Valid", "Suspended", "Valid", "Revoked"]


def test_the_link_of_a_badge_can_be_copied(site: LiveSite, open_page: Open) -> None:
    badge = site.award()
    page = open_page(f"/badges/{badge.key}", permissions=["clipboard-read", "clipboard-write"])
    page.click("text=Copy the link")
    page.wait_for_selector("text=Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == badge.id


def test_without_scripts_there_is_no_button_that_does_nothing(site: LiveSite, open_page: Open) -> None:
    page = open_page(f"/badges/{site.award().key}", java_script_enabled=False)
    assert not page.is_visible("[data-copy]")
    page.click(".verdict summary")
    assert "Passed" in page.inner_text(".verdict")


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_page_of_a_badge_offers_its_files(site: LiveSite, open_page: Open) -> None:
    badge = site.award()
    page = open_page(f"/badges/{badge.key}")
    with page.expect_download() as download:
        page.click("text=Signed document")
    assert Path(download.value.path()).read_bytes() == badge.signed
    assert download.value.suggested_filename == f"incident-lead-{badge.key[-6:]}.json"
