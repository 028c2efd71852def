"""What programs may do for an editor: describe an issuer, design its achievements and publish them, as JSON.

Mounted by `achievements.build_designs`, behind its guards. A draft is the table of a badge's file
(`schemas/badge-catalogue.json`); what it still lacks is said with it.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any

import msgspec
from litestar import Response, delete, post, put
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.catalogues.skills import find_skills
from exchange.core.dates import format_date
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described, told
from exchange.edge.http.once import once_of
from exchange.edge.http.replies import AnyRequest, allows, reads, reply
from exchange.edge.issuers import shapes
from exchange.edge.issuers.exported import exported
from exchange.errors import InputError
from exchange.flows.issuers import drafts as flow
from exchange.flows.issuers.describe import MEMBERS, NewPicture, describe
from exchange.flows.issuers.drafts import DraftView
from exchange.flows.issuers.export import export_badge
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.issuers.prove import domain, prove
from exchange.flows.issuers.publish import publish, retire
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement

ABOUT = "Designing"
_REVISION = "not_a_number"
_SAVED = {404: "unknown_issuer unknown_draft", 409: "draft_changed", 503: "read_only"}
_IMAGE = "encoding_malformed image_malformed image_animated image_too_small design_text"
_PICTURE = "svg_too_complex svg_forbidden " + _IMAGE


def _operation(
    answers: Any, body: Any = None, problems: dict[int, str] | None = None, *, once: bool = False
) -> dict[str, Any]:
    found = {404: "unknown_issuer", **(problems or {})}
    return described(
        Operation(
            ABOUT,
            answers,
            found,
            body={JSON: body} if body else {},
            closed=True,
            scopes=("design",),
            once=once,
        )
    )


@reads(
    "/api/templates",
    opt=described(Operation(ABOUT, told("All of them.", shapes.TemplateList), closed=True)),
)
async def templates_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """List what a draft can begin from, beside the badges of the issuers here."""
    listed = [{"start": one.name, "name": one.badge.name} for one in await flow.templates(ports)]
    return _json(request, {"templates": listed})


@reads(
    "/api/skills",
    opt=described(
        Operation(
            ABOUT,
            told("Those that fit, at most twelve.", shapes.SkillList),
            parameters=(Parameter("q", "query", {"type": "string"}, "Words of name, framework or code."),),
            closed=True,
        )
    ),
)
async def skills_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Find skills of public frameworks that a badge may name."""
    found = find_skills(await asyncio.to_thread(ports.skills), request.query_params.get("q", "")[:200])
    return _json(request, {"skills": [one.to_table() for one in found]})


@reads("/api/issuers/{issuer:str}", opt=_operation(told("As it is now.", shapes.IssuerProfile)))
async def profile_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """What an issuer says of itself, and whether its domain says so too."""
    check(ports, "design", issuer)
    return _json(request, await _profile(ports, issuer))


@put(
    "/api/issuers/{issuer:str}",
    status_code=200,
    request_max_body_size=15_000_000,
    opt=_operation(
        told("It is changed.", shapes.IssuerProfile),
        shapes.DescribeRequest,
        {400: f"{IN_BODY} schema_wrong schema_missing {_IMAGE}", 413: "image_too_large"},
    ),
)
async def describe_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Change what an issuer says of itself.

    Body: any of `name`, `description`, `url`, `email` (an empty one is taken back); `picture` (a PNG, JPEG or
    WebP in base64) with `alt`, which says it in words; an empty `picture` takes the one there is away.
    """
    body = await read_body(request, *MEMBERS, "picture", "alt")
    said = {name: text(body, name) for name in MEMBERS if name in body}
    given = text(body, "picture", "")
    raster = _bytes(given, "/picture") if given else None
    picture = NewPicture(raster, text(body, "alt", ""), remove="picture" in body and not given)
    await describe(ports, issuer, said, picture)
    return _json(request, await _profile(ports, issuer))


@post(
    "/api/issuers/{issuer:str}/domain",
    status_code=200,
    opt=_operation(told("What it said.", shapes.Domain), None, {400: "url_missing"}),
)
async def domain_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Ask the domain of an issuer's web address whether the issuer is its own."""
    await prove(ports, issuer)
    return _json(request, (await _profile(ports, issuer))["domain"])


