"""Types are learned when their module is imported: threads that met one at once ended the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from exchange.settings import ROOT


@pytest.mark.parametrize("turn", range(3))
def test_threads_may_be_the_first_to_meet_a_type(turn: int) -> None:
    command = [sys.executable, "-m", "tests.core.credentials.meet"]
    done = subprocess.run(command, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 0
