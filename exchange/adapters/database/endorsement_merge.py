"""Two accounts that are one person: keys, pseudonyms, what they said and was said of them, and what they made
of it to show, together."""

from __future__ import annotations

from exchange.adapters.database.effects import Statement, Work

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


def merge(source: str, target: str) -> Work[None]:
    """Of two that stand about the same thing, the flow has ended one before."""
    yield Statement("DELETE FROM endorsement WHERE endorser = ? AND state = 'drafted'", (source,))
    yield Statement("DELETE FROM vouch WHERE giver = ? AND state = 'drafted'", (source,))
    yield Statement("DELETE FROM vouch_turn WHERE person = ?", (source,))
    for table, column in MOVED:
        yield Statement(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (target, source))  # noqa: S608
    yield Statement(REPORTED, (target, target, source))
    yield Statement(BLOCKED, (target, source, target))
    yield Statement("DELETE FROM blocked_sender WHERE holder = ?", (source,))
