"""A verdict as people read it: one headline, one sentence, and every check in order.

The tone is told by a word, an icon and a colour, never by colour alone: `good`, `note` (good, with a
reservation), `pause` (not now), `past` (over), `stop` (no), `unsure` (could not be determined).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from exchange.core.verdict.verdict import Verdict
from exchange.edge.badges.cards import Card, read_card, read_endorser
from exchange.edge.http.kinds import reason_word
from exchange.edge.http.words import day, moment, parse_time, plain, told
from exchange.flows.records import StatusChange
from exchange.languages import gettext, gettext_noop, ngettext, number

_THEIRS = {"recipient_matches", "recipient_matches_weakly"}
_NAMELESS = {"endorser_unknown", "endorser_untold", "endorser_suspended", "key_retired", "key_retired_later"}
"""With one of these, nobody who is believed says who the endorser is."""
LEVELS = {
    "ok": gettext_noop("Passed"),
    "warning": gettext_noop("Note"),
    "unknown": gettext_noop("Not known"),
    "error": gettext_noop("Failed"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list of checks; `level` is a finding's level, `word` what it is called."""

    level: str
    word: str
    said: str
    code: str
    at: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A verdict, ready for a template. `card` is None when the signature did not stand."""

    tone: str
    title: str
    sentence: str
    checks: tuple[Check, ...]
    summary: str
    card: Card | None
    endorsements: tuple[Reading, ...]


def read_verdict(verdict: Verdict, base_url: str, history: Sequence[StatusChange] = ()) -> Reading:
    """What to say about `verdict`. `history` (of our own badges) tells when and why a bit was set."""
    inside = tuple(read_verdict(inner, base_url) for inner in verdict.endorsements)
    tone, title, sentence = _presented(verdict, inside) or _headline(verdict, history)
    checks = tuple(
        Check(f.level, gettext(LEVELS[f.level]), told(plain(f.message, 1000)), f.code, plain(f.at))
        for f in verdict.findings
    )
    return Reading(
        tone,
        title,
        sentence,
        checks,
        summary(checks),
        shown_card(verdict, base_url),
        inside,
    )


def shown_card(verdict: Verdict, base_url: str) -> Card | None:
    """What the document says, if its signature stood. An endorser is named as the key credential names them,
    never as they call themselves."""
    if verdict.credential is None or verdict.kind == "presentation":
        return None
    card = read_card(verdict.credential, base_url)
    if verdict.endorser is not None:
        return replace(card, issuer=read_endorser(verdict.endorser))
    if verdict.codes & _NAMELESS:
        name = gettext("somebody who signs as “%(name)s”", name=card.issuer.name)
        return replace(card, issuer=replace(card.issuer, name=name))
    return card


def summary(checks: tuple[Check, ...]) -> str:
    """ "8 checks passed, 1 failed": counts by level, in the order of LEVELS."""
    ok, warning, unknown, error = (sum(check.level == level for check in checks) for level in LEVELS)
    said = [ngettext("%(num)s check passed", "%(num)s checks passed", ok)] if ok else []
    said += [ngettext("%(num)s failed", "%(num)s failed", error)] if error else []
    said += [ngettext("%(num)s could not be made", "%(num)s could not be made", unknown)] if unknown else []
    said += [ngettext("%(num)s note", "%(num)s notes", warning)] if warning else []
    return ", ".join(said)


def _presented(verdict: Verdict, inside: Sequence[Reading]) -> tuple[str, str, str] | None:
    """Of a presentation, how many of its credentials stand, and whether anybody signed the whole. None for
    anything else, and where nothing in it was looked at."""
    unsigned = "presentation_unsigned" in verdict.codes
    if verdict.kind != "presentation" or not (unsigned or verdict.credential):
        return None
    inner = ("presented_credential", "presentation_empty")
    if any(one.level in ("error", "unknown") and one.code not in inner for one in verdict.findings):
        return None  # the whole itself does not stand, or nobody can tell
    all_, good = len(inside), sum(one.tone in ("good", "note") for one in inside)
    if not all_:
        said = gettext("It is a presentation that shows nothing.")
        return "unsure", gettext("No badge in it"), said
    tones = {one.tone for one in inside}
    tone = "good" if tones == {"good"} and not unsigned else "note"
    if "unsure" in tones:
        tone = "unsure"
    elif not good:
        tone = "stop"
    title = ngettext("%(good)s of %(num)s stands", "%(good)s of %(num)s stand", all_, good=number(good))
    said = gettext("Each badge in this presentation was judged by itself.")
    whose = gettext("Nobody signed the whole: who put it together is not shown.")
    if not unsigned:
        whose = gettext("Who has the key %(key)s signed the whole.", key=plain(_holder(verdict), 80))
    return tone, title, f"{said} {whose}"


def _holder(verdict: Verdict) -> str:
    holder = (verdict.credential or {}).get("holder")
    return str(holder.get("id") if isinstance(holder, dict) else holder)


def _headline(verdict: Verdict, history: Sequence[StatusChange]) -> tuple[str, str, str]:
    """Tone, title and sentence; what is final comes before what is temporary, and doubt comes last."""
    codes = verdict.codes
    if verdict.credential is None:
        return _unsigned(verdict)
    if verdict.outcome == "valid":
        return _endorsed(verdict) or _valid(codes)
    if "revoked" in codes and verdict.kind == "endorsement" and not history:
        said = gettext("It was withdrawn for good, by its endorser or by who keeps its status for them.")
        return "stop", gettext("Withdrawn"), said
    if "revoked" in codes:
        return "stop", gettext("Revoked"), _revoked(history)
    if "suspended" in codes:
        return "pause", gettext("Suspended"), _suspended(history)
    if "expired" in codes:
        return "past", gettext("Expired"), _period(verdict)
    if "not_yet_valid" in codes:
        return "pause", gettext("Not yet valid"), _period(verdict)
    if "recipient_mismatch" in codes:
        other = gettext("It is genuine, but it was issued to somebody else than you named.")
        return "stop", gettext("Somebody else's"), other
    if verdict.outcome == "invalid":
        fault = _first(verdict, "error")
        said = gettext("The signature fits, but a check failed: %(fault)s", fault=fault)
        return "stop", gettext("Not valid"), said
    if "endorser_suspended" in codes:
        said = gettext(
            "The signature fits, but who signed this is suspended. Until that ends, it does not count."
        )
        return "pause", gettext("Suspended"), said
    doubt = _first(verdict, "unknown")
    said = gettext("The signature fits, but not everything could be checked: %(doubt)s", doubt=doubt)
    return "unsure", gettext("Cannot tell"), said


def _first(verdict: Verdict, *levels: str) -> str:
    return next((told(plain(f.message, 1000)) for f in verdict.findings if f.level in levels), "")


def _valid(codes: frozenset[str]) -> tuple[str, str, str]:
    theirs = " " + gettext("It was issued to the person you named.") if codes & _THEIRS else ""
    if "issuer_unknown" in codes:
        said = gettext(
            "The signature fits and nothing was withdrawn. Whether to trust this issuer is yours to say."
        )
        return "note", gettext("Genuine, by an issuer we do not know"), said + theirs
    said = gettext("The signature fits, the dates are right and nothing was withdrawn.")
    return "good", gettext("Valid"), said + theirs


def _endorsed(verdict: Verdict) -> tuple[str, str, str] | None:
    """A valid endorsement with a reservation about whose it is; None where there is none."""
    codes = verdict.codes
    if "endorser_unknown" in codes:
        said = gettext(
            "The signature fits and nothing was withdrawn, but nobody we can believe says whose it is."
        )
        return "note", gettext("Genuine, by a key we cannot put a name to"), said
    if "key_retired_later" in codes:
        said = gettext("The exchange has it on record as it is. Its key was retired later.")
        return "note", gettext("Genuine, by a key that was retired since"), said
    if "endorser_vouched" in codes:
        said = gettext(
            "The signature fits, nothing was withdrawn, and an exchange we do not know says whose key it is."
        )
        return "note", gettext("Genuine, by an endorser we do not know"), said
    if "recorded_by_exchange" in codes:
        said = gettext(
            "The exchange recorded this with a key it holds for the endorser: their own key did not sign."
        )
        return "note", gettext("Valid, recorded by the exchange"), said
    doubt = next((f for f in verdict.findings if f.code in ("endorser_name_differs", "self_endorsed")), None)
    if doubt is None:
        return None
    return "note", gettext("Valid, with a reservation"), told(plain(doubt.message, 1000))


def _unsigned(verdict: Verdict) -> tuple[str, str, str]:
    """Nothing of the content may be presented: it was not shown to be anybody's."""
    first = _first(verdict, "error", "unknown")
    if verdict.outcome == "indeterminate":
        said = gettext("The signature could not be checked, so nothing else is shown.")
        return "unsure", gettext("Cannot tell"), _joined(said, first)
    if verdict.kind == "unknown":
        said = gettext("This could not be read as a signed badge.")
        return "stop", gettext("Not a badge"), _joined(said, first)
    said = gettext(
        "The signature is not valid. Nothing in this document can be believed, so none of it is shown."
    )
    return "stop", gettext("Not genuine"), said


