"""Batches: judged, confirmed by what was seen, and whose they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.core.roster import Row
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, InputError, NotFoundError
from exchange.flows.badges.award import award
from exchange.flows.badges.status import revoke
from exchange.flows.instance.sweep import sweep
from exchange.flows.orders import batches
from exchange.flows.orders.carry_out import carry_out_due
from exchange.flows.orders.pick import pick
from exchange.flows.orders.records import Batch
from exchange.flows.people import people
from exchange.flows.people.erase import erase
from exchange.flows.people.records import NOBODY, Principal
from tests.flows.orders.company import LEAD, PACE, a_new_version, confirmed, drafted, recipients, states
from tests.simulator import World, run


def test_each_badge_ends_as_its_row_says_or_else_as_all_do(world: World) -> None:
    rows = [Row(1, "ana@e.org", until="30.6.2027"), Row(2, "ben@e.org"), Row(3, "eve@e.org", until="x")]
    order = replace(LEAD, valid_until=datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC))
    batch = run(batches.draft(world.ports, order, rows))
    assert states(world, batch) == ["ready", "ready", "wrong"]
    batch = run(batches.fix(world.ports, batch.id, [Row(3, "eve@e.org")]))
    run(batches.confirm(world.ports, batch.id, batch.digest))
    run(carry_out_due(world.ports, PACE))
    ends = {badge.recipient: badge.valid_until for badge in world.store._badges.values()}
    assert {who: end and end.isoformat() for who, end in ends.items()} == {
        "mailto:ana@e.org": "2027-06-30T23:59:59+00:00",
        "mailto:ben@e.org": "2027-01-31T23:59:59+00:00",
        "mailto:eve@e.org": "2027-11-21T09:30:00+00:00",  # as the badge says
    }
    signed = [json.loads(badge.signed or b"{}") for badge in world.store._badges.values()]
    assert sorted(str(one.get("validUntil")) for one in signed) == [
        "2027-01-31T23:59:59Z",
        "2027-06-30T23:59:59Z",
        "2027-11-21T09:30:00Z",
    ]


def test_a_row_whose_day_is_over_when_its_turn_comes_fails_and_no_other(world: World) -> None:
    rows = [Row(1, "ana@e.org", until="2026-12-24"), Row(2, "ben@e.org")]
    batch = run(batches.draft(world.ports, LEAD, rows))
    run(batches.confirm(world.ports, batch.id, batch.digest))
    run(batches.pause(world.ports, batch.id))
    world.later(days=60)
    run(batches.resume(world.ports, batch.id))
    run(carry_out_due(world.ports, PACE))
    found = run(batches.rows(world.ports, batch.id))
    assert [(row.state, [fault.code for fault in row.faults]) for row in found] == [
        ("failed", ["valid_until_past"]),
        ("awarded", []),
    ]


def test_of_two_drafts_of_one_file_that_are_confirmed_at_once_one_runs(world: World) -> None:
    drafts = [drafted(world, "ana", "ben") for _ in range(4)]

    async def confirm(batch: Batch) -> str:
        try:
            return (await batches.confirm(world.ports, batch.id, batch.digest)).state
        except ConflictError as error:
            return error.code

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*map(confirm, drafts))

    assert sorted(run(all_at_once())) == ["roster_changed"] * 3 + ["running"]
    run(carry_out_due(world.ports, PACE))
    assert recipients(world) == ["mailto:ana@e.org", "mailto:ben@e.org"]
    told = [states(world, batch) for batch in drafts]
    assert sorted(told) == [["awarded"] * 2] + [["wrong"] * 2] * 3


def test_nothing_is_signed_before_it_was_confirmed_and_then_everybody_gets_theirs(world: World) -> None:
    batch = drafted(world, "ana", "ben", "eve")
    assert run(carry_out_due(world.ports, PACE)) == 0
    assert (world.store._badges, states(world, batch)) == ({}, ["ready"] * 3)
    begun = run(batches.confirm(world.ports, batch.id, batch.digest))
    assert (begun.state, world.store._badges) == ("running", {})
    assert run(carry_out_due(world.ports, PACE)) == 1
    assert recipients(world) == ["mailto:ana@e.org", "mailto:ben@e.org", "mailto:eve@e.org"]
    said, rows = run(batches.receipt(world.ports, batch.id))
    assert (said.batch.state, said.over, said.total) == ("done", 3, 3)
    assert [one.row.state for one in rows] == ["awarded"] * 3
    assert len({one.position for one in rows} - {None}) == 3
    assert len(world.store._outbox) == 3


def test_what_is_sent_twice_begins_once(world: World) -> None:
    batch = confirmed(world, "ana")
    assert run(batches.confirm(world.ports, batch.id, batch.digest)) == batch
    run(carry_out_due(world.ports, PACE))
    assert run(batches.confirm(world.ports, batch.id, batch.digest)).state == "done"
    assert len(world.store._badges) == 1


def test_no_mail_goes_out_unless_it_was_asked_for(world: World) -> None:
    confirmed(world, "ana", mail=False)
    run(carry_out_due(world.ports, PACE))
    assert (len(world.store._badges), world.store._outbox) == (1, [])


def _somebody_got_it(world: World) -> None:
    run(award(world.ports, replace(LEAD, to="ana@e.org")))


def _another_batch(world: World) -> None:
    confirmed(world, "ana")


@pytest.mark.parametrize("change", [_somebody_got_it, a_new_version, _another_batch])
def test_what_has_changed_since_it_was_seen_is_refused_and_judged_anew(
    world: World, change: Callable[[World], None]
) -> None:
    batch = drafted(world, "ana", "ben")
    change(world)
    before = len(world.store._badges)
    with pytest.raises(ConflictError) as refused:
        run(batches.confirm(world.ports, batch.id, batch.digest, skip_wrong=True))
    assert refused.value.code == "roster_changed"
    assert len(world.store._badges) == before
    anew = run(batches.progress(world.ports, batch.id)).batch
    assert anew.digest != batch.digest
    assert run(batches.confirm(world.ports, batch.id, anew.digest, skip_wrong=True)).state == "running"
    run(carry_out_due(world.ports, PACE))
    assert recipients(world) == ["mailto:ana@e.org", "mailto:ben@e.org"]


def test_a_digest_of_another_roster_begins_nothing(world: World) -> None:
    batch = drafted(world, "ana")
    with pytest.raises(ConflictError, match="has changed"):
        run(batches.confirm(world.ports, batch.id, drafted(world, "ben").digest))
    assert run(batches.progress(world.ports, batch.id)).batch == batch


def test_what_is_wrong_is_fixed_or_skipped(world: World) -> None:
    batch = drafted(world, "ana", "x y@", "ana", "")
    assert states(world, batch) == ["ready", "wrong", "wrong", "wrong"]
    with pytest.raises(ConflictError) as refused:
        run(batches.confirm(world.ports, batch.id, batch.digest))
    assert refused.value.code == "rows_wrong"
    fixed = run(batches.fix(world.ports, batch.id, [Row(2, "ben@e.org")], skip=[1]))
    assert states(world, fixed) == ["skipped", "ready", "ready", "wrong"]
    assert fixed.digest != batch.digest
    back = run(batches.fix(world.ports, batch.id, take=[1]))
    assert states(world, back) == ["ready", "ready", "wrong", "wrong"]
    run(batches.confirm(world.ports, batch.id, back.digest, skip_wrong=True))
    run(carry_out_due(world.ports, PACE))
    assert states(world, back) == ["awarded", "awarded", "skipped", "skipped"]
    assert recipients(world) == ["mailto:ana@e.org", "mailto:ben@e.org"]


def test_a_roster_with_nobody_left_begins_nothing(world: World) -> None:
    batch = drafted(world, "no body@")
    with pytest.raises(InputError) as refused:
        run(batches.confirm(world.ports, batch.id, batch.digest, skip_wrong=True))
    assert refused.value.code == "nothing_to_award"
    with pytest.raises(InputError):
        run(batches.draft(world.ports, LEAD, []))


def test_who_had_a_badge_that_is_over_may_get_another(world: World) -> None:
    revoked = run(award(world.ports, replace(LEAD, to="ana@e.org")))
    run(revoke(world.ports, revoked.key, "Lost"))
    until = world.now + timedelta(days=1)
    run(award(world.ports, replace(LEAD, to="ben@e.org", valid_until=until)))
    run(award(world.ports, replace(LEAD, to="eve@e.org")))
    world.later(days=2)
    assert states(world, drafted(world, "ana", "ben", "EVE")) == ["ready", "ready", "wrong"]


def test_people_are_named_by_handle_and_get_it_at_their_address(world: World) -> None:
    run(people.add(world.ports, "Ana Lima", "ana@e.org", "ana"))
    gone = run(people.add(world.ports, "Gone", "gone@e.org", "gone"))
    run(people.suspend(world.ports, gone.id))
    rows = [Row(1, "@ana"), Row(2, "ana@e.org"), Row(3, "gone"), Row(4, "nobody")]
    batch = run(batches.draft(world.ports, LEAD, rows))
    faults = [[fault.code for fault in row.faults] for row in run(batches.rows(world.ports, batch.id))]
    assert faults == [[], ["duplicate"], ["handle_unknown"], ["handle_unknown"]]
    run(batches.confirm(world.ports, batch.id, batch.digest, skip_wrong=True))
    run(carry_out_due(world.ports, PACE))
    assert recipients(world) == ["mailto:ana@e.org"]
    assert [one.to for one in run(pick(world.ports, "lima"))] == ["ana"]
    assert run(pick(world.ports, "a")) == run(pick(world.ports, "gone@")) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda ports, id, batch: batches.confirm(ports, id, batch.digest),
        lambda ports, id, batch: batches.fix(ports, id),
        lambda ports, id, batch: batches.pause(ports, id),
        lambda ports, id, batch: batches.resume(ports, id),
        lambda ports, id, batch: batches.discard(ports, id),
        lambda ports, id, batch: batches.progress(ports, id),
        lambda ports, id, batch: batches.rows(ports, id),
        lambda ports, id, batch: batches.receipt(ports, id),
    ],
)
def test_only_who_may_award_there_touches_a_batch(world: World, act: Callable[..., Any]) -> None:
    batch = drafted(world, "ana")
    for who in (NOBODY, Principal("eve", "link", roles={"other": "owner"})):
        with pytest.raises(ForbiddenError):
            run(act(replace(world.ports, who=who), batch.id, batch))
        with pytest.raises(NotFoundError):
            run(act(replace(world.ports, who=who), "nothing", batch))
    assert run(batches.progress(world.ports, batch.id)).batch == batch
    assert run(batches.listed(replace(world.ports, who=NOBODY)))[0] == []


def test_a_viewer_sees_a_batch_and_changes_nothing(world: World) -> None:
    batch = drafted(world, "ana")
    viewer = replace(world.ports, who=Principal("eve", "link", roles={"team": "viewer"}))
    assert run(batches.progress(viewer, batch.id)).left == 1
    assert [one.batch for one in run(batches.listed(viewer))[0]] == [batch]
    with pytest.raises(ForbiddenError):
        run(batches.confirm(viewer, batch.id, batch.digest))


def test_rosters_do_not_live_for_ever(world: World) -> None:
    draft, done = drafted(world, "ana"), confirmed(world, "ben")
    run(carry_out_due(world.ports, PACE))
    world.later(days=2)
    run(sweep(world.ports))
    with pytest.raises(NotFoundError):
        run(batches.progress(world.ports, draft.id))
    assert run(batches.progress(world.ports, done.id)).over == 1
    world.later(days=30)
    run(sweep(world.ports))
    with pytest.raises(NotFoundError):
        run(batches.progress(world.ports, done.id))
    assert len(world.store._badges) == 1


@pytest.mark.parametrize("when", ["draft", "running", "done", "skipped"])
def test_who_is_erased_is_in_no_roster_any_more(world: World, when: str) -> None:
    batch = drafted(world, "Ana", "ben", "ana..x")
    if when == "skipped":
        batch = run(batches.fix(world.ports, batch.id, skip=[1]))
    if when != "draft":
        run(batches.confirm(world.ports, batch.id, batch.digest, skip_wrong=True))
    if when == "done":
        run(carry_out_due(world.ports, PACE))
    run(erase(world.ports, "ana@e.org", "ana@e.org"))
    assert "ana@e.org" not in repr(world.store._batches).lower()
    assert run(batches.progress(world.ports, batch.id)).counts
    if when == "draft":
        with pytest.raises(ConflictError):
            run(batches.confirm(world.ports, batch.id, batch.digest, skip_wrong=True))
    run(carry_out_due(world.ports, PACE))
    assert recipients(world) in ([], ["mailto:ben@e.org"])


def test_what_was_begun_is_neither_fixed_nor_discarded(world: World) -> None:
    batch = confirmed(world, "ana")
    for act in (batches.fix(world.ports, batch.id, skip=[1]), batches.discard(world.ports, batch.id)):
        with pytest.raises(ExchangeError) as refused:
            run(act)
        assert refused.value.code == "batch_begun"
    assert states(world, batch) == ["ready"]
    other = drafted(world, "ben")
    run(batches.discard(world.ports, other.id))
    with pytest.raises(NotFoundError):
        run(batches.progress(world.ports, other.id))


def test_a_row_that_is_not_there_is_not_fixed(world: World) -> None:
    batch = drafted(world, "ana")
    with pytest.raises(NotFoundError, match="no row 9"):
        run(batches.fix(world.ports, batch.id, [Row(9, "x@e.org")]))
