"""An Open Badges 2.0 badge is brought, through the real worker; its class and issuer lie elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exchange.adapters.worker import KillableWorker
from exchange.core import strict_json
from exchange.errors import ForbiddenError
from exchange.flows.imported import listed
from exchange.flows.imported.bring import bring
from exchange.flows.people.records import Address, Person, Principal
from exchange.flows.ports import Ports
from tests.adapters.test_worker_libraries import ASSERTION, HOSTED
from tests.simulator import World, run

BADGE = strict_json.dump(ASSERTION)


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker(seconds=60.0)
    yield worker
    worker.close()


def ports_of(worker: KillableWorker, address: str) -> Ports:
    world = World(now=datetime(2020, 6, 1, tzinfo=UTC))
    world.web.pages.update(HOSTED)
    person = Person("ana", "Ana", world.now)
    run(world.store.put_person(person, [Address(address, "ana", world.now, is_primary=True)]))
    who = Principal("ana", "code", "Ana")
    return replace(world.ports, open_badges_2=worker.open_badges_2, who=who)


def test_it_is_kept_with_what_its_documents_say_and_never_plainly_green(worker: KillableWorker) -> None:
    ports = ports_of(worker, "a@example.org")
    one = asyncio.run(bring(ports, BADGE))
    now = run(listed.states(ports, [one.id]))[one.id]
    assert (now.state, now.recipient, now.known) == ("valid", "yours", False)
    assert one.media_type == "application/json"
    outline = now.outline
    assert (outline.id, outline.issuer_id[:8]) == (ASSERTION["id"], "https://")
    assert outline.name
    assert outline.issuer
    assert outline.starts is not None


def test_it_is_for_whom_it_was_issued_to(worker: KillableWorker) -> None:
    ports = ports_of(worker, "b@example.org")
    with pytest.raises(ForbiddenError) as caught:
        asyncio.run(bring(ports, BADGE))
    assert caught.value.code == "recipient_other"
