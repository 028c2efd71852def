"""The tables of endorsements, of who signs them, and of who was asked for one; as in `tables.py`."""

from __future__ import annotations

from piccolo.columns import Boolean, Bytea, Integer, Serial, Text, Timestamptz
from piccolo.table import Table


class Profile(Table):
    """A pseudonym of a person in signed documents; after two accounts became one, that one has both."""

    id = Text(primary_key=True)
    person = Text()
    made_at = Timestamptz()


class EndorserKey(Table):
    """A key that a person endorses with. `uri` says where the exchange keeps it, `""` for one that only their
    browser has; `credential` is the key of the badge row that says whose it is."""

    did = Text(primary_key=True)
    person = Text()
    custody = Text()
    uri = Text()
    label = Text()
    credential = Text()
    created_at = Timestamptz()
    retired_at = Timestamptz(null=True)
    retired_from = Timestamptz(null=True)


class Endorsement(Table):
    """What somebody says of a badge, achievement, issuer or profile; once it is signed, a row of `badge` with
    the same id has its bytes. Unique: (endorser, issuer, kind, subject) among those that stand."""

    id = Text(primary_key=True)
    endorser = Text()
    issuer = Text()
    holder = Text()
    kind = Text()
    subject = Text()
    request = Text()
    did = Text()
    custody = Text()
    state = Text()
    shown = Text()
    supersedes = Text()
    unsigned = Bytea()
    list_id = Text()
    list_index = Integer()
    drafted_at = Timestamptz()
    signed_at = Timestamptz(null=True)
    ended_at = Timestamptz(null=True)
    settled_at = Timestamptz(null=True)
    barred = Text()
    unasked = Boolean()


class EndorsementRequest(Table):
    """Somebody who was asked for an endorsement, by address; `person` is their account, if it was named.
    `skills` is JSON."""

    id = Text(primary_key=True)
    holder = Text()
    kind = Text()
    subject = Text()
    skills = Text()
    note = Text()
    address = Text()
    person = Text()
    state = Text()
    asked_at = Timestamptz()
    expires_at = Timestamptz()
    remind_at = Timestamptz(null=True)
    reminded = Integer()
    ended_at = Timestamptz(null=True)
    reply = Text()


class EndorsementFact(Table):
    """What the signed document of an endorsement says, so that summaries need not read it again. `skills` is
    JSON; an empty text stands for nothing said."""

    id = Text(primary_key=True)
    document = Text()
    subject = Text()
    holder = Text()
    endorser = Text()
    did = Text()
    custody = Text()
    relationship = Text()
    endorser_team = Text()
    holder_team = Text()
    skills = Text()
    supersedes = Text()
    at = Timestamptz()


class EndorsedSkill(Table):
    """Each skill of such a document, found by who is said to have it. Unique: all but the id."""

    id: Serial
    holder = Text()
    skill = Text()
    at = Timestamptz()
    document = Text()
    endorser = Text()
    endorsement = Text()


class Vouch(Table):
    """A badge that somebody gives in their own name; once it is signed, a row of `badge` with the same id has
    its bytes. It takes a place of its giver's budget while it is signed, its bit is not set, and `until` is
    to come."""

    id = Text(primary_key=True)
    giver = Text()
    holder = Text()
    kind = Text()
    issuer = Text()
    achievement = Text()
    version = Integer()
    family = Text()
    relationship = Text()
    did = Text()
    custody = Text()
    state = Text()
    supersedes = Text()
    unsigned = Bytea()
    list_id = Text()
    list_index = Integer()
    drafted_at = Timestamptz()
    until = Timestamptz()
    signed_at = Timestamptz(null=True)
    ended_at = Timestamptz(null=True)
    shown = Text()
    unasked = Boolean()


class VouchTurn(Table):
    """Whoever gives, or gets, a vouch counts this up first: so they wait for each other."""

    person = Text(primary_key=True)
    turns = Integer()


class BlockedSender(Table):
    """Whose asking does not reach that address any more. Unique: (address, holder)."""

    id: Serial
    address = Text()
    holder = Text()
    at = Timestamptz()


class EndorsementReport(Table):
    """Something is wrong with it, says a reader. Unique: (subject, reporter) where there is one."""

    id = Text(primary_key=True)
    kind = Text()
    subject = Text()
    issuer = Text()
    reporter = Text()
    reason = Text()
    note = Text()
    state = Text()
    at = Timestamptz()
    settled_at = Timestamptz(null=True)
    settled_by = Text()
    answer = Text()
    hides = Text()
