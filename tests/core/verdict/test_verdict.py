"""The verdict: what makes a badge valid, and everything that must not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import samples
from exchange.core import strict_json
from exchange.core.canonical import rdf
from exchange.core.dates import parse_date
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.status import bitstring, status
from exchange.core.verdict.binding import named_once
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict, judge, judge_asking, missing
from exchange.errors import InputError
from tests.core.signers import MADE, Issuer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ATLAS = Issuer("atlas")
MIRA = Issuer("mira", "P-256")
LIST = f"{samples.BASE}/status/list-1"
PROOFS = ("eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt")


def status_list(
    *revoked: int, issuer: Issuer = ATLAS, url: str = LIST, purpose: str = "revocation", **changed: Any
) -> Document:
    document = status.build_status_list_credential(
        url=url,
        issuer_id=issuer.did,
        purpose=purpose,
        encoded=bitstring.encode(revoked),
        valid_from=MADE,
        valid_until=MADE + timedelta(hours=24),
        ttl_ms=60_000,
    )
    return Document(url, 200, "application/vc", issuer.sign({**document, **changed}))


def badge(**changed: Any) -> dict[str, Any]:
    return {**samples.badge(ATLAS.did), **changed}


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


CLEAR = {LIST: status_list()}


def verdict(credential: bytes, documents: Any = CLEAR, now: datetime = NOW, **policy: Any) -> Verdict:
    return judge(credential, documents, Policy(**policy), now)


def codes(result: Verdict, *levels: str) -> set[str]:
    return {finding.code for finding in result.findings if finding.level in (levels or ("error", "unknown"))}


@pytest.mark.parametrize("proof", PROOFS)
def test_a_good_badge_is_valid(proof: str) -> None:
    result = verdict(ATLAS.sign(badge(), proof))
    assert result.outcome == "valid", result.findings
    assert codes(result, "error", "unknown") == set()
    assert result.codes >= {"shape", "signature_valid", "in_period", "status_ok", "issuer_unknown"}
    assert result.credential is not None
    assert result.credential["name"] == "Incident lead"


@pytest.mark.parametrize("proof", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
@pytest.mark.parametrize("kind", ["P-256", "P-384"])
def test_ecdsa_badges_are_valid(proof: str, kind: str) -> None:
    issuer = Issuer("nist", kind)
    result = verdict(issuer.sign(without(samples.badge(issuer.did), "credentialStatus"), proof), {})
    assert result.outcome == "valid", result.findings
    assert "status_none" in result.codes


def test_known_issuer_is_said_to_be_known() -> None:
    result = verdict(ATLAS.sign(badge()), known_issuers=frozenset({ATLAS.did}))
    assert "issuer_known" in result.codes
    assert "issuer_unknown" not in result.codes


@pytest.mark.parametrize("proof", PROOFS)
def test_revoked(proof: str) -> None:
    result = verdict(ATLAS.sign(badge(), proof), {LIST: status_list(3527)})
    assert result.outcome == "invalid"
    assert codes(result) == {"revoked"}
    assert result.credential is not None


def test_suspended() -> None:
    entry = {**badge()["credentialStatus"], "statusPurpose": "suspension"}
    signed = ATLAS.sign(badge(credentialStatus=entry))
    assert codes(verdict(signed, {LIST: status_list(3527, purpose="suspension")})) == {"suspended"}
    assert verdict(signed, {LIST: status_list(purpose="suspension")}).outcome == "valid"


def test_list_not_fetched_is_asked_for_and_cannot_tell() -> None:
    signed = ATLAS.sign(badge())
    result, wanted = judge_asking(signed, {}, Policy(), NOW)
    assert wanted == (LIST,)
    assert result.outcome == "indeterminate"
    assert missing(signed, CLEAR, Policy(), NOW) == ()


@pytest.mark.parametrize("status_code", [0, 204, 404, 500])
def test_unreachable_list_cannot_tell(status_code: int) -> None:
    document = replace(CLEAR[LIST], status=status_code)
    result = verdict(ATLAS.sign(badge()), {LIST: document})
    assert result.outcome == "indeterminate"
    assert codes(result) == {"document_unreachable"}


WRONG_LISTS: dict[str, tuple[Callable[[], Document], str, str]] = {
    "of another signer": (
        lambda: status_list(issuer=Issuer("mallory")),
        "invalid",
        "status_list_wrong_signer",
    ),
    "with another id": (
        lambda: replace(status_list(url=f"{samples.BASE}/status/list-2"), url=LIST),
        "invalid",
        "status_list_wrong_id",
    ),
    "of another purpose": (lambda: status_list(purpose="suspension"), "invalid", "status_purpose_mismatch"),
    "a badge posing as a list": (
        lambda: Document(LIST, 200, "application/vc", ATLAS.sign(badge(id=LIST))),
        "invalid",
        "",
    ),
    "unsigned": (
        lambda: Document(
            LIST,
            200,
            "application/vc",
            strict_json.dump(without(strict_json.parse(status_list().body), "proof")),
        ),
        "invalid",
        "status_list_forged",
    ),
    "tampered": (
        lambda: replace(CLEAR[LIST], body=CLEAR[LIST].body.replace(b'"ttl":60000', b'"ttl":60001')),
        "invalid",
        "status_list_forged",
    ),
    "expired": (
        lambda: status_list(validUntil="2026-11-21T10:00:00Z"),
        "indeterminate",
        "status_list_expired",
    ),
    "html": (lambda: Document(LIST, 200, "text/html", b"<html>"), "", ""),
}


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_wrong_list(name: str) -> None:
    make, outcome, code = WRONG_LISTS[name]
    result = verdict(ATLAS.sign(badge()), {LIST: make()})
    assert result.outcome != "valid"
    assert not outcome or result.outcome == outcome, result.findings
    assert not code or code in codes(result), result.findings


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"validFrom": "2026-11-21T12:02:00Z"}, "not_yet_valid"),
        ({"validUntil": "2026-11-21T11:58:00Z"}, "expired"),
    ],
)
def test_dates(changed: dict[str, str], code: str) -> None:
    result = verdict(ATLAS.sign(badge(**changed)))
    assert result.outcome == "invalid"
    assert codes(result) == {code}


NOT_IN_UTC = [
    ("validUntil", "9999-12-31T23:59:59-12:00"),
    ("validUntil", "9999-12-31T23:59:59-00:01"),
    ("validFrom", "0001-01-01T00:00:00+14:00"),
    ("validFrom", "0001-01-01T00:00:00+00:01"),
]


@pytest.mark.parametrize(("member", "text"), NOT_IN_UTC)
def test_a_date_that_utc_does_not_have_is_none(member: str, text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_date(text)
    assert refused.value.code == "date_malformed"
    result = verdict(ATLAS.sign(badge(**{member: text})))
    assert result.outcome == "invalid"
    assert codes(result) == {"date_malformed"}


@pytest.mark.parametrize(
    "changed", [{"validUntil": "9999-12-31T23:59:59Z"}, {"validFrom": "0001-01-01T00:00:00Z"}]
)
def test_for_ever_is_a_date(changed: dict[str, str]) -> None:
    assert verdict(ATLAS.sign(badge(**changed))).outcome == "valid"


@given(
    st.datetimes(datetime(1, 1, 1), datetime(2, 1, 1)) | st.datetimes(datetime(9999, 1, 1)),
    st.integers(-1439, 1439),
)
def test_what_is_a_date_can_be_written_in_utc(local: datetime, minutes: int) -> None:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{local:%m-%dT%H:%M:%S}{sign}{hours:02}:{rest:02}"
    with suppress(InputError):
        moment = parse_date(f"{local.year:04}-{text}")
        assert (
            abs(parse_date(f"{moment.astimezone(UTC).isoformat(timespec='seconds')}") - moment) == timedelta()
        )


def test_a_minute_of_clock_difference_is_forgiven() -> None:
    assert verdict(ATLAS.sign(badge(validFrom="2026-11-21T12:00:59Z"))).outcome == "valid"
    assert verdict(ATLAS.sign(badge(validUntil="2026-11-21T11:59:01Z"))).outcome == "valid"


@pytest.mark.parametrize("proof", PROOFS)
def test_tampered_badge_shows_nothing_of_its_content(proof: str) -> None:
    signed = ATLAS.sign(badge(), proof)
    if proof == "jwt":
        head, payload, signature = signed.split(b".")
        changed = base64url_decode(payload.decode()).replace(b"Incident lead", b"Incident boss")
        tampered = b".".join((head, base64url_encode(changed).encode(), signature))
    else:
        tampered = signed.replace(b"Incident lead", b"Incident boss")
    result = verdict(tampered)
    assert result.outcome == "invalid"
    assert codes(result) == {"signature_invalid"}
    assert result.credential is None
    assert result.endorsements == ()


def test_a_strangers_key_does_not_make_him_the_issuer() -> None:
    result = verdict(Issuer("mallory").sign(badge()))
    assert result.outcome == "invalid"
    assert "key_not_authorised" in codes(result)
    assert result.credential is None


def moved(document: dict[str, Any], *names: str) -> dict[str, Any]:
    """The badge with an endorsement of itself inside, into which `names` were moved (TRUST.md, lesson 9)."""
    inner = {name: document[name] for name in names}
    nested = {
        "id": document["id"],
        "type": ["EndorsementSubject"],
        "endorsementComment": "Good work.",
        **inner,
    }
    if names:
        nested["type"] = ["EndorsementSubject", "VerifiableCredential"]
    return {**without(document, *names), "endorsement": [endorsement_by_mira(credentialSubject=nested)]}


def endorsement_by_mira(**changed: Any) -> dict[str, Any]:
    document = {**samples.endorsement(MIRA.did), **changed}
    proof = strict_json.parse(MIRA.sign(samples.endorsement(MIRA.did), "ecdsa-rdfc-2019"))["proof"]
    return {**document, "proof": [proof]}


@pytest.mark.parametrize(
    "names", [("credentialStatus",), ("validUntil",), ("credentialStatus", "validUntil")]
)
def test_moved_statements_are_refused(names: tuple[str, ...]) -> None:
    honest = strict_json.parse(ATLAS.sign(moved(badge())))
    attack = moved(badge(), *names)
    dishonest = {**attack, "proof": honest["proof"]}
    result = verdict(strict_json.dump(dishonest), {LIST: status_list(3527)})
    assert result.outcome == "invalid"
    assert result.credential is None
    # Even the issuer's own signature over such a document does not make it readable.
    resigned = verdict(ATLAS.sign(attack))
    assert codes(resigned) >= {"moved_statement"}, resigned.findings


def test_a_badge_that_embeds_an_endorsement_of_itself_is_valid() -> None:
    endorsed = strict_json.parse(
        MIRA.sign(
            {**samples.endorsement(MIRA.did), "credentialSubject": about(badge()["id"])}, "ecdsa-rdfc-2019"
        )
    )
    result = verdict(ATLAS.sign(badge(endorsement=[endorsed])))
    assert result.outcome == "valid", result.findings
    assert [inner.outcome for inner in result.endorsements] == ["valid"], result.endorsements
    assert result.endorsements[0].at == "/endorsement/0"


def about(identifier: str) -> dict[str, Any]:
    return {"id": identifier, "type": ["EndorsementSubject"], "endorsementComment": "Seen it, twice."}


BROKEN_ENDORSEMENTS: dict[str, Callable[[], Any]] = {
    "tampered": lambda: {
        **strict_json.parse(MIRA.sign(samples.endorsement(MIRA.did), "ecdsa-rdfc-2019")),
        "credentialSubject": about("urn:other"),
    },
    "about something else": lambda: strict_json.parse(
        MIRA.sign(
            {**samples.endorsement(MIRA.did), "credentialSubject": about("urn:other")}, "ecdsa-rdfc-2019"
        )
    ),
    "unsigned": lambda: samples.endorsement(MIRA.did),
    "not an object": lambda: 7,
}


@pytest.mark.parametrize("name", BROKEN_ENDORSEMENTS)
def test_a_broken_endorsement_is_reported_and_does_not_break_the_badge(name: str) -> None:
    result = verdict(ATLAS.sign(badge(endorsement=[BROKEN_ENDORSEMENTS[name]()]), "eddsa-jcs-2022"))
    assert [inner.outcome for inner in result.endorsements] == ["invalid"]
    assert name == "not an object" or result.outcome == "valid", result.findings


def test_endorsement_jwt_is_judged_too() -> None:
    token = MIRA.sign({**samples.endorsement(MIRA.did), "credentialSubject": about(badge()["id"])}, "jwt")
    result = verdict(ATLAS.sign(badge(endorsementJwt=[token.decode()]), "jwt"))
    assert [inner.outcome for inner in result.endorsements] == ["valid"], result.endorsements


def test_expectations() -> None:
    endorsement = MIRA.sign(samples.endorsement(MIRA.did), "ecdsa-rdfc-2019")
    assert verdict(endorsement, {}).outcome == "valid"
    assert codes(verdict(endorsement, {}, expect="badge")) == {"not_expected"}
    assert codes(verdict(ATLAS.sign(badge()), expect="endorsement")) == {"not_expected"}
    (said,) = [
        one.message for one in verdict(endorsement, {}, expect="badge").findings if one.level == "error"
    ]
    assert said == "A badge was expected; this is an endorsement."
    (said,) = [
        one.message
        for one in verdict(ATLAS.sign(badge()), expect="endorsement").findings
        if one.level == "error"
    ]
    assert said == "An endorsement was expected; this is a badge."
    bare = without(badge(type=["VerifiableCredential"]), "credentialSubject")
    bare = {**bare, "credentialSubject": {"id": "urn:x"}}
    assert "not_expected" in codes(verdict(ATLAS.sign(bare)))


AT_ONCE = {
    "an endorsement and a record": ["EndorsementCredential", "ClrCredential"],
    "a badge and a record": ["OpenBadgeCredential", "ClrCredential"],
    "a badge and an endorsement": ["EndorsementCredential", "AchievementCredential"],
    "a badge and a presentation": ["OpenBadgeCredential", "VerifiablePresentation"],
    "a badge and a status list": ["OpenBadgeCredential", "BitstringStatusListCredential"],
}


@pytest.mark.parametrize("expect", [None, "credential"])
@pytest.mark.parametrize("proof", ["eddsa-jcs-2022", "jwt"])
@pytest.mark.parametrize("name", AT_ONCE)
def test_what_says_that_it_is_several_things_at_once_is_refused(name: str, proof: str, expect: Any) -> None:
    inside = strict_json.parse(ATLAS.sign(badge(), "eddsa-jcs-2022"))
    document = {
        **badge(type=["VerifiableCredential", *AT_ONCE[name]]),
        "credentialSubject": {**badge()["credentialSubject"], "verifiableCredential": [inside]},
    }
    result = verdict(ATLAS.sign(document, proof), expect=expect)
    assert result.outcome == "invalid"
    assert "several_kinds" in codes(result, "error")


def test_both_names_of_a_badge_are_one_kind() -> None:
    both = ["VerifiableCredential", "OpenBadgeCredential", "AchievementCredential"]
    assert "several_kinds" not in codes(verdict(ATLAS.sign(badge(type=both))))


def test_unknown_suite_cannot_tell() -> None:
    signed = strict_json.parse(ATLAS.sign(badge()))
    signed["proof"]["cryptosuite"] = "bbs-2023"
    result = verdict(strict_json.dump(signed))
    assert result.outcome == "indeterminate"
    assert codes(result) == {"unknown_suite"}


def test_one_good_proof_of_the_issuer_suffices_and_the_other_is_reported() -> None:
    once = strict_json.parse(ATLAS.sign(badge()))
    twice = strict_json.parse(Issuer("mallory").sign(once))
    assert len(twice["proof"]) == 2
    result = verdict(strict_json.dump(twice))
    assert result.outcome == "valid", result.findings
    assert "key_not_authorised" in codes(result, "warning")


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"null", b"[]", b"7", b'"x"', b"a.b.c", b"\xff", b"{" * 100_000]
)
def test_junk_is_never_valid_and_never_raises(junk: bytes) -> None:
    assert verdict(junk).outcome != "valid"


def test_the_short_way_around_the_place_check_is_only_for_what_is_named_once() -> None:
    document = badge()
    raw = strict_json.dump(document)
    assert named_once(document, raw, b"")
    again = {**document, "evidence": [{"id": document["id"], "type": ["Evidence"]}]}
    assert not named_once(again, strict_json.dump(again), b"")
    entry = {**document, "evidence": [{"id": document["credentialStatus"]["id"], "type": ["Evidence"]}]}
    assert not named_once(entry, strict_json.dump(entry), b"")
    escaped = strict_json.dump(again).replace(
        b'"evidence":[{"id":"https:', b'"evidence":[{"id":"\\u0068ttps:'
    )
    assert escaped.count(document["id"].encode()) == 1
    assert not named_once(again, escaped, b"")
    assert not named_once(document, b"", b"")
    endorsed = rdf.canonize({**document, "endorsement": [samples.endorsement(MIRA.did)]})
    assert not named_once(document, raw, endorsed)
