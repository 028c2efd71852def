"""What an order of a badge says: who gets it, its evidence and its words, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange.core.credentials.identity import normal_address
from exchange.core.credentials.nouns import fit_to_sign
from exchange.core.plain_text import pretends
from exchange.errors import InputError

MAX_NARRATIVE = 10_000
_REST = (
    r"""[^\s<>"{}|\\^`]*"""  # RFC 3986: what else is no letter of an address, and no signed document may name
)


def recipient_of(to: str) -> str:
    """`mailto:`, `did:` or `https:` identifier of who gets the badge, in its one written form.

    InputError("recipient_malformed").
    """
    return normal_address(identifier_of(to))


def identifier_of(to: str) -> str:
    """As `recipient_of`, but in the letters that it was typed in."""
    text = to.strip()
    if re.fullmatch(r"[^@\s:/]+@[^@\s/]+", text):
        text = f"mailto:{text}"
    good = (
        re.fullmatch(r"mailto:[^@\s,;?&]{1,64}@[^@\s,;?&]{1,253}", text)
        or re.fullmatch(r"did:[a-z0-9]+:[A-Za-z0-9._%:-]+", text)
        or re.fullmatch(rf"https://[^\s/?#]{_REST}", text)
    )
    if not good or len(text) > 1024 or pretends(text):
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
        if not re.fullmatch(rf"https?://[^\s/?#]{_REST}", url) or len(url) > 2048 or pretends(url):
            raise InputError(
                "evidence_malformed", f"Evidence is a web address; {url!r:.80} is not one.", "evidence"
            )
    if required and not evidence:
        raise InputError(
            "evidence_required",
            f"{what} is awarded only with evidence: give its web address.",
            "evidence",
        )


def check_narrative(narrative: str) -> None:
    """InputError: narrative_too_long, control_character."""
    if len(narrative) > MAX_NARRATIVE:
        raise InputError("narrative_too_long", "The narrative is longer than 10,000 characters.", "narrative")
    try:
        fit_to_sign(narrative)
    except InputError as error:
        raise InputError(error.code, error.message, "narrative") from None
