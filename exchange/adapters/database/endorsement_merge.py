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
    ("endorser_key", "person"),
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
    given = yield Statement(vouches.BY, (person,))
    said = yield Statement(THEMSELVES, (person, person))
    if said or not joining.is_one([vouches.vouch_of(row).given() for row in given]):
        raise ConflictError("conflict", "One of the accounts has signed something just now. Begin again.")
