"""Our own style sheets, scripts and drawings: a few files, read once at start and served from memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """`version` is the start of the SHA-256 of `body`; a URL that carries it may be cached for good."""

    body: bytes
    media_type: str
    version: str


def load_static(folder: Path) -> Mapping[str, StaticFile]:
    """Every file of a known type in `folder`, by its path below it. Nothing else can ever be served."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TYPES and path.is_file():
            body = path.read_bytes()
            version = hashlib.sha256(body).hexdigest()[:12]
            files[path.relative_to(folder).as_posix()] = StaticFile(body, _TYPES[path.suffix], version)
    return files
