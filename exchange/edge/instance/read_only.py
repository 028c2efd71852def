"""What a read-only exchange says on the web, beside the banner of `read_only.html`."""

from __future__ import annotations

from litestar import Response

from exchange.core import strict_json
from exchange.edge.http import shapes
from exchange.edge.http.describe import Operation, described, told
from exchange.edge.http.replies import AnyRequest, reads, reply
from exchange.edge.http.site import TheSite
from exchange.errors import ExchangeError, InputError, UnavailableError
from exchange.flows.instance.standing import PUBLIC, standing


def only(error: ExchangeError) -> None:
    """Raise it again, unless the form it came from says it better, with all that was typed."""
    if isinstance(error, UnavailableError) and error.code not in ("read_only", "database_unavailable"):
        raise error


def count(text: str) -> int:
    """How many entries a form says are missing; nothing is none. InputError("missing_not_a_number")."""
    named = text.strip() or "0"
    if not (named.isascii() and named.isdigit() and len(named) <= 18):
        raise InputError("missing_not_a_number", "Say how many entries are missing, as a number.", "missing")
    return int(named)


HEALTH = Operation("About this exchange", told("It can be read.", shapes.Health))


@reads("/health", opt=described(HEALTH))
async def health(request: AnyRequest, site: TheSite) -> Response[bytes]:
    """For whoever watches it: 200 and `{"status": "ok" or "read_only", "detail"}` while it can be read, else
    503. A read-only exchange is not out of order: it shows and verifies badges."""
    found = await standing(site.ports)
    said = {"status": "read_only", "code": found.code, "detail": PUBLIC} if found else {"status": "ok"}
    return reply(request, strict_json.dump(said), "application/json", cache="no-store")