@reads(
    "/api/issuers/{issuer:str}/achievements",
    opt=_operation(told("Everything on record, and every draft.", shapes.AchievementList)),
)
async def list_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """List an issuer's achievements in their newest version, and its drafts."""
    drafts = await flow.drafts(ports, issuer)
    known = await ports.store.achievements(issuer, retired=True)
    listed = {
        "achievements": [_achievement(ports, one) for one in known],
        "drafts": [
            {"badge": one.slug, "revision": one.revision, "savedAt": format_date(one.updated_at)}
            for one in drafts
        ],
    }
    return _json(request, listed)


@post(
    "/api/issuers/{issuer:str}/achievements",
    status_code=201,
    opt=_operation(
        {201: Answer("It is begun.", {JSON: shapes.AchievementDraft})},
        shapes.BeginRequest,
        {
            400: f"{IN_BODY} slug_malformed title_missing",
            404: "unknown_issuer unknown_achievement",
            409: "draft_exists slug_taken",
        },
        once=True,
    ),
)
async def begin_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Begin a draft.

    Body: `name`, or `badge` (its short name in addresses), or both; and `start`, `ISSUER/BADGE` of what to
    begin from. A `badge` that is on record begins with its newest version. With an `Idempotency-Key`, once
    for that key.
    """
    body, once = await read_body(request, "name", "badge", "start"), await once_of(request, ports)
    badge, name, start = (text(body, member, "") for member in ("badge", "name", "start"))
    draft = await flow.begin(ports, issuer, badge, name, start, once)
    return _json(request, _draft(await flow.view(ports, issuer, draft.slug)), status=201)


@reads(
    "/api/issuers/{issuer:str}/achievements/{badge:str}",
    opt=_operation(told("The draft.", shapes.AchievementDraft), None, {404: "unknown_issuer unknown_draft"}),
)
async def draft_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """A draft, with everything that must be put right before it can be published."""
    return _json(request, _draft(await flow.view(ports, issuer, badge)))


@put(
    "/api/issuers/{issuer:str}/achievements/{badge:str}",
    status_code=200,
    opt=_operation(
        told("It is saved.", shapes.AchievementDraft),
        shapes.SaveRequest,
        {400: f"{IN_BODY} {_REVISION}", 413: "draft_too_large", **_SAVED},
    ),
)
async def save_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Save a draft: what is not in `table` is taken out of it.

    Body: `table`, and if wanted `revision`, the one that was seen: then nothing that somebody else saved
    meanwhile is replaced.
    """
    body = await read_body(request, "table", "revision")
    table = body.get("table")
    if not isinstance(table, dict):
        raise InputError("not_an_object", "table must be a JSON object.", "/table")
    changes = {**dict.fromkeys(flow.MEMBERS), **table}
    await flow.save(ports, issuer, badge, changes, _revision(body))
    return _json(request, _draft(await flow.view(ports, issuer, badge)))


@put(
    "/api/issuers/{issuer:str}/achievements/{badge:str}/picture",
    status_code=200,
    request_max_body_size=30_000_000,
    opt=_operation(
        told("It is kept.", shapes.AchievementDraft),
        shapes.PictureRequest,
        {400: f"{IN_BODY} {_REVISION} {_PICTURE}", 413: "image_too_large", **_SAVED},
    ),
)
async def picture_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Let a draft show a picture that was made elsewhere.

    Body: `file` (a PNG, JPEG or WebP in base64), `alt`, which says it in words, and if wanted `svg` (the same
    as SVG, in base64) and `revision`.
    """
    body = await read_body(request, "file", "svg", "alt", "revision")
    raster, drawing = _bytes(text(body, "file"), "/file"), text(body, "svg", "")
    svg = _bytes(drawing, "/svg") if drawing else None
    await flow.give_picture(ports, issuer, badge, raster, svg, text(body, "alt"), _revision(body))
    return _json(request, _draft(await flow.view(ports, issuer, badge)))


@delete(
    "/api/issuers/{issuer:str}/achievements/{badge:str}",
    status_code=200,
    opt=_operation(
        told("It is gone.", shapes.Gone), None, {404: "unknown_issuer unknown_draft", 503: "read_only"}
    ),
)
async def discard_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Discard a draft. What was published stays as it is."""
    await flow.discard(ports, issuer, badge)
    return _json(request, {"badge": badge})


