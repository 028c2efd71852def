"""Mine: the portfolios of a person, with their links. Nobody else sees them but who was given a link, unless
they made one public: who runs the exchange neither, unless they have the machine."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.errors import ForbiddenError, NotFoundError
from exchange.flows.people.rights import is_self
from exchange.flows.portfolios.records import Kept, Link, Publication
from exchange.flows.ports import Ports


@dataclass(frozen=True, slots=True)
class Mine:
    """A portfolio, its links, the newest first, and how it is public, if it is."""

    kept: Kept
    links: tuple[Link, ...]
    public: Publication | None = None

    @property
    def id(self) -> str:
        return self.kept.id


def check_theirs(ports: Ports, person: str) -> None:
    """ForbiddenError("not_permitted") unless it is they themselves who act, in a browser, or the shell."""
    if ports.who.method != "shell" and not is_self(ports, person):
        raise ForbiddenError("not_permitted", "Only you yourself may do that, signed in with a browser.")


async def portfolios(ports: Ports, person: str) -> list[Mine]:
    """A person's, the oldest first. ForbiddenError."""
    check_theirs(ports, person)
    kept = await ports.store.portfolios(person)
    links = await ports.store.portfolio_links([one.id for one in kept])
    public = {one.portfolio: one for one in await ports.store.publications(person)}
    return [
        Mine(one, tuple(link for link in links if link.portfolio == one.id), public.get(one.id))
        for one in kept
    ]


async def find(ports: Ports, id: str) -> Kept:
    """One of who acts. NotFoundError("unknown_portfolio") for others' as for none; ForbiddenError of who acts
    as nobody."""
    if ports.who.method != "shell":
        check_theirs(ports, ports.who.person)
    found = await ports.store.portfolio(id)
    if found is None or (ports.who.method != "shell" and found.person != ports.who.person):
        raise NotFoundError("unknown_portfolio", f"There is no portfolio {id!r:.80} of yours.")
    return found


async def one(ports: Ports, id: str) -> Mine:
    """The same, with its links."""
    kept = await find(ports, id)
    return Mine(kept, tuple(await ports.store.portfolio_links([id])), await public_of(ports, kept))


async def public_of(ports: Ports, kept: Kept) -> Publication | None:
    """How it is public; None while it is not."""
    every = await ports.store.publications(kept.person)
    return next((one for one in every if one.portfolio == kept.id), None)


async def link_of(ports: Ports, id: str, link: str) -> Link:
    """A link of one of who acts. NotFoundError("unknown_link"), and as `find`."""
    await find(ports, id)
    found = next((one for one in await ports.store.portfolio_links([id]) if one.id == link), None)
    if found is None:
        raise NotFoundError("unknown_link", f"There is no link {link!r:.80} of this portfolio.")
    return found
