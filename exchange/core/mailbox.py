"""E-mail addresses, in the one form in which they go into an envelope (RFC 5321 §4.1.2, RFC 6531)."""

from __future__ import annotations

import re
import unicodedata

import idna

from exchange.errors import InputError

_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~\u0080-\U0010ffff-]+(\.[\w!#$%&'*+/=?^`{|}~\u0080-\U0010ffff-]+)*")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_UNSEEN = ("C", "Z")  # Unicode categories: controls, formats, surrogates, unassigned; spaces
_RESERVED = ("example.com", "example.net", "example.org", "example", "invalid", "localhost", "test")


def split_address(address: str) -> tuple[str, str]:
    """(local part, domain in ASCII and lower case) of an address. InputError("address_malformed").

    Quoted local parts and addresses of machines ([192.0.2.1]) are refused: nobody is called so, and programs
    disagree about where they end.
    """
    local, at, domain = address.rpartition("@")
    unseen = any(unicodedata.category(letter).startswith(_UNSEEN) for letter in local)
    host = _ascii(domain) if at and len(address) <= 320 else ""
    if unseen or not _ATOMS.fullmatch(local) or len(local.encode()) > 64 or not _HOST.fullmatch(host):
        raise InputError("address_malformed", f"{address!r:.80} is no address that mail can be sent to.")
    return local, host


def is_reserved(domain: str) -> bool:
    """Whether a domain is set aside for examples and tests (RFC 2606), so that nobody gets mail there."""
    return any(domain == name or domain.endswith(f".{name}") for name in _RESERVED)


def _ascii(domain: str) -> str:
    """IDNA 2008, after UTS 46 has mapped capitals and full-width letters; `""` for what is no domain."""
    if domain.isascii():
        return domain.lower() if len(domain) <= 253 else ""
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        return ""
