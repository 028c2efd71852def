"""What the flows need from the world, as protocols; adapters implement them, `tests/simulator.py` too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from exchange.core.canonical import Exact
from exchange.core.catalogues.catalogue import Catalogue
from exchange.core.catalogues.design import Design
from exchange.core.catalogues.picture import Picture
from exchange.core.catalogues.skills import Skill
from exchange.core.portfolio.paper import Paper
from exchange.core.share_card import ShareCard
from exchange.core.sign_in.groups import GroupRule
from exchange.core.verdict.documents import Document, Documents
from exchange.core.verdict.policy import Rare
from exchange.errors import ExchangeError, InputError
from exchange.flows.bell import Bell
from exchange.flows.claims.ports import CodeStore
from exchange.flows.embeds.hub import Hub
from exchange.flows.embeds.ports import EmbedStore
from exchange.flows.endorsements.ports import EndorsementStore, ReportStore, TrustStore
from exchange.flows.imported.ports import ImportedStore
from exchange.flows.instance.ports import Machine
from exchange.flows.issuers.ports import IssuerStore
from exchange.flows.log.ports import LogStore
from exchange.flows.mail.ports import Outbox
from exchange.flows.orders.ports import OrderStore
from exchange.flows.people.ports import PeopleStore
from exchange.flows.people.records import NOBODY, Principal
from exchange.flows.portfolios.ports import PortfolioStore
from exchange.flows.recipients.ports import RecipientStore
from exchange.flows.records import (
    Badge,
    Claim,
    Draft,
    Intent,
    Issuer,
    Leaf,
    Letter,
    Once,
    Parcel,
    Published,
    Reminder,
    RotationLeaves,
    SigningKey,
    SigningStop,
    StatusChange,
    StatusList,
)
from exchange.flows.sign_in.ports import IdentityProvider, Passkeys
from exchange.flows.vouches.ports import VouchStore
from exchange.flows.webhooks.ports import Courier, Sealer, WebhookStore


class Store(
    CodeStore,
    EmbedStore,
    EndorsementStore,
    TrustStore,
    ReportStore,
    VouchStore,
    PortfolioStore,
    ImportedStore,
    IssuerStore,
    LogStore,
    OrderStore,
    Outbox,
    PeopleStore,
    RecipientStore,
    WebhookStore,
    Protocol,
):
    """The database. Every method is one transaction; what it returned is durable."""

    async def issuer(self, slug: str) -> Issuer | None: ...
    async def issuers(self) -> list[Issuer]: ...
    async def put_issuer(self, issuer: Issuer, leaf: Leaf) -> bool:
        """Insert or replace, with the leaf; its open lists of another `did` take no more badges. False when
        the row says so already (nothing is changed then)."""

    async def keys(self, issuer: str | None = None) -> list[SigningKey]:
        """Its keys, or those of everybody, oldest first."""

    async def put_key(self, key: SigningKey, leaf: Leaf) -> None:
        """Insert or change the state of a key; an issuer has at most one `active` key."""

    async def rotate(self, key_id: str, issuer: Issuer, at: datetime, leaves: RotationLeaves) -> None:
        """The pending key becomes active, the active one verify-only, the issuer as given: at once.

        ConflictError("key_not_pending")."""

    async def revoke_key(
        self, key_id: str, at: datetime, position: int | None, reason: str, leaf: Leaf
    ) -> bool:
        """Revoke a key, and have every list of its issuer signed anew, at once; False if it already was.

        NotFoundError("unknown_key")."""

    async def signed_by(
        self, key: SigningKey, after: datetime | None = None, limit: int = 100
    ) -> tuple[int, list[str]]:
        """How many badges were signed with it (intended after a moment), and the ids of the newest."""

    async def stops(self) -> list[SigningStop]:
        """Every stop that holds just now, on whichever node it was made."""

    async def put_stop(self, stop: SigningStop, leaf: Leaf) -> None:
        """Stop signing, with the leaf; a stop that is there already gets the new reason."""

    async def remove_stop(self, issuer: str, leaf: Leaf) -> bool:
        """Take a stop away, with the leaf; False, and no leaf, when there was none."""

    async def intend(self, draft: Draft, url_id: Callable[[], str]) -> Intent:
        """Put on record what is about to be signed, with its status entries, its leaf of the log and parcels.

        Each entry is a random index never given out before, in the issuer's open list; a list (`url_id`) is
        begun when the last one is half full. ConflictError("id_taken"); AlreadyDoneError, ReusedKeyError.
        UnavailableError("key_retired") if its key was retired since: nothing is recorded then.
        """

    async def intend_many(
        self, drafts: Sequence[Draft], url_id: Callable[[], str]
    ) -> list[Intent | ExchangeError]:
        """`intend` for many at once, all or none; for each what it became.

        A draft whose Idempotency-Key was used before, also by one further up, becomes its AlreadyDoneError or
        ReusedKeyError and leaves nothing. Drafts are written off the event loop.
        """

    async def publish(self, badge_id: str, signed: bytes) -> None:
        """Store the signed bytes of an intent; a second, different signature is a ConflictError."""

    async def publish_many(self, signed: Sequence[tuple[str, bytes]]) -> None:
        """`publish` for many (badge id, signed bytes) at once, all or none."""

    async def badge(self, badge_id: str) -> Badge | None: ...
    async def published(self, badge_id: str) -> Published | None:
        """What is asked for most, and of signed badges only: their bytes."""

    async def badges(
        self, issuer: str | None = None, limit: int = 50, before: str | None = None
    ) -> list[Badge]:
        """Newest first (published ones only), keyset-paged by `before` (a badge id)."""

    async def badges_to(self, recipient: str) -> list[Badge]:
        """Signed ones awarded to that recipient, in small letters or not, the oldest first."""

    async def settle_claim(
        self,
        badge: str,
        claim: Claim,
        at: datetime,
        leaf: Leaf,
        ticket: str = "",
        parcels: Sequence[Parcel] = (),
    ) -> bool:
        """Keep what the holder said to a badge, with the leaf, and post the parcels; every ticket to say it
        is spent then. False when it was said before (nothing is changed then).

        ConflictError("ticket_spent") when `ticket`, a hash, is not there any more; NotFoundError.
        """

    async def due_reminders(self, now: datetime, limit: int) -> list[Badge]:
        """Badges whose holders are to be reminded by now, due for longest first."""

    async def remind(self, reminders: Sequence[Reminder]) -> None:
        """Post each parcel and note it; nothing of one that another node was faster with, or that its holder
        has answered meanwhile."""

    async def unfinished(self, older_than: datetime) -> list[Badge]:
        """Intents without a signature: what a crash left."""

    async def set_status(
        self, change: StatusChange, leaf: Leaf, once: Once | None = None, parcels: Sequence[Parcel] = ()
    ) -> bool:
        """Set or clear the badge's bit, add the change to its history and the leaf to the log, count the
        list's version up, post the parcels; one transaction. False when the bit already was so (nothing is
        changed then).
        AlreadyDoneError, ReusedKeyError."""

    async def history(self, badge_id: str) -> list[StatusChange]: ...
    async def status_list(self, list_id: str) -> StatusList | None: ...
    async def status_lists(self, issuer: str) -> list[str]:
        """The ids of its lists."""

    async def set_bits(self, list_id: str) -> Sequence[int]:
        """The indices that are set, in any order."""

    async def put_signed_list(self, list_id: str, version: int, signed: bytes, at: datetime) -> None:
        """Store a signed list unless a newer version is already stored."""

    async def check_once(self, once: Once) -> None:
        """AlreadyDoneError, ReusedKeyError for an Idempotency-Key that was used."""

    async def forget_once(self, before: datetime) -> None:
        """Forget the Idempotency-Keys that were used before."""

    async def confirm_clock(self, at: datetime, leaf: Leaf) -> int:
        """Append the leaf, and have the lists signed anew that were signed later than `at`; its position."""

    # For who checks it all, as `LogStore` has it.

    async def every_badge(self, after: str, limit: int) -> list[Badge]:
        """By id, those greater than `after`, unsigned ones too."""

    async def known_badges(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are on record."""

    async def histories(self, badge_ids: Sequence[str]) -> list[StatusChange]:
        """The changes of all these badges, the oldest first."""

    def facts(self) -> Mapping[str, str]:
        """What to tell of the database: its sort and version, and what makes it durable."""

    def fault(self) -> str | None:
        """Why nothing can be written just now, and what to do (a full disk, say), as far as this process
        knows; None when writing may be tried."""

    async def release(self, held: str, leaf: Leaf, meta: Mapping[str, str]) -> None:
        """Let a held instance write again: if HELD still says `held`, close every open status list, keep
        `meta` and append the leaf, in one transaction. ConflictError("hold_changed")."""

    async def meta(self, name: str) -> str | None: ...
    async def put_meta(self, name: str, value: str) -> None: ...
    async def settle_meta(self, name: str, value: str) -> str:
        """Keep the value if there is none yet; the one that stands."""


