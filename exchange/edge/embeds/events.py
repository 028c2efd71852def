"""Live truth: a stream that tells open embeds of a change (server-sent events, WHATWG HTML §9.2).

One stream serves every embed of a page, since a browser opens few connections to one place. It begins with
the values, tells of each change, and every few seconds when the database was last looked at: what hears
nothing grows old, and is not shown as good any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any

from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.response import Stream

from exchange.core import strict_json
from exchange.core.dates import format_date
from exchange.edge.embeds.embeds import not_here
from exchange.edge.http.access import client_of, network_of
from exchange.edge.http.describe import Answer, Operation, Parameter, described
from exchange.edge.http.replies import AnyRequest, reads
from exchange.edge.http.site import TheSite
from exchange.errors import InputError, NotFoundError, TooManyError
from exchange.flows.bell import rung_within
from exchange.flows.embeds.hub import Watcher
from exchange.flows.embeds.value import Embedded
from exchange.flows.ports import Ports

MOST = 50
"""Things in one stream."""
BEAT_SECONDS = 15.0
STREAM_SECONDS = 600.0
"""How long one stream lasts; then the browser asks again, perhaps another node."""

NAMES = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST}
EVENTS = Operation(
    "Embeds",
    {200: Answer("Events `value` and `checked`.", {"text/event-stream": {"type": "string"}})},
    {400: "embed_names", 404: "not_embedded", 429: "too_many_streams"},
    (Parameter("of", "query", NAMES, "What is shown, as `badges/KEY` or `portfolios/SECRET`.", True),),
)


@reads("/embed/events", public=True, opt=described(EVENTS))
async def events(request: AnyRequest, site: TheSite) -> Response[Any]:
    """A stream that tells of changes: `value` has the new public value, or null where there is none any
    more; `checked` says when it was last looked."""
    names = list(dict.fromkeys(request.query_params.getall("of", [])))
    if not names or len(names) > MOST:
        raise InputError("embed_names", f"Name what is shown as `of`, one to {MOST} times.", "of")
    ports = site.ports
    there = [name for name in names if await _find(ports, name)]
    if not there or ports.hub.closed:
        raise not_here()
    network = network_of(client_of(request, site))
    ports.hub.check_room(network)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    if request.method == "HEAD":
        return Response(b"", media_type="text/event-stream", headers=headers)
    told = _told(ports, names, network)
    # Who goes away while something is sent leaves it half told: its place is free then, not when it is
    # collected.
    closing = BackgroundTask(_close, told)
    return Stream(told, media_type="text/event-stream", headers=headers, background=closing)


async def _close(told: AsyncGenerator[bytes, None]) -> None:
    await told.aclose()


async def _find(ports: Ports, name: str) -> Embedded | None:
    try:
        return (await ports.hub.current(ports, name)).value
    except NotFoundError:
        return None


async def _told(ports: Ports, names: Sequence[str], network: str) -> AsyncGenerator[bytes, None]:
    """The events; for whom there is no room any more since it was looked, when to come again."""
    try:
        with ports.hub.watch(ports, names, network) as watcher:
            async for event in _heard(ports, watcher):
                yield event
    except TooManyError as error:
        yield b"retry: %d\n\n" % (error.retry_after * 1000)


async def _heard(ports: Ports, watcher: Watcher) -> AsyncGenerator[bytes, None]:
    loop = asyncio.get_running_loop()
    end = loop.time() + STREAM_SECONDS
    yield b"retry: 3000\n\n"
    for name in watcher.names:
        yield _value(ports, name, await _find(ports, name), ports.now())
    while loop.time() < end and not watcher.over:
        await rung_within(watcher.rung, BEAT_SECONDS)
        watcher.rung.clear()
        news, watcher.news = watcher.news, set()
        for name in sorted(news):
            value, looked = ports.hub.seen(name)
            yield _value(ports, name, value, looked or ports.now())
        if not news:
            yield _checked(ports, watcher)


def _value(ports: Ports, name: str, value: Embedded | None, at: datetime) -> bytes:
    said = value.to_json(ports.base_url, at) if value else None
    return _event("value", {"of": name, "value": said})


def _checked(ports: Ports, watcher: Watcher) -> bytes:
    """That all is as it was in the last look; a remark that says nothing, where none was possible."""
    said = {}
    for name in watcher.names:
        value, looked = ports.hub.seen(name)
        if value is not None and looked is not None and not ports.hub.is_overdue(name):
            said[name] = {
                "revision": value.revision,
                "checkedAt": format_date(looked),
                "freshUntil": format_date(value.fresh_until(looked)),
            }
    return _event("checked", said) if said else b": \n\n"


def _event(kind: str, said: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + strict_json.dump(said) + b"\n\n"
