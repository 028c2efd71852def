"""A verdict in a terminal: the outcome first, then what the badge says, then every check in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.cli.output import Reply
from exchange.core.verdict.verdict import Verdict
from exchange.edge.badges.verdicts import shown_card

OUTCOMES = {"valid": "ok", "indeterminate": "unknown", "invalid": "error"}
WORDS = {"valid": "valid", "indeterminate": "cannot tell", "invalid": "invalid"}


def verdict_reply(verdict: Verdict) -> Reply:
    """The verdict first, then what the badge says if its signature stood, then every check."""
    status = {"valid": 0, "invalid": 1, "indeterminate": 2}[verdict.outcome]
    return Reply(verdict.to_json(), list(_verdict_lines(verdict, "")), status)


def _verdict_lines(verdict: Verdict, indent: str) -> Iterator[tuple[str, str]]:
    yield OUTCOMES[verdict.outcome], indent + WORDS[verdict.outcome] + _because(verdict)
    indent += "  "
    if verdict.credential is not None:
        yield from (("", indent + line) for line in _content(verdict))
    for finding in verdict.findings:
        place = f" ({finding.at})" if finding.at and finding.level != "ok" else ""
        yield finding.level, f"{indent}{finding.message}{place}"
    for number, embedded in enumerate(verdict.endorsements, 1):
        yield "", ""
        yield (
            "",
            f"{indent}{embedded.kind.replace('_', ' ')} {number} of {len(verdict.endorsements)} inside it:",
        )
        yield from _verdict_lines(embedded, indent)


def _because(verdict: Verdict) -> str:
    """The first thing that decided against *valid*."""
    level = OUTCOMES[verdict.outcome]
    if level == "ok":
        return ""
    return next((f": {finding.message}" for finding in verdict.findings if finding.level == level), "")


def _content(verdict: Verdict) -> Iterator[str]:
    """What the document says. Only for a signature that stood: the verdict carries no content otherwise."""
    card = shown_card(verdict, "")
    if card is None:
        return
    yield f"{card.kind}: {card.name}"
    proof = f"proved by its domain {card.issuer.domain}" if card.issuer.domain else "proved by a key only"
    if card.issuer.said_by:
        proof = f"by their key, says {card.issuer.said_by}"
    yield f"{'endorser' if card.kind == 'endorsement' else 'issuer'}: {card.issuer.name}, {proof}"
    if card.relationship:
        yield f"relationship: {' → '.join([card.relationship, *card.teams])}"
    if card.kind == "endorsement" and card.alignments:
        yield f"skills seen: {', '.join(skill.name for skill in card.alignments)}"
    if card.issued:
        yield f"period: from {card.issued:%Y-%m-%d}" + (
            f" to {card.expires:%Y-%m-%d}" if card.expires else ""
        )
