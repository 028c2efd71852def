"""Work: a small file may not ask for minutes, nor for memory, and what it asks for is counted.

No test here looks at a clock: each ends in the finding that says where the work was stopped. Memory is
measured by what Python allocates.
"""

from __future__ import annotations

import hashlib
import tracemalloc
from base64 import b64encode
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from exchange.core.canonical.effort import UNITS, Effort
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import judge
from exchange.errors import CannotTellError
from tests.core.signers import Issuer
from tests.hostile.doors import through_flow
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    LIST,
    NOW,
    TRUSTED,
    Attack,
    Json,
    badge,
    bare,
    dumped,
    endorsement,
    judged,
    multibase,
    page,
    problems,
    prove,
    signed,
    token,
    with_achievement,
    with_subject,
)

MEGABYTE = 1_048_576
ANA = Issuer("ana")
ALIGNMENT = {"type": ["Alignment"], "targetName": "x", "targetUrl": "urn:x"}
NO_PROOF = {**signed(bare())["proof"], "proofValue": multibase(bytes(64))}


def poisoned(alike: int, document: Json | None = None) -> Json:
    """A badge whose blank nodes are so alike that labelling them takes factorial time."""
    return with_subject(
        document or bare(), result=[{"type": ["Result"], "alignment": [ALIGNMENT] * alike}] * 2
    )


def unproven(document: Json, proofs: int = 1, issuer: Issuer = ATLAS) -> bytes:
    """With proofs that are well formed and wrong: their documents are walked before that shows."""
    proof = {**NO_PROOF, "verificationMethod": issuer.method}
    return dumped({**document, "issuer": issuer.did, "proof": [proof] * proofs})


TYPES = (
    "Evidence",
    "Profile",
    "Alignment",
    "Achievement",
    "Criteria",
    "Related",
    "ResultDescription",
    "Address",
)
MIXED = [list(kinds) for size in (2, 3, 4) for kinds in combinations(TYPES, size)]

HEAVY: dict[str, tuple[Callable[[], bytes], str]] = {
    "a poison graph": (lambda: unproven(poisoned(10)), "poison_graph"),
    "a poison graph under eight proofs": (lambda: unproven(poisoned(10), 8), "poison_graph"),
    "a poison graph of a thousand nodes": (lambda: unproven(poisoned(1000)), "poison_graph"),
    "blank nodes alike, sixty deep": (lambda: unproven(_deep(25)), ""),
    "twenty thousand results alike": (
        lambda: unproven(with_subject(bare(), result=[{"type": ["Result"]}] * 20_000)),
        "poison_graph",
    ),
    "types in every combination": (
        lambda: unproven(bare(evidence=[{"type": kinds} for kinds in MIXED])),
        "",
    ),
    "a long id that many statements repeat": (
        lambda: unproven(
            with_achievement(bare(), id="urn:" + "x" * 400_000, tag=[str(n) for n in range(40_000)])
        ),
        "too_much_work",
    ),
    "ten thousand types": (
        lambda: unproven(bare(type=[*bare()["type"], *[f"urn:t:{n}" for n in range(10_000)]])),
        "",
    ),
    "forty thousand tags": (
        lambda: unproven(with_achievement(bare(), tag=[str(n) for n in range(40_000)])),
        "signature_invalid",
    ),
    "two hundred thousand of anything": (
        lambda: unproven(bare(evidence=[{}] * 200_000)),
        "json_too_large",
    ),
    "a hundred contexts inside": (
        lambda: unproven(bare(evidence=[{"type": ["Evidence"], "@context": bare()["@context"]}] * 100)),
        "",
    ),
    "faults of form by the thousand": (
        lambda: unproven(bare(evidence=[{"type": ["Evidence"], "genre": n} for n in range(9000)])),
        "schema_wrong",
    ),
}


def _deep(depth: int) -> Json:
    address: Json = {"type": ["Address"], "addressCountry": "x"}
    profile: Json = {"id": "urn:p", "type": ["Profile"], "address": address}
    for _ in range(depth):
        profile = {"id": "urn:p", "type": ["Profile"], "parentOrg": profile, "address": address}
    return bare(evidence=[{"type": ["Evidence"]}] * 300) | with_achievement(bare(), creator=profile)


@pytest.mark.parametrize("name", HEAVY)
def test_a_file_with(name: str) -> None:
    make, code = HEAVY[name]
    tracemalloc.start()
    try:
        verdict = judged(Attack(make(), ""))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert verdict.outcome != "valid"
    assert not code or code in problems(verdict), verdict.findings
    assert most < 96 * MEGABYTE  # the file itself and what made it are in this, too


def _embedding(*embedded: Any) -> bytes:
    return ATLAS.sign(bare(endorsement=list(embedded)), "eddsa-jcs-2022")


MANY: dict[str, Callable[[], bytes]] = {
    "fifty poison graphs under eight proofs each": lambda: _embedding(
        *[
            {**poisoned(10), "id": f"urn:e:{n}", "issuer": ANA.did, "proof": [_anas_proof()] * 8}
            for n in range(50)
        ]
    ),
    "fifty graphs that are almost poison": lambda: _embedding(
        *[
            {**poisoned(5), "id": f"urn:e:{n}", "issuer": ANA.did, "proof": [_anas_proof()] * 8}
            for n in range(50)
        ]
    ),
}


def _anas_proof() -> Json:
    return {**NO_PROOF, "verificationMethod": ANA.method}


