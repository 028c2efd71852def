"""Status lists: whether a badge was revoked or suspended (Bitstring Status List v1.0; OB 3.0 §8).

A list is one more signed credential, and most wrong verdicts come from believing the wrong one: so everything
that binds the list to the badge's entry is checked before a bit is read. Its own signature is checked before
this room is entered, by the same code that checks a badge's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from exchange.core.dates import format_date, is_over, is_yet_to_come, parse_date
from exchange.core.status.bitstring import MIN_ENTRIES, bit, decode
from exchange.core.verdict.finding import Finding, Level, finding_from
from exchange.errors import CannotTellError, ExchangeError, InputError

MAX_LISTS = 4

BITSTRING_ENTRY = "BitstringStatusListEntry"
LEGACY_ENTRY = "StatusList2021Entry"
REVOCATION_LIST = "1EdTechRevocationList"
_LIST_TYPES = {
    BITSTRING_ENTRY: ("BitstringStatusListCredential", "BitstringStatusList"),
    LEGACY_ENTRY: ("StatusList2021Credential", "StatusList2021"),
}

_INDEX = re.compile(r"[0-9]{1,64}", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+.-]*:[^\s\\]+", re.ASCII | re.IGNORECASE)
_HEX = re.compile(r"0x[0-9a-f]{1,16}", re.ASCII | re.IGNORECASE)


# --- what we publish --------------------------------------------------------------------------------------


def build_status_entry(list_url: str, purpose: str, index: int) -> dict[str, Any]:
    """The `credentialStatus` object of a badge (§2.1). It carries an `id`, which Open Badges asks for."""
    return {
        "id": f"{list_url}#{index}",
        "type": BITSTRING_ENTRY,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def build_status_list_credential(
    url: str,
    issuer_id: str,
    purpose: str,
    encoded: str,
    *,
    valid_from: datetime,
    valid_until: datetime,
    ttl_ms: int,
) -> dict[str, Any]:
    """The unsigned BitstringStatusListCredential published at `url` (§2.2, VCDM 2.0)."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_id,
        "validFrom": format_date(valid_from),
        "validUntil": format_date(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "ttl": ttl_ms,
            "encodedList": encoded,
        },
    }


# --- what a badge says ------------------------------------------------------------------------------------


class StatusEntry(msgspec.Struct, frozen=True):
    """One `credentialStatus` object, well formed.

    `kind` is its type; `list_url` what must be fetched, `""` for a type we do not know. `size` is in bits;
    `messages` has a text for each value where the entry names them. `at` is its JSON Pointer in the badge.
    `purpose` and `index` are those of a bitstring; a 1EdTechRevocationList has "revocation" and 0. `signer`
    is whom the entry names as the list's issuer (our term statusListIssuer), `""` for none.
    """

    kind: str
    purpose: str
    index: int
    list_url: str
    size: int
    messages: tuple[str, ...]
    at: str
    signer: str = ""


def entries_of(credential: Mapping[str, Any]) -> tuple[StatusEntry, ...]:
    """The status entries of a credential, in order; `()` when it has none (VCDM 2.0 §4.10).

    InputError("status_malformed") for an entry that breaks a MUST of §2.1, a numeric index among them (§3
    demands it, though 1EdTech's own fixture has one);
    CannotTellError("status_too_many") when they name more than `MAX_LISTS` lists.
    """
    if "credentialStatus" not in credential:
        return ()
    value = credential["credentialStatus"]
    listed = isinstance(value, list)
    objects = value if listed else [value]
    if len(objects) > 4 * MAX_LISTS:
        raise CannotTellError(
            "status_too_many", f"More than {4 * MAX_LISTS} status entries.", "/credentialStatus"
        )
    if isinstance(value, dict):
        return (_entry(value, "/credentialStatus"),)
    entries = tuple(
        _entry(item, f"/credentialStatus/{number}" if listed else "/credentialStatus")
        for number, item in enumerate(objects)
    )
    if len(entries) > MAX_LISTS and len({entry.list_url for entry in entries} - {""}) > MAX_LISTS:
        raise CannotTellError("status_too_many", f"More than {MAX_LISTS} status lists.", "/credentialStatus")
    return entries


