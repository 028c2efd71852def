"""Bytes as text: base58btc, base64, base64url and multibase. Strict: for one value there is one text."""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import lru_cache

import pybase64

from exchange.errors import InputError

MAX_CHARS = 2048  # a Multikey of RSA 8192 has about 1,420; decoding base58 takes quadratic time

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_DIGITS = bytes(_ALPHABET.find(chr(c)) & 0xFF for c in range(256))  # 0xff is no digit

_PADDING = {0: b"", 2: b"==", 3: b"="}
_LAST = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}  # the last character carries no bits beyond the last byte


def base58btc_encode(data: bytes) -> str:
    """`data` in base58 with the Bitcoin alphabet; each leading zero byte is a leading `1`."""
    number, pair = int.from_bytes(data), _PAIRS
    blocks: list[str] = []
    while number:  # ten digits at a time, by pairs: far fewer steps on the big integer
        number, block = divmod(number, 58**10)
        upper, lower = divmod(block, 58**4)
        first, middle = divmod(upper, 58**4)
        end = f"{pair[middle // 58**2]}{pair[middle % 58**2]}{pair[lower // 58**2]}{pair[lower % 58**2]}"
        blocks.append(f"{pair[first]}{end}")
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(blocks)).lstrip("1")


def base58btc_decode(text: str) -> bytes:
    """The bytes of `text`; InputError("multibase_malformed") for a foreign character or too much text."""
    if len(text) > MAX_CHARS:
        raise InputError("multibase_malformed", f"A base58 text has more than {MAX_CHARS} characters.")
    digits = text.encode("ascii", "replace").translate(_DIGITS)  # "?" is no digit
    if b"\xff" in digits:
        raise InputError("multibase_malformed", "A base58 text holds a character that is not base58.")
    # All pairs of neighbours are joined by one multiplication, then the pairs of pairs, until one is left.
    # The first digit lies lowest: each round makes of two lanes `low × scale + high`.
    levels = (len(digits) - 1).bit_length()
    number = int.from_bytes(digits.rjust(1 << levels, b"\0"), "little")
    bits, scale = 8, 58
    for mask in _masks(levels):
        number = (number & mask) * scale + (number >> bits & mask)
        bits, scale = bits * 2, scale * scale
    zeros = len(digits) - len(digits.lstrip(b"\0"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


@lru_cache
def _masks(levels: int) -> tuple[int, ...]:
    """For each round of joining 2^levels bytes: a mask of every other lane."""
    size = 1 << levels
    return tuple(
        int.from_bytes((b"\xff" * width + bytes(width)) * (size // width // 2), "little")
        for width in (1 << level for level in range(levels))
    )


def base64_encode(data: bytes) -> str:
    """`data` in base64 with padding (RFC 4648 section 4)."""
    return b64encode(data).decode()


def base64_decode(text: str) -> bytes:
    """The bytes of `text`, which must be padded and canonical; InputError("base64_malformed")."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        data = b""
    if base64_encode(data) != text:
        message = "This is not base64 with padding, or its last character carries loose bits."
        raise InputError("base64_malformed", message)
    return data


def base64url_encode(data: bytes) -> str:
    """`data` in base64url without padding (RFC 4648 section 5)."""
    return pybase64.b64encode_as_string(data, b"-_").rstrip("=")


def base64url_decode(text: str | bytes) -> bytes:
    """The bytes of `text`, which must be unpadded and canonical; InputError("base64url_malformed")."""
    try:
        data = text.encode("ascii") if isinstance(text, str) else text
        rest = len(data) % 4
        foreign = b"+" in data or b"/" in data or b"=" in data  # which the decoder would take
        if not foreign and (not rest or data[-1] in _LAST[rest]):
            return pybase64.b64decode(data + _PADDING[rest], b"-_", True)
    except (ValueError, KeyError):
        pass
    message = "This is not base64url without padding, or its last character carries loose bits."
    raise InputError("base64url_malformed", message)


def multibase_decode(text: str) -> bytes:
    """The bytes of a multibase text: `z` base58btc or `u` base64url. InputError("multibase_malformed")."""
    if text[:1] == "z":
        return base58btc_decode(text[1:])
    if text[:1] != "u":
        raise InputError(
            "multibase_malformed", "A multibase text begins with z (base58btc) or u (base64url)."
        )
    try:
        return base64url_decode(text[1:])
    except InputError as error:
        raise InputError("multibase_malformed", error.message) from None
