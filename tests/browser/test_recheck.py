"""What a reader's own browser finds of a credential: valid only if it is, whatever the site sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from exchange.core.keys.did import build_did_document
from exchange.core.keys.multibase import base58btc_encode, base64url_decode, base64url_encode
from exchange.core.proofs import Prepared, jwt
from tests.browser.rechecked import (
    AT,
    CLEAR,
    KNOWING_OURS,
    METHOD,
    SCHOOL,
    TEACHER,
    Json,
    badge,
    case,
    did_document,
    found_by,
    judged,
    listed,
    opened,
)
from tests.core import endorsing
from tests.core.endorsing import ADA, BASE, EVE, EXCHANGE, GIVEN, LIST, PORTER
from tests.core.signers import Issuer, raw_signature

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

DOCUMENT = f"{BASE}/issuers/school/did.json"


# --- what is honest ---


AT_SCHOOL = {f"{BASE}/status/2": listed(issuer=SCHOOL), DOCUMENT: did_document(TEACHER.multikey)}
PEERS = {LIST: endorsing.CLEAR[LIST].body}
ENDORSED = f"{BASE}/endorsements/one"


def of_school(proof: str) -> bytes:
    return TEACHER.sign(badge(SCHOOL), proof, method=METHOD)


def with_results(*results: Json) -> Json:
    """The badge with these results, of which none has an id."""
    said = [{"type": ["Result"], **result} for result in results]
    return badge(credentialSubject={**badge()["credentialSubject"], "result": said})


# --- what is not ---


def turned(token: bytes, part: int, change: Callable[[bytes], bytes]) -> bytes:
    """A token of which a part says something else, under the signature that it had."""
    parts = token.split(b".")
    parts[part] = base64url_encode(change(base64url_decode(parts[part]))).encode()
    return b".".join(parts)


def flipped(signature: bytes) -> bytes:
    return bytes([signature[0] ^ 1]) + signature[1:]


def claiming(**claims: Any) -> bytes:
    """A token whose signature stands, with claims that its credential does not bear out."""
    head, body = jwt.prepare_jwt(badge(), "Ed25519", TEACHER.method).unsigned.split(b".")
    payload = {**json.loads(base64url_decode(body)), **claims}
    message = head + b"." + base64url_encode(json.dumps(payload).encode()).encode()
    return jwt.seal_jwt(Prepared("jwt", message, message), raw_signature(TEACHER.private, message))


def undated(listed: Json) -> bytes:
    """A status list that does not say until when it holds."""
    return TEACHER.sign(endorsing.bent(listed, {"validUntil": None, "proof": None}))


def header(**members: Any) -> bytes:
    head = {"alg": "EdDSA", "kid": TEACHER.method, "typ": "JWT", **members}
    return turned(TEACHER.sign(badge(), "jwt"), 0, lambda _: json.dumps(head).encode())


def carrying(*tokens: str) -> bytes:
    """ADA's endorsement with other key credentials."""
    return ADA.sign(endorsing.with_issuer(endorsing.peer_endorsement(), *tokens), "jwt")


def revoking(index: int) -> dict[str, bytes]:
    return {LIST: endorsing.status_list(index)[LIST].body}


def by(did: str) -> bytes:
    method = f"{did}#{did[8:] if did.startswith('did:key:') else TEACHER.multikey}"
    return TEACHER.sign(badge(did, credentialStatus=None), "jwt", method=method)


def on(**dates: str) -> bytes:
    return TEACHER.sign(badge(**dates), "jwt")


JWT, JCS = TEACHER.sign(badge(), "jwt"), TEACHER.sign(badge(), "eddsa-jcs-2022")
RDFC = TEACHER.sign(badge(), "eddsa-rdfc-2022")
ADAS = endorsing.signed()
TWICE = did_document(TEACHER.multikey).replace(b'"id":', b'"id":"did:web:x","id":', 1)
WEAK = "did:key:z" + base58btc_encode(b"\xed\x01\x01" + bytes(31))
OFF_THE_CURVE = "did:key:z" + base58btc_encode(b"\x80\x24\x02" + bytes(31) + b"\x01")
EVES = EVE.sign(badge(EVE.did, credentialStatus=None), "jwt")
RECORDED = endorsing.signed(PORTER, key=endorsing.key_credential(PORTER, custody="exchange"))
FORGED = json.loads(listed(7))["proof"]
OF_PEER = PORTER.sign(endorsing.peer_endorsement(PORTER), contexts=KNOWING_OURS)
UNUSUAL = b'{"@context":["https://www.w3.org/ns/credentials/v2"],"x":1,' + listed()[1:].partition(b",")[2]

