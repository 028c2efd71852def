"""P15 and P7 on real databases: what a backup brings back, and what it does not hold."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.backup import open_backup
from exchange.adapters.database import migrations
from exchange.adapters.database.copies import LEFT_OUT, TABLES_THERE, tables
from exchange.adapters.database.effects import Statement
from exchange.core.log.checkpoint import verify_checkpoint
from exchange.core.log.fsck import check_tree, completed_at
from exchange.core.log.merkle import leaf_hash
from exchange.errors import (
    AlreadyDoneError,
    ConflictError,
    ExchangeError,
    InputError,
    ReusedKeyError,
    UnavailableError,
)
from exchange.flows.badges import status
from exchange.flows.badges.award import Awarded
from exchange.flows.instance import restore
from exchange.flows.instance.backup import signed_checkpoint
from exchange.flows.instance.standing import Hold, standing
from exchange.flows.issuers.sync import sync
from exchange.flows.records import HELD, Once
from tests.adapters.database.backups.instance import Instance, opened, put_back
from tests.simulator import START, World
from tests.team import TEAM

pytestmark = pytest.mark.anyio


async def test_what_was_on_record_is_there_again(
    source: Instance, target_url: str, tmp_path: Path, world: World
) -> None:
    once = Once("key", "digest", START)
    good, bad, held = [await source.award(), await source.award(), await source.award(once)]
    await status.revoke(source.ports, bad.key, "Wrong person")
    await status.suspend(source.ports, held.key, "Being looked at")
    note = await source.backup(tmp_path / "one.backup")
    names = tables()
    before = {name: sorted(map(repr, await source.rows(f"SELECT * FROM {name}"))) for name in names}

    await put_back(tmp_path / "one.backup", target_url, tmp_path / "home", source.home)
    async with opened(target_url, tmp_path / "home", world) as back:
        found = await standing(back.ports)
        assert found
        assert found.code == "restored"
        await back.store.put_meta(HELD, "")
        after = {name: sorted(map(repr, await back.rows(f"SELECT * FROM {name}"))) for name in names}
        after["meta"] = [row for row in after["meta"] if HELD not in row]
        assert plain(after) == plain(before)
        await back.store.put_meta(HELD, Hold("restored").to_text())

        await restore.hold(back.ports, "restored", [note])
        assert not (await restore.acknowledge(back.ports, newest=True)).begun
        assert [await back.outcome(one) for one in (good, bad, held)] == ["valid", "invalid", "invalid"]
        await status.reinstate(back.ports, held.key, "All is well")
        assert await back.outcome(held) == "valid"
        assert (await back.award(once)).key == held.key
        with pytest.raises(ReusedKeyError):
            await back.award(Once("key", "another", START))
        with pytest.raises(AlreadyDoneError):
            await back.store.set_status(*change(back, good), Once("key", "digest", START))
        assert await log_is_sound(back)
        assert await back.outcome(await back.award()) == "valid"


def plain(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Times of both engines in one spelling."""
    return {
        name: [row.replace("datetime.timezone.utc", "UTC") for row in found] for name, found in rows.items()
    }


def change(instance: Instance, badge: Awarded) -> Any:
    from exchange.flows.log.log import status_leaf
    from exchange.flows.records import StatusChange

    made = StatusChange(badge.key, "suspension", True, "Again", START)
    return made, status_leaf(made, badge.id, "s" * 22)


async def log_is_sound(instance: Instance) -> bool:
    """The whole tree, and its newest checkpoint, by the log's own key."""
    store, size = instance.store, await instance.store.log_size()
    records = await store.log_records(0, size)
    nodes = await store.log_nodes_between(0, size)
    leaves = [(record.position, leaf_hash(record.entry)) for record in records]
    damages = check_tree(size, leaves, sorted(nodes.items(), key=lambda row: completed_at(row[0])))
    note, problem = await signed_checkpoint(instance.ports)
    key = (await restore.logs(instance.ports))[-1].key
    return not list(damages) and not problem and verify_checkpoint(note, [key]).size == size


async def test_no_index_is_given_twice_though_chance_repeats_itself(
    source: Instance, target_url: str, tmp_path: Path, world: World
) -> None:
    given = "SELECT list_id, list_index FROM status_slot"
    await source.award()
    await source.backup(tmp_path / "one.backup")
    for _ in range(5):
        await source.award()
    newest, _ = await signed_checkpoint(source.ports)
    before = set(await source.rows(given))
    await put_back(tmp_path / "one.backup", target_url, tmp_path / "home", source.home)
    async with opened(target_url, tmp_path / "home", world) as back:
        hold = await restore.hold(back.ports, "restored", [newest])
        assert hold.missing == 5
        kept = set(await back.rows(given))
        assert len(kept) == 2
        await restore.acknowledge(back.ports, 5)
        for _ in range(6):
            await back.award()
        made = set(await back.rows(given)) - kept
        assert len(made) == 12
        assert not made & before
        assert await log_is_sound(back)


