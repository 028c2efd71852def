"""About: everything that was issued, endorsed or revoked about somebody, each with its proof.

Content and salt of an entry name people. Who may see them: whom it is about (at an address that they have
verified), who may read at the issuer it is of, and operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange.core import urls
from exchange.core.log.entry import LogEntry, read_entry
from exchange.core.log.proof import LogProof
from exchange.core.orders import identifier_of, recipient_of
from exchange.errors import ForbiddenError
from exchange.flows.badges.status import find_badge
from exchange.flows.endorsements.logged import SHOWN
from exchange.flows.endorsements.together import ids_of
from exchange.flows.log.log import prove, record_at
from exchange.flows.people.people import badges_of
from exchange.flows.people.rights import may
from exchange.flows.ports import Ports
from exchange.flows.records import LogRecord


@dataclass(frozen=True, slots=True)
class Told:
    """One entry about somebody: what it says, and the proof that it is in the log, with its content."""

    record: LogRecord
    entry: LogEntry
    proof: LogProof

    @property
    def badge(self) -> str:
        """The URL of the badge or vouch it is about, `""` when it is about none, or that was erased."""
        content = self.record.content or {}
        return str(content.get("badge") or content.get("vouch") or "")

    @property
    def endorsement(self) -> str:
        """The same of an endorsement, or of the credential of a key."""
        return str((self.record.content or {}).get("endorsement", ""))

    @property
    def reason(self) -> str:
        """Why, where a reason was asked for."""
        return str((self.record.content or {}).get("reason", ""))


@dataclass(frozen=True, slots=True)
class About:
    """Everything about `who`, in its one written form, the oldest first."""

    who: str
    told: list[Told]


async def about(ports: Ports, who: str) -> About:
    """Everything about a person (`mailto:…`, an address, a DID, an https URL) or about a badge of ours, as
    far as who acts may see it: of what they may not, they are not told that it is there.

    InputError("recipient_malformed"); NotFoundError("unknown_badge") for the address of no badge.
    """
    asked, badges = await _badges_of(ports, who.strip())
    own = await _own(ports)
    found = [record for id in badges for record in await ports.store.log_about(f"badge:{id}")]
    records = [
        record
        for record in sorted(found, key=lambda record: record.position)
        if await _may_see(ports, record, own)
    ]
    return About(asked, [await _tell(ports, record) for record in records])


async def about_me(ports: Ports, *, whole: bool = False) -> list[Told]:
    """Everything about who acts, the oldest first: their badges, and what their account was given; but for
    what somebody they had blocked said unasked, which is in the `whole` only."""
    own = await _own(ports)
    kept_back = set() if whole else await _kept_back(ports)
    return [await _tell(ports, own[position]) for position in sorted(set(own) - kept_back)]


async def _kept_back(ports: Ports) -> set[int]:
    """The entries that only tell of what nobody wanted."""
    me = ports.who.person
    ids = [one.id for one in await ports.store.endorsements_for(me) if one.unasked] if me else []
    ids += [one.id for one in await ports.store.vouches_for(me) if one.unasked] if me else []
    return {record.position for id in ids for record in await ports.store.log_about(f"badge:{id}")}


async def _tell(ports: Ports, record: LogRecord) -> Told:
    return Told(record, read_entry(record.entry), await prove(ports, record))


async def proof_of(ports: Ports, position: int) -> LogProof:
    """The proof of one entry, with what it commits to. NotFoundError("unknown_entry"), ForbiddenError."""
    record = await record_at(ports, position)
    if not await _may_see(ports, record, await _own(ports)):
        raise ForbiddenError("not_permitted", "What this entry says is for whom it is about, and its issuer.")
    return await prove(ports, record)


async def _may_see(ports: Ports, record: LogRecord, own: Mapping[int, LogRecord]) -> bool:
    if record.position in own or may(ports.who, "read"):
        return True
    issuer = await _issuer_of(ports, record)
    return issuer is not None and may(ports.who, "read", issuer)


async def _own(ports: Ports) -> dict[int, LogRecord]:
    """The entries about who acts and their badges, by number; none for a token that may not read."""
    me = ports.who.person
    if not me or (ports.who.scopes is not None and "read" not in ports.who.scopes):
        return {}
    ids = [*(badge.id for badge in await badges_of(ports, me)), *await ids_of(ports, me)]
    names = [f"account:{me}", *(f"badge:{id}" for id in ids)]
    # Whether, and since when, somebody shows what one said of them is theirs to know.
    said = {f"badge:{one.id}" for one in await ports.store.endorsements_by(me) if one.holder != me}
    said |= {f"badge:{one.id}" for one in await ports.store.vouches_by(me) if one.holder != me}
    return {
        record.position: record
        for name in names
        for record in await ports.store.log_about(name)
        if name not in said or read_entry(record.entry).kind not in SHOWN
    }


async def _issuer_of(ports: Ports, record: LogRecord) -> str | None:
    """Of which issuer's badge an entry is, as far as that is known."""
    key = urls.key_of(ports.bases, "badges", str((record.content or {}).get("badge", "")))
    badge = await ports.store.badge(key) if key else None
    return badge.issuer if badge else None


async def _badges_of(ports: Ports, who: str) -> tuple[str, list[str]]:
    """Who or what that is, in its one written form, and the ids of the badges it stands for; an address may
    be on record in the letters it was typed in."""
    key = urls.key_of(ports.bases, "badges", who)
    if key and (key != who or await ports.store.badge(key)):
        id = (await find_badge(ports, who, unsigned=True)).id
        return id, [id]
    recipient, typed = recipient_of(who), identifier_of(who)
    ids = dict.fromkeys([*await ports.store.awarded_to(recipient), *await ports.store.awarded_to(typed)])
    badges = [await ports.store.badge(id) for id in ids]
    return recipient, [one.id for one in badges if one is not None and one.recipient in (recipient, typed)]
