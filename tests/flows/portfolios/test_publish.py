"""Making a portfolio public, and saying who may frame it: who may, what is shown, and what answers alike."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.errors import ExchangeError, NotFoundError
from exchange.flows.log.fsck import fsck
from exchange.flows.people import people
from exchange.flows.people.account import export
from exchange.flows.people.erase import erase, erase_again
from exchange.flows.people.merge import merge_accounts
from exchange.flows.portfolios import mine
from exchange.flows.portfolios.frame import frame
from exchange.flows.portfolios.publish import Publish, publish, unpublish
from exchange.flows.portfolios.records import Kept, Publication
from exchange.flows.portfolios.remove import remove
from exchange.flows.portfolios.share import off
from tests.portfolios import Counting, PortfolioTown, shown_by_secret
from tests.simulator import run


class Town(PortfolioTown):
    """Ben is called ben-h here."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.called("ben-h")

    def called(self, handle: str) -> None:
        run(people.change(self.ben.ports, self.ben.person.id, handle=handle))

    def publish(self, kept: Kept, **wish: Any) -> Publication:
        return run(publish(self.ben.ports, kept.id, Publish(**wish)))

    def leaves(self) -> int:
        return run(self.ports.store.log_size())


@pytest.fixture
def town() -> Town:
    return Town()


def code_of(flow: Any) -> str:
    with pytest.raises(ExchangeError) as refused:
        run(flow)
    return refused.value.code


def is_sound(town: Town) -> None:
    assert [(one.code, one.at) for one in run(fsck(town.ports)).findings] == []


def test_nothing_is_public_unless_its_holder_says_so(town: Town) -> None:
    kept, size = town.everything(), town.leaves()
    town.share(kept)
    assert code_of(shown_by_secret(town.ports, "@ben-h")) == "not_shared"
    assert town.leaves() == size
    one = town.publish(kept)
    assert (one.name, one.search, one.origins) == ("@ben-h~six-years-of-calm-incidents", False, None)
    assert town.leaves() == size + 1
    assert town.publish(kept) == one  # nothing new
    assert town.leaves() == size + 1
    for name in ("@ben-h", one.name, one.name.upper()):
        shown = town.shown(name)
        assert (shown.key, shown.person, len(shown.items)) == (one.name, "Ben Holder", 4)
        assert (shown.receipt, shown.search, shown.framed_by) == (False, False, None)
    assert run(mine.one(town.ben.ports, kept.id)).public == one
    is_sound(town)


def test_hidden_items_are_in_no_public_page_and_what_is_put_in_later_is(town: Town) -> None:
    kept = town.everything()
    hidden = tuple(replace(one, hidden=one.key != "two") for one in kept.portfolio.items)
    kept = town.change(kept, items=hidden)
    one = town.publish(kept)
    assert [item.key for item in town.shown(one.name).items] == ["two"]
    town.change(kept, items=tuple(replace(item, hidden=False) for item in hidden))
    assert len(town.shown(one.name).items) == 4


def test_several_have_names_of_their_own_and_one_is_the_page(town: Town) -> None:
    first, second = town.everything(), town.everything()
    one = town.publish(first)
    two = town.publish(second)
    assert (one.slug, two.slug) == ("six-years-of-calm-incidents", "six-years-of-calm-incidents-2")
    assert code_of(shown_by_secret(town.ports, "@ben-h")) == "not_shared"  # a list, which is another page
    assert town.shown(two.name).key == two.name
    assert code_of(publish(town.ben.ports, first.id, Publish(two.slug))) == "slug_taken"
    run(unpublish(town.ben.ports, first.id))
    assert town.shown("@ben-h").key == two.name
    assert town.publish(first, slug="Calm").name == "@ben-h~calm"
    is_sound(town)


def test_a_headline_without_a_plain_letter_makes_a_name_all_the_same(town: Town) -> None:
    kept = town.change(town.everything(), headline="六年間の平穏")
    assert town.publish(kept).slug == "portfolio"


def test_who_has_no_handle_is_asked_for_one_and_cannot_leave_it_while_it_shows_something(town: Town) -> None:
    kept = town.everything()
    run(people.change(town.ben.ports, town.ben.person.id, handle=""))
    assert code_of(publish(town.ben.ports, kept.id, Publish())) == "handle_needed"
    town.called("ben-h")
    town.publish(kept)
    size = town.leaves()
    assert code_of(people.change(town.ben.ports, town.ben.person.id, handle="")) == "handle_in_use"
    assert town.leaves() == size
    assert town.shown("@ben-h").items
    run(unpublish(town.ben.ports, kept.id))
    assert run(people.change(town.ben.ports, town.ben.person.id, handle="")).handle is None


