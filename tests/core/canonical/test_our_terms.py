"""Our own terms: known by their bytes, wherever they lie, and by nothing else."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from pyld import jsonld

from exchange.core.canonical import our_terms
from exchange.core.canonical.contexts import SHIPPED, Contexts
from exchange.core.canonical.our_terms import (
    NAMESPACE,
    OurTerms,
    our_context,
    pinned_terms,
    terms_bytes,
    terms_digest,
    with_our_terms,
)
from exchange.core.digests import digest_sri
from exchange.core.keys.multibase import base58btc_encode
from exchange.core.proofs.jwt import peek_jwt
from exchange.errors import UnavailableError
from exchange.resources import data_path
from tests.core.endorsing import TERMS, key_credential, peer_endorsement
from tests.core.strategies import CONTEXT

Json = dict[str, Any]
PIN = {"id": TERMS, "digestSRI": terms_digest(), "mediaType": "application/ld+json"}


def document(*pins: Any, contexts: Any = (*CONTEXT, TERMS)) -> Json:
    context = contexts if isinstance(contexts, str) else list(contexts)
    return {"@context": context, "relatedResource": list(pins)}


def sri(name: str) -> str:
    return f"{name}-{b64encode(hashlib.new(name, terms_bytes()).digest()).decode()}"


def multihash(name: str, head: bytes) -> str:
    return "z" + base58btc_encode(head + hashlib.new(name, terms_bytes()).digest())


PINNED: dict[str, Json] = {
    "by SHA-256": document({"id": TERMS, "digestSRI": sri("sha256")}),
    "by SHA-384": document({"id": TERMS, "digestSRI": sri("sha384")}),
    "by SHA-512": document({"id": TERMS, "digestSRI": sri("sha512")}),
    "by a multihash": document({"id": TERMS, "digestMultibase": multihash("sha256", b"\x12\x20")}),
    "by both": document({**PIN, "digestMultibase": multihash("sha512", b"\x13\x40")}),
    "by two digests of one kind": document({"id": TERMS, "digestSRI": [sri("sha256"), sri("sha512")]}),
    "among others": document({"id": "https://x.example/", "digestSRI": digest_sri(b"x")}, PIN),
    "among things that are none": document(7, None, "x", [], {"digestSRI": sri("sha256")}, {"id": 7}, PIN),
    "by the only resource": {"@context": [*CONTEXT, TERMS], "relatedResource": PIN},
    "as the only context": document(PIN, contexts=TERMS),
    "as the 50th": document(*({"id": f"urn:x:{n}", "digestSRI": digest_sri(b"x")} for n in range(49)), PIN),
}
UNPINNED: dict[str, Json] = {
    "without a pin": document(),
    "without a digest": document({"id": TERMS}),
    "with another digest": document({"id": TERMS, "digestSRI": digest_sri(b"other")}),
    "with another digest besides": document({**PIN, "digestMultibase": "z" + base58btc_encode(bytes(32))}),
    "with one of two digests": document({"id": TERMS, "digestSRI": [sri("sha256"), digest_sri(b"other")]}),
    "with no digest in a list": document({"id": TERMS, "digestSRI": []}),
    "with a malformed digest": document({"id": TERMS, "digestSRI": "sha384-x"}),
    "with a malformed digest besides": document({**PIN, "digestMultibase": "f00"}),
    "with a digest of another name": document(
        {"id": TERMS, "digestSRI": sri("sha256").replace("256", "384")}
    ),
    "with a digest in hex": document({"id": TERMS, "digestSRI": "sha256-" + "00" * 32}),
    "with a null": document({"id": TERMS, "digestSRI": None}),
    "with MD5": document({"id": TERMS, "digestSRI": "md5-" + b64encode(bytes(16)).decode()}),
    "pinned twice": document(PIN, PIN),
    "pinned twice, once wrongly": document(PIN, {"id": TERMS, "digestSRI": digest_sri(b"other")}),
    "pinned twice, once without a digest": document({"id": TERMS}, PIN),
    "another URL pinned": document({**PIN, "id": TERMS + "?"}),
    "a URL that is no context": document(PIN, contexts=CONTEXT),
    "a known context's URL": document({**PIN, "id": CONTEXT[1]}),
    "as the 51st": document(*({"id": f"urn:x:{n}", "digestSRI": digest_sri(b"x")} for n in range(50)), PIN),
    "with no list of contexts": {"@context": {"@vocab": TERMS}, "relatedResource": [PIN]},
    "with no context": {"relatedResource": [PIN]},
    "with a number for resources": {"@context": [TERMS], "relatedResource": 7},
}


@pytest.mark.parametrize("name", PINNED)
def test_what_is_pinned_as_ours(name: str) -> None:
    whole = PINNED[name]
    assert pinned_terms(whole, SHIPPED) == {TERMS}
    known = with_our_terms(whole, SHIPPED)
    assert TERMS not in json.dumps(known["@context"])
    assert NAMESPACE in known["@context"]
    assert {**known, "@context": whole["@context"]} == whole
    assert our_context(whole, SHIPPED) == known["@context"]


@pytest.mark.parametrize("name", UNPINNED)
def test_what_is_not_pinned_as_ours(name: str) -> None:
    whole = UNPINNED[name]
    assert pinned_terms(whole, SHIPPED) == frozenset()
    assert with_our_terms(whole, SHIPPED) is whole
    assert our_context(whole, SHIPPED) is whole.get("@context")


def test_a_pin_is_for_the_object_it_stands_in() -> None:
    inner = document(PIN)
    outer = {"@context": [*CONTEXT, TERMS], "endorsement": [inner, {"@context": [TERMS]}]}
    known = with_our_terms(outer, SHIPPED)
    assert known["@context"] == outer["@context"]
    assert known["endorsement"][0]["@context"] == [*CONTEXT, NAMESPACE]
    assert known["endorsement"][1] is outer["endorsement"][1]


def test_the_bytes_are_those_that_were_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    assert terms_bytes() == (data_path("schemas") / our_terms.FILE).read_bytes()
    assert terms_digest() == digest_sri(terms_bytes())
    assert SHIPPED.published(NAMESPACE) == terms_bytes()
    listed = json.loads((data_path("schemas") / "manifest.json").read_bytes())["contexts"]
    (entry,) = [one for one in listed if one["file"] == our_terms.FILE]
    assert entry["sha256"] == hashlib.sha256(terms_bytes()).hexdigest()
    assert entry["id"] == NAMESPACE
    monkeypatch.setattr(our_terms.resources, "data_path", lambda name: tmp_path)
    for content, says in ((None, "cannot be read"), (terms_bytes() + b"\n", "not the one that was shipped")):
        if content is not None:
            (tmp_path / our_terms.FILE).write_bytes(content)
        with pytest.raises(UnavailableError, match=says) as changed:
            Contexts({NAMESPACE: OurTerms()})[NAMESPACE]
        assert changed.value.code == "context_unavailable"


def _load(url: str, options: Any) -> Json:
    found = json.loads(terms_bytes()) if url == TERMS else SHIPPED[url]
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": found}


@pytest.mark.parametrize("make", [peer_endorsement, lambda: _payload(key_credential())], ids=["peer", "key"])
def test_pyld_by_itself_finds_every_term_and_no_other_meaning(make: Callable[[], Json]) -> None:
    whole = make()
    dropped: list[str] = []
    expanded = jsonld.expand(whole, {"documentLoader": _load}, on_property_dropped=dropped.append)
    assert [term for term in dropped if term not in ("nbf", "sub", "iss", "jti")] == []
    said = json.dumps(expanded)
    ours = {part.split('"')[0] for part in said.split(NAMESPACE + "#")[1:]}
    defined = {part.split('"')[0] for part in terms_bytes().decode().split(NAMESPACE + "#")[1:]}
    text = json.dumps(whole)
    assert ours == {term for term in defined if f'"{term}"' + ": " * term[0].islower() in text}
    compacted = jsonld.compact(expanded, whole["@context"], {"documentLoader": _load})
    assert compacted["credentialSubject"]["type"] == whole["credentialSubject"]["type"]


def _payload(token: str) -> Json:
    return peek_jwt(token.encode()).credential


def test_no_term_of_ours_is_one_of_the_standards_and_none_is_loose() -> None:
    terms = json.loads(terms_bytes())["@context"]
    assert "@vocab" not in terms_bytes().decode()
    assert terms["@protected"] is True
    loose = set(terms) - {
        "@protected",
        "id",
        "type",
        "PeerEndorsement",
        "EndorserKey",
        "EndorsedSkill",
        "Vouch",
    }
    assert loose == {"statusListIssuer"}, "a status entry's own type is protected, so this one has no scope"
    for url in (*CONTEXT, "https://www.w3.org/2018/credentials/v1"):
        assert not set(SHIPPED[url]["@context"]) & (set(terms) - {"@protected", "id", "type"})
    for scope in ("PeerEndorsement", "EndorserKey"):
        assert terms[scope]["@context"]["@protected"] is True
