"""What effects on people leave in the log: accounts by their opaque ids, so that no entry has a name.

A passkey is named by the digest of its id: the id itself is what a device shows to be known again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from exchange.flows.people.records import Grant, Member, Passkey, Person, Token
from exchange.flows.portfolios.records import Publication
from exchange.flows.records import EVERY, Leaf


def role_leaf(grant: Grant, at: datetime, salt: str, *, on: bool = True) -> Leaf:
    """A role granted, or (not `on`) withdrawn."""
    role = grant.role if on else None
    return _leaf("role", {"issuer": grant.issuer, "holder": grant.holder, "role": role}, at, salt)


def operator_leaf(person: Person, at: datetime, salt: str) -> Leaf:
    """Somebody made an operator, or no longer: a role at every issuer, so to speak."""
    role = "operator" if person.operator else None
    return _leaf("role", {"issuer": EVERY, "holder": f"account/{person.id}", "role": role}, at, salt)


def member_leaf(member: Member, at: datetime, salt: str, *, on: bool = True) -> Leaf:
    """Somebody in a team, which may hold roles; or (not `on`) no longer."""
    part = ("lead" if member.lead else "member") if on else None
    return _leaf(
        "member", {"team": member.team, "holder": f"account/{member.person}", "role": part}, at, salt
    )


def account_leaf(person: Person, at: datetime, salt: str) -> Leaf:
    """An account suspended or reinstated."""
    return _leaf("account", {"account": person.id, "state": person.state}, at, salt)


def profile_leaf(person: Person, reason: str, at: datetime, salt: str) -> Leaf:
    """A profile suspended, or not any more, and why. Erasing them takes the reason out (`suspension:ID`)."""
    state = "suspended" if person.halted else "active"
    return _leaf("profile", {"account": person.id, "state": state, "reason": reason}, at, salt)


def erase_leaf(account: str, at: datetime, salt: str) -> Leaf:
    """Somebody erased, with everything that was on record about them."""
    return _leaf("erase", {"account": account}, at, salt)


def merge_leaf(source: str, target: str, at: datetime, salt: str) -> Leaf:
    """Two accounts that are one from now on."""
    return _leaf("merge", {"account": source, "into": target}, at, salt)


def passkey_leaf(passkey: Passkey, at: datetime, salt: str, *, on: bool = True) -> Leaf:
    """A passkey that signs somebody in from now on, by its very key; or (not `on`) no more."""
    content = {
        "account": passkey.person,
        "passkey": sha256(passkey.id.encode()).hexdigest(),
        "sha256": sha256(passkey.public_key).hexdigest(),
        "state": "added" if on else "removed",
    }
    return _leaf("passkey", content, at, salt)


def token_leaf(token: Token, at: datetime, salt: str, *, on: bool = True) -> Leaf:
    """A token made for somebody: what it is good for, and the digest of its secret; or (not `on`) removed."""
    until = token.expires_at.astimezone(UTC).isoformat() if token.expires_at else None
    content = {
        **{"account": token.person, "token": token.id, "scopes": list(token.scopes), "until": until},
        **{"sha256": token.hash, "state": "added" if on else "removed"},
    }
    return _leaf("token", content, at, salt)


def publish_leaf(one: Publication, at: datetime, salt: str, *, on: bool = True) -> Leaf:
    """A portfolio that everybody sees from now on, and whether engines may list it; or (not `on`) nobody by
    its holder's handle any more. The log does not say what it is, nor where."""
    content = {
        **{"account": one.person, "portfolio": one.portfolio},
        **{"state": "public" if on else "private", "search": one.search and on},
    }
    return _leaf("publish", content, at, salt)


def about_people(kind: str, content: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Under which names such an entry is found; None for entries about something else."""
    if kind in ("role", "member"):
        place, holder = content.get("issuer" if kind == "role" else "team"), str(content.get("holder"))
        return f"{kind}:{place}/{holder}", holder.replace("/", ":", 1)
    if kind == "merge":
        return f"account:{content.get('into')}", f"account:{content.get('account')}"
    if kind == "profile":
        return f"suspension:{content.get('account')}", f"account:{content.get('account')}"
    if kind == "publish":
        return f"portfolio:{content.get('portfolio')}", f"account:{content.get('account')}"
    if kind in ("passkey", "token"):
        return f"{kind}:{content.get(kind)}", f"account:{content.get('account')}"
    return (f"account:{content.get('account')}",) if kind in ("account", "erase") else None


def _leaf(kind: str, content: Mapping[str, object], at: datetime, salt: str) -> Leaf:
    return Leaf(kind, at, dict(content), salt.encode(), about_people(kind, content) or ())