@pytest.mark.parametrize("slug", ["-a", "a-", "a.b", "a~b", "a/b", "ä", "x" * 61])
def test_a_name_that_is_none_is_refused(town: Town, slug: str) -> None:
    assert code_of(publish(town.ben.ports, town.everything().id, Publish(slug))) == "slug_malformed"


def test_nobody_else_publishes_it_an_operator_neither(town: Town) -> None:
    kept = town.everything()
    link, _ = town.share(kept)
    for flow in (
        publish(town.ana.ports, kept.id, Publish()),
        unpublish(town.ana.ports, kept.id),
        frame(town.ana.ports, kept.id, link.id, None),
    ):
        assert code_of(flow) == "unknown_portfolio"
    assert run(mine.one(town.ben.ports, kept.id)).public is None
    assert run(publish(town.ports, kept.id, Publish())).handle == "ben-h"  # the shell may


def test_one_click_ends_it_and_links_stay(town: Town) -> None:
    kept = town.everything()
    _, secret = town.share(kept)
    one, size = town.publish(kept), town.leaves()
    run(unpublish(town.ben.ports, kept.id))
    run(unpublish(town.ben.ports, kept.id))
    assert town.leaves() == size + 1
    assert code_of(shown_by_secret(town.ports, one.name)) == "not_shared"
    assert town.shown(secret).items
    is_sound(town)


def test_removed_it_is_public_no_more_and_the_log_says_so(town: Town) -> None:
    kept = town.everything()
    one, size = town.publish(kept), town.leaves()
    run(remove(town.ben.ports, kept.id))
    assert town.leaves() == size + 1
    assert code_of(shown_by_secret(town.ports, one.name)) == "not_shared"
    is_sound(town)


def test_what_was_made_public_behind_the_logs_back_is_found(town: Town) -> None:
    kept = town.everything()
    one = town.publish(kept)
    store: Any = town.world.store
    store._publications[kept.id] = dataclasses.replace(one, search=True)
    assert [found.code for found in run(fsck(town.ports)).findings] == ["record_changed"]
    other = town.everything()
    store._publications = {other.id: dataclasses.replace(one, portfolio=other.id)}
    assert [found.code for found in run(fsck(town.ports)).findings] == ["not_logged"]


def test_whatever_is_not_public_answers_alike_and_after_the_same_work(town: Town) -> None:
    kept = town.everything()
    town.publish(kept, slug="calm")

    def asked(name: str) -> tuple[str, str, str, int]:
        counting = Counting(town.ports.store)
        with pytest.raises(NotFoundError) as error:
            run(shown_by_secret(dataclasses.replace(town.ports, store=counting), name))
        return error.value.code, error.value.message, error.value.at, counting.calls

    alike = {("not_shared", "There is nothing here, or not any more.", "", 1)}
    never = ("@nobody", "@nobody~calm", "@ben-h~other", "@ben-h~calm~x", "@", "@~", "@ben-H\u212a", "@" * 300)
    assert {asked(name) for name in (*never, "@ana")} == alike
    called = ("@ben-h", "@ben-h~calm")
    assert all(town.shown(name).items for name in called)
    run(unpublish(town.ben.ports, kept.id))
    assert {asked(name) for name in called} == alike
    town.publish(kept, slug="calm")
    town.called("ben-holder")
    assert town.shown("@ben-holder~calm").items
    assert {asked(name) for name in called} == alike
    town.called("ben-h")
    run(people.suspend(town.ports, town.ben.person.id))
    assert {asked(name) for name in called} == alike
    run(people.reinstate(town.ports, town.ben.person.id))
    assert town.shown("@ben-h").items
    run(erase(town.ben.ports, town.ben.person.id, "ben@example.org"))
    assert {asked(name) for name in called} == alike


# --- handles ----------------------------------------------------------------------------------------------


def test_a_handle_that_was_left_is_kept_for_who_left_it(town: Town) -> None:
    town.called("ben-two")
    ana = town.ana
    assert code_of(people.change(ana.ports, ana.person.id, handle="ben-h")) == "handle_taken"
    assert code_of(people.add(town.ports, "Eve", "eve@example.org", "ben-h")) == "handle_taken"
    town.called("ben-h")
    assert code_of(people.change(ana.ports, ana.person.id, handle="ben-two")) == "handle_taken"
    assert run(people.find(town.ports, "ben-h")).id == town.ben.person.id


