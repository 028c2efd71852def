"""Codes and their uses as documents: the same for programs and for a terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.flows.claims.codes import link
from exchange.flows.claims.records import Code, CodeUse
from exchange.flows.ports import Ports


def state_of(code: Code, now: datetime) -> str:
    """How it stands with a code; of several the first that holds."""
    if code.closed_at is not None:
        return "closed"
    if code.expires_at <= now:
        return "over"
    return "full" if code.taken >= code.quota else "open"


def code_document(ports: Ports, code: Code) -> dict[str, Any]:
    """A code, without its single ones."""
    document: dict[str, Any] = {
        "id": code.id,
        "issuer": code.issuer,
        "badge": code.achievement,
        "title": code.title,
        "quota": code.quota,
        "taken": code.taken,
        "approval": code.approval,
        "until": format_date(code.expires_at),
        "made": format_date(code.created_at),
        "state": state_of(code, ports.now()),
    }
    return document | ({"link": link(ports.base_url, code.word)} if code.word else {})


def use_document(ports: Ports, use: CodeUse) -> dict[str, Any]:
    """Somebody who used one."""
    document = {"id": use.id, "person": use.person, "state": use.state, "at": format_date(use.at)}
    return document | ({"badge": urls.badge(ports.base_url, use.badge)} if use.badge else {})
