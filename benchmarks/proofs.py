"""`python -m benchmarks.proofs`: issuing and verifying, ours and others', side by side in one run.

Ours includes everything a stranger's verify does but the network: strict parsing, schema, canonical form,
undefined and moved statements, key authorisation, the signature, dates, and a status list whose own proof
was checked (remembered for a second, as in the service). What the peers leave out is told in README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from nacl.bindings import crypto_sign, crypto_sign_open

from benchmarks import samples
from benchmarks.measure import Case, medians, python
from benchmarks.node_peers import Node, install
from exchange.core import strict_json
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.template import Template
from exchange.core.dates import format_date
from exchange.core.keys.multikey import multikey_of
from exchange.core.proofs.data_integrity import prepare, seal
from exchange.core.proofs.jwt import prepare_jwt, seal_jwt
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import check_proof, read_secured
from exchange.core.verdict.verdict import check_dates, judge

CREATED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NOW = CREATED + timedelta(hours=1)
SEED = bytes(range(32))


class Signer:
    """One Ed25519 key, as each library wants it."""

    def __init__(self) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(SEED)
        self.public = self.private.public_key()
        self.secret = SEED + self.public.public_bytes_raw()  # as `LocalSigner` has it
        self.multikey = multikey_of(self.public)
        self.did = f"did:key:{self.multikey}"
        self.method = f"{self.did}#{self.multikey}"
        self.private_pem = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.public_pem = self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, document: Mapping[str, Any], proof: str, canonical: bytes | None = None) -> bytes:
        if proof == "jwt":
            prepared = prepare_jwt(document, "Ed25519", self.method)
            return seal_jwt(prepared, crypto_sign(prepared.message, self.secret)[:64])
        prepared = prepare(document, proof, "Ed25519", self.method, CREATED, canonical=canonical)
        return seal(prepared, crypto_sign(prepared.message, self.secret)[:64])


@dataclass(frozen=True)
class Row:
    """One line of the table: whose, what, and which raw operation it is a fraction of."""

    who: str
    what: str
    case: Case


def ours(key: Signer) -> list[Row]:
    """Every row of ours."""
    badge, endorsement = samples.badge(key.did), samples.endorsement(key.did)
    url = badge["credentialStatus"]["statusListCredential"]
    listed = status.build_status_list_credential(
        url=url,
        issuer_id=key.did,
        purpose="revocation",
        encoded=bitstring.encode(range(0, 1300, 10)),
        valid_from=CREATED,
        valid_until=CREATED + timedelta(days=1),
        ttl_ms=60_000,
    )
    documents = {url: Document(url, 200, "application/vc", key.sign(listed, "eddsa-rdfc-2022"))}
    policy = Policy()

    def verifying(signed: bytes) -> Case:
        verdict = judge(signed, documents, policy, NOW)
        assert verdict.outcome == "valid", verdict.findings
        return python(lambda: judge(signed, documents, policy, NOW))

    def proving(signed: bytes) -> Case:
        """What the peers do, and no more: strict parsing, terms, whose key it is, the proof, the dates."""

        def prove() -> bool:
            secured = read_secured(signed)
            return check_proof(secured, {}, policy, NOW).ok and bool(check_dates(secured.document, NOW))

        assert prove()
        return python(prove)

    rows = []
    for what, document in (("badge", badge), ("endorsement", endorsement)):
        for proof in ("eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"):
            rows.append(Row("ours", f"verify {what} {proof}", verifying(key.sign(document, proof))))
            rows.append(Row("ours, proof only", f"verify {what} {proof}", proving(key.sign(document, proof))))
            issue = python(lambda document=document, proof=proof: key.sign(document, proof))
            rows.append(Row("ours", f"issue {what} {proof}", issue))
    rows.append(Row("ours", "issue badge eddsa-rdfc-2022 in bulk", bulk(key)))
    return rows


def bulk(key: Signer) -> Case:
    """One badge of many from a template, its document built anew each time."""
    template = Template.of(samples.badge(key.did, 1), samples.VARYING)
    numbers = iter(range(2, 10**9))

    def issue() -> bytes:
        document = samples.badge(key.did, next(numbers))
        return key.sign(document, "eddsa-rdfc-2022", canonical=template.canonize(document))

    document = samples.badge(key.did, 77)
    signed = key.sign(document, "eddsa-rdfc-2022", canonical=template.canonize(document))
    assert signed == key.sign(document, "eddsa-rdfc-2022")
    return python(issue)


def raw(key: Signer) -> dict[str, Case]:
    """The floor: the signature alone, by `cryptography`; and by libsodium, which is what we use."""
    message = bytes(64)
    signature = key.private.sign(message)
    signed, public = signature + message, key.public.public_bytes_raw()
    return {
        "libsodium sign": python(lambda: crypto_sign(message, key.secret)),
        "libsodium verify": python(lambda: crypto_sign_open(signed, public)),
        "raw sign": python(lambda: key.private.sign(message)),
        "raw verify": python(lambda: key.public.verify(signature, message)),
    }


def pyld(key: Signer) -> list[Row]:
    """PyLD alone: only the canonical form, no hash, no signature."""
    from pyld import jsonld

    def loader(url: str, _options: Any) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": SHIPPED[url]}

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    return [
        Row(
            "PyLD",
            f"canonical form of {what}",
            python(lambda document=document: jsonld.normalize(document, options)),
        )
        for what, document in (
            ("badge", samples.badge(key.did)),
            ("endorsement", samples.endorsement(key.did)),
        )
    ]


def openvc(key: Signer) -> list[Row]:
    """openvc-core: its own suites with its own context validation; no schema, no status."""
    from openvc.keys import Ed25519SigningKey
    from openvc.proof.data_integrity import DataIntegrityProofSuite
    from openvc.proof.di_jcs import EddsaJcsProofSuite
    from openvc.proof.vc_jwt import VcJwtProofSuite

    signing_key = Ed25519SigningKey(key.private, key.method)
    jwk = {"kty": "OKP", "crv": "Ed25519", **_jwk_x(key)}
    contexts = {url: SHIPPED[url] for url in samples.CONTEXT}
    rows = []
    for what, document in (("badge", samples.badge(key.did)), ("endorsement", samples.endorsement(key.did))):
        for name, suite, extra in (
            ("eddsa-rdfc-2022", DataIntegrityProofSuite(), {"extra_contexts": contexts}),
            ("eddsa-jcs-2022", EddsaJcsProofSuite(), {}),
        ):

            def issue(document: Any = document, suite: Any = suite, extra: Any = extra) -> Any:
                return suite.add_proof(
                    document,
                    signing_key=signing_key,
                    verification_method=key.method,
                    created=CREATED,
                    **extra,
                )

            secured = issue()

            def verify(secured: Any = secured, suite: Any = suite, extra: Any = extra) -> Any:
                return suite.verify(secured, public_key_jwk=jwk, now=NOW, **extra)

            verify()
            rows += [Row("openvc-core", f"issue {what} {name}", python(issue))]
            rows += [Row("openvc-core", f"verify {what} {name}", python(verify))]
        suite = VcJwtProofSuite()
        token = suite.sign(document, signing_key=signing_key)
        issue_jwt = lambda document=document, suite=suite: suite.sign(document, signing_key=signing_key)  # noqa: E731
        verify_jwt = lambda token=token, suite=suite: suite.verify(token, public_key_jwk=jwk)  # noqa: E731
        rows += [Row("openvc-core", f"issue {what} jwt", python(issue_jwt))]
        rows += [Row("openvc-core", f"verify {what} jwt", python(verify_jwt))]
    return rows


def _jwk_x(key: Signer) -> dict[str, str]:
    from exchange.core.keys.multibase import base64url_encode

    return {"x": base64url_encode(key.public.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def openbadgeslib(key: Signer) -> list[Row]:
    """openbadgeslib, its low-level calls: the proof alone."""
    from openbadgeslib.ob3 import add_data_integrity_proof, verify_data_integrity_proof

    rows = []
    for what, document in (("badge", samples.badge(key.did)), ("endorsement", samples.endorsement(key.did))):

        def issue(document: Any = document) -> Any:
            return add_data_integrity_proof(document, key.private_pem, key.method, created=CREATED)

        secured = issue()

        def verify(secured: Any = secured) -> None:
            verify_data_integrity_proof(secured, key.public_pem)

        verify()
        rows += [Row("openbadgeslib", f"issue {what} eddsa-rdfc-2022", python(issue))]
        rows += [Row("openbadgeslib", f"verify {what} eddsa-rdfc-2022", python(verify))]
    return rows


def didkit(key: Signer) -> list[Row]:
    """A didkit wheel (Rust), VCDM 1.1 only: its VC-JWT, on the badge's subject in a 1.1 credential."""
    import didkit as library

    jwk = strict_json.dump({"kty": "OKP", "crv": "Ed25519", "d": _d(), **_jwk_x(key)}).decode()
    did = library.key_to_did("key", jwk)
    badge = samples.badge(did)
    credential = {
        "@context": "https://www.w3.org/2018/credentials/v1",
        "id": badge["id"],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "issuanceDate": format_date(CREATED),
        "credentialSubject": {"id": badge["credentialSubject"]["id"]},
        "evidence": [{"id": "urn:x", "type": ["Evidence"], "padding": "x" * 3000}],
    }
    text = strict_json.dump(credential).decode()
    options = strict_json.dump(
        {"proofFormat": "jwt", "proofPurpose": "assertionMethod", "verificationMethod": f"{did}#{did[8:]}"}
    ).decode()
    loop = asyncio.new_event_loop()

    async def run(call: Callable[..., Any], *args: str) -> Any:
        result = call(*args)
        return await result if hasattr(result, "__await__") else result

    def issue() -> str:
        return str(loop.run_until_complete(run(library.issue_credential, text, options, jwk)))

    def verify(token: str = issue()) -> None:
        loop.run_until_complete(run(library.verify_credential, token, '{"proofFormat":"jwt"}'))

    return [
        Row("didkit", "issue badge jwt", python(issue)),
        Row("didkit", "verify badge jwt", python(verify)),
    ]


