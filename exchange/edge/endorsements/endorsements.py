"""Endorsements for everybody: those of a badge that its holder shows, each at its own address, and the terms
that they are written in."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.canonical.our_terms import MEDIA_TYPE, terms_bytes
from exchange.edge.badges.status import BITS
from exchange.edge.badges.verdicts import read_verdict
from exchange.edge.endorsements import shapes
from exchange.edge.endorsements.voices import told, voice
from exchange.edge.http.describe import JSON, Operation, described, found
from exchange.edge.http.replies import IMMUTABLE, AnyRequest, best, header, reads, reply
from exchange.edge.http.shapes import Jwt
from exchange.edge.http.site import Site, TheSite
from exchange.flows.badges.show import badge
from exchange.flows.endorsements import listed

JWT_TYPES = ("application/vc+jwt", "application/jwt", "text/plain")
"""What an endorsement may be served as, the usual one first (VC-JOSE-COSE §6.1)."""

LIST = Operation(
    "Endorsements",
    found("What its holder shows, as it stands now.", {JSON: shapes.EndorsementList}),
    {404: "unknown_badge"},
)
ONE = Operation(
    "Endorsements",
    found(
        "The very bytes that were signed: a VC-JWT.",
        {**dict.fromkeys(JWT_TYPES, Jwt), "text/html": {"type": "string"}},
    ),
    {404: "unknown_endorsement"},
)
TERMS = Operation(
    "Endorsements", found("The JSON-LD context.", {MEDIA_TYPE: {"type": "object"}, JSON: {"type": "object"}})
)


@reads("/badges/{key:str}/endorsements", public=True, opt=described(LIST))
async def endorsements(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """Who endorses a badge, in what capacity, which skills they saw, and how each stands now. What was
    withdrawn stays, with the day."""
    lines = await listed.of_badge(site.ports, key)
    body = strict_json.dump({"endorsements": [told(site.ports, line) for line in lines]})
    return reply(request, body, JSON, cache=BITS)


@reads("/endorsements/{key:str}", public=True, opt=described(ONE))
async def endorsement(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """One endorsement, or the credential of an endorser's key: signed, by Accept as JWT or as a page."""
    media_type = best(header(request, b"accept"), (*JWT_TYPES, "text/html")) or JWT_TYPES[0]
    if media_type == "text/html":
        return await _page(request, site, key)
    row = await listed.find_signed(site.ports, key)
    return reply(request, row.signed or b"", media_type, cache=IMMUTABLE, negotiated=True)


@reads("/terms/v1", public=True, opt=described(TERMS))
async def terms(request: AnyRequest) -> Response[bytes]:
    """The words of ours that endorsements are written in, as signed documents pin them (docs/terms.md)."""
    media_type = best(header(request, b"accept"), (MEDIA_TYPE, JSON)) or MEDIA_TYPE
    return reply(request, terms_bytes(), media_type, cache=IMMUTABLE, negotiated=True)


async def _page(request: AnyRequest, site: Site, key: str) -> Response[bytes]:
    view = await listed.view(site.ports, key)
    about = None
    if view.line is not None and view.line.endorsement.kind == "badge":
        about = await badge(site.ports, view.line.endorsement.subject)
    return site.page(
        request,
        "endorsement.html",
        key=view.badge.id,
        url=view.url,
        voice=voice(view.line) if view.line else None,
        reading=read_verdict(view.verdict, site.ports.base_url),  # why it was withdrawn is nobody's to read
        badge=about,
        reportable=view.line is not None
        and view.line.endorsement.shown == "shown"
        and not view.line.endorsement.barred,
        of_key=view.key,
        checked_at=site.ports.now(),
    )