@post(
    "/api/issuers/{issuer:str}/achievements/{badge:str}/publish",
    status_code=200,
    opt=_operation(
        told("It is on record, and frozen.", shapes.Published),
        shapes.PublishRequest,
        {
            400: f"{IN_BODY} draft_incomplete not_a_number",
            404: "unknown_issuer unknown_draft",
            409: "draft_changed version_exists",
            503: "read_only",
        },
        once=True,
    ),
)
async def publish_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Make a draft the next version of its achievement.

    Body: `{}`, or `revision`, the one that was looked at. `act` is `keep` when the draft said nothing new.
    With an `Idempotency-Key`, once for that key.
    """
    body, once = await read_body(request, "revision"), await once_of(request, ports)
    done = await publish(ports, issuer, badge, _revision(body), once)
    return _json(request, {"act": done.act, **_achievement(ports, done.achievement)})


@post(
    "/api/issuers/{issuer:str}/achievements/{badge:str}/retire",
    status_code=200,
    opt=_operation(
        told("It is awarded no more.", shapes.ListedAchievement),
        None,
        {404: "unknown_achievement", 409: "already_retired", 503: "read_only"},
    ),
)
async def retire_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """Award an achievement no more. What was awarded stays valid; to publish it again brings it back."""
    return _json(request, _achievement(ports, await retire(ports, issuer, badge)))


@reads(
    "/api/issuers/{issuer:str}/achievements/{badge:str}/export",
    opt=_operation(
        {
            200: Answer(
                "TOML, or a ZIP with the picture that was given.",
                {
                    "application/toml": {"type": "string"},
                    "application/zip": {"type": "string", "contentMediaType": "application/zip"},
                },
            )
        },
        None,
        {404: "unknown_achievement", 409: "source_missing"},
    ),
)
async def export_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """The newest version of an achievement, as its file in a catalogue."""
    check(ports, "design", issuer)
    return exported(request, badge, await export_badge(ports, issuer, badge))


HANDLERS = [
    allows("/api/issuers/{issuer:str}", "GET", "HEAD", "PUT"),
    allows("/api/issuers/{issuer:str}/achievements", "GET", "HEAD", "POST"),
    allows("/api/issuers/{issuer:str}/achievements/{badge:str}", "GET", "HEAD", "PUT", "DELETE"),
    templates_api,
    skills_api,
    profile_api,
    describe_api,
    domain_api,
    list_api,
    begin_api,
    draft_api,
    save_api,
    picture_api,
    discard_api,
    publish_api,
    retire_api,
    export_api,
]


def _json(request: AnyRequest, value: Any, status: int = 200) -> Response[bytes]:
    return reply(request, strict_json.dump(value), JSON, status=status, cache="no-store")


async def _profile(ports: Ports, slug: str) -> dict[str, Any]:
    row, found = await find_issuer(ports, slug), await domain(ports, slug)
    proof = found.proof
    asked: dict[str, Any] = {"name": found.name, "verified": proof is not None and proof.holds}
    if proof is not None:
        asked |= {"way": proof.way, "problem": proof.problem, "checkedAt": format_date(proof.checked_at)}
    return {"issuer": slug, "id": row.did, "profile": row.profile, "domain": asked}


def _draft(view: DraftView) -> dict[str, Any]:
    said: dict[str, Any] = {
        "badge": view.draft.slug,
        "revision": view.draft.revision,
        "savedAt": format_date(view.draft.updated_at),
        "table": view.table,
        "faults": [msgspec.structs.asdict(fault) for fault in view.faults],
    }
    return said | ({"follows": view.known.version} if view.known else {})


def _achievement(ports: Ports, one: Achievement) -> dict[str, Any]:
    return {
        "id": urls.achievement(ports.base_url, one.issuer, one.slug, one.version),
        "badge": one.slug,
        "version": one.version,
        "name": one.document["name"],
        "retired": one.retired_at is not None,
    }


def _revision(body: dict[str, Any]) -> int | None:
    value = body.get("revision")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InputError("not_a_number", "revision must be a whole number.", "/revision")
    return value


def _bytes(value: str, at: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("encoding_malformed", f"{at.strip('/')} must be base64.", at) from None
