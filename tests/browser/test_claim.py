"""Claiming in a real browser: how many clicks and seconds it takes from the mail to "it is yours"."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from exchange.flows.claims import codes
from exchange.flows.claims.codes import CodeOrder
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

COUNT = "addEventListener('click', () => clicked(), true)"


def newest_letter(site: LiveSite, to: str) -> Any:
    site.run(deliver_due(site.ports, "mail", carry))
    return next(one for one in reversed(site.world.mailer.letters) if one.to == to)


def counted(page: Any) -> list[float]:
    """When somebody clicked in that page, wherever it leads."""
    clicks: list[float] = []
    page.expose_function("clicked", lambda: clicks.append(time.monotonic()))
    page.add_init_script(COUNT)
    return clicks


def show_mail(site: LiveSite, page: Any, to: str) -> None:
    """The mail as a mail program shows it."""
    letter = newest_letter(site, to)
    page.route(f"{site.url}/mail", lambda route: route.fulfill(body=letter.html, content_type="text/html"))
    page.goto("/mail")


def claim_of(site: LiveSite, key: str) -> str:
    return str(site.world.store._badges[key].claim)


def test_a_recipient_without_an_account_claims_in_two_clicks_and_half_a_minute(
    site: LiveSite, open_page: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    to = "newcomer@example.org"
    badge, page = site.award(f"mailto:{to}"), open_page("/")
    clicks = counted(page)
    show_mail(site, page, to)
    page.click("text=See what it says")
    page.wait_for_selector("#ready:not([hidden])")
    assert "#" not in page.url
    assert page.inner_text("h1") == "Incident lead"
    assert "Led the checkout outage" in page.inner_text("main")
    assert claim_of(site, badge.key) == "offered"  # looking spends nothing
    page.click("#claim button[value=accept]")
    page.wait_for_selector("text=It is yours.")
    seconds = time.monotonic() - clicks[0]
    with capsys.disabled():
        print(f"\nclaim without an account: {len(clicks)} clicks, {seconds:.1f} s", end=" ")
    assert len(clicks) == 2
    assert seconds < 30
    assert claim_of(site, badge.key) == "accepted"
    assert page.url.startswith(f"{site.url}/account/badges/{badge.key}")
    link = page.get_attribute("text=Add to my LinkedIn profile", "href")
    assert f"certId={badge.key}" in link


def test_without_scripts_the_link_is_pasted_and_declining_makes_no_account(
    site: LiveSite, open_page: Open
) -> None:
    to = "unwilling@example.org"
    badge, page = site.award(f"mailto:{to}"), open_page("/", java_script_enabled=False)
    link = re.search(r"http\S+/claim/\S+#\S+", newest_letter(site, to).text)
    assert link is not None
    page.goto(link[0])
    page.fill("#code", link[0])
    page.click("#claim button[value=decline]")
    page.wait_for_selector("text=You have declined this badge.")
    assert claim_of(site, badge.key) == "declined"
    assert site.run(site.world.store.address(to)) is None
    assert page.context.cookies() == []


def test_what_opens_every_link_of_a_mail_claims_nothing(site: LiveSite, open_page: Open) -> None:
    to = "scanned@example.org"
    badge, page = site.award(f"mailto:{to}"), open_page("/")
    links = re.findall(r"http\S+", newest_letter(site, to).text)
    for link in links * 2:
        page.goto(link.rstrip(":"))
    assert claim_of(site, badge.key) == "offered"
    page.goto(next(link for link in links if "/claim/" in link))
    page.wait_for_selector("#ready:not([hidden])")
    page.click("#claim button[value=accept]")
    page.wait_for_selector("text=It is yours.")


def test_who_scans_a_code_signs_up_by_mail_and_has_the_badge(
    site: LiveSite, open_page: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    to = "workshop@example.org"
    code = site.run(codes.make(site.ports, CodeOrder("school", "incident-lead", 3, 7))).code
    page = open_page("/")
    clicks, began = counted(page), time.monotonic()
    page.goto(codes.link(site.url, code.word or ""))
    page.fill("#address", to)
    page.click("text=Send me the link")
    page.wait_for_selector("text=Check your mail.")
    show_mail(site, page, to)
    page.click("text=Sign in with this link")
    page.wait_for_selector("#ready:not([hidden])")
    page.click("#sign-in button")
    page.click("text=Get this badge")
    page.wait_for_selector("text=It is yours.")
    with capsys.disabled():
        print(f"\nby a code: {len(clicks)} clicks, {time.monotonic() - began:.1f} s", end=" ")
    assert len(clicks) == 4
    (mine,) = site.run(site.world.store.badges_to(f"mailto:{to}"))
    assert claim_of(site, mine.id) == "accepted"
    assert site.world.store._codes[code.id].taken == 1
