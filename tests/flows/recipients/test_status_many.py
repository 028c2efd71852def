"""Many badges changed in one step: previewed, confirmed by what was seen, carried out once, resumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.core.verdict.secured import read_secured
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, InputError, UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.award_many import award_many
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.badges.verify import Options, verify
from exchange.flows.issuers.keys import resume, stop
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.mail.mails import carry
from exchange.flows.people.records import Principal
from exchange.flows.recipients import status_many as flow
from exchange.flows.recipients.recipients import recipients
from exchange.flows.recipients.records import Act, Job, Status, Wanted
from exchange.flows.records import Once
from tests.simulator import World, run
from tests.team import LEAD, TEAM

EVERYBODY = flow.Choice(Wanted("team"))


class Class:
    """A world in which five people have the badge, the second newest to the oldest a minute apart."""

    def __init__(self) -> None:
        self.world = World()
        self.ports = self.world.ports
        run(sync(self.ports, [TEAM]))
        self.badges = [self.award(f"p{n}@example.org") for n in range(5)]
        self.world.later(minutes=1)

    def award(self, to: str, badge: str = "lead", **order: Any) -> str:
        self.world.later(minutes=1)
        return run(award(self.ports, Order("team", badge, to, **order))).key

    def statuses(self) -> list[Status]:
        """Of the five, the oldest first."""
        rows, _ = run(recipients(self.ports, Wanted("team")))
        found = {row.badge: row.status for row in rows}
        return [found[badge] for badge in self.badges]

    def do(self, act: Act, choice: flow.Choice = EVERYBODY, reason: str = "A look", **more: Any) -> Job:
        """Looked at, confirmed, carried out."""
        seen = run(flow.preview(self.ports, act, choice))
        job = run(flow.begin(self.ports, act, seen.choice, reason, seen.digest, **more))
        assert run(flow.carry_on(self.ports))
        return run(flow.find_job(self.ports, job.id))

    def chosen(self, *badges: str) -> flow.Choice:
        return flow.Choice(Wanted("team"), badges)

    def kinds(self) -> list[str]:
        """What the log says was done, from the sixth award on."""
        from exchange.core.log.entry import read_entry

        records = run(self.ports.store.log_records(0, 999))
        kinds = [read_entry(record.entry).kind for record in records]
        return [kind for kind in kinds if kind in ("revoke", "suspend", "reinstate", "award")][5:]

    def verdict(self, badge: str) -> str:
        row = run(self.ports.store.badge(badge))
        assert row is not None
        assert row.signed is not None
        return run(verify(self.ports, row.signed, Options())).outcome


@pytest.fixture
def team() -> Class:
    return Class()


def test_a_look_changes_nothing_and_says_what_would(team: Class) -> None:
    run(suspend(team.ports, team.badges[0], "Earlier"))
    run(revoke(team.ports, team.badges[1], "Earlier"))
    size = run(team.ports.store.log_size())
    seen = run(flow.preview(team.ports, "suspend", EVERYBODY))
    assert (seen.count, dict(seen.achievements)) == (3, {"lead": 3})
    assert dict(seen.passed) == {"suspended": 1, "revoked": 1}
    assert [one.badge for one in seen.some] == list(reversed(team.badges[2:]))
    assert run(flow.preview(team.ports, "suspend", seen.choice)).digest == seen.digest
    assert run(team.ports.store.log_size()) == size
    assert run(team.ports.store.jobs_left()) == []


def test_everything_that_a_filter_finds_is_changed_with_a_leaf_and_a_mail_each(team: Class) -> None:
    before = run(team.ports.store.count_undelivered())[0]
    job = team.do("suspend")
    assert (job.total, job.done, job.passed, job.reason) == (5, 5, 0, "")
    assert team.statuses() == ["suspended"] * 5
    assert team.kinds() == ["suspend"] * 5
    assert run(team.ports.store.count_undelivered())[0] == before + 5
    assert {team.verdict(badge) for badge in team.badges} == {"invalid"}
    assert team.do("reinstate", mail=False).done == 5
    assert {team.verdict(badge) for badge in team.badges} == {"valid"}
    assert run(team.ports.store.count_undelivered())[0] == before + 5
    assert [one for one in run(fsck(team.ports)).findings if one.level == "error"] == []


def test_a_choice_changes_just_those(team: Class) -> None:
    first, second = team.badges[:2]
    job = team.do("revoke", team.chosen(first, second, "unheard-of"), "Wrong list")
    assert (job.total, job.done) == (2, 2)
    assert team.statuses() == ["revoked", "revoked", "valid", "valid", "valid"]
    assert [one.reason for one in run(team.ports.store.history(first))] == ["Wrong list"]


def test_what_is_confirmed_must_be_what_was_seen(team: Class) -> None:
    seen = run(flow.preview(team.ports, "revoke", EVERYBODY))
    late = team.award("late@example.org")  # after the look: not part of it
    run(suspend(team.ports, team.badges[0], "A suspended one can be revoked as well"))
    run(flow.begin(team.ports, "revoke", seen.choice, "Why", seen.digest))
    run(flow.carry_on(team.ports))
    assert team.statuses() == ["revoked"] * 5
    rows, _ = run(recipients(team.ports, Wanted("team", status="valid")))
    assert [row.badge for row in rows] == [late]


@pytest.mark.parametrize(
    ("act", "meanwhile"), [("suspend", "revoked"), ("suspend", "suspended"), ("revoke", "revoked")]
)
def test_a_changed_choice_has_to_be_seen_again(team: Class, act: Act, meanwhile: str) -> None:
    seen = run(flow.preview(team.ports, act, EVERYBODY))
    run((revoke if meanwhile == "revoked" else suspend)(team.ports, team.badges[2], "Meanwhile"))
    size = run(team.ports.store.log_size())
    with pytest.raises(ConflictError, match="not what you saw"):
        run(flow.begin(team.ports, act, seen.choice, "Why", seen.digest))
    assert run(team.ports.store.log_size()) == size
    assert run(team.ports.store.jobs_left()) == []


def test_a_crash_in_between_is_gone_on_with_and_nothing_is_done_twice(
    team: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "CHUNK", 2)
    seen = run(flow.preview(team.ports, "revoke", EVERYBODY))
    job = run(flow.begin(team.ports, "revoke", seen.choice, "Why", seen.digest))
    first = run(team.ports.store.chunk_left(job.id))
    assert first is not None
    run(flow._carry_out(team.ports, job, *first))  # and then the process died
    run(flow._carry_out(team.ports, job, *first))  # another node had begun the same
    assert team.kinds() == ["revoke"] * 2
    run(suspend(team.ports, team.badges[0], "By hand, meanwhile"))
    run(revoke(team.ports, team.badges[1], "By hand, meanwhile"))
    assert run(flow.carry_on(replace(team.ports)))
    assert run(flow.carry_on(team.ports))
    done = run(flow.find_job(team.ports, job.id))
    assert (done.done, done.passed, done.ended_at is not None) == (4, 1, True)
    assert team.statuses() == ["revoked"] * 5
    assert team.kinds().count("revoke") == 5


def test_the_same_request_twice_is_one_job(team: Class) -> None:
    once = Once("me:form:1", "aa", team.world.now)
    seen = run(flow.preview(team.ports, "revoke", EVERYBODY))
    jobs = []
    for _ in range(2):
        jobs.append(run(flow.begin(team.ports, "revoke", seen.choice, "Why", seen.digest, once)).id)
        run(flow.carry_on(team.ports))
    assert jobs[0] == jobs[1]
    assert team.kinds() == ["revoke"] * 5
    with pytest.raises(ExchangeError, match="no badge"):
        run(flow.begin(team.ports, "revoke", seen.choice, "Why", seen.digest, replace(once, digest="bb")))


def test_what_cannot_be_signed_waits(team: Class) -> None:
    seen = run(flow.preview(team.ports, "revoke", EVERYBODY))
    run(stop(team.ports, "team", "Looking"))
    with pytest.raises(UnavailableError):
        run(flow.begin(team.ports, "revoke", seen.choice, "Why", seen.digest))
    run(resume(team.ports, "team"))
    job = run(flow.begin(team.ports, "revoke", seen.choice, "Why", seen.digest))
    run(stop(team.ports, "team", "Looking"))
    with pytest.raises(UnavailableError):
        run(flow.carry_on(team.ports))
    assert team.statuses() == ["valid"] * 5
    run(resume(team.ports, "team"))
    run(flow.carry_on(team.ports))
    assert run(flow.find_job(team.ports, job.id)).done == 5


@pytest.mark.parametrize("act", list(flow.ACTS))
def test_it_takes_a_role_at_this_issuer(team: Class, act: Act) -> None:
    for roles in ({"team": "viewer"}, {"other": "owner"}, {}):
        ports = replace(team.ports, who=Principal("p", "link", roles=roles, operator=True))  # type: ignore[arg-type]
        with pytest.raises(ForbiddenError):
            run(flow.preview(ports, act, EVERYBODY))
        with pytest.raises(ForbiddenError):
            run(flow.begin(ports, act, EVERYBODY, "Why", ""))
    job = team.do("suspend")
    with pytest.raises(ForbiddenError):
        run(flow.find_job(ports, job.id))


def test_a_reason_is_wanted_and_not_too_many_are_chosen(team: Class) -> None:
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(InputError, match="Say why"):
            run(flow.begin(team.ports, "revoke", EVERYBODY, reason, ""))
    with pytest.raises(InputError, match="At most 500"):
        run(flow.preview(team.ports, "revoke", team.chosen(*map(str, range(501)))))


# --- renewing ---------------------------------------------------------------------------------------------


def newer(team: Class, **changes: Any) -> None:
    """A second version of the badge."""
    badge = replace(LEAD, criteria="Seen three times.", source='{"criteria":"Seen three times."}', **changes)
    run(sync(team.ports, [replace(TEAM, badges=(badge, TEAM.badges[1]))]))


def rows(team: Class) -> dict[str, Any]:
    return {row.badge: row for row in run(recipients(team.ports, Wanted("team")))[0]}


def test_expiring_badges_are_renewed_in_one_step_by_the_newest_version(team: Class) -> None:
    newer(team)
    team.world.later(days=340)
    team.award("fresh@example.org")
    expiring = flow.Choice(Wanted("team", status="expiring"))
    job = team.do("renew", expiring, "")
    assert (job.total, job.done, job.passed) == (5, 5, 0)
    found = rows(team)
    for old in team.badges:
        new = found[found[old].renewed_by]
        assert (found[old].status, new.status) == ("expiring", "valid")
        assert (new.to, new.version, new.renews) == (found[old].to, 2, old)
        assert new.valid_until == new.at + timedelta(days=365)
        document = read_secured(run(team.ports.store.badge(new.badge)).signed).document  # type: ignore[union-attr,arg-type]
        assert document["validUntil"][:10] == f"{new.valid_until:%Y-%m-%d}"
        assert team.verdict(new.badge) == team.verdict(old) == "valid"
    again = run(flow.preview(team.ports, "renew", expiring))
    assert (again.count, dict(again.passed)) == (0, {"renewed": 5})
    assert team.kinds() == ["award"] * 6
    run(deliver_due(team.ports, "mail", carry))
    subjects = Counter(letter.subject for letter in team.world.mailer.letters)
    assert subjects == {"You have earned “Incident lead”": 6, "“Incident lead” was renewed": 5}


def test_the_old_ones_are_revoked_only_if_that_is_asked_for(team: Class) -> None:
    old = team.badges[0]
    team.do("replace", team.chosen(old), "")
    found = rows(team)
    assert (found[old].status, found[found[old].renewed_by].status) == ("revoked", "valid")
    assert "renewed" in run(team.ports.store.history(old))[0].reason
    assert [found[badge].status for badge in team.badges[1:]] == ["valid"] * 4


def test_what_cannot_be_renewed_is_passed_over_and_said(team: Class) -> None:
    seen = team.award("s@example.org", "seen", evidence=("https://example.org/1",), narrative="Did it.")
    team.world.later(minutes=1)
    run(revoke(team.ports, team.badges[0], "Why"))
    run(suspend(team.ports, team.badges[1], "Why"))
    run(sync(team.ports, [replace(TEAM, badges=(TEAM.badges[1],))]))  # `lead` is retired
    look = run(flow.preview(team.ports, "renew", EVERYBODY))
    assert (look.count, dict(look.passed)) == (1, {"retired": 3, "revoked": 1, "suspended": 1})
    assert team.do("renew", EVERYBODY, "").done == 1
    new = run(team.ports.store.badge(rows(team)[seen].renewed_by))
    assert new is not None
    document = read_secured(new.signed or b"").document
    assert document["evidence"][0]["id"] == "https://example.org/1"
    assert document["credentialSubject"]["narrative"] == "Did it."


def test_a_renewal_that_was_cut_off_is_gone_on_with(team: Class) -> None:
    look = run(flow.preview(team.ports, "replace", EVERYBODY))
    job = run(flow.begin(team.ports, "replace", look.choice, "", look.digest))
    badges = [run(team.ports.store.badge(badge)) for badge in team.badges[:3]]
    run(flow._renew(team.ports, job, [badge for badge in badges if badge]))  # and then the process died
    run(flow.carry_on(team.ports))
    assert team.statuses() == ["revoked"] * 5
    assert team.kinds().count("award") == 5
    assert team.kinds().count("revoke") == 5
    assert run(flow.find_job(team.ports, job.id)).done == 5


def test_who_lost_a_badge_can_be_awarded_it_again(team: Class) -> None:
    run(revoke(team.ports, team.badges[0], "A mistake"))
    again = team.award("p0@example.org")
    assert (team.verdict(again), team.verdict(team.badges[0])) == ("valid", "invalid")

    async def many(batch: str) -> Sequence[Any]:
        order = Order("team", "lead", "p1@example.org")
        return [made async for chunk in award_many(team.ports, [order], batch) for made in chunk]

    (first,) = run(many("spring"))
    run(revoke(team.ports, first.key, "A mistake"))
    (second,) = run(many("autumn"))
    assert not second.again
    assert (team.verdict(second.key), team.verdict(first.key)) == ("valid", "invalid")
