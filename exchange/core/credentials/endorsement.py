"""EndorsementCredential: what a peer says about a badge, an achievement or a profile (Open Badges 3.0).

An id alone does not pin content: what it names may change after the peer has read it. So an endorsement can
carry the digest of what was seen (VCDM 2.0 §5.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from exchange.core.credentials.credential import CONTEXT, status_of
from exchange.core.credentials.nouns import JsonObject, Node, Text, as_json, fit_to_sign, moment, read, types
from exchange.core.credentials.profile import Profile
from exchange.core.typed import learned
from exchange.errors import InputError


class RelatedResource(Node, frozen=True, kw_only=True):
    """Something elsewhere and the digest of its bytes."""

    id: str
    digest_sri: str | None = msgspec.field(default=None, name="digestSRI")
    digest_multibase: str | None = None
    media_type: str | None = None


class EndorsementSubject(Node, frozen=True, kw_only=True):
    """What is endorsed, by its id, and what is said of it, in Markdown."""

    id: str
    type: tuple[str, ...] = types("EndorsementSubject")
    endorsement_comment: Text | None = None


@learned
class EndorsementCredential(Node, frozen=True, kw_only=True):
    """An endorsement. The dates are moments."""

    context: Any = msgspec.field(name="@context")
    id: str
    type: tuple[str, ...]
    name: Text
    description: Text | None = None
    issuer: Profile
    valid_from: datetime
    valid_until: datetime | None = None
    awarded_date: datetime | None = None
    credential_subject: EndorsementSubject
    related_resource: tuple[RelatedResource, ...] = ()
    credential_status: tuple[dict[str, Any], ...] = ()


def read_endorsement(document: Mapping[str, Any]) -> EndorsementCredential:
    """An endorsement as typed values, VCDM 2.0 or 1.1, for showing it. Verify it first.

    InputError (credential_malformed, date_malformed) for what `check_schema` would refuse.
    """
    return read(document, EndorsementCredential)


def build_endorsement(
    *,
    id: str,
    name: str,
    issuer: Profile | Mapping[str, Any],
    subject_id: str,
    comment: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    seen: Sequence[RelatedResource] = (),
    status: Sequence[tuple[str, int, str]] = (),
) -> JsonObject:
    """An unsigned EndorsementCredential (VCDM 2.0, Open Badges 3.0.3) about `subject_id`.

    `seen` pins what the endorser saw; `status` is as in `build_badge`. InputError as there.
    """
    if valid_until is not None and valid_until < valid_from:
        raise InputError("period_reversed", "validUntil lies before validFrom.", "/validUntil")
    subject = EndorsementSubject(id=subject_id, endorsement_comment=comment or None)
    document = {
        "@context": CONTEXT,
        "id": id,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": name,
        "issuer": as_json(issuer),
        "validFrom": moment(valid_from, "/validFrom"),
        "validUntil": moment(valid_until, "/validUntil") if valid_until else None,
        "credentialSubject": subject.to_json(),
        "relatedResource": [resource.to_json() for resource in seen],
        "credentialStatus": status_of(status),
    }
    fit: JsonObject = fit_to_sign(document)
    return fit
