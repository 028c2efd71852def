"""Readers report; who answers for the badge decides; and who reported is shown to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import ConflictError, ForbiddenError, InputError, NotFoundError, TooManyError
from exchange.flows.endorsements import reports as flow
from exchange.flows.endorsements.listed import of_badge, received
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.show import hide, show
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.mails import write
from exchange.flows.people.erase import erase
from exchange.flows.people.records import NOBODY
from exchange.flows.ports import Ports
from tests.endorsing import Peer
from tests.flows.endorsements.company import Company
from tests.simulator import run
from tests.vouching import VouchingTown


class Scene(Company):
    """Ben's endorsement is shown; Olga owns the school, Otto runs the exchange."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.made = self.shown(self.ben.endorse(self.badge, "Kept everybody calm."))
        self.stranger = replace(self.ports, who=NOBODY)
        self.owner = self._as(self.cleo, roles={"school": "owner"})
        self.operator = self._as(self.dora, operator=True)

    def _as(self, peer: Peer, **rights: object) -> Ports:
        return replace(peer.ports, who=replace(peer.ports.who, **rights))  # type: ignore[arg-type]

    def report(self, ports: Ports, reason: str = "untrue", note: str = "", network: str = "net") -> None:
        run(flow.report(ports, "endorsement", self.made.id, reason, note, network))

    def open(self) -> list[str]:
        found, _ = run(flow.reports(self.owner, "school"))
        return [one.report.id for one in found]

    def letters(self, mail: str) -> list[str]:
        rows = [row.delivery.parcel for row in self.world.store._outbox]
        return [run(write(self.ports, row)).text for row in rows if f'"mail":"{mail}"' in row.payload]

    def on_badge(self) -> list[Endorsement]:
        return [line.endorsement for line in run(of_badge(self.ports, self.badge))]


def test_the_same_reader_reporting_the_same_is_one_report() -> None:
    town = Scene()
    size = run(town.ports.store.log_size())
    for _ in range(3):
        town.report(town.dora.ports)
        town.report(town.stranger)
    town.report(town.stranger, network="another")
    town.report(town.ana.ports, note="I never said\nthat.")
    assert len(town.open()) == 4
    assert run(town.ports.store.log_size()) == size + 4
    assert run(fsck(town.ports)).findings == []
    town.world.now += timedelta(days=2)
    town.report(town.dora.ports)
    assert len(town.open()) == 4


def test_what_is_not_shown_or_said_or_too_much_is_refused() -> None:
    town = Scene()
    for kind, key in (("endorsement", "nothing"), ("badge", town.badge), ("vouch", town.badge)):
        with pytest.raises(NotFoundError):
            run(flow.report(town.stranger, kind, key, "untrue", "", "net"))
    with pytest.raises(InputError) as caught:
        town.report(town.stranger, "boring")
    assert caught.value.at == "reason"
    with pytest.raises(InputError) as caught:
        town.report(town.stranger, note="x" * 301)
    assert caught.value.at == "note"
    run(hide(town.ana.ports, town.made.id))
    with pytest.raises(NotFoundError):
        town.report(town.stranger)
    assert town.open() == []


def test_reports_are_counted() -> None:
    town = Scene()
    for _ in range(20):
        town.report(town.dora.ports)
    with pytest.raises(TooManyError):
        town.report(town.dora.ports)
    town.report(town.ana.ports)


def test_who_does_not_answer_for_the_badge_sees_and_decides_nothing() -> None:
    town = Scene()
    town.report(town.stranger)
    (id,) = town.open()
    elsewhere = town._as(town.dora, roles={"college": "owner", "school": "editor"})
    for ports in (elsewhere, town.operator, town.ben.ports, town.stranger):
        with pytest.raises(ForbiddenError):
            run(flow.reports(ports, "school"))
        for act in flow.BECOMES:
            with pytest.raises(ForbiddenError):
                run(flow.settle(ports, id, act, "Why."))
    with pytest.raises(ForbiddenError):
        run(flow.handed(town.owner))
    assert town.open() == [id]


def test_an_owner_hides_it_from_the_badge_and_shows_it_again() -> None:
    town = Scene()
    town.report(town.dora.ports, note="It insults Dora.")
    (id,) = town.open()
    with pytest.raises(InputError):
        run(flow.settle(town.owner, id, "hide"))
    run(flow.settle(town.owner, id, "hide", "No insults here."))
    assert town.on_badge() == []
    assert [line.code for line in town.summary().lines] == ["endorsers"]
    (line,) = run(received(town.ana.ports)).settled
    assert line.endorsement.barred == "No insults here."
    with pytest.raises(ConflictError):
        run(show(town.ana.ports, town.made.id))
    assert any("No insults here." in text for text in town.letters("endorsement-barred"))
    assert not any("Dora" in text for text in town.letters("endorsement-barred"))
    with pytest.raises(ConflictError):
        run(flow.settle(town.owner, id, "hide", "Again."))
    run(flow.settle(town.owner, id, "dismiss"))
    assert [one.id for one in town.on_badge()] == [town.made.id]
    assert run(fsck(town.ports)).findings == []


def test_what_is_written_anew_is_hidden_like_what_it_replaces() -> None:
    """Else its endorser and its holder, who may have traded it, would put it back by two clicks."""
    town = Scene()
    town.report(town.dora.ports)
    (id,) = town.open()
    run(flow.settle(town.owner, id, "hide", "Traded."))
    newer = town.ben.endorse(town.badge, "Kept everybody quite calm.")
    with pytest.raises(ConflictError) as caught:
        run(show(town.ana.ports, newer.id))
    assert caught.value.code == "endorsement_barred"
    assert town.on_badge() == []
    run(flow.settle(town.owner, id, "dismiss"))
    run(show(town.ana.ports, newer.id))
    assert [one.id for one in town.on_badge()] == [newer.id]
    assert run(fsck(town.ports)).findings == []


