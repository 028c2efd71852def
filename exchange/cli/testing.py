"""`exchange test`: the tests of this checkout, on every core."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

from exchange.errors import InputError, UnavailableError
from exchange.settings import ROOT, in_checkout


def run_tests(arguments: list[str]) -> int:
    """Run pytest with `arguments` (they win over ours); its exit status. Only a checkout has tests."""
    if not in_checkout():
        raise InputError(
            "no_tests", "The tests come with a checkout of the repository, not with an installed package."
        )
    if importlib.util.find_spec("xdist") is None:
        raise UnavailableError(
            "tests_not_installed", "What the tests need is missing: pip install -e '.[test]'."
        )
    ours = ["-v", "-rs", "--numprocesses=auto", "--dist=worksteal"]  # -v takes back the -q of pyproject
    command = [sys.executable, "-m", "pytest", *ours, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603
