"""What an embed says, in the language of the moment; the web component has the same words of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange import languages
from exchange.edge.http.kinds import reason_word
from exchange.flows.embeds.value import State, Value
from exchange.languages import gettext, gettext_noop

STATES: dict[State, tuple[str, str]] = {
    "valid": ("good", gettext_noop("Valid")),
    "suspended": ("pause", gettext_noop("Suspended")),
    "revoked": ("stop", gettext_noop("Revoked")),
    "expired": ("past", gettext_noop("Expired")),
    "not_yet_valid": ("pause", gettext_noop("Not yet valid")),
    "invalid": ("stop", gettext_noop("Not valid")),
    "unknown": ("unsure", gettext_noop("Cannot tell")),
}
"""The tone and the word of each state, as the badge's page has them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value in words. `proof`: what the issuer's name rests on."""

    tone: str
    word: str
    sentence: str
    reason: str
    name: str
    issuer: str
    proof: str


def say(value: Value) -> Said:
    """What there is to say of a value."""
    tone, word = STATES[value.state]
    proof = gettext("by a key only, not a domain")
    if value.domain:
        proof = gettext("proved by %(domain)s", domain=value.domain)
    return Said(
        tone,
        gettext(word),
        _sentence(value),
        gettext("Reason: %(reason)s", reason=reason_word(value.reason)) if value.reason else "",
        value.name or gettext("A badge that cannot be shown"),
        value.issuer,
        proof if value.issuer else "",
    )


def _sentence(value: Value) -> str:
    since = languages.day(value.since) if value.since else ""
    if value.state == "revoked":
        said = gettext("Taken back for good on %(day)s.", day=since)
        return said if since else gettext("Taken back for good.")
    if value.state == "suspended":
        said = gettext("Temporarily withdrawn since %(day)s.", day=since)
        return said if since else gettext("Temporarily withdrawn.")
    if value.state == "expired":
        return gettext("It ended on %(day)s and was not taken back.", day=since)
    if value.state == "not_yet_valid":
        return gettext("It begins on %(day)s.", day=since)
    if value.state == "invalid":
        return gettext("A check failed: do not rely on it.")
    if value.state == "unknown":
        return gettext("It could not be checked just now.")
    return gettext("Until %(day)s.", day=languages.day(value.ends)) if value.ends else ""


def old(at: datetime) -> str:
    """That nobody looked since."""
    return gettext("Not checked since %(at)s", at=languages.moment(at))


def checked(at: datetime) -> str:
    """When somebody looked."""
    return gettext("Checked %(at)s", at=languages.moment(at))
