"""The last ones: an issuer that has an owner keeps one, and so does an exchange its operator.

Asked in the very transaction that takes one away, after it has appended its leaf. Whoever appends waits until
those before have committed (`log_writes`), and on PostgreSQL each statement sees what was committed before
it. So of any number that take owners away at once, each sees what the others left, and the last is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.adapters.database.effects import Statement, Work
from exchange.errors import ConflictError

OWNED_BY_TEAM = "SELECT issuer FROM role WHERE team = ? AND role = 'owner' ORDER BY issuer"
AN_OWNER = """
    SELECT 1 FROM role r LEFT JOIN member m ON m.team = r.team
    JOIN person p ON p.id = coalesce(r.person, m.person)
    WHERE r.issuer = ? AND r.role = 'owner' AND p.state = 'active' LIMIT 1"""
IS_OPERATOR = "SELECT 1 FROM person WHERE id = ? AND operator AND state = 'active'"
AN_OPERATOR = "SELECT 1 FROM person WHERE operator AND state = 'active' LIMIT 1"


def owned_by_team(team: str) -> Work[list[str]]:
    """The issuers that a team is an owner of, as far as anybody is one."""
    rows = yield Statement(OWNED_BY_TEAM, (team,))
    return (yield from owned([row[0] for row in rows]))


def owned(issuers: Sequence[str]) -> Work[list[str]]:
    """Those of them that have an owner who is let in: what is to stay so."""
    found = []
    for issuer in issuers:
        if (yield Statement(AN_OWNER, (issuer,))):
            found.append(issuer)
    return found


def check_owned(issuers: Sequence[str]) -> Work[None]:
    """ConflictError("last_owner") if one of them has no owner who is let in any more."""
    for issuer in issuers:
        if not (yield Statement(AN_OWNER, (issuer,))):
            raise ConflictError(
                "last_owner", f"That is the last owner of {issuer}. Make somebody else an owner before."
            )


def operates(person: str) -> Work[bool]:
    """Whether they run this exchange, and are let in."""
    return bool((yield Statement(IS_OPERATOR, (person,))))


def check_operated() -> Work[None]:
    """ConflictError("last_operator") if nobody who is let in runs this exchange."""
    if not (yield Statement(AN_OPERATOR)):
        raise ConflictError(
            "last_operator", "Nobody else runs this exchange. Make somebody else an operator before."
        )
