"""Export: an issuer and what it awards, back as the files of a catalogue (badges as code)."""

from __future__ import annotations

import json

from exchange.core.catalogues.catalogue_text import write_catalogue
from exchange.errors import ConflictError
from exchange.flows.issuers.issuers import issuer
from exchange.flows.ports import Ports

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
        image = sources[one.slug]["image"]
        if "png_digest" in image:
            files[f"images/{one.slug}.png"] = one.image
        if "svg_digest" in image:
            files[f"images/{one.slug}.svg"] = one.svg
    return files
