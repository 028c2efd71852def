"""The work that one question may cause, shared by everything that is walked to answer it.

Each document is bounded by itself; but a badge may carry fifty endorsements with eight proofs each, all of
them just within those bounds. So whoever judges a file hands one `Effort` to every walk.
"""

from __future__ import annotations

from exchange.errors import CannotTellError

UNITS = 300_000
"""Of some three microseconds each. A badge of 4 KB takes 200, a record of a megabyte 50,000."""

BYTES = 64
"""Of N-Quads, for one unit."""

COMPILING = 60
"""Units for one context that is processed because a document combines types in a new way."""


GENERAL = 20_000
"""Units for a document that goes to the worker: mostly some ten milliseconds there, at worst some seconds."""

EXPLAINING = 30
"""Units for one comma of a document whose faults of form are explained one by one."""


class Effort:
    """What is left of it."""

    __slots__ = ("left",)

    def __init__(self, units: int = UNITS) -> None:
        self.left = units

    def affords(self, units: int) -> bool:
        """Take `units` if there are so many left, for what can be left out."""
        if self.left < units:
            return False
        self.left -= units
        return True

    def spend(self, units: int) -> None:
        """Take `units`; CannotTellError("too_much_work") when there are none left."""
        self.left -= units
        if self.left < 0:
            raise CannotTellError(
                "too_much_work", "This file asks for more work than is done for one file; it was left there."
            )
