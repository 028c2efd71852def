"""Claim: the holder of a badge sees it and says yes or no to it; what they said is on record with the badge.

1. The secret that a mail brings proves its address. It is made when the mail is written, so that no secret
   waits in the outbox; each attempt to deliver has another, and the first answer spends them all.
2. It is good for this one badge, until the offer is over: it opens no account that was there before, since
   mails are kept and handed on. Whoever has none yet gets one by accepting, and is signed in to that.
3. Who is signed in with that address among theirs needs no secret, and may think again at any time. Who is
   signed in with others is not given another's badge: they add the address and verify it first, as always.
4. Declining takes the badge from nobody: it stays valid, and only its issuer may revoke it. It says no more
   than that its holder does not want it, and no reason is asked.
5. Who does not answer is reminded twice at most. Then the offer is over, quietly: its links are good for
   nothing, and the badge waits for who signs in with that address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from exchange.core import urls
from exchange.core.address import account_address
from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, ForbiddenError, InputError
from exchange.flows.badges.award import FIRST_REMINDER
from exchange.flows.badges.desk import state_of
from exchange.flows.badges.status import find_badge, is_on
from exchange.flows.claims.records import OFFERED_FOR
from exchange.flows.instance.standing import check_writable
from exchange.flows.log.log import claim_leaf
from exchange.flows.mail.post import reminder_mail
from exchange.flows.people.records import Browser, Person, Ticket
from exchange.flows.ports import Ports
from exchange.flows.records import Badge, Claim, Parcel, Reminder
from exchange.flows.sign_in.limits import check_limit, try_quotas
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import Opened, check_active, new_person, open_session, owner_of
from exchange.flows.webhooks.webhooks import claim_events

Answer = Literal["accept", "decline"]
ANSWERS: dict[Answer, Claim] = {"accept": "accepted", "decline": "declined"}

REMINDERS = (FIRST_REMINDER, timedelta(days=21))
"""How long after the award who has not answered is asked again; never more than twice."""

NOWHERE = Browser()
_AT_ONCE = 100
"""Reminders in one transaction."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What is on record now. `opened`: the session of an account that accepting has made."""

    badge: Badge
    claim: Claim
    opened: Opened | None = None


def claim_of(badge: Badge, now: datetime) -> Claim | Literal["expired"]:
    """How it stands with a claim: what is on record, or that an offer is over."""
    return claim_at(badge.claim, badge.intended_at, now)


def claim_at(claim: Claim, offered_at: datetime, now: datetime) -> Claim | Literal["expired"]:
    """`claim_of`, where only these are at hand."""
    return "expired" if claim == "offered" and offered_at + OFFERED_FOR <= now else claim


async def offer(ports: Ports, parcel: Parcel) -> str:
    """The link for a mail about a badge: with a secret, while there is something to say with it."""
    badge = await find_badge(ports, parcel.after_badge or "")
    page, until = urls.claim(ports.base_url, badge.id), badge.intended_at + OFFERED_FOR
    if badge.claim != "offered" or until <= ports.now():
        return page
    try:
        address = account_address(parcel.recipient)
    except InputError:  # no account could have it
        return page
    secret = ports.new_secret()
    ticket = Ticket(hash_of(secret), "claim", until, address, badge=badge.id)
    await ports.store.put_ticket(ticket, ports.now())
    return f"{page}#{secret}"


async def is_mine(ports: Ports, badge: Badge) -> bool:
    """Whether it went to an address that who acts has verified, in a browser of theirs."""
    if not ports.who.person or ports.who.scopes is not None:
        return False
    mine = await ports.store.addresses(ports.who.person)
    return badge.recipient.lower() in {f"mailto:{one.address}" for one in mine if one.verified_at}


async def answer(
    ports: Ports,
    name: str,
    said: Answer,
    secret: str = "",
    browser: Browser = NOWHERE,
    *,
    opens: bool = True,
) -> Answered:
    """Accept or decline a badge, by being who it is for or by the secret that was mailed. A session is opened
    for a new account only, if one is wanted (`opens`).

    NotFoundError("unknown_badge"). InputError: "claim_link_missing", "claim_link_spent". ForbiddenError:
    "not_your_badge", "account_suspended". ConflictError: "other_account", "badge_revoked". TooManyError,
    UnavailableError.
    """
    badge = await find_badge(ports, name)
    if await is_mine(ports, badge):
        return await _settle(ports, badge, said)
    if not secret:
        raise _unknown_holder(ports)
    await check_limit(ports, try_quotas(browser.network))
    ticket = await ports.store.ticket(hash_of(secret))
    if ticket is None or (ticket.kind, ticket.badge) != ("claim", badge.id) or _is_over(ports, ticket):
        raise _spent()
    if ports.who.person:
        raise ConflictError(
            "other_account",
            "You are signed in to an account in which the address this badge went to is not verified. "
            "Verify it there, or sign out first.",
        )
    return await _by_link(ports, badge, said, ticket, browser if opens else None)


