"""A refresh service may give a newer copy; nothing it can say makes a badge better than the issuer signed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    LIST,
    MALLORY,
    REVOKED,
    STRANGER,
    TRUSTED,
    Attack,
    Json,
    badge,
    dumped,
    endorsement,
    judged,
    page,
    problems,
    proven,
    signed,
    token,
)

URL = "https://b.example.org/refresh/1"
SERVICE = {"id": URL, "type": "1EdTechCredentialRefresh"}
CONTEXT = [*badge()["@context"], EXTENSIONS]


def renewed(**changed: Any) -> Json:
    """The badge with its refresh service named; status entry and all."""
    return badge(**{"@context": CONTEXT, "refreshService": SERVICE, **changed})


EXPIRED = signed(renewed(validUntil="2026-11-21T10:00:00Z"))
"""What is handed in: only a good copy could save it."""

COPIES: dict[str, Any] = {
    "by another": lambda: MALLORY.sign(renewed(issuer={**renewed()["issuer"], "id": MALLORY.did})),
    "by another in the issuer's name": lambda: MALLORY.sign(renewed()),
    "unsigned": renewed,
    "with another's proof": lambda: {**renewed(), "proof": EXPIRED["proof"]},
    "changed": lambda: {**signed(renewed()), "name": "Grand master"},
    "of another badge": lambda: signed(renewed(id="urn:uuid:else")),
    "that is older": lambda: signed(renewed(validFrom="2026-11-20T09:30:00Z")),
    "without a beginning": lambda: signed(renewed(validFrom=None)),
    "with a beginning nobody can read": lambda: signed(renewed(validFrom="soon")),
    "without a subject": lambda: signed(renewed(credentialSubject=None)),
    "without an end, and of the wrong form": lambda: signed(renewed(validUntil=None, evidence=[7.5])),
    "that is an endorsement": lambda: signed({**endorsement(ATLAS), "id": badge()["id"]}),
    "whose proof is over": lambda: proven(renewed(), expires="2026-11-21T11:00:00Z"),
    "whose proof is yet to come": lambda: proven(renewed(), created="2026-11-22T00:00:00Z"),
    "whose token is over": lambda: token({**renewed(validUntil=None), "exp": 1_700_000_000}, typ="vc+jwt"),
    "whose token names another": lambda: token({**renewed(), "iss": MALLORY.did}, typ="vc+jwt"),
    "whose token lacks its claims": lambda: token(renewed()),
    "of alg none": lambda: token(renewed(), alg="none", signature=b"", typ="vc+jwt"),
    "that expired too": lambda: signed(renewed(validUntil="2026-11-21T11:00:00Z")),
    "that is no JSON": lambda: b"<html>",
    "that is null": lambda: b"null",
    "that is 2 MB": lambda: b'{"a":"' + b"x" * 2_000_000 + b'"}',
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy(name: str) -> None:
    web = {**page(URL, COPIES[name]()), **CLEAR}
    for policy in (STRANGER, TRUSTED):
        verdict = judged(Attack(dumped(EXPIRED), "", web), policy)
        assert verdict.outcome == "invalid"
        assert "expired" in problems(verdict)
    assert ("refresh_failed" in verdict.codes) == (name != "that expired too")


def test_a_good_copy_is_judged_instead() -> None:
    web = {**page(URL, signed(renewed())), **CLEAR}
    verdict = judged(Attack(dumped(EXPIRED), "", web))
    assert verdict.outcome == "valid", verdict.findings
    assert "refreshed" in verdict.codes


def test_a_service_that_gives_nothing_changes_nothing() -> None:
    for web in ({}, page(URL, b"", code=404), page(URL, b"", code=500)):
        verdict = judged(Attack(dumped(EXPIRED), "", {**web, **CLEAR}))
        assert problems(verdict) == {"expired"}


def test_a_copy_does_not_bring_back_what_was_revoked() -> None:
    web = {**page(URL, signed(renewed(credentialStatus=None))), **REVOKED}
    assert problems(judged(Attack(dumped(signed(renewed())), "", web))) == {"revoked"}
    web = {**page(URL, signed(renewed())), **REVOKED}
    assert problems(judged(Attack(dumped(signed(renewed())), "", web))) == {"revoked"}


def test_a_copy_is_not_refreshed_again() -> None:
    """Two services that name each other: the copy's own service is not asked."""
    other = "https://b.example.org/refresh/2"
    copy = signed(renewed(refreshService={**SERVICE, "id": other}, validUntil="2026-11-21T11:00:00Z"))
    web = {**page(URL, copy), **page(other, signed(renewed())), **CLEAR}
    assert "expired" in problems(judged(Attack(dumped(EXPIRED), "", web)))


SERVICES: dict[str, Any] = {
    "the badge itself": {"id": badge()["id"], "type": "1EdTechCredentialRefresh"},
    "the status list": {"id": LIST, "type": "1EdTechCredentialRefresh"},
    "a file": {"id": "file:///etc/passwd", "type": "1EdTechCredentialRefresh"},
    "two services": [SERVICE, {"id": "https://b.example.org/refresh/2", "type": "1EdTechCredentialRefresh"}],
}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_is(name: str) -> None:
    document = signed(renewed(refreshService=SERVICES[name], validUntil="2026-11-21T10:00:00Z"))
    web = {**page(badge()["id"], document), **CLEAR}
    assert "expired" in problems(judged(Attack(dumped(document), "", web)))
