"""The VC-API test profile over HTTP, as the W3C conformance suites call it (VC-API; STANDARDS.md, trap 15).

201 and the bare credential for what was issued, 200 for what verifies, 400 and a problem document for
everything else, *cannot tell* included: the suites know no third outcome. Never part of the public site.

To run a suite: `EXCHANGE_TEST_VC_API=on exchange serve`, and in its `localConfig.cjs` the endpoints
`…/vc-api/credentials/issue`, `…/credentials/verify`, `…/presentations/verify`, an `id` of each issuer from
`…/vc-api/issuers`, and `options` as `issue` takes them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from exchange.core import strict_json
from exchange.core.proofs.data_integrity import as_list
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.verdict import Verdict
from exchange.edge.http.replies import AnyRequest, reply
from exchange.errors import CannotTellError, InputError
from exchange.flows.badges.vc_api import IssueOptions, VcApi, VerifyOptions

TheApi = NamedDependency[SkipValidation[VcApi]]

_JSON = "application/json"
_PROBLEM = "application/problem+json"

_DATA_MODEL = "https://www.w3.org/TR/vc-data-model#"
_INTEGRITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"
_TYPES = (
    ("undefined_", _INTEGRITY + "DATA_LOSS_DETECTION_ERROR"),
    ("proof_domain", _INTEGRITY + "INVALID_DOMAIN_ERROR"),
    ("proof_challenge", _INTEGRITY + "INVALID_CHALLENGE_ERROR"),
    ("proof_", _INTEGRITY + "PROOF_VERIFICATION_ERROR"),
    ("key_", _INTEGRITY + "INVALID_VERIFICATION_METHOD"),
    ("signature_", _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
    ("json_", _DATA_MODEL + "PARSING_ERROR"),
    ("schema_", _DATA_MODEL + "MALFORMED_VALUE_ERROR"),
    ("digest_", _DATA_MODEL + "MALFORMED_VALUE_ERROR"),
    ("status_malformed", _STATUS + "MALFORMED_VALUE_ERROR"),
    ("status_index", _STATUS + "RANGE_ERROR"),
    ("status_list_too_short", _STATUS + "STATUS_LIST_LENGTH_ERROR"),
    ("status_list_", _STATUS + "STATUS_VERIFICATION_ERROR"),
    ("document_unreachable", _STATUS + "STATUS_RETRIEVAL_ERROR"),
)
"""How the code of a finding begins → the type of problem that the specifications have for it."""


def build_vc_api(api: VcApi) -> Router:
    """The routes of the profile, all of them under `/vc-api`."""
    return Router(
        path="/vc-api",
        route_handlers=[
            issuers,
            issue,
            verify_credential,
            verify_presentation,
            set_status,
            status_list,
            publish_list,
        ],
        dependencies={"api": Provide(lambda: api, sync_to_thread=False)},
    )


@get("/issuers")
async def issuers(request: AnyRequest, api: TheApi) -> Response[bytes]:
    """The ids that the configuration of a suite can name as issuer, and the kinds of their keys."""
    listed = [
        {"id": key.did, "keyType": key.public.kind, "verificationMethod": key.method}
        for key in api.keys.values()
    ]
    return reply(request, strict_json.dump({"issuers": listed}), _JSON, cache="no-store")


@post("/credentials/issue")
async def issue(request: AnyRequest, api: TheApi) -> Response[bytes]:
    """201 and the signed credential. Body: `{"credential": {…}, "options": {"cryptosuite": "…",
    "mandatoryPointers": ["…"], "statusPurpose": "revocation" or a list}}`."""
    body = await _body(request)
    options = _options(body)
    wanted = IssueOptions(
        cryptosuite=_text(options, "cryptosuite"),
        mandatory_pointers=_texts(options, "mandatoryPointers"),
        status_purposes=_texts(options, "statusPurpose"),
    )
    try:
        signed = await api.issue(body.get("credential"), wanted)
    except CannotTellError as error:
        raise InputError(error.code, error.message, error.at) from error
    return reply(request, signed, _JSON, status=201, cache="no-store")


@post("/credentials/verify", status_code=200)
async def verify_credential(request: AnyRequest, api: TheApi) -> Response[bytes]:
    """200 if it is valid. Body: `{"verifiableCredential": {…} or "JWT", "options": {"domain", "challenge",
    "expectedProofPurpose"}}`. Every check is made, whichever `options.checks` names."""
    body = await _body(request)
    verdict = await api.verify_credential(body.get("verifiableCredential"), _verify_options(body))
    return _answer(request, verdict)


@post("/presentations/verify", status_code=200)
async def verify_presentation(request: AnyRequest, api: TheApi) -> Response[bytes]:
    """200 if it and every credential in it are valid. Body: `{"verifiablePresentation": {…} or "JWT",
    "options": …}`, the options as for a credential."""
    body = await _body(request)
    verdict = await api.verify_presentation(body.get("verifiablePresentation"), _verify_options(body))
    return _answer(request, verdict)


@post(["/status", "/credentials/status"], status_code=200)
async def set_status(request: AnyRequest, api: TheApi) -> Response[bytes]:
    """Set the status of an issued credential, or clear it with `"status": false`.

    Body: `{"credentialId": "…", "credentialStatus": {"statusPurpose": "…"}, "status": true}`, or a list of
    such objects.
    """
    body = await _body(request)
    identifier = body.get("credentialId")
    entries = as_list(body.get("credentialStatus")) or [{}]
    if not isinstance(identifier, str) or not all(isinstance(entry, dict) for entry in entries):
        wrong = "Send credentialId, a text, and credentialStatus, an object."
        raise InputError("status_request_malformed", wrong)
    for entry in entries:
        on = entry.get("status", body.get("status", True))
        api.set_status(identifier, str(entry.get("statusPurpose", "revocation")), on not in (False, "0", 0))
    return reply(request, b"{}", _JSON, cache="no-store")


@get("/status-lists/{key:str}")
async def status_list(request: AnyRequest, api: TheApi, key: FromPath[str]) -> Response[bytes]:
    """The signed status list, as JSON for what the suites' clients can parse."""
    return reply(request, await api.status_list(key), _JSON, cache="no-store")


