"""What files prove about the log, to who has nothing but them and the log's key (`exchange log verify`).

The files may be log proofs, checkpoints, consistency proofs, badges in any form, and the key itself; each is
known by its content. Checked, in this order, every one of them:

1. A log proof: signature, place in the tree, entry, content (`log_proof.check_log_proof`).
2. A badge: that one of the proofs is about it, and about these very bytes.
3. A checkpoint: that the log signed it.
4. All checkpoints, those of the proofs too: one root for one size, and each shown by a consistency proof to
   be the beginning of the next.

That a badge was logged says nothing of whether it is still valid; `core.verdict` says that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, Literal

from msgspec.structs import replace

from exchange.core.bake import extract
from exchange.core.keys.multibase import base64_decode, base64_encode
from exchange.core.log.checkpoint import Checkpoint, verify_checkpoint
from exchange.core.log.entry import read_entry
from exchange.core.log.merkle import MAX_SIZE, verify_consistency
from exchange.core.log.proof import LogProof, check_log_proof, peek_log_proof
from exchange.core.log.signed_note import VerifierKey, parse_verifier_key
from exchange.core.proofs import unsigned_of
from exchange.core.strict_json import parse
from exchange.core.verdict.finding import Finding, finding_from
from exchange.core.verdict.secured import read_secured
from exchange.errors import ExchangeError, InputError

Kind = Literal["key", "checkpoint", "proof", "consistency", "badge"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file: its `name`, what it seems to be, its content, unverified. `value` is the JSON of a proof."""

    name: str
    kind: Kind
    data: bytes
    value: Any = None


@dataclass(frozen=True, slots=True)
class Consistency:
    """A consistency proof: that the tree of `new` entries begins with that of `old` (RFC 9162 §2.1.4)."""

    old: int
    new: int
    proof: tuple[bytes, ...]

    def to_json(self) -> dict[str, Any]:
        """`{"from": …, "to": …, "proof": ["…", …]}`, the hashes in base64."""
        return {"from": self.old, "to": self.new, "proof": [base64_encode(one) for one in self.proof]}


def peek_evidence(name: str, data: bytes) -> Evidence:
    """What a file is, by its content. InputError("unknown_evidence") for what is none of these."""
    text = data.strip()
    if b"\n" not in text and b"+" in text and not text.startswith(b"{"):
        try:
            parse_verifier_key(text.decode())
            return Evidence(name, "key", text)
        except (ExchangeError, UnicodeDecodeError):
            pass
    if b"\n\n\xe2\x80\x94 " in data:
        return Evidence(name, "checkpoint", data)
    if text.startswith(b"{"):
        try:
            value = parse(data)
        except InputError as error:
            raise InputError("unknown_evidence", f"{name} is no whole JSON: {error.message}", name) from None
        if value.keys() >= {"checkpoint", "entry"}:
            return Evidence(name, "proof", data, value)
        if value.keys() >= {"from", "to", "proof"}:
            return Evidence(name, "consistency", data, value)
    try:
        return Evidence(name, "badge", extract(data).text.encode())
    except InputError as error:
        kinds = "a log proof, a checkpoint, a consistency proof, a badge or the log's key"
        raise InputError("unknown_evidence", f"{name} is not {kinds}. {error.message}", name) from None


def check_evidence(files: Sequence[Evidence], keys: Sequence[VerifierKey]) -> list[Finding]:
    """What the files prove to who knows the log's `keys`; `at` of each finding is the file.

    Proven when every level is `ok`. `unknown`: not contradicted, but not shown either.
    """
    findings = [
        at for one in files if one.kind == "proof" for at in _of(one, check_log_proof(one.value, keys))
    ]
    proofs = [proof for one in files if one.kind == "proof" for proof in _peeked(one)]
    for one in files:
        if one.kind == "badge":
            findings += _of(one, _check_badge(one.data, proofs))
        if one.kind == "checkpoint":
            findings += _of(one, [_check_checkpoint(one.data, keys)])
    return [*findings, *_check_history(files, keys)]


def peek_consistency(value: object) -> Consistency:
    """A consistency proof as values, unverified. InputError("log_proof_malformed")."""
    if isinstance(value, dict):
        old, new, hashes = value.get("from"), value.get("to"), value.get("proof")
        texts = isinstance(hashes, list) and all(isinstance(one, str) for one in hashes)
        if isinstance(old, int) and isinstance(new, int) and texts and 0 <= old <= new <= MAX_SIZE:
            return Consistency(old, new, tuple(base64_decode(one) for one in hashes or ()))
    raise InputError("log_proof_malformed", "A consistency proof has the sizes from and to, and its hashes.")


def _of(one: Evidence, findings: Sequence[Finding]) -> list[Finding]:
    return [replace(finding, at=f"{one.name}{finding.at}") for finding in findings]


