"""Sign in with the company's OpenID provider: who it says somebody is, here.

1. A provider and its subject are who it is, for good. Whoever they were to us before, they are again.
2. Else an address that the provider has verified counts as a mail that was read there. An account that
   somebody else at the provider came in by is theirs: companies give addresses to new people.
3. Else they get an account, whatever EXCHANGE_SIGN_UP says: the operator named the provider, and who may use
   this exchange is decided there. An account alone lets nobody do anything.
4. What their groups give is followed at each sign-in (`group_rights`), before the session opens.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.core.address import account_address
from exchange.core.sign_in.claims import Claims
from exchange.core.sign_in.oidc import read_callback
from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from exchange.flows.people.group_rights import follow_groups
from exchange.flows.people.records import Address, Browser, Identity, Person
from exchange.flows.ports import Ports
from exchange.flows.sign_in import ceremonies
from exchange.flows.sign_in.ceremonies import derived
from exchange.flows.sign_in.ports import IdentityProvider
from exchange.flows.sign_in.sign_in import MAX_NAME, Opened, check_active, open_session

CALLBACK = "/sign-in/callback"
"""Where the provider sends browsers back to: the redirect address to be registered there."""


async def begin(ports: Ports, browser: Browser) -> tuple[str, str]:
    """What the browser has to keep, and where it is to go.

    NotFoundError("no_provider"), TooManyError; UnavailableError: provider_unreachable, provider_malformed.
    """
    provider = _provider(ports)
    secret = await ceremonies.begin(ports, "oidc", browser.network)
    place = await provider.begin(*_secrets(provider, secret), f"{ports.base_url}{CALLBACK}")
    return secret, place


async def finish(ports: Ports, secret: str, query: Sequence[tuple[str, str]], browser: Browser) -> Opened:
    """Open a session by what the provider sent the browser back with, and what that kept.

    InputError: those of `read_callback` and `IdentityProvider.finish`, "ceremony_over". ForbiddenError:
    "account_suspended", "address_of_another_identity". ConflictError("identity_taken") for two first
    sign-ins at once. UnavailableError: those of the provider; read_only where rights would change.
    """
    provider = _provider(ports)
    state, nonce, verifier = _secrets(provider, secret)
    callback = read_callback(query, state)
    await ceremonies.end(ports, "oidc", secret)  # before the code goes anywhere: each is tried once
    claims = await provider.finish(
        callback.code, nonce, verifier, f"{ports.base_url}{CALLBACK}", callback.iss
    )
    person = check_active(await _person(ports, claims))
    return await open_session(ports, await follow_groups(ports, person, claims.groups), "oidc", browser)


def _provider(ports: Ports) -> IdentityProvider:
    if ports.identity_provider is None:
        raise NotFoundError("no_provider", "Nobody signs in here by a company's directory.")
    return ports.identity_provider


def _secrets(provider: IdentityProvider, secret: str) -> tuple[str, str, str]:
    """State, nonce and verifier. They are of this provider: what another's browser brings back fits none."""
    state, nonce, verifier = (
        derived(secret, f"{what} {provider.issuer}") for what in ("state", "nonce", "verifier")
    )
    return state, nonce, verifier


async def _person(ports: Ports, claims: Claims) -> Person:
    """Whom the provider means; a new person, where we know nobody. Suspended ones too."""
    known = await ports.store.identity(claims.issuer, claims.subject)
    person = await ports.store.person(known.person) if known else None
    if person is not None:
        return person
    address = _verified(claims)
    found = await ports.store.address(address) if address else None
    if found is None or found.former:
        return await _new_person(ports, claims, address)
    person = await ports.store.person(found.person)
    if person is None:
        raise ConflictError("conflict", "This account has just changed. Begin again.")
    check_active(person)
    if any(one.provider == claims.issuer for one in await ports.store.identities(person.id)):
        raise ForbiddenError(
            "address_of_another_identity",
            "Your address is that of an account here which somebody else at the provider signs in to. "
            "Ask who runs this exchange.",
        )
    await ports.store.put_identity(_identity(claims, person, ports))
    if found.verified_at is None:
        await ports.store.put_address(Address(found.address, person.id, ports.now()))
    return person


async def _new_person(ports: Ports, claims: Claims, address: str) -> Person:
    now = ports.now()
    name = claims.name or address.partition("@")[0] or claims.subject
    person = Person(ports.new_id(), name[:MAX_NAME], now)
    addresses = [Address(address, person.id, now)] if address else []
    await ports.store.put_person(person, addresses, [_identity(claims, person, ports)])
    return person


def _identity(claims: Claims, person: Person, ports: Ports) -> Identity:
    return Identity(claims.issuer, claims.subject, person.id, ports.now())


def _verified(claims: Claims) -> str:
    """The address that the provider has seen to be theirs; `""` without one that we could mail to."""
    if not claims.email or not claims.email_verified:
        return ""
    try:
        return account_address(claims.email)
    except InputError:
        return ""
