"""The steps from an empty database to today's, applied at start.

A step is a file of SQL beside this one, never changed once it was released. `{bytes}` and `{serial}` are
what the two engines spell differently. All steps run as one effect, so one node at a time and all or none.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.resources import files

from exchange.adapters.database.effects import Statement, Work
from exchange.adapters.database.engine import EffectEngine
from exchange.errors import UnavailableError

_SPELLING = {
    "sqlite": {"bytes": "BLOB", "serial": "INTEGER PRIMARY KEY"},
    "postgres": {"bytes": "BYTEA", "serial": "INTEGER PRIMARY KEY GENERATED ALWAYS AS IDENTITY"},
}
_ONE_NODE = Statement("SELECT pg_advisory_xact_lock(?)", (0x0B_AD_9E,))
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
            yield Statement("INSERT INTO migration (name) VALUES (?)", (name,))
    return max(steps())


async def applied_steps(engine: EffectEngine) -> list[str]:
    """The steps that this database has behind it, in their order."""
    return [row[0] for row in await engine.read(Statement("SELECT name FROM migration ORDER BY name"))]
