"""docs/: the examples run against the exchange as it is served, and print what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.flows.badges.award import Order, award
from exchange.settings import ROOT, VARIABLES
from tests.live import live_exchange

PAGES = {"api.md": 7, "embed.md": 4}
"""How many examples each has at least."""


@pytest.mark.parametrize("name", PAGES)
def test_every_example_prints_what_the_page_shows(tmp_path: Path, name: str) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    program = "\n".join(examples)
    shown = re.findall(r"^# → (.*)$", program, re.M)
    assert len(examples) >= PAGES[name]
    assert len(shown) >= len(examples)
    with live_exchange(tmp_path / "home") as exchange:
        environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        order = Order("atlas", "incident-lead", "ann@example.org", ("https://example.org/incidents/1",))
        if "BADGE" in program:
            environ |= {"BADGE": exchange.run(award(exchange.ports, order)).id}
        environ |= {"EXCHANGE": exchange.url, "EXCHANGE_TOKEN": exchange.token, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.stdout.splitlines(), done.stderr) == (shown, "")


def test_every_benchmark_that_is_named_begins() -> None:
    """Its figures are taken by hand; that its command still finds what it measures, each run asks."""
    named = re.findall(r"python -m (benchmarks\.\w+)", (ROOT / "benchmarks" / "README.md").read_text("utf-8"))
    program = f"import importlib; [importlib.import_module(name) for name in {sorted(set(named))}]"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(set(named)) > 10
