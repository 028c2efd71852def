"""A roster: who is to get a badge, row by row, and what is right and wrong with each row.

Judging is pure: what the exchange knows, who has an account and who has the badge already, is handed in. So
the same file is judged alike on a page, by a program and at a terminal, and `digest` names exactly what was
seen: whatever has changed by the time it is confirmed gives another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.core.mailbox import split_address
from exchange.core.orders import check_evidence, check_narrative, check_until, recipient_of, until_of
from exchange.core.sheet import decode, read_sheet
from exchange.core.strict_json import dump
from exchange.errors import InputError

MAX_ROWS = 10_000

_ENDS = (
    "valid until;valid_until;validuntil;until;expires;expires on;expiry;expiry date;expiration;"
    "gültig bis;gültigkeit;ablauf;ablaufdatum;läuft ab"
)
COLUMNS = {
    "to": (
        *("to", "recipient", "recipients", "email", "e-mail", "mail", "email address", "e-mail address"),
        *("address", "did", "handle", "empfänger", "empfänger/in", "empfängerin", "adresse"),
        *("mailadresse", "e-mail-adresse", "e-mailadresse"),
    ),
    "evidence": (
        *("evidence", "evidence url", "url", "link", "links", "proof of work"),
        *("nachweis", "nachweise", "beleg", "belege"),
    ),
    "valid_until": tuple(_ENDS.split(";")),
    "narrative": (
        *("narrative", "what was done", "text", "comment", "reason", "words"),
        *("begründung", "beschreibung", "bemerkung"),
    ),
}
"""What the columns of a roster are called, in small letters."""

_KNOWN = {name: column for column, names in COLUMNS.items() for name in names}
_HANDLE = re.compile(r"@?[a-z0-9][a-z0-9-]{0,38}[a-z0-9]", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why nothing can be awarded by a row: a stable `code`, the column it is `at`, and what to do."""

    code: str
    at: str
    message: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a roster, as it was given; `number` as a spreadsheet counts it, from 1."""

    number: int
    to: str
    evidence: tuple[str, ...] = ()
    narrative: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """What a file or a text gave: its rows, and the columns that nobody reads."""

    rows: tuple[Row, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A row with what came of judging it: the `recipient`'s identifier, or the `faults` that forbid it."""

    row: Row
    recipient: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the exchange knows: of the badge, whether it `needs_evidence`; the addresses of people by their
    handles; who has the badge, as `folded`, with its id, or `""` if a batch that is under way has them; and
    what time it is."""

    badge: str
    needs_evidence: bool
    handles: Mapping[str, str]
    holders: Mapping[str, str]
    now: datetime


def read_roster(data: bytes) -> Roster:
    """The rows of a file: with a line of names above the columns, or one or more recipients a line.

    InputError: roster_encoding, roster_quotes, roster_too_large, roster_empty, roster_without_recipients.
    """
    records = read_sheet(decode(data), _KNOWN)
    first = next((n for n, record in enumerate(records) if any(record)), None)
    if first is None:
        raise InputError("roster_empty", "There is nobody in the roster.", "roster")
    columns = [_KNOWN.get(cell.casefold(), "") for cell in records[first]]
    if "to" in columns or (any(columns) and not any(_is_somebody(cell) for cell in records[first])):
        roster = _of_columns(records, first, columns)
    else:
        roster = Roster(_of_lines(records))
    if not roster.rows:
        raise InputError("roster_empty", "There is nobody in the roster.", "roster")
    return roster


def _of_columns(records: Sequence[Sequence[str]], first: int, columns: Sequence[str]) -> Roster:
    if "to" not in columns:
        raise InputError(
            "roster_without_recipients",
            "No column says who gets the badge. Call one of them “to”, “recipient” or “email”.",
            "roster",
        )
    unread = (cell for cell, column in zip(records[first], columns, strict=True) if cell and not column)
    rows = []
    for number, record in enumerate(records[first + 1 :], first + 2):
        cells: dict[str, list[str]] = {name: [] for name in COLUMNS}
        for column, cell in zip(columns, record, strict=False):
            if column and cell:
                cells[column].append(cell)
        if any(record):
            to, until = ((cells[name] or [""])[0] for name in ("to", "valid_until"))
            narrative = "\n\n".join(cells["narrative"])
            rows.append(Row(number, bare(to), _urls(" ".join(cells["evidence"])), narrative, until))
    return Roster(tuple(rows), tuple(unread))


def _of_lines(records: Sequence[Sequence[str]]) -> tuple[Row, ...]:
    """A line has recipients only, or one with evidence and words; lines that begin with # are notes."""
    rows = []
    for number, record in enumerate(records, 1):
        cells = [cell for cell in record if cell]
        if not cells or cells[0].startswith("#"):
            continue
        if len(cells) > 1 and all(_is_somebody(cell) for cell in cells):
            rows += [Row(number, bare(cell)) for cell in cells]
        else:
            padded = [*record, "", ""]
            rows.append(Row(number, bare(padded[0]), _urls(padded[1]), padded[2]))
    if len({row.number for row in rows}) < len(rows):  # several in a line: then they are what is counted
        rows = [replace(row, number=number) for number, row in enumerate(rows, 1)]
    return tuple(rows)


