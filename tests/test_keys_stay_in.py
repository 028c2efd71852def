"""P7: after a real round of work, the private bytes are nowhere but in the keys' own files, encrypted.

The service runs, is used over HTTP and from the command line, and everything that it wrote, said or held open
is searched: database, write-ahead log, backups, logs, responses, environment (`private_round.py`). The search
itself is tested by planting what it looks for.
"""

from __future__ import annotations

import base64
import re
import secrets
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from exchange.core.keys.multikey import multikey_of
from tests.private_bytes import Search, shapes
from tests.private_round import Round, a_round, multikeys, seeds


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return a_round(tmp_path_factory.mktemp("work"))


def test_private_bytes_are_nowhere(work: Round) -> None:
    secret = seeds(work.home)
    assert len(secret) >= 4
    places = {place: content for place, content in work.places.items() if place != "home kek"}
    assert Search(secret).found(places) == []


def test_the_round_was_a_real_one(work: Round) -> None:
    """Each kind of place is there, and holds what belongs there: the public halves, where they are public."""
    public = [multikey.encode() for multikey in multikeys(work.home)]
    for place in ("backup online", "exchange keys list", "exchange doctor --json"):
        assert any(key in work.places[place] for key in public), place
    # What was written last may be in the log of the database only.
    database = [
        content for place, content in work.places.items() if place.startswith("home exchange.sqlite3")
    ]
    assert any(key in content for key in public for content in database)
    assert "backup exchange.sqlite3-wal" in work.places
    assert b"Signing is stopped" in work.places["log"]
    assert any(b"BitstringStatusList" in content for content in work.places.values())
    assert len([place for place in work.places if place.startswith(("GET", "POST"))]) > 15
    assert Search(seeds(work.home)).found({"kek": work.places["home kek"]}) == ["kek (hexadecimal) in kek"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_the_service_leaves_no_core(work: Round) -> None:
    assert re.search(r"^Max core file size +0 +0 ", work.limits, re.M)


# --- the search finds what there is to find ---

SEED = secrets.token_bytes(32)
KEY = Ed25519PrivateKey.from_private_bytes(SEED)


def _jwk() -> bytes:
    return b'{"kty":"OKP","d":"' + base64.urlsafe_b64encode(SEED).rstrip(b"=") + b'"}'


PLANTED: dict[str, bytes] = {
    "PEM": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "DER": KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    "OpenSSH": KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
    "JWK": _jwk(),
    "capital hexadecimal": SEED.hex().upper().encode(),
    "log of bytes": repr({"seed": SEED}).encode(),
    "log of a list": str(list(SEED)).encode(),
    "with its public half": base64.b64encode(SEED + KEY.public_key().public_bytes_raw()),
    **{f"in base64 after {n}": base64.b64encode(bytes(n) + SEED) for n in range(4)},
    **dict(shapes(SEED)),
}


@pytest.mark.parametrize("shape", PLANTED)
def test_a_planted_key_is_found_in_every_shape(shape: str) -> None:
    content = secrets.token_bytes(5000) + PLANTED[shape] + secrets.token_bytes(5000)
    assert Search({"seed": SEED}).found({"somewhere": content})
    assert not Search({"seed": secrets.token_bytes(32)}).found({"somewhere": content})


@pytest.mark.parametrize("shape", ["raw", "hexadecimal", "base64 from 0", "PEM"])
def test_a_key_planted_in_a_database_is_found_there_and_in_its_log(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "planted.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE planted (value)")
        database.execute("INSERT INTO planted VALUES (?)", (PLANTED[shape],))
        database.commit()
        places = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        assert any("planted.sqlite3-wal" in found for found in Search({"seed": SEED}).found(places))
    assert Search({"seed": SEED}).found({"database": path.read_bytes()})
    assert multikey_of(KEY.public_key()).encode() not in path.read_bytes()
