"""ID tokens: good ones of every algorithm are read; each fault by its name, and any damage, is refused."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.public_key import PublicKey
from exchange.core.sign_in.id_token import ALGORITHMS, Expected, read_keys, verify_id_token
from exchange.errors import InputError
from tests.core.id_tokens import ACCESS, CLIENT, FAULTS, ISSUER, NONCE, NOW, at_hash, good, jwk, keys

EXPECTED = Expected(ISSUER, CLIENT, NONCE, ACCESS, NOW)
KEYS = read_keys(keys())


def refusal(token: str, expected: Expected = EXPECTED, known: Any = KEYS) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        verify_id_token(token, known, expected)
    return caught.value.code, caught.value.at


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_good_token_says_who_signed_in(alg: str) -> None:
    token = good(alg, at_hash=at_hash(alg, ACCESS), email="ana@example.org")
    assert verify_id_token(token.text(), KEYS, EXPECTED) == token.claims


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_refused_by_its_name(fault: str) -> None:
    bend, code, at = FAULTS[fault]
    token = good()
    assert verify_id_token(token.text(), KEYS, EXPECTED)
    bend(token)
    assert refusal(token.text()) == (code, at)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT]},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
        {"azp": CLIENT},
        {"nbf": 1},
        {"exp": 2e9},
    ],
    ids=str,
)
def test_strange_but_right_claims_are_accepted(claims: dict[str, Any]) -> None:
    assert verify_id_token(good(**claims).text(), KEYS, EXPECTED)


@pytest.mark.parametrize("header", [{"typ": ...}, {"typ": "jwt"}, {"x5t": "x"}, {"nonsense": 1}], ids=str)
def test_strange_but_right_headers_are_accepted(header: dict[str, Any]) -> None:
    token = good()
    token.header = header
    assert verify_id_token(token.text(), KEYS, EXPECTED)


@pytest.mark.parametrize(
    ("seconds", "answer"),
    [
        (-61, ("id_token_refused", "/iat")),
        (-60, None),
        (0, None),
        (360, None),
        (361, ("id_token_refused", "/exp")),
    ],
)
def test_two_clocks_may_differ_by_a_minute(seconds: int, answer: tuple[str, str] | None) -> None:
    expected = dataclasses.replace(EXPECTED, now=NOW + timedelta(seconds=seconds))
    if answer is None:
        assert verify_id_token(good().text(), KEYS, expected)
    else:
        assert refusal(good().text(), expected) == answer


def test_without_a_kid_the_one_key_of_its_kind_is_meant_and_never_one_of_several() -> None:
    token = good("ES256")
    token.header["kid"] = ...
    assert verify_id_token(token.text(), KEYS, EXPECTED)
    several = read_keys(keys(jwk("ES256", "another", "another")))
    assert refusal(token.text(), known=several) == ("id_token_signature", "")


WEAK = rsa.generate_private_key(65537, 1024).public_key()


UNFIT: dict[str, Any] = {
    "symmetric": {"kty": "oct", "k": "AAAA", "kid": "x"},
    "of a kind to come": {"kty": "quantum", "kid": "x"},
    "for encryption": jwk("RS256", use="enc"),
    "for other operations": jwk("RS256", key_ops=["encrypt"]),
    "with its private half": jwk("ES256", d="AAAA"),
    "RSA of 1024 bits": {**PublicKey("RSA", b"", WEAK).jwk, "kid": "2026-11", "alg": "RS256"},
    "RSA with exponent 1": {**jwk("RS256"), "e": "AQ"},
    "of small order": {**jwk("EdDSA"), "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    "off the curve": {**jwk("ES256"), "y": jwk("ES256")["x"]},
    "empty": {},
    "text": "key",
    "nothing": None,
}


@pytest.mark.parametrize("fault", UNFIT)
def test_a_key_that_no_id_token_may_be_signed_with_is_passed_over(fault: str) -> None:
    assert read_keys({"keys": [UNFIT[fault]]}) == ()
    assert len(read_keys({"keys": [UNFIT[fault], jwk("ES256")]})) == 1


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": [{}] * 101}])
def test_what_is_no_key_set_is_refused(document: Any) -> None:
    with pytest.raises(InputError, match="JWK set"):
        read_keys(document)


@given(place=st.integers(0, len(good("EdDSA").text()) - 1), letter=st.sampled_from("AQgw-_.=0z \n*é"))
def test_whatever_one_letter_is_changed_into_it_is_refused(place: int, letter: str) -> None:
    text = good("EdDSA").text()
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        refusal(changed)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True))
def test_anything_else_is_refused_and_nothing_fails(text: str) -> None:
    refusal(text)
