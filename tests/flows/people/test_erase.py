"""Erase: who asked is gone, whoever holds a badge keeps it, the log stays sound, and nobody else changes."""

from __future__ import annotations

import asyncio
import copy
from contextlib import suppress
from dataclasses import replace

import pytest

from exchange.core.log.entry import read_entry
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, InputError, NotFoundError
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.status import find_badge, published_list, revoke, suspend
from exchange.flows.badges.verify import verify
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.sync import sync
from exchange.flows.log.about import about
from exchange.flows.log.fsck import fsck
from exchange.flows.log.log import award_proof
from exchange.flows.people import people, roles, teams
from exchange.flows.people.erase import erase, erase_again, preview, scrub_for_ever
from exchange.flows.people.records import NOBODY, Principal
from exchange.flows.sign_in import tokens
from tests.simulator import World, run
from tests.team import TEAM

ANA, BEN = "ana@example.org", "ben@example.org"


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    for address, name in ((ANA, "Ana Lima"), (BEN, "Ben Ode")):
        run(people.add(world.ports, name, address, name.split()[0].lower()))
    run(teams.add(world.ports, "guild", "Guild"))
    for who in ("ana", "ben"):
        run(teams.join(world.ports, "guild", who))
        run(roles.grant(world.ports, "team", who, "editor"))
        run(tokens.add(world.ports, run(people.find(world.ports, who)).id, "ci", ["read"]))
    return world


def badge(world: World, to: str) -> Awarded:
    return run(award(world.ports, Order("team", "lead", f"mailto:{to}")))


def is_sound(world: World) -> None:
    assert [(one.code, one.at) for one in run(fsck(world.ports)).findings] == []


def verdict(world: World, signed: bytes) -> str:
    return run(verify(world.ports, signed)).outcome


def everything(world: World) -> str:
    return repr(world.store)


def test_the_person_is_gone_and_their_badge_is_still_true_where_they_hold_it(world: World) -> None:
    theirs, other = badge(world, ANA.title()), badge(world, BEN)
    run(suspend(world.ports, theirs.key, "Ana Lima is away"))
    held = theirs.signed
    id = run(people.find(world.ports, "ana")).id
    others = run(world.store.badge(other.key)), run(people.view(world.ports, "ben"))
    proof = run(award_proof(world.ports, other.key))
    assert "Ana Lima" in everything(world)
    seen = run(preview(world.ports, "ana"))
    assert (seen.word, seen.badges, seen.addresses) == (ANA, (theirs.key,), (ANA,))
    assert "Ana Lima" in everything(world)  # looking changes nothing

    done = run(erase(world.ports, "ana", ANA.upper()))

    assert (done.account, done.badges) == (id, 1)
    for trace in ("Ana Lima", ANA, "'ana'"):
        assert trace.casefold() not in everything(world).casefold()
    for name in ("ana", ANA, id):
        with pytest.raises(NotFoundError):
            run(people.find(world.ports, name))
    with pytest.raises(NotFoundError):
        run(find_badge(world.ports, theirs.key))
    assert [one.name for one in run(people.people(world.ports))[0]] == ["Ben Ode"]
    assert run(about(world.ports, ANA)).told == []
    last = run(world.store.log_records(run(world.store.log_size()) - 1, 1))[0]
    assert (read_entry(last.entry).kind, last.content) == ("erase", {"account": id})
    is_sound(world)

    assert (run(world.store.badge(other.key)), run(people.view(world.ports, "ben"))) == others
    assert run(award_proof(world.ports, other.key)).entry == proof.entry
    assert len(run(about(world.ports, BEN)).told) == 1

    assert run(sweep(world.ports)) == 0  # an emptied badge is not one that waits for its signature
    assert verdict(world, held) == "invalid"  # it is suspended still
    assert run(published_list(world.ports, run(find_badge(world.ports, other.key)).slots[0].list_id))


def test_a_badge_of_somebody_erased_can_be_verified_and_revoked(world: World) -> None:
    theirs = badge(world, ANA)
    run(erase(world.ports, ANA, ANA))
    assert verdict(world, theirs.signed) == "valid"
    run(revoke(world.ports, theirs.key, "A mistake"))
    assert verdict(world, theirs.signed) == "invalid"
    is_sound(world)


def test_who_never_had_an_account_can_be_erased_by_an_operator(world: World) -> None:
    theirs = badge(world, "eve@example.org")
    done = run(erase(world.ports, "eve@example.org", "eve@example.org"))
    assert done.badges == 1
    assert "eve@" not in everything(world)
    assert verdict(world, theirs.signed) == "valid"
    is_sound(world)
    with pytest.raises(NotFoundError):
        run(erase(world.ports, "eve@example.org", "eve@example.org"))