def bare(text: str) -> str:
    """`ann@example.org` of `Ann Example <ann@example.org>`, as address books copy it."""
    named = re.fullmatch(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>", text.strip())
    return named[1] if named else text.strip()


def is_handle(to: str) -> bool:
    """Whether it is written as a handle, or the id of an account, is; with an @ before it or without."""
    return bool(_HANDLE.fullmatch(to.strip()))


def handle_of(to: str) -> str:
    return to.strip().removeprefix("@").lower()


def _is_somebody(cell: str) -> bool:
    return bool(re.fullmatch(r"\S+@\S+|.*<\S+@\S+>|did:\S+", cell)) and "://" not in cell


def _urls(cell: str) -> tuple[str, ...]:
    return tuple(cell.split())


def judge(rows: Iterable[Row], known: Known, skipped: Collection[int] = ()) -> tuple[Judged, ...]:
    """Every row with all that is wrong with it. Of two for one recipient the second is at fault. With those
    that are `skipped`, by their numbers, nothing is wrong: they are not there."""
    seen: dict[str, int] = {}
    judged = []
    for count, row in enumerate(rows, 1):
        if row.number in skipped:
            judged.append(Judged(row, _recipient(row, known)[0]))
            continue
        recipient, faults = _recipient(row, known)
        faults += _found(check_evidence, row.evidence, known.badge, known.needs_evidence)
        faults += _found(check_narrative, row.narrative)
        faults += _found(_check_until, row.until, known.now)
        if recipient:
            faults += _again(recipient, row, known, seen)
        if count > MAX_ROWS:
            faults.append(Fault("too_many_rows", "to", "A roster has at most 10,000 rows: begin another."))
        judged.append(Judged(row, recipient, tuple(faults)))
    return tuple(judged)


def _found(check: Callable[..., None], *args: object) -> list[Fault]:
    try:
        check(*args)
    except InputError as error:
        return [Fault(error.code, error.at, error.message)]
    return []


def _check_until(text: str, now: datetime) -> None:
    check_until(until_of(text), now)


def _recipient(row: Row, known: Known) -> tuple[str, list[Fault]]:
    if not row.to:
        return "", [Fault("recipient_missing", "to", "It does not say who gets the badge.")]
    if is_handle(row.to):
        address = known.handles.get(handle_of(row.to))
        if address is None:
            said = f"Nobody here has the handle {row.to!r:.60}. Give an e-mail address instead."
            return "", [Fault("handle_unknown", "to", said)]
        return address, []
    try:
        recipient = recipient_of(row.to)
        if recipient.startswith("mailto:"):
            split_address(recipient.removeprefix("mailto:"))
    except InputError as error:
        return "", [Fault(error.code, "to", error.message)]
    return recipient, []


def _again(recipient: str, row: Row, known: Known, seen: dict[str, int]) -> list[Fault]:
    name = folded(recipient)
    first = seen.setdefault(name, row.number)
    if first != row.number:
        return [Fault("duplicate", "to", f"Row {first} is for the same recipient. Skip one of the two.")]
    if name not in known.holders:
        return []
    if not known.holders[name]:
        said = "Another batch that is under way has this badge for this recipient. Skip the row."
        return [Fault("ordered_already", "to", said)]
    said = "This recipient has this badge already, and it is not revoked. Skip the row."
    return [Fault("has_it", "to", said)]


def folded(recipient: str) -> str:
    """In which form two recipients are compared: addresses in small letters."""
    return recipient.lower() if recipient.startswith("mailto:") else recipient


def digest(about: Sequence[str], judged: Iterable[Judged], skipped: Collection[int] = ()) -> str:
    """SHA-256 (hex) of what is to be confirmed: what it is `about`, each row, what is wrong with it, and
    which rows are left out."""
    rows = [
        [
            *(one.row.number, one.row.to, list(one.row.evidence), one.row.narrative),
            *(one.row.until, one.recipient),
            [[fault.code, fault.at] for fault in one.faults],
        ]
        for one in judged
    ]
    return hashlib.sha256(dump([list(about), rows, sorted(skipped)])).hexdigest()
