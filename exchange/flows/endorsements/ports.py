"""The part of `Store` about endorsements; as there, every method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from exchange.core.trust.facts import Fact
from exchange.flows.endorsements.records import (
    Asked,
    Asking,
    ByIssuer,
    Endorsement,
    EndorsementDraft,
    EndorserKey,
    KeptFact,
    Kind,
    Profile,
    Repeat,
    Report,
    ReportState,
    Request,
    Sealed,
    Shown,
    Tie,
)
from exchange.flows.records import Ending, Intent, Leaf, Parcel


class EndorsementStore(Protocol):
    """Who endorses what, by which key, and who was asked to."""

    async def profile(self, id: str) -> Profile | None: ...
    async def settle_profile(self, profile: Profile) -> Profile:
        """Keep it if its person has none yet; the first they have."""

    async def endorser_key(self, did: str) -> EndorserKey | None: ...
    async def endorser_keys(self, person: str) -> list[EndorserKey]:
        """A person's, the oldest first."""

    async def key_credentials(self, did: str) -> list[str]:
        """The credentials of a key, the newest of which goes along with what it signs: not what somebody
        awarded to who has it."""

    async def put_endorser_key(self, key: EndorserKey, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> None:
        """Insert, with the leaf. ConflictError("key_taken") for one that is known."""

    async def renew_endorser_key(self, key: EndorserKey, was: str, leaf: Leaf) -> bool:
        """Keep its new `credential`, with the leaf; False when it is not `was` any more."""

    async def retire_endorser_key(
        self, key: EndorserKey, leaf: Leaf, endings: Sequence[Ending] = (), parcels: Sequence[Parcel] = ()
    ) -> bool:
        """Keep its `retired_at` and `retired_from`, end what is in `endings` and still stands, with the leaf
        of each; False, and nothing, for one that was retired before from as early. ConflictError("conflict"),
        and nothing, where something stands that was signed since then, or a credential of this key, and is
        not among the `endings`."""

    async def prepare_endorsement(self, draft: EndorsementDraft, url_id: Callable[[], str]) -> Endorsement:
        """Put a draft on record with a status entry never given out before; no leaf yet."""

    async def forget_drafts(self, before: datetime) -> None:
        """Forget what was drafted before and never signed; status entries stay taken."""

    async def endorse(self, sealed: Sealed) -> bool:
        """Make a draft an endorsement that stands, with everything that belongs to it, in one transaction;
        the one of the same endorser about the same thing that stood before is superseded. False (nothing is
        done) when the draft is signed already; NotFoundError("unknown_draft") when it is not there.
        UnavailableError("key_retired") when its key was retired since."""

    async def endorsement(self, id: str) -> Endorsement | None:
        """Drafted ones too."""

    async def endorsements_of(self, kind: Kind, subjects: Sequence[str]) -> list[Endorsement]:
        """What was signed about them, the oldest first."""

    async def endorsements_by(self, person: str) -> list[Endorsement]:
        """What somebody signed, the newest first."""

    async def endorse_as_issuer(self, said: ByIssuer, url_id: Callable[[], str]) -> Intent:
        """As `Store.intend`, with the row of the endorsement and the end of the one that stood before.
        ConflictError("conflict"), and nothing, where another one stands than `said.ends` is the end of."""

    async def endorsements_by_issuer(self, issuer: str) -> list[Endorsement]:
        """What an issuer signed about others, the newest first."""

    async def endorsements_for(self, holder: str) -> list[Endorsement]:
        """What was signed about somebody, the newest first."""

    async def endorsements_with(self, did: str, since: datetime) -> list[Endorsement]:
        """What was recorded with a key from then on and stands."""

    async def every_endorsement(self, after: str, limit: int) -> list[Endorsement]:
        """By id, those greater than `after`, but for drafts."""

    async def settle_endorsement(self, id: str, shown: Shown, at: datetime, leaf: Leaf) -> bool:
        """Show or hide it, with the leaf; False when it is so already."""

    async def withdraw_endorsement(self, ending: Ending, parcels: Sequence[Parcel] = ()) -> bool:
        """Set its bit, with the leaf; False when it does not stand any more."""

    async def ask_for_endorsements(self, asking: Asking) -> None:
        """Put requests on record with their leaves and mails. ConflictError("conflict") for a known id."""

    async def request(self, id: str) -> Request | None: ...
    async def requests_by(self, holder: str) -> list[Request]:
        """Newest first."""

    async def requests_to(self, person: str) -> list[Request]:
        """Open ones to an account, by an address that it has verified or picked by name; newest first."""

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
        """End an open request, with the leaves and the `reply` to it: its links are good for nothing then,
        and what was still to be sent about it (`request:ID`) is not. `block`: nothing that its holder asks
        for reaches its address any more. False when it is over."""

    async def renew_request(self, request: Request, parcel: Parcel) -> bool:
        """Ask the same again: until when, and when to remind, are as given. False when it is over for
        another reason than its age."""

    async def due_requests(self, now: datetime, limit: int) -> list[Request]:
        """Whom to ask again by now, due for longest first."""

    async def repeat_requests(self, repeats: Sequence[Repeat]) -> None:
        """Post each parcel and note it; nothing of one that another node was faster with, or that was
        answered meanwhile."""

    async def forget_requests(self, before: datetime) -> None:
        """Forget those that were asked before, and with them the addresses of strangers."""

    async def is_blocked(self, address: str, holder: str) -> bool: ...


class TrustStore(Protocol):
    """What signed endorsements that are shown say, and how they stand now."""

    async def facts_about(self, subjects: Sequence[str], person: str = "") -> list[Fact]:
        """About any of these things, by their ids, and about the profile `person` and all that they hold."""

    async def facts_around(self, ties: Sequence[Tie]) -> list[Fact]:
        """For each tie the first valid endorsement of the endorser by the holder, and for each of its skills
        the first valid one of the endorser in it by anybody else than the two."""

    async def kept_facts(self, ids: Sequence[str]) -> dict[str, KeptFact]:
        """What is known of these endorsements, shown or not, by their keys."""


class ReportStore(Protocol):
    """What readers say is wrong with what peers said, and what came of it."""

    async def put_report(self, report: Report, leaf: Leaf, parcels: Sequence[Parcel] = ()) -> bool:
        """Insert, with the leaf; False, and nothing, where the same account has reported the same before."""

    async def report(self, id: str) -> Report | None: ...
    async def reports(
        self, issuer: str | None, states: Sequence[ReportState], limit: int, before: str = ""
    ) -> list[Report]:
        """At an issuer, or (None) everywhere, newest first; `before` (an id) pages on."""

    async def settle_report(
        self, report: Report, was: ReportState, leaf: Leaf, parcels: Sequence[Parcel] = ()
    ) -> bool:
        """Keep what was decided, with the leaf, and bar the endorsement from where it stands while a report
        about it `hides` it; False, and nothing, when its state is not `was` any more."""
