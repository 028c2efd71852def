"""Who is told that badges end: each day at most once, once for each badge and step, on any node."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.sync import sync
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people import people, roles, teams
from exchange.flows.people.records import Address
from exchange.flows.recipients.expiry import tell_of_expiry
from tests.simulator import World, run
from tests.team import TEAM


class Office:
    """An issuer, an owner, an issuer through a team, and a viewer; badges that last a year."""

    def __init__(self) -> None:
        self.world = World()
        self.ports = self.world.ports
        run(sync(self.ports, [TEAM, replace(TEAM, slug="other")]))
        run(teams.add(self.ports, "red", "Red"))
        for name in ("olga", "ira", "vera", "sven"):
            person = run(people.add(self.ports, name.title(), f"{name}@acme.internal", name))
            if name != "sven":  # he has never read a mail there
                address = Address(f"{name}@acme.internal", person.id, self.world.now, True)
                run(self.ports.store.put_address(address))
        run(teams.join(self.ports, "red", "ira"))
        for who, role in (("olga", "owner"), ("team/red", "issuer"), ("vera", "viewer"), ("sven", "editor")):
            run(roles.grant(self.ports, "team", who, role))
        run(tell_of_expiry(self.ports))

    def award(self, to: str = "ann@example.org", issuer: str = "team") -> str:
        return run(award(self.ports, Order(issuer, "lead", to, mail=False))).key

    def told(self) -> list[tuple[str, dict[str, str]]]:
        """To whom, and how many badges end in 30, 7 and 1 days; the outbox is emptied."""
        run(tell_of_expiry(self.ports))
        found = [
            (one.parcel.recipient.partition("@")[0], json.loads(one.parcel.payload))
            for one in run(self.ports.store.undelivered(99))
        ]
        run(deliver_due(self.ports, "mail", carry))
        return [(who, {day: said[day] for day in ("30", "7", "1")}) for who, said in found]


@pytest.fixture
def office() -> Office:
    return Office()


def test_they_are_told_30_7_and_1_days_before_and_not_in_between(office: Office) -> None:
    for n in range(3):
        office.award(f"p{n}@example.org")
    gone = office.award("gone@example.org")
    run(revoke(office.ports, gone, "Why", mail=False))
    office.award("other@example.org", "other")
    days: dict[int, list[tuple[str, dict[str, str]]]] = {}
    for day in range(370):
        if found := office.told():
            days[365 - day] = found
        office.world.later(days=1)
    assert sorted(days, reverse=True) == [30, 7, 1]
    for left, found in days.items():
        counts = {step: "3" if int(step) == left else "0" for step in ("30", "7", "1")}
        assert found == [("olga", counts), ("ira", counts)]


def test_one_mail_a_day_has_all_of_it_and_nobody_in_it(office: Office) -> None:
    office.award("first@example.org")
    office.world.later(days=23)
    office.award("second@example.org")
    office.world.later(days=365 - 30)
    assert office.told() == [(who, {"30": "1", "7": "1", "1": "0"}) for who in ("olga", "ira")]
    assert office.told() == []
    letter = office.world.mailer.letters[0]
    assert letter.subject == "Badges of Team that end soon"
    assert "In 30 days: 1" in letter.text
    assert "In 7 days: 1" in letter.text
    assert "/desk/badges?issuer=team&status=expiring" in letter.text
    assert "example.org" not in letter.text


def test_a_day_on_which_nothing_ran_is_made_up_for(office: Office) -> None:
    office.award()
    office.world.later(days=330)
    office.told()
    office.world.later(days=10)
    assert office.told()[0][1] == {"30": "1", "7": "0", "1": "0"}
    office.world.later(days=20)
    assert office.told()[0][1] == {"30": "0", "7": "1", "1": "0"}


def test_two_nodes_that_look_at_once_tell_once(office: Office) -> None:
    office.award()
    office.world.later(days=335, hours=1)
    store = office.ports.store
    known = run(store.meta("expiry:team"))
    assert run(tell_of_expiry(office.ports)) == 2
    now = office.world.now.isoformat()
    assert not run(store.post_after("expiry:team", known, now, []))
    assert not run(store.post_after("expiry:team", None, now, []))
    assert run(tell_of_expiry(office.ports)) == 0


def test_the_sweep_does_it(office: Office) -> None:
    office.award()
    office.world.later(days=335, hours=1)
    run(sweep(office.ports))
    assert run(office.ports.store.count_undelivered())[0] == 2
    office.world.now += timedelta(seconds=30)
    run(sweep(office.ports))
    assert run(office.ports.store.count_undelivered())[0] == 2
