"""Post: parcels go on record with what they tell of; `mails.py` has their words, `deliver.py` their way.

A parcel keeps the name of its mail, the language, and what cannot be looked up later. So ten thousand awards
put ten thousand short rows on record, an address is all in them that names anybody, and a sentence that is
mended reaches also what waits. The secret of a sign-in has to be in its parcel: it is short-lived, and erased
as soon as it was sent, given up or is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from exchange.core.strict_json import dump, parse
from exchange.errors import NotFoundError
from exchange.flows.endorsements.records import Report
from exchange.flows.instance.standing import check_writable
from exchange.flows.log.log import status_kind
from exchange.flows.mail.notices import Notice
from exchange.flows.people.records import Person
from exchange.flows.people.rights import check, is_self
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel, StatusChange

ENGLISH = "en"
EndorsementMail = Literal["endorsed", "endorsement-withdrawn", "endorsement-barred"]
BackingMail = Literal["issuer-endorsed", "issuer-endorsement-withdrawn"]
ReportMail = Literal["reported", "report-handed"]
VouchMail = Literal["vouched", "vouch-withdrawn", "vouch-ended"]
RequestMail = Literal["endorse", "endorse-again", "endorse-not-delivered"]


def award_mail(ports: Ports, badge: str, recipient: str, at: datetime) -> tuple[Parcel, ...]:
    """Tells a person of the badge with that key, once it is signed; none for who has no address here."""
    return _about_badge(ports, "award", badge, recipient, at)


def status_mail(ports: Ports, change: StatusChange, recipient: str) -> tuple[Parcel, ...]:
    """Tells them that it was revoked, suspended or reinstated, and why."""
    return _about_badge(ports, status_kind(change), change.badge, recipient, change.at, reason=change.reason)


def reminder_mail(ports: Ports, badge: str, recipient: str, *, last: bool) -> tuple[Parcel, ...]:
    """Asks them again whether they want the badge with that key; `last`: no more after that."""
    return _about_badge(ports, "remind", badge, recipient, ports.now(), last="yes" if last else "")


def report_mail(ports: Ports, id: str, badge: str, to: str, words: str) -> Parcel:
    """Tells an issuer's owner what the holder of a badge says is wrong with it."""
    subject, said = f"badge:{badge}", {"words": words}
    return _parcel(id, subject, to, "report", ENGLISH, ports.now(), said, after_badge=badge)


def sign_in_mail(
    ports: Ports,
    to: str,
    secret: str,
    code: str,
    expires_at: datetime,
    language: str = ENGLISH,
    place: str = "",
) -> Parcel:
    """Brings the secret of a sign-in link, and the code (or `""`) to type where it cannot be opened;
    it leads on to `place`, if there is one.

    To be posted in the transaction that makes the secret good.
    """
    id, said = ports.new_id(), {"secret": secret, "code": code, "until": expires_at.isoformat()}
    if place:
        said["place"] = place
    return _parcel(id, f"mail:{id}", to, "sign-in", language, ports.now(), said, expires_at=expires_at)


def address_mail(ports: Ports, to: str, secret: str, expires_at: datetime, language: str) -> Parcel:
    """Brings the secret that shows an address to be somebody's. As `sign_in_mail`."""
    id, said = ports.new_id(), {"secret": secret, "until": expires_at.isoformat()}
    return _parcel(id, f"mail:{id}", to, "address", language, ports.now(), said, expires_at=expires_at)


def no_way_in_mail(ports: Ports, to: str, mail: Literal["no-account", "suspended"], language: str) -> Parcel:
    """Tells who wanted to sign in, at that address only, why they cannot."""
    id = ports.new_id()
    return _parcel(id, f"mail:{id}", to, mail, language, ports.now(), {})


async def notices(
    ports: Ports, person: Person, notice: Notice, what: str = "", *, also: str = ""
) -> list[Parcel]:
    """Tells a person that their account was changed (`flows/mail/notices.py` has the words): one for each
    address that they have verified, and one for the address `also`. To be posted in the transaction that
    changes it."""
    to = [one.address for one in await ports.store.addresses(person.id) if one.verified_at and not one.former]
    own = is_self(ports, person.id) and await ports.store.session(ports.who.session)
    said = {"what": what, "at": ports.now().isoformat()}
    said |= {"by": "self", "agent": own[0].agent} if own else {"by": "operator"}
    now, language, made = ports.now(), person.language or ENGLISH, []
    for address in dict.fromkeys([*to, *([also] if also else [])]):
        id = ports.new_id()
        made.append(_parcel(id, f"mail:{id}", address, notice, language, now, said))
    return made


