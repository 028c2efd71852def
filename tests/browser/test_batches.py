"""An award to many in a real browser: looked at, put right, confirmed, followed; with a script or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.flows.orders.carry_out import carry_out_due
from exchange.flows.people import people
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_roster_becomes_badges(site: LiveSite, open_page: Open, scripts: bool) -> None:
    name = "fast" if scripts else "slow"
    site.run(people.add(site.ports, f"Lina {name}", f"lina.{name}@example.org", f"lina-{name}"))
    door = open_page("/")
    site.sign_in(door)
    page = open_page("/", java_script_enabled=scripts)
    page.context.add_cookies(door.context.cookies())
    page.goto("/desk/award")
    page.select_option("#badge", label="Incident lead")
    page.fill("#roster", f"ana.{name}@example.org\nno address")
    page.click("summary:has-text('Find somebody')")
    page.fill("#search", f"lina {name}")
    page.keyboard.press("Enter")
    page.click("button[name=add]")
    assert page.input_value("#roster").endswith(f"no address\nlina-{name}")
    page.click("text=Check the rows")
    assert "2 rows are right" in page.inner_text(".tally")
    page.fill("input[name=to-2]", f"ben.{name}@example.org")
    page.click("text=Check again")
    page.click("text=Sign 3 badges")
    assert page.inner_text(".progress > span") == "0 of 3"
    site.run(carry_out_due(site.ports))
    page.wait_for_selector("text=3 badges were awarded", timeout=10_000)
    with page.expect_download() as download:
        page.click("text=For a spreadsheet")
    assert download.value.suggested_filename.endswith(".csv")
