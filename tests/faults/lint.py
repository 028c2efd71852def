"""Lint before sign: generated badges and endorsements, through the gate that signs, to several verifiers.

Promise P3. The gate is `fit_to_sign`, through which whatever we build goes, and `flows/sign.py`: the form is
checked before a key is used, the result is verified as by a stranger before it is released. What it releases
must be valid for our own strict verifier, and its proof for an implementation that shares nothing with ours:
openbadgeslib (PyLD) for RDF, rfc8785 for JCS, PyJWT for JWT. Every second document is damaged first; then
the gate may refuse it, and what it lets through must stand too.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt as pyjwt
import rfc8785
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from openbadgeslib.ob3.ldp import verify_data_integrity_proof

from exchange.core.credentials.nouns import fit_to_sign
from exchange.core.keys.multibase import base58btc_decode
from exchange.core.status import bitstring, status
from exchange.core.strict_json import parse
from exchange.errors import ExchangeError
from exchange.flows import sign
from exchange.flows.badges.verify import Options, verify
from exchange.flows.issuers.sync import sync
from exchange.flows.records import Issuer, SigningKey
from tests.core.signers import Issuer as Peer
from tests.core.strategies import badges, endorsements
from tests.faults.house import TEAM
from tests.hostile.mutations import JUNK, at, places
from tests.simulator import World

LONG, SHORT = 20_000, 120
LIST = "https://example.org/status/1"
Json = dict[str, Any]


@dataclass
class Figures:
    documents: int = 0
    released: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.documents} documents, half of them damaged: {sum(self.released.values())} released "
            f"({dict(self.released)}), {sum(self.refused.values())} refused ({dict(self.refused)}); "
            f"{len(self.problems)} released that a verifier refuses{self.problems[:8] or ''}"
        )


class Gate:
    """An issuer of a world in memory, whose badges say where their status is."""

    def __init__(self) -> None:
        self.world = World()
        asyncio.run(sync(self.world.ports, [TEAM]))
        self.issuer: Issuer = asyncio.run(self.world.store.issuer("team"))  # type: ignore[assignment]
        self.key: SigningKey = asyncio.run(self.world.store.keys("team"))[0]
        self.public = self.world.keys.private[self.key.uri].public_key()
        shown = status.build_status_list_credential(
            url=LIST,
            issuer_id=self.issuer.did,
            purpose="revocation",
            encoded=bitstring.encode(()),
            valid_from=self.world.now,
            valid_until=self.world.now.replace(year=2027),
            ttl_ms=60_000,
        )
        self.world.web.put(LIST, self.release(shown, "eddsa-rdfc-2022"), "application/vc")

    def release(self, document: Json, proof: str) -> bytes:
        """As `sign.sign` does with what is on record."""
        prepared = sign.prepare(document, proof, self.issuer, self.key, self.world.now)
        return asyncio.run(sign._signed(self.world.ports, self.issuer, self.key, prepared))

    def unsafe_release(self, document: Json, proof: str) -> bytes:
        """The broken gate: signs what it is given, and looks at nothing."""
        check, look = sign.check_schema, sign._self_check
        sign.check_schema, sign._self_check = lambda *_: [], lambda *_: None  # type: ignore[assignment]
        try:
            return self.release(document, proof)
        finally:
            sign.check_schema, sign._self_check = check, look

    def ours(self, signed: bytes) -> list[str]:
        verdict = asyncio.run(verify(self.world.ports, signed, Options()))
        bad = [finding.code for finding in verdict.findings if finding.level in ("error", "unknown")]
        return bad or ([] if verdict.outcome == "valid" else [verdict.outcome])

    def others(self, signed: bytes, proof: str, document: Json) -> list[str]:
        try:
            {"jwt": self._pyjwt, "eddsa-jcs-2022": self._rfc8785}.get(proof, self._pyld)(signed, document)
        except Exception as error:
            return [f"{type(error).__name__}: {error!s:.120}"]
        return []

    def _pyld(self, signed: bytes, document: Json) -> None:
        pem = self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        verify_data_integrity_proof(json.loads(signed), pem)

    def _rfc8785(self, signed: bytes, document: Json) -> None:
        secured = json.loads(signed)
        proof = secured.pop("proof")
        proof = dict(proof[0] if isinstance(proof, list) else proof)
        signature = base58btc_decode(proof.pop("proofValue")[1:])
        hashes = [hashlib.sha256(rfc8785.dumps(part)).digest() for part in (proof, secured)]
        self.public.verify(signature, b"".join(hashes))

    def _pyjwt(self, signed: bytes, document: Json) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            claims = pyjwt.decode(signed.decode(), self.public, ["EdDSA"], options={"verify_aud": False})
        changed = [name for name in document if claims.get(name) != document[name]]
        if changed:
            raise ValueError(f"the token says something else of {changed}")


def ours_to_sign(document: Json, gate: Gate) -> Json:
    """A generated document as one of ours: our issuer, endorsements inside by somebody real."""
    issuer = document["issuer"]
    document["issuer"] = {**issuer, "id": gate.issuer.did} if isinstance(issuer, dict) else gate.issuer.did
    inner = document.get("endorsement", [])
    for place, endorsement in enumerate(inner):
        endorsement.pop("proof")
        endorsement.pop("credentialStatus", None)
        peer = Peer(f"peer {place}")
        says = endorsement["issuer"]
        endorsement["issuer"] = {**says, "id": peer.did} if isinstance(says, dict) else peer.did
        endorsement["credentialSubject"]["id"] = document["id"]
        endorsement["id"] = f"urn:uuid:00000000-0000-4000-8000-00000000000{place}"
        inner[place] = parse(peer.sign(endorsement))
    return document


def damage(document: Json, draw: Callable[..., Any]) -> Json:
    """One value replaced, removed, or added under a name that nothing defines."""
    document = copy.deepcopy(document)
    path = draw(st.sampled_from(list(places(document))))
    parent, key = at(document, path[:-1]), path[-1]
    how = draw(st.sampled_from(["replace", "delete", "add"]))
    if how == "delete":
        del parent[key]
    elif how == "add" and isinstance(parent, dict):
        parent["frobnicates"] = "what no context defines"
    else:
        parent[key] = draw(JUNK)
    return document


def run(count: int, broken: bool = False) -> Figures:
    """Half of `count` are sound documents; a broken gate is run until it is caught."""
    gate, figures = Gate(), Figures()
    for damaged, goal in ((False, count // 2), (True, count)):
        number = 0
        while figures.documents < goal and not (broken and figures.problems):  # Hypothesis may stop early
            number += 1
            generate(gate, figures, damaged, goal, broken, number)
    return figures


def generate(gate: Gate, figures: Figures, damaged: bool, goal: int, broken: bool, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=min(goal, 2000),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data(), st.one_of(badges(), endorsements()), st.sampled_from(sign.PROOFS))
    def pass_through(data: Any, document: Json, proof: str) -> None:
        document = ours_to_sign(copy.deepcopy(document), gate)
        if damaged:
            document = damage(document, data.draw)
        if figures.documents < goal and not (broken and figures.problems):
            figures.documents += 1
            judge(gate, figures, document, proof, damaged, broken)

    pass_through()


def judge(gate: Gate, figures: Figures, document: Json, proof: str, damaged: bool, broken: bool) -> None:
    try:
        document = fit_to_sign(document)
        signed = (gate.unsafe_release if broken else gate.release)(document, proof)
    except ExchangeError as error:
        # The generator's few ids meet in one document: then the form is right and the statements contradict.
        figures.refused[f"{error.code}{'' if damaged else ', undamaged'}"] += 1
        return
    figures.released[f"{proof}{', damaged' if damaged else ''}"] += 1
    bad = [*gate.ours(signed), *gate.others(signed, proof, document)]
    if bad and not (damaged and _only_says_less(bad)):
        figures.problems.append(f"{proof}, {'damaged' if damaged else 'sound'}: {bad}")


def _only_says_less(bad: list[str]) -> bool:
    """A damage that makes a true statement of a bad state, not a bad credential: expired, not yet valid, or
    with an entry that is not its list's, which nobody can bring to us: the database makes the entries."""
    return set(bad) <= {"expired", "not_yet_valid", "status_unreachable", "status_purpose_mismatch"}


async def main(rounds: int | None) -> list[str]:
    figures = await asyncio.to_thread(run, rounds or LONG)
    caught = await asyncio.to_thread(run, 200, True)
    return [str(figures), f"  broken, signs unlooked: caught: {caught.problems[:1]}"]
