"""The API's description (OpenAPI 3.1), made of what each route says of itself, and a page to read it on."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler

from exchange import resources
from exchange.core import strict_json
from exchange.edge.http import shapes
from exchange.edge.http.access import cookie_name
from exchange.edge.http.describe import JSON, PROBLEM, Answer, Operation, Parameter, Shared, described, found
from exchange.edge.http.replies import FRESH, AnyRequest, reads, reply
from exchange.edge.http.site import BRAND, Site, TheSite

_ABOUT = """\
Every address also answers HEAD. What went wrong is a problem document (RFC 9457) whose `code` is stable; a
client that would rather have `text/html` gets a page. Documents that anybody may read carry an ETag, and may
be read by any page. Times are RFC 3339, in UTC."""
_IN_JSON = "json_malformed json_duplicate_key json_number json_too_deep json_not_utf8"
_SCHEMA = "urn:exchange:schema:"
_COMPONENT = "#/components/schemas/"
_PATH = re.compile(r"\{(\w+):(\w+)\}")
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "str": {"type": "string", "minLength": 1},
    "int": {"type": "integer", "minimum": 0},
}
_KEY = Parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "Sent again with the same request, it has its effect once and gets the same answer.",
)
_IF_NONE_MATCH = Parameter("If-None-Match", "header", {"type": "string"}, "The ETag of what you have.")
_HEADERS = {
    401: {"www-authenticate": "How to say who you are."},
    429: {"retry-after": "Seconds to wait (RFC 9110 §10.2.3)."},
}

OPENAPI = Operation(
    "About this API",
    found("OpenAPI 3.1.", {JSON: {"type": "object", "required": ["openapi", "paths"]}}),
)


@reads("/api/openapi.json", public=True, opt=described(OPENAPI))
async def document(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """This description."""
    return reply(request, strict_json.dump(_document(request.app, site)), JSON, cache=FRESH)


@reads("/api/docs")
async def page(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """The description as a page of our own; nothing of it is fetched from elsewhere."""
    said = _document(request.app, site)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(
                {"method": method.upper(), "path": path, **operation}
            )
    schemas = said["components"]["schemas"]
    return site.page(request, "api.html", said=said, groups=groups, schemas=schemas, phrase=_phrase)


def _phrase(status: str) -> str:
    return HTTPStatus(int(status)).phrase


def _document(app: Litestar, site: Site) -> dict[str, Any]:
    """The description of `app`; its routes do not change, so it is made once."""
    if "openapi" not in app.state:
        app.state["openapi"] = describe(app, site)
    made: dict[str, Any] = app.state["openapi"]
    return made


def operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler, Operation | None]]:
    """(path, method, handler, what it says of itself) of every route, HEAD and OPTIONS left out."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                yield route.path, method, handler, handler.opt.get("operation")


def describe(app: Litestar, site: Site) -> dict[str, Any]:
    """The OpenAPI document of the routes that say what they are."""
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler, operation in sorted(operations(app), key=lambda one: one[:2]):
        if operation is not None:
            at = paths.setdefault(_PATH.sub(r"{\1}", path), {})
            at[method.lower()] = _operation(path, method, handler, operation, schemas)
    session = {
        "type": "apiKey",
        "in": "cookie",
        "name": cookie_name(site),
        "description": "Of who signed in.",
    }
    token = {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of yours, `xbt_…`; it goes as far as its scopes and your rights.",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": BRAND, "version": version("exchange"), "description": _ABOUT},
        "servers": [{"url": site.ports.base_url}],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "securitySchemes": {"token": token, "session": session},
        },
    }


def _operation(
    path: str, method: str, handler: HTTPRouteHandler, operation: Operation, schemas: _Schemas
) -> dict[str, Any]:
    words = " ".join((inspect.getdoc(handler.fn) or "").split())
    said: dict[str, Any] = {
        "operationId": operation_id(handler),
        "tags": [operation.about],
        "summary": re.split(r"(?<=[.:;?])\s", words, maxsplit=1)[0].rstrip(".:;"),
        "description": words,
        "security": _security(operation),
        "parameters": [_parameter(one) for one in _parameters(path, operation)],
        "responses": {
            str(status): _answer(status, answer, schemas) for status, answer in operation.answers.items()
        },
    }
    if operation.body:
        said["requestBody"] = {"required": True, "content": schemas.content(operation.body)}
    for status, codes in sorted(_problems(path, method, operation).items()):
        said["responses"][str(status)] = _problem(status, sorted(codes), schemas)
    return said


def operation_id(handler: HTTPRouteHandler) -> str:
    """`operations.award`: the module and the name of its handler."""
    return f"{handler.fn.__module__.rpartition('.')[2]}.{handler.fn.__name__.removesuffix('_api')}"


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    return [{"token": [*operation.scopes]}, {"session": []}] if operation.closed else []


