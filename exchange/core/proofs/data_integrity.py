"""Data Integrity proofs (VC Data Integrity 1.0) and the cryptosuites of vc-di-eddsa and vc-di-ecdsa.

Issued and verified: eddsa-rdfc-2022, eddsa-jcs-2022, ecdsa-rdfc-2019, ecdsa-jcs-2019 (P-256 and P-384).
Verified only: Ed25519Signature2020, for the badges already in the wild.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from exchange.core import strict_json
from exchange.core.canonical import Exact, jcs, rdf
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.effort import Effort
from exchange.core.dates import format_date, is_over, is_yet_to_come, parse_date
from exchange.core.keys.multibase import base58btc_decode, base58btc_encode
from exchange.core.keys.public_key import PublicKey
from exchange.core.proofs import Prepared
from exchange.core.verdict.finding import Finding
from exchange.errors import CannotTellError, ExchangeError, InputError


@dataclass(frozen=True, slots=True)
class Suite:
    """How one cryptosuite makes its message: the canonical form and the kinds of key it takes."""

    form: Literal["rdfc", "jcs"]
    keys: frozenset[str]


_ED25519 = frozenset({"Ed25519"})
_NIST = frozenset({"P-256", "P-384"})
SUITES: Mapping[str, Suite] = {
    "eddsa-rdfc-2022": Suite("rdfc", _ED25519),
    "eddsa-jcs-2022": Suite("jcs", _ED25519),
    "ecdsa-rdfc-2019": Suite("rdfc", _NIST),
    "ecdsa-jcs-2019": Suite("jcs", _NIST),
    "Ed25519Signature2020": Suite("rdfc", _ED25519),
}
ISSUED = ("eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019")

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.ASCII)
_USUAL = frozenset(
    ("@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")
)

_DIGESTS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384}
_CONFIGURED = _USUAL - {"@context", "proofValue"}

Canonizer = Callable[[str], bytes]
"""`hash name → canonical N-Quads of the document`, so that several proofs share one walk."""


def suite_of(proof: Mapping[str, Any]) -> str:
    """The name of the suite a proof claims. CannotTellError("unknown_suite") for one we do not know."""
    kind = proof.get("type")
    name = proof.get("cryptosuite") if kind == "DataIntegrityProof" else kind
    if not isinstance(name, str):
        raise InputError("proof_malformed", "The proof names no cryptosuite.", "/cryptosuite")
    if name not in SUITES or (kind == "DataIntegrityProof") == (name == "Ed25519Signature2020"):
        raise CannotTellError("unknown_suite", f"The proof is of a kind we do not know: {name:.60}.", "/type")
    return name


def check_options(proof: Mapping[str, Any], purpose: str = "assertionMethod") -> None:
    """The members every proof must have, their form and purpose (VC-DI §2.1, §4.4).

    InputError: proof_malformed, proof_purpose_mismatch.
    """
    for name in ("type", "verificationMethod", "proofPurpose", "proofValue"):
        if not isinstance(proof.get(name), str) or not proof[name]:
            raise InputError("proof_malformed", f"The proof has no {name}, or it is not a text.", f"/{name}")
    if proof["proofPurpose"] != purpose:
        raise InputError(
            "proof_purpose_mismatch",
            f"The proof was made for {proof['proofPurpose']:.40}, not for {purpose}.",
            "/proofPurpose",
        )
    if ":" not in proof["verificationMethod"]:
        raise InputError("proof_malformed", "verificationMethod is not a URL.", "/verificationMethod")
    for name in ("created", "expires"):
        if name in proof:
            _check_stamp(proof, name)
    if not isinstance(proof.get("cryptosuite"), str) or not proof.keys() <= _USUAL:
        _check_further(proof)


def _check_further(proof: Mapping[str, Any]) -> None:
    """The members that most proofs do not have."""
    if "id" in proof and not (isinstance(proof["id"], str) and _URL.fullmatch(proof["id"])):
        raise InputError("proof_malformed", "The proof's id is not a URL.", "/id")
    for name in ("cryptosuite", "challenge", "nonce"):
        if not isinstance(proof.get(name, ""), str):
            raise InputError("proof_malformed", f"The proof's {name} is not a text.", f"/{name}")
    for name, member in proof.items():
        # A proof says nothing that has parts: what could be nested there would be walked, too.
        several = member if isinstance(member, list) else [member]
        if name != "@context" and not all(isinstance(value, str) for value in several):
            raise InputError("proof_malformed", f"{name:.80} is not one or more texts.", f"/{name:.80}")


def check_proof_dates(proof: Mapping[str, Any], now: datetime, at: str) -> list[Finding]:
    """What the proof's own dates say at `now`: not before it was made, not after it expires (VC-DI §4.4)."""
    findings = []
    if "created" in proof and is_yet_to_come(parse_date(proof["created"]), now):
        early = f"The signature says it was made at {proof['created']}, which is yet to come."
        findings.append(Finding("proof_from_the_future", "error", early, f"{at}/created"))
    if "expires" in proof and is_over(parse_date(proof["expires"]), now):
        late = f"The signature was good until {proof['expires']}; that time is over."
        findings.append(Finding("proof_expired", "error", late, f"{at}/expires"))
    return findings


