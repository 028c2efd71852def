"""The VC-API test profile: issue, verify and revoke for the public conformance suites of the W3C.

It signs whatever is well formed, for whoever asks, so it has keys of its own that prove nothing: they are
made from names that stand in this file. The issuers and the keys of the exchange are out of its reach, and
what it signs is not kept: its status lists live as long as the process. Everything it checks is checked in
the core; what it relaxes stands in its policy, and nowhere else.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from msgspec.structs import replace

from exchange.core import strict_json
from exchange.core.canonical import Exact
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.credentials.presentation import judge_presentation_asking
from exchange.core.credentials.schema import check_schema
from exchange.core.keys.multikey import PublicKey, base64url_encode, public_key_of
from exchange.core.keys.public_key import Kind
from exchange.core.proofs.data_integrity import as_list, prepare, seal
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document, Documents
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.policy import Policy, Rare
from exchange.core.verdict.related import check_related
from exchange.core.verdict.secured import Secured, check_proof, read_secured
from exchange.core.verdict.verdict import Verdict, judge_asking
from exchange.errors import InputError, NotFoundError
from exchange.flows.badges.status import TTL, VALIDITY
from exchange.flows.badges.verify import ROUNDS
from exchange.flows.instance.own import own_document
from exchange.flows.ports import Ports

BaseProof = Callable[[Mapping[str, Any], Mapping[str, str], str, Sequence[str], datetime], dict[str, Any]]
"""`(credential, private JWK, verification method, mandatory pointers, created) → proof`; in the worker."""

SELECTIVE = "ecdsa-sd-2023"
PURPOSES = ("revocation", "suspension")
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    },
    "https://www.w3.org/ns/credentials/undefined-terms/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/undefined-terms#"}
    },
}
"""The contexts under which the suites may use any word; known to this profile only."""

_CONTEXTS = SHIPPED.extended(EXAMPLES)
_VERSION_1 = "https://www.w3.org/2018/credentials/v1"
_DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
_SUITES: Mapping[Kind, str] = {
    "Ed25519": "eddsa-rdfc-2022",
    "P-256": "ecdsa-rdfc-2019",
    "P-384": "ecdsa-rdfc-2019",
}


@dataclass(frozen=True, slots=True)
class UnsafeKey:
    """A key that everybody can make, and the did:key it is known by."""

    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    public: PublicKey

    @property
    def did(self) -> str:
        return f"did:key:{self.public.multikey}"

    @property
    def method(self) -> str:
        return f"{self.did}#{self.public.multikey}"

    def sign(self, message: bytes) -> bytes:
        """The raw signature: Ed25519, or r and s side by side (IEEE P1363)."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(message)
        size = self.private.key_size // 8
        digest = hashes.SHA384() if size == 48 else hashes.SHA256()
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(digest)))
        return r.to_bytes(size) + s.to_bytes(size)

    def private_jwk(self) -> dict[str, str]:
        """With its private part, as the worker takes it. InputError("suite_not_issued") unless on P-256."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey) or self.public.kind != "P-256":
            raise InputError("suite_not_issued", f"{SELECTIVE} is made with a P-256 key.")
        secret = self.private.private_numbers().private_value.to_bytes(32)
        return {**self.public.jwk, "d": base64url_encode(secret)}


def unsafe_key(kind: Kind) -> UnsafeKey:
    """The one key of this kind (Ed25519, P-256, P-384): the same in every process, so that a suite's
    configuration can name it."""
    seed = hashlib.sha256(f"VC-API test profile: {kind}".encode()).digest()
    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if kind == "Ed25519":
        private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    else:
        curve = ec.SECP256R1() if kind == "P-256" else ec.SECP384R1()
        private = ec.derive_private_key(int.from_bytes(seed) >> 1, curve)
    return UnsafeKey(private, public_key_of(private.public_key()))


@dataclass(frozen=True, slots=True)
class IssueOptions:
    """What a suite may choose: the suite of the proof, what `ecdsa-sd-2023` never leaves out, and for which
    purposes (revocation, suspension) the credential gets a place in a status list."""

    cryptosuite: str | None = None
    mandatory_pointers: tuple[str, ...] = ()
    status_purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What a proof must have been made for; None asks for nothing, and for the usual purpose."""

    domain: str | None = None
    challenge: str | None = None
    purpose: str | None = None


@dataclass(slots=True)
class UnsafeList:
    """One status list of an issuer: which indices were given out, and which of them are set."""

    url: str
    issuer_id: str
    purpose: str
    given: set[int] = field(default_factory=set)
    set_: set[int] = field(default_factory=set)


