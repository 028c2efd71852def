"""Profiles: who somebody is in signed documents, under a pseudonym; and who the exchange itself is there.

Nobody's account or address is ever in what is signed. A pseudonym is made when it is needed first, stays for
good, and leads nowhere unless its person wants that.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from exchange.core import urls
from exchange.errors import NotFoundError
from exchange.flows.endorsements.records import EXCHANGE, Profile
from exchange.flows.issuers.issuers import put_issuer
from exchange.flows.people.records import Person
from exchange.flows.ports import Ports


async def profile_of(ports: Ports, person: str) -> str:
    """The URL of their pseudonym."""
    made = Profile(ports.new_id(), person, ports.now())
    return urls.profile(ports.base_url, (await ports.store.settle_profile(made)).id)


async def person_of(ports: Ports, profile: str) -> Person:
    """Whose pseudonym that is, by its key or URL. NotFoundError("unknown_profile")."""
    key = urls.key_of(ports.bases, "profiles", profile)
    known = await ports.store.profile(key) if key else None
    person = await ports.store.person(known.person) if known else None
    if person is None or person.state == "erased":
        raise unknown_profile(profile)
    return person


def unknown_profile(profile: str) -> NotFoundError:
    """Also for one that is there, but not for who asks: the two answers are the same."""
    return NotFoundError("unknown_profile", f"There is no profile {profile!r:.120} here.")


async def ensure_exchange(ports: Ports) -> None:
    """Make the issuer known that the exchange itself is, unless it is."""
    if await ports.store.issuer(EXCHANGE) is None or not await ports.store.keys(EXCHANGE):
        host = urlsplit(ports.base_url).netloc
        profile = {"type": ["Profile"], "name": f"The exchange at {host}", "url": ports.base_url}
        await put_issuer(ports, EXCHANGE, profile, "desk")