def _check_stamp(proof: Mapping[str, Any], name: str) -> None:
    try:
        parse_date(proof[name])
    except InputError:
        raise InputError(
            "proof_malformed", f"The proof's {name} is not a date and time.", f"/{name}"
        ) from None


def prepare(
    document: Mapping[str, Any],
    suite: str,
    key_kind: str,
    verification_method: str,
    created: datetime,
    *,
    contexts: Contexts = SHIPPED,
    exact: Exact | None = None,
    canonical: bytes | None = None,
    purpose: str = "assertionMethod",
    plain: bool = False,
) -> Prepared:
    """The bytes to put on record and the message to sign for `document` (VC-DI §4.2, steps up to signing).

    A proof that `document` already has is kept beside the new one (a proof set). `canonical` spares the walk
    where a template already made the N-Quads; `plain` is what `is_plain` says of the document.
    InputError("suite_not_issued") for one we only verify.
    """
    if suite not in ISSUED or key_kind not in SUITES[suite].keys:
        raise InputError("suite_not_issued", f"{suite} cannot be made with a key of the kind {key_kind}.")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    proof = new_proof(document, suite, verification_method, format_date(created), purpose)
    hash_name = _hash_name(key_kind)

    def canonize(algorithm: str) -> bytes:
        return canonical or rdf.canonize(unsecured, contexts=contexts, exact=exact, algorithm=algorithm)

    message = _message(unsecured, proof, suite, hash_name, canonize, contexts, exact, plain=plain)
    existing = as_list(document.get("proof"))
    secured = {**unsecured, "proof": [*existing, proof] if existing else proof}
    return Prepared(suite, strict_json.dump(secured), message)


