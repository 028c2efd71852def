"""Two nodes on one database: what one of them changes, the next reader at the other is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from exchange.adapters.database import DatabaseStore, open_store
from exchange.adapters.database.effects import Statement
from exchange.adapters.database.embeds import LOGGED_SINCE, PUBLIC_MARKS, SHARED_MARKS
from exchange.core.portfolio.portfolio import Item, Portfolio
from exchange.core.portfolio.shown import Shown
from exchange.errors import NotFoundError
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import revoke
from exchange.flows.claims.claim import answer
from exchange.flows.embeds.hub import Hub
from exchange.flows.issuers.sync import sync
from exchange.flows.people.records import Address, Person, Principal
from exchange.flows.portfolios.edit import edit
from exchange.flows.portfolios.kept import kept_by_secret
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.share import Wish, off, share
from exchange.flows.ports import Ports
from tests.adapters.database.samples import START
from tests.edge.shop import SCHOOL
from tests.simulator import World

pytestmark = pytest.mark.anyio


@dataclass
class Node:
    """One of them: `ports` are those of Ben, who is signed in there."""

    store: DatabaseStore
    world: World
    hub: Hub = field(default_factory=Hub)

    @property
    def ports(self) -> Ports:
        who = Principal("ben", "code", "ben", confirmed_at=START)
        return replace(self.world.ports, store=self.store, hub=self.hub, who=who)

    async def read(self, secret: str) -> Shown | None:
        try:
            return (await kept_by_secret(self.ports, secret)).value.shown
        except NotFoundError:
            return None


async def test_what_one_node_changes_the_other_tells(database_url: str) -> None:
    world = World()
    stores = [await open_store(database_url), await open_store(database_url)]
    here, there = (Node(store, world) for store in stores)
    try:
        shell = replace(world.ports, store=here.store)
        await sync(shell, [SCHOOL])
        await here.store.put_person(Person("ben", "Ben", START), [Address("ben@example.org", "ben", START)])
        keys = []
        for _ in range(2):
            made = await award(shell, Order("school", "incident-lead", "mailto:ben@example.org"))
            await answer(here.ports, made.key, "accept")
            keys.append(made.key)
        kept = await make(here.ports, "ben", "Calm", "skills")
        items = tuple(Item(key=f"k{n}", kind="badge", id=key) for n, key in enumerate(keys))
        kept = await edit(here.ports, kept.id, Portfolio(headline="Calm", items=items), kept.revision)
        link, url = await share(here.ports, kept.id, Wish("Board"))
        secret = url.rpartition("/")[2]

        seen = [await node.read(secret) for node in (here, there)]
        assert seen[0] == seen[1]
        assert seen[0]
        assert seen[0].counts == {"valid": 2}
        await revoke(shell, keys[0], "Why")
        seen = [await node.read(secret) for node in (there, here)]
        assert seen[0] == seen[1]
        assert seen[0]
        assert seen[0].counts == {"valid": 1, "revoked": 1}
        said = Portfolio(headline="Calmer", items=items[1:])
        await edit(here.ports, kept.id, said, kept.revision)
        after = await there.read(secret)
        assert after
        assert (after.headline, after.counts) == ("Calmer", {"valid": 1})
        await off(there.ports, kept.id, link.id)
        assert [await node.read(secret) for node in (here, there)] == [None, None]
    finally:
        for store in stores:
            await store.close()


@pytest.mark.parametrize("copy_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sql", "args"),
    [
        (SHARED_MARKS.format("?, ?"), ("a", "b")),
        (PUBLIC_MARKS.format("?, ?"), ("a", "b")),
        (LOGGED_SINCE, (1, 10)),
    ],
    ids=["marks", "public", "log"],
)
async def test_whether_anything_moved_is_looked_up_in_indices(
    store: DatabaseStore, sql: str, args: tuple[object, ...]
) -> None:
    plan = [row[-1] for row in await store.engine.read(Statement(f"EXPLAIN QUERY PLAN {sql}", args))]
    assert not [step for step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
    assert not any("TEMP B-TREE" in step for step in plan)
