"""What a reader of a link may take along: the same, as text, as signed documents, and on paper.

As the page itself: no cookie, kept by no cache, and whatever is not shown answers alike.
"""

from __future__ import annotations

from litestar import Response
from litestar.params import FromPath

from exchange.core import strict_json
from exchange.core.svg_card import svg_card
from exchange.edge.http.access import client_of, network_of
from exchange.edge.http.describe import Answer, Operation, Parameter, described
from exchange.edge.http.headers import PICTURE_POLICY
from exchange.edge.http.language import asked
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.shapes import Bytes
from exchange.edge.http.site import TheSite
from exchange.edge.portfolios.drawn import share_card, svg_card_of
from exchange.edge.portfolios.markdown import markdown
from exchange.edge.portfolios.paper import paper
from exchange.edge.portfolios.shared import private
from exchange.errors import NotFoundError
from exchange.flows.portfolios.kept import kept_by_secret
from exchange.flows.portfolios.portrait import portrait_in
from exchange.flows.portfolios.present import present, take, to_sign
from exchange.flows.sign_in.limits import check_readers_limit, file_quotas, paper_quotas
from exchange.languages import ENGLISH, speaking

FILES = (
    *("portfolio.md", "portfolio.pdf", "card.png", "card.svg"),
    *("presentation.json", "presentation.jwt", "presentation.txt", "clr.json"),
)
MARKDOWN, PRESENTATION, TOKEN = "text/markdown", "application/vp", "text/plain"
RECORD, SIGNED = "application/vc", "application/vp+jwt"
PDF = "application/pdf"
PNG, SVG = "image/png", "image/svg+xml"
SECRET = Parameter(
    "secret", "path", {"type": "string", "minLength": 1}, "The secret of a link, or `@handle~slug`.", True
)
_TEXT = {"type": "string"}

EXPORT = Operation(
    "Portfolios",
    {
        200: Answer(
            "The file.",
            {
                MARKDOWN: _TEXT,
                PRESENTATION: {"type": "object"},
                RECORD: {"type": "object"},
                SIGNED: Bytes,
                TOKEN: _TEXT,
                PDF: Bytes,
                PNG: Bytes,
                SVG: _TEXT,
            },
        )
    },
    {400: "holder_malformed", 404: "not_shared no_such_form no_copy", 429: "too_many paper_busy"},
    (
        SECRET,
        Parameter("file", "path", {"type": "string", "minLength": 1}, "One of the names above.", True),
        Parameter("holder", "query", _TEXT, "For `presentation.txt`: the did:key that is to sign it."),
        Parameter("lang", "query", _TEXT, "The language of words, `en` unless said."),
    ),
)


@reads("/p/{secret:str}/as/{file:str}", public=True, opt=described(EXPORT))
async def export(
    request: AnyRequest, site: TheSite, secret: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """What a link shows, to be taken along: `portfolio.md` (Markdown), `presentation.json` (the documents
    that were signed, in a presentation: as its holder signed it, else one that nobody signed),
    `presentation.txt` (what a holder signs to make a token of that), `portfolio.pdf` (one sheet, PDF/A-3a,
    with the presentation attached), `card.png` and `card.svg` (a picture of it, with its moment). And where
    its holder had them made of just what is shown now: `presentation.jwt` (signed by the holder) and
    `clr.json` (a CLR 2.0 record, signed by the exchange)."""
    ports = site.ports
    network = network_of(client_of(request, site))
    await check_readers_limit(ports, file_quotas(network))
    if file == "portfolio.md":
        shown = (await kept_by_secret(ports, secret)).value.shown
        with speaking(asked(request) or ENGLISH):
            text = markdown(shown, ports.base_url, ports.now())
        return _file(request, text.encode(), MARKDOWN, file)
    if file == "presentation.json":
        _, presentation = await present(ports, secret)
        return _file(request, strict_json.dump(presentation), PRESENTATION, file)
    if file == "presentation.txt":
        message = await to_sign(ports, secret, request.query_params.get("holder", ""))
        return _file(request, message, TOKEN, file)
    if file == "presentation.jwt":
        return _file(request, await take(ports, secret, "presentation"), SIGNED, file)
    if file == "clr.json":
        return _file(request, await take(ports, secret, "record"), RECORD, file)
    if file == "portfolio.pdf":
        await check_readers_limit(ports, paper_quotas(network))
        shown, presentation = await present(ports, secret)
        portrait = await portrait_in(ports, shown)
        with speaking(asked(request) or ENGLISH):
            sheet = paper(shown, presentation, ports.base_url, ports.now(), portrait)
        body = await ports.hub.papers.get(sheet, ports.draw.paper)
        return _file(request, body, PDF, file)
    if file in ("card.png", "card.svg"):
        shown = (await kept_by_secret(ports, secret)).value.shown
        with speaking(asked(request) or ENGLISH):
            if file == "card.svg":
                return _file(request, svg_card(await svg_card_of(ports, shown, kept=True)), SVG, file)
            body = await ports.hub.pictures.get(await share_card(ports, shown), ports.draw.card)
        return _file(request, body, PNG, file)
    raise NotFoundError("no_such_form", f"It comes as {', '.join(FILES[:-1])} and {FILES[-1]}.")


def _file(request: AnyRequest, body: bytes, media_type: str, name: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    if media_type in (PNG, SVG):
        headers["content-security-policy"] = PICTURE_POLICY
    return private(reply(request, body, media_type, cache="no-store", headers=headers))
