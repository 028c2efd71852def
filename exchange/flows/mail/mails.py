"""Mails: every sentence that leaves by mail, and the way of a parcel to the mailer.

Each mail is told once, as paragraphs; its plain text and its HTML are made of the same ones. There is nothing
in it to be loaded from anywhere, and nobody learns that it was opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from exchange.core import urls
from exchange.core.plain_text import one_line, plain
from exchange.core.strict_json import parse
from exchange.errors import NotFoundError, UnavailableError
from exchange.flows.claims.claim import offer
from exchange.flows.mail.backing import BACKING
from exchange.flows.mail.endorsing import ENDORSING
from exchange.flows.mail.notices import NOTICES
from exchange.flows.mail.portfolios import in_portfolios
from exchange.flows.mail.vouching import VOUCHING
from exchange.flows.mail.words import Link, Words, Write, host_of
from exchange.flows.ports import Ports
from exchange.flows.records import Letter, Parcel
from exchange.languages import ENGLISH, languages, speaking, tell

BODY = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>'
    '<body style="font: 16px/1.5 sans-serif; max-width: 36em; margin: 1.5em auto; padding: 0 1em">'
    "{paragraphs}</body></html>\n"
)


async def carry(ports: Ports, parcel: Parcel) -> None:
    """Bring a parcel of the channel "mail" on its way. As `Mailer.send`; UnavailableError("mail_unknown")."""
    await ports.mailer.send(await write(ports, parcel))


async def write(ports: Ports, parcel: Parcel) -> Letter:
    """The letter that a parcel stands for, in the language of whose address it is, if they chose one; else in
    the one it was posted in. NotFoundError("unknown_badge")."""
    said = parse(parcel.payload.encode())
    if said["mail"] not in MAILS:  # a newer node posted it, and can also deliver it
        raise UnavailableError("mail_unknown", f"This version does not know the mail {said['mail']!r:.40}.")
    words = await MAILS[said["mail"]](ports, parcel, said)
    wished = await _language_at(ports, parcel.recipient) or said["language"]
    code = wished.lower().partition("-")[0]
    with speaking(code if code in languages() else ENGLISH) as language:
        return lay_out(_told(words), parcel.id, parcel.recipient, parcel.posted_at, language.code)


async def _language_at(ports: Ports, address: str) -> str:
    known = await ports.store.address(address)
    person = await ports.store.person(known.person) if known and known.verified_at else None
    return person.language if person else ""


def _told(words: Words) -> Words:
    """The same in the language of the moment."""
    paragraphs = (
        Link(tell(one.label), one.url) if isinstance(one, Link) else tell(one) for one in words.paragraphs
    )
    return Words(tell(words.subject), tuple(paragraphs))


def trial_letter(ports: Ports, to: str) -> Letter:
    """What `exchange mail test` sends."""
    words = Words(
        f"A test from {host_of(ports)}",
        (
            f"This is a test of the exchange at {ports.base_url}. Mail from it reaches you.",
            "There is nothing for you to do.",
        ),
    )
    return lay_out(words, ports.new_id(), to, ports.now(), ENGLISH)


def lay_out(words: Words, id: str, to: str, at: datetime, language: str) -> Letter:
    """The same paragraphs as plain text and as HTML."""
    text = "\n\n".join(f"{p.label}\n{p.url}" if isinstance(p, Link) else p for p in words.paragraphs)
    html = "".join(f"<p>{_html(paragraph)}</p>" for paragraph in words.paragraphs)
    body = BODY.format(language=escape(language), subject=escape(words.subject), paragraphs=html)
    return Letter(id, to, at, language, words.subject, f"{text}\n", body)


def _html(paragraph: str | Link) -> str:
    if isinstance(paragraph, str):
        return escape(paragraph).replace("\n", "<br>")
    url = escape(paragraph.url)
    return f'<a href="{url}">{escape(paragraph.label)}</a><br>{url}'


# --- what they say ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Badge:
    """What mails say of a badge: its name, its issuer's, its page, and whom to ask."""

    name: str
    issuer: str
    page: str
    ask: str
    renewed: bool = False


