"""The guarded fetch before it connects: addresses, names that lie, and URLs that are not asked at all."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.adapters import fetch as fetching
from exchange.adapters.fetch import GuardedFetch, is_public
from exchange.core.verdict.documents import Document
from tests.adapters.evil import Dry, Recorder

NOT_PUBLIC = [
    *("127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
    *("100.64.0.1", "192.0.0.1", "192.0.0.9", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1"),
    *(
        "64:ff9b::127.0.0.1",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:1::1",
        "2001:2::1",
    ),
    *("2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1"),
    *("fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "4000::1"),
    *("", "localhost", "1", "0x7f000001", "8.8.8.8 ", "8.8.8", "8.8.8.8/32"),
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "192.0.1.1",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1",
    "2a00::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_address_that_is_public(address: str) -> None:
    assert is_public(address)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_that_carries_or_is_a_private_address_is_public(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        private = (address.is_private, address.is_multicast, address.is_reserved, address.is_link_local)
        assert not any(private)
        if isinstance(address, IPv6Address):
            assert not any((address.ipv4_mapped, address.sixtofour, address.teredo))


@given(st.ip_addresses(v=4))
def test_no_ipv6_spelling_of_an_ipv4_address_is_public(address: IPv4Address) -> None:
    number = int(address)
    spellings = [number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    spellings += [0x2001 << 112 | number, 0x2001 << 112 | (number ^ 0xFFFFFFFF)]
    assert not [spelling for spelling in spellings if is_public(str(IPv6Address(spelling)))]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_name_on_a_private_address_is_not_connected_to(address: str) -> None:
    fetcher = Dry(address)
    document = asyncio.run(fetcher.fetch("https://rebind.example/"))
    assert "not on the public internet" in document.problem
    assert fetcher.recorder.connections == []


def test_of_mixed_addresses_only_public_ones_are_tried() -> None:
    fetcher = Dry(["127.0.0.1", "8.8.8.8", "::1", "2606:4700::1", "10.0.0.1"])
    assert asyncio.run(fetcher.fetch("https://mixed.example/")).status == 0
    assert fetcher.recorder.connections == [("8.8.8.8", 443), ("2606:4700::1", 443)]


def test_name_that_changes_its_mind_is_looked_up_once() -> None:
    """Rebinding: public when judged, private when connected. The second answer is never asked for."""
    fetcher = Dry("8.8.8.8", "127.0.0.1")
    asyncio.run(fetcher.fetch("https://rebind.example/"))
    assert fetcher.lookups == 1
    assert fetcher.recorder.connections == [("8.8.8.8", 443)]


DENIED = {
    "http": "http://public.example/",
    "http on 443": "http://public.example:443/",
    "ftp": "ftp://public.example/",
    "file": "file:///etc/passwd",
    "data": "data:,x",
    "no scheme": "public.example/did.json",
    "nothing": "",
    "no host": "https:///path",
    "user": "https://user@public.example/",
    "password": "https://user:secret@public.example/",
    "empty user": "https://:@public.example/",
    "port 22": "https://public.example:22/",
    "port 0": "https://public.example:0/",
    "port 80": "https://public.example:80/",
    "port too high": "https://public.example:99999/",
    "port no number": "https://public.example:https/",
    "space": "https://public.example/a b",
    "line break": "https://public.example/\r\nX: y",
    "NUL": "https://public.example/\0",
    "backslash": "https://public.example\\@127.0.0.1/",
    "bracket": "https://[::1/",
    "too long": "https://public.example/" + "a" * 3_000,
    "lone surrogate": "https://public.example/\ud800",
    "did": "did:web:public.example",
}


@pytest.mark.parametrize("fault", DENIED)
def test_url_that_is_not_asked(fault: str) -> None:
    fetcher = Dry("8.8.8.8")
    document = asyncio.run(fetcher.fetch(DENIED[fault]))
    assert (document.status, document.url) == (0, DENIED[fault])
    assert document.problem
    assert fetcher.recorder.connections == []
    assert fetcher.lookups == 0


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f.1",
        "2130706433",
        "127.1",
        "0",
        "localhost",
        "localhost.",
    ],
)
def test_every_spelling_of_loopback_is_refused_by_the_real_resolver(host: str) -> None:
    recorder = Recorder(dry=True)

    async def run() -> Document:
        fetcher = GuardedFetch(backend=recorder)
        document = await fetcher.fetch(f"https://{host}/")
        await fetcher.aclose()
        return document

    assert asyncio.run(run()).status == 0
    assert recorder.connections == []


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://a.example/", "https://a.example:"]))
def test_any_url_is_a_document(text: str, prefix: str) -> None:
    fetcher = Dry("127.0.0.1")
    document = asyncio.run(fetcher.fetch(prefix + text))
    assert document.status == 0
    assert document.problem
    assert "Error" not in document.problem
    assert fetcher.recorder.connections == []


def test_port_8443_and_the_operators_own_are_asked() -> None:
    fetcher = Dry("8.8.8.8", ports=[4443])
    for port in (443, 8443, 4443, 9443):
        asyncio.run(fetcher.fetch(f"https://public.example:{port}/"))
    assert fetcher.recorder.connections == [("8.8.8.8", port) for port in (443, 8443, 4443)]


def test_name_that_is_not_known_is_a_problem() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    document = asyncio.run(GuardedFetch(resolve=resolve).fetch("https://nobody.example/"))
    assert "name is not known" in document.problem


def test_resolver_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_SECONDS", 0.2)

    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    assert asyncio.run(GuardedFetch(resolve=resolve).fetch("https://slow.example/")).status == 0
