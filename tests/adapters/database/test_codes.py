"""Claim codes: the same tests on memory, SQLite and PostgreSQL; the quota holds however many ask at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from exchange.errors import ConflictError
from exchange.flows.claims import codes
from exchange.flows.claims.records import Code, CodeUse
from exchange.flows.issuers.sync import sync
from exchange.flows.people.records import Address, Browser, Erasure, Person, Principal
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.samples import minutes
from tests.simulator import World
from tests.team import TEAM

pytestmark = pytest.mark.anyio

CODE = Code(
    id="code-1",
    issuer="team",
    achievement="welder",
    title="Workshop",
    word="abcdefghjkmn",
    quota=3,
    taken=0,
    approval=False,
    expires_at=minutes(60),
    created_at=minutes(0),
)


@pytest.fixture
async def known(any_store: Store) -> Store:
    await any_store.put_issuer(samples.issuer())
    await any_store.put_code(CODE, [], samples.leaf("code:code-1"))
    return any_store


def asked(person: str, *, code: str = "code-1", at: float = 1, state: Any = "granted") -> CodeUse:
    return CodeUse(f"use-{code}-{person}", code, person, state, minutes(at))


async def taken(store: Store, id: str = "code-1") -> int:
    code = await store.code(id)
    assert code is not None
    return code.taken


async def test_a_code_comes_back_by_its_id_its_word_and_its_single_codes(known: Store) -> None:
    singles = replace(CODE, id="code-2", word=None, title="", created_at=minutes(1))
    await known.put_code(singles, ["aa", "bb"], samples.leaf("code:code-2"))
    assert await known.code("code-1") == await known.code_named(CODE.word or "", "none") == CODE
    assert await known.code_named("none", "bb") == singles
    assert await known.code_named("none", "cc") is None
    assert [one.id for one in await known.codes("team")] == ["code-2", "code-1"]
    assert [one.id for one in await known.codes("team", before="code-2")] == ["code-1"]
    assert await known.codes("nobody") == []


@pytest.mark.parametrize("other", [{"word": "zzzzzzzzzzzz"}, {"id": "code-2"}], ids=["its id", "its word"])
async def test_what_is_there_is_not_made_again(known: Store, other: dict[str, str]) -> None:
    size = await known.log_size()
    with pytest.raises(ConflictError) as refused:
        await known.put_code(replace(CODE, **other), [], samples.leaf("code:code-2"))  # type: ignore[arg-type]
    assert refused.value.code == "conflict"
    assert await known.log_size() == size


@pytest.mark.parametrize("quota", [1, 7])
async def test_of_many_at_once_exactly_the_quota_gets_a_place(known: Store, quota: int) -> None:
    await known.put_code(replace(CODE, id="c", word="q" * 12, quota=quota), [], samples.leaf("code:c"))
    came = await asyncio.gather(
        *(known.use_code(asked(f"p{n}", code="c")) for n in range(40)), return_exceptions=True
    )
    places = [one for one in came if isinstance(one, CodeUse)]
    assert len(places) == quota
    assert {one.code for one in came if isinstance(one, ConflictError)} == {"code_used_up"}
    assert await taken(known, "c") == quota
    assert len(await known.code_uses("c", limit=99)) == quota


async def test_one_person_has_one_place_however_often_they_ask(known: Store) -> None:
    uses = [replace(asked("ada"), id=f"use-{n}") for n in range(20)]
    came = await asyncio.gather(*(known.use_code(one) for one in uses))
    assert len({one.id for one in came}) == 1
    assert await taken(known) == 1
    assert await known.use_of("code-1", "ada") == came[0]


async def test_a_single_code_is_good_for_one_person(known: Store) -> None:
    await known.put_code(replace(CODE, id="c", word=None), ["aa", "bb"], samples.leaf("code:c"))
    came = await asyncio.gather(
        *(known.use_code(asked(f"p{n}", code="c"), "aa") for n in range(9)), return_exceptions=True
    )
    (winner,) = [one for one in came if isinstance(one, CodeUse)]
    assert {one.code for one in came if isinstance(one, ConflictError)} == {"code_spent"}
    assert await known.use_code(replace(winner, id="again"), "bb") == winner  # they have their place
    assert (await known.use_code(asked("eve", code="c"), "bb")).person == "eve"
    assert await taken(known, "c") == 2
    with pytest.raises(ConflictError):
        await known.use_code(asked("zoe", code="c"), "of no code")


async def test_a_code_that_is_over_or_closed_gives_no_place_and_takes_none_away(known: Store) -> None:
    ada = await known.use_code(asked("ada"))
    for at, code in ((60, "code_over"), (61, "code_over")):
        with pytest.raises(ConflictError) as refused:
            await known.use_code(asked("ben", at=at))
        assert refused.value.code == code
    size = await known.log_size()
    assert await known.close_code("code-1", minutes(2), samples.leaf("code:code-1"))
    assert not await known.close_code("code-1", minutes(3), samples.leaf("code:code-1"))
    assert await known.log_size() == size + 1
    with pytest.raises(ConflictError) as refused:
        await known.use_code(asked("ben"))
    assert refused.value.code == "code_closed"
    assert await known.use_code(asked("ada", at=9)) == ada
    assert await taken(known) == 1


async def test_a_no_gives_the_place_back_once(known: Store) -> None:
    use = await known.use_code(asked("ada", state="waiting"))
    done = await asyncio.gather(
        *(known.settle_use(use.id, "waiting", "refused", leaf=samples.leaf("code:code-1")) for _ in range(5))
    )
    assert done.count(True) == 1
    assert await taken(known) == 0
    assert await known.code_use(use.id) == replace(use, state="refused")
    assert not await known.settle_use("none", "waiting", "granted")


async def test_what_is_granted_is_open_until_it_has_its_badge(known: Store) -> None:
    await samples.published(known)
    late, soon = await known.use_code(asked("ada", at=2)), await known.use_code(asked("ben", at=1))
    await known.use_code(asked("eve", at=1, state="waiting"))
    assert await known.open_uses(minutes(3), 9) == [soon, late]
    assert await known.open_uses(minutes(2), 9) == [soon]
    assert await known.settle_use(soon.id, "granted", "awarded", "badge-1")
    assert await known.open_uses(minutes(3), 9) == [late]
    assert [one.person for one in await known.code_uses("code-1", "awarded")] == ["ben"]
    assert [one.person for one in await known.code_uses("code-1")] == ["ada", "eve", "ben"]
    assert [one.person for one in await known.code_uses("code-1", before=late.id)] == ["eve", "ben"]
    assert [one.badge for one in await known.code_uses("code-1", "awarded")] == ["badge-1"]


async def test_two_accounts_that_are_one_have_one_place_and_who_is_erased_none(known: Store) -> None:
    for name in ("ada", "ben"):
        await known.put_person(Person(name, name, minutes(0)))
    await known.put_code(replace(CODE, id="c", word="q" * 12), [], samples.leaf("code:c"))
    first = await known.use_code(asked("ada"))
    await known.use_code(asked("ben"))
    other = await known.use_code(asked("ben", code="c"))
    await known.merge("ben", Person("ada", "ada", minutes(0)), [], [])
    assert await known.code_uses("code-1") == [first]
    assert await known.code_uses("c") == [replace(other, person="ada")]
    await known.erase(Erasure("e", ("ada",), ()))
    assert await known.code_uses("code-1") == await known.code_uses("c") == []
    assert await taken(known) == 2  # nobody else gets what they had


async def test_of_a_whole_room_at_once_exactly_the_quota_has_a_badge(any_store: Store) -> None:
    """The same from end to end: places, awards, signatures, answers; each person presses the button twice."""
    ports = replace(World().ports, store=any_store)
    await sync(ports, [TEAM])
    code = (await codes.make(ports, codes.CodeOrder("team", "lead", 5, 30))).code
    room = []
    for n in range(12):
        person = Person(ports.new_id(), f"P{n}", ports.now())
        await any_store.put_person(person, [Address(f"p{n}@example.org", person.id, ports.now())])
        room.append(replace(ports, who=Principal(person.id, "code", person.name)))
    pressed = [
        codes.use(one, code.word or "", Browser("", f"10.0.{n}.0/24")) for n, one in enumerate(room * 2)
    ]
    came = await asyncio.gather(*pressed, return_exceptions=True)
    assert {one.code for one in came if isinstance(one, ConflictError)} == {"code_used_up"}
    badges = await any_store.badges("team")
    assert len(badges) == 5
    assert len({badge.recipient for badge in badges}) == 5
    assert {badge.claim for badge in badges} == {"accepted"}
    assert {one.badge for one in came if isinstance(one, CodeUse)} == {badge.id for badge in badges}
    assert await taken(any_store, code.id) == 5
