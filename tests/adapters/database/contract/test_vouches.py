"""What every `Store` answers about vouches: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.core.vouches import LONGEST, Given, Kind, joined
from exchange.errors import ConflictError, ExchangeError, NotFoundError, UnavailableError
from exchange.flows.endorsements.records import EndorserKey, Joining
from exchange.flows.people.records import Erasure
from exchange.flows.ports import Store
from exchange.flows.records import Ending, Intent, Leaf, StatusChange, StatusSlot
from exchange.flows.vouches.records import SealedVouch, Vouch, VouchDraft
from tests.adapters.database import samples
from tests.adapters.database.people_samples import ANA, BEN, leaf
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio

_list_ids = (f"vouch-list-{n}" for n in itertools.count())
BUDGET = 5


@pytest.fixture
async def known(any_store: Store) -> Store:
    """A store that knows the exchange, which keeps the status of what people sign, and one issuer."""
    await any_store.put_issuer(samples.issuer("exchange"))
    await any_store.put_issuer(samples.issuer())
    await any_store.put_achievement(samples.achievement(), None)
    return any_store


def ended(id: str, at: datetime = START) -> Ending:
    leaf = Leaf("withdraw", at, {"badge": id}, bytes(16), (f"badge:{id}",))
    return Ending(StatusChange(id, "revocation", True, "", at), leaf)


async def drafted(
    store: Store,
    id: str,
    to: str = "ben",
    kind: Kind = "peer",
    until: datetime = START + LONGEST,
    giver: str = "ana",
    did: str = "did:key:z",
) -> Vouch:
    def write(slot: StatusSlot) -> Vouch:
        return Vouch(
            *(id, giver, to, kind, "team", "welder", 1, "delivery", "same-team", did, "holder"),
            *("drafted", "", b"unsigned", slot, START, until),
        )

    return await store.prepare_vouch(VouchDraft(samples.BASE, write), lambda: next(_list_ids))


def sealed(draft: Vouch, at: datetime = START, budget: int = BUDGET, merged: str = "") -> SealedVouch:
    intent = Intent(
        id=draft.id,
        kind="badge",
        issuer=draft.issuer,
        achievement=draft.achievement,
        version=draft.version,
        recipient=f"mailto:{draft.holder}@example.org",
        proof="jwt",
        key_id=draft.did,
        unsigned=draft.unsigned,
        message=b"",
        slots=(draft.slot,),
        intended_at=at,
        valid_until=draft.until,
    )
    leaf = Leaf("award", at, {"badge": draft.id}, bytes(16), (f"badge:{draft.id}",))
    return SealedVouch(
        draft.id,
        intent,
        b"signed",
        leaf,
        lambda _: merged,
        lambda id: ended(id, at),
        budget,
        at,
        (draft.giver, draft.holder),
    )


async def given(store: Store, id: str, at: datetime = START, **about: object) -> bool:
    return await store.give_vouch(sealed(await drafted(store, id, **about), at))  # type: ignore[arg-type]


async def test_a_draft_takes_no_place_and_what_is_given_is_a_badge(known: Store) -> None:
    drafts = [await drafted(known, f"v{n}") for n in range(9)]
    assert await known.vouches_by("ana") == []
    assert await known.vouch("v0") == drafts[0]
    assert await known.give_vouch(sealed(drafts[0], minutes(1)))
    (one,) = await known.vouches_by("ana")
    assert one == replace(drafts[0], state="signed", signed_at=minutes(1), unsigned=b"", signed=b"signed")
    assert await known.vouches_for("ben") == [one]
    assert await known.vouches_between("ben", "ana") == [one]
    badge = await known.badge("v0")
    assert badge is not None
    assert (badge.signed, badge.slots) == (b"signed", (one.slot,))


async def test_the_same_draft_given_twice_is_given_once(known: Store) -> None:
    draft = await drafted(known, "v")
    size = await known.log_size()
    done = await asyncio.gather(*(known.give_vouch(sealed(draft)) for _ in range(10)))
    assert sorted(done) == [False] * 9 + [True]
    assert not await known.give_vouch(sealed(draft))
    assert await known.log_size() == size + 1
    with pytest.raises(NotFoundError) as unknown:
        await known.give_vouch(sealed(replace(draft, id="w")))
    assert unknown.value.code == "unknown_draft"


async def test_of_fifty_at_once_just_the_budget_is_given(known: Store) -> None:
    drafts = [await drafted(known, f"v{n:02}", to=f"person-{n}") for n in range(50)]
    size = await known.log_size()

    async def give(draft: Vouch) -> str:
        try:
            return "given" if await known.give_vouch(sealed(draft)) else "again"
        except ConflictError as error:
            return error.code

    outcomes = await asyncio.gather(*map(give, drafts))
    assert sorted(outcomes) == ["given"] * BUDGET + ["vouches_in_use"] * 45
    assert len(await known.vouches_by("ana")) == BUDGET
    assert await known.log_size() == size + BUDGET
    refused = [draft for draft, outcome in zip(drafts, outcomes, strict=True) if outcome != "given"]
    for draft in refused:
        assert await known.badge(draft.id) is None
    assert await given(known, "another", giver="cleo")  # whose budget is their own


async def test_who_withdraws_and_gives_at_once_never_has_more_than_the_budget(known: Store) -> None:
    for n in range(BUDGET):
        assert await given(known, f"v{n}", to=f"person-{n}")
    drafts = [await drafted(known, f"w{n:02}", to=f"other-{n}") for n in range(25)]

    async def give(draft: Vouch) -> bool:
        try:
            return await known.give_vouch(sealed(draft))
        except ConflictError:
            return False

    done = await asyncio.gather(
        *(give(draft) for draft in drafts[:12]),
        *(known.withdraw_vouch(ended(f"v{n}")) for n in range(3)),
        *(give(draft) for draft in drafts[12:]),
    )
    assert done[12:15] == [True, True, True]
    in_use = [one for one in await known.vouches_by("ana") if one.given().in_use(START)]
    assert len(in_use) <= BUDGET
    assert len(in_use) >= 2


async def test_a_place_is_free_at_once_when_its_vouch_is_withdrawn(known: Store) -> None:
    for n in range(BUDGET):
        assert await given(known, f"v{n}", to=f"person-{n}")
    with pytest.raises(ConflictError) as full:
        await given(known, "w")
    assert full.value.code == "vouches_in_use"
    assert "5 of your 5 vouches are in use" in full.value.message
    assert await known.withdraw_vouch(ended("v3"))
    assert not await known.withdraw_vouch(ended("v3"))
    assert await known.give_vouch(sealed(replace(await drafted(known, "x"))))
    (gone,) = [one for one in await known.vouches_by("ana") if one.id == "v3"]
    assert (gone.state, gone.is_set, gone.ended_at) == ("withdrawn", True, START)


async def test_a_place_is_free_from_the_moment_on_that_its_vouch_is_over(known: Store) -> None:
    for n in range(BUDGET):
        assert await given(known, f"v{n}", to=f"person-{n}", until=START + timedelta(days=30 + n))
    draft, before = await drafted(known, "w"), START + timedelta(days=30) - timedelta(microseconds=1)
    with pytest.raises(ConflictError) as full:
        await known.give_vouch(sealed(draft, before))
    assert "the next place gets free on 2026-12-21" in full.value.message
    assert await known.give_vouch(sealed(draft, START + timedelta(days=30)))


async def test_no_vouch_outlives_the_key_that_others_may_have(known: Store) -> None:
    """Who gives with a key while it is retired from a date is too late, or is found by who retires it."""
    key = EndorserKey("did:key:lost", "ana", "holder", "", "Phone", "credential", START)
    await known.put_person(ANA)
    await known.put_endorser_key(key, Leaf("endorser_key", START, {}, bytes(16), ("endorser_key:1",)))
    assert await given(known, "early", to="early", did=key.did)
    drafts = [await drafted(known, f"v{n}", to=f"person-{n}", did=key.did) for n in range(4)]
    lost = replace(key, retired_at=minutes(2), retired_from=minutes(1))
    leaf = Leaf("endorser_key", minutes(2), {}, bytes(16), ("endorser_key:1",))

    async def retire() -> set[str]:
        tries = 0
        while True:
            tries += 1
            standing = [
                one.id
                for one in await known.vouches_by("ana")
                if one.did == key.did and one.state == "signed" and (one.signed_at or START) >= minutes(1)
            ]
            try:
                assert await known.retire_endorser_key(lost, leaf, [ended(id, minutes(2)) for id in standing])
                return set(standing)
            except ConflictError:  # one was given since
                if tries > len(drafts):
                    raise

    async def give(draft: Vouch) -> str:
        try:
            return draft.id if await known.give_vouch(sealed(draft, minutes(1))) else ""
        except UnavailableError:  # the key was retired before
            return ""

    gone, *done = await asyncio.gather(retire(), *map(give, drafts))
    assert gone == set(filter(None, done))
    by_id = {one.id: one for one in await known.vouches_by("ana")}
    assert {id for id, one in by_id.items() if one.state == "withdrawn"} == gone
    assert (by_id["early"].state, by_id["early"].is_set) == ("signed", False)
    for id in gone:
        assert (by_id[id].is_set, by_id[id].ended_at) == (True, minutes(2))
        assert [change.on for change in await known.history(id)] == [True]
    with pytest.raises(UnavailableError) as late:
        await given(known, "late", did=key.did)
    assert late.value.code == "key_retired"


async def test_a_key_is_not_retired_over_a_vouch_that_was_not_seen(known: Store) -> None:
    key = EndorserKey("did:key:lost", "ana", "holder", "", "Phone", "credential", START)
    leaf = Leaf("endorser_key", START, {}, bytes(16), ("endorser_key:1",))
    await known.put_person(ANA)
    await known.put_endorser_key(key, leaf)
    assert await given(known, "v", at=minutes(1), did=key.did)
    size, lost = await known.log_size(), replace(key, retired_at=minutes(2), retired_from=minutes(1))
    with pytest.raises(ConflictError) as unseen:
        await known.retire_endorser_key(lost, leaf)
    assert (unseen.value.code, await known.log_size()) == ("conflict", size)
    assert await known.endorser_key(key.did) == key
    assert await samples.set_status(known, samples.change(badge="v"))  # over already, so nothing to end
    assert await known.retire_endorser_key(lost, leaf)


async def test_what_the_issuer_takes_back_takes_no_place_either(known: Store) -> None:
    for n in range(BUDGET):
        assert await given(known, f"v{n}", to=f"person-{n}")
    assert await samples.set_status(known, samples.change(badge="v1"))
    assert await given(known, "w")


async def test_thanks_take_no_place_and_both_kinds_of_vouches_do(known: Store) -> None:
    for n in range(BUDGET + 1):
        assert await given(known, f"t{n}", to=f"person-{n}", kind="thanks")
    kinds: list[Kind] = ["peer", "sponsor", "peer", "sponsor", "peer"]
    for n, kind in enumerate(kinds):
        assert await given(known, f"v{n}", to=f"other-{n}", kind=kind)
    with pytest.raises(ConflictError):
        await given(known, "w", kind="sponsor")


async def test_a_smaller_budget_takes_nothing_back(known: Store) -> None:
    for n in range(BUDGET):
        assert await given(known, f"v{n}", to=f"person-{n}")
    for n in range(2):
        assert await known.withdraw_vouch(ended(f"v{n}"))
    draft = await drafted(known, "w")
    with pytest.raises(ConflictError):
        await known.give_vouch(sealed(draft, budget=3))
    assert await known.give_vouch(sealed(draft, budget=4))


async def test_what_the_two_gave_each_other_is_judged_when_nobody_can_change_it(known: Store) -> None:
    """Of many thanks at once, in both directions, one is given: who judges sees all that was given before."""
    seen: list[int] = []

    def only_once(before: Sequence[Given]) -> str:
        seen.append(len(before))
        if before:
            raise ConflictError("thanks_again", "once")
        return ""

    drafts = [
        await drafted(known, f"v{n}", kind="thanks", giver=giver, to=to)
        for n, (giver, to) in enumerate([("ana", "ben"), ("ben", "ana")] * 10)
    ]

    async def give(draft: Vouch) -> str:
        try:
            await known.give_vouch(replace(sealed(draft), judge=only_once))
        except ExchangeError as error:
            return error.code
        return "given"

    outcomes = await asyncio.gather(*map(give, drafts))
    assert sorted(outcomes) == ["given"] + ["thanks_again"] * 19
    assert seen.count(0) == 1
    assert len(await known.vouches_between("ana", "ben")) == 1


async def test_what_is_merged_is_replaced_in_the_same_transaction(known: Store) -> None:
    assert await given(known, "t1", kind="thanks")
    assert await known.give_vouch(sealed(await drafted(known, "t2", kind="thanks"), merged="t1"))
    first, second = await known.vouches_between("ana", "ben")
    assert (first.state, first.is_set) == ("superseded", True)
    assert (second.state, second.supersedes) == ("signed", "t1")


async def test_it_is_shown_and_hidden(known: Store) -> None:
    await drafted(known, "draft")
    leaf = Leaf("hide", START, {"vouch": "v"}, bytes(16), ("badge:v",))
    assert not await known.settle_vouch("draft", "hidden", leaf)
    assert await given(known, "v")
    assert await known.settle_vouch("v", "hidden", leaf)
    size = await known.log_size()
    assert not await known.settle_vouch("v", "hidden", leaf)
    assert await known.log_size() == size
    assert [one.shown for one in await known.vouches_for("ben")] == ["hidden"]
    assert await known.settle_vouch("v", "shown", leaf)
    assert await given(known, "w", to="cleo")
    assert [one.id for one in await known.every_vouch("", 9)] == ["v", "w"]
    assert [one.id for one in await known.every_vouch("v", 9)] == ["w"]
    assert len(await known.every_vouch("", 1)) == 1


async def test_drafts_are_forgotten_and_their_entries_stay_taken(known: Store) -> None:
    draft = await drafted(known, "v")
    await known.forget_vouch_drafts(START)
    assert await known.vouch("v") == draft
    await known.forget_vouch_drafts(minutes(1))
    assert await known.vouch("v") is None
    assert (await drafted(known, "w")).slot != draft.slot


async def test_nothing_is_known_of_who_was_erased(known: Store) -> None:
    assert await given(known, "v")
    assert await given(known, "w", giver="ben", to="cleo")
    await known.erase(Erasure("e", accounts=("ana",), badges=("v",)))
    assert await known.vouches_for("ben") == []
    assert len(await known.vouches_by("ben")) == 1


# --- two accounts that become one ---


async def both_give(store: Store, budget: int = BUDGET) -> list[Vouch]:
    """Ana and Ben have keys; Ana has her budget in use. Drafts of Ben's."""
    await store.put_issuer(samples.issuer("exchange"))
    for person in ("ana", "ben"):
        key = EndorserKey(f"did:key:{person}", person, "holder", "", "Phone", "credential", START)
        leaf = Leaf("endorser_key", START, {}, bytes(16), (f"endorser_key:{person}",))
        await store.put_endorser_key(key, leaf)
    for n in range(budget):
        assert await given(store, f"a{n}", to=f"person-{n}", did="did:key:ana")
    return [await drafted(store, f"b{n}", f"other-{n}", giver="ben", did="did:key:ben") for n in range(4)]


