"""Claiming: who may say yes or no to a badge, what that opens, and what it leaves alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.core.log.entry import read_entry
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.claims.claim import OFFERED_FOR, Answer, Answered, answer, claim_of
from exchange.flows.claims.report import report
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people import people
from exchange.flows.people.logged import role_leaf
from exchange.flows.people.records import NOBODY, Address, Browser, Grant, Person, Principal
from exchange.flows.ports import Ports
from exchange.flows.records import Badge
from exchange.flows.sign_in.sign_in import who_has
from tests.simulator import World, run
from tests.team import TEAM

ADA = "ada@example.org"


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def nobody(world: World) -> Ports:
    return replace(world.ports, who=NOBODY)


def somebody(world: World, address: str = "", name: str = "Ada") -> Ports:
    """Their ports, with an account that has the address."""
    person = Person(world.ports.new_id(), name, world.now)
    there = [Address(address, person.id, world.now)] if address else []
    run(world.store.put_person(person, there))
    return replace(world.ports, who=Principal(person.id, "code", name))


def awarded(world: World, to: str = ADA, **order: object) -> Awarded:
    return run(award(world.ports, Order("team", "lead", to, **order)))  # type: ignore[arg-type]


def secrets(world: World) -> list[str]:
    """Those of all mails about a badge, once they are delivered, the oldest first."""
    run(deliver_due(world.ports, "mail", carry))
    links = (re.search(r"/claim/\S+#(\S+)", letter.text) for letter in world.mailer.letters)
    return [link[1] for link in links if link]


def on_record(world: World, badge: Awarded) -> Badge:
    return world.store._badges[badge.key]


def entries(world: World, badge: Awarded) -> list[str]:
    return [read_entry(one.entry).kind for one in run(world.store.log_about(f"badge:{badge.key}"))]


def say(ports: Ports, badge: Awarded, said: Answer = "accept", secret: str = "") -> Answered:
    return run(answer(ports, badge.key, said, secret, Browser("Firefox", "192.0.2.0/24")))


def refused(ports: Ports, badge: Awarded, said: Answer = "accept", secret: str = "") -> str:
    with pytest.raises(ExchangeError) as error:
        say(ports, badge, said, secret)
    return error.value.code


# --- by the link ------------------------------------------------------------------------------------------


def test_who_has_no_account_gets_one_by_accepting_and_is_signed_in(world: World) -> None:
    badge = awarded(world)
    (secret,) = secrets(world)
    answered = say(nobody(world), badge, secret=secret)
    assert answered.opened is not None
    who = run(who_has(world.ports, answered.opened.session))
    assert who is not None
    assert [one.address for one in run(world.store.addresses(who.person))] == [ADA]
    assert [one.id for one in run(people.badges(replace(world.ports, who=who), who.person))] == [badge.key]
    assert who.confirmed_at is None  # an old mail proves too little to change how they come in
    assert (on_record(world, badge).claim, on_record(world, badge).claimed_at) == ("accepted", world.now)
    assert entries(world, badge) == ["award", "accept"]


def test_an_account_that_was_there_is_not_opened_by_a_mail_that_may_be_old(world: World) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    (secret,) = secrets(world)
    answered = say(nobody(world), badge, secret=secret)
    assert (answered.claim, answered.opened) == ("accepted", None)
    assert run(world.store.sessions(ada.who.person)) == []
    assert len(world.store._people) == 1


def test_declining_makes_no_account_and_changes_nothing_for_strangers(world: World) -> None:
    badge, before = awarded(world), run(world.store.status_lists("team"))
    (secret,) = secrets(world)
    signed = on_record(world, badge).signed
    assert say(nobody(world), badge, "decline", secret).opened is None
    assert on_record(world, badge).claim == "declined"
    assert world.store._people == {}
    assert (on_record(world, badge).signed, run(world.store.history(badge.key))) == (signed, [])
    assert run(world.store.status_lists("team")) == before
    assert entries(world, badge) == ["award", "decline"]


def test_a_link_answers_once_and_for_its_own_badge_only(world: World) -> None:
    first, second = awarded(world), awarded(world)
    one, two = secrets(world)
    assert refused(nobody(world), first, secret=two) == "claim_link_spent"
    say(nobody(world), first, "decline", one)
    size = run(world.store.log_size())
    for secret in (one, "guess", two):
        assert refused(nobody(world), first, secret=secret) == "claim_link_spent"
    assert refused(nobody(world), second) == "claim_link_missing"
    assert (on_record(world, first).claim, on_record(world, second).claim) == ("declined", "offered")
    assert run(world.store.log_size()) == size


def test_a_link_is_good_until_the_offer_is_over_and_the_badge_waits_on(world: World) -> None:
    badge = awarded(world)
    (secret,) = secrets(world)
    world.later(days=OFFERED_FOR.days, seconds=-1)
    assert claim_of(on_record(world, badge), world.now) == "offered"
    world.later(seconds=1)
    assert claim_of(on_record(world, badge), world.now) == "expired"
    assert refused(nobody(world), badge, secret=secret) == "claim_link_spent"
    assert world.store._people == {}
    assert say(somebody(world, ADA), badge).claim == "accepted"


def test_guesses_are_counted(world: World) -> None:
    badge = awarded(world)
    (secret,) = secrets(world)
    for _ in range(60):
        refused(nobody(world), badge, secret="guess")
    assert refused(nobody(world), badge, secret=secret) == "too_many"
    assert on_record(world, badge).claim == "offered"


@pytest.mark.parametrize("said", ["accept", "decline"])
def test_a_suspended_account_says_nothing_by_a_link(world: World, said: Answer) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    run(people.suspend(world.ports, ada.who.person))
    (secret,) = secrets(world)
    assert refused(nobody(world), badge, said, secret) == "account_suspended"
    assert on_record(world, badge).claim == "offered"


def test_a_revoked_badge_can_be_declined_but_not_accepted(world: World) -> None:
    badge = awarded(world)
    (secret,) = secrets(world)
    run(revoke(world.ports, badge.key, "It was another Ada"))
    assert refused(nobody(world), badge, secret=secret) == "badge_revoked"
    assert world.store._people == {}
    assert say(nobody(world), badge, "decline", secret).claim == "declined"


# --- signed in --------------------------------------------------------------------------------------------


def test_who_has_the_address_needs_no_secret_and_may_think_again(world: World) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    for said in ("accept", "accept", "decline", "accept"):
        say(ada, badge, said)  # type: ignore[arg-type]
    assert entries(world, badge) == ["award", "accept", "decline", "accept"]
    assert run(fsck(world.ports)).findings == []


def test_who_has_another_address_is_given_nothing_until_it_is_theirs(world: World) -> None:
    badge, ben = awarded(world), somebody(world, "ben@example.org")
    (secret,) = secrets(world)
    assert refused(ben, badge) == "not_your_badge"
    assert refused(ben, badge, secret=secret) == "other_account"
    assert on_record(world, badge).claim == "offered"
    assert [one.address for one in run(world.store.addresses(ben.who.person))] == ["ben@example.org"]
    run(world.store.put_address(Address(ADA, ben.who.person, world.now)))
    assert say(ben, badge).claim == "accepted"


def test_an_address_that_nobody_verified_claims_nothing(world: World) -> None:
    badge, ada = awarded(world), somebody(world)
    run(world.store.put_address(Address(ADA, ada.who.person, None)))
    assert refused(ada, badge) == "not_your_badge"


def test_an_address_in_other_letters_is_the_same(world: World) -> None:
    badge = awarded(world, "Ada@Example.org")
    assert say(somebody(world, ADA), badge).claim == "accepted"


def test_a_token_answers_nothing(world: World) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    token = replace(ada, who=replace(ada.who, scopes=frozenset({"award"})))
    assert refused(token, badge) == "not_your_badge"


def test_what_nobody_can_be_asked_about_is_offered_to_nobody(world: World) -> None:
    badge = awarded(world, "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
    assert (on_record(world, badge).claim, on_record(world, badge).remind_at) == ("", None)


# --- who does not answer ----------------------------------------------------------------------------------


def told(world: World, days: int) -> list[str]:
    """The subjects of the mails of that many days, with a sweep each."""
    world.mailer.letters.clear()
    for _ in range(days):
        run(sweep(world.ports))
        run(deliver_due(world.ports, "mail", carry))
        world.later(days=1)
    return [letter.subject for letter in world.mailer.letters]


def test_who_does_not_answer_is_reminded_twice_and_never_again(world: World) -> None:
    awarded(world)
    assert told(world, 7) == ["You have earned “Incident lead”"]
    assert told(world, 1) == ["“Incident lead” is waiting for you"]
    assert "We remind you once more." in world.mailer.letters[0].text
    assert told(world, 13) == []
    assert told(world, 1) == ["“Incident lead” is waiting for you"]
    assert "This is the last time" in world.mailer.letters[0].text
    assert told(world, 60) == []


@pytest.mark.parametrize("said", ["accept", "decline"])
def test_who_answers_is_not_reminded(world: World, said: Answer) -> None:
    say(somebody(world, ADA), awarded(world), said)
    assert told(world, 50) == ["You have earned “Incident lead”"]


def test_who_was_told_nothing_is_reminded_of_nothing(world: World) -> None:
    awarded(world, mail=False)
    assert told(world, 50) == []


def test_of_a_badge_that_is_not_good_nobody_is_reminded(world: World) -> None:
    held, revoked, over = (
        awarded(world),
        awarded(world, "ben@example.org"),
        awarded(world, "eve@example.org", valid_until=world.now + timedelta(days=3)),
    )
    run(suspend(world.ports, held.key, "Being looked at", mail=False))
    run(revoke(world.ports, revoked.key, "Wrong", mail=False))
    assert on_record(world, over).remind_at is not None
    assert len(told(world, 10)) == 3
    run(reinstate(world.ports, held.key, "It was right", mail=False))
    assert told(world, 40) == ["“Incident lead” is waiting for you"]
    assert world.mailer.letters[0].to == ADA


def test_a_long_pause_of_the_service_is_followed_by_one_reminder(world: World) -> None:
    awarded(world)
    world.later(days=30)
    assert told(world, 10) == ["You have earned “Incident lead”", "“Incident lead” is waiting for you"]
    assert "This is the last time" in world.mailer.letters[1].text


def test_a_mail_that_is_late_brings_no_secret_for_what_was_said(world: World) -> None:
    badge = awarded(world)
    say(somebody(world, ADA), badge, "decline")
    assert secrets(world) == []
    assert f"/claim/{badge.key}\n" in world.mailer.letters[0].text


# --- the log ----------------------------------------------------------------------------------------------


def test_an_answer_that_the_log_knows_nothing_of_is_found(world: World) -> None:
    badge, other = awarded(world), awarded(world)
    say(somebody(world, ADA), badge)
    assert run(fsck(world.ports)).findings == []
    for one, claim in ((badge, "declined"), (other, "accepted")):
        before = on_record(world, one)
        world.store._badges[one.key] = replace(before, claim=claim)  # type: ignore[arg-type]
        codes = [(found.code, found.at) for found in run(fsck(world.ports)).findings]
        assert codes == [("claim_changed", f"badge/{one.key}")]
        world.store._badges[one.key] = before


# --- something is wrong with it ---------------------------------------------------------------------------


def owner(world: World, address: str) -> Ports:
    ports = somebody(world, address, "Olga")
    grant = Grant("team", "owner", ports.who.person)
    assert run(world.store.put_grant(grant, role_leaf(grant, world.now, world.ports.new_salt())))
    return ports


def test_every_owner_gets_the_words_once_and_nothing_else_changes(world: World) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    owner(world, "olga@example.org"), owner(world, "otto@example.org")
    secrets(world)
    size = run(world.store.log_size())
    for _ in range(2):
        run(report(ada, badge.key, "That was my brother,\nnot me. <b>", "once-1"))
    run(deliver_due(world.ports, "mail", carry))
    assert sorted(one.to for one in world.mailer.letters[1:]) == ["olga@example.org", "otto@example.org"]
    for letter in world.mailer.letters[1:]:
        assert "That was my brother,\nnot me. <b>" in letter.text
        assert ADA not in letter.text
    assert (run(world.store.log_size()), run(world.store.history(badge.key))) == (size, [])
    assert not any("brother" in row.delivery.parcel.payload for row in world.store._outbox)


def test_reports_are_limited_and_only_for_the_holder(world: World) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    owner(world, "olga@example.org")
    with pytest.raises(NotFoundError):
        run(report(somebody(world, "eve@example.org"), badge.key, "It is mine"))
    with pytest.raises(InputError, match="2000"):
        run(report(ada, badge.key, "x" * 2001))
    for _ in range(3):
        run(report(ada, badge.key, "It is wrong"))
    with pytest.raises(ExchangeError) as error:
        run(report(ada, badge.key, "It is wrong"))
    assert error.value.code == "too_many"
    assert run(world.store.count_undelivered())[0] == 4


def test_where_nobody_answers_for_the_issuer_that_is_said(world: World) -> None:
    badge, ada = awarded(world), somebody(world, ADA)
    with pytest.raises(ConflictError, match="Nobody answers"):
        run(report(ada, badge.key, "It is wrong"))
