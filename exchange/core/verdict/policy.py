"""What a verifier asks for beyond a good signature: one frozen value, passed down unchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.effort import Effort
from exchange.core.common import Common
from exchange.core.keys.public_key import PublicKey
from exchange.core.proofs.stood import Stood

Rare = Callable[[Mapping[str, Any], PublicKey], None]
"""Verifies a document's one proof of a suite not ours, in the worker; raises when it does not stand."""


class Policy(msgspec.Struct, frozen=True):
    """The defaults are what an anonymous stranger gets.

    `expect`: what the document must be; None takes a badge, an endorsement or a CLR. `recipient`: an address,
    DID or other identifier the subject must match. `known_issuers`: ids not reported as unknown. `revoked`:
    ids whose key is known to be in other hands, of which no document tells (did:key). `exact` and
    `rare`: the worker's doors, None where the caller may not use them. `domain`, `challenge`: what a proof
    must be made for. `every_proof`: each proof of a set must stand, not just one (VC-DI §4.5). `relaxed`
    (test profile only): the issuer need not control the key. `effort`: what all of the
    judging may cost, None for the usual measure for each file. `stood`: signatures known to be good, None to
    look at each. `common`: what was found out of parts that it shares with others, None for one alone.
    """

    expect: Literal["badge", "endorsement", "credential", "status_list"] | None = None
    recipient: str | None = None
    known_issuers: frozenset[str] = frozenset()
    revoked: frozenset[str] = frozenset()
    contexts: Contexts = SHIPPED
    exact: Exact | None = None
    rare: Rare | None = None
    domain: str | None = None
    challenge: str | None = None
    purpose: str = "assertionMethod"
    every_proof: bool = False
    relaxed: bool = False
    effort: Effort | None = None
    stood: Stood | None = None
    common: Common | None = None
