"""One text for one value: signatures and keys that are spelled another way, or are not what they say."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from exchange.core.keys.multibase import base58btc_decode, base64url_encode
from exchange.core.keys.public_key import CURVES
from tests.core.signers import Issuer
from tests.hostile.forge import (
    ATLAS,
    MIRA,
    Attack,
    Attacks,
    Json,
    assert_refused,
    bare,
    claims,
    dumped,
    judged,
    multibase,
    prove,
    reproof,
    signed,
    token,
)

GOOD = signed(bare())
VALUE = str(GOOD["proof"]["proofValue"])
SIGNATURE = base58btc_decode(VALUE[1:])
ORDER = 2**252 + 27742317777372353535851937790883648493

BY_MIRA = {**bare(), "issuer": {**bare()["issuer"], "id": MIRA.did}}
P256 = CURVES["P-256"].order


def _value(text: str, code: str) -> Attack:
    return Attack(reproof(GOOD, proofValue=text), code)


def _bytes(signature: bytes) -> Attack:
    return _value(multibase(signature), "signature_invalid")


def _added(number: int) -> bytes:
    """The signature with a multiple of the group's order added to S: another text for the same proof."""
    return SIGNATURE[:32] + (int.from_bytes(SIGNATURE[32:], "little") + number).to_bytes(32, "little")


def _ecdsa(change: str) -> Attack:
    """A P-256 proof whose r and s were changed."""
    good = prove(BY_MIRA, MIRA, "ecdsa-rdfc-2019")
    raw = base58btc_decode(good["proofValue"][1:])
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    changed = {
        "DER": encode_dss_signature(r, s),
        "r is 0": bytes(32) + raw[32:],
        "s is 0": raw[:32] + bytes(32),
        "both are 0": bytes(64),
        "r is the order": P256.to_bytes(32) + raw[32:],
        "s is the order": raw[:32] + P256.to_bytes(32),
        "both are the order": P256.to_bytes(32) * 2,
        "r and s are 1": (1).to_bytes(32) * 2,
        "s before r": raw[32:] + raw[:32],
        "all ones": b"\xff" * 64,
        "a zero in front": b"\0" + raw,
        "halves of 48 bytes": bytes(16) + raw[:32] + bytes(16) + raw[32:],
        "cut off": raw[:-1],
    }[change]
    document = {**BY_MIRA, "proof": {**good, "proofValue": multibase(changed)}}
    return Attack(dumped(document), "signature_invalid")


