"""What an order of a badge says: who gets it, its evidence, words and end; and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from exchange.core.credentials.identity import normal_address
from exchange.core.credentials.nouns import fit_to_sign
from exchange.core.dates import parse_date
from exchange.core.plain_text import pretends
from exchange.errors import InputError

MAX_NARRATIVE = 10_000
_REST = (
    r"""[^\s<>"{}|\\^`]*"""  # RFC 3986: what else is no letter of an address, and no signed document may name
)
_bare_address = re.compile(r"[^@\s:/]+@[^@\s/]+").fullmatch
_identifier = re.compile(
    r"mailto:[^@\s,;?&]{1,64}@[^@\s,;?&]{1,253}"
    r"|did:[a-z0-9]+:[A-Za-z0-9._%:-]+"
    rf"|https://[^\s/?#]{_REST}"
).fullmatch
_web_address = re.compile(rf"https?://[^\s/?#]{_REST}").fullmatch


def recipient_of(to: str) -> str:
    """`mailto:`, `did:` or `https:` identifier of who gets the badge, in its one written form.

    InputError("recipient_malformed").
    """
    return normal_address(identifier_of(to))


def identifier_of(to: str) -> str:
    """As `recipient_of`, but in the letters that it was typed in."""
    text = to.strip()
    if _bare_address(text):
        text = f"mailto:{text}"
    if not _identifier(text) or len(text) > 1024 or pretends(text):
        raise InputError(
            "recipient_malformed",
            f"{to!r:.80} cannot get a badge: use an e-mail address, a DID, an https address or the handle of "
            "somebody with an account here.",
            "to",
        )
    return text


def check_evidence(evidence: Sequence[str], what: str, required: bool) -> None:
    """InputError: evidence_malformed; evidence_required if the badge `what` is awarded only with some."""
    for url in evidence:
        if not _web_address(url) or len(url) > 2048 or pretends(url):
            raise InputError(
                "evidence_malformed", f"Evidence is a web address; {url!r:.80} is not one.", "evidence"
            )
    if required and not evidence:
        raise InputError(
            "evidence_required",
            f"{what} is awarded only with evidence: give its web address.",
            "evidence",
        )


def until_of(text: str) -> datetime | None:
    """Up to which moment a badge is to be valid: the end of a day (`2027-06-30` or `30.6.2027`, in UTC), a
    moment (RFC 3339), or None for `""`. InputError("valid_until_malformed")."""
    text = text.strip()
    if not text:
        return None
    if dotted := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text, re.ASCII):
        text = f"{dotted[3]}-{int(dotted[2]):02}-{int(dotted[1]):02}"
    try:
        return parse_date(f"{text}T23:59:59Z" if len(text) == 10 else text)
    except InputError:
        raise InputError(
            "valid_until_malformed",
            f"{text!r:.60} is no day: write it as 2027-06-30. With slashes it is another day elsewhere.",
            "valid_until",
        ) from None


def check_until(until: datetime | None, now: datetime) -> None:
    """InputError("valid_until_past")."""
    if until is not None and until <= now:
        raise InputError(
            "valid_until_past",
            "valid_until lies in the past; a badge must be valid when it is made.",
            "valid_until",
        )


def check_narrative(narrative: str) -> None:
    """InputError: narrative_too_long, control_character."""
    if len(narrative) > MAX_NARRATIVE:
        raise InputError("narrative_too_long", "The narrative is longer than 10,000 characters.", "narrative")
    try:
        fit_to_sign(narrative)
    except InputError as error:
        raise InputError(error.code, error.message, "narrative") from None
