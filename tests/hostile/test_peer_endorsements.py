"""Peers' endorsements under attack: terms that are not ours, and lists that nobody named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.our_terms import NAMESPACE, terms_digest
from exchange.core.digests import digest_sri
from exchange.core.verdict.documents import Document
from tests.core.endorsing import (
    ADA,
    BASE,
    CLEAR,
    EXCHANGE,
    INDEX,
    LIST,
    PORTER,
    STRANGERS,
    TERMS,
    Json,
    Web,
    codes,
    key_credential,
    peer_endorsement,
    signed,
    status_list,
    verdict,
)
from tests.core.signers import Issuer
from tests.core.strategies import CONTEXT, EXTENSIONS
from tests.hostile.forge import MALLORY, TRUSTED, Attack, assert_refused, claims, dumped, judged, token

PIN = {"id": TERMS, "digestSRI": terms_digest()}
OTHER_LIST = f"{BASE}/status/2"
OTHER = {"id": "urn:x:other", "digestSRI": digest_sri(b"x")}
HONEST = peer_endorsement()
WITH_TERMS = SHIPPED.extended({TERMS: SHIPPED[NAMESPACE]})
"""As somebody reads who fetches contexts."""


def attack(document: Json, code: str, web: Web = CLEAR, outcome: Any = "", by: Issuer = ADA) -> Attack:
    return Attack(by.sign(document, "jwt"), code, web, outcome)


def pinning(
    *pins: Any, code: str = "unknown_context", outcome: Any = "indeterminate", **changed: Any
) -> Attack:
    """ADA's endorsement, honest but for what it pins."""
    return attack({**HONEST, "relatedResource": list(pins), **changed}, code, outcome=outcome)


def in_contexts(*contexts: Any, code: str, outcome: Any = "", **changed: Any) -> Attack:
    """ADA's endorsement, its terms pinned, among these contexts."""
    return attack({**HONEST, "@context": [*CONTEXT, *contexts], **changed}, code, outcome=outcome)


def with_entry(code: str, web: Web = CLEAR, outcome: Any = "", by: Issuer = ADA, **changed: Any) -> Attack:
    """ADA's endorsement, whose status entry says something else; None takes a member out."""
    entry = {**HONEST["credentialStatus"], **changed}
    entry = {name: value for name, value in entry.items() if value is not None}
    return attack({**HONEST, "credentialStatus": entry}, code, web, outcome, by)


NULLED = {**HONEST["credentialStatus"], "statusListIssuer": None}


