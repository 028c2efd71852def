"""Verified together, whatever is among them comes out as it does alone: first, last, and once more."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from exchange.core.verdict.verdict import Verdict
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.badges.verify import verify, verify_together
from exchange.flows.embeds.hub import Hub
from exchange.flows.sign import PROOFS
from tests.portfolios import PortfolioTown
from tests.simulator import run

Json = dict[str, Any]
RDFC = "eddsa-rdfc-2022"


@pytest.fixture(scope="module")
def town() -> PortfolioTown:
    return PortfolioTown()


def signed(town: PortfolioTown, key: str) -> bytes:
    row = run(town.ports.store.badge(key))
    assert row is not None
    assert row.signed is not None
    return row.signed


def awarded(town: PortfolioTown, **order: Any) -> bytes:
    return signed(town, town.award("mailto:ben@example.org", **order).key)


def edited(text: bytes, change: Callable[[Json], object]) -> bytes:
    document = json.loads(text)
    change(document)
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _earned(document: Json) -> Json:
    earned: Json = document["credentialSubject"]["achievement"]
    return earned


def _moved_status(document: Json) -> None:
    """Its statements are the same, and so is what was signed; but who reads the top sees no status."""
    document["evidence"] = [
        {"id": document["id"], "type": ["Evidence"], "credentialStatus": document.pop("credentialStatus")}
    ]


def _moved_end(document: Json) -> None:
    document["issuer"]["validUntil"] = document.pop("validUntil")


AFTER_SIGNING: dict[str, tuple[Callable[[Json], object], str]] = {
    "nothing": (lambda document: None, "valid"),
    "another name of the badge": (lambda document: _earned(document).update(name="Lead of all"), "invalid"),
    "another issuer's name": (lambda document: document["issuer"].update(name="Others"), "invalid"),
    "an id of somebody else": (
        lambda document: document["credentialSubject"].update(id="urn:uuid:x"),
        "invalid",
    ),
    "a later start": (lambda document: document.update(validFrom="2020-01-01T00:00:00Z"), "invalid"),
    "its end taken away": (lambda document: document.pop("validUntil"), "invalid"),
    "its end moved into its issuer": (_moved_end, "invalid"),
    "its status taken away": (lambda document: document.pop("credentialStatus"), "invalid"),
    "its status moved into evidence": (_moved_status, "invalid"),
    "a word that nobody defines": (lambda document: _earned(document).update(shadow="x"), "invalid"),
    "members in another order": (
        lambda document: document.update(issuer=dict(reversed(document.pop("issuer").items()))),
        "valid",
    ),
    "contexts that are not known": (
        lambda document: document["@context"].append("https://example.org/none"),
        "indeterminate",
    ),
}


def texts_of(town: PortfolioTown) -> dict[str, tuple[bytes, str]]:
    """What is verified, by what it is, with the outcome that it must have."""
    plain = awarded(town, proof=RDFC)
    found = {f"changed: {name}": (edited(plain, do), said) for name, (do, said) in AFTER_SIGNING.items()}
    for proof in PROOFS:
        found[f"by {proof}"] = awarded(town, proof=proof), "valid"
    other, token = awarded(town, proof=RDFC, narrative="Calm."), awarded(town, proof="jwt")
    found["another structure"] = other, "valid"
    proof = json.loads(other)["proof"]
    found["the proof of another"] = edited(plain, lambda document: document.update(proof=proof)), "invalid"
    found["an id twice"] = plain.replace(b'{"@context"', b'{"id":"urn:uuid:x","@context"', 1), "invalid"
    found["a token with a letter changed"] = token[:-8] + b"AAAA" + token[-4:], "invalid"
    for name, change in (("revoked", revoke), ("suspended", suspend)):
        gone = town.award("mailto:ben@example.org", proof=RDFC).key
        run(change(town.ports, gone, "So it is."))
        found[name] = signed(town, gone), "invalid"
    found["an endorsement"] = signed(town, town.said.id), "valid"
    found["a vouch"] = signed(town, town.vouch.id), "valid"
    found["no credential"] = b"{}", "invalid"
    return found


def test_together_is_as_alone(town: PortfolioTown) -> None:
    texts = texts_of(town)
    ports = replace(town.ports, hub=Hub())
    alone = {name: run(verify(ports, text)).to_json() for name, (text, _) in texts.items()}
    assert {name: said["outcome"] for name, said in alone.items()} == {
        name: outcome for name, (_, outcome) in texts.items()
    }

    def together(names: list[str], hub: Hub) -> dict[str, Json]:
        found: list[Verdict] = run(
            verify_together(replace(town.ports, hub=hub), [texts[name][0] for name in names])
        )
        return {name: one.to_json() for name, one in zip(names, found, strict=True)}

    names = list(texts)
    for order in (names, names[::-1], names[1::2] + names[::2]):
        hub = Hub()
        for _ in ("cold", "known"):
            found = together(order, hub)
            assert {name: found[name] for name in names} == alone
    twice = run(verify_together(ports, [texts[name][0] for name in (*names, *names)]))
    assert [one.to_json() for one in twice] == [*alone.values(), *alone.values()]


def test_what_stood_together_is_no_longer_good_once_it_is_revoked(town: PortfolioTown) -> None:
    keys = [town.award("mailto:ben@example.org", proof=RDFC).key for _ in range(3)]
    ports, texts = replace(town.ports, hub=Hub()), [signed(town, key) for key in keys]
    assert [one.outcome for one in run(verify_together(ports, texts))] == ["valid"] * 3
    run(revoke(ports, keys[1], "By mistake."))
    assert [one.outcome for one in run(verify_together(ports, texts))] == ["valid", "invalid", "valid"]
