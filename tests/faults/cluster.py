"""A PostgreSQL cluster of one's own that keeps what it says (`fsync=on`) and can be killed as a whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.adapters.postgres_server import NotHereError, _binaries, _user

SETTINGS = "-c listen_addresses= -c shared_buffers=16MB -c max_connections=60"
# Stops the server and removes its files when its input ends: at our exit, and also if we are killed.
LAST_WILL = 'cat; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'


class Cluster:
    """Its directory is short and on the disk; `url` is a superuser's."""

    def __init__(self, directory: Path, binaries: Path) -> None:
        self.directory, self.binaries = directory, binaries
        self.url = f"postgresql://postgres@/postgres?host={directory}"

    def create(self) -> None:
        self._tool("initdb", "-U", "postgres", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")

    def start(self) -> None:
        options = f"{SETTINGS} -c unix_socket_directories={self.directory}"
        self._tool("pg_ctl", "-w", "-t", "60", "-l", str(self.directory / "log"), "-o", options, "start")

    def processes(self) -> list[int]:
        """The server's first process and its children: backends, writers, the checkpointer."""
        first = int((self.directory / "data/postmaster.pid").read_text().split()[0])
        return [first, *_children(first)]

    def kill(self) -> None:
        """SIGKILL to all of them, the first one first so that it cannot begin anew; gone on return."""
        first = self.processes()[0]
        os.kill(first, signal.SIGSTOP)  # so that it begins no other while we count
        killed = self.processes()
        for pid in killed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in killed:
            while not _is_dead(pid):
                time.sleep(0.002)
        # What a machine's own start clears away: a lock of a process whose number may be another's by then.
        for lock in (self.directory / "data/postmaster.pid", *self.directory.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)

    def _tool(self, name: str, *args: str) -> None:
        command = [str(self.binaries / name), "-D", str(self.directory / "data"), *args]
        try:
            subprocess.run(
                command, check=True, cwd=self.directory, capture_output=True, timeout=90, **_user()
            )
        except (OSError, subprocess.SubprocessError) as error:
            log = self.directory / "log"
            said = log.read_text()[-800:] if log.exists() else str(getattr(error, "stderr", ""))
            raise NotHereError(f"PostgreSQL does not start: {error} {said}") from error


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running one. NotHereError where there is no PostgreSQL."""
    binaries = _binaries()
    directory = Path(tempfile.mkdtemp(prefix="pgk-", dir="/tmp"))  # a socket's name has 107 bytes at most
    if user := _user():
        os.chown(directory, user["user"], user["group"])
    undertaker = subprocess.Popen(
        ["/bin/sh", "-c", LAST_WILL, str(binaries / "pg_ctl"), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **user,
    )
    made = Cluster(directory, binaries)
    try:
        made.create()
        made.start()
        yield made
    finally:
        undertaker.communicate(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


def _children(of: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == of:
                    found.append(int(folder.name))
    return found


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
