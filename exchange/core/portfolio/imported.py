"""A badge from elsewhere, as somebody keeps it: what it says, and what may be said of it now.

It lives at its issuer, not here, so nothing that is kept is the truth: only what a look at it came to, with
the time of that look. What was good is good for a day without another look, then nobody can tell any more;
what was bad stays bad until a look finds something else. A look that could not tell (its host is away, say)
changes nothing of what an earlier one found, and is said beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from exchange.core import strict_json
from exchange.core.credentials.gently import first_object, moment_of
from exchange.core.dates import is_in_utc, is_over
from exchange.core.keys.domain import proven_domain
from exchange.core.plain_text import plain, safe_link
from exchange.core.portfolio.shown import Evidence, Skill, State
from exchange.core.verdict.documents import Documents
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.verdict import Outcome, Verdict
from exchange.errors import InputError

Recipient = Literal["yours", "unproven", "other"]
"""Whether it was issued to who keeps it: as an address of theirs shows; named in no way that can be
compared; or to somebody else."""

BELIEVED = timedelta(hours=24)
"""How long after a look that could tell it may be called good."""
SOONEST, LATEST, RETRY = timedelta(minutes=15), timedelta(hours=6), timedelta(hours=1)
"""The next look: as soon as its status list asks for, within these; and after one that could not tell."""
MOST = 20
"""How many skills, and pieces of evidence, are kept of one."""

_BAD: tuple[State, ...] = ("revoked", "suspended", "expired", "not_yet_valid")
_KNOWN = frozenset({"issuer_known"})
"""Whose key it is says nothing of what its owner may issue: everybody has one here."""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """What it says, read gently. `id` is its own; `issuer_id` whose key signed it, `domain` what that
    rests on (`""` for a key only); `achievement` the id of what was earned."""

    id: str = ""
    name: str = ""
    description: str = ""
    issuer: str = ""
    issuer_id: str = ""
    domain: str = ""
    achievement: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    skills: tuple[Skill, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        """Dates that UTC does not have are none: they were kept by releases that read them."""
        for name in ("starts", "ends"):
            moment = getattr(self, name)
            if moment is not None and not is_in_utc(moment):
                msgspec.structs.force_setattr(self, name, None)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look came to. `outline` is None while the signature does not stand: nothing of it is shown
    then. `known`: whether its issuer is known here. `ttl`: how long its status list may be believed."""

    state: State
    recipient: Recipient
    findings: tuple[Finding, ...]
    outline: Outline | None = None
    known: bool = False
    ttl: timedelta | None = None

    @property
    def told(self) -> bool:
        return self.state != "unknown"

    @property
    def trouble(self) -> str:
        """Why it could not tell."""
        return next((one.message for one in self.findings if one.level == "unknown"), "")


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of all looks. `state`, `since`, `findings` and `known` are of the last that could tell,
    made `checked_at` (None: none could); `tried_at` was the last one, and `trouble` why it could not
    tell. `stands`: whether the signature stood, so that the outline may be shown to others."""

    outline: Outline
    recipient: Recipient
    known: bool
    state: State
    since: datetime | None
    findings: tuple[Finding, ...]
    stands: bool
    checked_at: datetime | None
    tried_at: datetime
    trouble: str
    next_at: datetime


def believe(before: Look | None, seen: Seen, at: datetime) -> Look:
    """What is kept after this look, made at `at`."""
    outline = seen.outline or (before.outline if before else Outline())
    # Whose it is was not looked at where the signature was not.
    recipient = before.recipient if before and seen.outline is None else seen.recipient
    if not seen.told and before and before.checked_at is not None:
        return msgspec.structs.replace(
            before, recipient=recipient, tried_at=at, trouble=seen.trouble, next_at=at + RETRY
        )
    look = Look(
        outline=outline,
        recipient=recipient,
        known=seen.known,
        state=seen.state,
        since=_since(before, seen, outline, at),
        findings=seen.findings,
        stands=seen.outline is not None,
        checked_at=at if seen.told else None,
        tried_at=at,
        trouble="" if seen.told else seen.trouble,
        next_at=at + RETRY,
    )
    return msgspec.structs.replace(look, next_at=at + _pause(seen)) if seen.told else look


def _since(before: Look | None, seen: Seen, outline: Outline, at: datetime) -> datetime | None:
    """From when on it is so: as its dates have it, else since a look first found it."""
    if seen.state in ("valid", "unknown"):
        return None
    if seen.state in ("expired", "not_yet_valid"):
        return outline.ends if seen.state == "expired" else outline.starts
    return before.since if before and before.state == seen.state else at


def _pause(seen: Seen) -> timedelta:
    if seen.state != "valid":
        return LATEST
    return min(max(seen.ttl or LATEST, SOONEST), LATEST)


def state_at(look: Look, now: datetime) -> tuple[State, datetime | None]:
    """What may be said of it at `now`, and since when it is so. Never *valid* by a look older than
    BELIEVED, nor for whom it is not shown to be."""
    if look.checked_at is None:
        return "unknown", None
    if look.state != "valid":
        return look.state, look.since
    if look.recipient != "yours":
        return "unknown", None
    ends = look.outline.ends
    if ends is not None and is_over(ends, now):
        return "expired", ends
    return ("valid", None) if now - look.checked_at <= BELIEVED else ("unknown", look.checked_at)


def state_of(verdict: Verdict) -> State:
    """A verdict in one word: what is final comes before what is temporary, and doubt last."""
    if verdict.outcome == "valid":
        return "valid"
    if verdict.credential is not None:
        for state in _BAD:
            if state in verdict.codes:
                return state
    return "invalid" if verdict.outcome == "invalid" else "unknown"


def outcome_of(state: State) -> Outcome:
    """What a verdict of that state came to."""
    return "valid" if state == "valid" else "indeterminate" if state == "unknown" else "invalid"


def is_known(verdict: Verdict) -> bool:
    """Whether its issuer, or the person who gave it, is known here."""
    return bool(verdict.codes & _KNOWN)


def outline_of(verdict: Verdict, documents: Documents) -> Outline | None:
    """What it says, by a verdict and the documents that were fetched for it; None if its signature did not
    stand. A person who gave it is called what their key credential calls them."""
    document = verdict.credential
    if document is None:
        return None
    if verdict.kind == "open_badge_2":
        return _older(document, documents)
    subject = first_object(document.get("credentialSubject"))
    earned, issuer = first_object(subject.get("achievement")), first_object(document.get("issuer"))
    issuer_id = plain(issuer.get("id") or document.get("issuer"), 2000)
    return Outline(
        id=plain(document.get("id"), 2000),
        name=plain(earned.get("name")) or plain(document.get("name")),
        description=plain(earned.get("description"), 2000) or plain(document.get("description"), 2000),
        issuer=plain(verdict.endorser.name) if verdict.endorser else plain(issuer.get("name")),
        issuer_id=issuer_id,
        domain=proven_domain(issuer_id),
        achievement=plain(earned.get("id"), 2000),
        starts=moment_of(document.get("validFrom", document.get("issuanceDate"))),
        ends=moment_of(document.get("validUntil", document.get("expirationDate"))),
        skills=_skills(earned),
        evidence=_evidence(document),
    )


def _older(assertion: Mapping[str, Any], documents: Documents) -> Outline:
    """Of an Open Badges 2.0 assertion: its badge class and issuer are documents of their own."""
    earned = _linked(assertion.get("badge"), documents)
    issuer = _linked(earned.get("issuer"), documents)
    issuer_id = plain(issuer.get("id") or earned.get("issuer"), 2000)
    return Outline(
        id=plain(assertion.get("id"), 2000),
        name=plain(earned.get("name")),
        description=plain(earned.get("description"), 2000),
        issuer=plain(issuer.get("name")),
        issuer_id=issuer_id,
        domain=proven_domain(issuer_id),
        achievement=plain(earned.get("id"), 2000),
        starts=moment_of(assertion.get("issuedOn")),
        ends=moment_of(assertion.get("expires")),
        skills=_skills(earned),
        evidence=_evidence(assertion),
    )


def _linked(value: object, documents: Documents) -> Mapping[str, Any]:
    if not isinstance(value, str):
        return first_object(value)
    found = documents.get(value)
    try:
        return first_object(strict_json.parse(found.body)) if found and found.status == 200 else {"id": value}
    except InputError:
        return {"id": value}


def _skills(earned: Mapping[str, Any]) -> tuple[Skill, ...]:
    named = [
        Skill(plain(one.get("targetName")), safe_link(one.get("targetUrl")))
        for one in _objects(earned.get("alignment"))
    ]
    return tuple(skill for skill in named if skill.name)[:MOST]


def _evidence(document: Mapping[str, Any]) -> tuple[Evidence, ...]:
    told = [
        Evidence(
            safe_link(one.get("id")),
            plain(one.get("name")),
            plain(one.get("narrative"), 2000) or plain(one.get("description"), 2000),
        )
        for one in _objects(document.get("evidence"))
    ]
    return tuple(one for one in told if one.url or one.narrative)[:MOST]


def _objects(value: object) -> list[Mapping[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [{"id": one} if isinstance(one, str) else one for one in listed if isinstance(one, dict | str)]
