"""The attacker's workbench: sign anything, say anything, host anything; and what every attack is asked.

`ATLAS` is an honest issuer, `MALLORY` is not. An attack is a file, what lies on the web around it, and the
code of the finding that must stop it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from benchmarks import samples
from exchange.core import strict_json
from exchange.core.canonical import jcs, rdf
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.general import canonize_exactly
from exchange.core.keys.multibase import base58btc_encode, base64url_encode
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict, judge
from exchange.errors import CannotTellError
from tests.core.signers import MADE, Issuer, raw_signature

Json = dict[str, Any]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ATLAS = Issuer("atlas")
MIRA = Issuer("mira", "P-256")
MALLORY = Issuer("mallory")
LIST = f"{samples.BASE}/status/list-1"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
PROOFS = ("eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt")


def _exact(algorithm: str, document: Mapping[str, Any]) -> bytes:
    return canonize_exactly(document, SHIPPED, algorithm)


def _rare(document: Mapping[str, Any], key: Any) -> None:
    raise CannotTellError("unknown_suite", "No rare suite is known in these tests.")


STRANGER = Policy()
TRUSTED = Policy(exact=_exact, rare=_rare)
"""What the command line may use besides: the general JSON-LD route, without a worker around it."""


@dataclass(frozen=True)
class Attack:
    """`code`: a finding there must be. `documents`: what lies on the web. `outcome`, if only one is right."""

    data: bytes
    code: str
    documents: Mapping[str, Document] = field(default_factory=dict)
    outcome: Literal["invalid", "indeterminate", ""] = ""


Attacks = dict[str, Callable[[], Attack]]


def judged(attack: Attack, policy: Policy = STRANGER, now: datetime = NOW) -> Verdict:
    return judge(attack.data, attack.documents, policy, now)


def problems(verdict: Verdict) -> set[str]:
    """The codes of what went wrong."""
    return {finding.code for finding in verdict.findings if finding.level in ("error", "unknown")}


def assert_refused(attack: Attack) -> Verdict:
    """The attack is stopped for the reason given, whoever asks; the verdict a stranger gets."""
    verdict = judged(attack)
    assert verdict.outcome != "valid"
    assert attack.code in problems(verdict), verdict.findings
    assert not attack.outcome or verdict.outcome == attack.outcome, verdict.findings
    assert judged(attack, TRUSTED).outcome != "valid"
    return verdict


# --- documents --------------------------------------------------------------------------------------------


def badge(**changed: Any) -> Json:
    """An honest badge of ATLAS with a status entry, its members changed; None takes one out."""
    return _changed(samples.badge(ATLAS.did), changed)


def bare(**changed: Any) -> Json:
    """An honest badge of ATLAS without a status entry."""
    return badge(credentialStatus=None, **changed)


def endorsement(issuer: Issuer = MIRA, **changed: Any) -> Json:
    """An honest endorsement of the badge above."""
    return _changed(samples.endorsement(issuer.did), {"credentialSubject": about(badge()["id"]), **changed})


def about(identifier: str, **more: Any) -> Json:
    return {"id": identifier, "type": ["EndorsementSubject"], "endorsementComment": "Seen it.", **more}


def with_subject(document: Json, **changed: Any) -> Json:
    return {**document, "credentialSubject": _changed(document["credentialSubject"], changed)}


def with_achievement(document: Json, **changed: Any) -> Json:
    return with_subject(document, achievement=_changed(document["credentialSubject"]["achievement"], changed))


def _changed(document: Json, changed: Json) -> Json:
    return {name: value for name, value in {**document, **changed}.items() if value is not None}


# --- signatures -------------------------------------------------------------------------------------------


def parsed(raw: bytes) -> Json:
    value = strict_json.parse(raw)
    assert isinstance(value, dict)
    return value


def dumped(document: Any) -> bytes:
    return strict_json.dump(document)


def signed(document: Json, issuer: Issuer = ATLAS, proof: str = "eddsa-rdfc-2022") -> Json:
    """Signed as it should be."""
    return parsed(issuer.sign(document, proof))


def prove(
    document: Json,
    issuer: Issuer = ATLAS,
    suite: str = "eddsa-rdfc-2022",
    *,
    chained: Any = (),
    **members: Any,
) -> Json:
    """A proof with any members, made by a key that signs whatever it is given. None takes a member out."""
    proof = _changed(
        {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": "2026-11-21T09:30:00Z",
            "verificationMethod": issuer.method,
            "proofPurpose": "assertionMethod",
        },
        members,
    )
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if chained:
        unsecured["proof"] = list(chained)
    if "-jcs-" in suite:
        parts = [jcs.canonicalize(proof), jcs.canonicalize(unsecured)]
    else:
        parts = [rdf.canonize({**proof, "@context": document["@context"]}), rdf.canonize(unsecured)]
    message = b"".join(hashlib.sha256(part).digest() for part in parts)
    return {**proof, "proofValue": multibase(raw_signature(issuer.private, message))}


def proven(document: Json, issuer: Issuer = ATLAS, suite: str = "eddsa-rdfc-2022", **members: Any) -> Json:
    return {**document, "proof": prove(document, issuer, suite, **members)}


def reproof(document: Json, **changed: Any) -> bytes:
    """The signed document with members of its proof changed after signing; None takes one out."""
    return dumped({**document, "proof": _changed(document["proof"], changed)})


def multibase(signature: bytes) -> str:
    return "z" + base58btc_encode(signature)


def token(
    payload: Any,
    issuer: Issuer = ATLAS,
    *,
    signature: bytes | None = None,
    sign: Callable[[bytes], bytes] | None = None,
    **header: Any,
) -> bytes:
    """A compact JWS over anything, with any header; None takes a header member out."""
    algorithm = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384"}[issuer.kind]
    head = _changed({"alg": algorithm, "kid": issuer.method, "typ": "JWT"}, header)
    parts = [part if isinstance(part, bytes) else dumped(part) for part in (head, payload)]
    message = ".".join(map(base64url_encode, parts)).encode()
    if signature is None:
        signature = sign(message) if sign else raw_signature(issuer.private, message)
    return message + b"." + base64url_encode(signature).encode()


def claims(document: Json, **changed: Any) -> Json:
    """A badge with the claims that Open Badges wants in a token beside it."""
    end = document.get("validUntil")
    made = {
        "iss": document["issuer"]["id"],
        "sub": document["credentialSubject"]["id"],
        "jti": document["id"],
        "nbf": int(datetime.fromisoformat(document["validFrom"]).timestamp()),
        "exp": int(datetime.fromisoformat(end).timestamp()) if end else None,
    }
    return {**document, **_changed(made, changed)}


# --- the web ----------------------------------------------------------------------------------------------


def page(url: str, body: Any, content_type: str = "application/json", code: int = 200) -> dict[str, Document]:
    return {url: Document(url, code, content_type, body if isinstance(body, bytes) else dumped(body))}


def unsigned_list(*revoked: int, issuer: Issuer = ATLAS, url: str = LIST, **changed: Any) -> Json:
    """A status list as ATLAS publishes it; members changed, `subject` those of its subject."""
    subject = changed.pop("subject", {})
    document = status.build_status_list_credential(
        url=url,
        issuer_id=issuer.did,
        purpose="revocation",
        encoded=bitstring.encode(revoked),
        valid_from=MADE,
        valid_until=MADE + timedelta(hours=24),
        ttl_ms=60_000,
    )
    return _changed(with_subject(document, **subject), changed)


def listed(*revoked: int, issuer: Issuer = ATLAS, **changed: Any) -> dict[str, Document]:
    """The web with a signed list at LIST."""
    return page(LIST, issuer.sign(unsigned_list(*revoked, issuer=issuer, **changed)), "application/vc")


CLEAR = listed()
REVOKED = listed(3527)
"""The list in which the badge's bit is set."""
