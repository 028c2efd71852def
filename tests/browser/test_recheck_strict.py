"""What our own verifier refuses for its form is not valid in a reader's browser either, whoever signed it.

In whatever form: words that are not known, members that are missing, values that are none, lists
that break off.
"""

from __future__ import annotations

import copy
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from exchange.core.keys.multibase import base64url_decode
from exchange.core.proofs import jwt
from exchange.core.status import bitstring, status
from tests.browser.recheck_documents import by_builders
from tests.browser.rechecked import (
    CLEAR,
    METHOD,
    SCHOOL,
    TEACHER,
    Case,
    Json,
    badge,
    did_document,
    found_by,
    judged,
    listed,
    opened,
)
from tests.core import endorsing
from tests.core.credentials.test_vouch import vouch
from tests.core.endorsing import ADA, BASE, GIVEN
from tests.core.signers import raw_signature

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LIST = f"{BASE}/status/2"
JWT, JCS, RDFC = FORMS = ("jwt", "eddsa-jcs-2022", "eddsa-rdfc-2022")
NOT_RDFC = (JWT, JCS)
"""Whose canonical form can be made of words that no context defines."""

# --- changes, each where it says ---

Change = tuple[str, Any]
GONE = object()


def changed(document: Json, *changes: Change) -> Json:
    """A copy in which what lies at each place is something else."""
    document = copy.deepcopy(document)
    for place, value in changes:
        *path, last = place.split(".")
        parent: Any = document
        for step in path:
            parent = parent[int(step) if step.isdigit() else step]
        if value is GONE:
            del parent[last]
        else:
            parent[last] = value
    return document


CONTEXTS = badge()["@context"]
KIND = "credentialSubject.achievement"
WORDS: dict[str, Change] = {
    "term": ("foo", "bar"),
    "term-within": (f"{KIND}.grade", "A"),
    "expiration-date": ("expirationDate", "2020-01-01T00:00:00Z"),
    "issuance-date": ("issuanceDate", "2030-01-01T00:00:00Z"),
    "context-more": ("@context", [*CONTEXTS, "https://evil.example/context"]),
    "context-inline": ("@context", [*CONTEXTS, {"validUntil": None}]),
    "context-order": ("@context", CONTEXTS[::-1]),
    "context-one": ("@context", CONTEXTS[:1]),
    "context-none": ("@context", []),
    "context-first-version": ("@context", ["https://www.w3.org/2018/credentials/v1", CONTEXTS[1]]),
    "type": ("type", [*badge()["type"], "Evil"]),
    "type-alone": ("type", ["OpenBadgeCredential"]),
    "type-by-keyword": ("@type", "x"),
    "schema": ("credentialSchema", {"id": "https://x.example/s.json", "type": "S"}),
    "subjects": ("credentialSubject", [badge()["credentialSubject"]] * 2),
    "null": ("name", None),
    "null-within": (f"{KIND}.image", None),
    "name-as-number": ("name", 5),
    "member-of-a-prototype": ("issuer.__proto__", {"a": 1}),
    "status-size": ("credentialStatus.0.statusSize", 1.0),
    "no-identifier": ("credentialSubject.id", "foo"),
}
MEMBERS: dict[str, tuple[Change, ...]] = {
    "no-achievement": ((KIND, GONE),),
    "no-criteria": ((f"{KIND}.criteria", GONE),),
    "no-description": ((f"{KIND}.description", GONE),),
    "empty-criteria": ((f"{KIND}.criteria", {"id": "a:"}),),
    "awarded": (("awardedDate", "yesterday"),),
    "reversed": (("validFrom", "2026-11-21T12:00:30Z"), ("validUntil", "2026-11-21T11:59:40Z")),
    "url": (("issuer.url", "not a url"),),
    "email": (("issuer.email", "nobody"),),
    "birth": (("issuer.dateOfBirth", "1900-13-45"),),
    "day": (("credentialSubject.activityStartDate", "2026-02-30"),),
    "picture": (("issuer.image", {"type": "Image"}),),
    "scheme-alone": (("credentialSubject.id", "a:"),),
    "year-nought": (("validFrom", "0000-01-01T00:00:00Z"),),
    "token": (("endorsementJwt", ["x"]),),
    "language": ((f"{KIND}.inLanguage", "no language"),),
    "alignment": ((f"{KIND}.alignment", [{"type": ["Alignment"], "targetName": "A"}]),),
    "hash": (
        (
            "credentialSubject.identifier",
            [{"type": "IdentityObject", "hashed": True, "identityHash": "a", "identityType": "emailAddress"}],
        ),
    ),
    "result-of-nothing": (
        ("credentialSubject.result", [{"type": ["Result"], "resultDescription": "urn:x", "value": "1"}]),
    ),
    "result-status": (("credentialSubject.result", [{"type": ["Result"], "status": "Fine"}]),),
    "pinned-twice": (
        (
            "relatedResource",
            [{"id": "https://x.example/", "digestSRI": f"sha384-{one * 64}"} for one in "AB"],
        ),
    ),
    "pinned-otherwise": (
        ("relatedResource", [{"id": CONTEXTS[0], "digestSRI": f"sha384-{'A' * 64}"}]),
    ),
}  # fmt: skip
TEXTS: dict[str, Callable[[bytes], bytes]] = {
    "integer-beyond": lambda said: said.replace(b"1.5", b"9007199254740993"),
    "number-beyond": lambda said: said.replace(b"1.5", b"1e400"),
    "iat": lambda said: said[:-1] + b',"iat":"x"}',
    "iat-below": lambda said: said[:-1] + b',"iat":-1}',
    "proof": lambda said: said[:-1] + b',"proof":{"type":"X"}}',
}


