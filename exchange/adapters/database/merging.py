"""What two accounts have, moved to the one that stays: roles, teams, and what they come in and sign with.

Each statement that takes or moves rows tells which, and that is what is compared with what was seen before:
so nothing is moved that nobody looked at. A row that is put for either at this very moment, and that no
statement here sees yet, is refused by an index or by the account that is gone, and so is one of the two.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.adapters.database.effects import Many, Statement, Work
from exchange.errors import ConflictError
from exchange.flows.people.records import Grant, Seen

ROLES = "DELETE FROM role WHERE person IN (?, ?) RETURNING issuer, person, role"
PUT_ROLE = "INSERT INTO role (issuer, person, role) VALUES (?, ?, ?)"
MEMBERS = "DELETE FROM member WHERE person IN (?, ?) RETURNING team, person, lead"
PUT_MEMBER = "INSERT INTO member (team, person, lead) VALUES (?, ?, ?)"
TOKENS = "DELETE FROM token WHERE person = ? RETURNING id"
PASSKEYS = "UPDATE passkey SET person = ? WHERE person = ? RETURNING id"
KEYS = "UPDATE endorser_key SET person = ? WHERE person = ? RETURNING did"
# Read again, for what an UPDATE returns has no types on SQLite.
MOVED_KEYS = "SELECT did, credential, retired_at, retired_from FROM endorser_key WHERE person = ?"


def move(source: str, target: str, grants: Sequence[Grant], seen: Seen | None) -> Work[None]:
    """`grants` are the roles of who stays. ConflictError("conflict") unless all is as it was `seen`."""
    both = (source, target)
    roles = yield Statement(ROLES, both)
    members = yield Statement(MEMBERS, both)
    tokens = yield Statement(TOKENS, (source,))
    passkeys = yield Statement(PASSKEYS, (target, source))
    moved = {did for (did,) in (yield Statement(KEYS, (target, source)))}
    keys = yield Statement(MOVED_KEYS, (target,))
    found = {
        *(("role", *row) for row in roles),
        *(("member", team, person, bool(lead)) for team, person, lead in members),
        *(("token", *row) for row in tokens),
        *(("passkey", *row) for row in passkeys),
        *(("key", *row) for row in keys if row[0] in moved),
    }
    if seen is not None and found != seen.facts():
        raise ConflictError("conflict", "One of the accounts has just changed. Begin again.")
    joined: dict[str, bool] = {}
    for team, _, lead in members:  # a lead of either stays one
        joined[team] = bool(lead) or joined.get(team, False)
    yield Many(PUT_MEMBER, [(team, target, lead) for team, lead in sorted(joined.items())])
    yield Many(PUT_ROLE, [(grant.issuer, target, grant.role) for grant in grants])
