"""The tables of orders, claim codes, changes of many badges and webhooks; as in `tables.py`."""

from __future__ import annotations

from piccolo.columns import Boolean, Bytea, Integer, Serial, Text, Timestamptz
from piccolo.table import Table


class ChangeJob(Table):
    """The same change of many badges, begun by somebody; its `reason` goes when it has ended."""

    id = Text(primary_key=True)
    issuer = Text()
    act = Text()
    reason = Text()
    mail = Boolean()
    total = Integer()
    done = Integer()
    passed = Integer()
    begun_at = Timestamptz()
    ended_at = Timestamptz(null=True)


class ChangeChunk(Table):
    """Some badges of a job, their ids with a space between; `""` once they were changed."""

    id: Serial
    job = Text()
    badges = Text()
    done_at = Timestamptz(null=True)


class Batch(Table):
    """An award to many. `lease` and `due_at` as in `Outbox`, while it runs."""

    id = Text(primary_key=True)
    issuer = Text()
    achievement = Text()
    version = Integer()
    proof = Text()
    mail = Boolean()
    made_by = Text()
    state = Text()
    digest = Text()
    reason = Text()
    created_at = Timestamptz()
    changed_at = Timestamptz()
    lease = Text()
    due_at = Timestamptz()


class BatchRow(Table):
    """Unique: (batch, number). `given` is JSON: to, evidence, narrative, valid until; `faults` too. `ordered`
    is issuer/achievement while it is to be carried out, and unique with the recipient."""

    id: Serial
    batch = Text()
    number = Integer()
    given = Text()
    recipient = Text()
    state = Text()
    faults = Text()
    badge = Text(null=True)
    ordered = Text(null=True)


class Held(Table):
    """An award that waits for a second person. `given` is JSON."""

    id = Text(primary_key=True)
    issuer = Text()
    achievement = Text()
    recipient = Text()
    given = Text()
    asked_by = Text()
    asked_at = Timestamptz()
    state = Text()
    decided_by = Text(null=True)
    decided_at = Timestamptz(null=True)
    reason = Text()
    badge = Text(null=True)


class Code(Table):
    """A way to a badge for people whose address is unknown. Unique: word."""

    id = Text(primary_key=True)
    issuer = Text()
    achievement = Text()
    title = Text()
    word = Text(null=True)
    quota = Integer()
    taken = Integer()
    approval = Boolean()
    expires_at = Timestamptz()
    created_at = Timestamptz()
    closed_at = Timestamptz(null=True)


class SingleCode(Table):
    """Codes for one person each: only the SHA-256 of what they have is here."""

    hash = Text(primary_key=True)
    code = Text()
    used_at = Timestamptz(null=True)


class CodeUse(Table):
    """Who has a place, by the opaque id of their account. Unique: (code, person)."""

    id = Text(primary_key=True)
    code = Text()
    person = Text()
    state = Text()
    at = Timestamptz()
    badge = Text(null=True)


class Webhook(Table):
    """An address that an issuer wants to be told at; its secret is sealed, `events` have a space between."""

    id = Text(primary_key=True)
    issuer = Text()
    url = Text()
    events = Text()
    secret = Bytea()
    created_at = Timestamptz()
