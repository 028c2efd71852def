"""Export: an issuer and what it awards, back as the files of a catalogue (badges as code)."""

from __future__ import annotations

import json
from typing import Any

from exchange.core.catalogues.catalogue_text import ISSUER_IMAGE, badge_table, badge_text, write_catalogue
from exchange.errors import ConflictError
from exchange.flows.badges.show import newest
from exchange.flows.issuers.issuers import issuer
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement

_NOTE = (
    "# Written by `exchange issuers export`. Change it, and `exchange issuers sync` brings the change in.\n"
)


async def export(ports: Ports, slug: str) -> dict[str, bytes]:
    """The files of the issuer's catalogue, by their names in its folder; to sync them changes nothing.

    They hold the newest version of every badge that can be awarded. Comments and the layout of the files that
    were synced once are not on record. NotFoundError("unknown_issuer"); ConflictError("source_missing") for
    badges that a program without export made.
    """
    row = await issuer(ports, slug)
    found = await ports.store.achievements(slug)
    if older := [one.slug for one in found if not one.source]:
        said = (
            f"What the catalogue of {slug} said of {', '.join(older)} is not on record: an older program "
            "brought it in. Run `exchange issuers sync` on its folder once, then export."
        )
        raise ConflictError("source_missing", said)
    sources = {one.slug: json.loads(one.source) for one in found}
    texts = write_catalogue(row.profile, sources)
    files = {name: (_NOTE + text).encode() for name, text in texts.items()}
    for one in found:
        files |= _pictures(one, sources[one.slug])
    if isinstance(image := row.profile.get("image"), dict):
        digest = str(image["id"]).rpartition("/")[2].removesuffix(".png")
        files[f"images/{ISSUER_IMAGE}"] = await ports.store.issuer_picture(slug, digest) or b""
    return files


async def export_badge(ports: Ports, slug: str, name: str) -> dict[str, bytes]:
    """The files of one achievement, its newest version, by their names in the folder of a catalogue.

    NotFoundError("unknown_achievement"), ConflictError("source_missing").
    """
    one = await newest(ports, slug, name)
    if not one.source:
        said = (
            f"What the catalogue of {slug} said of {name} is not on record: an older program brought it in."
        )
        raise ConflictError("source_missing", f"{said} Run `exchange issuers sync` on its folder once.")
    source = json.loads(one.source)
    return {f"badges/{name}.toml": badge_text(badge_table(name, source)).encode(), **_pictures(one, source)}


def _pictures(one: Achievement, source: dict[str, Any]) -> dict[str, bytes]:
    """The files of a picture that was given; none of one that is drawn."""
    given = {"png_digest": ("png", one.image), "svg_digest": ("svg", one.svg)}
    return {
        f"images/{one.slug}.{kind}": body
        for member, (kind, body) in given.items()
        if member in source["image"]
    }
