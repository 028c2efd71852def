"""What mails say of vouches: somebody was vouched for or thanked, or that was taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.core.credentials.vouch import Vouch as Said
from exchange.core.plain_text import as_named, plain
from exchange.errors import NotFoundError
from exchange.flows.mail.portfolios import in_portfolios
from exchange.flows.mail.words import Link, Words, Write
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel
from exchange.flows.vouches.listed import line_of


async def _vouched(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, name, vouch = await _vouch(ports, said)
    did = {
        "peer": f"{who} vouches for you, as a peer: “{name}”",
        "sponsor": f"{who} puts their name to you, as a sponsor: “{name}”",
    }.get(vouch.kind, f"{who} thanks you: “{name}”")
    return Words(
        did,
        (
            f"{did}. They say:",
            plain(vouch.words, 300),
            "It is a badge of yours. Nobody else finds it unless you show it to them.",
            Link("See it", f"{ports.base_url}/account/vouches"),
        ),
    )


async def _withdrawn(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, name, _ = await _vouch(ports, said)
    return Words(
        f"{who} has withdrawn “{name}”",
        (
            f"{who} has withdrawn “{name}”, which they had given you. Whoever verifies it from now on sees "
            "that it does not stand any more. They need not say why.",
            Link("Your vouches", f"{ports.base_url}/account/vouches"),
            *await in_portfolios(ports, parcel, str(said["endorsement"])),
        ),
    )


async def _ended(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    """To who gave it, and to whom."""
    who, name, _ = await _vouch(ports, said)
    return Words(
        f"“{name}”, given twice by {who}, stands once",
        (
            f"{who} had given “{name}” to two accounts that are one person's now. The first one stands. "
            "Whoever verifies the other one from now on sees that it does not stand any more, and it takes "
            "no place among the vouches in use.",
            Link("Vouches", f"{ports.base_url}/account/vouches"),
        ),
    )


VOUCHING: dict[str, Write] = {
    "vouched": _vouched,
    "vouch-withdrawn": _withdrawn,
    "vouch-ended": _ended,
}


async def _vouch(ports: Ports, said: Mapping[str, Any]) -> tuple[str, str, Said]:
    """Who gave what. NotFoundError("unknown_vouch")."""
    one = await ports.store.vouch(str(said["endorsement"]))
    line = await line_of(ports, one) if one else None
    if line is None:
        raise NotFoundError("unknown_vouch", "This vouch is not on record any more.")
    return as_named(line.giver), as_named(line.name), line.said
