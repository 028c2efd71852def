"""What every `Store` answers about sessions and tokens: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.flows.ports import Store
from tests.adapters.database.people_samples import ANA, leaf, passkey, session, token
from tests.adapters.database.samples import minutes

pytestmark = pytest.mark.anyio


async def test_a_session_is_known_with_its_person_until_it_ends(people: Store) -> None:
    await people.open_session(session("old"))
    await people.open_session(session("new", at=2), instead_of="old")
    await people.open_session(session("other", at=1), instead_of="unknown")
    assert await people.session("old") is None
    assert await people.session("new") == (session("new", at=2), ANA)
    assert await people.sessions("ana") == [session("new", at=2), session("other", at=1)]
    await people.touch_session("other", minutes(3))
    await people.confirm_session("other", minutes(4))
    seen = replace(session("other", at=3), confirmed_at=minutes(4))
    assert await people.sessions("ana") == [seen, session("new", at=2)]
    assert [await people.end_session("new") for _ in range(2)] == [True, False]
    assert await people.sessions("ana") == [seen]


@pytest.mark.parametrize("state", ["suspended", "erased"])
async def test_who_is_not_active_any_more_is_signed_out_everywhere(people: Store, state: str) -> None:
    for one in (session("a"), session("b"), session("c", "ben")):
        await people.open_session(one)
    await people.change_person(replace(ANA, state=state), leaf())  # type: ignore[arg-type]
    assert await people.sessions("ana") == []
    assert await people.sessions("ben") == [session("c", "ben")]


async def test_a_removed_passkey_ends_every_other_session(people: Store) -> None:
    await people.put_passkey(passkey("key"))
    for one in (session("here"), session("there"), session("of-ben", "ben")):
        await people.open_session(one)
    assert not await people.remove_passkey("ben", "key", "")
    assert not await people.remove_passkey("ana", "unknown", "")
    assert len(await people.sessions("ana")) == 2
    assert await people.remove_passkey("ana", "key", "here")
    assert await people.sessions("ana") == [session("here")]
    assert await people.sessions("ben") == [session("of-ben", "ben")]
    assert await people.end_sessions("ana") == 1


async def test_a_token_is_known_by_its_hash_with_its_person(people: Store) -> None:
    await people.put_token(token("one"))
    await people.put_token(token("two", "ben"))
    assert await people.token("hash-one") == (token("one"), ANA)
    assert await people.token("one") is None
    await people.touch_token("one", minutes(1))
    used = replace(token("one"), last_used_at=minutes(1))
    assert await people.tokens("ana") == [used]
    assert await people.tokens() == [used, token("two", "ben")]
    assert [await people.remove_token("one") for _ in range(2)] == [True, False]
    assert await people.tokens() == [token("two", "ben")]
