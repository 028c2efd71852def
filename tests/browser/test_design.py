"""Designing a badge in a real browser: with the live preview, and without any script."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from exchange.errors import ConflictError
from exchange.flows.people import roles
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
BASE = "/desk/issuers/school/achievements"


def editor(site: LiveSite, page: Any) -> None:
    site.sign_in(page)
    with suppress(ConflictError):  # of the test before
        site.run(roles.grant(site.ports, "school", "olga@example.org", "owner"))


def test_without_a_script_a_badge_is_designed_in_seven_clicks(site: LiveSite, open_page: Open) -> None:
    signed_in = open_page("/")  # a link's secret is in its fragment, which only a script can read
    editor(site, signed_in)
    page = open_page("/", java_script_enabled=False)
    page.context.add_cookies(signed_in.context.cookies())
    page.goto(f"{BASE}/new")
    page.fill("#name", "Night watch")
    page.select_option("#start", "atlas/incident-lead")
    page.click("form.panel button")
    for button in ("Save and go on", "Use this drawing and go on"):
        page.click(f"text={button}")
    page.click("a.button >> text=Go on")
    page.click("text=Save and go on")
    assert page.inner_text(".preview h2") == "Night watch"
    page.click("text=As a verifier")
    assert "Valid" in page.inner_text(".preview .verdict")
    page.click("button >> text=Publish")
    page.wait_for_selector("text=Published. This version stays as it is for good.")
    made = site.run(site.ports.store.achievement("school", "night-watch"))
    assert made is not None
    page.click(".rows >> text=Night watch")
    assert page.inner_text("h1") == "Night watch"


def test_the_picture_follows_what_is_typed_and_says_what_cannot_be_drawn(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page("/")
    editor(site, page)
    page.goto(f"{BASE}/new")
    page.fill("#name", "Live")
    page.click("form.panel button")
    page.goto(f"{BASE}/live/draft/picture")
    revision = site.run(site.ports.store.draft("school", "live"))
    before = page.get_attribute("#look", "src")
    page.fill("#title", "Live one")
    page.wait_for_selector("#look[src*='Live+one']")
    assert page.get_attribute("#look", "src") != before
    page.fill("#title", "漢字")
    page.wait_for_selector("#look-fault >> text=U+6F22")
    page.fill("#title", "Live two")
    page.wait_for_selector("#look-fault:empty", state="attached")
    assert page.evaluate("document.querySelector('#look').naturalWidth") > 0
    assert site.run(site.ports.store.draft("school", "live")) == revision  # nothing was saved
