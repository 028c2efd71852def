"""Endorsements for everybody: those of a badge that its holder shows, each at its own address, and the terms
that they are written in."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.canonical.our_terms import MEDIA_TYPE, terms_bytes
from exchange.edge.badges.status import BITS
from exchange.edge.badges.verdicts import read_verdict
from exchange.edge.endorsements import shapes
from exchange.edge.endorsements.backing import row_of
from exchange.edge.endorsements.voices import told, voice
from exchange.edge.http.describe import JSON, Operation, Shared, described, found
from exchange.edge.http.replies import FRESH, IMMUTABLE, AnyRequest, best, header, proof_link, reads, reply
from exchange.edge.http.shapes import Jwt, LogProof
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.flows.badges.show import badge
from exchange.flows.endorsements import listed
from exchange.flows.log import log

JWT_TYPES = ("application/vc+jwt", "application/jwt", "text/plain")
"""What an endorsement may be served as, the usual one first (VC-JOSE-COSE §6.1)."""

JSON_TYPES = ("application/vc", "application/ld+json", JSON)
"""The same of one that an issuer signed with an embedded proof (VCDM 2.0 §6.2)."""

LIST = Operation(
    "Endorsements",
    found("What its holder shows, as it stands now.", {JSON: shapes.EndorsementList}),
    {404: "unknown_badge"},
)
ONE = Operation(
    "Endorsements",
    found(
        "The very bytes that were signed: a VC-JWT, or a credential with its proof.",
        {
            **dict.fromkeys(JWT_TYPES, Jwt),
            **dict.fromkeys(JSON_TYPES, Shared("endorsement-credential")),
            "text/html": {"type": "string"},
        },
    ),
    {404: "unknown_endorsement"},
)
PROOF = Operation(
    "The log",
    found("The proof.", {JSON: LogProof}),
    {404: "unknown_endorsement not_in_log", 503: "log_damaged"},
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
    """One endorsement, or the credential of an endorser's key: as it was signed, or by Accept as a page."""
    row = await listed.find_signed(site.ports, key)
    types = JWT_TYPES if row.proof == "jwt" else JSON_TYPES
    media_type = best(header(request, b"accept"), (*types, "text/html")) or types[0]
    if media_type == "text/html":
        return await _page(request, site, key)
    url = urls.endorsement_log_proof(site.ports.base_url, row.id)
    link = {"link": proof_link(url)}
    return reply(request, row.signed or b"", media_type, cache=IMMUTABLE, negotiated=True, headers=link)


@reads("/endorsements/{key:str}/log-proof", public=True, opt=described(PROOF))
async def log_proof(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """The proof that it is in the log, without what the entry commits to: whose account it is of is for the
    two whom it concerns (`/desk/log-proof/…`)."""
    row = await listed.find_signed(site.ports, key)
    proof = log.without_content(await log.endorse_proof(site.ports, row.id))
    return reply(request, strict_json.dump(proof.to_json()), JSON, cache=FRESH)


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
        media_type=(JWT_TYPES if view.badge.proof == "jwt" else JSON_TYPES)[0],
        voice=voice(view.line) if view.line else None,
        backing=row_of(view.backing) if view.backing else None,
        backing_about=plain(view.about),
        reading=read_verdict(view.verdict, site.ports.base_url),  # why it was withdrawn is nobody's to read
        badge=about,
        reportable=view.line is not None
        and view.line.endorsement.shown == "shown"
        and not view.line.endorsement.barred,
        of_key=view.key,
        entry=view.entry,
        checked_at=site.ports.now(),
    )
