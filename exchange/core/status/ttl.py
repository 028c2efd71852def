"""How long a status list may be believed before it wants to be asked again (Bitstring Status List v1.0
§2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from exchange.core.status.status import entries_of
from exchange.core.verdict.documents import Documents, body_of
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError

USUAL = timedelta(minutes=5)
"""What a list means that does not say (§2.2)."""
_MOST = timedelta(days=365) // timedelta(milliseconds=1)


def shortest_ttl(credential: Mapping[str, Any], documents: Documents) -> timedelta | None:
    """The shortest `ttl` of the lists that a credential names, as far as they were fetched; None without one.
    It is a hint for who asks again, so nothing is verified here."""
    try:
        urls = {entry.list_url for entry in entries_of(credential)}
    except ExchangeError:
        return None
    found = [_ttl(url, documents) for url in urls if url in documents]
    return min(found) if found else None


def _ttl(url: str, documents: Documents) -> timedelta:
    try:
        subject = read_secured(body_of(documents, url)).document.get("credentialSubject")
    except ExchangeError:
        return USUAL
    told = subject.get("ttl") if isinstance(subject, dict) else None
    if type(told) is not int or not 0 < told <= _MOST:
        return USUAL
    return timedelta(milliseconds=told)
