"""The picture of somebody: chosen on their account, and seen by them and by who looks after people.

Its address is behind the guards, and no cache may keep it for anybody else; their own browser asks again each
time whether it may still show what it has.
"""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.people.account import profile_page
from exchange.edge.people.taking_away import picture_page
from exchange.errors import InputError, NotFoundError
from exchange.flows.people import account
from exchange.flows.people import pictures as flow

MAX_BODY = 10_100_000
"""Bytes of a form with a picture: as many as the largest that is taken, and what a form puts around it."""

OWN = "private, no-cache"
_HEADERS = {"content-security-policy": PICTURE_POLICY, "vary": "Cookie, Authorization"}


def build_pictures(site: Site) -> Router:
    """The routes, for who is signed in."""
    return guarded(site, [picture, give, remove, picture_page])


@reads("/people/{id:str}/picture")
async def picture(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """The picture of the person with that id."""
    body = await flow.picture(ports, id)
    return reply(request, body, flow.MEDIA_TYPE, cache=OWN, headers=_HEADERS)


@post("/account/picture", status_code=303, request_max_body_size=MAX_BODY)
async def give(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Keep the file `picture`; a mistake comes back beside its field."""
    me = (await account.view(ports)).person.id
    try:
        _, files = await read_form(request)
        data = await files["picture"].read() if "picture" in files else b""
        await flow.put(ports, me, data)
    except InputError as error:
        if not wants_page(request):
            raise
        return await profile_page(request, site, ports, error=error)
    return see_other("/account?done=picture")


@post("/account/picture/remove", status_code=303, request_max_body_size=10_000)
async def remove(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Take one's own away."""
    me = (await account.view(ports)).person.id
    try:
        await flow.remove(ports, me)
    except NotFoundError as error:
        if not wants_page(request):
            raise
        return await profile_page(request, site, ports, error=error)
    return see_other("/account?done=picture-removed")
