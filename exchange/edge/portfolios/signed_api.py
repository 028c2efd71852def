"""What is signed of a link, for programs: the verbs of the pages. A program that keeps a key of its own for
somebody signs what it was given, as a browser does."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.dates import format_date, parse_date
from exchange.edge.http.access import ThePorts
from exchange.edge.http.body import IN_BODY, read_body, text, whole
from exchange.edge.http.describe import JSON, Answer, Operation, Parameter, described
from exchange.edge.http.describe import told as tells
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.portfolios import shapes
from exchange.edge.portfolios.exports import RECORD, SIGNED
from exchange.edge.portfolios.signed import copy_file
from exchange.errors import InputError
from exchange.flows.portfolios import record as recording
from exchange.flows.portfolios import sign_presentation as signing
from exchange.flows.portfolios import told

LINK = "/api/portfolios/{key:str}/links/{link:str}"
_ASKED = ("did", "days", "domain", "challenge")
_GONE = "unknown_portfolio unknown_link"
_ROOM = "link_off copies_too_many copy_too_large"

MAKE_RECORD = Operation(
    "Portfolios",
    {201: Answer("It is signed; the link has it as `clr.json`.", {JSON: shapes.Copy})},
    {403: "not_permitted", 404: _GONE, 409: f"record_empty {_ROOM}", 429: "too_many"},
    closed=True,
)
PREPARE = Operation(
    "Portfolios",
    tells("What the key is to sign.", shapes.PreparedPresentation),
    {
        400: f"key_unknown days_malformed asked_too_long not_a_number {IN_BODY}",
        403: "not_permitted profile_suspended",
        404: _GONE,
        409: _ROOM,
    },
    body={JSON: shapes.ToPresent},
    closed=True,
)
PRESENT = Operation(
    "Portfolios",
    {201: Answer("It is kept; the link has it as `presentation.jwt`.", {JSON: shapes.Copy})},
    {
        400: "key_unknown days_malformed asked_too_long date_malformed presentation_not_valid not_a_number "
        + IN_BODY,
        403: "not_permitted profile_suspended",
        404: _GONE,
        409: f"presentation_changed presentation_late {_ROOM}",
        429: "too_many",
    },
    body={JSON: shapes.SignedPresentation},
    closed=True,
)
COPY = Operation(
    "Portfolios",
    {200: Answer("The file.", {RECORD: {"type": "object"}, SIGNED: {"type": "string"}})},
    {403: "not_permitted", 404: f"no_copy {_GONE}", 409: "link_off"},
    (
        Parameter(
            "kind", "path", {"type": "string", "minLength": 1}, "`record`, `presentation` or `answer`.", True
        ),
    ),
    closed=True,
)


@post(f"{LINK}/record", status_code=201, request_max_body_size=10_000, opt=described(MAKE_RECORD))
async def record_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Have the exchange sign what a link of yours shows now as one learner record (CLR 2.0), in place of the
    last one. It is given out while the link shows just that."""
    made = await recording.record(ports, key, link)
    return reply(request, strict_json.dump(told.copy(made)), JSON, status=201, cache="no-store")


@post(
    f"{LINK}/presentation/prepare",
    status_code=200,
    request_max_body_size=10_000,
    opt=described(PREPARE),
)
async def prepare_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """What a key of yours (`did`) is to sign, to present what a link shows: for `days`, and for one reader
    only where they gave you a `domain` or a `challenge`."""
    body = await read_body(request, *_ASKED)
    ready = await signing.prepare(ports, key, link, _question(body))
    said = {
        "message": ready.message.decode(),
        "made": format_date(ready.made),
        "until": format_date(ready.until),
    }
    return reply(request, strict_json.dump(said), JSON, cache="no-store")


@post(f"{LINK}/presentation", status_code=201, request_max_body_size=10_000, opt=described(PRESENT))
async def present_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str]
) -> Response[bytes]:
    """Keep what your key signed. Without a `domain` and a `challenge`, the link and its PDF have it from now
    on, while it shows just that; with one, it is yours alone to hand over."""
    body = await read_body(request, *_ASKED, "made", "signature")
    try:
        made = parse_date(text(body, "made"))
    except InputError as error:
        raise InputError(error.code, error.message, "/made") from None
    signature = text(body, "signature")
    kept = await signing.sign_presentation(ports, key, link, _question(body), made, signature)
    return reply(request, strict_json.dump(told.copy(kept)), JSON, status=201, cache="no-store")


@reads(f"{LINK}/copies/{{kind:str}}", opt=described(COPY))
async def copy_api(
    request: AnyRequest, ports: ThePorts, key: FromPath[str], link: FromPath[str], kind: FromPath[str]
) -> Response[bytes]:
    """What was signed of what a link of yours shows, while it shows just that."""
    return await copy_file(request, ports, key, link, kind)


def _question(body: dict[str, object]) -> signing.Question:
    return signing.Question(
        did=text(body, "did"),
        days=whole(body, "days", 30),
        domain=text(body, "domain", ""),
        challenge=text(body, "challenge", ""),
    )


ROUTES = (record_api, prepare_api, present_api, copy_api)
