"""Verifying for anybody: a page that works without JavaScript, and the same as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar import Response, post

from exchange.core import strict_json
from exchange.core.verdict.verdict import Verdict
from exchange.edge.badges.submissions import MAX_RECIPIENT, RAW_TYPES, Submission, read_submission
from exchange.edge.badges.verdicts import read_verdict
from exchange.edge.http import shapes
from exchange.edge.http.access import client_of, network_of
from exchange.edge.http.describe import JSON, Operation, Parameter, described, told
from exchange.edge.http.replies import PUBLIC, AnyRequest, reads, reply
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import safe_link
from exchange.errors import InputError, TooManyError
from exchange.flows.badges import verify as flow

MAX_UPLOAD = 12_000_000
"""Bytes of a request: a large baked picture, with room."""


_AS_IT_IS = {
    "description": "The credential itself.",
    "anyOf": [
        {"required": ["@context"]},
        {"not": {"anyOf": [{"required": ["credential"]}, {"required": ["url"]}]}},
    ],
}
_SOMETHING = {"pattern": r"[^ \t\n\r\f\v]"}
_ANY_BYTES: dict[str, Any] = {}
_FIELDS: dict[str, Any] = {
    "pasted": {"type": "string"},
    "recipient": {"type": "string", "maxLength": MAX_RECIPIENT},
    "expect": {"enum": ["", "badge", "endorsement"]},
    "at": {"anyOf": [{"const": ""}, {"type": "string", "format": "date-time"}]},
}
_PASTED = {"properties": {"pasted": _SOMETHING}, "required": ["pasted"]}
_FORMS: dict[str, Any] = {
    "multipart/form-data": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
            **_FIELDS,
        },
        "anyOf": [{"properties": {"file": _SOMETHING}, "required": ["file"]}, _PASTED],
    },
    "application/x-www-form-urlencoded": {"type": "object", "properties": _FIELDS, "allOf": [_PASTED]},
}
VERIFY = Operation(
    "Badges",
    told("The verdict, whatever it is.", shapes.Verdict),
    {
        400: "nothing_to_verify two_to_verify expect_unknown recipient_too_long date_malformed "
        "unknown_member not_a_string not_a_credential form_malformed",
        429: "too_many pdf_busy",
    },
    parameters=(
        Parameter(
            "recipient", "query", {"type": "string", "maxLength": MAX_RECIPIENT}, "Who should have it."
        ),
        Parameter("expect", "query", {"enum": ["badge", "endorsement"]}, "What it should be."),
        Parameter("at", "query", {"type": "string", "format": "date-time"}, "When it should be valid."),
    ),
    body={
        **dict.fromkeys(RAW_TYPES, _ANY_BYTES),
        **_FORMS,
        JSON: {"anyOf": [shapes.VerifyCredential, shapes.VerifyUrl, _AS_IT_IS]},
    },
)


@reads("/verify")
async def verify_page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The form. `?url=` fills it in; nothing is fetched before somebody asks for it."""
    pasted = safe_link(request.query_params.get("url", ""))
    return _page(site, request, pasted=pasted, cache="public, max-age=300")


@post("/verify", status_code=200, request_max_body_size=MAX_UPLOAD)
async def verify_form(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The verdict as a page; a mistake in the form comes back with the form."""
    try:
        submission = await read_submission(request)
        reading = read_verdict(await _verify(request, site, submission), site.ports.base_url)
    except InputError as error:
        return _page(site, request, status=error.status, problem=error.message)
    except TooManyError as error:
        answer = _page(site, request, status=error.status, problem=error.message)
        answer.headers["retry-after"] = str(error.retry_after)
        return answer
    return _page(site, request, reading=reading, pasted=submission.url)


@post("/api/verify", status_code=200, request_max_body_size=MAX_UPLOAD, opt={**PUBLIC, **described(VERIFY)})
async def verify_api(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """Verify a credential. The verdict as JSON, with status 200 for every outcome.

    Body: `{"credential": {…} or "…", …}` or `{"url": "…", …}` with optional `recipient`, `expect`
    ("badge", "endorsement") and `at` (date and time); or the credential itself (JSON, JWT, PNG, SVG) with
    those three as query parameters; or the form of `/verify`.
    """
    verdict = await _verify(request, site, await read_submission(request))
    return reply(request, strict_json.dump(verdict.to_json()), "application/json", cache="no-store")


async def _verify(request: AnyRequest, site: Site, submission: Submission) -> Verdict:
    options = replace(submission.options, network=network_of(client_of(request, site)))
    if submission.url:
        return await flow.verify_url(site.ports, submission.url, options)
    return await flow.verify(site.ports, submission.data, options)


def _page(
    site: Site, request: AnyRequest, *, status: int = 200, cache: str = "no-store", **result: Any
) -> Response[bytes]:
    context = {"reading": None, "problem": "", "pasted": "", "checked_at": site.ports.now(), **result}
    return site.page(request, "verify.html", status=status, cache=cache, **context)
