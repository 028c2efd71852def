"""A portfolio for who was given its link, or for everybody at its holder's handle: a page for people, the
public value for programs.

No cookie is read or set, nothing is kept by any cache, nobody who is linked to from it learns where its
reader came from, and whatever is not shown answers alike.
"""

from __future__ import annotations

from collections.abc import Collection

from litestar import Response
from litestar.params import FromPath
from litestar.types import HTTPScope

from exchange.core import urls
from exchange.core.portfolio.shown import Shown
from exchange.edge.embeds.oembed import discovery
from exchange.edge.http import describe
from exchange.edge.http.describe import JSON, Operation, Parameter, described
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.replies import Answer, AnyRequest, reads, reply, reply_to, takes_page, wants_page
from exchange.edge.http.shapes import Bytes
from exchange.edge.http.site import Site, TheSite
from exchange.edge.portfolios import shapes
from exchange.edge.portfolios.at_handle import list_page, listed
from exchange.edge.portfolios.read import read_portfolio
from exchange.edge.portfolios.words import whole
from exchange.errors import NotFoundError
from exchange.flows.portfolios.brought import file_of, picture_of
from exchange.flows.portfolios.count import count_opening
from exchange.flows.portfolios.documents import good_copies
from exchange.flows.portfolios.kept import KeptShown, kept_by_secret
from exchange.flows.portfolios.records import CopyKind
from exchange.flows.portfolios.show import find_public, find_shared, not_shared

NOINDEX = {"x-robots-tag": "noindex,nofollow,noarchive"}

SHARED = Operation(
    "Portfolios",
    {
        200: describe.Answer(
            "What the link shows, verified just now; or the page of it. Of a handle at which several are "
            "public, the list of them.",
            {JSON: {"anyOf": [shapes.Shown, shapes.PublicList]}, "text/html": {"type": "string"}},
        ),
        308: describe.Answer(
            "It is public, and its address is written in small letters.", {}, {"location": "Where."}
        ),
    },
    {404: "not_shared"},
    (
        Parameter(
            "name",
            "path",
            {"type": "string", "minLength": 1},
            "The secret of a link, or `@handle` or `@handle~slug` of what is public, which are the addresses "
            "`/@handle` and `/@handle/slug`; with `.json`, the value.",
            True,
        ),
    ),
)


BYTES = {"content-security-policy": PICTURE_POLICY}
BROUGHT = Operation(
    "Portfolios",
    {
        200: describe.Answer(
            "The file, or its picture.",
            {
                **dict.fromkeys(
                    ("image/png", "image/svg+xml", "application/vc+jwt", "application/jwt"), Bytes
                ),
                **{name: {"type": "object"} for name in ("application/vc", "application/json")},
            },
        )
    },
    {404: "not_shared unknown_imported no_picture"},
    (
        Parameter(
            "secret",
            "path",
            {"type": "string", "minLength": 1},
            "The secret of a link, or `@handle~slug`.",
            True,
        ),
        Parameter("id", "path", {"type": "string", "minLength": 1}, "Which one.", True),
        Parameter("what", "path", {"type": "string", "minLength": 1}, "`file` or `picture`.", True),
    ),
)


@reads("/p/{name:str}", public=True, opt=described(SHARED))
async def shared(request: AnyRequest, site: TheSite, name: FromPath[str]) -> Response[bytes]:
    """A portfolio by the secret of a link, or by its public name: `{secret}.json`, or by Accept. Absent,
    private, switched off, over and erased answer alike. Nothing of it is to be kept: ask again."""
    secret, dot, form = name.partition(".")
    page = takes_page(request) and not dot
    try:
        if dot and form != "json":
            raise NotFoundError("not_shared", "There is nothing here, or not any more.")
        if secret.startswith("@"):
            return await _public(request, site, secret, dot + form, page)
        known = await kept_by_secret(site.ports, secret)
    except NotFoundError as error:
        if not page or not wants_page(request):
            raise
        return none_page(request, site, error)
    if page:
        if request.method == "GET" and wants_page(request):  # not who only makes a card of the link
            await count_opening(site.ports, known.link)
        signed = await good_copies(site.ports, known.found.kept, known.link, known.value.shown)
        return reader_page(request, site, known.value.shown, signed=signed)
    return value_answer(request.scope, site, known)


