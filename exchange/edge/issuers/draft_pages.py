"""One draft at the desk: its steps, its picture, how it will be seen, and publishing it. Plain forms.

Mounted by `achievements.build_designs`, behind its guards.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.catalogues.design import Design
from exchange.core.catalogues.difference import differences
from exchange.core.catalogues.skills import find_skills
from exchange.edge.badges.cards import read_card, read_identity
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.once import once_in
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.issuers import design_forms as forms
from exchange.edge.issuers.design_words import glyphs, shapes
from exchange.edge.issuers.desk_frame import desk_page
from exchange.edge.issuers.profile import MAX_PICTURE, file_of
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.issuers import drafts as flow
from exchange.flows.issuers.drafts import DraftView
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.issuers.publish import preview, publish
from exchange.flows.issuers.records import AchievementDraft
from exchange.flows.ports import Ports
from exchange.languages import gettext

PREVIEWS = ("earner", "verifier", "embed")


@reads("/desk/issuers/{issuer:str}/achievements/{badge:str}/draft/{step:str}")
async def step_page(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    badge: FromPath[str],
    step: FromPath[str],
) -> Response[bytes]:
    """One step of the editor."""
    return await _step(request, site, ports, await flow.view(ports, issuer, badge), step)


@post(
    "/desk/issuers/{issuer:str}/achievements/{badge:str}/draft/{step:str}",
    status_code=303,
    request_max_body_size=500_000,
)
async def step_form(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    badge: FromPath[str],
    step: FromPath[str],
) -> Response[bytes]:
    """Save that step, and go on to the next one unless something in this one needs another look."""
    _check_step(step)
    view, changes = await flow.view(ports, issuer, badge), {}
    try:
        fields, _ = await read_form(request)
        changes = forms.read_step(step, fields, view.table)
        await flow.save(ports, issuer, badge, changes, _revision(fields))
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _step(request, site, ports, _typed(view, changes), step, error)
    saved = await flow.view(ports, issuer, badge)
    stays = step == "skills" or _faults(saved, step)
    place = f"draft/{step}?done=saved" if stays else _after(step)
    return see_other(f"{base_of(issuer, badge)}/{place}")


@post(
    "/desk/issuers/{issuer:str}/achievements/{badge:str}/upload",
    status_code=303,
    request_max_body_size=2 * MAX_PICTURE,
)
async def upload_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Take a picture that was made elsewhere."""
    view = await flow.view(ports, issuer, badge)
    fields: dict[str, str] = {}
    try:
        fields, files = await read_form(request)
        raster, svg = await file_of(files, "file"), await file_of(files, "svg")
        if raster is None:
            raise InputError("picture_missing", "Choose a PNG, JPEG or WebP.", "file")
        alt, revision = fields.get("given_alt", ""), _revision(fields)
        await flow.give_picture(ports, issuer, badge, raster, svg, alt, revision)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        error.at = "given_alt" if error.at == "alt" else error.at
        given_alt = fields.get("given_alt", "")
        return await _step(request, site, ports, view, "picture", error, given_alt=given_alt)
    return see_other(f"{base_of(issuer, badge)}/{_after('picture')}")


