"""Log entries: one sequence of bytes for one entry, a commitment that hides, binds and can be forgotten."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.log import entry as log_entry
from exchange.core.log import merkle
from exchange.core.log.entry import LogEntry, build_entry, commit, open_entry, read_entry
from exchange.errors import CannotTellError, ExchangeError, InputError
from tests.core.trees import flipped

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
SALT = bytes(range(16))
CONTENT = {"badge": "urn:uuid:73121b03-f2ab-4670-a150-89adb3aadff7", "sha256": "ab" * 32}
COMMITMENT = commit(CONTENT, SALT)
ENTRY = build_entry("award", AT, COMMITMENT)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
contents = st.dictionaries(st.text(max_size=4), json_values, max_size=4)
brackets = st.text('{}[]":,\\a1 ', max_size=9)
tricky_contents = st.dictionaries(brackets, brackets | st.lists(brackets, max_size=3), max_size=4)
salts = st.binary(min_size=16, max_size=64)


def code_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(ExchangeError) as caught:
        call(*arguments)
    return caught.value.code


def test_an_entry_is_these_bytes() -> None:
    written = f'{{"at":"2026-11-21T09:30:00Z","commitment":"{COMMITMENT}","kind":"award","v":1}}'
    assert written.encode() == ENTRY
    assert len(ENTRY) < log_entry.MAX_ENTRY_BYTES


def test_a_commitment_is_the_hash_of_the_salt_and_the_canonical_content() -> None:
    canonical = json.dumps(CONTENT, separators=(",", ":"), sort_keys=True).encode()
    digest = hashlib.sha256(SALT + canonical).digest()
    assert urlsafe_b64encode(digest).rstrip(b"=").decode() == COMMITMENT
    assert commit(dict(reversed(CONTENT.items())), SALT) == COMMITMENT


@given(st.sampled_from(sorted(log_entry.KINDS)), st.datetimes(datetime(1000, 1, 1)), contents, salts)
def test_what_was_built_is_what_is_read(
    kind: str, at: datetime, content: dict[str, Any], salt: bytes
) -> None:
    moment = at.replace(tzinfo=UTC, microsecond=0)
    entry = build_entry(kind, moment, commit(content, salt))
    assert (
        open_entry(entry, content, salt) == LogEntry(kind, moment, commit(content, salt)) == read_entry(entry)
    )


def test_a_time_is_written_in_utc_to_the_second() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=45))) + timedelta(milliseconds=999)
    assert build_entry("award", elsewhere, COMMITMENT) == ENTRY


@given(contents, contents, salts, salts)
def test_two_openings_of_one_commitment_are_one(
    content: dict[str, Any], other: dict[str, Any], salt: bytes, other_salt: bytes
) -> None:
    same = log_entry.jcs.canonicalize(content) == log_entry.jcs.canonicalize(other) and salt == other_salt
    assert (commit(content, salt) == commit(other, other_salt)) == same


@given(tricky_contents)
def test_no_content_ends_with_another_so_the_salt_needs_no_sign_where_it_ends(
    content: dict[str, Any],
) -> None:
    canonical = log_entry.jcs.canonicalize(content)
    for cut in range(1, len(canonical)):
        if canonical[cut : cut + 1] == b"{":
            with pytest.raises(ValueError):
                json.loads(canonical[cut:])


@given(st.integers(0, 15), st.integers(1, 255))
def test_another_salt_does_not_open_it(place: int, change: int) -> None:
    assert code_of(open_entry, ENTRY, CONTENT, flipped(SALT, place, change)) == "commitment_mismatch"


@pytest.mark.parametrize("other", [{}, {**CONTENT, "badge": "x"}, {**CONTENT, "more": None}])
def test_another_content_does_not_open_it(other: dict[str, Any]) -> None:
    assert code_of(open_entry, ENTRY, other, SALT) == "commitment_mismatch"


def test_erasing_the_content_leaves_the_tree_as_it_was() -> None:
    entries = [build_entry("award", AT, commit({"number": n}, SALT)) for n in range(5)]
    nodes = merkle.append(0, [merkle.leaf_hash(entry) for entry in entries], {})
    # From here on nobody has the content or the salt of entry 3: only its bytes are left.
    proof = merkle.inclusion_proof(3, 5, nodes)
    merkle.verify_inclusion(merkle.leaf_hash(entries[3]), 3, 5, proof, merkle.root(5, nodes))
    assert read_entry(entries[3]).kind == "award"
    assert b"number" not in entries[3]


@pytest.mark.parametrize("size", [0, 1, 15, 65])
def test_a_salt_too_short_or_too_long_is_refused(size: int) -> None:
    assert code_of(commit, CONTENT, bytes(size)) == "salt_malformed"
    assert code_of(open_entry, ENTRY, CONTENT, bytes(size)) == "salt_malformed"


@pytest.mark.parametrize("content", [None, "text", 7, [CONTENT], ()])
def test_only_an_object_is_committed_to(content: Any) -> None:
    assert code_of(commit, content, SALT) == "log_content_malformed"


def test_content_that_is_no_json_is_refused() -> None:
    assert code_of(commit, {"at": AT}, SALT) == "jcs_type"
    assert code_of(commit, {"n": float("nan")}, SALT) == "jcs_number"


@pytest.mark.parametrize("kind", ["", "Award", "delete", "award "])
def test_a_kind_that_is_not_logged_is_not_built(kind: str) -> None:
    assert code_of(build_entry, kind, AT, COMMITMENT) == "log_kind_unknown"


def test_a_kind_of_a_newer_log_is_read() -> None:
    newer = ENTRY.replace(b'"award"', b'"transfer"')
    assert read_entry(newer).kind == "transfer"


def test_a_moment_without_a_zone_is_refused() -> None:
    assert code_of(build_entry, "award", AT.replace(tzinfo=None), COMMITMENT) == "date_without_zone"


@pytest.mark.parametrize("commitment", ["", COMMITMENT[:-1], COMMITMENT + "=", COMMITMENT + "A", "é" * 43])
def test_a_commitment_that_is_no_hash_is_refused(commitment: str) -> None:
    assert code_of(build_entry, "award", AT, commitment) == "log_entry_malformed"


def changed(**members: Any) -> bytes:
    value = {**json.loads(ENTRY), **members}
    present = {name: member for name, member in value.items() if member is not ...}
    return json.dumps(present, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


MALFORMED = {
    "empty": b"",
    "not JSON": b"award",
    "a list": b"[" + ENTRY + b"]",
    "a number": b"1",
    "a space inside": ENTRY.replace(b",", b", ", 1),
    "a newline at the end": ENTRY + b"\n",
    "members in another order": b'{"v":1,' + ENTRY[1:].replace(b',"v":1', b""),
    "a member twice": ENTRY.replace(b'"v":1', b'"v":1,"v":1'),
    "an escape": ENTRY.replace(b"award", b"\\u0061ward"),
    "not UTF-8": ENTRY.replace(b"award", b"aw\xe9rd"),
    "too long": changed(kind="x" * 512),
    "nested": changed(kind=["award"]),
    "no version": changed(v=...),
    "version a text": changed(v="1"),
    "version true": changed(v=True),
    "version null": changed(v=None),
    "no kind": changed(kind=...),
    "empty kind": changed(kind=""),
    "kind a number": changed(kind=7),
    "no time": changed(at=...),
    "time a number": changed(at=1763717400),
    "time with an offset": changed(at="2026-11-21T10:30:00+01:00"),
    "time with a fraction": changed(at="2026-11-21T09:30:00.5Z"),
    "time without zone": changed(at="2026-11-21T09:30:00"),
    "time that never was": changed(at="2026-02-30T09:30:00Z"),
    "no commitment": changed(commitment=...),
    "commitment too short": changed(commitment="AAAA"),
    "commitment with loose bits": changed(commitment=COMMITMENT[:-1] + chr(ord(COMMITMENT[-1]) + 1)),
    "one member more": changed(name="Ada"),
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_bytes_that_are_no_entry_are_refused(fault: str) -> None:
    assert MALFORMED[fault] != ENTRY
    with pytest.raises(InputError) as caught:
        read_entry(MALFORMED[fault])
    assert caught.value.code == "log_entry_malformed"


@pytest.mark.parametrize("version", [0, 2, -1, 10**15])
def test_an_entry_of_another_version_cannot_be_told(version: int) -> None:
    with pytest.raises(CannotTellError) as caught:
        read_entry(changed(v=version, more="members"))
    assert caught.value.code == "log_entry_unknown_version"


@given(st.binary(max_size=80) | st.integers(0, 200).map(lambda place: flipped(ENTRY, place, 1)))
def test_any_bytes_are_read_back_as_they_were_or_refused(raw: bytes) -> None:
    try:
        entry = read_entry(raw)
    except ExchangeError:
        return
    assert raw == ENTRY or (entry.kind, entry.at, entry.commitment) != ("award", AT, COMMITMENT)