def joining(*ids: str, most: int = BUDGET) -> Joining:
    def is_one(given: Sequence[Given]) -> bool:
        return not joined(given, "ana", "ana", most, START)

    return Joining([ended(id) for id in ids], is_one)


async def test_two_become_one_with_what_that_ends_or_not_at_all(people: Store) -> None:
    drafts = await both_give(people)
    assert await people.give_vouch(sealed(drafts[0]))
    size = await people.log_size()
    with pytest.raises(ConflictError) as caught:
        await people.merge("ben", ANA, [], [leaf()], (), joining())
    assert caught.value.code == "conflict"
    assert (await people.log_size(), len(await people.vouches_by("ana"))) == (size, BUDGET)
    assert await people.person("ben") == BEN
    await people.merge("ben", ANA, [], [leaf()], (), joining("b0"))
    assert await people.log_size() == size + 2
    states = {one.id: (one.giver, one.state, one.is_set) for one in await people.vouches_by("ana")}
    assert states["b0"] == ("ana", "withdrawn", True)
    assert len(states) == BUDGET + 1
    assert [change.reason for change in await people.history("b0")] == [""]


async def test_who_gives_and_becomes_one_at_once_has_no_more_than_the_budget(people: Store) -> None:
    """A vouch of the moment is counted by the merge, or comes too late."""
    drafts = await both_give(people, budget=3)
    more = [await drafted(people, f"c{n}", to=f"more-{n}", did="did:key:ana") for n in range(4)]

    async def give(draft: Vouch) -> str:
        try:
            return "given" if await people.give_vouch(sealed(draft)) else "again"
        except (ConflictError, NotFoundError) as error:
            return error.code

    async def merge() -> int:
        for tries in range(1, 30):
            both = {one.id: one for by in ("ana", "ben") for one in await people.vouches_by(by)}
            ends = joined([one.given() for one in both.values()], "ben", "ana", BUDGET, START)
            try:
                await people.merge("ben", ANA, [], [leaf()], (), joining(*ends))
            except ConflictError:
                continue
            return tries
        return 0

    tries, *done = await asyncio.gather(merge(), *map(give, [*drafts, *more]))
    assert tries
    assert {*done} <= {"given", "vouches_in_use", "unknown_draft"}
    mine = [one for one in await people.vouches_by("ana") if one.given().in_use(START)]
    assert len(mine) <= BUDGET
    assert await people.vouches_by("ben") == []


