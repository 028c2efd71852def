"""What is signed of a portfolio, read by peers: the learner record, and the presentation of a holder's key.

No peer here knows learner records as such, or looks into one: verifier-core reads it as the verifiable
credential that it is, with all of its statements, the embedded ones and their proofs included, under one
signature. So a record in which an embedded badge was changed does not stand there either.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import jwt
import pytest
from openvc.proof.errors import ProofMalformed

from exchange.core import strict_json
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.credentials.clr import RECORDS, build_clr
from exchange.core.credentials.presentation import build_presentation, prepare_presentation
from exchange.core.keys.did import authorised_key
from exchange.flows.endorsements.profiles import ensure_exchange
from exchange.flows.endorsements.records import EXCHANGE
from exchange.flows.issuers.issuers import issuer
from exchange.flows.sign import sign_document
from tests.endorsing import BrowserKey
from tests.interop import readers
from tests.interop.node import needs_node
from tests.interop.readers import Refused, by_openvc, by_verifier_core
from tests.interop.sides import BASE, CONTEXTS, Ours, known_limit, now


def record_of(ours: Ours, *credentials: bytes) -> bytes:
    ports = ours.world.ports
    asyncio.run(ensure_exchange(ports))
    row = asyncio.run(issuer(ports, EXCHANGE))
    document = build_clr(
        id="urn:uuid:00000000-0000-4000-8000-0000000000c1",
        issuer={"id": row.did, **row.profile},
        name="Ana: Calm",
        description="What Ana chose to show.",
        subject_id="urn:uuid:00000000-0000-4000-8000-0000000000c2",
        recipients=["mailto:ana@example.org"],
        salts=["00112233445566778899aabbccddeeff"],
        credentials=credentials,
        replaced=[(f"{BASE}/achievements/team/lead/1", f"{BASE}/achievements/team/lead/2")],
        valid_from=now() - timedelta(minutes=1),
        valid_until=now() + timedelta(days=9),
    )
    return asyncio.run(sign_document(ports, row, document))


@pytest.fixture
def record(ours: Ours) -> bytes:
    """A badge in each form, in one record."""
    return record_of(ours, ours.award("eddsa-rdfc-2022").signed, ours.award("jwt").signed)


def changed(record: bytes) -> bytes:
    document: Any = strict_json.parse(record)
    document["credentialSubject"]["verifiableCredential"][0]["name"] = "Chief"
    return strict_json.dump(document)


def test_openvc_takes_no_record_at_all(ours: Ours, record: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It wants a document to be its own compacted form. The context of CLR 2.0 gives `identifier`,
    `achievement`, `association` and `verifiableCredential` a datatype, as if they held texts, so what JSON-LD
    compacts of these objects is written out; 1EdTech's own published record fails in the same way."""
    monkeypatch.setattr(readers, "CONTEXTS", {**CONTEXTS, RECORDS: SHIPPED[RECORDS]})
    with known_limit(ProofMalformed, "not in compacted form"):
        by_openvc(record, ours.get, "ClrCredential")


@needs_node
def test_verifier_core_reads_our_record_and_refuses_a_changed_one(ours: Ours, record: bytes) -> None:
    published = SHIPPED.published(RECORDS)
    assert published is not None
    documents = {RECORDS: published}
    if ours.public:
        documents |= {f"{BASE}/issuers/exchange/did.json": ours.get(f"{BASE}/issuers/exchange/did.json")}
    (log,) = by_verifier_core((record, documents))
    assert (log["valid_signature"], log["expiration"]) == (True, True)
    with pytest.raises(Refused, match="invalid_signature"):
        by_verifier_core((changed(record), documents))


def test_pyjwt_reads_a_presentation_for_whom_it_is(ours: Ours) -> None:
    key, at = BrowserKey(), int(now().timestamp())
    kid = f"{key.did}#{key.did.removeprefix('did:key:')}"
    presentation = build_presentation([ours.award("eddsa-rdfc-2022").signed], key.did)
    claims = {"iat": at, "exp": at + 3600, "aud": "hr.example", "nonce": "4711"}
    message = prepare_presentation(presentation, kid, claims)
    token = (message + b"." + key.sign(message).encode()).decode()
    public = jwt.PyJWK(authorised_key(key.did, kid, {}, now(), purpose="authentication").jwk, "ES256")
    said = jwt.decode(token, public, algorithms=["ES256"], audience="hr.example", issuer=key.did)
    assert (said["nonce"], said["holder"]) == ("4711", key.did)
    assert jwt.get_unverified_header(token)["typ"] == "vp+jwt"
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(token, public, algorithms=["ES256"], audience="other.example")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{token[:-8]}AAAAAAAA", public, algorithms=["ES256"], audience="hr.example")