async def _award(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    badge = await _badge(ports, parcel)
    if badge.renewed:
        return Words(
            f"“{badge.name}” was renewed",
            (
                f"{badge.issuer} has renewed your badge “{badge.name}”: this is a new one, valid from today.",
                Link("Your badge, and its status", badge.page),
                f"If you think that this is wrong, ask {badge.issuer}: {badge.ask}",
            ),
        )
    return Words(
        f"You have earned “{badge.name}”",
        (
            f"{badge.issuer} has awarded you the badge “{badge.name}”.",
            Link("See what it says, and accept or decline it", await offer(ports, parcel)),
            "Nobody sees it among your badges unless you want that.",
            "It is a signed Open Badges 3.0 document. You can keep it and show it anywhere, and anybody can "
            "check that it is true, here or with any other verifier, without having to trust us:",
            Link("Verify a badge", f"{ports.base_url}/verify"),
            f"If it is wrong, or you do not know why you got it, ask {badge.issuer}: {badge.ask}",
        ),
    )


async def _remind(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    badge = await _badge(ports, parcel)
    again = "This is the last time that we remind you of it." if said["last"] else "We remind you once more."
    return Words(
        f"“{badge.name}” is waiting for you",
        (
            f"{badge.issuer} has awarded you the badge “{badge.name}”, and you have not said yet whether you "
            "want it.",
            Link("See what it says, and accept or decline it", await offer(ports, parcel)),
            again,
            "The badge stays valid, whether you answer or not.",
            f"If it is wrong, or you do not know why you got it, ask {badge.issuer}: {badge.ask}",
        ),
    )


async def _revoke(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    badge = await _badge(ports, parcel)
    return Words(
        f"“{badge.name}” was revoked",
        (
            f"{badge.issuer} has revoked your badge “{badge.name}”. That is final: whoever verifies it from "
            "now on sees that it is not valid.",
            *_why(badge, said),
            *await in_portfolios(ports, parcel, parcel.after_badge or ""),
        ),
    )


async def _suspend(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    badge = await _badge(ports, parcel)
    return Words(
        f"“{badge.name}” is on hold",
        (
            f"{badge.issuer} has put your badge “{badge.name}” on hold. Until that ends, whoever verifies it "
            "sees that it is suspended.",
            *_why(badge, said),
            *await in_portfolios(ports, parcel, parcel.after_badge or ""),
        ),
    )


async def _reinstate(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    badge = await _badge(ports, parcel)
    return Words(
        f"“{badge.name}” is no longer on hold",
        (f"{badge.issuer} has ended the hold of your badge “{badge.name}”.", *_why(badge, said)),
    )


async def _expiry(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    row = await ports.store.issuer(said["issuer"])
    if row is None:
        raise NotFoundError("unknown_issuer", f"There is no issuer {said['issuer']!r:.80} here.")
    name = one_line(row.profile["name"])
    counts = [f"In {days} days: {said[days]}" for days in ("30", "7") if said[days] != "0"]
    counts += [f"In 1 day: {said['1']}"] if said["1"] != "0" else []
    place = f"{ports.base_url}/desk/badges?issuer={row.slug}&status=expiring"
    return Words(
        f"Badges of {name} that end soon",
        (
            f"These badges of {name} come to their end:",
            *counts,
            Link("Who has them, and how to renew them in one step", place),
            "Whoever may award badges there is told once a day at most, and only of what is new.",
        ),
    )


def _why(badge: _Badge, said: Mapping[str, Any]) -> tuple[str | Link, ...]:
    return (
        f"The reason given: {plain(said['reason'], 500)}",
        Link("The badge, and its status", badge.page),
        f"If you think that this is wrong, ask {badge.issuer}: {badge.ask}",
    )


async def _report(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    badge = await _badge(ports, parcel)
    desk = f"{ports.base_url}/desk/badges/{parcel.after_badge}"
    return Words(
        f"Something is wrong with “{badge.name}”, its holder says",
        (
            f"Who got the badge “{badge.name}” from {badge.issuer} says that something is wrong with it:",
            plain(said["words"], 2000),
            Link("The badge, and its status", badge.page),
            Link("Put it on hold while you look into it", f"{desk}/suspend"),
            "You get this mail because you answer for that issuer. Their words are nowhere but in it.",
        ),
    )


async def _sign_in(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    until = datetime.fromisoformat(said["until"]).astimezone(UTC)
    onward = "?" + urlencode({"next": said["place"]}) if said.get("place") else ""
    code = (f"Or type this code where you asked for it: {said['code']}",) if said["code"] else ()
    return Words(
        f"Sign in to {host_of(ports)}",
        (
            Link("Sign in with this link", f"{ports.base_url}/sign-in{onward}#{said['secret']}"),
            *code,
            f"It works once, until {until:%H:%M} UTC.",
            "If you did not ask for it, do nothing: nobody can sign in without this mail.",
        ),
    )


async def _address(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    until = datetime.fromisoformat(said["until"]).astimezone(UTC)
    return Words(
        f"Is this your address? {host_of(ports)}",
        (
            f"An account at {ports.base_url} wants to have this address.",
            Link(
                "If it is yours, open this where you are signed in there",
                f"{ports.base_url}/account/address#{said['secret']}",
            ),
            f"It works once, until {until:%H:%M} UTC.",
            "If you know nothing of this, do nothing.",
        ),
    )


async def _no_account(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"No account at {host_of(ports)}",
        (
            f"Somebody, perhaps you, wanted to sign in at {ports.base_url} with this address.",
            "There is no account for it. Who runs that exchange can invite you.",
        ),
    )


async def _suspended(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    return Words(
        f"Your account at {host_of(ports)} is suspended",
        (
            f"Somebody, perhaps you, wanted to sign in at {ports.base_url} with this address.",
            "Its account is suspended. Ask who runs that exchange.",
        ),
    )


MAILS: dict[str, Write] = {
    "award": _award,
    "remind": _remind,
    "revoke": _revoke,
    "suspend": _suspend,
    "reinstate": _reinstate,
    "report": _report,
    "expiry": _expiry,
    "sign-in": _sign_in,
    "address": _address,
    "no-account": _no_account,
    "suspended": _suspended,
    **ENDORSING,
    **VOUCHING,
    **BACKING,
    **NOTICES,
}


async def _badge(ports: Ports, parcel: Parcel) -> _Badge:
    store = ports.store
    row = await store.badge(parcel.after_badge or "")
    issuer = await store.issuer(row.issuer) if row else None
    found = await store.achievement(row.issuer, row.achievement, row.version) if row else None
    if row is None or issuer is None or found is None:
        raise NotFoundError("unknown_badge", f"There is no badge {parcel.after_badge!r:.80} here.")
    ask = issuer.profile.get("email") or issuer.profile.get("url")
    return _Badge(
        one_line(found.document["name"]),
        one_line(issuer.profile["name"]),
        urls.badge_page(ports.base_url, row.id),
        one_line(ask) or urls.issuer(ports.base_url, row.issuer),
        row.renews != "",
    )
