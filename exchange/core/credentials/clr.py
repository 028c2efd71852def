"""ClrCredential: what somebody has, as one signed record (Comprehensive Learner Record 2.0).

A record is a snapshot: whoever puts it together says that on that day these credentials were shown for one
person, and stood. Each credential in it is exactly as its own issuer signed it, and is judged by itself, with
its own status, whenever the record is read. One in the form of a token is in an EnvelopedVerifiableCredential
(VCDM 2.0 §4.13.1): CLR 2.0 asks for verifiable credentials there, and that is how VCDM 2.0 writes a secured
one that is no JSON. What does not stand any more is not in a record, for a record lists what somebody has;
its description tells of it in words.

An association relates two achievements (CLR 2.0, Association). One of them is known here, so it is the only
one that a record has: that an achievement was replaced by a later version of it, where both are in it. Steps
of a ladder are no data, a renewal is of a badge and no achievement, and what badges from elsewhere say of
themselves is in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchange.core.canonical import terms
from exchange.core.credentials.credential import CREDENTIALS_V2, OPEN_BADGES
from exchange.core.credentials.embedded import embedded
from exchange.core.credentials.identity import build_identity
from exchange.core.credentials.nouns import JsonObject, as_json, fit_to_sign, moment
from exchange.core.credentials.profile import Profile
from exchange.errors import ExchangeError, InputError

RECORDS = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
CONTEXT = [CREDENTIALS_V2, RECORDS, OPEN_BADGES]
MOST_CREDENTIALS = 200


def build_clr(
    *,
    id: str,
    issuer: Profile | Mapping[str, Any],
    name: str,
    description: str,
    subject_id: str,
    recipients: Sequence[str],
    salts: Sequence[str],
    credentials: Sequence[bytes],
    replaced: Sequence[tuple[str, str]] = (),
    valid_from: datetime,
    valid_until: datetime,
) -> JsonObject:
    """An unsigned ClrCredential of signed `credentials`, which is never all that somebody has (`partial`).

    `subject_id` is opaque; `recipients`, `mailto:` and an address each, are in it as hashes, each with the
    salt at its place in `salts` (at least 128 random bits). `replaced` are achievements, by id, each with the
    later version that replaced it. InputError("record_empty"), ("record_too_large")
    above MOST_CREDENTIALS, and as `fit_to_sign`.
    """
    if not credentials:
        raise InputError("record_empty", "Nothing that stands is in it, and a record holds something.")
    if len(credentials) > MOST_CREDENTIALS:
        raise InputError("record_too_large", f"A record has room for {MOST_CREDENTIALS} credentials.")
    subject: JsonObject = {
        "id": subject_id,
        "type": ["ClrSubject"],
        "identifier": [
            as_json(build_identity(recipient, salt))
            for recipient, salt in zip(recipients, salts, strict=True)
        ],
    }
    if replaced:
        subject["association"] = [_replaced_by(*pair) for pair in replaced]
    record: JsonObject = fit_to_sign(
        {
            "@context": CONTEXT,
            "id": id,
            "type": ["VerifiableCredential", "ClrCredential"],
            "name": name,
            "description": description,
            "issuer": as_json(issuer),
            "validFrom": moment(valid_from, "/validFrom"),
            "validUntil": moment(valid_until, "/validUntil"),
            "partial": True,
            "credentialSubject": subject,
        }
    )
    record["credentialSubject"]["verifiableCredential"] = [embedded(one) for one in credentials]
    return record


def _replaced_by(earlier: str, later: str) -> JsonObject:
    return {
        "type": ["Association"],
        "associationType": "replacedBy",
        "sourceId": earlier,
        "targetId": later,
    }


def fits_in_clr(credential: bytes) -> bool:
    """Whether a record can hold it as it was signed: under the contexts of a record its words mean what they
    mean alone. Credentials of VCDM 1.1 define them otherwise."""
    try:
        part = embedded(credential)
        terms.check_terms(
            {
                "@context": CONTEXT,
                "id": "urn:uuid:00000000-0000-4000-8000-000000000000",
                "type": ["VerifiableCredential", "ClrCredential"],
                "credentialSubject": {"type": ["ClrSubject"], "verifiableCredential": [part]},
            }
        )
    except ExchangeError:
        return False
    return True
