"""What every handler needs to know: the ports, and how to make a page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from exchange import resources
from exchange.core import urls
from exchange.edge import words
from exchange.edge.replies import LIVE, AnyRequest, reply
from exchange.edge.static import StaticFile, load_static
from exchange.flows.people_records import NOBODY
from exchange.flows.ports import Ports
from exchange.settings import Network


@dataclass(frozen=True, slots=True)
class Site:
    """One running exchange, seen from the web. Its ports are nobody's; `access.ThePorts` are the sender's."""

    ports: Ports
    templates: Environment
    static: Mapping[str, StaticFile]
    proxies: Collection[Network] = ()

    def page(
        self, request: AnyRequest, template: str, *, status: int = 200, cache: str = LIVE, **context: Any
    ) -> Response[bytes]:
        """The page `template` makes of `context`; it varies by Accept, because documents share its URL."""
        html = self.templates.get_template(template).render(context)
        return reply(request, html.encode(), "text/html", status=status, cache=cache, negotiated=True)


TheSite = NamedDependency[SkipValidation[Site]]
"""How a handler asks for the site: a parameter `site: TheSite`."""


def build_site(ports: Ports, proxies: Collection[Network] = ()) -> Site:
    """Read the templates and static files of `web/` and tie them to `ports`."""
    static = load_static(resources.data_path("web") / "static")
    templates = Environment(
        loader=FileSystemLoader(resources.data_path("web") / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(
        day=words.day, moment=words.moment, markdown=words.markdown, duration=words.duration
    )
    templates.globals.update(
        base_url=ports.base_url,
        urls=urls,
        static=lambda name: f"/static/{name}?v={static[name].version}",
    )
    return Site(replace(ports, who=NOBODY), templates, static, proxies)
