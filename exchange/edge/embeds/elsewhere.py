"""Put it elsewhere: each form in which a badge can stand on another site, alive and with its code to copy."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.plain_text import as_markdown
from exchange.edge.embeds.embeds import NEWEST, badge_value, origin_of
from exchange.edge.embeds.oembed import HEIGHT, WIDTH, frame
from exchange.edge.embeds.words import Said, say
from exchange.edge.http.access import client_of, network_of
from exchange.edge.http.forms import read_form
from exchange.edge.http.headers import PAGE_POLICY
from exchange.edge.http.replies import AnyRequest, reads
from exchange.edge.http.site import Site, TheSite
from exchange.errors import InputError
from exchange.flows.embeds.hosts import Host, look_at_host
from exchange.flows.embeds.value import Value


@reads("/badges/{key:str}/elsewhere")
async def elsewhere(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """Every form with a live preview and its code."""
    return await _page(request, site, key)


@post("/badges/{key:str}/elsewhere", status_code=200, request_max_body_size=10_000)
async def look(request: AnyRequest, site: TheSite, key: FromPath[str]) -> Response[bytes]:
    """The same page, with what a place lets stand on it: `host` is an address there."""
    await badge_value(site, key)
    host, problem, asked = None, None, ""
    try:
        fields, _ = await read_form(request)
        asked = fields.get("host", "")[:2000]
        host = await look_at_host(site.ports, asked, network_of(client_of(request, site)))
    except InputError as mistake:
        problem = mistake
    return await _page(request, site, key, host, asked, problem)


async def _page(
    request: AnyRequest,
    site: Site,
    key: str,
    host: Host | None = None,
    asked: str = "",
    error: InputError | None = None,
) -> Response[bytes]:
    value = await badge_value(site, key)
    said = say(value)
    answer = site.page(
        request,
        "elsewhere.html",
        status=error.status if error else 200,
        cache="no-store" if request.method == "POST" else "no-cache",
        key=key,
        value=value,
        said=said,
        codes=codes(site, value, said),
        frame_height=HEIGHT,
        newest=NEWEST,
        host=host,
        asked=asked,
        error=error,
    )
    answer.headers["content-security-policy"] = "; ".join(
        (PAGE_POLICY, " ".join(("frame-src", "'self'", origin_of(site))))
    )
    return answer


def codes(site: Site, value: Value, said: Said) -> dict[str, str]:
    """What is to be pasted, by the form's name."""
    base, key = site.ports.base_url, value.key
    page, home = urls.badge(base, key), urls.embed(base, "badges", key)
    words = f"{said.name}, {said.issuer}" if said.issuer else said.name
    link = f'<a href="{page}">{escape(words)}</a>'
    script = site.static[f"embed/{NEWEST['verified-badge.js']}"].body
    whole = base64.b64encode(hashlib.sha384(script).digest()).decode()
    return {
        "link": page,
        "component": (
            f'<script type="module" src="{urls.embed_code(base, NEWEST["verified-badge.js"])}"\n'
            f'  integrity="sha384-{whole}" crossorigin="anonymous"></script>\n'
            f'<verified-badge src="{home}.json">{link}</verified-badge>'
        ),
        "frame": (
            f"{frame(home, words, WIDTH, HEIGHT)}\n"
            f'<script type="module" src="{urls.embed_code(base, NEWEST["frames.js"])}"></script>'
        ),
        "policy": "; ".join(f"{name} {origin_of(site)}" for name in ("script-src", "connect-src", "img-src")),
        "markdown": f"[![{as_markdown(words)}]({home}.svg)]({page})",
        "image": (
            f'<a href="{page}"><img src="{home}.png?width=600" width="600" height="315"\n'
            f'  alt="{escape(words)}"></a>'
        ),
    }
