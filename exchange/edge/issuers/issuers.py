"""Who issues: the profile, its keys (did:web), and what can be earned there."""

from __future__ import annotations

from typing import Any

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.badges.cards import read_identity
from exchange.edge.endorsements.backing import embedded, row_of
from exchange.edge.http import shapes
from exchange.edge.http.describe import Operation, Shared, described, found
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.replies import IMMUTABLE, AnyRequest, best, reads, reply
from exchange.edge.http.site import TheSite
from exchange.errors import NotFoundError
from exchange.flows.badges import show
from exchange.flows.endorsements.backings import of_issuer
from exchange.flows.issuers.prove import domain

PROFILE_TYPES = ("application/ld+json", "application/json")
DID_TYPES = ("application/did+ld+json", "application/did+json", "application/did", "application/json")
A_WHILE = "public, max-age=300"
"""Profiles change rarely."""
A_MINUTE = "public, max-age=60"
"""A new key is needed, and a revoked one refused, at once: so long may a cache not know of it."""


ISSUER = Operation(
    "Issuers and what they issue",
    found(
        "The profile.", {**dict.fromkeys(PROFILE_TYPES, Shared("profile")), "text/html": {"type": "string"}}
    ),
    {404: "unknown_issuer"},
)
DID = Operation(
    "Issuers and what they issue",
    found("The DID document.", dict.fromkeys(DID_TYPES, shapes.DidDocument)),
    {404: "unknown_issuer"},
)


@reads("/issuers/{slug:str}", public=True, opt=described(ISSUER))
async def issuer(request: AnyRequest, site: TheSite, slug: FromPath[str]) -> Response[bytes]:
    """The profile as JSON-LD, with what other issuers say of it, or as a page with the badges it issues."""
    profile = await show.issuer_profile(site.ports, slug)
    backed = await of_issuer(site.ports, slug)
    media_type = best(request.headers.get("accept", ""), (*PROFILE_TYPES, "text/html")) or PROFILE_TYPES[0]
    if media_type != "text/html":
        return reply(
            request, strict_json.dump(profile | embedded(backed)), media_type, cache=A_WHILE, negotiated=True
        )
    return site.page(
        request,
        "issuer.html",
        slug=slug,
        identity=read_identity(profile),
        achievements=(await show.shelf(site.ports, slug)).achievements,
        picture=_picture(profile, site.ports.base_url),
        domain=await domain(site.ports, slug),
        backings=[row_of(one) for one in backed],
    )


def _picture(profile: dict[str, Any], base_url: str) -> tuple[str, str] | None:
    """Its path here, and what is seen."""
    image = profile.get("image")
    if not isinstance(image, dict) or not str(image.get("id")).startswith(f"{base_url}/"):
        return None
    return str(image["id"]).removeprefix(base_url), str(image.get("caption", ""))


@reads("/issuers/{slug:str}/did.json", public=True, opt=described(DID))
async def did_document(request: AnyRequest, site: TheSite, slug: FromPath[str]) -> Response[bytes]:
    """The DID document; a browser gets it as plain JSON, so that it is shown and not downloaded."""
    document = await show.did_document(site.ports, slug)
    media_type = best(request.headers.get("accept", ""), (*DID_TYPES, "text/html"))
    media_type = "application/json" if media_type == "text/html" else media_type or DID_TYPES[0]
    return reply(request, strict_json.dump(document), media_type, cache=A_MINUTE, negotiated=True)


PICTURE = Operation(
    "Issuers and what they issue",
    found("The picture.", {"image/png": {"type": "string", "contentMediaType": "image/png"}}),
    {404: "unknown_picture"},
)


@reads("/issuers/{slug:str}/images/{name:str}", public=True, opt=described(PICTURE))
async def picture(
    request: AnyRequest, site: TheSite, slug: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """A picture that the issuer shows, or has shown: its address names what is seen."""
    body = await site.ports.store.issuer_picture(slug, name.removesuffix(".png"))
    if body is None or not name.endswith(".png"):
        raise NotFoundError("unknown_picture", f"{slug!r:.80} shows no such picture.")
    return reply(
        request, body, "image/png", cache=IMMUTABLE, headers={"content-security-policy": PICTURE_POLICY}
    )
