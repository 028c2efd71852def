"""What a domain says of whose it is: two documents at its root, of which either is enough.

`/.well-known/badge-issuers.txt` has the ids of issuers, one a line; what follows a `#` is a remark.
`/.well-known/did.json` is the DID document of the domain itself (did:web): it names an issuer by
`alsoKnownAs` (DID Core §5.1.3), or has the issuer's key among its own.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from exchange.core import strict_json
from exchange.errors import InputError

LIST = "/.well-known/badge-issuers.txt"
DOCUMENT = "/.well-known/did.json"


def domain_of(url: object) -> str:
    """The host (and port, if one is given) of a web address, in small letters; `""` for what is none."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        return parts.netloc.lower() if parts.scheme in ("http", "https") and "@" not in parts.netloc else ""
    except ValueError:
        return ""


def proven_domain(identifier: str) -> str:
    """The domain that controls an issuer's id, in ASCII (no letter poses as another); `""` for keys."""
    if identifier.startswith("did:web:"):
        host = identifier.removeprefix("did:web:").split(":")[0]
        identifier = "https://" + re.sub("%3a", ":", host, flags=re.IGNORECASE)
    if not identifier.startswith("https://") or re.search(r"[\s\x00-\x1f\x7f<>\"\\]", identifier):
        return ""
    try:
        return domain_of(identifier).encode("idna").decode()
    except UnicodeError:
        return ""


def is_listed(body: bytes, did: str) -> bool:
    """Whether the list names this id."""
    lines = body.decode("utf-8", "replace").splitlines()
    return did in (line.partition(" #")[0].strip() for line in lines)


def is_named(body: bytes, did: str, multikeys: list[str]) -> bool:
    """Whether the domain's DID document is that of `did`, names it, or has one of its keys."""
    try:
        document = strict_json.parse(body)
    except InputError:
        return False
    if not isinstance(document, dict):
        return False
    names = [document.get("id"), *_list(document.get("alsoKnownAs"))]
    keys = [
        method.get("publicKeyMultibase")
        for method in _list(document.get("verificationMethod"))
        if isinstance(method, dict)
    ]
    return did in names or any(key in multikeys for key in keys)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
