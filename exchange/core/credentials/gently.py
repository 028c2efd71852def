"""A verified document read for people: what is missing, or of another form, is left out and fails nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchange.core.dates import parse_date
from exchange.errors import InputError


def first_object(value: object) -> Mapping[str, Any]:
    """An object, or the first of a list of them (JSON-LD says both); an empty one for anything else."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def moment_of(value: object) -> datetime | None:
    """A date with its time; None for anything else."""
    try:
        return parse_date(value) if value is not None else None
    except InputError:
        return None
