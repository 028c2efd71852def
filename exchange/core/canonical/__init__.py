"""Canonical forms: the one sequence of bytes that a signature covers (RFC 8785 and RDFC-1.0)."""

from collections.abc import Callable, Mapping
from typing import Any

Exact = Callable[[str, Mapping[str, Any]], bytes]
"""`(hash name, document) → canonical N-Quads` for documents out of the fast walk's profile.

Given as an argument because it runs in a killable worker process; None where a caller may not use it.
"""
