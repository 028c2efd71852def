"""Errors as answers: problem documents (RFC 9457) for programs, a page for people, never a stack trace."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from exchange.core import strict_json
from exchange.edge.http.replies import AnyRequest, reply, see_other, wants_page
from exchange.edge.http.site import Site
from exchange.errors import ExchangeError, ForbiddenError, TooManyError

log = logging.getLogger("exchange.edge")

_WORDS = {
    400: ("bad_request", "The request cannot be read. Check how it is put together."),
    404: ("not_found", "Nothing here answers to that address."),
    405: ("method_not_allowed", "This address does not take that kind of request."),
    413: ("too_large", "What was sent is larger than this address takes."),
    415: ("unsupported_media_type", "This address does not take that content type."),
}
_INTERNAL = "Something went wrong on our side; it was written down under the number shown. Try again later."


_BEARER = 'Bearer realm="exchange"'


class UnsupportedMediaTypeError(HTTPException):
    """415, naming what would have been taken."""

    status_code = 415


class SignInNeededError(ExchangeError):
    """401: only somebody who is signed in may do that. A browser is sent to `/sign-in` instead."""

    status = 401

    def __init__(self, cookie: str, *, token: bool = False) -> None:
        if token:
            super().__init__("token_invalid", "This token is unknown, has expired or was removed.")
            challenge = f'{_BEARER}, error="invalid_token"'
        else:
            super().__init__("sign_in_needed", "Sign in at /sign-in, or send a token of yours.")
            challenge = f'Cookie form-action="/sign-in", cookie-name="{cookie}", {_BEARER}'
        self.challenge = {"www-authenticate": challenge}


def _place(request: AnyRequest) -> str:
    """What was asked for, for a log: of a portfolio's address no more than that, for the rest is a secret."""
    path = request.url.path
    secret = path.startswith(("/p/", "/embed/portfolios/"))
    return f"{path.partition('/p')[0]}/p…" if secret else path


def problem_handlers(site: Site) -> ExceptionHandlersMap:
    """The exception handlers of the whole application."""

    def named(request: AnyRequest, error: ExchangeError) -> Response[bytes]:
        if error.code == "confirmation_needed" and wants_page(request):
            return see_other(f"/sign-in?confirm{_onward(request).replace('?', '&')}")
        status = 413 if error.code.endswith("_too_large") else error.status
        if status >= 500 and status != 501:  # which is for what somebody asks, not for what fails
            log.error("%s %s: %s", request.method, _place(request), error)
        return _answer(
            site, request, status, error.code, error.message, error.at, headers=_headers(request, error)
        )

    def stranger(request: AnyRequest, error: SignInNeededError) -> Response[bytes]:
        if wants_page(request):
            return see_other(f"/sign-in{_onward(request)}")
        return _answer(site, request, error.status, error.code, error.message, headers=error.challenge)

    def refused(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        if error.status_code >= 500:
            return unknown(request, error)
        code, words = _WORDS.get(error.status_code, ("bad_request", _WORDS[400][1]))
        detail = error.detail if isinstance(error, UnsupportedMediaTypeError) else words
        return _answer(site, request, error.status_code, code, detail, headers=error.headers)

    def unknown(request: AnyRequest, error: Exception) -> Response[bytes]:
        number = secrets.token_hex(4)
        log.error("%s %s: error %s", request.method, _place(request), number, exc_info=error)
        return _answer(site, request, 500, "internal", _INTERNAL, number=number)

    return {
        SignInNeededError: stranger,
        ExchangeError: named,
        HTTPException: refused,
        Exception: unknown,
    }


def _onward(request: AnyRequest) -> str:
    """Where to go on once somebody has signed in: to the page they asked for, or had before them when they
    sent a form. Signing in looks at it before it goes there."""
    place = request.url.path
    if request.method not in ("GET", "HEAD"):
        place = urlsplit(request.headers.get("referer", "")).path
    return f"?{urlencode({'next': place})}" if place not in ("", "/desk") else ""


def _headers(request: AnyRequest, error: ExchangeError) -> dict[str, str]:
    """When to come again (RFC 9110 §10.2.3), and that a token goes no further (RFC 6750 §3.1)."""
    if isinstance(error, TooManyError):
        return {"retry-after": str(error.retry_after)}
    if isinstance(error, ForbiddenError) and request.headers.get("authorization"):
        return {"www-authenticate": f'{_BEARER}, error="insufficient_scope"'}
    return {}


def _answer(
    site: Site,
    request: AnyRequest,
    status: int,
    code: str,
    detail: str,
    at: str = "",
    *,
    number: str = "",
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    if wants_page(request):
        context = {"http_status": status, "detail": detail, "number": number}
        response = site.page(request, "error.html", status=status, cache="no-store", **context)
    else:
        title = HTTPStatus(status).phrase
        document = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
        document |= {"at": at} if at else {}
        document |= {"instance": f"urn:exchange:error:{number}"} if number else {}
        body = strict_json.dump(document)
        response = reply(
            request, body, "application/problem+json", status=status, cache="no-store", negotiated=True
        )
    response.headers.update(headers or {})
    return response
