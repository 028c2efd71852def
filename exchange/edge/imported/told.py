"""An imported badge as its keeper reads it: what may be said of it, and by which look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.core.dates import format_date
from exchange.core.plain_text import as_named
from exchange.core.portfolio.imported import Outline, outcome_of
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.verdict import Verdict, conclude
from exchange.edge.badges.cards import Identity, Link
from exchange.edge.badges.verdicts import Reading, read_verdict
from exchange.edge.http.words import host_of, moment, plain, told
from exchange.flows.imported.records import Imported, at_moment
from exchange.languages import gettext, gettext_noop

_WORDS = {
    "suspended": gettext_noop("Suspended"),
    "revoked": gettext_noop("Revoked"),
    "withdrawn": gettext_noop("Withdrawn"),
    "expired": gettext_noop("Expired"),
    "not_yet_valid": gettext_noop("Not yet valid"),
    "invalid": gettext_noop("Not valid"),
    "unknown": gettext_noop("Cannot tell"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One, ready for a template. `word` is how it stands, in two or three; `when` which look says so, and
    `trouble` what the last one met that could not tell."""

    key: str
    name: str
    description: str
    issuer: Identity | None
    starts: datetime | None
    ends: datetime | None
    skills: tuple[Link, ...]
    evidence: tuple[Link, ...]
    picture: str
    state: str
    word: str
    when: str
    trouble: str
    added: datetime
    source: str
    reading: Reading


def shown(row: Imported, now: datetime) -> Shown:
    """What its keeper sees of it. What its signature does not cover any more, they see too: it is theirs."""
    outline, at = row.look.outline, at_moment(row, now)
    reading = _reading(row, now)
    trusted = at.state != "valid" or at.known
    return Shown(
        key=row.id,
        name=as_named(outline.name) or gettext("A badge that could not be read yet"),
        description=outline.description,
        issuer=_issuer(outline),
        starts=outline.starts,
        ends=outline.ends,
        skills=tuple(Link(as_named(one.name), one.id) for one in outline.skills),
        evidence=tuple(
            Link(one.name or host_of(one.url) or gettext("Evidence"), one.url, one.narrative)
            for one in outline.evidence
        ),
        picture=f"/account/imported/{row.id}/picture" if row.picture else "",
        state=at.state,
        word=gettext(_WORDS[at.state]) if at.state in _WORDS else _valid_word(known=trusted),
        when=_when(at.checked_at),
        trouble=_trouble(at.trouble, at.tried_at) if at.checked_at else "",
        added=row.added_at,
        source=row.source,
        reading=reading,
    )


def refusal(verdict: Verdict, base_url: str) -> Reading:
    """Why something was not brought, check by check."""
    return read_verdict(verdict, base_url)


def _valid_word(*, known: bool) -> str:
    return gettext("Valid") if known else gettext("Unknown issuer")


def _issuer(outline: Outline) -> Identity | None:
    name = as_named(outline.issuer) or (gettext("Unnamed issuer") if outline.issuer_id else "")
    return Identity(name, outline.issuer_id, outline.domain, "", "") if name else None


def _when(checked_at: datetime | None) -> str:
    if checked_at is None:
        return gettext("No look at it could tell so far.")
    return gettext("As it was found on %(at)s", at=moment(checked_at))


def _trouble(why: str, at: datetime) -> str:
    if not why:
        return ""
    why = told(plain(why, 1000))
    return gettext("The last look, on %(at)s, could not tell: %(why)s", at=moment(at), why=why)


def _reading(row: Imported, now: datetime) -> Reading:
    """The verdict that stands now; what a look found and may not be said any more has its own headline."""
    look = row.look
    state = at_moment(row, now).state
    reading = read_verdict(_verdict(row, look.findings), "")
    if state == look.state:
        return _amber(reading) if state == "valid" and not look.known else reading
    if state == "expired":
        over = Finding(
            "expired", "error", f"It was valid until {_day(look.outline.ends)}; that time is over."
        )
        return read_verdict(_verdict(row, (*look.findings, over)), "")
    return _doubted(row, reading)


def _verdict(row: Imported, findings: Sequence[Finding]) -> Verdict:
    outline = row.look.outline
    period = {"validFrom": _day(outline.starts), "validUntil": _day(outline.ends)}
    document = {name: at for name, at in period.items() if at} if row.look.stands else None
    verdict = conclude(list(findings), "badge", document)
    return verdict if findings else Verdict(outcome_of(row.look.state), (), "badge", document)


def _day(at: datetime | None) -> str:
    return format_date(at) if at else ""


def _amber(reading: Reading) -> Reading:
    """An issuer whom nobody here knows is never plain green, whatever form the badge has."""
    if reading.tone != "good":
        return reading
    said = gettext(
        "The signature fits and nothing was withdrawn. Whether to trust this issuer is yours to say."
    )
    return replace(reading, tone="note", title=gettext("Genuine, by an issuer we do not know"), sentence=said)


def _doubted(row: Imported, reading: Reading) -> Reading:
    """What was good when it was looked at, and cannot be called so."""
    if row.look.recipient == "other":
        title = gettext("Not shown to be yours")
        said = gettext(
            "It is genuine, but none of the addresses that you have verified is the one it was issued to. "
            "Add and verify that address, then have it looked at again."
        )
    elif row.look.recipient == "unproven":
        title = gettext("Cannot tell whose it is")
        said = gettext(
            "It is genuine, but it names its recipient by no e-mail address that could be compared to yours."
        )
    else:
        title = gettext("Cannot tell any more")
        said = gettext("It was good when it was last looked at, but that is longer ago than a day.")
    return replace(reading, tone="unsure", title=title, sentence=said)
