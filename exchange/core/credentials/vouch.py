"""A vouch: an OpenBadgeCredential that a person issues in their own name, signed by their own key.

It is a badge of Open Badges 3.0 in every way, of an achievement that a catalogue offers to be given by people
(`core/vouches.py`). Its issuer is the did:key of who gives it, with the key credential that says whose key
that is, as endorsements have it; its subject is the holder's pseudonym. What is ours is a second type of the
subject, `Vouch`, which says how the giver stands to the holder, of which kind it is, and for which families
of roles. It is secured as a VC-JWT, and the exchange keeps its status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from exchange.core.credentials.credential import CONTEXT, Evidence
from exchange.core.credentials.endorser import read_key_credential, terms_resource
from exchange.core.credentials.nouns import JsonObject, Node, Text, as_json, fit_to_sign, moment, plain, read
from exchange.core.credentials.profile import Profile
from exchange.core.credentials.said import RELATIONSHIPS
from exchange.core.proofs.jwt import peek_jwt
from exchange.core.status.status import build_status_entry
from exchange.core.vouches import LONGEST, Kind, Offer
from exchange.errors import InputError

VOUCH_TYPE = "Vouch"
MAX_WORDS = 2000


class Vouch(msgspec.Struct, frozen=True, kw_only=True):
    """A vouch, read. `words` are Markdown."""

    id: str
    did: str
    giver_name: str
    holder: str
    achievement: str
    kind: str
    families: tuple[str, ...]
    relationship: str
    words: str
    valid_from: datetime
    valid_until: datetime
    supersedes: str


def check_words(words: str, relationship: str) -> None:
    """InputError: words_missing, words_too_long, relationship_unknown."""
    if not words.strip():
        raise InputError("words_missing", "Say in your own words what you saw.", "/words")
    if len(words) > MAX_WORDS:
        raise InputError("words_too_long", f"Your words have at most {MAX_WORDS} characters.", "/words")
    if relationship not in RELATIONSHIPS:
        known = ", ".join(RELATIONSHIPS)
        unknown = f"{relationship!a:.60} is no relationship known here; choose one of: {known}."
        raise InputError("relationship_unknown", unknown, "/relationship")


def build_vouch(
    *,
    id: str,
    did: str,
    giver_name: str,
    key_credential: str,
    achievement: Mapping[str, Any],
    offer: Offer,
    holder_id: str,
    relationship: str,
    words: str,
    valid_from: datetime,
    valid_until: datetime,
    evidence: Sequence[str] = (),
    status: tuple[int, str, str],
    supersedes: str | None = None,
    terms_url: str,
) -> JsonObject:
    """The unsigned vouch for `holder_id` by whoever holds the key `did`.

    `key_credential` and `status` are as in `build_peer_endorsement`, `offer` is what the `achievement` is.
    InputError as `check_words` and `fit_to_sign`; key_credential_foreign for one of another key, vouch_self,
    vouch_too_long for more than twelve months.
    """
    check_words(words, relationship)
    giver = read_key_credential(peek_jwt(key_credential.encode()).credential)
    if giver.did != did:
        foreign = "The key credential is about another key than the one that signs."
        raise InputError("key_credential_foreign", foreign, "/issuer/endorsementJwt")
    if giver.profile == holder_id:
        themselves = "Nobody vouches for themselves, or thanks themselves."
        raise InputError("vouch_self", themselves, "/credentialSubject/id")
    if not valid_from < valid_until <= valid_from + LONGEST:
        raise InputError("vouch_too_long", "A vouch holds for twelve months at most.", "/validUntil")
    index, list_url, list_issuer = status
    subject = {
        "id": holder_id,
        "type": ["AchievementSubject", VOUCH_TYPE],
        "achievement": as_json(achievement),
        "narrative": words,
        "relationship": relationship,
        "vouchKind": offer.kind,
        "roleFamily": list(offer.families),
        "supersedes": supersedes or None,
    }
    issuer = {"id": did, "type": ["Profile"], "name": giver_name, "endorsementJwt": [key_credential]}
    fit: JsonObject = fit_to_sign(
        {
            "@context": [*CONTEXT, terms_url],
            "id": id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": achievement.get("name"),
            "issuer": issuer,
            "validFrom": moment(valid_from, "/validFrom"),
            "validUntil": moment(valid_until, "/validUntil"),
            "credentialSubject": subject,
            "evidence": [Evidence(id=url).to_json() for url in evidence],
            "relatedResource": [terms_resource(terms_url).to_json()],
            "credentialStatus": {
                **build_status_entry(list_url, "revocation", index),
                "statusListIssuer": list_issuer,
            },
        }
    )
    return fit


class _Achievement(Node, frozen=True, kw_only=True):
    id: str


class _Subject(Node, frozen=True, kw_only=True):
    id: str
    type: tuple[str, ...]
    achievement: _Achievement
    narrative: Text | None = None
    relationship: str
    vouch_kind: Kind
    role_family: tuple[str, ...] = ()
    supersedes: str | None = None


class _Credential(Node, frozen=True, kw_only=True):
    id: str
    issuer: Profile
    valid_from: datetime
    valid_until: datetime
    credential_subject: _Subject


def is_vouch(document: Mapping[str, Any]) -> bool:
    """Whether `document` says of itself that it is one. Untrusted, like all that is only read."""
    subject = document.get("credentialSubject")
    named = subject.get("type") if isinstance(subject, dict) else None
    return VOUCH_TYPE in (named if isinstance(named, list) else [named])


def read_vouch(document: Mapping[str, Any]) -> Vouch:
    """A vouch as typed values. Verify it first. InputError (not_a_vouch, credential_malformed,
    date_malformed)."""
    if not is_vouch(document):
        other = f"This is no vouch: its subject is not of the type {VOUCH_TYPE}."
        raise InputError("not_a_vouch", other, "/credentialSubject/type")
    whole = read(document, _Credential)
    said = whole.credential_subject
    return Vouch(
        id=whole.id,
        did=whole.issuer.id,
        giver_name=plain(whole.issuer.name),
        holder=said.id,
        achievement=said.achievement.id,
        kind=said.vouch_kind,
        families=said.role_family,
        relationship=said.relationship,
        words=plain(said.narrative),
        valid_from=whole.valid_from,
        valid_until=whole.valid_until,
        supersedes=said.supersedes or "",
    )
