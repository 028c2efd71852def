"""What two JSON parsers read differently is read by none here (RFC 7493)."""

from __future__ import annotations

import pytest

from exchange.core.keys.multibase import base64url_encode
from tests.hostile.forge import ATLAS, Attack, Attacks, assert_refused, bare, claims, dumped, signed, token

GOOD = dumped(signed(bare()))
HALF = len(GOOD) // 2
NAME = b'"name":"Incident lead","issuer"'


def _in_json(old: bytes, new: bytes, code: str) -> Attack:
    assert old in GOOD
    return Attack(GOOD.replace(old, new, 1), code)


def _number(text: bytes) -> bytes:
    return b'"creditsEarned":' + text


_CREDITS = b'"creditsEarned":2'

ATTACKS: Attacks = {
    "a name twice": lambda: _in_json(NAME, b'"name":"Grand master",' + NAME, "json_duplicate_key"),
    "a name twice, one of them escaped": lambda: _in_json(
        NAME, b'"n\\u0061me":"Grand master",' + NAME, "json_duplicate_key"
    ),
    "a name twice, a colon elsewhere escaped": lambda: _in_json(
        NAME, b'"name":"Grand\\u003amaster",' + NAME, "json_duplicate_key"
    ),
    "a name twice in the proof": lambda: _in_json(
        b'"proofPurpose":', b'"proofPurpose":"authentication","proofPurpose":', "json_duplicate_key"
    ),
    "the whole proof twice": lambda: Attack(
        GOOD[:-1] + b',"proof":{"type":"DataIntegrityProof"}}', "json_duplicate_key"
    ),
    "a status entry twice": lambda: Attack(
        GOOD[:-1] + b',"credentialStatus":{},"credentialStatus":[]}', "json_duplicate_key"
    ),
    "NaN": lambda: _in_json(_CREDITS, _number(b"NaN"), "json_number"),
    "Infinity": lambda: _in_json(_CREDITS, _number(b"-Infinity"), "json_number"),
    "a double beyond doubles": lambda: _in_json(_CREDITS, _number(b"1e400"), "json_number"),
    "2^53+1": lambda: _in_json(_CREDITS, _number(b"9007199254740993"), "json_number"),
    "a huge integer": lambda: _in_json(_CREDITS, _number(b"9" * 10_000), "json_number"),
    "a double of a million digits": lambda: _in_json(
        _CREDITS, _number(b"1." + b"1" * 900_000), "signature_invalid"
    ),
    "a leading zero": lambda: _in_json(_CREDITS, _number(b"02"), "json_malformed"),
    "hexadecimal": lambda: _in_json(_CREDITS, _number(b"0x1"), "json_malformed"),
    "half of a surrogate pair": lambda: _in_json(NAME, b'"name":"\\ud800","issuer"', "json_not_utf8"),
    "the other half": lambda: _in_json(NAME, b'"name":"\\udc00x","issuer"', "json_not_utf8"),
    "half of a pair as a name": lambda: _in_json(NAME, b'"\\ud83d":1,' + NAME, "json_not_utf8"),
    "a surrogate in UTF-8": lambda: _in_json(NAME, b'"name":"\xed\xa0\x80","issuer"', "json_not_utf8"),
    "an overlong sequence": lambda: _in_json(NAME, b'"name":"\xc0\xaf","issuer"', "json_not_utf8"),
    "Latin-1": lambda: _in_json(NAME, b'"name":"\xe9","issuer"', "json_not_utf8"),
    "a bare control character": lambda: _in_json(NAME, b'"name":"a\nb","issuer"', "json_malformed"),
    "a byte order mark": lambda: Attack(b"\xef\xbb\xbf" + GOOD, "json_not_utf8"),
    "UTF-16": lambda: Attack(GOOD.decode().encode("utf-16-le"), "json_malformed"),
    "a second document": lambda: Attack(GOOD + GOOD, "json_malformed"),
    "trailing garbage": lambda: Attack(GOOD + b"]", "json_malformed"),
    "a trailing NUL": lambda: Attack(GOOD + b"\x00", "json_malformed"),
    "a comment": lambda: Attack(GOOD[:-1] + b"/**/}", "json_malformed"),
    "a trailing comma": lambda: Attack(GOOD[:-1] + b",}", "json_malformed"),
    "single quotes": lambda: Attack(GOOD.replace(b'"', b"'"), "json_malformed"),
    "cut in the middle": lambda: Attack(GOOD[:HALF], "json_malformed"),
    "nothing": lambda: Attack(b"", "json_malformed"),
    "a NUL": lambda: Attack(b"\x00", "json_malformed"),
    "a number": lambda: Attack(b"7", "not_a_credential"),
    "null": lambda: Attack(b"null", "not_a_credential"),
    "a string": lambda: Attack(b'"a.b.c"', "not_a_credential"),
    "an array of credentials": lambda: Attack(b"[" + GOOD + b"]", "not_a_credential"),
    "65 deep": lambda: Attack(GOOD[:-1] + b',"x":' + b"[" * 64 + b"]" * 64 + b"}", "json_too_deep"),
    "a hundred thousand deep": lambda: Attack(b'{"a":' * 100_000, "json_too_deep"),
    "a hundred thousand arrays deep": lambda: Attack(b"[" * 100_000, "json_too_deep"),
    "a byte too long": lambda: Attack(
        GOOD[:-1] + b',"x":"' + b"a" * (1_048_577 - len(GOOD) - 7) + b'"}', "json_too_large"
    ),
    "a number of members that nobody needs": lambda: Attack(
        GOOD[:-1] + b',"x":[' + b"0," * 200_000 + b"0]}", "json_too_large"
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_json_that_two_parsers_read_differently(name: str) -> None:
    assert assert_refused(ATTACKS[name]()).credential is None


PAYLOADS: dict[str, tuple[bytes, str]] = {
    "a name twice": (b'"name":"Grand master",' + NAME, "json_duplicate_key"),
    "a name twice, one of them escaped": (b'"n\\u0061me":"Grand master",' + NAME, "json_duplicate_key"),
    "2^53+1": (b'"x":9007199254740993,' + NAME, "json_number"),
    "half of a surrogate pair": (b'"x":"\\ud800",' + NAME, "json_not_utf8"),
    "65 deep": (b'"x":' + b"[" * 64 + b"]" * 64 + b"," + NAME, "json_too_deep"),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_that_two_parsers_read_differently(name: str) -> None:
    """Signed by the issuer's own key: it is the reading that is refused, before the signature."""
    changed, code = PAYLOADS[name]
    payload = dumped(claims(bare()))
    assert NAME in payload
    assert_refused(Attack(token(payload.replace(NAME, changed)), code))


HEADERS: dict[str, tuple[bytes, str]] = {
    "alg twice": (b'{"alg":"none","alg":"EdDSA"}', "json_duplicate_key"),
    "alg twice, one of them escaped": (b'{"\\u0061lg":"none","alg":"EdDSA"}', "json_duplicate_key"),
    "an array": (b'["EdDSA"]', "jwt_malformed"),
    "a string": (b'"EdDSA"', "jwt_malformed"),
    "nothing": (b"{}", "jwt_malformed"),
    "not JSON": (b"EdDSA", "json_malformed"),
    "5 KB": (b'{"alg":"EdDSA","x":"' + b"a" * 5000 + b'"}', "jwt_malformed"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_two_parsers_read_differently(name: str) -> None:
    header, code = HEADERS[name]
    message = (base64url_encode(header) + "." + base64url_encode(dumped(claims(bare())))).encode()
    signature = base64url_encode(ATLAS.private.sign(message)).encode()
    assert_refused(Attack(message + b"." + signature, code))


@pytest.mark.parametrize("payload", [b"[]", b"7", b"null", b'"x"', b"", b"{", b"\xff"], ids=repr)
def test_a_payload_that_is_no_credential(payload: bytes) -> None:
    verdict = assert_refused(Attack(token(payload), _payload_code(payload)))
    assert verdict.credential is None


def _payload_code(payload: bytes) -> str:
    return {b"": "json_malformed", b"{": "json_malformed", b"\xff": "json_not_utf8"}.get(
        payload, "jwt_malformed"
    )
