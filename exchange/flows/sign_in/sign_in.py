"""Sign in: by a link or a code that was mailed, or by the link a start prints; and who is behind a session.

1. Who asks for a mail is told the same, in the same time, whether there is an account or not: a ticket is
   written and a mail sent in every case. Only the mail says which it was, and only it tells the secrets.
2. A link's secret stands in the fragment, so no server log sees it, and is spent by a POST, so no mail
   scanner does. A code is good in the browser that asked, which has the other half of it, for five tries.
3. Whoever comes in gets a new session, and the one their browser came with ends: none can be planted.
4. The first operator is made by the link of a start, once. Later such links are made by a command.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from exchange.core.address import account_address
from exchange.errors import ConflictError, ForbiddenError, InputError, UnavailableError
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import ENGLISH, no_way_in_mail, sign_in_mail
from exchange.flows.people.logged import operator_leaf, role_leaf
from exchange.flows.people.records import (
    Address,
    Browser,
    Grant,
    Method,
    Person,
    Principal,
    Session,
    Ticket,
)
from exchange.flows.ports import Ports
from exchange.flows.records import OPERATOR, Parcel
from exchange.flows.sign_in.limits import check_limit, mail_quotas, try_quotas
from exchange.flows.sign_in.secrets import code_of, hash_of, hash_of_code

MAIL_LIFE = timedelta(minutes=15)
LINK_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=30)
OPERATOR_LIFE = timedelta(hours=12)
"""How long an operator stays signed in: what they may do is worth more."""

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is known when a session was last seen: not each request is worth a write."""

