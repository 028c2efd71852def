"""Recipients: who has which badge of an issuer, and how each stands."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from exchange.core import urls
from exchange.core.dates import format_date, parse_date
from exchange.errors import InputError
from exchange.flows.claims.claim import claim_at
from exchange.flows.issuers.issuers import issuer as find_issuer
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.recipients.records import ANSWERS, STATUSES, Answer, Recipient, Status, Wanted

PAGE = 50
"""Rows on a page of the table."""
_CHUNK = 500

FIELDS = ("achievement", "status", "claim", "to", "since", "until")
"""What can be asked for, as it is written in addresses, forms and commands."""


def read_wanted(issuer: str, said: Mapping[str, str]) -> Wanted:
    """A filter from its `FIELDS` as text; `since` and `until` are days (the last one included) or moments.

    InputError: "unknown_status", "unknown_claim", "date_malformed", "search_malformed".
    """
    status: Status | None = next((one for one in STATUSES if one == said.get("status", "")), None)
    if status is None and said.get("status"):
        raise InputError("unknown_status", f"A status is one of {', '.join(STATUSES)}.", "status")
    claim: Answer | None = next((one for one in ANSWERS if one == said.get("claim", "")), None)
    if claim is None and said.get("claim"):
        raise InputError("unknown_claim", f"A claim is one of {', '.join(ANSWERS)}.", "claim")
    to = said.get("to", "").strip()
    if len(to) > 320 or "\x00" in to:
        raise InputError("search_malformed", "What an address begins with has at most 320 characters.", "to")
    if to and not re.match(r"(mailto|did|https):", to):
        to = f"mailto:{to}"
    return Wanted(
        issuer,
        said.get("achievement", "").strip(),
        status or "",
        claim or "",
        to.lower(),
        _moment(said.get("since", ""), "since"),
        _moment(said.get("until", ""), "until", after=timedelta(days=1)),
    )


def write_wanted(wanted: Wanted) -> dict[str, str]:
    """The same as text again, without what was left open."""
    times = {"since": wanted.since, "until": wanted.until}
    said: dict[str, str] = {"achievement": wanted.achievement, "status": wanted.status}
    said |= {"claim": wanted.claim, "to": wanted.to}
    said |= {name: at.isoformat().replace("+00:00", "Z") if at else "" for name, at in times.items()}
    return {name: text for name, text in said.items() if text}


def _moment(text: str, name: str, after: timedelta = timedelta(0)) -> datetime | None:
    if not text.strip():
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip(), re.ASCII):
            return parse_date(f"{text.strip()}T00:00:00Z") + after
        return parse_date(text.strip())
    except (InputError, OverflowError):
        message = "A day is written 2026-11-26, and a moment 2026-11-26T09:30:00Z."
        raise InputError("date_malformed", message, name) from None


async def recipients(
    ports: Ports, wanted: Wanted, before: str | None = None
) -> tuple[list[Recipient], str | None]:
    """A page, newest first, after the badge with key `before`; and the `before` of the next page.

    NotFoundError("unknown_issuer"), ForbiddenError.
    """
    await _check(ports, wanted)
    rows = await ports.store.recipients(wanted, ports.now(), PAGE + 1, before)
    return rows[:PAGE], rows[PAGE - 1].badge if len(rows) > PAGE else None


async def every_recipient(ports: Ports, wanted: Wanted) -> AsyncIterator[list[Recipient]]:
    """All rows that fit, some at a time. As `recipients`."""
    await _check(ports, wanted)
    before, now = None, ports.now()
    while rows := await ports.store.recipients(wanted, now, _CHUNK, before):
        yield rows
        before = rows[-1].badge


CSV_HEAD = (
    "badge",
    "achievement",
    "version",
    "recipient",
    "awarded",
    "valid_until",
    "status",
    "mail",
    "mail_problem",
    "claim",
    "renews",
    "renewed_by",
)


def csv_cells(ports: Ports, row: Recipient) -> tuple[str, ...]:
    """A row for a spreadsheet, under `CSV_HEAD`."""
    url = ports.base_url
    return (
        urls.badge(url, row.badge),
        row.achievement,
        str(row.version),
        row.to.removeprefix("mailto:"),
        format_date(row.at),
        format_date(row.valid_until) if row.valid_until else "",
        row.status,
        row.mail.replace("_", " "),
        row.problem,
        claim_at(row.claim, row.at, ports.now()),
        urls.badge(url, row.renews) if row.renews else "",
        urls.badge(url, row.renewed_by) if row.renewed_by else "",
    )


async def _check(ports: Ports, wanted: Wanted) -> None:
    await find_issuer(ports, wanted.issuer)
    check(ports, "read", wanted.issuer)
