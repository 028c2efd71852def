"""The doors through which a stranger comes in: the flow behind all of them, HTTP, and the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

import exchange.app
from exchange.cli import main
from exchange.core.verdict.documents import Document
from exchange.core.verdict.verdict import Verdict
from exchange.edge.application import build_litestar
from exchange.flows.badges.verify import Options, verify
from exchange.flows.ports import Ports
from exchange.settings import VARIABLES, Settings
from tests.hostile.forge import NOW, TRUSTED
from tests.simulator import World


def world(documents: Mapping[str, Document] = {}) -> World:
    """A simulated world at the time of the attacks, with these pages on its web."""
    made = World(now=NOW)
    made.web.pages = dict(documents)
    return made


def through_flow(
    data: bytes, documents: Mapping[str, Document] = {}, **options: Any
) -> tuple[Verdict, World]:
    """The verdict of `flows.badges.verify`, and the world it was made in: `web.asked` is what it fetched."""
    made = world(documents)
    return asyncio.run(verify(made.ports, data, Options(**options))), made


class Site:
    """The web application, in a world whose web can be changed between requests."""

    def __init__(self) -> None:
        self.world = world()
        self.client = TestClient(build_litestar(self.world.ports), raise_server_exceptions=True)

    def ask(self, data: bytes, documents: Mapping[str, Document] = {}) -> Any:
        """`/api/verify` of the bytes as they are."""
        self.world.web.pages = dict(documents)
        headers = {"content-type": "application/octet-stream", "accept": "*/*"}
        return self.client.post("/api/verify", content=data, headers=headers)

    def page(self, data: bytes, documents: Mapping[str, Document] = {}) -> Any:
        """The page that a browser gets for a file in the form of `/verify`."""
        self.world.web.pages = dict(documents)
        file = ("badge", data, "application/octet-stream")
        return self.client.post("/verify", files={"file": file}, headers={"accept": "text/html"})


class Shell:
    """`exchange verify FILE --json`, as its operator types it: with the general route and the rare proofs."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.world = world()
        self.file = folder / "badge"
        for name in (*VARIABLES, "NO_COLOR"):
            patch.delenv(name, raising=False)
        patch.setenv("EXCHANGE_HOME", str(folder / "home"))
        patch.setattr(exchange.app, "open_ports", self._open_ports)

    @asynccontextmanager
    async def _open_ports(self, settings: Settings) -> AsyncIterator[Ports]:
        from dataclasses import replace

        yield replace(self.world.ports, exact=TRUSTED.exact, rare=TRUSTED.rare)

    def ask(
        self, capsys: pytest.CaptureFixture[str], data: bytes, documents: Mapping[str, Document] = {}
    ) -> tuple[int, Any]:
        """The exit status and what was printed."""
        self.world.web.pages = dict(documents)
        self.file.write_bytes(data)
        capsys.readouterr()
        status = main(["verify", str(self.file), "--json"])
        return status, json.loads(capsys.readouterr().out)
