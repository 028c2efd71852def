"""What every outbox answers: the same tests on memory, SQLite and PostgreSQL; and leases under a crowd."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.adapters.database import DatabaseStore
from exchange.errors import ConflictError
from exchange.flows.people.records import Address, Erasure, Person
from exchange.flows.ports import Store
from exchange.flows.records import Delivery, Once, Parcel
from tests.adapters.database import samples
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio


def parcel(id: str, subject: str = "", at: datetime = START, **more: object) -> Parcel:
    to = f"{id}@acme.internal"
    plain = Parcel(id, "mail", subject or f"mail:{id}", "acme.internal", to, f'{{"mail":"{id}"}}', at)
    return replace(plain, **more)  # type: ignore[arg-type]


async def lease(store: Store, name: str = "me", at: datetime = START, *avoid: str) -> str | None:
    """The id of what was leased for two minutes."""
    found = await store.lease_parcel("mail", name, at, at + timedelta(minutes=2), avoid)
    return found.parcel.id if found else None


async def left(store: Store) -> list[str]:
    return [one.parcel.id for one in await store.undelivered(100)]


async def test_a_parcel_comes_back_equal_and_is_nobody_elses_while_it_is_leased(any_store: Store) -> None:
    one = parcel("a", expires_at=minutes(15), posted_at=minutes(1))
    await any_store.post([one])
    assert await lease(any_store, at=START) is None
    assert await any_store.lease_parcel("other", "me", minutes(1), minutes(3)) is None
    found = await any_store.lease_parcel("mail", "me", minutes(1), minutes(3))
    assert found == Delivery(one, minutes(3), attempts=1)
    assert await lease(any_store, "another", minutes(2)) is None
    assert await lease(any_store, "another", minutes(3)) == "a"
    assert [two.attempts for two in await any_store.undelivered(9)] == [2]


async def test_a_known_id_is_refused_and_nothing_of_it_is_posted(any_store: Store) -> None:
    await any_store.post([parcel("a")])
    with pytest.raises(ConflictError):
        await any_store.post([parcel("b"), parcel("a")])
    assert await left(any_store) == ["a"]


async def test_parcels_of_a_subject_wait_for_the_one_before_and_others_do_not(any_store: Store) -> None:
    await any_store.post([parcel("a", "s"), parcel("b", "s"), parcel("c", "t"), parcel("d", "s")])
    assert [await lease(any_store) for _ in range(3)] == ["a", "c", None]
    assert await any_store.put_back("a", "me", minutes(5), "it was busy")
    assert await lease(any_store, at=minutes(4)) == "c"  # its lease is over; b and d still wait
    assert await lease(any_store, at=minutes(4)) is None
    assert await lease(any_store, at=minutes(5)) == "a"
    await any_store.mark_sent("a", minutes(5))
    assert await lease(any_store, at=minutes(5)) == "b"
    assert await any_store.give_up("b", "me", minutes(5), "no such mailbox")
    assert await lease(any_store, at=minutes(5)) == "d"


async def test_what_has_been_due_for_longest_comes_first(any_store: Store) -> None:
    await any_store.post([parcel("late", at=minutes(2)), parcel("early"), parcel("next", at=minutes(1))])
    assert [await lease(any_store, at=minutes(2)) for _ in range(3)] == ["early", "next", "late"]


async def test_what_somebody_waits_for_comes_before_all_else(any_store: Store) -> None:
    many = [parcel(f"many-{n}") for n in range(5)]
    codes = [parcel(name, expires_at=minutes(9), at=minutes(at)) for name, at in (("b", 2), ("a", 1))]
    await any_store.post([*many, *codes, parcel("yet", at=minutes(5), expires_at=minutes(9))])
    order = [await lease(any_store, at=minutes(2)) for _ in range(8)]
    assert order == ["a", "b", *(one.id for one in many), None]


async def test_what_was_delivered_is_told_by_its_subject(any_store: Store) -> None:
    await any_store.post([parcel("a", "badge:x"), parcel("b", "badge:y"), parcel("c", "badge:x")])
    assert await any_store.delivered("badge:x") == []
    for n, id in enumerate(("a", "b"), 1):
        assert await lease(any_store) == id
        await any_store.mark_sent(id, minutes(n))
    assert await any_store.delivered("badge:x") == [minutes(1)]
    assert await lease(any_store, at=minutes(3)) == "c"
    await any_store.mark_sent("c", minutes(3))
    assert await any_store.delivered("badge:x") == [minutes(3), minutes(1)]
    assert await any_store.delivered("badge:x", 1) == [minutes(3)]
    assert await any_store.delivered("badge:") == []


async def test_a_destination_can_be_avoided(any_store: Store) -> None:
    await any_store.post([parcel("a"), parcel("b", destination="slow.internal"), parcel("c")])
    assert await lease(any_store, "me", START, "acme.internal", "none.internal") == "b"
    assert await lease(any_store, "me", START, "acme.internal") is None
    assert await lease(any_store) == "a"


async def test_nothing_is_due_about_a_badge_that_is_not_signed(any_store: Store) -> None:
    await any_store.put_issuer(samples.issuer())
    draft = replace(samples.draft(), parcels=(parcel("a", after_badge="badge-1"),))
    await any_store.intend(draft, samples.list_id)
    assert await lease(any_store) is None
    assert await any_store.count_undelivered() == (1, 0)
    await any_store.publish("badge-1", b"signed")
    assert await lease(any_store) == "a"


async def test_a_draft_that_leaves_nothing_leaves_no_parcel(any_store: Store) -> None:
    await any_store.put_issuer(samples.issuer())
    asked, same = (Once("key", "aa", START, id) for id in ("badge-1", "badge-2"))
    first = replace(samples.draft(once=asked), parcels=(parcel("a", after_badge="badge-1"),))
    again = replace(samples.draft("badge-2", once=same), parcels=(parcel("b", after_badge="badge-2"),))
    taken = replace(samples.draft(), parcels=(parcel("c", after_badge="badge-1"),))
    await any_store.intend_many([first, again], samples.list_id)
    with pytest.raises(ConflictError):
        await any_store.intend_many([taken], samples.list_id)
    assert await left(any_store) == ["a"]


async def test_a_change_of_status_posts_once_and_only_if_it_changes(any_store: Store) -> None:
    await any_store.put_issuer(samples.issuer())
    await samples.published(any_store)
    for n in range(2):
        await any_store.set_status(
            samples.change(), samples.leaf(), parcels=[parcel(f"p{n}", after_badge="badge-1")]
        )
    assert await left(any_store) == ["p0"]


async def test_a_parcel_that_cannot_be_posted_takes_its_effect_back(any_store: Store) -> None:
    await any_store.put_issuer(samples.issuer())
    await samples.published(any_store)
    await any_store.post([parcel("a")])
    size = await any_store.log_size()
    with pytest.raises(ConflictError):
        await any_store.intend(
            replace(samples.draft("badge-2"), parcels=(parcel("a", after_badge="badge-2"),)), samples.list_id
        )
    assert await any_store.badge("badge-2") is None
    assert await any_store.log_size() == size


async def test_what_was_sent_keeps_neither_recipient_nor_text(store: DatabaseStore) -> None:
    await store.post([parcel("a", "badge:1"), parcel("b")])
    await lease(store)
    await store.put_back("a", "me", START, "450 a@acme.internal is busy")
    await lease(store)
    await store.mark_sent("a", minutes(1))
    assert await left(store) == ["b"]
    sql = "SELECT parcel, subject, destination, recipient, payload, reason, sent_at FROM outbox ORDER BY id"
    sent, waiting = await store._read(sql)
    assert tuple(sent) == ("a", "badge:1", "", "", "", "", minutes(1))
    assert tuple(waiting)[3:5] == ("b@acme.internal", '{"mail":"b"}')
    assert await store.retry_parcels(minutes(2)) == 0


async def test_only_who_holds_the_lease_puts_back_or_gives_up_but_what_was_sent_was_sent(
    any_store: Store,
) -> None:
    await any_store.post([parcel("a")])
    await lease(any_store, "slow")
    assert await lease(any_store, "quick", minutes(2)) == "a"
    assert not await any_store.put_back("a", "slow", START, "late")
    assert not await any_store.give_up("a", "slow", START, "late")
    assert [one.reason for one in await any_store.undelivered(9)] == [""]
    await any_store.mark_sent("a", minutes(2))
    assert not await any_store.give_up("a", "quick", minutes(2), "late")
    assert await any_store.count_undelivered() == (0, 0)


async def test_what_is_given_up_says_why_and_can_be_tried_again_unless_it_was_a_secret(
    any_store: Store,
) -> None:
    await any_store.post([parcel("a"), parcel("b", expires_at=minutes(15)), parcel("c"), parcel("d")])
    for id in ("b", "a"):
        assert await lease(any_store) == id
        assert await any_store.give_up(id, "me", minutes(1), "no such mailbox")
    assert await lease(any_store) == "c"
    await any_store.put_back("c", "me", minutes(60), "busy")
    found = {one.parcel.id: one for one in await any_store.undelivered(9)}
    assert list(found) == ["a", "b", "c", "d"]
    assert (found["a"].failed_at, found["a"].reason) == (minutes(1), "no such mailbox")
    assert (found["a"].parcel.payload, found["b"].parcel.payload) == ('{"mail":"a"}', "")
    assert found["c"].failed_at is None
    assert await any_store.count_undelivered() == (2, 2)
    assert [one.parcel.id for one in await any_store.undelivered(3)] == ["a", "b", "c"]
    assert await any_store.retry_parcels(minutes(2), "d") == 0  # it waits anyway
    assert await any_store.retry_parcels(minutes(2), "a") == 1
    assert await any_store.retry_parcels(minutes(2)) == 1  # c; not b, whose secret is gone
    assert await any_store.count_undelivered() == (3, 1)
    assert {await lease(any_store, at=minutes(2)) for _ in range(3)} == {"a", "c", "d"}


async def test_a_person_is_erased_from_everything_they_were_or_are_to_be_told(any_store: Store) -> None:
    ann = {"recipient": "Ann@acme.internal"}
    await any_store.put_person(Person("ann", "Ann", START), [Address("ann@acme.internal", "ann", None)])
    await any_store.post([parcel("a", **ann), parcel("b", **ann), parcel("c")])
    await lease(any_store)
    await any_store.give_up("a", "me", minutes(1), "550 ann@acme.internal is unknown")
    await lease(any_store)
    await any_store.erase(Erasure("e", ("ann",), ()))
    found = await any_store.undelivered(9)
    assert "ann@" not in repr(found).lower()
    assert [(one.parcel.id, one.reason, one.failed_at) for one in found] == [("c", "", None)]
    assert not await any_store.put_back("b", "me", minutes(3), "ann@acme.internal is busy")
    await any_store.mark_sent("b", minutes(3))
    assert await any_store.retry_parcels(minutes(3)) == 0
    assert await left(any_store) == ["c"]
    assert await lease(any_store) == "c"


async def test_what_is_over_is_forgotten_after_a_while_and_what_waits_never(any_store: Store) -> None:
    await any_store.post([parcel(id) for id in ("sent", "failed", "later", "waits")])
    await lease(any_store)
    await any_store.mark_sent("sent", minutes(1))
    await lease(any_store)
    await any_store.give_up("failed", "me", minutes(1), "no")
    await lease(any_store)
    await any_store.give_up("later", "me", minutes(3), "no")
    await any_store.forget_parcels(minutes(2))
    assert await left(any_store) == ["later", "waits"]
    await any_store.post([parcel("sent"), parcel("failed")])  # nothing is known of them any more


async def test_of_many_who_ask_at_once_each_parcel_goes_to_one(store: DatabaseStore) -> None:
    await store.post([parcel(f"p{n}", f"s{n % 20}") for n in range(60)])
    got: list[tuple[str, str]] = []

    async def work(name: str) -> None:
        while (id := await lease(store, name)) is not None:
            got.append((name, id))
            await store.mark_sent(id, START)

    await asyncio.gather(*(work(f"node-{n}") for n in range(8)))
    # Who sees only followers of what others are at leaves them to these: none is left at the end.
    assert Counter(id for _, id in got) == {f"p{n}": 1 for n in range(60)}
    for subject in range(20):
        mine = [int(id[1:]) for _, id in got if int(id[1:]) % 20 == subject]
        assert mine == sorted(mine)