async def test_what_is_about_oneself_by_now_is_not_given(people: Store) -> None:
    await both_give(people, budget=0)
    draft = await drafted(people, "v", to="ben", did="did:key:ana")
    await people.merge("ben", ANA, [], [leaf()], (), joining())
    size = await people.log_size()
    with pytest.raises(ConflictError) as caught:
        await people.give_vouch(sealed(draft))
    assert (caught.value.code, await people.log_size()) == ("own_badge", size)
    assert await people.vouches_by("ana") == []


async def test_what_was_asked_about_another_account_is_not_given(people: Store) -> None:
    """What was judged of Ben is not of Ana, who might have been given the same."""
    await both_give(people, budget=0)
    before = await drafted(people, "v", to="ben", giver="cam", did="did:key:cam")
    await people.merge("ben", ANA, [], [leaf()], (), joining())
    size = await people.log_size()
    with pytest.raises(ConflictError) as caught:
        await people.give_vouch(sealed(before))
    assert (caught.value.code, await people.log_size()) == ("conflict", size)
    now = await people.vouch("v")
    assert now is not None
    assert (now.holder, now.state) == ("ana", "drafted")
    assert await people.give_vouch(sealed(now))


async def test_what_nobody_wanted_says_so_until_it_is_settled(known: Store) -> None:
    for id in ("v", "w"):
        unasked = replace(sealed(await drafted(known, id, to="ben" if id == "v" else "cleo")), unasked=True)
        assert await known.give_vouch(unasked)
    assert [one.unasked for one in await known.vouches_by("ana")] == [True, True]
    assert [(one.shown, one.unasked) for one in await known.vouches_for("ben")] == [("shown", True)]
    hide = Leaf("hide", START, {"vouch": "v"}, bytes(16), ("badge:v",))
    assert await known.settle_vouch("v", "hidden", hide)
    assert await known.settle_vouch("w", "shown", replace(hide, kind="show"))  # which it seemed to be before
    assert not await known.settle_vouch("w", "shown", replace(hide, kind="show"))
    settled = [(one.shown, one.unasked) for who in ("ben", "cleo") for one in await known.vouches_for(who)]
    assert settled == [("hidden", False), ("shown", False)]