CASES = {
    "jwt": case(JWT, CLEAR, "valid", "signature_valid", "not_revoked", "issuer_is_key"),
    "jcs": case(JCS, CLEAR, "valid", "signature_valid", "not_revoked", "issuer_is_key"),
    "jwt-did-web": case(of_school("jwt"), AT_SCHOOL, "valid", "key_listed"),
    "jcs-did-web": case(of_school("eddsa-jcs-2022"), AT_SCHOOL, "valid", "key_listed"),
    "es256": case(ADAS, PEERS, "valid", "holder_named", "key_itself", url=ENDORSED),
    "es256-other-half": case(EVES, {}, "valid", "key_itself"),
    "list-jcs": case(JWT, {f"{BASE}/status/2": listed(proof="eddsa-jcs-2022")}, "valid"),
    "no-status": case(TEACHER.sign(badge(credentialStatus=None), "jwt"), {}, "valid", "status_none"),
    "recorded": case(
        RECORDED,
        PEERS,
        "valid",
        "recorded_by_exchange",
        url=ENDORSED,
    ),
    # statements: what is signed has to be found first, by a closed table of words
    "rdfc": case(RDFC, CLEAR, "valid", "signature_valid", "in_period", "not_revoked", "issuer_is_key"),
    "rdfc-did-web": case(of_school("eddsa-rdfc-2022"), AT_SCHOOL, "valid", "key_listed"),
    "rdfc-revoked": case(RDFC, {f"{BASE}/status/2": listed(7)}, "invalid", "signature_valid", "revoked"),
    "rdfc-expired": case(
        TEACHER.sign(badge(validUntil="2026-11-21T10:00:00Z")), CLEAR, "invalid", "signature_valid", "expired"
    ),
    "rdfc-no-such-day": case(
        TEACHER.sign(badge(validUntil="2027-02-30T00:00:00Z")), CLEAR, "invalid", "malformed"
    ),
    "rdfc-no-such-hour": case(
        TEACHER.sign(badge(validUntil="2027-02-20T24:00:00Z")), CLEAR, "invalid", "malformed"
    ),
    "rdfc-payload": case(RDFC.replace(b"Leads.", b"Leaps."), CLEAR, "invalid", "signature_invalid"),
    "rdfc-other-key": case(Issuer("mallory").sign(badge()), CLEAR, "invalid", "key_not_authorised"),
    "rdfc-other-date": case(
        RDFC.replace(b'"created":"2026-11-21T09:30', b'"created":"2026-11-21T09:29'),
        CLEAR,
        "invalid",
        "signature_invalid",
    ),
    "rdfc-word": case(RDFC.replace(b'"narrative":', b'"story":'), CLEAR, "unsure", "word_unknown"),
    "rdfc-type": case(RDFC.replace(b'"Achievement"', b'"Course"'), CLEAR, "unsure", "word_unknown"),
    "rdfc-context": case(RDFC.replace(b"3.0.3", b"3.0.2"), CLEAR, "unsure", "context_unknown"),
    "rdfc-form": case(RDFC.replace(b'"Leads."', b"[]"), CLEAR, "unsure", "form_unknown"),
    "rdfc-alike": case(TEACHER.sign(with_results({"value": "1"}, {"value": "1"})), CLEAR, "valid"),
    "rdfc-results": case(TEACHER.sign(with_results({"value": "1"}, {"value": "2"})), CLEAR, "valid"),
    "rdfc-said-twice": case(
        TEACHER.sign(badge(evidence=[{"id": AT, "type": ["Evidence"]}])), CLEAR, "unsure", "said_twice"
    ),
    "rdfc-peer": case(OF_PEER, PEERS, "invalid", "signature_valid", "list_wrong_signer", url=ENDORSED),
    # signature, payload, key
    "jwt-signature": case(turned(JWT, 2, flipped), CLEAR, "invalid", "signature_invalid"),
    "es256-signature": case(turned(ADAS, 2, flipped), PEERS, "invalid", "signature_invalid", url=ENDORSED),
    "jwt-payload": case(
        turned(JWT, 1, lambda said: said.replace(b"Leads.", b"Leaps.")), CLEAR, "invalid", "signature_invalid"
    ),
    "jcs-payload": case(JCS.replace(b"Leads.", b"Leaps."), CLEAR, "invalid", "signature_invalid"),
    "jcs-number": case(JCS.replace(b"1.5", b"1.25"), CLEAR, "invalid", "signature_invalid"),
    "jcs-date": case(JCS.replace(b"2027-11", b"2029-11"), CLEAR, "invalid", "signature_invalid"),
    "jcs-twice": case(JCS.replace(b'"id":', b'"name":"Other","id":', 1), CLEAR, "unsure", "malformed"),
    "jcs-no-proof": case(json.dumps(badge()).encode(), CLEAR, "invalid", "proof_missing"),
    "jwt-other-key": case(EVE.sign(badge(), "jwt"), CLEAR, "invalid", "key_not_authorised"),
    "jwt-others-name": case(
        Issuer("mallory").sign(badge(), "jwt", method=TEACHER.method), CLEAR, "invalid", "signature_invalid"
    ),
    "jcs-other-key": case(
        Issuer("mallory").sign(badge(), "eddsa-jcs-2022"), CLEAR, "invalid", "key_not_authorised"
    ),
    "alg-none": case(header(alg="none"), CLEAR, "invalid", "proves_nothing"),
    "alg-hmac": case(header(alg="HS256"), CLEAR, "invalid", "proves_nothing"),
    "alg-other-kind": case(header(alg="ES256"), CLEAR, "invalid", "key_not_authorised"),
    "alg-unknown": case(header(alg="RS256"), CLEAR, "unsure", "form_unknown"),
    "header-jwk": case(header(jwk=EVE.did), CLEAR, "unsure", "form_unknown"),
    "claims": case(claiming(exp=1_999_999_999), CLEAR, "invalid", "claims_differ"),
    "did-web-unlisted": case(
        of_school("jwt"), {**AT_SCHOOL, DOCUMENT: did_document(ADA.multikey)}, "invalid", "key_not_authorised"
    ),
    "did-web-not-for-this": case(
        of_school("jwt"),
        {**AT_SCHOOL, DOCUMENT: did_document(TEACHER.multikey, assertionMethod=[])},
        "invalid",
        "key_not_authorised",
    ),
    "did-web-revoked": case(
        of_school("jwt"),
        {
            **AT_SCHOOL,
            DOCUMENT: json.dumps(build_did_document(SCHOOL, [], {TEACHER.multikey: GIVEN})).encode(),
        },
        "invalid",
        "key_revoked",
    ),
    "did-web-of-another": case(
        of_school("jwt"),
        {**AT_SCHOOL, DOCUMENT: did_document(TEACHER.multikey, id="did:web:exchange.example")},
        "invalid",
        "key_not_authorised",
    ),
    "did-web-twice": case(of_school("jwt"), {**AT_SCHOOL, DOCUMENT: TWICE}, "unsure", "malformed"),
    "key-weak": case(by(WEAK), {}, "invalid", "key_weak"),
    "key-off-the-curve": case(by(OFF_THE_CURVE), {}, "invalid", "key_malformed"),
    "did-web-gone": case(of_school("jwt"), {**AT_SCHOOL, DOCUMENT: b""}, "unsure", "unreachable"),
    "did-web-elsewhere": case(by("did:web:other.example"), CLEAR, "unsure", "elsewhere"),
    "did-other": case(by("did:jwk:abc"), CLEAR, "unsure", "did_unknown"),
    # another document, dates
    "another": case(TEACHER.sign(badge(id=f"{BASE}/badges/2"), "jwt"), CLEAR, "invalid", "another_document"),
    "moved": case(
        TEACHER.sign(badge(id="https://old.example/badges/1"), "jwt"), CLEAR, "unsure", "elsewhere"
    ),
    "no-badge": case(listed(url=AT), CLEAR, "invalid", "another_document"),
    "nothing": case(b"", CLEAR, "unsure", "unreachable"),
    "words": case(b"<!doctype html>", CLEAR, "unsure", "malformed"),
    "expired": case(on(validUntil="2026-11-21T10:00:00Z"), CLEAR, "invalid", "expired"),
    "early": case(on(validFrom="2026-11-22T10:00:00Z"), CLEAR, "invalid", "not_yet_valid"),
    "undated": case(TEACHER.sign(badge(validFrom=None), "jwt"), CLEAR, "invalid", "malformed"),
    # status
    "revoked": case(JWT, {f"{BASE}/status/2": listed(7)}, "invalid", "revoked"),
    "neighbours-revoked": case(JWT, {f"{BASE}/status/2": listed(6, 8)}, "valid", "not_revoked"),
    "list-gone": case(JWT, {}, "unsure", "unreachable"),
    "list-words": case(JWT, {f"{BASE}/status/2": b"<!doctype html>"}, "unsure", "malformed"),
    "list-wrong-signer": case(
        JWT, {f"{BASE}/status/2": listed(by=EXCHANGE, issuer=EXCHANGE.did)}, "invalid", "list_wrong_signer"
    ),
    "list-forged": case(
        JWT,
        {f"{BASE}/status/2": json.dumps({**json.loads(listed()), "proof": FORGED}).encode()},
        "invalid",
        "list_forged",
    ),
    "list-unsigned-member": case(JWT, {f"{BASE}/status/2": UNUSUAL}, "unsure", "word_unknown"),
    "list-of-another-address": case(
        JWT, {f"{BASE}/status/2": listed(url=f"{BASE}/status/3")}, "invalid", "list_wrong"
    ),
    "list-of-suspensions": case(
        JWT, {f"{BASE}/status/2": listed(purpose="suspension")}, "invalid", "list_wrong"
    ),
    "list-without-end": case(
        JWT, {f"{BASE}/status/2": undated(json.loads(listed()))}, "unsure", "list_stale"
    ),
    "list-stale": case(JWT, {f"{BASE}/status/2": listed(days=0)}, "unsure", "list_stale"),
    "list-short": case(JWT, {f"{BASE}/status/2": listed(entries=8)}, "unsure", "list_stale"),
    # endorsers
    "holder-retired": case(
        ADAS, revoking(endorsing.KEY_INDEX), "unsure", "holder_retired", url=ENDORSED
    ),
    "withdrawn": case(
        ADAS, revoking(endorsing.INDEX), "invalid", "revoked", url=ENDORSED
    ),
    "holder-of-another-key": case(
        carrying(endorsing.key_credential(EVE)), PEERS, "unsure", "holder_unknown", url=ENDORSED
    ),
    "holder-says-so-itself": case(
        carrying(endorsing.key_credential(by=ADA)), PEERS, "unsure", "holder_unknown", url=ENDORSED
    ),
    "holder-named-otherwise": case(
        carrying(endorsing.key_credential(name="Eve")),
        PEERS,
        "valid",
        "holder_named",
        "holder_name_differs",
        url=ENDORSED,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def found(browser: Browser) -> Iterator[dict[str, Json]]:
    with opened(browser) as page:
        yield dict(zip(CASES, found_by(page, CASES.values()), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_browser_finds_what_is_so_and_believes_nothing_else(found: dict[str, Json], name: str) -> None:
    said, expected = found[name], CASES[name]
    codes = {check["code"] for check in said["checks"]}
    assert said["outcome"] == expected.outcome, said
    assert expected.codes <= codes, said
    stood = "signature_valid" in codes
    assert (said["signed"] is not None) == stood  # nothing is shown that nobody signed


def test_what_a_browser_calls_valid_our_own_verifier_does_too(found: dict[str, Json]) -> None:
    for name, one in CASES.items():
        verdict = judged(one)
        assert found[name]["outcome"] != "valid" or verdict.outcome == "valid", (name, verdict.findings)