TERM_ATTACKS: dict[str, Callable[[], Attack]] = {
    "no pin": lambda: pinning(OTHER),
    "no related resource": lambda: attack(
        {name: value for name, value in HONEST.items() if name != "relatedResource"}, "unknown_context"
    ),
    "two pins, both right": lambda: pinning(PIN, PIN, outcome="invalid"),
    "two pins, the first right": lambda: pinning(PIN, {**OTHER, "id": TERMS}, outcome="invalid"),
    "two pins, the second right": lambda: pinning({**OTHER, "id": TERMS}, PIN, outcome="invalid"),
    "a pin of other bytes": lambda: pinning({**PIN, "digestSRI": digest_sri(b"{}")}),
    "a malformed pin": lambda: pinning({**PIN, "digestSRI": "sha384-!"}, outcome="invalid"),
    "a malformed digest beside the right one": lambda: pinning({**PIN, "digestMultibase": "f00"}, outcome=""),
    "another digest beside the right one": lambda: pinning(
        {**PIN, "digestSRI": [PIN["digestSRI"], digest_sri(b"{}")]}, outcome=""
    ),
    "a pin in another case": lambda: pinning({**PIN, "id": TERMS.upper()}),
    "a pin of another URL": lambda: pinning({**PIN, "id": TERMS + "/"}),
    "a pin that is the 51st": lambda: pinning(*({**OTHER, "id": f"urn:x:{n}"} for n in range(50)), PIN),
    "a pin inside the subject": lambda: attack(
        {
            **HONEST,
            "relatedResource": [OTHER],
            "credentialSubject": {**HONEST["credentialSubject"], "relatedResource": [PIN]},
        },
        "unknown_context",
    ),
    "a pin inside an endorsement in it": lambda: attack(
        {**HONEST, "relatedResource": [OTHER], "endorsement": [{**HONEST, "id": "urn:x:inner"}]},
        "unknown_context",
    ),
    "a known context for our terms": lambda: in_contexts(
        EXTENSIONS, relatedResource=[{**PIN, "id": EXTENSIONS}], code="undefined_type", outcome="invalid"
    ),
    "an unknown context before them": lambda: in_contexts(
        "https://evil.example/c", TERMS, code="unknown_context"
    ),
    "an unknown context after them": lambda: in_contexts(
        TERMS, "https://evil.example/c", code="unknown_context"
    ),
    "a context of its own after them": lambda: in_contexts(
        TERMS, {"statusListIssuer": {"@id": "https://evil.example/x"}}, code="unusual_json_ld"
    ),
    "a context of its own that takes a term away": lambda: in_contexts(
        TERMS, {"statusListIssuer": None}, code="unusual_json_ld"
    ),
    "a context of its own that wipes the others away": lambda: in_contexts(
        TERMS, None, {"@vocab": "https://evil.example/"}, code="unusual_json_ld"
    ),
    "a context of its own that takes everything": lambda: in_contexts(
        {"@vocab": "https://evil.example/"}, code="unusual_json_ld"
    ),
    "our term under another name": lambda: in_contexts(
        TERMS,
        {"keeper": {"@id": f"{NAMESPACE}#statusListIssuer", "@type": "@id"}},
        code="unusual_json_ld",
        credentialStatus={
            **{
                name: value
                for name, value in HONEST["credentialStatus"].items()
                if name != "statusListIssuer"
            },
            "keeper": EXCHANGE.did,
        },
    ),
    "our term without our context": lambda: in_contexts(
        {"statusListIssuer": {"@id": f"{NAMESPACE}#statusListIssuer", "@type": "@id"}},
        code="unusual_json_ld",
        credentialSubject={**HONEST["credentialSubject"], "type": ["EndorsementSubject"]},
    ),
    "terms of ours where they are not defined": lambda: attack(
        {**HONEST, "relationship": "mentor"}, "undefined_term", outcome="invalid"
    ),
    "terms of ours without their type": lambda: attack(
        {**HONEST, "credentialSubject": {**HONEST["credentialSubject"], "type": ["EndorsementSubject"]}},
        "undefined_term",
        outcome="invalid",
    ),
    "our terms in VCDM 1.1": lambda: attack(
        {**HONEST, "@context": ["https://www.w3.org/2018/credentials/v1", CONTEXT[1], TERMS]}, ""
    ),
}


@pytest.mark.parametrize("name", TERM_ATTACKS)
def test_terms(name: str) -> None:
    made = TERM_ATTACKS[name]()
    if made.code:
        assert_refused(made)
    else:
        assert judged(made).outcome != "valid"
        assert judged(made, TRUSTED).outcome != "valid"


DI = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]


def by_porter(proof: str, **changed: Any) -> Json:
    """PORTER's endorsement with an embedded proof, made by somebody who fetches contexts."""
    document = peer_endorsement(PORTER, **changed)
    made: Json = strict_json.parse(PORTER.sign(document, proof, contexts=WITH_TERMS))
    return made


@pytest.mark.parametrize("proof", DI)
def test_an_embedded_proof_names_no_other_keeper_of_its_status(proof: str) -> None:
    """Where its statements stand, an RDF proof does not say: so nobody may be named, JCS or not."""
    assert_refused(Attack(dumped(by_porter(proof)), "status_list_wrong_signer", CLEAR, "invalid"))
    entry = {**HONEST["credentialStatus"], "id": f"{OTHER_LIST}#7", "statusListCredential": OTHER_LIST}
    own = by_porter(proof, credentialStatus={**entry, "statusListIssuer": PORTER.did})
    web = {**CLEAR, **status_list(by=PORTER, url=OTHER_LIST, at=OTHER_LIST)}
    assert judged(Attack(dumped(own), "", web)).outcome == "valid"
    unnamed = by_porter(proof, credentialStatus=None)
    assert judged(Attack(dumped(unnamed), "", CLEAR)).outcome == "valid"