def _joined(one: str, other: str) -> str:
    return Markup("{} {}").format(one, other)


def _revoked(history: Sequence[StatusChange]) -> str:
    change = _last(history, "revocation")
    if change is None:
        return gettext("It was taken back for good by its issuer.")
    at, reason = moment(change.at), _reason(change)
    return gettext("It was taken back for good on %(at)s. Reason: %(reason)s", at=at, reason=reason)


def _suspended(history: Sequence[StatusChange]) -> str:
    change = _last(history, "suspension")
    if change is None:
        return gettext("It is temporarily withdrawn by its issuer.")
    at, reason = moment(change.at), _reason(change)
    return gettext("It is temporarily withdrawn since %(at)s. Reason: %(reason)s", at=at, reason=reason)


def _last(history: Sequence[StatusChange], purpose: str) -> StatusChange | None:
    return next((change for change in reversed(history) if change.purpose == purpose and change.on), None)


def _reason(change: StatusChange) -> str:
    return reason_word(plain(change.reason, 500)) or gettext("none given.")


def _period(verdict: Verdict) -> str:
    document = verdict.credential or {}
    start = parse_time(document.get("validFrom") or document.get("issuanceDate"))
    end = parse_time(document.get("validUntil") or document.get("expirationDate"))
    said = gettext("Its period of validity is not today.")
    if start and end:
        said = gettext("Its period of validity is %(start)s to %(end)s.", start=day(start), end=day(end))
    elif start:
        said = gettext("Its period of validity starts on %(start)s.", start=day(start))
    known = all(finding.level != "unknown" for finding in verdict.findings)
    return _joined(said, gettext("It was not revoked.")) if known else said
