"""A vouch as pages and programs read it: of which kind it is, whose key signed it, and how it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.plain_text import as_named
from exchange.edge.endorsements.voices import relationship_word
from exchange.edge.http.words import plain, safe_link
from exchange.flows.ports import Ports
from exchange.flows.vouches.listed import Line, View
from exchange.languages import day, gettext, gettext_noop

KINDS = {
    "peer": gettext_noop("Vouch of a peer"),
    "sponsor": gettext_noop("Vouch of a sponsor"),
    "thanks": gettext_noop("Thanks from who received the help"),
}
"""Whose word it is; always shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One vouch, ready for a template. `own_key`: signed with a key that only its giver has. `words` are
    Markdown; of what does not stand any more, none. `displayed`: its holder has not hidden it."""

    key: str
    kind: str
    source: str
    name: str
    families: tuple[str, ...]
    giver: str
    holder: str
    relationship: str
    words: str
    evidence: tuple[str, ...]
    own_key: bool
    at: datetime
    until: datetime
    state: str
    displayed: bool
    picture: str


def shown(line: Line, evidence: tuple[str, ...] = ()) -> Shown:
    """What a page shows of it."""
    one, said = line.vouch, line.said
    return Shown(
        key=one.id,
        kind=one.kind,
        source=kind_word(one.kind),
        name=as_named(line.name),
        families=tuple(map(plain, said.families)),
        giver=as_named(line.giver),
        holder=as_named(line.holder),
        relationship=relationship_word(said.relationship),
        words=plain(said.words, 5000) if line.state in ("active", "expired") else "",
        evidence=tuple(filter(None, map(safe_link, evidence))),
        own_key=line.own_key,
        at=one.signed_at or said.valid_from,
        until=one.until,
        state=line.state,
        displayed=one.shown == "shown",
        picture=urls.achievement_image("", one.issuer, one.achievement, one.version),
    )


def ended(state: str, at: datetime) -> tuple[str, str]:
    """Title and sentence of one that its giver took back or replaced."""
    if state == "superseded":
        said = gettext("Who gave it gave a later version of it on %(day)s.", day=day(at))
        return gettext("Replaced"), said
    return gettext("Withdrawn"), gettext("Withdrawn on %(day)s by who gave it.", day=day(at))


def kind_word(kind: str) -> str:
    """In the language of the moment."""
    return gettext(KINDS[kind])


def told(ports: Ports, view: View) -> dict[str, Any]:
    """The same for programs, as `shapes.Vouch` has it."""
    line = view.line
    return {
        "id": urls.badge(ports.base_url, line.vouch.id),
        "kind": line.vouch.kind,
        "families": list(line.said.families),
        "giver": {"key": line.said.did, "name": line.giver, "profile": line.endorser.profile},
        "signedBy": "giver" if line.own_key else "exchange",
        "relationship": line.said.relationship,
        "state": line.state,
        "displayed": line.vouch.shown == "shown",
        "signedAt": _time(line.vouch.signed_at or line.said.valid_from),
        "until": _time(line.vouch.until),
        "budget": {"inUse": view.in_use, "of": view.budget},
    }


def _time(at: datetime) -> str:
    return format_date(at.astimezone(UTC))
