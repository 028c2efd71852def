"""Catalogues: badges as code. What an issuer wrote in its TOML files, judged, and made into achievements.

A catalogue is three kinds of tables: `issuer.toml` (who issues), `policy.toml` (what holds for every badge
that does not say otherwise) and one `badges/<slug>.toml` for each badge. Their forms are in `schemas/`.
`catalogue_text` is the way back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from exchange.core.catalogues.design import Design
from exchange.core.catalogues.picture import Given, Look, Picture, read_image_table
from exchange.core.credentials.achievement import (
    Achievement,
    Alignment,
    Criteria,
    Related,
    ResultDescription,
    RubricCriterionLevel,
)
from exchange.core.credentials.nouns import JsonObject, fit_to_sign
from exchange.core.credentials.profile import Image, Profile
from exchange.core.credentials.schema import check_schema
from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

Table = Mapping[str, Any]

OF_ISSUER = ""
"""Where the slug of a badge stands otherwise: the picture of the issuer itself."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BADGE = re.compile(r"badges/(.+)\.toml")


@dataclass(frozen=True, slots=True)
class CatalogueLevel:
    """One level of a rubric; levels stand from low to high."""

    key: str
    name: str
    description: str
    points: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogueResult:
    """A rubric: what was looked at, its levels, and the key of the lowest level that passes."""

    key: str
    name: str
    levels: tuple[CatalogueLevel, ...]
    required: str | None = None