async def test_new_rows_count_on_from_those_that_came_back(
    source: Instance, target_url: str, tmp_path: Path, world: World
) -> None:
    badge = await source.award()
    await status.suspend(source.ports, badge.key, "Being looked at")
    await source.backup(tmp_path / "one.backup")
    await put_back(tmp_path / "one.backup", target_url, tmp_path / "home", source.home)
    async with opened(target_url, tmp_path / "home", world) as back:
        await restore.acknowledge(back.ports)
        await status.reinstate(back.ports, badge.key, "All is well")
        assert [one.on for one in await back.store.history(badge.key)] == [True, False]


async def test_it_is_of_one_moment_while_others_write(source: Instance, tmp_path: Path) -> None:
    await source.award()
    size = await source.store.log_size()
    seen: dict[str, int] = {}
    rows = source.store.engine.snapshot(["badge", "status_slot", "log_entry"])
    async for table, some in rows:
        seen[table] = seen.get(table, 0) + len(some)
        await source.award()
    assert seen == {"badge": 1, "status_slot": 2, "log_entry": size}
    assert await source.store.log_size() == size + 3


async def test_it_fills_an_empty_database_only_and_changes_no_other(
    source: Instance, database_url: str, tmp_path: Path
) -> None:
    badge = await source.award()
    await source.backup(tmp_path / "one.backup")
    before = await source.rows("SELECT name, value FROM meta")
    with open_backup(tmp_path / "one.backup") as backup, pytest.raises(ConflictError) as refused:
        await backup.restore(database_url, tmp_path / "home", Hold("restored").to_text())
    assert refused.value.code == "database_not_empty"
    assert not (tmp_path / "home").exists()  # no key file came either
    assert await source.rows("SELECT name, value FROM meta") == before
    assert await source.outcome(badge) == "valid"


async def test_a_damaged_backup_restores_nothing(
    source: Instance, target_url: str, tmp_path: Path, world: World
) -> None:
    await source.award()
    path = tmp_path / "one.backup"
    await source.backup(path)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        last = archive.getinfo("database/log_checkpoint.jsonl")
    place = last.header_offset + 30 + len(last.filename) + 20  # behind its header
    torn = [flipped(whole, place + n) for n in (2, last.compress_size // 2, last.compress_size - 2)]
    for broken in (whole[:-30], whole[: len(whole) // 2], b"", *torn):
        path.write_bytes(broken)
        with pytest.raises(InputError) as refused:
            await put_back(path, target_url, tmp_path / "home", source.home)
        assert refused.value.code == "backup_damaged"
        assert list(tmp_path.glob("target/*")) == []  # noqa: ASYNC240  # no file that looks like a database
    path.write_bytes(whole)
    await put_back(path, target_url, tmp_path / "home", source.home)  # the database was still empty


def flipped(body: bytes, place: int) -> bytes:
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


async def test_every_table_is_in_it(source: Instance) -> None:
    there = {row[0] for row in await source.rows(TABLES_THERE[source.store.engine.engine_type])}
    assert set(tables()) == there - LEFT_OUT - {"migration"}


async def test_an_older_backup_is_brought_up_to_date(
    database_url: str, target_url: str, tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(database_url, tmp_path / "source", world) as source:
        await sync(source.ports, [TEAM])
        await source.backup(tmp_path / "one.backup")
    newer = {
        **migrations.steps(),
        "9998_more": "ALTER TABLE issuer ADD COLUMN more TEXT NOT NULL DEFAULT 'x'",
    }
    monkeypatch.setattr(migrations, "steps", lambda: newer)
    await put_back(tmp_path / "one.backup", target_url, tmp_path / "home", tmp_path / "source")
    async with opened(target_url, tmp_path / "home", world) as back:
        assert await back.rows("SELECT more FROM issuer") == [("x",)]
        await back.backup(tmp_path / "two.backup")
    monkeypatch.undo()
    with open_backup(tmp_path / "two.backup") as backup, pytest.raises(ExchangeError) as refused:
        await backup.restore(f"sqlite://{tmp_path}/other.sqlite3", tmp_path / "other", "")
    assert refused.value.code == "database_newer"


async def test_a_backup_never_replaces_a_file(source: Instance, tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    path.write_text("mine")
    with pytest.raises(ConflictError) as refused:
        await source.backup(path)
    assert refused.value.code == "file_exists"
    assert path.read_text() == "mine"
    assert list(tmp_path.glob(".*")) == []  # noqa: ASYNC240


async def test_a_database_that_fails_midway_leaves_no_file_and_says_why(
    source: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(tables: list[str]) -> AsyncIterator[Any]:
        yield "issuer", await source.store.engine.read(Statement("SELECT * FROM issuer"))
        raise UnavailableError("database_unavailable", "gone")

    monkeypatch.setattr(source.store.engine, "snapshot", failing)
    with pytest.raises(UnavailableError, match="gone"):
        await source.backup(tmp_path / "one.backup")
    assert list(tmp_path.glob("*.backup*")) == list(tmp_path.glob(".*")) == []  # noqa: ASYNC240
