"""Signing in with the company's provider: who it means here, what its groups give, and what it cannot do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from exchange.core.sign_in.claims import Claims
from exchange.core.sign_in.groups import GroupRule
from exchange.errors import ExchangeError, InputError, UnavailableError
from exchange.flows.instance.standing import Hold
from exchange.flows.issuers.sync import sync
from exchange.flows.people import people, roles, teams
from exchange.flows.people.records import NOBODY, Browser, Identity, Person
from exchange.flows.ports import Ports
from exchange.flows.records import HELD
from exchange.flows.sign_in import oidc as sign_in_oidc
from exchange.flows.sign_in import sign_in
from tests.simulator import World, run
from tests.team import TEAM

HERE = Browser("Firefox, Linux", "192.0.2.0/24")
ISSUER = "https://login.example.org"
ANA = Claims(ISSUER, "ana-1", "Ana@example.org", True, "Ana Lima")
LEADS = GroupRule("leads", team="guild", issuer="team", role="editor")
HELPERS = GroupRule("helpers", issuer="team", role="viewer")
PLATFORM = GroupRule("platform", operator=True)


@dataclass
class FakeProvider:
    """Says who signed in by the code; each code once, for the nonce and verifier it was asked with."""

    issuer: str = ISSUER
    name: str = "Example"
    claims: dict[str, Claims] = field(default_factory=dict)
    begun: dict[str, tuple[str, str]] = field(default_factory=dict)
    down: bool = False

    async def begin(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        if self.down:
            raise UnavailableError("provider_unreachable", "It does not answer.")
        assert redirect_uri == "http://localhost:8000/sign-in/callback"
        assert len({state, nonce, verifier}) == 3
        assert min(map(len, (state, nonce, verifier))) >= 43
        self.begun[state] = nonce, verifier
        return f"{self.issuer}/authorize?state={state}"

    async def finish(
        self, code: str, nonce: str, verifier: str, redirect_uri: str, iss: str | None
    ) -> Claims:
        state, _, who = code.partition("/")
        if iss != self.issuer:
            raise InputError("provider_mixed_up", "Another provider answered.")
        if self.begun.pop(state, None) != (nonce, verifier):
            raise InputError("code_refused", "The code is not good.")
        return self.claims[who]

    async def check(self) -> None:
        """It is always there."""


@pytest.fixture
def world() -> World:
    world = World(identity_provider=FakeProvider())
    run(sync(world.ports, [TEAM]))
    run(teams.add(world.ports, "guild", "Guild"))
    return world


def web(world: World) -> Ports:
    return replace(world.ports, who=NOBODY)


def provider(world: World) -> FakeProvider:
    assert isinstance(world.identity_provider, FakeProvider)
    return world.identity_provider


def begin(world: World) -> tuple[str, list[tuple[str, str]]]:
    """What the browser keeps, and the query that it comes back with, of whoever signs in as `who`."""
    secret, place = run(sign_in_oidc.begin(web(world), HERE))
    state = place.partition("state=")[2]
    return secret, [("code", f"{state}/who"), ("state", state), ("iss", ISSUER)]


def enter(world: World, claims: Claims, browser: Browser = HERE) -> sign_in.Opened:
    provider(world).claims["who"] = claims
    secret, query = begin(world)
    return run(sign_in_oidc.finish(web(world), secret, query, browser))


def refused(flow: Any) -> str:
    with pytest.raises(ExchangeError) as error:
        run(flow)
    return error.value.code


def counts(world: World) -> tuple[int, ...]:
    store = world.store
    return len(store._people), len(store._sessions), len(store._identities), len(store._log)


def test_a_stranger_gets_an_account_and_is_the_same_the_next_time(world: World) -> None:
    first = enter(world, ANA)
    (address,) = run(world.store.addresses(first.person.id))
    assert (first.person.name, address.address, address.verified_at) == (
        "Ana Lima",
        "ana@example.org",
        world.now,
    )
    before = counts(world)
    again = enter(world, replace(ANA, email="other@example.org", name="Ana Costa"))
    assert again.person == first.person
    assert counts(world) == (before[0], before[1] + 1, before[2], before[3])
    principal = run(sign_in.who_has(web(world), again.session))
    assert principal is not None
    assert (principal.method, principal.operator, dict(principal.roles)) == ("oidc", False, {})


@pytest.mark.parametrize("verified", [True, False])
def test_only_an_address_that_the_provider_verified_says_who_it_is(world: World, verified: bool) -> None:
    ben = run(people.add(world.ports, "Ben", "ana@example.org"))
    opened = enter(world, replace(ANA, email_verified=verified))
    (address,) = run(world.store.addresses(ben.id))
    assert (opened.person.id == ben.id) is verified
    assert (address.verified_at == world.now) is verified
    if not verified:
        assert run(world.store.addresses(opened.person.id)) == []


def test_an_address_that_was_given_to_somebody_new_lets_nobody_into_the_old_account(world: World) -> None:
    enter(world, ANA)
    before = counts(world)
    provider(world).claims["who"] = replace(ANA, subject="another-ana")
    secret, query = begin(world)
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == "address_of_another_identity"
    assert counts(world) == before


def test_an_address_that_was_given_up_lets_nobody_in(world: World) -> None:
    ben = run(people.add(world.ports, "Ben", "ben@example.org"))
    for one in ("ben@example.org", "ana@example.org"):
        run(world.store.put_address(sign_in.Address(one, ben.id, world.now)))
    run(people.remove_address(world.ports, ben.id, "ana@example.org"))
    assert enter(world, ANA).person.id != ben.id


def test_who_is_suspended_stays_out(world: World) -> None:
    ana = enter(world, ANA).person
    run(people.suspend(world.ports, ana.id))
    before = counts(world)
    secret, query = begin(world)
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == "account_suspended"
    assert counts(world) == before


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        pytest.param(lambda secret, query: ("", query), "sign_in_foreign", id="login CSRF: no cookie"),
        pytest.param(lambda secret, query: ("guess", query), "sign_in_foreign", id="another browser's"),
        pytest.param(lambda secret, query: (secret, query[:1]), "sign_in_foreign", id="no state"),
        pytest.param(
            lambda secret, query: (secret, [("error", "access_denied"), query[1]]),
            "sign_in_refused",
            id="cancelled",
        ),
        pytest.param(
            lambda secret, query: (secret, [*query[:2], ("iss", "https://evil.example")]),
            "provider_mixed_up",
            id="mixed-up provider",
        ),
        pytest.param(
            lambda secret, query: (secret, [("code", "stolen/who"), *query[1:]]),
            "code_refused",
            id="injected",
        ),
    ],
)
def test_what_was_not_begun_here_ends_nowhere(world: World, spoil: Any, code: str) -> None:
    provider(world).claims["who"] = ANA
    before = counts(world)
    secret, query = spoil(*begin(world))
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == code
    assert counts(world) == before


def test_a_sign_in_ends_once_and_in_time(world: World) -> None:
    provider(world).claims["who"] = ANA
    secret, query = begin(world)
    run(sign_in_oidc.finish(web(world), secret, query, HERE))
    before = counts(world)
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == "ceremony_over"
    secret, query = begin(world)
    world.later(minutes=10)
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == "ceremony_over"
    assert counts(world) == before


def test_what_was_begun_at_one_provider_does_not_end_at_another(world: World) -> None:
    secret, query = begin(world)
    provider(world).issuer = "https://new.example.org"
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == "sign_in_foreign"


def test_the_secret_of_a_ceremony_opens_nothing_else(world: World) -> None:
    secret, _ = begin(world)
    before = counts(world)
    assert refused(sign_in.redeem(web(world), secret, HERE)) == "link_spent"
    assert refused(people.verify_address(world.ports, secret)) == "link_spent"
    assert counts(world) == before


def test_a_session_that_was_planted_ends(world: World) -> None:
    planted = enter(world, replace(ANA, subject="eve", email=None)).session
    opened = enter(world, ANA, replace(HERE, session=planted))
    assert opened.session != planted
    assert run(sign_in.who_has(web(world), planted)) is None


def test_without_a_provider_or_with_one_that_is_down_nothing_begins(world: World) -> None:
    provider(world).down = True
    assert refused(sign_in_oidc.begin(web(world), HERE)) == "provider_unreachable"
    assert refused(sign_in_oidc.begin(web(replace(world, identity_provider=None)), HERE)) == "no_provider"
    assert run(sign_in.ask(web(world), "ana@example.org", HERE))


# --- groups -----------------------------------------------------------------------------------------------


def rights(world: World, person: Person) -> tuple[list[str], dict[str, str], bool]:
    known = run(world.store.person(person.id))
    assert known is not None
    joined = [member.team for member in run(world.store.memberships(person.id))]
    return joined, dict(run(world.store.roles_of(person.id))), known.operator


def test_groups_give_and_take_and_the_log_says_so(world: World) -> None:
    world.group_rules = (LEADS, HELPERS, PLATFORM)
    _another_operator(world)
    size = run(world.store.log_size())
    ana = enter(world, replace(ANA, groups=("leads", "platform", "unknown"))).person
    assert rights(world, ana) == (["guild"], {"team": "editor"}, True)
    assert ana.operator
    holder = f"account/{ana.id}"
    said = [record.content for record in run(world.store.log_records(size, 9))]
    assert said == [
        {"team": "guild", "holder": holder, "role": "member"},
        {"issuer": "team", "holder": holder, "role": "editor"},
        {"issuer": "*", "holder": holder, "role": "operator"},
    ]
    size = run(world.store.log_size())
    enter(world, replace(ANA, groups=("platform", "leads")))
    assert run(world.store.log_size()) == size
    enter(world, replace(ANA, groups=("helpers",)))
    assert rights(world, ana) == ([], {"team": "viewer"}, False)
    enter(world, ANA)
    assert rights(world, ana) == ([], {}, False)
    assert run(world.store.log_size()) == size + 4


def _another_operator(world: World) -> Person:
    other = run(people.add(world.ports, "Olga", "olga@example.org"))
    return run(people.set_operator(world.ports, other.id, True))


def test_the_last_owner_and_operator_stay_until_somebody_else_is(world: World) -> None:
    owners = GroupRule("owners", issuer="team", role="owner")
    world.group_rules = (owners, replace(LEADS, issuer="", role=None), PLATFORM)
    ana = enter(world, replace(ANA, groups=("owners", "leads", "platform"))).person
    size = run(world.store.log_size())
    enter(world, ANA)
    assert rights(world, ana) == ([], {"team": "owner"}, True)
    assert run(world.store.log_size()) == size + 1
    other = _another_operator(world)
    run(roles.grant(world.ports, "team", other.id, "owner"))
    enter(world, ANA)
    assert rights(world, ana) == ([], {}, False)
    assert run(world.store.log_size()) == size + 5


def test_what_was_granted_by_hand_beside_the_rules_stays(world: World) -> None:
    world.group_rules = (HELPERS,)
    ana = enter(world, ANA).person
    run(teams.join(world.ports, "guild", ana.id, lead=True))
    run(roles.grant(world.ports, "team", ana.id, "owner"))
    run(people.set_operator(world.ports, ana.id, True))
    size = run(world.store.log_size())
    for groups in (("helpers",), ()):
        enter(world, replace(ANA, groups=groups))
        assert rights(world, ana) == (["guild"], {"team": "owner"}, True)
    assert run(world.store.log_size()) == size


def test_rules_about_what_is_not_there_let_people_in_all_the_same(world: World) -> None:
    world.group_rules = (GroupRule("leads", team="nowhere", issuer="nobody", role="owner"),)
    ana = enter(world, replace(ANA, groups=("leads",))).person
    assert rights(world, ana) == ([], {}, False)


def test_rights_that_cannot_be_followed_let_nobody_in(world: World) -> None:
    world.group_rules = (LEADS,)
    ana = enter(world, replace(ANA, groups=("leads",))).person
    world.store._meta[HELD] = Hold("restored", run(world.store.log_size()), whole=True).to_text()
    before = counts(world)
    secret, query = begin(world)
    provider(world).claims["who"] = ANA
    assert refused(sign_in_oidc.finish(web(world), secret, query, HERE)) == "read_only"
    assert counts(world) == before
    provider(world).claims["who"] = replace(ANA, groups=("leads",))
    secret, query = begin(world)
    assert run(sign_in_oidc.finish(web(world), secret, query, HERE)).person.id == ana.id


def test_two_first_sign_ins_make_one_account(world: World) -> None:
    ana = enter(world, ANA).person
    twin = Person("twin", "Twin", world.now)
    identity = Identity(ISSUER, "ana-1", "twin", world.now)
    assert refused(world.store.put_person(twin, [], [identity])) == "identity_taken"
    assert set(world.store._people) == {ana.id}
