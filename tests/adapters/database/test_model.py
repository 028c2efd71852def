"""SQLite against memory, step by step: whatever is asked in whatever order, both answer alike."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.adapters.database import open_store
from exchange.errors import ExchangeError
from exchange.flows.records import EVERY, Intent, Once, Parcel, SigningStop, StatusChange
from tests.adapters.database import samples
from tests.memory_store import MemoryStore

BADGES = [f"badge-{n}" for n in range(4)]
PURPOSES = st.sampled_from(["revocation", "suspension"])
PARCELS = st.sampled_from(["p0", "p1", "p2"])
LEASES = st.sampled_from(["me", "you"])
ISSUERS = st.sampled_from(["team", "peer", "nobody"])


async def outcome(store: Any, method: str, *args: Any) -> Any:
    try:
        return await getattr(store, method)(*args)
    except ExchangeError as error:
        return type(error), error.code


class TwoStores(RuleBasedStateMachine):
    """Both draw the same random numbers, so even the indices must be equal."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="model-")
        url = f"sqlite://{self.folder.name}/model.sqlite3"
        self.database = self.runner.run(open_store(url, chance=random.Random(5), list_size=8))
        self.memory = MemoryStore(list_size=8, chance=random.Random(5), made_up=True)
        self.lists: list[str] = []

    def both(self, method: str, *args: Any) -> Any:
        """The answer of both, which must be the same; also when it is an error."""

        answers = [self.runner.run(outcome(store, method, *args)) for store in (self.memory, self.database)]
        assert answers[0] == answers[1]
        return answers[0]

    @initialize()
    def known(self) -> None:
        for slug in ("team", "peer"):
            self.both("put_issuer", samples.issuer(slug))

    @rule(
        id=st.sampled_from(BADGES),
        purposes=st.lists(PURPOSES, max_size=2),
        lists=st.lists(st.integers(0, 5), min_size=2, max_size=2),
        at=st.integers(0, 3),
        issuer=ISSUERS,
        key=st.sampled_from([None, "key-1", "key-2"]),
        digest=st.sampled_from(["aa", "bb"]),
    )
    def intend(
        self, id: str, purposes: Any, lists: list[int], at: int, issuer: str, key: str | None, digest: str
    ) -> None:
        once = Once(key, digest, samples.minutes(at), id) if key else None
        draft = samples.draft(id, tuple(purposes), samples.minutes(at), issuer, once)
        ids = {"memory": iter(lists), "database": iter(lists)}
        answers = [
            self.runner.run(outcome(store, "intend", draft, lambda name=name: f"list-{next(ids[name])}"))
            for name, store in (("memory", self.memory), ("database", self.database))
        ]
        assert answers[0] == answers[1]
        if isinstance(answers[0], Intent):
            self.lists += [slot.list_id for slot in answers[0].slots]

    @rule(id=st.sampled_from(BADGES), signed=st.sampled_from([b"a", b"b"]))
    def publish(self, id: str, signed: bytes) -> None:
        self.both("publish", id, signed)

    @rule(id=st.sampled_from(BADGES), purpose=PURPOSES, on=st.booleans())
    def set_status(self, id: str, purpose: Any, on: bool) -> None:
        change = StatusChange(id, purpose, on, "why", samples.START)
        self.both("set_status", change, samples.leaf(f"badge:{id}"))

    @rule(data=st.data(), version=st.integers(1, 4), signed=st.binary(max_size=2), at=st.integers(0, 3))
    def sign_list(self, data: st.DataObject, version: int, signed: bytes, at: int) -> None:
        id = data.draw(st.sampled_from([*self.lists, "unknown"]))
        self.both("put_signed_list", id, version, signed, samples.minutes(at))

    @rule(
        id=st.sampled_from(["key-1", "key-2"]),
        state=st.sampled_from(["pending", "active", "revoked"]),
        of=ISSUERS,
    )
    def put_key(self, id: str, state: str, of: str) -> None:
        self.both("put_key", samples.key(f"{of}-{id}", state, of=of))

    @rule(id=st.sampled_from(["key-1", "key-2"]), of=ISSUERS, did=st.sampled_from(["did:key:z6Mk", "did:b"]))
    def rotate(self, id: str, of: str, did: str) -> None:
        self.both("rotate", f"{of}-{id}", samples.issuer(of, did), samples.minutes(1))

    @rule(id=st.sampled_from(["key-1", "key-2"]), of=ISSUERS)
    def revoke_key(self, id: str, of: str) -> None:
        self.both("revoke_key", f"{of}-{id}", samples.minutes(1), 7, "why")

    @rule(of=st.sampled_from(["team", "peer"]), did=st.sampled_from(["did:key:z6Mk", "did:b"]))
    def put_issuer(self, of: str, did: str) -> None:
        self.both("put_issuer", samples.issuer(of, did))

    @rule(of=st.sampled_from(["team", EVERY]), on=st.booleans())
    def stop(self, of: str, on: bool) -> None:
        if on:
            self.both("put_stop", SigningStop(of, "why", samples.START))
        else:
            self.both("remove_stop", of)

    @rule(
        id=PARCELS,
        subject=st.sampled_from(["s", "t"]),
        at=st.integers(0, 3),
        badge=st.sampled_from([None, *BADGES]),
        secret=st.booleans(),
    )
    def post(self, id: str, subject: str, at: int, badge: str | None, secret: bool) -> None:
        now, until = samples.minutes(at), samples.minutes(9) if secret else None
        self.both("post", [Parcel(id, "mail", subject, subject, f"{id}@x", "{}", now, badge, until)])

    @rule(lease=LEASES, at=st.integers(0, 6), avoid=st.lists(st.sampled_from(["s", "t"]), max_size=1))
    def lease(self, lease: str, at: int, avoid: list[str]) -> None:
        self.both("lease_parcel", "mail", lease, samples.minutes(at), samples.minutes(at + 2), avoid)

    @rule(id=PARCELS, lease=LEASES, at=st.integers(0, 6), how=st.sampled_from(["put_back", "give_up"]))
    def end(self, id: str, lease: str, at: int, how: str) -> None:
        self.both(how, id, lease, samples.minutes(at), "why")

    @rule(id=PARCELS, at=st.integers(0, 6))
    def mark_sent(self, id: str, at: int) -> None:
        self.both("mark_sent", id, samples.minutes(at))

    @rule(id=st.one_of(st.none(), PARCELS), at=st.integers(0, 6))
    def retry(self, id: str | None, at: int) -> None:
        self.both("retry_parcels", samples.minutes(at), id)

    @rule(at=st.integers(0, 6))
    def forget(self, at: int) -> None:
        self.both("forget_parcels", samples.minutes(at))

    @rule(version=st.integers(1, 3), slug=st.sampled_from(["a", "b"]), of=ISSUERS)
    def put_achievement(self, version: int, slug: str, of: str) -> None:
        self.both("put_achievement", samples.achievement(slug, version, of))

    @rule(
        version=st.integers(1, 3),
        slug=st.sampled_from(["a", "b"]),
        retired_at=st.sampled_from([None, samples.START]),
    )
    def mark_achievement(self, version: int, slug: str, retired_at: datetime | None) -> None:
        marked = replace(samples.achievement(slug, version), retired_at=retired_at, source=f"{version}")
        self.both("mark_achievement", marked)

    @invariant()
    def answer_alike(self) -> None:
        for badge in BADGES:
            self.both("badge", badge)
            self.both("history", badge)
        for list_id in dict.fromkeys(self.lists):
            self.both("status_list", list_id)
            bits = [self.runner.run(store.set_bits(list_id)) for store in (self.memory, self.database)]
            assert sorted(bits[0]) == sorted(bits[1])
        for issuer in ("team", "nobody"):
            self.both("keys", issuer)
            self.both("issuer", issuer)
            self.both("status_lists", issuer)
            self.both("achievements", issuer)
            self.both("badges", issuer, 2, "badge-1")
        self.both("keys")
        self.both("stops")
        self.both("badges")
        self.both("unfinished", samples.minutes(2))
        self.both("undelivered", 9)
        self.both("count_undelivered")
        self.both("log_size")
        self.both("log_frontier")
        self.both("log_about", "badge:badge-1")

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


TestTwoStores = TwoStores.TestCase
TestTwoStores.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
