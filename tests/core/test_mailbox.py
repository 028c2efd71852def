"""Addresses: those that mail can go to, in one form; everything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.mailbox import is_reserved, split_address
from exchange.errors import InputError


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("ann@acme.internal", ("ann", "acme.internal")),
        ("Ann.Smith+badges@ACME.Internal", ("Ann.Smith+badges", "acme.internal")),
        ("o'neil!#$%&*/=?^_`{|}~-@acme.internal", ("o'neil!#$%&*/=?^_`{|}~-", "acme.internal")),
        ("zoë@bücher.internal", ("zoë", "xn--bcher-kva.internal")),
        ("ann@straße.internal", ("ann", "xn--strae-oqa.internal")),
        ("ann@BÜCHER.internal", ("ann", "xn--bcher-kva.internal")),
        ("用户@例子.internal", ("用户", "xn--fsqu00a.internal")),
        ("ann@localhost", ("ann", "localhost")),
        (f"{'a' * 64}@acme.internal", ("a" * 64, "acme.internal")),
    ],
)
def test_an_address_is_split_and_its_domain_written_in_ascii(address: str, parts: tuple[str, str]) -> None:
    assert split_address(address) == parts


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "ann",
            "@acme.internal",
            "ann@",
            "ann@@acme.internal",
            "ann @acme.internal",
            "ann@acme internal",
        ),
        *(".ann@acme.internal", "ann.@acme.internal", "a..b@acme.internal", '"a b"@acme.internal'),
        *("<ann@acme.internal>", "Ann <ann@acme.internal>", "ann@acme.internal,eve@evil.internal"),
        *(
            "ann@[192.0.2.1]",
            "ann@-acme.internal",
            "ann@acme-.internal",
            "ann@acme..internal",
            "ann@.internal",
        ),
        *("ann@acme.internal\n", "ann\r\n@acme.internal", "ann@acme.internal\r\nRCPT TO:<eve@evil.internal>"),
        *(
            "ann\x00@acme.internal",
            "ann\x7f@acme.internal",
            "a\u202enn@acme.internal",
            "a\u200bnn@acme.internal",
        ),
        *(
            "a\ud800@acme.internal",
            "ann@a\ud800.internal",
            "a\u00a0b@acme.internal",
            "ann@acme\u3000.internal",
        ),
        *(f"{'a' * 65}@acme.internal", f"{'ë' * 33}@acme.internal", f"ann@{'a' * 64}.internal"),
        *(
            f"ann@{'a.' * 127}internal",
            "ann@" + "ü" * 400,
            "(comment)ann@acme.internal",
            "ann;@acme.internal",
        ),
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError) as refused:
        split_address(address)
    assert refused.value.code == "address_malformed"


@given(st.text(max_size=40))
def test_whatever_comes_is_split_or_refused_and_what_passes_is_one_visible_word(text: str) -> None:
    try:
        local, domain = split_address(text)
    except InputError:
        return
    assert domain.isascii()
    assert split_address(f"{local}@{domain}") == (local, domain)
    assert (local + domain).isprintable()
    assert not set(' <>,;:"()[]\\@') & set(local + domain)


@pytest.mark.parametrize(
    ("domain", "reserved"),
    [
        *[(name, True) for name in ("example.org", "a.example.com", "x.test", "b.invalid", "a.example")],
        *[
            (name, False)
            for name in ("acme.org", "myexample.org", "example.org.acme.internal", "test.acme.org")
        ],
    ],
)
def test_what_is_set_aside_for_examples(domain: str, reserved: bool) -> None:
    assert is_reserved(domain) is reserved
