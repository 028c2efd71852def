"""Canonical RDF, ours beside PyLD in one run: `python -m benchmarks.canonical`.

Cases take turns, so that a machine that slows down slows all of them; medians of CPU time. Every round has
documents of its own. PyLD's figure is `jsonld.normalize` with its own caches warm and no network.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyld import jsonld

from benchmarks import samples
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.general import canonize_exactly
from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.template import Template
from exchange.core.canonical.terms import check_terms
from exchange.errors import InputError

ROUNDS = 60
VARYING = (
    "/id",
    "/credentialSubject/id",
    "/credentialSubject/licenseNumber",
    "/credentialSubject/identifier/0/identityHash",
    "/credentialSubject/identifier/0/salt",
    "/credentialStatus/id",
    "/credentialStatus/statusListIndex",
)


def pyld(document: dict[str, Any]) -> bytes:
    """PyLD's own canonical form."""
    text: str = jsonld.normalize(
        document,
        {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load},
    )
    return text.encode()


def _load(url: str, options: object = None) -> dict[str, Any]:
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": SHIPPED[url],
    }


def clique(size: int) -> dict[str, Any]:
    """Poison in the words of Open Badges: `size` subjects that are alike, each with `size` results alike."""
    result: dict[str, Any] = {"type": ["Result"], "value": "1"}
    subject = {"type": ["AchievementSubject"], "result": [result] * size}
    return {
        "@context": samples.CONTEXT,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "credentialSubject": [subject] * size,
    }


def refused(document: dict[str, Any]) -> None:
    """Canonize what has to be refused."""
    try:
        canonize(document)
    except InputError as error:
        if error.code == "poison_graph":
            return
    raise SystemExit("a poisonous graph was not refused")


Case = tuple[str, Callable[[Any], object], Callable[[int], Any], int]


def cases() -> list[Case]:
    """Name, what is measured, the document of a round, and how often a round runs it."""
    template = Template.of(samples.badge(), VARYING)
    key = Ed25519PrivateKey.generate()
    message = bytes(64)

    def of(make: Callable[..., dict[str, Any]]) -> Callable[[int], Any]:
        return lambda number: orjson.loads(orjson.dumps(make(number=number)))

    return [
        ("PyLD normalize, badge", pyld, of(samples.badge), 1),
        ("ours, badge", canonize, of(samples.badge), 20),
        ("ours, badge, template in bulk", template.canonize, lambda number: samples.badge(number=number), 20),
        ("ours, badge, terms only", check_terms, of(samples.badge), 20),
        ("ours, badge, general route", canonize_exactly, of(samples.badge), 1),
        ("PyLD normalize, endorsement", pyld, of(samples.endorsement), 1),
        ("ours, endorsement", canonize, of(samples.endorsement), 100),
        ("ours, proof configuration", _proof, samples.proof_config, 100),
        ("ours, poison refused", refused, lambda number: clique(10), 1),
        ("raw Ed25519 sign", key.sign, lambda number: message, 50),
    ]


def _proof(proof: dict[str, Any]) -> bytes:
    return canonize({"@context": samples.CONTEXT, **proof})


def main() -> None:
    """Measure and print one table."""
    table = cases()
    taken: dict[str, list[float]] = {name: [] for name, *_ in table}
    for number in range(ROUNDS):
        for name, run, make, times in table:
            documents = [make(number * times + turn) for turn in range(times)]
            before = time.process_time_ns()
            for document in documents:
                run(document)
            taken[name].append((time.process_time_ns() - before) / times / 1000)
    middle = {name: statistics.median(times) for name, times in taken.items()}
    for name, micros in middle.items():
        peer = middle[f"PyLD normalize, {'endorsement' if 'endorsement' in name else 'badge'}"]
        print(f"{name:34} {micros:10.1f} µs {peer / micros:8.1f} x PyLD")


if __name__ == "__main__":
    main()
