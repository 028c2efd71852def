"""What every answer carries: the security headers of TRUST.md, and open doors on public documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler, route
from litestar.types import BeforeMessageSendHookHandler, Message, Scope

from exchange.edge.http.replies import PUBLIC

PAGE_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PICTURE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
"""For pictures, whoever drew them: opened by itself, an SVG may do nothing but be seen.

The SVG of a badge whose image was given as a PNG holds that PNG.
"""

_ALWAYS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_OPEN = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Link",
    "cross-origin-resource-policy": "cross-origin",
}
_UNFRAMED = (b"x-frame-options", b"cross-origin-opener-policy")
"""What an answer does without that may stand in a frame; who may frame it, its own policy says."""
_CLOSED = {"cross-origin-resource-policy": "same-origin"}


def security_headers(https: bool) -> BeforeMessageSendHookHandler:
    """A `before_send` hook that fills in what the handler did not set itself.

    It works on the raw headers: Litestar's own, asked for one name after the other, took a third of the time
    of a request for a badge.
    """
    always = _ALWAYS | ({"strict-transport-security": "max-age=31536000"} if https else {})
    opened, closed = _raw(always | _OPEN), _raw(always | _CLOSED)
    framed = [pair for pair in opened if pair[0] not in _UNFRAMED]

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        handler = scope.get("route_handler")
        opt = {} if handler is None else handler.opt
        mine = framed if opt.get("framed") else opened if opt.get("public") else closed
        headers = list(message.get("headers", ()))
        there = {name.lower() for name, _ in headers}
        headers += [pair for pair in mine if pair[0] not in there]
        message["headers"] = headers

    return add


def _raw(fields: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in fields.items()]


def preflights(paths: Iterable[str], handlers: Iterable[HTTPRouteHandler]) -> Iterator[HTTPRouteHandler]:
    """The answers to a CORS preflight on `paths`: each offers what `handlers` really take there."""
    offered: dict[str, set[str]] = {path: {"OPTIONS"} for path in paths}
    for handler in handlers:
        for path in handler.paths & offered.keys():
            offered[path] |= set(map(str, handler.http_methods))
    alike: dict[str, list[str]] = {}
    for path, methods in offered.items():
        alike.setdefault(", ".join(sorted(methods)), []).append(path)
    for told, there in alike.items():
        yield _preflight(there, told)


def _preflight(paths: list[str], methods: str) -> HTTPRouteHandler:
    """The answer on these paths; nothing in it depends on who asks."""

    @route(paths, http_method=[HttpMethod.OPTIONS], opt=PUBLIC, status_code=204)
    async def allow() -> Response[None]:
        return Response(
            None,
            status_code=204,
            headers={
                "access-control-allow-methods": methods,
                "access-control-allow-headers": "Accept, Content-Type, If-None-Match",
                "access-control-max-age": "86400",
            },
        )

    return allow
