"""A terminal for tests: type a command, see what came of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import exchange.app
from exchange.cli import main
from exchange.flows.ports import Ports
from exchange.resources import data_path
from exchange.settings import VARIABLES, Settings
from tests.simulator import World


@dataclass
class Ran:
    """One command line that was carried out."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """Types commands at a simulated world."""

    def __init__(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        self.world = world
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ran:
        self._capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Ran(status, *self._capsys.readouterr())

    def award(self, *more: object, to: str = "mailto:ann@example.org") -> dict[str, Any]:
        """A badge of the first sort there is, as `--json` tells it; `json`, `png`, `svg` and `log.json` are
        its files."""
        order = ("award", first_badge(), "--to", to, "--evidence", "https://example.org/work")
        done = self(*order, "--json", *more)
        assert done.status == 0, done.err
        told: dict[str, Any] = done.json
        return told | {Path(file).name.partition(".")[2]: Path(file) for file in told["files"]}


def first_badge() -> str:
    """The first badge of the shipped catalogue, as `award` names it."""
    toml = min(data_path("issuers").glob("*/badges/*.toml"))
    return f"{toml.parent.parent.name}/{toml.stem}"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EXCHANGE_HOME", str(tmp_path / "home"))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal at a world in memory, its shipped issuers synced."""
    typing = Terminal(World(), capsys)

    @asynccontextmanager
    async def open_ports(settings: Settings) -> AsyncIterator[Ports]:
        yield typing.world.ports

    monkeypatch.setattr(exchange.app, "open_ports", open_ports)
    assert typing("issuers", "sync").status == 0
    return typing


@pytest.fixture
def on_disk(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal at a real home: SQLite, key files, the worker."""
    return Terminal(World(), capsys)
