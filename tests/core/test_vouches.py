"""Vouches and thanks: who may give them to whom, how many, how long; and what becomes of a second one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.core.catalogues.catalogue import achievement_document
from exchange.core.vouches import (
    APART,
    LONGEST,
    Given,
    Kind,
    Offer,
    Wish,
    check_budget,
    in_use,
    joined,
    judge,
    offer_of,
    until_of,
)
from exchange.errors import ConflictError, ExchangeError, InputError
from exchange.resources import data_path

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PEER = Offer("peer", "peer", ("delivery",))
SPONSOR = Offer("sponsor", "sponsor")
MENTOR = Offer("mentor", "thanks", received=("mentee",))
SHARER = Offer("sharer", "thanks", received=("learned-from",))


def days(count: float) -> timedelta:
    return timedelta(days=count)


def wish(offer: Offer = PEER, relationship: str = "same-team", giver: str = "ana", to: str = "ben") -> Wish:
    return Wish(giver, to, offer, relationship, NOW, NOW + LONGEST)


def had(offer: Offer = PEER, ago: float = 30, giver: str = "ana", to: str = "ben") -> Given:
    at = NOW - days(ago)
    return Given(f"{offer.achievement} {ago}", giver, to, offer.achievement, offer.kind, at, at + LONGEST)


# --- what can be given is in the catalogues ---


def offers() -> dict[str, Offer | None]:
    return {
        f"{catalogue.slug}/{badge.slug}": offer_of(
            achievement_document(badge, f"https://x.example/{badge.slug}", "https://x.example/i.png", "did:x")
        )
        for catalogue in load_catalogues(data_path("issuers"))
        for badge in catalogue.badges
    }


def test_what_the_shipped_catalogues_offer_to_be_given() -> None:
    found = {name: offer for name, offer in offers().items() if offer is not None}
    families = {name: offer.families for name, offer in found.items() if offer.kind == "peer"}
    assert len(families) == 8
    assert families["vouches/delivery"] == ("delivery",)
    assert all(len(one) == 1 for one in families.values())
    assert len(set(families.values())) == 8
    sponsors = {name for name, offer in found.items() if offer.kind == "sponsor"}
    assert sponsors == {"vouches/sponsor-promotion", "vouches/sponsor-stretch"}
    thanks = {name: offer.received for name, offer in found.items() if offer.kind == "thanks"}
    assert thanks.pop("commons/mentor") == ("mentee",)
    assert thanks.pop("commons/knowledge-sharer") == ("learned-from",)
    assert len(thanks) == 3
    assert all("manager" not in received for received in thanks.values())
    assert not any(name.startswith(("atlas/", "campus/")) for name in found)


# --- how long ---


@pytest.mark.parametrize(
    ("wanted", "most", "until"),
    [
        (None, None, LONGEST),
        (None, days(180), days(180)),
        (None, days(900), LONGEST),
        (days(365), None, days(365)),
        (days(1), None, days(1)),
    ],
)
def test_a_vouch_ends_within_twelve_months(
    wanted: timedelta | None, most: timedelta | None, until: timedelta
) -> None:
    assert until_of(NOW, wanted, most) == NOW + until


@pytest.mark.parametrize(
    ("wanted", "most", "code"),
    [
        (days(366), None, "vouch_too_long"),
        (days(181), days(180), "vouch_too_long"),
        (days(0.5), None, "vouch_too_short"),
        (-days(1), None, "vouch_too_short"),
    ],
)
def test_a_vouch_that_would_hold_too_long_or_hardly_is_refused(
    wanted: timedelta, most: timedelta | None, code: str
) -> None:
    with pytest.raises(InputError) as refused:
        until_of(NOW, wanted, most)
    assert refused.value.code == code


# --- how many ---


def test_a_place_is_taken_until_it_is_over_and_not_a_moment_longer() -> None:
    one = had(ago=365)
    assert not one.in_use(NOW)
    assert one.in_use(NOW - timedelta(microseconds=1))
    assert not replace(had(), withdrawn_at=NOW).in_use(NOW)
    assert not had(MENTOR).in_use(NOW)


def test_places_are_counted_for_who_gave_and_both_kinds_share_them() -> None:
    given = [had(), had(SPONSOR, 20), had(MENTOR), had(giver="ben", to="ana"), had(ago=400), had()]
    assert [one.id for one in in_use(given, "ana", NOW)] == ["peer 30", "sponsor 20"]


def test_one_above_the_budget_is_told_why_and_when_a_place_gets_free() -> None:
    check_budget(4, 5)
    with pytest.raises(ConflictError) as refused:
        check_budget(5, 5, NOW + days(9))
    assert refused.value.status == 409
    assert refused.value.message == (
        "5 of your 5 vouches are in use. Withdraw one, and its place is free at once. "
        "Else the next place gets free on 2026-12-05."
    )
    with pytest.raises(ConflictError) as none:
        check_budget(0, 0)
    assert "the budget is 0" in none.value.message


# --- who, and again ---


@pytest.mark.parametrize(
    ("asked", "before", "code"),
    [
        (wish(giver="ben"), [], "vouch_self"),
        (wish(SPONSOR, giver="ben"), [], "vouch_self"),
        (wish(MENTOR, "mentee", giver="ben"), [], "vouch_self"),
        (wish(relationship="report"), [], "vouch_upwards"),
        (wish(), [had(ago=364)], "vouch_again"),
        (wish(SPONSOR), [had(SPONSOR)], "vouch_again"),
        (wish(MENTOR, "manager"), [], "thanks_by_manager"),
        (wish(MENTOR, "learned-from"), [], "thanks_not_received"),
        (wish(SHARER, "mentee"), [], "thanks_not_received"),
        (wish(MENTOR, "same-team"), [], "thanks_not_received"),
        (wish(SHARER, "learned-from"), [had(MENTOR, 89)], "thanks_again"),
        (wish(MENTOR, "mentee"), [had(MENTOR, 89, "ben", "ana")], "thanks_again"),
        (wish(MENTOR, "mentee"), [had(SHARER, 1, "ben", "ana")], "thanks_again"),
    ],
)
def test_what_is_refused_with_its_reason(asked: Wish, before: list[Given], code: str) -> None:
    with pytest.raises(ExchangeError) as refused:
        judge(asked, before)
    assert refused.value.code == code
    assert len(refused.value.message) > 30


@pytest.mark.parametrize(
    ("asked", "before"),
    [
        (wish(), []),
        (wish(), [had(ago=365)]),
        (wish(), [replace(had(ago=3), withdrawn_at=NOW)]),
        (wish(), [had(SPONSOR, 3)]),  # of another kind
        (wish(), [had(giver="ben", to="ana")]),  # that is for the trust summary to tell
        (wish(SPONSOR, "manager"), []),
        (wish(SPONSOR, "report"), []),
        (wish(MENTOR, "mentee"), []),
        (wish(MENTOR, "mentee"), [had(MENTOR, 90)]),
        (wish(MENTOR, "mentee"), [had(PEER, 1), had(PEER, 1, "ben", "ana")]),
        (wish(MENTOR, "mentee"), [replace(had(SHARER, 1), withdrawn_at=NOW)]),
    ],
)
def test_what_may_be_given(asked: Wish, before: list[Given]) -> None:
    allowed = judge(asked, before)
    assert (allowed.merged, allowed.because) == ("", "")


def test_the_same_thanks_again_are_one_with_the_first() -> None:
    allowed = judge(wish(MENTOR, "mentee"), [had(MENTOR, 89), had(SHARER, 10, "ben", "ana")])
    assert allowed.merged == "mentor 89"
    assert (
        allowed.because == "You thanked them for the same on 2026-08-29: this becomes a later version of it."
    )


people = st.sampled_from(["ana", "ben"])
given_before = st.lists(
    st.builds(
        had,
        st.sampled_from([PEER, SPONSOR, MENTOR, SHARER]),
        st.integers(0, 500),
        people,
        people,
    ),
    max_size=6,
)


@given(
    st.sampled_from([wish(), wish(SPONSOR), wish(MENTOR, "mentee"), wish(SHARER, "learned-from")]),
    given_before,
    st.randoms(),
)
def test_the_order_in_which_they_are_known_changes_nothing(asked: Wish, before: list[Given], chance) -> None:  # type: ignore[no-untyped-def]
    def outcome(rows: list[Given]) -> str:
        try:
            return judge(asked, rows).merged
        except ExchangeError as error:
            return error.code

    shuffled = list(before)
    chance.shuffle(shuffled)
    assert outcome(before) == outcome(shuffled)


@given(given_before)
def test_between_two_people_thanks_that_stand_alone_are_90_days_apart(before: list[Given]) -> None:
    """Whatever was given before: what may be given on its own has no neighbour within 90 days."""
    try:
        allowed = judge(wish(MENTOR, "mentee"), before)
    except ExchangeError:
        return
    near = [
        one for one in before if one.kind == "thanks" and NOW - one.at < APART and one.giver != one.holder
    ]
    assert bool(allowed.merged) == bool(near)


# --- two accounts that become one ---


def by(giver: str, n: int, to: str = "", kind: Kind = "peer", ago: float = 30, for_: float = 365) -> Given:
    at = NOW - days(ago)
    return Given(f"{giver}-{n}", giver, to or f"{giver}'s {n}", "peer", kind, at, at + days(for_))


def test_above_the_one_budget_the_newest_end() -> None:
    older, newer = [by("ana", n, ago=200 + n) for n in range(4)], [by("ben", n, ago=n) for n in range(4)]
    ends = joined([*newer, *older], "ana", "ben", 5, NOW)
    assert ends == {"ben-0": "above", "ben-1": "above", "ben-2": "above"}
    assert joined([*newer, *older], "ben", "ana", 5, NOW) == ends  # whichever becomes part of the other
    assert joined([*newer, *older], "ana", "ben", 8, NOW) == {}


def test_what_is_over_or_free_takes_no_place_when_two_become_one() -> None:
    given = [by("ana", n) for n in range(3)] + [by("ben", n) for n in range(2)]
    more = [
        by("ben", 7, ago=100, for_=90),
        by("ben", 8, kind="thanks"),
        replace(by("ben", 9), withdrawn_at=NOW - days(1)),
    ]
    assert joined([*given, *more], "ben", "ana", 5, NOW) == {}


def test_what_one_gave_the_other_or_both_the_same_ends_and_takes_no_place() -> None:
    given = [by("ana", 0, to="ben"), by("ben", 0, to="cleo", ago=300), by("ana", 1, to="cleo")]
    rest = [by("ana", n) for n in range(2, 6)]
    assert joined([*given, *rest], "ben", "ana", 5, NOW) == {"ana-0": "self", "ben-0": "twice"}


def test_what_others_gave_both_for_the_same_ends_but_the_first() -> None:
    given = [by("dora", 0, "ana", ago=9), by("dora", 1, "ben", ago=20), by("eve", 0, "ana", ago=1)]
    for source, target in (("ben", "ana"), ("ana", "ben")):
        assert joined(given, source, target, 5, NOW) == {"dora-0": "received"}
    many = [by("dora", n, "ana", ago=n) for n in range(9)]
    assert "above" not in joined(many, "ben", "ana", 5, NOW).values()  # their budget is their own
    thanks = [by("dora", n, who, "thanks", ago=100 * n) for n, who in enumerate(["ana", "ben"])]
    assert joined(thanks, "ben", "ana", 5, NOW) == {}


@pytest.mark.parametrize(("apart", "ends"), [(89, {"ben-0": "twice"}), (90, {})])
def test_thanks_of_both_that_one_person_could_have_given_stand(apart: float, ends: dict[str, str]) -> None:
    thanks = [by("ana", 0, "cleo", "thanks", ago=10), by("ben", 0, "cleo", "thanks", ago=10 + apart)]
    assert joined(thanks, "ben", "ana", 5, NOW) == ends


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ana", "ben", "dora"]),
            st.sampled_from(["ana", "ben", "cleo", "dan", "eve"]),
            st.sampled_from(["peer", "sponsor", "thanks"]),
            st.integers(0, 400),
        ),
        max_size=14,
    ),
    st.integers(0, 6),
)
def test_nothing_is_left_to_end_once_two_are_one(rows: list[tuple[str, str, Kind, int]], budget: int) -> None:
    before = [by(giver, n, to, kind, ago) for n, (giver, to, kind, ago) in enumerate(rows)]
    before = [one for one in before if {one.giver, one.holder} & {"ana", "ben"}]
    ends = joined(before, "ben", "ana", budget, NOW)
    who = {"ben": "ana"}
    after = [
        replace(
            one,
            giver=who.get(one.giver, one.giver),
            holder=who.get(one.holder, one.holder),
            withdrawn_at=NOW if one.id in ends else None,
        )
        for one in before
    ]
    assert joined(after, "ana", "ana", budget, NOW) == {}
    assert len(in_use(after, "ana", NOW)) <= budget
    assert joined(list(reversed(before)), "ben", "ana", budget, NOW) == ends