class Keys(Protocol):
    """Custody of private keys, by URI."""

    async def create(self, issuer: str) -> tuple[str, str]:
        """Make an Ed25519 key; (multikey of the public half, uri of the private half)."""

    async def find(self, uri: str) -> tuple[str, str]:
        """A key that is there already (in a vault); (its multikey, its uri with the version pinned)."""

    async def ready(self, uri: str) -> None:
        """Open the key, unless this process has; UnavailableError when that cannot be."""

    async def sign(self, uri: str, message: bytes) -> bytes:
        """The raw signature (64 bytes); UnavailableError when the key cannot be used."""

    async def sign_many(self, uri: str, messages: Sequence[bytes]) -> list[bytes]:
        """The raw signatures of many messages, made off the event loop.

        Who made them verified some before any is given out, as many as show that the key signs rightly.
        UnavailableError, "self_check_failed" among others.
        """


class Witness(Protocol):
    """A memory outside the database of what was signed about the log, so that an old copy of the database
    put in its place is noticed."""

    async def keep(self, note: bytes) -> None:
        """Remember this checkpoint, durably, instead of one of the same log that is smaller."""

    async def last(self) -> bytes | None:
        """The newest checkpoint that was kept."""

    async def keep_erased(self, names: Iterable[str]) -> None:
        """Remember that these were erased, durably: `account/ID` and `badge/ID`."""

    async def erased(self) -> list[str]:
        """Everything that was ever erased, sorted."""


