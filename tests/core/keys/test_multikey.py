"""Keys in and out: the published vectors, the ones anybody could sign with, and signatures that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.multikey import (
    PublicKey,
    base58btc_decode,
    base58btc_encode,
    base64url_encode,
    multikey_of,
    private_key_from_multikey,
    public_key_from_jwk,
    public_key_from_multikey,
    public_key_of,
)
from exchange.core.keys.public_key import CURVES
from tests.core.keys.test_multibase import outcome

MESSAGE = b"what was signed"
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = ec.derive_private_key(12345, ec.SECP256R1())
P384 = ec.derive_private_key(12345, ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)


def p1363(private: ec.EllipticCurvePrivateKey, message: bytes = MESSAGE) -> bytes:
    curve = CURVES["P-256" if private.key_size == 256 else "P-384"]
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(curve.hash)))
    return r.to_bytes(curve.size) + s.to_bytes(curve.size)


# --- keys as published


def test_did_key_vectors_give_the_same_key_in_every_form(shared_vectors: Path) -> None:
    folder = shared_vectors / "did-key-vectors"
    seen: dict[str, int] = {}
    for name in ("ed25519-x25519.json", "nist-curves.json", "rsa.json"):
        for did, vector in json.loads((folder / name).read_bytes()).items():
            multikey = did.removeprefix("did:key:")
            method = vector["didDocument"]["verificationMethod"][0]
            key = outcome(public_key_from_multikey, multikey)
            if key == "unsupported_key":
                assert method["publicKeyJwk"]["crv"] == "P-521"
                continue
            seen[key.kind] = seen.get(key.kind, 0) + 1
            assert key.multikey == multikey
            if "publicKeyJwk" in method:
                assert public_key_from_jwk(method["publicKeyJwk"]) == key
                assert key.jwk == method["publicKeyJwk"]
            else:
                assert base58btc_decode(method["publicKeyBase58"]) == key.material
            assert public_key_from_jwk(key.jwk) == key
    assert seen == {"Ed25519": 5, "P-256": 3, "P-384": 2, "RSA": 2}


@pytest.mark.parametrize("name", ["secp256k1.json", "bls12381.json", "x25519.json"])
def test_did_key_vectors_of_other_curves_cannot_be_told(shared_vectors: Path, name: str) -> None:
    vectors = json.loads((shared_vectors / "did-key-vectors" / name).read_bytes())
    dids = vectors.get("didDocument", vectors)
    for did in dids:
        assert outcome(public_key_from_multikey, did.removeprefix("did:key:")) == "unsupported_key"


def test_w3c_key_pairs_fit(shared_vectors: Path) -> None:
    folder = shared_vectors / "w3c-di-vectors"
    pairs = [
        json.loads((folder / name).read_bytes())
        for name in (
            "vc-di-eddsa/keyPair.json",
            "vc-di-ecdsa/p256KeyPair.json",
            "vc-di-ecdsa/p384KeyPair.json",
        )
    ]
    pairs += json.loads((folder / "vc-di-eddsa/proof-set-chain/multiKeyPairs.json").read_bytes()).values()
    assert len(pairs) > 5
    for pair in pairs:
        private = private_key_from_multikey(pair.get("secretKeyMultibase") or pair["privateKeyMultibase"])
        assert multikey_of(private.public_key()) == pair["publicKeyMultibase"]


@pytest.mark.parametrize("private", [ED25519, P256, P384, RSA], ids=["Ed25519", "P-256", "P-384", "RSA"])
def test_every_form_comes_back(private: Any) -> None:
    key = public_key_of(private.public_key())
    assert public_key_from_multikey(key.multikey) == key == public_key_from_jwk(key.jwk)
    assert hash(key) == hash(public_key_from_jwk(key.jwk))


# --- as JSON Web Keys and multikeys


def rsa_jwk(n: int, e: int, **more: Any) -> dict[str, Any]:
    def unsigned(number: int) -> str:
        return base64url_encode(number.to_bytes(max(1, (number.bit_length() + 7) // 8)))

    return {"kty": "RSA", "n": unsigned(n), "e": unsigned(e), **more}


N = RSA.public_key().public_numbers().n
OKP = public_key_of(ED25519.public_key()).jwk
EC = public_key_of(P256.public_key()).jwk
POINT = P256.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
EC_384 = public_key_of(P384.public_key()).jwk

BAD_JWK: dict[str, tuple[Any, str]] = {
    "not an object": ("jwk", "key_malformed"),
    "nothing": (None, "key_malformed"),
    "empty": ({}, "key_malformed"),
    "a symmetric key": ({"kty": "oct", "k": "c2VjcmV0"}, "key_malformed"),
    "RSA of 1024 bits": (rsa_jwk(N >> 1024 | 1, 65537), "weak_key"),
    "RSA of 2047 bits": (rsa_jwk(N >> 1 | 1, 65537), "weak_key"),
    "RSA of 8193 bits": (rsa_jwk(1 << 8192 | 1, 65537), "weak_key"),
    "RSA with exponent 1": (rsa_jwk(N, 1), "weak_key"),
    "RSA with exponent 0": (rsa_jwk(N, 0), "key_malformed"),
    "RSA with an even exponent": (rsa_jwk(N, 65536), "weak_key"),
    "RSA with a huge exponent": (rsa_jwk(N, N - 2), "weak_key"),
    "RSA with an even modulus": (rsa_jwk(N - 1, 65537), "weak_key"),
    "RSA with a leading zero": ({**rsa_jwk(N, 65537), "e": "AAEAAQ"}, "key_malformed"),
    "RSA for PS256": (rsa_jwk(N, 65537, alg="PS256"), "key_malformed"),
    "RSA with a private exponent": (rsa_jwk(N, 65537, d="AQAB"), "weak_key"),
    "RSA without e": ({"kty": "RSA", "n": rsa_jwk(N, 3)["n"]}, "key_malformed"),
    "Ed25519 with its private half": ({**OKP, "d": OKP["x"]}, "weak_key"),
    "P-256 with its private half": ({**EC, "d": EC["x"]}, "weak_key"),
    "for encryption": ({**OKP, "use": "enc"}, "key_malformed"),
    "use is null": ({**OKP, "use": None}, "key_malformed"),
    "for deriving": ({**EC, "key_ops": ["deriveKey"]}, "key_malformed"),
    "key_ops is no array": ({**EC, "key_ops": "verify"}, "key_malformed"),
    "Ed25519 for ES256": ({**OKP, "alg": "ES256"}, "key_malformed"),
    "P-256 for ES384": ({**EC, "alg": "ES384"}, "key_malformed"),
    "P-256 for HS256": ({**EC, "alg": "HS256"}, "key_malformed"),
    "alg is an array": ({**EC, "alg": ["ES256"]}, "key_malformed"),
    "EC on Ed25519": ({**OKP, "kty": "EC"}, "key_malformed"),
    "OKP on P-256": ({**EC, "kty": "OKP"}, "key_malformed"),
    "crv is an array": ({**EC, "crv": ["P-256"]}, "key_malformed"),
    "kty in lower case": ({**EC, "kty": "ec"}, "key_malformed"),
    "P-384 numbers on P-256": ({**EC_384, "crv": "P-256"}, "key_malformed"),
    "off the curve": ({**EC, "y": EC["x"]}, "key_malformed"),
    "the origin": ({**EC, "x": "A" * 43, "y": "A" * 43}, "key_malformed"),
    "x lends a byte to y": (
        {**EC, "x": base64url_encode(POINT[1:32]), "y": base64url_encode(POINT[32:])},
        "key_malformed",
    ),
    "without y": ({"kty": "EC", "crv": "P-256", "x": EC["x"]}, "key_malformed"),
    "x is a number": ({**OKP, "x": 1}, "key_malformed"),
    "x is padded": ({**OKP, "x": OKP["x"] + "="}, "key_malformed"),
    "x with loose bits": ({**OKP, "x": OKP["x"][:-1] + "9"}, "key_malformed"),
    "31 bytes": ({**OKP, "x": base64url_encode(bytes(31))}, "key_malformed"),
    "x of a megabyte": ({**OKP, "x": "A" * 2**20}, "key_malformed"),
    "secp256k1": ({**EC, "crv": "secp256k1"}, "unsupported_key"),
    "X25519": ({**OKP, "crv": "X25519"}, "unsupported_key"),
}


@pytest.mark.parametrize("fault", BAD_JWK)
def test_refuses_the_json_web_key(fault: str) -> None:
    jwk, code = BAD_JWK[fault]
    assert outcome(public_key_from_jwk, jwk) == code


@pytest.mark.parametrize(
    "more",
    [{"use": "sig"}, {"key_ops": ["verify"]}, {"alg": "ES256"}, {"kid": "1", "x5t": "ignored"}],
    ids=str,
)
def test_takes_the_json_web_key(more: dict[str, Any]) -> None:
    assert public_key_from_jwk({**EC, **more}).kind == "P-256"


def multikey(prefix: str, material: bytes) -> str:
    return "z" + base58btc_encode(bytes.fromhex(prefix) + material)


POINT_256 = public_key_of(P256.public_key()).material
POINT_384 = public_key_of(P384.public_key()).material
SHORT_RSA = (
    rsa.RSAPublicNumbers(65537, N >> 1024 | 1).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
)
SPKI = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

BAD_MULTIKEY = {
    "empty": ("", "multibase_malformed"),
    "only z": ("z", "unsupported_key"),
    "without z": (multikey("ed01", bytes(range(32)))[1:], "multibase_malformed"),
    "base64url": ("u" + base64url_encode(b"\xed\x01" + bytes(range(32))), "multibase_malformed"),
    "a space": (multikey("ed01", bytes(range(32))) + " ", "multibase_malformed"),
    "a letter that is not base58": (
        "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0",
        "multibase_malformed",
    ),
    "Ed25519 of 31 bytes": (multikey("ed01", bytes(31)), "key_malformed"),
    "Ed25519 of 33 bytes": (multikey("ed01", bytes(33)), "key_malformed"),
    "P-256 uncompressed": (multikey("8024", POINT), "key_malformed"),
    "P-256 of 32 bytes": (multikey("8024", POINT_256[1:]), "key_malformed"),
    "P-256 with a wrong sign byte": (multikey("8024", b"\x04" + POINT_256[1:]), "key_malformed"),
    "P-256 off the curve": (multikey("8024", b"\x02" + b"\xff" * 32), "key_malformed"),
    "P-256 at infinity": (multikey("8024", b"\0"), "key_malformed"),
    "P-384 under the P-256 prefix": (multikey("8024", POINT_384), "key_malformed"),
    "P-256 under the P-384 prefix": (multikey("8124", POINT_256), "key_malformed"),
    "RSA of 1024 bits": (multikey("8524", SHORT_RSA), "weak_key"),
    "RSA as SubjectPublicKeyInfo": (multikey("8524", SPKI), "key_malformed"),
    "RSA that is not DER": (multikey("8524", b"\x30\x03\x02\x01\x01"), "key_malformed"),
    "a private Ed25519 key": (multikey("8026", bytes(range(32))), "weak_key"),
    "a private P-256 key": (multikey("8626", bytes(range(32))), "weak_key"),
    "secp256k1": (multikey("e701", b"\x02" + bytes(range(32))), "unsupported_key"),
    "an unknown multicodec": (multikey("ffff", bytes(32)), "unsupported_key"),
    "a varint that is not minimal": (multikey("ed8100", bytes(range(32))), "unsupported_key"),
    "endless": ("z" + "6" * 100_000, "multibase_malformed"),
}


@pytest.mark.parametrize("fault", BAD_MULTIKEY)
def test_refuses_the_multikey(fault: str) -> None:
    text, code = BAD_MULTIKEY[fault]
    assert outcome(public_key_from_multikey, text) == code


@pytest.mark.parametrize(
    ("prefix", "material"),
    [
        ("8026", bytes(31)),
        ("8026", bytes(64)),
        ("8626", bytes(32)),
        ("8626", CURVES["P-256"].order.to_bytes(32)),
        ("8726", b"\1" * 32),
        ("ed01", bytes(range(32))),
    ],
    ids=["short", "public half does not fit", "zero", "the order", "P-256 size on P-384", "public"],
)
def test_refuses_the_private_multikey(prefix: str, material: bytes) -> None:
    assert outcome(private_key_from_multikey, multikey(prefix, material)) == "key_malformed"


def test_private_multikey_may_carry_the_public_half() -> None:
    both = ED25519.private_bytes_raw() + ED25519.public_key().public_bytes_raw()
    private = private_key_from_multikey(multikey("8026", both))
    assert multikey_of(private.public_key()) == multikey_of(ED25519.public_key())


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: "z" + base58btc_encode(data)))
def test_no_text_crashes_the_reader(text: str) -> None:
    key = outcome(public_key_from_multikey, text)
    if isinstance(key, PublicKey):
        assert key.multikey == text
    else:
        assert key in {"multibase_malformed", "key_malformed", "weak_key", "unsupported_key"}
