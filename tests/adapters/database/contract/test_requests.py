"""What every `Store` answers about requests for an endorsement, and about who wants to be asked no more."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange.errors import ConflictError
from exchange.flows.endorsements.records import (
    Asking,
    Joining,
    Repeat,
)
from exchange.flows.ports import Store
from tests.adapters.database.contract.test_endorsements import MAIL, REQUEST, block, endorsed
from tests.adapters.database.people_samples import ANA, BEN, leaf, ticket
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio


async def test_a_request_is_answered_once_and_its_links_are_spent(peers: Store) -> None:
    other = replace(MAIL, id="mail-0", subject="request:ask-0")
    await peers.ask_for_endorsements(Asking([REQUEST], [leaf("request:ask-1")], [MAIL, other]))
    with pytest.raises(ConflictError):
        await peers.ask_for_endorsements(Asking([REQUEST], [leaf("request:ask-1")], []))
    assert await peers.request("ask-1") == REQUEST
    assert await peers.requests_by(ANA.id) == [REQUEST]
    await peers.put_ticket(replace(ticket("ab", 50), kind="endorse", badge="ask-1"), START)
    done = await asyncio.gather(
        *(
            peers.settle_request("ask-1", "declined", minutes(1), [leaf("request:ask-1")], reply="On leave.")
            for _ in range(5)
        )
    )
    assert sorted(done) == [False] * 4 + [True]
    over = await peers.request("ask-1")
    assert over == replace(REQUEST, state="declined", ended_at=minutes(1), remind_at=None, reply="On leave.")
    assert await peers.ticket("ab") is None
    assert sum(await peers.count_undelivered()) == 1  # what waited for them is not sent; the other is
    assert not await peers.renew_request(replace(REQUEST, expires_at=minutes(200)), replace(MAIL, id="m-2"))
    await peers.forget_requests(minutes(0))
    assert await peers.request("ask-1") == over
    await peers.forget_requests(minutes(1))
    assert await peers.request("ask-1") is None


async def test_signing_answers_the_request(peers: Store) -> None:
    await peers.ask_for_endorsements(Asking([REQUEST], [leaf("request:ask-1")], []))
    await peers.put_ticket(replace(ticket("ab", 50), kind="endorse", badge="ask-1"), START)
    await endorsed(peers, at=minutes(3))
    answered = await peers.request("ask-1")
    assert answered == replace(REQUEST, state="answered", ended_at=minutes(3), remind_at=None)
    assert await peers.ticket("ab") is None


async def test_requests_find_whom_they_are_to(peers: Store) -> None:
    mine = replace(REQUEST, id="ask-2", address="ana@example.org")
    named = replace(REQUEST, id="ask-3", address="other@example.org", person=BEN.id, asked_at=minutes(1))
    await peers.ask_for_endorsements(Asking([mine, named], [leaf("request:ask-2")], []))
    assert await peers.requests_to(ANA.id) == [mine]
    assert await peers.requests_to(BEN.id) == [named]  # an address that is not verified finds nothing


async def test_who_does_not_answer_is_asked_again_by_one_node(peers: Store) -> None:
    await peers.ask_for_endorsements(Asking([REQUEST], [leaf("request:ask-1")], []))
    assert await peers.due_requests(minutes(9), 9) == []
    assert await peers.due_requests(minutes(10), 9) == [REQUEST]
    mails = [replace(MAIL, id=f"again-{n}") for n in range(5)]
    await asyncio.gather(*(peers.repeat_requests([Repeat("ask-1", 0, minutes(20), mail)]) for mail in mails))
    assert sum(await peers.count_undelivered()) == 1
    assert await peers.request("ask-1") == replace(REQUEST, reminded=1, remind_at=minutes(20))
    await peers.repeat_requests([Repeat("ask-1", 1, None, None)])
    assert await peers.request("ask-1") == replace(REQUEST, reminded=1, remind_at=None)


async def test_a_sender_is_blocked_for_an_address(peers: Store) -> None:
    assert not await peers.is_blocked("cam@example.org", ANA.id)
    await peers.ask_for_endorsements(Asking([replace(REQUEST, id="ask-0")], [leaf("request:ask-0")], []))
    assert await peers.settle_request("ask-0", "declined", START, [leaf("request:ask-0")])
    assert not await peers.is_blocked("cam@example.org", ANA.id)
    for id in ("ask-1", "ask-2"):  # also where it is so already
        await block(peers, "cam@example.org", ANA.id, id)
    assert await peers.is_blocked("cam@example.org", ANA.id)
    assert not await peers.is_blocked("cam@example.org", BEN.id)


async def test_nobody_is_left_asking_themselves_or_it_begins_again(peers: Store) -> None:
    asked = replace(REQUEST, holder=ANA.id, person=BEN.id)
    await peers.ask_for_endorsements(Asking([asked], [leaf("request:a")], []))
    size = await peers.log_size()
    with pytest.raises(ConflictError):  # asked after the merge had read what there is
        await peers.merge(BEN.id, ANA, [], [leaf()], (), Joining((), lambda _: True))
    assert (await peers.log_size(), await peers.request("ask-1")) == (size, asked)
    joining = Joining((), lambda _: True, ((asked, leaf("request:a")),))
    await peers.merge(BEN.id, ANA, [], [leaf()], (), joining)
    over = await peers.request("ask-1")
    assert over is not None
    assert (over.state, over.remind_at, over.person) == ("taken_back", None, ANA.id)
    assert await peers.log_size() == size + 2
