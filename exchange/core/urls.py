"""Where everything lives: the one place that knows the shape of our URLs.

`base` is the public URL of the exchange without a trailing slash. Badge keys and list keys are bare uuids.
"""

from __future__ import annotations

from collections.abc import Sequence


def badge(base: str, key: str) -> str:
    return f"{base}/badges/{key}"


def badge_elsewhere(base: str, key: str) -> str:
    return f"{badge(base, key)}/elsewhere"


def embed(base: str, kind: str, key: str, form: str = "") -> str:
    """What stands on other sites: by itself the page for a frame, else `.json`, `.svg`, `.png`."""
    return f"{base}/embed/{kind}/{key}{form}"


def embed_events(base: str) -> str:
    return f"{base}/embed/events"


def embed_code(base: str, name: str) -> str:
    return f"{base}/embed/code/{name}"


def claim(base: str, key: str) -> str:
    return f"{base}/claim/{key}"


def endorsement(base: str, key: str) -> str:
    return f"{base}/endorsements/{key}"


def endorse(base: str, request: str) -> str:
    return f"{base}/endorse/{request}"


def profile(base: str, key: str) -> str:
    return f"{base}/profiles/{key}"


def shared(base: str, secret: str) -> str:
    """A portfolio, for who has the secret."""
    return f"{base}/p/{secret}"


def portrait(base: str, secret: str, digest: str) -> str:
    """The picture of a portfolio's holder, for who has the secret; another picture has another address."""
    return f"{shared(base, secret)}/portrait?v={digest[:12]}"


def shared_elsewhere(base: str, secret: str) -> str:
    return f"{shared(base, secret)}/elsewhere"


def team(base: str, slug: str) -> str:
    return f"{base}/teams/{slug}"


def terms(base: str) -> str:
    return f"{base}/terms/v1"


def log_proof(base: str, key: str) -> str:
    return f"{badge(base, key)}/log-proof"


def endorsement_log_proof(base: str, key: str) -> str:
    return f"{endorsement(base, key)}/log-proof"


def achievement(base: str, issuer: str, slug: str, version: int) -> str:
    return f"{base}/achievements/{issuer}/{slug}/{version}"


def achievement_image(base: str, issuer: str, slug: str, version: int) -> str:
    return f"{achievement(base, issuer, slug, version)}/image.png"


def issuer(base: str, slug: str) -> str:
    return f"{base}/issuers/{slug}"


def issuer_image(base: str, slug: str, digest: str) -> str:
    return f"{issuer(base, slug)}/images/{digest}.png"


def status_list(base: str, key: str) -> str:
    return f"{base}/status/{key}"


def key_of(bases: Sequence[str], room: str, url: str) -> str | None:
    """The bare key in `url` if it is `{base}/{room}/{key}` for one of `bases`, else None.

    A bare key is returned as it is.
    """
    for base in bases:
        url = url.removeprefix(f"{base}/{room}/")
    return url if url and "/" not in url and ":" not in url else None
