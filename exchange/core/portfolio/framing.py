"""Which other sites may show a portfolio in a frame, as its holder lists them (CSP Level 3, §6.4.2).

A site is an origin: `https://host`, with a port if it has one of its own; `http` only on the reader's own
machine. What a browser would never match (a path, a user, an address of numbers, letters that no host has)
is refused here, so that no list looks as if it let somebody in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from exchange.errors import InputError

Origins = tuple[str, ...] | None
"""The sites that may; none with `()`, any with None."""

MOST = 20
LOCAL = ("localhost", "127.0.0.1")
_ORIGIN = re.compile(r"(https?)://([^/:@?#\[\]\\\s]+)(?::([0-9]{1,5}))?/?", re.ASCII | re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_PORTS = {"http": 80, "https": 443}


def check_origins(said: Iterable[str]) -> tuple[str, ...]:
    """Each once, in its one written form. InputError: `origins_too_many`, `origin_malformed`."""
    found = tuple(dict.fromkeys(check_origin(one) for one in said if one.strip()))
    if len(found) > MOST:
        raise InputError("origins_too_many", f"At most {MOST} sites.", "/origins")
    return found


def check_origin(said: str) -> str:
    """One site. A name in other letters than a to z comes out as the ASCII that browsers send for it.
    InputError("origin_malformed")."""
    site = said.strip()
    found, shown = _ORIGIN.fullmatch(site), f"{site!r:.80}"
    if len(site) > 300 or found is None:
        raise _malformed(
            f"{shown} is no site. Write it as https://example.org, with nothing behind the host."
        )
    scheme, host, port = found[1].lower(), _ascii(found[2]), int(found[3] or 0)
    if not host:
        raise _malformed(f"{shown} is no site that a browser would match: it takes a whole name of a host.")
    if scheme == "http" and host not in LOCAL:
        raise _malformed(f"{shown} is no site: it needs https, and http is for localhost only.")
    if port > 65_535 or (found[3] and not port):
        raise _malformed(f"{shown} is no site: a port is a number up to 65535.")
    return f"{scheme}://{host}" + (f":{port}" if port not in (0, _PORTS[scheme]) else "")


def origin_of(url: str) -> str:
    """The origin of a web address, in the same form; `""` for what has none."""
    try:
        parts = urlsplit(url)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host:
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


def may_frame(origins: Origins, origin: str) -> bool:
    """Whether a page of that origin may frame it."""
    return origins is None or origin in origins


def _ascii(host: str) -> str:
    """A host as browsers send it; `""` for what is none, or an address that no policy matches."""
    try:
        host = host.lower() if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
    labels = host.split(".")
    if host == "127.0.0.1":
        return host
    fine = len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return host if fine and not labels[-1].isdecimal() and (len(labels) > 1 or host == "localhost") else ""


def _malformed(said: str) -> InputError:
    return InputError("origin_malformed", said, "/origins")
