"""Every page in a real browser: accessible, whole at every width, in light and dark, by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange.errors import ConflictError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import published_list, reinstate, revoke, suspend
from exchange.flows.issuers.sync import sync
from exchange.flows.people import roles
from tests.browser.furniture import furnish, unfurnish
from tests.browser.looks import LOCALES, check, check_everywhere
from tests.browser.site import LiveSite
from tests.browser.visitors import Regulars
from tests.core import endorsing
from tests.core.verdict.test_endorser import endorsed
from tests.edge.shop import SCHOOL
from tests.simulator import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


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
    "badge": "/badges/{valid}.html",
    "badge-revoked": "/badges/{revoked}",
    "badge-trust": "/badges/{trusted}",
    "badge-suspended": "/badges/{suspended}",
    "badge-broken": "/badges/{broken}",
    "elsewhere": "/badges/{valid}/elsewhere",
    "elsewhere-revoked": "/badges/{revoked}/elsewhere",
    "nothing-here": "/badges/nothing",
    "claim": "/claim/{valid}",
    "claim-revoked": "/claim/{revoked}",
    "claim-done": "/claim/{valid}?done=accept",
    "claim-broken": "/claim/{broken}",
    "claim-type": "/claim",
    "claim-type-mistake": "/claim?code=nothing",
    "claim-code": "/claim/code/{word}",
    "claim-code-closed": "/claim/code/{closed_word}",
    "badge-endorsed": "/badges/{mine}",
    "endorsement": "/endorsements/{endorsement}",
    "endorsement-withdrawn": "/endorsements/{withdrawn}",
    "report": "/report/endorsement/{endorsement}",
    "report-done": "/report/endorsement/{endorsement}?done=report",
    "endorse-asked": "/endorse/{asking}",
    "endorse-said-no": "/endorse/{asking}?done=decline",
    "account-ask-take-back": "/account/ask/{asking}/take-back",
    "endorse-taken-back": "/endorse/{taken_back}",
    "endorse-write": "/account/endorsements/new/request/{asked_olga}",
    "endorse-sign": "/account/endorsements/{draft_endorsement}/sign",
    "endorse-own-badge": "/account/endorsements/new/badge/{mine}",
    "account-endorsements": "/account/endorsements",
    "account-endorsement": "/account/endorsements/{given}?done=signed",
    "account-endorsement-withdraw": "/account/endorsements/{given}/withdraw",
    "account-vouches": "/account/vouches?done=vouched",
    "account-vouch-new": "/account/vouches/new",
    "account-vouch-sign": "/account/vouches/{draft_vouch}/sign",
    "account-vouch-withdraw": "/account/vouches/{vouch}/withdraw",
    "badge-vouch": "/badges/{vouch}",
    "badge-vouch-withdrawn": "/badges/{vouch_withdrawn}",
    "eve-vouches": "/account/vouches",
    "portfolio": "/p/{shared}",
    "portfolio-elsewhere": "/p/{shared}/elsewhere",
    "portfolio-skills": "/p/{shared}/skills",
    "portfolio-timeline": "/p/{shared}/timeline",
    "portfolio-empty": "/p/{shared_empty}",
    "portfolio-none": "/p/{shut}",
    "account-portfolios": "/account/portfolios?done=portfolio-made",
    "eve-portfolios": "/account/portfolios",
    "account-portfolio": "/account/portfolios/{portfolio}",
    "account-portfolio-empty": "/account/portfolios/{bare_portfolio}?done=portfolio",
    "account-portfolio-skills": "/account/portfolios/{portfolio}/skills?role=operations",
    "account-portfolio-timeline": "/account/portfolios/{portfolio}/timeline",
    "account-talking-points": "/account/portfolios/{portfolio}/talking-points",
    "account-portfolio-view": "/account/portfolios/{portfolio}/view",
    "account-portfolio-links": "/account/portfolios/{portfolio}/links?done=link-off",
    "account-portfolio-signed": "/account/portfolios/{portfolio}/links/{board}/signed?done=record-signed",
    "portfolio-public": "/@olga-o/calm",
    "portfolio-public-list": "/@olga-o",
    "account-portfolio-public": "/account/portfolios/{portfolio}/publish?done=published",
    "account-portfolio-publish": "/account/portfolios/{third_portfolio}/publish",
    "account-portfolio-frame": "/account/portfolios/{bare_portfolio}/links/{portfolio_link}/frame",
    "account-portfolio-off": "/account/portfolios/{bare_portfolio}/links/{portfolio_link}/off",
    "account-portfolio-remove": "/account/portfolios/{portfolio}/remove",
    "account-ask": "/account/badges/{mine}/ask",
    "account-ask-work": "/account/ask",
    "account-signing-keys": "/account/signing-keys",
    "account-signing-key-retire": "/account/signing-keys/retire?key={own_key}",
    "eve-signing-keys": "/account/signing-keys",
    "eve-endorsements": "/account/endorsements",
    "codes": "/desk/codes",
    "code": "/desk/codes/{code}",
    "code-done": "/desk/codes/{closed_code}?done=close",
    "code-poster": "/desk/codes/{code}/poster",
    "code-close": "/desk/codes/{code}/close",
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
    "reports": "/desk/issuers/school/reports",
    "reports-none": "/desk/issuers/school/reports?settled=yes",
    "report-hide": "/desk/reports/{report}/hide",
    "webhooks": "/desk/issuers/school/webhooks",
    "webhooks-nobody": "/desk/issuers/long/webhooks",
    "webhook": "/desk/issuers/school/webhooks/{hook}?done=tested",
    "webhook-remove": "/desk/issuers/school/webhooks/{hook}/remove",
    "passkeys": "/account/passkeys",
    "account": "/account",
    "account-done": "/account?done=profile",
    "account-badges": "/account/badges",
    "account-badges-found": "/account/badges?q=nothing+of+the+kind",
    "account-badge": "/account/badges/{mine}",
    "account-badge-done": "/account/badges/{mine}?done=accept",
    "account-badge-revoked": "/account/badges/{mine_revoked}",
    "account-imported": "/account/imported",
    "account-imported-badge": "/account/imported/{imported}?done=brought",
    "account-imported-doubted": "/account/imported/{imported_doubted}",
    "eve-imported": "/account/imported",
    "account-addresses": "/account/addresses",
    "account-address": "/account/address",
    "account-sessions": "/account/sessions",
    "account-tokens": "/account/tokens",
    "account-token-remove": "/account/tokens/remove?token={token}",
    "account-address-remove": "/account/addresses/remove?address=olga@two.example",
    "account-sessions-end": "/account/sessions/end-others",
    "account-picture-remove": "/account/picture/remove",
    "passkey-remove": "/account/passkeys/remove?id=key",
    "eve-account": "/account",
    "eve-passkeys": "/account/passkeys",
    "eve-teams": "/teams",
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
    "person-suspend-profile": "/operator/people/{person}/suspend-profile",
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
    "operator-reports": "/operator/reports",
    "operator-health": "/operator/health?done=retry",
    "about-mistake": "/desk/about?who=no+body",
    "issuer-picture": "/issuers/college",
    "design-issuers": "/desk/issuers",
    "design-profile": "/desk/issuers/college?done=described",
    "design-profile-bare": "/desk/issuers/school",
    "design-keys": "/desk/issuers/school/keys",
    "design-endorsements": "/desk/issuers/school/endorsements?done=endorsed",
    "design-endorsements-bare": "/desk/issuers/college/endorsements",
    "design-endorsement-withdraw": "/desk/issuers/school/endorsements/{backing_given}/withdraw",
    "endorsement-by-issuer": "/endorsements/{backing}",
    "endorsement-by-issuer-withdrawn": "/endorsements/{backing_withdrawn}",
    "design-rotate": "/desk/issuers/school/keys/rotate",
    "design-badges": "/desk/issuers/school/achievements",
    "design-badges-none": "/desk/issuers/college/achievements",
    "design-new": "/desk/issuers/school/achievements/new",
    "design-words": "/desk/issuers/school/achievements/sketch/draft/words?done=begun",
    "design-words-empty": "/desk/issuers/school/achievements/empty/draft/words",
    "design-picture": "/desk/issuers/school/achievements/sketch/draft/picture",
    "design-skills": "/desk/issuers/school/achievements/sketch/draft/skills?q=incident",
    "design-skills-none": "/desk/issuers/school/achievements/empty/draft/skills?q=nothing",
    "design-results": "/desk/issuers/school/achievements/lead/draft/results",
    "design-preview": "/desk/issuers/school/achievements/lead/preview",
    "design-preview-verifier": "/desk/issuers/school/achievements/sketch/preview?as=verifier",
    "design-preview-embed": "/desk/issuers/school/achievements/sketch/preview?as=embed",
    "design-preview-empty": "/desk/issuers/school/achievements/empty/preview",
    "design-discard": "/desk/issuers/school/achievements/sketch/discard",
    "design-retire": "/desk/issuers/school/achievements/incident-lead/retire",
    "award-many": "/desk/award",
    "batches": "/desk/batches",
    "batch-draft": "/desk/batches/{draft}",
    "batch-running": "/desk/batches/{running}",
    "batch-done": "/desk/batches/{done}",
    "held": "/desk/award/held?done=hold",
}
"""Every page, by an address with the keys of badges in it. A new page is a new line."""

OWN = ("/desk", "/account", "/operator", "/teams", "/issuers/school/m", "/issuers/long/m")
"""Where the pages for who is signed in begin."""


@pytest.fixture(scope="module")
def keys(site: LiveSite) -> Iterator[dict[str, str]]:
    yield furnish(site)
    unfurnish(site)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_is_accessible_and_fits(
    site: LiveSite, keys: dict[str, str], regulars: Regulars, axe: str, locale: str, name: str
) -> None:
    path, who = PAGES[name].format(**keys), ""
    if path.startswith(OWN):
        who = keys["person"] if name.startswith("eve-") else "operator"
    if path.startswith("/desk/issuers"):
        site.operator()
        for slug in ("school", "college"):
            with suppress(ConflictError):  # of the page before
                site.run(roles.grant(site.ports, slug, "olga@example.org", "owner"))
    with regulars.look(path, locale, who) as page:
        assert page.evaluate("document.documentElement.lang") == locale[:2]
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        check_everywhere(page, axe, f"{name}-{locale[:2]}", locale != LOCALES[0])


@pytest.mark.parametrize("locale", LOCALES)
def test_cards_with_codes_are_accessible_and_fit(
    site: LiveSite, keys: dict[str, str], open_page: Open, axe: str, locale: str
) -> None:
    page = open_page("/", locale=locale)
    site.sign_in(page)
    page.goto("/desk/codes")
    page.select_option("#badge", "school/incident-lead")
    page.fill("#quota", "5")
    page.check("input[value=singles]")
    page.click("form[action='/desk/codes'] button[type=submit]")
    page.wait_for_selector(".cards")
    words = page.eval_on_selector_all(".cards code", "all => all.map(one => one.textContent)")
    assert len(set(words)) == 5
    check_everywhere(page, axe, f"code-cards-{locale[:2]}", locale != LOCALES[0])
    page.reload()  # the same form once more: nothing is made, and the cards are not lost
    assert page.eval_on_selector_all(".cards code", "all => all.map(one => one.textContent)") == words


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


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_peer_says_is_accessible_and_fits(
    site: LiveSite, open_page: Open, axe: str, locale: str
) -> None:
    """Alone, and inside a badge beside one that nobody vouches for."""
    for url, document in endorsing.CLEAR.items():
        site.world.web.put(url, document.body, document.content_type)
    alone = endorsing.signed()
    nameless = endorsing.ADA.sign(
        endorsing.with_issuer(endorsing.peer_endorsement(), endorsementJwt=None, name="Name" * 30), "jwt"
    )
    page = open_page("/verify", locale=locale)
    for name, credential in {"endorsement": alone, "endorsed": endorsed(alone, nameless)}.items():
        page.fill("#pasted", credential.decode())
        page.click("#verify button[type=submit]")
        page.wait_for_selector("#result .endorsement")
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
    assert page.evaluate("navigator.clipboard.readText()") == f"{badge.id}.html"


def test_without_scripts_there_is_no_button_that_does_nothing(site: LiveSite, open_page: Open) -> None:
    page = open_page(f"/badges/{site.award().key}", java_script_enabled=False)
    assert not page.is_visible("[data-copy]")
    assert not page.is_visible("[data-credential] button")
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
        ("document.querySelector('#file').labels[0].remove()", "label"),
        ("document.querySelector('.brand').style.outline = 'none'", "brand"),
        (
            "document.querySelector('.lead').outerHTML = '<div class=stack><div class=table><table>"
            "<td id=cut><b style=display:inline-block;width:99rem>x</table></div></div>'",
            "id=.cut",
        ),
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
