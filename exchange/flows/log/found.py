"""What a check of the log goes by: the rows it has opened, and what it has found so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from exchange.core.log.entry import LogEntry, open_entry, read_entry
from exchange.core.log.merkle import Node
from exchange.core.strict_json import dump, parse
from exchange.core.verdict.finding import Finding, Level
from exchange.errors import InputError
from exchange.flows.records import LogRow

LOWEST = -(2**63)
"""Below every number a database can hold: a changed row may have any."""
MOST = 1000
"""Findings that are listed; a log in which more is wrong is better restored than read about."""


@dataclass(slots=True)
class Found:
    """What was found so far. `entries` and `nodes` are known to be damaged, so nothing is said of them again;
    `lost` are names under which an entry should be found and is not."""

    findings: list[Finding] = field(default_factory=list)
    entries: set[int] = field(default_factory=set)
    nodes: set[Node] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    figures: dict[str, int] = field(default_factory=dict)

    def add(self, code: str, table: str, row: object, message: str, level: Level = "error") -> None:
        """One finding; `at` is `table/row`."""
        if len(self.findings) < MOST:
            self.findings.append(Finding(code, level, message, f"{table}/{row}"))

    @property
    def sound(self) -> bool:
        return not any(finding.level == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Opened:
    """A row that is what it should be; `content` is None when it was erased."""

    row: LogRow
    said: LogEntry
    content: dict[str, Any] | None


def opened(row: LogRow) -> Opened:
    """The row, if its content and salt are what its entry commits to, to the byte. ExchangeError if not."""
    if row.content is None and row.salt is None:
        return Opened(row, read_entry(row.entry), None)
    if row.content is None or row.salt is None:
        raise InputError("half_erased", "One of content and salt is gone, but not the other.")
    content = parse(row.content)
    if not isinstance(content, dict) or dump(content) != row.content:
        raise InputError("content_changed", "The content is not written as the exchange writes it.")
    return Opened(row, open_entry(row.entry, content, row.salt), content)


def text_of(name: bytes) -> str:
    """A name as it can be shown, whatever became of it."""
    return name.decode("utf-8", "backslashreplace")
