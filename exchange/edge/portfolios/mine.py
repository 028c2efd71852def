"""My portfolios: all of them, a new one, and one to be changed. Plain forms: each button keeps everything
that was typed, and then does what stands on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from litestar import Response, post
from litestar.params import FromPath
from msgspec.structs import replace

from exchange.core.portfolio.portfolio import GROUPINGS, MOST_POINTS, TEMPLATES, Portfolio
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.once import once_in
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.people.account_page import DONE
from exchange.edge.portfolios.read import read_item
from exchange.edge.portfolios.shared import reader_page
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.portfolios import choices as choosing
from exchange.flows.portfolios import edit as editing
from exchange.flows.portfolios import make as making
from exchange.flows.portfolios import mine as flow
from exchange.flows.portfolios import remove as removing
from exchange.flows.portfolios.look import look
from exchange.flows.portfolios.records import Kept
from exchange.flows.portfolios.show import show
from exchange.flows.ports import Ports
from exchange.languages import gettext, gettext_noop

FORM = 300_000
PLACE = "/account/portfolios"
TEMPLATE_WORDS = {
    "promotion": (
        gettext_noop("For a promotion"),
        gettext_noop("The strongest first, in an order of your own."),
    ),
    "lateral": (
        gettext_noop("For another role"),
        gettext_noop("By skill, so that a new team sees what you bring along."),
    ),
    "skills": (gettext_noop("By skill"), gettext_noop("Everything that you have, under what it shows.")),
}
GROUPING_WORDS = {
    "hand": gettext_noop("In my order"),
    "skill": gettext_noop("By skill"),
    "issuer": gettext_noop("By issuer"),
    "time": gettext_noop("By year, the newest first"),
}
HINTS = {
    "promotion": gettext_noop("What you have done at the next level already, in a line."),
    "lateral": gettext_noop("What you bring to that team, in a line."),
    "skills": gettext_noop("What you are good at, in a line."),
}


@reads(PLACE)
async def portfolios(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """All of mine, and the form for a new one."""
    return await _list(request, site, ports)


@post(PLACE, status_code=303, request_max_body_size=10_000)
async def make(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """A new one, to be changed at once."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        once = once_in(request, fields, ports)
        template: Any = fields.get("template", "")
        kept = await making.make(ports, ports.who.person, fields.get("headline", ""), template, once)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _list(request, site, ports, fields, beside(error))
    return see_other(f"{PLACE}/{kept.id}?done=portfolio-made")


def beside(error: ExchangeError) -> ExchangeError:
    """The same, at the field of the form that it is about."""
    at = error.at.removeprefix("/").replace("/", "-")
    return InputError(error.code, error.message, at) if isinstance(error, InputError) else error


