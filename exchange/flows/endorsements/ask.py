"""Ask: somebody asks people for an endorsement, and who was asked says no, or that they are the wrong one.

1. A mail brings a link whose secret stands in its fragment. It is made when the mail is written, is good for
   this one request, and works without an account: endorsing makes one, as claiming a badge does. It opens no
   account that was there before, since mails are kept and handed on.
2. A link is good for 14 days. After that, one click sends the same request to the same address again.
3. Who does not answer is asked again after three days, and once more; then never.
4. To say no takes one click and no reason, and nobody is told by mail. "This is not me" ends the link too,
   and who asked hears that it was not delivered, not to whom.
5. Who wants no more of it from somebody says so, and nothing of theirs gets through any more; who asks is not
   told that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from exchange.core import urls
from exchange.core.address import account_address
from exchange.core.plain_text import plain
from exchange.core.roster import is_handle
from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from exchange.flows.claims.mine import find_mine
from exchange.flows.endorsements.logged import ask_leaf, block_leaf, refuse_leaf
from exchange.flows.endorsements.records import Asked, Asking, Kind, Repeat, Request
from exchange.flows.endorsements.subjects import Subject, check_endorsable, profile_subject, subject
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import request_mail
from exchange.flows.orders.pick import picked
from exchange.flows.people.people import find
from exchange.flows.people.records import Browser, Person, Ticket
from exchange.flows.people.rights import check_person, check_speaks
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel
from exchange.flows.sign_in.limits import (
    again_quotas,
    ask_quotas,
    asked_quotas,
    check_limit,
    try_quotas,
)
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import Opened, check_active, new_person, open_session, owner_of

LIFE = timedelta(days=14)
KEPT = timedelta(days=180)
"""How long it is known who was asked for what: mostly by an address of somebody without an account."""
REMINDERS = (timedelta(days=3), timedelta(days=8))
"""How long after it was asked who has not answered is asked again."""
MAX_NOTE = 300
MOST = 10
"""People who are asked at once."""
NOWHERE = Browser()
_AT_ONCE = 100

Answer = Literal["endorse", "decline", "not-me", "block"]
ANSWERS: tuple[Answer, ...] = ("endorse", "decline", "not-me", "block")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: of a badge of theirs, or (no `badge`) of themselves."""

    badge: str
    to: Sequence[str]
    skills: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody in a team of who asks; `to` names them, and is no address of theirs."""

    person: Person
    to: str
    team: str


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


# --- who asks ---------------------------------------------------------------------------------------------


async def colleagues(ports: Ports) -> list[Colleague]:
    """Who is in a team with who acts, and can be written to."""
    check_person(ports)
    found: dict[str, Colleague] = {}
    for mine in await ports.store.memberships(ports.who.person):
        team = await ports.store.team(mine.team)
        for member in await ports.store.members(mine.team):
            if member.person == ports.who.person or member.person in found:
                continue
            person = await ports.store.person(member.person)
            if person and person.state == "active":
                name = team.name if team else mine.team
                found[member.person] = Colleague(person, person.handle or person.id, name)
    return sorted(found.values(), key=lambda one: one.person.name.casefold())


async def asked_subject(ports: Ports, badge: str) -> Subject:
    """What is asked about: a badge of who acts, or themselves. NotFoundError("unknown_badge")."""
    check_person(ports)
    if not badge:
        return await profile_subject(ports, ports.who.person)
    return await subject(ports, "badge", (await find_mine(ports, badge)).id)


async def ask(ports: Ports, wish: Wish, once: str = "") -> list[Request]:
    """Ask each of them, once for that key; those who were asked already and may still answer are not asked
    again.

    InputError: "nobody_named", "too_many_named", "nobody_called", "address_malformed", "own_address",
    "note_too_long", "skill_unknown". NotFoundError("unknown_badge"); ConflictError as `check_endorsable`;
    TooManyError, UnavailableError, ForbiddenError.
    """
    await check_speaks(ports)
    found = await asked_subject(ports, wish.badge)
    await check_endorsable(ports, found)
    await check_writable(ports)
    note = plain(wish.note, MAX_NOTE + 1)
    if len(note) > MAX_NOTE:
        raise InputError("note_too_long", f"A note has at most {MAX_NOTE} characters.", "note")
    offered = {one.name for one in found.skills}
    if unknown := [name for name in wish.skills if name not in offered]:
        raise InputError("skill_unknown", f"{unknown[0]!r:.80} is no skill of this badge.", "skills")
    to = await _addresses(ports, wish.to)
    me, now = ports.who.person, ports.now()
    made, parcels = [], []
    for address, person in to.items():
        # The same form sent twice makes the same id.
        id = hash_of(f"ask {me} {once} {address}")[:32] if once else ports.new_id()
        if await ports.store.request(id) or await _is_open(ports, found, address):
            continue
        blocked = await _is_blocked(ports, address, me)
        remind_at = None if blocked else now + REMINDERS[0]
        one = Request(
            *(id, me, found.kind, found.key, tuple(wish.skills), note, address, person, "asked", now),
            now + LIFE,
            remind_at,
        )
        await check_limit(ports, [*ask_quotas(me), *asked_quotas(address)])
        made.append(one)
        if not blocked:
            parcels.append(request_mail(ports, "endorse", address, id, await _language(ports, address)))
    if made:
        leaves = [ask_leaf(one, ports.new_salt()) for one in made]
        await ports.store.ask_for_endorsements(Asking(made, leaves, parcels))
        ports.bell.ring()
    return made


async def _addresses(ports: Ports, names: Sequence[str]) -> dict[str, str]:
    """Addresses to write to, each with the account that was picked, `""` for a typed address."""
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not wanted:
        raise InputError("nobody_named", "Say whom to ask.", "to")
    if len(wanted) > MOST:
        raise InputError("too_many_named", f"Ask at most {MOST} people at once.", "to")
    own = {one.address for one in await ports.store.addresses(ports.who.person)}
    found: dict[str, str] = {}
    for name in wanted:
        pick = await picked(ports, name) if is_handle(name) else None
        if is_handle(name) and pick is None:
            raise InputError("nobody_called", f"There is nobody called {name!r:.80} here.", "to")
        try:
            address = account_address(pick.address if pick else name)
        except InputError as error:
            raise InputError(error.code, error.message, "to") from None
        if address in own:
            raise InputError("own_address", "You cannot ask yourself: ask somebody who saw it.", "to")
        found.setdefault(address, pick.person.id if pick else "")
    return found


async def _is_open(ports: Ports, found: Subject, address: str) -> bool:
    for one in await ports.store.requests_by(ports.who.person):
        same = (one.kind, one.subject, one.address) == (found.kind, found.key, address)
        if same and one.state == "asked" and one.expires_at > ports.now():
            return True
    return False


async def _is_blocked(ports: Ports, address: str, holder: str) -> bool:
    """Whether who has that address wants no more of it, said at whichever address of theirs; or who asks is
    suspended."""
    asker = await ports.store.person(holder)
    if asker is not None and asker.is_suspended:
        return True
    owner = await owner_of(ports, address)
    theirs = await ports.store.addresses(owner.id) if owner else []
    for one in dict.fromkeys([address, *(one.address for one in theirs if one.verified_at)]):
        if await ports.store.is_blocked(one, holder):
            return True
    return False


async def _language(ports: Ports, address: str) -> str:
    known = await owner_of(ports, address)
    return (known.language if known else "") or ports.who.language


# --- who is asked -----------------------------------------------------------------------------------------


async def view(ports: Ports, id: str) -> View:
    """NotFoundError("unknown_request"), and as `subject`."""
    request = await _find(ports, id)
    asker = await ports.store.person(request.holder)
    if asker is None:
        raise _unknown(id)
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
    ports: Ports, id: str, said: Answer, secret: str = "", browser: Browser = NOWHERE
) -> Answered:
    """Say that one will endorse, or not, by being who was asked or by the secret that was mailed.

    NotFoundError("unknown_request"); InputError: "endorse_link_missing", "endorse_link_spent"; ConflictError:
    "request_over", "request_answered", "other_account". ForbiddenError("account_suspended"), TooManyError.
    """
    request = await _find(ports, id)
    mine = await is_mine(ports, request)
    if not mine:
        await _check_secret(ports, request, secret, browser)
    if request.state != "asked":
        raise ConflictError("request_answered", "This was answered before, so there is nothing more to do.")
    if said != "endorse":
        await _refuse(ports, request, said)
        return Answered(await _find(ports, id))
    if request.expires_at <= ports.now():
        raise ConflictError("request_over", "This request is older than 14 days. Ask for a new link.")
    if mine:
        return Answered(request)
    if ports.who.person:
        raise ConflictError(
            "other_account",
            "You are signed in to an account that does not have the address this went to. Add the address to "
            "it, or sign out first.",
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
        raise ConflictError("request_answered", "This was answered before, so there is nothing more to do.")
    raise InputError(
        "endorse_link_spent", "This link is too old, or it was cut short. Ask for a new one.", "code"
    )


async def _refuse(ports: Ports, request: Request, said: Answer) -> None:
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
    if said == "block":
        leaf = block_leaf(request, now, ports.new_salt())
        await ports.store.block_sender(request.address, request.holder, now, leaf)
    leaf = refuse_leaf(request, state, now, ports.new_salt())
    await ports.store.settle_request(request.id, state, now, leaf, told)
    ports.bell.ring()


async def again(ports: Ports, id: str) -> None:
    """Send the same request to the same address again, once its link is too old. Doing it where nothing is
    asked any more does nothing. NotFoundError("unknown_request"), TooManyError, UnavailableError."""
    request = await _find(ports, id)
    now = ports.now()
    await check_writable(ports)
    if request.state != "asked" or await _is_blocked(ports, request.address, request.holder):
        return
    await check_limit(ports, again_quotas(request.id))
    renewed = replace(request, expires_at=now + LIFE, remind_at=None)
    mail = request_mail(
        ports, "endorse", request.address, request.id, await _language(ports, request.address)
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


async def _find(ports: Ports, id: str) -> Request:
    found = await ports.store.request(id)
    if found is None:
        raise _unknown(id)
    return found


def _unknown(id: str) -> NotFoundError:
    return NotFoundError("unknown_request", f"There is no request {id!r:.80} here.")


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
    if request.expires_at <= now or await _is_blocked(ports, request.address, request.holder):
        return Repeat(request.id, request.reminded, None, None)
    try:
        await check_endorsable(ports, await subject(ports, request.kind, request.subject))
    except (ConflictError, NotFoundError):
        return Repeat(request.id, request.reminded, next_at, None)
    language = await _language(ports, request.address)
    mail = request_mail(ports, "endorse-again", request.address, request.id, language, last=next_at is None)
    return Repeat(request.id, request.reminded, next_at, mail)


async def mine(ports: Ports) -> list[View]:
    """What who acts is asked for and has not answered, newest first; of what is gone nothing is said."""
    check_person(ports)
    found = []
    for one in await ports.store.requests_to(ports.who.person):
        if one.expires_at > ports.now() and not await _is_blocked(ports, one.address, one.holder):
            try:
                found.append(await view(ports, one.id))
            except (NotFoundError, ConflictError):
                continue
    return found


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of who acts, and whom it went to: the name of whom they picked, or the address they typed."""

    request: Request
    to: str
    over: bool


async def sent(ports: Ports, kind: Kind, key: str) -> list[Sent]:
    """Whom who acts has asked about that, newest first."""
    check_person(ports)
    made = [
        one
        for one in await ports.store.requests_by(ports.who.person)
        if (one.kind, one.subject) == (kind, key)
    ]
    return [Sent(one, await _called(ports, one), one.expires_at <= ports.now()) for one in made]


async def _called(ports: Ports, request: Request) -> str:
    return (await find(ports, request.person)).name if request.person else request.address
