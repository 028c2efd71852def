"""Checkpoints: the log's size and root hash, signed (C2SP tlog-checkpoint, v1; c2sp.org/tlog-checkpoint).

A checkpoint is a signed note of three lines: the origin (which log it is), the number of entries, the root of
their Merkle tree. Whoever holds one can tell later whether the log still begins with those entries. A log
signs one root for a size, ever; that is for who signs, and `merkle.verify_consistency` says so of two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.core.keys.multibase import base64_decode, base64_encode
from exchange.core.log.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from exchange.core.log.signed_note import VerifierKey, peek_note, seal_note, verify_note
from exchange.errors import InputError

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its `origin`, its `size` in entries, the `root` hash of 32 bytes."""

    origin: str
    size: int
    root: bytes


def build_checkpoint(origin: str, size: int, root: bytes) -> bytes:
    """The text to sign. InputError("checkpoint_malformed") when a checkpoint cannot say that."""
    if not origin.isprintable():
        raise _malformed("An origin is one line of printable characters.")
    text = f"{origin}\n{size}\n{base64_encode(root)}\n".encode()
    _read(text)
    return text


def seal_checkpoint(text: bytes, signatures: Sequence[tuple[VerifierKey, bytes]]) -> bytes:
    """The signed checkpoint: what `build_checkpoint` gave, with a line for each key and its raw signature.

    During a change of keys both sign. Verify it before it is published. InputError: checkpoint_malformed,
    note_malformed.
    """
    note = seal_note(text, signatures)
    peek_checkpoint(note)
    return note


def peek_checkpoint(note: bytes) -> Checkpoint:
    """What a checkpoint says, unverified. InputError: note_malformed, checkpoint_malformed."""
    return _read(peek_note(note).text)


def verify_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """What a checkpoint says, signed by one of `keys` that has the origin's name.

    InputError: note_malformed, checkpoint_malformed, note_signature_invalid, checkpoint_wrong_origin (signed,
    but by the key of another log); CannotTellError("note_key_unknown").
    """
    text, signers = verify_note(note, keys)
    checkpoint = _read(text)
    # The specification says SHOULD; without it one log's key could speak for another log.
    if all(key.name != checkpoint.origin for key in signers):
        raise InputError(
            "checkpoint_wrong_origin", f"This is of the log {checkpoint.origin:.120}, but another signed it."
        )
    return checkpoint


def newer(kept: bytes, note: bytes) -> bytes:
    """Which of two checkpoints to keep: the larger of one log, else the second. `kept` may be damaged."""
    try:
        old, new = peek_checkpoint(kept), peek_checkpoint(note)
    except InputError:
        return note
    return kept if old.origin == new.origin and old.size > new.size else note


def _read(text: bytes) -> Checkpoint:
    origin, *rest = text.decode().removesuffix("\n").split("\n")
    if len(rest) < 2 or not origin or not all(rest):
        raise _malformed("A checkpoint has three lines: the origin, the size and the root hash.")
    size, encoded = rest[:2]  # further lines are allowed, mean nothing to us, and are signed all the same
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise _malformed("The size of a log is a whole number without leading zeros.")
    try:
        root = base64_decode(encoded)
    except InputError:
        root = b""
    if len(root) != HASH_BYTES:
        raise _malformed(f"A root hash is {HASH_BYTES} bytes in base64.")
    if size == "0" and root != EMPTY_ROOT:
        raise _malformed("A log without entries has another root hash.")
    return Checkpoint(origin, int(size), root)


def _malformed(message: str) -> InputError:
    return InputError("checkpoint_malformed", message)
