"""A log proof: one JSON value that shows anybody, offline, that an effect is in the log.

It travels with every export:

    {
      "checkpoint": "…",      the signed checkpoint, the text of a note
      "index": 41,            the entry's number, from 0
      "proof": ["…", …],      the audit path, lowest hash first, each in base64
      "entry": "{…}",         the entry, as text
      "content": {…},         what the entry commits to, and
      "salt": "…"             its salt in base64url; both are left out once erased
    }

Nothing in it is believed: what is needed besides is the log's key, from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange.core.keys.multibase import base64_decode, base64_encode, base64url_decode, base64url_encode
from exchange.core.log.checkpoint import peek_checkpoint, verify_checkpoint
from exchange.core.log.entry import open_entry, read_entry
from exchange.core.log.merkle import MAX_SIZE, leaf_hash, verify_inclusion
from exchange.core.log.signed_note import VerifierKey
from exchange.core.verdict.finding import Finding, finding_from
from exchange.errors import ExchangeError, InputError

_MAX_HASHES = MAX_SIZE.bit_length()


@dataclass(frozen=True, slots=True)
class LogProof:
    """A log proof as values; nothing of it was verified. `content` and `salt` are both there or both None."""

    checkpoint: bytes
    index: int
    proof: tuple[bytes, ...]
    entry: bytes
    content: Mapping[str, Any] | None = None
    salt: bytes | None = None

    def to_json(self) -> dict[str, Any]:
        """The JSON object."""
        value: dict[str, Any] = {
            "checkpoint": self.checkpoint.decode(),
            "index": self.index,
            "proof": [base64_encode(one) for one in self.proof],
            "entry": self.entry.decode(),
        }
        if self.content is not None and self.salt is not None:
            value |= {"content": dict(self.content), "salt": base64url_encode(self.salt)}
        return value


def peek_log_proof(value: object) -> LogProof:
    """A log proof (what `strict_json.parse` returns) as values, unverified; further members mean nothing.

    InputError("log_proof_malformed"), `at` its member.
    """
    if not isinstance(value, dict):
        raise _malformed("A log proof is a JSON object.", "")
    index, hashes, content = value.get("index"), value.get("proof"), value.get("content")
    if type(index) is not int or not 0 <= index < MAX_SIZE:
        raise _malformed("index is the number of an entry.", "/index")
    if not isinstance(hashes, list) or len(hashes) > _MAX_HASHES:
        raise _malformed(f"proof is a list of at most {_MAX_HASHES} hashes.", "/proof")
    if not isinstance(content, dict | None) or (content is None) != (value.get("salt") is None):
        raise _malformed(
            "content is a JSON object that comes with its salt, or both are left out.", "/content"
        )
    return LogProof(
        _text(value, "checkpoint"),
        index,
        tuple(_decoded(base64_decode, one, f"/proof/{place}") for place, one in enumerate(hashes)),
        _text(value, "entry"),
        content,
        None if content is None else _decoded(base64url_decode, value["salt"], "/salt"),
    )


def check_log_proof(value: object, keys: Sequence[VerifierKey]) -> list[Finding]:
    """What a log proof proves to who knows the log's `keys`: every check, in this order.

    1. It has the form: log_proof_malformed, and nothing else is checked.
    2. The checkpoint is signed by the log: checkpoint_ok, or what `verify_checkpoint` raises (unknown when
       none of `keys` signed it).
    3. The entry is at its place in that tree: inclusion_ok, inclusion_proof_wrong, log_proof_malformed.
    4. The entry says what happened: entry_ok, or what `read_entry` raises.
    5. The content is what it commits to: commitment_ok, commitment_mismatch; content_withheld (unknown) when
       it was left out: then it is proven that something was logged, not what.

    When every level is `ok`, all of it is proven. Whether `content` is about the badge at hand is for the
    caller to see.
    """
    try:
        proof = peek_log_proof(value)
    except InputError as error:
        return [finding_from(error)]
    return [
        _check_checkpoint(proof, keys),
        *_check_inclusion(proof),
        *_check_entry(proof),
    ]


def _check_checkpoint(proof: LogProof, keys: Sequence[VerifierKey]) -> Finding:
    try:
        checkpoint = verify_checkpoint(proof.checkpoint, keys)
    except ExchangeError as error:
        return finding_from(error, "/checkpoint")
    told = f"The log {checkpoint.origin} has signed for its first {checkpoint.size} entries."
    return Finding("checkpoint_ok", "ok", told, "/checkpoint")


def _check_inclusion(proof: LogProof) -> list[Finding]:
    """Against what the checkpoint says, signed or not; nothing when it says nothing."""
    try:
        checkpoint = peek_checkpoint(proof.checkpoint)
    except InputError:
        return []
    try:
        verify_inclusion(leaf_hash(proof.entry), proof.index, checkpoint.size, proof.proof, checkpoint.root)
    except InputError as error:
        return [finding_from(error, "/proof")]
    return [Finding("inclusion_ok", "ok", f"The entry is number {proof.index} of that log.", "/proof")]


def _check_entry(proof: LogProof) -> list[Finding]:
    try:
        entry = read_entry(proof.entry)
    except ExchangeError as error:
        return [finding_from(error, "/entry")]
    said = Finding(
        "entry_ok", "ok", f"It was logged as {entry.kind:.60} at {entry.at.isoformat()}.", "/entry"
    )
    if proof.content is None or proof.salt is None:
        withheld = "What the entry is about is not shown, or was erased."
        return [said, Finding("content_withheld", "unknown", withheld, "/content")]
    try:
        open_entry(proof.entry, proof.content, proof.salt)
    except InputError as error:
        return [said, finding_from(error, "/content")]
    return [said, Finding("commitment_ok", "ok", "The content is what the entry commits to.", "/content")]


def _text(value: Mapping[str, Any], name: str) -> bytes:
    text = value.get(name)
    try:
        if isinstance(text, str):
            return text.encode()
    except UnicodeEncodeError:
        pass
    raise _malformed(f"{name} is a text.", f"/{name}")


def _decoded(decode: Callable[[str], bytes], text: object, at: str) -> bytes:
    try:
        if isinstance(text, str):
            return decode(text)
    except InputError:
        pass
    raise _malformed("This is not canonical base64.", at)


def _malformed(message: str, at: str) -> InputError:
    return InputError("log_proof_malformed", message, at)
