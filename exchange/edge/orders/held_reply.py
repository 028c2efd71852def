"""A held award, as programs are told of it."""

from __future__ import annotations

from typing import Any

from litestar import Response

from exchange.core import strict_json, urls
from exchange.core.dates import format_date
from exchange.edge.http.describe import JSON
from exchange.edge.http.replies import AnyRequest, reply
from exchange.flows.orders.hold import order_of
from exchange.flows.orders.records import Held
from exchange.flows.ports import Ports


async def held_reply(request: AnyRequest, ports: Ports, held: Held, status: int = 200) -> Response[bytes]:
    """The answer to whoever held, approved or refused it."""
    body = strict_json.dump(held_document(ports, held))
    return reply(request, body, JSON, status=status, cache="no-store")


def held_document(ports: Ports, held: Held) -> dict[str, Any]:
    order = order_of(held)
    return {
        "id": held.id,
        "issuer": held.issuer,
        "badge": held.achievement,
        "version": order.version,
        "to": held.recipient,
        "evidence": list(order.evidence),
        "narrative": order.narrative,
        **({"validUntil": format_date(order.valid_until)} if order.valid_until else {}),
        "state": held.state,
        "at": format_date(held.asked_at),
        **({"reason": held.reason} if held.reason else {}),
        **({"award": urls.badge(ports.base_url, held.badge)} if held.badge else {}),
    }
