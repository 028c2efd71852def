"""Status lists of the VC-API test profile: given out, fetched, set and seen (Bitstring Status List)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.status import bitstring, status
from tests.edge.vc_suite import ED, KEYS, Suite, asked, fresh_suite


@pytest.fixture
def suite(exact_here: Callable[[Contexts], Exact]) -> Iterator[Suite]:
    suite = fresh_suite(exact_here(SHIPPED))
    with suite.client:
        yield suite


def list_of(suite: Suite, entry: dict[str, Any]) -> dict[str, Any]:
    """The status list that an entry names, as a client gets it, and verified."""
    answer = suite.client.get(entry["statusListCredential"].removeprefix(suite.world.base_url))
    assert answer.headers["content-type"] == "application/json"
    listed: dict[str, Any] = answer.json()
    assert suite.verify(listed).status_code == 200
    return listed


@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
@pytest.mark.parametrize("issuer", [*(key.did for key in KEYS.values()), "did:example:issuer"])
def test_a_status_is_set_and_seen(suite: Suite, purpose: str, issuer: str) -> None:
    issued = suite.issue(asked(issuer, id="urn:uuid:1"), statusPurpose=purpose)
    entry = issued["credentialStatus"]
    assert (entry["type"], entry["statusPurpose"]) == ("BitstringStatusListEntry", purpose)
    assert entry["id"] != entry["statusListCredential"]
    assert str(int(entry["statusListIndex"])) == entry["statusListIndex"]
    listed = list_of(suite, entry)
    assert listed["id"] == entry["statusListCredential"]
    assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert len(bitstring.decode(listed["credentialSubject"]["encodedList"])) >= 16 * 1024
    assert suite.verify(issued).status_code == 200

    change = {
        "credentialId": "urn:uuid:1",
        "credentialStatus": {"type": entry["type"], "statusPurpose": purpose},
    }
    assert suite.post("credentials/status", change).status_code == 200
    answer = suite.verify(issued)
    assert (answer.status_code, answer.json()["code"]) == (
        400,
        "revoked" if purpose == "revocation" else "suspended",
    )
    bits = bitstring.decode(list_of(suite, entry)["credentialSubject"]["encodedList"])
    assert bitstring.bit(bits, int(entry["statusListIndex"])) == 1
    assert sum(byte.bit_count() for byte in bits) == 1

    undone = suite.post("status", {**change, "status": False})
    assert undone.status_code == (400 if purpose == "revocation" else 200)
    assert suite.verify(issued).status_code == undone.status_code


def test_every_credential_has_a_place_of_its_own(suite: Suite) -> None:
    issued = [
        suite.issue(asked(id=f"urn:x:{n}"), statusPurpose=["revocation", "suspension"]) for n in range(20)
    ]
    places = [
        (e["statusListCredential"], e["statusListIndex"]) for c in issued for e in c["credentialStatus"]
    ]
    assert len(set(places)) == 40
    assert len({url for url, _ in places}) == 2
    suite.post("status", {"credentialId": "urn:x:3"})
    assert [suite.verify(one).status_code for one in issued] == [400 if n == 3 else 200 for n in range(20)]


def test_a_list_says_that_it_is_published(suite: Suite) -> None:
    entry = suite.issue(asked(), statusPurpose="revocation")["credentialStatus"]
    path = entry["statusListCredential"].removeprefix(suite.world.base_url)
    assert suite.client.post(f"{path}/publish", json={}).status_code == 204
    assert suite.client.post("/vc-api/status-lists/nowhere/publish", json={}).status_code == 404
    assert suite.client.get("/vc-api/status-lists/nowhere").status_code == 404


def test_a_status_that_cannot_be(suite: Suite) -> None:
    assert suite.refuses(asked(), statusPurpose="mood") == "status_purpose_unknown"
    assert suite.post("status", {"credentialId": "urn:uuid:unknown"}).status_code == 404
    suite.issue(asked(id="urn:uuid:1"), statusPurpose="revocation")
    wrong = {"credentialId": "urn:uuid:1", "credentialStatus": [{"statusPurpose": "suspension"}]}
    assert suite.post("status", wrong).status_code == 404
    assert suite.post("status", {"credentialId": "urn:uuid:1", "credentialStatus": [7]}).status_code == 400
    malformed = {
        "type": "BitstringStatusListEntry",
        "statusListIndex": True,
        "statusListCredential": "https://e.org",
    }
    suite.refuses(asked(credentialStatus=malformed))
    suite.refuses(asked(statusEntry=malformed))


def test_a_status_list_elsewhere_is_fetched(suite: Suite) -> None:
    url = "https://lists.example/1"
    issued = suite.issue(asked(credentialStatus=status.build_status_entry(url, "revocation", 3)))
    assert suite.verify(issued).json()["code"] == "document_unreachable"
    assert suite.world.web.asked == [url]
    now = suite.world.now
    listed = status.build_status_list_credential(
        url, ED, "revocation", bitstring.encode(()), valid_from=now, valid_until=now, ttl_ms=1
    )
    suite.world.web.put(url, strict_json.dump(suite.issue(listed)), "application/vc")
    assert suite.verify(issued).status_code == 200
