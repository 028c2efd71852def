"""One result of one check, as every verdict lists them."""

from __future__ import annotations

from typing import Literal

import msgspec

from exchange.errors import CannotTellError, ExchangeError

Level = Literal["ok", "warning", "unknown", "error"]


class Finding(msgspec.Struct, frozen=True):
    """What one check found.

    `code` is stable snake_case; `level` is `ok`, `warning` (noted, changes nothing), `unknown` (could not be
    determined) or `error` (failed); `message` is one plain sentence; `at` a JSON Pointer into the document.
    """

    code: str
    level: Level
    message: str
    at: str = ""


def finding_from(error: ExchangeError, at: str = "") -> Finding:
    """The finding an error stands for: `unknown` for `CannotTellError`, `error` for everything else."""
    level: Level = "unknown" if isinstance(error, CannotTellError) else "error"
    return Finding(error.code, level, error.message, at + error.at if error.at.startswith("/") else at)
