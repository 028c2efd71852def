"""What a page's own Content-Security-Policy lets stand on it (CSP Level 3, §6.7), as far as embeds ask.

Several policies hold together: what one forbids is forbidden. Nonces and hashes are for a page's own scripts
and say nothing for ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

_FALLBACK: Mapping[str, tuple[str, ...]] = {
    "frame-src": ("frame-src", "child-src", "default-src"),
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
    "img-src": ("img-src", "default-src"),
}
_META = re.compile(
    r"""<meta\b[^>]*\bhttp-equiv\s*=\s*["']?content-security-policy["']?[^>]*>""", re.IGNORECASE
)
_CONTENT = re.compile(r"""\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def policies(header: str, html: str = "") -> list[dict[str, list[str]]]:
    """Every policy of a page, from its header and its `<meta>`, as directive → sources."""
    texts = header.split(",")
    for tag in _META.findall(html[:200_000]):
        texts += [one or other for one, other in _CONTENT.findall(tag)]
    return [read for text in texts if (read := _read(text))]


def allows(found: Iterable[Mapping[str, Sequence[str]]], directive: str, url: str, page: str) -> bool:
    """Whether a page at `page` with these policies may load `url` as what `directive` is about."""
    return all(_one_allows(policy, directive, url, page) for policy in found)


def _read(text: str) -> dict[str, list[str]]:
    policy: dict[str, list[str]] = {}
    for part in text.split(";"):
        name, *sources = part.split() or [""]
        if name:
            policy.setdefault(name.lower(), sources)
    return policy


def _one_allows(policy: Mapping[str, Sequence[str]], directive: str, url: str, page: str) -> bool:
    if "sandbox" in policy and directive == "script-src" and "allow-scripts" not in policy["sandbox"]:
        return False
    for name in _FALLBACK[directive]:
        if name in policy:
            return any(_matches(source.lower(), url, page) for source in policy[name])
    return True


def _matches(source: str, url: str, page: str) -> bool:
    target = urlsplit(url)
    if source == "*":
        return target.scheme in ("http", "https")
    if source == "'self'":
        return _origin(url) == _origin(page)
    if source.startswith("'"):
        return False
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source):
        return target.scheme == source[:-1] or (source == "http:" and target.scheme == "https")
    scheme, _, rest = source.rpartition("://")
    host, _, path = rest.partition("/")
    host, _, port = host.partition(":")
    if scheme and target.scheme != scheme and not (scheme == "http" and target.scheme == "https"):
        return False
    if not scheme and target.scheme != urlsplit(page).scheme and target.scheme != "https":
        return False
    there = target.hostname or ""
    fits = there.endswith(host[1:]) if host.startswith("*.") else there == host
    wanted = target.port or _PORTS.get(target.scheme, 0)
    if not fits or (port != "*" and int(port or _PORTS.get(target.scheme, 0)) != wanted):
        return False
    deeper = path.endswith("/") and target.path.startswith(f"/{path}")
    return not path or f"/{path}" == target.path or deeper


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