async def _by_link(
    ports: Ports, badge: Badge, said: Answer, ticket: Ticket, browser: Browser | None
) -> Answered:
    address = ticket.address or ""
    person = await owner_of(ports, address)
    if person is not None:
        check_active(person)
    if said == "decline" or person is not None:
        return await _settle(ports, badge, said, ticket.hash)
    await _check(ports, badge, said)
    made = await _account(ports, address)
    answered = await _settle(ports, badge, said, ticket.hash)
    if browser is None:
        return answered
    return Answered(badge, answered.claim, await open_session(ports, made, "link", browser, unsure=True))


async def _account(ports: Ports, address: str) -> Person:
    try:
        return await new_person(ports, address)
    except ConflictError as error:
        if error.code != "address_taken":
            raise
        raise _spent() from error  # the same link, opened twice at the same moment


async def _check(ports: Ports, badge: Badge, said: Answer) -> None:
    await check_writable(ports)
    if said == "accept" and await is_on(ports, badge, "revocation"):
        raise ConflictError("badge_revoked", "Its issuer has revoked this badge, so it cannot be accepted.")


async def _settle(ports: Ports, badge: Badge, said: Answer, ticket: str = "") -> Answered:
    await _check(ports, badge, said)
    try:
        await settle(ports, badge.id, badge.issuer, said, ticket)
    except ConflictError as error:
        if error.code != "ticket_spent":
            raise
        raise _spent() from error
    return Answered(badge, ANSWERS[said])


async def settle(ports: Ports, badge: str, issuer: str, said: Answer, ticket: str = "") -> None:
    """Put it on record, with its leaf and what tells the issuer's programs of it. As `settle_claim`."""
    now, claim = ports.now(), ANSWERS[said]
    leaf = claim_leaf(badge, said == "accept", urls.badge(ports.base_url, badge), now, ports.new_salt())
    events = claim_events(ports, await ports.store.webhooks(issuer), badge, claim, now)
    if await ports.store.settle_claim(badge, claim, now, leaf, ticket, events) and events:
        ports.bell.ring()


def _is_over(ports: Ports, ticket: Ticket) -> bool:
    return ticket.expires_at <= ports.now()


def _unknown_holder(ports: Ports) -> ForbiddenError | InputError:
    if ports.who.person:
        return ForbiddenError(
            "not_your_badge",
            "This badge went to another address than yours. Add that address to your account and verify it; "
            "then it is among your badges.",
        )
    return InputError("claim_link_missing", "Open the link in the mail, or paste it here.", "code")


def _spent() -> InputError:
    return InputError(
        "claim_link_spent",
        "This link was used before, or it is too old. Sign in with the address that the badge went to: "
        "there it is among your badges.",
        "code",
    )


# --- who does not answer ----------------------------------------------------------------------------------


async def remind(ports: Ports) -> int:
    """Remind who is due; how many. Of a badge that is not good just now nobody is reminded."""
    count = 0
    while due := await ports.store.due_reminders(ports.now(), _AT_ONCE):
        reminders = [await _reminder(ports, badge) for badge in due]
        await ports.store.remind(reminders)
        count += sum(one.parcel is not None for one in reminders)
    if count:
        ports.bell.ring()
    return count


async def _reminder(ports: Ports, badge: Badge) -> Reminder:
    now, left = ports.now(), REMINDERS[badge.reminded + 1 :]
    next_at = next((at for after in left if (at := badge.intended_at + after) > now), None)
    good = await state_of(ports, badge, read_secured(badge.signed or b"").document) == "active"
    open_ = badge.claim == "offered" and badge.intended_at + OFFERED_FOR > now
    mail = reminder_mail(ports, badge.id, badge.recipient, last=next_at is None) if good and open_ else ()
    return Reminder(badge.id, badge.reminded, next_at if open_ else None, next(iter(mail), None))
