"""What every `Store` answers about portfolios: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace

import msgspec
import pytest

from exchange.core.portfolio.portfolio import Item, Portfolio
from exchange.errors import AlreadyDoneError, ConflictError
from exchange.flows.people.records import Address, Erasure, Person
from exchange.flows.portfolios.records import Copy, Kept, Link, Shared
from exchange.flows.ports import Store
from exchange.flows.records import Once, Signed
from tests.adapters.database import samples
from tests.adapters.database.contract.test_imported import brought
from tests.adapters.database.contract.test_vouches import drafted, given
from tests.adapters.database.samples import START, minutes

pytestmark = pytest.mark.anyio

SAID = Portfolio(
    headline="Zoë’s ✓ “portfolio”",
    points=("One", "Two"),
    template="promotion",
    items=(
        Item(key="a", kind="badge", id="badge-1", group="Mine", evidence=("0", "2")),
        Item(key="b", kind="vouch", id="v", hidden=True),
    ),
)
KEPT = Kept("p", "ada", SAID, 1, START, START)
LINK = Link("l", "p", "For the board", "ab" * 32, ("a",), True, START, minutes(60))
ADA = Person("ada", "Ada Lovelace", START, handle="ada")


@pytest.fixture
async def known(any_store: Store) -> Store:
    """A store that knows Ada, who has a portfolio."""
    await any_store.put_issuer(samples.issuer("exchange"))
    await any_store.put_issuer(samples.issuer())
    await any_store.put_achievement(samples.achievement(), None)
    for person in (ADA, Person("ben", "Ben", START)):
        await any_store.put_person(person)
    await any_store.put_portfolio(KEPT)
    return any_store


async def test_what_was_kept_comes_back_as_it_was(known: Store) -> None:
    assert await known.portfolio("p") == KEPT
    assert await known.portfolio("q") is None
    second = replace(KEPT, id="q", made_at=minutes(1))
    await known.put_portfolio(second)
    assert await known.portfolios("ada") == [KEPT, second]
    assert await known.portfolios("ben") == []
    with pytest.raises(ConflictError):
        await known.put_portfolio(KEPT)


async def test_made_twice_by_one_key_it_is_there_once(known: Store) -> None:
    once = Once("ada:form:x", "00" * 32, START, answer="q")
    await known.put_portfolio(replace(KEPT, id="q"), once)
    with pytest.raises(AlreadyDoneError) as done:
        await known.put_portfolio(replace(KEPT, id="r"), once)
    assert done.value.answer == "q"
    assert await known.portfolio("r") is None


async def test_of_many_who_change_the_same_revision_one_does(known: Store) -> None:
    changes = [
        replace(KEPT, portfolio=replace_headline(n), revision=2, changed_at=minutes(n)) for n in range(10)
    ]
    done = await asyncio.gather(*(known.change_portfolio(change, 1) for change in changes))
    assert sorted(done) == [False] * 9 + [True]
    assert await known.portfolio("p") == changes[done.index(True)]
    assert not await known.change_portfolio(replace(KEPT, id="q", revision=2), 1)


def replace_headline(n: int) -> Portfolio:
    return Portfolio(headline=f"Number {n}")


async def test_one_read_finds_what_a_secret_shows(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    all_of_it = replace(LINK, id="m", hash="cd" * 32, items=None, receipt=False, made_at=minutes(1))
    await known.put_portfolio_link(all_of_it)
    assert await known.shared("ab" * 32) == Shared(LINK, KEPT, "Ada Lovelace", "active", "")
    assert await known.shared("00" * 32) is None
    assert await known.portfolio_links(["p"]) == [all_of_it, LINK]
    assert await known.portfolio_links([]) == await known.portfolio_links(["q"]) == []
    with pytest.raises(ConflictError):
        await known.put_portfolio_link(replace(LINK, id="n", hash="ef" * 32, portfolio="q"))


async def test_switching_one_off_leaves_the_others(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    other = replace(LINK, id="m", hash="cd" * 32)
    await known.put_portfolio_link(other)
    assert await known.end_portfolio_link("l", minutes(5))
    assert not await known.end_portfolio_link("l", minutes(6))
    assert not await known.end_portfolio_link("none", minutes(6))
    assert {one.id: one for one in await known.portfolio_links(["p"])} == {
        "l": replace(LINK, off_at=minutes(5)),
        "m": other,
    }


async def test_the_marks_of_links_are_read_together(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    await known.put_portfolio_link(replace(LINK, id="m", hash="cd" * 32))
    both = ["ab" * 32, "cd" * 32, "00" * 32]
    marks = await known.shared_marks(both)
    assert marks == {name: await known.shared_mark(name) for name in both[:2]}
    assert {one.revision for one in marks.values()} == {1}
    assert await known.change_portfolio(replace(KEPT, revision=2), 1)
    await known.end_portfolio_link("m", minutes(5))
    marks = await known.shared_marks(both)
    assert [(name, one.revision, one.off_at) for name, one in sorted(marks.items())] == [
        (both[0], 2, None),
        (both[1], 2, minutes(5)),
    ]
    assert await known.shared_marks([]) == {}
    many = [f"{n:064}" for n in range(1200)]
    assert await known.shared_marks([*many, both[0]]) == {both[0]: marks[both[0]]}
    await known.remove_portfolio("p")
    assert await known.shared_marks(both) == {}


async def test_openings_are_counted_only_where_that_was_asked_for(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    await known.put_portfolio_link(replace(LINK, id="m", hash="cd" * 32, receipt=False))
    for link in ("l", "l", "m", "none"):
        await known.count_opening(link, minutes(2))
    await known.end_portfolio_link("l", minutes(5))
    await known.count_opening("l", minutes(6))
    counted = {one.id: (one.opened, one.opened_at) for one in await known.portfolio_links(["p"])}
    assert counted == {"l": (2, minutes(2)), "m": (0, None)}


async def test_a_portfolio_goes_with_its_links(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    size = await known.log_size()
    assert await known.remove_portfolio("p")
    assert not await known.remove_portfolio("p")
    assert await known.portfolio("p") is None
    assert await known.shared(LINK.hash) is None
    assert await known.portfolio_links(["p"]) == []
    assert await known.log_size() == size


async def test_nothing_is_left_of_who_was_erased(known: Store) -> None:
    await known.put_portfolio(replace(KEPT, id="q", person="ben"))
    await known.put_portfolio_link(LINK)
    await known.erase(Erasure("e", accounts=("ada",), badges=()))
    assert await known.portfolios("ada") == []
    assert await known.shared(LINK.hash) is None
    assert [one.id for one in await known.portfolios("ben")] == ["q"]


async def test_merged_accounts_have_the_portfolios_of_both(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    ben = await known.person("ben")
    assert ben is not None
    await known.merge("ada", ben, [], [samples.leaf("account:ben")])
    assert await known.portfolios("ben") == [replace(KEPT, person="ben")]
    found = await known.shared(LINK.hash)
    assert found is not None
    assert found.name == "Ben"


async def test_what_is_shown_is_read_together(known: Store) -> None:
    for n in range(3):
        await samples.intended(known, f"b{n}")
        if n < 2:
            await known.publish(f"b{n}", b"signed")
    found = await known.these_badges(["b1", "b0", "b2", "none", "b0"])
    assert {one.id: (one.signed, one.alt) for one in found} == dict.fromkeys(
        ("b0", "b1"), (b"signed", "A hexagon")
    )
    whole = await known.badge("b0")
    assert whole is not None
    shown = next(one for one in found if one.id == "b0")
    common = {field.name for field in fields(Signed)} - {"alt"}
    assert {name: getattr(shown, name) for name in common} == {name: getattr(whole, name) for name in common}
    assert await known.these_badges([]) == []
    await drafted(known, "draft")
    assert await given(known, "v")
    assert await known.these_vouches(["v", "draft", "none"]) == [await known.vouch("v")]
    assert await known.these_endorsements(["v", "none"]) == []


async def test_the_mark_of_what_a_link_shows_moves_with_all_that_no_log_tells(known: Store) -> None:
    assert await known.shared_mark("ab" * 32) is None
    await known.put_portfolio_link(LINK)
    seen = [await known.shared_mark("ab" * 32)]

    async def moved() -> bool:
        mark = await known.shared_mark("ab" * 32)
        fresh = mark != seen[-1]
        seen.append(mark)
        return fresh

    assert seen[0] is not None
    assert (seen[0].revision, seen[0].name, seen[0].expires_at) == (1, "Ada Lovelace", minutes(60))
    assert seen[0].stands(minutes(59))
    assert not seen[0].stands(minutes(60))
    await known.count_opening("l", minutes(2))
    await known.put_address(Address("grace@example.org", "ben", START))
    assert not await moved()
    await known.change_portfolio(replace(KEPT, revision=2), 1)
    assert await moved()
    await known.change_person(replace(ADA, name="Ada King"))
    assert await moved()
    await known.put_address(Address("ada@example.org", "ada", minutes(3)))
    assert await moved()
    await known.put_address(Address("countess@example.org", "ada", minutes(4)))
    assert await moved()
    one = brought("one", "ada")
    await known.bring_imported(one, 10, 10_000)
    assert await moved()
    await known.put_look("one", msgspec.structs.replace(one.row.look, tried_at=minutes(7)))
    assert await moved()
    await known.remove_imported("one", "ada")
    assert await moved()
    await samples.published(known)
    assert await moved()
    await known.end_portfolio_link("l", minutes(5))
    assert await moved()
    assert not seen[-1].stands(minutes(5))  # type: ignore[union-attr]
    await known.remove_portfolio("p")
    assert await known.shared_mark("ab" * 32) is None


async def test_what_was_logged_since_is_told_by_what_it_is_about(known: Store) -> None:
    size = await known.log_size()
    await samples.published(known)
    await samples.set_status(known, samples.change())
    logged = await known.logged_since(size, 10)
    assert ("badge:badge-1", "award", "") in {(one.about, one.kind, one.holder) for one in logged}
    assert {one.holder for one in logged} == {""}
    assert [one.position for one in logged] == sorted(one.position for one in logged)
    last = logged[-1].position
    assert last > logged[0].position == size
    assert len(await known.logged_since(size, 1)) == 1
    assert await known.logged_since(last, 10) == [one for one in logged if one.position == last]
    assert await known.logged_since(await known.log_size(), 10) == []


COPY = Copy("c", "l", "record", "abc", ("b1", "b2"), START, minutes(60))


async def test_of_each_kind_a_link_has_one_copy_the_last(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    size = await known.log_size()
    assert await known.put_portfolio_copy(COPY, b"to sign", leaf=samples.leaf("document:c"))
    assert await known.log_size() == size + 1
    assert await known.portfolio_copies(["l", "none"]) == [COPY]
    assert await known.portfolio_copy_bytes("c") is None
    assert await known.seal_portfolio_copy("c", b"signed")
    assert not await known.seal_portfolio_copy("c", b"another")
    assert await known.portfolio_copy_bytes("c") == b"signed"
    shown = replace(COPY, id="d", kind="presentation")
    assert await known.put_portfolio_copy(shown, b"to sign", b"by her")
    assert await known.portfolio_copies(["l"]) == [replace(shown, signed=True), replace(COPY, signed=True)]
    assert await known.put_portfolio_copy(replace(COPY, id="e"), b"to sign")
    assert await known.portfolio_copy_bytes("c") == b"signed"  # until the next one is
    assert await known.put_portfolio_copy(replace(COPY, id="f"), b"to sign")
    assert not await known.seal_portfolio_copy("e", b"late")
    assert await _there(known) == [("d", True), ("c", True), ("f", False)]
    assert await known.seal_portfolio_copy("f", b"anew")
    assert (await known.portfolio_copy_bytes("c"), await known.portfolio_copy_bytes("f")) == (None, b"anew")
    assert await _there(known) == [("d", True), ("f", True)]
    assert await known.put_portfolio_copy(replace(shown, id="g"), b"to sign", b"by her again")
    assert await _there(known) == [("g", True), ("f", True)]
    assert await known.log_size() == size + 1


async def _there(store: Store) -> list[tuple[str, bool]]:
    return [(one.id, one.signed) for one in await store.portfolio_copies(["l"])]


async def test_what_is_over_and_what_was_never_signed_is_forgotten(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    assert await known.put_portfolio_copy(COPY, b"to sign", b"signed")
    later = replace(COPY, id="d", kind="presentation", until=minutes(90))
    assert await known.put_portfolio_copy(later, b"to sign", b"signed")
    await known.put_portfolio_copy(replace(later, id="e", made_at=minutes(5)), b"to sign")
    await known.forget_portfolio_copies(minutes(59), minutes(4))
    assert await _there(known) == [("d", True), ("e", False), ("c", True)]
    await known.forget_portfolio_copies(minutes(60), minutes(5))
    assert await _there(known) == [("d", True)]


async def test_a_copy_goes_with_its_link_and_none_is_put_for_one_that_is_off(known: Store) -> None:
    await known.put_portfolio_link(LINK)
    assert await known.put_portfolio_copy(COPY, b"to sign", b"signed")
    await known.end_portfolio_link("l", minutes(1))
    assert await known.portfolio_copies(["l"]) == []
    size = await known.log_size()
    assert not await known.put_portfolio_copy(COPY, b"to sign", leaf=samples.leaf("document:c"))
    assert not await known.put_portfolio_copy(replace(COPY, link="none"), b"to sign", b"signed")
    assert await known.log_size() == size
    assert await known.portfolio_copies(["l", "none"]) == []


@pytest.mark.parametrize("whose", ["its person", "somebody in it"])
async def test_a_copy_is_forgotten_with_whoever_is_in_it(known: Store, whose: str) -> None:
    await samples.intended(known, "b1")
    await samples.intended(known, "b3")
    await known.put_portfolio_link(LINK)
    assert await known.put_portfolio_copy(COPY, b"to sign", b"signed")
    await known.erase(Erasure("e", accounts=(), badges=("b3",)))
    assert len(await known.portfolio_copies(["l"])) == 1
    gone = Erasure("f", ("ada",), ()) if whose == "its person" else Erasure("f", (), ("b1",))
    await known.erase(gone)
    assert await known.portfolio_copies(["l"]) == []
    assert await known.portfolio_copy_bytes("c") is None


async def test_a_copy_is_forgotten_with_a_badge_from_elsewhere_in_it(known: Store) -> None:
    row = await known.bring_imported(brought("b2", of="ada"), 5, 1000)
    await known.put_portfolio_link(LINK)
    assert await known.put_portfolio_copy(COPY, b"to sign", b"signed")
    assert not await known.remove_imported(row.id, "somebody")
    assert len(await known.portfolio_copies(["l"])) == 1
    assert await known.remove_imported(row.id, "ada")
    assert await known.portfolio_copies(["l"]) == []
    assert await known.portfolio_copy_bytes("c") is None
