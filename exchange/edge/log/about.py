"""Everything about a person: what the log has of them, each entry with its proof.

Content and salt of an entry name people, so these addresses are behind the desk's guards and kept by no
cache. Mounted by `desk.build_desk`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.edge.http.access import OWN_PAGES, ThePorts
from exchange.edge.http.kinds import entry_word, role_word, state_word
from exchange.edge.http.replies import AnyRequest, reads, reply, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.errors import InputError, NotFoundError
from exchange.flows.endorsements.listed import name_of
from exchange.flows.log import about as flow
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY
from exchange.languages import gettext

_JSON = "application/json"
TONES = {
    "award": "good",
    "revoke": "stop",
    "suspend": "pause",
    "reinstate": "good",
    "accept": "good",
    "decline": "past",
    "endorse": "good",
    "withdraw": "past",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page lists it: `place` is the page of what it is about, `name` what that is called,
    both `""` where there is none."""

    position: int
    word: str
    tone: str
    at: datetime
    place: str
    name: str
    reason: str


@reads("/desk/about")
async def about_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """`?who=` an address, a DID, a URL or a badge. A page, or for programs every entry with its proof."""
    who, found, error = request.query_params.get("who", "").strip(), None, None
    try:
        found = await flow.about(ports, who) if who else None
    except (InputError, NotFoundError) as fault:
        if not wants_page(request):
            raise
        error = fault
    if found is not None and not wants_page(request):
        entries = [{"kind": one.entry.kind, **one.proof.to_json()} for one in found.told]
        body = strict_json.dump({"who": found.who, "entries": entries})
        return reply(request, body, _JSON, cache="no-store", negotiated=True)
    page = site.page(
        request,
        "about.html",
        status=error.status if error else 200,
        cache="no-store",
        who=plain(who, 1024),
        asked=found is not None,
        lines=[await line_of(site, one) for one in found.told] if found else [],
        error=error,
    )
    page.headers.update(OWN_PAGES)
    return page


@reads("/desk/log-proof/{position:int}")
async def whole_proof(request: AnyRequest, ports: ThePorts, position: FromPath[int]) -> Response[bytes]:
    """The proof of an entry with what it commits to, as a file."""
    proof = await flow.proof_of(ports, position)
    headers = {"content-disposition": f'attachment; filename="entry-{position}.log.json"'}
    body = strict_json.dump(proof.to_json())
    return reply(request, body, _JSON, cache="no-store", headers=headers)


def _held(one: flow.Told) -> str:
    """Of a role, a place in a team or a state of the account: which it is from then on."""
    if one.entry.kind in ("accept", "decline"):
        return ""
    said = one.record.content or {}
    if one.entry.kind not in ("role", "member"):
        return state_word(str(said.get("state", "")))
    place = said.get("issuer") or said.get("team")
    role = role_word(str(said["role"])) if said.get("role") else gettext("no longer")
    return role if place == EVERY else f"{place}: {role}"


async def line_of(site: Site, one: flow.Told) -> Line:
    """How a page lists it."""
    place, name = await _thing(site.ports, one)
    return Line(
        position=one.record.position,
        word=entry_word(one.entry.kind),
        tone=TONES.get(one.entry.kind, "plain"),
        at=one.entry.at,
        place=place,
        name=plain(name),
        reason=plain(one.reason or _held(one), 600),
    )


async def _thing(ports: Ports, one: flow.Told) -> tuple[str, str]:
    """The page of what it is about, and its name; `""` for what has none, or is gone."""
    for room, url in (("badges", one.badge), ("endorsements", one.endorsement)):
        key = urls.key_of(ports.bases, room, url) if url else None
        row = await ports.store.badge(key) if key else None
        if row is None:
            continue
        place = f"/{room}/{row.id}" if row.signed else ""
        if room == "badges":
            found = await ports.store.achievement(row.issuer, row.achievement, row.version)
            return place, str(found.document.get("name", "")) if found else ""
        said = await ports.store.endorsement(row.id)
        return place, await name_of(ports, said) if said else gettext("Whose key it is")
    return "", ""
