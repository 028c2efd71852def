"""Classes of msgspec before they are read into.

msgspec reads the fields of a class when the first value is converted to it. A second thread that comes to it
meanwhile finds the class half read, and the process dies of it (a segmentation fault, msgspec 0.22). So a
class is met once, by one thread, before any value is converted to it.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import msgspec

_met: set[type[Any]] = set()
_lock = Lock()


def meet(*nouns: type[Any]) -> None:
    """Have the fields of these classes read, and of all classes in them."""
    for noun in nouns:
        if noun not in _met:
            with _lock:
                msgspec.json.Decoder(noun)
                _met.add(noun)
