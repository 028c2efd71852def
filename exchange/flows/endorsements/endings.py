"""Endings: the bit of an endorsement, or of the credential of a key, and the lists that show it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from exchange.core import urls
from exchange.errors import UnavailableError
from exchange.flows.badges.status import published_list
from exchange.flows.endorsements.logged import halt_leaf, withdraw_leaf
from exchange.flows.log.log import status_leaf
from exchange.flows.people.records import Person
from exchange.flows.ports import Ports
from exchange.flows.records import Ending, StatusChange

HALTED = "Whose key it is was suspended."
LATER = "A newer one takes its place."
RESUMED = "Whose key it is may speak for others again."


def ending(ports: Ports, id: str, reason: str, now: datetime) -> Ending:
    """Sets the bit of an endorsement, or of the credential of a key."""
    change = StatusChange(id, "revocation", True, reason, now)
    return Ending(change, withdraw_leaf(change, urls.endorsement(ports.base_url, id), ports.new_salt()))


def over(ports: Ports, id: str, reason: str, now: datetime) -> Ending:
    """The same of a vouch, which is a badge."""
    change = StatusChange(id, "revocation", True, reason, now)
    return Ending(change, status_leaf(change, urls.badge(ports.base_url, id), ports.new_salt()))


async def halts(ports: Ports, person: Person) -> list[Ending]:
    """Sets the bits of all credentials of somebody's keys, or clears them: as they will stand, `person`."""
    now, on, found = ports.now(), bool(person.halted), []
    for key in await ports.store.endorser_keys(person.id):
        for id in await ports.store.key_credentials(key.did):
            change = StatusChange(id, "suspension", on, HALTED if on else RESUMED, now)
            found.append(
                Ending(change, halt_leaf(change, urls.endorsement(ports.base_url, id), ports.new_salt()))
            )
    return found


async def publish_anyway(ports: Ports, ids: Sequence[str]) -> None:
    """`publish` for what counts whether or not the exchange can sign just now: lists that cannot be signed
    are when they are asked for next, and until then served by nobody."""
    try:
        await publish(ports, ids)
    except UnavailableError as error:
        logging.getLogger("exchange").warning("the status of what was signed is not published yet: %s", error)


async def publish(ports: Ports, ids: Sequence[str]) -> None:
    """Sign the lists anew that say what has become of these."""
    badges = [await ports.store.badge(id) for id in ids]
    for list_id in dict.fromkeys(slot.list_id for badge in badges if badge for slot in badge.slots):
        await published_list(ports, list_id)