def _entry(item: object, at: str) -> StatusEntry:
    if not isinstance(item, dict):
        raise _malformed("A status entry must be a JSON object.", at)
    types = [name for name in _many(item.get("type")) if isinstance(name, str)]
    if not types:
        raise _malformed("A status entry must say its type.", f"{at}/type")
    if REVOCATION_LIST in types:
        return StatusEntry(REVOCATION_LIST, "revocation", 0, _url(item, "id", at), 1, (), at)
    known = types[0] if types[0] in _LIST_TYPES else next((n for n in types if n in _LIST_TYPES), None)
    if known is None:
        return StatusEntry(types[0], "", 0, "", 1, (), at)
    purpose, index = item.get("statusPurpose"), item.get("statusListIndex")
    if not isinstance(purpose, str) or not purpose:
        raise _malformed("statusPurpose must be a string.", f"{at}/statusPurpose")
    if not isinstance(index, str) or not _INDEX.fullmatch(index):
        raise _malformed(
            'statusListIndex must be a whole number written as a string in base 10, such as "94567".',
            f"{at}/statusListIndex",
        )
    url = _url(item, "statusListCredential", at)
    if item.get("id") == url:
        raise _malformed("The id of a status entry must not be the URL of the list.", f"{at}/id")
    size = item.get("statusSize", 1)
    if type(size) is not int or not 1 <= size <= 16:
        raise _malformed("statusSize must be a whole number of bits, from 1 to 16.", f"{at}/statusSize")
    signer = item.get("statusListIssuer", "")
    if "statusListIssuer" in item and not (isinstance(signer, str) and _URL.fullmatch(signer)):
        raise _malformed(
            "statusListIssuer must be one URL, that of the list's issuer.", f"{at}/statusListIssuer"
        )
    return StatusEntry(known, purpose, int(index), url, size, _messages(item, size, at), at, signer)


