"""Whether a peer's key may say anything just now, and what says of it that it may not.

Who signs with a key, or gets a credential for it, first writes the key's row and its person's as they are. So
whoever retires the key or suspends the person at the same moment comes before, and is seen; or after, and
sees what was signed.
"""

from __future__ import annotations

from exchange.adapters.database.effects import Statement, Work
from exchange.errors import ConflictError, ForbiddenError, UnavailableError

ITS_KEY = "UPDATE endorser_key SET label = label WHERE did = ? RETURNING retired_at, person"
"""Nobody retires it until this is over: who does so next sees what was signed with it."""
ITS_PERSON = "UPDATE person SET state = state WHERE id = ? RETURNING state, halted"
CREDENTIALS = """
    SELECT id FROM badge
    WHERE lower(recipient) = lower(?) AND issuer = 'exchange' AND achievement = 'key' ORDER BY id"""
UNLIKE = """
    SELECT s.badge FROM endorser_key k
    JOIN badge b ON lower(b.recipient) = lower(k.did) AND b.issuer = 'exchange' AND b.achievement = 'key'
    JOIN status_slot s ON s.badge = b.id AND s.purpose = 'suspension'
    WHERE k.person = ? AND s.is_set <> ? LIMIT 1"""


def check_key(did: str) -> Work[None]:
    """UnavailableError("key_retired") for one that signs no more; ForbiddenError("profile_suspended") for
    that of who is suspended."""
    for retired_at, person in (yield Statement(ITS_KEY, (did,))):
        if retired_at is not None:
            raise UnavailableError("key_retired", "The key that signed this was retired just now.")
        for state, halted in (yield Statement(ITS_PERSON, (person,))):
            if state == "suspended" or halted:
                raise ForbiddenError("profile_suspended", "Who signed this was suspended just now.")


def check_halted(person: str, halted: bool) -> Work[None]:
    """ConflictError("conflict") while a credential of one of their keys says otherwise of them."""
    if (yield Statement(UNLIKE, (person, halted))):
        raise ConflictError("conflict", "A key of theirs has just got a credential. Begin again.")
