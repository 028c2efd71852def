"""P7 for webhooks: what signs their messages is told once, and then lies nowhere it could be read."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.cli import main
from exchange.settings import VARIABLES
from tests.private_bytes import Search

URL = "https://hr.example.org/in"


@pytest.fixture
def told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """A command line in a home of its own, and what it said."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EXCHANGE_HOME", str(tmp_path / "home"))

    def type_(*words: str) -> str:
        capsys.readouterr()
        assert main(list(words)) == 0
        said = capsys.readouterr()
        return said.out + said.err

    return type_


def test_a_secret_is_told_once_and_lies_nowhere(told: Callable[..., str], tmp_path: Path) -> None:
    told("issuers", "sync", "--yes")
    made = json.loads(told("webhooks", "add", "atlas", URL, "--json"))
    secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
    told("webhooks", "test", "atlas", made["id"])
    said = [
        told("webhooks", "list", "atlas", "--json"),
        told("webhooks", "log", "atlas", made["id"], "--json"),
        told("backup", str(tmp_path / "all.backup")),
        told("doctor", "--json"),
    ]
    places = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any("exchange.sqlite3" in place for place in places)
    assert any(f"{'0' * 32}.key" in place for place in places)
    places |= {f"said {n}": text.encode() for n, text in enumerate(said)}
    search = Search({"the webhook's": secret})
    assert search.found(places) == []
    assert search.found({"the answer": json.dumps(made).encode()})  # it would have been found
