"""What a mail is made of before it is laid out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from exchange.flows.ports import Ports
from exchange.flows.records import Parcel


@dataclass(frozen=True, slots=True)
class Link:
    """A paragraph of its own: what is there, and where."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Words:
    """A mail before it is laid out."""

    subject: str
    paragraphs: tuple[str | Link, ...]


Write = Callable[[Ports, Parcel, Mapping[str, Any]], Awaitable[Words]]
"""The words of one kind of mail, of a parcel and what its payload says."""


def host_of(ports: Ports) -> str:
    """How people call this exchange where there is little room."""
    return urlsplit(ports.base_url).netloc
