"""E-mail addresses in the one written form under which an account is found."""

from __future__ import annotations

import unicodedata

from exchange.core.mailbox import split_address
from exchange.errors import InputError


def account_address(text: str) -> str:
    """The address in small letters, its domain in ASCII; with or without `mailto:`.

    RFC 5321 §2.4 lets a host tell `Ana` from `ana`; none that people use does, and two accounts for one
    person, or two persons in one account, are worse. InputError("address_malformed").
    """
    try:
        local, domain = split_address(unicodedata.normalize("NFC", text.strip()).removeprefix("mailto:"))
    except InputError as error:
        raise InputError(error.code, error.message, "address") from None
    return f"{local.lower()}@{domain}"