TRIES = 5
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody who came in: the secret of their session, and how long it is good for."""

    person: Person
    session: str
    life: timedelta


@dataclass(frozen=True, slots=True)
class Introduction:
    """How the first operator introduces themselves."""

    name: str
    address: str


# --- links of the shell -----------------------------------------------------------------------------------


async def make_link(ports: Ports, person: Person | None = None) -> str:
    """A one-time link, good for a day, that signs `person` in; without one, whoever becomes the first
    operator, or who did. Only for who has the shell."""
    if ports.who.method != "shell":
        raise ForbiddenError("not_permitted", "Such a link is made where the service runs, by a command.")
    person = person or await first_operator(ports)
    secret, now = ports.new_secret(), ports.now()
    ticket = Ticket(hash_of(secret), "operator", now + LINK_LIFE, person=person.id if person else None)
    await ports.store.put_ticket(ticket, now)
    return f"{ports.base_url}/sign-in#{secret}"


async def first_operator(ports: Ports) -> Person | None:
    """Who it was, while they are there and still one; None before there was any.

    ConflictError("operator_gone") when there was one once: somebody else has to be named.
    """
    id = await ports.store.meta(OPERATOR)
    if id is None:
        return None
    person = await ports.store.person(id)
    if person is None or not person.operator or person.state != "active":
        raise ConflictError(
            "operator_gone",
            "Who was the first operator is it no more. Name who is to come in: exchange people link PERSON",
        )
    return person


# --- by mail ----------------------------------------------------------------------------------------------


async def ask(
    ports: Ports,
    address: str,
    browser: Browser,
    language: str = "",
    *,
    invited: bool = False,
    place: str = "",
) -> str:
    """Mail a link and a code to that address; what the asking browser has to keep for the code. Who is
    `invited` may get an account; the link leads on to `place`, a path of ours.

    InputError("address_malformed"), TooManyError; whether there is an account, no answer tells.
    """
    address = account_address(address)
    await check_limit(ports, mail_quotas(address, browser.network))
    invited = invited or await _may_sign_up(ports, address)
    person = await _whose(ports, await ports.store.address(address))
    lets_in = person.state == "active" if person else invited
    secret, nonce, code = ports.new_secret(), ports.new_secret(), code_of(ports.new_secret())
    until = ports.now() + MAIL_LIFE
    ticket = Ticket(
        hash_of(secret), "sign_in", until, address, None, hash_of(nonce), hash_of_code(nonce, code)
    )
    language = (person and person.language) or language or ENGLISH
    if lets_in:
        mail = sign_in_mail(ports, address, secret, code, until, language, place)
    else:
        mail = no_way_in_mail(ports, address, "suspended" if person else "no-account", language)
    await hand_out(ports, ticket, mail)
    return nonce


async def hand_out(ports: Ports, ticket: Ticket, mail: Parcel) -> None:
    """Put a ticket on record, with the mail that tells of it."""
    await ports.store.put_ticket(ticket, ports.now(), [mail])
    ports.bell.ring()


async def _may_sign_up(ports: Ports, address: str) -> bool:
    """Whether somebody without an account may get one: EXCHANGE_SIGN_UP. A badge is an invitation."""
    kind, _, domains = ports.sign_up.partition(":")
    awarded = bool(await ports.store.badges_to(f"mailto:{address}"))
    if kind == "domains":
        return awarded or address.rpartition("@")[2] in domains.split(",")
    return kind == "anyone" or awarded


# --- coming in --------------------------------------------------------------------------------------------


async def redeem(
    ports: Ports, secret: str, browser: Browser, introduction: Introduction | None = None
) -> Opened:
    """Spend a link's secret and open a session.

    InputError "link_spent"; "introduction_missing", "name_malformed", "address_malformed" where it makes the
    first operator (nothing is spent then). TooManyError.
    """
    await check_limit(ports, try_quotas(browser.network))
    ticket = await ports.store.ticket(hash_of(secret))
    if ticket is None or ticket.kind not in ("operator", "sign_in"):
        raise link_spent()
    if ticket.kind == "operator" and ticket.person is None:
        name, address = _introduced(introduction)
        await check_writable(ports)
        await _take(ports, ticket)
        return await open_session(ports, await _found_operator(ports, name, address), "link", browser)
    return await _come_in(ports, await _take(ports, ticket), "link", browser)


async def redeem_code(ports: Ports, nonce: str, code: str, browser: Browser) -> Opened:
    """As `redeem`, by a code and what the browser kept when it asked. InputError("code_wrong")."""
    await check_limit(ports, try_quotas(browser.network))
    typed = "".join(code.split())
    ticket = await ports.store.take_code(hash_of(nonce), hash_of_code(nonce, typed), TRIES)
    if ticket is None or ticket.expires_at <= ports.now() or ticket.kind != "sign_in":
        raise InputError(
            "code_wrong",
            "That is not the code, or it is no longer good: it lasts 15 minutes, and five tries. "
            "Look at the newest mail, or ask for another.",
            "code",
        )
    return await _come_in(ports, ticket, "code", browser)


async def open_session(
    ports: Ports,
    person: Person,
    method: Method,
    browser: Browser,
    *,
    sure: bool = False,
    unsure: bool = False,
) -> Opened:
    """A new session for a person who proved to be it; the one their browser came with ends. Of who has a
    passkey, only that proves enough to change how they come in, unless an operator is `sure` of them; and of
    who came by something older than a mail they just asked for (`unsure`), nothing did."""
    check_active(person)
    sure = sure or method == "passkey" or not await ports.store.passkeys(person.id)
    secret, now = ports.new_secret(), ports.now()
    life = OPERATOR_LIFE if person.operator else SESSION_LIFE
    agent, network = browser.agent[:120], browser.network[:60]
    confirmed_at = now if sure and not unsure else None
    session = Session(hash_of(secret), person.id, method, agent, network, now, now, now + life, confirmed_at)
    await ports.store.open_session(session, hash_of(browser.session) if browser.session else None)
    return Opened(person, secret, life)


def check_active(person: Person) -> Person:
    """The same person. ForbiddenError("account_suspended")."""
    if person.state != "active":
        raise ForbiddenError("account_suspended", "This account is suspended. Ask who runs this exchange.")
    return person


async def _take(ports: Ports, ticket: Ticket) -> Ticket:
    taken = await ports.store.take_ticket(ticket.hash)
    if taken is None or taken.expires_at <= ports.now():
        raise link_spent()
    return taken


async def _come_in(ports: Ports, ticket: Ticket, method: Method, browser: Browser) -> Opened:
    if ticket.address is not None:
        person = await _person_at(ports, ticket.address)
    else:
        found = await ports.store.person(ticket.person or "")
        if found is None:
            raise link_spent()
        person = found
    return await open_session(ports, person, method, browser, sure=ticket.kind == "operator")


async def _whose(ports: Ports, known: Address | None) -> Person | None:
    """Who comes in by an address; by a former one nobody does."""
    return await ports.store.person(known.person) if known and not known.former else None


async def _person_at(ports: Ports, address: str) -> Person:
    """Whose address it is, which they have verified now; a new person, where it is nobody's."""
    now = ports.now()
    known = await ports.store.address(address)
    person = await _whose(ports, known)
    if person is None:
        person = await new_person(ports, address)
    elif known is not None and known.verified_at is None and person.state == "active":
        await ports.store.put_address(Address(address, person.id, now))
    return person


