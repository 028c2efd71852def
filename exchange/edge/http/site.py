"""What every handler needs to know: the ports, and how to make a page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from exchange import resources
from exchange.core import urls
from exchange.core.plain_text import as_named
from exchange.edge.http import kinds, words
from exchange.edge.http.carry import carry_all
from exchange.edge.http.language import choices, choose
from exchange.edge.http.replies import LIVE, AnyRequest, reply
from exchange.edge.http.static import StaticFile, load_static
from exchange.flows.people.records import NOBODY
from exchange.flows.ports import Ports
from exchange.languages import languages, number, spoken
from exchange.setting_forms import Network

BRAND = "Badge Exchange"


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
        """The page `template` makes of `context`, in the language of the request; documents share its URL.

        `me` in it is who is signed in, on routes that ask for that; no cache keeps those pages.
        """
        code = choose(request)
        context |= {"language": code, "languages": choices(request, code), "me": request.scope.get("auth")}
        html = carry_all(self.templates.get_template(template).render(context)).encode()
        headers = {"content-language": code}
        return reply(request, html, "text/html", status=status, cache=cache, negotiated=True, headers=headers)


TheSite = NamedDependency[SkipValidation[Site]]
"""How a handler asks for the site: a parameter `site: TheSite`."""


def build_site(ports: Ports, proxies: Collection[Network] = ()) -> Site:
    """Read the templates, static files and catalogues of `web/` and tie them to `ports`."""
    languages()
    static = load_static(resources.data_path("web") / "static")
    templates = Environment(
        loader=FileSystemLoader(resources.data_path("web") / "templates"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.policies["ext.i18n.trimmed"] = True
    templates.install_gettext_callables(  # type: ignore[attr-defined]  # made by the extension
        _gettext,
        _ngettext,
        newstyle=True,
    )
    spoken_filters: dict[str, Callable[[Any], str]] = {
        "day": words.day,
        "moment": words.moment,
        "duration": words.duration,
        "number": number,
        "tell": words.told,
        "agent": kinds.agent_word,
        "role": kinds.role_word,
        "key_state": kinds.key_word,
        "why": kinds.reason_word,
        "mail_kind": kinds.mail_word,
    }
    templates.filters.update({name: _live(what) for name, what in spoken_filters.items()})
    templates.filters.update(markdown=words.markdown, initials=words.initials, portrait=words.portrait)
    templates.filters.update(named=as_named)
    templates.globals.update(
        base_url=ports.base_url,
        brand=BRAND,
        urls=urls,
        static=lambda name: f"/static/{name}?v={static[name].version}",
    )
    return Site(replace(ports, who=NOBODY), templates, static, proxies)


def _live(filter_: Callable[[Any], str]) -> Callable[[Context, Any], str]:
    """A filter that speaks: Jinja would work it out once, for a constant, in the language of that moment."""

    @pass_context
    def live(_: Context, value: Any) -> str:
        return filter_(value)

    return live


def _gettext(text: str) -> str:
    return spoken().texts.gettext(text)


def _ngettext(one: str, many: str, n: int) -> str:
    return spoken().texts.ngettext(one, many, n)
