"""Who is awarded a badge is suggested while somebody types: by keyboard, by mouse, to screen readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.flows.people import people
from tests.browser.looks import check_everywhere
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def names(site: LiveSite) -> list[str]:
    for name in ("Zora Quick", "Zora Slow", "Zoran Other"):
        handle = name.lower().replace(" ", "-")
        site.run(people.add(site.ports, name, f"{handle}@example.org", handle))
    return ["zora-quick", "zora-slow", "zoran-other"]


def expanded(page: Any, field: str) -> tuple[str | None, str | None]:
    input = page.locator(field)
    return input.get_attribute("aria-expanded"), input.get_attribute("aria-activedescendant")


def test_somebody_is_found_and_chosen_by_keyboard(
    site: LiveSite, names: list[str], open_page: Open, axe: str
) -> None:
    page = open_page("/")
    site.sign_in(page)
    page.goto("/desk")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/desk/people" in request.url else None)
    page.focus("#to")
    page.keyboard.type("z")
    page.wait_for_timeout(400)
    assert asked == []  # one letter finds nobody, and asks for nobody
    page.keyboard.type("ora", delay=20)
    page.wait_for_selector("#to-list [role=option]")
    assert len(asked) == 1
    assert "q=zora" in asked[0]
    assert page.inner_text("#to ~ [role=status]") == "3 people were found"
    assert expanded(page, "#to") == ("true", None)
    listed = page.inner_text("#to-list")
    assert "Zora Quick z…@example.org" in listed
    assert "zora-quick@" not in listed
    check_everywhere(page, axe, "people-suggested")
    page.focus("#to")
    page.keyboard.press("End")
    page.keyboard.type(" ")
    page.keyboard.press("Backspace")
    page.keyboard.press("ArrowUp")
    last = page.locator("#to").get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    first = page.locator("#to").get_attribute("aria-activedescendant")
    assert (first, last) == ("to-list-0", "to-list-2")
    assert page.locator("#to-list-0").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert expanded(page, "#to") == ("false", None)
    assert page.input_value("#to") == "zora"
    page.keyboard.press("ArrowDown")
    wanted = page.locator("#to-list-0").get_attribute("data-to")
    page.keyboard.press("Enter")
    assert page.input_value("#to") == wanted
    assert wanted in names
    assert expanded(page, "#to") == ("false", None)
    assert page.url.endswith("/desk")  # nothing was sent


def test_a_click_adds_a_line_and_what_is_typed_stays(
    site: LiveSite, names: list[str], open_page: Open
) -> None:
    page = open_page("/")
    site.sign_in(page)
    page.goto("/desk/award")
    page.fill("#roster", "ann@example.org")
    page.click("summary:has-text('Find somebody')")
    page.locator("#search").press_sequentially("zora qu", delay=10)
    page.click("#search-list [role=option]")
    assert page.input_value("#roster") == "ann@example.org\nzora-quick"
    assert page.input_value("#search") == ""
    assert page.evaluate("document.activeElement.id") == "search"
    page.locator("#search").press_sequentially("nobody at all", delay=5)
    said = page.locator("#search ~ [role=status], .find ~ [role=status]")
    page.wait_for_selector("[role=status]:has-text('0 people')", state="attached")
    assert said.count() == 1
    assert page.is_hidden("#search-list")
