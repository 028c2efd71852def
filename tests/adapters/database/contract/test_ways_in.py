"""What every `Store` answers about pictures, passkeys and tokens, and about mails that tell of a change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from exchange.errors import ConflictError
from exchange.flows.people.records import Address, Erasure
from exchange.flows.ports import Store
from exchange.flows.records import Parcel
from tests.adapters.database.people_samples import ANA, BEN, address, leaf, passkey, session, token
from tests.adapters.database.samples import START

pytestmark = pytest.mark.anyio

PICTURE, OTHER = bytes(range(256)) * 3, b"\xff\xd8other"


@pytest.fixture
async def people(any_store: Store) -> Store:
    """Two people; Ana has two addresses, a passkey, a token and two sessions."""
    await any_store.put_person(ANA, [address("ana"), address("ana", "a@example.org")])
    await any_store.put_person(BEN, [address("ben")])
    await any_store.put_passkey(passkey("key"), leaf())
    await any_store.put_token(token("one"), leaf())
    for hash in ("here", "there"):
        await any_store.open_session(session(hash))
    return any_store


def told(id: str) -> list[Parcel]:
    return [Parcel(id, "mail", f"mail:{id}", "example.org", "ana@example.org", "{}", START)]


# --- pictures ---


async def test_a_picture_is_kept_apart_from_its_person(people: Store) -> None:
    assert await people.picture("ana") is None
    assert await people.put_picture("ana", PICTURE)
    assert await people.picture("ana") == PICTURE
    assert await people.person("ana") == replace(ANA, picture=sha256(PICTURE).hexdigest())
    assert await people.person("ben") == BEN
    await people.change_person(replace(ANA, name="Anna"))
    found = await people.session("here")
    assert found
    assert (found[1].name, found[1].picture) == ("Anna", sha256(PICTURE).hexdigest())
    assert await people.put_picture("ana", OTHER)
    assert await people.picture("ana") == OTHER
    assert await people.put_picture("ana", None)
    assert (await people.picture("ana"), (await people.people())[-1].picture) == (None, "")
    assert not await people.put_picture("nobody", PICTURE)


async def test_a_picture_goes_with_its_person_and_comes_with_a_merged_one(people: Store) -> None:
    await people.put_picture("ben", PICTURE)
    await people.merge("ben", ANA, [], [leaf("merge")])
    assert await people.picture("ana") == PICTURE
    assert (await people.people())[0].picture == sha256(PICTURE).hexdigest()
    await people.erase(Erasure("e", ("ana",), ()))
    assert await people.picture("ana") is None
    assert not await people.put_picture("ana", PICTURE)
    erased = await people.person("ana")
    assert erased
    assert (erased.picture, erased.state) == ("", "erased")


async def test_of_two_pictures_the_one_stays_that_was_theirs(people: Store) -> None:
    await people.put_picture("ana", OTHER)
    await people.put_picture("ben", PICTURE)
    await people.merge("ben", ANA, [], [leaf("merge")])
    assert await people.picture("ana") == OTHER


async def test_merging_with_nobody_who_has_a_picture_leaves_it(people: Store) -> None:
    await people.put_picture("ana", OTHER)
    await people.merge("ben", ANA, [], [leaf("merge")])
    assert (await people.people())[0].picture == sha256(OTHER).hexdigest()


# --- passkeys, and what is logged ---


async def test_a_passkey_keeps_the_handle_of_whom_it_was_made_for(people: Store) -> None:
    await people.merge("ana", replace(BEN, name="Both"), [], [leaf("merge")])
    moved = await people.passkey("key")
    assert moved
    assert (moved.person, moved.handle) == ("ben", "ana")
    assert await people.use_passkey("key", 1, START)


async def test_passkeys_and_tokens_are_logged_or_nothing_happens(people: Store) -> None:
    size = await people.log_size()
    with pytest.raises(ConflictError):
        await people.put_passkey(passkey("key", "ben"), leaf(), told("no"))
    assert not await people.remove_passkey("ben", "key", "", leaf(), told("no"))
    assert not await people.remove_token("unknown", leaf())
    assert (await people.log_size(), await people.undelivered(9)) == (size, [])
    await people.put_token(token("two"), leaf(), told("token"))
    assert await people.remove_token("two", leaf())
    assert await people.remove_passkey("ana", "key", "here", leaf(), told("passkey"))
    assert await people.log_size() == size + 3
    assert [one.parcel.id for one in await people.undelivered(9)] == ["token", "passkey"]
    assert [one.hash for one in await people.sessions("ana")] == ["here"]


# --- mails about a change ---

Act = Callable[[Store], Awaitable[object]]
CHANGES: dict[str, tuple[Act, Act]] = {
    "an address put": (
        lambda s: s.put_address(Address("new@example.org", "ana", START), told("x")),
        lambda s: s.put_address(Address("a@example.org", "ana", START), told("x")),
    ),
    "an address preferred": (
        lambda s: s.prefer_address("ana", "a@example.org", told("x")),
        lambda s: s.prefer_address("ana", "ben@example.org", told("x")),
    ),
    "an address removed": (
        lambda s: s.remove_address("ana", "a@example.org", told("x")),
        lambda s: s.remove_address("ana", "ana@example.org", told("x")),
    ),
    "sessions ended": (
        lambda s: s.end_sessions("ana", "here", parcels=told("x")),
        lambda s: s.end_sessions("ben", "", parcels=told("x")),
    ),
    "accounts merged": (
        lambda s: s.merge("ben", ANA, [], [leaf("merge")], told("x")),
        lambda s: _refused(s.merge("nobody", ANA, [], [leaf("merge")], told("x"))),
    ),
}


async def _refused(change: Awaitable[object]) -> None:
    with pytest.raises(Exception, match="nobody"):
        await change


@pytest.mark.parametrize("change", CHANGES)
async def test_what_changes_is_told_and_what_does_not_is_not(people: Store, change: str) -> None:
    happens, does_not = CHANGES[change]
    await does_not(people)
    assert await people.undelivered(9) == []
    await happens(people)
    assert [one.parcel.id for one in await people.undelivered(9)] == ["x"]
