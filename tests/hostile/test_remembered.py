"""Lists that are remembered: what was found of one list is not believed of another, nor at another time.

A list's proof and its bits are kept for a second, for the many badges that share it. All that a verdict hangs
on must be part of what they are kept by.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.core.canonical.contexts import Contexts
from exchange.core.canonical.effort import UNITS, Effort
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import judge
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    LIST,
    MALLORY,
    NOW,
    REVOKED,
    STRANGER,
    Json,
    badge,
    page,
    prove,
    proven,
    signed,
    token,
    unsigned_list,
    with_subject,
)
from tests.hostile.slow import assert_same

ENTRY = badge()["credentialStatus"]
ELSEWHERE = f"{LIST}-2"
DATED = badge(validFrom="2026-01-01T00:00:00Z", validUntil=None)
END = NOW.replace(hour=9, minute=30) + timedelta(hours=24)


def test_a_remembered_list_is_not_another_list() -> None:
    """One after the other, so that each finds what those before it left; there and back."""
    body = CLEAR[LIST].body
    mallorys = {**DATED, "issuer": {**DATED["issuer"], "id": MALLORY.did}}
    elsewhere = {**DATED, "credentialStatus": {**ENTRY, "statusListCredential": ELSEWHERE}}
    suspension = {**DATED, "credentialStatus": {**ENTRY, "statusPurpose": "suspension"}}
    wide = {**ENTRY, "statusSize": 2, "statusMessage": [{"status": hex(n), "message": ""} for n in range(4)]}
    asked: list[tuple[bytes, dict[str, Document], Policy, timedelta, str]] = [
        (ATLAS.sign(DATED), CLEAR, STRANGER, timedelta(), "status_ok"),
        (MALLORY.sign(mallorys), CLEAR, STRANGER, timedelta(), "status_list_wrong_signer"),
        (ATLAS.sign(elsewhere), page(ELSEWHERE, body), STRANGER, timedelta(), "status_list_wrong_id"),
        (ATLAS.sign(suspension), CLEAR, STRANGER, timedelta(), "status_purpose_mismatch"),
        (
            ATLAS.sign({**DATED, "credentialStatus": wide}),
            CLEAR,
            STRANGER,
            timedelta(),
            "status_list_too_short",
        ),
        (ATLAS.sign(DATED), CLEAR, STRANGER, timedelta(days=2), "status_list_expired"),
        (ATLAS.sign(DATED), CLEAR, STRANGER, timedelta(hours=-4), "status_list_unproven"),
        (ATLAS.sign(DATED), CLEAR, Policy(contexts=Contexts({})), timedelta(), "unknown_context"),
        (ATLAS.sign(DATED), CLEAR, Policy(relaxed=True), timedelta(), "status_ok"),
        (ATLAS.sign(DATED), REVOKED, STRANGER, timedelta(), "revoked"),
    ]
    for data, web, policy, later, code in [*asked, *asked[::-1]]:
        assert code in assert_same(data, web, policy, NOW + later).codes, code


@pytest.mark.parametrize("seconds", [-61, -60.5, -60, -59.5, 59.5, 60, 60.5, 61])
@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "jwt"])
def test_a_list_is_over_at_the_very_moment(proof: str, seconds: float) -> None:
    """Remembered for a second, but not believed for the part of it in which it no longer holds."""
    document = unsigned_list()
    in_token = {**document, "exp": int(END.timestamp())}
    body = token(in_token, typ="vc+jwt") if proof == "jwt" else ATLAS.sign(document, proof)
    now = END + timedelta(seconds=seconds)
    verdict = assert_same(ATLAS.sign(DATED, "jwt"), page(LIST, body), STRANGER, now)
    assert (verdict.outcome == "valid") is (seconds <= 60)


NOTARY = "did:web:notary.example"


def notary_document() -> dict[str, Document]:
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": NOTARY,
        "verificationMethod": [
            {
                "id": f"{NOTARY}#k",
                "type": "Multikey",
                "controller": NOTARY,
                "publicKeyMultibase": MALLORY.multikey,
            }
        ],
        "assertionMethod": [f"{NOTARY}#k"],
    }
    return page("https://notary.example/.well-known/did.json", document)


def test_a_list_whose_proof_builds_on_a_notarys() -> None:
    """Whose document is asked for, though it is not the issuer's."""
    document = unsigned_list()
    first = prove(document, MALLORY, id="urn:uuid:first", verificationMethod=f"{NOTARY}#k")
    last = prove(document, ATLAS, chained=[first], previousProof="urn:uuid:first")
    web = {**page(LIST, {**document, "proof": [first, last]}), **notary_document()}
    verdict = assert_same(ATLAS.sign(DATED), web)
    assert "status_ok" in verdict.codes


def test_a_list_whose_key_is_anothers_under_the_relaxed_policy() -> None:
    web = {
        **page(LIST, proven(unsigned_list(), MALLORY, verificationMethod=f"{NOTARY}#k")),
        **notary_document(),
    }
    assert "status_ok" in assert_same(ATLAS.sign(DATED), web, Policy(relaxed=True)).codes
    assert "status_list_forged" in assert_same(ATLAS.sign(DATED), web).codes


def test_lists_that_ask_for_too_much_share_what_one_file_may_cost() -> None:
    """Sixteen entries of one badge, and a list that takes all the work there is to be refused."""
    aligned = {"type": ["Alignment"], "targetName": "x", "targetUrl": "urn:x"}
    subject: Json = {"result": [{"type": ["Result"], "alignment": [aligned] * 10}] * 2}
    subject |= {"encodedList": "u" + "A" * 70_000}  # too long to be remembered
    poison = with_subject(unsigned_list(), type=["BitstringStatusList", "AchievementSubject"], **subject)
    proof = signed(unsigned_list())["proof"]
    web = page(LIST, {**poison, "@context": badge()["@context"], "proof": proof})
    entries = [{**ENTRY, "id": f"urn:{n}"} for n in range(16)]
    effort = Effort()
    verdict = judge(ATLAS.sign(badge(credentialStatus=entries)), web, Policy(effort=effort), NOW)
    assert verdict.outcome != "valid"
    assert UNITS - effort.left > 100_000
