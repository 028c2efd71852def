"""Whose key endorsed: what a key credential comes to, and what it cannot do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks import samples
from exchange.core.credentials.endorser import Endorser
from exchange.core.proofs.jwt import peek_jwt
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import missing
from tests.core.endorsing import (
    ADA,
    ADAS,
    BADGE,
    BADGE_BYTES,
    BASE,
    BOBS,
    CLEAR,
    EVE,
    EXCHANGE,
    GIVEN,
    INDEX,
    KEY_INDEX,
    KNOWN,
    LIST,
    NOW,
    PORTER,
    STRANGERS,
    TERMS,
    Json,
    Web,
    bent,
    codes,
    key_credential,
    peer_endorsement,
    signed,
    status_list,
    verdict,
    with_issuer,
)
from tests.core.signers import Issuer

ATLAS = Issuer("atlas")
ADA_HERSELF = Endorser(
    did=ADA.did, profile=ADAS, name="Ada Lovelace", custody="holder", vouched_by=EXCHANGE.did
)
SPECIFIC = {
    *(
        "endorser_known",
        "endorser_vouched",
        "endorser_unknown",
        "recorded_by_exchange",
        "endorser_name_differs",
    ),
    *("self_endorsed", "key_retired", "key_retired_later", "endorser_untold", "endorser_suspended"),
    *("issuer_unknown", "issuer_known"),
}


def by(*tokens: str, peer: Issuer = ADA, **changed: Any) -> bytes:
    """The endorsement with these key credentials, and members of its issuer changed."""
    return peer.sign(with_issuer(peer_endorsement(peer), *tokens, **changed), "jwt")


def plain_one(**changed: Any) -> bytes:
    """An endorsement by ADA's key that is no peer's in our terms."""
    document = bent(samples.endorsement(ADA.did), {"validUntil": None, **changed})
    return ADA.sign(document, "jwt")


def suspended() -> tuple[str, Web]:
    url = f"{BASE}/status/2"
    entry = status.build_status_entry(url, "suspension", 5)
    document = status.build_status_list_credential(
        url,
        EXCHANGE.did,
        "suspension",
        bitstring.encode([5]),
        valid_from=GIVEN,
        valid_until=GIVEN + timedelta(hours=24),
        ttl_ms=60_000,
    )
    web = {**CLEAR, url: Document(url, 200, "application/vc", EXCHANGE.sign(document))}
    return key_credential(credentialStatus=entry), web


ELSEWHERE = key_credential(by=STRANGERS, credentialStatus=None)
CASES: dict[str, tuple[Callable[[], bytes], str, set[str]]] = {
    "known": (signed, "valid", {"endorser_known"}),
    "known, and vouched for elsewhere": (
        lambda: by(ELSEWHERE, key_credential()),
        "valid",
        {"endorser_known"},
    ),
    "vouched for elsewhere": (lambda: by(ELSEWHERE), "valid", {"endorser_vouched"}),
    "vouched for by nobody": (
        lambda: by(endorsementJwt=None),
        "valid",
        {"endorser_unknown"},
    ),
    "vouched for by herself": (
        lambda: by(key_credential(by=ADA, credentialStatus=None)),
        "valid",
        {"endorser_unknown"},
    ),
    "with the key credential of somebody else": (
        lambda: by(key_credential(EVE)),
        "valid",
        {"endorser_unknown"},
    ),
    "with a key credential that was changed": (
        lambda: by(key_credential()[:-8] + "AAAAAAAA"),
        "valid",
        {"endorser_unknown"},
    ),
    "with a key credential that is over": (
        lambda: by(key_credential(validUntil="2026-11-21T11:30:00Z")),
        "valid",
        {"endorser_unknown"},
    ),
    "with a key credential that is yet to come": (
        lambda: by(key_credential(validFrom="2026-11-22T11:30:00Z")),
        "valid",
        {"endorser_unknown"},
    ),
    "with a text for a key credential": (lambda: by("a.b.c"), "valid", {"endorser_unknown"}),
    "with a key credential that is not in our terms": (
        lambda: by(key_credential(relatedResource=None)),
        "valid",
        {"endorser_unknown"},
    ),
    "with a key credential whose status cannot be read": (
        lambda: by(
            key_credential(
                credentialStatus={
                    **peer_endorsement()["credentialStatus"],
                    "statusListCredential": f"{BASE}/status/9",
                }
            )
        ),
        "indeterminate",
        {"endorser_untold"},
    ),
    "of a key that the exchange keeps": (
        lambda: by(key_credential(PORTER, custody="exchange"), peer=PORTER),
        "valid",
        {"endorser_known", "recorded_by_exchange"},
    ),
    "of a key that another exchange keeps": (
        lambda: by(key_credential(by=STRANGERS, custody="exchange", credentialStatus=None)),
        "valid",
        {"endorser_vouched", "recorded_by_exchange"},
    ),
    "under another name": (
        lambda: by(name="Grace Hopper"),
        "valid",
        {"endorser_known", "endorser_name_differs"},
    ),
    "under another name in another language": (
        lambda: by(name=[{"@value": "Ada Lovelace"}, {"@value": "Der Vorstand", "@language": "de"}]),
        "valid",
        {"endorser_known", "endorser_name_differs"},
    ),
    "under a name that turns about": (
        lambda: by(name="Ada Lovelace\u202e"),
        "valid",
        {"endorser_known", "endorser_name_differs"},
    ),
    "under a name with a Cyrillic letter": (
        lambda: by(name="Аda Lovelace"),
        "valid",
        {"endorser_known", "endorser_name_differs"},
    ),
    "without a name": (lambda: by(name=None), "valid", {"endorser_known"}),
    "of herself": (lambda: by(key_credential(holder=BOBS)), "valid", {"endorser_known", "self_endorsed"}),
    "that is no peer's, by a key nobody speaks of": (plain_one, "valid", {"issuer_unknown"}),
    "that is no peer's, by a key somebody speaks of": (
        lambda: plain_one(issuer={"id": ADA.did, "type": ["Profile"], "endorsementJwt": [key_credential()]}),
        "valid",
        {"endorser_known"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_endorsement(name: str) -> None:
    make, outcome, expected = CASES[name]
    result = verdict(make())
    assert result.outcome == outcome, result.findings
    assert result.codes & SPECIFIC == expected, result.findings
    named = {"endorser_known", "endorser_vouched"} & expected
    assert (result.endorser is not None) == bool(named)


def test_who_endorses_is_who_the_key_credential_names() -> None:
    assert verdict(signed()).endorser == ADA_HERSELF
    assert verdict(by(name="Grace Hopper")).endorser == ADA_HERSELF
    assert verdict(signed()).to_json()["endorser"] == {
        "did": ADA.did,
        "profile": ADAS,
        "name": "Ada Lovelace",
        "custody": "holder",
        "vouched_by": EXCHANGE.did,
    }
    differs = verdict(by(name="Grace Hopper\u202e")).findings
    (said,) = [finding.message for finding in differs if finding.code == "endorser_name_differs"]
    assert "Grace Hopper\ufffd" in said
    assert "Ada Lovelace" in said


def test_a_suspended_key_credential_is_no_word_for_now() -> None:
    token, web = suspended()
    result = verdict(by(token), web)
    assert (result.outcome, result.endorser) == ("indeterminate", None)
    assert "endorser_suspended" in result.codes


# --- a key that others may have ---------------------------------------------------------------------------

RETIRED = status_list(KEY_INDEX)
ITS_ADDRESS = f"{BASE}/endorsements/one"


def lying(body: bytes, url: str = ITS_ADDRESS, code: int = 200) -> Web:
    return {**RETIRED, url: Document(url, code, "application/jwt", body)}


SIGNED = signed()


def other_address(identifier: str) -> tuple[bytes, Web]:
    token = signed(id=identifier)
    return token, lying(token, identifier)


UNRECORDED: dict[str, Callable[[], tuple[bytes, Web]]] = {
    "not fetched": lambda: (SIGNED, RETIRED),
    "not found": lambda: (SIGNED, lying(b"", code=404)),
    "gone": lambda: (SIGNED, lying(SIGNED, code=410)),
    "another one": lambda: (SIGNED, lying(signed(validFrom="2026-11-21T11:30:00Z"))),
    "a part of it": lambda: (SIGNED, lying(SIGNED[:-1])),
    "a page about it": lambda: (SIGNED, lying(b"<p>" + SIGNED + b"</p>")),
    "at the thief's": lambda: other_address("https://evil.example/endorsements/one"),
    "at a host that begins alike": lambda: other_address(
        "https://exchange.example.evil.example/endorsements/one"
    ),
    "at a user of that name": lambda: other_address("https://exchange.example@evil.example/endorsements/one"),
    "at another port": lambda: other_address("https://exchange.example:8443/endorsements/one"),
    "without encryption": lambda: other_address("http://exchange.example/endorsements/one"),
    "elsewhere at the exchange": lambda: other_address(f"{BASE}/uploads/one"),
    "outside of the folder": lambda: other_address(f"{BASE}/endorsements/../uploads/one"),
    "below another one": lambda: other_address(f"{BASE}/endorsements/one/two"),
    "with a query": lambda: other_address(f"{BASE}/endorsements/one?x=1"),
    "with a fragment": lambda: other_address(f"{BASE}/endorsements/one#x"),
    "under a URN": lambda: other_address("urn:uuid:1f0c8a52-7e55-4c0a-a1b7-000000000001"),
}


@pytest.mark.parametrize("proof", ["alone", "inside a badge"])
@pytest.mark.parametrize("name", UNRECORDED)
def test_a_retired_key_proves_nothing_that_is_not_on_record(name: str, proof: str) -> None:
    token, web = UNRECORDED[name]()
    if proof == "inside a badge":
        (result,) = verdict(endorsed(token), web).endorsements
    else:
        result = verdict(token, web)
    assert result.outcome == "indeterminate", result.findings
    assert codes(result) == {"key_retired"}
    assert result.endorser is None


@pytest.mark.parametrize("body", [SIGNED, SIGNED + b"\n"], ids=["as it is", "with a line break"])
def test_what_a_retired_key_signed_before_is_on_record(body: bytes) -> None:
    result = verdict(SIGNED, lying(body))
    assert result.outcome == "valid", result.findings
    assert result.codes & SPECIFIC == {"key_retired_later"}
    assert result.endorser is None
    (inside,) = verdict(endorsed(SIGNED), lying(body)).endorsements
    assert (inside.outcome, inside.codes & SPECIFIC) == ("valid", {"key_retired_later"})


def test_what_was_withdrawn_when_the_key_was_lost_stays_withdrawn() -> None:
    web = {**lying(SIGNED), **status_list(KEY_INDEX, INDEX)}
    result = verdict(SIGNED, web)
    assert (result.outcome, "revoked" in codes(result)) == ("invalid", True)


def test_a_retired_key_is_not_made_good_by_another_key_credential() -> None:
    for tokens in ((key_credential(), ELSEWHERE), (ELSEWHERE, key_credential())):
        assert codes(verdict(by(*tokens), RETIRED)) == {"key_retired"}


def test_somebody_elses_retired_key_retires_nobodys() -> None:
    assert verdict(by(key_credential(EVE)), RETIRED).codes & SPECIFIC == {"endorser_unknown"}


def test_what_is_asked_for() -> None:
    assert missing(SIGNED, {}, KNOWN, NOW) == (LIST,)
    assert missing(SIGNED, CLEAR, KNOWN, NOW) == ()
    assert missing(SIGNED, RETIRED, KNOWN, NOW) == (ITS_ADDRESS,)
    assert missing(endorsed(SIGNED), {}, KNOWN, NOW) == (LIST,)
    evil, _ = other_address("https://evil.example/endorsements/one")
    assert missing(evil, RETIRED, KNOWN, NOW) == (), "an address that the thief wrote is not even asked for"


# --- in a badge -------------------------------------------------------------------------------------------


def endorsed(*tokens: bytes | str) -> bytes:
    """A badge that carries these endorsements as tokens."""
    document = bent(samples.badge(ATLAS.did), {"credentialStatus": None, "id": BADGE})
    texts = [token if isinstance(token, str) else token.decode() for token in tokens]
    return ATLAS.sign({**document, "endorsementJwt": texts}, "jwt")


def test_a_badge_tells_of_each_endorsement_whose_it_is() -> None:
    broken = SIGNED[:-8] + b"AAAAAAAA"
    result = verdict(endorsed(SIGNED, by(ELSEWHERE), broken, by(endorsementJwt=None)))
    assert result.outcome == "valid", result.findings
    assert [one.outcome for one in result.endorsements] == ["valid", "valid", "invalid", "valid"]
    assert [one.codes & SPECIFIC for one in result.endorsements] == [
        {"endorser_known"},
        {"endorser_vouched"},
        set(),
        {"endorser_unknown"},
    ]
    assert [one.endorser and one.endorser.vouched_by for one in result.endorsements] == [
        EXCHANGE.did,
        STRANGERS.did,
        None,
        None,
    ]
    assert result.endorser is None
    assert [len(one.endorsements) for one in result.endorsements] == [1, 1, 0, 0]
    (key,) = result.endorsements[0].endorsements
    assert (key.outcome, key.at, key.endorsements) == ("valid", "/issuer/endorsementJwt/0", ())


def test_key_credentials_of_key_credentials_are_not_followed() -> None:
    inner = with_issuer(_document(key_credential()), key_credential(EXCHANGE, by=STRANGERS))
    token = EXCHANGE.sign(inner, "jwt").decode()
    for result in (verdict(by(token)), verdict(endorsed(by(token))).endorsements[0]):
        assert result.outcome == "valid", result.findings
        assert [one.endorsements for one in result.endorsements] == [()]
        assert "endorser_known" in result.codes


def _document(token: str) -> Json:
    return peek_jwt(token.encode()).credential


def test_of_many_key_credentials_in_an_embedded_endorsement_two_are_looked_at() -> None:
    tokens = [key_credential(EVE)] * 10 + [key_credential()]
    (result,) = verdict(endorsed(by(*tokens))).endorsements
    assert len(result.endorsements) == 2
    assert "endorser_unknown" in result.codes


def test_fifty_endorsements_with_their_key_credentials_are_within_the_effort() -> None:
    result = verdict(endorsed(*[signed(id=f"{BASE}/endorsements/{n}") for n in range(50)]))
    assert result.outcome == "valid", result.findings
    assert {one.outcome for one in result.endorsements} == {"valid"}
    assert all(one.endorser == ADA_HERSELF for one in result.endorsements)


# --- what it was pinned to, and whom we know --------------------------------------------------------------


def test_another_version_of_what_was_endorsed_is_told_and_breaks_nothing() -> None:
    for body, code in ((BADGE_BYTES, "related_same"), (b"a newer one", "endorsed_other_version")):
        result = verdict(SIGNED, {**CLEAR, BADGE: Document(BADGE, 200, "application/jwt", body)})
        assert result.outcome == "valid", result.findings
        assert code in result.codes
        assert "digest_mismatch" not in result.codes


def test_another_version_of_anything_else_is_refused() -> None:
    seen = "https://reports.example/7"
    pins = peer_endorsement()["relatedResource"]
    token = signed(relatedResource=[*pins, {"id": seen, "digestSRI": pins[0]["digestSRI"]}])
    result = verdict(token, {**CLEAR, seen: Document(seen, 200, "text/plain", b"other")})
    assert codes(result) == {"digest_mismatch"}


def test_our_terms_are_what_they_were() -> None:
    (said,) = [f.message for f in verdict(SIGNED).findings if f.code == "related_same"]
    assert TERMS in said
    changed = {**CLEAR, TERMS: Document(TERMS, 200, "application/ld+json", b"{}")}
    assert codes(verdict(SIGNED, changed)) == {"digest_mismatch"}


def test_a_key_of_ours_that_was_revoked_vouches_for_nobody() -> None:
    policy = replace(KNOWN, known_issuers=frozenset(), revoked=frozenset([EXCHANGE.did]))
    result = verdict(SIGNED, CLEAR, policy)
    assert result.endorser is None
    assert {"endorser_unknown", "status_list_unproven"} <= result.codes
    assert result.outcome == "indeterminate"
    (inside,) = result.endorsements
    assert (inside.outcome, inside.credential, inside.codes) == ("invalid", None, {"key_revoked"})


def test_what_a_revoked_did_key_endorsed_is_refused_inside_a_good_badge() -> None:
    for revoked, outcome in ((EVE, "valid"), (ADA, "invalid")):
        result = verdict(endorsed(SIGNED), CLEAR, replace(KNOWN, revoked=frozenset([revoked.did])))
        assert result.outcome == "valid"
        assert [one.outcome for one in result.endorsements] == [outcome]
    assert result.endorsements[0].credential is None
    assert result.endorsements[0].at == "/endorsementJwt/0"


def test_an_endorser_who_is_an_issuer_we_know_needs_nobodys_word_but_is_held_to_it() -> None:
    policy = Policy(known_issuers=frozenset([PORTER.did, EXCHANGE.did]))
    bare = by(endorsementJwt=None, peer=PORTER)
    assert verdict(bare, CLEAR, policy).codes & SPECIFIC == {"issuer_known"}
    kept = by(key_credential(PORTER, custody="exchange"), peer=PORTER)
    assert verdict(kept, CLEAR, policy).codes & SPECIFIC == {"endorser_known", "recorded_by_exchange"}
    assert codes(verdict(kept, RETIRED, policy)) == {"key_retired"}
