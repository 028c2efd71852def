"""What a picture for social networks and chats shows: everything that is drawn on it, in words."""

from __future__ import annotations

from dataclasses import dataclass

WIDTHS = (1200, 800, 600, 400, 240)
"""The sizes it comes in; 1200 × 630 is what networks ask for."""


@dataclass(frozen=True, slots=True)
class ShareCard:
    """`badge` is the PNG of the badge, `b""` to show none, and `more` are those beside it; `portrait` a
    picture of who it is about, `b""` for none; `tone` one of `shield.COLOURS`. `note` is a line under
    the word, or up to three, `foot` where to look."""

    title: str
    issuer: str
    proof: str
    word: str
    note: str
    tone: str
    foot: str
    badge: bytes
    width: int = WIDTHS[0]
    more: tuple[bytes, ...] = ()
    portrait: bytes = b""

    @property
    def height(self) -> int:
        return height_of(self.width)


def height_of(width: int) -> int:
    return width * 630 // 1200
