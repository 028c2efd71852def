"""An endorsement as pages and programs read it: who says what, how they stand to whom it is about, and how it
stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.plain_text import as_named, one_line
from exchange.edge.http.words import plain, safe_link
from exchange.flows.endorsements.listed import Line
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

RELATIONSHIPS = {
    "same-team": gettext_noop("Same team"),
    "other-team": gettext_noop("Another team"),
    "manager": gettext_noop("Is or was their manager"),
    "report": gettext_noop("Reports or reported to them"),
    "mentor": gettext_noop("Is or was their mentor"),
    "mentee": gettext_noop("Was mentored by them"),
    "client": gettext_noop("Received their work"),
    "learned-from": gettext_noop("Learned from them"),
    "other": gettext_noop("Knows them in another way"),
}
"""How an endorser stands to whom they endorse, on a page."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One endorsement, ready for a template. `own_key`: signed with a key that only its endorser has; else it
    was recorded by the exchange. `text` is Markdown."""

    key: str
    url: str
    name: str
    relationship: str
    team: str
    holder_team: str
    skills: tuple[tuple[str, str], ...]
    line: str
    text: str
    evidence: tuple[str, ...]
    own_key: bool
    at: datetime
    state: str
    ended_at: datetime | None
    earlier: bool
    shown: str
    subject: str
    barred: str = ""


def voice(line: Line) -> Voice:
    """What a page shows of it; of what was withdrawn, no word of what it said."""
    said, one = line.said, line.endorsement
    over = line.state != "active"
    return Voice(
        key=one.id,
        url=f"/endorsements/{one.id}",
        name=as_named(line.name),
        relationship=relationship_word(said.relationship),
        team=as_named(said.endorser_team.name) if said.endorser_team else "",
        holder_team=as_named(said.holder_team.name) if said.holder_team else "",
        skills=() if over else tuple((as_named(skill.name), safe_link(skill.id)) for skill in said.skills),
        line="" if over else one_line(said.line),
        text="" if over else plain(said.text, 5000),
        evidence=() if over else tuple(filter(None, map(safe_link, said.evidence))),
        own_key=line.own_key,
        at=one.signed_at or said.valid_from,
        state=line.state,
        ended_at=line.ended_at,
        earlier=line.earlier,
        shown="hidden" if one.barred else one.shown,
        subject=one.subject,
        barred=plain(one.barred, 500),
    )


def relationship_word(code: str) -> str:
    """In the language of the moment."""
    return gettext(RELATIONSHIPS[code]) if code in RELATIONSHIPS else plain(code)


def told(ports: Ports, line: Line) -> dict[str, Any]:
    """The same for programs, as `shapes.Endorsement` has it."""
    said, one = line.said, line.endorsement
    about: dict[str, Any] = {
        "id": urls.endorsement(ports.base_url, one.id),
        "state": line.state,
        "endorser": {"key": said.did, "name": line.name},
        "signedBy": "endorser" if line.own_key else "exchange",
        "relationship": said.relationship,
        "earlierVersion": line.earlier,
        "signedAt": _time(one.signed_at or said.valid_from),
        "about": said.subject_id,
    }
    if said.endorser:
        about["endorser"]["profile"] = said.endorser.profile
    if said.endorser_team:
        about["team"] = {"id": said.endorser_team.id, "name": said.endorser_team.name}
    if said.holder_team:
        about["holderTeam"] = {"id": said.holder_team.id, "name": said.holder_team.name}
    if line.ended_at:
        about["withdrawnAt"] = _time(line.ended_at)
    if line.state == "active":
        about |= {"line": said.line, "text": said.text, "evidence": list(said.evidence)}
        about["skills"] = [
            {"name": skill.name, **({"id": skill.id} if skill.id else {})} for skill in said.skills
        ]
    return about


def _time(at: datetime) -> str:
    return format_date(at.astimezone(UTC))
