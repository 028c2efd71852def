"""The killable worker: right answers, named errors, and an end to everything that takes too long."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.worker import KillableWorker
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.general import canonize_exactly
from exchange.errors import CannotTellError, ExchangeError, InputError

ROOT = Path(__file__).parents[2]
V2 = "https://www.w3.org/ns/credentials/v2"
OB3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
BADGE: dict[str, Any] = {
    "@context": [V2, OB3],
    "id": "urn:uuid:3a3d4f0a-0000-4000-8000-000000000001",
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "name": "Grüße \U0001f600 \u0001",
    "issuer": {"id": "https://issuer.example/", "type": ["Profile"]},
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "id": "mailto:a@example.org",
        "achievement": {
            "id": "https://issuer.example/achievements/1",
            "type": ["Achievement"],
            "name": "Listening",
            "description": "Listens",
            "criteria": {"narrative": "Listened"},
        },
    },
}


Born = Callable[[], list[int]]


@pytest.fixture(scope="module")
def worker() -> Iterator[KillableWorker]:
    worker = KillableWorker(seconds=60.0, cpu_seconds=60)
    yield worker
    worker.close()


def children() -> set[int]:
    """Every process that is ours, zombies too."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            pid, _, rest = stat.read_text().partition(" (")
            if int(rest.rpartition(") ")[2].split()[1]) == os.getpid():
                found.add(int(pid))
    return found


@pytest.fixture
def born() -> Callable[[], list[int]]:
    """The processes that the test started and that are still there."""
    before = children()
    return lambda: sorted(children() - before)


def refusal(call: Any, *arguments: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        call(*arguments)
    return caught.value


def heavy(values: int = 19_000) -> dict[str, Any]:
    """Not hostile, only large: seconds of work for a general JSON-LD processor."""
    alignment = {"type": ["Alignment"], "targetName": "x", "targetUrl": "https://a.example/"}
    badge: dict[str, Any] = json.loads(json.dumps(BADGE))
    badge["credentialSubject"]["achievement"]["alignment"] = [
        {**alignment, "targetCode": str(number)} for number in range(values // 6)
    ]
    return badge


# --- canonical forms ---


@pytest.mark.parametrize("algorithm", ["sha256", "sha384"])
def test_canonical_form_is_what_it_is_without_a_worker(worker: KillableWorker, algorithm: str) -> None:
    quads = worker.exact(algorithm, BADGE)
    assert quads == canonize_exactly(BADGE, SHIPPED, algorithm)
    assert "Grüße \U0001f600".encode() in quads


def test_error_inside_arrives_as_itself(worker: KillableWorker) -> None:
    for document, family, code in [
        ({**BADGE, "nonsense": 1}, InputError, "undefined_term"),
        ({**BADGE, "@context": [V2, "https://unknown.example/v1"]}, CannotTellError, "unknown_context"),
        ({"id": "urn:x:1"}, InputError, "context_missing"),
    ]:
        error = refusal(worker.exact, "sha256", document)
        assert (type(error), error.code) == (family, code)
        assert error.message


def deep() -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(100_000):
        document = {"a": document}
    return {"@context": V2, "a": document}


BAD_REQUESTS: dict[str, dict[str, Any]] = {
    "NaN": {**BADGE, "n": float("nan")},
    "lone surrogate": {**BADGE, "name": "\ud800"},
    "huge integer": {**BADGE, "n": 2**70},
    "not JSON": {**BADGE, "n": {1, 2}},
    "too deep": deep(),
}


@pytest.mark.parametrize("fault", BAD_REQUESTS)
def test_document_that_is_no_json_is_refused_here(worker: KillableWorker, fault: str) -> None:
    assert isinstance(refusal(worker.exact, "sha256", BAD_REQUESTS[fault]), InputError)


def test_many_threads_share_the_worker(worker: KillableWorker, born: Born) -> None:
    worker.exact("sha256", BADGE)
    before = len(children())
    expected = canonize_exactly(BADGE, SHIPPED, "sha256")
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda _: worker.exact("sha256", BADGE), range(24))) == {expected}
    assert len(children()) == before
    assert born() == [] or len(born()) == 1


# --- limits ---


def test_too_much_wall_time_kills_and_the_next_request_is_answered(born: Born) -> None:
    worker = KillableWorker(seconds=0.05)
    assert refusal(worker.exact, "sha256", heavy()).code == "worker_gave_up"
    assert born() == []
    worker._seconds = 60.0
    assert worker.exact("sha256", BADGE)
    worker.close()


def test_too_much_cpu_kills(born: Born) -> None:
    worker = KillableWorker(seconds=60.0, cpu_seconds=0)  # the limit is the next whole second
    error = refusal(worker.exact, "sha256", heavy())
    assert (type(error), error.code) == (CannotTellError, "worker_gave_up")
    assert born() == []
    worker.close()


def test_too_much_memory_kills(born: Born) -> None:
    worker = KillableWorker(seconds=60.0, memory=100 * 1_048_576)
    assert worker.exact("sha256", BADGE)
    assert refusal(worker.exact, "sha256", {**heavy(), "name": "x" * 40_000_000}).code == "worker_gave_up"
    assert born() == []
    assert worker.exact("sha256", BADGE)
    worker.close()


@pytest.mark.parametrize("python", ["/nonexistent/python", "/bin/true"])
def test_worker_that_cannot_start_is_a_cannot_tell(
    born: Born, monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    worker = KillableWorker()
    monkeypatch.setattr(sys, "executable", python)
    assert refusal(worker.exact, "sha256", BADGE).code == "worker_gave_up"
    assert born() == []
    worker.close()


def test_waiting_for_a_busy_worker_is_bounded(born: Born) -> None:
    worker = KillableWorker(seconds=60.0)
    worker.exact("sha256", BADGE)
    child = worker._idle.get()
    worker._seconds = 0.1
    assert refusal(worker.exact, "sha256", BADGE).code == "worker_gave_up"
    worker._idle.put(child)
    worker.close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_worker_killed_from_outside_is_replaced(born: Born, end: signal.Signals) -> None:
    worker = KillableWorker(seconds=60.0)
    first = worker.exact("sha256", BADGE)
    (pid,) = born()
    os.kill(pid, end)
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT) is None:
        pass
    assert worker.exact("sha256", BADGE) == first
    assert len(born()) == 1
    worker.close()


def test_worker_killed_at_work_is_a_cannot_tell_and_no_hang(born: Born) -> None:
    worker = KillableWorker(seconds=60.0, cpu_seconds=60)
    worker.exact("sha256", BADGE)
    (pid,) = born()
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.2, lambda: os.kill(pid, signal.SIGKILL)).start()
    assert refusal(worker.exact, "sha256", BADGE).code == "worker_gave_up"
    worker.close()


