"""Saved documents: what is listed is there, all else is unreachable, and nothing outside is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.adapters.saved_documents import read_saved
from exchange.core.verdict.documents import body_of
from exchange.errors import CannotTellError, InputError

URL = "https://issuer.example/did.json"


def save(directory: Path, index: Any, **files: bytes) -> Path:
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    (directory / "index.json").write_bytes(index if isinstance(index, bytes) else json.dumps(index).encode())
    return directory


def test_listed_document_is_read_as_it_was_answered(tmp_path: Path) -> None:
    entry = {"file": "did", "status": 200, "content_type": "application/did+json"}
    saved = read_saved(save(tmp_path, {URL: entry}, did=b'{"id": 1}'))
    assert (saved[URL].status, saved[URL].content_type) == (200, "application/did+json")
    assert body_of(saved, URL) == b'{"id": 1}'
    assert list(saved) == [URL]


def test_where_no_index_is_the_place_that_was_looked_at_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no index\.json in .*/elsewhere'"):
        read_saved(tmp_path / "elsewhere")


def test_status_alone_needs_no_file(tmp_path: Path) -> None:
    saved = read_saved(save(tmp_path, {URL: {"status": 404}, "https://x.example/": {"status": 0}}))
    assert saved[URL].status == 404
    with pytest.raises(CannotTellError, match="could not be reached when saved"):
        body_of(saved, "https://x.example/")


def test_file_in_a_folder_below_is_read(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "1").write_bytes(b"x")
    assert read_saved(save(tmp_path, {URL: {"file": "lists/1"}}))[URL].body == b"x"


def test_anything_not_listed_is_unreachable_and_not_left_to_fetch(tmp_path: Path) -> None:
    saved = read_saved(save(tmp_path, {}))
    other = "https://issuer.example/other"
    found = saved.get(other)
    assert found is not None
    assert (found.url, found.status) == (other, 0)
    assert other in saved
    with pytest.raises(CannotTellError, match="not among the saved documents"):
        body_of(saved, other)


BAD: dict[str, Any] = {
    "not JSON": b"{",
    "not UTF-8": b'{"\xff": 1}',
    "nested too deeply": b"[" * 100_000,
    "a URL twice": f'{{"{URL}": {{"status": 404}}, "{URL}": {{"status": 404}}}}'.encode(),
    "not an object": [],
    "entry a string": {URL: "did"},
    "entry without file": {URL: {"status": 200}},
    "file a number": {URL: {"file": 1}},
    "file absent": {URL: {"file": "nobody"}},
    "file a directory": {URL: {"file": "."}},
    "file outside": {URL: {"file": "../secret"}},
    "file outside, absolute": {URL: {"file": "/etc/hostname"}},
    "file through a link": {URL: {"file": "link"}},
    "file through a loop": {URL: {"file": "loop"}},
    "file with a NUL": {URL: {"file": "a\0b"}},
    "file too long": {URL: {"file": "long"}},
    "status a string": {URL: {"file": "did", "status": "200"}},
    "status true": {URL: {"file": "did", "status": True}},
    "status too high": {URL: {"file": "did", "status": 1000}},
    "content type a number": {URL: {"file": "did", "content_type": 1}},
    "too many": {f"https://x.example/{n}": {"status": 404} for n in range(1_001)},
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_index_is_refused_with_its_place(tmp_path: Path, fault: str) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    directory = save(tmp_path / "saved", BAD[fault], did=b"{}", long=bytes(1_048_577))
    (directory / "link").symlink_to("../secret")
    (directory / "loop").symlink_to("loop")
    with pytest.raises(InputError) as caught:
        read_saved(directory)
    assert caught.value.code == "saved_documents_malformed"
    assert str(tmp_path) not in caught.value.message


def test_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"index\.json"):
        read_saved(tmp_path / "nowhere")
