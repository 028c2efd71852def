"""Schemathesis plays with the API by its description, over a real database, as somebody who may do all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from exchange.flows.badges.award import Order, award
from tests.live import LiveExchange, live_exchange

UNTRUE_HERE = [
    # A date in the past, an issuer without that badge: JSON Schema cannot say what an order means.
    "positive_data_acceptance",
]
RUN = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]


def known(exchange: LiveExchange) -> str:
    """A configuration that names what is there, so that not every path ends in a 404."""
    badge = exchange.run(
        award(exchange.ports, Order("atlas", "incident-lead", "ann@example.org", ("https://e.org",)))
    )
    row = exchange.run(exchange.ports.store.badge(badge.key))
    assert row is not None
    there = {
        "/badges/{name}": {"name": badge.key},
        "/badges/{key}/log-proof": {"key": badge.key},
        "/status/{key}": {"key": row.slots[0].list_id},
        "/issuers/{slug}": {"slug": "atlas"},
        "/issuers/{slug}/did.json": {"slug": "atlas"},
        "/achievements/{issuer}/{slug}/{version}": {"issuer": "atlas", "slug": "incident-lead", "version": 1},
    }
    return "".join(
        f"[[operations]]\ninclude-path = {json.dumps(path)}\n"
        + "".join(
            f"parameters.{json.dumps(f'path.{name}')} = {json.dumps(value)}\n"
            for name, value in names.items()
        )
        for path, names in there.items()
    )


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with live_exchange(tmp_path / "home") as exchange:
        (tmp_path / "schemathesis.toml").write_text(known(exchange))
        command = [
            *(*RUN, "run", f"{exchange.url}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {exchange.token}"),
            *("--max-examples", "8", "--seed", "1", "--generation-database", "none", "--no-color"),
            *("--exclude-checks", ",".join(UNTRUE_HERE), "--suppress-health-check", "all"),
            *("--workers", "2"),
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    for phase in ("Coverage", "Fuzzing", "Stateful"):
        assert f"✅  {phase}" in done.stdout
