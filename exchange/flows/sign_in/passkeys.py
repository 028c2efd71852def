"""Passkeys: sign in with one; see, add and remove one's own.

A challenge is spent by its first answer, in the browser that asked for it. Adding and removing take somebody
who has just proved that it is them, and removing one signs out everywhere else: who lost a device, or found
a passkey they did not make, is rid of whoever came in by it. Both are in the log, and their person is told.

An account that has passkeys becomes part of no other (`people.verify_address`): who merges has only read a
mail to it, which is less than it asks of its own person. They go the other way round, and take the account
that has none into the one that has. Should a passkey come with an account all the same, since it was added at
that very moment, it signs in to what became of it, though its device goes on telling the user handle of the
account that is gone (WebAuthn §5.4.3): a passkey keeps the handle it was made with.
"""

from __future__ import annotations

from typing import Any

from exchange.errors import ConflictError, InputError, NotFoundError
from exchange.flows.instance.standing import check_writable
from exchange.flows.mail.post import notices
from exchange.flows.people.logged import passkey_leaf
from exchange.flows.people.people import find
from exchange.flows.people.records import Browser, Passkey
from exchange.flows.people.rights import check_confirmed, check_person
from exchange.flows.ports import Ports
from exchange.flows.sign_in import ceremonies
from exchange.flows.sign_in.ceremonies import derived
from exchange.flows.sign_in.sign_in import Opened, check_name, open_session

MOST = 20
CHALLENGE = "challenge"


async def begin_sign_in(ports: Ports, browser: Browser) -> tuple[str, dict[str, Any]]:
    """What the browser has to keep, and the options of `navigator.credentials.get`. TooManyError."""
    secret = await ceremonies.begin(ports, "passkey", browser.network)
    return secret, ports.passkeys.begin_sign_in(derived(secret, CHALLENGE))


async def sign_in(ports: Ports, secret: str, answer: object, browser: Browser) -> Opened:
    """Open a session by a passkey's answer.

    InputError: "ceremony_over", "passkey_malformed", "passkey_unknown", "passkey_refused".
    ConflictError("passkey_counter"), ForbiddenError("account_suspended").
    """
    await ceremonies.end(ports, "passkey", secret)
    known = await ports.store.passkey(ports.passkeys.peek_passkey(answer))
    person = await ports.store.person(known.person) if known else None
    if known is None or person is None:
        raise InputError(
            "passkey_unknown",
            "This passkey is not known here; it may have been removed. Use another way.",
        )
    use = ports.passkeys.finish_sign_in(derived(secret, CHALLENGE), answer, known)
    if not await ports.store.use_passkey(known.id, use.counter, ports.now()):
        raise ConflictError("passkey_counter", "This passkey was used elsewhere just now. Begin again.")
    return await open_session(ports, person, "passkey", browser)


async def passkeys(ports: Ports) -> list[Passkey]:
    """One's own, the oldest first. ForbiddenError."""
    check_person(ports)
    return await ports.store.passkeys(ports.who.person)


async def begin_registration(ports: Ports, network: str) -> tuple[str, dict[str, Any]]:
    """What the browser has to keep, and the options of `navigator.credentials.create`.

    ConflictError("passkeys_too_many"), ForbiddenError: "not_permitted", "confirmation_needed". TooManyError.
    """
    known = await passkeys(ports)
    check_confirmed(ports)
    if len(known) >= MOST:
        raise ConflictError("passkeys_too_many", f"{MOST} passkeys are enough. Remove one before.")
    who = ports.who
    secret = await ceremonies.begin(ports, "new_passkey", network, who.person)
    ids = [one.id for one in known]
    return secret, ports.passkeys.begin_registration(derived(secret, CHALLENGE), who.person, who.name, ids)


async def register(ports: Ports, secret: str, answer: object, name: str) -> Passkey:
    """Keep the passkey that was made, under a name that its person knows it by.

    InputError: "name_malformed", "ceremony_over", "passkey_malformed", "passkey_refused", "weak_key".
    ConflictError("passkey_taken"), ForbiddenError as `begin_registration`, UnavailableError("read_only").
    """
    check_person(ports)
    check_confirmed(ports)
    await check_writable(ports)
    name = check_name(name)
    await ceremonies.end(ports, "new_passkey", secret, ports.who.person)
    new = ports.passkeys.finish_registration(derived(secret, CHALLENGE), answer)
    person, now = await find(ports, ports.who.person), ports.now()
    made = Passkey(*(new.id, person.id, new.public_key, new.counter, name, new.transports, now, person.id))
    leaf = passkey_leaf(made, now, ports.new_salt())
    await ports.store.put_passkey(made, leaf, await notices(ports, person, "passkey-added", name))
    ports.bell.ring()
    return made


async def remove(ports: Ports, id: str) -> None:
    """Take one's own away; every other session of theirs ends. NotFoundError("unknown_passkey"),
    ForbiddenError as `begin_registration`, UnavailableError("read_only")."""
    check_person(ports)
    check_confirmed(ports)
    await check_writable(ports)
    person, known = await find(ports, ports.who.person), await ports.store.passkey(id)
    if known is None or known.person != person.id:
        raise unknown_passkey()
    leaf = passkey_leaf(known, ports.now(), ports.new_salt(), on=False)
    told = await notices(ports, person, "passkey-removed", known.name)
    if not await ports.store.remove_passkey(person.id, id, ports.who.session, leaf, told):
        raise unknown_passkey()
    ports.bell.ring()


def unknown_passkey() -> NotFoundError:
    """What there is to say of one that is not there, or not theirs."""
    return NotFoundError("unknown_passkey", "There is no such passkey of yours any more.")