@post("/status-lists/{key:str}/publish", status_code=204)
async def publish_list(api: TheApi, key: FromPath[str]) -> None:
    """For suites that ask for it; a list is always as it is served."""
    await api.status_list(key)


async def _body(request: AnyRequest) -> dict[str, Any]:
    body = strict_json.parse(await request.body())
    if not isinstance(body, dict):
        raise InputError("not_an_object", "The body of the request must be a JSON object.")
    return body


def _options(body: dict[str, Any]) -> dict[str, Any]:
    options = body.get("options")
    if options is not None and not isinstance(options, dict):
        raise InputError("options_malformed", "options must be an object.", "/options")
    return options or {}


def _verify_options(body: dict[str, Any]) -> VerifyOptions:
    options = _options(body)
    return VerifyOptions(
        domain=_text(options, "domain"),
        challenge=_text(options, "challenge"),
        purpose=_text(options, "expectedProofPurpose"),
    )


def _text(options: dict[str, Any], name: str) -> str | None:
    value = options.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError("options_malformed", f"options.{name} must be a text.", f"/options/{name}")
    return value


def _texts(options: dict[str, Any], name: str) -> tuple[str, ...]:
    values = as_list(options.get(name))
    if not all(isinstance(value, str) for value in values):
        raise InputError("options_malformed", f"options.{name} must be texts.", f"/options/{name}")
    return tuple(values)


def _answer(request: AnyRequest, verdict: Verdict) -> Response[bytes]:
    failed = [finding for finding in verdict.findings if finding.level in ("error", "unknown")]
    result: dict[str, Any] = {
        "verified": verdict.outcome == "valid",
        "checks": [finding.code for finding in verdict.findings if finding.level == "ok"],
        "warnings": [finding.message for finding in verdict.findings if finding.level == "warning"],
        "errors": [finding.message for finding in failed],
    }
    if verdict.outcome == "valid":
        return reply(request, strict_json.dump(result), _JSON, cache="no-store")
    problems = [_problem(finding) for finding in failed]
    document = {**problems[0], "status": 400, "code": failed[0].code, **result, "problemDetails": problems}
    return reply(request, strict_json.dump(document), _PROBLEM, status=400, cache="no-store")


def _problem(finding: Finding) -> dict[str, Any]:
    """One failure as RFC 9457 has it, of the type that the W3C's texts define for it."""
    kind = next((kind for start, kind in _TYPES if finding.code.startswith(start)), "about:blank")
    title = HTTPStatus.BAD_REQUEST.phrase if kind == "about:blank" else kind.partition("#")[2]
    return {"type": kind, "title": title, "detail": finding.message, "at": finding.at}
