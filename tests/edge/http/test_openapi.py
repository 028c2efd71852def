"""The description of the API: whole, in form, and true of every answer that these tests get (`described`)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from litestar.handlers import get

import exchange
from exchange.edge.application import PUBLIC_PATHS, build_litestar
from exchange.edge.http.openapi import operations
from exchange.flows.sign import PROOFS
from tests.edge.described import description, fault
from tests.edge.http.access import CLOSED
from tests.edge.shop import Shop
from tests.simulator import World

PAGES_UNDER_API = {"/api/docs"}


def undescribed(app: Any) -> set[str]:
    """Routes for programs that do not say what they are."""
    return {
        path
        for path, _, handler, operation in operations(app)
        if operation is None
        and (path.startswith("/api/") or handler.opt.get("public"))
        and path not in PAGES_UNDER_API
    }


def test_every_route_for_programs_says_what_it_is() -> None:
    app = build_litestar(World().ports)
    assert undescribed(app) == set()
    described = {path for path, _, _, operation in operations(app) if operation}
    assert described >= {*PUBLIC_PATHS, "/health"}


def test_a_route_that_says_nothing_is_noticed() -> None:
    @get("/api/new")
    async def new() -> None: ...

    assert undescribed(build_litestar(World().ports, extra_handlers=[new])) == {"/api/new"}


def test_who_may_is_said_as_it_is() -> None:
    app = build_litestar(World().ports)
    for path, method, handler, operation in operations(app):
        if operation is None:
            continue
        guarded = any("signed_in_only" in guard.__qualname__ for guard in handler.resolve_guards())
        assert operation.closed is guarded, path
        assert operation.scopes == (CLOSED[method, path].scopes if guarded else ()), path


def test_every_code_is_one_that_the_program_has() -> None:
    package = Path(exchange.__file__).parent
    listed = re.compile(r'\d{3}: "[a-z_ ]+"|add\(\d{3}, .*')
    source = "".join(listed.sub("", file.read_text()) for file in package.rglob("*.py"))
    for operations_ in description()["paths"].values():
        for operation in operations_.values():
            for status, said in operation["responses"].items():
                if int(status) < 400:
                    continue
                _, narrowed = said["content"]["application/problem+json"]["schema"]["allOf"]
                for code in narrowed["properties"]["code"]["enum"]:
                    assert f'"{code}"' in source, (operation["operationId"], code)


def test_every_reference_leads_somewhere_and_ids_are_unique() -> None:
    document = description()
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            if isinstance(target := value.get("$ref"), str):
                found: Any = document
                for step in target.removeprefix("#/").split("/"):
                    found = found[step]
            if isinstance(target := value.get("operationId"), str):
                assert target in names
            for one in value.values():
                walk(one)

    walk(document)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})


def test_it_is_served_to_anybody_and_names_this_exchange(shop: Shop) -> None:
    answer = shop.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == json.loads(json.dumps(description()))
    assert answer.json()["servers"] == [{"url": shop.world.ports.base_url}]
    again = shop.get("/api/openapi.json", **{"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_page_has_every_operation_and_every_shape(shop: Shop) -> None:
    page = shop.page("/api/docs")
    for path, operations_ in description()["paths"].items():
        for operation in operations_.values():
            assert f'id="{operation["operationId"]}"' in page
            assert path in page
    for name in description()["components"]["schemas"]:
        assert f'id="schema-{name}"' in page
    assert "<script>" not in page
    assert "style=" not in page


def test_orders_and_proofs_are_those_that_can_be_made() -> None:
    order = description()["components"]["schemas"]["AwardRequest"]["properties"]
    assert set(order["proof"]["enum"]) == set(PROOFS)


class Answer:
    """An answer as the description's checks see one."""

    def __init__(self, status: int, kind: str, value: Any, **headers: str) -> None:
        self.status_code, self._value, self.text = status, value, json.dumps(value)
        self.headers = {"content-type": kind, **headers}

    def json(self) -> Any:
        return self._value


PROBLEM = {"type": "about:blank", "title": "None", "status": 404, "detail": "No.", "code": "unknown_entry"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(200, "application/json", {"v": 1}, etag="x"), "required"),
        (Answer(200, "application/json", {}), "lacks"),
        (Answer(200, "text/plain", {}, etag="x"), "is text/plain"),
        (Answer(404, "application/problem+json", {**PROBLEM, "code": "unheard_of"}), "unheard_of"),
        (Answer(418, "application/problem+json", PROBLEM), "no 418"),
        (Answer(404, "application/problem+json", PROBLEM), ""),
    ],
)
def test_an_answer_that_is_other_than_described_is_noticed(answer: Answer, said: str) -> None:
    found = fault("GET", "/log/entries/7", answer)
    assert said in found
    assert bool(found) is bool(said)
