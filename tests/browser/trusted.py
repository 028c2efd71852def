"""A badge that people of several teams endorse, for the page that says what they say together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from exchange.flows.endorsements.show import show
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.ports import Ports
from tests.browser.site import LiveSite
from tests.flows.endorsements.company import Company
from tests.simulator import run


@dataclass
class LiveCompany(Company):
    """The same people, at a site."""

    site: LiveSite | None = None

    @property
    def ports(self) -> Ports:
        assert self.site is not None
        return self.site.ports


def trusted(site: LiveSite) -> str:
    """Its key. One who endorses it is endorsed in return, and one does so no more."""

    def fill() -> str:
        town = LiveCompany(world=site.world, holder="una@example.org", site=site)
        for n, name in enumerate(("Emil Ångström", "Fay", "Gus", "Hal", "Ivy")):
            peer = town.peer(name, f"endorser-{n}@example.org")
            town.join("search", peer)
            town.shown(peer.endorse(town.badge, "Wrote it all down.", team="search", relationship="client"))
        town.ana.make_key()
        mine = town.ana.endorse(town.award("mailto:ben@example.org").key)
        run(show(town.ben.ports, mine.id))
        town.shown(town.ben.endorse(town.badge, team="payments"))
        town.shown(town.cleo.endorse(town.badge, team="search", relationship="mentee"))
        gone = town.shown(town.dora.endorse(town.badge))
        run(withdraw(town.dora.ports, gone.id))
        return town.badge

    with ThreadPoolExecutor(1) as pool:  # the driver of the browser has this thread's loop
        return pool.submit(fill).result()
