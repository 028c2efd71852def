"""Bytes as text, in four alphabets: the standard ones, and one text for one value."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.multibase import base64_decode, base64_encode
from exchange.core.keys.multikey import (
    base58btc_decode,
    base58btc_encode,
    base64url_decode,
    base64url_encode,
    multibase_decode,
)
from exchange.errors import ExchangeError, InputError


def outcome(call: Any, *arguments: Any) -> Any:
    """What the call returns, or the code of the error it raises."""
    try:
        return call(*arguments)
    except ExchangeError as error:
        return error.code


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"\0", "1"),
        (b"\0\0", "11"),
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
    ],
)
def test_base58btc_known_answers(data: bytes, text: str) -> None:
    assert base58btc_encode(data) == text
    assert base58btc_decode(text) == data


@given(st.binary(max_size=300))
def test_base58btc_comes_back(data: bytes) -> None:
    assert base58btc_decode(base58btc_encode(data)) == data


@given(st.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=300))
def test_base58btc_is_one_text_for_one_value(text: str) -> None:
    assert base58btc_encode(base58btc_decode(text)) == text


@pytest.mark.parametrize(
    "text", ["0", "O", "I", "l", "a b", "a\n", " a", "a=", "a+", "é", "١", "\x00", "😀", "z" * 2049]
)
def test_base58btc_refuses(text: str) -> None:
    assert outcome(base58btc_decode, text) == "multibase_malformed"


@given(st.binary(max_size=200))
def test_base64url_is_the_standard_one_without_padding(data: bytes) -> None:
    text = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert base64url_encode(data) == text
    assert base64url_decode(text) == base64url_decode(text.encode()) == data


@given(st.text('ABCDgw048AEIMQUYck-_=+/\\"\n !', max_size=9))
def test_base64url_is_one_text_for_one_value(text: str) -> None:
    data = outcome(base64url_decode, text)
    assert data == "base64url_malformed" or base64url_encode(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AAAAA",
        "AA==",
        "AAA=",
        "AB",
        "AAB",
        "A+AA",
        "A/AA",
        "AA A",
        "AAA\n",
        "\nAAA",
        "A\\u0041",
        'A"AA',
        "é",
        "====",
    ],
)
def test_base64url_refuses(text: str) -> None:
    assert outcome(base64url_decode, text) == "base64url_malformed"


def test_multibase_knows_two_letters() -> None:
    assert multibase_decode("z2NEpo7TZRRrLZSi2U") == multibase_decode("uSGVsbG8gV29ybGQh") == b"Hello World!"


@pytest.mark.parametrize(
    "text", ["", "2NEpo7TZRRrLZSi2U", "mSGVsbG8", "USGVsbG8", "Z2NE", "uSGVsbG8=", "uAB", "z0"]
)
def test_multibase_refuses(text: str) -> None:
    assert outcome(multibase_decode, text) == "multibase_malformed"


@given(st.binary(max_size=200))
def test_base64_is_the_standard_one_with_padding(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert base64_encode(data) == text
    assert base64_decode(text) == data


@given(st.text('ABCDgw048AEIMQUYck-_=+/\\"\n !', max_size=9))
def test_base64_is_one_text_for_one_value(text: str) -> None:
    try:
        data = base64_decode(text)
    except InputError:
        return
    assert base64_encode(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AA",
        "AAA",
        "AB==",
        "AAB=",
        "A-AA",
        "A_AA",
        "AA A",
        "AAAA\n",
        "\nAAAA",
        "AAAA=",
        "====",
        "é",
        "\ud800",
    ],
)
def test_base64_refuses(text: str) -> None:
    with pytest.raises(InputError) as caught:
        base64_decode(text)
    assert caught.value.code == "base64_malformed"
