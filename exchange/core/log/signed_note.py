"""Signed notes: a text that anybody can read, and who signed it (C2SP signed-note, v1; c2sp.org/signed-note).

    the text, any lines
    that end in a newline

    — key name base64(key id ‖ signature)

Signed and verified here with Ed25519 (type 0x01), the only type the specification itself defines. Signatures
of other keys and types are passed over, so that keys can be changed and witnesses can sign, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from exchange.core.keys.multibase import base64_decode, base64_encode
from exchange.core.keys.public_key import PublicKey, ed25519_key
from exchange.errors import CannotTellError, InputError

MAX_NOTE_BYTES = 131_072
"""Room for 16 signatures of the longest kind known (post-quantum, 5 kB)."""
MAX_SIGNATURES = 16
MAX_NAME_CHARS = 255

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_CONTROL = dict.fromkeys(set(range(0x20)) - {0x0A})


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key and the name it signs under: all that is needed to verify a note.

    `str()` is the text by which it is handed on, `name+key id+key`. InputError: note_name_malformed;
    key_kind_mismatch when it is not an Ed25519 key.
    """

    name: str
    key: PublicKey

    def __post_init__(self) -> None:
        if not (_is_name(self.name) and self.name.isprintable() and len(self.name) <= MAX_NAME_CHARS):
            raise InputError(
                "note_name_malformed",
                f"The name of a key has 1 to {MAX_NAME_CHARS} printable characters, no space, no plus sign.",
            )
        if self.key.kind != "Ed25519":
            raise InputError("key_kind_mismatch", f"Notes are signed with Ed25519 keys, not {self.key.kind}.")

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell the keys of one name apart; they prove nothing."""
        named = self.name.encode() + b"\n" + _ED25519 + self.key.material
        return sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64_encode(_ED25519 + self.key.material)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line; nobody has verified it."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; `text` is what is signed, with its last newline."""

    text: bytes
    signatures: tuple[NoteSignature, ...]


def parse_verifier_key(text: str) -> VerifierKey:
    """The key of a `name+key id+key` text.

    InputError: verifier_key_malformed, note_name_malformed, and as for any key weak_key;
    CannotTellError("unsupported_key") for another type than Ed25519.
    """
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    try:
        material = base64_decode(encoded)
    except InputError:
        material = b""
    if material and material[:1] != _ED25519:
        raise CannotTellError("unsupported_key", f"Note keys of the type {material[0]} are not supported.")
    if len(material) == 33:
        found = VerifierKey(name, ed25519_key(material[1:]))
        if str(found) == text:
            return found
    raise InputError(
        "verifier_key_malformed", "This is not a verifier key: name+8 hexadecimal digits+base64."
    )


def seal_note(text: bytes, signatures: Sequence[tuple[VerifierKey, bytes]]) -> bytes:
    """`text` with a line for each key and its raw signature over `text`. Verify it before it is published.

    InputError("note_malformed") when that is not a note.
    """
    lines = (f"— {key.name} {base64_encode(key.key_id + made)}\n" for key, made in signatures)
    note = text + b"\n" + "".join(lines).encode()
    if peek_note(note).text != text:
        raise _malformed("The text of a note ends in one newline.")
    return note


def peek_note(note: bytes) -> Note:
    """A note taken apart, unverified.

    InputError("note_malformed") for what breaks the format or its limits.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise _malformed(f"A note has at most {MAX_NOTE_BYTES} bytes.")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise _malformed("A note is UTF-8 text.") from None
    if whole.translate(_CONTROL) != whole:
        raise _malformed("A note holds no control characters.")
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not block.endswith("\n"):
        raise _malformed("A note is a text, a blank line and signature lines, each with its newline.")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"A note with more than {MAX_SIGNATURES} signatures is not read.")
    return Note(f"{text}\n".encode(), tuple(_signature(line) for line in lines))


def _signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        data = base64_decode(encoded)
    except InputError:
        data = b""
    if dash != "—" or not _is_name(name) or len(data) <= _KEY_ID_BYTES:
        raise _malformed("A signature line is an em dash, a key's name and canonical base64.")
    return NoteSignature(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:])


def verify_note(note: bytes, keys: Sequence[VerifierKey]) -> tuple[bytes, tuple[VerifierKey, ...]]:
    """The text of a note, and those of `keys` that signed it; at least one.

    InputError: note_malformed; note_signature_invalid when a line with the name and id of one of `keys` does
    not verify, even if others do. CannotTellError("note_key_unknown") when none of `keys` signed.
    """
    peeked = peek_note(note)
    signers = []
    for key in keys:
        lines = [line for line in peeked.signatures if (line.name, line.key_id) == (key.name, key.key_id)]
        if not all(key.key.verify(line.signature, peeked.text) for line in lines):
            raise InputError(
                "note_signature_invalid", f"The signature of {key.name} does not fit: the text was changed."
            )
        if lines:
            signers.append(key)
    if not signers:
        raise CannotTellError("note_key_unknown", "None of the keys we know has signed this.")
    return peeked.text, tuple(signers)


def _is_name(text: str) -> bool:
    return bool(text) and "+" not in text and not any(char.isspace() for char in text)


def _malformed(message: str) -> InputError:
    return InputError("note_malformed", message)
