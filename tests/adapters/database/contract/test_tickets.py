"""What every `Store` answers about tickets and how often: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import ConflictError
from exchange.flows.people.records import Quota
from exchange.flows.ports import Store
from exchange.flows.records import Parcel
from tests.adapters.database.people_samples import ANA, BEN, session, ticket, token
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio


async def test_a_ticket_is_taken_once(people: Store) -> None:
    await people.put_ticket(ticket("ab", nonce="n"), minutes(0))
    assert await people.ticket("ab") == ticket("ab", nonce="n")
    assert await people.ticket("AB") is None
    by_link = [people.take_ticket("ab") for _ in range(5)]
    by_code = [people.take_code("n", "code-n", 5) for _ in range(5)]
    taken = await asyncio.gather(*by_link, *by_code)
    assert sorted(taken, key=str, reverse=True) == [ticket("ab", nonce="n")] + [None] * 9
    assert await people.ticket("ab") is None


async def test_expired_tickets_are_forgotten_when_another_is_put(people: Store) -> None:
    await people.put_ticket(ticket("expired", 1), minutes(0))
    await people.put_ticket(ticket("valid", 1.5), minutes(0))
    await people.put_ticket(ticket("new", 9), minutes(1))
    found = [await people.ticket(hash) for hash in ("expired", "valid", "new")]
    assert found == [None, ticket("valid", 1.5), ticket("new", 9)]


async def test_the_fifth_wrong_code_is_the_last_whoever_tries_at_once(people: Store) -> None:
    await people.put_ticket(ticket("ab", nonce="n"), START)
    await people.put_ticket(ticket("cd", nonce="m"), START)
    wrong = await asyncio.gather(*(people.take_code("n", f"code-{n}", 5) for n in range(4)))
    assert wrong == [None] * 4
    assert await people.ticket("ab")
    assert await people.take_code("n", "code-m", 5) is None
    assert await people.take_code("n", "code-n", 5) is None
    assert await people.ticket("ab") is None
    assert await people.take_code("m", "code-m", 5) == ticket("cd", nonce="m")
    assert await people.take_code("unknown", "code-m", 5) is None


async def test_a_quota_is_exact_however_many_count_at_once(people: Store) -> None:
    quota, other = Quota("mail:ana", 3, timedelta(minutes=10)), Quota("mail:ben", 1, timedelta(minutes=30))
    spent = await asyncio.gather(*(people.hit([quota], START) for _ in range(20)))
    assert spent.count(None) == 3
    assert set(spent) == {None, minutes(10)}
    assert await people.hit([other], minutes(1)) is None
    assert await people.hit([quota, other], minutes(2)) == minutes(31)
    assert await people.hit([quota], minutes(9.99)) == minutes(10)
    assert [await people.hit([quota], minutes(10)) for _ in range(4)] == [None, None, None, minutes(20)]


async def test_what_expired_is_forgotten_and_nothing_else(people: Store) -> None:
    await people.put_ticket(ticket("old"), START)
    await people.open_session(session("old"))
    await people.open_session(replace(session("new"), expires_at=minutes(99)))
    await people.put_token(token("old"))
    await people.put_token(replace(token("for-good"), expires_at=None))
    await people.hit([Quota("a", 1, timedelta(minutes=10))], START)
    await people.forget_people(minutes(60))
    assert await people.ticket("old") is None
    assert [one.hash for one in await people.sessions("ana")] == ["new"]
    assert [one.id for one in await people.tokens()] == ["for-good"]
    assert await people.people() == [BEN, ANA]
    # Forgotten, not merely over: an earlier moment counts from the beginning.
    assert await people.hit([Quota("a", 1, timedelta(minutes=10))], START) is None


async def test_a_ticket_is_put_with_the_mail_that_tells_of_it_or_not_at_all(people: Store) -> None:
    mail = Parcel("mail-1", "mail", "s", "example.org", "ana@example.org", "{}", START)
    await people.put_ticket(ticket("ab"), START, [mail])
    assert [one.parcel for one in await people.undelivered(9)] == [mail]
    with pytest.raises(ConflictError):
        await people.put_ticket(ticket("cd"), START, [replace(mail, payload="{1}")])
    assert await people.ticket("cd") is None
    assert [one.parcel for one in await people.undelivered(9)] == [mail]
