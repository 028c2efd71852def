"""Schemathesis plays with the API by its description, over a real database, as somebody who may do all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from schemathesis.config._checks import POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES

from exchange.flows.badges.award import Order, award
from exchange.flows.people import people, teams
from exchange.flows.sign_in import tokens
from tests.live import LiveExchange, live_exchange

_NAMED = "a name is made of letters that can be seen, which no pattern says that every validator reads alike"
_PICTURED = "a picture is base64 of what Pillow can read, and words are such as can be shown"
MORE_THAN_FORM = {
    "POST /api/award": "an achievement may ask for evidence, and a date must be to come",
    "POST /api/verify": "what is sent as it is may be anything but nothing, and bytes have no schema",
    "POST /api/batches": "a roster is a file or rows, not both, and what is in a file has no schema",
    "POST /api/batches/{batch}/rows": "a row that is mended is one of the roster",
    "POST /api/claim/{key}": "a secret is the one of a mail, and works once",
    "POST /api/codes/make": "an achievement may ask for evidence, which no code can bring",
    "POST /api/imported": "what is brought has to be a badge, and theirs",
    "POST /api/issuers/{issuer}/achievements": "there is a name, or something to begin from",
    "PUT /api/issuers/{issuer}": _PICTURED,
    "PUT /api/issuers/{issuer}/achievements/{badge}": "what is text in it has to be fit to be shown",
    "PUT /api/issuers/{issuer}/achievements/{badge}/picture": _PICTURED,
    "POST /api/issuers/{issuer}/changes": "to suspend, reinstate or revoke takes a reason, to renew none",
    "POST /api/issuers/{issuer}/endorsements": "what is endorsed has a name, and what is said fits a line",
    "POST /api/issuers/{issuer}/webhooks": "an address is of a host that can be reached from everywhere",
    "POST /api/people": _NAMED,
    "POST /api/teams": _NAMED,
    "POST /api/teams/{slug}/rename": _NAMED,
}
"""Where a request of the right form may be refused with 400 all the same, and why no JSON Schema says it."""

ACCEPTED = [*POSITIVE_DATA_ACCEPTANCE_EXPECTED_STATUSES, "422"]
"""What a request of the right form is answered; 422 is for an Idempotency-Key that came with another one."""

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "3")
"""How often it tries each operation by chance, after the cases that it tries of each in any run."""

PATIENCE = 240 + 20 * int(EXAMPLES)
"""Seconds it may take."""

RUN = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]


def known(exchange: LiveExchange) -> str:
    """A configuration that names what is there, so that not every path ends in a 404."""
    badge = exchange.run(
        award(exchange.ports, Order("atlas", "incident-lead", "ann@example.org", ("https://e.org",)))
    )
    row = exchange.run(exchange.ports.store.badge(badge.key))
    assert row is not None
    ann = exchange.run(people.add(exchange.ports, "Ann Arbor", "ann@example.org", "ann"))
    exchange.run(teams.add(exchange.ports, "guild", "Guild"))
    spare, _ = exchange.run(tokens.add(exchange.ports, ann.id, "spare", ["read"]))
    there = {
        "/badges/{name}": {"name": badge.key},
        "/badges/{key}/log-proof": {"key": badge.key},
        "/embed/badges/{name}": {"name": f"{badge.key}.json"},
        "/badges/{key}/trust": {"key": badge.key},
        "/status/{key}": {"key": row.slots[0].list_id},
        "/issuers/{slug}": {"slug": "atlas"},
        "/issuers/{slug}/did.json": {"slug": "atlas"},
        "/achievements/{issuer}/{slug}/{version}": {"issuer": "atlas", "slug": "incident-lead", "version": 1},
        "/api/people/{name}": {"name": "olga"},
        "/api/people/{name}/{act}": {"name": "ann"},
        "/api/teams/{slug}": {"slug": "guild"},
        "/api/teams/{slug}/join": {"slug": "guild"},
        "/api/teams/{slug}/leave": {"slug": "guild"},
        "/api/issuers/{slug}/roles": {"slug": "atlas"},
        "/api/issuers/{slug}/roles/grant": {"slug": "atlas"},
        "/api/issuers/{slug}/roles/withdraw": {"slug": "atlas"},
        "/api/tokens/{id}/remove": {"id": spare.id},
    }
    allowed = f"[checks]\npositive_data_acceptance.expected-statuses = {json.dumps(ACCEPTED)}\n" + "".join(
        f"[[operations]]\ninclude-name = {json.dumps(name)}\n"
        f"checks.positive_data_acceptance.expected-statuses = {json.dumps([*ACCEPTED, '400'])}\n"
        for name in MORE_THAN_FORM
    )
    allowed += (
        '[[operations]]\ninclude-name = "GET /oembed"\n'
        'checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "501"]\n'
    )
    return allowed + "".join(
        f"[[operations]]\ninclude-path = {json.dumps(path)}\n"
        + "".join(
            f"parameters.{json.dumps(f'path.{name}')} = {json.dumps(value)}\n"
            for name, value in names.items()
        )
        for path, names in there.items()
    )


@pytest.mark.timeout(PATIENCE + 30)
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    with live_exchange(tmp_path / "home") as exchange:
        (tmp_path / "schemathesis.toml").write_text(known(exchange))
        command = [
            *(*RUN, "run", f"{exchange.url}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {exchange.token}"),
            *("--max-examples", EXAMPLES, "--seed", "1", "--generation-database", "none", "--no-color"),
            *("--suppress-health-check", "all"),
            *("--workers", "2"),
        ]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    for phase in ("Coverage", "Fuzzing", "Stateful"):
        assert f"✅  {phase}" in done.stdout
