"""Every shortcut of the verifier against the verifier without shortcuts: one verdict, whatever is sent.

Hypothesis damages what honest issuers sign, before and after it is signed; and each idea that an attacker
may have about a shortcut is a case with a name.
"""

from __future__ import annotations

import functools
import hashlib
from datetime import timedelta
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core.canonical import jcs, rdf, terms
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.proofs import jwt
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import judge
from exchange.errors import ExchangeError, InputError
from tests.core import samples as core
from tests.core import strategies
from tests.core.credentials.test_plain import _documents as plain_documents
from tests.core.signers import raw_signature
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    LIST,
    NOW,
    PROOFS,
    REVOKED,
    STRANGER,
    TRUSTED,
    Json,
    badge,
    bare,
    claims,
    dumped,
    endorsement,
    multibase,
    page,
    parsed,
    signed,
    token,
    with_achievement,
    with_subject,
)
from tests.hostile.mutations import mutated, mutated_bytes
from tests.hostile.slow import assert_same

OTHER_CONTEXTS = Policy(contexts=SHIPPED.extended({}))
calm = settings(deadline=None, suppress_health_check=list(HealthCheck))
policies = st.sampled_from(
    [
        STRANGER,
        STRANGER,
        TRUSTED,
        Policy(expect="credential"),
        Policy(expect="endorsement"),
        Policy(every_proof=True, domain="a.example"),
        Policy(relaxed=True),
    ]
)
webs = st.sampled_from([CLEAR, REVOKED, {}])
proofs = st.sampled_from(PROOFS)
DOCUMENTS = (badge(), bare(), endorsement(ATLAS))
FILES = [ATLAS.sign(document, proof) for document in DOCUMENTS for proof in PROOFS]


def sealed(document: Any, proof: str) -> bytes:
    """Whatever it is, secured by ATLAS if that can be."""
    if proof == "jwt":
        try:
            return token(claims(document))
        except (KeyError, TypeError, ValueError, AttributeError):
            return token(document, typ="vc+jwt")
    try:
        return ATLAS.sign(document, proof)
    except (ExchangeError, KeyError, TypeError):
        return dumped(document)


def proven_by(document: Json, proof: Any) -> bytes:
    """With any proof whatever, and the right value in it."""
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    context = proof.get("@context", document["@context"])
    parts = (jcs.canonicalize(config), jcs.canonicalize({**document, "@context": context}))
    message = b"".join(hashlib.sha256(part).digest() for part in parts)
    return dumped(
        {**document, "proof": {**config, "proofValue": multibase(raw_signature(ATLAS.private, message))}}
    )


@calm
@given(st.sampled_from(DOCUMENTS).flatmap(mutated), proofs, webs, policies)
def test_nonsense_that_was_signed(document: Any, proof: str, web: Any, policy: Policy) -> None:
    assert_same(sealed(document, proof), web, policy)


@calm
@given(
    st.sampled_from([file for file in FILES if file[:1] == b"{"]).map(parsed).flatmap(mutated), webs, policies
)
def test_damage_after_signing(document: Any, web: Any, policy: Policy) -> None:
    assert_same(dumped(document), web, policy)


@calm
@given(st.sampled_from(FILES).flatmap(mutated_bytes), webs)
def test_damaged_bytes(data: bytes, web: Any) -> None:
    assert_same(data, web)


@calm
@given(st.one_of(strategies.badges(), strategies.endorsements(), plain_documents()), proofs, policies)
def test_all_that_may_be_written(document: Any, proof: str, policy: Policy) -> None:
    issuer = document["issuer"]
    owned = {**issuer, "id": ATLAS.did} if isinstance(issuer, dict) else ATLAS.did
    assert_same(sealed({**document, "issuer": owned}, proof), CLEAR, policy)


@calm
@given(mutated(signed(bare(), proof="eddsa-jcs-2022")["proof"]), st.booleans())
def test_nonsense_in_the_proof(proof: Any, in_token: bool) -> None:
    if in_token or not isinstance(proof, dict):
        assert_same(token(claims({**bare(), "proof": proof})), {})
    else:
        assert_same(proven_by(bare(), proof), {})


@calm
@given(
    mutated(claims(badge())),
    st.sampled_from(["JWT", "vc+jwt"]),
)
def test_nonsense_in_a_token(payload: Any, typ: str) -> None:
    assert_same(token(payload, typ=typ), CLEAR)


