"""Status: a revoked badge is never valid, whatever list lies at the address (TRUST.md, lesson 2)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from benchmarks import samples
from exchange.core.keys.multibase import base64url_encode
from exchange.core.status import bitstring
from exchange.core.verdict.documents import Document
from tests.core.signers import Issuer
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    LIST,
    MALLORY,
    NOW,
    PROOFS,
    REVOKED,
    STRANGER,
    TRUSTED,
    Attack,
    Json,
    assert_refused,
    badge,
    dumped,
    judged,
    listed,
    page,
    problems,
    prove,
    signed,
    token,
    unsigned_list,
    with_subject,
)

SIGNED = signed(badge())
DATA = dumped(SIGNED)
OTHER = f"{samples.BASE}/status/list-2"
Web = Mapping[str, Document]


def _subject(**changed: Any) -> Web:
    return listed(subject=changed)


def _encoded(raw: bytes) -> Web:
    return _subject(encodedList="u" + base64url_encode(raw))


def _zipped(bits: bytes) -> bytes:
    return gzip.compress(bits, 1, mtime=0)


def _served(document: Any, content_type: str = "application/vc", code: int = 200) -> Web:
    return page(LIST, document, content_type, code)


def _proof(**members: Any) -> Web:
    document = unsigned_list()
    return _served({**document, "proof": prove(document, **members)})


def _token(**claims: Any) -> Web:
    document = {name: value for name, value in unsigned_list().items() if name != "validUntil"}
    return _served(token({**document, **claims}, typ="vc+jwt"), "application/vc+jwt")


def _rewritten(old: bytes, new: bytes) -> Web:
    """The good list, changed after it was signed."""
    body = CLEAR[LIST].body
    assert old in body
    return _served(body.replace(old, new, 1))


def _without(name: str) -> Web:
    return _served({key: value for key, value in signed(unsigned_list()).items() if key != name})


def _no_list() -> Json:
    return with_subject(unsigned_list(), type="BitstringStatusListEntry")


CLEAR_BITS = bytes(bitstring.MIN_ENTRIES // 8)
BOMB = zlib.compressobj(9, zlib.DEFLATED, 31)
BOMB_BYTES = BOMB.compress(bytes(200_000_000)) + BOMB.flush()

LISTS: dict[str, tuple[Callable[[], Web], str]] = {
    "unsigned": (lambda: _served(unsigned_list()), "status_list_forged"),
    "with an empty proof": (lambda: _served({**unsigned_list(), "proof": {}}), "status_list_forged"),
    "with the proof of the badge": (
        lambda: _served({**unsigned_list(), "proof": SIGNED["proof"]}),
        "status_list_forged",
    ),
    "of another signer": (lambda: listed(issuer=MALLORY), "status_list_wrong_signer"),
    "of another signer who says it is the issuer's": (
        lambda: _served(MALLORY.sign(unsigned_list())),
        "status_list_forged",
    ),
    "of another signer with the issuer's method": (
        lambda: _served(MALLORY.sign(unsigned_list(), method=ATLAS.method)),
        "status_list_forged",
    ),
    "of nobody": (lambda: _without("issuer"), "status_list_forged"),
    "of two signers": (
        lambda: (
            listed(issuer=ATLAS, **{"name": None})
            and _served({**signed(unsigned_list()), "issuer": [ATLAS.did]})
        ),
        "status_list_forged",
    ),
    "of the same issuer, for another address": (
        lambda: _served(ATLAS.sign(unsigned_list(url=OTHER))),
        "status_list_wrong_id",
    ),
    "without an id": (lambda: listed(id=None), "status_list_wrong_id"),
    "with an id in a list": (
        lambda: _rewritten(b'"id":"' + LIST.encode() + b'"', b'"id":["' + LIST.encode() + b'"]'),
        "",
    ),
    "with an id of another host in capitals": (lambda: listed(id=LIST.upper()), "status_list_wrong_id"),
    "with an id and a slash": (lambda: listed(id=LIST + "/"), "status_list_wrong_id"),
    "for suspension": (lambda: _subject(statusPurpose="suspension"), "status_purpose_mismatch"),
    "for nothing": (lambda: _subject(statusPurpose=None), "status_purpose_mismatch"),
    "for a purpose in capitals": (lambda: _subject(statusPurpose="Revocation"), "status_purpose_mismatch"),
    "for other purposes": (lambda: _subject(statusPurpose=["refresh", "message"]), "status_purpose_mismatch"),
    "that is a badge": (lambda: _served(ATLAS.sign(badge(id=LIST))), "status_list_wrong_type"),
    "that is a plain credential": (lambda: listed(type=["VerifiableCredential"]), "status_list_wrong_type"),
    "whose subject is no list": (
        lambda: _served(ATLAS.sign(_no_list(), "eddsa-jcs-2022")),
        "status_list_forged",
    ),
    "with two subjects": (
        lambda: listed(credentialSubject=[unsigned_list()["credentialSubject"], {"id": "urn:x"}]),
        "status_list_wrong_type",
    ),
    "with a clear list in front of a set one": (
        lambda: listed(
            credentialSubject=[
                unsigned_list()["credentialSubject"],
                {**unsigned_list(3527)["credentialSubject"], "id": "urn:x"},
            ]
        ),
        "status_list_wrong_type",
    ),
    "with two bitstrings": (
        lambda: _subject(encodedList=[bitstring.encode(()), bitstring.encode((3527,))]),
        "status_malformed",
    ),
    "whose bits are changed": (
        lambda: _rewritten(b'"encodedList":"uH4sI', b'"encodedList":"uH4sJ'),
        "status_list_forged",
    ),
    "whose ttl is changed": (lambda: _rewritten(b'"ttl":60000', b'"ttl":60001'), "status_list_forged"),
    "that is over": (lambda: listed(validUntil="2026-11-21T11:00:00Z"), "status_list_expired"),
    "that is over since the beginning of time": (
        lambda: listed(validFrom=None, validUntil="0001-01-01T00:00:00Z"),
        "status_list_expired",
    ),
    "that is yet to come": (lambda: listed(validFrom="2026-11-22T00:00:00Z"), "status_list_not_yet_valid"),
    "with an end nobody can read": (lambda: listed(validUntil="soon"), "status_malformed"),
    "whose proof is over": (lambda: _proof(expires="2026-11-21T11:00:00Z"), "status_list_unproven"),
    "whose proof is yet to come": (lambda: _proof(created="2026-11-22T00:00:00Z"), "status_list_unproven"),
    "whose proof is for authentication": (
        lambda: _proof(proofPurpose="authentication"),
        "status_list_forged",
    ),
    "whose token is over": (lambda: _token(exp=1_700_000_000), "status_list_unproven"),
    "whose token names another issuer": (lambda: _token(iss=MALLORY.did), "status_list_unproven"),
    "whose token names another list": (lambda: _token(jti=OTHER), "status_list_unproven"),
    "whose token is for somebody": (lambda: _token(aud="https://else.example/"), "status_list_unreadable"),
    "whose token is of nobody": (
        lambda: _served(token(unsigned_list(), alg="none", signature=b"", typ="vc+jwt"), "application/jwt"),
        "status_list_unreadable",
    ),
    "whose token is another's": (
        lambda: _served(token(unsigned_list(), MALLORY, typ="vc+jwt"), "application/jwt"),
        "status_list_forged",
    ),
    "in an envelope that is another's": (
        lambda: _served(
            {
                "@context": "https://www.w3.org/ns/credentials/v2",
                "type": "EnvelopedVerifiableCredential",
                "id": "data:application/vc+jwt,"
                + token(unsigned_list(), MALLORY, kid=ATLAS.method, typ="vc+jwt").decode(),
            }
        ),
        "status_list_forged",
    ),
    "that is HTML": (lambda: _served(b"<html>not revoked</html>", "text/html"), "status_list_unreadable"),
    "that is nothing": (lambda: _served(b""), "status_list_unreadable"),
    "that is null": (lambda: _served(b"null"), "status_list_unreadable"),
    "that is a list of lists": (lambda: _served([unsigned_list()]), "status_list_unreadable"),
    "with a name twice": (
        lambda: _served(CLEAR[LIST].body[:-1] + b',"issuer":"x"}'),
        "status_list_unreadable",
    ),
    "that answers 404": (lambda: _served(CLEAR[LIST].body, code=404), "document_unreachable"),
    "that answers 500": (lambda: _served(CLEAR[LIST].body, code=500), "document_unreachable"),
    "that answers 304": (lambda: _served(CLEAR[LIST].body, code=304), "document_unreachable"),
    "that does not answer": (lambda: {}, "document_unreachable"),
    "with no bits": (lambda: _encoded(_zipped(b"")), "status_index_out_of_range"),
    "with one bit too few for the index": (
        lambda: _encoded(_zipped(bytes(440))),
        "status_index_out_of_range",
    ),
    "shorter than the standard allows": (lambda: _encoded(_zipped(CLEAR_BITS[:-1])), "status_list_too_short"),
    "longer than we read": (
        lambda: _encoded(_zipped(bytes(bitstring.MAX_ENTRIES // 8 + 1))),
        "status_list_too_long",
    ),
    "that is a bomb": (lambda: _encoded(BOMB_BYTES), "status_list_too_long"),
    "of two gzip streams, the first clear": (
        lambda: _encoded(_zipped(CLEAR_BITS) + _zipped(CLEAR_BITS)),
        "status_malformed",
    ),
    "with bytes behind the gzip stream": (lambda: _encoded(_zipped(CLEAR_BITS) + b"\0"), "status_malformed"),
    "cut off": (lambda: _encoded(_zipped(CLEAR_BITS)[:-9]), "status_malformed"),
    "with a wrong checksum": (
        lambda: _encoded(_zipped(CLEAR_BITS)[:-8] + bytes(4) + _zipped(CLEAR_BITS)[-4:]),
        "status_malformed",
    ),
    "in zlib's form": (lambda: _encoded(zlib.compress(CLEAR_BITS)), "status_malformed"),
    "not compressed": (lambda: _encoded(CLEAR_BITS), "status_malformed"),
    "without its multibase sign": (
        lambda: _subject(encodedList=bitstring.encode(())[1:]),
        "status_malformed",
    ),
    "with another multibase sign": (
        lambda: _subject(encodedList="z" + bitstring.encode(())[1:]),
        "status_malformed",
    ),
    "padded": (lambda: _subject(encodedList=bitstring.encode(()) + "="), "status_malformed"),
    "with a line break": (
        lambda: _subject(encodedList=bitstring.encode(())[:9] + "\n" + bitstring.encode(())[9:]),
        "status_malformed",
    ),
    "in ordinary base64": (lambda: _subject(encodedList="u+/+/"), "status_malformed"),
    "with a ttl below zero": (lambda: _subject(ttl=-1), "status_malformed"),
    "with a ttl that is a text": (lambda: _subject(ttl="60000"), "status_malformed"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list(name: str) -> None:
    """The bit of this badge is set in the true list; none of these lists clears it."""
    make, code = LISTS[name]
    attack = Attack(DATA, code, make())
    if code:
        assert_refused(attack)
    for policy in (STRANGER, TRUSTED):
        assert judged(attack, policy).outcome != "valid"


@pytest.mark.parametrize("proof", PROOFS)
def test_the_true_list_revokes_the_badge(proof: str) -> None:
    attack = Attack(ATLAS.sign(badge(), proof), "revoked", REVOKED, "invalid")
    assert assert_refused(attack).credential is not None


STALE: dict[str, Web] = {
    "over": listed(3527, validUntil="2026-11-21T11:00:00Z"),
    "too short": listed(3527, subject={"encodedList": bitstring.encode((3527,), 8000)}),
    "with a token that is over": _served(
        token(
            {**{k: v for k, v in unsigned_list(3527).items() if k != "validUntil"}, "exp": 1_700_000_000},
            typ="vc+jwt",
        ),
        "application/vc+jwt",
    ),
}


@pytest.mark.parametrize("name", STALE)
def test_a_revocation_stands_even_in_a_list_that_is(name: str) -> None:
    assert "revoked" in problems(judged(Attack(DATA, "", STALE[name])))


ROSTER = f"{samples.BASE}/revoked.json"


def _roster(*lines: Any, **changed: Any) -> Any:
    return {"id": ROSTER, "issuer": ATLAS.did, "revokedCredential": list(lines), **changed}


ROSTERS: dict[str, tuple[Any, str]] = {
    "that names the badge": (_roster({"id": badge()["id"]}), "revoked"),
    "that names it with null": (_roster({"id": badge()["id"], "revoked": None}), "revoked"),
    "that names it percent-encoded": (_roster({"id": badge()["id"].replace("b", "%62")}), "revoked"),
    "that names it with spaces": (_roster({"id": f" {badge()['id']} "}), "revoked"),
    "that names it twice, once not revoked": (
        _roster({"id": badge()["id"], "revoked": False}, {"id": badge()["id"]}),
        "revoked",
    ),
    "of another address": (_roster(id=OTHER), "status_list_unreadable"),
    "without lines": (_roster(revokedCredential=None), "status_list_unreadable"),
    "whose lines are an object": (_roster(revokedCredential={}), "status_list_unreadable"),
    "whose lines are texts": (_roster(badge()["id"]), "status_list_unreadable"),
    "that is a list": ([], "status_list_unreadable"),
    "that is no JSON": (b"<html>", "status_list_unreadable"),
    "with a name twice": (
        b'{"revokedCredential":[{"id":"x"}],"revokedCredential":[]}',
        "status_list_unreadable",
    ),
}


@pytest.mark.parametrize("name", ROSTERS)
def test_a_1edtech_revocation_list(name: str) -> None:
    body, code = ROSTERS[name]
    entry = {"id": ROSTER, "type": "1EdTechRevocationList"}
    data = ATLAS.sign(badge(**{"@context": [*badge()["@context"], EXTENSIONS], "credentialStatus": entry}))
    assert judged(Attack(data, "", page(ROSTER, _roster()))).outcome == "valid"
    assert_refused(Attack(data, code, page(ROSTER, body)))


def test_the_list_of_one_issuer_says_nothing_of_anothers_badge() -> None:
    """Even where two issuers share a host, and so an address."""
    eve = Issuer("eve")
    data = eve.sign({**badge(), "issuer": {**badge()["issuer"], "id": eve.did}})
    assert_refused(Attack(data, "status_list_wrong_signer", CLEAR))


def test_what_is_remembered_of_a_list_is_not_kept_for_another() -> None:
    """The same address and issuer, first clear, then revoked, then clear: each is read as it came."""
    for web, outcome in ((CLEAR, "valid"), (REVOKED, "invalid"), (CLEAR, "valid"), ({}, "indeterminate")) * 2:
        assert judged(Attack(DATA, "", web)).outcome == outcome


@pytest.mark.parametrize(
    ("members", "second", "outcome"),
    [
        ({"created": "2026-11-21T12:01:30Z"}, 31, "valid"),
        ({"created": "2026-11-21T12:01:30Z"}, 29, "indeterminate"),
        ({"expires": "2026-11-21T11:59:00Z"}, 0, "valid"),
        ({"expires": "2026-11-21T11:59:00Z"}, 1, "indeterminate"),
    ],
)
def test_a_list_has_a_minute_of_leeway_to_the_second(members: Any, second: int, outcome: str) -> None:
    assert judged(Attack(DATA, "", _proof(**members)), now=NOW.replace(second=second)).outcome == outcome
