"""Passkeys where the browser fills in fields, and those of an account that became part of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from exchange.flows.people import people
from exchange.flows.people.records import Person
from exchange.flows.sign_in.sign_in import make_link
from tests.browser.site import LiveSite
from tests.flows.sign_in.arriving import mails

pytestmark = pytest.mark.browser
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def person(site: LiveSite, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Person]]:
    """`person(name)`: somebody with an account, who has verified their address."""

    def make(name: str) -> Person:
        made = site.run(
            people.add(site.ports, name, f"{name.lower()}@{len(site.world.store._people)}.example")
        )
        (one,) = site.run(site.ports.store.addresses(made.id))
        site.run(site.ports.store.put_address(replace(one, verified_at=site.world.now)))
        return made

    yield make
    site.world.store._passkeys.clear()


COUNTED = """
    const ask = navigator.credentials.get.bind(navigator.credentials);
    window.asked = 0;
    navigator.credentials.get = (how) => { const asked = ask(how); window.asked += 1; return asked; };
"""
"""How often the page has asked for a passkey."""


def phone(page: Any) -> Callable[[bool], None]:
    """A virtual authenticator in that page's browser; what comes back says whether somebody touches it."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    id = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})["authenticatorId"]

    def touch(enabled: bool) -> None:
        cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": id, "enabled": enabled})

    return touch


def come_in(site: LiveSite, page: Any, person: Person) -> None:
    page.goto(site.run(make_link(site.ports, person)))
    page.click("#sign-in button")
    page.wait_for_selector(".account")


def add_passkey(page: Any) -> None:
    page.goto("/account/passkeys")
    page.click("[data-passkey=create]")
    page.wait_for_url("**/account/passkeys?done=passkey-added")


def sign_out(page: Any) -> None:
    page.goto("/account")
    page.click("text=Sign out")
    page.wait_for_url("**/")


def test_the_browser_offers_a_passkey_where_the_address_is_typed(
    site: LiveSite, open_page: Callable[..., Any], person: Callable[[str], Person]
) -> None:
    page = open_page("/sign-in")
    assert page.get_attribute("#address", "autocomplete") == "username webauthn"
    phone(page)
    come_in(site, page, person("Ida"))
    add_passkey(page)
    sign_out(page)
    # Chromium takes the first passkey of a virtual authenticator, as if somebody had picked it.
    page.goto("/sign-in?next=/account/tokens", wait_until="commit")
    page.wait_for_url("**/account/tokens")
    assert page.inner_text(".me") == "Ida"


def test_the_button_works_while_the_browser_offers(
    site: LiveSite, open_page: Callable[..., Any], person: Callable[[str], Person]
) -> None:
    page = open_page("/")
    touch = phone(page)
    come_in(site, page, person("Ida"))
    add_passkey(page)
    sign_out(page)
    touch(False)
    page.add_init_script(COUNTED)
    with page.expect_response("**/sign-in/passkey/begin"):
        page.goto("/sign-in?next=/account/tokens")
    assert page.inner_text("#said") == ""
    page.wait_for_function("window.asked === 1")  # else the touch answers what the browser offers
    touch(True)
    page.click("[data-passkey=get]")
    page.wait_for_url("**/account/tokens")
    assert page.inner_text(".me") == "Ida"


def test_nothing_is_said_when_nothing_can_be_offered(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    page.route("**/sign-in/passkey/begin", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/sign-in")
    assert page.inner_text("#said") == ""
    assert page.is_visible("[data-passkey=get]")


def test_passkeys_of_an_account_that_became_part_of_another_sign_in_to_it(
    site: LiveSite, open_page: Callable[..., Any], person: Callable[[str], Person]
) -> None:
    """Which only a passkey does that was added while the two became one: else they do not."""
    ida, jo = person("Ida"), person("Jo")
    (address,) = site.run(site.ports.store.addresses(ida.id))
    hers, his = open_page("/"), open_page("/")
    phone(hers)
    come_in(site, hers, ida)
    add_passkey(hers)
    come_in(site, his, jo)
    his.goto("/account/addresses")
    his.fill("#address", address.address)
    his.click("text=Send the link")
    his.wait_for_url("**/account/addresses?done=asked")
    secret = next(mail.secret for mail in reversed(mails(site.world)) if mail.to == address.address)
    his.goto(f"/account/address#{secret}")
    his.click("text=This address is mine")
    assert "which has passkeys" in his.inner_text("main [role=alert]")
    site.run(site.ports.store.merge(ida.id, jo, [], [], []))
    hers.context.clear_cookies()
    hers.goto("/sign-in?next=/account/passkeys", wait_until="commit")
    hers.wait_for_url("**/account/passkeys")
    assert hers.inner_text(".me") == "Jo"
    assert "My device" in hers.inner_text(".rows")
