"""What the checks of an instance ask of the machine that it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Room:
    """The bytes that are free on the disk of `place`, and that have to be."""

    place: str
    free: int
    needed: int


class Machine(Protocol):
    """This machine, and what lies in the exchange's home."""

    def room(self) -> Room:
        """On the disk of the home."""

    def in_step(self) -> bool | None:
        """Whether its kernel believes that somebody keeps its clock right; None where it does not say."""

    def exposed(self) -> list[tuple[str, str]]:
        """Secrets that others can read: each path with the mode that it should have."""

    def lacks(self, uri: str) -> bool:
        """Whether a key that is kept in a file is gone."""