class VcApi:
    """The profile, on the ports of one exchange. `base_proof` is None where no worker can make one."""

    def __init__(self, ports: Ports, base_proof: BaseProof | None = None) -> None:
        self._ports = ports
        self._base_proof = base_proof
        self.keys = {key.did: key for key in map(unsafe_key, _SUITES)}
        self._lists: dict[str, UnsafeList] = {}
        self._placed: dict[str, dict[str, tuple[UnsafeList, int]]] = {}
        self._policy = Policy(
            expect="credential",
            contexts=_CONTEXTS,
            exact=_inlining(ports.exact) if ports.exact else None,
            rare=_inlining_rare(ports.rare) if ports.rare else None,
            every_proof=True,
            relaxed=True,
        )

    # --- issue --------------------------------------------------------------------------------------------

    async def issue(self, credential: Any, options: IssueOptions) -> bytes:
        """The credential, signed: by its issuer's key if that is one of ours, else by another one of ours.

        InputError with the code of the first finding when it is not one; "suite_not_issued".
        """
        if not isinstance(credential, dict):
            raise InputError("not_a_credential", "credential must be an object.", "/credential")
        key = self._key_for(Secured(credential).issuer_id, options.cryptosuite)
        document = self._with_status(_with_suite_context(credential), options.status_purposes)
        return await asyncio.to_thread(self._signed, document, key, options)

    def _key_for(self, issuer_id: str, suite: str | None) -> UnsafeKey:
        if issuer_id in self.keys:
            return self.keys[issuer_id]
        kind: Kind = "P-256" if suite is not None and suite.startswith("ecdsa-") else "Ed25519"
        return next(key for key in self.keys.values() if key.public.kind == kind)

    def _signed(self, document: dict[str, Any], key: UnsafeKey, options: IssueOptions) -> bytes:
        _refuse([*check_schema(document, "credential"), *check_related(document, {}, _CONTEXTS)])
        if options.cryptosuite == SELECTIVE:
            return strict_json.dump({**document, "proof": self._selective_proof(document, key, options)})
        policy = self._policy
        suite = _SUITES[key.public.kind] if options.cryptosuite is None else options.cryptosuite
        now = self._ports.now()
        prepared = prepare(
            document, suite, key.public.kind, key.method, now, contexts=policy.contexts, exact=policy.exact
        )
        signed = seal(prepared, key.sign(prepared.message))
        _refuse(check_proof(read_secured(signed), {}, policy, now).findings)
        return signed

    def _selective_proof(
        self, document: dict[str, Any], key: UnsafeKey, options: IssueOptions
    ) -> dict[str, Any]:
        if self._base_proof is None:
            raise InputError("suite_not_issued", f"{SELECTIVE} cannot be made here.")
        chosen = options.mandatory_pointers
        return self._base_proof(_inlined(document), key.private_jwk(), key.method, chosen, self._ports.now())

    # --- status -------------------------------------------------------------------------------------------

    def _with_status(self, credential: dict[str, Any], purposes: Sequence[str]) -> dict[str, Any]:
        """The credential with a place in the list of each purpose; remembered by its id."""
        if not purposes:
            return credential
        places = {}
        for purpose in purposes:
            if purpose not in PURPOSES:
                raise InputError("status_purpose_unknown", f"statusPurpose is one of {', '.join(PURPOSES)}.")
            listed = self._list_of(Secured(credential).issuer_id, purpose)
            places[purpose] = listed, self._place(listed)
        entries = [status.build_status_entry(at.url, at.purpose, index) for at, index in places.values()]
        entries = as_list(credential.get("credentialStatus")) + entries
        if isinstance(credential.get("id"), str):
            self._placed[credential["id"]] = places
        return {**credential, "credentialStatus": entries[0] if len(entries) == 1 else entries}

    def _list_of(self, issuer_id: str, purpose: str) -> UnsafeList:
        for listed in self._lists.values():
            if (listed.issuer_id, listed.purpose) == (issuer_id, purpose):
                return listed
        key = self._ports.new_id()
        url = f"{self._ports.base_url}/vc-api/status-lists/{key}"
        self._lists[key] = UnsafeList(url, issuer_id, purpose)
        return self._lists[key]

    def _place(self, listed: UnsafeList) -> int:
        while (index := uuid.UUID(self._ports.new_id()).int % bitstring.MIN_ENTRIES) in listed.given:
            pass
        listed.given.add(index)
        return index

    def set_status(self, credential_id: str, purpose: str, on: bool) -> None:
        """Set or clear the bit of a credential that was issued with a status.

        NotFoundError("unknown_credential") for any other; InputError("revocation_is_final").
        """
        if purpose not in self._placed.get(credential_id, {}):
            raise NotFoundError("unknown_credential", f"No {purpose} of {credential_id:.200} is kept here.")
        listed, index = self._placed[credential_id][purpose]
        if purpose == "revocation" and not on and index in listed.set_:
            raise InputError("revocation_is_final", "What is revoked stays revoked.")
        (listed.set_.add if on else listed.set_.discard)(index)

    async def status_list(self, key: str) -> bytes:
        """The signed BitstringStatusListCredential; NotFoundError("unknown_list")."""
        listed = self._lists.get(key)
        if listed is None:
            raise NotFoundError("unknown_list", f"There is no status list {key:.80}.")
        now = self._ports.now()
        document = status.build_status_list_credential(
            listed.url,
            listed.issuer_id,
            listed.purpose,
            bitstring.encode(listed.set_),
            valid_from=now,
            valid_until=now + VALIDITY,
            ttl_ms=round(TTL.total_seconds() * 1000),
        )
        return await asyncio.to_thread(
            self._signed, document, self._key_for(listed.issuer_id, None), IssueOptions()
        )

    # --- verify -------------------------------------------------------------------------------------------

    async def verify_credential(self, credential: Any, options: VerifyOptions) -> Verdict:
        """The verdict of the core on a credential, as an object or a compact JWS."""
        policy = replace(self._policy, domain=options.domain, challenge=options.challenge)
        policy = replace(policy, purpose=options.purpose or policy.purpose)
        return await self._in_rounds(
            lambda documents: judge_asking(_raw(credential), documents, policy, self._ports.now())
        )

    async def verify_presentation(self, presentation: Any, options: VerifyOptions) -> Verdict:
        """The verdict of the core on a presentation, and on each credential in it."""
        policy = replace(self._policy, domain=options.domain, challenge=options.challenge)
        purpose = options.purpose or "authentication"
        return await self._in_rounds(
            lambda documents: judge_presentation_asking(
                _raw(presentation), documents, policy, self._ports.now(), purpose=purpose
            )
        )

    async def _in_rounds(self, judge: Callable[[Documents], tuple[Verdict, tuple[str, ...]]]) -> Verdict:
        fetcher = self._ports.web.for_one_verify()
        documents: dict[str, Document] = {}
        for _ in range(ROUNDS):
            verdict, wanted = await asyncio.to_thread(judge, dict(documents))
            if not wanted:
                return verdict
            for url in wanted:
                documents[url] = await self._own(url) or await fetcher.fetch(url)
        return (await asyncio.to_thread(judge, documents))[0]

    async def _own(self, url: str) -> Document | None:
        key = next((key for key, listed in self._lists.items() if listed.url == url), None)
        if key is None:
            return await own_document(self._ports, url)
        return Document(url, 200, "application/vc", await self.status_list(key))


