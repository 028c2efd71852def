"""Badges in series: what all badges of one achievement have in common is made, and canonicalised, once.

A `Series` writes what `build_badge` builds. It keeps one document for each structure (evidence or none, a
narrative or none …) and puts into it what makes a badge another badge: some dozen texts. Nothing is copied,
and the constant parts stay in the processor's caches; the RDF of the rest is in a template, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.core.canonical.template import Template
from exchange.core.credentials.credential import BadgeMould
from exchange.core.credentials.identity import hash_identity
from exchange.core.credentials.nouns import fit_to_sign, moment
from exchange.core.credentials.plain import is_plain
from exchange.errors import InputError

_MOST = 32
"""Structures that are remembered; the rarest way to write a badge does not push out the usual ones."""


@dataclass(frozen=True, slots=True)
class Status:
    """One status entry: its purpose, the URL of its list, its index."""

    purpose: str
    url: str
    index: int


@dataclass(slots=True)
class _Structure:
    """A document, the places where others differ, in a fixed order, and its template once one is wanted."""

    document: dict[str, Any]
    pointers: tuple[str, ...]
    places: list[tuple[Any, Any]]
    plain: bool
    template: Template | None = None


class Series:
    """The badges of one issuer and achievement. One thread at a time."""

    def __init__(self, issuer: Mapping[str, Any], achievement: Mapping[str, Any]) -> None:
        self._mould = BadgeMould(issuer, achievement)
        self._known: dict[object, _Structure] = {}
        self._now: tuple[_Structure, object] | None = None

    def write(
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
    ) -> dict[str, Any]:
        """The next badge, as `build_badge`; good until the next call, and not to be changed."""
        hashed, mailed = recipient != subject_id, recipient.startswith("mailto:")
        purposes = tuple(entry.purpose for entry in status)
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
            self._now = known, kind
            return document
        values = [id, moment(valid_from, "/validFrom")]
        if valid_until is not None:
            values.append(moment(valid_until, "/validUntil"))
        values.append(subject_id)
        if narrative:
            values.append(narrative)
        if hashed:
            values += [hash_identity(recipient.removeprefix("mailto:"), salt), salt]
        values += evidence
        for entry in status:
            values += [f"{entry.url}#{entry.index}", str(entry.index), entry.url]
        for (holder, name), value, pointer in zip(known.places, values, known.pointers, strict=True):
            if not value.isprintable():
                _check(value, pointer)
            holder[name] = value
        self._now = known, kind
        return known.document

    @property
    def kind(self) -> object:
        """What all badges of the structure of the last one have in common."""
        return self._structure[1]

    @property
    def plain(self) -> bool:
        """Whether the last one is known to be written alike by all of JSON (see `jcs.canonicalize`)."""
        return self._structure[0].plain

    def canonize(self) -> bytes:
        """The canonical N-Quads of the last one. Raises as `rdf.canonize`."""
        known, _ = self._structure
        if known.template is None:
            known.template = Template.of(known.document, known.pointers)
        values = [holder[name] for holder, name in known.places]
        return known.template.fill(values, known.document)

    @property
    def _structure(self) -> tuple[_Structure, object]:
        if self._now is None:
            raise InputError("no_badge", "Nothing was written in this series yet.")
        return self._now


def _check(value: str, pointer: str) -> None:
    try:
        fit_to_sign(value)
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
