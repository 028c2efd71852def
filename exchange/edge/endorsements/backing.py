"""What issuers endorse, for everybody beside what is endorsed, and for programs that act for an issuer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json, urls
from exchange.core.dates import format_date
from exchange.core.proofs.jwt import is_compact
from exchange.edge.badges.status import BITS
from exchange.edge.endorsements import shapes
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, read_body, text
from exchange.edge.http.describe import JSON, Answer, Operation, described, found, told
from exchange.edge.http.once import once_of
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import TheSite
from exchange.edge.http.words import plain
from exchange.flows.endorsements import as_issuer, backings
from exchange.flows.endorsements.as_issuer import PROOF, Words
from exchange.flows.endorsements.backings import Backing
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports

ABOUT = "Endorsements"
API = "/api/issuers/{issuer:str}/endorsements"
EMBEDDED = 20
"""As many as a profile carries along, the newest."""
_LIST = {JSON: shapes.BackingList}
_SAID = (
    "line_missing line_too_long line_broken text_too_long control_character subject_malformed unknown_proof"
)


@dataclass(frozen=True, slots=True)
class BackingRow:
    """One, ready for a template; of what does not stand, no word of what it said. `subject` names what is
    endorsed, whose page is `subject_place`."""

    key: str
    url: str
    name: str
    place: str
    line: str
    text: str
    at: datetime
    state: str
    ended_at: datetime | None
    earlier: bool
    hidden: bool
    kind: str
    subject: str
    subject_place: str

    @property
    def stands(self) -> bool:
        return self.state == "active"


def row_of(one: Backing) -> BackingRow:
    """What a page shows of it."""
    row = one.endorsement
    path = row.subject.replace("@", "/")
    return BackingRow(
        key=row.id,
        url=f"/endorsements/{row.id}",
        name=plain(one.issuer_name),
        place=f"/issuers/{row.issuer}",
        line=plain(one.line, 1000) if one.stands else "",
        text=plain(one.text, 5000) if one.stands else "",
        at=one.since,
        state=one.state,
        ended_at=row.ended_at,
        earlier=one.earlier,
        hidden=one.hidden,
        kind=row.kind,
        subject=row.subject,
        subject_place=f"/achievements/{path}" if row.kind == "achievement" else f"/issuers/{path}",
    )


def embedded(found: list[Backing]) -> dict[str, Any]:
    """The signed endorsements that stand of an issuer as it is now, where Open Badges 3.0 has a place for
    them in its profile: `endorsement` and `endorsementJwt`."""
    signed = [one.endorsement.signed or b"" for one in found if one.stands and not one.earlier]
    signed = signed[-EMBEDDED:]
    tokens = [one.decode() for one in signed if is_compact(one)]
    objects = [strict_json.parse(one) for one in signed if not is_compact(one)]
    members: dict[str, list[Any]] = {"endorsement": objects, "endorsementJwt": tokens}
    return {name: listed for name, listed in members.items() if listed}


@reads(
    "/issuers/{slug:str}/endorsements",
    public=True,
    opt=described(Operation(ABOUT, found("As they stand now.", _LIST), {404: "unknown_issuer"})),
)
async def of_issuer(request: AnyRequest, site: TheSite, slug: FromPath[str]) -> Response[bytes]:
    """Which other issuers endorse an issuer. What was withdrawn stays, with the day."""
    return _list(request, site.ports, await backings.of_issuer(site.ports, slug))


@reads(
    "/achievements/{issuer:str}/{slug:str}/{version:int}/endorsements",
    public=True,
    opt=described(Operation(ABOUT, found("As they stand now.", _LIST), {404: "unknown_achievement"})),
)
async def of_achievement(
    request: AnyRequest, site: TheSite, issuer: FromPath[str], slug: FromPath[str], version: FromPath[int]
) -> Response[bytes]:
    """Which other issuers endorse an achievement. What was withdrawn stays, with the day. They are beside the
    achievement, not in it: a version that was published never changes, and endorsements pin its bytes."""
    return _list(request, site.ports, await backings.of_achievement(site.ports, issuer, slug, version))


def _list(request: AnyRequest, ports: Ports, found: list[Backing]) -> Response[bytes]:
    body = strict_json.dump({"endorsements": [said_of(ports, one) for one in found]})
    return reply(request, body, JSON, cache=BITS)


def said_of(ports: Ports, one: Backing) -> dict[str, Any]:
    """For programs, as `shapes.Backing` has it."""
    row = one.endorsement
    about: dict[str, Any] = {
        "id": urls.endorsement(ports.base_url, row.id),
        "state": one.state,
        "source": "issuer",
        "issuer": {"id": one.issuer_id, "name": one.issuer_name, "slug": row.issuer},
        "kind": row.kind,
        "about": one.subject_id,
        "earlierVersion": one.earlier,
        "displayed": not one.hidden,
        "signedAt": format_date(one.since.astimezone(UTC)),
    }
    if row.ended_at:
        about["endedAt"] = format_date(row.ended_at.astimezone(UTC))
    if one.stands:
        about |= {"line": one.line, "text": one.text}
    return about


# --- for programs that act for an issuer ------------------------------------------------------------------


@reads(
    API,
    opt=described(
        Operation(
            ABOUT,
            told("The newest first.", shapes.BackingsOfIssuer),
            {404: "unknown_issuer"},
            closed=True,
            scopes=("award",),
        )
    ),
)
async def list_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """What an issuer endorses, and what others say of it and of what it awards; without what was replaced."""
    given = await backings.given(ports, issuer)
    received = await backings.received(ports, issuer)
    lists = {"given": given, "received": received}
    body = {name: [said_of(ports, one) for one in found] for name, found in lists.items()}
    return reply(request, strict_json.dump(body), JSON, cache="no-store")


@post(
    API,
    status_code=201,
    opt=described(
        Operation(
            ABOUT,
            {201: Answer("It stands.", {JSON: shapes.Backing})},
            {
                400: f"{IN_BODY} {_SAID} idempotency_key_malformed",
                404: "unknown_issuer unknown_achievement",
                409: "own_subject speaks_for_both",
                422: "idempotency_key_reused",
                429: "too_many",
                503: "read_only",
            },
            body={JSON: shapes.BackRequest},
            closed=True,
            scopes=("award",),
        )
    ),
)
async def endorse_api(request: AnyRequest, ports: ThePorts, issuer: FromPath[str]) -> Response[bytes]:
    """Let an issuer endorse another one, or an achievement of another one.

    Body: `subject` (ISSUER, ISSUER/BADGE, ISSUER/BADGE@VERSION, or its address here), `line`, and if wanted
    `text` and `proof`. The same again is the one that stands; other words replace it.
    """
    check(ports, "endorse", issuer)
    body = await read_body(request, "subject", "line", "text", "proof")
    words = Words(
        *(text(body, "subject"), text(body, "line"), text(body, "text", ""), text(body, "proof", PROOF))
    )
    made = await as_issuer.endorse(ports, issuer, words, await once_of(request, ports))
    return await _one(request, ports, made, 201)


@post(
    f"{API}/{{key:str}}/withdraw",
    status_code=200,
    opt=described(
        Operation(
            ABOUT,
            told("It is withdrawn.", shapes.Backing),
            {
                400: f"{IN_BODY} reason_too_long",
                404: "unknown_endorsement",
                409: "endorsement_over",
                503: "read_only",
            },
            body={JSON: shapes.BackWithdrawRequest},
            closed=True,
            scopes=("award",),
        )
    ),
)
async def withdraw_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Take an issuer's endorsement back for good. Body: if wanted a `reason`, which only the log keeps."""
    check(ports, "endorse", issuer)
    body = await read_body(request, "reason")
    gone = await as_issuer.withdraw(ports, key, text(body, "reason", ""), issuer)
    return await _one(request, ports, gone, 200)


def _displays(what: str) -> dict[str, Any]:
    return described(
        Operation(
            ABOUT,
            told(what, shapes.Backing),
            {404: "unknown_endorsement", 503: "read_only"},
            closed=True,
            scopes=("design",),
        )
    )


@post(f"{API}/{{key:str}}/show", status_code=200, opt=_displays("It is displayed."))
async def show_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Show, with an issuer and what it awards, what another one says of it."""
    return await _one(request, ports, await as_issuer.show(ports, key, issuer), 200)


@post(f"{API}/{{key:str}}/hide", status_code=200, opt=_displays("It is not displayed."))
async def hide_api(
    request: AnyRequest, ports: ThePorts, issuer: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Do not show there what another issuer says, now or in other words. It stays true."""
    return await _one(request, ports, await as_issuer.hide(ports, key, issuer), 200)


async def _one(request: AnyRequest, ports: Ports, row: Endorsement, status: int) -> Response[bytes]:
    one = await backings.one(ports, row)
    assert one is not None  # noqa: S101 - it was read when it was signed
    return reply(request, strict_json.dump(said_of(ports, one)), JSON, status=status, cache="no-store")
