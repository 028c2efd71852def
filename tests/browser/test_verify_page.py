"""/verify in a real browser: dropped, chosen and pasted; with scripts and without."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from exchange.flows.badges.status import revoke
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser
Open = Callable[..., Any]

DROP = """([selector, name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
  }
}"""


def drop(page: Any, name: str, media_type: str, content: bytes, on: str = "#drop") -> None:
    page.evaluate(DROP, [on, name, media_type, base64.b64encode(content).decode()])


def verdict(page: Any) -> str:
    page.wait_for_selector("#result .verdict-title")
    return str(page.inner_text("#result .verdict-title"))


def test_a_dropped_picture_is_verified_on_the_spot_and_announced(site: LiveSite, open_page: Open) -> None:
    page = open_page("/verify")
    drop(page, "badge.png", "image/png", site.award().png)
    assert verdict(page) == "Valid"
    assert page.inner_text("#result .result-name") == "Incident lead"
    page.locator("#said:has-text('Valid.')").wait_for()
    assert page.get_attribute("#said", "role") == "status"
    assert page.inner_text("button[type=submit]") == "Verify"


def test_a_file_dropped_beside_the_form_does_not_leave_the_page(site: LiveSite, open_page: Open) -> None:
    page = open_page("/verify")
    drop(page, "badge.json", "application/json", site.award().signed, on="h1")
    assert verdict(page) == "Valid"
    assert page.url == f"{site.url}/verify"


def test_a_chosen_drawing_is_verified_and_a_revoked_badge_says_why_it_is_no_good(
    site: LiveSite, open_page: Open
) -> None:
    badge = site.award()
    site.run(revoke(site.ports, badge.key, "Wrong person"))
    page = open_page("/verify")
    page.set_input_files("#file", {"name": "badge.svg", "mimeType": "image/svg+xml", "buffer": badge.svg})
    assert verdict(page) == "Revoked"
    assert "The issuer" in page.inner_text(".level-error")


def test_what_is_pasted_after_a_file_is_what_counts(site: LiveSite, open_page: Open) -> None:
    badge = site.award()
    page = open_page("/verify")
    drop(page, "badge.png", "image/png", badge.png)
    assert verdict(page) == "Valid"
    page.fill("#pasted", badge.signed.decode().replace("Incident lead", "Grand master"))
    page.click("button[type=submit]")
    page.wait_for_selector("#result .tone-stop")
    assert verdict(page) == "Not genuine"
    assert "Grand master" not in page.inner_text("#result")
    page.fill("#pasted", f"{badge.id}.html")  # as it was copied from the page
    page.press("button[type=submit]", "Enter")
    page.wait_for_selector("#result .tone-good")


def test_somebody_elses_badge_is_told_apart(site: LiveSite, open_page: Open) -> None:
    page = open_page("/verify")
    page.fill("#pasted", site.award("mailto:ana@example.org").signed.decode())
    page.click("text=Does it belong to somebody in particular?")
    page.fill("#recipient", "eve@example.org")
    page.click("button[type=submit]")
    assert verdict(page) == "Somebody else's"


def test_an_empty_form_says_what_is_missing(open_page: Open) -> None:
    page = open_page("/verify")
    page.click("button[type=submit]")
    assert verdict(page) == "Nothing was verified"


def test_a_server_that_does_not_answer_is_said_so(site: LiveSite, open_page: Open) -> None:
    page = open_page("/verify")
    page.route("**/verify", lambda route: route.abort())
    page.fill("#pasted", "x")
    page.click("button[type=submit]")
    assert verdict(page) == "Nothing was verified"
    assert "could not be reached" in page.inner_text("#result")


@pytest.mark.parametrize("how", ["file", "pasted"])
def test_without_scripts_the_form_does_the_same(site: LiveSite, open_page: Open, how: str) -> None:
    badge = site.award()
    page = open_page("/verify", java_script_enabled=False)
    assert not page.is_visible(".drop-hint")
    if how == "file":
        page.set_input_files("#file", {"name": "badge.png", "mimeType": "image/png", "buffer": badge.png})
    else:
        page.fill("#pasted", badge.id)
    page.click("button[type=submit]")
    assert verdict(page) == "Valid"
    assert page.inner_text("#result .result-name") == "Incident lead"
