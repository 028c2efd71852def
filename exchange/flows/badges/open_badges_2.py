"""Verify an Open Badges 2.0 assertion: by openbadgeslib in the worker, judged and shown like any badge."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchange.core import strict_json
from exchange.core.credentials.identity import check_recipient
from exchange.core.dates import is_over, is_yet_to_come, parse_date
from exchange.core.verdict.documents import Documents
from exchange.core.verdict.finding import Finding, finding_from
from exchange.core.verdict.verdict import Asking, Verdict, conclude
from exchange.errors import CannotTellError, ExchangeError
from exchange.flows.ports import Bring, OpenBadges2

KIND = "open_badge_2"

_ROUNDS = 6
"""Assertion, badge class, issuer, key and revocation list, one after the other as they become known."""


async def verify_open_badges_2(
    worker: OpenBadges2,
    text: str,
    documents: Documents,
    bring: Bring | None,
    now: datetime,
    recipient: str | None,
) -> Verdict:
    """The verdict on `text`, an assertion as JSON or a compact JWS (Open Badges 2.0 §5).

    `bring` fetches what is missing and adds it to `documents`; None when nothing may be fetched.
    """
    try:
        read = strict_json.parse(text.encode()) if text.startswith("{") else text
    except ExchangeError as error:
        return conclude([finding_from(error)], KIND, None)
    for _ in range(_ROUNDS):
        asking = Asking(documents)
        try:
            assertion = await asyncio.to_thread(worker, read, asking)
        except CannotTellError as error:
            if not asking.wanted or bring is None:
                return conclude([finding_from(error)], KIND, None)
            for url in asking.wanted:
                await bring(url)
        except ExchangeError as error:
            return conclude([finding_from(error)], KIND, None)
        else:
            return conclude(_check(assertion, now, recipient), KIND, assertion)
    many = "The badge needs more documents than one verification fetches."
    return conclude([Finding("document_unreachable", "unknown", many)], KIND, None)


def _check(assertion: Mapping[str, Any], now: datetime, recipient: str | None) -> list[Finding]:
    told = "It is an Open Badges 2.0 badge, and its issuer stands behind it."
    findings = [Finding("open_badges_2_valid", "ok", told)]
    try:
        if "expires" in assertion and is_over(parse_date(assertion["expires"]), now):
            was = f"It was valid until {assertion['expires']}; that time is over."
            findings.append(Finding("expired", "error", was, "/expires"))
        if is_yet_to_come(parse_date(assertion.get("issuedOn")), now):
            early = f"It says it was issued at {assertion['issuedOn']}, which is yet to come."
            findings.append(Finding("not_yet_valid", "error", early, "/issuedOn"))
    except ExchangeError as error:
        findings.append(finding_from(error))
    if recipient is not None:
        findings.append(check_recipient(as_subject(assertion.get("recipient")), recipient))
    return findings


def as_subject(recipient: Any) -> dict[str, Any]:
    """A 2.0 recipient as the identity object it became in 3.0."""
    said = recipient if isinstance(recipient, dict) else {}
    identity = {
        "type": "IdentityObject",
        "hashed": said.get("hashed", False),
        "identityHash": said.get("identity"),
        "identityType": "emailAddress",
        "salt": said.get("salt", ""),
    }
    return {"credentialSubject": {"identifier": [identity]}}
