"""Handles: the short public names of people, and those that nobody gets.

Small letters a to z, digits and hyphens: no other letter can pass for one of them. Whoever reads `/@ann` must
not take it for a page of the exchange itself, so its own words are no handles.
"""

from __future__ import annotations

import re

from exchange.errors import InputError

SHORTEST, LONGEST = 3, 30
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
RESERVED = frozenset(
    {
        *("about", "abuse", "account", "accounts", "achievement", "achievements", "admin", "administrator"),
        *("all", "anonymous", "api", "app", "auth", "award", "awards", "badge", "badges", "billing", "blog"),
        *("claim", "contact", "dashboard", "desk", "docs", "embed", "endorse", "endorsement", "endorsements"),
        *("erased", "everybody", "everyone", "exchange", "health", "help", "home", "host", "hostmaster"),
        *("imported", "info", "issuer", "issuers", "key", "keys", "legal", "log", "login", "logout", "mail"),
        *("me", "moderator", "news", "nobody", "none", "noreply", "no-reply", "null", "oauth", "oembed"),
        *("official", "operator", "operators", "owner", "people", "person", "policy", "portfolio"),
        *("portfolios", "postmaster", "press", "privacy", "profile", "profiles", "public", "register"),
        *("report", "reports", "robots", "root", "security", "settings", "shared", "sign-in", "sign-out"),
        *("sign-up", "signin", "signup", "staff", "static", "status", "support", "system", "team", "teams"),
        *("terms", "test", "trust", "undefined", "user", "users", "verified", "verify", "vouch", "vouches"),
        *("webhook", "webhooks", "webmaster", "well-known", "www"),
    }
)


def check_handle(text: str) -> str:
    """A handle in small letters. InputError("handle_malformed")."""
    handle = text.strip().lower() if text.isascii() else text  # small letters of others may be a to z
    if not SHORTEST <= len(handle) <= LONGEST or not _HANDLE.fullmatch(handle):
        size = f"{SHORTEST} to {LONGEST}"
        said = f"A handle has {size} letters a to z, digits and hyphens, and no hyphen at its ends."
        raise InputError("handle_malformed", said, "handle")
    if handle in RESERVED:
        raise InputError(
            "handle_malformed", f"{handle} is a word of this exchange. Choose another.", "handle"
        )
    return handle


def is_handle(text: str) -> bool:
    """Whether it could be chosen today: older ones may be shorter or longer."""
    try:
        return check_handle(text) == text
    except InputError:
        return False
