"""What holders say to their badges: the same tests on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.people.records import Erasure, Ticket
from exchange.flows.ports import Store
from exchange.flows.records import Badge, Claim, Draft, Parcel, Reminder
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes
from tests.adapters.database.test_outbox import parcel

pytestmark = pytest.mark.anyio


async def offered(
    store: Store, id: str = "badge-1", *, signed: bool = True, remind: float | None = 5
) -> Badge:
    """A badge that waits for its holder, who is to be reminded at that minute."""
    if await store.issuer("team") is None:
        await store.put_issuer(samples.issuer())
    at = None if remind is None else minutes(remind)
    row = replace(samples.intent(id), claim="offered", remind_at=at)
    await store.intend(
        Draft("team", samples.BASE, (), lambda _: (row, samples.leaf(f"badge:{id}"))), samples.list_id
    )
    if signed:
        await store.publish(id, b"signed")
    return await found(store, id)


async def found(store: Store, id: str = "badge-1") -> Badge:
    badge = await store.badge(id)
    assert badge is not None
    return badge


async def say(store: Store, claim: Claim, at: float = 1, ticket: str = "", id: str = "badge-1") -> bool:
    return await store.settle_claim(id, claim, minutes(at), samples.leaf(f"badge:{id}", minutes(at)), ticket)


async def hand_out(store: Store, *hashes: str, badge: str = "badge-1") -> None:
    for one in hashes:
        ticket = Ticket(one, "claim", minutes(99), "ada@example.org", badge=badge)
        await store.put_ticket(ticket, samples.START)
        assert await store.ticket(one) == ticket


async def test_an_answer_is_on_record_with_its_entry_and_asks_no_more(any_store: Store) -> None:
    before = await offered(any_store)
    assert (before.claim, before.claimed_at, before.remind_at) == ("offered", None, minutes(5))
    size = await any_store.log_size()
    assert await say(any_store, "accepted")
    after = await found(any_store)
    assert after == replace(before, claim="accepted", claimed_at=minutes(1), remind_at=None)
    assert await any_store.log_size() == size + 1
    assert await any_store.due_reminders(minutes(9), 9) == []


async def test_what_tells_of_an_answer_is_posted_with_it_or_not_at_all(any_store: Store) -> None:
    await offered(any_store)
    await hand_out(any_store, "a")

    async def tell(id: str, ticket: str = "") -> bool:
        leaf = samples.leaf("badge:badge-1", minutes(1))
        told = [parcel(id, "webhook:w:badge-1", channel="webhook")]
        return await any_store.settle_claim("badge-1", "accepted", minutes(1), leaf, ticket, told)

    with pytest.raises(ConflictError):
        await tell("spent", "b")
    assert await tell("first", "a")
    assert not await tell("again")
    found = await any_store.lease_parcel("webhook", "me", minutes(9), minutes(10))
    assert found is not None
    assert found.parcel.id == "first"
    assert await any_store.lease_parcel("webhook", "me", minutes(9), minutes(10)) is None


async def test_the_same_answer_again_changes_nothing_and_another_does(any_store: Store) -> None:
    await offered(any_store)
    await say(any_store, "accepted")
    size = await any_store.log_size()
    assert not await say(any_store, "accepted", 2)
    assert (await found(any_store)).claimed_at == minutes(1)
    assert await any_store.log_size() == size
    assert await say(any_store, "declined", 3)
    assert (await found(any_store)).claim == "declined"


async def test_an_answer_spends_every_ticket_of_its_badge_and_no_other(any_store: Store) -> None:
    await offered(any_store)
    await offered(any_store, "badge-2")
    await hand_out(any_store, "a", "b")
    await hand_out(any_store, "c", badge="badge-2")
    assert await say(any_store, "accepted", ticket="a")
    assert [await any_store.ticket(one) is None for one in "abc"] == [True, True, False]
    assert (await found(any_store, "badge-2")).claim == "offered"


async def test_a_ticket_that_is_spent_answers_nothing(any_store: Store) -> None:
    await offered(any_store)
    await hand_out(any_store, "a")
    await any_store.take_ticket("a")
    size = await any_store.log_size()
    with pytest.raises(ConflictError) as refused:
        await say(any_store, "accepted", ticket="a")
    assert refused.value.code == "ticket_spent"
    assert (await found(any_store)).claim == "offered"
    assert await any_store.log_size() == size


async def test_of_two_answers_by_one_ticket_one_counts(any_store: Store) -> None:
    await offered(any_store)
    await hand_out(any_store, "a")
    answers: list[Claim] = ["accepted", "declined"] * 4
    came = await asyncio.gather(*(say(any_store, one, ticket="a") for one in answers), return_exceptions=True)
    assert came.count(True) == 1
    assert sum(isinstance(one, ConflictError) for one in came) == len(answers) - 1
    assert (await found(any_store)).claim == answers[came.index(True)]


async def test_nothing_is_said_to_a_badge_that_is_not_there_or_was_erased(any_store: Store) -> None:
    await offered(any_store)
    await hand_out(any_store, "a")
    await any_store.erase(Erasure("e", (), ("badge-1",)))
    for id in ("badge-1", "none"):
        with pytest.raises(NotFoundError):
            await say(any_store, "accepted", id=id)
    gone = await found(any_store)
    assert (gone.claim, gone.claimed_at, gone.remind_at, gone.reminded) == ("", None, None, 0)
    assert await any_store.ticket("a") is None


async def test_who_is_due_for_longest_is_reminded_first_and_of_signed_badges_only(any_store: Store) -> None:
    await offered(any_store, "late", remind=8)
    await offered(any_store, "soon", remind=5)
    await offered(any_store, "unsigned", remind=4, signed=False)
    await offered(any_store, "quiet", remind=None)
    assert [one.id for one in await any_store.due_reminders(minutes(8), 9)] == ["soon", "late"]
    assert [one.id for one in await any_store.due_reminders(minutes(8), 1)] == ["soon"]
    assert await any_store.due_reminders(minutes(4.9), 9) == []


async def test_a_reminder_is_posted_once_whoever_is_faster_and_never_after_an_answer(
    any_store: Store,
) -> None:
    await offered(any_store)
    await offered(any_store, "badge-2")
    await say(any_store, "declined", id="badge-2")

    def reminder(n: int, id: str = "badge-1") -> Reminder:
        parcel = Parcel(
            f"parcel-{id}-{n}", "mail", f"badge:{id}", "example.org", "ada@example.org", "{}", minutes(5)
        )
        return Reminder(id, 0, minutes(9), parcel)

    await asyncio.gather(*(any_store.remind([reminder(n), reminder(n, "badge-2")]) for n in range(4)))
    assert (await any_store.count_undelivered())[0] == 1
    after = await found(any_store)
    assert (after.reminded, after.remind_at) == (1, minutes(9))
    assert (await found(any_store, "badge-2")).reminded == 0


async def test_who_is_not_to_be_told_is_put_off_without_a_mail(any_store: Store) -> None:
    await offered(any_store)
    await any_store.remind([Reminder("badge-1", 0, None, None)])
    after = await found(any_store)
    assert (after.reminded, after.remind_at, after.claim) == (0, None, "offered")
    assert await any_store.count_undelivered() == (0, 0)