async def new_person(ports: Ports, address: str) -> Person:
    """Somebody who has shown that they read mail there. ConflictError("address_taken")."""
    now = ports.now()
    person = Person(ports.new_id(), address.partition("@")[0][:MAX_NAME], now)
    await ports.store.put_person(person, [Address(address, person.id, now)])
    return person


async def owner_of(ports: Ports, address: str) -> Person | None:
    """Who comes in by that address."""
    return await _whose(ports, await ports.store.address(address))


def _introduced(introduction: Introduction | None) -> tuple[str, str]:
    if introduction is None:
        raise InputError("introduction_missing", "Say who you are: you are the first here.", "name")
    return check_name(introduction.name), account_address(introduction.address)


def check_name(name: str) -> str:
    """A name without the space around it. InputError("name_malformed")."""
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise InputError("name_malformed", f"A name has 1 to {MAX_NAME} letters.", "name")
    return name


async def _found_operator(ports: Ports, name: str, address: str) -> Person:
    """The first operator, with the role of owner at every issuer there is. That they can read mail at that
    address, they show when they sign in by it."""
    now = ports.now()
    person = Person(ports.new_id(), name, now, operator=True)
    grants = [Grant(issuer.slug, "owner", person.id) for issuer in await ports.store.issuers()]
    leaves = [role_leaf(grant, now, ports.new_salt()) for grant in grants]
    leaves.append(operator_leaf(person, now, ports.new_salt()))
    try:
        await ports.store.found_operator(person, [Address(address, person.id, None)], grants, leaves)
    except ConflictError as error:
        if error.code != "operator_known":
            raise
        raise link_spent() from error
    return person


def link_spent() -> InputError:
    """What there is to say of a link that opens nothing, whatever the reason."""
    return InputError("link_spent", "This link was used before, or it is too old. Ask for another.", "code")


# --- who it is --------------------------------------------------------------------------------------------


async def who_has(ports: Ports, session: str) -> Principal | None:
    """Who the secret of a session stands for, while it is good."""
    found = await ports.store.session(hash_of(session)) if session else None
    now = ports.now()
    if found is None or found[0].expires_at <= now or found[1].state != "active":
        return None
    row, person = found
    if now - row.seen_at >= SEEN_EVERY:
        with suppress(UnavailableError):  # a full disk: what can be read is read all the same
            await ports.store.touch_session(row.hash, now)
    return Principal(
        person.id,
        row.method,
        person.name,
        row.hash,
        operator=person.operator,
        roles=await ports.store.roles_of(person.id),
        language=person.language,
        confirmed_at=row.confirmed_at,
    )


async def sign_out(ports: Ports, session: str) -> None:
    """End a session; nothing happens when there is none."""
    if session:
        await ports.store.end_session(hash_of(session))
