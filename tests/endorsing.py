"""A company in which people endorse each other: accounts, badges, and browsers that keep keys."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from exchange.core.keys.did import did_key
from exchange.core.keys.multibase import base64url_encode
from exchange.core.keys.multikey import multikey_of
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.endorsements import keys
from exchange.flows.endorsements import write as writing
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.records import Endorsement
from exchange.flows.endorsements.write import write
from exchange.flows.issuers.sync import sync
from exchange.flows.people.records import Address, Browser, Person
from exchange.flows.ports import Ports
from exchange.flows.sign_in.sign_in import open_session, who_has
from tests.edge.shop import SCHOOL
from tests.simulator import World, run

T = TypeVar("T")


class BrowserKey:
    """What WebCrypto makes: it signs, and nobody can read it."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.did = did_key(multikey_of(self._private.public_key()))

    def sign(self, message: bytes) -> str:
        """base64url of r and s, as WebCrypto has it (IEEE P1363)."""
        r, s = decode_dss_signature(self._private.sign(message, ec.ECDSA(hashes.SHA256())))
        return base64url_encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@dataclass
class Peer:
    """Somebody with an account, in one browser; `key` is None where that cannot keep one."""

    town: EndorsingTown
    person: Person
    ports: Ports
    key: BrowserKey | None = None

    def make_key(self, label: str = "Chrome, Linux") -> BrowserKey:
        made = BrowserKey()
        secret, challenge = run(keys.begin(self.ports, "192.0.2.0/24"))
        signature = made.sign(challenge.encode())
        run(keys.add(self.ports, secret, made.did, signature, label))
        self.key = made
        return made

    def draft(self, badge: str, line: str = "Kept everybody calm.", **order: Any) -> Endorsement:
        order = {"kind": "badge", "relationship": "same-team", **order}
        did = self.key.did if self.key else ""
        return run(write(self.ports, writing.Order(subject=badge, line=line, did=did, **order)))

    def sign(self, draft: Endorsement) -> Endorsement:
        signature = self.key.sign(draft.unsigned) if self.key else ""
        return run(endorse(self.ports, draft.id, signature))

    def endorse(self, badge: str, line: str = "Kept everybody calm.", **order: Any) -> Endorsement:
        return self.sign(self.draft(badge, line, **order))

    def elsewhere(self) -> Peer:
        """The same person in another browser, just signed in."""
        return self.town.signed_in(self.person)


@dataclass
class EndorsingTown:
    """A world with one issuer."""

    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        run(sync(self.ports, [SCHOOL]))

    @property
    def ports(self) -> Ports:
        """Those of who has the shell."""
        return self.world.ports

    def run(self, flow: Coroutine[Any, Any, T]) -> T:
        return run(flow)

    def peer(self, name: str, address: str = "") -> Peer:
        """Somebody new, signed in, with a verified address."""
        now, id = self.world.now, self.ports.new_id()
        person = Person(id, name, now)
        address = address or f"{name.split()[0].lower()}@example.org"
        run(self.ports.store.put_person(person, [Address(address, id, now)]))
        return self.signed_in(person)

    def signed_in(self, person: Person) -> Peer:
        opened = run(open_session(self.ports, person, "link", Browser("Chrome, Linux")))
        who = run(who_has(self.ports, opened.session))
        assert who is not None
        return Peer(self, person, replace(self.ports, who=who))

    def award(self, to: str = "mailto:ana@example.org", **order: Any) -> Awarded:
        return run(award(self.ports, Order("school", "incident-lead", to, **order)))