@pytest.mark.parametrize("proof", DI)
def test_a_pin_added_to_an_embedded_proof_fits_no_signature(proof: str) -> None:
    signed_ = by_porter(proof, relatedResource=[OTHER], credentialStatus=None)
    assert_refused(Attack(dumped(signed_), "unknown_context", CLEAR))
    added = {**signed_, "relatedResource": [OTHER, PIN]}
    assert_refused(Attack(dumped(added), "signature_invalid", CLEAR, "invalid"))


def test_a_context_added_behind_those_that_a_proof_covers_defines_nothing() -> None:
    """JCS proofs cover as many contexts as they say; what was added unsigned has no meaning, pinned or
    not."""
    plain = {
        **HONEST,
        "@context": CONTEXT,
        "credentialStatus": None,
        "issuer": {"id": PORTER.did, "type": ["Profile"]},
    }
    plain = {name: value for name, value in plain.items() if value is not None}
    made = strict_json.parse(PORTER.sign(plain, "eddsa-jcs-2022"))
    for contexts in (CONTEXT, [*CONTEXT, TERMS]):
        assert_refused(Attack(dumped({**made, "@context": contexts}), "undefined_type", CLEAR, "invalid"))


def test_a_pin_in_the_header_is_no_pin() -> None:
    document = {**HONEST, "relatedResource": [OTHER]}
    made = token(claims(document), ADA, relatedResource=[PIN])
    assert_refused(Attack(made, "unknown_context", CLEAR))


def test_fifty_pins_and_a_thousand_contexts_cost_little() -> None:
    pins = [{**PIN, "id": f"{TERMS}?{n}"} for n in range(50)]
    urls = [pin["id"] for pin in pins]
    few = {**HONEST, "@context": [*CONTEXT, *urls[:10]], "relatedResource": pins[:10]}
    assert judged(attack(few, "")).outcome == "valid"
    many = {**HONEST, "@context": [*CONTEXT, *urls * 20], "relatedResource": pins}
    assert_refused(attack(many, "unusual_json_ld", outcome="indeterminate"))


# --- whose list it is -------------------------------------------------------------------------------------

STATUS_ATTACKS: dict[str, Callable[[], Attack]] = {
    "signed by an attacker": lambda: attack(
        HONEST, "status_list_wrong_signer", status_list(by=MALLORY), "invalid"
    ),
    "signed by the endorser": lambda: attack(
        HONEST, "status_list_wrong_signer", status_list(by=ADA), "invalid"
    ),
    "signed by an attacker in the exchange's name": lambda: attack(
        HONEST, "status_list_forged", status_list(by=MALLORY, issuer=EXCHANGE.did), "invalid"
    ),
    "of the exchange, under another id": lambda: attack(
        HONEST, "status_list_wrong_id", status_list(url=OTHER_LIST), "invalid"
    ),
    "of the exchange, for suspension": lambda: with_entry(
        "status_purpose_mismatch", statusPurpose="suspension"
    ),
    "in which the bit is set": lambda: attack(HONEST, "revoked", status_list(INDEX), "invalid"),
    "in which every bit is set": lambda: attack(HONEST, "revoked", status_list(*range(1000)), "invalid"),
    "that is not there": lambda: attack(HONEST, "document_unreachable", {}, "indeterminate"),
    "that is gone": lambda: attack(
        HONEST, "document_unreachable", {LIST: Document(LIST, 404, "text/plain", b"")}, "indeterminate"
    ),
    "that is an endorsement": lambda: attack(
        HONEST, "status_list_wrong_signer", {LIST: Document(LIST, 200, "application/vc", signed())}
    ),
    "that is a key credential": lambda: attack(
        HONEST,
        "status_list_wrong_type",
        {LIST: Document(LIST, 200, "application/vc", key_credential(id=LIST).encode())},
        "invalid",
    ),
    "of the named one, who is nobody": lambda: with_entry(
        "status_list_wrong_signer", statusListIssuer="did:web:nobody.example"
    ),
    "that names nobody": lambda: with_entry(
        "status_list_wrong_signer", outcome="invalid", statusListIssuer=None
    ),
    "that names two": lambda: with_entry(
        "status_malformed", outcome="invalid", statusListIssuer=[EXCHANGE.did, MALLORY.did]
    ),
    "that names one in a list": lambda: with_entry("status_malformed", statusListIssuer=[EXCHANGE.did]),
    "that names somebody as an object": lambda: with_entry(
        "status_malformed", statusListIssuer={"id": EXCHANGE.did}
    ),
    "that names a number": lambda: with_entry("status_malformed", statusListIssuer=7),
    "that names an empty text": lambda: with_entry("relative_iri", statusListIssuer=""),
    "that names a null": lambda: attack({**HONEST, "credentialStatus": NULLED}, "unusual_json_ld"),
    "that names a word": lambda: with_entry("relative_iri", statusListIssuer="exchange"),
    "that names the exchange and a blank": lambda: with_entry(
        "illegal_iri", statusListIssuer=EXCHANGE.did + " " + MALLORY.did
    ),
    "that names the exchange with a fragment": lambda: with_entry(
        "status_list_wrong_signer", statusListIssuer=EXCHANGE.method
    ),
    "of the attacker, who is named by the wrong one": lambda: with_entry(
        "signature_invalid",
        status_list(by=MALLORY),
        by=MALLORY,
        statusListIssuer=MALLORY.did,
    ),
    "one of two, both named, one set": lambda: attack(
        {
            **HONEST,
            "credentialStatus": [
                HONEST["credentialStatus"],
                {**HONEST["credentialStatus"], "id": f"{LIST}#7", "statusListIndex": "7"},
            ],
        },
        "revoked",
        status_list(7),
        "invalid",
    ),
    "one of two, one of them the endorser's": lambda: attack(
        {
            **HONEST,
            "credentialStatus": [
                HONEST["credentialStatus"],
                {
                    **HONEST["credentialStatus"],
                    "id": f"{OTHER_LIST}#7",
                    "statusListIndex": "7",
                    "statusListCredential": OTHER_LIST,
                    "statusListIssuer": ADA.did,
                },
            ],
        },
        "revoked",
        {**CLEAR, **status_list(7, by=ADA, url=OTHER_LIST, at=OTHER_LIST)},
        "invalid",
    ),
}


