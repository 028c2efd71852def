"""Idempotency keys: a write that is sent again has its effect once, and gets the same answer.

A program sends the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): same key and same
request, same bytes back; same key and another request, 422. A form carries a key of its own in the field
`once`, so that a double click does nothing twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from exchange.core import strict_json
from exchange.edge.http.replies import AnyRequest
from exchange.errors import InputError
from exchange.flows.ports import Ports
from exchange.flows.records import Once

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


async def once_of(request: AnyRequest, ports: Ports) -> Once | None:
    """What the header asks for, None without one. InputError("idempotency_key_malformed")."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InputError(
            "idempotency_key_malformed",
            "An Idempotency-Key has 1 to 255 visible characters; a UUID is a good one.",
            "Idempotency-Key",
        )
    return _once(f"api:{key}", request, await request.body(), ports)


def once_in(request: AnyRequest, fields: Mapping[str, str], ports: Ports) -> Once | None:
    """What a form's own key asks for, None for a form that came without one."""
    key = fields.get("once", "")
    if not _KEY.fullmatch(key):
        return None
    return _once(f"form:{key}", request, strict_json.dump(dict(fields)), ports)


def _once(key: str, request: AnyRequest, body: bytes, ports: Ports) -> Once:
    """Each person has keys of their own: nobody gets the answer to what another asked."""
    asked = f"{request.method} {request.url.path}\n".encode() + body
    return Once(f"{ports.who.person}:{key}", hashlib.sha256(asked).hexdigest(), ports.now())
