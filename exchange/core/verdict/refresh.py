"""1EdTechCredentialRefresh: a badge may name where its current copy is kept (OB 3.0 §9, step 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from exchange.core.credentials.schema import check_schema
from exchange.core.dates import parse_date
from exchange.core.proofs.data_integrity import as_list
from exchange.core.verdict.documents import Documents, body_of
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import Secured, check_proof, read_secured
from exchange.errors import ExchangeError, InputError


class Refreshed(msgspec.Struct, frozen=True):
    """The copy to judge, and what there is to say about it."""

    secured: Secured
    findings: list[Finding]


def refreshed(secured: Secured, kind: str, documents: Documents, policy: Policy, now: datetime) -> Refreshed:
    """The newer copy if the service gave one that the issuer signed; else the original, with a warning.

    A copy is held to all that the original was: its proof's own dates and claims, its form as a `kind`.
    Asked once, and only after the original's proof stood: a copy cannot send us on to another.
    """
    services = as_list(secured.document.get("refreshService"))
    urls = [
        s.get("id")
        for s in services
        if isinstance(s, dict) and "1EdTechCredentialRefresh" in as_list(s.get("type"))
    ]
    if not urls or not isinstance(urls[0], str):
        return Refreshed(secured, [])
    try:
        copy = read_secured(body_of(documents, urls[0]))
        proven = check_proof(copy, documents, policy, now)
        if not proven.ok or any(finding.level in ("error", "unknown") for finding in proven.findings):
            raise InputError("refresh_failed", "its signature does not stand")
        if any(finding.level == "error" for finding in check_schema(copy.document, kind, policy.effort)):
            raise InputError("refresh_failed", "it does not have the form of one")
        if _name(copy) != _name(secured):
            raise InputError("refresh_failed", "it is another credential")
        if _start(copy.document) < _start(secured.document):
            raise InputError("refresh_failed", "it is older")
    except ExchangeError as error:
        why = error.message.rstrip(".")
        kept = f"The refresh service gave no better copy ({why}); the one at hand is judged."
        return Refreshed(secured, [Finding("refresh_failed", "warning", kept, "/refreshService")])
    fresh = "The refresh service's current copy was judged."
    return Refreshed(copy, [Finding("refreshed", "ok", fresh, "/refreshService")])


def _name(secured: Secured) -> tuple[str, Any]:
    return secured.issuer_id, secured.document.get("id")


def _start(document: dict[str, Any]) -> datetime:
    return parse_date(document.get("validFrom", document.get("issuanceDate", "")))
