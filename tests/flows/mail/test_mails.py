"""Mails: each says what it must, in text and in HTML alike, and nobody's name can break out of it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import get_args

import pytest

from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.endorsements import as_issuer
from exchange.flows.endorsements import write as endorsement
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.logged import ask_leaf, report_leaf
from exchange.flows.endorsements.records import Asking, Report, Request
from exchange.flows.issuers.sync import sync
from exchange.flows.mail.mails import MAILS, lay_out, trial_letter, write
from exchange.flows.mail.notices import NOTICES
from exchange.flows.mail.post import (
    BackingMail,
    ReportMail,
    address_mail,
    backing_mails,
    endorsement_mails,
    expiry_mail,
    no_way_in_mail,
    notices,
    reminder_mail,
    report_mail,
    reported_mail,
    request_mail,
    sign_in_mail,
)
from exchange.flows.mail.words import Link, Words
from exchange.flows.people.records import SHELL, Address, Person, Principal
from exchange.flows.ports import Ports
from exchange.flows.records import Letter, Parcel
from exchange.flows.vouches import write as vouch
from exchange.flows.vouches.give import give
from tests.simulator import START, World, run, shipped_catalogues
from tests.team import LEAD, TEAM

EVIL = 'Lead</title><script>alert(1)</script> <img src="https://x"> \u202eknaB'


def letters(world: World, reason: str = "because") -> dict[str, Letter]:
    """One of each mail there is."""
    made = run(award(world.ports, Order("team", "lead", "mailto:ann@acme.internal")))
    for change in (status.suspend, status.reinstate, status.revoke):
        run(change(world.ports, made.key, reason))
    to, ports = "ann@acme.internal", world.ports
    parcels = [
        sign_in_mail(ports, to, "s&cret", "123456", world.now),
        address_mail(ports, to, "s&cret", world.now, "en"),
        no_way_in_mail(ports, to, "no-account", "en"),
        no_way_in_mail(ports, to, "suspended", "en"),
        *reminder_mail(ports, made.key, f"mailto:{to}", last=True),
        report_mail(ports, ports.new_id(), made.key, to, reason),
        expiry_mail(ports, to, "team", {30: 3, 7: 0, 1: 1}, world.now),
    ]
    ann = Person("ann", "Ann", world.now)
    parcels += endorsing(world, ann, to, reason)
    for notice in NOTICES:
        parcels += run(notices(ports, ann, notice, EVIL, also=to))  # type: ignore[arg-type]
    run(world.store.post(parcels))
    found = [one.parcel for one in run(world.store.undelivered(99))]
    mine = [parcel for parcel in found if parcel.recipient != "bob@acme.internal"]
    return {json.loads(parcel.payload)["mail"]: run(write(world.ports, parcel)) for parcel in mine}


def endorsing(world: World, ann: Person, to: str, note: str) -> list[Parcel]:
    """Everything that a mail says of endorsements, all of it to Ann."""
    ports, now, bob = world.ports, world.now, Person("bob", "Bob", world.now)
    for one, address in ((ann, to), (bob, "bob@acme.internal")):
        run(ports.store.put_person(one, [Address(address, one.id, now)]))
    badge = run(award(ports, Order("team", "lead", f"mailto:{to}", mail=False))).key
    as_bob = replace(ports, who=Principal("bob", "code", "Bob", confirmed_at=now))
    draft = run(endorsement.write(as_bob, endorsement.Order("badge", badge, "Led it <b>well</b>.", "client")))
    made = run(endorse(as_bob, draft.id))
    asked = Request("ask", "ann", "badge", badge, (), note, to, "", "asked", now, now + timedelta(days=14))
    run(ports.store.ask_for_endorsements(Asking([asked], [ask_leaf(asked, "salt" * 5)])))
    return [
        *run(endorsement_mails(ports, "endorsement-withdrawn", ann, made.id)),
        *vouching(as_bob, ann),
        *backing(ports, to),
        *reported(ports, ann, to, made.id, note),
        request_mail(ports, "endorse", to, "ask", ""),
        request_mail(ports, "endorse-again", to, "ask", "", last=True),
        request_mail(ports, "endorse-not-delivered", to, "ask", ""),
    ]


def vouching(as_bob: Ports, ann: Person) -> list[Parcel]:
    """Bob vouches for Ann, and takes it back; or she had it twice."""
    (vouches,) = [one for one in shipped_catalogues() if one.slug == "vouches"]
    run(sync(replace(as_bob, who=SHELL), [vouches]))
    order = vouch.Order(ann.id, "vouches/delivery", "client", "Led it <b>well</b>.")
    made = run(give(as_bob, run(vouch.write(as_bob, order)).id))
    return [
        *run(endorsement_mails(as_bob, "vouch-withdrawn", ann, made.id)),
        *run(endorsement_mails(as_bob, "vouch-ended", ann, made.id)),
    ]


def backing(ports: Ports, to: str) -> list[Parcel]:
    """An issuer endorses the badge, and takes it back."""
    words = as_issuer.Words("team/lead", "Led it <b>well</b>.")
    made = run(as_issuer.endorse(replace(ports, who=SHELL), "vouches", words))
    return [parcel for mail in get_args(BackingMail) for parcel in backing_mails(ports, mail, [to], made.id)]


def reported(ports: Ports, ann: Person, to: str, endorsement: str, note: str) -> list[Parcel]:
    """A reader says that something is wrong with it."""
    report = Report("rep", "endorsement", endorsement, "team", "", "wrong", note, "open", ports.now())
    run(ports.store.put_report(report, report_leaf(report, "https://e.example", "salt" * 5), []))
    return [
        *run(endorsement_mails(ports, "endorsement-barred", ann, endorsement)),
        *(reported_mail(ports, mail, to, report) for mail in get_args(ReportMail)),
    ]


def world_with(name: str = "Incident lead", **profile: str) -> World:
    world = World()
    badge = replace(LEAD, name=name)
    run(sync(world.ports, [replace(TEAM, profile={**TEAM.profile, **profile}, badges=(badge,))]))
    return world


class Reader(HTMLParser):
    """What a mail program shows, and what it would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.shown: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def test_there_is_one_of_each() -> None:
    assert letters(world_with()).keys() == MAILS.keys()


