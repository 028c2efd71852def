"""What a JSON Schema cannot say: references that must meet, dates that must be in order, ids used once.

Every function takes whatever a stranger sent: a part of the wrong shape is passed over here, because the
schema has already refused it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from exchange.core.dates import check_day, parse_date
from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

_OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context"
_DATES = ("validFrom", "validUntil", "issuanceDate", "expirationDate", "awardedDate")


KINDS = {
    "OpenBadgeCredential": "badge",
    "AchievementCredential": "badge",
    "EndorsementCredential": "endorsement",
    "ClrCredential": "clr",
    "BitstringStatusListCredential": "status_list",
    "VerifiablePresentation": "presentation",
    "VerifiableCredential": "credential",
}
"""What a document with that type is: the first that it names, and of two it cannot be."""


def check_credential(credential: Mapping[str, Any]) -> list[Finding]:
    """Faults of any verifiable credential (VCDM 2.0 §4.9 validity period, §5.3 related resources)."""
    findings = [*_check_kinds(credential), *_check_dates(credential)]
    if "relatedResource" in credential:
        findings += _check_related(credential["relatedResource"])
    return findings


def check_badge(badge: Mapping[str, Any]) -> list[Finding]:
    """Faults of an OpenBadgeCredential: those of any credential, and of its results (Open Badges 3.0)."""
    findings = check_credential(badge)
    contexts = badge.get("@context")
    if isinstance(contexts, list) and len(contexts) > 2 and not str(contexts[1]).startswith(_OPEN_BADGES):
        second = "The Open Badges context should be the second one; some verifiers look only there."
        findings.append(Finding("context_order", "warning", second, "/@context/1"))
    for step, subject in _objects(badge.get("credentialSubject")):
        findings += _check_activity(subject, f"/credentialSubject{step}")
        if "result" in subject:
            findings += _check_results(subject, f"/credentialSubject{step}/result")
    return findings


def check_presentation(presentation: Mapping[str, Any]) -> list[Finding]:
    """Faults of its types, and of the credentials in it, each as `check_credential` finds them."""
    at = "/verifiableCredential"
    return _check_kinds(presentation) + [
        Finding(finding.code, finding.level, finding.message, at + step + finding.at)
        for step, credential in _objects(presentation.get("verifiableCredential"))
        for finding in check_credential(credential)
    ]


def _check_kinds(document: Mapping[str, Any]) -> list[Finding]:
    """As each kind, other things in a document count: an endorsement that says it is a learner record too
    would be believed without a look at what the record holds."""
    types = document.get("type", document.get("@type"))
    listed = types if isinstance(types, list) else [types]
    kinds = {kind: name for name, kind in KINDS.items() if name in listed and kind != "credential"}
    if len(kinds) < 2:
        return []
    named = ", ".join(kinds.values())
    both = f"It says that it is several things at once ({named}): as which it counts cannot be known."
    return [Finding("several_kinds", "error", both, "/type")]


def _check_dates(credential: Mapping[str, Any]) -> list[Finding]:
    findings = []
    moments: dict[str, datetime] = {}
    for name in _DATES:
        text = credential.get(name)
        if not isinstance(text, str):
            continue
        try:
            moments[name] = parse_date(text)
        except InputError as error:
            findings.append(Finding("date_malformed", "error", f"{name}: {error.message}", f"/{name}"))
            continue
        if text[-1] != "Z" and text[-6] not in "+-":
            no_zone = f"{name} names no time zone; it is read as UTC."
            findings.append(Finding("date_without_zone", "warning", no_zone, f"/{name}"))
    for start, end in (("validFrom", "validUntil"), ("issuanceDate", "expirationDate")):
        if start in moments and end in moments and moments[start] > moments[end]:
            reversed_ = f"{end} ({credential[end]}) lies before {start} ({credential[start]})."
            findings.append(Finding("period_reversed", "error", reversed_, f"/{end}"))
    return findings


def _check_activity(subject: Mapping[str, Any], at: str) -> Iterator[Finding]:
    for name in ("activityStartDate", "activityEndDate"):
        text = subject.get(name)
        try:
            if isinstance(text, str):
                check_day(text)
        except InputError as error:
            yield Finding("date_malformed", "error", f"{name}: {error.message}", f"{at}/{name}")


def _check_related(value: Any) -> Iterator[Finding]:
    seen = set()
    for step, resource in _objects(value):
        identifier = resource.get("id")
        if isinstance(identifier, str):
            if identifier in seen:
                twice = f"{identifier:.200} is named twice: which of its digests counts cannot be known."
                yield Finding("related_resource_twice", "error", twice, f"/relatedResource{step}/id")
            seen.add(identifier)


def _check_results(subject: Mapping[str, Any], at: str) -> Iterator[Finding]:
    achievements = [achievement for _, achievement in _objects(subject.get("achievement"))]
    if not achievements:
        return
    described = {
        description.get("id"): (description.get("resultType"), _levels(description))
        for achievement in achievements
        for _, description in _objects(achievement.get("resultDescription"))
        if isinstance(description.get("id"), str)
    }
    for step, result in _objects(subject["result"]):
        name, level = result.get("resultDescription"), result.get("achievedLevel")
        described_as = described.get(name) if isinstance(name, str) else _UNDESCRIBED
        if described_as is None:
            unknown = f"{name:.200} is not among the result descriptions of the achievement."
            yield Finding("result_description_unknown", "error", unknown, f"{at}{step}/resultDescription")
            continue
        kind, levels = described_as
        if kind == "Status" and "status" not in result:
            missing = "The result is a status and does not say which."
            yield Finding("result_status_missing", "error", missing, f"{at}{step}/status")
        if isinstance(level, str) and level not in levels:
            no_level = "The achieved level is not one of the levels of its result description."
            yield Finding("result_level_unknown", "error", no_level, f"{at}{step}/achievedLevel")


_UNDESCRIBED: tuple[Any, frozenset[str]] = (None, frozenset())


def _levels(description: Mapping[str, Any]) -> frozenset[str]:
    """The ids of its levels, gathered once: a megabyte holds thousands, and as many results that name one."""
    levels = (level.get("id") for _, level in _objects(description.get("rubricCriterionLevel")))
    return frozenset(level for level in levels if isinstance(level, str))


_STEPS = tuple(f"/{index}" for index in range(64))


def _objects(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """(step of a JSON Pointer, object) of each object in `value`, which may be one or a list."""
    if isinstance(value, dict):
        return [("", value)]
    if not isinstance(value, list):
        return []
    steps = _STEPS if len(value) <= len(_STEPS) else [f"/{index}" for index in range(len(value))]
    return [(step, item) for step, item in zip(steps, value, strict=False) if isinstance(item, dict)]
