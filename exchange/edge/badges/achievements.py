"""What can be earned: each version at its own URL, frozen; its image beside it."""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.edge.badges.cards import read_card
from exchange.edge.endorsements.backing import row_of
from exchange.edge.http.describe import Operation, Shared, described, found
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.replies import IMMUTABLE, AnyRequest, best, reads, reply
from exchange.edge.http.site import TheSite
from exchange.flows.badges import show
from exchange.flows.endorsements.backings import of_achievement

TYPES = ("application/ld+json", "application/json")


ACHIEVEMENT = Operation(
    "Issuers and what they issue",
    found(
        "The achievement.", {**dict.fromkeys(TYPES, Shared("achievement")), "text/html": {"type": "string"}}
    ),
    {404: "unknown_achievement unknown_issuer"},
)
IMAGE = Operation(
    "Issuers and what they issue",
    found("The drawing.", {"image/png": {"type": "string", "contentMediaType": "image/png"}}),
    {404: "unknown_achievement unknown_issuer"},
)


@reads("/achievements/{issuer:str}/{slug:str}/{version:int}", public=True, opt=described(ACHIEVEMENT))
async def achievement(
    request: AnyRequest, site: TheSite, issuer: FromPath[str], slug: FromPath[str], version: FromPath[int]
) -> Response[bytes]:
    """The Achievement object as badges carry it, or a page."""
    found = await show.achievement(site.ports, issuer, slug, version)
    media_type = best(request.headers.get("accept", ""), (*TYPES, "text/html")) or TYPES[0]
    if media_type != "text/html":
        body = strict_json.dump(show.achievement_document(found))
        return reply(request, body, media_type, cache=IMMUTABLE, negotiated=True)
    profile = await show.issuer_profile(site.ports, issuer)
    card = read_card({"issuer": profile, "credentialSubject": {"achievement": found.document}}, "")
    return site.page(
        request,
        "achievement.html",
        achievement=found,
        card=card,
        newest=await show.newest(site.ports, issuer, slug),
        backings=[row_of(one) for one in await of_achievement(site.ports, issuer, slug, version)],
    )


@reads("/achievements/{issuer:str}/{slug:str}/{version:int}/image.png", public=True, opt=described(IMAGE))
async def image(
    request: AnyRequest, site: TheSite, issuer: FromPath[str], slug: FromPath[str], version: FromPath[int]
) -> Response[bytes]:
    """The drawing of the badge, without any credential in it."""
    found = await show.achievement(site.ports, issuer, slug, version)
    headers = {"content-security-policy": PICTURE_POLICY}
    return reply(request, found.image, "image/png", cache=IMMUTABLE, headers=headers)
