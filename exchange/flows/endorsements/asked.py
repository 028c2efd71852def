"""Asked: who was asked for an endorsement says that they will, or no, or that they are the wrong one.

1. A mail brings a link whose secret stands in its fragment. It is made when the mail is written, is good for
   this one request, and works without an account: endorsing makes one, as claiming a badge does. It opens no
   account that was there before, since mails are kept and handed on.
2. A link is good for 14 days. After that, one click sends the same request to the same address again.
3. Who does not answer is asked again after three days, and once more; then never.
4. To say no takes one click and no reason, and nobody is told by mail. Who wants to may leave a line, which
   who asked reads where they see whom they have asked, and nowhere else. "This is not me" ends the link too,
   and who asked hears that it was not delivered, not to whom.
5. Who wants no more of it from somebody says so, and nothing of theirs gets through any more: no request, and
   no endorsement or vouch that was not asked for. Who is blocked is not told that, and reads the same as of a
   no, in the public log too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from exchange.core import urls
from exchange.core.plain_text import plain
from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from exchange.flows.endorsements.ask import (
    LIFE,
    REMINDERS,
    answered_already,
    find_request,
    is_blocked,
    language_of,
)
from exchange.flows.endorsements.logged import refuse_leaves
from exchange.flows.endorsements.records import Asked, Repeat, Request
from exchange.flows.endorsements.subjects import Subject, check_endorsable, subject
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import request_mail
from exchange.flows.people.records import Browser, Person, Ticket
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel
from exchange.flows.sign_in.limits import again_quotas, check_limit, try_quotas
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import Opened, check_active, new_person, open_session, owner_of

MAX_REPLY = 200
NOWHERE = Browser()
_AT_ONCE = 100

Answer = Literal["endorse", "decline", "not-me", "block"]
ANSWERS: tuple[Answer, ...] = ("endorse", "decline", "not-me", "block")


@dataclass(frozen=True, slots=True)
class View:
    """A request as who was asked sees it; `mine`: it is to who acts, signed in."""

    request: Request
    subject: Subject
    asker: Person
    mine: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it. `opened`: the session of an account that was made; `sign_in`: there is an account with
    that address, and its person has to come in first."""

    request: Request
    opened: Opened | None = None
    sign_in: bool = False


async def view(ports: Ports, id: str) -> View:
    """NotFoundError("unknown_request"), and as `subject`."""
    request = await find_request(ports, id)
    asker = await ports.store.person(request.holder)
    if asker is None:
        raise NotFoundError("unknown_request", f"There is no request {id!r:.80} here.")
    found = await subject(ports, request.kind, request.subject)
    over = request.expires_at <= ports.now()
    return View(request, found, asker, await is_mine(ports, request), over)


async def is_mine(ports: Ports, request: Request) -> bool:
    """Whether it is to who acts, in a browser of theirs."""
    me = ports.who.person
    if not me or ports.who.scopes is not None:
        return False
    mine = {one.address for one in await ports.store.addresses(me) if one.verified_at and not one.former}
    return request.person == me or request.address in mine


async def answer(
    ports: Ports, id: str, said: Answer, secret: str = "", browser: Browser = NOWHERE, reply: str = ""
) -> Answered:
    """Say that one will endorse, or not, by being who was asked or by the secret that was mailed; with a no
    goes the `reply`, if there is one.

    NotFoundError("unknown_request"); InputError: "endorse_link_missing", "endorse_link_spent",
    "reply_too_long"; ConflictError: "request_over", "request_answered", "request_taken_back",
    "other_account". ForbiddenError("account_suspended"), TooManyError.
    """
    request = await find_request(ports, id)
    mine = await is_mine(ports, request)
    if not mine:
        await _check_secret(ports, request, secret, browser)
    if request.state != "asked":
        raise answered_already(request)
    if said != "endorse":
        await _refuse(ports, request, said, reply if said == "decline" else "")
        return Answered(await find_request(ports, id))
    if request.expires_at <= ports.now():
        raise ConflictError("request_over", "This request is older than 14 days. Ask for a new link.")
    if mine:
        return Answered(request)
    if ports.who.person:
        raise ConflictError(
            "other_account",
            "You are signed in to an account in which the address this went to is not verified. "
            "Verify it there, or sign out first.",
        )
    person = await owner_of(ports, request.address)
    if person is not None:
        check_active(person)
        return Answered(request, sign_in=True)
    await check_writable(ports)
    try:
        person = await new_person(ports, request.address)
    except ConflictError as error:
        if error.code != "address_taken":
            raise
        return Answered(request, sign_in=True)  # the same link, opened twice at the same moment
    return Answered(request, await open_session(ports, person, "link", browser, unsure=True))


