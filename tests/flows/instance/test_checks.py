"""The checks of an instance: what each notices, and says once it is in order again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from exchange.core.sign_in.groups import GroupRule
from exchange.errors import UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.instance import checks
from exchange.flows.instance.backup import note_backup
from exchange.flows.issuers.sync import sync
from exchange.flows.log import log
from exchange.flows.people import teams
from tests.simulator import World, run
from tests.team import TEAM


def codes(found: AsyncIterator[Any]) -> dict[str, str]:
    """The level of each finding, by its code."""

    async def gather() -> dict[str, str]:
        return {finding.code: finding.level async for finding in found}

    return run(gather())


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    run(award(world.ports, Order("team", "lead", "mailto:ana@example.org")))
    return world


def test_it_sees_the_clock_backups_and_the_checkpoint_beside_the_database(world: World) -> None:
    def look() -> dict[str, str]:
        return codes(checks.check_standing(world.ports))

    assert look() == {"writable": "ok", "clock": "ok", "checkpoint": "ok", "no_backup": "warning"}
    run(note_backup(world.ports, world.now))
    run(log.checkpoint(world.ports))
    assert look() == {"writable": "ok", "clock": "ok", "checkpoint": "ok", "backup": "ok"}
    world.later(days=8)
    assert look()["old_backup"] == "warning"
    world.now -= timedelta(days=9)
    assert look()["clock_behind"] == "error"
    world.witness.note = b"scribble"
    assert look()["note_malformed"] == "error"
    world.store.broken = "The disk of the database is full. Make room on it."
    assert look()["read_only"] == "error"


def test_it_says_the_time_in_utc_and_here(world: World) -> None:
    finding = run(checks.check_clock(world.ports))
    assert finding.message.startswith("The clock says 2026-11-21T09:30:00Z (UTC; here it is ")


def test_it_lists_what_a_crash_left_unsigned_and_what_to_do(world: World) -> None:
    (badge,) = world.store._badges.values()
    object.__setattr__(badge, "signed", None)

    async def look() -> list[Any]:
        return [finding async for finding in checks.check_unsigned(world.ports)]

    assert run(look()) == []  # its own request may be at it
    world.later(minutes=2)
    (finding,) = run(look())
    assert badge.id in finding.message
    assert "exchange revoke" in finding.message
    assert finding.level == "warning"


def test_it_sees_a_disk_that_is_nearly_full(world: World) -> None:
    assert checks.check_disk(world.machine).message == "953 MB are free on the disk of /home/of/it."
    world.machine.free = 2**20
    finding = checks.check_disk(world.machine)
    assert (finding.level, finding.code) == ("error", "disk_full")


@pytest.mark.parametrize(
    ("in_step", "code", "level"),
    [(True, "clock_in_step", "ok"), (False, "clock_alone", "warning"), (None, "clock_alone", "unknown")],
)
def test_it_says_whether_somebody_keeps_the_clock_right(
    world: World, in_step: bool | None, code: str, level: str
) -> None:
    world.machine.kept_in_step = in_step
    finding = checks.check_in_step(world.machine)
    assert (finding.code, finding.level) == (code, level)


def test_it_sees_files_that_others_can_read_and_a_key_that_is_gone(world: World) -> None:
    assert "home_exposed" not in codes(checks.check_instance(world.ports))
    world.machine.open_files = [("/home/of/it/kek", "600")]
    world.machine.gone = {"memory:0"}
    found = codes(checks.check_instance(world.ports))
    assert (found["home_exposed"], found["key_missing"]) == ("error", "error")
    assert "home" not in found


def test_it_sees_rules_about_groups_that_name_what_is_not_there(world: World) -> None:
    world.group_rules = (
        GroupRule("a", team="guild"),
        GroupRule("b", team="guild", issuer="team", role="editor"),
        GroupRule("c", issuer="atlas", role="viewer"),
        GroupRule("d", operator=True),
    )

    def look() -> list[tuple[str, str, str]]:
        async def gather() -> list[Any]:
            return [finding async for finding in checks.check_group_rules(world.ports)]

        return [(one.code, one.level, one.at) for one in run(gather())]

    issuer = ("group_issuer_unknown", "warning", "atlas")
    assert look() == [("group_team_unknown", "warning", "guild"), issuer]
    run(teams.add(world.ports, "guild", "Guild"))
    assert look() == [issuer]
    world.group_rules = world.group_rules[:2]
    assert look() == []
    assert "group_team_unknown" not in codes(checks.check_instance(world.ports))


def test_it_tells_of_mail_that_waits_and_of_mail_that_was_given_up(world: World) -> None:
    def look() -> dict[str, str]:
        return codes(checks.check_outbox(world.ports))

    assert look() == {"outbox": "ok"}
    world.later(minutes=16)
    assert look() == {"mail_waits": "warning"}
    (one,) = run(world.store.undelivered(9))
    assert run(world.store.lease_parcel("mail", "me", world.now, world.now)) is not None
    run(world.store.give_up(one.parcel.id, "me", world.now, "550 No such mailbox"))
    assert look() == {"mail_given_up": "warning"}
    run(award(world.ports, Order("team", "lead", "mailto:ben@example.org")))
    assert look() == {"mail_given_up": "warning"}
    world.later(minutes=16)
    assert look() == {"mail_given_up": "warning", "mail_waits": "warning"}


def test_it_tries_what_carries_mail(world: World) -> None:
    assert run(checks.check_mail(world.mailer)).level == "ok"
    world.mailer.fails = UnavailableError("mail_unavailable", "The mail server is away.")
    found = run(checks.check_mail(world.mailer))
    assert (found.code, found.level, found.message) == (
        "mail_unavailable",
        "error",
        "The mail server is away.",
    )
