"""P15: what is put back is held until it is acknowledged, and nothing is given out twice."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from exchange.core.log.checkpoint import peek_checkpoint, verify_checkpoint
from exchange.core.log.entry import read_entry
from exchange.core.log.proof import check_log_proof
from exchange.errors import ConflictError, InputError, UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.instance import restore
from exchange.flows.instance.standing import Hold, standing
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.sync import sync
from exchange.flows.log import log
from exchange.flows.records import HELD
from tests.flows.badges.test_round_trip import verdict
from tests.memory_store import MemoryStore
from tests.simulator import MemoryWitness, World, run
from tests.team import TEAM


@pytest.fixture
def world() -> World:
    """Two badges awarded, and a checkpoint of them signed."""
    world = World()
    run(sync(world.ports, [TEAM]))
    for _ in range(2):
        awarded(world)
    run(log.checkpoint(world.ports))
    return world


def awarded(world: World) -> Awarded:
    return run(award(world.ports, Order("team", "lead", "mailto:ana@example.org")))


def backup(world: World) -> MemoryStore:
    return copy.deepcopy(world.store)


def restored(world: World, kept: MemoryStore, *notes: bytes, witness: MemoryWitness | None = None) -> World:
    """The world after the disk was lost; only what `witness` holds is still there beside the backup."""
    world = replace(world, store=copy.deepcopy(kept), witness=witness or MemoryWitness())
    run(restore.hold(world.ports, "restored", notes))
    return world


def slots(world: World) -> set[tuple[str, int]]:
    return {(slot.list_id, slot.index) for badge in world.store._badges.values() for slot in badge.slots}


def note_of(world: World) -> bytes:
    return run(log.checkpoint(world.ports))


def test_a_stale_backup_says_how_much_is_missing_and_wants_the_number_named(world: World) -> None:
    kept, size = backup(world), run(world.store.log_size())
    for _ in range(3):
        awarded(world)
    later = restored(world, kept, note_of(world))
    held = later.store._meta[HELD]
    found = run(standing(later.ports))
    assert found
    assert found.hold
    assert (found.hold.size, found.hold.missing, found.hold.whole) == (size, 3, False)
    for named in (0, 2, 4):
        with pytest.raises(ConflictError) as refused:
            run(restore.acknowledge(later.ports, named))
        assert refused.value.code == "missing_not_named"
        assert later.store._meta[HELD] == held
    with pytest.raises(UnavailableError):
        awarded(later)
    assert run(later.store.log_size()) == size
    assert run(restore.acknowledge(later.ports, 3)).begun
    assert run(standing(later.ports)) is None
    assert verdict(later, awarded(later).signed).outcome == "valid"
    with pytest.raises(ConflictError, match="Nothing waits"):
        run(restore.acknowledge(later.ports, 3))


def test_no_status_index_that_was_given_before_is_given_again(world: World) -> None:
    kept = backup(world)
    for _ in range(12):
        awarded(world)
    given = slots(world)
    later = restored(world, kept)  # its luck is that of the backup: it would draw the same indices again
    run(restore.acknowledge(later.ports))
    before = slots(later)
    for _ in range(12):
        awarded(later)
    assert len(slots(later) - before) == 24
    assert not (slots(later) - before) & given


def test_this_test_would_see_an_index_given_twice(world: World) -> None:
    kept = backup(world)
    awarded(world)
    later = replace(world, store=kept)
    before = slots(later)
    awarded(later)
    assert (slots(later) - before) & slots(world)


def test_two_roots_are_never_signed_for_one_size_of_one_log(world: World) -> None:
    kept, signed = backup(world), []
    for _ in range(3):
        awarded(world)
        signed.append(peek_checkpoint(note_of(world)))
    old = run(restore.logs(world.ports))[-1]
    later = restored(world, kept)
    run(restore.acknowledge(later.ports))
    for _ in range(3):
        awarded(later)
        signed.append(peek_checkpoint(note_of(later)))
    roots: dict[tuple[str, int], bytes] = {}
    for one in signed:
        assert roots.setdefault((one.origin, one.size), one.root) == one.root
    assert {one.size for one in signed[:3]} & {one.size for one in signed[3:]}, "sizes meet, origins differ"
    closed, present = run(restore.logs(later.ports))
    assert (closed.key, closed.closed, present.closed) == (old.key, True, False)
    assert present.key.name.startswith(f"{old.key.name}/")
    assert present.key.key.material != old.key.key.material


def test_what_was_restored_can_be_proven_in_the_new_log_and_by_old_proofs_in_the_old(world: World) -> None:
    badge = awarded(world)
    old_proof, old = run(log.award_proof(world.ports, badge.key)), run(restore.logs(world.ports))[-1]
    later = restored(world, backup(world))
    run(restore.acknowledge(later.ports))
    new_proof, new = run(log.award_proof(later.ports, badge.key)), run(restore.logs(later.ports))[-1]
    for proof, key in ((old_proof, old.key), (new_proof, new.key)):
        assert {finding.level for finding in check_log_proof(proof.to_json(), [key])} == {"ok"}
    assert "ok" not in {check_log_proof(new_proof.to_json(), [old.key])[0].level}
    assert verdict(later, badge.signed).outcome == "valid"


def test_the_first_new_entry_says_that_it_was_a_restore(world: World) -> None:
    kept, size = backup(world), run(world.store.log_size())
    awarded(world)
    note = note_of(world)
    later = restored(world, kept, note)
    run(restore.acknowledge(later.ports, 1))
    record = run(later.store.log_record(size))
    assert record
    assert read_entry(record.entry).kind == "restore"
    assert record.content == {
        "why": "restored",
        "size": size,
        "missing": 1,
        "checkpoint": note.decode(),
        "log": "begun",
    }


def test_a_checkpoint_of_which_it_is_said_that_it_is_the_newest_lets_the_log_go_on(world: World) -> None:
    note, kept, size = note_of(world), backup(world), run(world.store.log_size())
    later = restored(world, kept, note)
    before = run(restore.logs(later.ports))
    done = run(restore.acknowledge(later.ports, newest=True))
    assert not done.begun
    assert run(restore.logs(later.ports)) == before
    key = before[-1].key
    last = verify_checkpoint(note_of(later), [key])
    assert last.size == size + 1
    assert run(log.consistency(later.ports, size, size + 1))
    assert all(one.closed for one in later.store._lists.values())  # lists are begun anew all the same


def test_the_checkpoint_made_with_the_backup_does_not_let_a_size_have_two_roots(world: World) -> None:
    note, kept = note_of(world), backup(world)
    awarded(world)
    handed_out = peek_checkpoint(note_of(world))  # and nobody who restores knows of it
    later = restored(world, kept, note)
    assert run(restore.acknowledge(later.ports)).begun
    awarded(later)
    made = [peek_checkpoint(one.note) for one in run(later.store.checkpoints(handed_out.size - 1, 9))]
    assert made
    assert handed_out.origin not in {one.origin for one in made}


@pytest.mark.parametrize("notes", [0, 1], ids=["none at hand", "an older one at hand"])
def test_without_a_checkpoint_as_new_as_the_backup_a_new_log_is_begun(world: World, notes: int) -> None:
    older = note_of(world)
    awarded(world)
    note_of(world)
    later = restored(world, backup(world), *[older][:notes])
    found = run(standing(later.ports))
    assert found
    assert "no checkpoint at hand tells" in found.message
    assert run(restore.acknowledge(later.ports, newest=True)).begun  # nothing is known to be the newest


def test_another_history_of_the_same_size_is_noticed(world: World) -> None:
    kept = backup(world)
    awarded(world)
    note = note_of(world)
    later = replace(world, store=kept)
    awarded(later)  # somebody let it write without telling anybody
    hold = run(restore.compare(later.ports, note))
    assert (hold.missing, hold.whole) == (run(world.store.log_size()), False)


def test_an_old_copy_of_the_database_in_its_place_is_noticed(world: World) -> None:
    kept = backup(world)
    awarded(world)
    note_of(world)
    back = replace(world, store=kept)
    run(restore.notice_rollback(back.ports))
    found = run(standing(back.ports))
    assert found
    assert found.hold
    assert (found.code, found.hold.missing) == ("rolled_back", 1)
    with pytest.raises(UnavailableError):
        awarded(back)
    run(restore.acknowledge(back.ports, 1))
    run(restore.notice_rollback(back.ports))
    assert run(standing(back.ports)) is None
    assert peek_checkpoint(back.witness.note or b"").origin == run(restore.logs(back.ports))[-1].key.name


def test_an_old_copy_put_in_its_place_while_it_runs_is_signed_for_by_nobody(world: World) -> None:
    kept = backup(world)
    for _ in range(2):
        awarded(world)
    note_of(world)
    back = replace(world, store=kept)  # no start between the two
    before = run(kept.checkpoints(0, 99))
    for _ in range(2):  # smaller than what was signed for, then of the same size
        awarded(back)
        with pytest.raises(UnavailableError) as refused:
            note_of(back)
        assert refused.value.code == "log_inconsistent"
    assert run(kept.checkpoints(0, 99)) == before
    run(sweep(back.ports))
    found = run(standing(back.ports))
    assert found
    assert found.code == "rolled_back"
    with pytest.raises(UnavailableError):
        awarded(back)


def test_a_database_that_cannot_be_read_is_not_taken_for_an_old_one(world: World) -> None:
    async def away(wanted: object) -> dict[tuple[int, int], bytes]:
        raise UnavailableError("database_unavailable", "The database does not answer.")

    world.store.log_nodes = away  # type: ignore[method-assign]
    with pytest.raises(UnavailableError):
        run(restore.notice_rollback(world.ports))
    run(sweep(world.ports))
    assert HELD not in world.store._meta


def test_a_crash_right_after_the_acknowledgement_does_not_hold_it_again(world: World) -> None:
    kept = backup(world)
    awarded(world)
    stale = note_of(world)
    back = replace(world, store=kept)
    run(restore.notice_rollback(back.ports))
    run(restore.acknowledge(back.ports, 1))
    back.witness.note = stale  # the first checkpoint of the new log was not written any more
    run(restore.notice_rollback(back.ports))
    assert run(standing(back.ports)) is None


def test_a_backup_from_before_a_new_log_is_held_for_the_checkpoint_of_that_log(world: World) -> None:
    kept = backup(world)
    later = restored(world, kept)
    run(restore.acknowledge(later.ports))
    awarded(later)
    again = restored(later, kept, note_of(later))
    found = run(standing(again.ports))
    assert found
    assert found.hold
    assert found.hold.missing == 2
    run(restore.acknowledge(again.ports, 2))
    names = {one[-1].key.name for one in (run(restore.logs(w.ports)) for w in (world, later, again))}
    assert len(names) == 3


def test_nothing_is_noticed_in_an_exchange_that_goes_on(world: World) -> None:
    for _ in range(3):
        awarded(world)
        run(restore.notice_rollback(world.ports))
        note_of(world)
        run(restore.notice_rollback(world.ports))
    assert HELD not in world.store._meta


def test_a_damaged_checkpoint_beside_the_database_says_nothing_against_it(world: World) -> None:
    world.witness.note = b"scribble"
    run(restore.notice_rollback(world.ports))
    assert HELD not in world.store._meta


def test_a_checkpoint_of_another_log_or_with_a_bad_signature_is_refused(world: World) -> None:
    other = World(base_url="https://else.example")
    run(sync(other.ports, [TEAM]))
    run(award(other.ports, Order("team", "lead", "mailto:ana@example.org")))
    with pytest.raises(InputError) as refused:
        run(restore.compare(world.ports, note_of(other)))
    assert refused.value.code == "checkpoint_of_another_log"
    size = b"\n%d\n" % run(world.store.log_size())
    bad = note_of(world).replace(size, b"\n99\n")
    with pytest.raises(InputError) as refused:
        run(restore.compare(world.ports, bad))
    assert refused.value.code == "note_signature_invalid"


def test_a_hold_that_changed_meanwhile_is_not_taken_off(world: World) -> None:
    later = restored(world, backup(world))
    size = run(later.store.log_size())
    with pytest.raises(ConflictError) as refused:
        run(later.store.release("another", restore._leaf(later.ports, Hold("restored"), True), {}))
    assert refused.value.code == "hold_changed"
    assert run(later.store.log_size()) == size


def test_revocations_that_the_backup_has_are_kept(world: World) -> None:
    badge = awarded(world)
    run(status.revoke(world.ports, badge.key, "Wrong person"))
    later = restored(world, backup(world))
    run(restore.acknowledge(later.ports))
    assert verdict(later, badge.signed).outcome == "invalid"
