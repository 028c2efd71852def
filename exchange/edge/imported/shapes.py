"""The shapes of imported badges, for the API's description; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Finding, Size, Text, Time


class BringCredential(Struct, forbid_unknown_fields=True):
    """A badge, as JSON or as a JWT."""

    credential: dict[str, Any] | Annotated[str, Meta(pattern=r"\S")]


class BringUrl(Struct, forbid_unknown_fields=True):
    """Where a badge is."""

    url: Text


class ImportedIssuer(TypedDict):
    """Who issued it: by name, by id, and the domain that stands behind that, null for a key only. `known`:
    whether this exchange knows them; nothing by others is shown as plainly valid."""

    name: str
    id: str
    domain: str | None
    known: bool


class ImportedSkill(TypedDict):
    """What it is said to show; `id` is an entry of a skills list, null without one."""

    name: str
    id: str | None


class Imported(TypedDict):
    """A badge from elsewhere, as the look at `checkedAt` found it (null: none could tell). `valid` is said
    for a day at most. `recipient`: whether an address that its keeper verified shows that it is theirs;
    else it is never `valid`. `trouble`: why the look at `triedAt` could not tell."""

    id: Text
    state: Literal[
        "valid", "suspended", "revoked", "expired", "not_yet_valid", "invalid", "unknown", "withdrawn"
    ]
    since: Time | None
    checkedAt: Time | None
    triedAt: Time
    trouble: str
    recipient: Literal["yours", "unproven", "other"]
    credential: str
    achievement: str
    name: str
    description: str
    issuer: ImportedIssuer
    validFrom: Time | None
    validUntil: Time | None
    skills: list[ImportedSkill]
    findings: list[Finding]
    mediaType: Text
    size: Size
    sha256: Text
    source: str
    addedAt: Time


class ImportedList(TypedDict):
    """All of them, the newest first."""

    imported: list[Imported]
