"""The inside of the killable worker: `python -m exchange.adapters.worker_main MEMORY CPU_SECONDS`.

It confines itself, says that it is ready with an empty frame, and then answers one request after the other
until its stdin ends. Libraries are imported when first needed; they get what they need and nothing else.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from exchange.core.bake.carried import is_jws
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.general import canonize_exactly
from exchange.core.verdict.binding import check_place
from exchange.errors import CannotTellError, ExchangeError, InputError

_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "ctypes.",
)


def main() -> None:
    """Serve requests until the other side hangs up."""
    memory, cpu_seconds = int(sys.argv[1]), int(sys.argv[2])
    requests, answers = _private_pipes()
    _confine(memory)
    _write(answers, b"")
    while len(head := requests.read(4)) == 4:
        request = requests.read(int.from_bytes(head))
        _allow_cpu(cpu_seconds)
        _write(answers, json.dumps(_answer(json.loads(request))).encode())


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout as files of our own, so that nothing a library prints gets between the frames."""
    pipes = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return pipes


def _confine(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when we end
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(limit, (value, value))
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not for the worker")


def _allow_cpu(seconds: int) -> None:
    """That many seconds from now; the limit counts from the start of the process, and beyond it is death."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))


def _write(answers: BinaryIO, payload: bytes) -> None:
    answers.write(len(payload).to_bytes(4) + payload)
    answers.flush()


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": _do(request)}
    except ExchangeError as error:
        family = next(base for base in type(error).__mro__ if base.__module__ == "exchange.errors")
        return {"error": [family.__name__, error.code, error.message, error.at]}
    except MemoryError:
        os._exit(1)  # what is left of the heap is not to be relied on
    except Exception as error:  # a library tripped over a stranger's document
        message = f"A library could not cope with this document ({type(error).__name__})."
        return {"error": ["CannotTellError", "worker_gave_up", message, ""]}


def _do(request: Mapping[str, Any]) -> Any:
    match request["do"]:
        case "canonize":
            return canonize_exactly(request["document"], SHIPPED, request["algorithm"]).decode()
        case "rare_proof":
            return _verify_rare(request["credential"], request["key"])
        case "base_proof":
            names = ("credential", "key", "method", "pointers", "created")
            return _make_base_proof(*(request[name] for name in names))
        case "open_badges_2":
            return _verify_open_badges_2(request["assertion"], request["documents"])
        case "attached":
            return _find_attached(base64.b64decode(request["pdf"]))
    raise ValueError("no such request")


# --- rare proof suites ------------------------------------------------------------------------------------


def _verify_rare(credential: dict[str, Any], key: dict[str, str]) -> None:
    from openvc.proof.ecdsa_sd import CRYPTOSUITE, EcdsaSdProofSuite
    from openvc.proof.errors import ProofError, SignatureInvalid, UnsupportedCryptosuite

    proof = credential["proof"]
    suite = proof.get("cryptosuite") if isinstance(proof, dict) else None
    if suite != CRYPTOSUITE:
        raise CannotTellError("unknown_suite", f"The proof is of a kind we do not know: {suite!r:.60}.")
    if key.get("crv") != "P-256":
        raise InputError("key_kind_mismatch", f"{CRYPTOSUITE} takes a P-256 key.")
    # What the JSON says, where it says it, is what the statements say: the strict route and the binding check
    # hold it to that, as for our own suites.
    unsecured = {name: value for name, value in credential.items() if name != "proof"}
    check_place(unsecured, canonize_exactly(unsecured, SHIPPED))
    try:
        EcdsaSdProofSuite().verify(
            credential,
            public_key_jwk=key,
            expected_proof_purpose=None,
            extra_contexts=_contexts_named(credential),
            check_temporal=False,
        )
    except SignatureInvalid as error:
        raise InputError("signature_invalid", f"The signature does not fit: {error}.") from None
    except UnsupportedCryptosuite as error:
        raise CannotTellError("unknown_suite", f"{error}.") from None
    except ProofError as error:
        raise InputError("proof_malformed", f"The proof cannot be read: {error!s:.200}.") from None


def _make_base_proof(
    credential: dict[str, Any], key: dict[str, str], method: str, pointers: list[str], created: str
) -> dict[str, Any]:
    from openvc.keys import P256SigningKey
    from openvc.proof.ecdsa_sd import EcdsaSdProofSuite
    from openvc.proof.errors import ProofError

    canonize_exactly(credential, SHIPPED)  # nothing is signed that our own strict route would not read
    try:
        signed = EcdsaSdProofSuite().add_base_proof(
            credential,
            signing_key=P256SigningKey.from_jwk(key, method),
            verification_method=method,
            mandatory_pointers=pointers,
            created=datetime.fromisoformat(created),
            extra_contexts=_contexts_named(credential),
        )
    except ProofError as error:
        raise InputError("proof_not_made", f"No ecdsa-sd-2023 proof can be made: {error!s:.200}.") from None
    proof: dict[str, Any] = signed["proof"]
    return proof


def _contexts_named(credential: Mapping[str, Any]) -> dict[str, Any]:
    """Those of our pinned contexts that the library will ask for."""
    named = json.dumps(credential)
    return {url: SHIPPED[url] for url in SHIPPED if json.dumps(url) in named}


# --- Open Badges 2.0 --------------------------------------------------------------------------------------


class _WantedError(Exception):
    """A document is needed that was not given."""


def _verify_open_badges_2(assertion: str | dict[str, Any], documents: Mapping[str, str]) -> dict[str, Any]:
    from openbadgeslib.ob2.models import Assertion
    from openbadgeslib.ob2.verifier import OB2VerificationError, OB2Verifier

    wanted: list[str] = []

    def download(url: str) -> bytes:
        if url not in documents:
            wanted.append(url)
            raise _WantedError
        return documents[url].encode()

    class Verifier(OB2Verifier):
        def _check_expiration(self, _: Assertion) -> None:
            """Left to the verdict, which has a clock that can be asked about another time."""

    verifier = Verifier(download=download)
    try:
        if isinstance(assertion, str):
            stands = verifier.verify(assertion, check_revocation=True)
        else:
            stands = verifier.verify_hosted(assertion, check_revocation=True)
    except OB2VerificationError as error:
        if wanted:
            return {"wanted": wanted[0]}
        code = "revoked" if "has been revoked" in str(error) else "open_badges_2_invalid"
        raise InputError(code, f"{error!s:.300}") from None
    _check_ids(stands, documents)
    found: dict[str, Any] = stands.to_dict()
    return found


def _check_ids(assertion: Any, documents: Mapping[str, str]) -> None:
    """The library takes a key's and a badge class's word for their id: so anyone could host a key that says
    it is one the issuer lists. Each must be what its URL says."""
    urls = [assertion.badge]
    if assertion.verification.type == "SignedBadge":
        urls.append(assertion.verification.creator)
    for url in urls:
        if json.loads(documents[url]).get("id") != url:
            raise InputError("open_badges_2_invalid", f"The document at {url:.200} has another id.")


# --- what is attached to a PDF ----------------------------------------------------------------------------

_MOST_ATTACHED = 20
_MOST_TEXT = 4 * 1_048_576


def _find_attached(pdf: bytes) -> str:
    """The one file that is attached and has the form of a credential: a JSON object or a compact JWS."""
    from pypdf import PdfReader, apply_configuration
    from pypdf.errors import PyPdfError

    logging.disable()
    found = []
    try:
        with apply_configuration(zlib_maximum_output_length=_MOST_TEXT):
            reader = PdfReader(io.BytesIO(pdf))
            if reader.is_encrypted:
                raise InputError("pdf_locked", "This PDF is encrypted: save it without a password first.")
            for one in islice(reader.attachment_list, _MOST_ATTACHED):
                content = one.content.strip()
                if content[:1] == b"{" or is_jws(content):
                    found.append(content.decode())
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        said = f"This PDF is damaged, or nothing can be read out of it ({type(error).__name__})."
        raise InputError("pdf_malformed", said) from None
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError("pdf_two_badges", "Two badges are attached to this PDF; hand them in one by one.")
    raise InputError("pdf_without_badge", "No badge is attached to this PDF.")


if __name__ == "__main__":
    main()
