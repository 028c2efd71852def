"""Badges on other sites, in a real browser: live over two origins, under strict policies, and never green
without an answer."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from exchange.core.shield import COLOURS
from exchange.core.svg_card import Row, SvgCard, svg_card
from exchange.edge.embeds import embeds, events
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.embeds import value
from tests.browser.host import Host, other_site
from tests.browser.looks import check
from tests.browser.site import LiveSite, live_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Visit = Callable[..., "Page"]
CODE = embeds.NEWEST["verified-badge.js"]
SHOWN = "verified-badge >> article:not([hidden])"
STRICT = (
    "default-src 'none'; script-src {ours}; connect-src {ours}; img-src {ours}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with other_site() as host:
        yield host


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """`visit(url, **context)`: a page in a context of its own; no script may fail in it."""
    contexts: list[Any] = []
    errors: list[str] = []

    def visit(url: str, **context: Any) -> Page:
        contexts.append(browser.new_context(**{"locale": "en-GB", **context}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
        page.set_default_timeout(15_000)
        page.goto(url)
        return page  # type: ignore[no-any-return]

    yield visit
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert errors == []


def component(site: LiveSite, key: str, more: str = "") -> str:
    return (
        f'<script type="module" src="{site.url}/embed/code/{CODE}"></script>'
        f'<verified-badge src="{site.url}/embed/badges/{key}.json" {more}>'
        f'<a href="{site.url}/badges/{key}">The badge</a></verified-badge>'
    )


def frame(site: LiveSite, key: str, more: str = "") -> str:
    return (
        f'<iframe title="Badge" width="480" height="100" src="{site.url}/embed/badges/{key}" {more}></iframe>'
        f'<script type="module" src="{site.url}/embed/code/frames-1.js"></script>'
    )


SANDBOX = 'sandbox="allow-scripts allow-popups"'
PLACES: dict[str, tuple[Callable[[LiveSite, str], str], str]] = {
    "plain": (component, ""),
    "strict": (component, STRICT),
    "frame": (frame, ""),
    "sandboxed": (
        lambda site, key: frame(site, key, SANDBOX),
        "default-src 'none'; frame-src {ours}; script-src {ours}",
    ),
}


def inside(page: Page, name: str) -> Any:
    return page.frame_locator("iframe") if name in ("frame", "sandboxed") else page


@pytest.mark.parametrize("name", PLACES)
def test_a_revocation_shows_within_two_seconds_in_an_open_embed_and_at_once_in_a_fresh_one(
    site: LiveSite, host: Host, visit: Visit, name: str
) -> None:
    build, policy = PLACES[name]
    badge = site.award()
    url = host.put(f"/{name}", build(site, badge.key), policy.format(ours=site.url))
    page = visit(url)
    there = inside(page, name)
    there.locator(SHOWN).filter(has_text="Valid").wait_for()
    assert there.locator(".good .pill").count() == 1
    page.wait_for_timeout(300)  # the stream opens a moment after
    for change, word in ((suspend, "Suspended"), (reinstate, "Valid"), (revoke, "Revoked")):
        site.run(change(site.ports, badge.key, "Because of that"))
        began = time.monotonic()
        there.locator(SHOWN).filter(has_text=word).wait_for(timeout=5000)
        assert time.monotonic() - began < 2
    assert there.locator(".good .pill").count() == 0
    assert "Because of that" in there.locator(SHOWN).inner_text()
    fresh = inside(visit(url), name)
    fresh.locator(SHOWN).wait_for()
    assert "Revoked" in fresh.locator(SHOWN).inner_text()


@pytest.mark.parametrize("name", ["plain", "sandboxed"])
def test_without_a_server_nothing_stays_green(
    host: Host, visit: Visit, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value, "FRESH", timedelta(seconds=3))
    monkeypatch.setattr(events, "BEAT_SECONDS", 1.0)
    with live_site() as site:
        build, policy = PLACES[name]
        key = site.award().key
        page = visit(host.put(f"/down-{name}", build(site, key), policy.format(ours=site.url)))
        there = inside(page, name)
        there.locator(SHOWN).filter(has_text="Valid").wait_for()
        page.wait_for_timeout(300)
    there.locator(SHOWN).filter(has_text="Not checked since").wait_for(timeout=8000)
    assert there.locator("article.good").count() == 0
    assert there.locator(".pill").inner_text() == "Cannot tell"
    again = visit(host.url + f"/down-{name}")  # a fresh load, with the server away
    assert again.locator("article.good").count() == 0
    if name == "plain":
        assert again.locator("verified-badge a").inner_text() == "The badge"


def test_where_the_page_forbids_it_the_link_inside_stays(
    site: LiveSite, host: Host, browser: Browser
) -> None:
    key = site.award().key
    for path, policy in {
        "/no-script": "default-src 'none'",
        "/no-fetch": f"script-src {site.url}; connect-src 'none'",
    }.items():
        context = browser.new_context()
        page = context.new_page()
        page.goto(host.put(path, component(site, key), policy))
        assert page.locator("verified-badge a").is_visible()
        page.wait_for_timeout(200)
        assert page.locator("verified-badge a").inner_text() == "The badge"
        context.close()
    page = browser.new_context().new_page()
    page.goto(host.put("/no-frame", frame(site, key), f"script-src {site.url}; frame-src 'none'"))
    page.locator(f'a[href="{site.url}/badges/{key}.html"]').wait_for()
    page.context.close()


def test_a_frame_gets_the_height_it_asks_for_and_nobody_else_can_set_it(
    site: LiveSite, host: Host, visit: Visit
) -> None:
    page = visit(host.put("/high", frame(site, site.award().key, SANDBOX)))
    page.wait_for_function("document.querySelector('iframe').height > 100")
    for _ in range(50):  # it asks again whenever what it holds has grown
        height = page.evaluate("document.querySelector('iframe').height")
        inner = page.frames[1].evaluate("document.body.getBoundingClientRect().height")
        if abs(int(height) - inner) <= 1:
            break
        page.wait_for_timeout(100)
    assert abs(int(height) - inner) <= 1
    page.evaluate("postMessage({ type: 'verified-badge:height', height: 1999 }, '*')")
    page.wait_for_timeout(100)
    assert page.evaluate("document.querySelector('iframe').height") == height


def test_only_embeds_may_stand_in_frames(site: LiveSite, host: Host, browser: Browser) -> None:
    key = site.award().key
    context = browser.new_context()
    page = context.new_page()
    for path in (f"/badges/{key}", "/verify", f"/badges/{key}/elsewhere", "/sign-in"):
        page.goto(host.put("/framing", f'<iframe title="x" src="{site.url}{path}"></iframe>'))
        page.wait_for_load_state("networkidle")
        assert page.frames[1].url.startswith("chrome-error:"), path
    page.goto(host.put("/framing", frame(site, "not-there")))
    page.frame_locator("iframe").locator("text=There is no badge here").wait_for()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_every_state_is_accessible_and_fits(
    site: LiveSite, host: Host, visit: Visit, axe: str, scheme: str, locale: str
) -> None:
    badges = {name: site.award().key for name in ("valid", "suspended", "revoked", "broken")}
    site.run(suspend(site.ports, badges["suspended"], "The evidence is being looked at"))
    site.run(revoke(site.ports, badges["revoked"], "Awarded to the wrong person"))
    row = site.world.store._badges[badges["broken"]]
    object.__setattr__(row, "signed", row.signed.replace(b"Leads the response", b"Leads everything"))
    tags = "<br>".join(component(site, key) + component(site, key, "compact") for key in badges.values())
    code = locale[:2]
    url = host.put(
        f"/states-{code}", f'<meta name="color-scheme" content="light dark"><div lang="{code}">{tags}</div>'
    )
    page = visit(url, locale=locale, color_scheme=scheme)
    page.locator("verified-badge >> article.stop").nth(3).wait_for()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        check(page, axe, f"component-{code}-{width}-{scheme}")
    for name, key in badges.items():
        page.goto(f"{site.url}/embed/badges/{key}?lang={code}")
        page.locator(SHOWN).wait_for()
        page.set_viewport_size({"width": 480, "height": 240})
        check(page, axe, f"frame-{name}-{code}-{scheme}")


def test_without_scripts_the_frame_says_how_it_stands_and_when_it_was_checked(
    site: LiveSite, browser: Browser, axe: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/embed/badges/{site.award().key}")
    assert "Valid" in page.inner_text("body")
    assert "Checked" in page.inner_text("body")
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / "frame-still.png")
    context.close()


def test_the_keyboard_reaches_the_link_and_a_change_is_read_out(
    site: LiveSite, host: Host, visit: Visit
) -> None:
    badge = site.award()
    page = visit(host.put("/keys", component(site, badge.key)))
    page.locator(SHOWN).wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.href") == f"{badge.id}.html"
    status = page.locator("verified-badge >> [role=status]")
    held = status.element_handle()
    site.run(suspend(site.ports, badge.key, "Why"))
    status.filter(has_text="Suspended").wait_for()
    assert held.evaluate("one => one.isConnected && one.textContent.includes('Suspended')")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.href") == f"{badge.id}.html"


def test_many_embeds_of_a_page_share_one_stream(site: LiveSite, host: Host, visit: Visit) -> None:
    keys = [site.award().key for _ in range(8)]
    page = visit("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(host.put("/many", "".join(component(site, key) for key in keys)))
    page.locator("verified-badge >> article.good").nth(7).wait_for()
    page.wait_for_timeout(500)
    streams = [url for url in asked if "/embed/events" in url]
    assert streams[-1].count("of=") == 8
    assert len(streams) <= 2
    site.run(revoke(site.ports, keys[5], "Why"))
    page.locator("verified-badge >> article.stop").wait_for(timeout=2000)


def test_a_drawing_is_green_no_longer_than_it_may_as_a_picture_on_a_strict_page(
    host: Host, visit: Visit
) -> None:
    row = Row("Incident lead", "Atlas", "good", over=False)
    card = SvgCard(
        *("Calm", "Ana", "1 badge verified", "", "Checked just now", "Not checked since then"),
        *("good", (row,), "", "Badge Exchange", "en", 2),
    )
    page = visit("about:blank")
    kind = {"content-type": "image/svg+xml", "content-security-policy": PICTURE_POLICY}
    page.route("**/card.svg", lambda route: route.fulfill(body=svg_card(card), headers=kind))
    image = '<img src="/card.svg" width="600" height="315">'
    page.goto(host.put("/drawn", image, "default-src 'none'; img-src 'self'"))
    page.locator("img").evaluate("one => one.decode()")

    def band() -> tuple[int, ...]:
        with Image.open(io.BytesIO(page.locator("img").screenshot())) as seen:
            return seen.convert("RGB").getpixel((300, 3))  # type: ignore[return-value]

    colours = {tone: tuple(bytes.fromhex(colour[1:])) for tone, colour in COLOURS.items()}
    assert band() == colours["good"]
    page.wait_for_timeout(2500)
    assert band() == colours["unsure"]


def test_colours_can_be_set_by_the_page(site: LiveSite, host: Host, visit: Visit) -> None:
    style = "<style>verified-badge { --vb-paper: rgb(1, 2, 3); --vb-radius: 0 }</style>"
    page = visit(host.put("/themed", style + component(site, site.award().key, 'theme="dark"')))
    page.locator(SHOWN).wait_for()
    found = page.locator(SHOWN).evaluate(
        "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    )
    assert found == ["rgb(1, 2, 3)", "rgb(233, 236, 231)"]
