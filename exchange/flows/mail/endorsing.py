"""What mails say of endorsements: who is asked for one, who got one, and who hears that one was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.core.plain_text import as_named, one_line, plain
from exchange.errors import NotFoundError
from exchange.flows.endorsements.asked import View, offer, view
from exchange.flows.endorsements.listed import line_of
from exchange.flows.endorsements.records import Report
from exchange.flows.endorsements.subjects import Subject, subject
from exchange.flows.mail.portfolios import in_portfolios
from exchange.flows.mail.words import Link, Words, Write, host_of
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel


async def _endorse(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    asked = await _asked(ports, said)
    who, what = as_named(asked.asker.name), _what(asked)
    return Words(
        f"{who} asks you to endorse {what}",
        (
            f"{who} asks you to endorse {what}: to say, in your own name, what you saw.",
            *_note(asked),
            Link("See it, and write your endorsement, or say no", await offer(ports, asked.request)),
            "It takes about a minute, and no password. You see exactly what you sign before you sign it, and "
            "you can withdraw it at any time.",
            "The link is good for 14 days. If you would rather not, you need not answer; nobody is told why. "
            "If you are not who was meant, or want no more of this from them, the same link lets you say so.",
            f"This mail was sent by {host_of(ports)} because somebody named your address there.",
        ),
    )


async def _again(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    asked = await _asked(ports, said)
    who, what = as_named(asked.asker.name), _what(asked)
    again = "This is the last time that we remind you of it." if said["last"] else "We remind you once more."
    return Words(
        f"{who} is still hoping that you endorse {what}",
        (
            f"{who} asks you to endorse {what}, and you have not answered yet.",
            *_note(asked),
            Link("See it, and write your endorsement, or say no", await offer(ports, asked.request)),
            again,
            "If you would rather not, you need not answer; nobody is told why.",
        ),
    )


async def _not_delivered(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    asked = await _asked(ports, said)
    return Words(
        f"Your request to endorse {_what(asked)} was not delivered",
        (
            f"You asked somebody to endorse {_what(asked)}. Who got that mail says that they are not who you "
            "meant, so it was not delivered, and its link is good for nothing any more.",
            Link("Whom you asked, and how to ask somebody else", _asking(ports, asked)),
        ),
    )


async def _endorsed(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, line, found = await _endorsement(ports, said)
    return Words(
        f"{who} has endorsed “{found.name}”",
        (
            f"{who} has endorsed “{found.name}”, and says:",
            line,
            "Nobody else sees it unless you want that.",
            Link("Show it, or leave it hidden", f"{ports.base_url}/account/endorsements"),
        ),
    )


async def _withdrawn(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, _, found = await _endorsement(ports, said)
    return Words(
        f"{who} has withdrawn an endorsement of “{found.name}”",
        (
            f"{who} has withdrawn what they had said of “{found.name}”. Whoever verifies it from now on sees "
            "that it does not stand any more. They need not say why.",
            Link("Your endorsements", f"{ports.base_url}/account/endorsements"),
            *await in_portfolios(ports, parcel, str(said["endorsement"])),
        ),
    )


async def _barred(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, _, found = await _endorsement(ports, said)
    one = await ports.store.endorsement(str(said["endorsement"]))
    why, what = plain(one.barred if one else "", 500), as_named(found.name)
    on_badge = found.kind == "badge"
    return Words(
        f"An endorsement of “{what}” is not displayed any more",
        (
            f"Who answers for “{what}” has taken the endorsement by {who} off the badge."
            if on_badge
            else f"Who runs this exchange has hidden what {who} said of you.",
            f"The reason given: {why}",
            "The badge itself stays as it is." if on_badge else "Whatever else is said of you stays.",
            Link("Your endorsements", f"{ports.base_url}/account/endorsements"),
        ),
    )


async def _reported(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    one = await _report(ports, said)
    place = f"/desk/issuers/{one.issuer}/reports" if one.issuer else "/operator/reports"
    return Words(
        f"Something that was said at {host_of(ports)} was reported",
        (
            "A reader reports an endorsement or a vouch of a badge that you answer for. Who reported it is "
            "shown to nobody."
            if one.issuer
            else "A reader reports what somebody said of another person, on no issuer's badge: so whoever "
            "runs this exchange decides. Who reported it is shown to nobody.",
            Link("Look at it, and decide", f"{ports.base_url}{place}"),
        ),
    )


async def _handed(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    one = await _report(ports, said)
    return Words(
        f"A report was handed to you at {host_of(ports)}",
        (
            "Who answers for a badge hands you a report about an endorsement or a vouch.",
            f"The reason given: {plain(one.answer, 500)}",
            Link("Look at it, and decide", f"{ports.base_url}/operator/reports"),
        ),
    )


async def _report(ports: Ports, said: Mapping[str, Any]) -> Report:
    one = await ports.store.report(str(said["report"]))
    if one is None:
        raise NotFoundError("unknown_report", "This report is not on record any more.")
    return one


ENDORSING: dict[str, Write] = {
    "endorse": _endorse,
    "endorse-again": _again,
    "endorse-not-delivered": _not_delivered,
    "endorsed": _endorsed,
    "endorsement-withdrawn": _withdrawn,
    "endorsement-barred": _barred,
    "reported": _reported,
    "report-handed": _handed,
}


async def _asked(ports: Ports, said: Mapping[str, Any]) -> View:
    return await view(ports, str(said["request"]))


def _what(asked: View) -> str:
    """In a sentence: the badge, or what its holder can do."""
    if asked.request.kind == "profile":
        return f"their work as {as_named(asked.asker.name)}"
    return f"“{as_named(asked.subject.name)}”"


def _note(asked: View) -> tuple[str, ...]:
    note = plain(asked.request.note, 300)
    return (f"They write:\n{note}",) if note else ()


def _asking(ports: Ports, asked: View) -> str:
    if asked.request.kind == "profile":
        return f"{ports.base_url}/account/ask"
    return f"{ports.base_url}/account/badges/{asked.request.subject}/ask"


async def _endorsement(ports: Ports, said: Mapping[str, Any]) -> tuple[str, str, Subject]:
    """Who says what, of what. NotFoundError("unknown_endorsement")."""
    one = await ports.store.endorsement(str(said["endorsement"]))
    line = line_of(one) if one else None
    if one is None or line is None:
        raise NotFoundError("unknown_endorsement", "This endorsement is not on record any more.")
    return as_named(line.name), one_line(line.said.line, 200), await subject(ports, one.kind, one.subject)