def _with_suite_context(credential: dict[str, Any]) -> dict[str, Any]:
    """A credential of VCDM 1.1 with the context that defines its proof (VC-DI §2.4.1); others as they are."""
    contexts = as_list(credential.get("@context"))
    if contexts[:1] != [_VERSION_1] or _DATA_INTEGRITY in contexts:
        return credential
    return {**credential, "@context": [*contexts, _DATA_INTEGRITY]}


def _refuse(findings: Sequence[Finding]) -> None:
    """InputError with the code of the first failure, and all that failed in its message."""
    failed = [finding for finding in findings if finding.level in ("error", "unknown")]
    if failed:
        raise InputError(failed[0].code, " ".join(finding.message for finding in failed), failed[0].at)


def _raw(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else strict_json.dump(value)


def _inlining(exact: Exact) -> Exact:
    """The worker's general route, with the examples' contexts written out: it knows the pinned ones only."""
    return lambda algorithm, document: exact(algorithm, _inlined(document))


def _inlining_rare(rare: Rare) -> Rare:
    return lambda document, key: rare(_inlined(document), key)


def _inlined(value: Any, *, context: bool = False) -> Any:
    """`value` with each of the examples' contexts in place of its URL; it says the same."""
    if isinstance(value, Mapping):
        return {name: _inlined(member, context=name == "@context") for name, member in value.items()}
    if isinstance(value, list):
        return [_inlined(item, context=context) for item in value]
    if context and isinstance(value, str) and value in EXAMPLES:
        return EXAMPLES[value]["@context"]
    return value
