"""Where everything lives: the one place that knows the shape of our URLs.

`base` is the public URL of the exchange without a trailing slash. Badge keys and list keys are bare uuids.
"""

from __future__ import annotations

from collections.abc import Sequence


def badge(base: str, key: str) -> str:
    return f"{base}/badges/{key}"


_PAGE = ".html"


def badge_page(base: str, key: str) -> str:
    """Its page, whatever a client takes: for links that people hand on. At the id of a badge, who takes
    anything gets the credential, so programs that make cards of links would find no page there."""
    return f"{badge(base, key)}{_PAGE}"


def id_of_page(url: str) -> str:
    """The id of the credential whose page is at `url`; pages that lie at the id itself, as they are."""
    return url.removesuffix(_PAGE)


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


def shared(base: str, key: str) -> str:
    """A portfolio: for who has the secret `key`; or, of one that is public, for everybody (`public_key`)."""
    handle, _, slug = key.partition("~")
    if not handle.startswith("@"):
        return f"{base}/p/{key}"
    return f"{base}/{handle}/{slug}" if slug else f"{base}/{handle}"


def public_key(handle: str, slug: str = "") -> str:
    """The name of a public portfolio, where others have the secret of a link; without `slug`, of all that its
    holder has made public."""
    return f"@{handle}~{slug}" if slug else f"@{handle}"


def small_key(key: str) -> str:
    """A public name as it is written."""
    return key.lower() if key.isascii() else key


def at_handle(base: str, handle: str) -> str:
    """What somebody has made public."""
    return f"{base}/@{handle}"


def shared_key(bases: Sequence[str], url: str) -> str:
    """The secret or public name in the address of a portfolio's page; what is no address, as it is."""
    for base in bases:
        rest = url.removeprefix(f"{base}/")
        if rest != url and rest.startswith("@"):
            return rest.rstrip("/").replace("/", "~", 1)
        if rest != url and rest.startswith("p/"):
            return rest.removeprefix("p/").rstrip("/")
    return url


def portrait(base: str, key: str, digest: str) -> str:
    """The picture of a portfolio's holder, for who sees that; another picture has another address."""
    return f"{shared(base, key)}/portrait?v={digest[:12]}"


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


def badge_key(bases: Sequence[str], name: str) -> str | None:
    """The bare key of a badge, as `key_of`, which people name by the address of its page too."""
    key = key_of(bases, "badges", name)
    return id_of_page(key) if key and key != name else key
