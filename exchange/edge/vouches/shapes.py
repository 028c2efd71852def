"""The shapes of vouches, for the API's description; see `edge/http/shapes.py`."""

from __future__ import annotations

from typing import Literal, TypedDict

from exchange.edge.endorsements.shapes import Endorser
from exchange.edge.http.shapes import Text, Time, Url


class Budget(TypedDict):
    """How many vouches their giver has in use, of how many: peers' and sponsors' together."""

    inUse: int
    of: int


class Vouch(TypedDict):
    """A vouch, or thanks, as it stands now; what was signed is the badge itself. `kind` is whose word it is.
    `signedBy`: whether only its giver has the key, or the exchange recorded it for them.
    `displayed`: its holder has not hidden it."""

    id: Url
    kind: Literal["peer", "sponsor", "thanks"]
    families: list[str]
    giver: Endorser
    signedBy: Literal["giver", "exchange"]
    relationship: Text
    state: Literal["active", "suspended", "withdrawn", "superseded", "expired"]
    displayed: bool
    signedAt: Time
    until: Time
    budget: Budget
