"""The status entry of a badge: one that cannot be read is never a clear one."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import samples
from exchange.errors import InputError
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    LIST,
    PROOFS,
    STRANGER,
    TRUSTED,
    Attack,
    Json,
    assert_refused,
    badge,
    dumped,
    judged,
    page,
    problems,
    signed,
    unsigned_list,
)

OTHER = f"{samples.BASE}/status/list-2"
PROOF = signed(badge())["proof"]


def _entry(code: str, **changed: Any) -> tuple[Json, str]:
    entry = {**badge()["credentialStatus"], **changed}
    return {name: value for name, value in entry.items() if value is not None}, code


ENTRIES: dict[str, tuple[Any, str]] = {
    "an index of -1": _entry("status_malformed", statusListIndex="-1"),
    "an index with a plus": _entry("status_malformed", statusListIndex="+5"),
    "an index with a space": _entry("status_malformed", statusListIndex=" 5"),
    "an index with a line feed": _entry("status_malformed", statusListIndex="5\n"),
    "an index that is a fraction": _entry("status_malformed", statusListIndex="5.0"),
    "an index with an exponent": _entry("status_malformed", statusListIndex="1e3"),
    "an index with an underscore": _entry("status_malformed", statusListIndex="1_0"),
    "a hexadecimal index": _entry("status_malformed", statusListIndex="0x5"),
    "an index in other digits": _entry("status_malformed", statusListIndex="٣٥٢٧"),
    "an index in superscript": _entry("status_malformed", statusListIndex="⁵"),
    "an empty index": _entry("status_malformed", statusListIndex=""),
    "a number for an index": _entry("status_malformed", statusListIndex=5),
    "true for an index": _entry("status_malformed", statusListIndex=True),
    "two indices": _entry("status_malformed", statusListIndex=["5", "3527"]),
    "no index": _entry("status_malformed", statusListIndex=None),
    "an index beyond the list": _entry("status_index_out_of_range", statusListIndex="131072"),
    "an index beyond 2^64": _entry("status_index_out_of_range", statusListIndex="1" + "0" * 25),
    "an index of a thousand digits": _entry("status_malformed", statusListIndex="1" * 1000),
    "no purpose": _entry("status_malformed", statusPurpose=None),
    "an empty purpose": _entry("status_malformed", statusPurpose=""),
    "two purposes": _entry("status_malformed", statusPurpose=["refresh", "revocation"]),
    "another purpose than the list's": _entry("status_purpose_mismatch", statusPurpose="refresh"),
    "no list": _entry("status_malformed", statusListCredential=None),
    "a list that is a path": _entry("status_malformed", statusListCredential="/status/1"),
    "a list that is two": _entry("status_malformed", statusListCredential=[LIST, OTHER]),
    "a list that is an object": _entry("status_malformed", statusListCredential={"id": LIST}),
    "a list in a data URL": _entry(
        "document_unreachable", statusListCredential="data:application/vc+jwt,e30.e30.x"
    ),
    "a list in a file": _entry("document_unreachable", statusListCredential="file:///etc/passwd"),
    "an id that is the list's": _entry("status_malformed", id=LIST),
    "entries of two bits without messages": _entry("status_malformed", statusSize=2),
    "entries of no bits": _entry("status_malformed", statusSize=0),
    "entries of -1 bits": _entry("status_malformed", statusSize=-1),
    "entries of a million bits": _entry("status_malformed", statusSize=1_000_000),
    "entries of a text of bits": _entry("status_malformed", statusSize="1"),
    "entries of 1.0 bits": _entry("", statusSize=1.0),
    "entries of true bits": _entry("status_malformed", statusSize=True),
    "messages that are too few": _entry(
        "status_malformed", statusSize=2, statusMessage=[{"status": "0x0", "message": "fine"}]
    ),
    "messages for one value twice": _entry(
        "status_malformed",
        statusSize=1,
        statusMessage=[{"status": "0x0", "message": "a"}, {"status": "0x0", "message": "b"}],
    ),
    "no type": _entry("status_malformed", type=None),
    "a type nobody knows": _entry("undefined_type", type="GoldenStatus2099"),
    "a type that is a number": _entry("undefined_type", type=7),
    "five lists": (
        [
            {**badge()["credentialStatus"], "id": f"urn:s:{n}", "statusListCredential": f"{LIST}{n}"}
            for n in range(5)
        ],
        "status_too_many",
    ),
    "a thousand entries": (
        [{**badge()["credentialStatus"], "id": f"urn:s:{n}", "statusListIndex": str(n)} for n in range(1000)],
        "status_too_many",
    ),
    "a text": ("revoked", ""),
    "a number": (7, ""),
    "false": (False, ""),
    "an empty object": ({}, "status_malformed"),
    "a good entry and a text": ([badge()["credentialStatus"], "x"], "status_malformed"),
}


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_with(name: str, proof: str) -> None:
    """Signed by the issuer as it stands: a status that cannot be read is never a clear one."""
    entry, code = ENTRIES[name]
    document = badge(credentialStatus=entry)
    try:
        data = ATLAS.sign(document, proof)
    except InputError:  # the walk would not even sign it
        data, code = dumped({**document, "proof": PROOF}), ""
    attack = Attack(data, code, CLEAR)
    for policy in (STRANGER, TRUSTED):
        verdict = judged(attack, policy)
        assert verdict.outcome != "valid", verdict.findings
    # Some are refused earlier, as linked data that means nothing or something else.
    earlier = {"moved_statement", "relative_iri", "undefined_term", "undefined_type", "illegal_iri"}
    assert not code or problems(judged(attack)) & {code, *earlier}, judged(attack).findings


def test_two_entries_are_both_read() -> None:
    first = badge()["credentialStatus"]
    second = {**first, "id": f"{OTHER}#7", "statusListIndex": "7", "statusListCredential": OTHER}
    for entries in ([first, second], [second, first]):
        data = ATLAS.sign(badge(credentialStatus=entries))
        bad = page(OTHER, ATLAS.sign(unsigned_list(7, url=OTHER)))
        good = page(OTHER, ATLAS.sign(unsigned_list(url=OTHER)))
        assert judged(Attack(data, "", {**CLEAR, **good})).outcome == "valid"
        assert_refused(Attack(data, "revoked", {**CLEAR, **bad}))
        assert_refused(Attack(data, "document_unreachable", CLEAR))
