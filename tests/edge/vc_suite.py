"""Somebody who runs the W3C's suites against the VC-API test profile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from litestar.testing import TestClient

from exchange.adapters.worker import KillableWorker
from exchange.core.canonical import Exact
from exchange.edge.application import build_litestar
from exchange.edge.badges.vc_api import build_vc_api
from exchange.flows.badges.vc_api import VcApi, unsafe_key
from tests.core.w3c import NOW, credential
from tests.simulator import World

KEYS = {kind: unsafe_key(kind) for kind in ("Ed25519", "P-256", "P-384")}
ED = KEYS["Ed25519"].did


class Suite:
    """Posts as the suites do, and looks at what they look at."""

    def __init__(self, world: World, ports: Any, worker: KillableWorker | None = None) -> None:
        self.world = world
        api = VcApi(ports, worker.base_proof if worker else None)
        self.client = TestClient(build_litestar(ports, extra_handlers=[build_vc_api(api)]))

    def post(self, path: str, body: Any) -> Any:
        """The answer; one of 201 or 200, or 400 with a problem document."""
        answer = self.client.post(f"/vc-api/{path}", json=body)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["detail"]
            assert answer.json()["code"]
        return answer

    def issue(self, document: dict[str, Any], **options: Any) -> dict[str, Any]:
        answer = self.post("credentials/issue", {"credential": document, "options": options})
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        return issued

    def refuses(self, document: Any, **options: Any) -> str:
        """The code with which it refuses to issue `document`."""
        answer = self.post("credentials/issue", {"credential": document, "options": options})
        assert answer.status_code == 400, answer.text
        return str(answer.json()["code"])

    def verify(self, document: Any, **options: Any) -> Any:
        body = {"verifiableCredential": document, "options": {"checks": ["proof"], **options}}
        return self.post("credentials/verify", body)

    def verify_presentation(self, document: Any, **options: Any) -> Any:
        body = {"verifiablePresentation": document, "options": {"checks": [], **options}}
        return self.post("presentations/verify", body)


def asked(by: str = ED, **changed: Any) -> dict[str, Any]:
    """A credential as a suite sends it: with the issuer of its configuration, unless the case has another."""
    return credential(**{"issuer": by, **changed})


def fresh_suite(exact: Exact) -> Suite:
    """On a new exchange in memory, at the time of the core's cases; `exact` stands for the worker."""
    world = World(now=NOW)
    return Suite(world, replace(world.ports, exact=exact))
