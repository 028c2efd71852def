"""What a page says of the credential that it shows: its address, in a Link header (RFC 8288 §3).

Somebody pastes the address of a page, and means the credential. Only what lies on the same origin is
followed, so a page leads nowhere that it could not redirect to.
"""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

MOST = 20_000
"""Of a Link header, what is read."""
_CREDENTIALS = ("application/vc", "application/vc+ld+json", "application/vc+jwt", "application/jwt")


def credential_link(links: str, content_type: str, url: str) -> str:
    """Where the credential of the page at `url` is, by its Link header; `""` for what is no page, names none,
    or one on another origin."""
    if content_type.partition(";")[0].strip().lower() != "text/html":
        return ""
    for link in links[:MOST].split("<")[1:]:
        target, _, rest = link.partition(">")
        said = dict(_parameter(one) for one in rest.split(";")[1:])
        if "alternate" in said.get("rel", "").split() and said.get("type") in _CREDENTIALS:
            return _there(url, target)
    return ""


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip(' \t,"').lower()


def _there(url: str, target: str) -> str:
    try:
        found = urljoin(url, target)
        here, there = urlsplit(url), urlsplit(found)
        return found if (here.scheme, here.netloc) == (there.scheme, there.netloc) else ""
    except ValueError:
        return ""
