"""A log proof convinces whoever has the log's key, and nobody when anything in it was changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.log import entry as log_entry
from exchange.core.log import merkle
from exchange.core.log.proof import LogProof, check_log_proof, peek_log_proof
from exchange.core.log.signed_note import parse_verifier_key
from exchange.errors import InputError
from tests.core.notes import LOG, REKOR_KEY, Signer, signed_checkpoint

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SIZE, INDEX = 13, 8
SALTS = [bytes([number]) * 16 for number in range(SIZE)]
CONTENTS = [{"badge": f"urn:example:{number}", "sha256": "ab" * 32} for number in range(SIZE)]
ENTRIES = [
    log_entry.build_entry("award", AT, log_entry.commit(content, salt))
    for content, salt in zip(CONTENTS, SALTS, strict=True)
]
NODES = merkle.append(0, [merkle.leaf_hash(entry) for entry in ENTRIES], {})
CHECKPOINT = signed_checkpoint(SIZE, merkle.root(SIZE, NODES))
PROOF = LogProof(
    CHECKPOINT,
    INDEX,
    merkle.inclusion_proof(INDEX, SIZE, NODES),
    ENTRIES[INDEX],
    CONTENTS[INDEX],
    SALTS[INDEX],
)
VALUE = PROOF.to_json()
KEYS = [LOG.key]
ALL_OK = {"checkpoint_ok": "ok", "inclusion_ok": "ok", "entry_ok": "ok", "commitment_ok": "ok"}


def with_(**members: Any) -> dict[str, Any]:
    """The value with other members; `...` leaves one out."""
    return {name: member for name, member in {**VALUE, **members}.items() if member is not ...}


def codes(value: object, keys: Any = KEYS) -> dict[str, str]:
    return {finding.code: finding.level for finding in check_log_proof(value, keys)}


def test_a_log_proof_is_this_json() -> None:
    assert list(VALUE) == ["checkpoint", "index", "proof", "entry", "content", "salt"]
    assert VALUE["checkpoint"].startswith("exchange.example/log\n13\n")
    assert (VALUE["index"], VALUE["salt"]) == (8, "CAgICAgICAgICAgICAgICA")
    assert VALUE["entry"].startswith('{"at":"2026-11-21T09:30:00Z",')
    assert len(VALUE["proof"]) == 4


def test_it_convinces_from_a_file_with_nothing_but_the_text_of_the_key() -> None:
    saved = json.dumps(VALUE, ensure_ascii=False, indent=2).encode()
    value, key = strict_json.parse(saved), parse_verifier_key(str(LOG.key))
    assert codes(value, [key]) == ALL_OK
    assert peek_log_proof(value) == PROOF
    assert PROOF.to_json() == VALUE  # checking changes nothing


def test_every_entry_of_the_log_has_its_proof() -> None:
    for index, (entry, content, salt) in enumerate(zip(ENTRIES, CONTENTS, SALTS, strict=True)):
        path = merkle.inclusion_proof(index, SIZE, NODES)
        assert codes(LogProof(CHECKPOINT, index, path, entry, content, salt).to_json()) == ALL_OK


@pytest.mark.parametrize("erased", [..., None], ids=["left out", "null"])
def test_an_erased_content_cannot_be_told_though_the_entry_is_there(erased: Any) -> None:
    told = codes(with_(content=erased, salt=erased))
    assert told == {
        "checkpoint_ok": "ok",
        "inclusion_ok": "ok",
        "entry_ok": "ok",
        "content_withheld": "unknown",
    }
    assert "content" not in LogProof(CHECKPOINT, INDEX, PROOF.proof, PROOF.entry).to_json()


def test_every_failed_check_is_told_not_only_the_first() -> None:
    wrong = with_(checkpoint=VALUE["checkpoint"].replace("\n13\n", "\n14\n"), content={"badge": "another"})
    found = check_log_proof({**wrong, "entry": ENTRIES[3].decode()}, KEYS)
    assert [(finding.code, finding.at) for finding in found] == [
        ("note_signature_invalid", "/checkpoint"),
        ("inclusion_proof_wrong", "/proof"),
        ("entry_ok", "/entry"),
        ("commitment_mismatch", "/content"),
    ]


WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "signed by nobody we know": (
        with_(checkpoint=signed_checkpoint(SIZE, merkle.root(SIZE, NODES), Signer(seed="eve")).decode()),
        {"note_key_unknown": "unknown"},
    ),
    "not signed": (with_(checkpoint=VALUE["checkpoint"].partition("—")[0]), {"note_malformed": "error"}),
    "a checkpoint of another size": (
        with_(checkpoint=signed_checkpoint(9, merkle.root(9, NODES)).decode()),
        {"log_proof_malformed": "error"},
    ),
    "a checkpoint before the entry": (
        with_(checkpoint=signed_checkpoint(8, merkle.root(8, NODES)).decode()),
        {"log_proof_malformed": "error"},
    ),
    "another entry": (
        with_(entry=ENTRIES[3].decode()),
        {"inclusion_proof_wrong": "error", "commitment_mismatch": "error"},
    ),
    "another place": (with_(index=9), {"inclusion_proof_wrong": "error"}),
    "a place beyond": (with_(index=13), {"log_proof_malformed": "error"}),
    "another hash": (with_(proof=VALUE["proof"][::-1]), {"inclusion_proof_wrong": "error"}),
    "a hash less": (with_(proof=VALUE["proof"][1:]), {"log_proof_malformed": "error"}),
    "a hash too short": (with_(proof=[*VALUE["proof"][:3], "AAAA"]), {"log_proof_malformed": "error"}),
    "another content": (with_(content={"badge": "another"}), {"commitment_mismatch": "error"}),
    "another salt": (with_(salt="A" * 22), {"commitment_mismatch": "error"}),
    "a salt too short": (with_(salt="AAAA"), {"salt_malformed": "error"}),
    "no entry at all": (
        with_(entry="award"),
        {"inclusion_proof_wrong": "error", "log_entry_malformed": "error"},
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_does_not_fit_is_told(fault: str) -> None:
    value, expected = WRONG[fault]
    assert {code: level for code, level in codes(value).items() if level != "ok"} == expected


def test_without_the_key_nothing_is_proven() -> None:
    for keys in ([], [REKOR_KEY]):
        assert codes(VALUE, keys)["note_key_unknown"] == "unknown"
        assert "checkpoint_ok" not in codes(VALUE, keys)


MALFORMED: dict[str, tuple[Any, str]] = {
    "null": (None, ""),
    "a list": ([VALUE], ""),
    "a text": (json.dumps(VALUE), ""),
    "empty": ({}, "/index"),
    "no checkpoint": (with_(checkpoint=...), "/checkpoint"),
    "checkpoint an object": (with_(checkpoint={}), "/checkpoint"),
    "half a surrogate": (with_(checkpoint="\ud800"), "/checkpoint"),
    "no index": (with_(index=...), "/index"),
    "index a text": (with_(index="8"), "/index"),
    "index a double": (with_(index=8.0), "/index"),
    "index true": (with_(index=True), "/index"),
    "index negative": (with_(index=-1), "/index"),
    "index enormous": (with_(index=10**400), "/index"),
    "no proof": (with_(proof=...), "/proof"),
    "proof a text": (with_(proof=VALUE["proof"][0]), "/proof"),
    "too many hashes": (with_(proof=VALUE["proof"] * 16), "/proof"),
    "a hash that is a number": (with_(proof=[*VALUE["proof"], 7]), "/proof/4"),
    "a hash in base64url": (with_(proof=["_" * 43 + "="]), "/proof/0"),
    "no entry": (with_(entry=...), "/entry"),
    "entry an object": (with_(entry=json.loads(VALUE["entry"])), "/entry"),
    "content a text": (with_(content="text"), "/content"),
    "content without salt": (with_(salt=...), "/content"),
    "salt without content": (with_(content=...), "/content"),
    "salt in base64": (with_(salt=VALUE["salt"] + "=="), "/salt"),
    "salt a number": (with_(salt=8), "/salt"),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_value_of_another_form_is_refused_with_its_place(fault: str) -> None:
    value, at = MALFORMED[fault]
    (finding,) = check_log_proof(value, KEYS)
    assert (finding.code, finding.level, finding.at) == ("log_proof_malformed", "error", at)
    with pytest.raises(InputError):
        peek_log_proof(value)


def test_further_members_mean_nothing() -> None:
    assert codes(with_(valid=True, root="AAAA")) == ALL_OK


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(list(VALUE)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(list(VALUE)), json_values, min_size=1))
def test_no_value_does_more_than_fail(members: dict[str, Any]) -> None:
    found = codes({**VALUE, **members})
    assert set(found.values()) <= {"ok", "unknown", "error"}
    if any(members[name] != VALUE[name] for name in members):
        assert found != ALL_OK


@given(st.data())
def test_one_character_changed_and_it_does_not_convince(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["checkpoint", "entry", "salt"]))
    text = VALUE[name]
    place = data.draw(st.integers(0, len(text) - 1))
    other = chr(ord(text[place]) ^ data.draw(st.integers(1, 127)))
    found = codes(with_(**{name: text[:place] + other + text[place + 1 :]}))
    assert set(found.values()) != {"ok"}
