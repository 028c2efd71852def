"""An issuer that has an owner keeps one, an exchange its operator: whoever takes them away, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from exchange.errors import ConflictError
from exchange.flows.people.records import Grant, Member, Person, Team
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.people_samples import leaf
from tests.adapters.database.samples import START

pytestmark = pytest.mark.anyio

Act = Callable[[Store], Awaitable[object]]
PEOPLE = {id: Person(id, id.title(), START, operator=id in ("ana", "ben")) for id in ("ana", "ben", "cyd")}
ANA, BEN, RED = (
    Grant("team", "owner", "ana"),
    Grant("team", "owner", "ben"),
    Grant("team", "owner", team="red"),
)


@pytest.fixture
async def owned(any_store: Store) -> Store:
    """A store with an issuer whose owners are Ana, Ben, and the team Red with Cyd in it; Ana and Ben run the
    exchange."""
    await any_store.put_issuer(samples.issuer(), leaf())
    for person in PEOPLE.values():
        await any_store.put_person(person)
    await any_store.put_team(Team("red", "Red"))
    await any_store.put_member(Member("red", "cyd"), leaf())
    for grant in (ANA, BEN, RED):
        await any_store.put_grant(grant, leaf())
    return any_store


def changed(id: str, **what: object) -> Act:
    return lambda store: store.change_person(replace(PEOPLE[id], **what), leaf())  # type: ignore[arg-type]


WAYS: dict[str, tuple[list[Act], str]] = {
    "owners withdrawn": ([lambda s, g=g: s.remove_grant(g, leaf()) for g in (ANA, BEN, RED)], "last_owner"),  # type: ignore[misc]
    "owners made less": (
        [lambda s, g=g: s.put_grant(replace(g, role="viewer"), leaf()) for g in (ANA, BEN, RED)],  # type: ignore[misc]
        "last_owner",
    ),
    "a team that leaves": (
        [
            lambda s: s.remove_grant(ANA, leaf()),
            lambda s: s.put_grant(replace(BEN, role="editor"), leaf()),
            lambda s: s.remove_member("red", "cyd", leaf()),
        ],
        "last_owner",
    ),
    "a team that is taken away": (
        [
            lambda s: s.remove_grant(ANA, leaf()),
            lambda s: s.remove_grant(BEN, leaf()),
            lambda s: s.remove_team("red", [leaf(), leaf()]),
        ],
        "last_owner",
    ),
    "operators demoted": ([changed(id, operator=False) for id in ("ana", "ben")], "last_operator"),
    "operators suspended": ([changed(id, state="suspended") for id in ("ana", "ben")], "last_operator"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at_once", [False, True])
async def test_the_last_one_stays_and_nothing_of_it_is_logged(owned: Store, way: str, at_once: bool) -> None:
    acts, code = WAYS[way]
    size = await owned.log_size()
    if at_once:
        answers = await asyncio.gather(*(act(owned) for act in acts), return_exceptions=True)
    else:
        answers = [await _answer(act, owned) for act in acts]
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert [one.code for one in refused if isinstance(one, ConflictError)] == [code]
    assert len(refused) == 1
    assert (await owned.log_size()) - size in (len(acts) - 1, len(acts))  # a team leaves two entries
    operators = [one for one in await owned.people() if one.operator and one.state == "active"]
    assert len(operators) == (1 if code == "last_operator" else 2)
    if code == "last_owner":
        (left,) = [
            one for one in await owned.grants("team") if one.role == "owner" and await _is_there(owned, one)
        ]
        assert left in (ANA, BEN, RED)


async def _answer(act: Act, store: Store) -> object:
    try:
        return await act(store)
    except ConflictError as error:
        return error


async def _is_there(store: Store, grant: Grant) -> bool:
    return bool(grant.person or await store.members(grant.team))


async def test_who_is_not_let_in_owns_nothing_that_could_be_kept(owned: Store) -> None:
    for id in ("ben", "cyd"):
        await owned.change_person(replace(PEOPLE[id], state="suspended"), leaf())
    with pytest.raises(ConflictError, match="last owner") as error:
        await owned.remove_grant(ANA, leaf())
    assert error.value.code == "last_owner"
    assert await owned.remove_grant(BEN, leaf())
    await owned.change_person(replace(PEOPLE["cyd"], state="active"), leaf())
    assert await owned.remove_grant(ANA, leaf())


async def test_what_had_no_owner_before_is_nobodys_to_keep(any_store: Store) -> None:
    await any_store.put_issuer(samples.issuer(), leaf())
    await any_store.put_person(PEOPLE["cyd"])
    viewer = Grant("team", "viewer", "cyd")
    await any_store.put_grant(viewer, leaf())
    assert await any_store.remove_grant(viewer, leaf())
    await any_store.change_person(replace(PEOPLE["cyd"], state="suspended"), leaf())
    assert await any_store.grants() == []
