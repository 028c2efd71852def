"""What a domain says of whose it is."""

from __future__ import annotations

import json

import pytest

from exchange.core.keys.domain import domain_of, is_listed, is_named

DID = "did:web:exchange.example:issuers:team"
KEYS = ["z6MkGood"]


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://Team.Example/about?x#y", "team.example"),
        ("http://team.example:8080", "team.example:8080"),
        ("https://user@team.example/", ""),
        ("ftp://team.example/", ""),
        ("https://[::1", ""),
        ("team.example", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_domain_of_an_address(url: object, domain: str) -> None:
    assert domain_of(url) == domain


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (f"{DID}\n", True),
        (f"# ours\r\n  {DID} # the team\r\n", True),
        (f"{DID}:else\n", False),
        (f"# {DID}\n", False),
        (f"x{DID}", False),
        ("", False),
        ("\udcff", False),
    ],
)
def test_a_list_names_whole_lines(text: str, listed: bool) -> None:
    assert is_listed(text.encode("utf-8", "surrogateescape"), DID) is listed


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"id": DID}, True),
        ({"id": "did:web:team.example", "alsoKnownAs": ["https://x.example", DID]}, True),
        ({"verificationMethod": [{"publicKeyMultibase": "z6MkGood"}]}, True),
        ({"verificationMethod": [{"publicKeyMultibase": "z6MkOther"}, "z6MkGood"]}, False),
        ({"id": "did:web:team.example", "alsoKnownAs": DID}, False),
        ({"service": [{"id": DID}]}, False),
        ([DID], False),
    ],
)
def test_a_did_document_names_by_its_own_members_only(document: object, named: bool) -> None:
    assert is_named(json.dumps(document).encode(), DID, KEYS) is named


def test_what_is_no_json_names_nobody() -> None:
    assert not is_named(b'{"id": "' + DID.encode(), DID, KEYS)
