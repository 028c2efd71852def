"""docs/api.md: its examples run against the exchange as it is served, and print what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from exchange.settings import ROOT, VARIABLES
from tests.live import live_exchange

EXAMPLES = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "api.md").read_text(), re.M | re.S)


def test_every_example_prints_what_the_page_shows(tmp_path: Path) -> None:
    program = "\n".join(EXAMPLES)
    shown = re.findall(r"^# → (.*)$", program, re.M)
    assert len(EXAMPLES) >= 7
    assert len(shown) >= len(EXAMPLES)
    with live_exchange(tmp_path / "home") as exchange:
        environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
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
