"""Rows to put into a store; every value that matters to a test is an argument."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from exchange.flows.records import (
    Achievement,
    Badge,
    Draft,
    Intent,
    Issuer,
    Leaf,
    Once,
    Purpose,
    SigningKey,
    StatusChange,
    StatusSlot,
)

if TYPE_CHECKING:
    from exchange.flows.ports import Store

BASE = "http://localhost:8000"
START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NOT_JSON = bytes(range(256)) + b'{"b": 1.0, "a": 1e400, "a": null}\r\n\x00'
"""Bytes that a database which parses, trims or decodes would change."""

_list_ids = (f"list-{n}" for n in itertools.count())


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


def issuer(slug: str = "team", did: str = "did:key:z6Mk") -> Issuer:
    return Issuer(slug, did, {"type": ["Profile"], "name": "Zoë ✓", "address": {"b": 1, "a": [2.5]}}, START)


def key(id: str = "key-1", state: str = "active", at: datetime = START, of: str = "team") -> SigningKey:
    return SigningKey(id, of, "z6Mk", f"file:{id}", state, at)  # type: ignore[arg-type]


def achievement(slug: str = "welder", version: int = 1, of: str = "team") -> Achievement:
    return Achievement(
        issuer=of,
        slug=slug,
        version=version,
        document={"type": ["Achievement"], "name": slug, "criteria": {"narrative": "…"}},
        digest="ab" * 32,
        image=NOT_JSON,
        svg=b"<svg/>",
        alt="A hexagon",
        valid_days=None,
        evidence_required=True,
        created_at=START,
        source='{"name":"ż","a":1.0}',
    )


def intent(
    id: str = "badge-1", slots: tuple[StatusSlot, ...] = (), at: datetime = START, of: str = "team"
) -> Intent:
    return Intent(
        id=id,
        kind="badge",
        issuer=of,
        achievement="welder",
        version=1,
        recipient="mailto:ada@example.org",
        proof="eddsa-rdfc-2022",
        key_id="key-1",
        unsigned=NOT_JSON,
        message=bytes(64),
        slots=slots,
        intended_at=at,
    )


def change(on: bool = True, purpose: Purpose = "revocation", badge: str = "badge-1") -> StatusChange:
    return StatusChange(badge, purpose, on, "lost the exam", START)


def list_id() -> str:
    return next(_list_ids)


def new_id() -> str:
    return str(uuid.uuid4())


BOTH: tuple[Purpose, Purpose] = ("revocation", "suspension")


def leaf(about: str = "badge:badge-1", at: datetime = START) -> Leaf:
    return Leaf("award", at, {"badge": about}, bytes(16), (about, "of:samples"))


def draft(
    id: str = "badge-1",
    purposes: tuple[Purpose, ...] = (),
    at: datetime = START,
    of: str = "team",
    once: Once | None = None,
) -> Draft:
    return Draft(of, BASE, purposes, lambda slots: (intent(id, slots, at, of), leaf(f"badge:{id}", at)), once)


async def intended(
    store: Store,
    id: str = "badge-1",
    purposes: tuple[Purpose, ...] = BOTH,
    at: datetime = START,
    of: str = "team",
) -> tuple[StatusSlot, ...]:
    """The status entries of a badge put on record."""
    return (await store.intend(draft(id, purposes, at, of), list_id)).slots


async def published(
    store: Store, id: str = "badge-1", at: datetime = START, signed: bytes = b"signed", of: str = "team"
) -> Badge:
    """A badge on record with both its slots."""
    await intended(store, id, BOTH, at, of)
    await store.publish(id, signed)
    badge = await store.badge(id)
    assert badge is not None
    return badge


async def set_status(store: Store, change: StatusChange, once: Once | None = None) -> bool:
    return await store.set_status(change, leaf(f"badge:{change.badge}", change.at), once)