async def endorsement_mails(
    ports: Ports, mail: EndorsementMail | VouchMail, person: Person, endorsement: str
) -> list[Parcel]:
    """Tells somebody of an endorsement, or a vouch, at their first address: `flows/mail/endorsing.py` and
    `vouching.py` have the words."""
    found = [
        one.address for one in await ports.store.addresses(person.id) if one.verified_at and not one.former
    ]
    return [
        _parcel(
            *(ports.new_id(), f"badge:{endorsement}", to, mail, person.language or ENGLISH, ports.now()),
            {"endorsement": endorsement},
        )
        for to in found[:1]
    ]


def backing_mails(ports: Ports, mail: BackingMail, owners: Sequence[str], endorsement: str) -> list[Parcel]:
    """Tells who owns an issuer, at these addresses, what another one says of it, once that is signed:
    `flows/mail/backing.py` has the words."""
    return [
        _parcel(
            *(ports.new_id(), f"badge:{endorsement}", to, mail, ENGLISH, ports.now()),
            {"endorsement": endorsement},
            after_badge=endorsement,
        )
        for to in owners
    ]


def reported_mail(ports: Ports, mail: ReportMail, to: str, report: Report) -> Parcel:
    """Tells who answers for a badge, or for the exchange, of a report."""
    subject = f"badge:{report.subject}"
    return _parcel(ports.new_id(), subject, to, mail, ENGLISH, ports.now(), {"report": report.id})


def request_mail(
    ports: Ports, mail: RequestMail, to: str, request: str, language: str, *, last: bool = False
) -> Parcel:
    """Asks somebody for an endorsement, or tells who asked that it reached the wrong one."""
    said = {"request": request, "last": "yes" if last else ""}
    return _parcel(ports.new_id(), f"request:{request}", to, mail, language or ENGLISH, ports.now(), said)


def expiry_mail(ports: Ports, to: str, issuer: str, counts: Mapping[int, int], at: datetime) -> Parcel:
    """Tells who awards an issuer's badges how many of them end in so many days."""
    id, said = ports.new_id(), {"issuer": issuer, **{str(days): str(n) for days, n in counts.items()}}
    return _parcel(id, f"mail:{id}", to, "expiry", ENGLISH, at, said, expires_at=None)


async def retry(ports: Ports, parcel: str | None = None) -> int:
    """Let what was given up or put back, all of it or one parcel, be due now; how many.

    NotFoundError("unknown_parcel"), ForbiddenError.
    """
    check(ports, "operate")
    await check_writable(ports)
    count = await ports.store.retry_parcels(ports.now(), parcel)
    if parcel is not None and not count:
        why = "none that was tried, or its text was erased"
        raise NotFoundError("unknown_parcel", f"No mail {parcel!r:.60} can be tried again: there is {why}.")
    return count


def mail_in(parcel: Parcel) -> str:
    """Which mail it is, `""` if it was erased; never what is in it, which may be a way to sign in."""
    return str(parse(parcel.payload.encode())["mail"]) if parcel.payload else ""


def _about_badge(
    ports: Ports, mail: str, badge: str, recipient: str, at: datetime, **said: str
) -> tuple[Parcel, ...]:
    if not recipient.startswith("mailto:"):
        return ()
    to, subject = recipient.removeprefix("mailto:"), f"badge:{badge}"
    return (_parcel(ports.new_id(), subject, to, mail, ENGLISH, at, said, after_badge=badge),)


def _parcel(
    id: str,
    subject: str,
    to: str,
    mail: str,
    language: str,
    at: datetime,
    said: dict[str, str],
    *,
    after_badge: str | None = None,
    expires_at: datetime | None = None,
) -> Parcel:
    payload = dump({"mail": mail, "language": language, **said}).decode()
    domain = to.rpartition("@")[2].lower()
    return Parcel(id, "mail", subject, domain, to, payload, at, after_badge, expires_at)
