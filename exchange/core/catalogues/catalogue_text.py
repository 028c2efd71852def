"""The way back: what is on record of an issuer, written as the files of a catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from exchange.core.catalogues.toml_text import write_toml
from exchange.core.credentials.nouns import JsonObject

Table = Mapping[str, Any]

ISSUER_IMAGE = "issuer_image.png"
"""The picture of an issuer, among those of its badges: no badge's slug has such a name."""

_POLICY = ("valid_days", "evidence_required")
_ORDER = (
    *("key", "name", "url", "email", "framework", "code", "type", "description", "points"),
    *("achievement_type", "tags", "valid_days", "evidence_required", "criteria", "required"),
    *("file", "svg", "glyph", "title", "subtitle", "shape", "background", "accent", "ink", "alt"),
    *("image", "alignments", "results", "levels"),
)
"""Members in the order in which a person reads them; one list serves tables of every kind."""


def write_catalogue(profile: Table, sources: Mapping[str, Table]) -> dict[str, str]:
    """The texts of the TOML files, by name, from which `build_catalogue` makes this profile and these badges.

    `sources` are those of the badges, by slug. The picture of a badge that is not drawn is expected as
    `images/<slug>.png`, and as `.svg` where one was given.
    """
    return {file: write_toml(_ordered(table)) for file, table in catalogue_tables(profile, sources).items()}


def catalogue_tables(profile: Table, sources: Mapping[str, Table]) -> dict[str, JsonObject]:
    """The same as tables. What most badges say of validity and evidence stands in the policy."""
    policy = _policy(sources)
    issuer = {name: profile[name] for name in profile if name not in ("id", "type")}
    if "image" in issuer:
        issuer["image"] = {"file": ISSUER_IMAGE, "alt": issuer["image"]["caption"]}
    tables = {"issuer.toml": issuer}
    if policy:
        tables["policy.toml"] = policy
    for slug, source in sources.items():
        own = {name: source[name] for name in source if name not in policy or policy[name] != source[name]}
        tables[f"badges/{slug}.toml"] = {**own, "image": image_table(slug, source["image"])}
    return tables


def badge_table(slug: str, source: Table) -> JsonObject:
    """What the file of one badge says that stands for itself, without a policy."""
    return {**source, "image": image_table(slug, source["image"])}


def badge_text(table: Table) -> str:
    """The text of a badge's file."""
    return write_toml(_ordered(table))


def _policy(sources: Mapping[str, Table]) -> JsonObject:
    """What may move into the policy: only what every badge says, for none can take back a policy's word."""
    policy: JsonObject = {}
    for name in _POLICY:
        said = [source[name] for source in sources.values() if name in source]
        if said and len(said) == len(sources):
            policy[name] = Counter(said).most_common(1)[0][0]
    return policy


def image_table(slug: str, image: Table) -> JsonObject:
    """The `[image]` table of a source; what was digests are names of files again."""
    if "png_digest" not in image:
        return dict(image)
    svg = {"svg": f"{slug}.svg"} if "svg_digest" in image else {}
    return {"file": f"{slug}.png", **svg, "alt": image["alt"]}


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value, key=_ORDER.index)}
    return value
