"""Sweep: finish what a crash left between intent and signature, forget what nobody asks for again, remind
who has not claimed a badge, tell of badges that end, and sign for what the log has gained."""

from __future__ import annotations

import logging
from datetime import timedelta

from exchange.errors import ExchangeError
from exchange.flows.claims.claim import remind
from exchange.flows.claims.codes import finish_uses
from exchange.flows.endorsements.ask import KEPT as REQUEST_KEPT
from exchange.flows.endorsements.asked import remind as ask_again
from exchange.flows.endorsements.write import DRAFT_LIFE as UNSIGNED_LIFE
from exchange.flows.instance.restore import notice_rollback
from exchange.flows.instance.standing import standing
from exchange.flows.issuers.prove import prove_again
from exchange.flows.log.log import checkpoint
from exchange.flows.orders.batches import DRAFT_LIFE, LIFE
from exchange.flows.ports import Ports
from exchange.flows.recipients.expiry import tell_of_expiry
from exchange.flows.sign import finish

_GRACE = timedelta(seconds=30)
"""How old an intent must be before somebody else than its own request may finish it."""

_UNSIGNED = timedelta(hours=1)
"""How long a copy of a portfolio may wait for its signature, which is made at once."""

_REMEMBERED = timedelta(days=30)
"""How long an Idempotency-Key stands for what was done with it, and a parcel is known after its delivery, or
could be tried again after it was given up."""


async def sweep(ports: Ports) -> int:
    """Sign the same recorded bytes for every intent that was left; how many were finished.

    A read-only instance leaves them as they are.
    """
    await _look_back(ports)
    if await standing(ports):
        return 0
    finished = 0
    await ports.store.forget_once(ports.now() - _REMEMBERED)
    await ports.store.forget_people(ports.now())
    await ports.store.forget_parcels(ports.now() - _REMEMBERED)
    await ports.store.forget_orders(ports.now() - DRAFT_LIFE, ports.now() - LIFE)
    for left in await ports.store.unfinished(ports.now() - _GRACE):
        try:
            await finish(ports, left)
            finished += 1
        except ExchangeError as error:
            logging.getLogger("exchange").warning("badge %s is still unsigned: %s", left.id, error)
    await finish_uses(ports)
    await remind(ports)
    await ports.store.forget_drafts(ports.now() - UNSIGNED_LIFE)
    await ports.store.forget_vouch_drafts(ports.now() - UNSIGNED_LIFE)
    await ports.store.forget_portfolio_copies(ports.now(), ports.now() - _UNSIGNED)
    await ports.store.forget_requests(ports.now() - REQUEST_KEPT)
    await ask_again(ports)
    if not await ports.store.scrub():
        logging.getLogger("exchange").warning("bytes of who was erased are still in the database's files")
    await prove_again(ports)
    try:
        await tell_of_expiry(ports)
    except ExchangeError as error:
        logging.getLogger("exchange").warning("nobody is told just now of badges that end: %s", error)
    await _sign_log(ports)
    return finished


async def _look_back(ports: Ports) -> None:
    """An older copy of the database may be put in its place while this runs, on PostgreSQL without a word."""
    try:
        if await notice_rollback(ports) and (found := await standing(ports)):
            logging.getLogger("exchange").critical("read-only: %s %s", found.message, found.remedy)
    except ExchangeError as error:
        logging.getLogger("exchange").warning("the last checkpoint is not compared: %s", error)


async def _sign_log(ports: Ports) -> None:
    """A checkpoint for what was added. A log that contradicts what was signed before gets none, loudly."""
    try:
        await checkpoint(ports)
    except ExchangeError as error:
        logging.getLogger("exchange").critical("the log is not signed for: %s", error)
