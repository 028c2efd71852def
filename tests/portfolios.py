"""A company in which people make portfolios of what they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from exchange.core.portfolio.portfolio import Item, Portfolio
from exchange.core.portfolio.shown import Shown
from exchange.flows.claims.claim import answer
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.show import show as let_show
from exchange.flows.portfolios.edit import edit
from exchange.flows.portfolios.make import make
from exchange.flows.portfolios.records import Kept, Link
from exchange.flows.portfolios.share import Wish, share
from exchange.flows.portfolios.show import Keys, find_shared, shown_of
from exchange.flows.ports import Ports
from tests.endorsing import Peer
from tests.simulator import run
from tests.vouching import VouchingTown


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, store: Any) -> None:
        self.store, self.calls = store, 0

    def __getattr__(self, name: str) -> Any:
        self.calls += 1
        return getattr(self.store, name)


async def shown_by_secret(ports: Ports, secret: str) -> tuple[Shown, Keys]:
    """What it shows, judged anew each time, as nothing of it was kept."""
    return await shown_of(ports, await find_shared(ports, secret), secret)


@dataclass
class PortfolioTown(VouchingTown):
    """Ben has two badges, of which Ana endorses the first; she vouches for him too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.first, self.second = self.accepted(), self.accepted()
        self.said = self.endorsed(self.ana, self.first)
        self.vouch = self.give(self.ana, self.ben)

    def accepted(self, **order: Any) -> str:
        key = self.award("mailto:ben@example.org", **order).key
        run(answer(self.ben.ports, key, "accept"))
        return key

    def endorsed(self, by: Peer, badge: str, line: str = "Kept everybody calm.") -> Endorsement:
        one = by.endorse(badge, line)
        run(let_show(self.ben.ports, one.id))
        return one

    def make(self, headline: str = "Six years of calm incidents") -> Kept:
        return run(make(self.ben.ports, self.ben.person.id, headline, "skills"))

    def with_items(self, *items: Item, **said: Any) -> Kept:
        """A portfolio of just these."""
        kept = self.make()
        value = Portfolio(headline=kept.portfolio.headline, items=items, **said)
        return run(edit(self.ben.ports, kept.id, value, kept.revision))

    def everything(self, **said: Any) -> Kept:
        return self.with_items(
            Item(key="one", kind="badge", id=self.first),
            Item(key="two", kind="badge", id=self.second),
            Item(key="said", kind="endorsement", id=self.said.id),
            Item(key="vouch", kind="vouch", id=self.vouch.id),
            **said,
        )

    def change(self, kept: Kept, **said: Any) -> Kept:
        return run(edit(self.ben.ports, kept.id, replace(kept.portfolio, **said), kept.revision))

    def share(self, kept: Kept, label: str = "The board", **wish: Any) -> tuple[Link, str]:
        """The link and its secret; any site may frame it unless said."""
        wish.setdefault("origins", None)
        link, url = run(share(self.ben.ports, kept.id, Wish(label, **wish)))
        return link, url.rpartition("/")[2]

    def shown(self, secret: str) -> Shown:
        return run(shown_by_secret(self.ports, secret))[0]
