"""Fsck: what was done behind the log's back is found, and named by table and row (P13)."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.adapters.database import open_store
from exchange.flows.log import fsck as log_fsck
from exchange.flows.log.found import Found
from exchange.flows.log.fsck import fsck
from tests.faults.log_damage import grow
from tests.simulator import World, run

Edit = Callable[..., Found]
ONE = "(SELECT id FROM badge ORDER BY intended_at, id LIMIT 1)"
INTO = (
    "INSERT INTO badge (id, kind, issuer, achievement, version, recipient, proof, key_id, unsigned, message, "
    "signed, intended_at, erased)"
)
ENTRY_OF_ONE = f"(SELECT position FROM log_about WHERE about = 'badge:' || {ONE} ORDER BY position LIMIT 1)"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, bytes]:
    """A world whose log has every kind of effect, and its database as bytes."""
    world, path = World(), tmp_path_factory.mktemp("log") / "exchange.sqlite3"

    async def fill() -> None:
        store = await open_store(f"sqlite://{path}", chance=random.Random(1))
        await grow(replace(world.ports, store=store), badges=5)
        await store.close()

    run(fill())
    return world, path.read_bytes()


@pytest.fixture
def edited(grown: tuple[World, bytes], tmp_path: Path) -> Edit:
    """`edited(sql, …)`: what fsck finds in a copy in which these statements were run by hand."""
    world, pristine = grown

    def edit(*statements: str) -> Found:
        path = tmp_path / "copy.sqlite3"
        path.write_bytes(pristine)
        by_hand = sqlite3.connect(path)
        for statement in statements:
            assert by_hand.execute(statement).rowcount != 0, statement
        by_hand.commit()
        by_hand.close()
        return run(_fsck(world, path))

    return edit


async def _fsck(world: World, path: Path) -> Found:
    store = await open_store(f"sqlite://{path}")
    found = await fsck(replace(world.ports, store=store))
    await store.close()
    return found


def told(found: Found) -> set[tuple[str, str]]:
    """(code, table) of every error."""
    return {(one.code, one.at.partition("/")[0]) for one in found.findings if one.level == "error"}


def test_a_log_that_nobody_touched_is_sound_and_counted(edited: Edit) -> None:
    found = edited()
    assert found.findings == []
    assert found.sound
    figures = found.figures
    assert (figures["badges"], figures["awards"], figures["changes"]) == (5, 5, 3)
    assert figures["checkpoints"] == 5
    assert figures["hashes"] > figures["entries"] > 0


@pytest.mark.parametrize("page", [1, 3])
def test_pages_make_no_difference(edited: Edit, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    whole = edited("UPDATE log_node SET hash = zeroblob(32) WHERE level = 1 AND idx = 1")
    monkeypatch.setattr(log_fsck, "PAGE", page)
    assert edited().findings == []
    assert edited("UPDATE log_node SET hash = zeroblob(32) WHERE level = 1 AND idx = 1") == whole


@pytest.mark.parametrize(
    ("sql", "code", "table"),
    [
        (f"UPDATE badge SET unsigned = X'00' WHERE id = {ONE}", "badge_changed", "badge"),
        (f"UPDATE badge SET signed = X'00' WHERE id = {ONE}", "badge_changed", "badge"),
        (f"UPDATE badge SET message = zeroblob(64) WHERE id = {ONE}", "signature_wrong", "badge"),
        (f"UPDATE badge SET recipient = 'mailto:eve@example.org' WHERE id = {ONE}", "badge_changed", "badge"),
        (f"UPDATE badge SET id = 'another' WHERE id = {ONE}", "badge_missing", "badge"),
        (f"UPDATE badge SET id = 'another' WHERE id = {ONE}", "not_logged", "badge"),
        ("DELETE FROM status_change WHERE id = 1", "change_missing", "status_change"),
        ("UPDATE status_change SET reason = 'another' WHERE id = 1", "change_missing", "status_change"),
        (
            "INSERT INTO status_change (badge, purpose, is_set, reason, at) "
            "SELECT badge, purpose, is_set, reason, at FROM status_change WHERE id = 1",
            "not_logged",
            "status_change",
        ),
        ("UPDATE status_slot SET is_set = 0 WHERE is_set = 1", "bit_changed", "status_slot"),
        ("UPDATE issuer SET did = 'did:key:z6MkOther'", "record_changed", "issuer"),
        ("UPDATE signing_key SET state = 'revoked'", "record_changed", "signing_key"),
        ("UPDATE signing_key SET multikey = 'z6MkOther'", "not_logged", "signing_key"),
        ("UPDATE achievement SET image = X'00' WHERE version = 1", "record_changed", "achievement"),
        ("UPDATE achievement SET retired_at = NULL WHERE version = 2", "record_changed", "achievement"),
        ("DELETE FROM signing_stop", "stop_missing", "signing_stop"),
        ("UPDATE signing_stop SET reason = 'another'", "record_changed", "signing_stop"),
        ("UPDATE signing_stop SET issuer = '*'", "not_logged", "signing_stop"),
        ("UPDATE signing_stop SET issuer = '*'", "stop_missing", "signing_stop"),
        ("UPDATE passkey SET public_key = X'00'", "record_changed", "passkey"),
        ("UPDATE passkey SET id = 'laptop'", "record_changed", "passkey"),
        ("UPDATE token SET scopes = 'read award people'", "record_changed", "token"),
        ("UPDATE token SET expires_at = NULL", "record_changed", "token"),
        ("UPDATE token SET hash = 'another'", "record_changed", "token"),
        ("UPDATE log_state SET size = size - 1", "log_size_changed", "log_state"),
        ("UPDATE log_state SET id = 1", "log_state_missing", "log_state"),
        ("DELETE FROM log_entry WHERE position = 4", "entry_missing", "log_entry"),
        ("UPDATE log_entry SET salt = NULL WHERE position = 4", "entry_content_changed", "log_entry"),
        ("UPDATE log_entry SET content = 'x' WHERE position = 4", "entry_content_changed", "log_entry"),
        ("UPDATE log_checkpoint SET root = zeroblob(32)", "checkpoint_changed", "log_checkpoint"),
        ("DELETE FROM meta WHERE name = 'log_key'", "checkpoint_changed", "log_checkpoint"),
        (f"DELETE FROM log_about WHERE position = {ENTRY_OF_ONE}", "about_missing", "log_about"),
        ("INSERT INTO log_about VALUES ('badge:eve', 4)", "about_unexpected", "log_about"),
        ("INSERT INTO log_about VALUES ('badge:eve', 400)", "about_unexpected", "log_about"),
        ("INSERT INTO log_node VALUES (2, 400, zeroblob(32))", "node_unexpected", "log_node"),
        ("INSERT INTO log_node VALUES (62, 3, zeroblob(32))", "node_unexpected", "log_node"),
    ],
)
def test_what_was_done_by_hand_is_named(edited: Edit, sql: str, code: str, table: str) -> None:
    found = edited("PRAGMA foreign_keys=OFF", sql)
    assert (code, table) in told(found)
    assert not found.sound


@pytest.mark.parametrize(("made", "level"), [("2019-12-31", "error"), ("2099-12-31", "warning")])
def test_a_passkey_that_left_no_entry_is_named_unless_it_was_made_before_they_were_logged(
    edited: Edit, made: str, level: str
) -> None:
    found = edited(
        f"UPDATE meta SET value = '{made} 08:00:00' WHERE name = 'ways_logged'",
        "UPDATE passkey SET id = 'forged'",
    )
    assert [(one.level, one.at) for one in found.findings] == [(level, "passkey/forged")]
    assert found.sound is (level == "warning")


def test_an_award_that_left_no_entry_is_named_with_its_key(edited: Edit) -> None:
    copied = f"{INTO} SELECT 'forged', kind, issuer, achievement, version, recipient, proof, key_id"
    found = edited(f"{copied}, unsigned, message, signed, intended_at, erased FROM badge LIMIT 1")
    assert [(one.code, one.at) for one in found.findings] == [("not_logged", "badge/forged")]


def test_the_end_of_the_log_cannot_be_cut_off_unseen(edited: Edit) -> None:
    found = edited(
        "DELETE FROM log_about WHERE position = (SELECT max(position) FROM log_entry)",
        "DELETE FROM log_entry WHERE position = (SELECT max(position) FROM log_entry)",
    )
    assert {("entry_missing", "log_entry")} <= told(found)


def test_what_was_erased_is_no_damage(edited: Edit) -> None:
    gone = f"UPDATE log_entry SET content = NULL, salt = NULL WHERE position = {ENTRY_OF_ONE}"
    assert edited(gone).findings == []


def test_what_is_older_than_the_log_is_noted_and_no_more(edited: Edit) -> None:
    old = f"{INTO} SELECT 'old', kind, issuer, achievement, version, recipient, proof, key_id"
    found = edited(
        f"{old}, unsigned, message, signed, '2020-01-01 00:00:00+00:00', erased FROM badge LIMIT 1"
    )
    assert [(one.code, one.level) for one in found.findings] == [("older_than_the_log", "warning")]
    assert found.sound


def test_the_same_in_memory_and_nothing_is_written() -> None:
    world = World()
    run(grow(world.ports, badges=3))
    before = dict(world.store._checkpoints), len(world.store._log), dict(world.store._meta)
    assert run(fsck(world.ports)).findings == []
    assert before == (dict(world.store._checkpoints), len(world.store._log), dict(world.store._meta))
