"""A badge at its own id: the exact signed bytes for programs, a page for people, and the same in pictures.

At its id the page is for who asks for one, so a program that takes anything gets the credential. Links that
people hand on lead to `{key}.html`, which is the page whatever a program takes: chats make their cards of it.
"""

from __future__ import annotations

from dataclasses import replace

from litestar import Response
from litestar.params import FromPath
from litestar.types import HTTPScope

from exchange.core import strict_json, urls
from exchange.edge.badges.verdicts import Reading, read_verdict
from exchange.edge.embeds.oembed import discovery
from exchange.edge.endorsements.bridge_map import public_table
from exchange.edge.endorsements.trust_lines import read_summary
from exchange.edge.endorsements.voices import voice
from exchange.edge.http import shapes
from exchange.edge.http.describe import JSON, Operation, Shared, described, found
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.replies import (
    FRESH,
    IMMUTABLE,
    Answer,
    AnyRequest,
    best,
    header_in,
    proof_link,
    reads,
    reply,
    reply_to,
)
from exchange.edge.http.site import Site, TheSite
from exchange.edge.vouches.told import ended, shown
from exchange.errors import NotFoundError
from exchange.flows.badges import show
from exchange.flows.badges.status import find_published
from exchange.flows.endorsements import trust
from exchange.flows.endorsements.listed import of_badge
from exchange.flows.log import log
from exchange.flows.records import Published
from exchange.flows.vouches.listed import of_badge as vouch_of
from exchange.flows.vouches.records import Vouch

JSON_TYPES = ("application/vc", "application/vc+ld+json", "application/ld+json", "application/json")
JWT_TYPES = ("text/plain", "application/vc+jwt", "application/jwt")
"""What a credential may be served as, the usual one first (VCDM 2.0 §6.3, OB 3.0 §6, VC-JOSE-COSE §6.1)."""


BADGE = Operation(
    "Badges",
    found(
        "The very bytes that were signed, or a picture with them inside.",
        {
            **dict.fromkeys(JSON_TYPES, Shared("open-badge-credential")),
            **dict.fromkeys(JWT_TYPES, shapes.Jwt),
            "image/png": shapes.Bytes,
            "image/svg+xml": shapes.Bytes,
            "text/html": {"type": "string"},
        },
    ),
    {404: "unknown_badge no_such_form"},
)
PROOF = Operation(
    "The log",
    found("The proof.", {JSON: shapes.LogProof}),
    {404: "unknown_badge not_in_log", 503: "log_damaged"},
)


@reads("/badges/{name:str}", public=True, opt=described(BADGE))
async def badge(request: AnyRequest, site: TheSite, name: FromPath[str]) -> Response[bytes]:
    """`{key}` by Accept, `{key}.html` the page, or `{key}.json|.jwt|.png|.svg` as a download."""
    key, dot, extension = name.partition(".")
    row = await find_published(site.ports, key)
    if extension == "html":
        return await _page(request, site, row)
    if dot:
        return await _download(request, site, row, extension)
    return credential(request.scope, site, row) or await _page(request, site, row)


def credential(scope: HTTPScope, site: Site, row: Published) -> Answer | None:
    """The signed bytes, as what Accept likes; None for who would rather have the page."""
    types = _types(row)
    media_type = best(header_in(scope, b"accept"), (*types, "text/html")) or types[0]
    if media_type == "text/html":
        return None
    link = _proof_link(site, row)
    return reply_to(scope, row.signed, media_type, cache=IMMUTABLE, negotiated=True, headers=link)


@reads("/badges/{key:str}/log-proof", public=True, opt=described(PROOF))
async def log_proof(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """The proof that its award is in the log; who it was awarded to is not in it, so that is for the holder's
    file and for the operator (`/desk/log-proof/…`)."""
    row = await find_published(site.ports, key)
    proof = log.without_content(await log.award_proof(site.ports, row.id))
    return reply(request, strict_json.dump(proof.to_json()), "application/json", cache=FRESH)


def _proof_link(site: Site, row: Published) -> dict[str, str]:
    """Where the proof is (RFC 8288)."""
    url = urls.log_proof(site.ports.base_url, row.id)
    return {"link": proof_link(url)}


def _types(row: Published) -> tuple[str, ...]:
    return JWT_TYPES if row.proof == "jwt" else JSON_TYPES


def _extension(row: Published) -> str:
    return "jwt" if row.proof == "jwt" else "json"


async def _download(request: AnyRequest, site: Site, row: Published, extension: str) -> Response[bytes]:
    name = f"{row.achievement}-{row.id[-6:]}.{extension}"
    headers = {"content-disposition": f'attachment; filename="{name}"', **_proof_link(site, row)}
    if extension == _extension(row):
        return reply(request, row.signed, _types(row)[0], cache=IMMUTABLE, headers=headers)
    headers["content-security-policy"] = PICTURE_POLICY
    if extension == "png":
        body, media_type = await show.baked_png(site.ports, row.id), "image/png"
    elif extension == "svg":
        body, media_type = await show.baked_svg(site.ports, row.id), "image/svg+xml"
    else:
        form = _extension(row)
        raise NotFoundError("no_such_form", f"This badge comes as .{form}, .png, .svg and .html only.")
    return reply(request, body, media_type, cache=IMMUTABLE, headers=headers)


async def _page(request: AnyRequest, site: Site, row: Published) -> Response[bytes]:
    view = await show.badge(site.ports, row.id)
    given = await vouch_of(site.ports, row.id)
    reading = read_verdict(view.verdict, site.ports.base_url, view.history)
    history = view.history
    if given is not None:
        reading = _as_vouch(reading, given.line.vouch)
        history = [] if given.line.vouch.ended_at else history  # what ended it stands at the top
    lines = await of_badge(site.ports, row.id)
    voices = [voice(line) for line in lines]
    together = await trust.of_badge(site.ports, row.id)
    base = site.ports.base_url
    place, document = urls.badge_page(base, row.id), f"{urls.badge('', row.id)}.{_extension(row)}"
    answer = site.page(
        request,
        "badge.html",
        key=row.id,
        extension=_extension(row),
        url=urls.badge(base, row.id),
        place=place,
        document=document,
        media_type=_types(row)[0],
        reading=reading,
        image=urls.achievement_image("", row.issuer, row.achievement, row.version),
        achievement=view.achievement,
        issuer=view.issuer,
        history=history,
        entry=view.entry,
        checked_at=site.ports.now(),
        discovery=discovery(base, place),
        share=f"{urls.embed(base, 'badges', row.id, '.png')}?r={len(view.history)}",
        voices=voices,
        trust=read_summary(site.ports, together, {one.key: one.name for one in voices}),
        bridge_table=public_table(together.bridges, lines),
        can_endorse=view.verdict.outcome == "valid" and given is None,
        vouch=shown(given.line) if given else None,
        budget=given,
    )
    kind = "application/vc+jwt" if row.proof == "jwt" else "application/vc"
    answer.headers["link"] = f'<{document}>; rel="alternate"; type="{kind}"'
    return answer


def _as_vouch(reading: Reading, one: Vouch) -> Reading:
    """What its giver says stands first on the page of a vouch, and only while it does; what they point to,
    only while its holder displays it. No issuer took it back, but who gave it."""
    card = reading.card and replace(reading.card, narrative="")
    if card and one.shown == "hidden":
        card = replace(card, evidence=())
    if reading.tone == "stop" and one.ended_at and card:
        title, sentence = ended(one.state, one.ended_at)
        return replace(reading, title=title, sentence=sentence, card=card)
    return replace(reading, card=card)
