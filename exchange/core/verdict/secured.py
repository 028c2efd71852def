"""A secured credential as it came, in either form, and whether its issuer's key secured it.

One room for badges, endorsements and status lists alike: each is somebody's signed statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

import msgspec

from exchange.core import strict_json
from exchange.core.canonical import rdf, terms
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.effort import GENERAL, Effort
from exchange.core.canonical.errors import Unusual
from exchange.core.canonical.our_terms import our_context, with_our_terms
from exchange.core.common import Common
from exchange.core.credentials.plain import is_plain
from exchange.core.keys.did import authorised_key
from exchange.core.keys.public_key import PublicKey
from exchange.core.proofs.data_integrity import (
    SUITES,
    as_list,
    check_options,
    check_proof_dates,
    previous_proofs,
    suite_of,
    verify_proof,
)
from exchange.core.proofs.jwt import (
    Jwt,
    check_claims,
    check_presented,
    is_compact,
    peek_jwt,
    verify_jwt,
)
from exchange.core.verdict.binding import check_place, check_repeated, ids_apart, named_once
from exchange.core.verdict.documents import Documents
from exchange.core.verdict.finding import Finding, finding_from
from exchange.core.verdict.policy import Policy
from exchange.errors import CannotTellError, ExchangeError, InputError

MAX_PROOFS = 8
T = TypeVar("T")
_BASE = "https://www.w3.org/ns/credentials/v2"


class Secured(msgspec.Struct, frozen=True):
    """What was read, not yet believed: `document` is the credential, `jwt` the token around it, if any.

    `raw` is the text it was read from, empty for a credential embedded in another. `maker` is the member that
    says who secured it: never decided by the document's own types, which a stranger writes. `plain`: what
    `is_plain` said of the document.
    """

    document: dict[str, Any]
    jwt: Jwt | None = None
    raw: bytes = b""
    maker: Literal["issuer", "holder"] = "issuer"
    plain: bool = False

    @property
    def issuer_id(self) -> str:
        """The id of who is said to have secured it, `""` when there is none. Untrusted until proven."""
        issuer = self.document.get(self.maker)
        issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
        return issuer if isinstance(issuer, str) else ""


def read_secured(raw: bytes, common: Common | None = None) -> Secured:
    """Read JSON with an embedded proof, a compact JWS, or an EnvelopedVerifiableCredential around one.
    `common`: the parts of others that are read with it.

    InputError with the codes of `strict_json.parse` and `peek_jwt`, or "not_a_credential".
    """
    text = raw.strip(b" \t\r\n")
    if text[:1] not in b'{["' and is_compact(text):
        jwt = peek_jwt(text)
        return Secured(jwt.credential, jwt, text, plain=jwt.plain)
    document = strict_json.parse(text, max_depth=None)
    if common is not None and isinstance(document, dict):
        common.share(document)
    plain = isinstance(document, dict) and is_plain(document, common)
    if not plain:
        strict_json.check_depth(document)
    if not isinstance(document, dict):
        raise InputError("not_a_credential", "This is JSON, but not an object: a credential is one.")
    if not plain and "checkpoint" in document and "@context" not in document:
        said = "This is a proof that something is in the log, no credential: `exchange log verify` reads it."
        raise InputError("not_a_credential", said)
    return opened(Secured(document, None, text, plain=plain))


def opened(secured: Secured) -> Secured:
    """What is inside an EnvelopedVerifiableCredential, anything else as it is; see `enveloped_token`."""
    if secured.plain:
        return secured
    token = enveloped_token(secured.document, "EnvelopedVerifiableCredential", "application/vc+jwt")
    if token is None:
        return secured
    jwt = peek_jwt(token)
    return Secured(jwt.credential, jwt, token, plain=jwt.plain)


def enveloped_token(document: Mapping[str, Any], kind: str, media_type: str) -> bytes | None:
    """The token in an Enveloped… object of this `kind`, None for anything else (VCDM 2.0 §4.13.1, §4.13.2).

    InputError("envelope_malformed"); CannotTellError("unknown_envelope") for another media type.
    """
    types = as_list(document.get("type"))
    if kind not in types:
        return None
    scheme, _, rest = str(document.get("id", "")).partition(":")
    found, _, token = rest.partition(",")
    for good, what, at in (
        (len(types) == 1, f"has the type {kind} and no other", "/type"),
        (_BASE in as_list(document.get("@context")), f"has the context {_BASE}", "/@context"),
        (scheme == "data" and token, "has a data: URL for its id", "/id"),
    ):
        if not good:
            raise InputError("envelope_malformed", f"An enveloping object {what}.", at)
    if found not in (media_type, "application/jwt"):
        raise CannotTellError("unknown_envelope", "The envelope holds something we cannot read.", "/id")
    return token.encode()


class Proven(msgspec.Struct, frozen=True):
    """The findings about the proofs, and whether one of them is the issuer's good proof."""

    findings: list[Finding]
    ok: bool


