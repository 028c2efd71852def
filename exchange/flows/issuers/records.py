"""The rows of what an issuer works on: drafts of achievements, and the proof of its domain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AchievementDraft:
    """What may become the next version of an achievement; only who may design at its issuer sees it.

    `source` is the table of its file in a catalogue, as JSON text, and may still be incomplete. `image` and
    `svg` are a picture that was given, `b""` where there is none. `revision` counts how often it was saved:
    who saves says which one they saw.
    """

    issuer: str
    slug: str
    source: str
    image: bytes
    svg: bytes
    revision: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DomainProof:
    """What was found when the issuer's domain was last asked whether `did` is its own.

    `way` is where it says so, `""` where it does not; then `problem` says what was found instead.
    """

    issuer: str
    domain: str
    did: str
    way: str
    problem: str
    checked_at: datetime

    @property
    def holds(self) -> bool:
        return bool(self.way)