def test_an_award_says_what_from_whom_where_how_to_check_and_whom_to_ask() -> None:
    letter = letters(world_with(email="team@acme.internal"))["award"]
    assert letter.subject == "You have earned “Incident lead”"
    assert re.search(r"http://localhost:8000/claim/[0-9a-f-]{36}#secret\d+\n", letter.text)
    for part in ("Team has awarded you", "http://localhost:8000/verify\n", "ask Team: team@acme.internal"):
        assert part in letter.text


@pytest.mark.parametrize(
    ("profile", "ask"),
    [
        ({"url": "https://team.acme.internal"}, "https://team.acme.internal"),
        ({}, "http://localhost:8000/issuers/team"),
    ],
)
def test_an_issuer_without_an_address_is_asked_at_its_page(profile: dict[str, str], ask: str) -> None:
    assert f"ask Team: {ask}" in letters(world_with(**profile))["award"].text


def test_text_and_html_say_the_same_and_load_nothing() -> None:
    for letter in [*letters(world_with()).values(), trial_letter(World().ports, "ann@acme.internal")]:
        page = Reader(letter.html)
        assert page.tags <= {"html", "head", "meta", "title", "body", "p", "a", "br"}
        assert all(link.startswith("http://localhost:8000/") for link in page.links)
        shown = "".join(page.shown).removeprefix(letter.subject)
        assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", letter.text)
        assert '<html lang="en">' in letter.html
        assert letter.to == "ann@acme.internal"


def test_no_name_and_no_reason_breaks_out() -> None:
    reason = "<b>x</b>\r\n\r\nSubject: y \x1b[2J"
    for letter in letters(world_with(EVIL), reason).values():
        assert "\n" not in letter.subject
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", letter.subject + letter.text)
        assert Reader(letter.html).tags <= {"html", "head", "meta", "title", "body", "p", "a", "br"}
        assert "<b>" not in letter.html


def test_a_link_is_shown_as_what_it_is() -> None:
    letter = lay_out(
        Words("S", (Link('A "b"', "http://x/?a=1&b=2"),)), "id", "ann@acme.internal", START, "en"
    )
    assert letter.text == 'A "b"\nhttp://x/?a=1&b=2\n'
    assert html.unescape(letter.html).count("http://x/?a=1&b=2") == 2


def test_who_cannot_come_in_is_told_why_and_nothing_that_opens_a_door() -> None:
    found = letters(world_with())
    assert "There is no account for it." in found["no-account"].text
    assert "Its account is suspended." in found["suspended"].text
    assert "/account/address#s&cret\n" in found["address"].text
    for name in ("no-account", "suspended"):
        assert "#" not in found[name].text
        assert "s&cret" not in found[name].html


def test_a_mail_speaks_the_language_of_who_has_the_address_or_of_who_asked() -> None:
    world = world_with(email="team@acme.internal")
    made = run(award(world.ports, Order("team", "lead", "mailto:ann@acme.internal")))
    run(award(world.ports, Order("team", "lead", "mailto:ben@acme.internal")))
    asked = sign_in_mail(world.ports, "carl@acme.internal", "s3cret", "123456", world.now, "de")
    run(world.store.post([asked]))
    ann = Person(world.ports.new_id(), "Ann", world.now, language="de-CH")
    run(world.store.put_person(ann, [Address("ann@acme.internal", ann.id, world.now)]))
    found = {
        one.parcel.recipient: run(write(world.ports, one.parcel)) for one in run(world.store.undelivered(9))
    }
    german = found["ann@acme.internal"]
    assert german.language == "de"
    assert "Incident lead" in german.subject
    assert f"/claim/{made.key}#" in german.text
    english = found["ben@acme.internal"]
    assert (english.language, english.subject) == ("en", "You have earned “Incident lead”")
    assert not {*english.text.split("\n\n")} & {*german.text.split("\n\n")}
    assert "s3cret" in found["carl@acme.internal"].text
    assert '<html lang="de">' in found["carl@acme.internal"].html
