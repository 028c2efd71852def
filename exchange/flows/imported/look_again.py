"""Look again: at one, because its person asks; and at all of them, as often as their status lists ask for.

Every node takes what is due, by a lease of the row, so two never look at the same one at the same time, and
what a node left behind is due again. A look asks hosts that strangers chose, through the guarded fetch: so no
node makes more than BATCH of them in PAUSE.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from exchange.core.portfolio.imported import believe
from exchange.errors import ExchangeError
from exchange.flows.imported.listed import one_mine, unknown
from exchange.flows.imported.look import look
from exchange.flows.imported.records import Imported
from exchange.flows.instance.standing import check_writable, standing
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_limit, look_again_quotas

BATCH, PAUSE = 10, 30.0
"""How many looks, and each how many seconds: 20 a minute."""
LEASE = timedelta(minutes=5)

_log = logging.getLogger("exchange")


async def look_again(ports: Ports, id: str, person: str = "") -> Imported:
    """Look at one of who acts (the shell names a `person`) now. NotFoundError("unknown_imported"),
    ForbiddenError, TooManyError, UnavailableError."""
    row = await one_mine(ports, id, person)
    await check_writable(ports)
    await check_limit(ports, look_again_quotas(row.person, row.id))
    await _look(ports, row)
    return await one_mine(ports, id, person)


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
    await ports.store.put_look(row.id, believe(row.look, looked.seen, ports.now()))
