"""Where an embed is to stand: what that place lets stand on it, as far as anybody can know from outside.

A page says by its policy what it loads. What an editor makes of what is pasted into it (a README without
frames, a mail without scripts), no header tells: of the places that most people mean, it is known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from exchange.core import csp
from exchange.core.keys.domain import domain_of
from exchange.core.portfolio.framing import origin_of
from exchange.errors import InputError
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_limit, look_quotas

Form = Literal["component", "frame", "markdown", "image", "link"]
Answer = Literal["yes", "no", "unknown"]

KNOWN: Mapping[str, Form] = {
    **dict.fromkeys(("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "pypi.org"), "markdown"),
    **dict.fromkeys(("linkedin.com", "x.com", "twitter.com", "facebook.com", "slack.com"), "link"),
    **dict.fromkeys(("discord.com", "teams.microsoft.com", "whatsapp.com", "mastodon.social"), "link"),
    **dict.fromkeys(("mail.google.com", "outlook.com", "outlook.office.com", "outlook.live.com"), "image"),
}
"""What people's own words become on these, whatever their pages' policies say."""


@dataclass(frozen=True, slots=True)
class Host:
    """What may stand there; `best` is the form to take. `problem`: why nobody can tell."""

    domain: str
    component: Answer
    frame: Answer
    image: Answer
    best: Form
    problem: str = ""
    unlisted: bool = False
    """Whether it is the holder of what is to stand there who lets no frame of it do so."""


async def look_at_host(ports: Ports, url: str, network: str = "") -> Host:
    """What the page at `url` lets stand on it; one guarded request, so many for a `network` and of one place.
    InputError("host_malformed"), TooManyError."""
    url = _whole(url)
    domain = domain_of(url)
    if not domain or len(url) > 2000 or " " in url:
        raise InputError("host_malformed", "That is no web address, such as https://example.org/me.", "host")
    known = next((form for name, form in KNOWN.items() if f".{domain}".endswith(f".{name}")), None)
    if known is not None:
        return Host(domain, "no", "no", "no" if known == "link" else "yes", known)
    await check_limit(ports, look_quotas(network, domain))
    page = await ports.web.for_one_verify().fetch(url)
    if page.status != 200:
        problem = page.problem or f"it answered with status {page.status}"
        return Host(domain, "unknown", "unknown", "unknown", "link", problem)
    found = csp.policies(page.policy, page.body.decode("utf-8", "replace"))

    def may(directive: str) -> bool:
        target = f"{ports.base_url}/embed/"
        # A page of https loads nothing of http but from its own machine (mixed content).
        plain = url.startswith("https:") and target.startswith("http:")
        return not (plain and urlsplit(target).hostname not in ("localhost", "127.0.0.1")) and csp.allows(
            found, directive, target, url
        )

    component = may("script-src") and may("connect-src")
    frame, image = may("frame-src"), may("img-src")
    best: Form = "component" if component else "frame" if frame else "image" if image else "link"
    return Host(domain, _said(component), _said(frame), _said(image), best)


def site_of(url: str) -> str:
    """The origin of what was typed, as policies name it; `""` for none."""
    return origin_of(_whole(url))


def without_frame(host: Host) -> Host:
    """The same for what may not be framed there."""
    best: Form = "image" if host.image == "yes" else "link"
    kept = host.best if host.best != "frame" else best
    return replace(host, frame="no", best=kept, unlisted=True)


def _whole(url: str) -> str:
    return url.strip() if "://" in url else f"https://{url.strip()}"


def _said(yes: bool) -> Answer:
    return "yes" if yes else "no"
