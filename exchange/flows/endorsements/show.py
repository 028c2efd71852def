"""Show: whom an endorsement is about says whether it is seen. Its endorser learns only that it is not."""

from __future__ import annotations

from exchange.core import urls
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.endorsements.logged import show_leaf
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.instance.standing import check_writable
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports


async def received(ports: Ports, id: str) -> Endorsement:
    """One that is about who acts. NotFoundError("unknown_endorsement"), ForbiddenError."""
    check_person(ports)
    found = await ports.store.endorsement(id)
    if found is None or found.holder != ports.who.person or found.state == "drafted":
        raise NotFoundError("unknown_endorsement", f"There is no endorsement {id!r:.80} of you.")
    return found


async def show(ports: Ports, id: str) -> Endorsement:
    """Let everybody see it who sees what it is about. Doing it again changes nothing.

    ConflictError("endorsement_over") for what was taken back before anybody saw it: nobody is shown that.
    """
    found = await received(ports, id)
    if found.state == "withdrawn" and found.shown != "shown":
        raise ConflictError("endorsement_over", "It was withdrawn or replaced before; nothing was changed.")
    if found.barred:
        raise ConflictError("endorsement_barred", "Who answers for this badge has taken it off there.")
    return await _settle(ports, id, True)


async def hide(ports: Ports, id: str) -> Endorsement:
    """Let nobody see it there. It stays true, and who has it can show it."""
    return await _settle(ports, id, False)


async def _settle(ports: Ports, id: str, shown: bool) -> Endorsement:
    await received(ports, id)
    await check_writable(ports)
    now, url = ports.now(), urls.endorsement(ports.base_url, id)
    leaf = show_leaf(id, shown, url, now, ports.new_salt())
    await ports.store.settle_endorsement(id, "shown" if shown else "hidden", now, leaf)
    return await received(ports, id)
