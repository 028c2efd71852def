"""OpenBadgeCredential: a badge, read and built (Open Badges 3.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from exchange.core.credentials.achievement import Achievement, Alignment
from exchange.core.credentials.identity import IdentityObject, build_identity
from exchange.core.credentials.nouns import JsonObject, Node, Text, as_json, fit_to_sign, moment, read, types
from exchange.core.credentials.profile import Image, Profile
from exchange.core.status.status import build_status_entry
from exchange.core.typed import learned
from exchange.errors import InputError

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXT = [CREDENTIALS_V2, OPEN_BADGES]


class Result(Node, frozen=True, kw_only=True):
    """What was reached. `result_description` and `achieved_level` are ids in the achievement."""

    type: tuple[str, ...] = types("Result")
    result_description: str | None = None
    achieved_level: str | None = None
    value: str | None = None
    status: str | None = None
    alignment: tuple[Alignment, ...] = ()


class Evidence(Node, frozen=True, kw_only=True):
    """The work that was seen, as a page or in words."""

    id: str | None = None
    type: tuple[str, ...] = types("Evidence")
    name: Text | None = None
    description: Text | None = None
    narrative: Text | None = None
    genre: str | None = None
    audience: str | None = None


class AchievementSubject(Node, frozen=True, kw_only=True):
    """Who achieved what: an `id` or at least one `identifier`, and the achievement."""

    id: str | None = None
    type: tuple[str, ...] = types("AchievementSubject")
    identifier: tuple[IdentityObject, ...] = ()
    achievement: Achievement
    narrative: Text | None = None
    result: tuple[Result, ...] = ()
    activity_start_date: str | None = None
    activity_end_date: str | None = None
    credits_earned: float | None = None
    image: Image | None = None
    license_number: str | None = None
    role: str | None = None
    source: Profile | None = None
    term: str | None = None


@learned
class OpenBadgeCredential(Node, frozen=True, kw_only=True):
    """A badge. The dates are moments; `credential_status` and the like are the JSON objects as they are."""

    context: Any = msgspec.field(name="@context")
    id: str
    type: tuple[str, ...]
    name: Text | None = None
    description: Text | None = None
    image: Image | None = None
    issuer: Profile
    valid_from: datetime
    valid_until: datetime | None = None
    awarded_date: datetime | None = None
    credential_subject: AchievementSubject
    evidence: tuple[Evidence, ...] = ()
    credential_status: tuple[dict[str, Any], ...] = ()
    credential_schema: tuple[dict[str, Any], ...] = ()
    refresh_service: tuple[dict[str, Any], ...] = ()
    terms_of_use: tuple[dict[str, Any], ...] = ()
    endorsement: tuple[dict[str, Any], ...] = ()
    endorsement_jwt: tuple[str, ...] = ()


def read_badge(document: Mapping[str, Any]) -> OpenBadgeCredential:
    """A badge as typed values, VCDM 2.0 or 1.1, for showing it; what is signed is `document`.

    Verify it first. InputError (credential_malformed, date_malformed) for what `check_schema` would refuse.
    """
    return read(document, OpenBadgeCredential)


def build_badge(
    *,
    id: str,
    issuer: Profile | Mapping[str, Any],
    achievement: Achievement | Mapping[str, Any],
    recipient: str,
    subject_id: str,
    salt: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    name: str | None = None,
    narrative: str = "",
    results: Sequence[Result] = (),
    evidence: Sequence[str | Evidence] = (),
    status: Sequence[tuple[str, int, str]] = (),
) -> JsonObject:
    """An unsigned OpenBadgeCredential (VCDM 2.0, Open Badges 3.0.3).

    `recipient` is `mailto:` and an address, a DID or another identifier. If `subject_id` is something else
    (an opaque urn:uuid), the recipient is added as an IdentityObject, hashed with `salt` (at least 128 random
    bits). `evidence` are URLs or Evidence. `status` are (purpose, index, URL of the list): one becomes an
    object, as OB 3.0 has it, several a list, as VCDM 2.0 allows and OB 3.1 plans. `name` is that of the
    achievement if not given. Dates are written in UTC to the second.

    InputError: date_without_zone, period_reversed, and the codes of `fit_to_sign`.
    """
    return BadgeMould(issuer, achievement).build(
        id=id,
        recipient=recipient,
        subject_id=subject_id,
        salt=salt,
        valid_from=valid_from,
        valid_until=valid_until,
        name=name,
        narrative=narrative,
        results=results,
        evidence=evidence,
        status=status,
    )


class BadgeMould:
    """Builds badges of one issuer and achievement, which are made fit to sign once and shared by all."""

    def __init__(
        self, issuer: Profile | Mapping[str, Any], achievement: Achievement | Mapping[str, Any]
    ) -> None:
        whole = {"issuer": as_json(issuer), "credentialSubject": {"achievement": as_json(achievement)}}
        fit = fit_to_sign(whole)
        self._issuer = fit.get("issuer")
        self._achievement = fit.get("credentialSubject", {}).get("achievement")

    def build(
        self,
        *,
        id: str,
        recipient: str,
        subject_id: str,
        salt: str,
        valid_from: datetime,
        valid_until: datetime | None = None,
        name: str | None = None,
        narrative: str = "",
        results: Sequence[Result] = (),
        evidence: Sequence[str | Evidence] = (),
        status: Sequence[tuple[str, int, str]] = (),
    ) -> JsonObject:
        """As `build_badge`. The parts that badges share are the same objects: do not change them."""
        if valid_until is not None and valid_until < valid_from:
            raise InputError("period_reversed", "validUntil lies before validFrom.", "/validUntil")
        subject = {
            "id": subject_id,
            "type": ["AchievementSubject"],
            "identifier": [build_identity(recipient, salt).to_json()] if recipient != subject_id else [],
            "achievement": _SHARED if self._achievement else None,
            "narrative": narrative or None,
            "result": [result.to_json() for result in results],
        }
        seen = [Evidence(id=item) if isinstance(item, str) else item for item in evidence]
        fit: JsonObject = fit_to_sign(
            {
                "@context": CONTEXT,
                "id": id,
                "type": ["VerifiableCredential", "OpenBadgeCredential"],
                "name": name or (self._achievement or {}).get("name"),
                "issuer": _SHARED if self._issuer else None,
                "validFrom": moment(valid_from, "/validFrom"),
                "validUntil": moment(valid_until, "/validUntil") if valid_until else None,
                "credentialSubject": subject,
                "evidence": [item.to_json() for item in seen],
                "credentialStatus": status_of(status),
            }
        )
        if self._issuer:
            fit["issuer"] = self._issuer
        if self._achievement:
            fit["credentialSubject"]["achievement"] = self._achievement
        return fit


_SHARED = "shared"
"""Stands for a part that is fit already, so that the members keep their order."""


def status_of(slots: Sequence[tuple[str, int, str]]) -> JsonObject | list[JsonObject]:
    """`credentialStatus` of (purpose, index, URL of the list): an object for one, a list for several."""
    entries = [build_status_entry(url, purpose, index) for purpose, index, url in slots]
    return entries[0] if len(entries) == 1 else entries
