"""The achievement editor at the desk: from a template to a version that stays as it is. Plain forms.

`build_designs` guards all of it at once, the profile and keys of `profile` and the JSON of `design_api` too.
"""

from __future__ import annotations

from litestar import Response, Router, post
from litestar.params import FromPath

from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.forms import read_form
from exchange.edge.http.once import once_in
from exchange.edge.http.own_page import Ask, ask_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.issuers import design_api, draft_pages, profile
from exchange.edge.issuers.desk_frame import desk_page
from exchange.edge.issuers.draft_pages import base_of, name_of
from exchange.edge.issuers.exported import exported
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.issuers import drafts as flow
from exchange.flows.issuers.export import export_badge
from exchange.flows.issuers.publish import retire
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.languages import gettext


def build_designs(site: Site) -> Router:
    """What editors do, as pages and as JSON; the flows refuse who has no role there."""
    return guarded(
        site,
        [
            profile.issuers_page,
            profile.create_form,
            profile.profile_page,
            profile.profile_form,
            profile.domain_form,
            profile.keys_page,
            profile.rotate_page,
            profile.rotate_form,
            achievements_page,
            new_page,
            begin_form,
            draft_pages.step_page,
            draft_pages.step_form,
            draft_pages.upload_form,
            draft_pages.picture,
            draft_pages.preview_page,
            draft_pages.publish_form,
            export_file,
            act_page,
            act_form,
            *design_api.HANDLERS,
        ],
    )


@reads("/desk/issuers/{issuer:str}/achievements")
async def achievements_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Drafts first, then everything that is on record, with its newest version."""
    drafts = await flow.drafts(ports, issuer)
    known = await ports.store.achievements(issuer, retired=True)
    return await desk_page(
        request,
        site,
        ports,
        issuer,
        "design/achievements.html",
        drafts=[(draft, name_of(draft)) for draft in drafts],
        known=sorted(known, key=lambda one: (one.retired_at is not None, one.slug)),
        drafted={draft.slug for draft in drafts},
    )


@reads("/desk/issuers/{issuer:str}/achievements/new")
async def new_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """What to begin from: nothing, or a badge that is there."""
    return await _new(request, site, ports, issuer, dict(request.query_params))


@post("/desk/issuers/{issuer:str}/achievements", status_code=303, request_max_body_size=20_000)
async def begin_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Begin a draft."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        slug, name, start = (fields.get(one, "") for one in ("slug", "name", "start"))
        draft = await flow.begin(ports, issuer, slug, name, start, once_in(request, fields, ports))
    except (InputError, ConflictError, UnavailableError, NotFoundError) as error:
        read_only.only(error)
        if error.code == "draft_exists" and fields.get("slug"):
            return see_other(f"{base_of(issuer, fields['slug'])}/draft/words")
        if error.code == "unknown_issuer":
            raise
        return await _new(request, site, ports, issuer, fields, error)
    return see_other(f"{base_of(issuer, draft.slug)}/draft/words?done=begun")


@reads("/desk/issuers/{issuer:str}/achievements/{badge:str}/export")
async def export_file(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], badge: FromPath[str]
) -> Response[bytes]:
    """The newest version as a file of a catalogue: TOML, or a ZIP with the picture that was given."""
    check(ports, "design", issuer)
    return exported(request, badge, await export_badge(ports, issuer, badge))


@reads("/desk/issuers/{issuer:str}/achievements/{badge:str}/{act:str}")
async def act_page(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    badge: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """The step before a draft is discarded, or a badge awarded no more."""
    return await _ask(request, site, ports, issuer, badge, act)


@post(
    "/desk/issuers/{issuer:str}/achievements/{badge:str}/{act:str}",
    status_code=303,
    request_max_body_size=10_000,
)
async def act_form(
    request: AnyRequest,
    site: TheSite,
    ports: ThePorts,
    issuer: FromPath[str],
    badge: FromPath[str],
    act: FromPath[str],
) -> Response[bytes]:
    """Do it."""
    _check_act(act)
    try:
        await (flow.discard if act == "discard" else retire)(ports, issuer, badge)
    except (ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask(request, site, ports, issuer, badge, act, error)
    return see_other(f"/desk/issuers/{issuer}/achievements?done={act}")


async def _new(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    fields: dict[str, str],
    error: ExchangeError | None = None,
) -> Response[bytes]:
    await flow.drafts(ports, slug)
    own = [(f"{slug}/{one.slug}", str(one.document["name"])) for one in await ports.store.achievements(slug)]
    families: dict[str, list[tuple[str, str]]] = {gettext("Badges of this issuer"): own} if own else {}
    for one in await flow.templates(ports):
        families.setdefault(one.family, []).append((one.name, one.badge.name))
    fields = {name: fields.get(name, "")[:200] for name in ("name", "slug", "start")}
    page = "design/new.html"
    return await desk_page(request, site, ports, slug, page, error, fields=fields, families=families)


async def _ask(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    badge: str,
    act: str,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    _check_act(act)
    check(ports, "design", slug)
    if act == "discard":
        draft = await flow.find_draft(ports, slug, badge)
        name = name_of(draft)
        title, does = gettext("Discard the draft of %(name)s?"), gettext("Discard")
        effects = [
            gettext("What was typed and drawn since the last version is gone, for everybody who edits it."),
            gettext("What was published, and every badge awarded from it, stays as it is."),
        ]
    else:
        known = await ports.store.achievement(slug, badge)
        if known is None:
            raise NotFoundError("unknown_achievement", f"There is no badge {slug}/{badge} here.")
        name, title, does = (
            str(known.document["name"]),
            gettext("Stop awarding %(name)s?"),
            gettext("Stop awarding"),
        )
        effects = [
            gettext("Nobody can award it any more. What was awarded stays as valid as it is."),
            gettext("Its page stays and says so. To publish it again brings it back."),
        ]
    over = (gettext("Achievements"), f"/desk/issuers/{slug}/achievements")
    place = f"{base_of(slug, badge)}/{act}"
    ask = Ask(title % {"name": name}, effects, does, place, over, final=True)
    return await ask_page(request, site, ask, error)


def _check_act(act: str) -> None:
    if act not in ("discard", "retire"):
        raise NotFoundError("unknown_act", "What can be done here is discard, retire.")
