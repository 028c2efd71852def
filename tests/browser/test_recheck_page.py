"""The pages on which a reader has credentials checked by their own browser, on a live site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.looks import check
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser


def test_the_page_of_a_badge_has_it_checked_by_the_reader(
    site: LiveSite, open_page: Callable[..., Any], axe: str
) -> None:
    """Alone, and then with others on the same page, by one button for all."""
    keys = [site.award(proof=proof).key for proof in ("eddsa-rdfc-2022", "jwt", "eddsa-jcs-2022")]
    page = open_page("/")
    page.clock.set_fixed_time(site.world.now)
    page.route(
        f"**/badges/{keys[0]}",
        lambda route: with_more(route, [f"{site.url}/badges/{key}" for key in keys[1:]]),
    )
    page.route("**/recheck/verdict.js*", lambda route: route.abort(), times=1)
    page.goto(f"/badges/{keys[0]}")
    page.click("[data-credential] button")
    page.locator("#recheck-said:has-text('Cannot tell. This browser')").wait_for(state="attached")
    page.reload()
    page.click("[data-credential] button")
    page.locator("#recheck-said:has-text('Valid. This browser')").wait_for(state="attached")
    assert page.get_attribute("#recheck-said", "role") == "status"
    assert page.inner_text(".recheck-told .pill") == "Valid"
    assert "fits: nothing was changed" in page.inner_text(".recheck-checks")
    assert "What this browser has not checked" in page.inner_text(".recheck-checks")
    page.set_viewport_size({"width": 360, "height": 900})
    check(page, axe, "badge-rechecked")
    page.click("[data-recheck-all]")
    page.locator("#recheck-said:has-text('Valid: 3. Not valid: 0. Cannot tell: 0.')").wait_for(
        state="attached"
    )
    titles = [one.inner_text() for one in page.query_selector_all(".recheck-told .pill")]
    assert titles == ["Valid", "Valid", "Valid"]
    page.route(f"**/badges/{keys[2]}", bent)
    page.click("[data-recheck-all]")
    page.locator("#recheck-said:has-text('Valid: 2. Not valid: 1. Cannot tell: 0.')").wait_for(
        state="attached"
    )
    assert "The signature does not fit" in page.inner_text(".recheck >> nth=2")


def bent(route: Any) -> None:
    """A badge with another name, under the signature that it had."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("Incident lead", "Grand master"))


def with_more(route: Any, urls: list[str]) -> None:
    """The page of a badge, as if it were about these too."""
    if "text/html" not in route.request.headers["accept"]:
        route.fallback()
        return
    answer = route.fetch()
    places = "".join(f'<div data-credential="{url}" class="recheck"></div>' for url in urls)
    more = f'<button type="button" class="button" data-recheck-all hidden>All</button>{places}</article>'
    route.fulfill(response=answer, body=answer.text().replace("</article>", more))