def test_of_two_reports_that_hide_it_each_has_to_be_dismissed() -> None:
    town = Scene()
    town.report(town.dora.ports)
    town.report(town.stranger)
    one, other = town.open()
    for id in (one, other):
        run(flow.settle(town.owner, id, "hide", f"Because of {id}."))
    run(flow.settle(town.owner, one, "dismiss"))
    assert town.on_badge() == []
    run(flow.settle(town.owner, other, "dismiss"))
    assert len(town.on_badge()) == 1


def test_what_is_handed_over_is_the_operators_to_decide() -> None:
    town = Scene()
    town.report(town.stranger)
    (id,) = town.open()
    run(flow.settle(town.owner, id, "hand-over", "He does this everywhere."))
    assert town.open() == []
    (seen,), older = run(flow.handed(town.operator))
    assert (seen.report.id, older) == (id, None)
    assert seen.thing is not None
    assert seen.thing.person == town.ben.person.id
    run(flow.settle(town.operator, id, "dismiss"))
    assert run(flow.handed(town.operator)) == ([], None)
    with pytest.raises(ForbiddenError):  # it is not theirs any more
        run(flow.settle(town.operator, id, "hide", "Why."))


def test_what_is_about_no_issuers_badge_is_the_operators_for_good() -> None:
    town = Scene()
    profile = run(profile_of(town.ports, town.ana.person.id))
    made = town.shown(town.ben.endorse(profile, "Talks behind your back.", kind="profile"))
    run(flow.report(town.stranger, "endorsement", made.id, "insulting", "", "net"))
    (seen,), _ = run(flow.handed(town.operator))
    id = seen.report.id
    assert (seen.report.issuer, seen.report.state) == ("", "handed")
    for ports in (town.owner, town.ben.ports, town.ana.ports, town.stranger):
        with pytest.raises(ForbiddenError):
            run(flow.settle(ports, id, "dismiss"))
    with pytest.raises(ConflictError) as caught:
        run(flow.settle(town.operator, id, "hand-over", "Why."))
    assert caught.value.code == "already_so"
    run(flow.settle(town.operator, id, "hide", "No gossip."))
    (text,) = town.letters("endorsement-barred")
    assert "No gossip." in text
    assert "badge" not in text
    assert run(flow.handed(town.operator)) == ([], None)
    (seen,), _ = run(flow.handed(town.operator, settled=True))
    assert (seen.report.id, seen.report.state, seen.thing and seen.thing.shown) == (id, "hidden", False)
    with pytest.raises(ForbiddenError):
        run(flow.find(town.owner, id))
    run(flow.settle(town.operator, id, "dismiss"))  # decided again
    (seen,), _ = run(flow.handed(town.operator, settled=True))
    assert (seen.report.state, seen.thing and seen.thing.shown) == ("dismissed", True)
    assert run(fsck(town.ports)).findings == []


def test_what_was_handed_over_stays_hidden_whatever_becomes_of_another_report() -> None:
    town = Scene()
    town.report(town.dora.ports)
    town.report(town.stranger)
    one, other = town.open()
    run(flow.settle(town.owner, one, "hide", "No insults here."))
    run(flow.settle(town.owner, one, "hand-over", "He does this everywhere."))
    run(flow.settle(town.owner, other, "dismiss"))
    assert town.on_badge() == []
    run(flow.settle(town.operator, one, "dismiss"))
    assert len(town.on_badge()) == 1


def test_a_vouch_can_be_reported_and_handed_over_but_hidden_nowhere() -> None:
    town = VouchingTown()
    made = town.give(town.ana, town.ben)
    run(flow.report(replace(town.ports, who=NOBODY), "vouch", made.id, "traded", "", "net"))
    (seen,), _ = run(flow.reports(town.ports, "vouches"))
    assert seen.thing is not None
    assert seen.thing.by == "Ana Giver"
    with pytest.raises(ConflictError):
        run(flow.settle(town.ports, seen.report.id, "hide", "Why."))
    run(flow.settle(town.ports, seen.report.id, "hand-over", "Why."))
    assert run(fsck(town.ports)).findings == []


def test_pages_of_reports_follow_each_other() -> None:
    town = Scene()
    for n in range(flow.PAGE + 3):
        town.world.now += timedelta(minutes=20)
        town.report(town.stranger, network=f"net {n}")
    first, older = run(flow.reports(town.owner, "school"))
    assert older is not None
    second, end = run(flow.reports(town.owner, "school", before=older))
    assert (len(first), len(second), end) == (flow.PAGE, 3, None)
    ids = [one.report.id for one in (*first, *second)]
    assert len(set(ids)) == flow.PAGE + 3


def test_of_an_erased_reporter_nothing_is_left_and_the_report_stays() -> None:
    town = Scene()
    town.report(town.cleo.ports, note="Cleo saw it herself.")
    run(erase(town.ports, town.cleo.person.id, "cleo@example.org"))
    assert "Cleo saw it" not in repr(town.world.store.kept())
    (seen,), _ = run(flow.reports(town.ports, "school"))
    assert (seen.report.reporter, seen.report.reason) == ("", "untrue")
    run(erase(town.ports, town.ben.person.id, "ben@example.org"))
    assert run(flow.reports(town.ports, "school")) == ([], None)
    assert run(fsck(town.ports)).findings == []
