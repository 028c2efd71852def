"""What every `Store` answers to a key that was used: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from exchange.errors import AlreadyDoneError, ConflictError, ReusedKeyError
from exchange.flows.people.records import Erasure, Grant, Member, Person, Team
from exchange.flows.ports import Store
from exchange.flows.records import Once
from tests.adapters.database import samples
from tests.adapters.database.people_samples import BEN, address, leaf, session
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio


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


EVE = Person("eve", "Eve", START)
EFFECTS: dict[str, Callable[[Store, Once], Awaitable[object]]] = {
    "person": lambda store, once: store.put_person(EVE, [address("eve")], once=once),
    "state": lambda store, once: store.change_person(replace(BEN, state="suspended"), leaf(), once),
    "sessions": lambda store, once: store.end_sessions("ana", "", once),
    "begin team": lambda store, once: store.put_team(Team("green", "Green"), once, new=True),
    "rename team": lambda store, once: store.put_team(Team("red", "Rot"), once),
    "remove team": lambda store, once: store.remove_team("red", [leaf()], once),
    "join": lambda store, once: store.put_member(Member("red", "ana"), leaf(), once),
    "leave": lambda store, once: store.remove_member("red", "ben", leaf(), once),
    "grant": lambda store, once: store.put_grant(Grant("team", "owner", "ana"), leaf(), once),
    "withdraw": lambda store, once: store.remove_grant(Grant("team", "viewer", "ben"), leaf(), once),
}


async def _furnished(people: Store) -> None:
    await people.put_team(Team("red", "Red"))
    await people.put_member(Member("red", "ben"), leaf())
    await people.put_grant(Grant("team", "viewer", "ben"), leaf())
    await people.open_session(session("one"))


async def _state(people: Store) -> list[object]:
    return [
        *await people.people(),
        *await people.teams(),
        *await people.members("red"),
        *await people.grants(),
        *await people.sessions("ana"),
        await people.log_size(),
    ]


@pytest.mark.parametrize("effect", EFFECTS)
async def test_what_changes_people_happens_once_for_its_key(people: Store, effect: str) -> None:
    await _furnished(people)
    await people.put_team(Team("used", "Used"), _once(digest="aa"))
    before = await _state(people)
    with pytest.raises(ReusedKeyError):
        await EFFECTS[effect](people, _once(digest="bb"))
    assert await _state(people) == before
    await EFFECTS[effect](people, _once("new", answer="eve"))
    after = await _state(people)
    assert after != before
    for again in (EFFECTS[effect](people, _once("new")), people.check_once(_once("new"))):
        with pytest.raises(AlreadyDoneError) as done:
            await again
        assert done.value.answer == "eve"
    assert await _state(people) == after
    with pytest.raises(ReusedKeyError):
        await people.check_once(_once("new", digest="bb"))


async def test_what_changed_nothing_leaves_its_key_free(people: Store) -> None:
    await _furnished(people)
    assert not await people.put_team(Team("red", "Other"), _once(), new=True)
    assert not await people.remove_team("none", [], _once())
    assert not await people.put_member(Member("red", "ben"), leaf(), _once())
    assert not await people.remove_member("red", "ana", leaf(), _once())
    assert not await people.put_grant(Grant("team", "viewer", "ben"), leaf(), _once())
    assert not await people.remove_grant(Grant("team", "owner", "ben"), leaf(), _once())
    with pytest.raises(ConflictError):
        await people.put_person(replace(EVE, id="ana"), once=_once())
    await people.check_once(_once())


async def test_keys_of_who_was_erased_and_of_requests_about_them_go_too(people: Store) -> None:
    await people.put_team(Team("a", "A"), _once("ana:api:1"))
    await people.put_team(Team("b", "B"), _once("ben:api:1", answer="account/ana"))
    await people.put_team(Team("c", "C"), _once("ben:api:2", answer="account/ben"))
    await people.erase(Erasure("e", ("ana",), ()))
    await people.check_once(_once("ana:api:1", digest="bb"))
    await people.check_once(_once("ben:api:1", digest="bb"))
    with pytest.raises(AlreadyDoneError):
        await people.check_once(_once("ben:api:2"))
