"""The tables of portfolios; as in `tables.py`."""

from __future__ import annotations

from piccolo.columns import Boolean, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table


class Portfolio(Table):
    """What somebody chose to show; `said` is its value as JSON."""

    id = Text(primary_key=True)
    person = Text()
    said = Text()
    revision = Integer()
    made_at = Timestamptz()
    changed_at = Timestamptz()


class PortfolioLink(Table):
    """Who may see it, by the hash of a secret. `items` is JSON, NULL for all of it, and so are `origins`, the
    sites that may frame it, NULL for any. Goes with its portfolio."""

    id = Text(primary_key=True)
    portfolio = Text()
    label = Text()
    hash = Text(unique=True)
    items = Text(null=True)
    receipt = Boolean()
    made_at = Timestamptz()
    expires_at = Timestamptz(null=True)
    off_at = Timestamptz(null=True)
    opened = Integer()
    opened_at = Timestamptz(null=True)
    origins = Text(null=True)


class PortfolioCopy(Table):
    """What was signed of what a link shows: at most one of each kind for a link, with which it goes, and one
    that is about to take its place. `holds` are the ids of all the badges, endorsements and badges from
    elsewhere in it, and of the key of the exchange's that signed it, with spaces between. `signed` is NULL
    until it is."""

    id = Text(primary_key=True)
    link = Text()
    kind = Text()
    shown = Text()
    holds = Text()
    made_at = Timestamptz()
    until = Timestamptz()
    unsigned = Bytea()
    signed = Bytea(null=True)


class Publication(Table):
    """A portfolio that everybody sees, at the handle of its holder. `origins` is JSON, NULL for any site.
    Goes with its portfolio."""

    portfolio = Text(primary_key=True)
    person = Text()
    slug = Text()
    search = Boolean()
    origins = Text(null=True)
    published_at = Timestamptz()