@reads("/desk/issuers/{issuer:str}/achievements/{badge:str}/picture.svg")
async def picture(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """How a draft looks; with the fields of the designer in the query, how it would look. InputError for a
    design that cannot be drawn."""
    view, query = await flow.view(ports, issuer, badge), dict(request.query_params)
    if "title" in query:
        design = Design.from_toml({"alt": "…", **forms.read_design(query)})
        for fault in ports.draw.uncovered(design):
            raise fault
        body, media_type = ports.draw.svg(design), "image/svg+xml"
    elif view.draft.image:
        body, media_type = view.draft.image, "image/png"
    else:
        body, media_type = ports.draw.svg(_design(view)), "image/svg+xml"
    headers = {"content-security-policy": PICTURE_POLICY}
    return reply(request, body, media_type, cache="no-store", headers=headers)


@reads("/desk/issuers/{issuer:str}/achievements/{badge:str}/preview")
async def preview_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """The draft as it will be seen, `?as=` by whom, and what publishing it changes."""
    return await _preview(request, site, ports, issuer, badge)


@post(
    "/desk/issuers/{issuer:str}/achievements/{badge:str}/publish",
    status_code=303,
    request_max_body_size=20_000,
)
async def publish_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Make the draft a version."""
    try:
        fields, _ = await read_form(request)
        once = once_in(request, fields, ports)
        done = await publish(ports, issuer, badge, _revision(fields), once)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _preview(request, site, ports, issuer, badge, error)
    word = "kept" if done.act == "keep" else "published"
    return see_other(f"/desk/issuers/{issuer}/achievements?done={word}")


async def _step(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    view: DraftView,
    step: str,
    error: ExchangeError | None = None,
    **more: Any,
) -> Response[bytes]:
    _check_step(step)
    return await desk_page(
        request,
        site,
        ports,
        view.draft.issuer,
        f"design/{step}.html",
        error,
        **_frame(view, step),
        faults=_faults(view, step) if view.draft.revision > 1 and not error else [],
        **(await _fields(request, ports, view, step)),
        **{"given_alt": "", **more},
    )


async def _fields(request: AnyRequest, ports: Ports, view: DraftView, step: str) -> dict[str, Any]:
    """What the page of a step needs beside its frame."""
    table = view.table
    if step == "words":
        types = {**forms.TYPES, **{kind: kind for kind in [table.get("achievement_type")] if kind}}
        types = {kind: gettext(forms.TYPES[kind]) if kind in forms.TYPES else kind for kind in types}
        return {"fields": forms.words_of(table), "types": list(types.items())}
    if step == "picture":
        fields = forms.picture_of(table)
        inks = {**forms.INKS, **({} if fields["ink"] in forms.INKS else {fields["ink"]: fields["ink"]})}
        return {
            "fields": fields,
            "glyphs": glyphs(),
            "shapes": shapes(),
            "inks": [(ink, gettext(word) if ink in forms.INKS else ink) for ink, word in inks.items()],
            "given": bool(view.draft.image),
            "drawn": await asyncio.to_thread(_drawn, ports, view),
        }
    if step == "skills":
        asked = request.query_params.get("q", "")[:100]
        listed = [forms.shown_of(one, forms.SKILL) for one in forms.tables_of(table, "alignments")]
        return {
            "alignments": listed,
            "asked": asked,
            "found": find_skills(await asyncio.to_thread(ports.skills), asked),
            "urls_there": {one["url"] for one in listed},
        }
    return {"results": forms.results_of(table)}


async def _preview(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    name: str,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    view = await flow.view(ports, slug, name)
    seen = request.query_params.get("as", "")
    context: dict[str, Any] = {"seen": seen if seen in PREVIEWS else PREVIEWS[0], "made": None}
    if not view.faults:
        made = await preview(ports, slug, name)
        row = await find_issuer(ports, slug)
        known = view.known.source if view.known else ""
        found = differences(json.loads(known), json.loads(made.source)) if known else []
        document = {"issuer": {"id": row.did, **row.profile}}
        context |= {
            "made": made,
            "card": read_card({**document, "credentialSubject": {"achievement": made.document}}, ""),
            "identity": read_identity(document["issuer"]),
            "changes": [one.at for one in found],
            "again": view.known is not None and view.known.digest == made.digest,
            "address": urls.achievement(ports.base_url, slug, name, made.version),
            "today": ports.now(),
        }
    faults = [(one, forms.step_of(one.at)) for one in view.faults]
    frame = _frame(view, "preview")
    page = "design/preview.html"
    return await desk_page(request, site, ports, slug, page, error, **frame, faults=faults, **context)


def _frame(view: DraftView, here: str) -> dict[str, Any]:
    base = base_of(view.draft.issuer, view.draft.slug)
    steps = [(f"{base}/draft/{step}", gettext(word), "") for step, word in forms.STEPS.items()]
    return {
        "draft": view.draft,
        "title": name_of(view.draft),
        "said": forms.said,
        "base": base,
        "steps": [*steps, (f"{base}/preview", gettext("Preview and publish"), "")],
        "here": f"{base}/preview" if here == "preview" else f"{base}/draft/{here}",
        "known": view.known,
    }


def name_of(draft: AchievementDraft) -> str:
    """What a draft is called, as far as it has a name yet."""
    name = json.loads(draft.source).get("name")
    return name if isinstance(name, str) and name.strip() else draft.slug


def _faults(view: DraftView, step: str) -> list[Any]:
    return [one for one in view.faults if forms.step_of(one.at) == step]


def _typed(view: DraftView, changes: dict[str, Any]) -> DraftView:
    """The draft as it would be with what was typed, so that a form which was refused loses nothing."""
    table = {name: value for name, value in {**view.table, **changes}.items() if value is not None}
    return DraftView(view.draft, table, view.faults, view.known)


def _drawn(ports: Ports, view: DraftView) -> bool:
    """Whether there is a picture to be seen."""
    try:
        return bool(view.draft.image or _design(view))
    except InputError:
        return False


def _design(view: DraftView) -> Design:
    image = view.table.get("image")
    return Design.from_toml(image if isinstance(image, dict) else {})


def _after(step: str) -> str:
    names = [*forms.STEPS]
    at = names.index(step) + 1
    return f"draft/{names[at]}?done=saved" if at < len(names) else "preview?done=saved"


def base_of(issuer: str, badge: str) -> str:
    return f"/desk/issuers/{issuer}/achievements/{badge}"


def _revision(fields: dict[str, str]) -> int | None:
    text = fields.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _check_step(step: str) -> None:
    if step not in forms.STEPS:
        raise NotFoundError("unknown_step", f"The steps of a draft are {', '.join(forms.STEPS)}.")