@pytest.mark.parametrize("typed", ["", "ana", "yes", ANA[:-1], BEN])
def test_nothing_goes_until_the_word_is_typed_in_full(world: World, typed: str) -> None:
    before = everything(world)
    with pytest.raises(InputError) as refused:
        run(erase(world.ports, "ana", typed))
    assert refused.value.code == "erase_unconfirmed"
    assert everything(world) == before
    assert world.witness.names == set()


def who(world: World, name: str, **more: object) -> Principal:
    person = run(people.find(world.ports, name))
    return replace(Principal(person.id, "link"), **more)  # type: ignore[arg-type]


CASES = {
    "nobody": (lambda world: NOBODY, False),
    "somebody else": (lambda world: who(world, "ben"), False),
    "an owner": (lambda world: who(world, "ben", roles={"team": "owner"}), False),
    "a token of theirs": (lambda world: who(world, "ana", scopes=frozenset({"people"})), False),
    "a token of an operator": (
        lambda world: who(world, "ben", operator=True, scopes=frozenset({"people"})),
        False,
    ),
    "themselves": (lambda world: who(world, "ana"), True),
    "an operator": (lambda world: who(world, "ben", operator=True), True),
}


@pytest.mark.parametrize("case", CASES)
def test_who_may(world: World, case: str) -> None:
    make, may = CASES[case]
    ports, before = replace(world.ports, who=make(world)), everything(world)
    if may:
        assert run(erase(ports, "ana", ANA)).account
        return
    with pytest.raises(ForbiddenError):
        run(preview(ports, "ana"))
    with pytest.raises(ForbiddenError):
        run(erase(ports, "ana", ANA))
    assert everything(world) == before


def test_the_last_operator_hands_over_first(world: World) -> None:
    run(people.set_operator(world.ports, "ana", True))
    before = everything(world)
    with pytest.raises(ConflictError) as refused:
        run(erase(world.ports, "ana", ANA))
    assert refused.value.code == "last_operator"
    assert everything(world) == before
    run(people.set_operator(world.ports, "ben", True))
    run(erase(world.ports, "ana", ANA))
    is_sound(world)


def test_an_older_copy_of_the_database_forgets_them_too_and_its_log_does_not_grow(world: World) -> None:
    badge(world, ANA)
    older = copy.deepcopy(world.store)
    later = badge(world, ANA)
    run(erase(world.ports, "ana", ANA))
    world.store = older
    size = run(world.store.log_size())
    assert "Ana Lima" in everything(world)
    assert run(erase_again(world.ports)) == 2
    assert ANA not in everything(world)
    assert "Ana Lima" not in everything(world)
    assert run(world.store.log_size()) == size
    assert run(world.store.badge(later.key)) is None
    assert run(people.find(world.ports, "ben")).name == "Ben Ode"
    is_sound(world)
    assert run(erase_again(world.ports)) == 0


def test_the_list_is_there_before_the_rows_go(world: World) -> None:
    world.store.broken = "The disk is full."
    with pytest.raises(ExchangeError):
        run(erase(world.ports, "ana", ANA))
    assert world.witness.names == set()  # refused before anything was promised
    world.store.broken = None
    run(erase(world.ports, "ana", ANA))
    assert not any(ANA in name for name in world.witness.names)
    assert sorted(name.partition("/")[0] for name in world.witness.names) == ["account", "handle"]
    assert "handle/ana" not in world.witness.names


def test_bytes_that_somebody_held_on_to_are_taken_out_by_the_next_sweep(world: World) -> None:
    world.store.held_open = True
    run(erase(world.ports, "ana", ANA))
    run(sweep(world.ports))
    assert world.store.scrubbed is False
    world.store.held_open = False
    run(sweep(world.ports))
    assert world.store.scrubbed is True


def test_who_erases_waits_for_no_bytes_and_the_service_takes_them_out_at_once(world: World) -> None:
    """The files are cleaned by a task of the service; what it cannot do yet stays noted."""

    async def serve() -> list[bool]:
        cleaning = asyncio.create_task(scrub_for_ever(world.ports))
        await asyncio.sleep(0)
        seen = []
        for name, address, held_open in (("ana", ANA, True), ("ben", BEN, False)):
            world.store.held_open = held_open
            await erase(world.ports, name, address)
            seen.append(world.store.scrubbed)
            await asyncio.sleep(0.01)
            seen.append(world.store.scrubbed)
        cleaning.cancel()
        with suppress(asyncio.CancelledError):
            await cleaning
        return seen

    assert run(serve()) == [False, False, False, True]
