"""A vouch in a real browser: signed by a key that never leaves it, seen by everybody, taken back in three
clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exchange.flows.issuers.sync import sync
from tests.browser.site import LiveSite
from tests.browser.test_claim import counted
from tests.browser.test_endorse import account, verified_elsewhere
from tests.simulator import shipped_catalogues

pytestmark = pytest.mark.browser


def test_give_shown_withdraw_shown_as_withdrawn(site: LiveSite, open_page: Callable[..., Any]) -> None:
    site.run(sync(site.ports, [one for one in shipped_catalogues() if one.slug == "vouches"]))
    gil = account(site, "Gil Giver", "gil@people.internal")
    account(site, "Hal Holder", "hal@people.internal")
    page = open_page("/")
    site.sign_in_as(page, gil)
    page.goto("/account/vouches")
    page.click("text=Vouch for somebody")
    page.wait_for_selector("form#write[data-ready=new]")
    page.fill("#to", "hal@people.internal")
    page.select_option("#offer", label="Delivery vouch")
    page.select_option("#relationship", "same-team")
    page.fill("#words", "Said what came next, and by when.")
    page.click("text=Look at what you sign")
    page.wait_for_selector("form#sign[data-ready]")
    page.click("text=Sign and give")
    page.wait_for_selector("text=It is signed, and theirs.")
    assert "1 of 5 in use" in page.inner_text("main")
    (given,) = site.run(site.ports.store.vouches_by(gil))
    payload = verified_elsewhere(httpx.get(f"{site.url}/badges/{given.id}.jwt").text)
    assert (payload["credentialSubject"]["vouchKind"], given.custody) == ("peer", "holder")

    stranger = open_page(f"/badges/{given.id}")
    seen = stranger.inner_text("main")
    for part in ("Valid", "Gil Giver vouches for them", "1 of 5 in use", "a key that only they have"):
        assert part in seen

    clicks = counted(page)
    page.click(f"a[href='/account/vouches/{given.id}/withdraw']")
    page.click("form.confirm button[type=submit]")
    page.wait_for_selector("text=It is withdrawn.")
    assert len(clicks) <= 3
    assert "0 of 5 in use" in page.inner_text("main")
    stranger.reload()
    assert "Said what came next" not in stranger.inner_text("main")
    assert "Withdrawn" in stranger.inner_text("main")