@pytest.mark.parametrize("name", MANY)
def test_what_is_embedded_shares_one_measure(name: str) -> None:
    """Each within its own bounds, together far beyond: at some point no more is looked at."""
    effort = Effort()
    verdict = judge(MANY[name](), {}, Policy(effort=effort), NOW)
    assert effort.left < UNITS
    assert not any(inner.outcome == "valid" for inner in verdict.endorsements)
    if "almost" not in name:
        assert "too_much_work" in problems(verdict.endorsements[-1])
        assert effort.left < 0


def test_all_rounds_of_a_verification_share_one_measure() -> None:
    """Lists, keys and copies are asked for in rounds, and the file is judged anew in each."""
    web = "did:web:evil.example"
    embedded = {
        **endorsement(),
        "issuer": web,
        "proof": {**_anas_proof(), "verificationMethod": f"{web}#key"},
    }
    verdict, _ = through_flow(_embedding(*[poisoned_by_ana(n) for n in range(49)], embedded))
    assert "too_much_work" in {code for inner in verdict.endorsements for code in problems(inner)}


def poisoned_by_ana(number: int) -> Json:
    return {**poisoned(10), "id": f"urn:e:{number}", "issuer": ANA.did, "proof": [_anas_proof()] * 2}


def test_what_one_file_used_up_does_not_count_against_the_next() -> None:
    """Nor against the status list that both name: what is remembered of it does not hang on who asked."""
    greedy = badge(endorsement=[poisoned_by_ana(n) for n in range(50)])
    for _ in range(2):
        assert judged(Attack(ATLAS.sign(greedy, "eddsa-jcs-2022"), "", CLEAR)).outcome == "valid"
        assert judged(Attack(ATLAS.sign(badge()), "", CLEAR)).outcome == "valid"


def test_an_effort_at_its_end_is_cannot_tell() -> None:
    for document in (bare(), bare(name="x")):
        verdict = judge(ATLAS.sign(document), {}, Policy(effort=Effort(0)), NOW)
        assert verdict.outcome == "indeterminate"
        assert problems(verdict) == {"too_much_work"}


def test_a_chain_of_eight_proofs_is_walked_once_each() -> None:
    """Every proof builds on all before it: without a memory, the eighth would be checked 128 times."""
    chain: list[Json] = []
    for number in range(8):
        names = [proof["id"] for proof in chain]
        proof = prove(
            bare(),
            suite="eddsa-jcs-2022",
            chained=chain,
            id=f"urn:proof:{number}",
            previousProof=names or None,
        )
        chain.append(proof)
    effort = Effort()
    verdict = judge(dumped({**bare(), "proof": chain}), {}, Policy(effort=effort), NOW)
    assert verdict.outcome == "valid", verdict.findings
    assert effort.left > UNITS * 0.9


def test_strangers_cannot_fill_the_memory_with_lists() -> None:
    """A hundred lists of a megabyte, each of another badge: none is kept."""
    filler = [[0] * 9 for _ in range(4000)]
    tracemalloc.start()
    try:
        for number in range(40):
            url = f"https://evil.example/{number}"
            entry = {**badge()["credentialStatus"], "id": f"{url}#1", "statusListCredential": url}
            junk = {"id": url, "filler": [*filler, "x" * 200_000], "number": number}
            data = ATLAS.sign(badge(credentialStatus=entry), "jwt")
            assert judged(Attack(data, "", page(url, junk))).outcome != "valid"
        left, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert left < 8 * MEGABYTE


def test_the_trusted_route_is_bounded_too() -> None:
    """What the fast walk declines goes to the general route: bounds before it, a worker around it."""
    odd = {
        **bare(evidence=[{"type": ["Evidence"]}] * 9000),
        "@context": [*bare()["@context"], {"x": "urn:x"}],
    }
    assert problems(judged(Attack(unproven(odd), ""), TRUSTED)) & {"json_too_large", "unusual_json_ld"}


def test_the_worker_is_not_asked_for_ever() -> None:
    """Fifty endorsements in tokens, each of them odd JSON-LD: each would cost the worker some seconds."""
    asked: list[str] = []

    def slow(algorithm: str, _: Any) -> bytes:
        asked.append(algorithm)
        raise CannotTellError("worker_gave_up", "It ran out of time.")

    odd = {**endorsement(ANA), "@context": [*bare()["@context"], {"x": "urn:x"}]}
    tokens = [token({**odd, "id": f"urn:e:{n}"}, ANA, typ="vc+jwt").decode() for n in range(50)]
    verdict = judge(ATLAS.sign(bare(endorsementJwt=tokens), "jwt"), {}, Policy(exact=slow), NOW)
    assert verdict.outcome == "valid"
    assert 1 < len(asked) < 20
    assert "too_much_work" in problems(verdict.endorsements[-1])


def test_one_resource_named_four_thousand_times_is_hashed_once() -> None:
    body = b"x" * 1_000_000
    hashed = "sha512-" + b64encode(hashlib.sha512(body).digest()).decode()
    often = [{"id": LIST, "digestSRI": hashed}] * 4000
    found = problems(judged(Attack(ATLAS.sign(badge(relatedResource=often), "jwt"), "", page(LIST, body))))
    assert {"related_too_many", "related_resource_twice"} <= found
    many = [{"id": LIST, "digestSRI": [hashed] * 4000}]
    document = badge(relatedResource=many)
    assert judged(Attack(ATLAS.sign(document, "jwt"), "", page(LIST, body))).outcome != "valid"
