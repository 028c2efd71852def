"""My badges from elsewhere: what I brought, bringing one, and each on a page of its own.

A badge is shown as the last look found it, with the time of that look; the page looks at nothing by itself.
"""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.edge.badges.verdicts import Reading
from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.own_page import Ask, ask_page
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import safe_link
from exchange.edge.imported import api
from exchange.edge.imported.told import refusal, shown
from exchange.edge.instance import read_only
from exchange.edge.people.account_page import account_page
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    InputError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.imported import listed
from exchange.flows.imported.bring import NotValidError, bring
from exchange.flows.imported.look_again import look_again
from exchange.flows.imported.records import MOST
from exchange.flows.imported.remove import remove
from exchange.flows.ports import Ports
from exchange.languages import gettext

PLACE = "/account/imported"
OWN = "private, no-cache"
_HEADERS = {"content-security-policy": PICTURE_POLICY, "vary": "Cookie, Authorization"}


@reads(PLACE)
async def imported(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What I brought, and the form to bring one."""
    return await _list(request, site, ports)


@post(PLACE, status_code=303, request_max_body_size=api.MAX_UPLOAD)
async def bring_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Bring the `file`, or what is `pasted`: a badge, or the address of one."""
    pasted = ""
    try:
        fields, files = await read_form(request)
        pasted = fields.get("pasted", "")
        data = await files["file"].read() if "file" in files else b""
        url = pasted if not data and safe_link(pasted) else ""
        one = await bring(ports, data or (b"" if url else pasted.encode()), url)
    except (InputError, ConflictError, ForbiddenError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request) or error.code == "not_permitted":
            raise
        page = await _list(request, site, ports, pasted, error)
        if isinstance(error, TooManyError):
            page.headers["retry-after"] = str(error.retry_after)
        return page
    return see_other(f"{PLACE}/{one.id}?done=brought")


async def _list(
    request: AnyRequest, site: Site, ports: Ports, pasted: str = "", error: ExchangeError | None = None
) -> Response[bytes]:
    why: Reading | None = None
    if isinstance(error, NotValidError):
        why = refusal(error.verdict, ports.base_url)
    return await account_page(
        request,
        site,
        "account/imported.html",
        error,
        rows=[shown(row, ports.now()) for row in await listed.mine(ports)],
        most=MOST,
        pasted=pasted[:10_000],
        why=why,
    )


@reads(f"{PLACE}/{{id:str}}")
async def one_imported(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str]
) -> Response[bytes]:
    """One of them, as it was found when it was last looked at."""
    return await _one(request, site, ports, id)


@post(f"{PLACE}/{{id:str}}/look", status_code=303, request_max_body_size=10_000)
async def look_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str]
) -> Response[bytes]:
    """Have it looked at now."""
    try:
        await look_again(ports, id)
    except (TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        page = await _one(request, site, ports, id, error)
        if isinstance(error, TooManyError):
            page.headers["retry-after"] = str(error.retry_after)
        return page
    return see_other(f"{PLACE}/{id}?done=looked")


async def _one(
    request: AnyRequest, site: Site, ports: Ports, id: str, error: ExchangeError | None = None
) -> Response[bytes]:
    one = shown(await listed.one_mine(ports, id), ports.now())
    return await account_page(request, site, "account/imported_badge.html", error, one=one)


@reads(f"{PLACE}/{{id:str}}/file")
async def imported_file(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """The very bytes that were brought, to be saved: nothing in them is shown or run here."""
    kept = await listed.my_file(ports, id)
    headers = {**_HEADERS, "content-disposition": f'attachment; filename="{kept.name}"'}
    return reply(request, kept.data, kept.media_type, cache=OWN, headers=headers)


@reads(f"{PLACE}/{{id:str}}/picture")
async def imported_picture(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """The picture that it came in, as we redrew it."""
    return reply(request, await listed.my_picture(ports, id), "image/png", cache=OWN, headers=_HEADERS)


@reads(f"{PLACE}/{{id:str}}/remove")
async def remove_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, id: FromPath[str]
) -> Response[bytes]:
    """What removing it does, then yes or back."""
    one = shown(await listed.one_mine(ports, id), ports.now())
    return await ask_page(
        request,
        site,
        Ask(
            title=gettext("Remove “%(name)s”?", name=one.name),
            effects=[
                gettext("It is forgotten here, with its file, and is in no portfolio of yours any more."),
                gettext("The badge itself stays what it is: you can bring it again."),
            ],
            does=gettext("Remove"),
            place=f"{PLACE}/{one.key}/remove",
            over=(gettext("Badges from elsewhere"), PLACE),
        ),
    )


@post(f"{PLACE}/{{id:str}}/remove", status_code=303, request_max_body_size=10_000)
async def remove_form(request: AnyRequest, ports: ThePorts, id: FromPath[str]) -> Response[bytes]:
    """Forget it."""
    await remove(ports, id)
    return see_other(f"{PLACE}?done=imported-removed")


def build_imported(site: Site) -> Router:
    """All of it, behind the guards; the flows refuse tokens: what somebody keeps is theirs, in a browser."""
    return guarded(
        site,
        [
            imported,
            bring_form,
            one_imported,
            look_form,
            imported_file,
            imported_picture,
            remove_page,
            remove_form,
            *api.ROUTES,
        ],
    )
