"""Finds the folders of data that come with the package: `schemas/`, `issuers/`, `web/`.

In a checkout they stand beside the package; an installed wheel carries them in `exchange/_shipped/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from exchange.errors import UnavailableError

_PACKAGE = Path(__file__).resolve().parent


def data_path(name: Literal["schemas", "issuers", "web"]) -> Path:
    """The absolute path of that folder. UnavailableError("resources_missing") when it was not installed."""
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise UnavailableError(
        "resources_missing",
        f"The folder {name}/ is neither in {_PACKAGE / '_shipped'} nor beside {_PACKAGE}. "
        "Install the package from a wheel, or run it from a complete checkout.",
    )