def _d() -> str:
    from exchange.core.keys.multibase import base64url_encode

    return base64url_encode(SEED)


def digital_bazaar(key: Signer) -> tuple[list[Row], Node | None]:
    """@digitalbazaar/vc on Node: contexts kept, status stubbed, DID documents in memory, warmed up."""
    folder = install()
    if folder is None:
        print("no npm here: the Node peer is left out")
        return [], None
    document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": key.did,
        "verificationMethod": [
            {"id": key.method, "type": "Multikey", "controller": key.did, "publicKeyMultibase": key.multikey}
        ],
        "assertionMethod": [key.method],
    }
    method = {"@context": "https://w3id.org/security/multikey/v1", **document["verificationMethod"][0]}
    urls = (*samples.CONTEXT, "https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
    node = Node(
        folder,
        {
            "badge": samples.badge(key.did),
            "endorsement": samples.endorsement(key.did),
            "documents": {**{url: SHIPPED[url] for url in urls}, key.did: document, key.method: method},
            "created": format_date(CREATED),
            "now": NOW.isoformat(),
            "key": {**document["verificationMethod"][0], "secretKeyMultibase": _secret_multikey(key)},
        },
    )
    rows = [
        Row("Digital Bazaar", f"{verb} {what} eddsa-rdfc-2022", node.case(f"{verb}-{what}"))
        for what in ("badge", "endorsement")
        for verb in ("issue", "verify")
    ]
    return rows, node


def _secret_multikey(key: Signer) -> str:
    from exchange.core.keys.multibase import base58btc_encode

    raw_public = key.public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return "z" + base58btc_encode(b"\x80\x26" + SEED + raw_public)


def table(rows: list[Row], found: Mapping[str, float]) -> None:
    """The table, as Markdown."""
    bazaar = {row.what: found[f"{row.who}|{row.what}"] for row in rows if row.who == "Digital Bazaar"}
    for raw_of in ("raw", "libsodium"):
        sign, verify = (found[f"{raw_of} {verb}"] for verb in ("sign", "verify"))
        print(f"{raw_of} Ed25519: sign {sign:.1f} µs, verify {verify:.1f} µs")
    print()
    print("| who | what | CPU µs | of raw | × Digital Bazaar |\n|---|---|--:|--:|--:|")
    for row in rows:
        micros = found[f"{row.who}|{row.what}"]
        floor = found["raw verify" if row.what.startswith("verify") else "raw sign"]
        of_raw = "" if row.what.startswith("canonical") else f"{floor / micros:.3f}"
        peer = bazaar.get(row.what.removesuffix(" in bulk"))
        times = f"{peer / micros:.1f}" if peer else ""
        print(f"| {row.who} | {row.what} | {micros:,.1f} | {of_raw} | {times} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--only-ours", action="store_true")
    args = parser.parse_args()
    key = Signer()
    rows, node = ours(key), None
    if not args.only_ours:
        rows += pyld(key) + openvc(key) + openbadgeslib(key)
        if importlib.util.find_spec("didkit"):
            rows += didkit(key)
        else:
            print("no didkit here (pip install didkit): left out")
        bazaar, node = digital_bazaar(key)
        rows += bazaar
    cases = {**raw(key), **{f"{row.who}|{row.what}": row.case for row in rows}}
    where = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    print(f"{where}, {args.rounds} rounds")
    table(rows, medians(cases, args.rounds))
    if node is not None:
        node.close()


if __name__ == "__main__":
    main()
