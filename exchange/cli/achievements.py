"""`exchange achievements …`: drafts and their publication; and what an issuer says of itself."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from exchange.adapters.catalogues.toml_files import parse_toml, read_text
from exchange.cli.files import read_file
from exchange.cli.output import Reply
from exchange.core import urls
from exchange.core.catalogues.catalogue_text import badge_text
from exchange.core.catalogues.skills import find_skills
from exchange.core.dates import format_date
from exchange.errors import ConflictError, InputError
from exchange.flows.issuers import drafts as flow
from exchange.flows.issuers.describe import MEMBERS, NewPicture
from exchange.flows.issuers.describe import create as create_issuer
from exchange.flows.issuers.describe import describe as describe_issuer
from exchange.flows.issuers.export import export_badge
from exchange.flows.issuers.prove import prove as prove_domain
from exchange.flows.issuers.publish import publish as publish_draft
from exchange.flows.issuers.publish import retire as retire_badge
from exchange.flows.issuers.records import AchievementDraft
from exchange.flows.ports import Ports
from exchange.flows.records import Issuer
from exchange.settings import Settings

_DID = {"create": "published", "update": "published", "return": "brought back", "keep": "unchanged"}


async def achievements(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange achievements ACTION …`"""
    return await _ACTIONS[args.action](ports, args)


async def create(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange issuers create SLUG --name … --description …`"""
    said = {name: getattr(args, name) for name in MEMBERS if getattr(args, name)}
    return _issuer("made", await create_issuer(ports, args.issuer, said))


async def describe(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange issuers describe ISSUER …`: what is not named stays."""
    said = {name: getattr(args, name) for name in MEMBERS if getattr(args, name) is not None}
    raster = await asyncio.to_thread(read_file, str(args.picture)) if args.picture else None
    picture = NewPicture(raster, args.alt, args.no_picture)
    return _issuer("changed", await describe_issuer(ports, args.issuer, said, picture))


async def prove(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange issuers prove ISSUER`: status 1 when the domain does not say so."""
    proof = await prove_domain(ports, args.issuer)
    said = f"{proof.domain}: {'verified, at ' + proof.way if proof.holds else proof.problem}"
    value = {**asdict(proof), "checked_at": format_date(proof.checked_at), "verified": proof.holds}
    return Reply(value, [("ok" if proof.holds else "error", said)], status=0 if proof.holds else 1)


async def _list(ports: Ports, args: Namespace) -> Reply:
    drafts = await flow.drafts(ports, args.issuer)
    known = await ports.store.achievements(args.issuer, retired=True)
    value = {
        "achievements": [
            {"badge": one.slug, "version": one.version, "retired": one.retired_at is not None}
            for one in known
        ],
        "drafts": [{"badge": one.slug, "revision": one.revision} for one in drafts],
    }
    lines = [
        ("", f"{args.issuer}/{one.slug}@{one.version}{' (awarded no more)' if one.retired_at else ''}")
        for one in known
    ]
    return Reply(value, [*lines, *(("", f"{args.issuer}/{one.slug} (draft)") for one in drafts)])


async def _templates(ports: Ports, args: Namespace) -> Reply:
    found = await flow.templates(ports)
    listed = [{"start": one.name, "name": one.badge.name} for one in found]
    return Reply({"templates": listed}, [("", f"{one['start']}  {one['name']}") for one in listed])


async def _skills(ports: Ports, args: Namespace) -> Reply:
    found = find_skills(await asyncio.to_thread(ports.skills), " ".join(args.words))
    lines = [
        ("", f"{one.name} ({' '.join(filter(None, (one.framework, one.code)))})  {one.url}") for one in found
    ]
    return Reply({"skills": [one.to_table() for one in found]}, lines or [("", "Nothing has these words.")])


async def _begin(ports: Ports, args: Namespace) -> Reply:
    issuer, badge = args.badge
    return await _shown(ports, await flow.begin(ports, issuer, badge, args.name, args.start))


async def _show(ports: Ports, args: Namespace) -> Reply:
    return await _shown(ports, await flow.find_draft(ports, *args.badge))


async def _save(ports: Ports, args: Namespace) -> Reply:
    (issuer, badge), name = args.badge, args.file.name
    tables, faults = parse_toml({name: await asyncio.to_thread(read_text, args.file, "badge_malformed")})
    for file, line, message in faults:
        raise InputError("badge_malformed", f"{file}:{line}: {message}")
    table = tables[name]
    draft = await flow.save(ports, issuer, badge, {**dict.fromkeys(flow.MEMBERS), **table})
    image = table.get("image")
    if isinstance(image, dict) and "file" in image:
        images = args.file.resolve().parent.parent / "images"
        files = [str(image.get(member, "")) for member in ("file", "svg")]
        raster, svg = [
            await asyncio.to_thread(read_file, str(images / file)) if file else None for file in files
        ]
        alt = str(image.get("alt", ""))
        draft = await flow.give_picture(ports, issuer, badge, raster or b"", svg, alt)
    return await _shown(ports, draft)


async def _publish(ports: Ports, args: Namespace) -> Reply:
    done = await publish_draft(ports, *args.badge)
    made = done.achievement
    id = urls.achievement(ports.base_url, made.issuer, made.slug, made.version)
    value = {"act": done.act, "id": id, "version": made.version}
    return Reply(value, [("", f"{_DID[done.act]} {made.issuer}/{made.slug}@{made.version}"), ("", f"  {id}")])


async def _discard(ports: Ports, args: Namespace) -> Reply:
    await flow.discard(ports, *args.badge)
    name = "/".join(args.badge)
    return Reply({"badge": name}, [("", f"discarded the draft {name}")])


async def _retire(ports: Ports, args: Namespace) -> Reply:
    await retire_badge(ports, *args.badge)
    name = "/".join(args.badge)
    return Reply({"badge": name}, [("", f"retired {name}: nothing more is awarded from it")])


async def _export(ports: Ports, args: Namespace) -> Reply:
    files = await export_badge(ports, *args.badge)
    places = {args.folder / name: body for name, body in files.items()}
    await asyncio.to_thread(_write, places)
    return Reply({"files": [str(place) for place in places]}, [("", str(place)) for place in places])


def _write(places: dict[Any, bytes]) -> None:
    """All of them or none; what a person wrote is never replaced."""
    for place in places:
        if place.exists():
            raise ConflictError("file_exists", f"{place} is there already; name a folder where it is not.")
    for place, body in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)


