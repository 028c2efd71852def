"""The shapes of awards to many and of awards that wait, for the API's description; see `http/shapes.py`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Mail, Size, Text, Time, Url

RowState = Literal["ready", "wrong", "skipped", "awarded", "failed"]

BatchState = Literal["draft", "running", "paused", "done"]


Until = Annotated[str, Meta(description="A day (its end, in UTC) or a moment; or nothing.")]


class RosterRow(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Who is to get the badge, and for what; `to` as in an award, or the handle of somebody."""

    to: Annotated[str, Meta(examples=["ann@example.org"])]
    evidence: list[str] = []
    narrative: str = ""
    validUntil: Until = ""


class BatchRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A roster: `csv` (with or without a line of names: to, evidence, narrative, valid
    until) or `rows`, not both. `validUntil` is for whoever has no other in their row."""

    issuer: Annotated[str, Meta(examples=["atlas"])]
    badge: Annotated[str, Meta(examples=["incident-lead"])]
    csv: Annotated[str, Meta(examples=["to,evidence\nann@example.org,https://example.org/report"])] = ""
    rows: list[RosterRow] = []
    validUntil: Until = ""
    proof: Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"] = "eddsa-rdfc-2022"
    mail: Mail = True


class FixedRow(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Row `number` as it should be, or skipped, or (`"skip": false`) taken back in."""

    number: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    to: str = ""
    evidence: list[str] = []
    narrative: str = ""
    validUntil: Until = ""
    skip: bool = False


class FixRequest(Struct, forbid_unknown_fields=True):
    """The rows to put in place of what they were."""

    rows: list[FixedRow]


class ConfirmRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The digest of what was seen; with `skipWrong`, what is wrong is left out."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    skipWrong: bool = False


class RowFault(TypedDict):
    """What is wrong with a row, in which column, and what to do; `code` is stable."""

    code: Text
    at: str
    message: str


class BatchRow(TypedDict):
    """A row as it was given, with what is wrong with it or came of it; `badge` is an address."""

    number: Annotated[int, Meta(ge=1)]
    to: str
    evidence: list[str]
    narrative: str
    validUntil: NotRequired[str]
    recipient: str
    state: RowState
    faults: list[RowFault]
    badge: NotRequired[Url]


class ReceiptRow(BatchRow):
    """`log`: which entry of the log tells of its award."""

    log: NotRequired[Size]


class Batch(TypedDict):
    """An award to many: `rows` says how many are in which state; `reason` why it does not go on."""

    id: Text
    issuer: Text
    badge: Text
    version: Annotated[int, Meta(ge=1)]
    proof: Text
    mail: bool
    state: BatchState
    digest: Text
    reason: NotRequired[Text]
    at: Time
    rows: dict[str, int]


class JudgedBatch(Batch):
    """A draft with every row of it; `unread` are columns that were passed over."""

    judged: list[BatchRow]
    unread: list[str]


class BatchList(TypedDict):
    """Newest first. `next` is the address of the next page; the last one has none."""

    batches: list[Batch]
    next: NotRequired[Url]


class RowList(TypedDict):
    """Rows by their numbers. `next` is the address of the next page; the last one has none."""

    rows: list[BatchRow]
    next: NotRequired[Url]


class BatchReceipt(Batch):
    """What came of every row."""

    receipt: list[ReceiptRow]


class HeldAward(TypedDict):
    """An award that a second person has to approve. `id` names it in other requests; `award` is the
    badge's address, once there is one, and `reason` why it was refused."""

    id: Text
    issuer: Text
    badge: Text
    version: Annotated[int, Meta(ge=1)]
    to: Text
    evidence: list[Url]
    narrative: str
    validUntil: NotRequired[Time]
    state: Literal["waiting", "approved", "refused"]
    at: Time
    reason: NotRequired[Text]
    award: NotRequired[Url]


class HeldList(TypedDict):
    """What waits first, the oldest first."""

    held: list[HeldAward]


class DecideRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Why, where something is refused."""

    reason: Annotated[str, Meta(max_length=500)] = ""
