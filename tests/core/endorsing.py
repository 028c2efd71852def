"""An exchange, a peer with a key of their own, and what they sign: one honest endorsement, to be bent by
tests.

EXCHANGE says whose key ADA's is, keeps the status list, and gave her and BOB their profiles. PORTER's key is
kept by the exchange.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.core.credentials.endorsement import RelatedResource
from exchange.core.credentials.endorser import Custody, build_key_credential
from exchange.core.credentials.peer_endorsement import build_peer_endorsement
from exchange.core.credentials.said import Said, SkillSeen, Team
from exchange.core.digests import digest_sri
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict, judge
from tests.core.signers import Issuer

Json = dict[str, Any]
Web = dict[str, Document]

BASE = "https://exchange.example"
TERMS = f"{BASE}/terms/v1"
LIST = f"{BASE}/status/1"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GIVEN = NOW - timedelta(hours=4)

EXCHANGE, STRANGERS = Issuer("exchange"), Issuer("another exchange")
ADA, EVE = Issuer("ada", "P-256"), Issuer("eve", "P-256")
PORTER = Issuer("porter")
ADAS, BOBS = f"{BASE}/profiles/ada", f"{BASE}/profiles/bob"
KNOWN = Policy(known_issuers=frozenset([EXCHANGE.did]))

BADGE = "https://atlas.example/badges/1"
BADGE_BYTES = b"the badge"
KEY_INDEX, INDEX = 101, 202

SAID = Said(
    line="Kept eleven teams informed through the March outage.",
    text="She asked *so what?* after each answer.\n\n- calm\n- clear",
    relationship="other-team",
    skills=(SkillSeen("Incident command", "https://skills.example/incident"), SkillSeen("Writing")),
    evidence=("https://reports.example/7",),
    endorser_team=Team(f"{BASE}/teams/payments", "Payments"),
    holder_team=Team(f"{BASE}/teams/search", "Search"),
)


def key_credential(
    peer: Issuer = ADA,
    *,
    by: Issuer = EXCHANGE,
    holder: str = ADAS,
    name: str = "Ada Lovelace",
    custody: Custody = "holder",
    **changed: Any,
) -> str:
    """The token in which `by` says whose key `peer`'s is; members of the document changed, None takes one
    out."""
    document = build_key_credential(
        id=f"{BASE}/endorsements/key-of-ada",
        exchange={"id": by.did, "type": ["Profile"], "name": "The exchange"},
        did=peer.did,
        holder_id=holder,
        holder_name=name,
        custody=custody,
        method="a passkey",
        valid_from=GIVEN,
        status=[("revocation", KEY_INDEX, LIST)],
        terms_url=TERMS,
    )
    return by.sign(bent(document, changed), "jwt").decode()


def peer_endorsement(
    peer: Issuer = ADA,
    *,
    key: str | None = None,
    said: Said = SAID,
    supersedes: str | None = None,
    **changed: Any,
) -> Json:
    """The unsigned endorsement of BOB's badge; members changed, None takes one out."""
    document = build_peer_endorsement(
        id=f"{BASE}/endorsements/one",
        name="Endorsement of Incident lead",
        did=peer.did,
        endorser_name="Ada Lovelace",
        key_credential=key or key_credential(peer),
        subject_id=BADGE,
        holder_id=BOBS,
        said=said,
        valid_from=GIVEN,
        seen=[RelatedResource(id=BADGE, digest_sri=digest_sri(BADGE_BYTES), media_type="application/jwt")],
        status=(INDEX, LIST, EXCHANGE.did),
        supersedes=supersedes,
        terms_url=TERMS,
    )
    return bent(document, changed)


def signed(peer: Issuer = ADA, **changed: Any) -> bytes:
    """The honest endorsement, signed by the peer as a browser signs it."""
    return peer.sign(peer_endorsement(peer, **changed), "jwt")


def bent(document: Json, changed: Json) -> Json:
    return {name: value for name, value in {**document, **changed}.items() if value is not None}


def with_issuer(document: Json, *tokens: str, **changed: Any) -> Json:
    """`document` with other key credentials, and members of its issuer changed."""
    issuer = {**document["issuer"], **({"endorsementJwt": list(tokens)} if tokens else {})}
    return {**document, "issuer": bent(issuer, changed)}


def status_list(*revoked: int, by: Issuer = EXCHANGE, url: str = LIST, at: str = LIST, **changed: Any) -> Web:
    """The web with the list `url`, signed by `by`, lying at `at`."""
    document = status.build_status_list_credential(
        url=url,
        issuer_id=by.did,
        purpose="revocation",
        encoded=bitstring.encode(revoked),
        valid_from=GIVEN,
        valid_until=GIVEN + timedelta(hours=24),
        ttl_ms=60_000,
    )
    proof = "eddsa-rdfc-2022" if by.kind == "Ed25519" else "ecdsa-rdfc-2019"
    return {at: Document(at, 200, "application/vc", by.sign({**document, **changed}, proof))}


CLEAR = status_list()


def verdict(
    credential: bytes | str, documents: Web = CLEAR, policy: Policy = KNOWN, now: datetime = NOW
) -> Verdict:
    return judge(credential if isinstance(credential, bytes) else credential.encode(), documents, policy, now)


def codes(result: Verdict, *levels: str) -> set[str]:
    return {finding.code for finding in result.findings if finding.level in (levels or ("error", "unknown"))}
