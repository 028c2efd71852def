"""A portfolio on another site, in a real browser: live, gone when its link is off, and never green without an
answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from exchange.core.portfolio import shown
from exchange.edge.embeds import events
from exchange.flows.badges.status import revoke
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.portfolios.share import off
from tests.browser.host import Host, other_site
from tests.browser.looks import check
from tests.browser.site import LiveSite, live_site
from tests.browser.test_embeds import CODE, SANDBOX, STRICT, visit
from tests.portfolios import PortfolioTown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
__all__ = ["visit"]
Visit = Callable[..., "Page"]
SHOWN = "badge-portfolio >> article:not([hidden])"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with other_site() as host:
        yield host


@pytest.fixture
def site() -> Iterator[LiveSite]:
    with live_site() as site:  # one each: everybody of a town has an address of their own
        yield site


def apart(act: Callable[[], Any]) -> Any:
    """What tests of flows do has a loop of its own, and so has the browser's driver."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def built(site: LiveSite) -> tuple[PortfolioTown, str, str]:
    """A town with a portfolio, and the id and the secret of its link."""

    def build() -> tuple[PortfolioTown, str, str]:
        town = PortfolioTown(site.world)
        kept = town.everything(points=("Led 40 incidents, 12 of them at night.", "Taught twelve people."))
        kept = town.change(kept, grouping="issuer")
        link, secret = town.share(kept)
        return town, f"{kept.id}/{link.id}", secret

    return apart(build)  # type: ignore[no-any-return]


def component(site: LiveSite, secret: str, more: str = "") -> str:
    return (
        f'<script type="module" src="{site.url}/embed/code/{CODE}"></script>'
        f'<badge-portfolio src="{site.url}/embed/portfolios/{secret}.json" {more}>'
        f'<a href="{site.url}/p/{secret}">My portfolio</a></badge-portfolio>'
    )


def frame(site: LiveSite, secret: str, more: str = "") -> str:
    return (
        f'<iframe title="Portfolio" width="480" height="100" src="{site.url}/embed/portfolios/{secret}" '
        f'{more}></iframe><script type="module" src="{site.url}/embed/code/frames-1.js"></script>'
    )


@pytest.mark.parametrize("name", ["strict", "sandboxed"])
def test_a_revocation_shows_within_two_seconds_and_a_link_that_is_off_shows_nothing(
    site: LiveSite, host: Host, visit: Visit, name: str
) -> None:
    town, link, secret = built(site)
    if name == "strict":
        url = host.put("/whole", component(site, secret), STRICT.format(ours=site.url))
    else:
        policy = f"default-src 'none'; frame-src {site.url}; script-src {site.url}"
        url = host.put("/whole", frame(site, secret, SANDBOX), policy)
    page = visit(url)
    there = page if name == "strict" else page.frame_locator("iframe")
    there.locator(SHOWN).filter(has_text="3 badges verified").wait_for()
    assert there.locator("article.good").count() == 1
    page.wait_for_timeout(300)
    site.run(revoke(town.ports, town.first, "Somebody else led it"))
    began = time.monotonic()
    there.locator(SHOWN).filter(has_text="2 badges verified; 1 revoked").wait_for(timeout=5000)
    assert time.monotonic() - began < 2
    assert there.locator("article.good").count() == 0
    assert "Somebody else led it" in there.locator(SHOWN).inner_text()
    site.run(withdraw(town.ana.ports, town.said.id))
    there.locator(SHOWN).filter(has_text="0 endorsements; 1 withdrawn").wait_for(timeout=5000)
    assert "Kept everybody calm" not in there.locator(SHOWN).inner_text()
    kept, _, id = link.partition("/")
    site.run(off(town.ben.ports, kept, id))
    began = time.monotonic()
    there.locator(".said").filter(has_text="There is no portfolio here").wait_for(timeout=5000)
    assert time.monotonic() - began < 2
    assert there.locator(SHOWN).count() == 0
    fresh = visit(url)
    fresh_there = fresh if name == "strict" else fresh.frame_locator("iframe")
    fresh_there.locator("text=There is no portfolio here").first.wait_for()


def test_a_site_that_is_listed_frames_it_and_another_says_why_not(
    site: LiveSite, browser: Browser, visit: Visit
) -> None:
    with other_site() as listed, other_site() as other:
        town, link, _ = built(site)
        kept = site.run(town.ben.ports.store.portfolio(link.partition("/")[0]))
        _, secret = apart(lambda: town.share(kept, origins=(listed.url,)))
        body = frame(site, secret, SANDBOX)
        there = visit(listed.put("/whole", body)).frame_locator("iframe")
        there.locator(SHOWN).filter(has_text="3 badges verified").wait_for()
        there = visit(other.put("/whole", body)).frame_locator("iframe")
        there.locator("h1", has_text="not shown in frames on").wait_for()
        assert "Six years of calm" not in there.locator("body").inner_text()
        # The component needs no frame, and our own page of snippets is no other site.
        shown = visit(other.put("/component", component(site, secret)))
        shown.locator(SHOWN).filter(has_text="3 badges verified").wait_for()
        ours = visit(f"{site.url}/p/{secret}/elsewhere")
        ours.locator("iframe").scroll_into_view_if_needed()
        ours.frame_locator("iframe").locator(SHOWN).filter(has_text="3 badges verified").wait_for()
        # Who does not tell where it would stand gets nothing at all: the browser keeps it out.
        page = browser.new_context().new_page()
        refused: list[str] = []
        page.on("console", lambda line: refused.append(line.text))
        quiet = frame(site, secret, f'{SANDBOX} referrerpolicy="no-referrer"')
        page.goto(other.put("/quiet", quiet), wait_until="networkidle")
        assert any("frame-ancestors" in line for line in refused)
        assert "Six years of calm" not in page.frames[1].content()
        page.context.close()


def test_without_a_server_nothing_of_it_stays_green(
    host: Host, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "FRESH", timedelta(seconds=3))
    monkeypatch.setattr(events, "BEAT_SECONDS", 1.0)
    with live_site() as site:
        _, _, secret = built(site)
        page = visit(host.put("/down", component(site, secret)))
        page.locator(SHOWN).filter(has_text="3 badges verified").wait_for()
        page.wait_for_timeout(300)
    page.locator(SHOWN).filter(has_text="Not checked since").wait_for(timeout=8000)
    assert page.locator("article.good").count() == 0
    assert page.locator(".pill.good").count() == 0
    again = visit(host.url + "/down")
    assert again.locator("badge-portfolio a").inner_text() == "My portfolio"


@pytest.mark.parametrize("code", ["en", "de"])
def test_it_is_accessible_and_fits_with_tombstones_in_it(
    site: LiveSite, host: Host, visit: Visit, axe: str, code: str
) -> None:
    town, _, secret = built(site)
    both = component(site, secret) + "<br>" + component(site, secret, "compact")
    site.run(revoke(town.ports, town.second, "Awarded to the wrong person"))
    head = '<meta name="color-scheme" content="light dark">'
    page = visit(host.put(f"/look-{code}", f'{head}<div lang="{code}">{both}</div>'))
    page.locator("badge-portfolio >> article.note").nth(1).wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            check(page, axe, f"portfolio-component-{code}-{width}-{scheme}")
    page.goto(f"{site.url}/embed/portfolios/{secret}?lang={code}")
    page.locator(SHOWN).wait_for()
    page.set_viewport_size({"width": 480, "height": 420})
    check(page, axe, f"portfolio-frame-{code}")