@pytest.mark.parametrize("name", STATUS_ATTACKS)
def test_a_list(name: str) -> None:
    made = STATUS_ATTACKS[name]()
    if made.code == "signature_invalid":  # the header names MALLORY's key for what ADA is said to have signed
        assert judged(made).credential is None
        return
    assert_refused(made)


def test_an_endorser_may_name_herself_and_then_keeps_her_own_list() -> None:
    entry = {
        **HONEST["credentialStatus"],
        "id": f"{OTHER_LIST}#{INDEX}",
        "statusListCredential": OTHER_LIST,
        "statusListIssuer": ADA.did,
    }
    made = ADA.sign({**HONEST, "credentialStatus": entry}, "jwt")

    def beside(*revoked: int, by: Issuer) -> Web:
        return {**CLEAR, **status_list(*revoked, by=by, url=OTHER_LIST, at=OTHER_LIST)}

    assert verdict(made, beside(by=ADA)).outcome == "valid"
    assert codes(verdict(made, beside(INDEX, by=ADA))) == {"revoked"}
    assert codes(verdict(made, beside(by=EXCHANGE))) == {"status_list_wrong_signer"}


def test_what_was_found_out_for_one_signer_is_not_told_of_another() -> None:
    """The same list at the same moment, asked for in every order by who may believe it and who may not."""
    honest = signed()
    entry = HONEST["credentialStatus"]
    unnamed = ADA.sign(
        {**HONEST, "credentialStatus": {k: v for k, v in entry.items() if k != "statusListIssuer"}}, "jwt"
    )
    by_stranger = ADA.sign(
        {**HONEST, "credentialStatus": {**entry, "statusListIssuer": STRANGERS.did}}, "jwt"
    )
    own = key_credential()
    believe, refuse = [honest, own.encode()], [unnamed, by_stranger]
    for order in (
        [*believe, *refuse],
        [*refuse, *believe],
        [refuse[0], believe[0], refuse[1], believe[1]] * 2,
    ):
        for credential in order:
            found = "status_list_wrong_signer" in codes(verdict(credential))
            assert found == (credential in refuse)
