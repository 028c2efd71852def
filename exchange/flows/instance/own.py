"""The documents of this instance, from its own store: nobody needs the network to read what is at hand."""

from __future__ import annotations

import re

from exchange.core import urls
from exchange.core.canonical.our_terms import MEDIA_TYPE, terms_bytes
from exchange.core.strict_json import dump
from exchange.core.verdict.documents import Document
from exchange.errors import NotFoundError, UnavailableError
from exchange.flows.badges.status import find_badge, published_list
from exchange.flows.issuers.issuers import achievement_document, did_document, issuer_profile
from exchange.flows.ports import Ports
from exchange.flows.records import Achievement

_ACHIEVEMENT = re.compile(r"([^/]+)/([^/]+)/([1-9][0-9]{0,8})", re.ASCII)


async def own_document(ports: Ports, url: str) -> Document | None:
    """The document at `url` if the URL is ours (a 404 or 503 if it cannot be had), else None."""
    if not any(url.startswith(f"{base}/") for base in ports.bases):
        return None
    try:
        return await _read(ports, url)
    except NotFoundError as error:
        return Document(url, 404, "", b"", error.message.rstrip("."))
    except UnavailableError as error:  # a list that cannot be signed just now: whoever asks cannot tell
        return Document(url, error.status, "", b"", error.message.rstrip("."))


async def _read(ports: Ports, url: str) -> Document:
    if key := urls.key_of(ports.bases, "status", url):
        return Document(url, 200, "application/vc", await published_list(ports, key))
    if key := urls.key_of(ports.bases, "badges", url):
        badge = await find_badge(ports, key)
        return Document(
            url, 200, "application/jwt" if badge.proof == "jwt" else "application/vc", badge.signed or b""
        )
    if key := urls.key_of(ports.bases, "endorsements", url):
        endorsed = await ports.store.badge(key)
        if endorsed is not None and endorsed.kind == "endorsement" and endorsed.signed is not None:
            media = "application/vc+jwt" if endorsed.proof == "jwt" else "application/vc"
            return Document(url, 200, media, endorsed.signed)
    if url in [urls.terms(base) for base in ports.bases]:
        return Document(url, 200, MEDIA_TYPE, terms_bytes())
    if (one := await _achievement(ports, url)) is not None:
        return Document(url, 200, "application/ld+json", dump(achievement_document(one)))
    if key := urls.key_of(ports.bases, "issuers", url):
        return Document(url, 200, "application/json", dump(await issuer_profile(ports, key)))
    if (key := urls.key_of(ports.bases, "issuers", url.removesuffix("/did.json"))) and url.endswith(
        "/did.json"
    ):
        return Document(url, 200, "application/did+ld+json", dump(await did_document(ports, key)))
    raise NotFoundError("unknown_document", f"There is nothing at {url:.200} here.")


async def _achievement(ports: Ports, url: str) -> Achievement | None:
    for base in ports.bases:
        path = url.removeprefix(f"{base}/achievements/")
        if path != url and (parts := _ACHIEVEMENT.fullmatch(path)):
            return await ports.store.achievement(parts[1], parts[2], int(parts[3]))
    return None
