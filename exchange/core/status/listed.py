"""Whether a credential is revoked or suspended: its entries, looked up in lists that its issuer vouches for.

A list counts only if it is what its URL says, its own proof stands, and its signer is the credential's issuer
(Bitstring Status List §3.2; TRUST.md, lesson 2), or the one whom that issuer names in the entry: a peer signs
endorsements and keeps no lists. That name is our term, and it counts only in a token, whose signature covers
the entry as it stands there; statements of an RDF dataset have no place (lesson 9). Everything short of that
is *cannot tell* or refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from exchange.core import strict_json
from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import Contexts
from exchange.core.canonical.effort import Effort
from exchange.core.canonical.our_terms import pinned_terms
from exchange.core.dates import LEEWAY
from exchange.core.keys.did import urls_for
from exchange.core.proofs.data_integrity import as_list
from exchange.core.status import status
from exchange.core.verdict.documents import Document, Documents, body_of
from exchange.core.verdict.finding import Finding, finding_from
from exchange.core.verdict.policy import Policy, Rare
from exchange.core.verdict.secured import MAX_PROOFS, Proven, Secured, check_proof, read_secured
from exchange.errors import CannotTellError, ExchangeError, InputError

Keys = tuple[tuple[str, Document], ...]
"""The documents at hand that may say whose key made a list, with their URLs."""

_REMEMBERED = 65_536
"""Bytes up to which a list is remembered, so that strangers' lists cannot fill the memory."""

_LITTLE = 10_000
"""Units of work for a list to be remembered; what takes more is paid for by the file that names it."""


def check_status(secured: Secured, documents: Documents, policy: Policy, now: datetime) -> list[Finding]:
    """One finding for each thing its status entries say, or one that it has none."""
    try:
        entries = status.entries_of(secured.document)
    except ExchangeError as error:
        return [finding_from(error)]
    if not entries:
        return [Finding("status_none", "ok", "It names no status list, so it cannot have been revoked.")]
    findings: list[Finding] = []
    for entry in entries:
        try:
            findings += _check_entry(entry, secured, documents, policy, now)
        except ExchangeError as error:
            findings.append(finding_from(error, entry.at))
    return findings


def _check_entry(
    entry: status.StatusEntry, secured: Secured, documents: Documents, policy: Policy, now: datetime
) -> list[Finding]:
    if not entry.list_url:
        return status.check_entry(entry, {}, secured.document, now)
    body = body_of(documents, entry.list_url)
    if entry.kind == "1EdTechRevocationList":
        return [_check_revocation_list(entry, secured, body)]
    signer = _signer(entry, secured, policy.contexts)
    if signer in policy.revoked:
        raise CannotTellError(
            "status_list_unproven",
            f"The status list at {entry.list_url} is signed with a key that was revoked.",
        )
    listed, proven, bits = _proven_list(entry, signer, body, documents, policy, now)
    if bits is not None:
        return [status.read_entry(entry, bits)]
    if not proven.ok:
        return [_not_standing(entry, proven)]
    said = status.check_entry(entry, listed.document, secured.document, now, signer=signer)
    if not any(_counts(finding, listed, now) for finding in proven.findings):
        return said
    # Its signer made it, but it does not hold now (a token's exp is over): it clears nobody, as a stale one.
    return [_not_standing(entry, proven), *(finding for finding in said if finding.level == "error")]


def _signer(entry: status.StatusEntry, secured: Secured, contexts: Contexts) -> str:
    """Who has to have signed the list: the credential's issuer, or whom it names in a token, in our terms."""
    if entry.signer and secured.jwt is not None and pinned_terms(secured.document, contexts):
        return entry.signer
    return secured.issuer_id


def _counts(finding: Finding, listed: Secured, now: datetime) -> bool:
    """Whether this finding about the proof keeps a list from being believed now.

    Open Badges §8.2.4.1 tells which claims a badge's token has, and what they repeat. A list is no badge:
    none need be there, nbf may be the moment it was signed, and exp that of the token alone, while they hold.
    """
    if finding.level in ("ok", "warning") or finding.code == "jwt_claim_missing":
        return False
    if finding.code == "jwt_claim_mismatch" and finding.at in ("/nbf", "/exp") and listed.jwt:
        # An exp that is over is a finding of its own.
        return finding.at == "/nbf" and listed.jwt.claims["nbf"] > now.timestamp() + LEEWAY.total_seconds()
    return True


