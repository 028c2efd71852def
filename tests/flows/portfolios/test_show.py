"""What a reader is shown: the live state of each item, what hangs on what, and nothing that is not chosen."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.core import strict_json
from exchange.core.portfolio.portfolio import Grouping, Item
from exchange.core.portfolio.shown import Shown
from exchange.errors import InputError
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.claims.claim import answer
from exchange.flows.endorsements.show import hide
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.vouches.show import hide as hide_vouch
from exchange.flows.vouches.withdraw import withdraw as take_back
from tests.adapters.database.samples import START
from tests.portfolios import Counting, PortfolioTown, shown_by_secret
from tests.simulator import run


@pytest.fixture
def town() -> PortfolioTown:
    return PortfolioTown()


def said(shown: Shown) -> str:
    return strict_json.dump(shown.to_json("https://x", START)).decode()


def item(shown: Shown, key: str) -> Any:
    return next(one for one in shown.items if one.key == key)


def test_everything_that_is_chosen_is_shown_with_who_says_it(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything(points=("Led 40 incidents.",)))
    shown, keys = run(shown_by_secret(town.ports, secret))
    assert (shown.person, shown.headline, shown.points) == (
        "Ben Holder",
        "Six years of calm incidents",
        ("Led 40 incidents.",),
    )
    assert [one.key for one in shown.items] == ["one", "said", "two", "vouch"]  # it hangs on its badge
    assert shown.counts == {"valid": 3}
    assert {one.state for one in shown.items} == {"valid"}
    assert set(keys) == {town.first, town.second, town.said.id, town.vouch.id}
    badge, endorsement, vouch = item(shown, "one"), item(shown, "said"), item(shown, "vouch")
    assert (badge.page, badge.id) == (f"/badges/{town.first}.html", f"/badges/{town.first}")
    assert badge.name
    assert badge.issuer
    assert badge.picture
    assert badge.alt
    assert (endorsement.issuer, endorsement.about, endorsement.signed_by) == ("Ana Giver", "one", "own")
    assert (endorsement.relationship, endorsement.line) == ("same-team", "Kept everybody calm.")
    assert (vouch.issuer, vouch.signed_by, vouch.sponsor) == ("Ana Giver", "own", False)
    assert vouch.text == "Led **the move** of March."
    assert "endorsers" in {fact.code for fact in shown.facts}
    for private in (town.ben.person.id, town.ana.person.id, "@example.org"):
        assert private not in said(shown)


def test_what_is_hidden_or_not_chosen_is_nowhere(town: PortfolioTown) -> None:
    kept = town.everything()
    hidden = tuple(replace(one, hidden=one.key == "two") for one in kept.portfolio.items)
    kept = town.change(kept, items=hidden)
    _, everything = town.share(kept)
    _, few = town.share(kept, items=("vouch",))
    _, orphan = town.share(kept, items=("said", "vouch"))
    assert town.second not in said(town.shown(everything))
    for secret in (few, orphan):
        shown = town.shown(secret)
        assert [one.key for one in shown.items] == [
            "vouch"
        ]  # an endorsement without its badge would tell of it
        assert shown.facts == ()
        for gone in (town.first, town.second, town.said.id, "Kept everybody calm", "said"):
            assert gone not in said(shown).replace("saidBy", "")


def test_facts_are_of_the_endorsements_that_are_shown_and_no_others(town: PortfolioTown) -> None:
    town.endorsed(town.cleo, town.first, "Saw it too.")
    kept = town.everything()
    _, secret = town.share(kept)
    facts = town.shown(secret).facts
    cited = {id.rpartition("/")[2] for fact in facts for id in fact.credentials}
    assert cited == {town.said.id}


def test_evidence_is_shown_only_where_it_was_named(town: PortfolioTown) -> None:
    other = town.award(
        "mailto:ben@example.org", narrative="Calm.", evidence=("https://example.org/review",)
    ).key
    run(answer(town.ben.ports, other, "accept"))
    kept = town.with_items(Item(key="x", kind="badge", id=other))
    _, secret = town.share(kept)
    assert "example.org/review" not in said(town.shown(secret))
    town.change(kept, items=(Item(key="x", kind="badge", id=other, evidence=("0", "7")),))
    assert [one.url for one in item(town.shown(secret), "x").evidence] == ["https://example.org/review"]


def test_what_does_not_hold_any_more_is_a_tombstone_without_words(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything())
    before = town.shown(secret)
    town.world.now += timedelta(days=2)
    run(revoke(town.ports, town.first, "Somebody else led it."))
    run(suspend(town.ports, town.second, "Being looked at."))
    run(withdraw(town.ana.ports, town.said.id))
    run(take_back(town.ana.ports, town.vouch.id))
    shown = town.shown(secret)
    states = {one.key: one.state for one in shown.items}
    assert states == {"one": "revoked", "two": "suspended", "said": "withdrawn", "vouch": "withdrawn"}
    assert {one.since for one in shown.items} == {town.world.now}
    assert item(shown, "one").reason == "Somebody else led it."
    assert item(shown, "said").reason == item(shown, "vouch").reason == ""
    assert all(one.issuer for one in shown.items)
    for words in ("Kept everybody calm", "the move"):
        assert words not in said(shown)
    assert shown.counts == {"suspended": 1, "revoked": 1, "withdrawn": 1}
    assert shown.revision != before.revision


def test_what_ended_by_itself_is_told_apart(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything())
    until = min(turn for turn in town.shown(secret).turns() if turn > town.world.now)
    town.world.now += timedelta(days=4000)
    assert until < town.world.now
    assert item(town.shown(secret), "vouch").state == "expired"


def test_what_is_not_its_holders_any_more_is_not_shown(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything())
    run(hide(town.ben.ports, town.said.id))
    assert [one.key for one in town.shown(secret).items] == ["one", "two", "vouch"]
    run(answer(town.ben.ports, town.second, "decline"))
    assert [one.key for one in town.shown(secret).items] == ["one", "vouch"]
    run(hide_vouch(town.ben.ports, town.vouch.id))
    assert [one.key for one in town.shown(secret).items] == ["one"]


def test_somebody_who_says_more_later_replaces_what_they_said(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything())
    town.endorsed(town.ana, town.first, "Kept everybody very calm.")
    assert item(town.shown(secret), "said").state == "superseded"
    assert "calm" not in said(town.shown(secret)).replace("calm incidents", "")


GROUPS: dict[str, tuple[Grouping, list[tuple[str, tuple[str, ...]]]]] = {
    "by hand": ("hand", [("Mine", ("one", "vouch")), ("", ("two",))]),
    "by issuer": ("issuer", [("Reliability School", ("one", "two")), ("Ana Giver", ("vouch",))]),
    "by year": ("time", [("2026", ("one", "two", "vouch"))]),
}


@pytest.mark.parametrize(("grouping", "groups"), GROUPS.values(), ids=list(GROUPS))
def test_items_stand_in_groups(town: PortfolioTown, grouping: Grouping, groups: list[Any]) -> None:
    kept = town.everything(grouping=grouping)
    titled = tuple(
        replace(one, group="Mine" if one.key in ("one", "vouch") else "") for one in kept.portfolio.items
    )
    town.change(kept, items=titled)
    _, secret = town.share(kept)
    shown = town.shown(secret)
    assert [(group.title, group.items) for group in shown.groups] == groups
    assert sorted(key for group in shown.groups for key in group.items) == ["one", "two", "vouch"]


def test_by_skill_each_item_is_under_its_first(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything(grouping="skill"))
    shown = town.shown(secret)
    titles = [group.title for group in shown.groups]
    assert titles
    assert sorted(key for group in shown.groups for key in group.items) == ["one", "two", "vouch"]
    for group in shown.groups:
        for key in group.items:
            skills = item(shown, key).skills
            assert group.title == (skills[0].name if skills else "")


def test_it_takes_as_many_reads_however_much_is_shown(town: PortfolioTown) -> None:
    def reads(secret: str) -> int:
        counting = Counting(town.ports.store)
        run(shown_by_secret(dataclasses.replace(town.ports, store=counting), secret))
        return counting.calls

    few = town.everything()
    _, secret = town.share(few)
    badges = [town.accepted() for _ in range(20)]
    said = [town.endorsed(town.ana, badge) for badge in badges]
    more = [Item(key=f"b{n}", kind="badge", id=id) for n, id in enumerate(badges)]
    more += [Item(key=f"e{n}", kind="endorsement", id=one.id) for n, one in enumerate(said)]
    many = town.change(few, items=(*few.portfolio.items, *more))
    _, other = town.share(many, items=("one", "two", "said", "vouch"))
    assert len(town.shown(secret).items) == 44
    assert reads(secret) == reads(other)


def test_an_empty_portfolio_is_shown_empty(town: PortfolioTown) -> None:
    _, secret = town.share(town.with_items())
    shown, keys = run(shown_by_secret(town.ports, secret))
    assert (shown.items, shown.groups, shown.facts, keys, shown.counts) == ((), (), (), (), {})
    assert shown.receipt is False
    assert town.shown(town.share(town.everything(), receipt=True)[1]).receipt is True


def test_a_link_never_shows_what_came_later_under_a_key_that_it_chose(town: PortfolioTown) -> None:
    kept = town.everything()
    _, secret = town.share(kept, items=("one", "vouch"))
    less = tuple(item for item in kept.portfolio.items if item.key != "vouch")
    kept = town.change(kept, items=less)
    third = town.accepted()
    with pytest.raises(InputError, match="named another item"):
        town.change(kept, items=(*less, Item(key="vouch", kind="badge", id=third)))
    with pytest.raises(InputError, match="named another item"):
        town.change(kept, items=(Item(key="one", kind="badge", id=third),))
    town.change(kept, items=(*less, Item(key="new", kind="badge", id=third)))
    assert [one.key for one in town.shown(secret).items] == ["one"]


def test_what_who_answers_for_a_badge_took_off_it_is_in_no_portfolio(town: PortfolioTown) -> None:
    _, secret = town.share(town.everything())
    assert item(town.shown(secret), "said")
    store = town.world.store
    store._endorsements[town.said.id] = dataclasses.replace(store._endorsements[town.said.id], barred="Bad.")
    assert "said" not in [one.key for one in town.shown(secret).items]
