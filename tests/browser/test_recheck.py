"""What a reader's own browser finds of a credential: valid only if it is, whatever the site sends.

The cases are made here by issuers of our own, and laid at the addresses they name. All are checked in
one page, which holds nothing but the module; the live site shows what becomes of it.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785

from exchange.core.canonical.our_terms import terms_digest
from exchange.core.keys.did import build_did_document
from exchange.core.keys.multibase import base58btc_encode, base64url_decode, base64url_encode
from exchange.core.proofs import Prepared, jwt
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import judge
from exchange.settings import ROOT
from tests.browser.looks import check
from tests.browser.site import LiveSite
from tests.core import endorsing
from tests.core.endorsing import ADA, BASE, EVE, EXCHANGE, GIVEN, LIST, NOW, PORTER
from tests.core.signers import Issuer, raw_signature

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Json = dict[str, Any]

SCRIPTS = ROOT / "web" / "static"
PAGE = f"{BASE}/page"
AT = f"{BASE}/badges/1"
TEACHER = Issuer("teacher")
SCHOOL = "did:web:exchange.example:issuers:school"
"""An issuer of the site with a document, which lists the key of TEACHER."""
METHOD = f"{SCHOOL}#{TEACHER.multikey}"
DOCUMENT = f"{BASE}/issuers/school/did.json"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page of the exchange of the cases, in which `recheck` and `canonicalize` are at hand."""
    context = browser.new_context()
    page = context.new_page()
    page.route(f"{BASE}/**", serve_scripts)
    page.goto(PAGE)
    page.wait_for_function("'recheck' in window")
    yield page
    context.close()


def serve_scripts(route: Any) -> None:
    path = route.request.url.removeprefix(BASE)
    if route.request.url == PAGE:
        head = "<!doctype html><script type=module>"
        take = "import * as v from './recheck/verdict.js'; import * as p from './recheck/proofs.js';"
        body = f"{head}{take} window.canonicalize = p.canonicalize; window.recheck = v.recheck;</script>"
        route.fulfill(body=body, content_type="text/html")
    elif path.startswith("/recheck/"):
        route.fulfill(body=(SCRIPTS / path[1:]).read_bytes(), content_type="text/javascript")
    else:
        route.fulfill(status=404)


# --- what is honest ---


def badge(issuer: str = TEACHER.did, **changed: Any) -> Json:
    entry = status.build_status_entry(f"{BASE}/status/2", "revocation", 7)
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": AT,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Größe 🙂 lead",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "School"},
        "validFrom": "2026-11-21T09:30:00Z",
        "validUntil": "2027-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:00000000-0000-4000-8000-000000000012",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": f"{BASE}/achievements/1",
                "type": ["Achievement"],
                "name": "Lead",
                "description": "Leads.",
                "criteria": {"narrative": "Led."},
                "creditsAvailable": 1.5,
            },
        },
        "credentialStatus": [entry],
    }
    return endorsing.bent(document, changed)


def listed(
    *revoked: int,
    by: Issuer = TEACHER,
    issuer: str = TEACHER.did,
    proof: str = "eddsa-rdfc-2022",
    url: str = f"{BASE}/status/2",
    purpose: str = "revocation",
    days: int = 1,
    entries: int = bitstring.MIN_ENTRIES,
) -> bytes:
    document = status.build_status_list_credential(
        url=url,
        issuer_id=issuer,
        purpose=purpose,
        encoded=bitstring.encode(revoked, entries),
        valid_from=GIVEN,
        valid_until=GIVEN + timedelta(days=days),
        ttl_ms=60_000,
    )
    method = METHOD if issuer == SCHOOL else None
    return by.sign(document, proof, method=method)


def did_document(*keys: str, **changed: Any) -> bytes:
    return json.dumps({**build_did_document(SCHOOL, list(keys)), **changed}).encode()


CLEAR = {f"{BASE}/status/2": listed()}
AT_SCHOOL = {f"{BASE}/status/2": listed(issuer=SCHOOL), DOCUMENT: did_document(TEACHER.multikey)}
PEERS = {LIST: endorsing.CLEAR[LIST].body}
ENDORSED = f"{BASE}/endorsements/one"


