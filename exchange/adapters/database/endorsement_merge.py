"""Two accounts that are one person: keys, pseudonyms, and what they said and was said of them, are together."""

from __future__ import annotations

from exchange.adapters.database.effects import Statement, Work

MOVED = (
    ("profile", "person"),
    ("endorser_key", "person"),
    ("endorsement", "holder"),
    ("endorsement_request", "holder"),
    ("endorsement_request", "person"),
)
SELF = """
    UPDATE endorsement SET shown = 'hidden' WHERE endorser = holder AND endorser = ? AND shown <> 'hidden'"""
"""What one of them said of the other is nobody else's word any more. Its leaves are the flow's."""
ENDORSED = """
    UPDATE endorsement SET endorser = ? WHERE endorser = ? AND NOT (state = 'signed' AND EXISTS (
        SELECT 1 FROM endorsement o WHERE o.endorser = ? AND o.issuer = endorsement.issuer
            AND o.kind = endorsement.kind AND o.subject = endorsement.subject AND o.state = 'signed'))"""
BLOCKED = """
    UPDATE blocked_sender SET holder = ? WHERE holder = ? AND NOT EXISTS (
        SELECT 1 FROM blocked_sender o WHERE o.holder = ? AND o.address = blocked_sender.address)"""


def merge(source: str, target: str) -> Work[None]:
    """Of two that stand about the same thing, the one of `source` was ended before, by the flow."""
    for table, column in MOVED:
        yield Statement(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (target, source))  # noqa: S608
    yield Statement(ENDORSED, (target, source, target))
    yield Statement("DELETE FROM endorsement WHERE endorser = ? AND state = 'drafted'", (source,))
    yield Statement(SELF, (target,))
    yield Statement(BLOCKED, (target, source, target))
    yield Statement("DELETE FROM blocked_sender WHERE holder = ?", (source,))
