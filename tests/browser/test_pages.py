"""Every page in a real browser: accessible, whole at every width, in light and dark, by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.flows.badges import status_many
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.recipient_records import Wanted
from exchange.flows.badges.status import published_list, reinstate, revoke, suspend
from exchange.flows.issuers import webhooks
from exchange.flows.issuers.sync import sync
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.people import people, roles, teams
from tests.browser.looks import LOCALES, check, check_everywhere
from tests.browser.site import LiveSite
from tests.edge.shop import LEAD, SCHOOL
from tests.simulator import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

LONG = {"type": ["Profile"], "name": "Name" * 40, "url": "https://example.org/" + "path" * 40}


PAGES = {
    "styleguide": "/styleguide",
    "home": "/",
    "verify": "/verify",
    "log": "/log",
    "sign-in": "/sign-in",
    "sign-in-confirm": "/sign-in?confirm&next=/account/passkeys",
    "api": "/api/docs",
    "issuer": "/issuers/school",
    "achievement": "/achievements/school/incident-lead/1",
    "issuer-long": "/issuers/long",
    "achievement-long": "/achievements/long/long/1",
    "badge": "/badges/{valid}",
    "badge-revoked": "/badges/{revoked}",
    "badge-suspended": "/badges/{suspended}",
    "badge-broken": "/badges/{broken}",
    "nothing-here": "/badges/nothing",
    "desk": "/desk",
    "desk-done": "/desk?done=suspend&badge={suspended}",
    "desk-older": "/desk?before={valid}",
    "suspend": "/desk/badges/{valid}/suspend",
    "reinstate": "/desk/badges/{suspended}/reinstate",
    "revoke": "/desk/badges/{valid}/revoke",
    "nothing-to-revoke": "/desk/badges/{revoked}/revoke",
    "recipients": "/desk/badges?issuer=school",
    "recipients-nobody": "/desk/badges?issuer=long",
    "recipients-nothing": "/desk/badges?issuer=school&status=expired&to=nobody",
    "recipients-mistake": "/desk/badges?issuer=school&until=yesterday",
    "changes": "/desk/changes?issuer=school&act=revoke&scope=all",
    "changes-renew": "/desk/changes?issuer=school&act=renew&scope=all&status=valid",
    "changes-nothing": "/desk/changes?issuer=school&act=reinstate&scope=all&status=valid",
    "change-job": "/desk/changes/{job}",
    "webhooks": "/desk/issuers/school/webhooks",
    "webhooks-nobody": "/desk/issuers/long/webhooks",
    "webhook": "/desk/issuers/school/webhooks/{hook}?done=tested",
    "webhook-remove": "/desk/issuers/school/webhooks/{hook}/remove",
    "passkeys": "/account/passkeys",
    "account": "/account",
    "account-done": "/account?done=profile",
    "account-badges": "/account/badges",
    "account-addresses": "/account/addresses",
    "account-address": "/account/address",
    "account-sessions": "/account/sessions",
    "account-tokens": "/account/tokens",
    "about": "/desk/about",
    "erase": "/account/erase",
    "about-found": "/desk/about?who=ana@example.org",
    "about-nobody": "/desk/about?who=nobody@example.org",
    "operator": "/operator",
    "operator-found": "/operator?q=olga",
    "operator-nobody": "/operator?q=nobody+at+all",
    "person": "/operator/people/{person}",
    "person-suspended": "/operator/people/{suspended_person}?done=suspend",
    "person-suspend": "/operator/people/{person}/suspend",
    "members": "/issuers/school/members",
    "members-nobody": "/issuers/long/members",
    "members-mistake": "/issuers/school/members/grant?holder=nobody&role=viewer",
    "role-grant": "/issuers/school/members/grant?holder=team/red&role=owner",
    "role-withdraw": "/issuers/school/members/withdraw?holder=team/red",
    "teams": "/teams",
    "team": "/teams/red",
    "team-nobody": "/teams/blue",
    "team-join": "/teams/red/join?person=eve&lead=on",
    "team-remove": "/teams/red/remove",
    "operator-issuers": "/operator/issuers",
    "operator-stop": "/operator/issuers/stop?issuer=school",
    "operator-health": "/operator/health?done=retry",
    "about-mistake": "/desk/about?who=no+body",
}
"""Every page, by an address with the keys of badges in it. A new page is a new line."""

OWN = ("/desk", "/account", "/operator", "/teams", "/issuers/school/m", "/issuers/long/m")
"""Where the pages for who is signed in begin."""


@pytest.fixture(scope="module")
def keys(site: LiveSite) -> dict[str, str]:
    """Badges of every standing, and an issuer and a badge whose words are very long."""
    badges = {name: site.award() for name in ("valid", "revoked", "suspended", "broken")}
    site.run(revoke(site.ports, badges["revoked"].key, "Awarded to the wrong person"))
    site.run(suspend(site.ports, badges["suspended"].key, "The evidence is being looked at"))
    long = replace(LEAD, slug="long", name="Word" * 40, description="Word" * 60)
    site.run(sync(site.ports, [replace(SCHOOL, slug="long", profile=LONG, badges=(long,))]))
    row, signed = site.world.store._badges[badges["broken"].key], badges["broken"].signed
    object.__setattr__(row, "signed", signed.replace(b"Leads the response", b"Leads everything"))
    eve = site.run(people.add(site.ports, "Eve Example", "eve@example.org", "eve"))
    fred = site.run(people.add(site.ports, "Frederike-Charlotte " + "Long" * 30, "fred@example.org"))
    site.run(people.suspend(site.ports, fred.id))
    site.run(teams.add(site.ports, "red", "Red team"))
    site.run(teams.add(site.ports, "blue", "Blue" * 30))
    site.run(teams.join(site.ports, "red", "eve", lead=True))
    site.run(roles.grant(site.ports, "school", "team/red", "issuer"))
    hook, _ = site.run(webhooks.add(site.ports, "school", "https://hr.example.org/badges/" + "path" * 20))
    site.world.courier.answers = [200, 410, 503]
    for _ in range(3):
        site.run(webhooks.test(site.ports, "school", hook.id))
    site.run(deliver_due(site.ports, webhooks.CHANNEL, webhooks.carry, webhooks.PACE))
    chosen = status_many.Choice(Wanted("school"), (site.award("mailto:" + "long" * 10 + "@example.org").key,))
    seen = site.run(status_many.preview(site.ports, "renew", chosen))
    job = site.run(status_many.begin(site.ports, "renew", chosen, "", seen.digest))
    site.run(status_many.carry_on(site.ports))
    site.world.later(minutes=1)
    return {name: badge.key for name, badge in badges.items()} | {
        "hook": hook.id,
        "job": job.id,
        "person": eve.id,
        "suspended_person": fred.id,
    }


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_is_accessible_and_fits(
    site: LiveSite, keys: dict[str, str], open_page: Open, axe: str, locale: str, name: str
) -> None:
    page = open_page("/", locale=locale)
    path = PAGES[name].format(**keys)
    if path.startswith(OWN):
        site.sign_in(page)
    page.goto(path)
    assert page.evaluate("document.documentElement.lang") == locale[:2]
    for summary in page.query_selector_all("summary"):
        summary.click()
    check_everywhere(page, axe, f"{name}-{locale[:2]}", locale != LOCALES[0])


def badge_from_elsewhere(site: LiveSite) -> bytes:
    """A good badge of an issuer this site does not know; its status lists can be fetched."""
    ports = World(base_url="https://else.example").ports
    site.run(sync(ports, [replace(SCHOOL, slug="college")]))
    badge = site.run(award(ports, Order("college", "incident-lead", "mailto:ana@example.org")))
    for entry in json.loads(badge.signed)["credentialStatus"]:
        url = entry["statusListCredential"]
        site.world.web.put(url, site.run(published_list(ports, url.rpartition("/")[2])))
    return badge.signed


@pytest.mark.parametrize("locale", LOCALES)
def test_every_verdict_is_accessible_and_fits(site: LiveSite, open_page: Open, axe: str, locale: str) -> None:
    signed = site.award().signed.decode()
    theirs = badge_from_elsewhere(site).decode()
    page = open_page("/verify", locale=locale)
    for name, text in {
        "good": signed,
        "note": theirs,
        "stop": signed.replace("Incident lead", "Grand master"),
        "unsure": "https://nowhere.example/badge.json",
    }.items():
        page.fill("#pasted", text)
        page.click("#verify button[type=submit]")
        page.wait_for_selector(f"#result .verdict.tone-{name}")
        check_everywhere(page, axe, f"verify-{name}-{locale[:2]}", locale != LOCALES[0])


@pytest.mark.parametrize("scripts", [True, False])
def test_a_language_is_chosen_on_the_page_and_stays_chosen(open_page: Open, scripts: bool) -> None:
    page = open_page("/", java_script_enabled=scripts, locale="en-GB")
    page.click(".languages >> text=Deutsch")
    assert page.inner_text("h1") == "Badges, die alle prüfen können."
    page.click("text=Badge prüfen")
    page.fill("#pasted", "no badge")
    page.click("#verify button[type=submit]")
    page.wait_for_selector("text=Kein Badge")
    assert page.get_attribute("html", "lang") == "de"
    page.click(".brand")
    assert page.inner_text("h1") == "Badges, die alle prüfen können."
    assert page.context.cookies() == []
    page.click(".languages >> text=English")
    assert page.inner_text("h1") == "Badges that anybody can check."


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


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("document.querySelector('h1').style.color = '#e8e8e0'", "color-contrast"),
        ("document.querySelector('#drop').style.width = '400vw'", 'id="drop"'),
        ("document.querySelector('#pasted').labels[0].remove()", "label"),
        ("document.querySelector('.brand').style.outline = 'none'", "brand"),
        (
            "document.querySelector('h1').animate({ opacity: [0, 1] }, { duration: 1e9 })",
            "verify",
        ),
    ],
)
def test_what_is_wrong_with_a_page_is_found(open_page: Open, axe: str, change: str, found: str) -> None:
    page = open_page("/verify", bypass_csp=True)
    page.evaluate(change)
    with pytest.raises(AssertionError, match=found):
        check_everywhere(page, axe, "verify")


def test_a_dialog_opens_by_keyboard_without_a_script_and_escape_closes_it(open_page: Open, axe: str) -> None:
    page = open_page("/styleguide", java_script_enabled=False)
    page.focus("[popovertarget=sample]")
    page.keyboard.press("Enter")
    assert page.is_visible("#sample h2")
    page.keyboard.press("Escape")
    assert not page.is_visible("#sample h2")
    page = open_page("/styleguide")
    page.click("[popovertarget=sample]")
    check(page, axe, "dialog")
