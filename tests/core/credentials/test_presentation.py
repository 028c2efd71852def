"""Presentations, and what makes them stand (VCDM 2.0 §4.13; VC-JOSE-COSE §3.1.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.credentials.presentation import (
    build_presentation,
    judge_presentation,
    peek_presentation,
    prepare_presentation,
)
from exchange.core.keys.multibase import base64url_encode
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict
from tests.core import samples
from tests.core.signers import Issuer, raw_signature
from tests.core.w3c import (
    ADA,
    CONTEXTS,
    DATA_INTEGRITY,
    EXAMPLES,
    HOLDER,
    NOW,
    PROOF_FAULTS,
    TYPED,
    V1,
    V2,
    codes,
    credential,
    envelope,
    exact,
    forged,
    sign,
    token,
    verdict,
    with_term,
    without,
)

PROFILE = Policy(contexts=CONTEXTS, exact=exact)


def presentation(credentials: Any = ..., **changed: Any) -> dict[str, Any]:
    document = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": credentials,
    }
    return without({**document, **changed})


def present(
    credentials: Any = ..., suite: str = "eddsa-rdfc-2022", key: Issuer = HOLDER, **changed: Any
) -> bytes:
    return sign(presentation(credentials, **changed), key, suite, purpose="authentication")


def shown(raw: bytes | dict[str, Any], documents: Any = None, **policy: Any) -> Verdict:
    raw = raw if isinstance(raw, bytes) else strict_json.dump(raw)
    return judge_presentation(raw, documents or {}, Policy(contexts=CONTEXTS, exact=exact, **policy), NOW)


def signed_credential(**changed: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = strict_json.parse(sign(credential(**changed), suite="eddsa-rdfc-2022"))
    return parsed


SHOWN: dict[str, dict[str, Any]] = {
    "without a credential": {},
    "with no credential in the list": {"credentials": []},
    "with one credential": {"credentials": signed_credential()},
    "with several credentials": {
        "credentials": [signed_credential(), signed_credential(credentialSubject={"id": "did:example:other"})]
    },
    "with an enveloped credential": {"credentials": [envelope()]},
    "with the holder's own word": {"credentials": [credential(HOLDER)]},
    "with an id": {"id": "urn:uuid:313801ba-24b7-11ee-be02-ff560265cf9b"},
    "with a holder that is an object": {"holder": {"id": HOLDER.did}},
    "without a holder": {"holder": ...},
    "with another type": with_term("Shown", TYPED, type=["VerifiablePresentation", "Shown"]),
    "with a context of examples": {"@context": [V2, EXAMPLES]},
    "by VCDM 1.1": {"@context": [V1, DATA_INTEGRITY]},
}


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_presentation_is_valid(name: str, suite: str) -> None:
    result = shown(present(suite=suite, **SHOWN[name]))
    assert result.outcome == "valid", (result.findings, result.endorsements)
    assert result.kind == "presentation"
    assert all(inner.outcome == "valid" for inner in result.endorsements)


PRESENTATION_FAULTS: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "another context first": {"@context": [EXAMPLES, V2]},
    "no base context": {"@context": [EXAMPLES]},
    "an unknown context": {"@context": [V2, "https://example.com"]},
    "a context that is no URL": {"@context": [V2, "https ://not-a-url/contexts/example/v1"]},
    "a context that is a number": {"@context": [V2, 123192875]},
    "no type": {"type": ...},
    "another type only": {"@context": [V2, EXAMPLES], "type": ["Shown"]},
    "a type that nothing defines": {"type": ["VerifiablePresentation", "Undefined"]},
    "an id that is no URL": {"id": "not-a-url"},
    "several ids": {"id": ["did:example:a", "did:example:b"]},
    "a holder that is no URL": {"holder": {"id": HOLDER.multikey}},
    "a holder without an id": {"holder": {"name": "Alice"}},
    "a holder that is another": {"holder": ADA.did},
    "a credential that is a text": {"verifiableCredential": ["did:example:credential"]},
    "a credential that is a number": {"verifiableCredential": 7},
    "a credential that is a URL": {"verifiableCredential": "https://example.org/credential"},
    "a credential without a type": {"verifiableCredential": [without(signed_credential(), "type")]},
    "a credential without a proof": {"verifiableCredential": [credential()]},
    "a tampered credential": {
        "verifiableCredential": [{**signed_credential(), "credentialSubject": {"id": "did:example:other"}}]
    },
    "one tampered credential of two": {
        "verifiableCredential": [
            signed_credential(),
            {**signed_credential(), "credentialSubject": {"id": "did:example:other"}},
        ]
    },
    "an expired credential": {"verifiableCredential": [signed_credential(validUntil="2026-01-01T00:00:00Z")]},
    "the word of a holder who is not named": {"holder": ..., "verifiableCredential": [credential(HOLDER)]},
    "an envelope without a type": {"verifiableCredential": [envelope(type=...)]},
    "an envelope without a data: URL": {"verifiableCredential": [envelope(id=token())]},
}


@pytest.mark.parametrize("name", PRESENTATION_FAULTS)
def test_a_presentation_is_refused_with(name: str) -> None:
    document = presentation(**PRESENTATION_FAULTS[name])
    config = {"proofPurpose": "authentication"}
    result = shown({**document, "proof": forged(document, config, HOLDER)})
    assert result.outcome != "valid"
    assert "signature_invalid" not in codes(result)


@pytest.mark.parametrize(
    "name", [name for name in PROOF_FAULTS if "claim" not in name and "added" not in name]
)
def test_the_proof_of_a_presentation_is_refused_with(name: str) -> None:
    result = shown(PROOF_FAULTS[name](strict_json.parse(present([signed_credential()]))))
    assert result.outcome != "valid"
    assert result.credential is None
    assert result.endorsements == ()


def test_a_presentation_is_for_authentication() -> None:
    made_to_assert = sign(presentation(), HOLDER)
    assert codes(shown(made_to_assert)) == {"proof_purpose_mismatch"}
    inside = strict_json.parse(sign(credential(), purpose="authentication"))
    assert codes(shown(present([inside]))) == {"presented_credential"}


@pytest.mark.parametrize("member", ["domain", "challenge"])
def test_a_presentation_is_for_who_asked(member: str) -> None:
    document = presentation([signed_credential()])
    made = {"proofPurpose": "authentication", member: "mine"}
    raw = {**document, "proof": forged(document, made, HOLDER)}
    assert shown(raw, **{member: "mine"}).outcome == "valid"
    assert codes(shown(raw, **{member: "another"})) == {f"proof_{member}_mismatch"}


def test_a_document_that_is_none_is_refused_as_both() -> None:
    raw = {"type": ["NonconformingDocument"]}
    assert verdict(raw).outcome == "invalid"
    assert shown(raw).outcome == "invalid"


def test_a_presentation_that_says_it_is_a_credential_too_makes_its_holder_nobodys_issuer() -> None:
    """The type decides nothing about whose key counts: here the holder signs, and the issuer is another."""
    both = credential(holder=HOLDER.did, type=["VerifiableCredential", "VerifiablePresentation"])
    assert "key_not_authorised" in codes(verdict({**both, "proof": forged(both, {}, HOLDER)}))


def test_moved_statements_of_the_holders_own_word_are_refused() -> None:
    own = credential(HOLDER, id="urn:uuid:1", validUntil="2026-01-01T00:00:00Z")
    assert shown(present([own])).outcome == "invalid"
    hidden = {"id": "urn:uuid:1", "type": ["VerifiableCredential"], "validUntil": own["validUntil"]}
    moved = {**without(own, "validUntil"), "evidence": [{**hidden}]}
    assert shown(present([moved])).outcome == "invalid"


def test_so_many_credentials_are_looked_at_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.core.credentials.presentation.MOST_CREDENTIALS", 3)
    raw = present([credential(HOLDER, credentialSubject={"id": f"urn:x:{n}"}) for n in range(4)])
    verdict = shown(raw)
    assert verdict.outcome == "indeterminate"
    assert [one.outcome for one in verdict.endorsements] == ["valid"] * 3 + ["indeterminate"]


# --- as tokens


def vp_token(claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None) -> str:
    head = {"alg": "EdDSA", "kid": HOLDER.method, "typ": "vp+jwt", **(header or {})}
    body = {**presentation([envelope()], id="urn:uuid:2"), **(claims or {})}
    text = ".".join(base64url_encode(strict_json.dump(without(part))) for part in (head, body))
    return f"{text}.{base64url_encode(raw_signature(HOLDER.private, text.encode()))}"


def vp_envelope(text: str, **changed: Any) -> dict[str, Any]:
    enveloping = {
        "@context": [V2],
        "id": f"data:application/vp+jwt,{text}",
        "type": "EnvelopedVerifiablePresentation",
    }
    return without({**enveloping, **changed})


@pytest.mark.parametrize(
    "claims",
    [{}, {"iss": HOLDER.did, "jti": "urn:uuid:2", "exp": 1893456000, "nonce": "n"}, {"holder": ...}],
    ids=["bare", "claims", "no holder"],
)
def test_a_presentation_in_a_token_is_valid(claims: dict[str, Any]) -> None:
    text = vp_token(claims)
    for raw in (text.encode(), strict_json.dump(vp_envelope(text))):
        result = shown(raw)
        assert result.outcome == "valid", (result.findings, result.endorsements)


TOKEN_FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another's name": ({"iss": ADA.did}, {}, "jwt_claim_mismatch"),
    "another id": ({"jti": "urn:uuid:3"}, {}, "jwt_claim_mismatch"),
    "its time over": ({"exp": 1_700_000_000}, {}, "expired"),
    "its time to come": ({"nbf": 1_900_000_000}, {}, "not_yet_valid"),
    "an audience nobody asked about": ({"aud": "https://verifier.example"}, {}, "proof_domain_mismatch"),
    "an audience that is a number": ({"aud": 7}, {}, "jwt_claim_malformed"),
    "a nonce that is a number": ({"nonce": 7}, {}, "jwt_claim_malformed"),
    "a vp claim": ({"vp": {}}, {}, "jwt_vp_claim"),
    "a vc claim": ({"vc": {}}, {}, "jwt_vp_claim"),
    "the type of a credential": ({}, {"typ": "vc+jwt"}, "jwt_type"),
    "no algorithm": ({}, {"alg": "none"}, "jwt_algorithm_forbidden"),
    "another's key": ({}, {"kid": ADA.method}, "key_not_authorised"),
}


@pytest.mark.parametrize("name", TOKEN_FAULTS)
def test_a_presentation_in_a_token_is_refused_with(name: str) -> None:
    claims, header, code = TOKEN_FAULTS[name]
    assert code in codes(shown(vp_token(claims, header).encode()))


@pytest.mark.parametrize("audience", ["a.example", ["b.example", "a.example"]])
def test_a_token_is_for_who_asked(audience: Any) -> None:
    raw = vp_token({"aud": audience, "nonce": "n"}).encode()
    assert shown(raw, domain="a.example", challenge="n").outcome == "valid"
    assert codes(shown(raw, domain="c.example", challenge="n")) == {"proof_domain_mismatch"}
    assert codes(shown(raw, domain="a.example", challenge="m")) == {"proof_challenge_mismatch"}
    assert codes(shown(vp_token().encode(), domain="a.example")) == {"proof_domain_mismatch"}


@pytest.mark.parametrize(
    "changed",
    [
        {"@context": []},
        {"@context": [EXAMPLES]},
        {"id": vp_token()},
        {"id": f"data:application/vc+jwt,{token()}"},
        {"type": ["VerifiablePresentation"]},
        {"type": ...},
    ],
    ids=["no context", "another context", "no data: URL", "of a credential", "another type", "no type"],
)
def test_an_enveloped_presentation_is_refused_with(changed: dict[str, Any]) -> None:
    assert shown(vp_envelope(vp_token(), **changed)).outcome != "valid"


def test_a_token_of_a_presentation_is_no_credential() -> None:
    assert verdict(vp_token().encode()).outcome == "invalid"
    assert shown(token().encode()).outcome == "invalid"


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"null", b"[]", b"7", b'"x"', b"a.b.c", b"\xff", b"{" * 100_000]
)
def test_junk_is_no_presentation_and_never_raises(junk: bytes) -> None:
    assert shown(junk).outcome != "valid"


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=9) | st.sampled_from([V2, HOLDER.did]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@settings(deadline=None)
@given(st.sampled_from(["proof", *presentation([])]), anything)
def test_a_strange_member_is_a_finding_and_never_an_exception(member: str, value: Any) -> None:
    result = shown({**strict_json.parse(present([credential(HOLDER)])), member: value})
    assert result.findings
    # A text or an object may say the same as what stood there; these never do.
    assert result.outcome != "valid" or not (value is None or isinstance(value, int))


# --- bundles, and what a holder signs in a browser ---


def bundled(raw: bytes, **policy: Any) -> Verdict:
    return judge_presentation(
        raw, {}, Policy(contexts=CONTEXTS, exact=exact, **policy), NOW, expect=None, bundle=True
    )


def test_what_nobody_signed_is_judged_only_for_who_wants_a_bundle() -> None:
    raw = strict_json.dump(presentation([credential(ADA)]))
    assert "proof_missing" in codes(shown(raw))
    verdict = bundled(raw)
    assert "presentation_unsigned" in verdict.codes
    assert verdict.credential is None
    assert len(verdict.endorsements) == 1


def test_in_a_bundle_nobody_is_the_holder_and_no_word_is_their_own() -> None:
    own = credential(HOLDER, id="urn:uuid:1")
    signed, unsigned = present([own]), strict_json.dump(presentation([own]))
    assert shown(signed).outcome == "valid"
    (inner,) = bundled(unsigned).endorsements
    assert inner.outcome == "invalid"
    assert "proof_missing" in inner.codes


def test_a_bad_proof_is_no_bundle() -> None:
    good = strict_json.parse(present([credential(HOLDER)]))
    assert isinstance(good, dict)
    verdict = bundled(strict_json.dump({**good, "verifiableCredential": []}))
    assert verdict.outcome == "invalid"
    assert verdict.endorsements == ()


def test_what_is_built_and_signed_by_a_browsers_key_stands_with_each_credential_in_it() -> None:
    key = Issuer("browser", "P-256")
    badge, word = samples.badge(), samples.badge()
    issuer = Issuer("school")
    tokens = [
        issuer.sign({**badge, "issuer": {**badge["issuer"], "id": issuer.did}}, "jwt"),
        issuer.sign({**word, "issuer": {**word["issuer"], "id": issuer.did}}),
    ]
    built = build_presentation(tokens, key.did)
    message = prepare_presentation(built, key.method)
    raw = message + b"." + base64url_encode(raw_signature(key.private, message)).encode()
    verdict = judge_presentation(raw, {}, Policy(), NOW, expect=None, bundle=True)
    assert "signature_valid" in verdict.codes
    assert [one.kind for one in verdict.endorsements] == ["badge", "badge"]
    assert all("signature_valid" in one.codes for one in verdict.endorsements)
    stolen = raw.rpartition(b".")[0] + b"." + base64url_encode(bytes(64)).encode()
    assert "signature_invalid" in judge_presentation(stolen, {}, Policy(), NOW, bundle=True).codes


@pytest.mark.parametrize(
    ("raw", "is_one"),
    [
        (strict_json.dump(presentation([])), True),
        (strict_json.dump({"type": "VerifiablePresentation"}), True),
        (strict_json.dump(credential(ADA, name="VerifiablePresentation")), False),
        (b"{", False),
        (b"a.b", False),
        (b"", False),
        (b"\xff.\xff.\xff", False),
    ],
)
def test_a_presentation_is_told_by_what_it_says_of_itself(raw: bytes, is_one: bool) -> None:
    assert peek_presentation(raw) is is_one
