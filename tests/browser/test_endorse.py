"""Endorsing in a real browser: from the mail that asks to what a stranger verifies, and back again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from exchange.adapters.mail import Smtp
from exchange.core.keys.multibase import base58btc_decode
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people.records import Address, Person
from tests.adapters.smtp_server import Mailbox, smtp_server
from tests.browser.site import LiveSite
from tests.browser.test_claim import counted

pytestmark = pytest.mark.browser
Open = Callable[..., Any]


class Post:
    """A real mail server, and the mails of this site that it took."""

    def __init__(self, site: LiveSite, box: Mailbox) -> None:
        self._site, self._box = site, box

    def newest(self, to: str, subject: str = "") -> Any:
        """The newest mail to somebody, once everything that waits was sent."""
        mailer = Smtp(f"smtp://127.0.0.1:{self._box.port}", "exchange@people.internal")
        self._site.run(deliver_due(replace(self._site.ports, mailer=mailer), "mail", carry))
        return next(
            mail
            for envelope, mail in reversed(self._box.mails)
            if envelope.rcpt_tos == [to] and subject in str(mail["subject"])
        )


@contextmanager
def post_office(site: LiveSite) -> Iterator[Post]:
    opened = smtp_server(Mailbox())
    box = site.run(opened.__aenter__())
    try:
        yield Post(site, box)
    finally:
        site.run(opened.__aexit__(None, None, None))


def account(site: LiveSite, name: str, address: str) -> str:
    """Somebody with an account."""
    id, now = site.ports.new_id(), site.world.now
    site.run(site.ports.store.put_person(Person(id, name, now), [Address(address, id, now, True)]))
    return id


def link_in(mail: Any, path: str) -> str:
    found = re.search(rf"http\S+{path}\S*", mail.get_body(("plain",)).get_content())
    assert found is not None
    return found[0]


def write(page: Any, line: str) -> None:
    """Fill in the form; none of the skills is ticked before."""
    page.wait_for_selector("form#write[data-ready]")
    assert page.locator("input[name^=skill-]:checked").count() == 0
    page.fill("#line", line)
    page.select_option("#relationship", "other-team")
    page.check("input[name=skill-0]")


def sign(page: Any) -> None:
    page.click("text=Look at what you sign")
    page.wait_for_selector("form#sign[data-ready]")
    page.click("text=Sign and send")
    page.wait_for_selector("text=It is signed, and on its way")


def verified_elsewhere(token: str) -> dict[str, Any]:
    """By PyJWT, with nothing but the key that the did:key of the issuer is."""
    kid = pyjwt.get_unverified_header(token)["kid"]
    did, _, fragment = kid.partition("#")
    assert did == f"did:key:{fragment}"
    raw = base58btc_decode(fragment.removeprefix("z"))
    assert raw[:2] == b"\x80\x24"  # multicodec: p256-pub
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:])
    payload = pyjwt.decode(
        token, key, algorithms=["ES256"], options={"verify_exp": False, "verify_nbf": False}
    )
    assert payload["issuer"]["id"] == payload["iss"] == did
    return payload  # type: ignore[no-any-return]


def listed(site: LiveSite, badge: str) -> list[dict[str, Any]]:
    """What a program of anybody's reads of a badge."""
    answer = httpx.get(f"{site.url}/badges/{badge}/endorsements", headers={"origin": "https://else.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.json()["endorsements"]  # type: ignore[no-any-return]


def fetched(site: LiveSite, id: str) -> str:
    return httpx.get(id, headers={"accept": "application/vc+jwt"}).text


def test_ask_sign_accept_shown_withdraw_shown_as_withdrawn(
    site: LiveSite, open_page: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    ana = account(site, "Ana Holder", "ana@people.internal")
    badge = site.award("mailto:ana@people.internal").key
    holder = open_page("/")
    site.sign_in_as(holder, ana)
    with post_office(site) as post:
        # Ana asks.
        holder.goto(f"/account/badges/{badge}")
        holder.click("text=Ask for an endorsement")
        holder.fill("#to", "ben@elsewhere.internal")
        holder.fill("#note", "You were on call with me that night.")
        holder.click("form.panel button[type=submit]")
        holder.wait_for_selector("text=Your request is on its way.")
        mail = post.newest("ben@elsewhere.internal")
        assert "Ana Holder asks you to endorse" in mail["subject"]

        # A scanner opens every link of the mail, twice, with a browser: nothing happens.
        before = site.world.store.kept()["_requests"]
        scanner = open_page("/")
        for url in re.findall(r"http\S+", mail.get_body(("plain",)).get_content()) * 2:
            scanner.goto(url)
        assert site.world.store.kept()["_requests"] == before
        assert site.run(site.world.store.address("ben@elsewhere.internal")) is None

        # Ben, who has no account, endorses from the mail.
        peer = open_page("/")
        clicks, html = counted(peer), mail.get_body(("html",)).get_content()
        peer.route(f"{site.url}/mail", lambda route: route.fulfill(body=html, content_type="text/html"))
        peer.goto("/mail")
        peer.click("text=See it, and write")
        peer.wait_for_selector("#ready:not([hidden])")
        assert "#" not in peer.url
        assert "You were on call with me that night." in peer.inner_text("main")
        peer.click("text=Write an endorsement")
        peer.wait_for_selector("form#write[data-ready=new]")
        peer.fill("#name", "Ben Peer")
        fields = len(clicks)
        write(peer, "Kept four teams calm for 47 minutes.")
        ticked = len(clicks) - fields
        sign(peer)
        seconds, used = time.monotonic() - clicks[0], len(clicks) - ticked
        with capsys.disabled():
            print(
                f"\nfrom the mail to the signed endorsement: {used} clicks, {ticked} tick, {seconds:.1f} s",
                end=" ",
            )
        assert used == 4
        assert seconds < 60
        assert "Kept four teams calm for 47 minutes." in peer.inner_text(".voice")
        assert "Signed with their own key" in peer.inner_text(".voice")
        assert listed(site, badge) == []
        told = post.newest("ben@elsewhere.internal", "You have endorsed")
        assert link_in(told, "/account/endorsements").endswith("/account/endorsements")

        # Ana accepts, and everybody sees it.
        assert "Ben Peer has endorsed" in post.newest("ana@people.internal")["subject"]
        holder.goto(f"/account/badges/{badge}")
        holder.click("text=Show it")
        holder.wait_for_selector("text=Everybody who sees the badge sees it now.")
        (line,) = listed(site, badge)
        assert (line["state"], line["signedBy"], line["endorser"]["name"]) == (
            "active",
            "endorser",
            "Ben Peer",
        )
        assert line["skills"][0]["name"] == "Incident management"
        stranger = open_page(f"/badges/{badge}")
        assert "Kept four teams calm" in stranger.inner_text(".voices")
        payload = verified_elsewhere(fetched(site, line["id"]))
        assert payload["credentialSubject"]["id"] == f"{site.url}/badges/{badge}"
        old = payload["issuer"]["id"]

        # Ben has lost his device: another browser has another key, and what was signed still verifies.
        ben = site.run(site.world.store.address("ben@elsewhere.internal")).person
        fresh = open_page("/")
        site.sign_in_as(fresh, ben)
        other = site.award("mailto:ana@people.internal").key
        fresh.goto(f"/badges/{other}")
        fresh.click("text=Endorse this badge")
        fresh.wait_for_selector("form#write[data-ready=new]")
        write(fresh, "Did it again.")
        sign(fresh)
        keys = {one.did for one in site.run(site.world.store.endorser_keys(ben))}
        assert len(keys - {old}) == 1
        fresh.goto("/account/signing-keys")
        fresh.click(f"a[href$='{old.replace(':', '%3A')}']")
        fresh.click("button:has-text('Retire')")
        fresh.wait_for_selector("text=The key signs nothing in your name any more.")
        assert listed(site, badge)[0]["state"] == "active"
        stranger.goto(line["id"])
        assert stranger.inner_text("section.verdict .verdict-head").startswith(("Valid", "Genuine"))

        # Ben takes it back: three clicks; everybody sees that, and when.
        fresh.goto("/account/endorsements")
        back = counted(fresh)
        fresh.reload()
        fresh.click("a[href$='" + line["id"].rpartition("/")[2] + "']")
        fresh.click("a.button:has-text('Withdraw')")
        fresh.click("form.confirm button")
        fresh.wait_for_selector("text=It is withdrawn.")
        assert len(back) == 3
        stranger.goto(f"/badges/{badge}")
        assert "Withdrawn" in stranger.inner_text(".voices")
        assert "Kept four teams calm" not in stranger.inner_text("main")
        (tombstone,) = listed(site, badge)
        assert (tombstone["state"], "line" in tombstone) == ("withdrawn", False)
        assert "has withdrawn" in post.newest("ana@people.internal")["subject"]
        stranger.goto(line["id"])
        assert "Withdrawn" in stranger.inner_text("section.verdict .verdict-head")


def test_who_came_in_long_ago_confirms_first_and_has_lost_no_word(site: LiveSite, open_page: Open) -> None:
    ben = account(site, "Ben Peer", "ben@people.internal")
    account(site, "Dee Holder", "dee@people.internal")
    badge = site.award("mailto:dee@people.internal").key
    page = open_page("/")
    site.sign_in_as(page, ben)
    site.world.now += timedelta(minutes=15)
    place = f"/account/endorsements/new/badge/{badge}"
    page.goto(place)
    page.wait_for_selector("form#write[data-ready=confirm]")
    write(page, "Held the bridge alone.")
    page.click("text=Look at what you sign")
    page.wait_for_selector("text=Confirm that it is you")
    assert site.run(site.world.store.endorser_keys(ben)) == []

    site.sign_in_as(page, ben)
    with every_box_ticked(page, place):
        page.goto(place)
    page.wait_for_selector("form#write[data-ready=new]")
    assert page.input_value("#line") == "Held the bridge alone."
    boxes = page.locator("input[name^=skill-]")
    assert [box.is_checked() for box in boxes.all()] == [True, *[False] * (boxes.count() - 1)]
    assert boxes.count() > 1
    assert page.evaluate("localStorage.length") == 0
    sign(page)
    assert "Signed with their own key" in page.inner_text(".voice")


@contextmanager
def every_box_ticked(page: Any, place: str) -> Iterator[None]:
    """The site has ticked every box that it sends."""

    def ticked(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace('type="checkbox"', 'checked type="checkbox"')
        )

    page.route(f"**{place}", ticked)
    yield
    page.unroute(f"**{place}")


HOUR = 3_600_000


def kept(page: Any) -> list[str]:
    names: list[str] = page.evaluate("Object.keys(localStorage).sort()")
    return names


def test_what_was_written_does_not_stay_in_the_browser(site: LiveSite, open_page: Open) -> None:
    cy = account(site, "Cy Peer", "cy@people.internal")
    account(site, "Fay Holder", "fay@people.internal")
    badge = site.award("mailto:fay@people.internal").key
    place = f"/account/endorsements/new/badge/{badge}"
    page = open_page("/")
    site.sign_in_as(page, cy)
    page.evaluate(
        """([cy, place, hour]) => {
          const draft = (ago) => JSON.stringify({ at: Date.now() - ago, fields: [["line", "Secret."]] });
          localStorage.setItem(`writing ${cy} ${place}`, "{ no draft");
          localStorage.setItem("writing another /old", draft(hour + 1000));
          localStorage.setItem("writing another /new", draft(1000));
          localStorage.setItem("of something else", "x");
        }""",
        [cy, place, HOUR],
    )
    page.goto(place)
    page.wait_for_selector("form#write[data-ready=new]")  # no draft switches it off
    assert page.input_value("#line") == ""
    assert kept(page) == ["of something else", "writing another /new"]

    page.goto("/account")
    assert "writing another /new" in kept(page)
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/")
    assert kept(page) == ["of something else"]
