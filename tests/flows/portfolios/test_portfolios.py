"""Making portfolios, changing and sharing them: who may, what is kept, and what is refused."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.core.portfolio.portfolio import MOST_ITEMS, Item, Portfolio
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, NotFoundError
from exchange.flows.endorsements.show import hide
from exchange.flows.people.erase import erase
from exchange.flows.portfolios import mine
from exchange.flows.portfolios.choices import choices
from exchange.flows.portfolios.edit import edit
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.remove import remove
from exchange.flows.portfolios.share import Wish, off, share
from exchange.flows.records import Once
from tests.portfolios import Counting, PortfolioTown, shown_by_secret
from tests.simulator import run


@pytest.fixture
def town() -> PortfolioTown:
    return PortfolioTown()


def code_of(flow: Any) -> str:
    with pytest.raises(ExchangeError) as refused:
        run(flow)
    return refused.value.code


def test_a_new_one_has_what_they_have_and_shows_it_to_nobody(town: PortfolioTown) -> None:
    size = run(town.ports.store.log_size())
    kept = town.make()
    items = [(one.kind, one.id) for one in kept.portfolio.items]
    assert items == [("badge", town.first), ("badge", town.second), ("vouch", town.vouch.id)]
    assert all(one.evidence == () for one in kept.portfolio.items)
    (one,) = run(mine.portfolios(town.ben.ports, town.ben.person.id))
    assert (one.kept, one.links) == (kept, ())
    assert run(town.ports.store.log_size()) == size  # what somebody shows is not the log's to know


def test_made_twice_by_one_key_is_made_once(town: PortfolioTown) -> None:
    once = Once(f"{town.ben.person.id}:form:k", "00" * 32, town.world.now)
    first = run(make(town.ben.ports, town.ben.person.id, "Calm", "skills", once))
    assert run(make(town.ben.ports, town.ben.person.id, "Calm", "skills", once)) == first
    assert len(run(mine.portfolios(town.ben.ports, town.ben.person.id))) == 1


def test_nobody_else_sees_or_changes_it_an_operator_neither(town: PortfolioTown) -> None:
    kept = town.everything()
    link, _ = town.share(kept)
    ana = town.ana.ports
    for flow in (
        lambda: mine.find(ana, kept.id),
        lambda: edit(ana, kept.id, kept.portfolio, kept.revision),
        lambda: remove(ana, kept.id),
        lambda: share(ana, kept.id, Wish("Me")),
        lambda: off(ana, kept.id, link.id),
    ):
        assert code_of(flow()) == "unknown_portfolio"
    with pytest.raises(ForbiddenError):
        run(mine.portfolios(ana, town.ben.person.id))
    with pytest.raises(ForbiddenError):
        run(choices(ana, town.ben.person.id))
    assert run(mine.one(town.ben.ports, kept.id)).links == (link,)
    assert run(mine.one(town.ports, kept.id)).kept == kept  # the shell may


def test_of_two_windows_the_second_is_told_and_changes_nothing(town: PortfolioTown) -> None:
    kept = town.everything()
    changed = town.change(kept, headline="Calm")
    assert changed.revision == kept.revision + 1
    with pytest.raises(ConflictError) as late:
        town.change(kept, headline="Storm")
    assert (late.value.code, late.value.status) == ("portfolio_changed", 409)
    assert run(mine.find(town.ben.ports, kept.id)) == changed
    assert town.change(kept, headline="Calm") == changed  # the same again is no change


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no headline": ({"headline": " "}, "headline_missing"),
    "four points": ({"points": ("a", "b", "c", "d")}, "points_too_many"),
    "a grouping that is none": ({"grouping": "colour"}, "grouping_unknown"),
    "a template that is none": ({"template": "sales"}, "template_unknown"),
    "a badge that is none": ({"items": (Item(key="x", kind="badge", id="none"),)}, "item_not_yours"),
    "a kind that is none": ({"items": (Item(key="x", kind="film", id="none"),)}, "item_not_yours"),  # type: ignore[arg-type]
    "a key that is markup": ({"items": (Item(key="<x>", kind="badge", id="first"),)}, "key_malformed"),
    "too many": (
        {"items": tuple(Item(key=f"{n}", kind="badge", id=f"{n}") for n in range(MOST_ITEMS + 1))},
        "items_too_many",
    ),
}


@pytest.mark.parametrize(("said", "code"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_kept_changes_nothing(town: PortfolioTown, said: dict[str, Any], code: str) -> None:
    kept = town.make()
    if "items" in said:
        items = [replace(one, id=town.first) if one.id == "first" else one for one in said["items"]]
        said = {"items": tuple(items)}
    value = replace(kept.portfolio, **said)
    assert code_of(edit(town.ben.ports, kept.id, value, kept.revision)) == code
    assert run(mine.find(town.ben.ports, kept.id)) == kept


def test_only_their_own_can_be_chosen_and_what_is_in_stays_when_it_is_hidden(town: PortfolioTown) -> None:
    others = town.award("mailto:ana@example.org").key
    kinds = {(one.kind, one.id) for one in run(choices(town.ben.ports, town.ben.person.id))}
    assert kinds == {
        ("badge", town.first),
        ("badge", town.second),
        ("endorsement", town.said.id),
        ("vouch", town.vouch.id),
    }
    kept = town.everything()
    value = Portfolio(headline="Calm", items=(Item(key="x", kind="badge", id=others),))
    assert code_of(edit(town.ben.ports, kept.id, value, kept.revision)) == "item_not_yours"
    run(hide(town.ben.ports, town.said.id))
    assert town.change(kept, headline="Calm").portfolio.items == kept.portfolio.items


def test_a_link_is_told_once_and_only_its_hash_is_kept(town: PortfolioTown) -> None:
    kept = town.everything()
    link, secret = town.share(kept)
    assert secret not in repr(town.ports.store.kept())  # type: ignore[attr-defined]
    assert (link.items, link.expires_at, link.receipt, link.opened) == (None, None, False, 0)
    assert town.shown(secret).headline == kept.portfolio.headline


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no label": ({"label": " "}, "label_missing"),
    "a long label": ({"label": "x" * 81}, "label_too_long"),
    "an item that is none": ({"items": ("three",)}, "unknown_item"),
    "no item": ({"items": ()}, "nothing_chosen"),
    "a hidden item": ({"items": ("two",)}, "unknown_item"),
}


@pytest.mark.parametrize(("wish", "code"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_shared_makes_no_link(town: PortfolioTown, wish: dict[str, Any], code: str) -> None:
    kept = town.everything()
    hidden = tuple(replace(one, hidden=one.key == "two") for one in kept.portfolio.items)
    kept = town.change(kept, items=hidden)
    assert code_of(share(town.ben.ports, kept.id, Wish(**{"label": "Board", **wish}))) == code
    past = Wish("Board", expires_at=town.world.now)
    assert code_of(share(town.ben.ports, kept.id, past)) == "expiry_past"
    assert run(mine.one(town.ben.ports, kept.id)).links == ()


def test_switching_one_off_leaves_the_others(town: PortfolioTown) -> None:
    kept = town.everything()
    (first, secret), (_, other) = town.share(kept), town.share(kept, "Ana")
    done = run(off(town.ben.ports, kept.id, first.id))
    assert done.off_at == town.world.now
    town.world.now += timedelta(hours=1)
    assert run(off(town.ben.ports, kept.id, first.id)) == done  # said twice, it is off since the first
    assert code_of(off(town.ben.ports, kept.id, "none")) == "unknown_link"
    assert code_of(shown_by_secret(town.ports, secret)) == "not_shared"
    assert town.shown(other).items


def test_whatever_is_not_shown_answers_alike_and_after_the_same_work(town: PortfolioTown) -> None:
    kept = town.everything()
    (on, good), (shut, off_secret) = town.share(kept), town.share(kept)
    _, over = town.share(kept, expires_at=town.world.now + timedelta(days=1))
    run(off(town.ben.ports, kept.id, shut.id))
    removed = town.everything()
    _, gone = town.share(removed)
    run(remove(town.ben.ports, removed.id))
    assert town.shown(over)
    town.world.now += timedelta(days=1)
    ports = town.ports
    found = []
    for secret in ("never", "", "x" * 300, kept.id, on.id, on.hash, off_secret, over, gone):
        counting = Counting(ports.store)
        with pytest.raises(NotFoundError) as error:
            run(shown_by_secret(dataclasses.replace(ports, store=counting), secret))
        found.append((error.value.code, error.value.message, error.value.at, counting.calls))
    assert set(found) == {("not_shared", "There is nothing here, or not any more.", "", 1)}
    assert town.shown(good)
    run(erase(town.ben.ports, town.ben.person.id, "ben@example.org"))
    assert code_of(shown_by_secret(town.ports, good)) == "not_shared"


def test_a_suspended_account_shows_nothing(town: PortfolioTown) -> None:
    from exchange.flows.people.people import suspend

    _, secret = town.share(town.everything())
    run(suspend(town.ports, town.ben.person.id))
    assert code_of(shown_by_secret(town.ports, secret)) == "not_shared"
