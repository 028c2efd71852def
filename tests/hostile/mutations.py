"""Hypothesis strategies that damage a document the way an attacker or a bad wire does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from benchmarks import samples
from tests.hostile.forge import ATLAS, EXTENSIONS, LIST, MALLORY, badge

Draw = Callable[[st.SearchStrategy[Any]], Any]
Path = tuple[Any, ...]

NAMES = [
    "id", "type", "@context", "@id", "@type", "@graph", "@value", "@language", "@index", "name", "issuer",
    "validFrom", "validUntil", "issuanceDate", "expirationDate", "credentialStatus", "credentialSubject",
    "credentialSchema", "refreshService", "termsOfUse", "evidence", "endorsement", "endorsementJwt", "proof",
    "achievement", "identifier", "statusListIndex", "statusListCredential", "statusPurpose", "statusSize",
    "statusMessage", "verificationMethod", "proofPurpose", "proofValue", "created", "expires", "cryptosuite",
    "previousProof", "domain", "challenge", "relatedResource", "result", "related", "image", "vc", "",
]  # fmt: skip
TEXTS = [
    "", " ", "x", "\x00", "\n", "\u202e", "\U0001f600", "é", "e\u0301", "urn:x", "_:b0", "#key", "https://",
    LIST, badge()["id"], ATLAS.did, ATLAS.method, MALLORY.did, MALLORY.method, "0", "-1", "3528", "9" * 30,
    "2020-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "revocation", "refresh",
    "assertionMethod", "authentication", "eddsa-rdfc-2022", "eddsa-jcs-2022", "DataIntegrityProof", "z",
    "VerifiableCredential", "OpenBadgeCredential", "EndorsementCredential", "ClrCredential", "Profile",
    "BitstringStatusListCredential", "EnvelopedVerifiableCredential", "EndorsementSubject", EXTENSIONS,
    "data:application/vc+jwt,e30.e30.e30", *samples.CONTEXT,
]  # fmt: skip

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.builds(list),
    st.builds(dict),
    st.lists(st.sampled_from(TEXTS), max_size=3),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TEXTS), max_size=3),
)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value below the top."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def at(document: Any, path: Path) -> Any:
    for key in path:
        document = document[key]
    return document


def _parent(document: Any, path: Path) -> tuple[Any, Any]:
    return at(document, path[:-1]), path[-1]


def _delete(document: Any, path: Path, draw: Draw) -> None:
    parent, key = _parent(document, path)
    del parent[key]


def _replace(document: Any, path: Path, draw: Draw) -> None:
    parent, key = _parent(document, path)
    parent[key] = draw(JUNK)


def _rename(document: Any, path: Path, draw: Draw) -> None:
    parent, key = _parent(document, path)
    if isinstance(parent, dict):
        parent[draw(st.sampled_from(NAMES))] = parent.pop(key)


def _add(document: Any, path: Path, draw: Draw) -> None:
    value = at(document, path)
    if isinstance(value, dict):
        value[draw(st.sampled_from(NAMES))] = draw(JUNK)
    elif isinstance(value, list):
        value.append(draw(JUNK))
    else:
        _replace(document, path, draw)


def _wrap(document: Any, path: Path, draw: Draw) -> None:
    parent, key = _parent(document, path)
    parent[key] = draw(st.sampled_from([list, _as_value, _as_set]))([parent[key]])


def _as_value(values: list[Any]) -> Any:
    return {"@value": values[0]}


def _as_set(values: list[Any]) -> Any:
    return {"@set": values}


def _copy(document: Any, path: Path, draw: Draw) -> None:
    """The value to another place, too."""
    value = copy.deepcopy(at(document, path))
    other = draw(st.sampled_from(list(places(document))))
    parent, key = _parent(document, other)
    if isinstance(parent, dict):
        parent[draw(st.sampled_from([key, path[-1], *NAMES])) if isinstance(path[-1], str) else key] = value
    else:
        parent[key] = value


def _move(document: Any, path: Path, draw: Draw) -> None:
    """The value to another place: into an object that may repeat the id of where it came from."""
    parent, key = _parent(document, path)
    value = parent.pop(key)
    objects = [where for where in places(document) if isinstance(at(document, where), dict)]
    if objects:
        target = at(document, draw(st.sampled_from(objects)))
        target[key if isinstance(key, str) else draw(st.sampled_from(NAMES))] = value
        if draw(st.booleans()) and isinstance(parent, dict) and "id" in parent:
            target["id"] = copy.deepcopy(parent["id"])  # it may hold the target


def _letter(document: Any, path: Path, draw: Draw) -> None:
    parent, key = _parent(document, path)
    value = parent[key]
    if isinstance(value, str) and value:
        index = draw(st.integers(0, len(value) - 1))
        letter = draw(
            st.sampled_from(["", "x", "А", " ", "\u200b", value[index].swapcase(), value[index] * 2])
        )
        parent[key] = value[:index] + letter + value[index + 1 :]
    else:
        _replace(document, path, draw)


MUTATIONS = [_delete, _replace, _rename, _add, _wrap, _copy, _move, _letter]


@st.composite
def mutated(draw: Draw, document: Any, most: int = 3) -> Any:
    """`document` after one to `most` of these changes."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        here = list(places(changed))
        if here:
            draw(st.sampled_from(MUTATIONS))(changed, draw(st.sampled_from(here)), draw)
    return changed


@st.composite
def mutated_bytes(draw: Draw, data: bytes, most: int = 3) -> bytes:
    """`data` with a few bytes changed, put in, taken out, doubled or swapped."""
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 1, 1, 1, 2, 20])))
        new = draw(
            st.one_of(st.binary(max_size=2), st.sampled_from([b'"', b"{}", b",", b"\\u0061", b"null"]))
        )
        data = data[:start] + draw(st.sampled_from([new, b"", data[start:end] * 2])) + data[end:]
    return data
