"""The operator's page about how it stands: what `exchange doctor` looks at, mail that waits, settings."""

from __future__ import annotations

from litestar import Response, post

from exchange.edge.http.access import ThePorts
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other
from exchange.edge.http.site import Site, TheSite
from exchange.edge.instance import read_only
from exchange.errors import ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.instance.checks import check_instance
from exchange.flows.mail import post as flow
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports

GRAVEST = ("error", "warning", "unknown", "ok")
SHOWN = 50
"""Mails that the page tells of."""


@reads("/operator/health")
async def health_page(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Everything that `exchange doctor` looks at, but what would ask a mail server or a sign-in provider."""
    return await _health(request, site, ports)


@post("/operator/health/retry", status_code=303, request_max_body_size=10_000)
async def retry_form(request: AnyRequest, site: TheSite, ports: ThePorts) -> Response[bytes]:
    """Try one mail again, `id`, or all that were given up or put back."""
    try:
        fields, _ = await read_form(request)
        await flow.retry(ports, fields.get("id") or None)
    except (InputError, NotFoundError, UnavailableError) as error:
        read_only.only(error)
        return await _health(request, site, ports, error)
    ports.bell.ring()
    return see_other("/operator/health?done=retry")


async def _health(
    request: AnyRequest, site: Site, ports: Ports, error: ExchangeError | None = None
) -> Response[bytes]:
    check(ports, "operate")
    store = ports.store
    waiting, given_up = await store.count_undelivered()
    last = await store.checkpoint()
    found = [finding async for finding in check_instance(ports)]
    return await own_page(
        request,
        site,
        "operating.html",
        error,
        findings=sorted(found, key=lambda one: GRAVEST.index(one.level)),
        size=await store.log_size(),
        signed=last.size if last else None,
        waiting=waiting,
        given_up=given_up,
        mails=[(one, flow.mail_in(one.parcel)) for one in await store.undelivered(SHOWN)],
        settings=ports.settings,
        done=request.query_params.get("done") == "retry",
    )
