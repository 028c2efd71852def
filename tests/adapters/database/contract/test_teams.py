"""What every `Store` answers about teams and roles: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import pytest

from exchange.errors import ConflictError
from exchange.flows.people.records import Grant, Member, Role, Team
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.people_samples import leaf

pytestmark = pytest.mark.anyio


async def test_teams_and_who_is_in_them(people: Store) -> None:
    for team in (Team("red", "Red"), Team("blue", "Blue"), Team("red", "Rot")):
        await people.put_team(team)
    assert await people.teams() == [Team("blue", "Blue"), Team("red", "Rot")]
    for member in (Member("red", "ana"), Member("red", "ben", lead=True), Member("red", "ana")):
        await people.put_member(member, leaf())
    assert await people.members("red") == [Member("red", "ben", lead=True), Member("red", "ana")]
    for member in (Member("red", "nobody"), Member("green", "ana")):
        with pytest.raises(ConflictError):
            await people.put_member(member, leaf())
    size = await people.log_size()
    assert not await people.put_member(Member("red", "ana"), leaf())
    assert await people.put_member(Member("red", "ana", lead=True), leaf())
    assert await people.put_member(Member("red", "ana"), leaf())
    assert await people.remove_member("red", "ben", leaf())
    assert not await people.remove_member("red", "ben", leaf())
    assert await people.log_size() == size + 3
    assert await people.members("red") == [Member("red", "ana")]
    assert await people.members("blue") == []


async def test_the_strongest_role_counts_a_persons_own_or_a_teams(people: Store) -> None:
    await people.put_issuer(samples.issuer("other"), leaf())
    await people.put_team(Team("red", "Red"))
    await people.put_member(Member("red", "ana"), leaf())
    for grant in (
        Grant("team", "viewer", "ana"),
        Grant("team", "editor", team="red"),
        Grant("other", "owner", "ana"),
        Grant("other", "issuer", team="red"),
    ):
        assert await people.put_grant(grant, leaf())
    assert await people.roles_of("ana") == {"team": "editor", "other": "owner"}
    assert await people.roles_of("ben") == {}
    size = await people.log_size()
    assert not await people.put_grant(Grant("team", "editor", team="red"), leaf())
    assert not await people.remove_grant(Grant("team", "viewer", team="red"), leaf())
    assert await people.log_size() == size
    assert await people.put_grant(Grant("team", "issuer", team="red"), leaf())
    assert await people.remove_grant(Grant("other", "owner", "ana"), leaf())
    assert await people.roles_of("ana") == {"team": "issuer", "other": "issuer"}
    assert await people.log_size() == size + 2
    assert await people.remove_team("red", [leaf(), leaf()])
    assert not await people.remove_team("red", [leaf()])
    assert await people.roles_of("ana") == {"team": "viewer"}
    assert await people.log_size() == size + 4


@pytest.mark.parametrize(
    "grant",
    [Grant("nobody", "owner", "ana"), Grant("team", "owner", "eve"), Grant("team", "owner", team="x")],
)
async def test_a_role_is_of_somebody_at_some_issuer_or_nothing_is_logged(people: Store, grant: Grant) -> None:
    size = await people.log_size()
    with pytest.raises(ConflictError):
        await people.put_grant(grant, leaf())
    assert (await people.grants(), await people.log_size()) == ([], size)


@pytest.mark.parametrize("strongest", ["viewer", "issuer", "editor", "owner"])
async def test_the_order_of_roles_is_not_that_of_their_names(people: Store, strongest: Role) -> None:
    await people.put_team(Team("red", "Red"))
    await people.put_member(Member("red", "ana"), leaf())
    await people.put_grant(Grant("team", "viewer", "ana"), leaf())
    await people.put_grant(Grant("team", strongest, team="red"), leaf())
    assert await people.roles_of("ana") == {"team": strongest}
