"""The whole check of the log on each database: content with every kind of effect, and with nothing less."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from exchange.adapters.database import DatabaseStore
from exchange.adapters.database.effects import Statement, only
from exchange.flows.log.fsck import fsck
from tests.faults.log_damage import grow
from tests.simulator import World

pytestmark = pytest.mark.anyio


async def test_every_effect_has_its_entry_and_what_is_changed_is_named(store: DatabaseStore) -> None:
    async def by_hand(sql: str, *args: object) -> None:
        await store.engine.write(partial(only, Statement(sql, args)))

    ports = replace(World().ports, store=store)
    await grow(ports, badges=4)
    found = await fsck(ports)
    assert found.findings == []
    assert (found.figures["badges"], found.figures["awards"], found.figures["changes"]) == (4, 4, 3)
    for sql, args, at in (
        ("UPDATE log_node SET hash = ? WHERE level = 2 AND idx = 0", (bytes(32),), "log_node/2,0"),
        ("UPDATE log_entry SET content = ? WHERE position = 2", ("{}",), "log_entry/2"),
        ("UPDATE log_state SET frontier = ?", (bytes(32),), "log_state/0"),
        ("UPDATE log_about SET about = 'x' WHERE about LIKE ?", ("issuer:%",), "log_about/0,x"),
        ("UPDATE log_checkpoint SET note = ? WHERE size = 4", (b"no note",), "log_checkpoint/4"),
    ):
        await by_hand(sql, *args)
        assert at in {finding.at for finding in (await fsck(ports)).findings}
    await by_hand("INSERT INTO log_node VALUES (62, 3, ?)", bytes(32))
    assert "log_node/62,3" in {finding.at for finding in (await fsck(ports)).findings}
