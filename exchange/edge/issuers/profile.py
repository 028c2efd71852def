"""An issuer at the desk: what it says of itself, the proof of its domain, and its keys. Plain forms."""

from __future__ import annotations

from litestar import Response, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from exchange.edge.badges.cards import read_identity
from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.kinds import alone, key_word
from exchange.edge.http.own_page import Ask, ask_page, own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.edge.issuers.desk_frame import DONE, desk_page
from exchange.errors import ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.issuers import describe as describing
from exchange.flows.issuers import keys as flow
from exchange.flows.issuers.describe import MEMBERS, NewPicture
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.issuers.prove import domain, prove
from exchange.flows.people.rights import check, may
from exchange.flows.ports import Ports
from exchange.languages import gettext

MAX_PICTURE = 10_200_000
"""Bytes of a form with a picture, of which `adapters` takes 10 MB."""

TONES = {"pending": "unsure", "active": "good", "verify-only": "past", "revoked": "stop"}
"""How a key in each of its states looks."""


@reads("/desk/issuers")
async def issuers_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Every issuer that who looks may design for; for operators the form that makes one."""
    return await _issuers(request, site, ports)


@post("/desk/issuers", status_code=303, request_max_body_size=50_000)
async def create_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Make an issuer, with a key of its own."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        said = {name: fields.get(name, "") for name in ("name", "description")}
        made = await describing.create(ports, fields.get("slug", ""), said)
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _issuers(request, site, ports, fields, error)
    if not may(ports.who, "design", made.slug):
        return see_other("/desk/issuers?done=created")
    return see_other(f"/desk/issuers/{made.slug}/achievements?done=created")


@reads("/desk/issuers/{issuer:str}")
async def profile_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """What the issuer says of itself, and whether its domain says so too."""
    return await _profile(request, site, ports, issuer)


@post("/desk/issuers/{issuer:str}", status_code=303, request_max_body_size=MAX_PICTURE)
async def profile_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Change it; a mistake comes back beside its field, with all that was typed."""
    fields: dict[str, str] = {}
    try:
        fields, files = await read_form(request)
        picture = NewPicture(
            await file_of(files, "picture"), fields.get("alt", ""), fields.get("remove") == "on"
        )
        said = {name: fields[name].replace("\r\n", "\n") for name in MEMBERS if name in fields}
        await describing.describe(ports, issuer, said, picture)
    except (InputError, UnavailableError) as error:
        read_only.only(error)
        return await _profile(request, site, ports, issuer, fields, error)
    return see_other(f"/desk/issuers/{issuer}?done=described")


@post("/desk/issuers/{issuer:str}/domain", status_code=303, request_max_body_size=10_000)
async def domain_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Ask the domain whose it is."""
    try:
        await prove(ports, issuer)
    except (InputError, UnavailableError) as error:
        read_only.only(error)
        return await _profile(request, site, ports, issuer, error=error)
    return see_other(f"/desk/issuers/{issuer}?done=proved#domain")


@reads("/desk/issuers/{issuer:str}/keys")
async def keys_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Every key with its state and what it signed."""
    await find_issuer(ports, issuer)
    keys = [await flow.show(ports, key.id) for key in await flow.listed(ports, issuer)]
    return await desk_page(
        request,
        site,
        ports,
        issuer,
        "design/keys.html",
        keys=[(view, alone(key_word(view.key.state)), TONES[view.key.state]) for view in keys[::-1]],
    )


@reads("/desk/issuers/{issuer:str}/keys/rotate")
async def rotate_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """What a rotation does, before it is done."""
    return await _ask_rotate(request, site, ports, issuer)


@post("/desk/issuers/{issuer:str}/keys/rotate", status_code=303, request_max_body_size=10_000)
async def rotate_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, issuer: FromPath[str]
) -> Response[bytes]:
    """Let a new key take over."""
    try:
        fields, _ = await read_form(request)
        keys = await flow.listed(ports, issuer)
        if fields.get("key", "") == next((key.id for key in keys if key.state == "active"), ""):
            await flow.rotate(ports, issuer)  # a form sent twice names a key that is active no more
    except (InputError, ConflictError, UnavailableError) as error:
        read_only.only(error)
        return await _ask_rotate(request, site, ports, issuer, error)
    return see_other(f"/desk/issuers/{issuer}/keys?done=rotated")


async def file_of(files: dict[str, UploadFile], name: str) -> bytes | None:
    """What was uploaded under that name; None for nothing, which browsers send as an empty file."""
    return (await files[name].read() or None) if name in files else None


async def _issuers(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    own = [row for row in await ports.store.issuers() if may(ports.who, "design", row.slug)]
    done = request.query_params.get("done", "")
    return await own_page(
        request,
        site,
        "design/issuers.html",
        error,
        rows=[(row.slug, read_identity(row.profile), len(await ports.store.drafts(row.slug))) for row in own],
        fields={name: (fields or {}).get(name, "") for name in ("name", "slug", "description")},
        creates=may(ports.who, "issuers"),
        done=gettext(DONE[done]) if done in DONE else "",
    )


async def _profile(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    slug: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    row = await find_issuer(ports, slug)
    check(ports, "design", slug)
    image = row.profile.get("image")
    image = image if isinstance(image, dict) else {}
    known = {name: str(row.profile.get(name, "")) for name in MEMBERS} | {"alt": image.get("caption", "")}
    return await desk_page(
        request,
        site,
        ports,
        slug,
        "design/profile.html",
        error,
        fields=known | {name: text for name, text in (fields or {}).items() if name in known},
        picture=str(image.get("id", "")).removeprefix(ports.base_url),
        domain=await domain(ports, slug),
    )


async def _ask_rotate(
    request: AnyRequest, site: Site, ports: Ports, slug: str, error: ExchangeError | None = None
) -> Response[bytes]:
    row = await find_issuer(ports, slug)
    keys = await flow.listed(ports, slug)
    effects = [
        gettext("A new key is created and tested; it signs from now on."),
        gettext("The old key signs nothing more. What it signed stays good."),
    ]
    if row.did.startswith("did:key:"):
        effects.append(gettext("The issuer's id changes with the key; the old id stays known."))
    ask = Ask(
        title=gettext("Use a new key for %(name)s?") % {"name": read_identity(row.profile).name},
        effects=effects,
        does=gettext("Create a new key"),
        place=f"/desk/issuers/{slug}/keys/rotate",
        over=(gettext("Keys"), f"/desk/issuers/{slug}/keys"),
        fields={"key": next((key.id for key in keys if key.state == "active"), "")},
    )
    return await ask_page(request, site, ask, error)
