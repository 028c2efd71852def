"""Open Badges 2.0, from the simulated web through the real worker to a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.adapters.worker import KillableWorker
from exchange.core import strict_json
from exchange.core.verdict.verdict import Verdict
from exchange.flows.badges.verify import Options, verify
from tests.adapters.test_worker_libraries import ASSERTION, HOSTED
from tests.simulator import World

THEN = datetime(2020, 6, 1, tzinfo=UTC)
BADGE = strict_json.dump(ASSERTION)


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker(seconds=60.0)
    yield worker
    worker.close()


def judged(worker: KillableWorker, world: World, data: bytes = BADGE, **options: Any) -> Verdict:
    ports = replace(world.ports, open_badges_2=worker.open_badges_2)
    return asyncio.run(verify(ports, data, Options(**{"at": THEN, "trusted": True, **options})))


@pytest.fixture
def world() -> World:
    world = World()
    world.web.pages.update(HOSTED)
    return world


def codes(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_hosted_badge_is_valid_and_its_documents_are_fetched(worker: KillableWorker, world: World) -> None:
    verdict = judged(worker, world)
    assert (verdict.outcome, verdict.kind) == ("valid", "open_badge_2"), verdict.findings
    assert ASSERTION["id"] in world.web.asked


def test_it_expires(worker: KillableWorker, world: World) -> None:
    verdict = judged(worker, world, at=datetime(2022, 1, 1, tzinfo=UTC))
    assert verdict.outcome == "invalid"
    assert "expired" in codes(verdict)


@pytest.mark.parametrize(("recipient", "outcome"), [("a@example.org", "valid"), ("b@example.org", "invalid")])
def test_recipient(worker: KillableWorker, world: World, recipient: str, outcome: str) -> None:
    assert judged(worker, world, recipient=recipient).outcome == outcome


@pytest.mark.parametrize("asked", [{"domain": "hr.example"}, {"challenge": "4711"}])
def test_it_answers_nobody_who_asked_for_a_presentation(
    worker: KillableWorker, world: World, asked: dict[str, Any]
) -> None:
    verdict = judged(worker, world, **asked)
    assert verdict.outcome == "indeterminate"
    assert {"open_badges_2_valid", "not_presented"} <= codes(verdict)


def test_badge_that_its_host_does_not_have_cannot_be_told(worker: KillableWorker, world: World) -> None:
    world.web.pages.clear()
    verdict = judged(worker, world)
    assert verdict.outcome == "indeterminate"
    assert verdict.credential is None


def test_offline_only_saved_documents_count(worker: KillableWorker, world: World) -> None:
    assert judged(worker, world, documents=HOSTED).outcome == "valid"
    assert judged(worker, world, documents={}).outcome == "indeterminate"
    assert world.web.asked == []


def test_strangers_do_not_get_the_worker(worker: KillableWorker, world: World) -> None:
    verdict = judged(worker, world, trusted=False)
    assert verdict.outcome == "indeterminate"
    assert codes(verdict) == {"open_badges_2"}
    assert world.web.asked == []
