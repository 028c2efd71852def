"""Endings: the bit of an endorsement, or of the credential of a key, and the lists that show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exchange.core import urls
from exchange.flows.badges.status import published_list
from exchange.flows.endorsements.logged import withdraw_leaf
from exchange.flows.log.log import status_leaf
from exchange.flows.ports import Ports
from exchange.flows.records import Ending, StatusChange


def ending(ports: Ports, id: str, reason: str, now: datetime) -> Ending:
    """Sets the bit of an endorsement, or of the credential of a key."""
    change = StatusChange(id, "revocation", True, reason, now)
    return Ending(change, withdraw_leaf(change, urls.endorsement(ports.base_url, id), ports.new_salt()))


def over(ports: Ports, id: str, reason: str, now: datetime) -> Ending:
    """The same of a vouch, which is a badge."""
    change = StatusChange(id, "revocation", True, reason, now)
    return Ending(change, status_leaf(change, urls.badge(ports.base_url, id), ports.new_salt()))


async def publish(ports: Ports, ids: Sequence[str]) -> None:
    """Sign the lists anew that say what has become of these."""
    badges = [await ports.store.badge(id) for id in ids]
    for list_id in dict.fromkeys(slot.list_id for badge in badges if badge for slot in badge.slots):
        await published_list(ports, list_id)
