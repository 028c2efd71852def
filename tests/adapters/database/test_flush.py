"""After a flush that failed: what the kernel shows of SQLite's log, and the disk has not got, costs nothing.

A kernel whose disk refuses pages may call them clean and keep showing them. Simulated: the last commit was
never flushed and never acknowledged, its process died, a new one goes on, and then the power is cut: of that
commit's pages, the disk has those that were written again.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from exchange.adapters.database import open_store, sqlite
from exchange.errors import UnavailableError

pytestmark = pytest.mark.anyio

PAGE = 4096
Span = tuple[int, int]


class Disk:
    """Which bytes of the log were written by hand, and whether they were flushed after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written: list[Span] = []
        self.flushed: list[Span] = []
        self._pwrite, self._fsync = os.pwrite, os.fsync
        monkeypatch.setattr(sqlite.os, "pwrite", self.pwrite)
        monkeypatch.setattr(sqlite.os, "fsync", self.fsync)

    def pwrite(self, descriptor: int, data: bytes, at: int) -> int:
        count = self._pwrite(descriptor, data[:10_000], at)  # as a system call may
        self.written.append((at, at + count))
        return count

    def fsync(self, descriptor: int) -> None:
        self._fsync(descriptor)
        self.flushed += self.written

    def has(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.flushed)


async def left_by_a_failed_flush(folder: Path) -> tuple[Path, Span]:
    """A database as its page cache shows it, and where in its log the commit is that no disk has."""
    path = folder / "before.sqlite3"
    store = await open_store(f"sqlite://{path}")
    await store.put_meta("acknowledged", "yes")
    start = len(log_of(path))
    await store.put_meta("never acknowledged", "x" * 9000)
    lost = start, len(log_of(path))
    shown = copied(path, folder / "shown.sqlite3")
    await store.close()
    return shown, lost


def log_of(path: Path) -> bytes:
    return Path(f"{path}-wal").read_bytes()


def copied(path: Path, to: Path) -> Path:
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", f"{to}{end}")
    return to


def cut(path: Path, to: Path, lost: Span, disk: Disk, before: bytes) -> Path:
    """What a power cut leaves: of the lost pages, those that somebody has written since."""
    copied(path, to)
    log = bytearray(log_of(to))
    for start in range(*lost, PAGE):
        page = slice(start, min(start + PAGE, lost[1]))
        if log[page] == before[page] and not disk.has(start):
            log[page] = bytes(len(log[page]))
    Path(f"{to}-wal").write_bytes(log)
    return to


async def goes_on_until_the_power_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What is there, after a power cut, of what was acknowledged before the failed flush and after it."""
    path, lost = await left_by_a_failed_flush(tmp_path)
    before, disk = log_of(path), Disk(monkeypatch)
    store = await open_store(f"sqlite://{path}")
    await store.put_meta("acknowledged later", "yes")
    left = cut(path, tmp_path / "left.sqlite3", lost, disk, before)
    await store.close()
    again = await open_store(f"sqlite://{left}")
    found = [await again.meta(name) for name in ("acknowledged", "acknowledged later")]
    await again.close()
    return found


async def test_what_is_acknowledged_after_it_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await goes_on_until_the_power_is_cut(tmp_path, monkeypatch) == ["yes", "yes"]


async def test_who_appends_to_what_the_disk_has_not_loses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variant that is broken on purpose: else the test above would prove nothing."""
    monkeypatch.setattr(sqlite, "_write_log_anew", lambda *_: None)
    assert await goes_on_until_the_power_is_cut(tmp_path, monkeypatch) == ["yes", None]


async def test_a_disk_that_still_fails_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = await left_by_a_failed_flush(tmp_path)

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(sqlite.os, "fsync", failing)
        with pytest.raises(UnavailableError) as refused:
            await open_store(f"sqlite://{path}")
    assert "Look at the disk" in refused.value.message
    store = await open_store(f"sqlite://{path}")  # another disk, say
    assert await store.meta("acknowledged") == "yes"
    await store.close()


async def test_a_process_that_begins_disturbs_none_that_is_at_work(sqlite_url: str) -> None:
    """It writes over the log that another one appends to."""
    at_work = await open_store(sqlite_url)

    begun = written = 0

    async def work() -> None:
        nonlocal written
        while begun < 5 or written < 100:
            await at_work.put_meta(f"name-{written}", "x" * 2000)
            written += 1

    working = asyncio.create_task(work())
    while begun < 5:
        other = await open_store(sqlite_url)
        begun += 1
        await other.put_meta(f"other-{begun}", "y")
        await other.close()
    await working
    assert [await at_work.meta(f"name-{n}") for n in range(written)] == ["x" * 2000] * written
    assert [await at_work.meta(f"other-{n + 1}") for n in range(begun)] == ["y"] * begun
    await at_work.close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite://")) as look:
        assert look.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    look.close()