def check_proof(secured: Secured, documents: Documents, policy: Policy, now: datetime) -> Proven:
    """Whether the issuer secured this document: one good assertion proof by the issuer suffices, every other
    one is reported, unless the policy asks for all of them (VC-DI §4.5; OB 3.0 §8)."""
    if secured.jwt is not None:
        return _check_jwt(secured, secured.jwt, documents, policy, now)
    proof = secured.document.get("proof")
    if isinstance(proof, dict):
        findings = _Prover(secured, [proof], documents, policy, now).check(0)
        return Proven(findings, findings[0].code == "signature_valid")
    proofs = as_list(proof)
    if not proofs:
        missing = Finding("proof_missing", "error", "Nothing is signed here: there is no proof.", "/proof")
        return Proven([missing], False)
    if len(proofs) > MAX_PROOFS or not all(isinstance(proof, dict) for proof in proofs):
        bad = f"A proof set is at most {MAX_PROOFS} objects."
        return Proven([Finding("proof_malformed", "error", bad, "/proof")], False)
    prover = _Prover(secured, proofs, documents, policy, now)
    checked = [prover.check(index) for index in range(len(proofs))]
    findings = [finding for one in checked for finding in one]
    if not policy.every_proof and any(all(finding.level == "ok" for finding in one) for one in checked):
        # A proof set stands if one proof does; what ails the others is worth knowing, not fatal.
        findings = [_as_note(finding) for finding in findings]
    return Proven(findings, any(finding.code == "signature_valid" for finding in findings))


def _as_note(finding: Finding) -> Finding:
    if finding.level == "ok":
        return finding
    return Finding(finding.code, "warning", f"Another proof does not count: {finding.message}", finding.at)