LISTS = [
    {name: value for name, value in parsed(web[LIST].body).items() if name != "proof"}
    for web in (CLEAR, REVOKED)
]


@calm
@given(
    st.sampled_from(LISTS).flatmap(mutated),
    proofs,
    policies,
    st.sampled_from([-60.5, -60, -59.5, 0, 59.5, 60, 60.5]),
)
def test_nonsense_in_a_list(document: Any, proof: str, policy: Policy, seconds: float) -> None:
    body = token(document, typ="vc+jwt") if proof == "jwt" else sealed(document, proof)
    now = NOW.replace(hour=9, minute=30) + timedelta(hours=24 if seconds > 0 else 0, seconds=seconds)
    assert_same(ATLAS.sign(badge(validFrom="2026-01-01T00:00:00Z"), "jwt"), page(LIST, body), policy, now)


# --- ideas, each by its name --------------------------------------------------------------------------------


def _with_status(*entries: Json) -> Json:
    return badge(credentialStatus=list(entries))


ENTRY = badge()["credentialStatus"]
SELF = badge()["id"]
PROOF = signed(bare(), proof="eddsa-jcs-2022")["proof"]
DEEP: Any = functools.reduce(lambda inner, _: [inner], range(100), [])

WRITTEN: dict[str, Json] = {
    "badge, issuer and achievement are one": with_achievement(bare(id=ATLAS.did), id=ATLAS.did),
    "the recipient is the badge": with_subject(badge(), id=SELF),
    "the status entry is the badge": badge(credentialStatus={**ENTRY, "id": SELF}),
    "the status entry is the issuer": badge(credentialStatus={**ENTRY, "id": ATLAS.did}),
    "two status entries of one name": _with_status(ENTRY, ENTRY),
    "two of one name and two places": _with_status(ENTRY, {**ENTRY, "statusListIndex": "7"}),
    "two names for one place": _with_status(ENTRY, {**ENTRY, "id": f"{LIST}#again"}),
    "a list of one status": _with_status(ENTRY),
    "the entry is its list": badge(credentialStatus={**ENTRY, "id": LIST}),
    "zeros before the index": badge(credentialStatus={**ENTRY, "statusListIndex": "0" * 60 + "3527"}),
    "an index of 64 digits": badge(credentialStatus={**ENTRY, "statusListIndex": "0" * 60 + "9999"}),
    "an index of 65 digits": badge(credentialStatus={**ENTRY, "statusListIndex": "0" * 61 + "3527"}),
    "an index in other digits": badge(credentialStatus={**ENTRY, "statusListIndex": "٣٥٢٧"}),
    "an index and a line break": badge(credentialStatus={**ENTRY, "statusListIndex": "3527\n"}),
    "an index out of the list": badge(credentialStatus={**ENTRY, "statusListIndex": "131072"}),
    "true for a purpose": badge(credentialStatus={**ENTRY, "statusPurpose": True}),
    "a number for an index": badge(credentialStatus={**ENTRY, "statusListIndex": 3.0}),
    "a fraction for an index": badge(credentialStatus={**ENTRY, "statusListIndex": 2.5}),
    "lists in a list": badge(credentialStatus=[[ENTRY]]),
    "an entry of one bit": badge(credentialStatus={**ENTRY, "statusSize": 1}),
    "an entry of a large size": badge(credentialStatus={**ENTRY, "statusSize": 1e300}),
    "another purpose": badge(credentialStatus={**ENTRY, "statusPurpose": "suspension"}),
    "the purpose message": badge(credentialStatus={**ENTRY, "statusPurpose": "message"}),
    "types as one text": bare(type="OpenBadgeCredential"),
    "types the other way round": bare(type=["OpenBadgeCredential", "VerifiableCredential"]),
    "a type twice": bare(type=["VerifiableCredential", "OpenBadgeCredential", "OpenBadgeCredential"]),
    "contexts in other words": bare(**{"@context": [*bare()["@context"], bare()["@context"][0]]}),
    "an id of percents": bare(id="urn:%00%zz"),
    "an id with a bracket": bare(id="https://[a"),
    "an id in capitals": bare(id="HTTPS://b.example.org/1"),
    "an id beyond ASCII": bare(id="https://b.example.org/é"),
    "an id of a control": bare(id="urn:a\x7f"),
    "text that looks like a quad": bare(name="x <https://www.w3.org/2018/credentials#issuer> <urn:x> .\n"),
    "text of controls": bare(name="\x00\x1f\x7f\u2028\ufffe\U0001f600"),
    "the largest whole number": with_subject(bare(), creditsEarned=10**15 - 1),
    "a larger one": with_subject(bare(), creditsEarned=10**15),
    "a double": with_subject(bare(), creditsEarned=1e16),
    "a negative zero": with_subject(bare(), creditsEarned=-0.0),
    "true for a number": with_subject(bare(), creditsEarned=True),
    "a resource twice": bare(relatedResource=[{"id": "urn:a", "digestSRI": "sha256-AAAA"}] * 2),
    "a resource twice, in percents": bare(
        relatedResource=[{"id": f"urn:{a}", "digestSRI": "sha256-AAAA"} for a in ("a", "%61")]
    ),
    "a refresh service": bare(refreshService={"id": LIST, "type": "1EdTechCredentialRefresh"}),
    "an endorsement inside": bare(endorsement=[signed(endorsement(ATLAS))]),
    "an endorsement in its issuer": bare(
        issuer={**bare()["issuer"], "endorsement": [signed(endorsement(ATLAS))]}
    ),
    "a token inside": bare(endorsementJwt=[ATLAS.sign(endorsement(ATLAS), "jwt").decode()]),
    "an endorsement that holds a badge": endorsement(ATLAS, endorsement=[signed(bare())]),
    **{
        f"{member} {text}": badge(**{member: text})
        for member in ("validFrom", "validUntil", "awardedDate")
        for text in (
            *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
            *("2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00+00:99"),
            *("2016-12-31T23:59:60Z", "2026-01-01T24:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00"),
            *("2026-01-01t00:00:00z", "2026-01-01T00:00:00.5Z", "٢٠٢٦-01-01T00:00:00Z", "2026-01-01"),
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("name", WRITTEN)
def test_written_by_the_issuer(name: str, proof: str) -> None:
    for policy in (STRANGER, TRUSTED, Policy(expect="credential"), OTHER_CONTEXTS):
        for web in (CLEAR, REVOKED):
            assert_same(sealed(WRITTEN[name], proof), web, policy)


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("make", [core.badge, core.badge_v1, core.endorsement, core.clr, core.credential])
def test_written_by_others(make: Any, proof: str) -> None:
    document = make()
    issuer = document["issuer"]
    document["issuer"] = {**issuer, "id": ATLAS.did} if isinstance(issuer, dict) else ATLAS.did
    data = sealed(document, proof)
    envelope = {
        "@context": core.V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{data.decode()}",
    }
    for policy in (STRANGER, TRUSTED, Policy(expect="credential"), Policy(relaxed=True)):
        assert_same(data, CLEAR, policy)
        assert_same(dumped(envelope), CLEAR, policy)


PROVEN: dict[str, Json] = {
    "no created": {"created": None},
    "an empty created": {"created": ""},
    "a created of fractions": {"created": "2026-11-21T09:30:00.5Z"},
    "a created to come": {"created": "2026-11-22T09:30:00Z"},
    "over": {"expires": "2026-11-21T10:00:00Z"},
    "a nonce": {"nonce": "x"},
    "a domain": {"domain": "a.example"},
    "an id": {"id": "urn:proof"},
    "no suite": {"cryptosuite": None},
    "the first context": {"@context": bare()["@context"][:1]},
    "the first context as a text": {"@context": bare()["@context"][0]},
    "both contexts": {"@context": bare()["@context"]},
    "no contexts": {"@context": []},
    "contexts of numbers": {"@context": [1]},
    "contexts in an object": {"@context": {"a": 1.0}},
    "contexts far down": {"@context": DEEP},
}  # fmt: skip


@pytest.mark.parametrize("name", PROVEN)
def test_proofs_of_every_form(name: str) -> None:
    changed = {**PROOF, **PROVEN[name]}
    proof = {member: value for member, value in changed.items() if value is not None}
    for document in (bare(), badge(), endorsement(ATLAS)):
        data = proven_by(document, proof)
        alone = parsed(data.replace(b"[" * 100, b"").replace(b"]" * 100, b""))
        for policy in (STRANGER, TRUSTED, Policy(every_proof=True), Policy(domain="a.example")):
            assert_same(data, CLEAR, policy)
            assert_same(dumped({**alone, "proof": [alone["proof"]]}), CLEAR, policy)
            assert_same(dumped({**alone, "proof": [alone["proof"]] * 2}), CLEAR, policy)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verificationMethod": "key-1"}, "relative_iri"),
        ({"proofPurpose": "nonsense"}, "undefined_term"),
        ({"@context": ["https://unknown.example"]}, "unknown_context"),
        ({"@context": {"a": "urn:a"}}, "unusual_json_ld"),
        ({"@context": DEEP}, "json_too_deep"),
    ],
)
def test_a_proof_inside_a_token_is_held_to_the_contexts_too(change: Json, code: str) -> None:
    """Being plain says nothing of a proof's words: in a token it is only more of what was signed."""
    verdict = assert_same(token(claims({**bare(), "proof": {**PROOF, **change}})), {})
    assert code in verdict.codes
    assert verdict.credential is None


def test_contexts_in_a_proof_are_not_nested_deeper_than_anything_else() -> None:
    verdict = assert_same(dumped({**bare(), "proof": {**PROOF, "@context": DEEP}}), {})
    assert verdict.codes == {"json_too_deep"}


@pytest.mark.parametrize(
    "changed",
    [
        *({"nbf": nbf} for nbf in (True, 1, 1.0, 0, -0.0, 1e300, -1, "1", None, 1763717400.5)),
        *({"exp": exp} for exp in (True, 1, 32503680000, 32503680000.0, 253402300799.99997)),
        *({"iat": iat} for iat in (True, 1, 1.5, "1")),
        *({"iss": iss} for iss in ("", "urn:x", 1, ["x"])),
        *({name: None} for name in ("iss", "sub", "jti", "nbf", "exp")),
        {"aud": "x"},
        {"validUntil": None},
        {"validUntil": "1970-01-01T00:00:01Z", "validFrom": "1970-01-01T00:00:01Z", "nbf": 1.0, "exp": 1.0},
    ],
)
@pytest.mark.parametrize("typ", ["JWT", "vc+jwt"])
def test_claims_that_are_nearly_equal(changed: Json, typ: str) -> None:
    payload = {**claims(bare(validUntil="3000-01-01T00:00:00Z")), **changed}
    payload = {name: value for name, value in payload.items() if value is not None}
    assert_same(token(payload, typ=typ), {})


def test_a_claim_said_twice() -> None:
    payload = dumped(claims(bare()))
    for again in (b'"nbf":1', b'"iss":"urn:x"', b'"iss":"' + ATLAS.did.encode() + b'"', b'"\\u0069ss":""'):
        verdict = assert_same(token(payload[:-1] + b"," + again + b"}"), {})
        assert verdict.codes == {"json_duplicate_key"}


def test_a_header_is_remembered_for_what_it_was_read_as() -> None:
    as_presentation = token(claims(bare()), typ="vp+jwt")
    for _ in range(2):
        assert jwt.peek_jwt(as_presentation, presented=True).rules == "vp"
        with pytest.raises(InputError, match="typ"):
            jwt.peek_jwt(as_presentation)
    assert_same(as_presentation, {})


def test_a_list_of_types_does_not_pass_for_a_node_with_a_context() -> None:
    """The tables are remembered by type, and by context and type: one must not find what the other left."""
    context = "https://w3id.org/security/multikey/v1"
    honest = {"id": "urn:e", "@context": context, "type": "Evidence", "narrative": "x"}
    posing = {"id": "urn:e", "type": ["@context", context, "Evidence"], "narrative": "x"}
    rdf.canonize(bare(evidence=[honest]))
    with pytest.raises(InputError) as raised:
        rdf.canonize(bare(evidence=[posing]))
    assert raised.value.code == "undefined_type"
    with pytest.raises(InputError):
        terms.check_terms(bare(evidence=[posing]))


def test_as_many_levels_as_results() -> None:
    """A megabyte of either took a minute to be compared, and nobody had to sign it."""
    many = range(7_500)
    levels = [{"id": f"urn:{n}", "type": "RubricCriterionLevel", "name": ""} for n in many]
    described = {"id": "urn:a", "type": "ResultDescription", "name": "", "resultType": "Percent"}
    result = {"type": "Result", "resultDescription": "urn:a", "achievedLevel": f"urn:{many[-1]}"}
    document = with_subject(bare(), result=[result] * len(many))
    document = with_achievement(document, resultDescription=[{**described, "rubricCriterionLevel": levels}])
    for written in (document, {**document, "evidence": []}):
        start = process_time()
        verdict = judge(dumped(written), {}, STRANGER, NOW)
        assert process_time() - start < 2  # TRUST.md P5
        assert verdict.codes == {"shape", "proof_missing"}