ATTACKS: Attacks = {
    "no multibase sign": lambda: _value(VALUE[1:], "proof_malformed"),
    "another multibase sign": lambda: _value("u" + VALUE[1:], "proof_malformed"),
    "base64url under its own sign": lambda: _value("u" + base64url_encode(SIGNATURE), "proof_malformed"),
    "base58 of Flickr": lambda: _value("Z" + VALUE[1:], "proof_malformed"),
    "a zero, which base58 has not": lambda: _value(VALUE + "0", "proof_malformed"),
    "an l, which base58 has not": lambda: _value("zl" + VALUE[2:], "proof_malformed"),
    "padding": lambda: _value(VALUE + "=", "proof_malformed"),
    "a space behind": lambda: _value(VALUE + " ", "proof_malformed"),
    "a line feed behind": lambda: _value(VALUE + "\n", "proof_malformed"),
    "a character that looks alike": lambda: _value(VALUE[:-1] + "а", "proof_malformed"),
    "a fullwidth digit": lambda: _value(VALUE[:-1] + "１", "proof_malformed"),
    "a zero byte in front": lambda: _value("z1" + VALUE[1:], "signature_invalid"),
    "many zero bytes in front": lambda: _value("z" + "1" * 2000, "signature_invalid"),
    "no signature at all": lambda: _value("z", "signature_invalid"),
    "an empty text": lambda: _value("", "proof_malformed"),
    "a hundred thousand digits": lambda: _value("z" + "2" * 100_000, "proof_malformed"),
    "a signature of zeros": lambda: _bytes(bytes(64)),
    "R is the identity and S is 0": lambda: _bytes(b"\x01" + bytes(63)),
    "a byte short": lambda: _bytes(SIGNATURE[:-1]),
    "a byte long": lambda: _bytes(SIGNATURE + b"\0"),
    "the signature twice": lambda: _bytes(SIGNATURE * 2),
    "the halves swapped": lambda: _bytes(SIGNATURE[32:] + SIGNATURE[:32]),
    "S plus the order": lambda: _bytes(_added(ORDER)),
    "S plus twice the order": lambda: _bytes(_added(2 * ORDER)),
    "S plus the order, the sign bit of R set": lambda: _bytes(
        SIGNATURE[:31] + bytes([SIGNATURE[31] | 0x80]) + _added(ORDER)[32:]
    ),
    **{
        f"ECDSA: {change}": lambda change=change: _ecdsa(change)  # type: ignore[misc]
        for change in (
            "DER",
            "r is 0",
            "s is 0",
            "both are 0",
            "r is the order",
            "s is the order",
            "both are the order",
            "r and s are 1",
            "s before r",
            "all ones",
            "a zero in front",
            "halves of 48 bytes",
            "cut off",
        )
    },
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_signature_spelled_another_way(name: str) -> None:
    assert assert_refused(ATTACKS[name]()).credential is None


def test_a_high_s_is_allowed_by_the_standard() -> None:
    good = prove(BY_MIRA, MIRA, "ecdsa-rdfc-2019")
    raw = base58btc_decode(good["proofValue"][1:])
    other = raw[:32] + (P256 - int.from_bytes(raw[32:])).to_bytes(32)
    for value in (raw, other):
        document = {**BY_MIRA, "proof": {**good, "proofValue": multibase(value)}}
        assert judged(Attack(dumped(document), "")).outcome == "valid"


TOKEN = token(claims(bare()))
HEAD, PAYLOAD, SIGNED = TOKEN.split(b".")
BY_MIRA_TOKEN = claims(BY_MIRA)


def _der(message: bytes) -> bytes:
    made: bytes = MIRA.private.sign(message, ec.ECDSA(hashes.SHA256()))
    return made


TOKENS: dict[str, tuple[bytes, str]] = {
    "padding": (TOKEN + b"==", "jwt_malformed"),
    "a padded payload": (HEAD + b"." + PAYLOAD + b"=." + SIGNED, "jwt_malformed"),
    "ordinary base64": (HEAD + b"." + PAYLOAD[:-2] + b"+/." + SIGNED, "jwt_malformed"),
    "loose bits in the last character": (TOKEN[:-1] + bytes([TOKEN[-1] + 1]), "jwt_malformed"),
    "a line break in the payload": (HEAD + b"." + PAYLOAD[:9] + b"\n" + PAYLOAD[9:] + b"." + SIGNED, ""),
    "a space around a dot": (HEAD + b" ." + PAYLOAD + b"." + SIGNED, ""),
    "no signature": (HEAD + b"." + PAYLOAD + b".", "signature_invalid"),
    "a signature of zeros": (token(claims(bare()), signature=bytes(64)), "signature_invalid"),
    "a byte short": (HEAD + b"." + PAYLOAD + b"." + SIGNED[:-2], "signature_invalid"),
    "DER instead of r and s": (token(BY_MIRA_TOKEN, MIRA, sign=_der), "signature_invalid"),
    "four parts": (TOKEN + b".x", "json_malformed"),
    "five parts, as an encrypted one has": (TOKEN + b"." + PAYLOAD + b".x", "json_malformed"),
    "two parts": (HEAD + b"." + PAYLOAD, "json_malformed"),
    "a detached payload": (HEAD + b".." + SIGNED, "json_malformed"),
    "dots only": (b"..", "json_malformed"),
    "a JWS in JSON": (
        dumped({"protected": HEAD.decode(), "payload": PAYLOAD.decode(), "signature": SIGNED.decode()}),
        "not_expected",
    ),
    "a JWS in JSON with several signatures": (
        dumped({"payload": PAYLOAD.decode(), "signatures": [{"protected": HEAD.decode()}]}),
        "not_expected",
    ),
    "a token in quotes": (b'"' + TOKEN + b'"', "not_a_credential"),
    "an authorization header": (b"Bearer " + TOKEN, ""),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_spelled_another_way(name: str) -> None:
    data, code = TOKENS[name]
    attack = Attack(data, code)
    if code:
        assert assert_refused(attack).credential is None
    else:
        assert judged(attack).outcome != "valid"


def test_whitespace_around_a_whole_token_is_taken_off() -> None:
    assert judged(Attack(b" \r\n" + TOKEN + b"\t\n", "")).outcome == "valid"


def _issued_by(did: str, method: str) -> Json:
    document = bare(issuer={**bare()["issuer"], "id": did})
    return {**document, "proof": {**GOOD["proof"], "verificationMethod": method}}


def _multikey(prefix: bytes, material: bytes) -> Attack:
    name = multibase(prefix + material)
    return Attack(dumped(_issued_by(f"did:key:{name}", f"did:key:{name}#{name}")), "")


COMPRESSED = base58btc_decode(Issuer("mira", "P-256").multikey[1:])
RAW = base58btc_decode(ATLAS.multikey[1:])[2:]

KEYS: dict[str, tuple[bytes, bytes, str]] = {
    "a key for encryption (X25519)": (b"\xec\x01", RAW, "unsupported_key"),
    "secp256k1": (b"\xe7\x01", COMPRESSED[2:], "unsupported_key"),
    "BLS": (b"\xeb\x01", bytes(96), "unsupported_key"),
    "a prefix nobody knows": (b"\x99\x99", RAW, "unsupported_key"),
    "no prefix": (b"", RAW, "unsupported_key"),
    "no key": (b"\xed\x01", b"", "key_malformed"),
    "a byte short": (b"\xed\x01", RAW[:-1], "key_malformed"),
    "a byte long": (b"\xed\x01", RAW + b"\0", "key_malformed"),
    "a varint written longer": (b"\xed\x81\x00", RAW, "unsupported_key"),
    "a private key": (b"\x80\x26", RAW, "weak_key"),
    "an uncompressed point": (b"\x80\x24", b"\x04" + bytes(64), "key_malformed"),
    "a point not on P-256": (b"\x80\x24", b"\x02" + b"\xff" * 32, "key_malformed"),
    "a P-256 point with a wrong first byte": (b"\x80\x24", b"\x05" + COMPRESSED[3:], "key_malformed"),
    "a P-256 point as one of P-384": (b"\x81\x24", COMPRESSED[2:], "key_malformed"),
    "the identity of Ed25519": (b"\xed\x01", b"\x01" + bytes(31), "weak_key"),
    "a point of order 2": (b"\xed\x01", b"\xec" + b"\xff" * 30 + b"\x7f", "weak_key"),
    "a point of order 4": (b"\xed\x01", bytes(32), "weak_key"),
    "a point of order 4, the other sign": (b"\xed\x01", bytes(31) + b"\x80", "weak_key"),
    "a point of order 8": (
        b"\xed\x01",
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        "weak_key",
    ),
    "a point of order 8, the other one": (
        b"\xed\x01",
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        "weak_key",
    ),
    "a coordinate written one field too high": (b"\xed\x01", b"\xee" + b"\xff" * 30 + b"\x7f", "weak_key"),
    "a coordinate at the end of the range": (b"\xed\x01", b"\xff" * 32, "weak_key"),
    "RSA that is no DER": (b"\x85\x24", b"\x30\x82", "key_malformed"),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_is_no_key(name: str) -> None:
    prefix, material, code = KEYS[name]
    attack = _multikey(prefix, material)
    assert assert_refused(Attack(attack.data, code)).credential is None


@pytest.mark.parametrize(
    ("spelled", "code"),
    [
        (ATLAS.multikey + " ", "multibase_malformed"),
        (ATLAS.multikey[1:], "multibase_malformed"),
        ("m" + base64url_encode(b"\xed\x01" + RAW), "multibase_malformed"),
        ("z1" + ATLAS.multikey[1:], "unsupported_key"),
        (ATLAS.multikey + "#" + ATLAS.multikey, "multibase_malformed"),
        (ATLAS.multikey + "?x", "multibase_malformed"),
        (ATLAS.multikey.upper(), "multibase_malformed"),
        ("", "multibase_malformed"),
    ],
)
def test_a_did_key_spelled_another_way(spelled: str, code: str) -> None:
    did = f"did:key:{spelled}"
    verdict = judged(Attack(dumped(_issued_by(did, f"did:key:{ATLAS.multikey}#{ATLAS.multikey}")), ""))
    assert verdict.outcome != "valid"
    assert code in verdict.codes | {"schema_wrong"}
    assert verdict.credential is None
