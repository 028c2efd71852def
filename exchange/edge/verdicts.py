"""A verdict as people read it: one headline, one sentence, and every check in order.

The tone is told by a word, an icon and a colour, never by colour alone: `good`, `note` (good, with a
reservation), `pause` (not now), `past` (over), `stop` (no), `unsure` (could not be determined).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from exchange.core.verdict import Verdict
from exchange.edge.cards import Card, read_card
from exchange.edge.words import day, moment, parse_time, plain, plural
from exchange.flows.records import StatusChange

_THEIRS = {"recipient_matches", "recipient_matches_weakly"}
LEVELS = {"ok": "Passed", "warning": "Note", "unknown": "Not known", "error": "Failed"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list of checks; `level` is a finding's level, `word` what it is called."""

    level: str
    word: str
    message: str
    code: str
    at: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A verdict, ready for a template. `card` is None when the signature did not stand."""

    tone: str
    title: str
    sentence: str | Markup
    checks: tuple[Check, ...]
    summary: str
    card: Card | None
    endorsements: tuple[Reading, ...]


def read_verdict(verdict: Verdict, base_url: str, history: Sequence[StatusChange] = ()) -> Reading:
    """What to say about `verdict`. `history` (of our own badges) tells when and why a bit was set."""
    tone, title, sentence = _headline(verdict, history)
    checks = tuple(
        Check(f.level, LEVELS[f.level], plain(f.message, 1000), f.code, plain(f.at)) for f in verdict.findings
    )
    return Reading(
        tone,
        title,
        sentence,
        checks,
        _summary(checks),
        read_card(verdict.credential, base_url) if verdict.credential is not None else None,
        tuple(read_verdict(inner, base_url) for inner in verdict.endorsements),
    )


def _summary(checks: tuple[Check, ...]) -> str:
    """ "8 checks passed, 1 failed": counts by level, in the order of LEVELS."""
    counts = {level: sum(check.level == level for check in checks) for level in LEVELS}
    said = [f"{plural(counts['ok'], 'check', 'checks')} passed"] if counts["ok"] else []
    said += [f"{counts['error']} failed"] if counts["error"] else []
    said += [f"{counts['unknown']} could not be made"] if counts["unknown"] else []
    said += [plural(counts["warning"], "note", "notes")] if counts["warning"] else []
    return ", ".join(said)


def _headline(verdict: Verdict, history: Sequence[StatusChange]) -> tuple[str, str, str | Markup]:
    """Tone, title and sentence; what is final comes before what is temporary, and doubt comes last."""
    codes = verdict.codes
    if verdict.credential is None:
        return _unsigned(verdict)
    if verdict.outcome == "valid":
        return _valid(codes)
    if "revoked" in codes:
        return "stop", "Revoked", _withdrawn("It was taken back for good", "revocation", history)
    if "suspended" in codes:
        return "pause", "Suspended", _withdrawn("It is temporarily withdrawn", "suspension", history)
    if "expired" in codes:
        return "past", "Expired", _period(verdict)
    if "not_yet_valid" in codes:
        return "pause", "Not yet valid", _period(verdict)
    if "recipient_mismatch" in codes:
        return "stop", "Somebody else's", "It is genuine, but it was issued to somebody else than you named."
    if verdict.outcome == "invalid":
        return "stop", "Not valid", f"The signature fits, but a check failed: {_first(verdict, 'error')}"
    doubt = _first(verdict, "unknown")
    return "unsure", "Cannot tell", f"The signature fits, but not everything could be checked: {doubt}"


def _first(verdict: Verdict, *levels: str) -> str:
    return next((plain(f.message, 1000) for f in verdict.findings if f.level in levels), "")


def _valid(codes: frozenset[str]) -> tuple[str, str, str]:
    theirs = " It was issued to the person you named." if codes & _THEIRS else ""
    if "issuer_unknown" in codes:
        said = "The signature fits and nothing was withdrawn. Whether to trust this issuer is yours to say."
        return "note", "Genuine, by an issuer we do not know", said + theirs
    return "good", "Valid", "The signature fits, the dates are right and nothing was withdrawn." + theirs


def _unsigned(verdict: Verdict) -> tuple[str, str, str]:
    """Nothing of the content may be presented: it was not shown to be anybody's."""
    first = _first(verdict, "error", "unknown")
    if verdict.outcome == "indeterminate":
        said = f"The signature could not be checked, so nothing else is shown. {first}"
        return "unsure", "Cannot tell", said
    if verdict.kind == "unknown":
        return "stop", "Not a badge", f"This could not be read as a signed badge. {first}"
    said = "The signature does not stand. Nothing in this document can be believed, so none of it is shown."
    return "stop", "Not genuine", said


def _withdrawn(what: str, purpose: str, history: Sequence[StatusChange]) -> str | Markup:
    change = next((c for c in reversed(history) if c.purpose == purpose and c.on), None)
    if change is None:
        return f"{what} by its issuer."
    reason = plain(change.reason, 500) or "none given."
    return Markup("{} on {}. Reason: {}").format(what, moment(change.at), reason)


def _period(verdict: Verdict) -> Markup:
    document = verdict.credential or {}
    start = parse_time(document.get("validFrom") or document.get("issuanceDate"))
    end = parse_time(document.get("validUntil") or document.get("expirationDate"))
    told = Markup("Its period of validity is not today.")
    if start and end:
        told = Markup("Its period of validity is {} to {}.").format(day(start), day(end))
    elif start:
        told = Markup("Its period of validity starts on {}.").format(day(start))
    known = all(finding.level != "unknown" for finding in verdict.findings)
    return told + " It was not revoked." if known else told
