"""Who is blocked reads on every page what they would otherwise; whom they wrote of reads nothing of it."""

from __future__ import annotations

from typing import Any

from exchange.flows.endorsements.ask import Wish, ask
from exchange.flows.endorsements.asked import Answer, answer
from exchange.flows.people.records import Browser
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.endorsing import Peer
from tests.simulator import run
from tests.vouching import VouchingTown

LINE = "Kept everybody calm."
WORDS = "Led the move."


class Site(VouchingTown):
    """Ben has answered Ana's request, then she endorses his badge and vouches for him."""

    def __init__(self, said: Answer) -> None:
        super().__init__()
        self.client = DescribedClient(self.world.ports)
        self.badge = self.award("mailto:ben@example.org").key
        (request,) = run(ask(self.ana.ports, Wish("", ["ben@example.org"])))
        run(answer(self.ben.ports, request.id, said))
        self.endorsement = self.ana.endorse(self.badge, LINE)
        self.vouch = self.give(self.ana, self.ben, words=WORDS)

    def page(self, path: str, peer: Peer | None = None) -> str:
        opened = run(open_session(self.ports, peer.person, "link", Browser())) if peer else None
        cookie = {"cookie": f"exchange_session={opened.session}"} if opened else {}
        answered = self.client.get(path, headers={**PAGE, **cookie})
        assert answered.status_code == 200, path
        return answered.text

    def json(self, path: str) -> Any:
        answered = self.client.get(path, headers={"accept": "application/json"})
        assert answered.status_code == 200, path
        return answered.json()

    def states(self) -> dict[str, Any]:
        """What programs and strangers are told."""
        vouch = self.json(f"/badges/{self.vouch.id}/vouch")
        return {
            "endorsements": self.json(f"/badges/{self.badge}/endorsements"),
            "trust": self.json(f"/badges/{self.badge}/trust"),
            "vouch": (vouch["state"], vouch["displayed"], vouch["budget"]),
            "words": WORDS in self.page(f"/badges/{self.vouch.id}"),
            "line": LINE in self.page(f"/endorsements/{self.endorsement.id}"),
            "log": [self.json(f"/log/entries/{n}")["kind"] for n in range(run(self.ports.store.log_size()))],
        }

    def seen(self, peer: Peer) -> list[bool]:
        """Whether these are on their pages."""
        about = ((self.endorsement.id, "/account/endorsements"), (self.vouch.id, "/account/vouches"))
        return [text in self.page(path, peer) for text, path in about]


def test_pages_and_programs_say_of_a_block_what_they_say_of_a_no() -> None:
    refused, blocked = Site("decline"), Site("block")
    assert blocked.states() == refused.states()
    assert blocked.seen(blocked.ana) == refused.seen(refused.ana) == [True, True]
    assert refused.seen(refused.ben) == [True, True]
    assert blocked.seen(blocked.ben) == [False, False]
    for path in ("/account", "/account/badges", "/account/portfolios", f"/badges/{blocked.badge}"):
        assert blocked.endorsement.id not in blocked.page(path, blocked.ben)
        assert blocked.vouch.id not in blocked.page(path, blocked.ben)
