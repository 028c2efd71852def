"""Badges from elsewhere; a part of `tables.py`."""

from __future__ import annotations

from piccolo.columns import Boolean, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table


class ImportedBadge(Table):
    """A badge that somebody brought, and what looks at it came to: `outline` and `findings` are JSON of ours.
    Unique: (person, digest). `document` is what of it may go along, NULL until that was taken out. What is
    large stands last, so that it is read by who asks for it only."""

    id = Text(primary_key=True)
    person = Text()
    digest = Text()
    media_type = Text()
    size = Integer()
    source = Text()
    added_at = Timestamptz()
    outline = Text()
    recipient = Text()
    issuer_known = Boolean()
    state = Text()
    since = Timestamptz(null=True)
    findings = Text()
    stands = Boolean()
    checked_at = Timestamptz(null=True)
    tried_at = Timestamptz()
    trouble = Text()
    next_at = Timestamptz()
    has_picture = Boolean()
    picture = Bytea(null=True)
    content = Bytea()
    document = Bytea(null=True)
