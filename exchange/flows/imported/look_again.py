"""Look again: at one, because its person asks; and at all of them, as often as their status lists ask for.

Every node takes what is due, by a lease of the row, so two never look at the same one at the same time, and
what a node left behind is due again. A look asks hosts that strangers chose, through the guarded fetch: so no
node makes more than BATCH of them in PAUSE.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from exchange.core.portfolio.imported import believe, state_at
from exchange.errors import ExchangeError
from exchange.flows.imported.listed import one_mine, unknown
from exchange.flows.imported.look import look
from exchange.flows.imported.records import Imported
from exchange.flows.imported.signed import taken_out
from exchange.flows.instance.standing import check_writable, standing
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_limit, look_again_quotas

BATCH, PAUSE = 10, 30.0
"""How many looks, and each how many seconds: 20 a minute."""
LEASE = timedelta(minutes=5)
FRESH, AT_ONCE = timedelta(minutes=5), 5
PATIENCE = 30.0
"""What was found so lately is not asked for again where it is to be signed; how many are asked at once; and
for how many seconds, in all."""

_log = logging.getLogger("exchange")


async def look_again(ports: Ports, id: str, person: str = "") -> Imported:
    """Look at one of who acts (the shell names a `person`) now. NotFoundError("unknown_imported"),
    ForbiddenError, TooManyError, UnavailableError."""
    row = await one_mine(ports, id, person)
    await check_writable(ports)
    await check_limit(ports, look_again_quotas(row.person, row.id))
    await _look(ports, row)
    return await one_mine(ports, id, person)


async def look_at_these(ports: Ports, ids: Sequence[str]) -> set[str]:
    """Look at each anew, for their keeper, whose times are counted where this is asked for; those that a look
    found good just now, or nearly."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(row: Imported) -> None:
        async with gate:
            await _look(ports, row)

    rows = await ports.store.imported(ids)
    old = [row for row in rows if not _told(row, ports.now() - FRESH)]
    try:
        async with asyncio.timeout(PATIENCE):
            looks = await asyncio.gather(*(one(row) for row in old), return_exceptions=True)
    except TimeoutError:  # whoever waits has those that answered
        looks = []
    for error in looks:
        if isinstance(error, BaseException) and not isinstance(error, ExchangeError):
            raise error
    rows, now = await ports.store.imported(ids), ports.now()
    return {row.id for row in rows if _told(row, now - FRESH) and state_at(row.look, now)[0] == "valid"}


def _told(row: Imported, since: datetime) -> bool:
    """Whether the last look at it could tell, and was later than that."""
    return row.look.checked_at == row.look.tried_at and row.look.tried_at > since


async def look_at_due(ports: Ports) -> int:
    """Look at some of those that are due; how many."""
    now = ports.now()
    due = await ports.store.lease_imported(now, now + LEASE, BATCH)
    for error in await asyncio.gather(*(_look(ports, row) for row in due), return_exceptions=True):
        if isinstance(error, ExchangeError):  # its lease runs out, and it is due again
            _log.warning("an imported badge was not looked at: %s", error)
        elif isinstance(error, BaseException):
            raise error
    return len(due)


async def look_for_ever(ports: Ports) -> None:
    """Look at what is due, again and again, until cancelled."""
    while True:
        await asyncio.sleep(PAUSE)
        try:
            if not await standing(ports):
                await look_at_due(ports)
        except ExchangeError as error:
            _log.warning("imported badges are not looked at just now: %s", error)
        except Exception:
            _log.exception("imported badges are not looked at just now; it is tried again in a while")


async def _look(ports: Ports, row: Imported) -> None:
    data = await ports.store.imported_bytes(row.id)
    if data is None:  # removed meanwhile
        raise unknown(row.id)
    looked = await look(ports, row.person, data)
    document = None if await ports.store.imported_sizes([row.id]) else await taken_out(ports, data)
    await ports.store.put_look(row.id, believe(row.look, looked.seen, ports.now()), document)
