"""The steps from an empty database to today's, applied at start.

A step is a file of SQL beside this one, never changed once it was released. `{bytes}`, `{serial}` and
`{by_bytes}` (an index that finds what begins with some letters) are what the two engines spell differently;
what no SQL can fill in is in `FILL`. All steps run as one effect, so one node at a time and all or none.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from datetime import datetime
from functools import cache
from importlib.resources import files

import orjson

from exchange.adapters.database.effects import Many, Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.errors import UnavailableError

_SPELLING = {
    "sqlite": {"bytes": "BLOB", "serial": "INTEGER PRIMARY KEY", "by_bytes": ""},
    "postgres": {
        "bytes": "BYTEA",
        "serial": "INTEGER PRIMARY KEY GENERATED ALWAYS AS IDENTITY",
        "by_bytes": "text_pattern_ops",
    },
}
_ONE_NODE = Statement("SELECT pg_advisory_xact_lock(?)", (0x0B_AD_9E,))
_BODIES = "SELECT id, unsigned FROM badge WHERE id > ? AND erased IS NULL ORDER BY id LIMIT 200"
_RECORD = """CREATE TABLE IF NOT EXISTS migration (
    name TEXT PRIMARY KEY NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
)"""


@cache
def steps() -> dict[str, str]:
    """Name → SQL, in the order they apply."""
    found = (file for file in files(__name__).iterdir() if file.name.endswith(".sql"))
    return {
        file.name.removesuffix(".sql"): file.read_text("utf-8")
        for file in sorted(found, key=lambda f: f.name)
    }


def migrate(engine_type: str, wanted: Collection[str] | None = None) -> Work[str]:
    """Apply what is missing, or what of it is `wanted`; the name of the newest step. UnavailableError
    ("database_newer") for a database that a newer version of this program has changed."""
    if engine_type == "postgres":
        yield _ONE_NODE
    yield Statement(_RECORD)
    rows = yield Statement("SELECT name FROM migration")
    applied = {row[0] for row in rows}
    if unknown := sorted({*applied, *(wanted or ())} - set(steps())):
        raise UnavailableError(
            "database_newer", f"the database has the step {unknown[-1]}, unknown here: use the newer program"
        )
    for name, script in steps().items():
        if name not in applied and (wanted is None or name in wanted):
            for sql in script.format(**_SPELLING[engine_type]).split(";"):
                if sql.strip():
                    yield Statement(sql)
            if name in FILL:
                yield from FILL[name]()
            yield Statement("INSERT INTO migration (name) VALUES (?)", (name,))
    return max(steps())


def _fill_valid_until() -> Work[None]:
    """Until when each badge is valid, as its document says."""
    after = ""
    while rows := (yield Statement(_BODIES, (after,))):
        after = rows[-1][0]
        found = [(_valid_until(bytes(body)), id) for id, body in rows]
        yield Many("UPDATE badge SET valid_until = ? WHERE id = ?", [one for one in found if one[0]])


def _valid_until(body: bytes) -> datetime | None:
    try:
        if not body.startswith(b"{"):  # a JWT: header.payload
            payload = body.split(b".")[1]
            body = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
        document = orjson.loads(body)
        until = document.get("vc", document).get("validUntil")
        return datetime.fromisoformat(until) if until else None
    except (ValueError, IndexError, AttributeError, TypeError):
        return None


FILL: dict[str, Callable[[], Work[None]]] = {"0036_recipients": _fill_valid_until}
"""What a step does beyond SQL, in the same transaction."""


async def applied_steps(engine: EffectEngine) -> list[str]:
    """The steps that this database has behind it, in their order."""
    return [row[0] for row in await engine.read(Statement("SELECT name FROM migration ORDER BY name"))]
