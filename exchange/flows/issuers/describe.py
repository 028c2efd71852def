"""Describe: what an issuer says of itself, as its readers see it, and the picture it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from exchange.core.catalogues.catalogue import build_profile, check_issuer, check_slug
from exchange.core.catalogues.design import verify_text
from exchange.errors import ConflictError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.issuers import issuer, put_issuer, shown
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Issuer

MEMBERS = ("name", "description", "url", "email")


@dataclass(frozen=True, slots=True)
class NewPicture:
    """What the picture is to be: `raster` a PNG, JPEG or WebP, or None for the one that is there; `alt` says
    it in words; `remove` takes it away."""

    raster: bytes | None = None
    alt: str = ""
    remove: bool = False


async def describe(
    ports: Ports, slug: str, said: Mapping[str, str], picture: NewPicture | None = None
) -> Issuer:
    """The issuer with what is `said` of it (members of `MEMBERS`; `""` takes one back) and shown.

    What is not said stays, and badges that were awarded keep what they say. NotFoundError("unknown_issuer");
    InputError for what is wrong, its `at` being a member, `picture` or `alt`.
    """
    row = await issuer(ports, slug)
    check(ports, "design", slug)
    await check_writable(ports)
    table = {name: row.profile[name] for name in MEMBERS if name in row.profile}
    profile = _profile({**table, **said})
    image = await _image(ports, row, str(profile["name"]), picture or NewPicture())
    return await put_issuer(ports, slug, {**profile, **image}, "desk")


async def create(ports: Ports, slug: str, said: Mapping[str, str]) -> Issuer:
    """A new issuer with a key of its own. InputError("slug_malformed") and as `describe`;
    ConflictError("issuer_exists")."""
    check(ports, "issuers", slug)
    await check_writable(ports)
    for fault in check_slug(slug, "issuer"):
        raise InputError(fault.code, fault.message, "slug")
    if await ports.store.issuer(slug) is not None:
        raise ConflictError("issuer_exists", f"There is an issuer {slug} already; choose another short name.")
    return await put_issuer(ports, slug, _profile(said), "desk")


def _profile(said: Mapping[str, object]) -> dict[str, object]:
    table = {name: said[name] for name in MEMBERS if said.get(name)}
    for fault in check_issuer(table):
        at = fault.at.strip("/") or next((name for name in ("name", "description") if name not in table), "")
        raise InputError(fault.code, fault.message, at)
    return build_profile(table)


async def _image(ports: Ports, row: Issuer, name: str, picture: NewPicture) -> dict[str, object]:
    known = row.profile.get("image")
    if picture.raster is None:
        if picture.remove or not isinstance(known, dict):
            return {}
        if picture.alt:
            verify_text("alt", picture.alt)
        return {"image": {**known, **({"caption": picture.alt} if picture.alt else {})}}
    verify_text("alt", picture.alt)
    try:
        made = await asyncio.to_thread(ports.draw.given, name, picture.alt, picture.raster, None)
    except InputError as error:
        raise InputError(error.code, error.message, "picture") from error
    await ports.store.put_issuer_picture(row.slug, made.png_digest, made.png)
    return {"image": shown(ports, row.slug, made)}
