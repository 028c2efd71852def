"""Points in time as credentials write them (VCDM 2.0 §4.9, XML Schema dateTimeStamp)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from exchange.errors import InputError

LEEWAY = timedelta(seconds=60)
"""How far two honest clocks may differ; granted at both ends of every period."""


def is_yet_to_come(start: datetime, now: datetime) -> bool:
    """Whether `start` lies after `now` by more than the leeway."""
    return start - now > LEEWAY


def is_over(end: datetime, now: datetime) -> bool:
    """Whether `end` lies before `now` by more than the leeway. A difference exists for any two moments, while
    adding the leeway to 9999-12-31T23:59:59Z, as some write "for ever", leaves the calendar."""
    return now - end > LEEWAY


_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:[0-5]\d)?", re.ASCII)


def is_in_utc(moment: datetime) -> bool:
    """Whether the calendar has it in UTC: 9999-12-31T23:59:59-12:00 lies in the year 10000 there, and what is
    later or earlier than the calendar can be neither shown nor stored."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def parse_date(text: object) -> datetime:
    """The moment `text` names; without an offset it is read as UTC. InputError("date_malformed"), also for
    one that the calendar does not have in UTC."""
    if isinstance(text, str):
        return _parse(text)
    raise InputError("date_malformed", "A date and time is a text such as 2026-11-21T09:30:00Z.")


def check_day(text: str) -> None:
    """InputError("date_malformed") unless `text` names a day of the calendar, alone or with a time."""
    _parse(f"{text}T00:00:00Z" if len(text) == 10 else text)


@lru_cache(maxsize=1024)
def _parse(text: str) -> datetime:
    if _STAMP.fullmatch(text):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            if is_in_utc(moment):
                return moment
    raise InputError("date_malformed", f"{text!r:.60} is not a date and time such as 2026-11-21T09:30:00Z.")


@lru_cache(maxsize=64)
def format_date(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second: the only form we write."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
