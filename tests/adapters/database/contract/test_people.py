"""What every `Store` answers about people and their addresses: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.records import EndorserKey
from exchange.flows.people.records import Address, Erasure, Grant, Identity, Member, Person, Seen, Team
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.people_samples import ANA, BEN, address, leaf, passkey, session, ticket, token
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio


async def test_people_come_back_equal_and_newest_first(people: Store) -> None:
    assert await people.person("ana") == await people.person_called("ana") == ANA
    assert await people.person("nobody") is await people.person_called("ben") is None
    assert await people.people() == [BEN, ANA]
    assert (await people.people(limit=1), await people.people(before="ben")) == ([BEN], [ANA])
    assert await people.people(before="nobody") == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["cyd", "ben", "ana"]),
        ("ANA", ["ana"]),
        ("ben@exam", ["ben"]),
        ("example.org", ["ben", "ana"]),
        ("Čy", ["cyd"]),
        ("%", ["cyd"]),
        ("_", ["cyd"]),
        ("\\", ["cyd"]),
        ("nobody", []),
    ],
)
async def test_people_are_searched_by_name_handle_and_address(
    people: Store, search: str, found: list[str]
) -> None:
    await people.put_person(Person("cyd", "Čyd 100%_\\", ANA.created_at + timedelta(days=9)))
    assert [one.id for one in await people.people(search=search)] == found
    assert [one.id for one in await people.people(1, None, search)] == found[:1]
    assert [one.id for one in await people.people(9, "cyd", search)] == [id for id in found if id != "cyd"]


async def test_handles_and_addresses_belong_to_one_and_who_comes_second_leaves_nothing(people: Store) -> None:
    for other, code in (
        (Person("eve", "Eve", START, "ana"), "handle_taken"),
        (Person("ana", "Eve", START), "id_taken"),
        (Person("eve", "Eve", START), "address_taken"),
    ):
        with pytest.raises(ConflictError) as error:
            await people.put_person(other, [address("eve", "ana@example.org")])
        assert error.value.code == code
    with pytest.raises(ConflictError, match="ana"):
        await people.change_person(replace(BEN, handle="ana"))
    assert await people.people() == [BEN, ANA]
    assert await people.person("ben") == BEN


async def test_what_may_change_of_a_person_changes(people: Store) -> None:
    size = await people.log_size()
    changed = replace(ANA, name="Anna", handle=None, language="", operator=True)
    await people.change_person(changed, leaf())
    assert await people.person("ana") == changed
    assert await people.log_size() == size + 1
    assert await people.person("ben") == BEN
    with pytest.raises(NotFoundError):
        await people.change_person(replace(ANA, id="nobody"), leaf())
    assert await people.log_size() == size + 1


async def test_who_saves_their_profile_late_takes_back_no_suspension_and_no_demotion(people: Store) -> None:
    operator = replace(BEN, operator=True)
    await people.change_person(operator, leaf(), was=BEN)
    await people.change_person(replace(ANA, operator=True), leaf(), was=ANA)
    await people.change_person(replace(BEN, operator=False, state="suspended"), leaf(), was=operator)
    await people.change_person(replace(operator, name="Benjamin"))  # as it was read before
    kept = await people.person("ben")
    assert kept is not None
    assert (kept.name, kept.operator, kept.state) == ("Benjamin", False, "suspended")


async def test_a_standing_is_changed_as_it_was_seen_or_not_at_all(people: Store) -> None:
    suspended = replace(ANA, state="suspended")
    await people.change_person(suspended, leaf(), was=ANA)
    size = await people.log_size()
    for late in (replace(ANA, operator=True), replace(ANA, language="pt")):
        with pytest.raises(ConflictError) as error:
            await people.change_person(late, leaf(), was=ANA)
        assert error.value.code == "conflict"
    assert (await people.person("ana"), await people.log_size()) == (suspended, size)


async def test_who_was_suspended_or_demoted_meanwhile_is_not_merged_into_anything(people: Store) -> None:
    await people.change_person(replace(ANA, operator=True), leaf(), was=ANA)
    with pytest.raises(ConflictError):
        await people.merge("ben", ANA, [], [leaf()])  # would be no operator any more
    with pytest.raises(ConflictError):
        await people.merge("ana", BEN, [], [leaf()])
    await people.merge("ana", replace(BEN, operator=True), [], [leaf()])
    cyd = Person("cyd", "Cyd", START)
    await people.put_person(cyd)
    size = await people.log_size()
    await people.change_person(replace(cyd, state="suspended"), leaf(), was=cyd)
    for source, target in (("cyd", replace(BEN, operator=True)), ("ben", replace(cyd, operator=True))):
        with pytest.raises(ConflictError):
            await people.merge(source, target, [], [leaf()])
    assert {one.id: one.state for one in await people.people()} == {"ben": "active", "cyd": "suspended"}
    assert await people.log_size() == size + 1


async def test_who_saves_their_profile_late_is_erased_all_the_same(people: Store) -> None:
    await people.erase(Erasure("e", ("ana",), ()), [leaf()])
    gone = await people.person("ana")
    with pytest.raises(NotFoundError):
        await people.change_person(replace(ANA, name="Ana"))
    assert await people.person("ana") == gone


async def test_the_first_verified_address_is_the_primary_one_and_stays_it(people: Store) -> None:
    await people.put_address(address("ana", "a@example.org"))
    found = await people.addresses("ana")
    assert [(one.address, one.is_primary) for one in found] == [
        ("ana@example.org", True),
        ("a@example.org", False),
    ]
    assert not await people.remove_address("ana", "ana@example.org")
    assert not await people.remove_address("ben", "a@example.org")
    assert not await people.prefer_address("ben", "a@example.org")
    assert await people.prefer_address("ana", "a@example.org")
    assert [await people.remove_address("ana", "ana@example.org") for _ in range(2)] == [True, False]
    found = await people.addresses("ana")
    assert [(one.address, one.is_primary, one.former) for one in found] == [
        ("a@example.org", True, False),
        ("ana@example.org", False, True),
    ]
    assert not await people.prefer_address("ana", "ana@example.org")
    assert await people.addresses("ana") == found


@pytest.mark.parametrize("who", ["ana", "ben"])
async def test_a_former_address_is_whose_who_verifies_it(people: Store, who: str) -> None:
    await people.put_address(address("ana", "old@example.org"))
    await people.remove_address("ana", "old@example.org")
    with pytest.raises(ConflictError):
        await people.put_address(address("ben", "old@example.org", verified=False))
    assert (await people.address("old@example.org")) == Address("old@example.org", "ana", START, former=True)
    await people.put_address(replace(address(who, "old@example.org"), verified_at=minutes(2)))
    one = await people.address("old@example.org")
    assert one == Address("old@example.org", who, minutes(2))
    assert not await people.remove_address("ben", "ana@example.org")


async def test_an_address_that_was_never_verified_is_forgotten(people: Store) -> None:
    await people.put_person(
        Person("eve", "Eve", START), [address("eve"), address("eve", "x@example.org", False)]
    )
    assert await people.remove_address("eve", "x@example.org")
    assert await people.address("x@example.org") is None


async def test_an_address_that_nobody_verified_is_given_up_to_who_does(people: Store) -> None:
    assert not await people.prefer_address("ben", "ben@example.org")
    with pytest.raises(ConflictError) as error:
        await people.put_address(address("ana", "ben@example.org", verified=False))
    assert error.value.code == "address_taken"
    await people.put_address(address("ana", "ben@example.org"))
    assert await people.addresses("ben") == []
    one = await people.address("ben@example.org")
    assert one == Address("ben@example.org", "ana", START, False)
    with pytest.raises(ConflictError):
        await people.put_address(address("ben"))
    assert await people.address("ben@example.org") == one
    await people.put_address(replace(one, verified_at=minutes(5)))
    assert await people.address("ben@example.org") == one


async def test_of_many_first_operators_one_is_made_with_their_roles_and_leaves(people: Store) -> None:
    size = await people.log_size()

    async def found(n: int) -> bool:
        person = Person(f"op-{n}", "Op", START, operator=True)
        try:
            await people.found_operator(person, [], [Grant("team", "owner", person.id)], [leaf(), leaf()])
        except ConflictError as error:
            return error.code != "operator_known"
        return True

    made = await asyncio.gather(*(found(n) for n in range(8)))
    assert sum(made) == 1
    assert len(await people.people()) == 3
    assert await people.roles_of(f"op-{made.index(True)}") == {"team": "owner"}
    assert await people.log_size() == size + 2


async def test_merging_loses_nothing_but_sessions_and_tokens(people: Store) -> None:
    await people.put_address(address("ben"))
    await people.put_identity(Identity("https://id.example.org", "7", "ben", START))
    await people.put_passkey(passkey("key", "ben"), leaf())
    await people.open_session(session("of-ben", "ben"))
    await people.open_session(session("of-ana"))
    await people.put_token(token("t", "ben"), leaf())
    await people.put_ticket(ticket("x", of="ben"), START)
    for slug in ("blue", "red"):
        await people.put_team(Team(slug, slug))
    await people.put_member(Member("blue", "ben", lead=True), leaf())
    await people.put_member(Member("blue", "ana"), leaf())
    await people.put_member(Member("red", "ben"), leaf())
    await people.put_grant(Grant("team", "viewer", "ana"), leaf())
    await people.put_grant(Grant("team", "editor", "ben"), leaf())
    size = await people.log_size()
    grants = [Grant("team", "editor", "ana")]
    await people.merge("ben", replace(ANA, name="Both"), grants, [leaf("merge")])

    assert await people.people() == [replace(ANA, name="Both")]
    assert [one.address for one in await people.addresses("ana")] == ["ana@example.org", "ben@example.org"]
    assert [one.is_primary for one in await people.addresses("ana")] == [True, False]
    assert [one.subject for one in await people.identities("ana")] == ["7"]
    assert [one.id for one in await people.passkeys("ana")] == ["key"]
    assert await people.memberships("ana") == [Member("blue", "ana", lead=True), Member("red", "ana")]
    assert await people.grants() == grants
    assert await people.session("of-ben") is await people.token("hash-t") is await people.ticket("x") is None
    assert await people.session("of-ana")
    assert await people.log_size() == size + 1
    with pytest.raises(NotFoundError):
        await people.merge("ben", ANA, [], [leaf()])
    assert await people.grants() == grants
    assert await people.log_size() == size + 1


async def test_identities_and_passkeys_belong_to_one(people: Store) -> None:
    identity = Identity("https://id.example.org", "7", "ana", START)
    await people.put_identity(identity)
    await people.put_passkey(passkey("key", counter=4), leaf())
    for put in (
        people.put_identity(replace(identity, person="ben")),
        people.put_passkey(passkey("key", "ben"), leaf()),
    ):
        with pytest.raises(ConflictError):
            await put
    assert await people.identity("https://id.example.org", "7") == identity
    assert await people.identity("https://id.example.com", "7") is None
    assert not await people.remove_identity("ben", "https://id.example.org", "7")
    assert await people.remove_identity("ana", "https://id.example.org", "7")
    assert await people.identities("ana") == []
    assert await people.passkey("key") == passkey("key", counter=4)


async def test_a_passkeys_counter_never_goes_back(people: Store) -> None:
    await people.put_passkey(passkey("counts", counter=4), leaf())
    await people.put_passkey(passkey("never"), leaf())
    used = [await people.use_passkey("counts", count, minutes(1)) for count in (4, 3, 0, 5, 5)]
    assert used == [False, False, False, True, False]
    assert [await people.use_passkey("never", 0, minutes(1)) for _ in range(2)] == [True, True]
    assert not await people.use_passkey("unknown", 9, minutes(1))
    assert await people.passkey("counts") == replace(passkey("counts", counter=5), last_used_at=minutes(1))


async def test_badges_are_found_by_their_recipient_in_any_letters(people: Store) -> None:
    first = await samples.published(people, "badge-1")
    second = await samples.published(people, "badge-2", minutes(1))
    await samples.intended(people, "unsigned")
    assert await people.badges_to("mailto:Ada@EXAMPLE.org") == [first, second]
    assert await people.badges_to("ada@example.org") == []


async def test_somebody_new_comes_with_what_they_come_in_by_or_not_at_all(people: Store) -> None:
    identity = Identity("https://id.example.org", "7", "eve", START)
    eve = Person("eve", "Eve", START)
    await people.put_person(eve, [address("eve", "eve@example.org")], [identity])
    assert await people.identity("https://id.example.org", "7") == identity
    twin, other = replace(eve, id="twin"), address("twin", "twin@example.org")
    with pytest.raises(ConflictError) as error:
        await people.put_person(twin, [other], [replace(identity, person="twin")])
    assert error.value.code == "identity_taken"
    assert await people.person("twin") is None
    assert await people.address("twin@example.org") is None
    assert await people.identities("eve") == [identity]


def key(did: str, of: str = "ben") -> EndorserKey:
    return EndorserKey(did, of, "holder", "", "Phone", f"credential-of-{did}", START)


CHANGED_MEANWHILE: dict[str, Callable[[Store], Awaitable[object]]] = {
    "role_taken": lambda s: s.remove_grant(Grant("team", "editor", "ben"), leaf()),
    "role_given": lambda s: s.put_grant(Grant("other", "owner", "ben"), leaf()),
    "role_of_target_taken": lambda s: s.remove_grant(Grant("team", "viewer", "ana"), leaf()),
    "role_of_target_given": lambda s: s.put_grant(Grant("other", "owner", "ana"), leaf()),
    "role_changed": lambda s: s.put_grant(Grant("team", "owner", "ben"), leaf()),
    "member_left": lambda s: s.remove_member("blue", "ben", leaf()),
    "member_joined": lambda s: s.put_member(Member("red", "ana"), leaf()),
    "lead_made": lambda s: s.put_member(Member("blue", "ana", lead=True), leaf()),
    "token_removed": lambda s: s.remove_token("t", leaf()),
    "token_added": lambda s: s.put_token(token("u", "ben"), leaf()),
    "passkey_removed": lambda s: s.remove_passkey("ben", "p", "", leaf()),
    "passkey_added": lambda s: s.put_passkey(passkey("q", "ben"), leaf()),
    "key_retired": lambda s: s.retire_endorser_key(replace(key("did:key:b"), retired_at=minutes(1)), leaf()),
    "key_added": lambda s: s.put_endorser_key(key("did:key:c"), leaf()),
    "key_renewed": lambda s: s.renew_endorser_key(
        replace(key("did:key:b"), credential="another"), "credential-of-did:key:b", leaf()
    ),
}


async def with_much(store: Store) -> Seen:
    """Ana and Ben as they come, sign and are trusted; and what there is to see of it."""
    await store.put_issuer(samples.issuer("other"))
    for slug in ("blue", "red"):
        await store.put_team(Team(slug, slug))
    members = (Member("blue", "ben", lead=True), Member("blue", "ana"))
    for member in members:
        await store.put_member(member, leaf())
    grants = (Grant("team", "editor", "ben"), Grant("team", "viewer", "ana"))
    for grant in grants:
        await store.put_grant(grant, leaf())
    await store.put_token(token("t", "ben"), leaf())
    await store.put_passkey(passkey("p", "ben"), leaf())
    for one in (key("did:key:a", "ana"), key("did:key:b")):
        await store.put_endorser_key(one, leaf())
    return Seen("ben", grants, members, (token("t", "ben"),), (passkey("p", "ben"),), (key("did:key:b"),))


async def stored(store: Store) -> list[object]:
    both = ("ana", "ben")
    return [
        *[await store.log_size(), await store.people(), await store.grants(), await store.tokens()],
        *[[await store.memberships(one), await store.passkeys(one)] for one in both],
        *[await store.endorser_keys(one) for one in both],
    ]


@pytest.mark.parametrize("change", CHANGED_MEANWHILE.values(), ids=CHANGED_MEANWHILE)
async def test_what_was_changed_after_it_was_seen_is_not_merged_over(
    people: Store, change: Callable[[Store], Awaitable[object]]
) -> None:
    seen = await with_much(people)
    assert await change(people) is not False
    before = await stored(people)
    with pytest.raises(ConflictError) as error:
        await people.merge("ben", ANA, [Grant("team", "editor", "ana")], [leaf()], seen=seen)
    assert error.value.code == "conflict"
    assert await stored(people) == before


async def test_what_is_as_it_was_seen_is_merged(people: Store) -> None:
    seen = await with_much(people)
    retired = replace(key("did:key:b"), retired_at=minutes(1), retired_from=minutes(0))
    await people.retire_endorser_key(retired, leaf())
    seen = replace(seen, keys=(retired,))
    await people.merge("ben", ANA, [Grant("team", "editor", "ana")], [leaf()], seen=seen)
    assert await people.grants() == [Grant("team", "editor", "ana")]
    assert await people.memberships("ana") == [Member("blue", "ana", lead=True)]
    assert await people.endorser_keys("ana") == [key("did:key:a", "ana"), replace(retired, person="ana")]
    with pytest.raises(NotFoundError):  # from one who has become another meanwhile
        await people.put_endorser_key(key("did:key:c"), leaf())


async def test_roles_given_and_taken_while_two_become_one_are_merged_or_come_later(people: Store) -> None:
    """At once: what is on record in the end is what was given last, and nothing that was taken."""
    await with_much(people)

    async def merge() -> None:
        for _ in range(50):
            grants = tuple(one for one in await people.grants() if one.person)
            members = (*await people.memberships("ben"), *await people.memberships("ana"))
            keys, passkeys = await people.endorser_keys("ben"), await people.passkeys("ben")
            seen = Seen(
                "ben", grants, members, tuple(await people.tokens("ben")), tuple(passkeys), tuple(keys)
            )
            after = {one.issuer: replace(one, person="ana") for one in grants}
            try:
                await people.merge("ben", ANA, list(after.values()), [leaf()], seen=seen)
            except ConflictError:
                continue
            return

    async def give(issuer: str, to: str) -> bool:
        try:
            return await people.put_grant(Grant(issuer, "owner", to), leaf())
        except ConflictError:
            return False

    taken = people.remove_grant(Grant("team", "viewer", "ana"), leaf())
    _, to_ana, *_ = await asyncio.gather(merge(), give("other", "ana"), give("other", "ben"), taken)
    assert await people.person("ben") is None
    roles = await people.roles_of("ana")
    assert (to_ana, roles) == (True, {"other": "owner", "team": "editor"})
