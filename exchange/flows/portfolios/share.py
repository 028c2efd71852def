"""Share: a link to a portfolio, for one audience. Who has its secret sees what it shows, until it is over or
switched off; only the secret's hash is kept, so its address is told this once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.core import urls
from exchange.core.plain_text import one_line
from exchange.core.portfolio.framing import check_origins
from exchange.errors import ConflictError, InputError
from exchange.flows.instance.standing import check_writable
from exchange.flows.portfolios.mine import find, link_of
from exchange.flows.portfolios.records import Link
from exchange.flows.ports import Ports
from exchange.flows.sign_in.secrets import hash_of

MOST = 50
"""How many links of a portfolio may be on."""
LABEL = 80


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom, as its holder calls them; which items, by their keys, None for all that are not hidden; until
    when, None for as long as it is on; whether it counts how often it was opened; and which sites may show it
    in a frame, None for any."""

    label: str
    items: Sequence[str] | None = None
    expires_at: datetime | None = None
    receipt: bool = False
    origins: Sequence[str] | None = ()


async def share(ports: Ports, id: str, wish: Wish) -> tuple[Link, str]:
    """The link, and its address.

    InputError: label_missing, label_too_long, unknown_item, nothing_chosen, expiry_past, and as
    `check_origins`; ConflictError("links_too_many"), and as `find`; UnavailableError.
    """
    kept = await find(ports, id)
    await check_writable(ports)
    label = one_line(wish.label, LABEL + 1)
    if not label:
        raise InputError("label_missing", "Say for whom it is, so that you know it again.", "/label")
    if len(label) > LABEL:
        raise InputError("label_too_long", f"It has room for {LABEL} characters.", "/label")
    if wish.expires_at is not None and wish.expires_at <= ports.now():
        raise InputError("expiry_past", "It would be over already. Choose a later day.", "/expires")
    items = None if wish.items is None else tuple(dict.fromkeys(wish.items))
    known = {one.key for one in kept.portfolio.items if not one.hidden}
    if items is not None and not items:
        raise InputError("nothing_chosen", "Choose at least one item, or all of them.", "/items")
    for key in items or ():
        if key not in known:
            message = f"{key!r:.60} is no item of this portfolio that is shown."
            raise InputError("unknown_item", message, "/items")
    origins = None if wish.origins is None else check_origins(wish.origins)
    now = ports.now()
    if sum(one.stands(now) for one in await ports.store.portfolio_links([id])) >= MOST:
        message = f"{MOST} links of this portfolio are on. Switch one off first."
        raise ConflictError("links_too_many", message)
    secret = ports.new_secret()
    link = Link(
        *(ports.new_id(), id, label, hash_of(secret), items, wish.receipt, now),
        expires_at=wish.expires_at,
        origins=origins,
    )
    await ports.store.put_portfolio_link(link)
    return link, urls.shared(ports.base_url, secret)


async def off(ports: Ports, id: str, link: str) -> Link:
    """Switch one off for good; the others stay. Said twice, it is off.

    NotFoundError("unknown_link"), and as `find`; UnavailableError.
    """
    found = await link_of(ports, id, link)
    await check_writable(ports)
    now = ports.now()
    if await ports.store.end_portfolio_link(link, now):
        return replace(found, off_at=now)
    return found
