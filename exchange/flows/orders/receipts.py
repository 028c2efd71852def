"""Batches and their receipts as documents: the same for programs, spreadsheets and a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.sheet import write_sheet
from exchange.flows.orders.batches import Progress, Receipt
from exchange.flows.orders.records import Batch, BatchRow, RowState

STATES: tuple[RowState, ...] = ("ready", "wrong", "skipped", "awarded", "failed")
HEADS = ("row", "to", "recipient", "state", "badge", "log", "code", "reason", "valid_until")


def batch_document(batch: Batch, counts: Mapping[RowState, int]) -> dict[str, Any]:
    """A batch with how many of its rows are in which state."""
    return {
        "id": batch.id,
        "issuer": batch.issuer,
        "badge": batch.achievement,
        "version": batch.version,
        "proof": batch.proof,
        "mail": batch.mail,
        "state": batch.state,
        "digest": batch.digest,
        **({"reason": batch.reason} if batch.reason else {}),
        "at": format_date(batch.created_at),
        "rows": {state: counts[state] for state in STATES if counts.get(state)},
    }


def row_document(base_url: str, row: BatchRow) -> dict[str, Any]:
    """A row as it was given, with what is wrong with it or came of it."""
    return {
        "number": row.number,
        "to": row.to,
        "evidence": list(row.evidence),
        "narrative": row.narrative,
        **({"validUntil": row.until} if row.until else {}),
        "recipient": row.recipient,
        "state": row.state,
        "faults": [{"code": fault.code, "at": fault.at, "message": fault.message} for fault in row.faults],
        **({"badge": urls.badge(base_url, row.badge)} if row.badge else {}),
    }


def receipt_document(base_url: str, said: Progress, receipts: Sequence[Receipt]) -> dict[str, Any]:
    """What came of every row."""
    rows = [
        row_document(base_url, one.row) | ({} if one.position is None else {"log": one.position})
        for one in receipts
    ]
    return {**batch_document(said.batch, said.counts), "receipt": rows}


def receipt_sheet(receipts: Sequence[Receipt]) -> bytes:
    """The same as CSV, for a spreadsheet."""
    records = [
        (
            *(one.row.number, one.row.to, one.row.recipient, one.row.state, one.id),
            "" if one.position is None else one.position,
            " ".join(fault.code for fault in one.row.faults),
            " ".join(fault.message for fault in one.row.faults),
            one.row.until,
        )
        for one in receipts
    ]
    return write_sheet([HEADS, *records])