def token(change: Callable[[bytes], bytes]) -> bytes:
    """A token whose text was changed before it was signed."""
    head, body = jwt.prepare_jwt(badge(), "Ed25519", TEACHER.method).unsigned.split(b".")
    changed_text = change(base64url_decode(body))
    assert changed_text != base64url_decode(body)
    prepared = jwt.join_jwt(head, changed_text)
    return jwt.seal_jwt(prepared, raw_signature(TEACHER.private, prepared.message))


# --- lists ---


def listing(form: str, *changes: Change) -> bytes:
    document = status.build_status_list_credential(
        url=LIST,
        issuer_id=TEACHER.did,
        purpose="revocation",
        encoded=bitstring.encode([]),
        valid_from=GIVEN,
        valid_until=GIVEN + timedelta(days=1),
        ttl_ms=60_000,
    )
    return TEACHER.sign(changed(document, *changes), form)


def packed(change: Callable[[bytes], bytes]) -> str:
    whole = urlsafe_b64decode(bitstring.encode([])[1:] + "==")
    return "u" + urlsafe_b64encode(change(whole)).decode().rstrip("=")


LISTS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "ttl-below": (("credentialSubject.ttl", -5), FORMS),
    "ttl-no-integer": (("credentialSubject.ttl", 60_000.0), FORMS),
    "two-streams": (("credentialSubject.encodedList", packed(lambda whole: whole * 2)), FORMS),
    "more": (("credentialSubject.encodedList", packed(lambda whole: whole + b"more")), FORMS),
    "breaks-off": (("credentialSubject.encodedList", packed(lambda whole: whole[:-8])), FORMS),
    "term": (("foo", "x"), NOT_RDFC),
    "size-null": (("credentialSubject.statusSize", None), NOT_RDFC),
    "messages": (("credentialSubject.statusMessages", []), NOT_RDFC),
    "type": (
        ("type", ["VerifiableCredential", "OpenBadgeCredential", "BitstringStatusListCredential"]),
        NOT_RDFC,
    ),
}

# --- keys ---


def retired(moment: Any) -> Case:
    document = json.loads(did_document(TEACHER.multikey))
    document["verificationMethod"][0]["revoked"] = moment
    web = {LIST: listed(issuer=SCHOOL), f"{BASE}/issuers/school/did.json": json.dumps(document).encode()}
    return Case(TEACHER.sign(badge(SCHOOL), "jwt", method=METHOD), web)


HONEST = TEACHER.sign(badge())
BAD = {
    **{f"{name}-{form}": Case(TEACHER.sign(changed(badge(), one), form), CLEAR)
       for name, one in WORDS.items() for form in NOT_RDFC},
    **{f"{name}-{form}": Case(TEACHER.sign(changed(badge(), *some), form), CLEAR)
       for name, some in MEMBERS.items() for form in FORMS if (name, form) != ("year-nought", JWT)},
    **{f"text-{name}": Case(token(change), CLEAR) for name, change in TEXTS.items()},
    **{f"list-{name}-{form}": Case(HONEST, {LIST: listing(form, one)})
       for name, (one, forms) in LISTS.items() for form in forms},
    "retired-on-a-day": retired("2099-01-01"),
    "retired-in-words": retired("Fri, 01 Jan 2099 00:00:00 GMT"),
}  # fmt: skip

PEERS = {endorsing.LIST: endorsing.CLEAR[endorsing.LIST].body}
FULL = {**CLEAR, f"{BASE}/status/3": listed(url=f"{BASE}/status/3", purpose="suspension")}
GOOD = {
    **{f"plain-{form}": Case(TEACHER.sign(badge(), form), CLEAR) for form in FORMS},
    **{f"list-{form}": Case(HONEST, {LIST: listing(form)}) for form in FORMS},
    "retired-in-time": retired("2099-01-01T00:00:00Z"),
    "vouch": Case(ADA.sign(vouch(), "jwt"), PEERS, url=vouch()["id"]),
    "vouch-again": Case(ADA.sign(vouch(supersedes=f"{BASE}/badges/1"), "jwt"), PEERS, url=vouch()["id"]),
    "endorsement": Case(endorsing.signed(), PEERS, url=endorsing.peer_endorsement()["id"]),
    **{f"full-{form}-{number}": Case(TEACHER.sign(one, form), FULL, url=one["id"])
       for number, one in enumerate([*by_builders()][:80:6]) for form in FORMS},
}  # fmt: skip


@pytest.fixture(scope="module")
def found(browser: Browser) -> Iterator[dict[str, Json]]:
    with opened(browser) as page:
        yield dict(zip([*BAD, *GOOD], found_by(page, [*BAD.values(), *GOOD.values()]), strict=True))


def test_nothing_that_is_not_as_it_has_to_be_is_valid(found: dict[str, Json]) -> None:
    assert [name for name in BAD if found[name]["outcome"] == "valid"] == []
    assert [name for name, one in BAD.items() if judged(one).outcome == "valid"] == []


def test_what_is_as_it_has_to_be_is_valid(found: dict[str, Json]) -> None:
    assert {name: found[name] for name in GOOD if found[name]["outcome"] != "valid"} == {}
    assert [name for name, one in GOOD.items() if judged(one).outcome != "valid"] == []