async def _list(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    found = await flow.portfolios(ports, ports.who.person)
    now = ports.now()
    return await own_page(
        request,
        site,
        "account/portfolios.html",
        error,
        done=said_done(request),
        portfolios=[
            (one.kept, sum(link.stands(now) for link in one.links), one.public is not None) for one in found
        ],
        room=len(found) < making.MOST,
        templates=[(code, *map(gettext, TEMPLATE_WORDS[code])) for code in TEMPLATES],
        fields={"headline": "", "template": "promotion", **(fields or {})},
    )


def said_done(request: AnyRequest) -> str:
    """What was just done, as `account_page` says it."""
    done = request.query_params.get("done", "")
    return gettext(DONE[done]) if done in DONE and request.method in ("GET", "HEAD") else ""


# --- one of them ------------------------------------------------------------------------------------------


@reads(f"{PLACE}/{{key:str}}")
async def edit_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """One, to be changed."""
    return await _editor(request, site, ports, await flow.find(ports, key))


@post(f"{PLACE}/{{key:str}}", status_code=303, request_max_body_size=FORM)
async def edit(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Keep what was typed; and move, take out or put in an item, as the button says."""
    kept = await flow.find(ports, key)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        said = _said(kept.portfolio, fields)
        said, at = _done(ports, said, fields.get("do", ""))
        seen = fields.get("revision", "")
        await editing.edit(ports, key, said, int(seen) if seen.isdecimal() and len(seen) < 10 else 0)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _editor(request, site, ports, kept, fields, beside(error))
    if at == "view":
        return see_other(f"{PLACE}/{key}/view")
    return see_other(f"{PLACE}/{key}?done=portfolio{'#' + at if at else ''}")


def _said(before: Portfolio, fields: Mapping[str, str]) -> Portfolio:
    """What the form says; of an item that it does not tell of, all stays."""
    grouping: Any = fields.get("grouping", before.grouping)
    items = []
    for one in before.items:
        if f"group-{one.key}" not in fields:
            items.append(one)
            continue
        prefix = f"evidence-{one.key}-"
        evidence = tuple(name.removeprefix(prefix) for name in fields if name.startswith(prefix))
        group, hidden = fields[f"group-{one.key}"], f"hidden-{one.key}" in fields
        items.append(replace(one, group=group, hidden=hidden, evidence=evidence))
    return replace(
        before,
        headline=fields.get("headline", ""),
        points=tuple(fields.get(f"points-{n}", "") for n in range(MOST_POINTS)),
        grouping=grouping,
        items=tuple(items),
        portrait="portrait" in fields,
    )


def _done(ports: Ports, said: Portfolio, do: str) -> tuple[Portfolio, str]:
    """What a button does: `up KEY`, `down KEY`, `out KEY`, `in KIND ID` or `view`; and where the page goes on
    then."""
    act, _, what = do.partition(" ")
    if act == "view":
        return said, "view"
    changed = editing.changed(said, act, what.replace(" ", "/"), ports.new_id)
    if act == "in":
        return changed, f"item-{changed.items[-1].key}"
    return changed, "items" if act == "out" else f"item-{what}" if act in ("up", "down") else ""


async def _editor(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    kept: Kept,
    fields: Mapping[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    said = kept.portfolio
    choices = {(one.kind, one.id): one for one in await choosing.choices(ports, kept.person)}
    everything = replace(said, items=tuple(replace(one, hidden=False) for one in said.items))
    shown, _ = await show(ports, dataclasses.replace(kept, portfolio=everything), ports.who.name)
    states = {one.key: read_item(one) for one in shown.items}
    points = [*said.points, *[""] * MOST_POINTS][:MOST_POINTS]
    typed = {"headline": said.headline, "grouping": said.grouping}
    typed |= {f"points-{n}": point for n, point in enumerate(points)}
    typed |= {name: text[:1000] for name, text in (fields or {}).items() if name in typed}
    inside = {(one.kind, one.id) for one in said.items}
    return await own_page(
        request,
        site,
        "account/portfolio.html",
        error,
        done=said_done(request),
        kept=kept,
        fields=typed,
        items=[(one, choices.get((one.kind, one.id)), states.get(one.key)) for one in said.items],
        left=[one for key, one in choices.items() if key not in inside],
        groupings=[(code, gettext(GROUPING_WORDS[code])) for code in GROUPINGS],
        hint=gettext(HINTS[said.template]),
        portrait="portrait" in fields if fields else said.portrait,
        points=range(MOST_POINTS),
    )


@reads(f"{PLACE}/{{key:str}}/view")
async def view(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """What a reader would see of everything that is not hidden."""
    kept, shown = await look(ports, key)
    return reader_page(request, site, shown, f"{PLACE}/{kept.id}")


@reads(f"{PLACE}/{{key:str}}/remove")
async def remove_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """What removing it does, then yes or back."""
    return await _asks(request, site, await flow.find(ports, key))


@post(f"{PLACE}/{{key:str}}/remove", status_code=303, request_max_body_size=10_000)
async def remove(request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]) -> Response[bytes]:
    """Remove it, with all its links."""
    kept = await flow.find(ports, key)
    try:
        await removing.remove(ports, key)
    except UnavailableError as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _asks(request, site, kept, error)
    return see_other(f"{PLACE}?done=portfolio-removed")


async def _asks(
    request: AnyRequest, site: Site, kept: Kept, error: ExchangeError | None = None
) -> Response[bytes]:
    ask = Ask(
        title=gettext("Remove the portfolio “%(name)s”?", name=kept.portfolio.headline),
        effects=[
            gettext(
                "Every link to it, and its public page, show nothing from then on. It cannot be brought back."
            ),
            gettext("Your badges, vouches and endorsements stay as they are."),
        ],
        does=gettext("Remove it"),
        place=f"{PLACE}/{kept.id}/remove",
        over=(gettext("Portfolio"), f"{PLACE}/{kept.id}"),
        final=True,
    )
    return await ask_page(request, site, ask, error)


ROUTES = (portfolios, make, edit_page, edit, view, remove_page, remove)
