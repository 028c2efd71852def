"""Merkle trees for tests: the recursive definitions of RFC 6962 §2.1 word for word, and trees to work on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

from exchange.core.log import merkle
from exchange.core.log.merkle import Node

# The eight leaf inputs of the Certificate Transparency project's own tests (merkletree, later
# transparency-dev/merkle), with the hashes published there: of every complete subtree by level, and of the
# tree of the first 0 to 8 of them.
CT_ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_NODES = [
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
    ],
    [
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    ],
    [
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    ["5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

MOST = 300


def entry(number: int) -> bytes:
    """An entry to put into a tree."""
    return b"entry %d" % number


LEAVES = tuple(merkle.leaf_hash(entry(number)) for number in range(MOST))


@cache
def nodes_of(size: int) -> Mapping[Node, bytes]:
    """The stored nodes of a tree of the first `size` LEAVES; copy it before changing it."""
    return merkle.append(0, LEAVES[:size], {})


@cache
def naive_root(first: int, end: int) -> bytes:
    """MTH(D[first:end]) over LEAVES."""
    if first == end:
        return sha256().digest()
    if end - first == 1:
        return LEAVES[first]
    middle = first + _split(end - first)
    return sha256(b"\x01" + naive_root(first, middle) + naive_root(middle, end)).digest()


def naive_path(index: int, first: int, end: int) -> list[bytes]:
    """PATH(index, D[first:end]) over LEAVES."""
    if end - first == 1:
        return []
    middle = first + _split(end - first)
    if index < _split(end - first):
        return [*naive_path(index, first, middle), naive_root(middle, end)]
    return [*naive_path(index - (middle - first), middle, end), naive_root(first, middle)]


def naive_proof(old_size: int, new_size: int) -> list[bytes]:
    """PROOF(old_size, D[0:new_size]) over LEAVES, for 0 < old_size < new_size."""
    return _subproof(old_size, 0, new_size, whole=True)


def _subproof(count: int, first: int, end: int, *, whole: bool) -> list[bytes]:
    if count == end - first:
        return [] if whole else [naive_root(first, end)]
    step = _split(end - first)
    if count <= step:
        below = _subproof(count, first, first + step, whole=whole)
        return [*below, naive_root(first + step, end)]
    below = _subproof(count - step, first + step, end, whole=False)
    return [*below, naive_root(first, first + step)]


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << (count - 1).bit_length() - 1


def flipped(value: bytes, place: int, change: int) -> bytes:
    """`value` with one byte changed; `change` is 1 to 255."""
    place %= len(value)
    return value[:place] + bytes([value[place] ^ change]) + value[place + 1 :]


def with_one_flipped(values: Sequence[bytes], which: int, place: int, change: int) -> list[bytes]:
    """`values` with one byte of one of them changed."""
    which %= len(values)
    return [
        flipped(value, place, change) if number == which else value for number, value in enumerate(values)
    ]
