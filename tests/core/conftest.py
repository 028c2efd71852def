"""What the tests of the core share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The published test vectors beside the checkout; the test is skipped where they are absent."""
    path = Path(__file__).parents[3] / "shared" / "vectors"
    if not path.is_dir():
        pytest.skip("../shared/vectors is not here: the published vectors are not part of the project")
    return path