def test_interrupt_of_the_terminal_is_not_for_the_worker(born: Born) -> None:
    worker = KillableWorker(seconds=60.0)
    worker.exact("sha256", BADGE)
    (pid,) = born()
    os.kill(pid, signal.SIGINT)
    assert worker.exact("sha256", BADGE)
    assert born() == [pid]
    worker.close()


# --- ending ---


def test_close_leaves_no_process_and_nothing_is_asked_any_more(born: Born) -> None:
    worker = KillableWorker(2, seconds=60.0)
    worker.exact("sha256", BADGE)
    worker.close()
    worker.close()
    assert born() == []
    assert refusal(worker.exact, "sha256", BADGE).code == "worker_gave_up"
    assert born() == []


def test_forgotten_worker_leaves_no_process(born: Born) -> None:
    worker = KillableWorker(seconds=60.0)
    worker.exact("sha256", BADGE)
    del worker
    gc.collect()
    assert born() == []


def test_interpreter_ends_without_close() -> None:
    code = (
        "from exchange.adapters.worker import KillableWorker\n"
        "import json, sys\n"
        "worker = KillableWorker(seconds=60.0)\n"
        "worker.exact('sha256', json.load(sys.stdin))\n"
        "print(worker._idle.queue[-1]._process.pid)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(BADGE).encode(),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert ended.stderr == b""
    assert not Path(f"/proc/{int(ended.stdout)}").exists()


# --- confinement ---


def test_worker_has_no_secrets_and_hard_limits(born: Born) -> None:
    worker = KillableWorker(seconds=60.0)
    worker.exact("sha256", BADGE)
    (pid,) = born()
    assert Path(f"/proc/{pid}/environ").read_bytes() == b""
    for limit, value in [
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_AS, 512 * 1_048_576),
    ]:
        assert resource.prlimit(pid, limit) == (value, value)
    assert resource.prlimit(pid, resource.RLIMIT_CPU)[0] <= 10
    worker.close()


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import socket; socket.socketpair()",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.posix_spawn('/bin/true', ['true'], dict())",
        "open('{tmp}/written', 'w').write('x' * 100_000)",
    ],
)
def test_confined_process_cannot_reach_out(attempt: str, tmp_path: Path) -> None:
    code = (
        f"from exchange.adapters import worker_main\nworker_main._confine({512 * 1_048_576})\n"
        f"try:\n    {attempt.format(tmp=tmp_path)}\n"
        "except OSError as error:\n    assert 'worker' in str(error) or error.errno == 27\n"
        "else:\n    raise SystemExit('it could')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