class Fetch(Protocol):
    """The only way out of the process."""

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        """Never raises for what the other side does: a failure is a Document with status 0 and a problem.
        `through`: of a page that names its credential on the same origin, that one, as if it redirected."""


class Web(Protocol):
    """Hands out fetchers that know when to stop."""

    def for_one_verify(self) -> Fetch:
        """A fetcher with the limits of one verification: 4 requests, 10 s and 1 MiB, all together."""


OpenBadges2 = Callable[[str | Mapping[str, Any], Documents], dict[str, Any]]
"""Verifies an Open Badges 2.0 assertion, a JWS or an object, in the worker; returns the one that stands."""

Bring = Callable[[str], Awaitable[object]]
"""Fetches a URL into the documents at hand."""


class Mailer(Protocol):
    """Hands mail on."""

    async def send(self, letter: Letter) -> None:
        """Returns once the other side has taken it. RefusedError or InputError: it never will;
        UnavailableError: not just now."""

    async def check(self) -> str:
        """What carries mail, in one sentence; tried just now, without a mail. UnavailableError."""


class Draw(Protocol):
    """Draws a badge's picture, the same bytes for the same design; and redraws what people give."""

    def png(self, design: Design) -> bytes: ...
    def svg(self, design: Design) -> bytes: ...
    def portrait(self, data: bytes) -> bytes:
        """What somebody gave as a picture of themselves, made safe to keep: a small, square JPEG. InputError:
        image_malformed, image_too_large, image_too_small, image_animated. It takes a while: not to be called
        on the event loop."""

    def card(self, card: ShareCard) -> bytes:
        """What networks and chats show beside a link, as a PNG of at most 60 KB. It takes a while."""

    def paper(self, paper: Paper) -> bytes:
        """A portfolio on one sheet: PDF/A-3a with what is attached in it. It takes a while."""

    def uncovered(self, design: Design) -> list[InputError]:
        """What of its words cannot be drawn."""

    def given(self, title: str, alt: str, raster: bytes, svg: bytes | None) -> Picture:
        """A stranger's picture, made safe; given again what came of that, the same comes of it.

        InputError, `at` being `file`, `svg` or `alt`."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything a flow may touch. `base_url` has no trailing slash; `public`: others can reach it.

    `bases` are all the base URLs this exchange ever had, `base_url` among them: what was issued under an
    older one is still ours. `drift`: how far ahead the clock is of the machine's steady one, which began
    where the database's clock was. `bell` is rung when something was posted, `work` when a batch may go on,
    `broom` when somebody was erased. `hub` keeps what is embedded elsewhere, and tells of changes.
    `attached` finds the badge in a PDF, and blocks; None where nobody can; `strangers_attached` is
    the same for who is not known here, in a process of their own.
    `identity_provider`: None where nobody signs in by one; `group_rules`: what its groups mean here.
    `sign_up`: who may get an account, as EXCHANGE_SIGN_UP says it; `vouches`: how many of theirs may
    be in use at a time. `settings`: each variable's value, to be
    shown, and where it comes from. `machine`: None where nobody looks at it.
    `templates` are the catalogues to begin from, `skills` those of public frameworks that can be named.

    `who` acts. It is a port, so that no flow can be called without saying who, and nobody may do anything
    where that was forgotten.
    """

    store: Store
    keys: Keys
    witness: Witness
    web: Web
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    new_salt: Callable[[], str]
    new_secret: Callable[[], str]
    new_key: Callable[[int], bytes]
    draw: Draw
    mailer: Mailer
    sealer: Sealer
    courier: Courier
    exact: Exact | None
    rare: Rare | None
    open_badges_2: OpenBadges2 | None
    passkeys: Passkeys
    base_url: str
    bases: tuple[str, ...]
    public: bool
    attached: Callable[[bytes], bytes] | None = None
    strangers_attached: Callable[[bytes], bytes] | None = None
    drift: Callable[[], timedelta] = timedelta
    bell: Bell = field(default_factory=Bell)
    work: Bell = field(default_factory=Bell)
    broom: Bell = field(default_factory=Bell)
    hub: Hub = field(default_factory=Hub)
    identity_provider: IdentityProvider | None = None
    group_rules: tuple[GroupRule, ...] = ()
    sign_up: str = "invited"
    vouches: int = 5
    settings: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    templates: Callable[[], Sequence[Catalogue]] = tuple
    skills: Callable[[], Sequence[Skill]] = tuple
    machine: Machine | None = None
    who: Principal = NOBODY
