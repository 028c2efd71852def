"""Where the key-encryption key comes from and how it is changed: nothing is trusted more than it must be."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.keys import LocalKeys, kek, local
from exchange.adapters.keys.kek import FileKek, Kek, PassphraseKek, ProgramKek, kek_from, passphrase_from
from exchange.errors import ExchangeError, UnavailableError

PASSPHRASE = "correct horse battery staple"
MESSAGE = b"what is signed"
COST = kek._COST


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """scrypt at a cost that tests can pay."""
    monkeypatch.setattr(kek, "_COST", {"n": 2**14, "r": 8, "p": 1})


def says(*answers: str) -> Callable[[bool], str]:
    """Somebody who types these passphrases and then leaves."""
    left = list(answers)
    return lambda new: left.pop(0)


def passphrase_kek(home: Path, *answers: str) -> PassphraseKek:
    return PassphraseKek(home / "kek.scrypt", says(*answers))


def create(home: Path, source: Kek, issuer: str = "team") -> str:
    return asyncio.run(LocalKeys(home, source).create(issuer)).uri


def sign(home: Path, source: Kek, uri: str) -> bytes:
    async def run() -> bytes:
        return await (await LocalKeys(home, source).open(uri)).sign(MESSAGE)

    return asyncio.run(run())


def refused(act: Callable[[], Any]) -> UnavailableError:
    with pytest.raises(UnavailableError) as caught:
        act()
    return caught.value


# --- a passphrase ---


def test_the_same_passphrase_opens_what_it_sealed_and_is_nowhere(tmp_path: Path) -> None:
    uri = create(tmp_path, passphrase_kek(tmp_path, PASSPHRASE))
    signature = sign(tmp_path, passphrase_kek(tmp_path, PASSPHRASE), uri)
    assert signature == sign(tmp_path, passphrase_kek(tmp_path, PASSPHRASE), uri)
    key = passphrase_kek(tmp_path, PASSPHRASE).key()
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert "kek" not in written
    for secret in (PASSPHRASE.encode(), key, key.hex().encode()):
        assert not [name for name, content in written.items() if secret in content]
    assert (tmp_path / "kek.scrypt").stat().st_mode & 0o777 == 0o600


def test_a_wrong_passphrase_is_named_as_such_and_nobody_is_asked_twice(tmp_path: Path) -> None:
    uri = create(tmp_path, passphrase_kek(tmp_path, PASSPHRASE))
    source = passphrase_kek(tmp_path, PASSPHRASE.title())
    for _ in range(2):  # a second question would find nobody there
        error = refused(lambda: sign(tmp_path, source, uri))
        assert error.code == "passphrase_wrong"
        assert PASSPHRASE.title() not in str(error)
    assert refused(lambda: create(tmp_path, source)).code == "passphrase_wrong"
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_a_passphrase_costs_what_it_should() -> None:
    """128 MiB for each guess: what guards keys at rest costs more than a sign-in (RFC 7914, section 2)."""
    assert COST == {"n": 2**17, "r": 8, "p": 1}


def test_a_short_passphrase_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    assert refused(lambda: create(tmp_path, passphrase_kek(tmp_path, "hunter2"))).code == "passphrase_short"
    assert not (tmp_path / "kek.scrypt").exists()
    assert not list((tmp_path / "keys").iterdir())


@pytest.mark.parametrize(
    "changes",
    [{"n": 2**30}, {"r": 1024}, {"n": "many"}, {"salt": "zz"}, {"salt": None}, {"check": ""}],
    ids=str,
)
def test_a_damaged_scrypt_file_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    uri = create(tmp_path, passphrase_kek(tmp_path, PASSPHRASE))
    path = tmp_path / "kek.scrypt"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    assert refused(lambda: sign(tmp_path, passphrase_kek(tmp_path, PASSPHRASE), uri)).code in (
        "key_damaged",
        "passphrase_wrong",
    )


def test_a_lost_scrypt_file_is_not_replaced_behind_the_keys_that_need_it(tmp_path: Path) -> None:
    uri = create(tmp_path, passphrase_kek(tmp_path, PASSPHRASE))
    (tmp_path / "kek.scrypt").unlink()
    assert refused(lambda: sign(tmp_path, passphrase_kek(tmp_path), uri)).code == "key_unknown"
    assert refused(lambda: create(tmp_path, passphrase_kek(tmp_path))).code == "key_unknown"
    assert not (tmp_path / "kek.scrypt").exists()


def test_the_passphrase_file_is_read_up_to_its_first_newline(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\r\n")
    file.chmod(0o600)
    link = tmp_path / "link"  # as secrets are mounted into containers
    link.symlink_to(file)
    assert passphrase_from(link)(True) == PASSPHRASE
    file.chmod(0o640)
    assert refused(lambda: passphrase_from(file)(False)).code == "key_exposed"
    assert refused(lambda: passphrase_from(tmp_path / "none")(False)).code == "key_unknown"


def test_nobody_is_asked_where_nobody_sits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    error = refused(lambda: passphrase_from(None)(False))
    assert error.code == "passphrase_missing"
    assert "EXCHANGE_PASSPHRASE_FILE" in error.message
    error = refused(lambda: passphrase_from(None, "--passphrase-file")(True))
    assert "--passphrase-file" in error.message


def test_at_a_terminal_a_new_passphrase_is_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    typed = iter(["one passphrase", "another one", PASSPHRASE, PASSPHRASE, PASSPHRASE])
    monkeypatch.setattr(kek.getpass, "getpass", lambda prompt: next(typed))
    ask = passphrase_from(None)
    assert refused(lambda: ask(True)).code == "passphrase_missing"
    assert ask(True) == PASSPHRASE
    assert ask(False) == PASSPHRASE


def test_ctrl_c_ends_the_question_though_asyncio_would_wait_for_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(kek.getpass, "getpass", lambda prompt: signal.raise_signal(signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)

    async def command() -> None:
        passphrase_from(None)(False)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(command())
    assert signal.getsignal(signal.SIGINT) is before


# --- a program ---


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], ProgramKek]:
    def write(script: str) -> ProgramKek:
        folder = tmp_path / "bin"
        folder.mkdir(mode=0o755, exist_ok=True)
        path = folder / "kek"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
        return ProgramKek(path)

    return write


def test_a_program_brings_the_key_and_is_run_once(
    tmp_path: Path, program: Callable[[str], ProgramKek]
) -> None:
    source = program(f'echo x >> "{tmp_path}/runs"; echo {"5a" * 32}')
    uri = create(tmp_path, source)
    assert sign(tmp_path, source, uri) == sign(tmp_path, FixedKek("other", b"\x5a" * 32), uri)
    assert (tmp_path / "runs").read_text() == "x\n"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "ended with status 3"),
        ("exec sleep 60", "did not end within 0 seconds"),
        ("echo 5a5a", "did not print 64 hexadecimal digits"),
        (f"echo {'5a' * 32}; echo a warning", "did not print 64 hexadecimal digits"),
        (f"echo {'5a' * 32} >&2", "did not print 64 hexadecimal digits"),
    ],
)
def test_a_program_that_does_not_bring_a_key_is_refused_without_its_words(
    program: Callable[[str], ProgramKek],
    script: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(kek, "_SECONDS", 0.3 if "sleep" in script else 10.0)
    error = refused(program(script).key)
    assert error.code == "kek_program"
    assert why in error.message
    assert "5a5a" not in error.message + "".join(capfd.readouterr())


SPOILT: dict[str, Callable[[Path], object]] = {
    "others may write it": lambda path: path.chmod(0o702),
    "the group may write it": lambda path: path.chmod(0o720),
    "others may put another in its place": lambda path: path.parent.chmod(0o777),
    "a link": lambda path: (path.rename(path.with_name("real")), path.symlink_to(path.with_name("real"))),
    "not there": lambda path: path.unlink(),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_program_that_others_could_change_is_not_run(
    tmp_path: Path, program: Callable[[str], ProgramKek], fault: str
) -> None:
    source = program(f'touch "{tmp_path}/ran"; echo {"5a" * 32}')
    SPOILT[fault](tmp_path / "bin" / "kek")
    assert refused(source.key).code == "kek_program"
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_program_of_another_user_is_not_run(tmp_path: Path, program: Callable[[str], ProgramKek]) -> None:
    source = program(f"echo {'5a' * 32}")
    os.chown(tmp_path / "bin" / "kek", 65534, 65534)
    assert refused(source.key).code == "kek_program"


# --- which source ---


def test_a_source_is_chosen_by_its_uri(tmp_path: Path) -> None:
    ask = says()
    elsewhere = tmp_path / "elsewhere"
    inside, outside = (kek_from(uri, tmp_path, ask) for uri in ("file:kek", f"file:{elsewhere}"))
    assert inside.key(create=True) == bytes.fromhex((tmp_path / "kek").read_text())
    assert outside.key(create=True) == bytes.fromhex(elsewhere.read_text())
    assert inside.key() != outside.key()
    assert isinstance(kek_from("exec:/usr/bin/env", tmp_path, ask), ProgramKek)
    named = kek_from("passphrase:2027", tmp_path, says(PASSPHRASE))
    named.key(create=True)
    assert (tmp_path / "kek-2027.scrypt").exists()
    with pytest.raises(ExchangeError, match="no source"):
        kek_from("env:KEK", tmp_path, ask)


# --- another one ---


class FixedKek:
    """A source that is there, or not."""

    def __init__(self, uri: str, key: bytes | None = None) -> None:
        self.uri = uri
        self._key = key or secrets.token_bytes(32)

    def key(self, *, create: bool = False) -> bytes:
        return self._key


OLD, NEW = FixedKek("old"), FixedKek("new")


def opens(home: Path, source: Kek) -> int:
    """How many of the keys this source opens."""
    paths = (home / "keys").glob("*.key")
    return sum(local._opens(path, source.key()) for path in paths)


def test_rewrapped_keys_sign_as_before_and_the_old_source_opens_none(tmp_path: Path) -> None:
    uris = [create(tmp_path, OLD, issuer) for issuer in ("team", "other")]
    before = [sign(tmp_path, OLD, uri) for uri in uris]
    assert LocalKeys(tmp_path, OLD).rewrap(NEW) == 2
    assert [sign(tmp_path, NEW, uri) for uri in uris] == before
    assert opens(tmp_path, OLD) == 0
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert refused(lambda: sign(tmp_path, OLD, uris[0])).code == "key_damaged"


def test_a_service_that_missed_the_change_makes_no_key_under_the_old_source(tmp_path: Path) -> None:
    running = LocalKeys(tmp_path, OLD)
    asyncio.run(running.create("team"))
    LocalKeys(tmp_path, OLD).rewrap(NEW)
    error = refused(lambda: asyncio.run(running.create("team")))
    assert "EXCHANGE_KEK" in error.message
    assert opens(tmp_path, NEW) == len(list((tmp_path / "keys").iterdir())) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(6))
def test_a_crash_at_any_step_loses_no_key_and_the_next_try_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, when: str
) -> None:
    uris = [create(tmp_path, OLD, issuer) for issuer in ("a", "b", "c")]
    before = [sign(tmp_path, OLD, uri) for uri in uris]
    real, steps = local.replace, iter(range(100))

    def crashing(directory: Path, name: str, content: bytes) -> None:
        crash = next(steps) == step
        if not crash or when == "after":
            real(directory, name, content)
        if crash:
            raise KeyboardInterrupt

    monkeypatch.setattr(local, "replace", crashing)
    with pytest.raises(KeyboardInterrupt):
        LocalKeys(tmp_path, OLD).rewrap(NEW)
    monkeypatch.setattr(local, "replace", real)

    assert 3 in (opens(tmp_path, OLD), opens(tmp_path, NEW))
    whole = OLD if opens(tmp_path, OLD) == 3 else NEW
    assert [sign(tmp_path, whole, uri) for uri in uris] == before
    LocalKeys(tmp_path, whole).rewrap(NEW)
    assert (opens(tmp_path, OLD), opens(tmp_path, NEW)) == (0, 3)
    assert [sign(tmp_path, NEW, uri) for uri in uris] == before


def test_one_damaged_key_stops_the_rewrapping_before_any_seal_is_dropped(tmp_path: Path) -> None:
    uris = [create(tmp_path, OLD, issuer) for issuer in ("a", "b", "c")]
    damaged = tmp_path / uris[1].removeprefix("file:")
    damaged.write_text("{}")
    assert damaged.name in refused(lambda: LocalKeys(tmp_path, OLD).rewrap(NEW)).message
    assert opens(tmp_path, OLD) == 2
    assert damaged.read_text() == "{}"


def test_the_wrong_old_source_changes_nothing(tmp_path: Path) -> None:
    create(tmp_path, OLD)
    before = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert refused(lambda: LocalKeys(tmp_path, FixedKek("wrong")).rewrap(NEW)).code == "key_damaged"
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


def test_from_a_file_to_a_passphrase_and_back(tmp_path: Path) -> None:
    file = FileKek(tmp_path / "kek")
    uri = create(tmp_path, file)
    before = sign(tmp_path, file, uri)
    LocalKeys(tmp_path, file).rewrap(passphrase_kek(tmp_path, PASSPHRASE))
    (tmp_path / "kek").unlink()
    assert sign(tmp_path, passphrase_kek(tmp_path, PASSPHRASE), uri) == before
    LocalKeys(tmp_path, passphrase_kek(tmp_path, PASSPHRASE)).rewrap(FileKek(tmp_path / "kek2", "file:kek2"))
    assert sign(tmp_path, FileKek(tmp_path / "kek2"), uri) == before