def value_answer(scope: HTTPScope, site: Site, known: KeptShown) -> Answer:
    """The public value; no cache keeps it."""
    body = known.value.served(site.ports.base_url, site.ports.now()).body
    return reply_to(scope, body, JSON, cache="no-store", negotiated=True, headers=NOINDEX)


async def _public(request: AnyRequest, site: Site, name: str, form: str, page: bool) -> Response[bytes]:
    """What everybody sees of a handle: the portfolio, where it is one, or the list. NotFoundError."""
    found = await find_public(site.ports, name)
    handle, tilde, slug = found[0].link.name.partition("~")
    small = f"{handle}{tilde}{slug}" if "~" in name else handle
    if name != small:  # it is there, so nothing is told that its page does not tell
        query = request.scope["query_string"].decode("latin-1")
        where = urls.shared("", small) + form + (f"?{query}" if query else "")
        return private(
            Response(b"", status_code=308, headers={"location": where, "cache-control": "no-store"})
        )
    if len(found) > 1:
        answer = list_page(request, site, found, page)
        return answer if page and listed(found) else private(answer)
    known = await kept_by_secret(site.ports, found[0].link.name)
    if page:
        return reader_page(request, site, known.value.shown)
    return value_answer(request.scope, site, known)


@reads("/p/{secret:str}/brought/{id:str}/{what:str}", public=True, opt=described(BROUGHT))
async def brought_file(
    request: AnyRequest, site: TheSite, secret: FromPath[str], id: FromPath[str], what: FromPath[str]
) -> Response[bytes]:
    """A badge from elsewhere that the link shows: `file`, its very bytes, to be saved; or `picture`, the one
    that it came in, as we redrew it."""
    known = await find_shared(site.ports, secret)
    if what == "file":
        kept = await file_of(site.ports, known, id)
        headers = {**BYTES, "content-disposition": f'attachment; filename="{kept.name}"'}
        return private(reply(request, kept.data, kept.media_type, cache="no-store", headers=headers))
    if what == "picture":
        drawn = await picture_of(site.ports, known, id)
        return private(reply(request, drawn, "image/png", cache="no-store", headers=BYTES))
    raise not_shared()


def none_page(request: AnyRequest, site: Site, error: NotFoundError) -> Response[bytes]:
    """What people get of whatever is not shown."""
    return private(
        site.page(request, "portfolio/none.html", status=404, cache="no-store", detail=error.message)
    )


def reader_page(
    request: AnyRequest, site: Site, shown: Shown, bar: str = "", signed: Collection[CopyKind] = ()
) -> Response[bytes]:
    """The page that a reader sees; `bar` is where its holder goes back to, who only looks at it. `signed` is
    what was signed of just that."""
    answer = site.page(
        request,
        "portfolio/shown.html",
        cache="no-store",
        reading=read_portfolio(shown),
        shown=shown,
        place=urls.shared("", shown.key),
        checked_at=site.ports.now(),
        bar=bar,
        signed=signed,
        root=root_of(shown, bar),
        whole=whole(shown),
        discovery=discovery(site.ports.base_url, urls.shared(site.ports.base_url, shown.key)),
        share=f"{urls.embed(site.ports.base_url, 'portfolios', shown.key, '.png')}?r={shown.revision}",
    )
    return answer if shown.search else private(answer)


def root_of(shown: Shown, bar: str) -> str:
    """Where its page is, and below that the others of it; its holder, who has no link, only views it."""
    return f"{bar}/view" if bar else urls.shared("", shown.key)


def private(answer: Response[bytes]) -> Response[bytes]:
    """The same, for no search engine."""
    answer.headers.update(NOINDEX)
    return answer
