"""What every `Store` answers: the same tests on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

import pytest

from exchange.core.log import merkle
from exchange.core.log.entry import open_entry
from exchange.errors import (
    AlreadyDoneError,
    ConflictError,
    InputError,
    NotFoundError,
    ReusedKeyError,
    UnavailableError,
)
from exchange.flows.ports import Store
from exchange.flows.records import (
    EVERY,
    HELD,
    Draft,
    Intent,
    Once,
    Published,
    SignedCheckpoint,
    SigningStop,
    StatusSlot,
)
from tests.adapters.conftest import LIST_SIZE
from tests.adapters.database import samples
from tests.adapters.database.samples import NOT_JSON, minutes

pytestmark = pytest.mark.anyio


@pytest.fixture
async def known(any_store: Store) -> Store:
    """A store that knows one issuer."""
    await any_store.put_issuer(samples.issuer())
    return any_store


# --- issuers, keys, achievements, settings ---


async def test_an_issuer_comes_back_equal_and_is_replaced_by_slug(any_store: Store) -> None:
    assert await any_store.issuer("team") is None
    await any_store.put_issuer(samples.issuer())
    await any_store.put_issuer(samples.issuer("a-peer"))
    changed = replace(
        samples.issuer(did="did:web:example.org"), profile={"name": "B"}, updated_at=minutes(1.5)
    )
    await any_store.put_issuer(changed)
    assert await any_store.issuer("team") == changed
    assert await any_store.issuers() == [samples.issuer("a-peer"), changed]


async def test_json_keeps_the_order_of_its_members(known: Store) -> None:
    found = await known.issuer("team")
    assert found is not None
    assert list(found.profile) == ["type", "name", "address"]
    assert list(found.profile["address"]) == ["b", "a"]  # type: ignore[call-overload]


async def test_a_second_active_key_is_refused_until_the_first_is_retired(known: Store) -> None:
    await known.put_key(samples.key("first"))
    with pytest.raises(ConflictError, match="signs with") as refused:
        await known.put_key(samples.key("second", at=minutes(1)))
    assert refused.value.code == "active_key_exists"
    assert await known.keys("team") == [samples.key("first")]
    await known.put_key(samples.key("first", "verify-only"))
    await known.put_key(samples.key("second", at=minutes(1)))
    assert await known.keys("team") == [
        samples.key("first", "verify-only"),
        samples.key("second", at=minutes(1)),
    ]


async def test_of_a_key_only_the_state_can_change(known: Store) -> None:
    await known.put_key(samples.key())
    await known.put_key(replace(samples.key(state="revoked"), uri="file:other", multikey="zOther"))
    assert await known.keys("team") == [samples.key(state="revoked")]
    assert await known.keys("nobody") == []


async def test_the_keys_of_everybody_are_one_question(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    await known.put_key(samples.key("later", at=minutes(1)))
    await known.put_key(samples.key("first", of="peer"))
    assert [key.id for key in await known.keys()] == ["first", "later"]


async def test_a_rotation_changes_both_keys_and_the_issuer_at_once(known: Store) -> None:
    await known.put_key(samples.key("old"))
    await known.put_key(samples.key("new", "pending", minutes(1)))
    renamed = samples.issuer(did="did:key:z6New")
    await known.rotate("new", renamed, minutes(2))
    assert await known.keys("team") == [
        samples.key("old", "verify-only"),
        replace(samples.key("new", at=minutes(1)), activated_at=minutes(2)),
    ]
    assert await known.issuer("team") == renamed


async def test_a_rotation_to_a_key_that_is_not_pending_changes_nothing(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    await known.put_key(samples.key("old"))
    await known.put_key(samples.key("spent", "verify-only"))
    await known.put_key(samples.key("theirs", "pending", of="peer"))
    before = await known.keys()
    for key_id in ("old", "spent", "theirs", "none"):
        with pytest.raises(ConflictError) as refused:
            await known.rotate(key_id, samples.issuer(did="did:key:z6New"), minutes(2))
        assert refused.value.code == "key_not_pending"
    assert await known.keys() == before
    assert await known.issuer("team") == samples.issuer()


async def test_of_two_rotations_to_one_key_one_happens(known: Store) -> None:
    await known.put_key(samples.key("old"))
    await known.put_key(samples.key("new", "pending"))
    work = (known.rotate("new", samples.issuer(), minutes(n)) for n in range(2))
    done = await asyncio.gather(*work, return_exceptions=True)
    assert sorted(type(result) for result in done if result) == [ConflictError]
    assert [key.state for key in await known.keys("team")] == ["active", "verify-only"]


async def test_a_revoked_key_says_since_when_and_why_and_stays_so(known: Store) -> None:
    await known.put_key(samples.key())
    await known.put_key(samples.key("other", "pending"))
    assert await known.revoke_key("key-1", minutes(1), 2**40, "a laptop was stolen")
    facts = {"revoked_at": minutes(1), "revoked_position": 2**40, "revoked_reason": "a laptop was stolen"}
    revoked = replace(samples.key(state="revoked"), **facts)
    assert await known.keys("team") == [revoked, samples.key("other", "pending")]
    assert not await known.revoke_key("key-1", minutes(2), None, "again")
    assert await known.keys("team") == [revoked, samples.key("other", "pending")]
    with pytest.raises(NotFoundError) as unknown:
        await known.revoke_key("none", minutes(1), None, "why")
    assert unknown.value.code == "unknown_key"


async def test_revoking_a_key_has_every_list_of_its_issuer_signed_anew(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    await known.put_key(samples.key())
    mine, theirs = (
        (await samples.intended(known, "a"))[0].list_id,
        (await samples.intended(known, "b", of="peer"))[0].list_id,
    )
    for list_id in (mine, theirs):
        await known.put_signed_list(list_id, 1, b"signed", minutes(0))
    other = await known.status_list(theirs)
    await known.revoke_key("key-1", minutes(1), None, "why")
    row = await known.status_list(mine)
    assert row is not None
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (2, 0, None, None)
    assert await known.status_list(theirs) == other
    # A node that was at it signs the list as it was: it must not count as the present one.
    await known.put_signed_list(mine, 1, b"by the revoked key", minutes(2))
    late = await known.status_list(mine)
    assert late is not None
    assert late.signed_version < late.version


async def test_a_retired_key_is_intended_for_nothing_new(known: Store) -> None:
    await known.put_key(samples.key())
    before = await samples.published(known)
    for state in ("verify-only", "revoked"):
        await known.put_key(samples.key(state=state))
        size = await known.log_size()
        with pytest.raises(UnavailableError) as retired:
            await samples.intended(known, "badge-2")
        assert retired.value.code == "key_retired"
        assert await known.badge("badge-2") is None
        assert await known.log_size() == size
    assert await known.badges() == [before]


async def test_what_a_key_signed_is_counted_and_the_newest_named(known: Store) -> None:
    await known.put_key(samples.key())
    for n in range(4):
        await samples.published(known, f"badge-{n}", minutes(n))
    await samples.intended(known, "unsigned", at=minutes(9))
    await known.put_issuer(samples.issuer("peer"))
    await samples.published(known, "theirs", minutes(9), of="peer")
    mine, other = samples.key(), samples.key("other")
    assert await known.signed_by(mine) == (4, ["badge-3", "badge-2", "badge-1", "badge-0"])
    assert await known.signed_by(mine, minutes(1), limit=1) == (2, ["badge-3"])
    assert await known.signed_by(other) == (0, [])


async def test_a_list_speaks_for_one_id_and_is_closed_when_that_changes(known: Store) -> None:
    before = await _slot(known)
    await known.put_issuer(replace(samples.issuer(), profile={"name": "B"}))
    assert (await _slot(known)).list_id == before.list_id
    await known.put_issuer(samples.issuer(did="did:key:z6New"))
    after = await _slot(known)
    rows = [await known.status_list(slot.list_id) for slot in (before, after)]
    assert [row.did for row in rows if row] == ["did:key:z6Mk", "did:key:z6New"]
    assert await known.status_lists("team") == sorted([before.list_id, after.list_id])
    assert await known.status_lists("nobody") == []


async def test_a_stop_is_there_until_it_is_taken_away(any_store: Store) -> None:
    assert await any_store.stops() == []
    everybody, team = SigningStop(EVERY, "a drill", minutes(0)), SigningStop("team", "stolen?", minutes(1))
    await any_store.put_stop(team)
    await any_store.put_stop(replace(everybody, reason="first"))
    await any_store.put_stop(everybody)
    assert await any_store.stops() == [everybody, team]
    assert await any_store.remove_stop(EVERY)
    assert not await any_store.remove_stop(EVERY)
    assert await any_store.stops() == [team]
    assert await any_store.log_size() == 0


async def test_a_stop_and_its_end_leave_their_leaves_and_what_changes_nothing_leaves_none(
    any_store: Store,
) -> None:
    stop, leaf = SigningStop("team", "stolen?", minutes(0)), samples.leaf("issuer:team")
    assert not await any_store.remove_stop("team", leaf)
    await any_store.put_stop(stop, leaf)
    await any_store.put_stop(replace(stop, reason="stolen!"), leaf)
    assert await any_store.remove_stop("team", leaf)
    assert not await any_store.remove_stop("team", leaf)
    assert [one.position for one in await any_store.log_about("issuer:team")] == [0, 1, 2]
    assert await any_store.log_size() == await any_store.log_count() == 3


async def test_a_version_is_frozen_and_the_newest_is_the_answer(known: Store) -> None:
    first, second = samples.achievement(), samples.achievement(version=2)
    await known.put_achievement(second)
    await known.put_achievement(first)
    await known.put_achievement(samples.achievement("baker"))
    with pytest.raises(ConflictError) as frozen:
        await known.put_achievement(replace(first, digest="cd" * 32))
    assert frozen.value.code == "version_exists"
    assert await known.achievement("team", "welder") == second
    assert await known.achievement("team", "welder", 1) == first
    assert await known.achievement("team", "welder", 3) is None
    assert await known.achievement("nobody", "welder") is None
    assert await known.achievements("team") == [samples.achievement("baker"), second]


async def test_of_a_version_only_its_source_and_its_retirement_can_change(known: Store) -> None:
    first, second = samples.achievement(), samples.achievement(version=2)
    for one in (first, second, samples.achievement("baker")):
        await known.put_achievement(one)
    retired = replace(second, source="{}", retired_at=minutes(1))
    await known.mark_achievement(replace(retired, digest="cd" * 32, alt="Another", valid_days=3))
    assert await known.achievement("team", "welder") == retired
    assert await known.achievement("team", "welder", 1) == first
    assert await known.achievements("team") == [samples.achievement("baker")]
    assert await known.achievements("team", retired=True) == [samples.achievement("baker"), retired]
    await known.mark_achievement(second)
    assert await known.achievements("team") == [samples.achievement("baker"), second]
    with pytest.raises(NotFoundError):
        await known.mark_achievement(samples.achievement(version=3))


async def test_a_retired_version_that_is_not_the_newest_hides_nothing(known: Store) -> None:
    await known.put_achievement(replace(samples.achievement(), retired_at=minutes(1)))
    await known.put_achievement(samples.achievement(version=2))
    assert await known.achievements("team") == [samples.achievement(version=2)]


async def test_a_setting_is_replaced_by_name(any_store: Store) -> None:
    assert await any_store.meta("signing") is None
    await any_store.put_meta("signing", "on")
    await any_store.put_meta("signing", "off since 09:30")
    assert await any_store.meta("signing") == "off since 09:30"


async def test_nothing_can_belong_to_an_unknown_issuer(any_store: Store) -> None:
    for work in (
        any_store.put_key(samples.key()),
        any_store.put_achievement(samples.achievement()),
        any_store.intend(samples.draft(), samples.list_id),
        any_store.intend(samples.draft(purposes=samples.BOTH), samples.list_id),
    ):
        with pytest.raises(ConflictError):
            await work
    assert await any_store.keys("team") == []
    assert await any_store.badge("badge-1") is None


# --- indices ---


async def _slot(store: Store, url_id: Callable[[], str] = samples.list_id) -> StatusSlot:
    """The one status entry of one more badge."""
    draft = samples.draft(samples.new_id(), ("revocation",))
    return (await store.intend(draft, url_id)).slots[0]


async def test_no_index_is_given_twice_and_a_new_list_begins_at_half(known: Store) -> None:
    slots = [await _slot(known) for _ in range(LIST_SIZE + 1)]
    assert len(set(slots)) == LIST_SIZE + 1
    lists = list(dict.fromkeys(slot.list_id for slot in slots))
    assert [sum(slot.list_id == id for slot in slots) for id in lists] == [LIST_SIZE // 2, LIST_SIZE // 2, 1]
    assert all(0 <= slot.index < LIST_SIZE for slot in slots)
    indices = [slot.index for slot in slots[: LIST_SIZE // 2]]
    assert indices != sorted(indices)


async def test_lists_are_apart_by_issuer_and_purpose_and_begin_unset(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    slots = [*await samples.intended(known, "a"), *await samples.intended(known, "b", of="peer")]
    assert len({slot.list_id for slot in slots}) == 4
    row = await known.status_list(slots[1].list_id)
    assert row is not None
    assert (row.issuer, row.purpose, row.size) == ("team", "suspension", LIST_SIZE)
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (1, 0, None, None)
    assert list(await known.set_bits(slots[1].list_id)) == []
    assert await known.status_list("unknown") is None
    assert list(await known.set_bits("unknown")) == []


async def test_a_list_id_that_is_taken_is_refused_and_nothing_is_left(known: Store) -> None:
    with pytest.raises(ConflictError) as taken:
        await known.intend(samples.draft(purposes=samples.BOTH), lambda: "same")
    assert taken.value.code == "id_taken"
    assert await known.badge("badge-1") is None
    assert await known.status_list("same") is None
    assert await known.log_size() == 0


async def test_a_new_id_is_asked_for_only_when_a_list_begins(known: Store) -> None:
    asked: list[str] = []

    def url_id() -> str:
        asked.append(samples.list_id())
        return asked[-1]

    for _ in range(LIST_SIZE // 2):
        await _slot(known, url_id)
    assert len(asked) == 1


# --- badges ---


async def test_signed_bytes_come_back_as_they_went_in(known: Store) -> None:
    slots = await samples.intended(known)
    intended = await known.badge("badge-1")
    assert intended is not None
    assert (intended.unsigned, intended.message, intended.signed) == (NOT_JSON, bytes(64), None)
    assert intended.slots == slots
    assert await known.published("badge-1") is None
    await known.publish("badge-1", NOT_JSON[::-1])
    assert await known.badge("badge-1") == replace(intended, signed=NOT_JSON[::-1])
    seen = await known.published("badge-1")
    assert seen == Published("badge-1", "team", "welder", 1, "eddsa-rdfc-2022", NOT_JSON[::-1])


async def test_a_message_that_is_the_unsigned_bytes_comes_back_whole(known: Store) -> None:
    same = replace(samples.intent(), message=NOT_JSON)
    await known.intend(Draft("team", (), lambda slots: (same, samples.leaf())), samples.list_id)
    badge = await known.badge("badge-1")
    assert badge is not None
    assert (badge.message, badge.unsigned) == (NOT_JSON, NOT_JSON)


async def test_a_badge_without_slots_is_one_badge(known: Store) -> None:
    endorsement = replace(samples.intent(), kind="endorsement")
    await known.intend(Draft("team", (), lambda slots: (endorsement, samples.leaf())), samples.list_id)
    found = await known.badge("badge-1")
    assert found is not None
    assert (found.kind, found.slots) == ("endorsement", ())
    assert await known.badge("badge-2") is None


async def test_an_id_that_is_taken_changes_nothing(known: Store) -> None:
    before = await samples.published(known)
    size, bits = await known.log_size(), await known.status_list(before.slots[0].list_id)
    with pytest.raises(ConflictError) as taken:
        await samples.intended(known, at=minutes(1))
    assert taken.value.code == "id_taken"
    assert await known.badge("badge-1") == before
    assert (await known.log_size(), await known.status_list(before.slots[0].list_id)) == (size, bits)


async def test_a_draft_that_cannot_be_written_leaves_nothing(known: Store) -> None:
    ids = iter(("one", "two"))

    def write(slots: tuple[StatusSlot, ...]) -> NoReturn:
        assert len(slots) == 2
        raise InputError("unfit", "no")

    with pytest.raises(InputError) as refused:
        await known.intend(Draft("team", samples.BOTH, write), lambda: next(ids))
    assert refused.value.code == "unfit"
    assert await known.status_list("one") is None
    assert await known.log_size() == 0
    with pytest.raises(ConflictError):
        await samples.intended(known, purposes=("revocation", "revocation"))
    assert await known.badge("badge-1") is None


async def test_publishing_again_needs_the_same_bytes(known: Store) -> None:
    await samples.intended(known, purposes=())
    await known.publish("badge-1", b"once")
    await known.publish("badge-1", b"once")
    with pytest.raises(ConflictError) as other:
        await known.publish("badge-1", b"twice")
    assert other.value.code == "already_signed"
    with pytest.raises(NotFoundError) as unknown:
        await known.publish("badge-2", b"once")
    assert unknown.value.code == "unknown_badge"
    found = await known.badge("badge-1")
    assert found is not None
    assert found.signed == b"once"


async def test_pages_are_newest_first_and_miss_nobody_at_the_same_instant(known: Store) -> None:
    await known.put_issuer(samples.issuer("peer"))
    for n in range(7):
        await samples.published(known, f"badge-{n}", minutes(n // 3), of="peer" if n == 2 else "team")
    await samples.intended(known, "unsigned", at=minutes(9))
    everything = [badge.id for badge in await known.badges()]
    assert everything == [f"badge-{n}" for n in (6, 5, 4, 3, 2, 1, 0)]
    paged: list[str] = []
    for length in (2, 2, 2, 0):
        page = await known.badges("team", 2, paged[-1] if paged else None)
        assert [len(badge.slots) for badge in page] == [2] * length
        paged += [badge.id for badge in page]
    assert paged == [id for id in everything if id != "badge-2"]
    assert await known.badges(before="unknown") == []
    assert await known.badges("nobody") == []


async def test_what_a_crash_left_is_found_oldest_first(known: Store) -> None:
    await samples.published(known, "done", minutes(0))
    for id, at in (("young", 3), ("b", 2), ("a", 1)):
        slots = await samples.intended(known, id, at=minutes(at))
    left = await known.unfinished(minutes(3))
    assert [badge.id for badge in left] == ["a", "b"]
    assert left[0].slots == slots


# --- status ---


async def test_revoking_sets_the_bit_the_version_and_the_history_at_once(known: Store) -> None:
    revocation, suspension = (await samples.published(known)).slots
    assert await samples.set_status(known, samples.change())
    assert list(await known.set_bits(revocation.list_id)) == [revocation.index]
    assert list(await known.set_bits(suspension.list_id)) == []
    assert await known.history("badge-1") == [samples.change()]
    changed, other = await known.status_list(revocation.list_id), await known.status_list(suspension.list_id)
    assert changed is not None
    assert other is not None
    assert (changed.version, other.version) == (2, 1)


async def test_a_bit_that_already_is_so_changes_nothing(known: Store) -> None:
    slots = (await samples.published(known)).slots
    assert await samples.set_status(known, samples.change())
    assert not await samples.set_status(known, replace(samples.change(), reason="again"))
    assert not await samples.set_status(known, samples.change(False, "suspension"))
    rows = [await known.status_list(slot.list_id) for slot in slots]
    assert [row.version for row in rows if row] == [2, 1]
    assert await known.history("badge-1") == [samples.change()]


async def test_a_revocation_is_final_but_a_suspension_is_not(known: Store) -> None:
    revocation, suspension = (await samples.published(known)).slots
    assert not await samples.set_status(known, samples.change(False))  # there is nothing to clear yet
    steps = [samples.change(on, "suspension") for on in (True, False, True)]
    assert [await samples.set_status(known, step) for step in steps] == [True, True, True]
    assert list(await known.set_bits(suspension.list_id)) == [suspension.index]
    assert await samples.set_status(known, samples.change())
    for change in (samples.change(False), samples.change(False, "suspension")):
        with pytest.raises(ConflictError) as final:
            await samples.set_status(known, change)
        assert final.value.code == "revocation_is_final"
    assert list(await known.set_bits(revocation.list_id)) == [revocation.index]
    assert list(await known.set_bits(suspension.list_id)) == [suspension.index]
    assert await known.history("badge-1") == [*steps, samples.change()]


async def test_the_status_of_an_unknown_badge_cannot_be_set(known: Store) -> None:
    await samples.intended(known, purposes=())  # on record, but without slots
    for id in ("badge-1", "badge-2"):
        with pytest.raises(NotFoundError) as unknown:
            await samples.set_status(known, samples.change(badge=id))
        assert unknown.value.code == "unknown_badge"
        assert await known.history(id) == []


async def test_an_older_signed_list_does_not_replace_a_newer(known: Store) -> None:
    list_id = (await samples.published(known)).slots[0].list_id
    await samples.set_status(known, samples.change())
    await known.put_signed_list(list_id, 2, b"two", minutes(2))
    await known.put_signed_list(list_id, 1, b"one, late", minutes(3))
    await known.put_signed_list(list_id, 2, b"two, overtaken", minutes(1))
    row = await known.status_list(list_id)
    assert row is not None
    assert (row.version, row.signed_version, row.signed, row.signed_at) == (2, 2, b"two", minutes(2))
    await known.put_signed_list(list_id, 2, b"two, again", minutes(4))
    row = await known.status_list(list_id)
    assert row is not None
    assert (row.version, row.signed, row.signed_at) == (2, b"two, again", minutes(4))
    with pytest.raises(NotFoundError) as unknown:
        await known.put_signed_list("unknown", 1, b"", minutes(0))
    assert unknown.value.code == "unknown_status_list"


# --- the log ---


async def test_every_effect_leaves_its_leaf_and_the_tree_above_it(known: Store) -> None:
    await samples.published(known)
    assert await samples.set_status(known, samples.change())
    assert not await samples.set_status(known, samples.change())  # no effect, no leaf
    for n in range(7):
        assert await known.append(samples.leaf("document:list")) == 2 + n
    size = await known.log_size()
    records = await known.log_records(0, 100)
    assert [record.position for record in records] == list(range(9)) == list(range(size))
    for record in records:
        assert record.content is not None
        assert record.salt is not None
        assert open_entry(record.entry, record.content, record.salt).kind == "award"
    naive: dict[merkle.Node, bytes] = {}
    for record in records:
        naive |= merkle.append(record.position, [merkle.leaf_hash(record.entry)], naive)
    assert await known.log_nodes_between(0, size) == naive
    assert await known.log_nodes([(1, 0), (0, 99)]) == {(1, 0): naive[1, 0]}
    assert await known.log_frontier() == b"".join(naive[node] for node in merkle.root_needs(size))
    halves = {**await known.log_nodes_between(0, 4), **await known.log_nodes_between(4, size)}
    assert halves == naive
    assert await known.log_strays(size) == []
    assert set(await known.log_strays(size - 1)) == {(0, 8)}


async def test_entries_are_found_by_what_they_are_about(known: Store) -> None:
    await samples.published(known)
    await samples.published(known, "badge-2")
    await samples.set_status(known, samples.change())
    assert [record.position for record in await known.log_about("badge:badge-1")] == [0, 2]
    assert [record.position for record in await known.log_about("of:samples")] == [0, 1, 2]
    assert await known.log_about("badge:unknown") == []
    assert await known.log_record(1) == (await known.log_records(1, 1))[0]
    assert await known.log_record(3) is None


async def test_one_root_is_signed_for_a_size(any_store: Store) -> None:
    assert await any_store.checkpoint() is None
    first = SignedCheckpoint(3, bytes(32), b"note")
    assert await any_store.put_checkpoint(first) == b"note"
    again = replace(first, note=b"signed once more")
    assert await any_store.put_checkpoint(again) == b"note"
    with pytest.raises(ConflictError) as forked:
        await any_store.put_checkpoint(replace(first, root=bytes(31) + b"x"))
    assert forked.value.code == "log_forked"
    second = SignedCheckpoint(5, bytes(32), b"more")
    await any_store.put_checkpoint(second)
    assert await any_store.checkpoint() == second
    assert await any_store.checkpoints(0, 10) == [first, second]
    assert await any_store.checkpoints(3, 10) == [second]


async def test_what_is_settled_stays(any_store: Store) -> None:
    assert await any_store.settle_meta("log_key", "first") == "first"
    assert await any_store.settle_meta("log_key", "second") == "first"


async def test_issuers_keys_and_achievements_leave_their_leaves_and_what_is_refused_leaves_none(
    any_store: Store,
) -> None:
    assert await any_store.put_issuer(samples.issuer(), samples.leaf("issuer:team"))
    assert not await any_store.put_issuer(
        replace(samples.issuer(), updated_at=minutes(1)), samples.leaf("issuer:team")
    )
    assert await any_store.issuer("team") == samples.issuer()
    await any_store.put_key(samples.key(), samples.leaf("key:1"))
    with pytest.raises(ConflictError):
        await any_store.put_key(samples.key("other"), samples.leaf("key:2"))
    await any_store.put_key(samples.key(state="verify-only"), samples.leaf("key:1"))
    await any_store.put_achievement(samples.achievement(), samples.leaf("achievement:1"))
    with pytest.raises(ConflictError):
        await any_store.put_achievement(samples.achievement(), samples.leaf("achievement:1"))
    await any_store.mark_achievement(samples.achievement(), samples.leaf("achievement:1"))
    with pytest.raises(NotFoundError):
        await any_store.mark_achievement(samples.achievement(version=9), samples.leaf("achievement:9"))
    about = {name: await any_store.log_about(name) for name in ("issuer:team", "key:1", "achievement:1")}
    positions = {name: [record.position for record in records] for name, records in about.items()}
    assert positions == {"issuer:team": [0], "key:1": [1, 2], "achievement:1": [3, 4]}
    assert await any_store.log_size() == await any_store.log_count() == 5


async def test_who_checks_the_log_reads_its_rows_as_they_are(known: Store) -> None:
    await samples.published(known)
    await samples.published(known, "badge-2")
    await samples.set_status(known, samples.change())
    records = await known.log_records(0, 10)
    rows = await known.log_rows(-(2**63), 2)
    assert [row.position for row in rows] == [0, 1]
    assert [(row.entry, row.salt) for row in rows] == [(one.entry, one.salt) for one in records[:2]]
    assert [row.content for row in rows] == [b'{"badge":"badge:badge-1"}', b'{"badge":"badge:badge-2"}']
    assert [row.position for row in await known.log_rows(1, 10)] == [2]
    named = await known.log_rows_about(["badge:badge-2", "badge:badge-1", "badge:none"])
    assert [(name, row.position) for name, row in named] == [
        ("badge:badge-1", 0),
        ("badge:badge-1", 2),
        ("badge:badge-2", 1),
    ]
    sample = b"of:samples"
    assert await known.log_abouts([1, 2, 9]) == [
        (1, b"badge:badge-2"),
        (1, sample),
        (2, b"badge:badge-1"),
        (2, sample),
    ]
    assert await known.log_stray_abouts(10) == []
    assert await known.log_state() == (3, await known.log_frontier())


async def test_every_badge_and_every_change_is_read_in_pages(known: Store) -> None:
    for id in ("c", "a", "b"):
        await samples.intended(known, id)
    await known.publish("a", b"signed")
    await samples.set_status(known, samples.change(badge="c"))
    await samples.set_status(known, samples.change(badge="a", purpose="suspension"))
    assert [badge.id for badge in await known.every_badge("", 2)] == ["a", "b"]
    assert await known.every_badge("b", 2) == [await known.badge("c")]
    assert await known.known_badges(["a", "z", "c"]) == {"a", "c"}
    assert await known.histories(["c", "a", "b"]) == [*await known.history("a"), *await known.history("c")]
    assert await known.histories([]) == []


# --- once ---


def _once(key: str = "key-1", digest: str = "aa", answer: str = "badge-1") -> Once:
    return Once(key, digest, minutes(0), answer)


async def test_a_key_that_was_used_does_nothing_more(known: Store) -> None:
    await known.intend(samples.draft("badge-1", samples.BOTH, once=_once()), samples.list_id)
    size = await known.log_size()
    with pytest.raises(AlreadyDoneError) as done:
        await known.intend(samples.draft("badge-2", once=_once(answer="badge-2")), samples.list_id)
    assert done.value.answer == "badge-1"
    with pytest.raises(ReusedKeyError):
        await known.intend(samples.draft("badge-3", once=_once(digest="bb")), samples.list_id)
    with pytest.raises(AlreadyDoneError):
        await samples.set_status(known, samples.change(), _once())
    assert await known.badge("badge-2") is None
    assert await known.history("badge-1") == []
    assert await known.log_size() == size


async def test_a_key_is_kept_only_with_its_effect(known: Store) -> None:
    await samples.published(known)
    with pytest.raises(ConflictError):
        await known.intend(samples.draft("badge-1", once=_once()), samples.list_id)
    await samples.set_status(known, samples.change())
    assert not await samples.set_status(known, samples.change(), _once())
    await known.intend(samples.draft("badge-2", once=_once()), samples.list_id)  # the key is still free


async def test_of_many_with_one_key_one_has_an_effect(known: Store) -> None:
    async def award(n: int) -> str:
        try:
            await known.intend(
                samples.draft(f"b{n}", samples.BOTH, once=_once(answer=f"b{n}")), samples.list_id
            )
        except AlreadyDoneError as done:
            return done.answer
        return f"b{n}"

    answers = await asyncio.gather(*(award(n) for n in range(30)))
    assert len(set(answers)) == 1
    assert await known.log_size() == 1


async def test_keys_are_forgotten_in_time(known: Store) -> None:
    await known.intend(samples.draft("badge-1", once=_once()), samples.list_id)
    await known.forget_once(minutes(0))
    with pytest.raises(AlreadyDoneError):
        await known.intend(samples.draft("badge-2", once=_once()), samples.list_id)
    await known.forget_once(minutes(1))
    await known.intend(samples.draft("badge-2", once=_once()), samples.list_id)


# --- many at once ---


async def test_many_at_once_share_lists_but_never_an_index(known: Store) -> None:
    async def award() -> None:
        id = samples.new_id()
        await samples.intended(known, id)
        await known.publish(id, id.encode())

    await asyncio.gather(*(award() for _ in range(100)))
    badges = await known.badges(limit=1000)
    assert len(badges) == 100
    assert len({slot for badge in badges for slot in badge.slots}) == 200
    assert all(badge.signed == badge.id.encode() for badge in badges)


async def test_of_many_who_set_one_bit_one_has_set_it(known: Store) -> None:
    slot = (await samples.published(known)).slots[0]
    done = await asyncio.gather(*(samples.set_status(known, samples.change()) for _ in range(20)))
    assert sum(done) == 1
    row = await known.status_list(slot.list_id)
    assert row is not None
    assert row.version == 2
    assert len(await known.history("badge-1")) == 1


# --- a hold, and its end ---


async def test_a_hold_is_taken_off_together_with_everything_that_belongs_to_it(known: Store) -> None:
    await known.put_key(samples.key())
    (first,) = await samples.intended(known, purposes=("revocation",))
    await known.put_meta(HELD, "held")
    size = await known.log_size()
    with pytest.raises(ConflictError) as refused:
        await known.release("another", samples.leaf(), {"log_key": "new"})
    assert refused.value.code == "hold_changed"
    assert (await known.meta(HELD), await known.meta("log_key")) == ("held", None)
    assert await known.log_size() == size
    await known.release("held", samples.leaf("restore"), {"log_key": "new"})
    assert (await known.meta(HELD), await known.meta("log_key")) == ("", "new")
    assert [record.position for record in await known.log_about("restore")] == [size]
    (second,) = await samples.intended(known, "badge-2", purposes=("revocation",))
    assert second.list_id != first.list_id
    with pytest.raises(ConflictError):
        await known.release("held", samples.leaf(), {})


# --- many in one transaction ---


async def test_many_are_put_on_record_over_the_end_of_a_list(known: Store) -> None:
    await samples.intended(known, "first")
    size = await known.log_size()
    drafts = [samples.draft(f"b{n}", samples.BOTH) for n in range(LIST_SIZE + 7)]
    became = await known.intend_many(drafts, samples.list_id)
    slots = [slot for intent in became if isinstance(intent, Intent) for slot in intent.slots]
    assert len(set(slots)) == 2 * len(drafts)
    for purpose in samples.BOTH:
        taken = Counter(slot.list_id for slot in slots if slot.purpose == purpose)
        assert list(taken.values()) == [LIST_SIZE // 2 - 1, LIST_SIZE // 2, 8]
    badges = [await known.badge(f"b{n}") for n in range(len(drafts))]
    assert [badge.slots for badge in badges if badge] == [i.slots for i in became if isinstance(i, Intent)]
    records = await known.log_records(size, 1000)
    assert [record.content for record in records] == [{"badge": f"badge:b{n}"} for n in range(len(drafts))]
    await known.publish_many([(f"b{n}", b"%d" % n) for n in range(len(drafts))])
    signed = {badge.id: badge.signed for badge in await known.badges(limit=1000)}
    assert signed == {f"b{n}": b"%d" % n for n in range(len(drafts))}


async def test_of_many_those_whose_key_was_used_leave_nothing(known: Store) -> None:
    await known.intend(samples.draft("old", samples.BOTH, once=_once("used", answer="old")), samples.list_id)
    size = await known.log_size()
    keys = [("new", "aa"), ("used", "aa"), ("new", "aa"), ("used", "bb"), ("new", "bb"), (None, "aa")]
    drafts = [
        samples.draft(f"b{n}", samples.BOTH, once=_once(key, digest, f"b{n}") if key else None)
        for n, (key, digest) in enumerate(keys)
    ]
    became = await known.intend_many(drafts, samples.list_id)
    said = [
        one.id if isinstance(one, Intent) else one.answer if isinstance(one, AlreadyDoneError) else one.code
        for one in became
    ]
    reused = "idempotency_key_reused"
    assert said == ["b0", "old", "b0", reused, reused, "b5"]
    assert [await known.badge(f"b{n}") is not None for n in range(6)] == [True, *[False] * 4, True]
    assert await known.log_size() == size + 2


async def test_many_are_all_on_record_or_none(known: Store) -> None:
    slots = await samples.intended(known, "taken")
    before = [await known.status_list(slot.list_id) for slot in slots]
    size = await known.log_size()
    for ids in (("a", "taken", "b"), ("a", "b", "a")):
        drafts = [samples.draft(id, samples.BOTH, once=_once(id + str(n))) for n, id in enumerate(ids)]
        with pytest.raises(ConflictError):
            await known.intend_many(drafts, samples.list_id)
    assert [await known.badge(id) for id in ("a", "b")] == [None, None]
    assert [await known.status_list(slot.list_id) for slot in slots] == before
    assert await known.log_size() == size
    assert await known.intend_many([], samples.list_id) == []
    await known.intend(samples.draft("a", once=_once("a0")), samples.list_id)  # its key is still free


async def test_many_are_published_all_or_none_and_again_with_the_same_bytes(known: Store) -> None:
    await known.intend_many([samples.draft(id) for id in "abc"], samples.list_id)
    await known.publish("a", b"a")
    with pytest.raises(ConflictError) as other:
        await known.publish_many([("b", b"b"), ("a", b"other")])
    assert other.value.code == "already_signed"
    with pytest.raises(NotFoundError):
        await known.publish_many([("b", b"b"), ("nobody", b"n")])
    found = [await known.badge(id) for id in "abc"]
    assert [badge.signed for badge in found if badge] == [b"a", None, None]
    await known.publish_many([("c", b"c"), ("b", b"b"), ("a", b"a")])
    await known.publish_many([])
    found = [await known.badge(id) for id in "abc"]
    assert [badge.signed for badge in found if badge] == [b"a", b"b", b"c"]


async def test_chunks_at_once_share_lists_but_never_an_index(known: Store) -> None:
    async def chunk(name: int) -> None:
        drafts = [samples.draft(f"{name}-{n}", samples.BOTH) for n in range(30)]
        await known.intend_many(drafts, samples.list_id)
        await known.publish_many([(f"{name}-{n}", b"x") for n in range(30)])

    await asyncio.gather(*(chunk(name) for name in range(6)))
    badges = await known.badges(limit=1000)
    assert len(badges) == 180
    assert len({slot for badge in badges for slot in badge.slots}) == 360
    assert await known.log_size() == 180
