"""Ask: somebody asks people for an endorsement, sees what came of it, and may take it back.

1. A link is good for 14 days, for this one request. What its reader can say is in `asked.py`.
2. Who asks sees that somebody endorsed, said no (with a note, if they left one), or was the wrong one; by no
   mail but in the last case, and never which address that was if it was typed wrong.
3. To take it back ends the link, and what would still have reminded of it. A mail that was sent stays sent:
   whoever opens its link reads that it was taken back, and that they need do nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from exchange.core.address import account_address
from exchange.core.plain_text import plain
from exchange.core.roster import is_handle
from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.claims.mine import find_mine
from exchange.flows.endorsements.logged import ask_leaf, take_back_leaf
from exchange.flows.endorsements.records import Asking, Kind, Request
from exchange.flows.endorsements.subjects import Subject, check_endorsable, profile_subject, subject
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import request_mail
from exchange.flows.orders.pick import picked
from exchange.flows.people.people import find
from exchange.flows.people.records import Person
from exchange.flows.people.rights import check_person, check_speaks
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import ask_quotas, asked_quotas, check_limit
from exchange.flows.sign_in.secrets import hash_of
from exchange.flows.sign_in.sign_in import owner_of

LIFE = timedelta(days=14)
KEPT = timedelta(days=180)
"""How long it is known who was asked for what: mostly by an address of somebody without an account."""
REMINDERS = (timedelta(days=3), timedelta(days=8))
"""How long after it was asked who has not answered is asked again."""
MAX_NOTE = 300
MOST = 10
"""People who are asked at once."""


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
        blocked = await is_blocked(ports, address, me)
        remind_at = None if blocked else now + REMINDERS[0]
        one = Request(
            *(id, me, found.kind, found.key, tuple(wish.skills), note, address, person, "asked", now),
            now + LIFE,
            remind_at,
        )
        await check_limit(ports, [*ask_quotas(me), *asked_quotas(address)])
        made.append(one)
        if not blocked:
            parcels.append(request_mail(ports, "endorse", address, id, await language_of(ports, address)))
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


async def is_blocked(ports: Ports, address: str, holder: str) -> bool:
    """Whether who has that address wants no more of it, said at whichever address of theirs; or who asks is
    suspended."""
    asker = await ports.store.person(holder)
    if asker is not None and asker.is_suspended:
        return True
    owner = await owner_of(ports, address)
    if await ports.store.is_blocked(address, holder):
        return True
    return owner is not None and await has_blocked(ports, owner.id, holder)


async def has_blocked(ports: Ports, person: str, sender: str) -> bool:
    """Whether somebody wants nothing of that sender any more, said at whichever address of theirs."""
    for one in await ports.store.addresses(person):
        if one.verified_at and await ports.store.is_blocked(one.address, sender):
            return True
    return False


async def is_unasked(ports: Ports, person: str, sender: str, request: str = "") -> bool:
    """Whether what that sender signed about somebody is not for them to get: they have blocked the sender,
    and this is no answer to a `request` of theirs. The sender hears, sees and spends what anybody would."""
    asked = await ports.store.request(request) if request else None
    if asked is not None and asked.holder == person and asked.state == "asked":
        return False
    return await has_blocked(ports, person, sender)


async def language_of(ports: Ports, address: str) -> str:
    known = await owner_of(ports, address)
    return (known.language if known else "") or ports.who.language


async def own_request(ports: Ports, id: str) -> Request:
    """One that who acts made. NotFoundError("unknown_request"), ForbiddenError."""
    check_person(ports)
    found = await find_request(ports, id)
    if found.holder != ports.who.person:
        raise _unknown(id)
    return found


async def take_back(ports: Ports, id: str) -> Request:
    """Ask for it no more; doing it again changes nothing. As `own_request`; ConflictError
    ("request_answered"), UnavailableError."""
    request = await own_request(ports, id)
    await check_writable(ports)
    now = ports.now()
    leaf = take_back_leaf(request, now, ports.new_salt())
    await ports.store.settle_request(id, "taken_back", now, [leaf])
    found = await own_request(ports, id)
    if found.state != "taken_back":
        raise answered_already(found)
    return found


def answered_already(request: Request) -> ConflictError:
    """That it is over, and why."""
    if request.state == "taken_back":
        return ConflictError(
            "request_taken_back", "Who asked has taken this back, so there is nothing that you need to do."
        )
    return ConflictError("request_answered", "This was answered before, so there is nothing more to do.")


async def find_request(ports: Ports, id: str) -> Request:
    """NotFoundError("unknown_request")."""
    found = await ports.store.request(id)
    if found is None:
        raise _unknown(id)
    return found


def _unknown(id: str) -> NotFoundError:
    return NotFoundError("unknown_request", f"There is no request {id!r:.80} here.")


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
    return await told(ports, made)


async def told(ports: Ports, made: Sequence[Request]) -> list[Sent]:
    """Requests of who acts, each with whom it went to."""
    return [Sent(one, await _called(ports, one), one.expires_at <= ports.now()) for one in made]


async def _called(ports: Ports, request: Request) -> str:
    return (await find(ports, request.person)).name if request.person else request.address
