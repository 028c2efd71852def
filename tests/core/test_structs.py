"""Threads that come to a class at the same moment: each in a process of its own, for a fault ends that."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.core.credentials.test_credential import badge

AT_ONCE = """
import json, sys, threading
{begin}
document = json.loads(sys.argv[1])
sys.setswitchinterval(1e-6)
ready = threading.Barrier(6)

def go():
    ready.wait()
    {act}

threads = [threading.Thread(target=go) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize(
    ("begin", "act"),
    [
        ("from exchange.core.credentials.plain import is_plain", "assert is_plain(document)"),
        ("from exchange.core.credentials.credential import read_badge", "read_badge(document)"),
    ],
    ids=["is_plain", "read"],
)
def test_a_class_that_many_threads_meet_at_once_is_read_whole(begin: str, act: str) -> None:
    code = AT_ONCE.format(begin=begin, act=act)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(badge())], check=False, capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, b"")
