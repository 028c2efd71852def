"""What mails say of endorsements by issuers: the owners of what is endorsed hear of each, and of its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.core import urls
from exchange.core.plain_text import one_line, plain
from exchange.errors import NotFoundError
from exchange.flows.endorsements.as_issuer import owner_of
from exchange.flows.endorsements.backings import Backing, find, name_of, one
from exchange.flows.mail.words import Link, Words, Write
from exchange.flows.ports import Ports
from exchange.flows.records import Parcel


async def _endorsed(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, what, found = await _backing(ports, said)
    return Words(
        f"{who} has endorsed “{what}”",
        (
            f"{who}, an issuer, has endorsed “{what}”, and says:",
            plain(found.line, 200),
            "It is signed with its key, and everybody sees it on the page of what it is about. You can hide "
            "it there.",
            Link("What others say of yours", _desk(ports, found)),
        ),
    )


async def _withdrawn(ports: Ports, parcel: Parcel, said: Mapping[str, Any]) -> Words:
    who, what, found = await _backing(ports, said)
    return Words(
        f"{who} has withdrawn an endorsement of “{what}”",
        (
            f"{who}, an issuer, has withdrawn what it had said of “{what}”. Where it was shown, it stays, as "
            "withdrawn.",
            Link("See it", urls.endorsement(ports.base_url, found.endorsement.id)),
        ),
    )


BACKING: dict[str, Write] = {"issuer-endorsed": _endorsed, "issuer-endorsement-withdrawn": _withdrawn}


async def _backing(ports: Ports, said: Mapping[str, Any]) -> tuple[str, str, Backing]:
    """Who endorses what. NotFoundError("unknown_endorsement")."""
    row = await find(ports, str(said["endorsement"]))
    found = await one(ports, row)
    if found is None:
        raise NotFoundError("unknown_endorsement", "This endorsement is not on record any more.")
    return one_line(found.issuer_name), await name_of(ports, row), found


def _desk(ports: Ports, found: Backing) -> str:
    return f"{ports.base_url}/desk/issuers/{owner_of(found.endorsement)}/endorsements#received"
