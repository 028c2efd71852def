"""Answers with what Litestar leaves out: choice by Accept, conditional requests, and HEAD.

Every handler ends in `reply`, so an ETag, a 304 and an empty HEAD body mean the same everywhere
(RFC 9110 §8.8, §12, §13).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler, route
from litestar.types import HTTPScope, Receive, Scope, Send

from exchange.edge.http.carry import carry

AnyRequest = Request[Any, Any, Any]

IMMUTABLE = "public, max-age=31536000, immutable"
LIVE = "no-cache"
FRESH = "public, max-age=60"
"""For what changes seldom, and may be a minute late in a cache. Not for status lists: `status.BITS`."""
PUBLIC = {"public": True}
"""The `opt` of a handler whose answer any web page may read (see `headers`)."""

FRAMED = {"public": True, "framed": True}
"""The `opt` of a handler whose answer may also stand in other sites' frames."""

_WITH_CHARSET = {"text/html", "text/css", "text/javascript", "text/xml"}


def reads(
    path: str | list[str], *, public: bool = False, opt: Mapping[str, Any] | None = None
) -> Callable[[Any], HTTPRouteHandler]:
    """A route for GET and HEAD; `public` opens it to other origins, `opt` has what else it says of itself."""
    opt = {**(PUBLIC if public else {}), **(opt or {})}
    return route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], opt=opt)


def allows(path: str, *methods: str) -> HTTPRouteHandler:
    """What may be asked of a path that several handlers share; to be registered before them. Litestar's own
    answer to OPTIONS names the methods of the first one only."""

    @route(path, http_method=[HttpMethod.OPTIONS], status_code=204)
    async def options() -> Response[None]:
        return Response(None, status_code=204, headers={"allow": ", ".join(sorted((*methods, "OPTIONS")))})

    return options


def best(accept: str, offers: Sequence[str]) -> str | None:
    """The offered media type the client likes most; None when it accepts none (RFC 9110 §12.5.1).

    Of two that are liked equally, one that was named wins over one that matched a wildcard, then the
    earlier offer wins: a browser, which names `text/html`, gets a page; `*/*` gets the first offer.
    """
    return _best(accept[:2000], tuple(offers))


@lru_cache(maxsize=256)
def _best(accept: str, offers: tuple[str, ...]) -> str | None:
    wishes = _wishes(accept)
    ranked = []
    for order, offer in enumerate(offers):
        kind = offer.partition("/")[0]
        matches = [(3, offer), (2, f"{kind}/*"), (1, "*/*")]
        precision, quality = next(((p, wishes[m]) for p, m in matches if m in wishes), (0, 0.0))
        if quality > 0:
            ranked.append((-quality, -precision, order, offer))
    return min(ranked)[3] if ranked else None


def _wishes(accept: str) -> dict[str, float]:
    """Media range → quality; anything malformed is left out, an absent header accepts everything."""
    wishes: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    quality = min(max(float(parameter[2:]), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if "/" in media:
            wishes[media] = quality
    return wishes or {"*/*": 1.0}


def header(request: ASGIConnection[Any, Any, Any, Any], name: bytes) -> str:
    """The first header of that name (in small letters); `""` without one. Litestar's own decodes them all."""
    return header_in(request.scope, name)


def header_in(scope: Scope, name: bytes) -> str:
    """`header`, before there is a request."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def wants_page(request: AnyRequest) -> bool:
    """Whether the client would rather have a page for people than a document for programs."""
    return best(request.headers.get("accept", ""), ("application/json", "text/html")) == "text/html"


def takes_page(request: AnyRequest) -> bool:
    """Whether the client takes a page, also one that takes anything: programs that make cards of links which
    people hand on say `*/*`."""
    return best(request.headers.get("accept", ""), ("text/html", "application/json")) == "text/html"


class Answer(Response[bytes]):
    """Bytes that are sent as they are, under headers that are all there. What Litestar looks into first,
    encoders and headers that nobody gave, takes longer than reading a badge; with cookies, it does.
    """

    def __init__(self, content: bytes, *, status_code: int, headers: dict[str, str], media_type: str) -> None:
        self.content, self.status_code, self.headers = content, status_code, headers
        self.media_type, self.encoding = media_type, "utf-8"
        self.cookies: list[Cookie] = []
        self.background = None
        self.response_type_encoders = {}

    def to_asgi_response(self, app: Any, request: Any, **given: Any) -> Any:
        if self.cookies or any(given.get(one) for one in ("cookies", "headers", "background")):
            return super().to_asgi_response(app, request, **given)
        return self.send

    async def send(self, scope: Scope, receive: Receive, send: Send) -> None:
        """This as an ASGI application."""
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status_code or 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.content, "more_body": False})


def reply(
    request: AnyRequest,
    body: bytes,
    media_type: str,
    *,
    status: int = 200,
    cache: str = LIVE,
    negotiated: bool = False,
    headers: dict[str, str] | None = None,
) -> Answer:
    """`body` with a strong ETag (its SHA-256) and `cache`; 304 when the client has it; no body for HEAD.

    `negotiated` says that the answer depended on Accept, and a page on Accept-Language too. Only 200 answers
    are conditional.
    """
    return reply_to(
        request.scope, body, media_type, status=status, cache=cache, negotiated=negotiated, headers=headers
    )


def reply_to(
    scope: HTTPScope,
    body: bytes,
    media_type: str,
    *,
    status: int = 200,
    cache: str = LIVE,
    negotiated: bool = False,
    headers: dict[str, str] | None = None,
    etag: str = "",
) -> Answer:
    """`reply`, before there is a request. `etag`: that of `body`, where it is known."""
    fields = {"cache-control": cache, **(headers or {})}
    if negotiated:
        fields["vary"] = "Accept, Accept-Language" if media_type == "text/html" else "Accept"
    if status == 200 and "no-store" not in cache:
        fields["etag"] = etag or f'"{hashlib.sha256(body).hexdigest()}"'
        if _has_it(header_in(scope, b"if-none-match"), fields["etag"]):
            return Answer(b"", status_code=304, headers=fields, media_type=media_type)
    fields["content-type"] = f"{media_type}; charset=utf-8" if media_type in _WITH_CHARSET else media_type
    fields["content-length"] = str(len(body))
    content = b"" if scope["method"] == HttpMethod.HEAD else body
    return Answer(content, status_code=status, headers=fields, media_type=media_type)


def proof_link(url: str) -> str:
    """Where the proof is that something is in the log, as a Link header has it (RFC 8288)."""
    return f'<{url}>; rel="related"; type="application/json"; title="Proof that it is in the log"'


def see_other(place: str, *, cookies: Sequence[Cookie] = ()) -> Response[bytes]:
    """Send the browser on to `place`, a path of ours, with a GET (RFC 9110 §15.4.4); kept by no cache."""
    headers = {"location": carry(place), "cache-control": "no-store"}
    return Response(b"", status_code=303, headers=headers, cookies=list(cookies))


def _has_it(if_none_match: str, etag: str) -> bool:
    """Weak comparison, as If-None-Match asks for (RFC 9110 §13.1.2)."""
    if not if_none_match:
        return False
    return (
        etag in {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")} or if_none_match == "*"
    )
