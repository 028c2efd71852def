"""Badges in series: to the byte what each of them would be alone, and nothing that would be refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import samples
from exchange.core.credentials import serial
from exchange.core.credentials.credential import build_badge
from exchange.core.credentials.schema import check_schema
from exchange.core.credentials.serial import Series, Status
from exchange.core.keys.public_key import ed25519_key
from exchange.errors import ExchangeError
from exchange.flows import sign
from exchange.flows.records import Issuer, SigningKey
from tests.core.strategies import iris, texts

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KEY = SigningKey("key", "team", ed25519_key(bytes(31) + b"\1").multikey, "file:key", "active", NOW)
ROW = Issuer("team", "did:example:team", {"type": ["Profile"], "name": "Tëam"}, NOW)
ISSUER = {"id": ROW.did, **ROW.profile}
ACHIEVEMENT = samples.badge()["credentialSubject"]["achievement"]
ODD = {**ACHIEVEMENT, "name": 'Not %s "plain" urn:varying:0: \u20ac', "version": "100%"}

plain_iris = st.from_regex(serial._IRI, fullmatch=True)
moments = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
words = st.one_of(st.just(""), texts(controls=True), st.from_regex(r"[ -~äß€😀]{1,20}", fullmatch=True))
recipients = st.one_of(
    st.tuples(st.emails().map(lambda to: f"mailto:{to}"), st.uuids().map(lambda id: f"urn:uuid:{id}")),
    st.one_of(plain_iris, iris()).map(lambda id: (id, id)),
)
statuses = st.lists(
    st.tuples(
        st.sampled_from(["revocation", "suspension"]),
        st.integers(0, 2**17),
        st.one_of(st.just("https://b.example.org/status/01a218e1"), plain_iris),
    ),
    max_size=2,
)
orders = st.fixed_dictionaries(
    {
        "id": st.one_of(st.uuids().map(lambda id: f"https://b.example.org/badges/{id}"), plain_iris, iris()),
        "to": recipients,
        "salt": st.one_of(st.from_regex(r"[A-Za-z0-9_-]{22}", fullmatch=True), texts()),
        "valid_from": moments,
        "valid_until": st.one_of(st.none(), moments),
        "narrative": words,
        "evidence": st.lists(st.one_of(st.just("https://example.org/work"), plain_iris, iris()), max_size=2),
        "status": statuses,
    }
)


def parts_of(order: dict[str, Any]) -> dict[str, Any]:
    recipient, subject_id = order["to"]
    rest = {name: value for name, value in order.items() if name != "to"}
    return {"recipient": recipient, "subject_id": subject_id, **rest}


def alone(order: dict[str, Any], achievement: dict[str, Any], proof: str, now: datetime) -> object:
    """What a single badge is prepared to, or what it is refused for."""
    try:
        document = build_badge(issuer=ISSUER, achievement=achievement, **parts_of(order))
        return sign.prepare(document, proof, ROW, KEY, now)
    except ExchangeError as error:
        return error.code


def in_series(series: Series, order: dict[str, Any], proof: str, now: datetime) -> object:
    parts = parts_of(order)
    status = [Status(purpose, url, index) for purpose, index, url in parts.pop("status")]
    try:
        series.say(**parts, status=status)
        return sign.prepare_next(series, proof, ROW, KEY, now)
    except ExchangeError as error:
        return error.code


@pytest.mark.parametrize("proof", ["eddsa-jcs-2022", "jwt", "eddsa-rdfc-2022"])
@settings(max_examples=60, deadline=None)
@given(st.lists(orders, min_size=1, max_size=6), st.sampled_from([ACHIEVEMENT, ODD]), moments)
def test_a_badge_in_a_series_is_the_badge_alone(
    proof: str, some: list[dict[str, Any]], achievement: dict[str, Any], now: datetime
) -> None:
    series = Series(ISSUER, achievement)
    for order in some * 2:  # the second time, what was found good is there
        assert in_series(series, order, proof, now) == alone(order, achievement, proof, now)


PLAIN = {
    "id": "https://b.example.org/badges/01a218e1-3966-748b-a48a-ca71d4918334",
    "to": ("mailto:ann@example.org", "urn:uuid:01a218e1-3966-748b-a48a-ca71d4918335"),
    "salt": "c2FsdHNhbHRzYWx0c2FsdA",
    "valid_from": NOW,
    "valid_until": NOW + timedelta(days=1),
    "narrative": "Für gute Arbeit, € 5",
    "evidence": ["https://example.org/work?a=1&b=2#c"],
    "status": [
        ("revocation", 7, "https://b.example.org/status/1"),
        ("suspension", 9, "https://b.example.org/status/2"),
    ],
}
NOT_PLAIN = {
    "id": "https://b.example.org/badges/ä",
    "to": ("did:example:%20", "did:example:%20"),
    "salt": "a b",
    "narrative": 'a "quote"',
    "evidence": ["https://example.org/a%20b"],
    "status": [
        ("revocation", 7, "https://b.example.org/status#1"),
        ("suspension", 9, "https://b.example.org/2"),
    ],
}


@pytest.mark.parametrize("proof", ["eddsa-jcs-2022", "jwt", "eddsa-rdfc-2022"])
def test_plain_texts_are_put_into_what_was_found_good_and_others_are_looked_at(
    proof: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    honest = sign.prepare
    monkeypatch.setattr(sign, "prepare", lambda *args: looked.append(args) or honest(*args))
    series = Series(ISSUER, ACHIEVEMENT)
    for n in range(3):
        in_series(series, {**PLAIN, "id": f"https://b.example.org/badges/{n}"}, proof, NOW)
    assert len(looked) == 1
    for name, value in NOT_PLAIN.items():
        in_series(series, {**PLAIN, name: value}, proof, NOW)
    in_series(series, PLAIN, "eddsa-jcs-2022" if proof == "jwt" else "jwt", NOW)  # another proof: looked at
    assert len(looked) == 2 + len(NOT_PLAIN)


def test_what_was_refused_is_no_pattern_for_others() -> None:
    """A structure whose first badge was refused: the next one is looked at as if it were the first."""
    series = Series(ISSUER, {"id": "https://e.org/a", "name": "a"})  # no criteria, no description
    for _ in range(2):
        assert in_series(series, PLAIN, "jwt", NOW) == "refused_to_sign"


@settings(max_examples=200, deadline=None)
@given(plain_iris, plain_iris, st.from_regex(serial._WEB, fullmatch=True))
def test_our_schema_takes_every_plain_text(own: str, seen: str, page: str) -> None:
    order = {**PLAIN, "id": own, "to": (own, own), "evidence": [seen], "status": [("revocation", 7, page)]}
    document = build_badge(issuer=ISSUER, achievement=ACHIEVEMENT, **parts_of(order))
    assert [finding for finding in check_schema(document, "badge") if finding.level == "error"] == []


def test_the_claims_of_a_token_are_those_of_its_own_badge() -> None:
    series, tokens = Series(ISSUER, ACHIEVEMENT), []
    for n in range(2):
        order = {**PLAIN, "id": f"https://b.example.org/badges/{n}", "valid_from": NOW + timedelta(hours=n)}
        made = in_series(series, order, "jwt", NOW)
        body = made.message.split(b".")[1]  # type: ignore[attr-defined]
        tokens.append(json.loads(base64.urlsafe_b64decode(body + b"==")))
    assert [token["jti"][-1] for token in tokens] == ["0", "1"]
    assert tokens[1]["nbf"] - tokens[0]["nbf"] == 3600
    assert [token["sub"] for token in tokens] == [PLAIN["to"][1]] * 2  # type: ignore[index]