def of_school(proof: str) -> bytes:
    return TEACHER.sign(badge(SCHOOL), proof, method=METHOD)


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


@dataclass(frozen=True)
class Case:
    """What lies where, and what a browser has to make of it."""

    body: bytes
    web: dict[str, bytes]
    outcome: str
    codes: frozenset[str]
    url: str = AT


def case(body: bytes, web: dict[str, bytes], outcome: str, *codes: str, url: str = AT) -> Case:
    return Case(body, web, outcome, frozenset(codes), url)


JWT, JCS = TEACHER.sign(badge(), "jwt"), TEACHER.sign(badge(), "eddsa-jcs-2022")
RDFC = TEACHER.sign(badge(), "eddsa-rdfc-2022")
ADAS = endorsing.signed()
TWICE = did_document(TEACHER.multikey).replace(b'"id":', b'"id":"did:web:x","id":', 1)
WEAK = "did:key:z" + base58btc_encode(b"\xed\x01\x01" + bytes(31))
OFF_THE_CURVE = "did:key:z" + base58btc_encode(b"\x80\x24\x02" + bytes(31) + b"\x01")
EVES = EVE.sign(badge(EVE.did, credentialStatus=None), "jwt")
RECORDED = endorsing.signed(PORTER, key=endorsing.key_credential(PORTER, custody="exchange"))
FORGED = json.loads(listed(7))["proof"]
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
    # a form that the page cannot check: never valid, however clear all else is
    "rdfc": case(RDFC, CLEAR, "unsure", "suite_rdfc", "in_period", "not_revoked"),
    "rdfc-revoked": case(RDFC, {f"{BASE}/status/2": listed(7)}, "invalid", "suite_rdfc", "revoked"),
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
    "list-unsigned-member": case(JWT, {f"{BASE}/status/2": UNUSUAL}, "unsure", "form_unknown"),
    "list-of-another-address": case(
        JWT, {f"{BASE}/status/2": listed(url=f"{BASE}/status/3")}, "invalid", "list_wrong"
    ),
    "list-of-suspensions": case(
        JWT, {f"{BASE}/status/2": listed(purpose="suspension")}, "invalid", "list_wrong"
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


CHECK = """async ([cases, now]) => {
  const found = [];
  for (const [url, web] of cases) {
    window.fetch = async (place, how) => {
      if (how.credentials !== 'omit' || how.redirect !== 'error') throw new Error('it trusts too much');
      const body = Uint8Array.from(atob(web[place] ?? ''), (one) => one.charCodeAt(0));
      return new Response(body, { status: body.length ? 200 : 404 });
    };
    found.push(await window.recheck(url, { now: new Date(now) }));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def found(page: Page) -> Json:
    """What the browser finds of each case: all in one go, for the way to a real server takes far longer."""
    cases = [
        [one.url, {url: b64encode(body).decode() for url, body in {**one.web, one.url: one.body}.items()}]
        for one in CASES.values()
    ]
    return dict(zip(CASES, page.evaluate(CHECK, [cases, NOW.isoformat()]), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_browser_finds_what_is_so_and_believes_nothing_else(found: Json, name: str) -> None:
    said, expected = found[name], CASES[name]
    codes = {check["code"] for check in said["checks"]}
    assert said["outcome"] == expected.outcome, said
    assert expected.codes <= codes, said
    stood = "signature_valid" in codes
    assert (said["signed"] is not None) == stood  # nothing is shown that nobody signed


def test_what_a_browser_calls_valid_our_own_verifier_does_too(found: Json) -> None:
    for name, one in CASES.items():
        web = {url: Document(url, 200, "application/json", body) for url, body in one.web.items() if body}
        verdict = judge(one.body, web, Policy(), NOW)
        assert found[name]["outcome"] != "valid" or verdict.outcome == "valid", (name, verdict.findings)


def test_the_terms_that_a_browser_knows_are_ours() -> None:
    assert f'"{terms_digest()}"' in (SCRIPTS / "recheck" / "verdict.js").read_text()


ODD = [
    0.0, -0.0, 1.0, -1.5, 1e21, 1e20, 123456789012345680000.0, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308,
    333333333.33333329, 0.1 + 0.2, 2**53 - 1, -(2**53 - 1), 4.5, 2e-3, 1e-27, math.pi,
    "", '"\\/\b\f\n\r\t', "\x00\x1f\x7f\u0080\u2028\u2029\ufeff", "€$\u000f\nA'B\"\\\\\"/", "דּ😂", "e\u0301é",
    None, True, False, [], {}, [[], [{}]], {"": ""}, {"10": 1, "9": 2, "1": 3, "a": 4, "A": 5},
    {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
    {"__proto__": 1, "constructor": {"toString": 2}, "length": 3},
]  # fmt: skip


def test_the_canonical_form_is_that_of_rfc_8785(page: Page) -> None:
    texts = [json.dumps(value, ensure_ascii=False) for value in ODD]
    written = page.evaluate("texts => texts.map(text => window.canonicalize(JSON.parse(text)))", texts)
    assert written == [rfc8785.dumps(value).decode() for value in ODD]  # type: ignore[arg-type]
    refuse = """texts => texts.filter(text => {
      try { return window.canonicalize(JSON.parse(text)) || true; } catch { return false; }
    })"""
    assert page.evaluate(refuse, ["1e999", '"\\ud800"', '{"\\udc00": 1}', '["\\ud800x"]']) == []


def test_the_page_of_a_badge_has_it_checked_by_the_reader(
    site: LiveSite, open_page: Callable[..., Any], axe: str
) -> None:
    """Alone, and then with others on the same page, by one button for all."""
    keys = [site.award(proof=proof).key for proof in ("jwt", "eddsa-jcs-2022", "eddsa-rdfc-2022")]
    page = open_page("/")
    page.clock.set_fixed_time(site.world.now)
    page.route(
        f"**/badges/{keys[0]}",
        lambda route: with_more(route, [f"{site.url}/badges/{key}" for key in keys[1:]]),
    )
    page.goto(f"/badges/{keys[0]}")
    page.click("[data-credential] button")
    page.locator("#recheck-said:has-text('Valid. This browser')").wait_for(state="attached")
    assert page.get_attribute("#recheck-said", "role") == "status"
    assert page.inner_text(".recheck-told .pill") == "Valid"
    assert "fits: nothing was changed" in page.inner_text(".recheck-checks")
    page.set_viewport_size({"width": 360, "height": 900})
    check(page, axe, "badge-rechecked")
    page.click("[data-recheck-all]")
    page.locator("#recheck-said:has-text('Valid: 2. Not valid: 0. Cannot tell: 1.')").wait_for(
        state="attached"
    )
    titles = [one.inner_text() for one in page.query_selector_all(".recheck-told .pill")]
    assert titles == ["Valid", "Valid", "Cannot tell"]
    assert "Download the signed document" in page.inner_text(".recheck >> nth=2")
    page.route(f"**/badges/{keys[1]}", bent)
    page.click("[data-recheck-all]")
    page.locator("#recheck-said:has-text('Valid: 1. Not valid: 1. Cannot tell: 1.')").wait_for(
        state="attached"
    )
    assert "The signature does not fit" in page.inner_text(".recheck >> nth=1")


def bent(route: Any) -> None:
    """A badge with another name, under the signature that it had."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("Incident lead", "Grand master"))


def with_more(route: Any, urls: list[str]) -> None:
    """The page of a badge, as if it were about these too."""
    if "text/html" not in route.request.headers["accept"]:
        route.fallback()
        return
    answer = route.fetch()
    places = "".join(f'<div data-credential="{url}" class="recheck"></div>' for url in urls)
    more = f'<button type="button" class="button" data-recheck-all hidden>All</button>{places}</article>'
    route.fulfill(response=answer, body=answer.text().replace("</article>", more))
