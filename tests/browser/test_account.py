"""An account in a real browser: the link that verifies an address, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.flows.people import people
from exchange.flows.sign_in.sign_in import make_link
from tests.browser.site import LiveSite
from tests.flows.sign_in.arriving import mails

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_an_address_is_verified_by_its_link(
    site: LiveSite, open_page: Callable[..., Any], scripts: bool
) -> None:
    page = open_page("/", java_script_enabled=scripts)
    page.goto("/sign-in")
    page.fill("#code", site.run(link_of(site)))
    page.click("#sign-in button")
    page.goto("/account/addresses")
    address = f"scripts-{scripts}@work.example".lower()
    page.fill("#address", address)
    page.click("form.panel button")
    page.wait_for_selector("text=We sent a mail")
    link = f"{site.url}/account/address#{mails(site.world)[-1].secret}"
    page.goto("about:blank")
    page.goto(link)
    if scripts:
        page.wait_for_selector("#ready:not([hidden])")
        assert "#" not in page.url
        assert not page.is_visible("#code")
    else:
        page.fill("#code", link)
    page.click("form.panel button")
    page.wait_for_selector("text=That address is yours now.")
    assert address in page.inner_text(".rows")


async def link_of(site: LiveSite) -> str:
    """A link that signs somebody in who has an account."""
    ports = site.ports
    person = await people.add(ports, "Lia Link", f"{ports.new_id()}@example.org")
    return await make_link(ports, person)