def _check_revocation_list(entry: status.StatusEntry, secured: Secured, body: bytes) -> Finding:
    try:
        listed = strict_json.parse(body)
    except InputError as error:
        told = f"The issuer's revocation list cannot be read: {error.message}"
        return Finding("status_list_unreadable", "unknown", told, entry.at)
    return status.check_revocation_list(secured.document, entry, listed)


def _not_standing(entry: status.StatusEntry, proven: Proven) -> Finding:
    why = " ".join(finding.message for finding in proven.findings if finding.level != "ok")
    told = f"The status list at {entry.list_url} does not stand: {why}"
    if not proven.ok and any(finding.level == "error" for finding in proven.findings):
        return Finding("status_list_forged", "error", told, entry.at)
    return Finding("status_list_unproven", "unknown", told, entry.at)


def _proven_list(
    entry: status.StatusEntry,
    signer: str,
    body: bytes,
    documents: Documents,
    policy: Policy,
    now: datetime,
) -> tuple[Secured, Proven, bytes | None]:
    """The list, whether its proof stands, and its bits if nothing at all is to be said against it; remembered
    for a second, since many badges share one list."""
    listed, urls = _read_remembered(body) if len(body) <= _REMEMBERED else _read(body)
    keys = tuple((url, documents[url]) for url in urls if url in documents)
    own = _policy_for_lists(policy.contexts, policy.exact, policy.rare, policy.relaxed)
    if len(body) + sum(len(document.body) for _, document in keys) <= _REMEMBERED:
        about = (entry.kind, entry.purpose, entry.list_url, entry.size)
        proven, bits = _judged(body, keys, own, now.replace(microsecond=0), about, signer)
        if bits is not None:
            return listed, proven, bits
    return listed, check_proof(listed, documents, replace(own, effort=policy.effort), now), None


@lru_cache(maxsize=16)
def _policy_for_lists(contexts: Contexts, exact: Exact | None, rare: Rare | None, relaxed: bool) -> Policy:
    """What is asked of a list: nothing that hangs on the badge or on who asks, so it can be remembered."""
    return Policy(contexts=contexts, exact=exact, rare=rare, relaxed=relaxed)


def _read(body: bytes) -> tuple[Secured, tuple[str, ...]]:
    """The list, and the URLs of the documents that say whose key made it."""
    try:
        listed = read_secured(body)
    except ExchangeError as error:
        raise CannotTellError(
            "status_list_unreadable", f"What lies at the list's address is no status list: {error.message}"
        ) from error
    methods = _methods(listed)
    return listed, tuple(url for method in methods for url in urls_for(listed.issuer_id, method))


_read_remembered = lru_cache(maxsize=32)(_read)


def _methods(listed: Secured) -> list[str | None]:
    if listed.jwt is not None:
        return [listed.jwt.kid]
    proofs: list[Mapping[str, Any]] = [
        p for p in as_list(listed.document.get("proof"))[:MAX_PROOFS] if isinstance(p, dict)
    ]
    return [p["verificationMethod"] for p in proofs if isinstance(p.get("verificationMethod"), str)] or [None]


@lru_cache(maxsize=32)
def _proven(body: bytes, keys: Keys, policy: Policy, now: datetime) -> Proven:
    little = replace(policy, effort=Effort(_LITTLE))
    return check_proof(_read_remembered(body)[0], dict(keys), little, now)


@lru_cache(maxsize=8)
def _judged(
    body: bytes,
    keys: Keys,
    policy: Policy,
    second: datetime,
    about: tuple[str, str, str, int],
    signer: str,
) -> tuple[Proven, bytes | None]:
    """Whether the list's proof stands, and its bits for entries `about` (kind, purpose, list, size) of which
    `signer` has to sign the list; None if there is anything to be said against it, with these keys, at either
    end of the second: then it is looked at once more, with all that is at hand, for the words."""
    listed = _read_remembered(body)[0]
    kind, purpose, url, size = about
    entry = status.StatusEntry(kind, purpose, 0, url, size, (), "")
    for now in (second, second + timedelta(seconds=1)):
        proven = _proven(body, keys, policy, now)
        if not proven.ok or any(_counts(finding, listed, now) for finding in proven.findings):
            return proven, None
        try:
            doubts, bits = status.check_list(entry, listed.document, signer, now)
        except ExchangeError:
            return proven, None
        if doubts:
            return proven, None
    return proven, bits
