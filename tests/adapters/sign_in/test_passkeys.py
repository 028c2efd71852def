"""Passkeys: a right answer is believed, one with a fault, by its name, is not, and nothing fails."""

from __future__ import annotations

import copy
import hashlib
import secrets
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from exchange.adapters.sign_in.passkeys import ALGORITHMS, WebAuthnPasskeys
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.errors import ConflictError, ExchangeError, InputError
from exchange.flows.records import PasskeyUse
from tests.adapters.authenticator import (
    ELIGIBLE,
    PRESENT,
    SYNCED,
    VERIFIED,
    Authenticator,
    Known,
    cose,
    new_key,
)

SITE = WebAuthnPasskeys("http://localhost:8000")
PERSON = "3f2b8a52-0d2f-4f4e-9d3c-1d7f1c8a6b11"
CHALLENGE, OTHER_CHALLENGE = secrets.token_urlsafe(32), secrets.token_urlsafe(32)


def register(authenticator: Authenticator) -> Known:
    options = SITE.begin_registration(CHALLENGE, PERSON, "Ana")
    made = SITE.finish_registration(CHALLENGE, authenticator.create(options))
    return Known(made.id, PERSON, made.public_key, made.counter)


def use(authenticator: Authenticator, known: Known) -> PasskeyUse:
    return SITE.finish_sign_in(CHALLENGE, authenticator.get(SITE.begin_sign_in(CHALLENGE)), known)


