"""Show: whom a vouch is for says whether it is displayed. It is until they hide it, since nobody finds it to
whom they did not give its address; its giver learns only whether it is.

What is hidden says on its page who gave it and that it is not displayed, and none of the words. It stays a
valid badge: who has the signed document can verify it, and it takes its place of the budget.
"""

from __future__ import annotations

from exchange.core import urls
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.logged import show_leaf
from exchange.flows.instance.standing import check_writable
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.vouches.records import Vouch


async def received(ports: Ports, id: str) -> Vouch:
    """One that who acts was given. NotFoundError("unknown_vouch"), ForbiddenError."""
    check_person(ports)
    found = await ports.store.vouch(id)
    if found is None or found.holder != ports.who.person or found.state == "drafted":
        raise NotFoundError("unknown_vouch", f"There is no vouch {id!r:.80} for you.")
    return found


async def show(ports: Ports, id: str) -> Vouch:
    """Display it again. Doing it again changes nothing. ConflictError("vouch_over") for one that was hidden
    when it was taken back; as `received`; UnavailableError."""
    found = await received(ports, id)
    if found.shown == "hidden" and (found.state != "signed" or found.is_set):
        raise ConflictError("vouch_over", "It was withdrawn or replaced before; nothing was changed.")
    return await _settle(ports, id, True)


async def hide(ports: Ports, id: str) -> Vouch:
    """Display it no more. As `received`; UnavailableError."""
    await received(ports, id)
    return await _settle(ports, id, False)


async def _settle(ports: Ports, id: str, shown: bool) -> Vouch:
    await check_writable(ports)
    url = urls.badge(ports.base_url, id)
    leaf = show_leaf(id, shown, url, ports.now(), ports.new_salt(), what="vouch")
    await ports.store.settle_vouch(id, "shown" if shown else "hidden", leaf)
    return await received(ports, id)
