"""Giving vouches and taking them back: what is signed, who may, how many, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, NotFoundError, TooManyError
from exchange.flows.badges.award import Order, award, awardable
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements import keys
from exchange.flows.endorsements.merging import told_of_merging
from exchange.flows.endorsements.together import ABOVE, RECEIVED, ids_of
from exchange.flows.log.about import about_me
from exchange.flows.log.fsck import fsck
from exchange.flows.people.erase import erase
from exchange.flows.people.people import verify_address
from exchange.flows.sign_in.limits import check_limit, endorsed_quotas
from exchange.flows.vouches import listed
from exchange.flows.vouches.give import give
from exchange.flows.vouches.offers import offers
from exchange.flows.vouches.records import SealedVouch
from exchange.flows.vouches.show import hide, show
from exchange.flows.vouches.withdraw import withdraw
from tests.flows.endorsements.test_together import mailed, merge
from tests.simulator import run
from tests.vouching import FAMILIES, VouchingTown


@pytest.fixture
def town() -> VouchingTown:
    return VouchingTown()


def code_of(town: VouchingTown, *given: object, **more: object) -> str:
    with pytest.raises(ExchangeError) as refused:
        town.give(*given, **more)  # type: ignore[arg-type]
    return refused.value.code


def mails_to(town: VouchingTown, address: str) -> list[str]:
    found = [one.parcel for one in run(town.ports.store.undelivered(99))]
    return [parcel.payload for parcel in found if parcel.recipient == address]


def test_a_vouch_is_a_badge_signed_by_its_givers_own_key(town: VouchingTown) -> None:
    size = run(town.ports.store.log_size())
    draft = town.draft(town.ana, "ben@example.org")
    assert run(town.ports.store.badge(draft.id)) is None
    one = town.sign(town.ana, draft)
    verdict = run(verify(town.ports, one.signed or b""))
    assert verdict.outcome == "valid"
    assert {"endorser_known"} <= verdict.codes
    assert verdict.endorser is not None
    assert verdict.endorser.name == "Ana Giver"
    document = read_secured(one.signed or b"").document
    subject = document["credentialSubject"]
    assert (document["issuer"]["id"], subject["vouchKind"]) == (town.ana.key.did, "peer")  # type: ignore[union-attr]
    assert subject["roleFamily"] == ["delivery"]
    for private in (town.ben.person.id, town.ana.person.id, "@example.org"):
        assert private not in str(document)
    assert run(town.ports.store.log_size()) > size
    assert town.sign(town.ana, draft) == one  # the same draft twice is one vouch
    assert len(run(listed.mine(town.ana.ports)).given) == 1
    (received,) = run(listed.mine(town.ben.ports)).received
    assert (received.giver, received.vouch.kind, received.state) == ("Ana Giver", "peer", "active")
    assert sum("vouched" in mail for mail in mails_to(town, "ben@example.org")) == 1
    assert run(fsck(town.ports)).sound


def test_a_sponsors_vouch_and_thanks_are_kinds_of_their_own(town: VouchingTown) -> None:
    kinds = {one.key: one.offer.kind for one in run(offers(town.ports))}
    assert (kinds["vouches/sponsor-promotion"], kinds["vouches/delivery"]) == ("sponsor", "peer")
    assert kinds["commons/mentor"] == "thanks"
    assert "school/incident-lead" not in kinds
    town.give(town.ana, town.ben, "sponsor-promotion", "manager")
    proof = ("https://example.org/notes",)
    town.give(town.ana, town.cleo, "commons/mentor", "mentee", evidence=proof)
    mine = run(listed.mine(town.ana.ports))
    assert [line.vouch.kind for line in mine.given] == ["thanks", "sponsor"]
    assert (mine.in_use, mine.budget) == (1, 5)


def test_the_one_above_the_budget_is_refused_until_a_place_is_free(town: VouchingTown) -> None:
    spare = town.draft(town.ana, town.cleo, "operations")
    given = [town.give(town.ana, town.ben, family) for family in FAMILIES[:5]]
    assert run(listed.mine(town.ana.ports)).in_use == 5
    size = run(town.ports.store.log_size())
    with pytest.raises(ConflictError) as full:
        town.give(town.ana, town.ben, FAMILIES[5])
    assert (full.value.code, full.value.status) == ("vouches_in_use", 409)
    assert "5 of your 5 vouches are in use" in full.value.message
    with pytest.raises(ConflictError):
        town.sign(town.ana, spare)  # drafted while there was a place
    assert run(town.ports.store.log_size()) == size
    town.give(town.ben, town.ana)  # whose budget is their own
    run(withdraw(town.ana.ports, given[0].id))
    town.sign(town.ana, spare)
    assert code_of(town, town.ana, town.ben, FAMILIES[5]) == "vouches_in_use"
    town.world.now += timedelta(days=366)
    assert run(listed.mine(town.ana.ports)).in_use == 0  # they ended by themselves
    town.give(town.ana, town.ben, FAMILIES[5])


def test_no_issuer_awards_what_only_people_give(town: VouchingTown) -> None:
    size = run(town.ports.store.log_size())
    for name in ("vouches/delivery", "vouches/sponsor-promotion", "commons/mentor", "commons/bridge-builder"):
        issuer, _, badge = name.partition("/")
        with pytest.raises(ConflictError) as caught:
            run(award(town.ports, Order(issuer, badge, "mailto:ben@example.org")))
        assert caught.value.code == "given_by_people"
        assert run(awardable(town.ports, issuer)) == []
    assert run(town.ports.store.log_size()) == size


def test_who_is_given_very_many_is_told_of_no_more_that_day(town: VouchingTown) -> None:
    draft = town.draft(town.ana, town.ben)
    for _ in range(100):
        run(check_limit(town.ports, endorsed_quotas(town.ben.person.id)))
    before = mails_to(town, "ben@example.org")
    with pytest.raises(TooManyError):
        town.sign(town.ana, draft)
    assert run(town.ports.store.vouches_for(town.ben.person.id)) == []
    assert mails_to(town, "ben@example.org") == before
    town.world.now += timedelta(hours=23)
    town.give(town.ana.elsewhere(), town.cleo, "delivery", "other-team")


def test_where_the_budget_is_nothing_nobody_gives(town: VouchingTown) -> None:
    town.world.vouches = 0
    ana = town.ana.elsewhere()
    ana.key = town.ana.key
    assert code_of(town, ana, town.ben) == "vouches_in_use"


@pytest.mark.parametrize(
    ("to", "family", "relationship", "code"),
    [
        ("ana@example.org", "delivery", "same-team", "vouch_self"),
        ("nobody@example.org", "delivery", "same-team", "unknown_receiver"),
        ("", "delivery", "same-team", "unknown_receiver"),
        ("ben@example.org", "delivery", "report", "vouch_upwards"),
        ("ben@example.org", "delivery", "friend", "relationship_unknown"),
        ("ben@example.org", "nothing", "same-team", "unknown_offer"),
        ("ben@example.org", "school/incident-lead", "same-team", "unknown_offer"),
        ("ben@example.org", "commons/mentor", "manager", "thanks_by_manager"),
        ("ben@example.org", "commons/mentor", "same-team", "thanks_not_received"),
    ],
)
def test_what_nobody_may_give_leaves_nothing(
    town: VouchingTown, to: str, family: str, relationship: str, code: str
) -> None:
    size = run(town.ports.store.log_size())
    proof = ("https://example.org/notes",)
    assert code_of(town, town.ana, to, family, relationship, evidence=proof) == code
    assert run(town.ports.store.vouches_by(town.ana.person.id)) == []
    assert run(town.ports.store.log_size()) == size


def test_the_same_thanks_again_are_a_later_version_and_others_among_the_two_wait(town: VouchingTown) -> None:
    how = {"evidence": ("https://example.org/notes",)}
    first = town.give(town.ana, town.ben, "commons/mentor", "mentee", **how)
    second = town.give(town.ana, town.ben, "commons/mentor", "mentee", **how)
    assert second.supersedes == first.id
    assert "revoked" in run(verify(town.ports, first.signed or b"")).codes
    assert code_of(town, town.ben, town.ana, "commons/mentor", "mentee", **how) == "thanks_again"
    assert run(fsck(town.ports)).sound


def test_what_is_withdrawn_verifies_as_that_and_only_its_giver_can(town: VouchingTown) -> None:
    one = town.give(town.ana, town.ben)
    with pytest.raises(NotFoundError):
        run(withdraw(town.ben.ports, one.id))
    with pytest.raises(ForbiddenError):
        run(withdraw(town.ports, one.id))
    run(withdraw(town.ana.ports, one.id))
    assert "revoked" in run(verify(town.ports, one.signed or b"")).codes
    assert run(listed.mine(town.ben.ports)).received[0].state == "withdrawn"
    assert sum("vouch-withdrawn" in mail for mail in mails_to(town, "ben@example.org")) == 1
    with pytest.raises(ConflictError) as over:
        run(withdraw(town.ana.ports, one.id))
    assert over.value.code == "vouch_over"
    assert run(fsck(town.ports)).sound


def test_where_no_key_is_kept_the_exchange_records_it_and_says_so(town: VouchingTown) -> None:
    one = town.give(town.cleo, town.ben, "delivery", "other-team")
    assert one.custody == "exchange"
    assert "recorded_by_exchange" in run(verify(town.ports, one.signed or b"")).codes


def test_what_another_key_signed_is_refused(town: VouchingTown) -> None:
    draft = town.draft(town.ana, town.ben)
    town.ana.key = town.ben.key
    with pytest.raises(ExchangeError) as wrong:
        town.sign(town.ana, draft)
    assert wrong.value.code == "signature_invalid"
    assert run(listed.mine(town.ben.ports)).received == []


def test_a_lost_key_takes_its_vouches_with_it_and_their_places_are_free(town: VouchingTown) -> None:
    early = town.give(town.ana, town.ben)
    town.world.now += timedelta(days=2)
    late = town.give(town.ana, town.ben, "security")
    ana = town.ana.elsewhere()
    run(keys.retire(ana.ports, late.did, town.world.now - timedelta(days=1)))
    assert "revoked" in run(verify(town.ports, late.signed or b"")).codes
    stands = run(verify(town.ports, early.signed or b""))
    assert (stands.outcome, "key_retired_later" in stands.codes) == ("valid", True)
    assert run(listed.mine(ana.ports)).in_use == 1
    assert run(fsck(town.ports)).sound


def test_its_holder_shows_or_hides_it_and_its_giver_learns_no_more_than_that(town: VouchingTown) -> None:
    one = town.give(town.ana, town.ben)
    for other in (town.ana, town.cleo):
        with pytest.raises(NotFoundError):
            run(hide(other.ports, one.id))
    with pytest.raises(ForbiddenError):
        run(hide(town.ports, one.id))
    assert run(listed.mine(town.ana.ports)).given[0].vouch.shown == "shown"
    size = run(town.ports.store.log_size())
    assert [run(hide(town.ben.ports, one.id)).shown for _ in range(2)] == ["hidden", "hidden"]
    assert run(town.ports.store.log_size()) == size + 1
    (line,) = run(listed.mine(town.ana.ports)).given
    assert (line.vouch.shown, line.state) == ("hidden", "active")
    assert run(listed.mine(town.ana.ports)).in_use == 1
    assert run(verify(town.ports, one.signed or b"")).outcome == "valid"
    assert "hide" in [told.entry.kind for told in run(about_me(town.ben.ports))]
    assert "hide" not in [told.entry.kind for told in run(about_me(town.ana.ports))]
    assert run(fsck(town.ports)).sound
    run(show(town.ben.ports, one.id))
    run(hide(town.ben.ports, one.id))
    run(withdraw(town.ana.ports, one.id))
    assert not any("vouch-withdrawn" in mail for mail in mails_to(town, "ben@example.org"))
    with pytest.raises(ConflictError) as over:
        run(show(town.ben.ports, one.id))
    assert over.value.code == "vouch_over"
    town.world.store._vouches[one.id] = replace(town.world.store._vouches[one.id], shown="shown")
    assert [one.code for one in run(fsck(town.ports)).findings] == ["shown_changed"]


def test_two_accounts_that_become_one_have_not_vouched_for_themselves(town: VouchingTown) -> None:
    own = town.give(town.ana, town.ben)
    other = town.give(town.ana, town.cleo, "delivery", "other-team")
    merge(town, town.ben, town.ana, "ben@example.org")
    assert "revoked" in run(verify(town.ports, own.signed or b"")).codes
    assert run(verify(town.ports, other.signed or b"")).outcome == "valid"
    assert run(fsck(town.ports)).sound


def test_who_has_many_accounts_has_one_budget_once_they_are_one(town: VouchingTown) -> None:
    """The newest above it end, each with its bit, its entry and a mail; and it is told before."""
    kept = [town.give(town.ana, town.ben, family) for family in FAMILIES[:3]]
    town.world.now += timedelta(days=1)
    dan, eve, ana = town.peer("Dan Other"), town.peer("Eve Holder"), town.ana.elsewhere()
    more = [town.give(dan, eve, family, "other-team") for family in FAMILIES[:4]]
    thanks = town.give(dan, town.ben, "commons/mentor", "mentee", evidence=("https://example.org/notes",))
    ends = run(told_of_merging(town.ports, dan.person.id, town.ana.person.id))
    assert [(one.holder, one.reason) for one in ends] == [("Eve Holder", ABOVE)] * 2
    size = run(town.ports.store.log_size())
    merge(town, dan, ana, "dan@example.org")
    mine = run(listed.mine(ana.ports))
    assert (mine.in_use, mine.budget) == (5, 5)
    states = {line.vouch.id: line.state for line in mine.given}
    assert states == {
        **{one.id: "active" for one in [*kept, *more[:2], thanks]},
        **{one.id: "withdrawn" for one in more[2:]},
    }
    for one in more[2:]:
        assert "revoked" in run(verify(town.ports, one.signed or b"")).codes
        assert [change.reason for change in run(town.ports.store.history(one.id))] == [ABOVE]
    assert run(verify(town.ports, more[1].signed or b"")).outcome == "valid"
    assert sum("vouch-withdrawn" in mail for mail in mails_to(town, "eve@example.org")) == 2
    entries = [one.entry for one in run(town.ports.store.log_records(size, 99))]
    assert sum(b'"kind":"revoke"' in entry for entry in entries) == 2
    assert run(fsck(town.ports)).sound


def test_what_somebody_gave_two_accounts_stands_once_when_they_are_one(town: VouchingTown) -> None:
    """The later one ends, whichever account stays; its place is free, and giver and holder are told."""
    dora = town.peer("Dora Giver")
    first = town.give(dora, town.ana, "delivery", "other-team")
    town.world.now += timedelta(minutes=1)
    second = town.give(dora, town.ben, "delivery", "other-team")
    other = town.give(dora, town.ben, FAMILIES[-1], "other-team")
    ends = run(told_of_merging(town.ports, town.ana.person.id, town.ben.person.id))
    assert [one.reason for one in ends] == [RECEIVED]
    merge(town, town.ana, town.ben, "ana@example.org")
    states = {line.vouch.id: line.state for line in run(listed.mine(dora.ports)).given}
    assert states == {first.id: "active", second.id: "withdrawn", other.id: "active"}
    assert run(listed.mine(dora.ports)).in_use == 2
    assert "revoked" in run(verify(town.ports, second.signed or b"")).codes
    for address in ("dora@example.org", "ben@example.org"):
        assert sum("vouch-ended" in mail for mail in mails_to(town, address)) == 1
    assert run(fsck(town.ports)).sound


def test_a_merge_takes_nothing_back_that_a_smaller_budget_left(town: VouchingTown) -> None:
    dan = town.peer("Dan Other")
    for family in FAMILIES[:5]:
        town.give(town.ana, town.ben, family)
    given = town.give(dan, town.ben, FAMILIES[5], "other-team")
    town.world.vouches = 3
    ports = town.ana.elsewhere().ports
    ends = run(told_of_merging(ports, dan.person.id, town.ana.person.id))
    assert [one.name for one in ends] == [run(listed.one_given(ports, given)).name]


def test_a_vouch_that_is_given_in_the_moment_of_a_merge_is_counted(town: VouchingTown) -> None:
    dan, store = town.peer("Dan Other"), town.world.store
    for family in FAMILIES[:5]:
        town.give(town.ana, town.ben, family)
    draft, merged = town.draft(dan, town.cleo, "delivery", "other-team"), store.merge

    async def given_just_before(*args: Any) -> None:
        store.merge = merged  # type: ignore[method-assign]
        await give(dan.ports, draft.id)
        await merged(*args)

    store.merge = given_just_before  # type: ignore[method-assign]
    merge(town, dan, town.ana, "dan@example.org")
    mine = run(listed.mine(town.ana.elsewhere().ports))
    assert (mine.in_use, [line.state for line in mine.given].count("withdrawn")) == (5, 1)
    assert run(fsck(town.ports)).sound


@pytest.mark.parametrize("who", ["ana@example.org", "ben@example.org"])
def test_who_is_erased_is_found_in_no_vouch(town: VouchingTown, who: str) -> None:
    one = town.give(town.ana, town.ben)
    kept = town.give(town.cleo, town.cleo.town.peer("Dan"), "delivery", "other-team")
    person = town.ana if who.startswith("ana") else town.ben
    assert one.id in run(ids_of(town.ports, person.person.id))
    run(erase(town.ports, who, who))
    badge = run(town.ports.store.badge(one.id))
    assert badge is None or badge.recipient == ""
    assert run(town.ports.store.vouch(one.id)) is None
    assert run(verify(town.ports, kept.signed or b"")).outcome == "valid"


@pytest.mark.parametrize("before", [False, True], ids=["first", "again"])
def test_whom_it_is_for_becomes_another_account_in_that_moment(town: VouchingTown, before: bool) -> None:
    if before:
        town.give(town.ana, town.ben)
    draft, store = town.draft(town.ana, town.cleo), town.world.store
    gives, secret = store.give_vouch, mailed(town, town.ben, "cleo@example.org")

    async def in_that_moment(sealed: SealedVouch) -> bool:
        if await store.person(town.cleo.person.id) is not None:
            await verify_address(town.ben.ports, secret, merge=True)
        return await gives(sealed)

    store.give_vouch = in_that_moment  # type: ignore[method-assign]
    if before:
        with pytest.raises(ConflictError) as refused:
            town.sign(town.ana, draft)
        assert refused.value.code == "vouch_again"
    else:
        assert town.sign(town.ana, draft).holder == town.ben.person.id
    assert len(run(listed.mine(town.ben.ports)).received) == 1
    assert run(fsck(town.ports)).sound
