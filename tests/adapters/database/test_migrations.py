"""The steps at start: the tables Piccolo thinks it has, all or none of them, and silence."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from functools import partial

import pytest
from piccolo.columns import BigInt, Boolean, Bytea, Column, Integer, Serial, Text, Timestamptz

from exchange.adapters.database import DatabaseStore, migrations, open_store
from exchange.adapters.database.effects import Rows, Statement, only
from exchange.adapters.database.tables import TABLES
from exchange.errors import UnavailableError
from tests.adapters.database import samples

pytestmark = pytest.mark.anyio

TYPES: dict[type[Column], dict[str, str]] = {
    Text: {"sqlite": "TEXT", "postgres": "text"},
    Integer: {"sqlite": "INT", "postgres": "integer"},
    Serial: {"sqlite": "INTEGER", "postgres": "integer"},
    Boolean: {"sqlite": "BOOLEAN", "postgres": "boolean"},
    BigInt: {"sqlite": "BIGINT", "postgres": "bigint"},
    Bytea: {"sqlite": "BLOB", "postgres": "bytea"},
    Timestamptz: {"sqlite": "TIMESTAMPTZ", "postgres": "timestamp with time zone"},
}
COLUMNS = {
    "sqlite": """SELECT name, type, "notnull" OR pk FROM pragma_table_info(?)""",
    "postgres": """SELECT column_name, data_type, is_nullable = 'NO' FROM information_schema.columns
                   WHERE table_schema = current_schema AND table_name = ? ORDER BY ordinal_position""",
}
NAMES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgres": "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema",
}


async def read(store: DatabaseStore, sql: dict[str, str], *args: object) -> Rows:
    return await store.engine.read(Statement(sql[store.engine.engine_type], args))


async def test_the_migrations_make_the_tables_that_piccolo_sees(store: DatabaseStore) -> None:
    kind = store.engine.engine_type
    for table in TABLES:
        found = [
            (name, type_, bool(needed))
            for name, type_, needed in await read(store, COLUMNS, table._meta.tablename)
        ]
        wanted = [(c._meta.name, TYPES[type(c)][kind], not c._meta.null) for c in table._meta.columns]
        assert found == wanted, table
    names = {row[0] for row in await read(store, NAMES)}
    assert names == {"migration", "log_about", "log_node", *(table._meta.tablename for table in TABLES)}


async def test_a_second_start_changes_and_prints_nothing(
    database_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        store = await open_store(database_url)
        await store.put_meta("kept", (await store.meta("kept") or "") + "x")
        assert store.facts()["schema"] == max(migrations.steps())
        await store.close()
    store = await open_store(database_url)
    assert await store.meta("kept") == "xx"
    await store.close()
    assert capfd.readouterr() == ("", "")


async def test_a_step_that_fails_leaves_none_of_them(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = migrations.steps()
    broken = {**steps, "9998_broken": "CREATE TABLE later (a TEXT); CREATE TABLE issuer (slug TEXT)"}
    monkeypatch.setattr(migrations, "steps", lambda: broken)
    with pytest.raises(Exception, match="issuer"):
        await open_store(database_url)
    monkeypatch.setattr(migrations, "steps", lambda: {**steps, "9998_mended": "CREATE TABLE later (a TEXT)"})
    store = await open_store(database_url)
    assert store.facts()["schema"] == "9998_mended"
    await store.close()


async def test_keys_and_lists_of_before_get_what_is_known_of_them(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = migrations.steps()
    before = {name: sql for name, sql in steps.items() if name < "0005"}
    monkeypatch.setattr(migrations, "steps", lambda: before)
    store = await open_store(database_url)
    for sql, row in (
        ("INSERT INTO issuer VALUES (?, ?, ?, ?)", ("team", "did:key:z6Mk", "{}", samples.START)),
        (
            """INSERT INTO signing_key (id, issuer, multikey, uri, state, created_at)
               VALUES (?, ?, ?, ?, ?, ?)""",
            ("key-1", "team", "z6Mk", "file:key-1", "active", samples.START),
        ),
        (
            """INSERT INTO status_list (id, issuer, purpose, size, reserved, open, version, signed_version)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            ("list-0", "team", "revocation", 64, 1, True, 1, 0),
        ),
        ("INSERT INTO meta (name, value) VALUES (?, ?)", ("bases", json.dumps([samples.BASE]))),
    ):
        await store.engine.write(partial(only, Statement(sql, row)))
    await store.close()
    monkeypatch.setattr(migrations, "steps", lambda: steps)
    store = await open_store(database_url)
    assert await store.keys("team") == [replace(samples.key(), activated_at=samples.START)]
    row = await store.status_list("list-0")
    assert row is not None
    assert row.did == "did:key:z6Mk"
    assert row.base == samples.BASE
    (slot,) = await samples.intended(store, purposes=("revocation",))
    assert slot.list_id == "list-0"
    await store.close()


async def test_a_list_of_an_exchange_that_had_moved_takes_no_more_badges(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = migrations.steps()
    monkeypatch.setattr(
        migrations, "steps", lambda: {name: sql for name, sql in steps.items() if name < "0040"}
    )
    store = await open_store(database_url)
    for sql, row in (
        ("INSERT INTO issuer VALUES (?, ?, ?, ?)", ("team", "did:key:z6Mk", "{}", samples.START)),
        (
            """INSERT INTO status_list (id, issuer, purpose, size, reserved, open, version, signed_version)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            ("list-of-before", "team", "revocation", 64, 1, True, 1, 0),
        ),
        (
            "INSERT INTO meta (name, value) VALUES (?, ?)",
            ("bases", json.dumps(["http://localhost:8001", samples.BASE])),
        ),
    ):
        await store.engine.write(partial(only, Statement(sql, row)))
    await store.close()
    monkeypatch.setattr(migrations, "steps", lambda: steps)
    store = await open_store(database_url)
    await store.put_key(samples.key())
    (slot,) = await samples.intended(store, purposes=("revocation",))
    assert slot.list_id != "list-of-before"
    await store.close()


async def test_a_database_of_a_newer_program_is_not_opened(database_url: str) -> None:
    store = await open_store(database_url)
    await store.engine._run(Statement("INSERT INTO migration (name) VALUES ('9999_future')"))
    await store.close()
    with pytest.raises(UnavailableError, match="9999_future") as newer:
        await open_store(database_url)
    assert newer.value.code == "database_newer"


async def test_badges_of_an_older_program_stay_and_their_source_is_not_known(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = migrations.steps()
    before = {name: sql for name, sql in steps.items() if name < "0010"}
    monkeypatch.setattr(migrations, "steps", lambda: before)
    store = await open_store(database_url)
    old = replace(samples.achievement(), source="")
    row = {**asdict(old), "document": json.dumps(old.document)}
    del row["source"], row["retired_at"]
    await store.put_issuer(samples.issuer())
    sql = f"INSERT INTO achievement ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
    await store.engine._run(Statement(sql, tuple(row.values())))
    await store.close()
    monkeypatch.setattr(migrations, "steps", lambda: steps)
    store = await open_store(database_url)
    assert await store.achievements("team") == [old]
    await store.close()


async def test_nodes_that_start_together_take_turns(database_url: str) -> None:
    stores = await asyncio.gather(*(open_store(database_url) for _ in range(4)))
    applied = await stores[0].engine.read(Statement("SELECT name FROM migration"))
    assert [row[0] for row in applied] == list(migrations.steps())
    await asyncio.gather(*(store.close() for store in stores))
