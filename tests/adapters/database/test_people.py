"""What every `Store` answers about people: the same tests on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import ConflictError, NotFoundError
from exchange.flows.people.records import (
    Address,
    Grant,
    Identity,
    Member,
    Passkey,
    Person,
    Quota,
    Role,
    Session,
    Team,
    Ticket,
    Token,
)
from exchange.flows.ports import Store
from exchange.flows.records import Leaf, Parcel
from tests.adapters.database import samples
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio

ANA = Person("ana", "Ana Łucja", START, "ana", "de")
BEN = Person("ben", "Ben", minutes(1))


def leaf(what: str = "role") -> Leaf:
    return Leaf("role", START, {"what": what}, bytes(16), (f"account:{what}",))


def address(of: str, text: str = "", verified: bool = True) -> Address:
    return Address(text or f"{of}@example.org", of, START if verified else None)


def session(hash: str, of: str = "ana", at: float = 0) -> Session:
    return Session(hash, of, "link", "Firefox", "192.0.2.0/24", START, minutes(at), minutes(60), START)


def token(id: str, of: str = "ana") -> Token:
    return Token(id, f"hash-{id}", of, "ci", ("read", "award"), START, minutes(60))


def passkey(id: str, of: str = "ana", counter: int = 0) -> Passkey:
    return Passkey(id, of, bytes(range(256)), counter, "Phone", ("internal", "hybrid"), START, of)


def ticket(hash: str, expires: float = 15, of: str | None = None, nonce: str | None = None) -> Ticket:
    code = nonce and f"code-{nonce}"
    return Ticket(hash, "sign_in", minutes(expires), "ana@example.org", of, nonce, code)


@pytest.fixture
async def people(any_store: Store) -> Store:
    """A store that knows one issuer and two people."""
    await any_store.put_issuer(samples.issuer(), leaf())
    await any_store.put_person(ANA, [address("ana")])
    await any_store.put_person(BEN, [address("ben", verified=False)])
    return any_store


# --- people and addresses ---


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


# --- sessions and tokens ---


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
    await people.put_passkey(passkey("key"), leaf())
    for one in (session("here"), session("there"), session("of-ben", "ben")):
        await people.open_session(one)
    assert not await people.remove_passkey("ben", "key", "", leaf())
    assert not await people.remove_passkey("ana", "unknown", "", leaf())
    assert len(await people.sessions("ana")) == 2
    assert await people.remove_passkey("ana", "key", "here", leaf())
    assert await people.sessions("ana") == [session("here")]
    assert await people.sessions("ben") == [session("of-ben", "ben")]
    assert await people.end_sessions("ana") == 1


async def test_a_token_is_known_by_its_hash_with_its_person(people: Store) -> None:
    await people.put_token(token("one"), leaf())
    await people.put_token(token("two", "ben"), leaf())
    assert await people.token("hash-one") == (token("one"), ANA)
    assert await people.token("one") is None
    await people.touch_token("one", minutes(1))
    used = replace(token("one"), last_used_at=minutes(1))
    assert await people.tokens("ana") == [used]
    assert await people.tokens() == [used, token("two", "ben")]
    assert [await people.remove_token("one", leaf()) for _ in range(2)] == [True, False]
    assert await people.tokens() == [token("two", "ben")]


# --- teams and roles ---


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
        Grant("other", "editor", "ana"),
        Grant("other", "issuer", team="red"),
    ):
        assert await people.put_grant(grant, leaf())
    assert await people.roles_of("ana") == {"team": "editor", "other": "editor"}
    assert await people.roles_of("ben") == {}
    size = await people.log_size()
    assert not await people.put_grant(Grant("team", "editor", team="red"), leaf())
    assert not await people.remove_grant(Grant("team", "viewer", team="red"), leaf())
    assert await people.log_size() == size
    assert await people.put_grant(Grant("team", "issuer", team="red"), leaf())
    assert await people.remove_grant(Grant("other", "editor", "ana"), leaf())
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


# --- tickets and how often ---


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
    await people.put_token(token("old"), leaf())
    await people.put_token(replace(token("for-good"), expires_at=None), leaf())
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
