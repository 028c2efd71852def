"""Badges in series: what all badges of one achievement have in common is made, and canonicalised, once.

A `Series` writes what `build_badge` builds, and prepares it for its proof. It keeps one document for each
structure (evidence or none, a narrative or none …), and what makes a badge another badge: some dozen texts.
Once a badge of a structure has been found good, another one is what that became with other texts in it, if
these are of the plainest form (`_plain_…`): nothing in them is escaped, and our schema takes them wherever it
took others. Whatever is not so plain is written as a document and goes the way of every document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.template import Template
from exchange.core.credentials.credential import BadgeMould
from exchange.core.credentials.identity import hash_identity
from exchange.core.credentials.nouns import fit_to_sign, moment
from exchange.core.credentials.plain import is_plain
from exchange.core.dates import format_date
from exchange.core.proofs import Prepared
from exchange.core.proofs.alike import Mould, mould_of
from exchange.errors import InputError

_MOST = 32
"""Structures that are remembered; the rarest way to write a badge does not push out the usual ones."""


class Status(msgspec.Struct, frozen=True):
    """One status entry: its purpose, the URL of its list, its index."""

    purpose: str
    url: str
    index: int


_WEB = r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]{1,4})?(?:/[A-Za-z0-9._~/-]*)?"
_IRI = (
    rf"(?:{_WEB}(?:\?[A-Za-z0-9._~=&-]*)?(?:#[A-Za-z0-9._~-]*)?"
    r"|urn:uuid:[0-9a-f-]{36}|did:[a-z0-9]+:[A-Za-z0-9._:-]*[A-Za-z0-9])"
)
_plain_words = re.compile(r'[^\x00-\x1f"\\\x7f-\x9f\ud800-\udfff]*').fullmatch
_plain_own = re.compile(rf"{_IRI}\n{_IRI}\n[A-Za-z0-9_-]+\n[1-9][0-9]{{3}}-[^\n]*").fullmatch
_plain_page = lru_cache(maxsize=1024)(re.compile(_WEB).fullmatch)
_plain_iri = lru_cache(maxsize=1024)(re.compile(_IRI).fullmatch)


@dataclass(slots=True)
class _Structure:
    """A document and the places where others differ, in a fixed order.

    `plain`: it is written alike by all of JSON. `moulds`: what became of those that were found good, by proof
    and method.
    """

    document: dict[str, Any]
    pointers: tuple[str, ...]
    places: list[tuple[Any, Any]]
    plain: bool
    template: Template | None = None
    moulds: dict[tuple[str, str], Mould] = field(default_factory=dict)


class _Badge(msgspec.Struct, frozen=True):
    """The last one: its structure, what that is known by, and its texts, which `fit` or not."""

    structure: _Structure
    kind: object
    texts: list[str]
    fits: bool


class Series:
    """The badges of one issuer and achievement. One thread at a time."""

    def __init__(self, issuer: Mapping[str, Any], achievement: Mapping[str, Any]) -> None:
        self._mould = BadgeMould(issuer, achievement)
        self._known: dict[object, _Structure] = {}
        self._now: _Badge | None = None

    def say(
        self,
        *,
        id: str,
        recipient: str,
        subject_id: str,
        salt: str,
        valid_from: datetime,
        valid_until: datetime | None,
        narrative: str,
        evidence: Sequence[str],
        status: Sequence[Status],
    ) -> None:
        """The next badge, of which all else then speaks. Refused as by `build_badge`."""
        hashed, mailed = recipient != subject_id, recipient.startswith("mailto:")
        purposes = tuple([entry.purpose for entry in status])
        kind = (hashed, mailed, valid_until is not None, narrative != "", len(evidence), purposes)
        known = self._known.get(kind)
        if known is None or (valid_until is not None and valid_until < valid_from):
            entries = [(entry.purpose, entry.index, entry.url) for entry in status]
            document = self._mould.build(
                id=id,
                recipient=recipient,
                subject_id=subject_id,
                salt=salt,
                valid_from=valid_from,
                valid_until=valid_until,
                narrative=narrative,
                evidence=evidence,
                status=entries,
            )
            known = _structure(document)
            if len(self._known) < _MOST:
                self._known[kind] = known
            self._now = _Badge(known, kind, [holder[name] for holder, name in known.places], False)
            return
        texts = [id, moment(valid_from, "/validFrom")]
        if valid_until is not None:
            texts.append(moment(valid_until, "/validUntil"))
        texts.append(subject_id)
        if narrative:
            texts.append(narrative)
        if hashed:
            texts += [hash_identity(recipient.removeprefix("mailto:"), salt), salt]
        texts += evidence
        for entry in status:
            index = str(entry.index)
            texts += [f"{entry.url}#{index}", index, entry.url]
        fits = bool(
            _plain_own(f"{id}\n{subject_id}\n{salt}\n{texts[1]}")
            and _plain_words(narrative)
            and all(map(_plain_iri, evidence))
            and all(entry.index >= 0 and _plain_page(entry.url) for entry in status)
        )
        if not fits:
            for text, pointer in zip(texts, known.pointers, strict=True):
                _check(text, pointer)
        self._now = _Badge(known, kind, texts, fits)

    def write(self, **parts: Any) -> dict[str, Any]:
        """`say`, and the document."""
        self.say(**parts)
        return self.document()

    def document(self) -> dict[str, Any]:
        """The last badge, as `build_badge`; good until the next one, and not to be changed."""
        last = self._last
        for (holder, name), text in zip(last.structure.places, last.texts, strict=True):
            holder[name] = text
        return last.structure.document

    @property
    def kind(self) -> object:
        """What all badges of the structure of the last one have in common."""
        return self._last.kind

    @property
    def plain(self) -> bool:
        """Whether the last one is known to be written alike by all of JSON (see `jcs.canonicalize`)."""
        return self._last.structure.plain

    def canonize(self) -> bytes:
        """The canonical N-Quads of the last one. Raises as `rdf.canonize`."""
        filled = self._template().fill(self._last.texts)
        return canonize(self.document()) if filled is None else filled

    def prepared(self, proof: str, method: str, now: datetime) -> Prepared | None:
        """What is prepared of the last one; None if it has to go the way of every document."""
        last = self._last
        mould = last.structure.moulds.get((proof, method)) if last.fits else None
        if mould is None:
            return None
        quads = self._template().fill(last.texts) if proof == "eddsa-rdfc-2022" else None
        if quads is None and proof == "eddsa-rdfc-2022":
            return None
        return mould.prepare(last.texts, format_date(now), quads)

    def found_good(self, proof: str, method: str) -> None:
        """The last one was found good to be signed: so are those that differ in plain texts only."""
        known = self._last.structure
        if (proof, method) not in known.moulds and self._known.get(self._last.kind) is known:
            known.moulds[proof, method] = mould_of(self.document(), known.pointers, proof, method)

    def _template(self) -> Template:
        known = self._last.structure
        if known.template is None:
            known.template = Template.of(self.document(), known.pointers)
        return known.template

    @property
    def _last(self) -> _Badge:
        if self._now is None:
            raise InputError("no_badge", "Nothing was written in this series yet.")
        return self._now


def _check(text: str, pointer: str) -> None:
    try:
        fit_to_sign(text)
    except InputError as error:
        raise InputError(error.code, error.message, pointer) from None


def _structure(document: dict[str, Any]) -> _Structure:
    pointers = varying(document)
    places = []
    for pointer in pointers:
        holder: Any = document
        *path, name = [int(step) if step.isdecimal() else step for step in pointer.split("/")[1:]]
        for step in path:
            holder = holder[step]
        places.append((holder, name))
    return _Structure(document, pointers, places, is_plain(document))


def varying(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The places, as JSON Pointers, at which badges of one achievement differ from one another."""
    subject, status = document["credentialSubject"], document.get("credentialStatus", [])
    pointers = ["/id", *(f"/{name}" for name in ("validFrom", "validUntil") if name in document)]
    pointers += [f"/credentialSubject/{name}" for name in ("id", "narrative") if name in subject]
    if "identifier" in subject:
        pointers += [f"/credentialSubject/identifier/0/{name}" for name in ("identityHash", "salt")]
    pointers += [f"/evidence/{n}/id" for n in range(len(document.get("evidence", [])))]
    several = isinstance(status, list)
    for at in [f"/credentialStatus/{n}" for n in range(len(status))] if several else ["/credentialStatus"]:
        pointers += [f"{at}/id", f"{at}/statusListIndex", f"{at}/statusListCredential"]
    return tuple(pointers)
