"""The part of `MemoryStore` about endorsements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from exchange.core.trust.facts import Fact
from exchange.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from exchange.flows.endorsements.records import (
    EXCHANGE,
    Asked,
    Asking,
    ByIssuer,
    Endorsement,
    EndorsementDraft,
    EndorserKey,
    Kind,
    Profile,
    Repeat,
    Request,
    Sealed,
    Shown,
)
from exchange.flows.people.records import Address, Person, Ticket
from exchange.flows.records import Badge, Ending, Intent, Leaf, Parcel, Purpose, StatusChange, StatusSlot

if TYPE_CHECKING:
    from tests.memory_store import MemoryStore


@dataclass
class MemoryEndorsements:
    """As in `MemoryStore`, nothing awaits inside a method."""

    _profiles: dict[str, Profile] = field(default_factory=dict)
    _endorser_keys: dict[str, EndorserKey] = field(default_factory=dict)
    _endorsements: dict[str, Endorsement] = field(default_factory=dict)
    _facts: dict[str, Fact] = field(default_factory=dict)
    _requests: dict[str, Request] = field(default_factory=dict)
    _blocked: set[tuple[str, str]] = field(default_factory=set)
    _badges: dict[str, Badge] = field(default_factory=dict)
    _lists: dict[str, Any] = field(default_factory=dict)
    _changes: list[StatusChange] = field(default_factory=list)
    _tickets: dict[str, Ticket] = field(default_factory=dict)
    _addresses: dict[str, Address] = field(default_factory=dict)
    _people: dict[str, Person] = field(default_factory=dict)

    def _append(self, leaf: Leaf | None) -> int:
        raise NotImplementedError

    def _post(self, parcels: Sequence[Parcel]) -> None:
        raise NotImplementedError

    def _drop(self, subject: str) -> None:
        raise NotImplementedError

    def _reserve(self, issuer: str, base: str, purpose: Purpose, url_id: Callable[[], str]) -> StatusSlot:
        raise NotImplementedError

    async def profile(self, id: str) -> Profile | None:
        return self._profiles.get(id)

    async def settle_profile(self, profile: Profile) -> Profile:
        mine = [one for one in self._profiles.values() if one.person == profile.person]
        if not mine:
            self._profiles[profile.id] = profile
            return profile
        return min(mine, key=lambda one: (one.made_at, one.id))

    async def endorser_key(self, did: str) -> EndorserKey | None:
        return self._endorser_keys.get(did)

    async def endorser_keys(self, person: str) -> list[EndorserKey]:
        mine = [one for one in self._endorser_keys.values() if one.person == person]
        return sorted(mine, key=lambda one: (one.created_at, one.did))

    async def key_credentials(self, did: str) -> list[str]:
        return sorted(
            one.id
            for one in self._badges.values()
            if one.recipient.lower() == did.lower() and (one.issuer, one.achievement) == (EXCHANGE, "key")
        )

    def _says_so(self, badge: str, purpose: Purpose, on: bool) -> bool:
        """Whether its bit is as that, if it has one."""
        slots = [one for one in self._badges[badge].slots if one.purpose == purpose]
        return all((one.index in self._lists[one.list_id].bits) == on for one in slots)

    def _credentials_of(self, person: str) -> list[str]:
        dids = {one.did.lower() for one in self._endorser_keys.values() if one.person == person}
        return [
            one.id
            for one in self._badges.values()
            if one.recipient.lower() in dids and (one.issuer, one.achievement) == (EXCHANGE, "key")
        ]

    async def put_endorser_key(self, key: EndorserKey, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        if key.person not in self._people:
            raise NotFoundError("unknown_person", key.person)
        if key.did in self._endorser_keys:
            raise ConflictError("key_taken", "This key is known already: it is of one account for good.")
        self._endorser_keys[key.did] = key
        self._post(parcels)
        self._append(leaf)

    async def renew_endorser_key(self, key: EndorserKey, was: str, leaf: Leaf) -> bool:
        known = self._endorser_keys.get(key.did)
        if known is None or known.credential != was:
            return False
        self._endorser_keys[key.did] = replace(known, credential=key.credential)
        self._append(leaf)
        return True

    async def retire_endorser_key(
        self, key: EndorserKey, leaf: Leaf, endings: Sequence[Ending] = (), parcels: Sequence[Parcel] = ()
    ) -> bool:
        known = self._endorser_keys.get(key.did)
        lost = key.retired_from is not None
        if known is None or (known.retired_at and (known.retired_from or not lost)):
            return False
        if key.retired_from is not None:
            standing = self._standing_with(key.did, key.retired_from)
            if standing - {one.change.badge for one in endings}:
                raise ConflictError("conflict", "Something was signed with this key just now.")
        self._endorser_keys[key.did] = replace(
            known, retired_at=key.retired_at, retired_from=key.retired_from
        )
        self._append(leaf)
        for one in sorted(endings, key=lambda one: one.change.badge):
            self._end_endorsement(one, "withdrawn")
        self._post(parcels)
        return True

    def _set_bit(self, change: StatusChange) -> bool:
        """A bit of something that a peer signed; False for one that stands so, or is not there."""
        slots = [one for one in self._badges[change.badge].slots if one.purpose == change.purpose]
        if not slots:
            return False
        found, index = self._lists[slots[0].list_id], slots[0].index
        if (index in found.bits) == change.on:
            return False
        (found.bits.add if change.on else found.bits.discard)(index)
        found.row = replace(found.row, version=found.row.version + 1)
        self._changes.append(change)
        return True

    def _end_endorsement(self, one: Ending, state: str) -> bool:
        if not self._set_bit(one.change):
            return False
        badge = one.change.badge
        if (known := self._endorsements.get(badge)) and known.state == "signed":
            self._endorsements[badge] = replace(known, state=state, ended_at=one.change.at)  # type: ignore[arg-type]
        self._append(one.leaf)
        return True

    async def prepare_endorsement(self, draft: EndorsementDraft, url_id: Callable[[], str]) -> Endorsement:
        made = draft.write(self._reserve(EXCHANGE, draft.base, "revocation", url_id))
        self._endorsements[made.id] = made
        return made

    async def forget_drafts(self, before: datetime) -> None:
        self._endorsements = {
            id: one
            for id, one in self._endorsements.items()
            if one.state != "drafted" or one.drafted_at >= before
        }

    async def endorse(self, sealed: Sealed) -> bool:
        draft = self._endorsements.get(sealed.id)
        if draft is None:
            raise NotFoundError("unknown_draft", f"There is no draft {sealed.id} any more.")
        if draft.state != "drafted":
            return False
        self._check_key(draft.did)
        self._check_other(draft.endorser, draft.holder)
        same = (draft.endorser, draft.issuer, draft.kind, draft.subject)
        before = ""
        for one in list(self._endorsements.values()):
            if one.state == "signed" and (one.endorser, one.issuer, one.kind, one.subject) == same:
                self._end_endorsement(Ending(*sealed.supersede(one.id)), "superseded")
                before = one.id
        said = {f.name: getattr(sealed.intent, f.name) for f in fields(Intent) if f.name != "slots"}
        self._badges[draft.id] = Badge(**said, signed=sealed.signed, slots=(draft.slot,))
        self._endorsements[draft.id] = replace(
            draft,
            state="signed",
            signed_at=sealed.at,
            supersedes=before,
            unsigned=b"",
            signed=sealed.signed,
            barred=next((one.barred for one in self._alike(draft.id) if one.barred), ""),
            unasked=sealed.unasked,
        )
        if sealed.fact is not None:
            self._facts[draft.id] = sealed.fact
        if sealed.request and sealed.request in self._requests:
            known = self._requests[sealed.request]
            if known.state == "asked":
                self._requests[known.id] = replace(
                    known, state="answered", ended_at=sealed.at, remind_at=None
                )
            self._spend(known.id)
        self._post(sealed.parcels)
        self._append(sealed.leaf)
        return True

    def _alike(self, id: str) -> list[Endorsement]:
        """All that the same ones say of the same thing, drafts too."""
        one = self._endorsements.get(id)
        if one is None:
            return []
        same = (one.endorser, one.issuer, one.kind, one.subject)
        rows = self._endorsements.values()
        return [row for row in rows if (row.endorser, row.issuer, row.kind, row.subject) == same]

    def _check_key(self, did: str) -> None:
        key = self._endorser_keys.get(did)
        if key is not None and key.retired_at is not None:
            raise UnavailableError("key_retired", "The key that signed this was retired just now.")
        if key is not None and (person := self._people.get(key.person)) and person.is_suspended:
            raise ForbiddenError("profile_suspended", "Who signed this was suspended just now.")

    def _check_other(self, by: str, holder: str) -> None:
        if by == holder:
            raise ConflictError("own_badge", "Whom this is about and who signed it are one account now.")

    def _is_suspended(self, person: str) -> bool:
        known = self._people.get(person)
        return known is not None and known.halted != ""

    def _spend(self, request: str) -> None:
        self._tickets = {hash: one for hash, one in self._tickets.items() if one.badge != request}

    async def endorsement(self, id: str) -> Endorsement | None:
        known = self._endorsements.get(id)
        return self._read_now(known) if known else None

    def _read_now(self, one: Endorsement) -> Endorsement:
        """What an issuer says is signed after it is on record."""
        signed = self._badges[one.id].signed if one.issuer else one.signed
        return replace(one, signed=signed, suspended=self._is_suspended(one.endorser))

    def _signed_ones(self) -> list[Endorsement]:
        found = [self._read_now(one) for one in self._endorsements.values() if one.state != "drafted"]
        return sorted(found, key=lambda one: (one.signed_at, one.id))

    async def endorsements_of(self, kind: Kind, subjects: Sequence[str]) -> list[Endorsement]:
        return [one for one in self._signed_ones() if one.kind == kind and one.subject in subjects]

    async def endorsements_by(self, person: str) -> list[Endorsement]:
        return [one for one in reversed(self._signed_ones()) if one.endorser == person]

    async def endorse_as_issuer(self: MemoryStore, said: ByIssuer, url_id: Callable[[], str]) -> Intent:
        if said.draft.once:
            self._check_once(said.draft.once)
        about = ("", said.draft.issuer, *said.subject)
        stand = [
            one.id
            for one in self._endorsements.values()
            if one.state == "signed" and (one.endorser, one.issuer, one.kind, one.subject) == about
        ]
        if stand != ([said.ends.change.badge] if said.ends else []):
            raise ConflictError("conflict", "Another endorsement of the same was made just now.")
        became = await self.intend(said.draft, url_id)
        self._endorsements[became.id] = said.row(became)
        if said.ends:
            self._end_endorsement(said.ends, "superseded")
        return became

    async def endorsements_by_issuer(self, issuer: str) -> list[Endorsement]:
        return [one for one in reversed(self._signed_ones()) if one.issuer == issuer != ""]

    async def endorsements_for(self, holder: str) -> list[Endorsement]:
        return [one for one in reversed(self._signed_ones()) if one.holder == holder]

    def _standing_with(self, did: str, since: datetime) -> set[str]:
        credentials = {
            one.id
            for one in self._badges.values()
            if one.recipient.lower() == did.lower() and (one.issuer, one.achievement) == (EXCHANGE, "key")
        }
        return {id for id in credentials if not self._says_so(id, "revocation", True)} | {
            one.id
            for one in self._endorsements.values()
            if one.did == did and one.state == "signed" and one.signed_at and one.signed_at >= since
        }

    async def endorsements_with(self, did: str, since: datetime) -> list[Endorsement]:
        found = [one for one in self._signed_ones() if one.did == did and one.state == "signed"]
        return [one for one in found if one.signed_at and one.signed_at >= since]

    async def every_endorsement(self, after: str, limit: int) -> list[Endorsement]:
        return sorted((one for one in self._signed_ones() if one.id > after), key=lambda one: one.id)[:limit]

    async def settle_endorsement(self, id: str, shown: Shown, at: datetime, leaf: Leaf) -> bool:
        known = self._endorsements.get(id)
        if known is None or known.shown == shown or known.state == "drafted":
            return False
        self._endorsements[id] = replace(known, shown=shown, settled_at=at, unasked=False)
        self._append(leaf)
        return True

    async def withdraw_endorsement(self, ending: Ending, parcels: Sequence[Parcel] = ()) -> bool:
        if not self._end_endorsement(ending, "withdrawn"):
            return False
        self._post(parcels)
        return True

    # --- requests ---

    async def ask_for_endorsements(self, asking: Asking) -> None:
        if any(one.id in self._requests for one in asking.requests):
            raise ConflictError("conflict", "there is such a request")
        self._requests |= {one.id: one for one in asking.requests}
        self._post(asking.parcels)
        for leaf in asking.leaves:
            self._append(leaf)

    async def request(self, id: str) -> Request | None:
        return self._requests.get(id)

    def _newest_requests(self) -> list[Request]:
        return sorted(self._requests.values(), key=lambda one: (one.asked_at, one.id), reverse=True)

    async def requests_by(self, holder: str) -> list[Request]:
        return [one for one in self._newest_requests() if one.holder == holder]

    async def requests_to(self, person: str) -> list[Request]:
        mine = {
            one.address
            for one in self._addresses.values()
            if one.person == person and one.verified_at and not one.former
        }
        asked = [one for one in self._newest_requests() if one.state == "asked"]
        return [one for one in asked if one.person == person or one.address in mine]

    async def settle_request(
        self,
        id: str,
        state: Asked,
        at: datetime,
        leaves: Sequence[Leaf],
        parcels: Sequence[Parcel] = (),
        reply: str = "",
        *,
        block: bool = False,
    ) -> bool:
        known = self._requests.get(id)
        if known is None or known.state != "asked":
            return False
        self._requests[id] = replace(known, state=state, ended_at=at, remind_at=None, reply=reply)
        self._spend(id)
        self._drop(f"request:{id}")
        if block:
            self._blocked.add((known.address, known.holder))
        self._post(parcels)
        for leaf in leaves:
            self._append(leaf)
        return True

    async def renew_request(self, request: Request, parcel: Parcel) -> bool:
        known = self._requests.get(request.id)
        if known is None or known.state != "asked":
            return False
        self._requests[known.id] = replace(
            known, expires_at=request.expires_at, remind_at=request.remind_at, reminded=request.reminded
        )
        self._post([parcel])
        return True

    async def due_requests(self, now: datetime, limit: int) -> list[Request]:
        due = [(one.remind_at, one.id) for one in self._requests.values() if one.remind_at]
        return [self._requests[id] for at, id in sorted(due) if at <= now][:limit]

    async def repeat_requests(self, repeats: Sequence[Repeat]) -> None:
        for one in repeats:
            known = self._requests[one.request]
            if (known.reminded, known.state) == (one.reminded, "asked") and known.remind_at:
                count = one.reminded + (one.parcel is not None)
                self._requests[known.id] = replace(known, reminded=count, remind_at=one.next_at)
                self._post([one.parcel] if one.parcel else [])

    async def forget_requests(self, before: datetime) -> None:
        self._requests = {id: one for id, one in self._requests.items() if one.asked_at >= before}

    async def is_blocked(self, address: str, holder: str) -> bool:
        return (address, holder) in self._blocked

    # --- two that are one, and who is erased ---

    def _merge_endorsements(self, source: str, target: str) -> None:
        def moved(row: Any, *names: str) -> Any:
            return replace(row, **{name: target for name in names if getattr(row, name) == source})

        self._profiles = {id: moved(one, "person") for id, one in self._profiles.items()}
        self._endorser_keys = {did: moved(one, "person") for did, one in self._endorser_keys.items()}
        self._endorsements = {
            id: moved(one, "holder", "endorser")
            for id, one in self._endorsements.items()
            if one.endorser != source or one.state != "drafted"
        }
        self._requests = {id: moved(one, "holder", "person") for id, one in self._requests.items()}
        self._blocked = {
            (address, target if holder == source else holder) for address, holder in self._blocked
        }

    def _erase_endorsements(
        self, accounts: Sequence[str], badges: Sequence[str], addresses: set[str]
    ) -> None:
        gone = set(accounts)
        self._profiles = {id: one for id, one in self._profiles.items() if one.person not in gone}
        self._endorser_keys = {did: one for did, one in self._endorser_keys.items() if one.person not in gone}
        self._endorsements = {
            id: one
            for id, one in self._endorsements.items()
            if not gone & {one.endorser, one.holder} and id not in badges
        }
        self._requests = {
            id: one
            for id, one in self._requests.items()
            if not gone & {one.holder, one.person} and one.address not in addresses
        }
        self._blocked = {
            (address, holder)
            for address, holder in self._blocked
            if address not in addresses and holder not in gone
        }
