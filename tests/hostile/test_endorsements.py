"""What is embedded: no endorsement can break a badge, and none that does not stand is shown as standing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import samples
from tests.core.signers import Issuer
from tests.hostile.forge import (
    ATLAS,
    LIST,
    MALLORY,
    MIRA,
    Attack,
    Json,
    about,
    badge,
    bare,
    claims,
    dumped,
    endorsement,
    judged,
    multibase,
    problems,
    proven,
    signed,
    token,
    with_achievement,
)

ANA = Issuer("ana")
ID = badge()["id"]


def by_ana(**changed: Any) -> Json:
    return signed(endorsement(ANA, **changed), ANA)


def _forged(**proof: Any) -> Json:
    document = by_ana()
    return {**document, "proof": {**document["proof"], **proof}}


EMBEDDED: dict[str, tuple[Callable[[], Any], str]] = {
    "unsigned": (lambda: endorsement(ANA), "proof_missing"),
    "with an empty proof": (lambda: {**endorsement(ANA), "proof": {}}, "proof_malformed"),
    "with the proof of the badge": (lambda: {**endorsement(ANA), "proof": signed(bare())["proof"]}, ""),
    "with a proof of zeros": (lambda: _forged(proofValue=multibase(bytes(64))), "signature_invalid"),
    "whose comment was changed": (
        lambda: {**by_ana(), "credentialSubject": about(ID, endorsementComment="The best.")},
        "signature_invalid",
    ),
    "whose issuer was changed": (lambda: {**by_ana(), "issuer": MIRA.did}, "key_not_authorised"),
    "signed by another": (lambda: signed(endorsement(ANA), MALLORY), "key_not_authorised"),
    "signed by another under her name": (
        lambda: proven(endorsement(ANA), MALLORY, verificationMethod=ANA.method),
        "signature_invalid",
    ),
    "about another badge": (
        lambda: by_ana(credentialSubject=about("urn:uuid:else")),
        "endorses_something_else",
    ),
    "about nothing": (
        lambda: by_ana(credentialSubject={"type": ["EndorsementSubject"], "endorsementComment": "Good."}),
        "endorses_something_else",
    ),
    "about two badges": (
        lambda: by_ana(credentialSubject=[about(ID), about("urn:uuid:else")]),
        "endorses_something_else",
    ),
    "that expired": (lambda: by_ana(validUntil="2026-11-21T11:00:00Z"), "expired"),
    "that is yet to come": (lambda: by_ana(validFrom="2026-11-22T00:00:00Z"), "not_yet_valid"),
    "whose status cannot be read": (
        lambda: by_ana(credentialStatus={**badge()["credentialStatus"], "statusListCredential": LIST + "9"}),
        "document_unreachable",
    ),
    "with undefined terms": (lambda: {**by_ana(), "stars": 5}, "undefined_term"),
    "with a context of its own": (
        lambda: {**by_ana(), "@context": ["https://evil.example/"]},
        "unknown_context",
    ),
    "that is a badge": (lambda: signed({**bare(), "issuer": ANA.did}, ANA), "endorses_something_else"),
    "that is the badge itself": (lambda: signed(bare()), "endorses_something_else"),
    "that is a status list": (
        lambda: signed(
            {**endorsement(ANA), "type": ["VerifiableCredential", "BitstringStatusListCredential"]}, ANA
        ),
        "not_expected",
    ),
    "that is a plain credential": (
        lambda: signed({**endorsement(ANA), "type": ["VerifiableCredential"]}, ANA),
        "not_expected",
    ),
    "that is a number": (lambda: 7, "not_a_credential"),
    "that is null": (lambda: None, ""),
    "that is a text": (lambda: "https://ana.example/endorsement", ""),
    "that is a list": (lambda: [by_ana()], ""),
    "that is empty": (lambda: {}, ""),
}


def _with(*embedded: Any, proof: str = "eddsa-jcs-2022") -> Attack:
    """The badge signed by its issuer, with whatever it embeds: JCS signs any JSON."""
    return Attack(ATLAS.sign(bare(endorsement=list(embedded)), proof), "")


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_endorsement(name: str) -> None:
    make, code = EMBEDDED[name]
    value = make()
    verdict = judged(_with(value))
    assert not any(inner.outcome == "valid" for inner in verdict.endorsements), verdict.endorsements
    for inner in verdict.endorsements:
        assert not code or code in problems(inner), inner.findings
        assert inner.at.startswith("/endorsement/0")
    if verdict.outcome == "valid":
        assert verdict.endorsements


@pytest.mark.parametrize("name", EMBEDDED)
def test_beside_a_good_one(name: str) -> None:
    """The good endorsement is valid, whatever stands before or behind it."""
    value = EMBEDDED[name][0]()
    for values in ([value, by_ana()], [by_ana(), value]):
        verdict = judged(_with(*values))
        good = [inner for inner in verdict.endorsements if inner.outcome == "valid"]
        assert len(good) <= 1
        assert verdict.outcome != "valid" or len(good) == 1, verdict.endorsements


TOKENS: dict[str, tuple[Any, str]] = {
    "an empty text": ("", "json_malformed"),
    "a number": (7, ""),
    "null": (None, ""),
    "an object": ({"payload": "e30"}, ""),
    "a URL": ("https://ana.example/endorsement.jwt", "jwt_malformed"),
    "dots": ("..", ""),
    "alg none": (
        token(claims(endorsement(ANA)), ANA, alg="none", signature=b"").decode(),
        "jwt_algorithm_forbidden",
    ),
    "another's": (token(claims(endorsement(ANA)), MALLORY, kid=ANA.method).decode(), "signature_invalid"),
    "her own key in the header": (
        token(claims(endorsement(ANA)), MALLORY, kid=MALLORY.method).decode(),
        "key_not_authorised",
    ),
    "about something else": (
        token(claims(endorsement(ANA, credentialSubject=about("urn:uuid:else"))), ANA).decode(),
        "endorses_something_else",
    ),
    "a token in a token": (
        token({"vc": token(claims(endorsement(ANA)), ANA).decode()}, ANA).decode(),
        "jwt_vc_claim",
    ),
    "half a megabyte": ("e30." + "A" * 500_000 + ".x", ""),
}


@pytest.mark.parametrize("name", TOKENS)
def test_an_endorsement_in_a_token(name: str) -> None:
    value, code = TOKENS[name]
    verdict = judged(Attack(ATLAS.sign(bare(endorsementJwt=[value]), "jwt"), ""))
    assert not any(inner.outcome == "valid" for inner in verdict.endorsements), verdict.endorsements
    for inner in verdict.endorsements:
        assert not code or code in problems(inner), inner.findings


def test_a_hundred_endorsements_are_not_all_looked_at() -> None:
    verdict = judged(_with(*[by_ana(id=f"urn:uuid:{n}") for n in range(100)]))
    assert verdict.outcome == "valid"
    assert len(verdict.endorsements) == 51
    assert problems(verdict.endorsements[-1]) == {"too_many_embedded"}
    assert {inner.outcome for inner in verdict.endorsements[:50]} == {"valid"}


def _nested(depth: int) -> Json:
    inner = endorsement(ANA)
    for _ in range(depth):
        inner = {**endorsement(ANA), "endorsement": [inner]}
    return inner


@pytest.mark.parametrize("depth", [1, 10, 25])
def test_endorsements_in_endorsements_are_not_followed(depth: int) -> None:
    verdict = judged(_with(_nested(depth)))
    assert verdict.outcome == "valid"
    assert len(verdict.endorsements) == 1
    assert verdict.endorsements[0].endorsements == ()


def test_endorsements_nested_too_deep_are_refused_with_the_badge() -> None:
    attack = Attack(dumped({**bare(endorsement=[_nested(31)]), "proof": signed(bare())["proof"]}), "")
    assert problems(judged(attack)) == {"json_too_deep"}


@pytest.mark.parametrize("place", ["badge", "issuer", "achievement"])
def test_an_endorsement_is_about_what_it_is_attached_to(place: str) -> None:
    """An endorsement of the issuer does not endorse the badge, nor the other way round."""
    kind = bare()["credentialSubject"]["achievement"]["id"]
    names = {"badge": ID, "issuer": ATLAS.did, "achievement": kind}
    for target, identifier in names.items():
        good = by_ana(credentialSubject=about(identifier))
        document = {
            "badge": lambda good=good: bare(endorsement=[good]),
            "issuer": lambda good=good: bare(issuer={**bare()["issuer"], "endorsement": [good]}),
            "achievement": lambda good=good: with_achievement(bare(), endorsement=[good]),
        }[place]()
        verdict = judged(Attack(ATLAS.sign(document), ""))
        assert verdict.outcome == "valid", verdict.findings
        assert [inner.outcome for inner in verdict.endorsements] == [
            "valid" if target == place else "invalid"
        ]


CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"


def test_a_record_is_good_and_a_badge_in_it_is_not() -> None:
    """A CLR tells of each credential in it by itself; its own signature vouches for none of them."""
    record = {
        "@context": [samples.CONTEXT[0], CLR, samples.CONTEXT[1]],
        "id": "urn:uuid:7a1e0f3c-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "A record",
        "issuer": {"id": MALLORY.did, "type": ["Profile"], "name": "Mallory"},
        "validFrom": "2026-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:7a1e0f3c-0000-4000-8000-000000000002",
            "type": ["ClrSubject"],
            "verifiableCredential": [
                signed(bare()),
                {**signed(bare()), "name": "Grand master"},
                bare(),
                signed(bare(), MALLORY),
            ],
        },
    }
    verdict = judged(Attack(MALLORY.sign(record, "eddsa-jcs-2022"), ""))
    assert [inner.outcome for inner in verdict.endorsements] == ["valid", "invalid", "invalid", "invalid"]
    assert all(inner.credential is None for inner in verdict.endorsements[1:])
