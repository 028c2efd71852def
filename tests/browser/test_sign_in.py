"""Ways to sign in on the real pages: a passkey of a virtual authenticator, and the company's provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

import pytest

from exchange.adapters.sign_in.oidc import OpenIdProvider
from exchange.flows.people import people
from exchange.flows.sign_in.sign_in import make_link
from tests.adapters.openid_server import OpenIdServer, openid_server
from tests.browser.looks import check_everywhere
from tests.browser.site import LiveSite, live_site
from tests.core.id_tokens import CLIENT, SECRET

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
    page.wait_for_url("**/account")
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

    page.click(".row-acts a, .row-acts button")
    page.click("main form button[type=submit]")
    page.wait_for_selector("text=Removed.")
    assert site.run(site.world.store.passkeys(ana.id)) == []
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.click("button[data-passkey]")
    page.wait_for_selector("text=This passkey is not known here")
    assert "exchange_session" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.parametrize("scripts", [True, False])
def test_the_company_signs_somebody_in_with_and_without_scripts(
    browser: Any, axe: str, scripts: bool
) -> None:
    with openid_server() as server:
        provider = OpenIdProvider(
            *(server.issuer, CLIENT, SECRET), now=lambda: datetime.now(UTC), name="Example & Sons"
        )
        with live_site(identity_provider=provider) as site:
            context = browser.new_context(base_url=site.url, java_script_enabled=scripts)
            page = context.new_page()
            page.set_default_timeout(15_000)
            context.route(f"{server.issuer}/authorize*", lambda route: agree(route, site, server))
            page.goto("/sign-in?next=/account/passkeys")
            if scripts:
                check_everywhere(page, axe, "sign-in-company-en")
            page.click("text=Sign in with Example & Sons")
            page.click("text=Agree")
            page.wait_for_url(f"{site.url}/account/passkeys")
            assert page.inner_text("h1") == "Passkeys"
            (person,) = site.world.store._people.values()
            known = site.run(site.world.store.identities(person.id))
            assert [(one.provider, one.subject) for one in known] == [(server.issuer, "ana")]
            context.close()
            site.run(provider.aclose())


def agree(route: Any, site: LiveSite, server: OpenIdServer) -> None:
    """The provider's page, on another site, with a link back."""
    query = urlencode(server.browse(route.request.url))
    link = escape(f"{site.url}/sign-in/callback?{query}")
    body = f'<!doctype html><title>Provider</title><a href="{link}">Agree</a>'
    route.fulfill(body=body, content_type="text/html")