class _Prover:
    """Checks the proofs of one document, walking it at most once per hash."""

    def __init__(
        self,
        secured: Secured,
        proofs: list[dict[str, Any]],
        documents: Documents,
        policy: Policy,
        now: datetime,
    ) -> None:
        self.secured = secured
        self.issuer_id = secured.issuer_id
        self.maker = secured.maker
        self.raw = secured.raw
        self.proofs = proofs
        self.documents = documents
        self.policy = policy
        self.now = now
        self.unsecured = {**secured.document}
        self.unsecured.pop("proof", None)
        self.effort = policy.effort or Effort()
        self.quads: dict[str, bytes] = {}
        self.stood: set[str] = set()
        self.unfit: ExchangeError | None = None

    def check(self, index: int) -> list[Finding]:
        """One proof: that it stands and what its own dates say, or why it does not."""
        proof = self.proofs[index]
        at = f"/proof/{index}" if len(self.proofs) > 1 else "/proof"
        try:
            check_options(proof, self.policy.purpose)
            if self.policy.domain is not None or self.policy.challenge is not None:
                self._check_addressee(proof)
            self._verify_once(proof, self._key(proof, relaxed=False))
        except ExchangeError as error:
            return [finding_from(error, "" if error is self.unfit else at)]
        name = proof.get("cryptosuite", proof["type"])
        whose = {"issuer": "the issuer's own", "holder": "the holder's own"}[self.maker]
        own = f"The signature ({name}) is {whose} and fits."
        good = Finding("signature_valid", "ok", own, at)
        return [good, *check_proof_dates(proof, self.now, at)]

    def _check_addressee(self, proof: Mapping[str, Any]) -> None:
        for name, expected in (("domain", self.policy.domain), ("challenge", self.policy.challenge)):
            if expected is not None and expected not in as_list(proof.get(name)):
                raise InputError(
                    f"proof_{name}_mismatch", f"The proof was made for another {name}.", f"/{name}"
                )

    def _key(self, proof: Mapping[str, Any], *, relaxed: bool) -> PublicKey:
        return authorised_key(
            self.issuer_id,
            proof["verificationMethod"],
            self.documents,
            self.now,
            purpose=self.policy.purpose,
            relaxed=relaxed or self.policy.relaxed,
        )

    def _verify_once(self, proof: dict[str, Any], key: PublicKey) -> None:
        """The same, but of a plain document with one proof, as nearly all are, not once more."""
        stood, alone = self.policy.stood, self.raw and len(self.proofs) == 1
        if stood is None or not (alone and self.secured.plain and self.policy.contexts is SHIPPED):
            self._verify(proof, key)
        else:
            stood.once(self.raw, key, partial(self._verify, proof, key))

    def _verify(self, proof: dict[str, Any], key: PublicKey, seen: tuple[str, ...] = ()) -> None:
        rare = self.policy.rare
        if (
            rare is not None
            and proof["type"] == "DataIntegrityProof"
            and proof.get("cryptosuite") not in SUITES
        ):
            self.effort.spend(GENERAL)
            rare({**self.unsecured, "proof": proof}, key)
            return
        form = SUITES[suite_of(proof)].form
        chained = previous_proofs(proof, self.proofs) if "previousProof" in proof else []
        for previous in chained:
            self._verify_previous(previous, (*seen, str(proof.get("id"))))
        document = {**self.unsecured, "proof": chained} if chained else self.unsecured
        covered, options = (
            (document, proof) if form == "jcs" else _read_as_ours(document, proof, self.policy.contexts)
        )
        verify_proof(
            covered,
            options,
            key,
            self._canonize_chained(document) if chained else self._canonize,
            contexts=self.policy.contexts,
            exact=self.policy.exact,
            effort=self.effort,
            plain=self.secured.plain and not chained,
        )
        try:
            self._check_meaning(proof, form, key)
        except ExchangeError as error:
            self.unfit = error  # it has its place in the document, not in the proof
            raise

    def _check_meaning(self, proof: Mapping[str, Any], form: str, key: PublicKey) -> None:
        """What was signed is defined, and is what is read at the place where it is read."""
        if form == "jcs":
            # A proof may cover only the first of the contexts; who added the rest defines nothing by it.
            covered = {"@context": proof["@context"]} if "@context" in proof else {}
            document = {**self.unsecured, **covered}
            plain = self.secured.plain and document["@context"] == self.unsecured["@context"]
            _check_terms(document, self.policy, self.effort, plain)
            return
        if self.secured.plain and self.policy.contexts is SHIPPED:
            if ids_apart(self.raw):
                return
            status = self.unsecured.get("credentialStatus")
            if not isinstance(status, list) or len({entry["id"] for entry in status}) == len(status):
                # No other part of a plain document can say what is judged of it or of its status.
                check_repeated(self.unsecured)
                return
        quads = self._canonize("sha384" if key.kind == "P-384" else "sha256")
        if self.policy.exact is not None or not named_once(self.unsecured, self.raw, quads):
            check_place(self.unsecured, quads)

    def _verify_previous(self, proof: dict[str, Any], seen: tuple[str, ...]) -> None:
        """A proof that another builds on must stand too, but may be somebody else's (a notary's)."""
        if str(proof.get("id")) in seen:
            raise InputError(
                "previous_proof_missing", "The proofs build on each other in a circle.", "/previousProof"
            )
        if str(proof.get("id")) not in self.stood:
            check_options(proof, self.policy.purpose)
            self._verify(proof, self._key(proof, relaxed=True), seen)
            self.stood.add(str(proof.get("id")))

    def _canonize(self, algorithm: str) -> bytes:
        if algorithm not in self.quads:
            self.quads[algorithm] = self._walk(self.unsecured, algorithm)
        return self.quads[algorithm]

    def _canonize_chained(self, document: dict[str, Any]) -> Any:
        return lambda algorithm: self._walk(document, algorithm)

    def _walk(self, document: dict[str, Any], algorithm: str) -> bytes:
        def canonize(document: dict[str, Any]) -> bytes:
            return rdf.canonize(
                document,
                contexts=self.policy.contexts,
                exact=self.policy.exact,
                algorithm=algorithm,
                effort=self.effort,
                common=self.policy.common,
            )

        try:
            return _knowing_our_terms(document, self.policy.contexts, canonize)
        except ExchangeError as error:
            self.unfit = error
            raise


