"""The log as it grows: a leaf for each effect, one root for each size, and no signature over another past."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Statement, only
from exchange.core.log import merkle
from exchange.core.log.checkpoint import Checkpoint, peek_checkpoint, verify_checkpoint
from exchange.core.log.entry import open_entry
from exchange.errors import ConflictError, UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import suspend
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.issuers import put_issuer, renew_ids
from exchange.flows.issuers.keys import resume, revoke_key, rotate, stop
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.log.log import LOG_KEY, check_log, checkpoint, log_key, prove, record_at
from exchange.flows.ports import Ports
from tests.edge.shop import LEAD, SCHOOL
from tests.simulator import World, run

FIRST = ["issuer", "key", "key", "achievement"]
"""What a first sync leaves: the key is put on record before it takes over."""
ORDER = Order("school", "incident-lead", "mailto:ana@example.org")


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [SCHOOL]))
    return world


def kinds(world: World, start: int = 0) -> list[str]:
    records = run(world.store.log_records(start, 1000))
    return [open_entry(one.entry, one.content or {}, one.salt or b"").kind for one in records]


def test_every_effect_leaves_one_entry_of_its_kind(world: World) -> None:
    assert kinds(world) == FIRST
    badge = run(award(world.ports, ORDER))
    run(suspend(world.ports, badge.key, "Being looked at"))
    assert kinds(world, 4) == ["award", "suspend", "sign"]
    run(sync(world.ports, [replace(SCHOOL, badges=())]))
    run(sync(world.ports, [replace(SCHOOL, profile={**SCHOOL.profile, "name": "School"})]))
    assert kinds(world, 7) == ["achievement", "issuer", "achievement"]
    record = run(world.store.log_record(7))
    assert record is not None
    assert record.content is not None
    assert record.content["retired"] is True


def test_a_rotation_logs_both_keys_and_a_revocation_why(world: World) -> None:
    (old,) = run(world.store.keys("school"))
    row, new = run(rotate(world.ports, "school"))
    run(revoke_key(world.ports, old.id, "A laptop was stolen"))
    told = [record.content for record in run(world.store.log_records(len(FIRST), 10)) if record.content]
    states = [(one["key"], one["state"]) for one in told if "key" in one]
    assert states == [
        (new.multikey, "pending"),
        (old.multikey, "verify-only"),
        (new.multikey, "active"),
        (old.multikey, "revoked"),
    ]
    assert [one["id"] for one in told if "id" in one] == [row.did]
    assert told[-1]["reason"] == "A laptop was stolen"
    size = run(world.store.log_size())
    with pytest.raises(ConflictError):
        run(revoke_key(world.ports, old.id, "Again"))
    assert run(world.store.log_size()) == size
    assert run(fsck(world.ports)).findings == []


def test_a_stop_is_logged_with_its_reason_and_so_is_its_end(world: World) -> None:
    run(stop(world.ports, "school", "  A laptop was stolen "))
    run(stop(world.ports, None, "A drill"))
    run(resume(world.ports, "school"))
    size = run(world.store.log_size())
    with pytest.raises(ConflictError):
        run(resume(world.ports, "school"))
    assert run(world.store.log_size()) == size
    assert kinds(world, len(FIRST)) == ["stop", "stop", "resume"]
    told = [record.content for record in run(world.store.log_records(len(FIRST), 10))]
    assert told == [
        {"issuer": "school", "reason": "A laptop was stolen"},
        {"issuer": "*", "reason": "A drill"},
        {"issuer": "school"},
    ]
    assert run(fsck(world.ports)).findings == []


def test_what_changes_nothing_leaves_nothing(world: World) -> None:
    size = run(world.store.log_size())
    run(sync(world.ports, [SCHOOL]))
    run(renew_ids(world.ports))
    run(put_issuer(world.ports, "school", dict(SCHOOL.profile)))
    assert run(world.store.log_size()) == size


def test_an_issuer_that_moves_is_logged_under_its_new_id(world: World) -> None:
    run(renew_ids(world.public_at("https://badges.example.org").ports))
    (record,) = run(world.store.log_records(len(FIRST), 10))
    assert record.content is not None
    assert record.content["id"] == "did:web:badges.example.org:issuers:school"


def test_a_proof_is_of_the_last_checkpoint_that_covers_the_entry(world: World) -> None:
    first = run(checkpoint(world.ports))
    badge = run(award(world.ports, ORDER))
    assert run(prove(world.ports, run(record_at(world.ports, 0)))).checkpoint == first
    proof = run(prove(world.ports, run(record_at(world.ports, len(FIRST)))))
    assert peek_checkpoint(proof.checkpoint).size == len(FIRST) + 1
    assert proof.content is not None
    assert proof.content["badge"] == badge.id


def test_no_proof_is_given_that_would_not_verify(world: World) -> None:
    run(checkpoint(world.ports))
    world.store._nodes[0, 1] = bytes(32)
    with pytest.raises(UnavailableError) as refused:
        run(prove(world.ports, run(record_at(world.ports, 0))))
    assert refused.value.code == "log_damaged"
    record = run(record_at(world.ports, 2))
    assert run(prove(world.ports, record)).index == 2
    with pytest.raises(UnavailableError) as refused:
        run(prove(world.ports, replace(record, content={"achievement": "another"})))
    assert refused.value.code == "log_damaged"


def test_the_sweep_signs_when_the_log_has_grown_and_only_then(world: World) -> None:
    assert run(world.store.checkpoint()) is None
    run(sweep(world.ports))
    first = run(world.store.checkpoint())
    run(sweep(world.ports))
    assert run(world.store.checkpoint()) == first
    run(award(world.ports, ORDER))
    run(sweep(world.ports))
    last = run(world.store.checkpoint())
    assert first is not None
    assert last is not None
    assert (first.size, last.size) == (len(FIRST), len(FIRST) + 1)


def test_the_quick_look_sees_that_the_newest_entry_is_gone(world: World) -> None:
    run(checkpoint(world.ports))
    world.store._log[-1] = world.store._log[0]
    (finding,) = run(check_log(world.ports))
    assert finding.code == "log_inconsistent"
    assert "The newest entry" in finding.message


def test_a_rewritten_log_is_not_signed_and_everybody_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    run(checkpoint(world.ports))
    assert [finding.code for finding in run(check_log(world.ports))] == ["log_consistent"]
    world.store._nodes[merkle.root_needs(len(FIRST))[0]] = bytes(32)
    (finding,) = run(check_log(world.ports))
    assert (finding.code, finding.level) == ("log_inconsistent", "error")
    badge = run(award(world.ports, ORDER))
    before = run(world.store.checkpoint())
    with pytest.raises(UnavailableError) as refused:
        run(checkpoint(world.ports))
    assert refused.value.code == "log_inconsistent"
    with caplog.at_level(logging.CRITICAL, "exchange"):
        assert run(sweep(world.ports)) == 0
    assert "restore --acknowledge --missing" in caplog.text
    with pytest.raises(UnavailableError) as refused:
        run(award(world.ports, ORDER))
    assert refused.value.code == "read_only"
    assert run(world.store.checkpoint()) == before
    assert run(world.store.badge(badge.key)) is not None


def test_a_database_that_does_not_answer_says_nothing_about_the_log(world: World) -> None:
    run(checkpoint(world.ports))
    run(award(world.ports, ORDER))

    async def away(hashes: object) -> dict[tuple[int, int], bytes]:
        raise UnavailableError("database_unavailable", "The database does not answer.")

    world.store.log_nodes = away  # type: ignore[method-assign]
    with pytest.raises(UnavailableError) as refused:
        run(checkpoint(world.ports))
    assert refused.value.code == "database_unavailable"


def test_a_log_that_lost_its_end_is_not_signed(world: World) -> None:
    run(checkpoint(world.ports))
    world.store._log.pop()
    assert [finding.code for finding in run(check_log(world.ports))] == ["log_inconsistent"]
    with pytest.raises(UnavailableError):
        run(checkpoint(world.ports))


def test_a_log_without_a_checkpoint_says_how_to_get_one(world: World) -> None:
    (finding,) = run(check_log(world.ports))
    assert (finding.code, finding.level) == ("log_unsigned", "warning")
    assert "exchange log checkpoint" in finding.message
    assert run(check_log(World().ports))[0].level == "ok"


def test_to_look_makes_no_key(world: World) -> None:
    run(fsck(world.ports))
    assert run(world.store.meta(LOG_KEY)) is None
    assert run(log_key(world.ports)) == run(log_key(world.ports))
    assert run(world.store.meta(LOG_KEY)) is not None


# --- one root for a size, over restarts ---


class Node:
    """A process that is started again and again on one SQLite file."""

    def __init__(self, path: Path) -> None:
        self.world, self._url = World(), f"sqlite://{path}"

    async def started(self) -> tuple[DatabaseStore, Ports]:
        store = await open_store(self._url, chance=random.Random(1))
        return store, replace(self.world.ports, store=store)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path / "exchange.sqlite3")


def test_over_restarts_no_size_ever_has_two_roots(node: Node) -> None:
    notes: list[bytes] = []

    async def live(number: int) -> None:
        store, ports = await node.started()
        await sync(ports, [replace(SCHOOL, badges=(replace(LEAD, source=f'{{"name":"{number // 3}"}}'),))])
        for _ in range(number % 3):
            await award(ports, ORDER)
        if number % 4 != 3:  # else it ends before it has signed
            notes.extend(await asyncio.gather(*(checkpoint(ports) for _ in range(3))))
        await store.close()

    for number in range(12):
        run(live(number))

    async def read() -> tuple[list[Checkpoint], list[object]]:
        store, ports = await node.started()
        key, _ = await log_key(ports)
        found = [verify_checkpoint(note, [key]) for note in notes]
        wrong = (await fsck(ports)).findings
        await store.close()
        return found, list(wrong)

    said, wrong = run(read())
    roots: dict[int, set[bytes]] = {}
    for one in said:
        roots.setdefault(one.size, set()).add(one.root)
    assert len(roots) > 5
    assert all(len(found) == 1 for found in roots.values())
    assert wrong == []


def test_after_an_entry_was_rewritten_with_its_tree_a_restart_signs_nothing(node: Node) -> None:
    async def grow() -> None:
        store, ports = await node.started()
        await sync(ports, [SCHOOL])
        await award(ports, ORDER)
        await checkpoint(ports)
        # By hand, and thoroughly: the last leaf goes, another takes its place, all hashes fit.
        for sql in (
            "DELETE FROM log_about WHERE position = 4",
            "DELETE FROM log_entry WHERE position = 4",
            "DELETE FROM log_node WHERE (idx + 1) << level = 5",
            "UPDATE log_state SET size = 4, "
            "frontier = (SELECT hash FROM log_node WHERE level = 2 AND idx = 0)",
        ):
            await store.engine.write(partial(only, Statement(sql)))
        await store.close()

    async def restart() -> None:
        store, ports = await node.started()
        before = await store.checkpoint()
        await award(ports, ORDER)  # of the same size as the one that was signed
        assert [one.code for one in await check_log(ports)] == ["log_inconsistent"]
        assert await checkpoint(ports) == before.note  # type: ignore[union-attr]
        assert await store.checkpoint() == before
        await award(ports, ORDER)
        with pytest.raises(UnavailableError):
            await checkpoint(ports)
        assert await store.checkpoint() == before
        assert "log_rewritten" in {one.code for one in (await fsck(ports)).findings}
        await store.close()

    run(grow())
    run(restart())