def test_nobody_inherits_a_handle_from_who_was_erased_and_nothing_names_them(town: Town) -> None:
    kept = town.everything()
    town.publish(kept, slug="calm-six")
    town.called("ben-was-here")
    town.called("ben-is-here")
    run(erase(town.ben.ports, town.ben.person.id, "ben@example.org"))
    ana = town.ana
    for handle in ("ben-h", "ben-was-here", "ben-is-here"):
        assert code_of(people.change(ana.ports, ana.person.id, handle=handle)) == "handle_taken"
    stored = repr(town.world.store) + repr(town.world.witness.names)
    for name in ("ben-was-here", "ben-is-here", "calm-six"):
        assert name not in stored
    assert run(town.ports.store.handle_marks(""))  # digests under a key that no database has
    # An older copy, which knows nothing of it, is told by the list beside it.
    store: Any = town.world.store
    store._handle_marks.clear()
    run(erase_again(town.ports))
    assert code_of(people.change(ana.ports, ana.person.id, handle="ben-was-here")) == "handle_taken"
    is_sound(town)


def test_two_handles_of_one_person_and_what_was_public_under_each(town: Town) -> None:
    kept = town.everything()
    town.publish(kept, slug="calm")
    ana = town.ana
    run(people.change(ana.ports, ana.person.id, handle="ana-g"))
    ben, other = (run(people.find(town.ports, peer.person.id)) for peer in (town.ben, ana))
    proved = next(one for one in run(town.ports.store.addresses(ben.id)) if one.is_primary)
    run(merge_accounts(ana.ports, proved, other.id))
    assert run(people.find(town.ports, "ana-g")).id == other.id
    for name in ("@ben-h", "@ben-h~calm", "@ana-g", "@ana-g~calm"):
        assert code_of(shown_by_secret(town.ports, name)) == "not_shared"  # nobody put it there
    assert [one.public for one in run(mine.portfolios(ana.ports, other.id))] == [None]
    eve = run(people.add(town.ports, "Eve", "eve@example.org"))
    assert code_of(people.change(town.ports, eve.id, handle="ben-h")) == "handle_taken"
    assert run(people.change(ana.ports, other.id, handle="ben-h")).handle == "ben-h"
    is_sound(town)


def test_who_has_no_handle_takes_that_of_the_other_with_what_is_public_there(town: Town) -> None:
    kept = town.everything()
    one = town.publish(kept, slug="calm")
    ben, other = (run(people.find(town.ports, peer.person.id)) for peer in (town.ben, town.ana))
    assert other.handle is None
    proved = next(one for one in run(town.ports.store.addresses(ben.id)) if one.is_primary)
    run(merge_accounts(town.ana.ports, proved, other.id))
    assert town.shown("@ben-h").key == one.name
    assert run(mine.one(town.ana.ports, kept.id)).public == dataclasses.replace(one, person=other.id)
    is_sound(town)


def test_an_export_says_what_is_public(town: Town) -> None:
    town.publish(town.everything(), slug="calm", origins=["https://wiki.example.org"])
    told = run(export(town.ben.ports))["account.json"].decode()
    assert '"slug":"calm"' in told
    assert "https://wiki.example.org" in told


# --- frames -----------------------------------------------------------------------------------------------


def test_a_new_link_stands_in_no_frame_and_its_holder_lists_sites(town: Town) -> None:
    kept = town.everything()
    link, secret = town.share(kept, origins=())
    assert town.shown(secret).framed_by == ()
    size = town.leaves()
    framed = run(frame(town.ben.ports, kept.id, link.id, ["https://Wiki.example.org/", "http://localhost:1"]))
    assert framed.origins == ("https://wiki.example.org", "http://localhost:1")
    assert town.shown(secret).framed_by == framed.origins
    assert run(frame(town.ben.ports, kept.id, link.id, None)).origins is None
    assert town.leaves() == size  # to whom something is shown is not the log's
    assert code_of(frame(town.ben.ports, kept.id, link.id, ["https://a.example/x"])) == "origin_malformed"
    assert code_of(frame(town.ben.ports, kept.id, "none", None)) == "unknown_link"
    assert town.shown(secret).framed_by is None
    run(off(town.ben.ports, kept.id, link.id))
    assert code_of(frame(town.ben.ports, kept.id, link.id, ())) == "link_off"


def test_what_is_public_may_be_framed_by_anybody_unless_sites_are_listed(town: Town) -> None:
    kept = town.everything()
    assert town.publish(kept).origins is None
    size = town.leaves()
    assert town.publish(kept, origins=["https://a.example"]).origins == ("https://a.example",)
    assert town.leaves() == size + 1
    assert code_of(publish(town.ben.ports, kept.id, Publish(origins=["*"]))) == "origin_malformed"
    assert town.shown("@ben-h").framed_by == ("https://a.example",)
