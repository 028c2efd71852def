"""Documents saved beforehand, so that a verdict needs no network (`verify --offline --documents DIR`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from exchange.core import strict_json
from exchange.core.verdict.documents import Document, Documents
from exchange.errors import InputError

_MAX_BYTES = 1_048_576
_MAX_DOCUMENTS = 1_000


class SavedDocuments(Mapping[str, Document]):
    """What was saved, by URL. Any other URL is there too, and was not reachable: nothing is left to fetch."""

    def __init__(self, documents: Mapping[str, Document]) -> None:
        self._documents = documents

    def __getitem__(self, url: str) -> Document:
        return self._documents.get(url) or Document(url, 0, "", b"", "it is not among the saved documents")

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


def read_saved(directory: Path) -> Documents:
    """Read a directory of saved documents.

    `index.json` maps each URL to `{"file", "status", "content_type"}`: `file` relative to the directory and
    inside it, at most 1 MiB, absent when only the status is known; `status` 200 and `content_type` "" unless
    given. InputError("saved_documents_malformed") says which line of it is wrong.
    """
    if not (directory / "index.json").is_file():
        raise _malformed(f"There is no index.json in {str(directory)!r:.240}: it maps each URL to its file.")
    raw = _read(directory, "index.json", "")
    try:
        index = strict_json.parse(raw)
    except InputError as error:
        raise _malformed(f"index.json: {error.message}", error.at) from error
    if not isinstance(index, dict):
        raise _malformed("index.json must be an object that maps each URL to its file.")
    if len(index) > _MAX_DOCUMENTS:
        raise _malformed(f"index.json lists more than {_MAX_DOCUMENTS} documents.")
    return SavedDocuments({url: _document(directory, url, entry) for url, entry in index.items()})


def _document(directory: Path, url: str, entry: Any) -> Document:
    if not isinstance(entry, dict):
        raise _malformed("An entry must be an object with file, status and content_type.", url)
    file, status, content_type = entry.get("file"), entry.get("status", 200), entry.get("content_type", "")
    if type(status) is not int or not 0 <= status <= 599:
        raise _malformed("status must be an HTTP status, or 0 for a URL that could not be reached.", url)
    if not isinstance(content_type, str):
        raise _malformed("content_type must be a string.", url)
    if file is None and status != 200:
        return Document(
            url, status, content_type, b"", "" if status else "it could not be reached when saved"
        )
    if not isinstance(file, str):
        raise _malformed("file must be the name of a file in the directory.", url)
    return Document(url, status, content_type, _read(directory, file, url))


def _read(directory: Path, name: str, at: str) -> bytes:
    try:
        path = (directory / name).resolve()
        if not path.is_relative_to(directory.resolve()):
            raise _malformed(f"The file {name!r:.120} is not inside the directory of saved documents.", at)
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "it is no name of a file"
        raise _malformed(f"The file {name!r:.120} cannot be read: {why}.", at) from error
    if len(content) > _MAX_BYTES:
        raise _malformed(f"The file {name!r:.120} is longer than {_MAX_BYTES} bytes.", at)
    return content


def _malformed(message: str, at: str = "") -> InputError:
    return InputError("saved_documents_malformed", message, at)
