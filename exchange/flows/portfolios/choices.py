"""Choices: what somebody may put into a portfolio, with the evidence of each.

Their own badges that they accepted, the vouches that they got, and what they show of the endorsements of
either their badges or themselves. What they hide from everybody is none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.core.plain_text import as_named, one_line, safe_link
from exchange.core.portfolio.portfolio import Item, Kind
from exchange.core.portfolio.shown import Evidence
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError
from exchange.flows.endorsements.listed import line_of
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.imported.records import Imported
from exchange.flows.people.people import badges_of
from exchange.flows.portfolios.mine import check_theirs
from exchange.flows.ports import Ports
from exchange.flows.records import Badge, Signed

MINE = ("accepted", "")
"""What is said of a badge that its holder has; who was awarded one by a key is not asked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to put in. `by` is who issued, endorsed or vouched; `about` the key of the badge that an
    endorsement is of, `at` when it was signed. `evidence` is what may be shown with it, by its id."""

    kind: Kind
    id: str
    name: str
    by: str
    at: datetime
    about: str = ""
    evidence: tuple[tuple[str, Evidence], ...] = ()

    def item(self, key: str) -> Item:
        """The same as an item, with nothing of its evidence."""
        return Item(key=key, kind=self.kind, id=self.id)


async def choices(ports: Ports, person: str) -> list[Choice]:
    """Badges first, each followed by its endorsements, then vouches, then badges from elsewhere, then what is
    said of the person; the oldest first. ForbiddenError."""
    check_theirs(ports, person)
    got = await ports.store.vouches_for(person)
    vouches, seen = (
        {one.id for one in got},
        [one.id for one in got if one.shown == "shown" and not one.unasked],
    )
    rows = [one for one in await badges_of(ports, person) if one.signed]
    own = [one for one in rows if one.claim in MINE and one.id not in vouches]
    said = [
        one
        for one in reversed(await ports.store.endorsements_for(person))
        if is_shown(one) and one.state != "superseded"
    ]
    named = {one.id: _badge("badge", one) for one in own}
    found: list[Choice] = []
    for badge in own:
        found.append(named[badge.id])
        found += _endorsements(said, badge.id, named[badge.id].name)
    found += [_badge("vouch", one) for one in await ports.store.these_badges(sorted(seen))]
    found += [_imported(one) for one in reversed(await ports.store.imported_by(person))]
    return [*found, *_endorsements([one for one in said if one.kind == "profile"])]


def is_shown(one: Endorsement) -> bool:
    """Whether its holder lets everybody see it, and who answers for the badge too; and it is of a badge or of
    them."""
    return one.shown == "shown" and not one.barred and one.kind in ("badge", "profile")


def _endorsements(said: list[Endorsement], badge: str = "", name: str = "") -> Iterator[Choice]:
    for one in said:
        line = line_of(one)
        if line is not None and (not badge or one.subject == badge):
            pointed = tuple((str(n), Evidence(safe_link(url))) for n, url in enumerate(line.said.evidence))
            yield Choice(
                "endorsement",
                one.id,
                name,
                as_named(line.name),
                one.signed_at or one.drafted_at,
                badge,
                pointed,
            )


def _badge(kind: Kind, badge: Badge | Signed) -> Choice:
    document = document_of(badge)
    subject, issuer = document.get("credentialSubject"), document.get("issuer")
    earned = subject.get("achievement") if isinstance(subject, dict) else None
    name = earned.get("name") if isinstance(earned, dict) else None
    by = issuer.get("name") if isinstance(issuer, dict) else None
    return Choice(
        kind,
        badge.id,
        as_named(name) or badge.achievement,
        as_named(by) or badge.issuer,
        badge.intended_at,
        evidence=tuple(evidence_of(document)),
    )


def _imported(row: Imported) -> Choice:
    said = row.look.outline
    shown = tuple((str(n), one) for n, one in enumerate(said.evidence))
    name = as_named(said.name, 200) or row.media_type
    return Choice("imported", row.id, name, as_named(said.issuer, 200), row.added_at, evidence=shown)


def document_of(badge: Badge | Signed) -> Mapping[str, Any]:
    """What was signed; empty for what cannot be read, which never hides the others."""
    try:
        return read_secured(badge.signed or b"").document
    except ExchangeError:
        return {}


def evidence_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Evidence]]:
    """Each piece of evidence in a document, by its place there: what was signed never changes."""
    said = document.get("evidence")
    for n, one in enumerate(said if isinstance(said, list) else [said]):
        if isinstance(one, dict):
            url = one.get("id")
            narrative = one_line(one.get("narrative"), 1000) or one_line(one.get("description"), 1000)
            shown = Evidence(safe_link(url), one_line(one.get("name"), 300), narrative)
            if shown != Evidence():
                yield str(n), shown
