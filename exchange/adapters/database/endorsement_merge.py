"""Two accounts that are one person: keys, pseudonyms, what they said and was said of them, and what they made
of it to show, together."""

from __future__ import annotations

from exchange.adapters.database import peers, vouches
from exchange.adapters.database.effects import Statement, Work
from exchange.errors import ConflictError
from exchange.flows.endorsements.records import Joining
from exchange.flows.records import Leaf

MOVED = (
    ("profile", "person"),
    ("endorsement", "holder"),
    ("endorsement", "endorser"),
    ("endorsement_request", "holder"),
    ("endorsement_request", "person"),
    ("vouch", "holder"),
    ("vouch", "giver"),
    ("portfolio", "person"),
)
BLOCKED = """
    UPDATE blocked_sender SET holder = ? WHERE holder = ? AND NOT EXISTS (
        SELECT 1 FROM blocked_sender o WHERE o.holder = ? AND o.address = blocked_sender.address)"""

TAKE_BACK = """
    UPDATE endorsement_request SET state = 'taken_back', ended_at = ?, remind_at = NULL
    WHERE id = ? AND state = 'asked' RETURNING id"""
ASKED_THEMSELVES = """
    SELECT id FROM endorsement_request WHERE state = 'asked' AND holder = ? AND (person = ? OR address IN (
        SELECT address FROM address WHERE person = ? AND verified_at IS NOT NULL AND NOT former)) LIMIT 1"""
REPORTED = """
    UPDATE endorsement_report SET reporter = CASE WHEN EXISTS (
        SELECT 1 FROM endorsement_report o WHERE o.reporter = ? AND o.subject = endorsement_report.subject
    ) THEN '' ELSE ? END WHERE reporter = ?"""


THEMSELVES = "SELECT id FROM endorsement WHERE endorser = ? AND holder = ? AND state = 'signed' LIMIT 1"


def merge(source: str, target: str, joining: Joining | None) -> Work[list[Leaf]]:
    """The leaves of what does not stand any more. Both people's rows are locked before this: what either
    signed at the same moment is seen here, or waits and sees what became of them."""
    leaves = []
    for one in sorted(joining.endings if joining else (), key=lambda one: one.change.badge):
        leaves += yield from peers.end(one, "withdrawn")
    for request, leaf in joining.taken_back if joining else ():
        if (yield Statement(TAKE_BACK, (leaf.at, request.id))):
            leaves.append(leaf)
    yield Statement("DELETE FROM endorsement WHERE endorser = ? AND state = 'drafted'", (source,))
    yield Statement("DELETE FROM vouch WHERE giver = ? AND state = 'drafted'", (source,))
    yield Statement("DELETE FROM vouch_turn WHERE person = ?", (source,))
    for table, column in MOVED:
        yield Statement(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (target, source))  # noqa: S608
    yield Statement(REPORTED, (target, target, source))
    yield Statement(BLOCKED, (target, source, target))
    yield Statement("DELETE FROM blocked_sender WHERE holder = ?", (source,))
    if joining is not None:
        yield from _check_one(target, joining)
    return leaves


def _check_one(person: str, joining: Joining) -> Work[None]:
    """That nobody endorses the same thing twice, an index sees to."""
    rows = [*(yield Statement(vouches.BY, (person,))), *(yield Statement(vouches.FOR, (person,)))]
    given = {one.id: one for one in (vouches.vouch_of(row).given() for row in rows)}
    said = yield Statement(THEMSELVES, (person, person))
    asked = yield Statement(ASKED_THEMSELVES, (person, person, person))
    if said or asked or not joining.is_one(list(given.values())):
        raise ConflictError("conflict", "One of the accounts has signed something just now. Begin again.")
