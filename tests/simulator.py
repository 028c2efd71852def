"""The world in memory: every port of the flows, with a clock that tests set and a web that tests write.

A test changes the simulated world, acts, asserts, and asserts what did not change.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import uuid
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.adapters.catalogues.badge_scene import uncovered
from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.adapters.catalogues.given_pictures import make_picture
from exchange.adapters.catalogues.skill_list import load_skills
from exchange.adapters.sign_in.passkeys import WebAuthnPasskeys
from exchange.core.catalogues.catalogue import Catalogue
from exchange.core.catalogues.design import Design
from exchange.core.catalogues.picture import Picture
from exchange.core.catalogues.skills import Skill
from exchange.core.keys.multikey import multikey_of
from exchange.core.log.checkpoint import newer
from exchange.core.portfolio.paper import Paper
from exchange.core.share_card import ShareCard
from exchange.core.shield import COLOURS
from exchange.core.sign_in.groups import GroupRule
from exchange.core.verdict.documents import Document
from exchange.errors import InputError
from exchange.flows.bell import Bell
from exchange.flows.instance.ports import Room
from exchange.flows.people.records import SHELL, Principal
from exchange.flows.ports import Ports
from exchange.flows.records import Letter
from exchange.flows.sign_in.ports import IdentityProvider
from exchange.resources import data_path
from tests.memory_store import MemoryStore

T = TypeVar("T")
START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@cache
def shipped_catalogues() -> Sequence[Catalogue]:
    return load_catalogues(data_path("issuers"))


@cache
def shipped_skills() -> Sequence[Skill]:
    return load_skills(data_path("issuers") / "skills.toml")


def run(flow: Coroutine[Any, Any, T]) -> T:
    """The result of one flow, from a test that is not a coroutine."""
    return asyncio.run(flow)


@dataclass
class MemoryKeys:
    """Keys made from a counter, so that a test run makes the same ones."""

    private: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    broken: bool = False

    async def create(self, issuer: str) -> tuple[str, str]:
        uri = f"memory:{len(self.private)}"
        seed = hashlib.sha256(f"{issuer} {uri}".encode()).digest()
        self.private[uri] = Ed25519PrivateKey.from_private_bytes(seed)
        return multikey_of(self.private[uri].public_key()), uri

    async def find(self, uri: str) -> tuple[str, str]:
        return multikey_of(self.private[uri].public_key()), uri

    async def ready(self, uri: str) -> None:
        """A broken one opens: what it signs is wrong."""

    async def sign(self, uri: str, message: bytes) -> bytes:
        signature = self.private[uri].sign(message)
        return bytes(64) if self.broken else signature

    async def sign_many(self, uri: str, messages: Sequence[bytes]) -> list[bytes]:
        return [await self.sign(uri, message) for message in messages]


@dataclass
class MemoryWitness:
    """What stands beside the database, and stays when a test puts an older one in its place."""

    note: bytes | None = None
    names: set[str] = field(default_factory=set)

    async def keep(self, note: bytes) -> None:
        self.note = note if self.note is None else newer(self.note, note)

    async def last(self) -> bytes | None:
        return self.note

    async def keep_erased(self, names: Iterable[str]) -> None:
        self.names |= set(names)

    async def erased(self) -> list[str]:
        return sorted(self.names)


@dataclass
class MemoryWeb:
    """What lies at which URL, and a list of what was asked for."""

    pages: dict[str, Document] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, url: str, body: bytes, content_type: str = "application/json", status: int = 200) -> None:
        self.pages[url] = Document(url, status, content_type, body)

    def for_one_verify(self) -> MemoryFetch:
        return MemoryFetch(self)


@dataclass
class MemoryFetch:
    """A fetcher for one verification: four requests and no more."""

    web: MemoryWeb
    left: int = 4

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        if self.left == 0:
            return Document(url, 0, "", b"", "a verification makes at most 4 requests")
        self.left -= 1
        self.web.asked.append(url)
        return self.web.pages.get(url, Document(url, 0, "", b"", "the host does not answer"))


class PlainDraw:
    """A picture that is only its title: quick, and enough to bake into."""

    def png(self, design: Design) -> bytes:
        import io

        from PIL import Image

        out = io.BytesIO()
        Image.new("RGB", (4, 4), design.background).save(out, "PNG")
        return out.getvalue()

    def portrait(self, data: bytes) -> bytes:
        from exchange.adapters.catalogues.portraits import portrait

        return portrait(data)

    def svg(self, design: Design) -> bytes:
        return b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><title>badge</title></svg>'

    def card(self, card: ShareCard) -> bytes:
        import io

        from PIL import Image, ImageColor

        out = io.BytesIO()
        colour = "#000" if card.portrait else COLOURS[card.tone]
        Image.new("RGB", (card.width, card.height), ImageColor.getrgb(colour)).save(out, "PNG")
        return out.getvalue()

    def paper(self, paper: Paper) -> bytes:
        return b"%PDF " + paper.title.encode() + b"\n" + paper.attached + paper.portrait

    def uncovered(self, design: Design) -> list[InputError]:
        return list(uncovered(design))

    def given(self, title: str, alt: str, raster: bytes, svg: bytes | None) -> Picture:
        return make_picture(title, alt, raster, svg)


@dataclass
class MemoryMailer:
    """Every letter that was sent; `fails`, if set, is raised instead."""

    letters: list[Letter] = field(default_factory=list)
    fails: Exception | None = None

    async def send(self, letter: Letter) -> None:
        if self.fails is not None:
            raise self.fails
        self.letters.append(letter)

    async def check(self) -> str:
        if self.fails is not None:
            raise self.fails
        return "Mails are kept in memory."


class MemorySealer:
    """Seals nothing, but forgets neither what a secret is about."""

    async def seal(self, about: str, secret: bytes) -> bytes:
        return about.encode() + b"|" + secret

    async def unseal(self, about: str, sealed: bytes) -> bytes:
        assert sealed.startswith(about.encode() + b"|")
        return sealed[len(about) + 1 :]

    async def derive(self, about: str) -> bytes:
        return hashlib.sha256(f"derived {about}".encode()).digest()


@dataclass
class MemoryCourier:
    """Every message that was handed over, as (URL, headers, body); `answers` are given in turn, the last for
    ever: a status, or what is raised."""

    messages: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int | Exception] = field(default_factory=lambda: [200])

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        self.messages.append((url, dict(headers), body))
        return answer


@dataclass
class MemoryMachine:
    """A machine that tests change."""

    free: int = 10**9
    kept_in_step: bool | None = True
    open_files: list[tuple[str, str]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)

    def room(self) -> Room:
        return Room("/home/of/it", self.free, 64 * 2**20)

    def in_step(self) -> bool | None:
        return self.kept_in_step

    def exposed(self) -> list[tuple[str, str]]:
        return self.open_files

    def lacks(self, uri: str) -> bool:
        return uri in self.gone


@dataclass
class World:
    """The simulated world; `ports` is what flows get of it."""

    now: datetime = START
    store: MemoryStore = field(default_factory=MemoryStore)
    keys: MemoryKeys = field(default_factory=MemoryKeys)
    witness: MemoryWitness = field(default_factory=MemoryWitness)
    web: MemoryWeb = field(default_factory=MemoryWeb)
    mailer: MemoryMailer = field(default_factory=MemoryMailer)
    courier: MemoryCourier = field(default_factory=MemoryCourier)
    bell: Bell = field(default_factory=Bell)
    work: Bell = field(default_factory=Bell)
    broom: Bell = field(default_factory=Bell)
    machine: MemoryMachine = field(default_factory=MemoryMachine)
    base_url: str = "http://localhost:8000"
    older: tuple[str, ...] = ()
    public: bool = False
    sign_up: str = "invited"
    vouches: int = 5
    identity_provider: IdentityProvider | None = None
    group_rules: tuple[GroupRule, ...] = ()
    who: Principal = SHELL
    drift: timedelta = timedelta(0)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def ports(self) -> Ports:
        return Ports(
            store=self.store,
            keys=self.keys,
            witness=self.witness,
            web=self.web,
            now=lambda: self.now,
            new_id=lambda: str(uuid.UUID(int=next(self._ids), version=4)),
            new_salt=lambda: f"salt{next(self._ids):018d}",
            new_key=lambda size: hashlib.sha256(f"key{next(self._ids)}".encode()).digest()[:size],
            new_secret=lambda: f"secret{next(self._ids):026d}",
            draw=PlainDraw(),
            mailer=self.mailer,
            sealer=MemorySealer(),
            courier=self.courier,
            exact=None,
            rare=None,
            open_badges_2=None,
            passkeys=WebAuthnPasskeys(self.base_url),
            base_url=self.base_url,
            bases=(self.base_url, *self.older),
            public=self.public,
            drift=lambda: self.drift,
            bell=self.bell,
            work=self.work,
            broom=self.broom,
            machine=self.machine,
            sign_up=self.sign_up,
            vouches=self.vouches,
            identity_provider=self.identity_provider,
            group_rules=self.group_rules,
            templates=shipped_catalogues,
            skills=shipped_skills,
            who=self.who,
        )

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def public_at(self, base_url: str) -> World:
        return replace(self, base_url=base_url, public=True)