def _read_as_ours(
    document: dict[str, Any], proof: dict[str, Any], contexts: Contexts
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document and its proof, whose words mean what the document's contexts say, with our terms known."""
    context = our_context(document, contexts)
    if context is document.get("@context"):
        return document, proof
    if "@context" in proof:
        proof = {**proof, "@context": our_context(document, contexts, proof["@context"])}
    return {**document, "@context": context}, proof


def _check_terms(document: dict[str, Any], policy: Policy, effort: Effort | None, plain: bool) -> None:
    """Every term and type is defined, as OB 3.0 asks (JSON-LD safe mode), whatever form was signed."""
    if plain and policy.contexts is SHIPPED:
        return

    def check(document: dict[str, Any]) -> None:
        try:
            terms.check_terms(document, policy.contexts, effort)
        except Unusual:
            if policy.exact is None:
                raise
            if effort is not None:
                effort.spend(GENERAL)
            policy.exact("sha256", document)

    _knowing_our_terms(document, policy.contexts, check)


def _knowing_our_terms(
    document: dict[str, Any], contexts: Contexts, read: Callable[[dict[str, Any]], T]
) -> T:
    """What `read` makes of `document`; if that stops at an unknown context, once more with those contexts
    known that the document pins as our terms."""
    try:
        return read(document)
    except CannotTellError as error:
        known = with_our_terms(document, contexts) if error.code == "unknown_context" else document
        if known is document:
            raise
    return read(known)


def _check_jwt(secured: Secured, jwt: Jwt, documents: Documents, policy: Policy, now: datetime) -> Proven:
    findings: list[Finding] = []
    try:
        key = authorised_key(
            secured.issuer_id,
            jwt.kid,
            documents,
            now,
            purpose=policy.purpose,
            relaxed=policy.relaxed,
        )
        if policy.stood is None or not secured.raw:
            verify_jwt(jwt, key)
        else:
            policy.stood.once(secured.raw, key, partial(verify_jwt, jwt, key))
        # A proof within the token is only more of what was signed; being plain says little about proofs.
        plain = secured.plain and "proof" not in jwt.credential
        _check_terms(jwt.credential, policy, policy.effort, plain)
    except ExchangeError as error:
        return Proven([finding_from(error)], False)
    algorithm = jwt.header["alg"]
    findings.append(
        Finding("signature_valid", "ok", f"The signature (VC-JWT, {algorithm}) is the issuer's own and fits.")
    )
    if jwt.rules == "vp":
        findings.extend(check_presented(jwt, now, policy.domain, policy.challenge))
    else:
        findings.extend(check_claims(jwt, now))
    return Proven(findings, True)
