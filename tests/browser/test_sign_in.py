"""A passkey from end to end, on the real pages, with a virtual authenticator of the browser's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.flows import people
from exchange.flows.sign_in import make_link
from tests.browser.site import LiveSite

pytestmark = pytest.mark.browser

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_signs_in_and_is_removed(site: LiveSite, open_page: Callable[..., Any]) -> None:
    ana = site.run(people.add(site.ports, "Ana", "ana@example.org"))
    page = open_page("/sign-in?next=/account/passkeys")
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

    page.goto(site.run(make_link(site.ports, ana)))
    page.click("#sign-in button")
    page.wait_for_selector(".desk")
    page.goto("/account/passkeys")
    page.fill("#name", "My phone")
    page.click("button[data-passkey]")
    page.wait_for_selector("text=Added.")
    assert page.inner_text(".row-what h2") == "My phone"
    held = cdp.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
    assert [one["isResidentCredential"] for one in held] == [True]
    page.click("button[data-passkey]")
    page.wait_for_selector("text=This device has a passkey for this account already.")

    page.context.clear_cookies()
    page.goto("/account/passkeys")
    assert page.url == f"{site.url}/sign-in?next=%2Faccount%2Fpasskeys"
    page.click("button[data-passkey]")
    page.wait_for_url("**/account/passkeys")
    assert page.inner_text(".row-what h2") == "My phone"

    page.click(".row-acts button")
    page.wait_for_selector("text=Removed.")
    assert site.run(site.world.store.passkeys(ana.id)) == []
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.click("button[data-passkey]")
    page.wait_for_selector("text=This passkey is not known here")
    assert "exchange_session" not in {cookie["name"] for cookie in page.context.cookies()}
