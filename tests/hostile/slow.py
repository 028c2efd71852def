"""The verifier with every shortcut taken out: what the fast one must agree with, finding by finding."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from msgspec.structs import replace

from exchange.core import strict_json
from exchange.core.canonical import jcs, terms
from exchange.core.credentials import plain
from exchange.core.keys.multibase import base64url_encode
from exchange.core.proofs import data_integrity, jwt
from exchange.core.status import listed
from exchange.core.verdict import refresh, secured, verdict
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict, judge
from exchange.errors import InputError
from tests.hostile.forge import NOW, STRANGER


class _Unlike(dict[str, Any]):
    """Claims that are not compared as one."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


def _no(*_: Any, **__: Any) -> NoReturn:
    raise TypeError


def _decoded(text: str | bytes) -> bytes:
    raw = text.encode("ascii", "replace") if isinstance(text, str) else text
    try:
        data = b64decode(raw + b"=" * (-len(raw) % 4), b"-_", validate=True)
    except ValueError:
        data = b""
    if base64url_encode(data).encode() != raw:
        message = "This is not base64url without padding, or its last character carries loose bits."
        raise InputError("base64url_malformed", message)
    return data


def _peeked(text: bytes, *, presented: bool = False) -> jwt.Jwt:
    token = jwt.peek_jwt(text, presented=presented)
    return replace(token, claims=_Unlike(token.claims))


def _proven(one: secured.Secured, *rest: Any) -> secured.Proven:
    if isinstance(one.document.get("proof"), dict):
        one = replace(one, document={**one.document, "proof": [one.document["proof"]]})
    return secured.check_proof(one, *rest)


def _list(entry: Any, _: Any, body: bytes, documents: Any, policy: Policy, now: datetime) -> Any:
    found, _ = listed._read(body)
    own = Policy(
        contexts=policy.contexts,
        exact=policy.exact,
        rare=policy.rare,
        relaxed=policy.relaxed,
        effort=policy.effort,
    )
    return found, _proven(found, documents, own, now), None


@contextmanager
def without_shortcuts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (plain, secured, jwt):
            patch.setattr(module, "is_plain", lambda document, common=None: False)
        patch.setattr(data_integrity, "_usual_configuration", lambda config, context: None)
        patch.setattr(listed, "_proven_list", _list)
        patch.setattr(secured, "named_once", lambda *_: False)
        patch.setattr(secured, "peek_jwt", _peeked)
        patch.setattr(jwt, "_header", jwt._header.__wrapped__)
        patch.setattr(jwt, "base64url_decode", _decoded)
        patch.setattr(strict_json, "_decode", _no)
        patch.setattr(jcs, "orjson", SimpleNamespace(dumps=_no))
        patch.setattr(terms, "_surely_fine", lambda *_: False)
        for module in (verdict, refresh, listed):
            patch.setattr(module, "check_proof", _proven)
        yield


def assert_same(
    data: bytes,
    documents: Mapping[str, Document],
    policy: Policy = STRANGER,
    now: datetime = NOW,
) -> Verdict:
    """The verdict, which must be the same without the shortcuts; compared as text, for which 1 is not 1.0."""
    fast = judge(data, documents, policy, now)
    with without_shortcuts():
        slow = judge(data, documents, policy, now)
    assert repr(fast) == repr(slow)
    return fast