@dataclass(frozen=True, slots=True)
class CatalogueBadge:
    """What can be earned, before it has a version and a URL.

    `criteria` is Markdown. `valid_days` is None for a badge that does not expire. `source` is everything that
    its file and the policy say, as JSON text, with digests for the files of a picture.
    """

    slug: str
    name: str
    description: str
    criteria: str
    look: Look
    source: str
    achievement_type: str
    tags: tuple[str, ...]
    alignments: tuple[Alignment, ...]
    results: tuple[CatalogueResult, ...]
    valid_days: int | None
    evidence_required: bool

    @property
    def digest(self) -> str:
        """The SHA-256 (hex) of the source: equal digests, equal badges."""
        return hashlib.sha256(self.source.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything one issuer offers. `profile` is its Profile as JSON, without the `id` its key gives it, and
    without `image`, the picture that it shows if it has one."""

    slug: str
    profile: JsonObject
    badges: tuple[CatalogueBadge, ...]
    image: Picture | None = None


def check_catalogue(slug: str, tables: Mapping[str, Table]) -> dict[str, list[Finding]]:
    """All that is wrong, by file name (`issuer.toml`, `badges/<slug>.toml` …); `{}` if nothing is.

    `tables` holds the parsed files by those names; `policy.toml` may be absent. `at` points into the table.
    """
    faults = {file: list(_check_file(file, plain_table(table))) for file, table in tables.items()}
    if "issuer.toml" not in tables:
        missing = f"issuers/{slug} has no issuer.toml: it says who issues."
        faults["issuer.toml"] = [Finding("issuer_file_missing", "error", missing)]
    else:
        faults["issuer.toml"] += check_slug(slug, "folder")
    return {file: found for file, found in faults.items() if found}


def build_catalogue(
    slug: str, tables: Mapping[str, Table], pictures: Mapping[str, Picture] | None = None
) -> Catalogue:
    """The catalogue that `tables` describe. `pictures` are those that are given and not drawn, by badge slug.

    InputError: catalogue_malformed for the first fault of the tables, picture_missing.
    """
    for file, findings in check_catalogue(slug, tables).items():
        raise InputError("catalogue_malformed", f"{file}: {findings[0].message}", findings[0].at)
    profile = build_profile(tables["issuer.toml"])
    policy = plain_table(tables.get("policy.toml", {}))
    badges = [
        build_badge(found[1], {**policy, **plain_table(tables[file])}, (pictures or {}).get(found[1]))
        for file in sorted(tables)
        if (found := _BADGE.fullmatch(file))
    ]
    return Catalogue(slug, profile, tuple(badges), (pictures or {}).get(OF_ISSUER))


def check_badge(slug: str, table: Table) -> list[Finding]:
    """All that is wrong with what one badge's file says; `at` points into the table."""
    return list(_check_file(f"badges/{slug}.toml", plain_table(table)))


def check_issuer(table: Table) -> list[Finding]:
    """All that is wrong with what an issuer says of itself."""
    return list(_check_file("issuer.toml", plain_table(table)))


def build_profile(table: Table) -> JsonObject:
    """The Profile of an issuer's table in which nothing is wrong, without `id` and `image`."""
    said = {name: value for name, value in plain_table(table).items() if name != "image"}
    return {name: value for name, value in Profile(id="", **said).to_json().items() if name != "id"}


def build_badge(slug: str, table: Table, picture: Picture | None = None) -> CatalogueBadge:
    """The badge of a table in which nothing is wrong; `picture` is the one it names, if it is not drawn.

    InputError("picture_missing").
    """
    return _badge(slug, fit_to_sign(plain_table(table)), picture)


def read_images(tables: Mapping[str, Table]) -> dict[str, Design | Given]:
    """What each badge says of its image, by slug, and the issuer by `OF_ISSUER`; for tables in which nothing
    is wrong."""
    return {
        OF_ISSUER if file == "issuer.toml" else file.removeprefix("badges/").removesuffix(".toml"): (
            read_image_table(plain_table(table)["image"])
        )
        for file, table in tables.items()
        if "image" in table
    }


def achievement_document(
    badge: CatalogueBadge,
    url: str,
    image_url: str,
    creator_id: str,
    version: int = 1,
    before: Related | None = None,
) -> JsonObject:
    """The Achievement as it goes into badges: `url` is its id, and the ids of its results begin with it.

    A result is `{url}#{result key}`, a level `{url}#{result key}.{level key}`. `before` is the version that
    this one follows.
    """
    achievement = Achievement(
        id=url,
        name=badge.name,
        description=badge.description,
        criteria=Criteria(narrative=badge.criteria),
        achievement_type=badge.achievement_type,
        creator=Profile(id=creator_id),
        image=Image(id=image_url, caption=badge.look.alt),
        version=str(version),
        related=(before,) if before else (),
        tag=badge.tags,
        alignment=badge.alignments,
        result_description=tuple(_describe(result, url) for result in badge.results),
    )
    document: JsonObject = fit_to_sign(achievement.to_json())
    return document


def plain_table(table: Table) -> JsonObject:
    """The table as JSON has it: the dates of TOML as text, infinities as null."""
    value: JsonObject = msgspec.json.decode(msgspec.json.encode(table))
    return value


def _check_file(file: str, table: JsonObject) -> Iterator[Finding]:
    badge = _BADGE.fullmatch(file)
    yield from check_schema(table, "badge_file" if badge else f"{file.removesuffix('.toml')}_file")
    if badge:
        yield from check_slug(badge[1], "file")
    try:
        fit_to_sign(table)
    except InputError as error:
        yield Finding(error.code, "error", error.message, error.at)
    if isinstance(table.get("image"), dict):
        try:
            image = read_image_table(table["image"])
            if not badge and not isinstance(image, Given):
                said = "An issuer's picture is not drawn: name the file it is in, by `file`."
                yield Finding("picture_file", "error", said, "/image")
        except InputError as error:
            yield Finding(error.code, "error", error.message, f"/image/{error.at}")
    if isinstance(table.get("results"), list):
        yield from _check_results(table["results"])


def check_slug(slug: str, what: str) -> list[Finding]:
    """What is wrong with the name of a `what`, a folder or file."""
    if _SLUG.fullmatch(slug) and len(slug) <= 64:
        return []
    said = (
        f"The {what} name {slug!r:.80} becomes part of a URL: use up to 64 small letters, digits and hyphens."
    )
    return [Finding("slug_malformed", "error", said)]


def _check_results(results: list[Any]) -> Iterator[Finding]:
    yield from _check_keys(results, "/results")
    for index, result in enumerate(results):
        levels = result.get("levels") if isinstance(result, dict) else None
        if not isinstance(levels, list):
            continue
        yield from _check_keys(levels, f"/results/{index}/levels")
        keys = [level.get("key") for level in levels if isinstance(level, dict)]
        if "required" in result and result["required"] not in keys:
            unknown = f"{result['required']!r:.80} is not the key of one of the levels."
            yield Finding("level_unknown", "error", unknown, f"/results/{index}/required")


def _check_keys(tables: list[Any], at: str) -> Iterator[Finding]:
    seen = set()
    for index, table in enumerate(tables):
        key = table.get("key") if isinstance(table, dict) else None
        if isinstance(key, str):
            if key in seen:
                yield Finding(
                    "key_twice", "error", f"The key {key!r:.80} is used twice.", f"{at}/{index}/key"
                )
            seen.add(key)


def _badge(slug: str, said: JsonObject, picture: Picture | None) -> CatalogueBadge:
    described = read_image_table(said["image"])
    look: Look
    if not isinstance(described, Given):
        look = described
    elif picture is not None:
        look, said = picture, {**said, "image": picture.to_source()}
    else:
        missing = f"{slug} names the picture {described.file}, which was not given."
        raise InputError("picture_missing", missing)
    return CatalogueBadge(
        slug=slug,
        name=said["name"],
        description=said["description"],
        criteria=said["criteria"].strip(),
        look=look,
        source=msgspec.json.encode(said, order="deterministic").decode(),
        achievement_type=said.get("achievement_type", "MicroCredential"),
        tags=tuple(said.get("tags", ())),
        alignments=tuple(_align(table) for table in said.get("alignments", ())),
        results=tuple(_result(table) for table in said.get("results", ())),
        valid_days=said.get("valid_days"),
        evidence_required=said.get("evidence_required", False),
    )


def _align(said: Table) -> Alignment:
    return Alignment(
        target_name=said["name"],
        target_url=said["url"],
        target_type=said.get("type"),
        target_framework=said.get("framework"),
        target_code=said.get("code"),
        target_description=said.get("description"),
    )


def _result(said: Table) -> CatalogueResult:
    levels = tuple(CatalogueLevel(**level) for level in said["levels"])
    return CatalogueResult(said["key"], said["name"], levels, said.get("required"))


def _describe(result: CatalogueResult, url: str) -> ResultDescription:
    place = f"{url}#{result.key}"
    return ResultDescription(
        id=place,
        name=result.name,
        result_type="RubricCriterionLevel",
        required_level=f"{place}.{result.required}" if result.required else None,
        rubric_criterion_level=tuple(
            RubricCriterionLevel(
                id=f"{place}.{level.key}",
                name=level.name,
                description=level.description,
                points=level.points,
            )
            for level in result.levels
        ),
    )
