"""Signed notes: Go's and Rekor's published ones, and every way in which a note is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.keys.multibase import base64_encode
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.log import signed_note
from exchange.core.log.signed_note import VerifierKey, parse_verifier_key, peek_note, seal_note, verify_note
from exchange.errors import CannotTellError, ExchangeError, InputError
from tests.core.notes import GO_KEY_TEXT, GO_NOTE, GO_PRIVATE, GO_TEXT, REKOR_KEY, REKOR_LATE, Signer
from tests.core.signers import Issuer
from tests.core.trees import flipped

ADA, BOB = Signer("ada.example", "ada"), Signer("bob.example", "bob")
TEXT = b"what is said\n\nin a few lines\n"
NOTE = seal_note(TEXT, [ADA.signs(TEXT), BOB.signs(TEXT)])


def code_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(ExchangeError) as caught:
        call(*arguments)
    return caught.value.code


# --- the published ones ---


def test_the_example_of_go_is_made_byte_for_byte_and_verifies() -> None:
    key = parse_verifier_key(GO_KEY_TEXT)
    assert str(key) == GO_KEY_TEXT
    assert (key.name, key.key_id.hex()) == ("PeterNeumann", "c74f20a3")
    assert seal_note(GO_TEXT, [(key, GO_PRIVATE.sign(GO_TEXT))]) == GO_NOTE
    assert verify_note(GO_NOTE, [key]) == (GO_TEXT, (key,))


def test_the_example_of_the_specification_is_taken_apart() -> None:
    note = (
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
        "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC"
        "+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
    ).encode()
    peeked = peek_note(note)
    assert peeked.text.decode().endswith(":\n\ned è subito sera.\n")
    (line,) = peeked.signatures
    assert (line.name, line.key_id.hex(), len(line.signature)) == (
        "quasimodo.example/salvatore",
        "367ba04b",
        64,
    )


def test_a_public_log_with_a_witness_verifies_by_the_log_alone() -> None:
    text, signers = verify_note(REKOR_LATE, [ADA.key, REKOR_KEY])
    assert signers == (REKOR_KEY,)
    assert [line.name for line in peek_note(REKOR_LATE).signatures][1] == "witness.stagemole.eu"
    assert REKOR_LATE.startswith(text + b"\n")


# --- keys ---


@given(st.integers(0, len(GO_KEY_TEXT) - 1), st.integers(1, 127))
def test_no_character_of_a_verifier_key_can_be_another(place: int, change: int) -> None:
    other = GO_KEY_TEXT[:place] + chr(ord(GO_KEY_TEXT[place]) ^ change) + GO_KEY_TEXT[place + 1 :]
    with pytest.raises(ExchangeError):
        parse_verifier_key(other)


@given(st.integers(0, len(GO_KEY_TEXT)), st.integers(0, len(GO_KEY_TEXT)))
def test_no_part_of_a_verifier_key_is_one(start: int, end: int) -> None:
    if (start, end) != (0, len(GO_KEY_TEXT)):
        with pytest.raises(ExchangeError):
            parse_verifier_key(GO_KEY_TEXT[start:end])


MATERIAL = GO_KEY_TEXT.split("+", 2)[2]
BAD_KEYS = {
    "empty": ("", "verifier_key_malformed"),
    "only plus signs": ("++", "verifier_key_malformed"),
    "capital letters in the id": (GO_KEY_TEXT.replace("c74f20a3", "C74F20A3"), "verifier_key_malformed"),
    "another name": (GO_KEY_TEXT.replace("Peter", "Paul"), "verifier_key_malformed"),
    "no name": (GO_KEY_TEXT.replace("PeterNeumann", ""), "note_name_malformed"),
    "a space in the name": (GO_KEY_TEXT.replace("PeterN", "Peter N"), "note_name_malformed"),
    "half a surrogate": (GO_KEY_TEXT.replace("PeterN", "Peter\ud800N"), "note_name_malformed"),
    "a newline at the end": (GO_KEY_TEXT + "\n", "verifier_key_malformed"),
    "a key too long": (f"x+00000000+{base64_encode(bytes([1] * 34))}", "verifier_key_malformed"),
    "a key too short": (f"x+00000000+{base64_encode(bytes([1] * 32))}", "verifier_key_malformed"),
    "a witness's type": (f"x+00000000+{base64_encode(bytes([4] * 33))}", "unsupported_key"),
    "a key that signs anything": (f"x+00000000+{base64_encode(bytes([1, 1] + [0] * 31))}", "weak_key"),
}


@pytest.mark.parametrize("fault", BAD_KEYS)
def test_a_text_that_is_no_verifier_key_is_refused(fault: str) -> None:
    text, code = BAD_KEYS[fault]
    assert code_of(parse_verifier_key, text) == code


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\tb", "a\u00a0b", "a\u2028b", "a\0b", "x" * 256, "\ud800"]
)
def test_a_key_has_a_name_that_fits_into_a_line(name: str) -> None:
    assert code_of(VerifierKey, name, ADA.key.key) == "note_name_malformed"


def test_only_an_ed25519_key_signs_notes() -> None:
    p256 = public_key_from_multikey(Issuer("ada", "P-256").multikey)
    assert code_of(VerifierKey, "ada.example", p256) == "key_kind_mismatch"


def test_a_name_may_be_in_any_script() -> None:
    signer = Signer("журнал.example/δ", "any")
    note = seal_note(TEXT, [signer.signs(TEXT)])
    assert verify_note(note, [parse_verifier_key(str(signer.key))]) == (TEXT, (signer.key,))


# --- verifying ---


def test_who_signed_is_told_in_the_order_of_the_keys_asked_for() -> None:
    assert verify_note(NOTE, [BOB.key, ADA.key]) == (TEXT, (BOB.key, ADA.key))
    assert verify_note(NOTE, [ADA.key]) == (TEXT, (ADA.key,))


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_one_byte_changed_and_the_note_is_not_verified_by_both(place: int, change: int) -> None:
    try:
        _, signers = verify_note(flipped(NOTE, place, change), [ADA.key, BOB.key])
    except ExchangeError:
        return
    assert len(signers) == 1  # the other's line was made one of a stranger
    assert place > NOTE.index("—".encode())


def test_a_stranger_with_the_same_name_or_the_same_id_is_passed_over() -> None:
    namesake = Signer("ada.example", "another seed")
    note = seal_note(TEXT, [namesake.signs(TEXT), ADA.signs(TEXT)])
    assert verify_note(note, [ADA.key]) == (TEXT, (ADA.key,))
    same_id = note.replace(
        f"— ada.example {base64_encode(namesake.key.key_id + namesake.private.sign(TEXT))}".encode(),
        f"— eve.example {base64_encode(ADA.key.key_id + bytes(64))}".encode(),
    )
    assert same_id != note
    assert verify_note(same_id, [ADA.key]) == (TEXT, (ADA.key,))


def test_nobody_we_know_is_cannot_tell() -> None:
    for keys in ([], [Signer("eve.example", "eve").key], [Signer("ada.example", "eve").key]):
        with pytest.raises(CannotTellError) as caught:
            verify_note(NOTE, keys)
        assert caught.value.code == "note_key_unknown"


@pytest.mark.parametrize("length", [1, 63, 64, 65, 5000])
def test_a_known_key_that_does_not_verify_spoils_the_note(length: int) -> None:
    note = seal_note(TEXT, [ADA.signs(TEXT), (BOB.key, bytes(length))])
    assert code_of(verify_note, note, [ADA.key, BOB.key]) == "note_signature_invalid"
    twice = seal_note(TEXT, [ADA.signs(TEXT), (ADA.key, bytes(length))])
    assert code_of(verify_note, twice, [ADA.key]) == "note_signature_invalid"
    assert verify_note(note, [ADA.key]) == (TEXT, (ADA.key,))  # to whom Bob is a stranger


# --- the form ---

LINE = f"— ada.example {base64_encode(ADA.key.key_id + bytes(64))}\n"
MALFORMED: dict[str, bytes | str] = {
    "empty": "",
    "only a text": "text\n",
    "no blank line": f"text\n{LINE}",
    "no signature": "text\n\n",
    "no signature after a blank line": "text\n\ntext\n\n",
    "no newline at the end": f"text\n\n{LINE}".rstrip("\n"),
    "a blank line at the end": f"text\n\n{LINE}\n",
    "a text among the signatures": f"text\n\n{LINE}text\n{LINE}",
    "a hyphen for the dash": f"text\n\n{LINE}".replace("—", "-"),
    "an en dash for the em dash": f"text\n\n{LINE}".replace("—", "–"),
    "two spaces": f"text\n\n{LINE}".replace("— ", "—  "),
    "a no-break space": f"text\n\n{LINE}".replace("— ", "—\u00a0"),
    "no name": f"text\n\n{LINE}".replace("ada.example ", " "),
    "a plus sign in the name": f"text\n\n{LINE}".replace("ada", "a+da"),
    "a space at the end of a line": f"text\n\n{LINE}".replace("=\n", "= \n"),
    "a line without a signature": "text\n\n— ada.example\n",
    "a key id alone": f"text\n\n— ada.example {base64_encode(ADA.key.key_id)}\n",
    "base64url": f"text\n\n— ada.example {base64_encode(bytes([255] * 68)).replace('/', '_')}\n",
    "no padding": f"text\n\n{LINE}".replace("=", ""),
    "loose bits": f"text\n\n— ada.example {base64_encode(bytes(68))[:-2]}B=\n",
    "carriage returns": f"text\n\n{LINE}".replace("\n", "\r\n"),
    "a tab": f"te\txt\n\n{LINE}",
    "a null": f"te\0xt\n\n{LINE}",
    "not UTF-8": f"té\n\n{LINE}".encode("latin-1", "replace"),
    "17 signatures": f"text\n\n{LINE * 17}",
    "a note too long": "x" * signed_note.MAX_NOTE_BYTES + f"\n\n{LINE}",
}


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_note_that_breaks_the_form_is_refused(fault: str) -> None:
    note = MALFORMED[fault]
    raw = note.encode() if isinstance(note, str) else note
    assert code_of(peek_note, raw) == code_of(verify_note, raw, [ADA.key]) == "note_malformed"


def test_sixteen_signatures_are_read() -> None:
    signers = [Signer("ada.example", f"seed {number}") for number in range(16)]
    note = seal_note(TEXT, [signer.signs(TEXT) for signer in signers])
    assert len(verify_note(note, [signer.key for signer in signers])[1]) == 16
    longest = f"— ada.example {base64_encode(bytes(5000))}\n"  # as long as the longest post-quantum ones
    assert len(peek_note(f"text\n\n{longest * 16}".encode()).signatures) == 16


@pytest.mark.parametrize("text", [b"", b"no newline", b"a\ttab\n", b"not UTF-8 \xff\n"])
def test_what_is_no_text_is_not_sealed(text: bytes) -> None:
    assert code_of(seal_note, text, [ADA.signs(text)]) == "note_malformed"


def test_a_note_without_a_signature_is_not_sealed() -> None:
    assert code_of(seal_note, TEXT, []) == "note_malformed"


@given(st.binary(max_size=60) | st.text("—\n ab+=", max_size=30).map(str.encode))
def test_any_bytes_are_taken_apart_or_refused(raw: bytes) -> None:
    try:
        note = peek_note(raw)
    except InputError:
        return
    assert raw.startswith(note.text + b"\n")