def _peeked(one: Evidence) -> Iterator[LogProof]:
    try:
        yield peek_log_proof(one.value)
    except InputError:
        return


def _check_badge(text: bytes, proofs: Sequence[LogProof]) -> list[Finding]:
    """Whether one of the proofs is about this badge. What the proofs themselves are worth is said of them."""
    try:
        name = str(read_secured(text).document.get("id"))
    except ExchangeError as error:
        return [finding_from(error)]
    awards = [proof for proof in proofs if _about(proof)]
    mine = [proof for proof in awards if _about(proof) == name]
    digest = sha256(unsigned_of(text)).hexdigest()
    if any(proof.content and proof.content.get("sha256") == digest for proof in mine):
        return [Finding("badge_logged", "ok", f"This badge, {name:.200}, is the one that was logged.")]
    if mine:
        differs = (
            f"The log knows {name:.200} with other bytes than these. Was the file saved by a program "
            "that rewrites JSON? Then get it from its address again. If not, it is not what was logged."
        )
        return [Finding("badge_differs", "error", differs)]
    if any(proof.content is None for proof in proofs):
        withheld = "The proof does not show what was logged, so it may be about this badge or another."
        return [Finding("badge_not_shown", "unknown", withheld)]
    if awards:
        other = f"The proof is about {_about(awards[0])}, not {name:.200}."
        return [Finding("proof_of_another", "error", other)]
    return [Finding("badge_without_proof", "unknown", f"There is no log proof for {name:.200} here.")]


def _about(proof: LogProof) -> str:
    """The badge whose award it is, or the endorsement that it tells of; `""` for another entry."""
    named = {"award": "badge", "endorse": "endorsement"}.get(_kind(proof))
    return str(proof.content.get(named, "")) if named and proof.content is not None else ""


def _kind(proof: LogProof) -> str:
    try:
        return read_entry(proof.entry).kind
    except ExchangeError:
        return ""


def _check_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> Finding:
    try:
        said = verify_checkpoint(note, keys)
    except ExchangeError as error:
        return finding_from(error)
    return Finding(
        "checkpoint_ok", "ok", f"The log {said.origin} has signed for its first {said.size} entries."
    )


def _check_history(files: Sequence[Evidence], keys: Sequence[VerifierKey]) -> Iterator[Finding]:
    """The checkpoints against each other, once there is one by itself. What is unsigned is named already."""
    notes = [one.data for one in files if one.kind == "checkpoint"]
    shown = [(one, _consistency(one)) for one in files if one.kind == "consistency"]
    yield from (proof for _, proof in shown if isinstance(proof, Finding))
    if not notes and not shown:
        return
    notes += [proof.checkpoint for one in files if one.kind == "proof" for proof in _peeked(one)]
    said = {checkpoint for note in notes for checkpoint in _verified(note, keys)}
    ordered = sorted(said, key=lambda one: (one.origin, one.size, one.root))
    for old, new in pairwise(ordered):
        yield _check_pair(old, new, [proof for _, proof in shown if isinstance(proof, Consistency)])
    if shown and len(ordered) < 2:
        yield Finding(
            "checkpoint_missing", "unknown", "A consistency proof is between two signed checkpoints."
        )


def _consistency(one: Evidence) -> Consistency | Finding:
    try:
        return peek_consistency(one.value)
    except InputError as error:
        return replace(finding_from(error), at=one.name)


def _verified(note: bytes, keys: Sequence[VerifierKey]) -> Iterator[Checkpoint]:
    try:
        yield verify_checkpoint(note, keys)
    except ExchangeError:
        return


def _check_pair(old: Checkpoint, new: Checkpoint, proofs: Sequence[Consistency]) -> Finding:
    if old.origin != new.origin:
        return Finding("logs_differ", "unknown", f"{old.origin} and {new.origin} are two logs.")
    if old.size == new.size:
        forked = (
            f"The log has signed two different roots for its first {old.size} entries: it told two stories. "
            "Keep both files; together they prove it."
        )
        return Finding("log_forked", "error", forked)
    fitting = next((proof for proof in proofs if (proof.old, proof.new) == (old.size, new.size)), None)
    if fitting is None:
        missing = (
            f"Whether the log of {new.size} entries begins with that of {old.size} is not shown. The "
            f"exchange has the proof at /log/consistency?from={old.size}&to={new.size}."
        )
        return Finding("consistency_missing", "unknown", missing)
    try:
        verify_consistency(old.size, old.root, new.size, new.root, fitting.proof)
    except ExchangeError as error:
        return finding_from(error)
    told = f"The log of {new.size} entries begins with that of {old.size}: nothing of it was changed."
    return Finding("consistency_ok", "ok", told)
