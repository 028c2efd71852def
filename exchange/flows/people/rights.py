"""Rights: who may do what. One table and one question; every flow that acts for somebody asks it first.

A right is held at an issuer by a role, and each role may do what those before it may. To run the exchange is
no role at any issuer: an operator signs in no issuer's name before they gave themselves a role there, which
is in the log. The shell may do anything, since who has the machine can.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from exchange.errors import ForbiddenError
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.people.records import ROLES, Person, Principal, Role, Scope
from exchange.flows.ports import Ports

FRESH = timedelta(minutes=10)
"""How long after they proved that it is them somebody may change how they come in."""

Verb = Literal[
    "read",
    "award",
    "revoke",
    "suspend",
    "reinstate",
    "sync",
    "design",
    "endorse",
    "display",
    "keys",
    "stop",
    "grant",
    "webhooks",
    "reports",
    "issuers",
    "people",
    "teams",
    "acknowledge",
    "operate",
]


@dataclass(frozen=True, slots=True)
class Right:
    """What it takes: at least `role` at the issuer (None: of no issuer's) or, with `operator`, to be one;
    and of a token its `scope` (None: nothing a token may do)."""

    role: Role | None
    scope: Scope | None = None
    operator: bool = False


RIGHTS: dict[Verb, Right] = {
    "read": Right("viewer", "read", operator=True),  # whom a badge was awarded to
    "award": Right("issuer", "award"),
    "revoke": Right("issuer", "award"),
    "suspend": Right("issuer", "award"),
    "reinstate": Right("issuer", "award"),
    "sync": Right("editor"),
    "design": Right("editor", "design"),  # its achievements, and what the issuer says of itself
    "endorse": Right("editor", "award"),  # others and what they award, in its name; and to take that back
    "display": Right("owner", "design"),  # whether what others say of it is shown with it
    "keys": Right("owner"),
    "stop": Right("owner", operator=True),
    "grant": Right("owner", "people", operator=True),
    "webhooks": Right("owner", "people"),  # whose programs are told of its people
    "reports": Right("owner", "people"),  # what readers say is wrong with endorsements of its badges
    "issuers": Right(None, operator=True),  # to begin one
    "people": Right(None, "people", operator=True),
    "teams": Right(None, "people", operator=True),
    "acknowledge": Right(None, operator=True),
    "operate": Right(None, operator=True),  # settings, health, and mail that was given up
}


_NOT_AT_THE_EXCHANGE = (
    *("read", "award", "revoke", "suspend", "reinstate", "sync", "design", "endorse", "display", "webhooks"),
    "reports",
)
"""The issuer that the exchange itself is awards nothing: what it vouches for is people's own, to be seen and
ended by them."""


def may(who: Principal, verb: Verb, issuer: str = "") -> bool:
    """Whether `who` may do it, at that issuer where it is done at one."""
    right = RIGHTS[verb]
    if issuer == EXCHANGE and verb in _NOT_AT_THE_EXCHANGE:
        return False
    if who.method == "shell":
        return True
    if who.scopes is not None and right.scope not in who.scopes:
        return False
    role = who.roles.get(issuer)
    holds = role is not None and right.role is not None and ROLES.index(role) >= ROLES.index(right.role)
    return holds or (right.operator and who.operator)


def check(ports: Ports, verb: Verb, issuer: str = "") -> None:
    """ForbiddenError("not_permitted") unless who acts may do it."""
    if may(ports.who, verb, issuer):
        return
    raise ForbiddenError("not_permitted", _what_it_takes(ports.who, RIGHTS[verb], issuer))


def _what_it_takes(who: Principal, right: Right, issuer: str) -> str:
    if who.scopes is not None and right.scope not in who.scopes:
        if right.scope is None:
            return "No token may do that: do it yourself, signed in with a browser."
        return f"This token may not do that: it takes one with the scope {right.scope}."
    if right.role is None:
        return "You may not do that: it takes somebody who runs this exchange."
    role, place = _ROLES[right.role], issuer or "its issuer"
    if right.operator:
        return f"You may not do that: it takes {role} at {place}, or somebody who runs this exchange."
    return f"You may not do that: it takes {role} at {place}."


_ROLES: dict[Role, str] = {
    "viewer": "the role viewer",
    "issuer": "the role issuer",
    "editor": "the role editor",
    "owner": "the role owner",
}


def is_self(ports: Ports, person: str) -> bool:
    """Whether who acts is that person, in a browser of theirs: a token cannot change its own account."""
    return ports.who.person == person != "" and ports.who.scopes is None


def check_self(ports: Ports, person: str) -> None:
    """Unless it is their own account, it takes the right to `people`."""
    if not is_self(ports, person):
        check(ports, "people")


def check_person(ports: Ports) -> None:
    """ForbiddenError("not_permitted") unless it is a person who acts, themselves."""
    if not ports.who.person or ports.who.scopes is not None:
        raise ForbiddenError("not_permitted", "Only you yourself may do that, signed in with a browser.")


def check_not_suspended(person: Person) -> None:
    """ForbiddenError("profile_suspended") for who may not speak for others just now."""
    if person.is_suspended:
        why = f" The reason given: {person.halted}" if person.halted else ""
        raise ForbiddenError(
            "profile_suspended",
            f"Your profile is suspended: until that ends, you cannot ask, endorse or vouch.{why}",
        )


async def check_speaks(ports: Ports) -> None:
    """`check_person`, and that they are not suspended: who asks, endorses or vouches."""
    check_person(ports)
    person = await ports.store.person(ports.who.person)
    if person is not None:
        check_not_suspended(person)


def check_confirmed(ports: Ports) -> None:
    """ForbiddenError("confirmation_needed") unless who acts proved within ten minutes that it is them, with a
    passkey if they have any: by signing in once more. The shell has nothing to prove."""
    at = ports.who.confirmed_at
    if ports.who.method != "shell" and (at is None or ports.now() - at > FRESH):
        raise ForbiddenError(
            "confirmation_needed",
            "Confirm that it is you: sign in once more, with a passkey if you have one. Then do it again.",
        )
