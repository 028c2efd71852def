"""Sessions: where somebody is signed in, for themselves to see and to end."""

from __future__ import annotations

from exchange.errors import AlreadyDoneError, NotFoundError
from exchange.flows.once import first_time
from exchange.flows.people.records import Session
from exchange.flows.people.rights import check_self
from exchange.flows.ports import Ports
from exchange.flows.records import Once


async def sessions(ports: Ports, person: str) -> list[Session]:
    """Those that are still good, last seen first. ForbiddenError."""
    check_self(ports, person)
    now = ports.now()
    return [session for session in await ports.store.sessions(person) if session.expires_at > now]


async def end(ports: Ports, person: str, session: str) -> None:
    """End one, by its hash or the beginning of it. NotFoundError("unknown_session"), ForbiddenError."""
    known = await sessions(ports, person) if len(session) >= 8 else []
    found = [one for one in known if one.hash.startswith(session)]
    if len(found) != 1 or not await ports.store.end_session(found[0].hash):
        raise NotFoundError("unknown_session", "There is no such session any more.")


async def end_all(ports: Ports, person: str, once: Once | None = None) -> int:
    """Sign out everywhere but here; how many sessions ended. ForbiddenError."""
    check_self(ports, person)
    try:
        return await ports.store.end_sessions(
            person, ports.who.session, await first_time(ports, once, person)
        )
    except AlreadyDoneError:
        return 0
