"""An entry of the log: what kind of effect, when, and a salted commitment to what it was.

The log is public and never forgets, people may be forgotten. So an entry says nothing of anybody:

    {"at":"2026-11-21T09:30:00Z","commitment":"…","kind":"award","v":1}

`commitment` is base64url(SHA-256(salt ‖ JCS(content))). Content and salt are kept elsewhere and shown to whom
they concern; with both erased nobody can tell what was committed to, and the tree above still verifies. An
entry's bytes are canonical JSON (RFC 8785), so one entry has one leaf hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from exchange.core.canonical import jcs
from exchange.core.credentials.nouns import moment
from exchange.core.dates import format_date, parse_date
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.strict_json import parse
from exchange.errors import CannotTellError, InputError

KINDS = frozenset(
    {
        *("award", "sign", "revoke", "suspend", "reinstate"),
        *("endorse", "accept", "decline", "withdraw", "approve"),
        *("ask", "refuse", "take_back", "block", "show", "hide", "endorser_key", "report", "review"),
        *("issuer", "achievement", "code", "key", "stop", "resume", "clock", "erase", "restore"),
        *("role", "member", "account", "profile", "merge", "passkey", "token", "domain", "webhook"),
        "publish",
    }
)
"""What the exchange logs; a reader meets others in a newer log."""

VERSION = 1
MAX_ENTRY_BYTES = 512
MIN_SALT_BYTES = 16
MAX_SALT_BYTES = 64


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What an entry says: the `kind` of effect, the moment, the `commitment` (43 characters of base64url)."""

    kind: str
    at: datetime
    commitment: str


def commit(content: Mapping[str, Any], salt: bytes) -> str:
    """The commitment to `content`, a JSON object, with a secret random `salt` of 16 to 64 bytes.

    Without the salt, content that can be guessed could be looked up. Where the salt ends needs no sign: no
    object's canonical text is the end of another's. InputError: salt_malformed; those of `jcs.canonicalize`.
    """
    return _commitment(_canonical(content), salt)


def write_entry(kind: str, at: datetime, content: Mapping[str, Any], salt: bytes) -> tuple[bytes, str]:
    """The bytes of the entry that commits to `content`, and the text of that to keep. As `commit` and
    `build_entry`, which it is both of."""
    text = _canonical(content)
    return _entry(kind, at, _commitment(text, salt)), text.decode()


def build_entry(kind: str, at: datetime, commitment: str) -> bytes:
    """The bytes of an entry, for `merkle.leaf_hash`. `at` is written in UTC, to the second.

    InputError: log_kind_unknown, date_without_zone, log_entry_malformed.
    """
    _check_commitment(commitment)
    return _entry(kind, at, commitment)


def read_entry(entry: bytes) -> LogEntry:
    """What the bytes of an entry say. Any kind is read.

    InputError("log_entry_malformed") for bytes that are not exactly an entry's;
    CannotTellError("log_entry_unknown_version").
    """
    try:
        value = parse(entry, max_bytes=MAX_ENTRY_BYTES, max_depth=1)
        canonical = jcs.canonicalize(value) == entry
    except InputError:
        canonical = False
    if not canonical or not isinstance(value, dict) or type(value.get("v")) is not int:
        raise _malformed("A log entry is a small JSON object in canonical form that says its version.")
    if value["v"] != VERSION:
        raise CannotTellError(
            "log_entry_unknown_version", f"Log entries of version {value['v']} are unknown."
        )
    if value.keys() != {"v", "kind", "at", "commitment"}:
        raise _malformed("A log entry has v, kind, at and commitment.")
    kind, commitment = value["kind"], value["commitment"]
    if not isinstance(kind, str) or not kind:
        raise _malformed("The kind of a log entry is a word.", "/kind")
    _check_commitment(commitment)
    return LogEntry(kind, _moment(value["at"]), commitment)


def open_entry(entry: bytes, content: Mapping[str, Any], salt: bytes) -> LogEntry:
    """What an entry says, when `content` and `salt` are what it commits to.

    InputError("commitment_mismatch") when they are not; those of `read_entry` and `commit`.
    """
    read = read_entry(entry)
    if commit(content, salt) != read.commitment:
        raise InputError(
            "commitment_mismatch", "The entry was made for another content: this one or its salt was changed."
        )
    return read


def _canonical(content: Mapping[str, Any]) -> bytes:
    if not isinstance(content, Mapping):
        raise InputError("log_content_malformed", "What is committed to is a JSON object.")
    return jcs.canonicalize(dict(content))


def _commitment(text: bytes, salt: bytes) -> str:
    if not MIN_SALT_BYTES <= len(salt) <= MAX_SALT_BYTES:
        raise InputError("salt_malformed", f"A salt has {MIN_SALT_BYTES} to {MAX_SALT_BYTES} random bytes.")
    return base64url_encode(sha256(salt + text).digest())


def _entry(kind: str, at: datetime, commitment: str) -> bytes:
    """None of the three has a letter that JSON would escape, so the canonical form is written at once."""
    if kind not in KINDS:
        raise InputError("log_kind_unknown", f"{kind!r:.60} is nothing that is logged.", "/kind")
    written = moment(at, "/at")
    return f'{{"at":"{written}","commitment":"{commitment}","kind":"{kind}","v":{VERSION}}}'.encode()


def _check_commitment(commitment: object) -> None:
    try:
        if isinstance(commitment, str) and len(base64url_decode(commitment)) == sha256().digest_size:
            return
    except InputError:
        pass
    raise _malformed("A commitment is a SHA-256 in base64url.", "/commitment")


def _moment(text: object) -> datetime:
    try:
        at = parse_date(text)
        if format_date(at) == text:
            return at
    except InputError:
        pass
    raise _malformed("The time of a log entry is written like 2026-11-21T09:30:00Z.", "/at")


def _malformed(message: str, at: str = "") -> InputError:
    return InputError("log_entry_malformed", message, at)