def _url(item: Mapping[str, Any], name: str, at: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise _malformed(f"{name} must be the URL of the status list.", f"{at}/{name}")
    return value


def _messages(item: Mapping[str, Any], size: int, at: str) -> tuple[str, ...]:
    value = item.get("statusMessage")
    at += "/statusMessage"
    if value is None:
        if size > 1:
            raise _malformed("An entry wider than one bit must name its messages.", at)
        return ()
    if not isinstance(value, list) or len(value) != 1 << size:
        raise _malformed(f"statusMessage must have {1 << size} entries, one for each value.", at)
    texts: dict[int, str] = {}
    for message in value:
        status, text = (
            (message.get("status"), message.get("message")) if isinstance(message, dict) else ("", "")
        )
        if not isinstance(text, str) or not isinstance(status, str) or not _HEX.fullmatch(status):
            raise _malformed('Each of statusMessage must have a status such as "0x1" and a message.', at)
        texts[int(status, 16)] = text
    if set(texts) != set(range(1 << size)):
        raise _malformed("statusMessage must name each value once.", at)
    return tuple(texts[number] for number in range(1 << size))


# --- what the list says -----------------------------------------------------------------------------------


def check_entry(
    entry: StatusEntry,
    list_credential: Mapping[str, Any],
    credential: Mapping[str, Any],
    now: datetime,
    *,
    signer: str | None = None,
) -> list[Finding]:
    """What a list whose own proof was verified says of a badge's entry (§3.2): all failed checks, or the bit.

    A bit is read only of a list that is bound to the entry in every way, its signer being the badge's issuer,
    or `signer` where the issuer's word for another one counts.
    A list that is merely stale or too short cannot clear a badge, but a revocation in it stands: nobody can
    take one back.
    Errors: revoked, suspended, status_list_wrong_signer, status_list_wrong_id, status_list_wrong_type,
    status_purpose_mismatch, status_index_out_of_range, status_malformed. Cannot tell: status_list_too_short,
    status_list_too_long, status_list_expired, status_list_not_yet_valid, status_set (of a purpose that is
    not for us to judge), status_type_unknown. Else status_ok.
    """
    if entry.kind not in _LIST_TYPES:
        told = f"The status is of the type {entry.kind!r:.60}, which we cannot read."
        return [Finding("status_type_unknown", "unknown", told, entry.at)]
    try:
        doubts, bits = check_list(entry, list_credential, signer or issuer_of(credential), now)
        if bits is None:
            return doubts
        reading = read_entry(entry, bits)
    except ExchangeError as error:
        return [finding_from(error, entry.at)]
    if not doubts or reading.code == "revoked":
        doubts.append(reading)
    return doubts


def check_list(
    entry: StatusEntry, listed: Mapping[str, Any], signer: str | None, now: datetime
) -> tuple[list[Finding], bytes | None]:
    """What is to be said against a list as the one that an `entry` speaks of and `signer` has to sign, and
    its bits; None for them when it is another list. Raises as `decode`."""
    unbound = list(_check_binding(entry, listed, signer))
    if unbound:
        return unbound, None
    doubts = list(_check_dates(entry, listed, now))
    bits = _bits(entry, _subject(listed))
    if len(bits) * 8 // entry.size < MIN_ENTRIES:
        told = f"The status list has fewer than {MIN_ENTRIES} entries, which the standard does not allow."
        doubts.append(Finding("status_list_too_short", "unknown", told, entry.at))
    return doubts, bits


def read_entry(entry: StatusEntry, bits: bytes) -> Finding:
    """What the list's bits say of the entry. InputError("status_index_out_of_range")."""
    return _reading(entry, bit(bits, entry.index, entry.size))


def _check_binding(entry: StatusEntry, listed: Mapping[str, Any], expected: str | None) -> Iterator[Finding]:
    """Every way in which this list is not the one that the entry speaks of."""

    def wrong(code: str, message: str) -> Finding:
        return Finding(code, "error", message, entry.at)

    credential_type, subject_type = _LIST_TYPES[entry.kind]
    subject = _subject(listed)
    signer = issuer_of(listed)
    if signer is None or signer != expected:
        whose = "The status list is not from the badge's issuer."
        if expected is not None and expected == entry.signer:
            whose = "The status list is not from whom the status entry names."
        yield wrong("status_list_wrong_signer", whose)
    if listed.get("id") != entry.list_url:
        yield wrong("status_list_wrong_id", "The status list is another one than the badge names.")
    if credential_type not in _many(listed.get("type")):
        yield wrong("status_list_wrong_type", f"The status list is not a {credential_type}.")
    if subject_type not in _many(subject.get("type")):
        yield wrong("status_list_wrong_type", f"The subject of the status list is not a {subject_type}.")
    if entry.purpose not in _many(subject.get("statusPurpose")):
        yield wrong("status_purpose_mismatch", f"The status list is not about {entry.purpose!r:.40}.")
    ttl = subject.get("ttl", 0)
    if type(ttl) is not int or ttl < 0:
        yield wrong("status_malformed", "The ttl of the status list must be a number of milliseconds.")
    if subject.get("statusSize", entry.size) != entry.size:
        yield wrong("status_malformed", "The status list has entries of another size than the badge says.")


def _check_dates(entry: StatusEntry, listed: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    for name in ("validFrom", "issuanceDate"):
        if name in listed and is_yet_to_come(_date(listed[name]), now):
            told = f"The status list is valid only from {listed[name]}."
            yield Finding("status_list_not_yet_valid", "unknown", told, entry.at)
    for name in ("validUntil", "expirationDate"):
        if name in listed and is_over(_date(listed[name]), now):
            told = f"The status list was valid until {listed[name]}; a newer one was not shown."
            yield Finding("status_list_expired", "unknown", told, entry.at)


def _date(value: object) -> datetime:
    try:
        return parse_date(value if isinstance(value, str) else "")
    except InputError as error:
        raise _malformed("A date of the status list is not a date and time.") from error


def _bits(entry: StatusEntry, subject: Mapping[str, Any]) -> bytes:
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise _malformed("The status list has no encodedList.")
    if entry.kind == LEGACY_ENTRY:
        # The older drafts wrote no multibase sign, some of them plain base64.
        encoded = "u" + encoded.removeprefix("u").rstrip("=").translate({0x2B: "-", 0x2F: "_"})
    return decode(encoded)


_READINGS: Mapping[str, tuple[str, Level, str]] = {
    "revocation": ("revoked", "error", "The issuer revoked it."),
    "suspension": ("suspended", "error", "The issuer suspended it for now."),
    "refresh": ("status_set", "warning", "The issuer has a newer version of it."),
}


def _reading(entry: StatusEntry, value: int) -> Finding:
    if not value:
        return Finding("status_ok", "ok", f"Its status ({entry.purpose}) is not set.", entry.at)
    told = (
        f"The issuer set its status ({entry.purpose!r:.40}) to 0x{value:x}; what that means we cannot tell."
    )
    code, level, message = _READINGS.get(entry.purpose, ("status_set", "unknown", told))
    if code == "revoked" and entry.signer:
        message = "It was withdrawn, by its endorser or by who keeps its status for them."
    return Finding(code, level, message, entry.at)


# --- 1EdTechRevocationList --------------------------------------------------------------------------------


def check_revocation_list(credential: Mapping[str, Any], entry: StatusEntry, listed: object) -> Finding:
    """What a fetched and parsed 1EdTechRevocationList says of a badge (OB 3.0 §8; deprecated since v1.3).

    It is not signed: https alone vouches for it. A list of a form we do not know is *cannot tell*, where
    1EdTech's own validator only warns, and so calls badges valid whose list it never understood.
    """
    try:
        revoked = _is_revoked(credential.get("id"), entry.list_url, listed)
    except InputError as error:
        told = f"The issuer's revocation list cannot be read: {error.message}"
        return Finding("status_list_unreadable", "unknown", told, entry.at)
    if revoked:
        return Finding("revoked", "error", "The issuer revoked it.", entry.at)
    return Finding("status_ok", "ok", "It is not in the issuer's revocation list.", entry.at)


def _is_revoked(credential_id: object, url: str, listed: object) -> bool:
    """Whether a line revokes the credential; ids compared as OB 3.0 compares credentials, percent-decoded."""
    lines = listed.get("revokedCredential") if isinstance(listed, dict) else None
    if not isinstance(listed, dict) or not isinstance(lines, list):
        raise _malformed("it must be a JSON object with a revokedCredential array.")
    if listed.get("id", url) != url:
        raise _malformed("it has another id than the URL it was fetched from.")
    if not isinstance(credential_id, str):
        raise _malformed("the badge has no id to look for.")
    wanted = unquote(credential_id).strip()
    named = [line for line in lines if isinstance(line, dict) and isinstance(line.get("id"), str)]
    if any(
        unquote(line["id"]).strip() == wanted and line.get("revoked", True) is not False for line in named
    ):
        return True
    if len(named) != len(lines):
        raise _malformed("each revokedCredential must be an object with an id.")
    return False


# --- small things -----------------------------------------------------------------------------------------


def _malformed(message: str, at: str = "") -> InputError:
    return InputError("status_malformed", message, at)


def _many(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def issuer_of(credential: Mapping[str, Any]) -> str | None:
    """The id of a credential's issuer, None when it has none."""
    issuer = credential.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    return issuer if isinstance(issuer, str) else None


def _subject(listed: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one subject of a list; `{}` when there is not exactly one object."""
    subjects = _many(listed.get("credentialSubject"))
    return subjects[0] if len(subjects) == 1 and isinstance(subjects[0], dict) else {}
