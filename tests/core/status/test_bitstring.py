"""The bits of a status list: what was set is what is read, and no text harms the reader."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.status import bitstring
from exchange.errors import CannotTellError, InputError


def pack(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(gzip.compress(data, mtime=0)).rstrip(b"=").decode()


def test_first_index_is_the_leftmost_bit() -> None:
    bits = bitstring.decode(bitstring.encode([0, 9], 131_072))
    assert bits[:2] == b"\x80\x40"
    assert len(bits) == 16_384


def test_w3c_example_of_an_empty_list_is_read() -> None:
    # The encodedList printed in the Recommendation, §2.2.
    bits = bitstring.decode("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
    assert bits == bytes(16_384)


@given(st.sets(st.integers(0, 131_071), max_size=50))
def test_what_was_set_is_what_is_read(indices: set[int]) -> None:
    bits = bitstring.decode(bitstring.encode(indices))
    probed = indices | {0, 1, 131_071} | {index ^ 1 for index in indices}
    assert {index for index in probed if bitstring.bit(bits, index)} == indices


@given(st.binary(min_size=1, max_size=40), st.integers(1, 16), st.data())
def test_wide_entries_are_read_as_their_bits_stand_in_the_row(
    bits: bytes, size: int, data: st.DataObject
) -> None:
    row = "".join(f"{byte:08b}" for byte in bits)
    entries = len(row) // size
    if entries:
        index = data.draw(st.integers(0, entries - 1))
        assert bitstring.bit(bits, index, size) == int(row[index * size : (index + 1) * size], 2)
    with pytest.raises(InputError) as caught:
        bitstring.bit(bits, entries, size)
    assert caught.value.code == "status_index_out_of_range"


def test_encode_is_the_same_text_for_the_same_bits() -> None:
    assert bitstring.encode([5, 3]) == bitstring.encode([3, 5, 5])


@pytest.mark.parametrize("index", [-1, 131_072])
def test_encode_refuses_an_index_outside_the_list(index: int) -> None:
    with pytest.raises(InputError, match="not in a list"):
        bitstring.encode([index])


GOOD = bitstring.encode([7])
MALFORMED = {
    "no multibase sign": GOOD[1:],
    "another multibase": "z" + GOOD[1:],
    "empty": "",
    "only the sign": "u",
    "padded": "u" + base64.urlsafe_b64encode(gzip.compress(bytes(16_384))).decode() + "=",
    "plain base64 alphabet": "u"
    + base64.b64encode(gzip.compress(bytes(range(256)) * 64)).rstrip(b"=").decode(),
    "a space inside": GOOD[:9] + " " + GOOD[9:],
    "a newline at the end": GOOD + "\n",
    "not ASCII": GOOD + "é",
    "a lone surrogate": GOOD + "\ud800",
    "one character too many": "uAAAAA",
    "not gzip but zlib": "u" + base64.urlsafe_b64encode(zlib.compress(bytes(16_384))).rstrip(b"=").decode(),
    "cut off": "u" + base64.urlsafe_b64encode(gzip.compress(bytes(16_384))[:-9]).rstrip(b"=").decode(),
    "wrong CRC": "u"
    + base64.urlsafe_b64encode(gzip.compress(bytes(16_384))[:-8] + b"\1\2\3\4\0\x40\0\0")
    .rstrip(b"=")
    .decode(),
    "trailing bytes": "u"
    + base64.urlsafe_b64encode(gzip.compress(bytes(16_384)) + b"x").rstrip(b"=").decode(),
    "two members": "u" + base64.urlsafe_b64encode(gzip.compress(bytes(16_384)) * 2).rstrip(b"=").decode(),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_malformed_list_is_refused(fault: str) -> None:
    with pytest.raises(InputError) as caught:
        bitstring.decode(MALFORMED[fault])
    assert caught.value.code == "status_malformed"


def test_last_character_with_stray_bits_is_refused() -> None:
    # A partial quantum must have zero bits below it; the next letter decodes to the same bytes.
    text = next(t for n in range(9) if len(t := bitstring.encode(range(n))[1:]) % 4 == 2)
    stray = text[:-1] + chr(ord(text[-1]) + 1)
    assert base64.urlsafe_b64decode(stray + "==") == base64.urlsafe_b64decode(text + "==")
    with pytest.raises(InputError, match="canonical"):
        bitstring.decode("u" + stray)


def test_gzip_bomb_is_not_unpacked() -> None:
    with pytest.raises(CannotTellError) as caught:
        bitstring.decode(pack(bytes(64 * 1024 * 1024)))
    assert caught.value.code == "status_list_too_long"


def test_longest_list_is_read() -> None:
    assert len(bitstring.decode(pack(bytes(bitstring.MAX_ENTRIES // 8)))) == bitstring.MAX_ENTRIES // 8


@given(st.text())
def test_any_text_is_decoded_or_refused_by_name(text: str) -> None:
    for encoded in (text, "u" + text):
        with pytest.raises((InputError, CannotTellError)):
            bitstring.decode(encoded)