def new_proof(
    document: Mapping[str, Any], suite: str, method: str, created: str, purpose: str = "assertionMethod"
) -> dict[str, Any]:
    """The proof of `document` before there is a signature."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": purpose,
    }
    return {"@context": document["@context"], **proof} if SUITES[suite].form == "jcs" else proof


def seal(prepared: Prepared, signature: bytes) -> bytes:
    """The signed document: the recorded bytes with `proofValue` added to the last proof, nothing else."""
    end = b"}]}" if prepared.unsigned.endswith(b"}]}") else b"}}"
    value = base58btc_encode(signature).encode()
    return b'%b,"proofValue":"z%b"%b' % (prepared.unsigned[: -len(end)], value, end)


def verify_proof(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    key: PublicKey,
    canonize: Canonizer,
    *,
    contexts: Contexts = SHIPPED,
    exact: Exact | None = None,
    effort: Effort | None = None,
    plain: bool = False,
) -> None:
    """Whether `key` made `proof` over `document` (which is without this proof, but with those it chains to).

    `canonize` gives the document's canonical N-Quads. `plain`: what `is_plain` says of the document.
    InputError("signature_invalid") when it did not, "proof_malformed" when the value cannot be one; errors of
    canonicalisation pass through.
    """
    suite = suite_of(proof)
    if key.kind not in SUITES[suite].keys:
        raise InputError(
            "key_kind_mismatch", f"{suite} does not take a {key.kind} key.", "/verificationMethod"
        )
    value = proof["proofValue"]
    if not value.startswith("z"):
        raise InputError("proof_malformed", "proofValue is not multibase base58btc.", "/proofValue")
    try:
        signature = base58btc_decode(value[1:])
    except InputError as error:
        raise InputError("proof_malformed", f"proofValue: {error.message}", "/proofValue") from None
    config = {**proof}
    del config["proofValue"]
    if "@context" in config:
        document = {**document, "@context": _shared_context(document, config["@context"])}
    hash_name = _hash_name(key.kind)
    message = _message(document, config, suite, hash_name, canonize, contexts, exact, effort, plain)
    if not key.verify(signature, message):
        raise InputError(
            "signature_invalid",
            "The signature does not fit the content: it was changed, or another key made it.",
        )


def _shared_context(document: Mapping[str, Any], context: Any) -> Any:
    """A proof's own @context must be how the document's begins (vc-di-eddsa §3.3.2, step 4)."""
    if as_list(document.get("@context"))[: len(as_list(context))] != as_list(context):
        raise InputError("proof_context_mismatch", "The proof's @context is not the document's.", "/@context")
    return context


def _message(
    document: Mapping[str, Any],
    config: Mapping[str, Any],
    suite: str,
    hash_name: str,
    canonize: Canonizer,
    contexts: Contexts,
    exact: Exact | None,
    effort: Effort | None = None,
    plain: bool = False,
) -> bytes:
    digest = _DIGESTS[hash_name]
    configured = configuration(config, document.get("@context"), suite, hash_name, contexts, exact, effort)
    text = jcs.canonicalize(document, plain=plain) if SUITES[suite].form == "jcs" else canonize(hash_name)
    return digest(configured).digest() + digest(text).digest()


def configuration(
    config: Mapping[str, Any],
    context: Any,
    suite: str,
    hash_name: str = "sha256",
    contexts: Contexts = SHIPPED,
    exact: Exact | None = None,
    effort: Effort | None = None,
) -> bytes:
    """The canonical form of a proof without its value, for a document with that `@context`."""
    if SUITES[suite].form == "jcs":
        return jcs.canonicalize(config)
    usual = _usual_configuration(config, context) if contexts is SHIPPED else None
    if usual is not None:
        return usual
    configured = {**config, "@context": context}
    return rdf.canonize(configured, contexts=contexts, exact=exact, algorithm=hash_name, effort=effort)


_USUAL_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_SOME_DATE = "2026-01-01T00:00:00Z"
_LONGEST = 512


def _usual_configuration(config: Mapping[str, Any], context: Any) -> bytes | None:
    """The canonical form of a proof configuration as nearly all are; None when it is another."""
    if config.keys() != _CONFIGURED or type(context) is not list or len(context) > 2:
        return None
    created, method = config["created"], config["verificationMethod"]
    if not (type(created) is str and _USUAL_DATE.fullmatch(created)) or len(method) > _LONGEST:
        return None
    try:
        words = (config["type"], config["cryptosuite"], method, config["proofPurpose"])
        before, after = _around_date(tuple(context), *words)
    except (ExchangeError, TypeError):
        return None  # the walk of every other configuration says what is wrong
    return before + created.encode() + after


@lru_cache(maxsize=256)
def _around_date(context: tuple[str, ...], kind: str, suite: str, method: str, purpose: str) -> list[bytes]:
    """The canonical configuration before and after its date, which all proofs of one key share."""
    words = {"type": kind, "cryptosuite": suite, "verificationMethod": method, "proofPurpose": purpose}
    quads = rdf.canonize({"@context": list(context), "created": _SOME_DATE, **words})
    before, after = quads.split(f'"{_SOME_DATE}"'.encode())
    return [before + b'"', b'"' + after]


def _hash_name(key_kind: str) -> str:
    return "sha384" if key_kind == "P-384" else "sha256"


def previous_proofs(proof: Mapping[str, Any], proofs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The proofs this one chains to by `previousProof` (VC-DI §4.5).

    InputError("previous_proof_missing") when one is named that is not there.
    """
    if "previousProof" not in proof:
        return []
    names = as_list(proof["previousProof"])
    found = []
    for name in names:
        matching = [other for other in proofs if isinstance(name, str) and other.get("id") == name]
        if len(matching) != 1 or matching[0] is proof:
            raise InputError(
                "previous_proof_missing", f"It builds on a proof that is not there: {name!r:.80}."
            )
        found.append(matching[0])
    return found


def as_list(value: Any) -> list[Any]:
    """A JSON-LD value that may be one or many, as many."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
