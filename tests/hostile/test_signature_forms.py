"""ES256 as peers' browsers make it: one form of signature is read, and both halves of the curve are.

RFC 7518 §3.4: r and s side by side, 32 bytes each, not DER. JOSE asks for no low s, and WebCrypto makes none;
so the mirrored signature verifies too, and is another text of the same statement. Whoever tells endorsements
apart by their bytes must not take it for another endorsement: ids tell them apart.
"""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.keys.public_key import CURVES
from exchange.core.verdict.documents import Document
from tests.core.endorsing import BASE, KEY_INDEX, codes, signed, status_list, verdict

WHOLE = signed()
HEAD, _, _SEALED = WHOLE.rpartition(b".")
RAW = base64url_decode(_SEALED)
R, S = int.from_bytes(RAW[:32]), int.from_bytes(RAW[32:])
ORDER = CURVES["P-256"].order


def resigned(signature: bytes) -> bytes:
    return HEAD + b"." + base64url_encode(signature).encode()


def pair(r: int, s: int, size: int = 32) -> bytes:
    return resigned(r.to_bytes(size) + s.to_bytes(size))


MIRRORED = pair(R, ORDER - S)
REFUSED = {
    "in DER": resigned(encode_dss_signature(R, S)),
    "mirrored, in DER": resigned(encode_dss_signature(R, ORDER - S)),
    "without its last byte": resigned(RAW[:-1]),
    "with a byte more": resigned(RAW + b"\x00"),
    "with a byte before": resigned(b"\x00" + RAW),
    "in halves of 33 bytes": pair(R, S, 33),
    "in halves of 48 bytes": pair(R, S, 48),
    "with r of zero": pair(0, S),
    "with s of zero": pair(R, 0),
    "of zeros": resigned(bytes(64)),
    "with s of the order": pair(R, ORDER),
    "with s beyond the order": pair(R, ORDER + 1),
    "with r and s exchanged": pair(S, R),
    "with r mirrored": pair(ORDER - R, S),
    "that is empty": resigned(b""),
    "in padded base64": WHOLE + b"==",
    "in plain base64": HEAD + b"." + _SEALED.replace(b"-", b"+").replace(b"_", b"/") + b"+",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_signature(name: str) -> None:
    result = verdict(REFUSED[name])
    assert (result.outcome, result.credential) == ("invalid", None)


def test_both_halves_of_the_curve_are_read_but_only_one_is_on_record() -> None:
    assert MIRRORED != WHOLE
    assert verdict(WHOLE).outcome == verdict(MIRRORED).outcome == "valid"
    address = f"{BASE}/endorsements/one"
    lost = {**status_list(KEY_INDEX), address: Document(address, 200, "application/jwt", WHOLE)}
    assert verdict(WHOLE, lost).outcome == "valid"
    assert codes(verdict(MIRRORED, lost)) == {"key_retired"}
