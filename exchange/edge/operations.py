"""What programs may do for somebody: award, suspend, reinstate and revoke, as JSON over HTTP.

Mounted by `desk.build_desk`, behind its guards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.dates import format_date, parse_date
from exchange.edge.access import ThePorts
from exchange.edge.once import once_of
from exchange.edge.problems import UnsupportedMediaTypeError
from exchange.edge.replies import AnyRequest, reply
from exchange.edge.words import plain
from exchange.errors import InputError, NotFoundError
from exchange.flows import award as awarding
from exchange.flows.records import StatusChange
from exchange.flows.rights import Verb
from exchange.flows.sign import PROOFS
from exchange.flows.status import reinstate, revoke, suspend

Do: TypeAlias = Callable[..., Awaitable[StatusChange]]
ACTS: dict[Verb, Do] = {"suspend": suspend, "reinstate": reinstate, "revoke": revoke}

_JSON = "application/json"


def act_named(name: str) -> tuple[Verb, Do]:
    """The flow that changes a badge's status so, and the right it takes. NotFoundError("unknown_act")."""
    for verb, do in ACTS.items():
        if verb == name:
            return verb, do
    raise NotFoundError("unknown_act", f"What can be done to a badge is {', '.join(ACTS)}.")


@post("/api/award", status_code=201)
async def award_api(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """201 and `{"id": …, "files": {"json" or "jwt": …, "png": …, "svg": …, "log": …}}`, all of
    them URLs; the last is the proof that it is in the log.

    Body: `{"issuer", "badge", "to"}` and, if wanted, `"evidence"` (a list of URLs), `"narrative"`
    (Markdown), `"validUntil"` (RFC 3339), `"proof"`, and `"mail": false` to tell nobody by mail. With an
    `Idempotency-Key`, once for that key.
    """
    once = await once_of(request, ports)
    awarded = await awarding.award(ports, _order(await _body(request)), once)
    files = {kind: f"{awarded.id}.{kind}" for kind in (awarded.extension, "png", "svg")}
    files["log"] = urls.log_proof(ports.base_url, awarded.key)
    body = strict_json.dump({"id": awarded.id, "files": files})
    return reply(request, body, _JSON, status=201, cache="no-store", headers={"location": awarded.id})


@post("/api/badges/{key:str}/{act:str}", status_code=200)
async def change_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], act: FromPath[str]
) -> Response[bytes]:
    """200 and what was changed; `act` is suspend, reinstate or revoke. Body: `{"reason": …}` and, to
    tell nobody by mail, `"mail": false`. With an `Idempotency-Key`, once for that key."""
    (_, do), body, once = act_named(act), await _body(request), await once_of(request, ports)
    _only(body, ("reason", "mail"))
    change = await do(ports, key, _text(body, "reason", ""), once, mail=_flag(body, "mail", True))
    document = {
        "id": urls.badge(ports.base_url, change.badge),
        "purpose": change.purpose,
        "on": change.on,
        "reason": change.reason,
        "at": format_date(change.at),
    }
    return reply(request, strict_json.dump(document), _JSON, cache="no-store")


def _order(body: dict[str, Any]) -> awarding.Order:
    _only(body, ("issuer", "badge", "to", "evidence", "narrative", "validUntil", "proof", "mail"))
    evidence, until = body.get("evidence", []), _text(body, "validUntil", "")
    if not isinstance(evidence, list) or not all(isinstance(url, str) for url in evidence):
        raise InputError("not_a_list", "evidence must be a list of strings.", "/evidence")
    return awarding.Order(
        _text(body, "issuer"),
        _text(body, "badge"),
        _text(body, "to"),
        evidence=tuple(evidence),
        narrative=_text(body, "narrative", ""),
        valid_until=parse_date(until) if until else None,
        proof=_text(body, "proof", PROOFS[0]),
        mail=_flag(body, "mail", True),
    )


async def _body(request: AnyRequest) -> dict[str, Any]:
    if request.content_type[0] != _JSON:
        raise UnsupportedMediaTypeError(f"Send {_JSON}.")
    body = strict_json.parse(await request.body())
    if not isinstance(body, dict):
        raise InputError("not_an_object", "The request must be a JSON object.")
    return body


def _only(body: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in body:
        if name not in names:
            message = f"{plain(name, 60)!r} is not a member of this request; it has {', '.join(names)}."
            raise InputError("unknown_member", message, f"/{name}")


def _text(body: dict[str, Any], name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if value is None:
        raise InputError("member_missing", f"{name} is missing.", f"/{name}")
    if not isinstance(value, str):
        raise InputError("not_a_string", f"{name} must be a string.", f"/{name}")
    return value


def _flag(body: dict[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise InputError("not_a_boolean", f"{name} must be true or false.", f"/{name}")
    return value
