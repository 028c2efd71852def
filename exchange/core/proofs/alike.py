"""Proofs in bulk: what documents that are alike have in common is written once.

Badges of one achievement differ in a few texts. A `Mould` keeps what `data_integrity.prepare` or
`jwt.prepare_jwt` makes of a sample, as JSON with gaps where others differ, in the document's order and in
the canonical one: names are sorted, not values, so a text keeps its place whatever it says. What is put into
a gap must be written alike by all of JSON, with nothing that is escaped: who fills it sees to that.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

from exchange.core.canonical import jcs
from exchange.core.proofs import Prepared, data_integrity, jwt
from exchange.core.strict_json import dump

_WORD = "urn:varying:"


class Mould(Protocol):
    """Makes, of the texts of a document in the order of `varying`, what is prepared of that document."""

    def prepare(self, texts: Sequence[str], created: str, canonical: bytes | None) -> Prepared:
        """`created`: the moment of the proof, as credentials write it; `canonical`: the document's N-Quads,
        where the proof is over these."""


def mould_of(sample: Mapping[str, Any], varying: Sequence[str], proof: str, method: str) -> Mould:
    """The mould of documents that differ from `sample` in the texts at the JSON Pointers `varying`, for an
    Ed25519 key."""
    if proof == "jwt":
        return _Token(sample, varying, method)
    return _DataIntegrity(sample, varying, proof, method)


class _DataIntegrity:
    def __init__(self, sample: Mapping[str, Any], varying: Sequence[str], suite: str, method: str) -> None:
        marked, mark = _marked(sample, varying)
        self._suite = suite
        self._proof = data_integrity.new_proof(sample, suite, method, "")
        self._context = sample["@context"]
        self._configured: tuple[str, bytes] = ("", b"")
        proof = {**self._proof, "created": f"{mark}{len(varying)}:"}
        self._unsigned = _gaps(dump({**marked, "proof": proof}), mark)
        self._text = _gaps(jcs.canonicalize(marked), mark)

    def prepare(self, texts: Sequence[str], created: str, canonical: bytes | None) -> Prepared:
        known, configured = self._configured
        if known != created:
            proof = {**self._proof, "created": created}
            configured = sha256(data_integrity.configuration(proof, self._context, self._suite)).digest()
            self._configured = created, configured
        raw = _encoded([*texts, created])
        text = self._text(raw) if canonical is None else canonical
        message = configured + sha256(text).digest()
        return Prepared(self._suite, self._unsigned(raw), message)


class _Token:
    def __init__(self, sample: Mapping[str, Any], varying: Sequence[str], kid: str) -> None:
        marked, mark = _marked(sample, varying)
        self._header = jwt.new_header("Ed25519", kid)
        dates = {"nbf": "/validFrom", "exp": "/validUntil"}
        claims = {
            "iss": jwt.expected_claims(sample)["iss"],
            "sub": marked["credentialSubject"]["id"],
            "jti": marked["id"],
            **{name: f"{mark}{n}:" for n, name in enumerate(dates, len(varying)) if dates[name] in varying},
        }
        payload = dump({**marked, **claims})
        for name in dates.keys() & claims.keys():  # a number stands without quotes
            payload = payload.replace(f'"{claims[name]}"'.encode(), claims[name].encode())
        self._dates = [varying.index(at) for at in dates.values() if at in varying]
        self._payload = _gaps(payload, mark)

    def prepare(self, texts: Sequence[str], created: str, canonical: bytes | None) -> Prepared:
        numbers = [str(jwt.seconds_of(texts[at])) for at in self._dates]
        return jwt.join_jwt(self._header, self._payload(_encoded([*texts, *numbers])))


def _marked(sample: Mapping[str, Any], varying: Sequence[str]) -> tuple[dict[str, Any], str]:
    """A copy of the sample with a mark and its number at each place, and the mark, which is nowhere else."""
    mark = _WORD
    while mark.encode() in dump(sample):
        mark = f"{mark[:-1]}x:"
    marked = copy.deepcopy(dict(sample))
    for number, pointer in enumerate(varying):
        holder: Any = marked
        *path, name = [int(step) if step.isdecimal() else step for step in pointer.split("/")[1:]]
        for step in path:
            holder = holder[step]
        holder[name] = f"{mark}{number}:"
    return marked, mark


def _encoded(texts: Sequence[str]) -> list[bytes]:
    """All of them in UTF-8 at once: none has a line end, which would be escaped."""
    return "\n".join(texts).encode().split(b"\n")


def _gaps(written: bytes, mark: str) -> Callable[[Sequence[bytes]], bytes]:
    """A function that writes this again with each mark replaced by the text of its number."""
    pieces = re.split(rf"{mark}([0-9]+):".encode(), written)
    numbers = [int(number) for number in pieces[1::2]]

    def fill(texts: Sequence[bytes]) -> bytes:
        parts = pieces.copy()
        parts[1::2] = map(texts.__getitem__, numbers)
        return b"".join(parts)

    return fill
