"""The operator's desk in a real browser: in by the printed link, award, revoke, out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.flows.badges.status import revoke, suspend
from exchange.flows.instance.standing import Hold
from exchange.flows.records import HELD
from exchange.flows.sign_in.sign_in import make_link
from tests.browser.looks import check
from tests.browser.site import LiveSite, enter

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
LOOKS = [(360, "dark"), (1280, "light")]
"""What comes between pages: mistakes, refusals. `test_pages` looks at each page everywhere."""


def test_the_operator_signs_in_by_the_link_awards_and_revokes(site: LiveSite, open_page: Open) -> None:
    link = site.run(make_link(site.ports))
    page = open_page(link)
    assert page.evaluate("location.href") == f"{site.url}/sign-in"
    assert not page.is_visible("#code")
    enter(page)
    assert page.evaluate("document.cookie") == ""

    page.select_option("#badge", label="Incident lead")
    page.fill("#to", "zoe@example.org")
    page.fill("#evidence", "no address")
    page.click("text=Sign and award")
    page.wait_for_selector("#evidence-fault")
    assert page.evaluate("document.activeElement.id") == "evidence"
    assert page.input_value("#to") == "zoe@example.org"
    page.fill("#evidence", "https://example.org/report")
    page.click("text=Sign and award")
    page.wait_for_selector("text=Awarded.")
    assert "z…@example.org" in page.inner_text(".rows li:first-child")

    page.click(".rows li:first-child >> text=Revoke")
    page.fill("#reason", "Somebody else's work")
    page.click("text=Revoke for good")
    page.wait_for_selector("text=Revoked.")
    assert page.inner_text(".rows li:first-child .pill") == "Revoked"
    page.click(".rows li:first-child a")
    assert page.inner_text(".verdict-title") == "Revoked"

    page.goto("/desk")
    page.click("text=Sign out")
    page.goto("/desk")
    assert page.inner_text("h1") == "Sign in"
    page.goto(link)
    page.click("button:text-is('Sign in')")
    page.wait_for_selector("text=used before")


def test_a_link_pasted_over_the_page_works_and_the_skip_link_is_no_secret(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page("/sign-in#content")
    assert page.is_visible("#code")
    assert page.evaluate("location.hash") == "#content"
    page.evaluate("link => { location.href = link }", site.run(make_link(site.ports)))
    page.wait_for_selector("#ready")
    assert page.evaluate("location.href") == f"{site.url}/sign-in"


def test_without_scripts_the_link_is_pasted(site: LiveSite, open_page: Open) -> None:
    link = site.run(make_link(site.ports))
    page = open_page(link, java_script_enabled=False)
    page.fill("#code", link)
    enter(page)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_desk_is_accessible_and_fits(
    site: LiveSite, open_page: Open, axe: str, width: int, scheme: str
) -> None:
    def look(name: str) -> None:
        check(page, axe, f"{name}-{width}-{scheme}")

    active, suspended, revoked = (site.award(f"mailto:{name * 60}@example.org") for name in "abc")
    site.run(suspend(site.ports, suspended.key, "Being looked at"))
    site.run(revoke(site.ports, revoked.key, "Wrong person"))
    page = open_page("/sign-in", viewport={"width": width, "height": 900}, color_scheme=scheme)
    look("sign-in")
    page.fill("#code", "guess")
    page.click("button:text-is('Sign in')")
    page.wait_for_selector("text=used before")
    look("sign-in-wrong")
    page.goto(site.run(make_link(site.ports)))
    look("sign-in-ready")
    site.sign_in(page)
    page.click("summary")
    look("desk")
    page.select_option("#badge", label="Incident lead")
    page.fill("#to", "nobody")
    page.click("text=Sign and award")
    page.wait_for_selector("#to-fault")
    look("desk-mistake")
    page.goto(f"/desk/badges/{active.key}/revoke")
    look("revoke")
    page.goto(f"/desk/badges/{active.key}/suspend")
    page.fill("#reason", "Hm")
    page.click("button:text-is('Suspend')")
    page.wait_for_selector("text=Suspended.")
    look("desk-done")
    page.goto(f"/desk/badges/{revoked.key}/revoke")
    look("nothing-to-revoke")
    page.goto("/desk")
    page.click("text=About a person")
    look("about")
    page.fill("#who", f"{'c' * 60}@example.org")
    page.click("text=Look")
    page.wait_for_selector(".entries li:nth-child(2)")
    look("about-found")
    page.fill("#who", "no body")
    page.click("text=Look")
    page.wait_for_selector("#who-fault")
    look("about-mistake")


@pytest.mark.parametrize(("width", "scheme"), [*LOOKS, (360, "light"), (1280, "dark")])
def test_a_read_only_exchange_says_so_accessibly_and_the_operator_settles_it(
    site: LiveSite, open_page: Open, axe: str, width: int, scheme: str
) -> None:
    def look(name: str) -> None:
        check(page, axe, f"{name}-{width}-{scheme}")

    badge = site.award()
    site.world.store._meta[HELD] = Hold("restored", size=41, missing=3).to_text()
    page = open_page("/sign-in", viewport={"width": width, "height": 900}, color_scheme=scheme)
    look("read-only-sign-in")
    site.sign_in(page)
    look("read-only-desk")
    page.goto(f"/desk/badges/{badge.key}/revoke")
    look("read-only-change")
    assert not page.is_visible("#reason")
    page.goto("/desk")
    page.click("text=Acknowledge, and write again")
    page.fill("#missing", "2")
    page.click("button:text-is('Acknowledge')")
    page.wait_for_selector("#missing-fault")
    look("read-only-wrong-number")
    page.fill("#missing", "3")
    page.click("button:text-is('Acknowledge')")
    page.wait_for_selector("text=Acknowledged.")
    assert not page.is_visible("text=Read-only just now")
    page.select_option("#badge", label="Incident lead")
    page.fill("#to", "zoe@example.org")
    site.world.store.broken = "The disk of the database is full. Make room on it."
    try:
        page.click("text=Sign and award")
        page.wait_for_selector("text=What you typed is still here")
        look("read-only-refused")
        assert page.input_value("#to") == "zoe@example.org"
    finally:
        site.world.store.broken = None
    page.click("text=Sign and award")
    page.wait_for_selector("text=Awarded.")


def test_a_proof_is_taken_from_the_list_about_somebody(site: LiveSite, open_page: Open) -> None:
    badge = site.award("mailto:pia@example.org")
    page = open_page("/sign-in")
    site.sign_in(page)
    page.goto("/desk/about?who=pia@example.org")
    assert page.inner_text("#found") == "1 entry about pia@example.org"
    with page.expect_download() as download:
        page.click(".entry-proof")
    proof = json.loads(Path(download.value.path()).read_bytes())
    assert (proof["content"]["badge"], proof["content"]["recipient"]) == (badge.id, "mailto:pia@example.org")
