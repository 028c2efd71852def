"""A third person's vouch in the very moment in which two accounts become one, on a server where both really
run at once: whichever is in the middle when the other begins, one of the same stands."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from exchange.adapters.database import open_store
from exchange.adapters.database.store import DatabaseStore
from exchange.core.vouches import Given, Offer, Wish, joined, judge
from exchange.errors import ConflictError, ExchangeError
from exchange.flows.endorsements.records import Joining
from exchange.flows.vouches.records import SealedVouch, Vouch
from tests.adapters.database import samples
from tests.adapters.database.contract.test_vouches import BUDGET, drafted, ended, sealed
from tests.adapters.database.people_samples import ANA, BEN, address, leaf
from tests.adapters.database.samples import minutes

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

OFFER = Offer("team/welder", "peer")
MOMENT = 0.4
"""How long one is in the middle of it while the other has begun: enough for what does not wait."""


@dataclass
class Beside:
    """Something done through a connection and a loop of its own, which begins when `go` is called."""

    url: str
    work: Callable[[DatabaseStore], Awaitable[object]]
    became: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ready, self._go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    async def _run(self) -> None:
        store = await open_store(self.url)
        self._ready.set()
        self._go.wait(20)
        try:
            await self.work(store)
            self.became.append("done")
        except ExchangeError as error:
            self.became.append(error.code)
        finally:
            await store.close()

    def go(self) -> None:
        self._go.set()
        self._thread.join(MOMENT)

    def over(self) -> str:
        self._thread.join(20)
        (said,) = self.became
        return said


def judged(draft: Vouch, first: Callable[[], None] = lambda: None) -> SealedVouch:
    """As `flows.vouches.give` has it; `first` is called in the middle of its transaction."""

    def said(before: Sequence[Given]) -> str:
        first()
        wish = Wish(draft.giver, draft.holder, OFFER, "same-team", minutes(1), draft.until)
        return judge(wish, before).merged

    return replace(sealed(draft, minutes(1)), judge=said)


async def merge(store: DatabaseStore, first: Callable[[], None] = lambda: None) -> None:
    """Ben becomes a part of Ana, as `flows.people.merge` has it."""
    theirs = [one.given() for who in ("ana", "ben") for one in await store.vouches_for(who)]
    ends = joined(theirs, "ben", "ana", BUDGET, minutes(2))

    def is_one(given: Sequence[Given]) -> bool:
        first()
        return not joined(given, "ana", "ana", BUDGET, minutes(2))

    await store.merge("ben", ANA, [], [leaf()], (), Joining([ended(id) for id in ends], is_one))


async def town(url: str, to: str) -> tuple[DatabaseStore, Vouch]:
    """Cam has vouched for Ana or Ben, and has drafted the same for the other one (`to`)."""
    store = await open_store(url)
    for slug in ("exchange", "team"):
        await store.put_issuer(samples.issuer(slug))
    await store.put_achievement(samples.achievement(), None)
    await store.put_person(ANA, [address("ana")])
    await store.put_person(BEN, [address("ben")])
    other = {"ana": "ben", "ben": "ana"}[to]
    assert await store.give_vouch(sealed(await drafted(store, "first", to=other, giver="cam")))
    return store, await drafted(store, "second", to=to, giver="cam")


async def standing(store: DatabaseStore) -> list[str]:
    return [one.id for one in await store.vouches_for("ana") if one.state == "signed" and not one.is_set]


@pytest.mark.parametrize("to", ["ana", "ben"])
async def test_what_is_given_in_the_middle_of_it_is_seen(postgres_copy_url: str, to: str) -> None:
    store, draft = await town(postgres_copy_url, to)
    becoming = Beside(postgres_copy_url, merge)
    assert await store.give_vouch(judged(draft, becoming.go))
    assert becoming.over() == "conflict"
    await merge(store)  # as its flow does then
    assert await standing(store) == ["first"]
    await store.close()


@pytest.mark.parametrize("to", ["ana", "ben"])
async def test_what_is_given_while_they_become_one_is_judged_after_that(
    postgres_copy_url: str, to: str
) -> None:
    store, draft = await town(postgres_copy_url, to)
    giving = Beside(postgres_copy_url, lambda there: there.give_vouch(judged(draft)))
    await merge(store, giving.go)
    assert giving.over() in ("conflict", "vouch_again")
    assert await standing(store) == ["first"]
    with pytest.raises(ConflictError) as caught:
        await store.give_vouch(judged(draft))  # what was drafted for who is another by now
    assert caught.value.code == {"ana": "vouch_again", "ben": "conflict"}[to]
    await store.close()
