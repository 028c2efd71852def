"""Random damage: what was signed is what is valid, and nothing breaks on what is not.

Hypothesis changes a signed badge, its list and its token in every way it can think of. A change that leaves
the meaning alone (white space, the order of members) may stay valid; every other one may not, and none may
raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.canonical import jcs
from exchange.core.canonical.general import canonize_exactly
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ExchangeError
from tests.hostile.doors import Site, through_flow
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    LIST,
    MIRA,
    REVOKED,
    STRANGER,
    TRUSTED,
    Attack,
    Json,
    about,
    badge,
    dumped,
    endorsement,
    judged,
    page,
    parsed,
    signed,
    token,
)
from tests.hostile.mutations import mutated, mutated_bytes

SELF = badge(
    endorsement=[
        signed(endorsement(MIRA, credentialSubject=about(badge()["id"])), MIRA, "ecdsa-rdfc-2019"),
    ]
)
"""With an endorsement of itself inside: the document in which statements can be moved about."""

BY_RDFC = signed(SELF)
BY_JCS = signed(SELF, proof="eddsa-jcs-2022")
BY_TOKEN = ATLAS.sign(SELF, "jwt")
LISTED = parsed(CLEAR[LIST].body)

calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


policies = st.sampled_from([STRANGER, STRANGER, STRANGER, TRUSTED])
"""The general route takes ten times as long, and looks at few documents that the walk does not."""


def verdict_on(data: bytes, web: Any, policy: Policy) -> Verdict:
    return judged(Attack(data, "", web), policy)


def statements(document: Any) -> Any:
    """What a document says, as statements: in full, by the general route."""
    try:
        proof = document["proof"]
        proof = proof[0] if isinstance(proof, list) and len(proof) == 1 else proof
        config = {name: value for name, value in proof.items() if name != "proofValue"}
        unsecured = {name: value for name, value in document.items() if name != "proof"}
        context = document["@context"]
        quads = canonize_exactly(unsecured), canonize_exactly({**config, "@context": context})
        return (*quads, proof["proofValue"])
    except (ExchangeError, KeyError, TypeError, AttributeError):
        return None


@calm
@given(mutated(BY_RDFC), policies)
def test_a_changed_badge_under_rdfc(document: Any, policy: Policy) -> None:
    verdict = verdict_on(dumped(document), CLEAR, policy)
    if verdict.credential is not None:
        assert statements(document) == statements(BY_RDFC)
        judged_by = ("id", "issuer", "validFrom", "validUntil", "credentialStatus", "credentialSubject")
        assert all(_ids(verdict.credential.get(name)) == _ids(BY_RDFC[name]) for name in judged_by)
    assert verdict_on(dumped(document), REVOKED, policy).outcome != "valid"


def _ids(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.get("id") if isinstance(value, dict) else value


@calm
@given(mutated(BY_JCS), policies)
def test_a_changed_badge_under_jcs(document: Any, policy: Policy) -> None:
    if verdict_on(dumped(document), CLEAR, policy).credential is not None:
        assert _signed_by_jcs(document) == _signed_by_jcs(BY_JCS)
    assert verdict_on(dumped(document), REVOKED, policy).outcome != "valid"


def _signed_by_jcs(document: Json) -> bytes:
    """All that a JCS proof covers: not the contexts behind those that it repeats."""
    proof = document["proof"][0] if isinstance(document["proof"], list) else document["proof"]
    return jcs.canonicalize({**document, "@context": proof["@context"], "proof": proof})


@calm
@given(mutated_bytes(BY_TOKEN), policies)
def test_a_changed_token(data: bytes, policy: Policy) -> None:
    verdict = verdict_on(data, CLEAR, policy)
    assert verdict.credential is None or data.strip(b" \t\r\n") == BY_TOKEN


@calm
@given(mutated_bytes(dumped(BY_RDFC)), policies)
def test_changed_bytes(data: bytes, policy: Policy) -> None:
    if verdict_on(data, CLEAR, policy).credential is not None:
        assert statements(strict_json.parse(data.strip())) == statements(BY_RDFC)
    assert verdict_on(data, REVOKED, policy).outcome != "valid"


@calm
@given(mutated(parsed(REVOKED[LIST].body)), policies)
def test_a_changed_list_never_clears_a_revoked_badge(document: Any, policy: Policy) -> None:
    assert verdict_on(dumped(BY_JCS), page(LIST, document), policy).outcome != "valid"


@calm
@given(mutated_bytes(REVOKED[LIST].body), policies)
def test_changed_bytes_of_a_list_never_clear_a_revoked_badge(body: bytes, policy: Policy) -> None:
    assert verdict_on(dumped(BY_JCS), page(LIST, body), policy).outcome != "valid"


@calm
@given(mutated(SELF), st.sampled_from(["eddsa-jcs-2022", "jwt"]), policies)
def test_nonsense_that_the_issuer_signed(document: Any, proof: str, policy: Policy) -> None:
    """A key that signs anything: no shape of a document breaks the verifier once its signature stands.

    Nothing of it may be valid that the schema refuses, or whose status, dates or words cannot be read.
    """
    data = _sign_anything(document, proof)
    verdict = verdict_on(data, REVOKED, policy)
    if document.get("credentialStatus") == SELF["credentialStatus"]:
        assert verdict.outcome != "valid"
    assert verdict.outcome != "valid" or "shape" in verdict.codes | _warned(verdict)


def _warned(verdict: Verdict) -> set[str]:
    """Odd forms that are only warned about."""
    return {"shape"} if any(finding.level == "warning" for finding in verdict.findings) else set()


def _sign_anything(document: Any, proof: str) -> bytes:
    if proof == "jwt":
        return token(document, typ="vc+jwt")
    try:
        return ATLAS.sign(document, proof)
    except (ExchangeError, KeyError):  # without a context there is no such proof
        return dumped(document)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site()
    with made.client:
        yield made


@settings(calm, suppress_health_check=list(HealthCheck))
@given(mutated(SELF, 5), st.sampled_from(["eddsa-jcs-2022", "jwt"]))
def test_nonsense_that_the_issuer_signed_is_shown_without_breaking(
    site: Site, document: Any, proof: str
) -> None:
    data = _sign_anything(document, proof)
    verdict, _ = through_flow(data, CLEAR)
    answer = site.ask(data, CLEAR)
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcome"] == verdict.outcome
    assert site.page(data, CLEAR).status_code == 200


@calm
@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    verdict, made = through_flow(data, CLEAR)
    assert verdict.outcome != "valid"
    assert made.web.asked == []


def test_the_unchanged_ones_are_valid() -> None:
    """The tests above can fail."""
    for data in (dumped(BY_RDFC), dumped(BY_JCS), BY_TOKEN):
        for policy in (STRANGER, TRUSTED):
            assert verdict_on(data, CLEAR, policy).outcome == "valid"
            assert verdict_on(data, REVOKED, policy).outcome == "invalid"
