"""What every `Store` answers about what is public, who may frame it, and handles that were left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.errors import ConflictError
from exchange.flows.people.records import Erasure, Marks, Person
from exchange.flows.portfolios.records import Publication, Shared
from exchange.flows.ports import Store
from tests.adapters.database import samples
from tests.adapters.database.contract.test_portfolios import ADA, KEPT, LINK, known
from tests.adapters.database.samples import START, leaf, minutes

pytestmark = pytest.mark.anyio
__all__ = ["known"]

PUBLIC = Publication("p", "ada", "ada", "calm", False, START, ("https://wiki.example.org",))
NAME = "@ada~calm"


async def test_what_was_made_public_comes_back_as_it_was_with_its_leaf(known: Store) -> None:
    size = await known.log_size()
    assert await known.publications("ada") == await known.at_handle("ada") == []
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    assert await known.log_size() == size + 1
    assert await known.publications("ada") == [PUBLIC]
    assert await known.at_handle("ada") == [Shared(PUBLIC, KEPT, "Ada Lovelace", "active", "")]
    changed = replace(PUBLIC, slug="calmer", search=True, origins=None, published_at=minutes(1))
    await known.put_publication(changed, leaf("portfolio:p"))
    assert await known.publications("ada") == [changed]
    assert await known.at_handle("nobody") == await known.publications("ben") == []


async def test_of_one_holder_each_has_a_name_of_its_own(known: Store) -> None:
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    await known.put_portfolio(replace(KEPT, id="q"))
    await known.put_portfolio(replace(KEPT, id="b", person="ben"))
    size = await known.log_size()
    with pytest.raises(ConflictError):
        await known.put_publication(replace(PUBLIC, portfolio="q"), leaf("portfolio:q"))
    with pytest.raises(ConflictError):
        await known.put_publication(replace(PUBLIC, portfolio="none", slug="x"), leaf("portfolio:none"))
    assert await known.log_size() == size
    other = replace(PUBLIC, portfolio="q", slug="other", published_at=minutes(1))
    await known.put_publication(other, leaf("portfolio:q"))
    theirs = Publication("b", "ben", "", "calm", False, START)
    await known.put_publication(theirs, leaf("portfolio:b"))
    assert await known.publications("ada") == [PUBLIC, other]
    assert [one.link for one in await known.at_handle("ada")] == [PUBLIC, other]
    assert await known.at_handle("") == []  # Ben has no handle


async def test_taken_back_it_is_gone_once(known: Store) -> None:
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    size = await known.log_size()
    assert await known.end_publication("p", leaf("portfolio:p"))
    assert not await known.end_publication("p", leaf("portfolio:p"))
    assert await known.log_size() == size + 1
    assert await known.at_handle("ada") == []
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    await known.remove_portfolio("p")
    assert await known.publications("ada") == []


async def test_nothing_is_public_of_who_is_not_let_in(known: Store) -> None:
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    await known.change_person(replace(ADA, state="suspended"), leaf("account:ada"), was=ADA)
    assert await known.at_handle("ada") == []
    assert await known.shared_marks([NAME, "@ada"]) == {}


async def test_a_mark_moves_with_whatever_is_shown_by_another_rule(known: Store) -> None:
    await known.put_portfolio_link(replace(LINK, origins=()))
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    names = [LINK.hash, NAME, "@ada", "@nobody~calm"]
    seen = [await known.shared_marks(names)]
    assert set(seen[0]) == {LINK.hash, NAME, "@ada"}
    assert seen[0][LINK.hash].revision == replace(LINK, origins=()).mark(1) == 1
    assert seen[0][NAME] == seen[0]["@ada"] == await known.shared_mark("@ada")
    assert seen[0][NAME].revision == PUBLIC.mark(1)
    assert await known.frame_portfolio_link("l", ("https://a.example",))
    seen.append(await known.shared_marks(names))
    assert await known.frame_portfolio_link("l", None)
    await known.put_publication(replace(PUBLIC, published_at=minutes(1)), leaf("portfolio:p"))
    seen.append(await known.shared_marks(names))
    assert len({one[LINK.hash] for one in seen}) == 3
    assert len({one[NAME] for one in seen}) == 2
    await known.put_portfolio(replace(KEPT, id="q"))
    second = replace(PUBLIC, portfolio="q", slug="calmer", published_at=minutes(2))
    await known.put_publication(second, leaf("portfolio:q"))
    both = await known.shared_marks([*names, "@ada~calmer"])
    assert set(both) == {LINK.hash, NAME, "@ada~calmer"}  # of two, a handle alone names neither
    assert both["@ada~calmer"].revision == second.mark(1)
    await known.change_person(replace(ADA, handle="ada-l"))
    assert set(await known.shared_marks([*names, "@ada-l~calm"])) == {LINK.hash, "@ada-l~calm"}


async def test_a_link_keeps_the_sites_that_may_frame_it(known: Store) -> None:
    links = [
        replace(LINK, id=f"l{n}", hash=f"{n}" * 64, origins=origins, made_at=minutes(n))
        for n, origins in enumerate([(), None, ("https://a.example", "http://localhost:8081")])
    ]
    for one in links:
        await known.put_portfolio_link(one)
    assert await known.portfolio_links(["p"]) == links[::-1]
    assert await known.end_portfolio_link("l0", minutes(9))
    assert not await known.frame_portfolio_link("l0", None)
    assert not await known.frame_portfolio_link("none", None)


async def test_a_handle_that_was_left_is_nobody_elses(known: Store) -> None:
    await known.change_person(replace(ADA, handle="ada-l"), marks=Marks(taken="m2", left="m1"))
    ben = Person("ben", "Ben", START, "ada")
    with pytest.raises(ConflictError) as taken:
        await known.change_person(ben, marks=Marks(taken="m1"))
    assert (taken.value.code, taken.value.at) == ("handle_taken", "handle")
    with pytest.raises(ConflictError):
        await known.put_person(Person("eve", "Eve", START, "ada"), marks=Marks(taken="m1"))
    assert await known.person("eve") is None
    again = await known.person("ben")
    assert again is not None
    assert again.handle is None
    await known.change_person(ADA, marks=Marks(taken="m1", left="m2"))  # it was theirs
    assert await known.handle_marks("ada") == ["m1", "m2"]
    assert await known.handle_marks("ben") == []


async def test_of_who_was_erased_no_handle_is_anybodys(known: Store) -> None:
    await known.change_person(replace(ADA, handle="ada-l"), marks=Marks(taken="m2", left="m1"))
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    await known.erase(Erasure("e", ("ada",), (), handles=("m2",)))
    assert await known.handle_marks("") == ["m1", "m2"]
    assert await known.handle_marks("ada") == []
    assert await known.publications("ada") == await known.at_handle("ada-l") == []
    for mark in ("m1", "m2"):
        with pytest.raises(ConflictError):
            await known.change_person(Person("ben", "Ben", START, "x"), marks=Marks(taken=mark))
    await known.erase(Erasure("f", (), (), handles=("m2", "m3")))
    assert await known.handle_marks("") == ["m1", "m2", "m3"]


async def test_of_two_accounts_that_become_one_a_handle_is_left_or_taken_along(known: Store) -> None:
    await known.change_person(replace(ADA, handle="ada-l"), marks=Marks(taken="m2", left="m1"))
    await known.change_person(ADA, marks=Marks(left="m2"))
    await known.put_publication(PUBLIC, leaf("portfolio:p"))
    ben = await known.person("ben")
    assert ben is not None
    await known.merge("ada", replace(ben, handle="ada"), [], [samples.leaf("account:ben")])
    assert [one.link.name for one in await known.at_handle("ada")] == [NAME]
    assert await known.handle_marks("ben") == ["m1", "m2"]
    await known.put_person(Person("cam", "Cam", START, "cam"))
    cam = await known.person("cam")
    assert cam is not None
    await known.merge("ben", cam, [], [samples.leaf("account:cam")], marks=Marks(left="m0"))
    assert await known.publications("cam") == await known.at_handle("ada") == []
    assert [one.id for one in await known.portfolios("cam")] == ["p"]
    assert await known.handle_marks("cam") == ["m0", "m1", "m2"]
