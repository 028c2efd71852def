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
from exchange.flows.log import about as flow
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
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page lists it; `name` is the badge's, `key` its key, both `""` without one."""

    position: int
    word: str
    tone: str
    at: datetime
    key: str
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
    key = (urls.key_of(site.ports.bases, "badges", one.badge) or "") if one.badge else ""
    row = await site.ports.store.badge(key) if key else None
    found = row and await site.ports.store.achievement(row.issuer, row.achievement, row.version)
    return Line(
        position=one.record.position,
        word=entry_word(one.entry.kind),
        tone=TONES.get(one.entry.kind, "plain"),
        at=one.entry.at,
        key=key if row and row.signed else "",
        name=plain(found.document.get("name")) if found else "",
        reason=plain(one.reason or _held(one), 600),
    )
