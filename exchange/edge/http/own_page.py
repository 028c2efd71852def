"""Pages for who is signed in: kept by no cache; and the one that asks before something is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Response

from exchange.edge.http.access import OWN_PAGES
from exchange.edge.http.replies import AnyRequest
from exchange.edge.http.site import Site
from exchange.errors import ExchangeError
from exchange.flows.instance.standing import standing


@dataclass(frozen=True, slots=True)
class Ask:
    """The step before an act: `effects` say what it will do, `does` is on the button that posts to `place`.

    `over` is the page it belongs to, words and place, and where cancelling leads; `reason` is what was typed
    so far, None where none is wanted; `reason_about` says that it may be left out.
    """

    title: str
    effects: Sequence[str]
    does: str
    place: str
    over: tuple[str, str]
    fields: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    reason_about: str = ""
    final: bool = False


async def own_page(
    request: AnyRequest, site: Site, template: str, error: ExchangeError | None = None, **context: Any
) -> Response[bytes]:
    """The page `template` makes of `context`, of the `error` that kept an act from being done, and of whether
    this exchange may write. Its status is the error's."""
    context["once"] = site.ports.new_secret()  # a form sent twice is one act
    context["standing"] = await standing(site.ports)
    status = error.status if error else 200
    page = site.page(request, template, status=status, cache="no-store", error=error, **context)
    page.headers.update(OWN_PAGES)
    return page


async def ask_page(
    request: AnyRequest, site: Site, ask: Ask, error: ExchangeError | None = None
) -> Response[bytes]:
    """The page that asks."""
    return await own_page(request, site, "ask.html", error, ask=ask)
