"""Key custody: what is written cannot be read by others, swapped, or found in the clear."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from exchange.adapters.keys import KeyRing, LocalKeys
from exchange.core.keys.multikey import multikey_of, public_key_from_multikey
from exchange.errors import UnavailableError

MESSAGE = b"what is signed"


def create(home: Path, issuer: str = "team") -> tuple[str, str]:
    made = asyncio.run(LocalKeys(home).create(issuer))
    return made.multikey, made.uri


def sign(home: Path, uri: str, message: bytes = MESSAGE) -> bytes:
    return asyncio.run(KeyRing({"file": LocalKeys(home)}).sign(uri, message))


def refusal(home: Path, uri: str) -> str:
    with pytest.raises(UnavailableError) as caught:
        sign(home, uri)
    assert str(home) not in caught.value.message
    return caught.value.code


def key_file(home: Path, uri: str) -> Path:
    return home / uri.removeprefix("file:")


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, str]:
    home = tmp_path / "home"
    return home, create(home)[1]


def test_signature_verifies_with_the_multikey_in_this_and_the_next_process(tmp_path: Path) -> None:
    keys = KeyRing({"file": LocalKeys(tmp_path)})
    multikey, uri = asyncio.run(keys.create("team"))
    first, second = asyncio.run(keys.sign(uri, MESSAGE)), sign(tmp_path, uri)
    assert first == second
    public = public_key_from_multikey(multikey)
    assert public.kind == "Ed25519"
    assert public.verify(first, MESSAGE)
    assert not public.verify(first, MESSAGE + b".")


def test_two_keys_are_two(tmp_path: Path) -> None:
    (one, uri_one), (two, uri_two) = create(tmp_path), create(tmp_path)
    assert one != two
    assert sign(tmp_path, uri_one) != sign(tmp_path, uri_two)


def test_files_are_for_the_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        uri = create(tmp_path / "home")[1]
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "home").rglob("*")}
    assert modes == {"kek": 0o600, "keys": 0o700, key_file(tmp_path, uri).name: 0o600}


def test_private_bytes_are_nowhere_in_the_clear(tmp_path: Path) -> None:
    keys = LocalKeys(tmp_path)
    made: Any = asyncio.run(keys.create("team"))
    seed = made.secret[:32]
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert made.multikey == multikey_of(key.public_key())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).splitlines()[1]
    shapes = [
        seed,
        seed.hex().encode(),
        base64.b64encode(seed)[:40],
        base64.urlsafe_b64encode(seed)[:40],
        pem[24:],
    ]
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 2
    shown = repr((keys, made)).encode()
    assert not [shape for shape in shapes for content in [*written, shown] if shape in content]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
@pytest.mark.parametrize("which", ["key", "kek"])
def test_file_that_others_can_read_is_refused(made: tuple[Path, str], mode: int, which: str) -> None:
    home, uri = made
    (key_file(home, uri) if which == "key" else home / "kek").chmod(mode)
    assert refusal(home, uri) == "key_exposed"


def test_directory_that_others_can_enter_is_refused(made: tuple[Path, str]) -> None:
    home, uri = made
    (home / "keys").chmod(0o755)
    assert refusal(home, uri) == "key_exposed"
    with pytest.raises(UnavailableError, match="chmod 700"):
        create(home)


def rewrite(**changes: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


def flip(path: Path) -> None:
    document = json.loads(path.read_text())
    sealed = bytearray.fromhex(document["sealed"])
    sealed[0] ^= 1
    path.write_text(json.dumps({**document, "sealed": sealed.hex()}))


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "one bit flipped": flip,
    "another issuer": rewrite(issuer="other-team"),
    "another purpose": rewrite(purpose="authentication"),
    "another public key": rewrite(multikey="z6Mk"),
    "empty": lambda path: path.write_bytes(b""),
    "not JSON": lambda path: path.write_bytes(b"\xff"),
    "deep JSON": lambda path: path.write_bytes(b"[" * 4_000),
    "a list": lambda path: path.write_text("[]"),
    "no nonce": rewrite(nonce=None),
    "empty nonce": rewrite(nonce=""),
    "odd hexadecimal": rewrite(sealed="abc"),
    "empty seal": rewrite(sealed=""),
}


@pytest.mark.parametrize("fault", DAMAGE)
def test_damaged_key_is_refused(made: tuple[Path, str], fault: str) -> None:
    home, uri = made
    DAMAGE[fault](key_file(home, uri))
    assert refusal(home, uri) == "key_damaged"


def test_key_put_in_the_place_of_another_is_refused(made: tuple[Path, str]) -> None:
    home, uri = made
    other = create(home, "other-team")[1]
    shutil.copy(key_file(home, other), key_file(home, uri))
    assert refusal(home, uri) == "key_damaged"
    assert sign(home, other)


@pytest.mark.parametrize("content", [b"", b"00" * 31, b"zz" * 32, b"\xff" * 64])
def test_damaged_kek_is_refused(made: tuple[Path, str], content: bytes) -> None:
    home, uri = made
    (home / "kek").write_bytes(content)
    assert refusal(home, uri) == "key_damaged"


def test_another_kek_opens_nothing(made: tuple[Path, str], tmp_path: Path) -> None:
    home, uri = made
    create(tmp_path / "elsewhere")
    shutil.copy(tmp_path / "elsewhere" / "kek", home / "kek")
    assert refusal(home, uri) == "key_damaged"


def test_lost_kek_is_not_replaced_behind_the_keys_that_need_it(made: tuple[Path, str]) -> None:
    home, uri = made
    (home / "kek").unlink()
    assert refusal(home, uri) == "key_unknown"
    with pytest.raises(UnavailableError, match="restore"):
        create(home)
    assert not (home / "kek").exists()


URIS = [
    "",
    "file:",
    "file:kek",
    "file:keys/../kek",
    "file:keys/x.key",
    "env:KEY",
    "file:keys/" + "0" * 32 + ".key\n",
]


@pytest.mark.parametrize("uri", [*URIS, "file:keys/" + "0" * 32 + ".key"])
def test_uri_that_is_no_key_here_is_refused(made: tuple[Path, str], uri: str) -> None:
    assert refusal(made[0], uri) == "key_unknown"


def test_link_fifo_and_directory_are_not_key_files(made: tuple[Path, str], tmp_path: Path) -> None:
    home, uri = made
    path = key_file(home, uri)
    path.rename(tmp_path / "moved")
    makers: list[Callable[[], Any]] = [
        lambda: path.symlink_to(tmp_path / "moved"),
        lambda: os.mkfifo(path, 0o600),
        lambda: path.mkdir(0o700),
    ]
    for make in makers:
        make()
        assert refusal(home, uri) == "key_storage"
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


def test_first_starts_at_once_share_one_kek(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: create(tmp_path / "home"), range(16)))
    for multikey, uri in made:
        assert public_key_from_multikey(multikey).verify(sign(tmp_path / "home", uri), MESSAGE)
    assert not list((tmp_path / "home").rglob(".*"))


def test_disk_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"a file where the directory should be")
    with pytest.raises(UnavailableError) as caught:
        create(tmp_path / "home")
    assert caught.value.code == "key_storage"
