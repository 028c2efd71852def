"""Plain base64: the standard one, and one text for one value. Its siblings are tested with the keys."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.multibase import base64_decode, base64_encode
from exchange.errors import InputError


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
