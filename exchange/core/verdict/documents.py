"""What was fetched for a verdict: plain values, so that judging needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange.errors import CannotTellError


@dataclass(frozen=True, slots=True)
class Document:
    """The answer of one URL.

    `status` is the HTTP status, 0 when no answer came (then `problem` says in a clause why: denied, timed
    out, not among the saved documents). `body` is what came, decompressed and bounded by the fetcher.
    `policy`: its Content-Security-Policy, which only matters to who wants to stand on that page.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    problem: str = ""
    policy: str = ""


Documents = Mapping[str, Document]
"""URL → what was fetched. A URL that is absent was not asked for yet; `missing` names it."""


def body_of(documents: Documents, url: str) -> bytes:
    """The body of the 200 answer for `url`; CannotTellError("document_unreachable") for everything else."""
    document = documents.get(url)
    if document is None:
        raise CannotTellError("document_unreachable", f"{url} was not fetched.")
    if document.status != 200:
        why = document.problem or f"it answered with status {document.status}"
        raise CannotTellError("document_unreachable", f"{url} could not be read: {why}.")
    return document.body
