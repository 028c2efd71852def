"""The two sides of every test here: an exchange that issues, and our verdict on what others issued.

The peers read the clock themselves, so everything is issued now. No request leaves the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import samples
from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.core import strict_json
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.dates import format_date
from exchange.core.status import bitstring
from exchange.core.status import status as status_lists
from exchange.core.verdict.policy import Rare
from exchange.core.verdict.verdict import Verdict
from exchange.flows.badges import status
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.verify import Options, verify
from exchange.flows.instance.own import own_document
from exchange.flows.issuers.sync import sync
from exchange.resources import data_path
from tests.core.signers import Issuer
from tests.simulator import World

BASE = "https://badges.example.org"
LIST = f"{samples.BASE}/status/list-1"
"""The status list that the samples name; their number is their index in it."""
INDEX = 3527
CONTEXTS = {url: SHIPPED[url] for url in samples.CONTEXT}
STATES = {"revoked": status.revoke, "suspended": status.suspend}


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Ours:
    """An exchange with the shipped catalogues. `public`: its issuers are did:web, else did:key."""

    def __init__(self, *, public: bool) -> None:
        self.public = public
        base = BASE if public else "http://localhost:8000"
        self.world = World(now=now(), base_url=base, public=public)
        asyncio.run(sync(self.world.ports, load_catalogues(data_path("issuers"))))

    def award(self, proof: str, state: str = "good") -> Awarded:
        """A badge with alignments, a rubric and evidence, then brought into `state`."""
        order = Order(
            "atlas",
            "incident-lead",
            "mailto:ana@example.org",
            evidence=("https://reports.example.org/7",),
            narrative="Led two incidents; „so what?“ was asked after each.",
            proof=proof,
        )
        badge = asyncio.run(award(self.world.ports, order))
        if state in STATES:
            asyncio.run(STATES[state](self.world.ports, badge.id, "to see who notices"))
        return badge

    def get(self, url: str) -> bytes:
        """What a stranger gets at `url`."""
        document = asyncio.run(own_document(self.world.ports, url))
        if document is None or document.status != 200:
            raise LookupError(f"nothing is served at {url}")
        return document.body


def badge_by(issuer: Issuer, /, **changed: Any) -> dict[str, Any]:
    """The unsigned sample badge: one status entry, an object as Open Badges 3.0 has it."""
    return {**samples.badge(issuer.did, INDEX), **period(), **changed}


def endorsement_by(issuer: Issuer, /, **changed: Any) -> dict[str, Any]:
    """The unsigned sample endorsement, which has no status."""
    return {**samples.endorsement(issuer.did), **period(), **changed}


def period() -> dict[str, str]:
    return {
        "validFrom": format_date(now() - timedelta(minutes=1)),
        "validUntil": format_date(now() + timedelta(days=9)),
    }


def status_list_by(issuer: Issuer, *revoked: int) -> dict[str, Any]:
    """The unsigned list at `LIST`."""
    return status_lists.build_status_list_credential(
        url=LIST,
        issuer_id=issuer.did,
        purpose="revocation",
        encoded=bitstring.encode(revoked),
        valid_from=now() - timedelta(minutes=1),
        valid_until=now() + timedelta(days=1),
        ttl_ms=60_000,
    )


def signed(issuer: Issuer, document: dict[str, Any], proof: str = "eddsa-rdfc-2022") -> bytes:
    """`document` secured by us, now: JSON with an embedded proof, or a VC-JWT for `jwt`."""
    return issuer.sign(document, proof, created=now())


def judged(
    credential: bytes | str | Mapping[str, Any],
    documents: Mapping[str, bytes | str | Mapping[str, Any]] | None = None,
    *,
    rare: Rare | None = None,
) -> Verdict:
    """Our verdict on somebody else's credential, in a world where only `documents` can be had."""
    world = World(now=datetime.now(UTC))
    for url, document in (documents or {}).items():
        body = raw(document)
        world.web.put(url, body, "application/json" if body.startswith(b"{") else "application/jwt")
    ports = replace(world.ports, rare=rare)
    return asyncio.run(verify(ports, raw(credential), Options(trusted=rare is not None)))


def raw(document: bytes | str | Mapping[str, Any]) -> bytes:
    if isinstance(document, bytes):
        return document
    return document.encode() if isinstance(document, str) else strict_json.dump(document)


@contextmanager
def known_limit(error: type[Exception], says: str) -> Iterator[None]:
    """What a peer cannot do today through no fault of ours: it may learn it, but not fail in another way."""
    try:
        yield
    except error as refusal:
        if says not in str(refusal):
            raise


def problems(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings if finding.level in ("error", "unknown")}
