"""The short runs: each harness finds nothing wrong, and finds what is wrong with a broken exchange.

The long runs are `python -m tests.faults HARNESS`; their figures are in benchmarks/README.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.adapters.database import postgres
from tests.adapters.postgres_server import NotHereError
from tests.faults import (
    clock,
    complete,
    cut,
    eio,
    erase,
    full,
    indices,
    keys,
    kill,
    kill_postgres,
    lint,
    orphans,
    outbox,
    power,
    public,
    restored,
)
from tests.faults.cluster import Cluster, cluster
from tests.faults.house import House, in_folder

ALWAYS_BROKEN = ("acknowledge-early", "index-outside", "log-outside", "mail-outside")


def needs(reason: str) -> None:
    if reason:
        pytest.skip(reason)


@pytest.fixture
def server() -> Iterator[Cluster]:
    try:
        with cluster() as running:
            yield running
    except NotHereError as reason:
        pytest.skip(str(reason))


def test_processes_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    figures = asyncio.run(kill.run(kill.SHORT, tmp_path))
    assert figures.problems == []
    assert figures.ledger.effects >= 10 * kill.SHORT
    assert figures.slowest_ready <= kill.READY_SECONDS


@pytest.mark.parametrize("fault", ALWAYS_BROKEN)
def test_a_kill_shows_what_is_broken(tmp_path: Path, fault: str) -> None:
    assert asyncio.run(kill.run(40, tmp_path, fault)).problems


@pytest.mark.postgres
def test_a_cluster_that_is_killed_loses_nothing_and_its_nodes_go_on(tmp_path: Path, server: Cluster) -> None:
    figures = asyncio.run(kill_postgres.run(kill_postgres.SHORT, server, tmp_path))
    assert figures.problems == []
    assert figures.ledger.effects >= 10 * kill_postgres.SHORT
    assert set(figures.ledger.errors) <= {"database_unavailable"}


@pytest.mark.postgres
@pytest.mark.parametrize("fault", ALWAYS_BROKEN)
def test_a_killed_cluster_shows_what_is_broken(tmp_path: Path, server: Cluster, fault: str) -> None:
    assert asyncio.run(kill_postgres.run(30, server, tmp_path, fault)).problems


def test_a_power_cut_loses_nothing() -> None:
    needs(power.missing())
    figures = power.run(power.SHORT)
    assert figures.problems == []
    assert figures.acknowledged >= power.SHORT


@pytest.mark.parametrize("fault", ["synchronous-normal", "synchronous-off"])
def test_a_power_cut_shows_a_disk_that_was_not_waited_for(fault: str) -> None:
    needs(power.missing())
    assert power.run(10, fault).problems


def test_after_a_failed_flush_nothing_is_acknowledged_or_signed(tmp_path: Path) -> None:
    needs(eio.missing())
    figures = asyncio.run(eio.run(eio.SHORT, tmp_path))
    assert figures.problems == []
    assert figures.acknowledged > 0
    assert figures.refused >= eio.SHORT * eio.ERRORS


def test_a_failed_flush_shows_who_tries_again(tmp_path: Path) -> None:
    needs(eio.missing())
    assert asyncio.run(eio.run(3, tmp_path, "write-after-failed-flush")).problems


@pytest.mark.parametrize("how", ["tmpfs", "limit"])
def test_a_full_disk_refuses_and_goes_on_when_there_is_room(how: full.How) -> None:
    needs(full.missing(how))
    figures = full.run(full.SHORT, how)
    assert figures.problems == []
    assert min(figures.acknowledged, figures.refused, figures.after) > 0


def test_a_full_disk_shows_who_answers_early() -> None:
    assert full.run(20, "limit", "acknowledge-early").problems


def test_a_wrong_clock_signs_nothing(tmp_path: Path) -> None:
    needs(clock.missing())
    figures = asyncio.run(clock.run(clock.SHORT, tmp_path))
    assert figures.problems == []
    assert figures.refused >= figures.jumps * clock.REFUSALS


@pytest.mark.postgres
def test_a_clock_that_was_ahead_before_the_start_is_told_by_the_servers(
    tmp_path: Path, server: Cluster
) -> None:
    needs(clock.missing())
    house = House(server.url, tmp_path)
    figures = asyncio.run(clock.run_ahead(clock.SHORT, house, tmp_path))
    assert figures.problems == []
    assert figures.refused >= figures.jumps * clock.REFUSALS
    (signed, *_) = asyncio.run(clock.run_ahead(1, house, tmp_path, "believe-any-clock")).problems
    assert ": 0 signatures" not in signed


def test_a_wrong_clock_shows_who_believes_it(tmp_path: Path) -> None:
    needs(clock.missing())
    (signed, *_) = asyncio.run(clock.run(1, tmp_path, "believe-any-clock")).problems
    assert ": 0 signatures" not in signed


@pytest.mark.postgres
def test_a_node_that_is_cut_off_is_told_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "EFFECT_SECONDS", 2.5)
    monkeypatch.setitem(postgres.SETTINGS, "idle_in_transaction_session_timeout", "500ms")
    try:
        figures = asyncio.run(cut.run(cut.SHORT, 10.0))
    except NotHereError as reason:
        pytest.skip(str(reason))
    assert figures.problems == []
    assert figures.refused >= cut.CLIENTS
    assert figures.slowest_refusal < 6
    assert figures.slowest_other < 6


@pytest.mark.postgres
def test_a_cut_shows_a_server_that_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "EFFECT_SECONDS", 2.5)
    monkeypatch.setitem(postgres.SETTINGS, "idle_in_transaction_session_timeout", "0")
    try:
        assert asyncio.run(cut.run(3, 10.0)).problems
    except NotHereError as reason:
        pytest.skip(str(reason))


def test_indices_are_given_once_in_no_order_and_set_no_bit(tmp_path: Path) -> None:
    figures = asyncio.run(indices.run(indices.SHORT, tmp_path))
    assert figures.problems == []
    assert figures.on_record >= figures.given >= indices.SHORT
    assert figures.kills > 0


def test_indices_show_who_picks_them_outside(tmp_path: Path) -> None:
    problems = asyncio.run(indices.run(indices.SHORT, tmp_path, broken=True)).problems
    assert any("twice" in problem for problem in problems)
    assert any("order" in problem for problem in problems)


def test_what_the_gate_releases_every_verifier_accepts() -> None:
    figures = lint.run(lint.SHORT)
    assert figures.problems == []
    assert sum(figures.released.values()) >= lint.SHORT // 2
    assert figures.refused


def test_the_verifiers_refuse_what_an_open_gate_releases() -> None:
    assert lint.run(lint.SHORT, broken=True).problems


def test_every_signature_has_an_earlier_record_wherever_it_fails(tmp_path: Path) -> None:
    figures = asyncio.run(orphans.run(orphans.SHORT, tmp_path))
    assert figures.problems == []
    assert min(figures.orphans, figures.revoked) > 0
    assert figures.points > 50


@pytest.mark.parametrize("fault", ["sign-in-transaction", "log-outside"])
def test_failing_everywhere_shows_what_is_broken(tmp_path: Path, fault: str) -> None:
    assert asyncio.run(orphans.run(1, tmp_path, fault)).problems


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_everybody_sees_a_revocation_within_five_seconds(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    house = in_folder(tmp_path)
    if database == "postgres":
        house = House(request.getfixturevalue("server").url, tmp_path)
    figures = asyncio.run(public.run(public.SHORT, house))
    assert figures.problems == []
    assert [len(late) for late in figures.late.values()] == [public.SHORT, public.SHORT]


def test_polling_shows_who_publishes_by_a_timer_only(tmp_path: Path) -> None:
    assert asyncio.run(public.run(public.SHORT, in_folder(tmp_path), "publish-late")).problems


def test_no_list_is_served_that_has_less_than_half_of_a_day_left() -> None:
    longest, left = asyncio.run(public.live())
    assert longest == public.LIFE
    assert left >= public.HALF
    _, left = asyncio.run(public.live("never-renew"))
    assert left < public.HALF


def test_processes_that_deliver_are_killed_and_nothing_is_lost_or_out_of_order(tmp_path: Path) -> None:
    figures = asyncio.run(outbox.run(outbox.SHORT, tmp_path))
    assert figures.problems == []
    assert figures.kills == outbox.SHORT[1]
    assert min(figures.repeats, figures.given_up) > 0


@pytest.mark.parametrize("fault", outbox.BROKEN)
def test_killed_deliveries_show_what_is_broken(tmp_path: Path, fault: str) -> None:
    assert asyncio.run(outbox.run(outbox.SHORT, tmp_path, fault)).problems


def test_a_mail_server_that_hangs_delays_nobody_else(tmp_path: Path) -> None:
    assert asyncio.run(outbox.held_up(tmp_path, hung=60, others=20)).problems == []


def test_not_a_byte_of_who_was_erased_is_left(tmp_path: Path) -> None:
    figures = asyncio.run(erase.run(erase.SHORT, tmp_path))
    assert figures.problems == []
    assert (figures.people, figures.badges) == (erase.SHORT // 2, erase.SHORT)


@pytest.mark.parametrize("fault", ["rows-only", "list-lost"])
def test_the_search_finds_what_an_erasure_left(tmp_path: Path, fault: str) -> None:
    assert asyncio.run(erase.run(erase.SHORT, tmp_path, fault=fault)).problems


def test_after_kills_and_overload_there_are_as_many_entries_as_effects(tmp_path: Path) -> None:
    for folder in ("killed", "loaded"):
        (tmp_path / folder).mkdir()
    killed = asyncio.run(complete.after_kills(complete.SHORT, tmp_path / "killed"))
    loaded = asyncio.run(complete.overloaded(complete.SHORT_LOAD, tmp_path / "loaded"))
    assert killed.problems == loaded.problems == []
    assert min(killed.counts["award"][0], loaded.counts["award"][0], loaded.counts["revoke"][0]) > 0


def test_counting_shows_a_log_that_is_written_apart(tmp_path: Path) -> None:
    assert asyncio.run(complete.overloaded(complete.SHORT_LOAD, tmp_path, "log-gathered")).problems


def test_old_badges_stand_after_rotations_and_a_stop_is_a_stop(tmp_path: Path) -> None:
    for folder in ("rotated", "stopped", "broken"):
        (tmp_path / folder).mkdir()
    assert asyncio.run(keys.rotate(keys.SHORT, tmp_path / "rotated")) == (keys.SHORT, [])
    stops = asyncio.run(keys.stop(keys.FEW_STOPS, in_folder(tmp_path / "stopped")))
    assert stops.problems == []
    assert stops.latest < 1
    assert asyncio.run(keys.stop(1, in_folder(tmp_path / "broken"), "stop-unread")).problems


def test_what_was_restored_gives_nothing_out_twice(tmp_path: Path) -> None:
    figures = asyncio.run(restored.run(restored.SHORT, tmp_path))
    assert figures.problems == []
    assert min(figures.stale, figures.missing, figures.refused) > 0


@pytest.mark.parametrize("fault", restored.BROKEN)
def test_restores_show_what_is_broken(tmp_path: Path, fault: str) -> None:
    assert asyncio.run(restored.run(20, tmp_path, fault)).problems
