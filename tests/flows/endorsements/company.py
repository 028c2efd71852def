"""A company with three teams, in which Ana holds a badge that others endorse."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange.core import urls
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.show import show
from exchange.flows.endorsements.trust import Summary, of_badge
from exchange.flows.people.records import Browser
from exchange.flows.people.teams import add, join
from exchange.flows.sign_in.sign_in import open_session
from tests.endorsing import EndorsingTown, Peer
from tests.simulator import run


@dataclass
class Company(EndorsingTown):
    """Ana holds a badge; Ben is in her team, Cleo in another one, and Dora keeps no key."""

    holder: str = "ana@example.org"
    ana: Peer = field(init=False)
    ben: Peer = field(init=False)
    cleo: Peer = field(init=False)
    dora: Peer = field(init=False)
    badge: str = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        for slug in ("payments", "search", "legal"):
            run(add(self.ports, slug, slug.title()))
        self.ana, self.ben = self.peer("Ana Łucja", self.holder), self.peer("Ben")
        self.cleo, self.dora = self.peer("Cleo"), self.peer("Dora")
        for peer, team in ((self.ana, "payments"), (self.ben, "payments"), (self.cleo, "search")):
            run(join(self.ports, team, peer.person.id))
        self.ben.make_key()
        self.cleo.make_key()
        self.badge = self.award(f"mailto:{self.holder}").key

    def join(self, team: str, peer: Peer) -> None:
        run(join(self.ports, team, peer.person.id))

    def session(self, peer: Peer) -> str:
        """The secret of a session of theirs."""
        return run(open_session(self.ports, peer.person, "link", Browser())).session

    def shown(self, one: Endorsement) -> Endorsement:
        run(show(self.ana.ports, one.id))
        return one

    def summary(self, receiving: str = "") -> Summary:
        return run(of_badge(self.ports, self.badge, receiving))

    def id(self, one: Endorsement) -> str:
        return urls.endorsement(self.ports.base_url, one.id)
