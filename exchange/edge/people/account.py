"""My account: what I am called, and a copy of everything about me. Plain forms.

`build_account` mounts all of it, `account_badges` and the addresses, sessions and tokens of `account_access`
too. It is for people in a browser: a token is refused, since what a program holds should not change who
holds it.
"""

from __future__ import annotations

import io
import zipfile

from litestar import Response, Router, post

from exchange.edge.http.access import ThePorts, guarded
from exchange.edge.http.carry import remember
from exchange.edge.http.forms import read_form
from exchange.edge.http.replies import AnyRequest, reads, reply, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.people import account_access as access
from exchange.edge.people import account_badges as badges
from exchange.edge.people import taking_away
from exchange.edge.people.account_page import account_page
from exchange.errors import ConflictError, ExchangeError, InputError
from exchange.flows.people import account as flow
from exchange.flows.people import people
from exchange.flows.ports import Ports
from exchange.languages import gettext, languages


def build_account(site: Site) -> list[Router]:
    """What people do with their own account. The page that a mailed link opens asks for no session: a link's
    secret would be lost on the way to signing in."""
    own = guarded(
        site,
        [
            profile,
            change_profile,
            badges.badges,
            badges.badge,
            badges.answer_badge,
            badges.report_badge,
            export,
            access.addresses,
            access.add_address,
            access.prefer_address,
            access.remove_address,
            access.verify_address,
            access.sessions,
            access.end_session,
            access.end_sessions,
            access.tokens,
            access.add_token,
            access.remove_token,
            taking_away.address_page,
            taking_away.sessions_page,
            taking_away.token_page,
        ],
    )
    return [own, Router(path="/", route_handlers=[access.verify_page])]


@reads("/account")
async def profile(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """What I am called, the language I am spoken to in, and the teams and roles I hold."""
    return await profile_page(request, site, ports)


@post("/account", status_code=303, request_max_body_size=10_000)
async def change_profile(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Change name, handle and language; a mistake comes back beside its field, with all that was typed."""
    mine = await flow.view(ports)
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        told = {name: fields.get(name) for name in ("name", "handle", "language")}
        changed = await people.change(ports, mine.person.id, **told)
    except (InputError, ConflictError) as error:
        if not wants_page(request):
            raise
        return await profile_page(request, site, ports, fields, error)
    if changed.language != mine.person.language:
        remember("")  # what was asked for on the way here is over
    return see_other("/account?done=profile")


@reads("/account/export")
async def export(request: AnyRequest, ports: ThePorts) -> Response[bytes]:
    """Everything about me in one ZIP file."""
    body, at = io.BytesIO(), ports.now().timetuple()[:6]
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (await flow.export(ports)).items():
            archive.writestr(zipfile.ZipInfo(name, at), data, zipfile.ZIP_DEFLATED)
    headers = {"content-disposition": 'attachment; filename="account.zip"'}
    return reply(request, body.getvalue(), "application/zip", cache="no-store", headers=headers)


async def profile_page(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    """The page of the profile, with what was typed and what is wrong with it."""
    mine, store = await flow.view(ports), ports.store
    person = mine.person
    known = {"name": person.name, "handle": person.handle or "", "language": person.language}
    grants = await store.grants()
    own = {grant.issuer for grant in grants if grant.person == person.id}
    names = {team.slug: team.name for team in await store.teams()}
    return await account_page(
        request,
        site,
        "account/profile.html",
        error,
        fields=known | {name: text[:300] for name, text in (fields or {}).items() if name in known},
        tongues=[
            ("", gettext("As the browser asks")),
            *((code, one.name) for code, one in languages().items()),
        ],
        person=person,
        operator=person.operator,
        teams=[(member.team, names.get(member.team, member.team), member.lead) for member in mine.teams],
        roles=[(slug, role, slug not in own) for slug, role in sorted(mine.roles.items())],
    )
