"""No core dumps: seen in processes of their own, since what is forbidden once stays so."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = """
import ctypes, resource
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""  # 3: PR_GET_DUMPABLE
CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
FORBID = "from exchange.adapters.memory import forbid_core_dumps; forbid_core_dumps()\n"
THROUGH_THE_COMMAND = "from exchange.cli import main; main(['keys', 'resume'])\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")


def ran(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    def wish_for_cores() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), **environ},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=wish_for_cores,
    )


def test_a_process_that_forbids_them_has_none(tmp_path: Path) -> None:
    assert ran(REPORT, tmp_path).stdout.endswith(" 1\n"), "by default a process can be dumped"
    assert ran(FORBID * 2 + REPORT, tmp_path).stdout == "(0, 0) 0\n"
    assert ran(FORBID + CRASH, tmp_path).returncode == -signal.SIGSEGV
    assert list(tmp_path.iterdir()) == []


def test_whatever_the_command_does_it_forbids_them_first(tmp_path: Path) -> None:
    done = ran(THROUGH_THE_COMMAND + REPORT, tmp_path, EXCHANGE_HOME=str(tmp_path / "home"))
    assert done.stdout == "(0, 0) 0\n", done.stderr