async def _shown(ports: Ports, draft: AchievementDraft) -> Reply:
    view = await flow.view(ports, draft.issuer, draft.slug)
    lines = [("", line) for line in _text(view.table).splitlines()]
    lines += [
        ("warning", f"{fault.message} ({fault.at})" if fault.at else fault.message) for fault in view.faults
    ]
    faults = [{"code": one.code, "message": one.message, "at": one.at} for one in view.faults]
    place = f"{draft.issuer}/{draft.slug}"
    return Reply(
        {"badge": place, "revision": draft.revision, "table": view.table, "faults": faults},
        [("", f"# draft {place}, revision {draft.revision}"), *lines],
    )


def _text(table: dict[str, Any]) -> str:
    """As its file; what no badge's file has can be in a draft, and is shown as JSON."""
    try:
        return badge_text(table)
    except ValueError:
        return json.dumps(table, indent=2, ensure_ascii=False)


def _issuer(did: str, row: Issuer) -> Reply:
    value = {"issuer": row.slug, "id": row.did, "profile": row.profile}
    said = json.dumps(row.profile, ensure_ascii=False)
    return Reply(value, [("", f"{did} {row.slug} ({row.did})"), ("", said)])


_ACTIONS: dict[str, Callable[[Ports, Namespace], Awaitable[Reply]]] = {
    "list": _list,
    "templates": _templates,
    "skills": _skills,
    "begin": _begin,
    "show": _show,
    "save": _save,
    "publish": _publish,
    "discard": _discard,
    "retire": _retire,
    "export": _export,
}
