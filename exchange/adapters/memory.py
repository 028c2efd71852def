"""What is in this process's memory stays there: a key that was used must not end in a crash report."""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # prctl(2)


def forbid_core_dumps() -> None:
    """No core file of this process, and no other process of this user may read its memory (Linux).

    A limit of 0 is enough for core files, but not where the kernel hands them to a program; there, and
    against debuggers, it is the process that must not be dumpable.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if hard != 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
