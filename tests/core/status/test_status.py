"""Status lists: bits, entries, and everything that binds a list to the badge that names it."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.status import bitstring, status
from exchange.errors import CannotTellError, InputError
from tests.core.status.test_bitstring import GOOD, pack

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LIST = "https://issuer.example/status/1"
ISSUER = "did:web:issuer.example"
CREDENTIAL: dict[str, Any] = {
    "id": "https://issuer.example/badges/a%20b",
    "issuer": {"id": ISSUER, "type": ["Profile"]},
}


def entry_object(**changes: Any) -> dict[str, Any]:
    return {**status.build_status_entry(LIST, "revocation", 94567), **changes}


def entry(**changes: Any) -> status.StatusEntry:
    return status.entries_of({"credentialStatus": entry_object(**changes)})[0]


def listed(
    set_indices: tuple[int, ...] = (), subject: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    credential = status.build_status_list_credential(
        LIST,
        ISSUER,
        "revocation",
        bitstring.encode(set_indices),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1),
        ttl_ms=300_000,
    )
    credential["credentialSubject"] |= subject or {}
    return {**credential, **changes}


def codes(entry_: status.StatusEntry, list_: dict[str, Any], now: datetime = NOW) -> dict[str, str]:
    found = status.check_entry(entry_, list_, CREDENTIAL, now)
    return {finding.code: finding.level for finding in found}


# --- entries ---


def test_entry_is_read_with_its_place() -> None:
    credential = {"credentialStatus": [entry_object(), entry_object(statusPurpose="suspension")]}
    first, second = status.entries_of(credential)
    assert (first.purpose, first.index, first.list_url, first.size) == ("revocation", 94567, LIST, 1)
    assert (first.at, second.at, second.purpose) == (
        "/credentialStatus/0",
        "/credentialStatus/1",
        "suspension",
    )
    assert entry().at == "/credentialStatus"
    assert status.entries_of({}) == ()


def test_wide_entry_is_read_with_its_messages() -> None:
    messages = [{"status": f"0x{value:X}", "message": f"m{value}"} for value in (3, 1, 0, 2)]
    read = entry(statusSize=2, statusMessage=messages, statusPurpose="message")
    assert (read.size, read.messages) == (2, ("m0", "m1", "m2", "m3"))


TWO = [{"status": "0x0", "message": "a"}, {"status": "0x1", "message": "b"}]
BAD_ENTRIES: dict[str, Any] = {
    "null": None,
    "a string": "https://issuer.example/status/1#94567",
    "no type": entry_object(type=None),
    "empty type": entry_object(type=[]),
    "numeric index": entry_object(statusListIndex=94567),
    "boolean index": entry_object(statusListIndex=True),
    "negative index": entry_object(statusListIndex="-1"),
    "signed index": entry_object(statusListIndex="+1"),
    "hexadecimal index": entry_object(statusListIndex="0x10"),
    "index with a space": entry_object(statusListIndex="1 "),
    "index with underscore": entry_object(statusListIndex="1_0"),
    "Arabic-Indic digits": entry_object(statusListIndex="\u0661\u0662"),
    "endless index": entry_object(statusListIndex="9" * 65),
    "no purpose": entry_object(statusPurpose=None),
    "two purposes": entry_object(statusPurpose=["revocation", "suspension"]),
    "empty purpose": entry_object(statusPurpose=""),
    "no list": entry_object(statusListCredential=None),
    "list not a URL": entry_object(statusListCredential="status/1"),
    "list with a space": entry_object(statusListCredential="https://issuer.example/a b"),
    "list as an object": entry_object(statusListCredential={"id": LIST}),
    "id is the list": entry_object(id=LIST),
    "size zero": entry_object(statusSize=0),
    "size a string": entry_object(statusSize="1"),
    "size true": entry_object(statusSize=True),
    "size a double": entry_object(statusSize=1.0),
    "size too large": entry_object(statusSize=64),
    "wide without messages": entry_object(statusSize=2),
    "too few messages": entry_object(statusSize=2, statusMessage=TWO),
    "messages not a list": entry_object(statusMessage={"status": "0x0", "message": "a"}),
    "message without text": entry_object(statusMessage=[{"status": "0x0"}, TWO[1]]),
    "message without status": entry_object(statusMessage=[{"message": "x"}, TWO[1]]),
    "status not hexadecimal": entry_object(statusMessage=[{"status": "1", "message": "x"}, TWO[1]]),
    "status twice": entry_object(statusMessage=[TWO[1], TWO[1]]),
    "message a string": entry_object(statusMessage=["a", "b"]),
}


@pytest.mark.parametrize("fault", BAD_ENTRIES)
@pytest.mark.parametrize(
    "wrap", [lambda item: item, lambda item: [entry_object(), item]], ids=["alone", "in a list"]
)
def test_malformed_entry_is_refused(fault: str, wrap: Any) -> None:
    with pytest.raises(InputError) as caught:
        status.entries_of({"credentialStatus": wrap(BAD_ENTRIES[fault])})
    assert caught.value.code == "status_malformed"
    assert caught.value.at.startswith("/credentialStatus")


def test_more_than_four_lists_cannot_be_told() -> None:
    many = [entry_object(statusListCredential=f"{LIST}{n}") for n in range(5)]
    assert len(status.entries_of({"credentialStatus": many[:4]})) == 4
    for hostile in (many, [entry_object()] * 1000):
        with pytest.raises(CannotTellError) as caught:
            status.entries_of({"credentialStatus": hostile})
        assert caught.value.code == "status_too_many"


def test_unknown_type_is_named_and_cannot_be_told() -> None:
    (read,) = status.entries_of(
        {"credentialStatus": {"type": "TokenStatusList", "id": "https://x.example/1"}}
    )
    assert read.list_url == ""
    assert codes(read, listed()) == {"status_type_unknown": "unknown"}


# --- the list ---


def test_clear_list_says_ok() -> None:
    assert codes(entry(), listed((94566, 94568))) == {"status_ok": "ok"}


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("revocation", {"revoked": "error"}),
        ("suspension", {"suspended": "error"}),
        ("refresh", {"status_set": "warning"}),
        ("message", {"status_set": "unknown"}),
        ("lunch", {"status_set": "unknown"}),
    ],
)
def test_set_bit_is_told_by_its_purpose(purpose: str, expected: dict[str, str]) -> None:
    shown = listed((94567,), {"statusPurpose": ["suspension", purpose]})
    assert codes(entry(statusPurpose=purpose), shown) == expected


def wide(set_bits: tuple[int, ...]) -> dict[str, Any]:
    return listed(subject={"encodedList": bitstring.encode(set_bits, 262_144)})


def test_revoked_badge_stays_revoked_in_a_wide_list() -> None:
    messages = [{"status": f"0x{value:x}", "message": ""} for value in range(4)]
    read = entry(statusSize=2, statusMessage=messages)
    assert codes(read, wide((2 * 94567,))) == {"revoked": "error"}
    assert codes(read, wide((2 * 94567 + 1,))) == {"revoked": "error"}
    assert codes(read, wide((94567, 2 * 94567 - 1, 2 * 94567 + 2))) == {"status_ok": "ok"}


NOT_THE_LIST: dict[str, tuple[dict[str, Any], str]] = {
    "another clear list of the same issuer": ({"id": LIST + "0"}, "status_list_wrong_id"),
    "a list without id": ({"id": None}, "status_list_wrong_id"),
    "a list signed by somebody else": ({"issuer": "did:web:evil.example"}, "status_list_wrong_signer"),
    "somebody else as an object": ({"issuer": {"id": "did:web:evil.example"}}, "status_list_wrong_signer"),
    "no issuer": ({"issuer": None}, "status_list_wrong_signer"),
    "issuer as a list": ({"issuer": [ISSUER]}, "status_list_wrong_signer"),
    "a badge posing as a list": (
        {"type": ["VerifiableCredential", "OpenBadgeCredential"]},
        "status_list_wrong_type",
    ),
    "no type": ({"type": None}, "status_list_wrong_type"),
    "an older list than the entry says": ({"type": ["StatusList2021Credential"]}, "status_list_wrong_type"),
    "no subject": ({"credentialSubject": None}, "status_list_wrong_type"),
    "two subjects": ({"credentialSubject": [listed()["credentialSubject"]] * 2}, "status_list_wrong_type"),
}


@pytest.mark.parametrize("fault", NOT_THE_LIST)
@pytest.mark.parametrize("set_indices", [(), (94567,)], ids=["clear", "set"])
def test_list_that_is_not_the_badges_is_refused(fault: str, set_indices: tuple[int, ...]) -> None:
    changes, expected = NOT_THE_LIST[fault]
    found = codes(entry(), listed(set_indices, **changes))
    assert found[expected] == "error"
    assert not {"status_ok", "revoked"} & set(found)


BAD_SUBJECTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "subject of another type": ({"type": "AchievementSubject"}, "status_list_wrong_type", "error"),
    "another purpose": ({"statusPurpose": "suspension"}, "status_purpose_mismatch", "error"),
    "no purpose": ({"statusPurpose": None}, "status_purpose_mismatch", "error"),
    "ttl a string": ({"ttl": "300000"}, "status_malformed", "error"),
    "ttl negative": ({"ttl": -1}, "status_malformed", "error"),
    "another size": ({"statusSize": 2}, "status_malformed", "error"),
    "no encodedList": ({"encodedList": None}, "status_malformed", "error"),
    "encodedList a list": ({"encodedList": [GOOD]}, "status_malformed", "error"),
    "encodedList without sign": ({"encodedList": GOOD[1:]}, "status_malformed", "error"),
    "encodedList cut off": ({"encodedList": GOOD[:-8]}, "status_malformed", "error"),
    "a bomb": ({"encodedList": pack(bytes(8 * 1024 * 1024))}, "status_list_too_long", "unknown"),
    "100,000 entries": ({"encodedList": bitstring.encode([], 100_000)}, "status_list_too_short", "unknown"),
    "shorter than the index": ({"encodedList": pack(bytes(8))}, "status_index_out_of_range", "error"),
    "an empty list": ({"encodedList": pack(b"")}, "status_index_out_of_range", "error"),
}


@pytest.mark.parametrize("fault", BAD_SUBJECTS)
def test_bad_list_never_says_ok(fault: str) -> None:
    changes, code, level = BAD_SUBJECTS[fault]
    found = codes(entry(), listed(subject=changes))
    assert found[code] == level
    assert "status_ok" not in found


def test_wide_entries_count_entries_not_bits() -> None:
    messages = [{"status": f"0x{value:x}", "message": ""} for value in range(4)]
    read = entry(statusSize=2, statusMessage=messages, statusListIndex="1")
    assert codes(read, listed()) == {"status_list_too_short": "unknown"}


def test_revocation_in_a_short_or_stale_list_stands_a_suspension_does_not() -> None:
    short = {"encodedList": bitstring.encode([94567], 100_000)}
    assert codes(entry(), listed(subject=short)) == {"status_list_too_short": "unknown", "revoked": "error"}
    later = NOW + timedelta(days=3)
    assert codes(entry(), listed((94567,)), later) == {"status_list_expired": "unknown", "revoked": "error"}
    suspension = listed((94567,), {"statusPurpose": "suspension"})
    assert codes(entry(statusPurpose="suspension"), suspension, later) == {"status_list_expired": "unknown"}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-61, {"status_list_not_yet_valid": "unknown"}),
        (-60, {"status_ok": "ok"}),
        (86_400 + 60, {"status_ok": "ok"}),
        (86_400 + 61, {"status_list_expired": "unknown"}),
    ],
)
def test_dates_of_the_list_have_a_minute_of_leeway(seconds: int, expected: dict[str, str]) -> None:
    assert codes(entry(), listed(), NOW + timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    "date", ["yesterday", 1717793619, None, ["2026-01-01T00:00:00Z"], {}, "2026-13-01T00:00:00Z"]
)
@pytest.mark.parametrize("name", ["validFrom", "validUntil", "issuanceDate", "expirationDate"])
def test_list_with_a_bad_date_never_says_ok(name: str, date: Any) -> None:
    assert codes(entry(), listed(**{name: date})) == {"status_malformed": "error"}


def test_every_way_in_which_a_list_is_wrong_is_reported() -> None:
    found = codes(entry(), {})
    assert set(found) == {
        "status_list_wrong_signer",
        "status_list_wrong_id",
        "status_list_wrong_type",
        "status_purpose_mismatch",
    }


def test_list_without_issuer_does_not_suit_a_badge_without_issuer() -> None:
    (finding,) = status.check_entry(entry(), listed(issuer=None), {"issuer": None}, NOW)
    assert finding.code == "status_list_wrong_signer"


@pytest.mark.parametrize("alphabet", [base64.urlsafe_b64encode, base64.b64encode])
def test_status_list_2021_is_read_in_either_alphabet(alphabet: Any) -> None:
    bits = bytearray(bytes(range(256)) * 64)
    for index, code in [(0, "status_ok"), (15, "revoked")]:
        packed = alphabet(gzip.compress(bits)).decode()
        shown = listed(
            type="StatusList2021Credential", subject={"type": "StatusList2021", "encodedList": packed}
        )
        assert list(codes(entry(type="StatusList2021Entry", statusListIndex=str(index)), shown)) == [code]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(GOOD) | st.just("revocation"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(list(listed())), json_values),
    st.dictionaries(st.sampled_from([*listed()["credentialSubject"], "statusSize"]), json_values),
)
def test_strange_list_is_a_finding_and_never_an_exception(
    changes: dict[str, Any], subject: dict[str, Any]
) -> None:
    shown = listed((94567,), subject, **changes)
    found = status.check_entry(entry(), shown, CREDENTIAL, NOW)
    assert found
    if shown["credentialSubject"].__class__ is not dict or "encodedList" not in subject:
        assert "ok" not in {finding.level for finding in found}


@given(
    json_values
    | st.dictionaries(st.sampled_from([*entry_object(), "statusSize", "statusMessage"]), json_values)
)
def test_strange_entry_is_read_or_refused_by_name(value: Any) -> None:
    refusal = None
    try:
        status.entries_of({"credentialStatus": value})
    except (InputError, CannotTellError) as error:
        refusal = error.code
    assert refusal in {None, "status_malformed", "status_too_many"}


# --- 1EdTechRevocationList ---

BADGE = "https://issuer.example/badges/a%20b"
REVOCATIONS = "https://issuer.example/revocations"


def revocation_finding(shown: Any, credential: dict[str, Any] = CREDENTIAL) -> tuple[str, str]:
    (read,) = status.entries_of({"credentialStatus": {"type": "1EdTechRevocationList", "id": REVOCATIONS}})
    assert (read.kind, read.list_url) == ("1EdTechRevocationList", REVOCATIONS)
    finding = status.check_revocation_list(credential, read, shown)
    return finding.code, finding.level


REVOCATION_LISTS: dict[str, tuple[Any, tuple[str, str]]] = {
    "empty": ({"id": REVOCATIONS, "issuer": ISSUER, "revokedCredential": []}, ("status_ok", "ok")),
    "another badge": ({"revokedCredential": [{"id": BADGE + "c", "revoked": True}]}, ("status_ok", "ok")),
    "revoked": ({"revokedCredential": [{"id": BADGE, "revoked": True}]}, ("revoked", "error")),
    "revoked is absent": ({"revokedCredential": [{"id": BADGE}]}, ("revoked", "error")),
    "revoked is false": ({"revokedCredential": [{"id": BADGE, "revoked": False}]}, ("status_ok", "ok")),
    "id decoded": (
        {"revokedCredential": [{"id": " https://issuer.example/badges/a b"}]},
        ("revoked", "error"),
    ),
    "revoked after rubbish": ({"revokedCredential": [7, {"id": BADGE}]}, ("revoked", "error")),
    "rubbish": ({"revokedCredential": [7]}, ("status_list_unreadable", "unknown")),
    "another list": (
        {"id": "https://evil.example/", "revokedCredential": []},
        ("status_list_unreadable", "unknown"),
    ),
    "no list": ({}, ("status_list_unreadable", "unknown")),
    "an array": ([], ("status_list_unreadable", "unknown")),
    "nothing": (None, ("status_list_unreadable", "unknown")),
}


@pytest.mark.parametrize("name", REVOCATION_LISTS)
def test_1edtech_revocation_list(name: str) -> None:
    body, expected = REVOCATION_LISTS[name]
    assert revocation_finding(body) == expected


def test_badge_without_id_cannot_be_looked_up() -> None:
    assert revocation_finding({"revokedCredential": []}, {"issuer": ISSUER}) == (
        "status_list_unreadable",
        "unknown",
    )