async def _check_secret(ports: Ports, request: Request, secret: str, browser: Browser) -> None:
    if not secret:
        if ports.who.person:
            raise ForbiddenError("not_asked", "This went to another address than yours.")
        raise InputError("endorse_link_missing", "Open the link in the mail, or paste it here.", "code")
    await check_limit(ports, try_quotas(browser.network))
    ticket = await ports.store.ticket(hash_of(secret))
    fits = ticket is not None and (ticket.kind, ticket.badge) == ("endorse", request.id)
    if fits and ticket is not None and ticket.expires_at > ports.now():
        return
    if request.state != "asked":
        raise answered_already(request)
    raise InputError(
        "endorse_link_spent", "This link is too old, or it was cut short. Ask for a new one.", "code"
    )


async def _refuse(ports: Ports, request: Request, said: Answer, reply: str) -> None:
    reply = plain(reply, MAX_REPLY + 1)
    if len(reply) > MAX_REPLY:
        raise InputError("reply_too_long", f"Such a line has at most {MAX_REPLY} characters.", "reply")
    await check_writable(ports)
    now = ports.now()
    state: Asked = "not_delivered" if said == "not-me" else "declined"
    told: list[Parcel] = []
    if said == "not-me":
        asker = await ports.store.person(request.holder)
        own = [one.address for one in await ports.store.addresses(request.holder) if one.is_primary]
        told = [
            request_mail(ports, "endorse-not-delivered", to, request.id, asker.language if asker else "")
            for to in own
        ]
    block = said == "block"
    leaves = refuse_leaves(request, state, block, now, ports.new_salt(), ports.new_salt())
    if not await ports.store.settle_request(request.id, state, now, leaves, told, reply, block=block):
        raise answered_already(await find_request(ports, request.id))
    ports.bell.ring()


async def again(ports: Ports, id: str) -> None:
    """Send the same request to the same address again, once its link is too old. Doing it where nothing is
    asked any more does nothing. NotFoundError("unknown_request"), TooManyError, UnavailableError."""
    request = await find_request(ports, id)
    now = ports.now()
    await check_writable(ports)
    if request.state != "asked" or await is_blocked(ports, request.address, request.holder):
        return
    await check_limit(ports, again_quotas(request.id))
    renewed = replace(request, expires_at=now + LIFE, remind_at=None)
    mail = request_mail(
        ports, "endorse", request.address, request.id, await language_of(ports, request.address)
    )
    await ports.store.renew_request(renewed, mail)
    ports.bell.ring()


async def offer(ports: Ports, request: Request) -> str:
    """The link for a mail that asks: with a secret, while there is something to say with it."""
    page = urls.endorse(ports.base_url, request.id)
    if request.state != "asked" or request.expires_at <= ports.now():
        return page
    secret = ports.new_secret()
    ticket = Ticket(hash_of(secret), "endorse", request.expires_at, request.address, badge=request.id)
    await ports.store.put_ticket(ticket, ports.now())
    return f"{page}#{secret}"


# --- who does not answer ----------------------------------------------------------------------------------


async def remind(ports: Ports) -> int:
    """Ask who is due once more; how many. Of what cannot be endorsed just now nobody is reminded."""
    count = 0
    while due := await ports.store.due_requests(ports.now(), _AT_ONCE):
        repeats = [await _repeat(ports, one) for one in due]
        await ports.store.repeat_requests(repeats)
        count += sum(one.parcel is not None for one in repeats)
    if count:
        ports.bell.ring()
    return count


async def _repeat(ports: Ports, request: Request) -> Repeat:
    now, left = ports.now(), REMINDERS[request.reminded + 1 :]
    next_at = next((at for after in left if (at := request.asked_at + after) > now), None)
    if request.expires_at <= now or await is_blocked(ports, request.address, request.holder):
        return Repeat(request.id, request.reminded, None, None)
    try:
        await check_endorsable(ports, await subject(ports, request.kind, request.subject))
    except (ConflictError, NotFoundError):
        return Repeat(request.id, request.reminded, next_at, None)
    language = await language_of(ports, request.address)
    mail = request_mail(ports, "endorse-again", request.address, request.id, language, last=next_at is None)
    return Repeat(request.id, request.reminded, next_at, mail)


async def mine(ports: Ports) -> list[View]:
    """What who acts is asked for and has not answered, newest first; of what is gone nothing is said."""
    check_person(ports)
    found = []
    for one in await ports.store.requests_to(ports.who.person):
        if one.expires_at > ports.now() and not await is_blocked(ports, one.address, one.holder):
            try:
                found.append(await view(ports, one.id))
            except (NotFoundError, ConflictError):
                continue
    return found
