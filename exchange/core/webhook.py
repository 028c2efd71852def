"""How an issuer is told of events: a message that its receiver can check (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def secret_text(secret: bytes) -> str:
    """As its owner keeps it: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def sign_message(secret: bytes, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that go with `body`: which message it is, when it was sent, and HMAC-SHA-256 over all
    three, `id.timestamp.body` (Standard Webhooks, "Signature scheme")."""
    timestamp = str(int(at.timestamp()))
    digest = hmac.digest(secret, b".".join((id.encode(), timestamp.encode(), body)), hashlib.sha256)
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
