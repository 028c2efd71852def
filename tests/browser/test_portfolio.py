"""A portfolio in a real browser: made without a script, read in ten seconds, gone once its link is off."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pypdf
import pytest

from exchange.flows.claims.claim import answer
from exchange.flows.endorsements.show import show
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.share import Wish, share
from tests.browser.endorsed import peer, said, signed_in, with_key
from tests.browser.site import LiveSite
from tests.browser.test_endorse import account

pytestmark = pytest.mark.browser

FOLD = {"width": 1280, "height": 720}


@pytest.fixture
def holder(site: LiveSite) -> str:
    """Somebody with two badges, one of them endorsed."""
    address = f"ivy-{site.ports.new_id()[-6:]}@people.internal"  # the site is the same for every test
    ivy = account(site, "Ivy Holder", address)
    keys = [site.award(f"mailto:{address}").key for _ in range(2)]
    site.run(endorsed(site, ivy, keys))
    return ivy


async def endorsed(site: LiveSite, person: str, badges: list[str]) -> None:
    found = await site.ports.store.person(person)
    assert found is not None
    ivy = await signed_in(site, found)
    for badge in badges:
        await answer(ivy, badge, "accept")
    colleague = await peer(site, "Jo Colleague")
    key = await with_key(colleague)
    await show(ivy, await said(colleague, badges[0], "Kept four teams calm.", key))


def test_made_without_script_read_at_a_glance_and_switched_off(
    site: LiveSite, open_page: Callable[..., Any], holder: str
) -> None:
    with_script = open_page("/")
    site.sign_in_as(with_script, holder)
    state = with_script.context.storage_state()
    page = open_page("/account/portfolios", java_script_enabled=False, storage_state=state)
    page.fill("#headline", "Six years of calm incidents")
    page.click("button:has-text('Make it')")
    kept = urlsplit(page.url).path.rpartition("/")[2]
    page.fill("#points-0", "Led 40 incidents in six years.")
    page.fill("#points-1", "Teaches new leads.")
    page.click("button:has-text('Put it in')")  # what the colleague says
    page.click("text=View as reader >> nth=0")
    assert "This is what a reader sees" in page.inner_text("main")
    page.click("text=Share it")
    page.fill("#label", "The board")
    page.click("text=Make the link")
    url = page.inner_text("#address")

    reader = open_page(url.removeprefix(site.url), viewport=FOLD)
    assert reader.context.cookies() == []
    for what in (
        ".shown-who",
        "h1",
        ".shown-verdict",
        ".shown-glance li:last-child >> nth=0",
        ".shown-voices",
        ".shown-facts",
        ".shown-not",
        ".shown-item h2",
    ):
        box = reader.locator(what).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= FOLD["height"], what
    assert "2 badges, all verified just now; 1 endorsement." in reader.inner_text(".shown-verdict")
    assert "Jo Colleague" in reader.inner_text(".shown-voices")
    assert "Signed with their own key" in reader.inner_text(".shown-voices")
    reader.click("[data-recheck-all]")
    reader.wait_for_selector("#recheck-said:has-text('Not valid: 0')")

    with_script.goto(f"/account/portfolios/{kept}/talking-points")
    for form in ("A4", "Letter"):
        sheet = pypdf.PdfReader(io.BytesIO(with_script.pdf(format=form)))
        assert len(sheet.pages) == 1, form
        text = sheet.pages[0].extract_text()
        for what in ("Six years of calm incidents", "Jo Colleague", "/badges/"):
            assert what in text
        for around in ("Timeline", "Markdown", "Open Badges 3.0", "Badge Exchange"):
            assert around not in text

    page.click("text=Switch it off")
    page.click("form.confirm button[type=submit]")
    assert "The link is off" in page.inner_text("main")
    reader.reload()
    assert "Nothing is shown here" in reader.inner_text("main")
    assert "Ivy" not in reader.inner_text("main")


def test_a_presentation_is_signed_in_the_browser_and_verified(
    site: LiveSite, open_page: Callable[..., Any], holder: str
) -> None:
    kept, link, secret = site.run(shared_by(site, holder))
    page = open_page("/")
    site.sign_in_as(page, holder)
    page.goto(f"{site.url}/account/portfolios/{kept}/links/{link}/signed")
    page.wait_for_selector("#key-new:visible")
    page.click("text=Look at what you sign")
    page.wait_for_selector("form#sign[data-ready=yes]")
    page.click("text=Sign it")
    page.wait_for_selector("text=It is signed by you")
    token = page.request.get(f"{site.url}/p/{secret}/as/presentation.jwt").body()
    page.goto(f"{site.url}/verify")
    page.fill("#pasted", token.decode())
    page.click("button[type=submit]:has-text('Verify')")
    page.wait_for_selector("text=Ivy Holder signed the whole, with a key of their own.")


async def shared_by(site: LiveSite, person: str) -> tuple[str, str, str]:
    found = await site.ports.store.person(person)
    assert found is not None
    ivy = await signed_in(site, found)
    kept = await make(ivy, person, "Calm", "skills")
    link, url = await share(ivy, kept.id, Wish("Board"))
    return kept.id, link.id, url.rpartition("/")[2]
