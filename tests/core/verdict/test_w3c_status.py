"""The MUSTs of status lists as the W3C's suite checks them (Bitstring Status List §2, §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from tests.core.signers import MADE
from tests.core.w3c import (
    ADA,
    credential,
    forged,
    sign,
    verdict,
    without,
)

LIST = "https://issuer.example/status/1"
ENTRY = status.build_status_entry(LIST, "revocation", 94567)


def listed(set_: tuple[int, ...] = (), **changed: Any) -> dict[str, Document]:
    document = status.build_status_list_credential(
        LIST,
        ADA.did,
        "revocation",
        bitstring.encode(set_),
        valid_from=MADE,
        valid_until=MADE + timedelta(days=1),
        ttl_ms=60_000,
    )
    subject = without({**document["credentialSubject"], **changed.pop("credentialSubject", {})})
    signed = sign(without({**document, "credentialSubject": subject, **changed}))
    return {LIST: Document(LIST, 200, "application/vc", signed)}


def revocable(**changed: Any) -> bytes:
    return sign(credential(credentialStatus=without({**ENTRY, **changed})))


STATUS_ACCEPTED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the usual one": ({}, {}),
    "without an id": ({"id": ...}, {}),
    "a list for several purposes": (
        {},
        {"credentialSubject": {"statusPurpose": ["revocation", "suspension"]}},
    ),
    "a list without a ttl": ({}, {"credentialSubject": {"ttl": ...}}),
    "a list without dates": ({}, {"validFrom": ..., "validUntil": ...}),
}
ENTRY_FAULTS: dict[str, dict[str, Any]] = {
    "an index that is a number": {"statusListIndex": 94567},
    "an index that is true": {"statusListIndex": True},
    "an index below zero": {"statusListIndex": "-1"},
    "an index in words": {"statusListIndex": "first"},
    "no index": {"statusListIndex": ...},
    "an index beyond the list": {"statusListIndex": "131072"},
    "no purpose": {"statusPurpose": ...},
    "a purpose that is a number": {"statusPurpose": 1},
    "another purpose than the list": {"statusPurpose": "suspension"},
    "no list": {"statusListCredential": ...},
    "a list that is no URL": {"statusListCredential": "not-a-url"},
    "the list's URL for its id": {"id": LIST},
    "a size of zero": {"statusSize": 0},
    "a size in words": {"statusSize": "2"},
    "a size of two bits without messages": {"statusSize": 2},
    "too few messages": {"statusSize": 2, "statusMessage": [{"status": "0x0", "message": "fine"}]},
    "messages without a message": {
        "statusSize": 1,
        "statusMessage": [{"status": "0x0"}, {"status": "0x1"}],
    },
}
LIST_FAULTS: dict[str, dict[str, Any]] = {
    "revoked": {"set_": (94567,)},
    "of another type": {"type": ["VerifiableCredential"]},
    "with a subject of another type": {"credentialSubject": {"type": "https://example.org/#List"}},
    "of another purpose": {"credentialSubject": {"statusPurpose": "suspension"}},
    "without a purpose": {"credentialSubject": {"statusPurpose": ...}},
    "without its bits": {"credentialSubject": {"encodedList": ...}},
    "without the multibase sign": {"credentialSubject": {"encodedList": bitstring.encode(())[1:]}},
    "not compressed": {"credentialSubject": {"encodedList": "u" + "A" * 21848}},
    "shorter than 16 KB": {"credentialSubject": {"encodedList": bitstring.encode((), 100_000)}},
    "expired": {"validUntil": "2026-11-21T10:00:00Z"},
    "with another id": {"id": "https://issuer.example/status/2"},
}


@pytest.mark.parametrize("name", STATUS_ACCEPTED)
def test_a_status_that_conforms(name: str) -> None:
    entry, changed = STATUS_ACCEPTED[name]
    result = verdict(revocable(**entry), listed(**changed))
    assert result.outcome == "valid", result.findings
    assert "status_ok" in result.codes


@pytest.mark.parametrize("name", ENTRY_FAULTS)
def test_a_status_entry_is_refused_with(name: str) -> None:
    document = credential(credentialStatus=without({**ENTRY, **ENTRY_FAULTS[name]}))
    assert verdict({**document, "proof": forged(document, {})}, listed()).outcome != "valid"


@pytest.mark.parametrize("name", LIST_FAULTS)
def test_a_status_list_clears_nothing_when(name: str) -> None:
    assert verdict(revocable(), listed(**LIST_FAULTS[name])).outcome != "valid"


def test_a_status_list_that_is_not_reachable_clears_nothing() -> None:
    assert verdict(revocable()).outcome == "indeterminate"
