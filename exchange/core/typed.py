"""Types that are learned before anybody uses them.

msgspec finds out what a type holds when it is first met, which runs Python, so that another thread can come
in between, and what that one finds is half made: two threads that verified the first two badges of a process
ended it (a segmentation fault, msgspec 0.22). Whatever is converted or decoded to goes through here, where
its module is imported.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def learned(noun: type[T]) -> type[T]:
    """The type, once msgspec knows it; as a decorator of the outermost ones, which know all within."""
    msgspec.json.Decoder(noun)
    return noun
