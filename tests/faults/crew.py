"""Workers: started quickly from a process that has everything imported, heard over pipes, killed."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from tests.faults import worker
from tests.faults.audit import Ledger
from tests.faults.house import House

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.warm", "tests.faults.worker", "tests.faults.indices"])


@dataclass
class Worker:
    process: BaseProcess
    pipe: Connection
    rest: bytes = b""
    over: bool = False

    def kill(self) -> None:
        self.process.kill()

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self.process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


@dataclass
class Crew:
    """Several workers at one exchange."""

    ledger: Ledger = field(default_factory=Ledger)
    workers: list[Worker] = field(default_factory=list)

    def hire(self, house: House, count: int, tasks: int, broken: str = "") -> None:
        for _ in range(count):
            self.start(worker.main, house, tasks, broken)

    def start(self, target: Any, *args: Any) -> Worker:
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=target, args=(theirs, *args), daemon=True)
        process.start()
        theirs.close()
        self.workers.append(Worker(process, ours))
        return self.workers[-1]

    def listen(self, seconds: float, lines: int | None = None) -> int:
        """Hear reports until the time is up, `lines` were heard, or nobody is left; how many there were."""
        end, heard = time.monotonic() + seconds, 0
        while (lines is None or heard < lines) and (left := end - time.monotonic()) > 0:
            pipes = {w.pipe.fileno(): w for w in self.workers if not w.over}
            if not pipes:
                break
            ready, _, _ = select.select(list(pipes), [], [], left)
            heard += sum(self._hear(pipes[descriptor]) for descriptor in ready)
        return heard

    def _hear(self, one: Worker) -> int:
        data = os.read(one.pipe.fileno(), 1 << 16)
        one.over = not data
        *whole, one.rest = (one.rest + data).split(b"\n")
        for line in whole:
            self.ledger.hear(line.decode())
        return len(whole)

    def dismiss(self) -> None:
        """Kill whoever is left, and hear what they still had said."""
        for one in self.workers:
            one.kill()
        for one in self.workers:
            one.process.join()
        self.listen(5.0)
        for one in self.workers:
            one.pipe.close()
            one.process.close()
        self.workers.clear()


@contextmanager
def crew(ledger: Ledger | None = None) -> Iterator[Crew]:
    made = Crew(ledger if ledger is not None else Ledger())
    try:
        yield made
    finally:
        made.dismiss()