def _parameters(path: str, operation: Operation) -> Iterator[Parameter]:
    told = {one.name: one for one in operation.parameters}
    for name, kind in _PATH.findall(path):
        yield told.pop(name, Parameter(name, "path", _KINDS[kind], required=True))
    yield from told.values()
    if operation.once:
        yield _KEY
    if 304 in operation.answers:
        yield _IF_NONE_MATCH


def _parameter(one: Parameter) -> dict[str, Any]:
    said = {"name": one.name, "in": one.place, "required": one.required, "schema": dict(one.schema)}
    return said | ({"description": one.words} if one.words else {})


def _problems(path: str, method: str, operation: Operation) -> dict[int, set[str]]:
    """Every code by status: what the flow can say, and what guards, parsing and the database can."""
    codes: dict[int, set[str]] = {status: set(words.split()) for status, words in operation.problems.items()}

    def add(status: int, words: str) -> None:
        codes.setdefault(status, set()).update(words.split())

    add(503, "database_unavailable")
    if _PATH.search(path):
        add(404, "not_found")
    if operation.closed:
        add(401, "sign_in_needed token_invalid")
        if method != "GET":
            add(403, "cross_site_request")
    if operation.scopes:
        add(403, "not_permitted")
    if operation.once:
        add(400, "idempotency_key_malformed")
        add(422, "idempotency_key_reused")
    if operation.body:
        add(400, "bad_request")
        add(413, "too_large")
        add(415, "unsupported_media_type")
    if JSON in operation.body:
        add(400, _IN_JSON)
        add(413, "json_too_large")
    return codes


def _problem(status: int, codes: Iterable[str], schemas: _Schemas) -> dict[str, Any]:
    narrowed = {"properties": {"status": {"const": status}, "code": {"enum": [*codes]}}}
    shape = {"allOf": [schemas.of(shapes.Problem), narrowed]}
    said: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": {PROBLEM: {"schema": shape}}}
    return said | ({"headers": _headers(_HEADERS[status])} if status in _HEADERS else {})


def _answer(status: int, answer: Answer, schemas: _Schemas) -> dict[str, Any]:
    said: dict[str, Any] = {"description": answer.words}
    if answer.content:
        said["content"] = schemas.content(answer.content)
    if answer.headers:
        said["headers"] = _headers(answer.headers)
    if answer.links:
        said["links"] = {
            name: {"operationId": name, "parameters": dict(taken)} for name, taken in answer.links.items()
        }
    return said


def _headers(words: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"description": said, "required": True, "schema": {"type": "string"}}
        for name, said in words.items()
    }


class _Schemas:
    """What is referred to, collected on the way: types of `shapes`, and files of `schemas/`."""

    def __init__(self) -> None:
        self._types: dict[str, Any] = {}
        self._files: dict[str, Any] = {}

    def content(self, by_type: Mapping[str, Any]) -> dict[str, Any]:
        """The media types of a body or an answer."""
        return {media_type: {"schema": self.of(shape)} for media_type, shape in by_type.items()}

    def of(self, shape: Any) -> dict[str, Any]:
        """A schema that refers to `shape`, or is it."""
        if isinstance(shape, Mapping):
            return {
                name: [self.of(one) for one in value] if name in ("anyOf", "oneOf", "allOf") else value
                for name, value in shape.items()
            }
        if isinstance(shape, Shared):
            self._read(shape.name)
            return {"$ref": _COMPONENT + shape.name}
        if not isinstance(shape, type):  # an alias: too small for a name of its own
            return msgspec.json.schema(shape)
        self._types[shape.__name__] = shape
        return {"$ref": _COMPONENT + shape.__name__}

    def components(self) -> dict[str, Any]:
        """Every schema that was referred to, and what those refer to, by name."""
        _, made = msgspec.json.schema_components(self._types.values(), ref_template=_COMPONENT + "{name}")
        return dict(sorted({**made, **self._files}.items()))

    def _read(self, name: str) -> None:
        if name in self._files:
            return
        value = json.loads((resources.data_path("schemas") / f"{name}.json").read_bytes())
        self._files[name] = None  # those that refer to each other end here
        self._files[name] = self._moved(value, name)

    def _moved(self, value: Any, name: str) -> Any:
        """A schema of ours with what it refers to where this document has it."""
        if isinstance(value, list):
            return [self._moved(one, name) for one in value]
        if not isinstance(value, dict):
            return value
        moved = {key: self._moved(one, name) for key, one in value.items() if key not in ("$schema", "$id")}
        target = moved.get("$ref")
        if isinstance(target, str):
            file, _, place = target.partition("#")
            other = file.removeprefix(_SCHEMA) or name
            self._read(other)
            moved["$ref"] = f"{_COMPONENT}{other}{place}"
        return moved
