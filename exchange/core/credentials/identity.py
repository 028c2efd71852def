"""IdentityObject: who got a badge, hashed, so that only who knows the address can tell (Open Badges 3.0)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from exchange.core.credentials.nouns import Node, one_type
from exchange.core.verdict.finding import Finding

_AT = "/credentialSubject"


class IdentityObject(Node, frozen=True, kw_only=True):
    """`identity_hash` is the hash if `hashed`, else the identifier itself."""

    type: str | tuple[str, ...] = one_type("IdentityObject")
    hashed: bool
    identity_hash: str
    identity_type: str
    salt: str | None = None


def hash_identity(identifier: str, salt: str) -> str:
    """`sha256$` and the hexadecimal SHA-256 of the identifier with the salt appended (Open Badges 3.0)."""
    return f"sha256${hashlib.sha256((identifier + salt).encode()).hexdigest()}"


def normal_address(identifier: str) -> str:
    """`mailto:` and an address in its one written form: the domain in small letters (RFC 5321 §2.4). Whether
    the part before the @ means the same in small letters only its host knows. Others are left as they are."""
    local, _, domain = identifier.rpartition("@")
    return f"{local}@{domain.lower()}" if local.startswith("mailto:") and domain.isascii() else identifier


def build_identity(recipient: str, salt: str) -> IdentityObject:
    """The hashed identity of `recipient`: `mailto:` and an address, or any other identifier."""
    address = recipient.removeprefix("mailto:")
    kind = "emailAddress" if address != recipient else "identifier"
    return IdentityObject(
        hashed=True, identity_hash=hash_identity(address, salt), identity_type=kind, salt=salt
    )


def check_recipient(document: Mapping[str, Any], identifier: str) -> Finding:
    """Whether the badge was issued to `identifier`: an address with or without `mailto:`, a DID, a name.

    It is compared with the subject's `id`, and with each identity object in its exact letters first and then
    in small ones. A match through MD5 or without salt counts, with a warning. *Cannot tell* when the badge
    names its recipient only in ways that cannot be compared with `identifier`.
    """
    spellings = _spellings(identifier)
    subjects = _objects(document.get("credentialSubject"))
    if any(_same_id(subject.get("id"), identifier) for subject in subjects):
        return Finding("recipient_matches", "ok", "It was issued to this recipient.", f"{_AT}/id")
    identities = [entry for subject in subjects for entry in _objects(subject.get("identifier"))]
    for entry in identities:
        if _matches(entry, spellings):
            return _match(entry)
    if _comparable(subjects, identities, identifier):
        other = "It was issued to somebody else: nothing in it fits this recipient."
        return Finding("recipient_mismatch", "error", other, _AT)
    unlike = (
        "It names its recipient in another way than this identifier; whether they are one cannot be told."
    )
    return Finding("recipient_unknown", "unknown", unlike, _AT)


def _spellings(identifier: str) -> list[str]:
    """The ways in which an identity object may have written it."""
    bare = identifier.removeprefix("mailto:")
    normal = normal_address(f"mailto:{bare}")
    exact = [identifier, bare, f"mailto:{bare}", normal, normal.removeprefix("mailto:")]
    return list(dict.fromkeys([*exact, *(spelling.lower() for spelling in exact)]))


def _same_id(value: Any, identifier: str) -> bool:
    """Ids are compared letter by letter; only addresses are the same in small letters."""
    if not isinstance(value, str):
        return False
    address = f"mailto:{identifier.removeprefix('mailto:')}"
    return value == identifier or (value.startswith("mailto:") and value.lower() == address.lower())


def _matches(entry: Mapping[str, Any], spellings: list[str]) -> bool:
    said, salt = entry.get("identityHash"), entry.get("salt", "")
    if not isinstance(said, str) or not isinstance(salt, str):
        return False
    if entry.get("hashed") is not True:
        return said in spellings or said.lower() in spellings
    algorithm, _, digest = said.partition("$")
    if algorithm not in ("sha256", "md5"):
        return False
    hashes = (
        hashlib.new(
            algorithm, (spelling + salt).encode("utf-8", "replace"), usedforsecurity=False
        ).hexdigest()
        for spelling in spellings
    )
    return digest.lower() in hashes


def _match(entry: Mapping[str, Any]) -> Finding:
    at = f"{_AT}/identifier"
    weak = [
        *(["through MD5"] if entry["identityHash"].startswith("md5$") else []),
        *(["without a salt"] if entry.get("hashed") and not entry.get("salt") else []),
    ]
    if weak:
        guessable = f"It was issued to this recipient, who is named {' and '.join(weak)}: easy to guess."
        return Finding("recipient_matches_weakly", "warning", guessable, at)
    return Finding("recipient_matches", "ok", "It was issued to this recipient.", at)


def _comparable(subjects: list[Any], identities: list[Any], identifier: str) -> bool:
    if any(entry.get("identityType") != "name" for entry in identities):
        return True
    scheme = identifier.partition(":")[0] if ":" in identifier else "mailto"
    ids = (subject.get("id") for subject in subjects)
    return any(isinstance(value, str) and value.partition(":")[0] == scheme for value in ids)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