def refusal(act: Any, *arguments: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        act(*arguments)
    return caught.value


def test_the_options_ask_for_a_passkey_that_needs_no_name_and_proves_its_person() -> None:
    site = WebAuthnPasskeys("https://badges.example.org:8443", "Badges")
    options = site.begin_registration(CHALLENGE, PERSON, "ana@example.org", ["AAAA"])
    assert options["rp"] == {"id": "badges.example.org", "name": "Badges"}
    assert base64url_decode(options["user"]["id"]) == PERSON.encode()
    assert options["excludeCredentials"] == [{"type": "public-key", "id": "AAAA"}]
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    asked = site.begin_sign_in(CHALLENGE)
    assert (asked["rpId"], asked["challenge"]) == ("badges.example.org", CHALLENGE)
    assert (asked["allowCredentials"], asked["userVerification"]) == ([], "required")


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("handle", [PERSON.encode(), None])
def test_a_passkey_is_made_and_used(alg: int, handle: bytes | None) -> None:
    authenticator = Authenticator(alg, handle=handle)
    known = register(authenticator)
    answer = authenticator.get(SITE.begin_sign_in(CHALLENGE))
    assert SITE.peek_passkey(answer) == known.id == base64url_encode(authenticator.id)
    assert SITE.finish_sign_in(CHALLENGE, answer, known) == PasskeyUse(known.id, 0, synced=False)


def test_what_is_kept_of_a_new_passkey() -> None:
    authenticator = Authenticator(counter=7, flags=PRESENT | VERIFIED | ELIGIBLE | SYNCED)
    answer = authenticator.create(SITE.begin_registration(CHALLENGE, PERSON, "Ana"))
    made = SITE.finish_registration(CHALLENGE, answer)
    assert (made.counter, made.transports, made.synced) == (7, ("internal",), True)


def test_a_passkey_may_vouch_for_itself() -> None:
    """Some do although nobody asked: `packed`, without certificates."""
    authenticator = Authenticator()
    options = SITE.begin_registration(CHALLENGE, PERSON, "Ana")
    plain = authenticator.create(options)
    signed = authenticator.but(attestation={"fmt": "packed", "attStmt": self_attested(authenticator, plain)})
    assert SITE.finish_registration(CHALLENGE, signed.create(options)).public_key
    bad = {"alg": -7, "sig": bytes(70)}
    forged = authenticator.but(attestation={"fmt": "packed", "attStmt": bad}).create(options)
    assert refusal(SITE.finish_registration, CHALLENGE, forged).code == "passkey_refused"


def self_attested(authenticator: Authenticator, answer: dict[str, Any]) -> dict[str, Any]:
    """The statement that goes with the answer (WebAuthn §8.2)."""
    data, client = (
        base64url_decode(answer["response"][name]) for name in ("attestationObject", "clientDataJSON")
    )
    message = cbor2.loads(data)["authData"] + hashlib.sha256(client).digest()
    return {"alg": authenticator.alg, "sig": authenticator.sign(message)}


FAULTS: dict[str, dict[str, Any]] = {
    "another site": {"origin": "http://localhost:8001"},
    "another scheme": {"origin": "https://localhost:8000"},
    "no site": {"origin": "null"},
    "another relying party": {"rp_id": "example.org"},
    "a challenge of another ceremony": {"client": {"challenge": OTHER_CHALLENGE}},
    "nobody verified": {"flags": PRESENT},
    "nobody present": {"flags": VERIFIED},
    "in another's page": {"client": {"crossOrigin": True}},
    "synced but not able to be": {"flags": PRESENT | VERIFIED | SYNCED},
    "another ceremony": {"type": "payment.get"},
}
"""What can be wrong with either ceremony."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passkey_with_a_fault_is_not_made(fault: str) -> None:
    register(Authenticator())
    assert refusal(register, Authenticator(**FAULTS[fault])).code == "passkey_refused"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passkey_with_a_fault_signs_nobody_in(fault: str) -> None:
    authenticator = Authenticator()
    known = register(authenticator)
    assert refusal(use, authenticator.but(**FAULTS[fault]), known).code == "passkey_refused"
    assert use(authenticator, known)


WEAK = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n


UNWANTED: dict[str, tuple[dict[str, Any], str]] = {
    "certificates": (
        {"attestation": {"fmt": "packed", "attStmt": {"sig": b"", "x5c": [b"x"]}}},
        "passkey_refused",
    ),
    "a TPM": ({"attestation": {"fmt": "tpm", "attStmt": {}}}, "passkey_refused"),
    "SafetyNet": ({"attestation": {"fmt": "android-safetynet", "attStmt": {"ver": "1"}}}, "passkey_refused"),
    "none, but signed": ({"attestation": {"fmt": "none", "attStmt": {"sig": b"x"}}}, "passkey_refused"),
    "a list for a format": ({"attestation": {"fmt": ["none"]}}, "passkey_refused"),
    "no format": ({"attestation": {}}, "passkey_refused"),
    "another algorithm": ({"public": {**cose(-7, new_key(-7)), 3: -47}}, "passkey_refused"),
    "a point off the curve": ({"public": {**cose(-7, new_key(-7)), -3: bytes(32)}}, "passkey_malformed"),
    "a point of small order": ({"public": {1: 1, 3: -8, -1: 6, -2: bytes(32)}}, "weak_key"),
    "RSA of 1024 bits": ({"public": {1: 3, 3: -257, -1: WEAK.to_bytes(128), -2: b"\1\0\1"}}, "weak_key"),
    "an empty key": ({"public": {}}, "passkey_malformed"),
    "half a key": ({"public": {1: 2, 3: -7}}, "passkey_malformed"),
    "an empty id": ({"id": b""}, "passkey_refused"),
    "a sign-in": ({"type": "webauthn.get"}, "passkey_refused"),
}


@pytest.mark.parametrize("what", UNWANTED)
def test_a_key_or_attestation_that_is_not_wanted_is_refused(what: str) -> None:
    changes, code = UNWANTED[what]
    assert refusal(register, Authenticator(**changes)).code == code


def test_another_key_another_passkey_and_another_person_sign_nobody_in() -> None:
    authenticator = Authenticator(handle=PERSON.encode())
    known = register(authenticator)
    assert refusal(use, authenticator.but(key=new_key(-7)), known).code == "passkey_refused"
    assert refusal(use, authenticator.but(id=b"another id"), known).code == "passkey_refused"
    assert refusal(use, authenticator.but(handle=b"somebody else"), known).code == "passkey_refused"
    assert refusal(use, authenticator.but(type="webauthn.create"), known).code == "passkey_refused"
    assert use(authenticator, known)


@pytest.mark.parametrize(
    ("kept", "shown", "fine"),
    [
        (0, 0, True),
        (0, 1, True),
        (5, 6, True),
        (5, 5, False),
        (5, 4, False),
        (5, 0, False),
    ],
)
def test_a_counter_only_grows_unless_it_is_always_0(kept: int, shown: int, fine: bool) -> None:
    authenticator = Authenticator()
    made = register(authenticator)
    known = Known(made.id, PERSON, made.public_key, kept)
    authenticator.counter = shown
    if fine:
        assert use(authenticator, known).counter == shown
    else:
        error = refusal(use, authenticator, known)
        assert isinstance(error, ConflictError)
        assert error.code == "passkey_counter"


def test_nobody_without_the_key_can_cry_a_copy() -> None:
    authenticator = Authenticator(counter=3)
    made = register(authenticator)
    known = Known(made.id, PERSON, made.public_key, 9)
    assert refusal(use, authenticator.but(key=new_key(-7)), known).code == "passkey_refused"
    assert refusal(use, authenticator, known).code == "passkey_counter"


# --- whatever a stranger sends ---

GOOD = Authenticator(-8, handle=PERSON.encode())
MADE = register(GOOD)
CREATED = GOOD.create(SITE.begin_registration(CHALLENGE, PERSON, "Ana"))
GOT = GOOD.get(SITE.begin_sign_in(CHALLENGE))
PARTS = (*GOT["response"], *CREATED["response"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def judge_both(created: Any, got: Any) -> list[str]:
    """The codes; anything but an error of ours would be raised."""
    codes = []
    for act in (
        lambda: SITE.finish_registration(CHALLENGE, created),
        lambda: SITE.finish_sign_in(CHALLENGE, got, MADE),
    ):
        try:
            act()
        except InputError as error:
            codes.append(error.code)
    return codes


@pytest.mark.parametrize(
    "answer", [None, [], "x", 7, {}, {"response": {}}, {**GOT, "x": "y" * 20_000}], ids=lambda a: str(a)[:20]
)
def test_what_is_no_answer_is_refused(answer: Any) -> None:
    assert judge_both(answer, answer) == ["passkey_malformed", "passkey_malformed"]
    assert refusal(SITE.peek_passkey, answer).code == "passkey_malformed"


@given(place=st.sampled_from(["id", "rawId", "type", "response", *PARTS]), value=JSON)
def test_any_part_may_be_anything_and_nothing_fails(place: str, value: Any) -> None:
    created, got = copy.deepcopy(CREATED), copy.deepcopy(GOT)
    for answer in (created, got):
        (answer if place in answer else answer["response"])[place] = value
    judge_both(created, got)


@given(part=st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), data=st.data())
def test_whichever_byte_is_changed_signs_nobody_in(part: str, data: st.DataObject) -> None:
    got = copy.deepcopy(GOT)
    raw = bytearray(base64url_decode(got["response"][part]))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    got["response"][part] = base64url_encode(bytes(raw))
    assert refusal(SITE.finish_sign_in, CHALLENGE, got, MADE).status == 400


@given(st.binary(max_size=200))
def test_any_bytes_for_an_attestation_object_are_refused(raw: bytes) -> None:
    created = copy.deepcopy(CREATED)
    created["response"]["attestationObject"] = base64url_encode(raw)
    assert refusal(SITE.finish_registration, CHALLENGE, created).status == 400


@pytest.mark.parametrize("raw", [b"\x81" * 9_000, b"\xbf" * 9_000, b"\x9b" + b"\x7f" * 8])
def test_deep_and_boasting_cbor_is_refused(raw: bytes) -> None:
    created = copy.deepcopy(CREATED)
    created["response"]["attestationObject"] = base64url_encode(raw)
    assert refusal(SITE.finish_registration, CHALLENGE, created).status == 400


def test_the_good_answers_above_are_good() -> None:
    assert judge_both(CREATED, GOT) == []
