"""Checkpoints: a public log's own, and what a checkpoint must say and by whom it must be signed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.multibase import base64_decode, base64_encode
from exchange.core.log.checkpoint import (
    Checkpoint,
    build_checkpoint,
    peek_checkpoint,
    seal_checkpoint,
    verify_checkpoint,
)
from exchange.core.log.merkle import EMPTY_ROOT, MAX_SIZE
from exchange.core.log.signed_note import seal_note, verify_note
from exchange.errors import CannotTellError, ExchangeError
from tests.core.notes import LOG, ORIGIN, REKOR_EARLY, REKOR_KEY, REKOR_LATE, Signer, signed_checkpoint
from tests.core.trees import flipped

ROOT = bytes(range(32))
TEXT = build_checkpoint(ORIGIN, 20_852_163, ROOT)
NOTE = signed_checkpoint(20_852_163, ROOT)

roots = st.binary(min_size=32, max_size=32)


def code_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(ExchangeError) as caught:
        call(*arguments)
    return caught.value.code


def test_a_checkpoint_is_these_lines() -> None:
    assert TEXT == b"exchange.example/log\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    signature = base64_encode(LOG.key.key_id + LOG.private.sign(TEXT))
    assert TEXT + f"\n— exchange.example/log {signature}\n".encode() == NOTE


def test_the_checkpoints_of_a_public_log_verify() -> None:
    early, late = (verify_checkpoint(note, [REKOR_KEY]) for note in (REKOR_EARLY, REKOR_LATE))
    assert (early.origin, early.size, late.size) == (REKOR_KEY.name, 412_115, 139_911_860)
    assert late.root == base64_decode("EliTHtnx44DhEBH+5qIXBtQsSpc54Avam7mIYEvxnTA=")
    forged = REKOR_EARLY.replace(b"412115", b"412116")
    assert code_of(verify_checkpoint, forged, [REKOR_KEY]) == "note_signature_invalid"


@given(st.integers(1, MAX_SIZE), roots)
def test_what_was_signed_is_what_is_read(size: int, root: bytes) -> None:
    note = signed_checkpoint(size, root)
    assert verify_checkpoint(note, [LOG.key]) == Checkpoint(ORIGIN, size, root) == peek_checkpoint(note)


def test_a_log_without_entries_has_a_checkpoint() -> None:
    note = signed_checkpoint(0, EMPTY_ROOT)
    assert verify_checkpoint(note, [LOG.key]) == Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert code_of(build_checkpoint, ORIGIN, 0, ROOT) == "checkpoint_malformed"


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_one_byte_changed_and_it_is_not_verified(place: int, change: int) -> None:
    with pytest.raises(ExchangeError):
        verify_checkpoint(flipped(NOTE, place, change), [LOG.key])


# --- who signed ---


def test_both_keys_sign_while_one_takes_over_from_the_other() -> None:
    old, new = LOG, Signer(seed="the next key")
    note = signed_checkpoint(7, ROOT, old, new)
    for keys in ([old.key], [new.key], [old.key, new.key]):
        assert verify_checkpoint(note, keys) == Checkpoint(ORIGIN, 7, ROOT)


def test_the_key_of_another_log_does_not_speak_for_this_one() -> None:
    other = Signer("other.example/log", "other")
    note = signed_checkpoint(7, ROOT, other)
    assert verify_note(note, [other.key])[1] == (other.key,)
    assert code_of(verify_checkpoint, note, [LOG.key, other.key]) == "checkpoint_wrong_origin"
    both = signed_checkpoint(7, ROOT, LOG, other)
    assert verify_checkpoint(both, [LOG.key, other.key]).origin == ORIGIN


def test_a_checkpoint_of_nobody_we_know_is_cannot_tell() -> None:
    with pytest.raises(CannotTellError) as caught:
        verify_checkpoint(NOTE, [REKOR_KEY])
    assert caught.value.code == "note_key_unknown"


# --- what it says ---


def with_text(text: str) -> bytes:
    return seal_note(text.encode(), [LOG.signs(text.encode())])


HASH = base64_encode(ROOT)
MALFORMED = {
    "one line": ORIGIN + "\n",
    "two lines": f"{ORIGIN}\n7\n",
    "no origin": f"\n7\n{HASH}\n",
    "no size": f"{ORIGIN}\n\n{HASH}\n",
    "no root": f"{ORIGIN}\n7\n\n",
    "an empty line further down": f"{ORIGIN}\n7\n{HASH}\n\nmore\n",
    "an empty line at the end": f"{ORIGIN}\n7\n{HASH}\n\n",
    "a leading zero": f"{ORIGIN}\n07\n{HASH}\n",
    "zero twice": f"{ORIGIN}\n00\n{base64_encode(EMPTY_ROOT)}\n",
    "a sign": f"{ORIGIN}\n+7\n{HASH}\n",
    "a negative size": f"{ORIGIN}\n-7\n{HASH}\n",
    "a space": f"{ORIGIN}\n7 \n{HASH}\n",
    "an underscore": f"{ORIGIN}\n1_0\n{HASH}\n",
    "hexadecimal": f"{ORIGIN}\n0x7\n{HASH}\n",
    "a fraction": f"{ORIGIN}\n7.0\n{HASH}\n",
    "Arabic-Indic digits": f"{ORIGIN}\n\u0667\n{HASH}\n",
    "a size of 64 bits": f"{ORIGIN}\n{2**63}\n{HASH}\n",
    "a size of a thousand digits": f"{ORIGIN}\n{'9' * 1000}\n{HASH}\n",
    "a root of 31 bytes": f"{ORIGIN}\n7\n{base64_encode(bytes(31))}\n",
    "a root of 33 bytes": f"{ORIGIN}\n7\n{base64_encode(bytes(33))}\n",
    "a root without padding": f"{ORIGIN}\n7\n{HASH.rstrip('=')}\n",
    "a root with loose bits": f"{ORIGIN}\n7\n{HASH[:-2]}9=\n",
    "a root in base64url": f"{ORIGIN}\n7\n{base64_encode(bytes([255] * 32)).replace('/', '_')}\n",
    "a root in hexadecimal": f"{ORIGIN}\n7\n{ROOT.hex()}\n",
    "a root of an empty log that is another": f"{ORIGIN}\n0\n{HASH}\n",
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_note_that_is_no_checkpoint_is_refused_though_the_log_signed_it(fault: str) -> None:
    note = with_text(MALFORMED[fault])
    assert verify_note(note, [LOG.key])[1] == (LOG.key,)
    assert (
        code_of(peek_checkpoint, note)
        == code_of(verify_checkpoint, note, [LOG.key])
        == "checkpoint_malformed"
    )
    text = MALFORMED[fault].encode()
    assert code_of(seal_checkpoint, text, [LOG.signs(text)]) == "checkpoint_malformed"


def test_further_lines_are_allowed_and_signed() -> None:
    note = with_text(f"{ORIGIN}\n7\n{HASH}\nsomething of another log's own\n")
    assert verify_checkpoint(note, [LOG.key]) == Checkpoint(ORIGIN, 7, ROOT)
    changed = note.replace(b"something", b"somethinG")
    assert code_of(verify_checkpoint, changed, [LOG.key]) == "note_signature_invalid"


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 7, ROOT),
        ("two\nlines", 7, ROOT),
        ("a\tb", 7, ROOT),
        ("\ud800", 7, ROOT),
        (ORIGIN, -1, ROOT),
        (ORIGIN, MAX_SIZE + 1, ROOT),
        (ORIGIN, 10**400, ROOT),
        (ORIGIN, True, ROOT),
        (ORIGIN, 7, ROOT[1:]),
        (ORIGIN, 7, b""),
    ],
)
def test_what_no_checkpoint_can_say_is_not_built(origin: str, size: int, root: bytes) -> None:
    assert code_of(build_checkpoint, origin, size, root) == "checkpoint_malformed"


# --- a second opinion ---


def test_sigstore_reads_and_verifies_our_checkpoints() -> None:
    oracle = pytest.importorskip("sigstore._internal.rekor.checkpoint", reason="sigstore is not installed")
    keyring = SimpleNamespace(
        verify=lambda key_id, signature, data: LOG.private.public_key().verify(signature, data)
    )
    read = oracle.SignedCheckpoint.from_text(NOTE.decode())
    read.signed_note.verify(keyring, LOG.key.key_id)
    assert (read.checkpoint.origin, read.checkpoint.log_size) == (ORIGIN, 20_852_163)
    assert (read.checkpoint.log_hash, read.checkpoint.other_content) == (ROOT.hex(), [])
    assert [line.name for line in read.signed_note.signatures] == [ORIGIN]
