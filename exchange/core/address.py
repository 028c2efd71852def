"""E-mail addresses in the one written form under which an account is found."""

from __future__ import annotations

import re
import unicodedata

import idna

from exchange.errors import InputError

_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f-\xa0]{1,64}")
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)


def normal_address(text: str) -> str:
    """The address in small letters, its domain in ASCII; with or without `mailto:`.

    RFC 5321 §2.4 lets a host tell `Ana` from `ana`; none that people use does, and two accounts for one
    person, or two persons in one account, are worse. InputError("address_malformed").
    """
    address = unicodedata.normalize("NFC", text.strip()).removeprefix("mailto:")
    local, at, domain = address.rpartition("@")
    domain = _ascii(domain)
    # What stays unseen could pass for another address.
    unseen = any(unicodedata.category(letter)[0] in "CZ" for letter in local)
    if not at or unseen or not _LOCAL.fullmatch(local) or len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise InputError("address_malformed", f"{text!r:.80} is no e-mail address.", "address")
    return f"{local.lower()}@{domain}"


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain[:253], uts46=True).decode()
    except UnicodeError:
        return ""
