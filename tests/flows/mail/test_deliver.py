"""Deliver: what an award or a change of status puts on its way, and what becomes of what does not arrive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import ConflictError, RefusedError, UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.award_many import award_many
from exchange.flows.instance.standing import Hold
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.sync import sync
from exchange.flows.mail.deliver import PACE, Carry, Pace, deliver_due, deliver_for_ever
from exchange.flows.mail.mails import carry
from exchange.flows.mail.post import mail_in, sign_in_mail
from exchange.flows.ports import Ports
from exchange.flows.records import HELD, Once, Parcel
from tests.simulator import World, run
from tests.team import TEAM

ANN = Order("team", "lead", "mailto:ann@acme.internal")
QUICK = Pace(look_seconds=0.01, breath=0)


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def deliver(world: World) -> tuple[int, int]:
    return run(deliver_due(world.ports, "mail", carry))


def waiting(world: World) -> list[tuple[str, str]]:
    """(mail, recipient) of each that waits."""
    found = run(world.store.undelivered(99))
    return [(json.loads(one.parcel.payload)["mail"], one.parcel.recipient) for one in found]


@asynccontextmanager
async def delivering(world: World, how: Carry, pace: Pace) -> AsyncIterator[None]:
    task = asyncio.create_task(deliver_for_ever(world.ports, "mail", how, pace))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def sent(world: World, count: int) -> None:
    """Wait for so many letters."""
    async with asyncio.timeout(10):
        while len(world.mailer.letters) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


# --- what goes on record ---


def test_an_award_tells_its_recipient_once_it_is_signed_and_names_nobody_else(world: World) -> None:
    made = run(award(world.ports, ANN))
    (one,) = run(world.store.undelivered(9))
    assert one.parcel.after_badge == made.key
    assert json.loads(one.parcel.payload) == {"mail": "award", "language": "en"}
    assert deliver(world) == (1, 0)
    (letter,) = world.mailer.letters
    assert (letter.id, letter.to, letter.subject) == (
        one.parcel.id,
        "ann@acme.internal",
        "You have earned “Incident lead”",
    )
    link = f"http://localhost:8000/claim/{made.key}#secret"
    assert link in letter.text
    assert f'href="{link}' in letter.html
    assert deliver(world) == (0, 0)


def test_a_badge_that_a_crash_left_unsigned_is_told_of_when_the_sweep_has_signed_it(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        run(award(world.ports, ANN))
    assert deliver(world) == (0, 0)
    assert waiting(world) == [("award", "ann@acme.internal")]
    world.keys.broken = False
    world.later(minutes=1)
    assert run(sweep(world.ports)) == 1
    assert deliver(world) == (1, 0)


SILENT = {
    "no address": replace(ANN, to="did:key:z6MkmPfZSqVc4pfADiwnQTueyLDJZrt5rkmuzGWTNGMbsDPA"),
    "a page": replace(ANN, to="https://ann.example.org/"),
    "wished so": replace(ANN, mail=False),
}


@pytest.mark.parametrize("order", SILENT.values(), ids=SILENT)
def test_nobody_is_told_who_has_no_address_or_where_it_was_not_wished(world: World, order: Order) -> None:
    made = run(award(world.ports, order))
    run(status.suspend(world.ports, made.key, "why", mail=order.mail))
    assert waiting(world) == []


def test_an_award_asked_for_twice_is_told_once(world: World) -> None:
    for _ in range(2):
        run(award(world.ports, ANN, Once("key", "aa", world.now)))
    assert len(waiting(world)) == 1


def test_many_awards_tell_each_recipient_once_also_when_begun_again(world: World) -> None:
    orders = [replace(ANN, to=f"mailto:p{n}@acme.internal", mail=n != 3) for n in range(5)]

    async def all_of_them() -> None:
        async for _ in award_many(world.ports, orders, "batch", chunk=2):
            pass

    for _ in range(2):
        run(all_of_them())
    assert waiting(world) == [("award", f"p{n}@acme.internal") for n in range(5) if n != 3]


def test_a_refused_award_or_change_tells_nobody(world: World) -> None:
    made = run(award(world.ports, ANN))
    deliver(world)
    run(status.revoke(world.ports, made.key, "the wrong Ann", mail=False))
    with pytest.raises(ConflictError):
        run(status.suspend(world.ports, made.key, "why"))
    with pytest.raises(ConflictError):
        run(status.revoke(world.ports, made.key, "again"))
    assert waiting(world) == []


def test_changes_of_a_badge_are_told_in_their_order_with_the_reason(world: World) -> None:
    made = run(award(world.ports, ANN))
    for change in (status.suspend, status.reinstate, status.revoke):
        run(change(world.ports, made.key, f"because of {change.__name__}"))
    assert deliver(world) == (4, 0)
    assert [letter.subject for letter in world.mailer.letters] == [
        "You have earned “Incident lead”",
        "“Incident lead” is on hold",
        "“Incident lead” is no longer on hold",
        "“Incident lead” was revoked",
    ]
    assert all(f"/badges/{made.key}.html\n" in letter.text for letter in world.mailer.letters[1:])
    for letter, verb in zip(world.mailer.letters[1:], ("suspend", "reinstate", "revoke"), strict=True):
        assert f"because of {verb}" in letter.text


# --- what becomes of it ---


def test_what_fails_is_tried_again_later_each_time_under_the_same_id_and_given_up_in_days(
    world: World,
) -> None:
    run(award(world.ports, ANN))
    (first,) = run(world.store.undelivered(9))
    world.mailer.fails = UnavailableError("mail_unavailable", "The mail server is away.")
    began, tries = world.now, 0
    while True:
        sent, failed = deliver(world)
        assert (sent, failed) == (0, 1)
        tries += 1
        (one,) = run(world.store.undelivered(9))
        assert one.parcel == first.parcel
        assert one.reason == "The mail server is away."
        if one.failed_at is not None:
            break
        assert one.due_at > world.now
        world.now = one.due_at - timedelta(seconds=1)
        assert deliver(world) == (0, 0)
        world.now = one.due_at
    assert tries == PACE.attempts
    assert timedelta(days=2) < world.now - began < timedelta(days=4)
    world.mailer.fails = None
    assert run(world.store.retry_parcels(world.now)) == 1
    assert deliver(world) == (1, 0)
    assert [letter.id for letter in world.mailer.letters] == [first.parcel.id]


def test_what_is_refused_for_good_is_given_up_at_once_and_what_follows_goes_on(world: World) -> None:
    made = run(award(world.ports, ANN))
    run(status.suspend(world.ports, made.key, "why"))
    world.mailer.fails = RefusedError("mail_refused", "mx said: 550 No such mailbox")
    assert deliver(world) == (0, 2)
    found = run(world.store.undelivered(9))
    assert [one.attempts for one in found] == [1, 1]
    assert {one.reason for one in found} == {"mx said: 550 No such mailbox"}
    assert all(one.failed_at for one in found)
    world.mailer.fails = None
    world.later(days=9)
    assert deliver(world) == (0, 0)


def test_a_fault_of_ours_is_logged_tried_again_and_holds_up_nobody(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(3):
        run(award(world.ports, replace(ANN, to=f"mailto:p{n}@acme.internal")))

    async def trips(ports: Ports, parcel: Parcel) -> None:
        if parcel.recipient.startswith("p1@"):
            raise KeyError("oops")
        await carry(ports, parcel)

    assert run(deliver_due(world.ports, "mail", trips)) == (2, 1)
    (one,) = run(world.store.undelivered(9))
    assert (one.reason, one.failed_at) == ("A fault in exchange itself: KeyError.", None)
    assert "oops" in caplog.text


def test_a_mail_of_a_newer_version_waits_for_who_knows_it(world: World) -> None:
    parcel = Parcel("a", "mail", "s", "d", "ann@acme.internal", '{"mail":"pitch","language":"en"}', world.now)
    run(world.store.post([parcel]))
    assert deliver(world) == (0, 1)
    (one,) = run(world.store.undelivered(9))
    assert one.failed_at is None
    assert "pitch" in one.reason


def test_a_secret_arrives_in_time_or_not_at_all_and_is_erased(world: World) -> None:
    until = world.now + timedelta(minutes=15)

    def post(secret: str) -> None:
        run(world.store.post([sign_in_mail(world.ports, "ann@acme.internal", secret, "123456", until)]))

    post("in-time")
    assert deliver(world) == (1, 0)
    (letter,) = world.mailer.letters
    assert f"{world.base_url}/sign-in#in-time" in letter.text
    assert "123456" in letter.text
    assert "09:45 UTC" in letter.text
    post("too-late")
    world.later(minutes=15)
    assert deliver(world) == (0, 1)
    (one,) = run(world.store.undelivered(9))
    assert (one.reason, one.parcel.payload) == ("It was not delivered in time.", "")
    assert len(world.mailer.letters) == 1
    assert run(world.store.retry_parcels(world.now)) == 0


def test_an_instance_that_must_not_write_delivers_nothing(world: World) -> None:
    run(award(world.ports, ANN))
    world.store._meta[HELD] = Hold("restored").to_text()
    assert deliver(world) == (0, 0)
    world.store._meta[HELD] = ""
    assert deliver(world) == (1, 0)


def test_what_is_over_is_swept_away_after_a_month(world: World) -> None:
    run(award(world.ports, ANN))
    deliver(world)
    run(award(world.ports, ANN))
    world.later(days=31)
    run(sweep(world.ports))
    left = [(mail_in(row.delivery.parcel), row.open) for row in world.store._outbox]
    assert left == [("award", True), ("remind", True), ("remind", True)]


# --- at the same time ---


def test_a_destination_that_hangs_keeps_a_few_attempts_and_others_pass(world: World) -> None:
    pace = replace(QUICK, at_once=6, per_destination=2, seconds=0.3)
    for n in range(20):
        run(award(world.ports, replace(ANN, to=f"mailto:p{n}@hung.internal")))
    for n in range(20):
        run(award(world.ports, replace(ANN, to=f"mailto:p{n}@acme.internal")))
    most = {"hung.internal": 0, "acme.internal": 0}
    now = dict(most)

    async def hangs(ports: Ports, parcel: Parcel) -> None:
        name = parcel.destination
        now[name] += 1
        most[name] = max(most[name], now[name])
        try:
            await asyncio.sleep(60 if name == "hung.internal" else 0.001)
            await carry(ports, parcel)
        finally:
            now[name] -= 1

    async def for_a_while() -> None:
        async with delivering(world, hangs, pace):
            await sent(world, 20)

    run(for_a_while())
    assert {letter.to.rpartition("@")[2] for letter in world.mailer.letters} == {"acme.internal"}
    assert most == {"hung.internal": 2, "acme.internal": 2}


def test_what_this_process_posts_is_delivered_without_waiting_for_the_next_look(world: World) -> None:
    async def post_and_see() -> None:
        lazy = replace(PACE, look_seconds=3600)
        async with delivering(world, carry, lazy):
            await asyncio.sleep(0.02)
            made = await award(world.ports, ANN)
            await status.revoke(world.ports, made.key, "why")
            await sent(world, 2)

    run(post_and_see())


def test_it_ends_when_it_is_told_to_though_the_bell_rings_just_then(world: World) -> None:
    async def ring_and_end() -> None:
        task = asyncio.create_task(
            deliver_for_ever(world.ports, "mail", carry, replace(PACE, look_seconds=3600))
        )
        await asyncio.sleep(0.02)
        world.ports.bell.ring()
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()

    run(ring_and_end())


def test_a_database_that_is_away_ends_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    run(award(world.ports, ANN))
    lease, away = world.store.lease_parcel, 3

    async def sometimes(*args: object) -> object:
        nonlocal away
        away -= 1
        if away >= 0:
            raise UnavailableError("database_unavailable", "the database is away")
        return await lease(*args)  # type: ignore[arg-type]

    async def until_sent() -> None:
        async with delivering(world, carry, QUICK):
            await sent(world, 1)

    world.store.lease_parcel = sometimes  # type: ignore[method-assign, assignment]
    run(until_sent())
    assert "the database is away" in caplog.text


def test_an_attempt_that_is_cut_short_is_repeated_when_its_lease_is_over(world: World) -> None:
    run(award(world.ports, ANN))

    async def hangs(ports: Ports, parcel: Parcel) -> None:
        await carry(ports, parcel)
        await asyncio.sleep(60)

    async def cut() -> None:
        async with delivering(world, hangs, QUICK):
            await sent(world, 1)

    run(cut())
    assert deliver(world) == (0, 0)
    world.later(seconds=PACE.lease.total_seconds())
    assert deliver(world) == (1, 0)
    assert len({letter.id for letter in world.mailer.letters}) == 1


@given(attempts=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_a_limit_and_are_spread(attempts: int, chance: float) -> None:
    wait = PACE.wait(attempts, chance)
    assert 0.75 * PACE.first_wait <= wait <= 1.25 * PACE.longest_wait
    assert PACE.wait(attempts + 2, 0) >= min(wait, 0.75 * PACE.longest_wait)


def test_an_attempt_ends_well_before_its_lease() -> None:
    assert timedelta(seconds=PACE.seconds) * 3 <= PACE.lease
