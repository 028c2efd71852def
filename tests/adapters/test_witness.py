"""The checkpoint beside the database: whole, private, and never an older one."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.adapters.witness import PLACE, CheckpointFile
from exchange.core.keys.public_key import ed25519_key
from exchange.core.log.checkpoint import build_checkpoint, seal_checkpoint
from exchange.core.log.signed_note import VerifierKey
from exchange.errors import UnavailableError
from tests.simulator import run


def note(size: int, origin: str = "example.org/log") -> bytes:
    key = VerifierKey(
        origin, ed25519_key(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    )
    return seal_checkpoint(build_checkpoint(origin, size, bytes([size]) * 32), [(key, bytes(64))])


def test_the_newest_of_a_log_is_kept_and_a_new_log_takes_its_place(tmp_path: Path) -> None:
    witness = CheckpointFile(tmp_path)
    assert run(witness.last()) is None
    for made, kept in (
        (note(2), note(2)),
        (note(3), note(3)),
        (note(1), note(3)),
        (note(1, "example.org/log/x"), note(1, "example.org/log/x")),
    ):
        run(witness.keep(made))
        assert run(witness.last()) == kept
    assert (tmp_path / PLACE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / PLACE).parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in (tmp_path / PLACE).parent.iterdir()] == ["last"]


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    witness = CheckpointFile(tmp_path)
    (tmp_path / PLACE).parent.mkdir()
    (tmp_path / PLACE).write_bytes(b"scribble")
    run(witness.keep(note(1)))
    assert run(witness.last()) == note(1)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file where the folder should be")
    with pytest.raises(UnavailableError) as refused:
        run(CheckpointFile(tmp_path).keep(note(1)))
    assert refused.value.code in ("file_unwritable", "file_unreadable")
