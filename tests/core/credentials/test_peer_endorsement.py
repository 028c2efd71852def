"""A peer's endorsement and the credential of its key: built, signed as a browser signs, read back, judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.credentials.endorser import (
    Endorser,
    build_key_credential,
    did_key_of,
    is_key_credential,
    read_key_credential,
)
from exchange.core.credentials.peer_endorsement import is_peer_endorsement, read_peer_endorsement
from exchange.core.credentials.said import RELATIONSHIPS, Said, SkillSeen, Team
from exchange.core.keys.multibase import base58btc_decode, base58btc_encode, base64url_encode
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.proofs.jwt import peek_jwt, prepare_jwt, seal_jwt
from exchange.errors import CannotTellError, ExchangeError, InputError
from tests.core.endorsing import (
    ADA,
    ADAS,
    BADGE,
    BASE,
    BOBS,
    EVE,
    EXCHANGE,
    GIVEN,
    INDEX,
    LIST,
    SAID,
    TERMS,
    codes,
    key_credential,
    peer_endorsement,
    signed,
    verdict,
)
from tests.core.signers import raw_signature

Json = dict[str, Any]


def test_a_peers_endorsement_reads_back_as_it_was_said() -> None:
    read = read_peer_endorsement(peer_endorsement(supersedes=f"{BASE}/endorsements/earlier"))
    assert read.endorser == Endorser(
        did=ADA.did, profile=ADAS, name="Ada Lovelace", custody="holder", vouched_by=EXCHANGE.did
    )
    assert (read.did, read.own_name, read.subject_id, read.holder) == (ADA.did, "Ada Lovelace", BADGE, BOBS)
    said = Said(
        line=read.line,
        text=read.text,
        relationship=read.relationship,
        skills=read.skills,
        evidence=read.evidence,
        endorser_team=read.endorser_team,
        holder_team=read.holder_team,
    )
    assert said == SAID
    assert (read.valid_from, read.supersedes) == (GIVEN, f"{BASE}/endorsements/earlier")
    assert [resource.id for resource in read.seen] == [BADGE]


def test_the_list_is_the_exchanges_and_the_endorser_says_so() -> None:
    assert peer_endorsement()["credentialStatus"] == {
        "id": f"{LIST}#{INDEX}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(INDEX),
        "statusListCredential": LIST,
        "statusListIssuer": EXCHANGE.did,
    }


def test_who_keeps_the_key_is_said_in_words_and_as_a_word() -> None:
    for custody, words in (("holder", "They alone hold it"), ("exchange", "The exchange holds it")):
        document = peek_jwt(key_credential(custody=custody).encode()).credential  # type: ignore[arg-type]
        assert is_key_credential(document)
        assert read_key_credential(document).custody == custody
        assert words in document["credentialSubject"]["endorsementComment"]
        assert "signed in by a passkey" in document["credentialSubject"]["endorsementComment"]
    silent = build_key_credential(
        id=f"{BASE}/endorsements/k",
        exchange={"id": EXCHANGE.did},
        did=ADA.did,
        holder_id=ADAS,
        holder_name="Ada",
        custody="holder",
        valid_from=GIVEN,
        status=[],
        terms_url=TERMS,
    )
    assert "signed in" not in silent["credentialSubject"]["endorsementComment"]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "with the key credential of another key": (
        lambda: peer_endorsement(key=key_credential(EVE)),
        "key_credential_foreign",
    ),
    "with an endorsement for a key credential": (
        lambda: peer_endorsement(key=signed().decode()),
        "key_credential_malformed",
    ),
    "with no token for a key credential": (lambda: peer_endorsement(key="no token"), "jwt_malformed"),
    "of oneself": (lambda: peer_endorsement(key=key_credential(holder=BOBS)), "self_endorsed"),
    "of one's own profile": (lambda: peer_endorsement(key=key_credential(holder=BADGE)), "self_endorsed"),
    "that says nothing": (lambda: peer_endorsement(said=Said(line="", relationship="other")), "line_missing"),
    "whose key nobody keeps": (lambda: key_credential(custody="cloud"), "custody_unknown"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_built(name: str) -> None:
    build, code = REFUSED[name]
    with pytest.raises(InputError) as refused:
        build()
    assert refused.value.code == code


def test_another_document_is_neither() -> None:
    for document in ({}, {"credentialSubject": 7}, {"credentialSubject": [{}, {}]}, peer_endorsement()):
        assert not is_key_credential(document)
        with pytest.raises(InputError, match="key credential says"):
            read_key_credential(document)
    for document in ({}, {"credentialSubject": {"type": "EndorsementSubject"}}):
        assert not is_peer_endorsement(document)
        with pytest.raises(InputError) as refused:
            read_peer_endorsement(document)
        assert refused.value.code == "not_a_peer_endorsement"


@pytest.mark.parametrize(
    "tokens",
    [[], ["x"], ["a.b.c"], [key_credential(EVE)], [signed().decode()]],
    ids=["none", "no token", "an empty one", "another's", "the endorsement's own kind"],
)
def test_an_endorser_of_whom_nobody_speaks_is_read_as_none(tokens: list[str]) -> None:
    document = peer_endorsement()
    document["issuer"]["endorsementJwt"] = tokens
    assert read_peer_endorsement(document).endorser is None


# --- the whole way ----------------------------------------------------------------------------------------

_LETTERS = st.one_of(
    st.sampled_from("abc XYZ„äß中א\U0001f600\u200d"), st.characters(categories=["L", "N", "P", "S"])
)
_LINES = st.text(_LETTERS, min_size=1, max_size=140).map(str.strip).filter(bool)
_TEXTS = st.text(st.one_of(_LETTERS, st.just("\n")), max_size=600)
_NAMES = st.text(_LETTERS, min_size=1, max_size=60).map(str.strip).filter(bool)
_IDS = st.integers(0, 99).map("https://skills.example/{}".format)
_TEAMS = st.none() | st.builds(Team, _IDS, _NAMES)
SAYINGS = st.builds(
    Said,
    line=_LINES,
    text=_TEXTS,
    relationship=st.sampled_from(sorted(RELATIONSHIPS)),
    skills=st.lists(
        st.builds(SkillSeen, _NAMES, st.none() | _IDS),
        max_size=3,
        unique_by=(lambda s: s.name, lambda s: s.id or s.name),
    ).map(tuple),
    evidence=st.lists(st.integers(0, 99).map("https://e.example/{}".format), max_size=3, unique=True).map(
        tuple
    ),
    endorser_team=_TEAMS,
    holder_team=_TEAMS,
)


@settings(max_examples=60, deadline=None)
@given(SAYINGS)
def test_whatever_is_said_is_signed_judged_valid_and_read_back(said: Said) -> None:
    document = peer_endorsement(said=said)
    prepared = prepare_jwt(document, "P-256", ADA.method)
    token = seal_jwt(prepared, raw_signature(ADA.private, prepared.message))
    assert token.startswith(prepared.message + b".")
    result = verdict(token)
    assert result.outcome == "valid", result.findings
    assert "endorser_known" in result.codes
    assert result.credential == document
    read = read_peer_endorsement(document)
    assert (read.skills, read.evidence, read.relationship) == (said.skills, said.evidence, said.relationship)
    assert (read.endorser_team, read.holder_team) == (said.endorser_team, said.holder_team)
    assert (read.line, read.text) == (said.line, said.text)


SIGNED = signed()


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_byte_is_ever_valid(place: int, change: int) -> None:
    damaged = bytearray(SIGNED)
    damaged[place] ^= change
    result = verdict(bytes(damaged))
    # Base64url ignores no bits, and whitespace is trimmed at the ends only.
    assert result.outcome != "valid" or bytes(damaged).strip() == SIGNED


@pytest.mark.parametrize("place", range(0, len(SIGNED), 97))
def test_no_dropped_or_doubled_byte_is_ever_valid(place: int) -> None:
    for damaged in (
        SIGNED[:place] + SIGNED[place + 1 :],
        SIGNED[:place] + SIGNED[place : place + 1] + SIGNED[place:],
    ):
        assert verdict(damaged).outcome != "valid"


@pytest.mark.parametrize("member", [*peer_endorsement(), *peer_endorsement()["credentialSubject"]])
def test_no_member_can_be_taken_out_of_what_was_signed(member: str) -> None:
    document = strict_json.parse(strict_json.dump(peer_endorsement()))
    document.pop(member, None) or document["credentialSubject"].pop(member)
    prepared = prepare_jwt(document, "P-256", ADA.method)
    signature = SIGNED.rpartition(b".")[2]
    assert verdict(prepared.message + b"." + signature).outcome != "valid"


# --- keys -------------------------------------------------------------------------------------------------


def jwk(**changed: Any) -> Json:
    made = {**public_key_from_multikey(ADA.multikey).jwk, "ext": True, "key_ops": ["verify"], **changed}
    return {name: value for name, value in made.items() if value is not None}


def test_the_did_key_of_what_webcrypto_exports() -> None:
    assert did_key_of(jwk()) == ADA.did
    assert ADA.did.startswith("did:key:zDn")
    for number in range(40):  # y even and y odd, and coordinates with leading zeros
        private = ec.derive_private_key(number + 1, ec.SECP256R1())
        numbers = private.public_key().public_numbers()
        exported = {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url_encode(numbers.x.to_bytes(32)),
            "y": base64url_encode(numbers.y.to_bytes(32)),
        }
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        assert did_key_of(exported) == "did:key:z" + base58btc_encode(b"\x80\x24" + point)


_P384 = ec.derive_private_key(7, ec.SECP384R1()).public_key().public_numbers()
_ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
KEYS: dict[str, tuple[Any, str]] = {
    "no key": ("x", "key_malformed"),
    "with its private half": (jwk(d=base64url_encode(b"\1" * 32)), "weak_key"),
    "off the curve": (jwk(y=base64url_encode(b"\1" * 32)), "key_malformed"),
    "at infinity": (jwk(x=base64url_encode(bytes(32)), y=base64url_encode(bytes(32))), "key_malformed"),
    "with a short coordinate": (jwk(x=base64url_encode(b"\1" * 31)), "key_malformed"),
    "with x beyond the field": (jwk(x=base64url_encode(b"\xff" * 32)), "key_malformed"),
    "without y": (jwk(y=None), "key_malformed"),
    "for encryption": (jwk(use="enc"), "key_malformed"),
    "on P-384": (
        {
            "kty": "EC",
            "crv": "P-384",
            "x": base64url_encode(_P384.x.to_bytes(48)),
            "y": base64url_encode(_P384.y.to_bytes(48)),
        },
        "key_malformed",
    ),
    "on secp256k1": (jwk(crv="secp256k1"), "unsupported_key"),
    "Ed25519": ({"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(_ED25519)}, "key_malformed"),
}


@pytest.mark.parametrize("name", KEYS)
def test_what_is_no_endorsers_key(name: str) -> None:
    key, code = KEYS[name]
    with pytest.raises(ExchangeError) as refused:
        did_key_of(key)
    assert refused.value.code == code


POINT = base58btc_decode(ADA.multikey[1:])[2:]
MULTIKEYS: dict[str, tuple[bytes, str]] = {
    "an uncompressed point": (
        b"\x80\x24" + ADA.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "key_malformed",
    ),
    "a hybrid point": (
        b"\x80\x24\x06"
        + ADA.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:],
        "key_malformed",
    ),
    "a sign byte that is none": (b"\x80\x24\x05" + POINT[1:], "key_malformed"),
    "infinity": (b"\x80\x24" + bytes(33), "key_malformed"),
    "a coordinate off the curve": (b"\x80\x24\x02" + bytes(31) + b"\x01", "key_malformed"),
    "a coordinate beyond the field": (b"\x80\x24\x02" + b"\xff" * 32, "key_malformed"),
    "one byte more": (b"\x80\x24" + POINT + b"\x00", "key_malformed"),
    "one byte less": (b"\x80\x24" + POINT[:-1], "key_malformed"),
    "the prefix of P-384": (b"\x81\x24" + POINT, "key_malformed"),
    "the prefix of Ed25519": (b"\xed\x01" + POINT, "key_malformed"),
    "the prefix of secp256k1": (b"\xe7\x01" + POINT, "unsupported_key"),
    "the prefix not as a varint": (b"\x12\x00" + POINT, "unsupported_key"),
    "the prefix of a private key": (b"\x86\x26" + POINT, "weak_key"),
}


@pytest.mark.parametrize("name", MULTIKEYS)
def test_an_endorsement_by_a_did_key_that_is_none(name: str) -> None:
    data, code = MULTIKEYS[name]
    multikey = "z" + base58btc_encode(data)
    with pytest.raises((InputError, CannotTellError)) as refused:
        public_key_from_multikey(multikey)
    assert refused.value.code == code
    document = peer_endorsement()
    document["issuer"]["id"] = f"did:key:{multikey}"
    token = ADA.sign(document, "jwt", method=f"did:key:{multikey}#{multikey}")
    result = verdict(token)
    assert (result.outcome != "valid", result.credential) == (True, None)
    assert codes(result) == {code}
