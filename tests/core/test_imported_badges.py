"""What may be said of a badge from elsewhere, whatever looks came to and however long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core import strict_json
from exchange.core.portfolio.imported import (
    BELIEVED,
    LATEST,
    RETRY,
    SOONEST,
    Look,
    Outline,
    Recipient,
    Seen,
    believe,
    outline_of,
    state_at,
)
from exchange.core.portfolio.shown import Evidence, Skill, State
from exchange.core.status.ttl import USUAL, shortest_ttl
from exchange.core.verdict.documents import Document
from exchange.core.verdict.finding import Finding
from exchange.core.verdict.verdict import conclude
from tests.core.samples import badge

START = datetime(2026, 11, 21, tzinfo=UTC)
BAD: tuple[State, ...] = ("revoked", "suspended", "expired", "not_yet_valid", "invalid")
RECIPIENTS: tuple[Recipient, ...] = ("yours", "unproven", "other")
ENDS = st.none() | st.integers(0, 100).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def seen(draw: st.DrawFn) -> Seen:
    state: State = draw(st.sampled_from(["valid", "unknown", *BAD]))
    outline = Outline(name="A badge", ends=draw(ENDS))
    level = "ok" if state == "valid" else "unknown" if state == "unknown" else "error"
    return Seen(
        state=state,
        recipient=draw(st.sampled_from(RECIPIENTS)),
        findings=(Finding("a_check", level, f"It is {state}."),),  # type: ignore[arg-type]
        outline=outline if state != "invalid" and draw(st.booleans()) else None,
        ttl=draw(st.none() | st.integers(0, 10**6).map(lambda s: timedelta(seconds=s))),
    )


LOOKS = st.lists(st.tuples(st.integers(0, 60), seen()), min_size=1, max_size=8)


def after(looks: list[tuple[int, Seen]]) -> tuple[Look, datetime]:
    look, now = None, START
    for hours, one in looks:
        now += timedelta(hours=hours)
        look = believe(look, one, now)
    assert look is not None
    return look, now


@given(LOOKS, st.integers(0, 72))
def test_it_is_good_only_by_a_look_of_the_last_day_that_found_it_so_for_who_has_it(
    looks: list[tuple[int, Seen]], hours: int
) -> None:
    look, last = after(looks)
    now = last + timedelta(hours=hours)
    state, since = state_at(look, now)
    told = [one for _, one in looks if one.told]
    if state == "valid":
        assert told[-1].state == "valid"
        assert look.checked_at is not None
        assert now - look.checked_at <= BELIEVED
        assert look.recipient == "yours"
        assert since is None
    if told and told[-1].state in BAD:
        assert state == told[-1].state  # silence makes nothing better
    assert (look.checked_at is None) is (not told)
    assert look.tried_at == last
    assert bool(look.trouble) is not looks[-1][1].told


@given(LOOKS)
def test_the_next_look_is_soon_and_not_too_soon(looks: list[tuple[int, Seen]]) -> None:
    look, last = after(looks)
    pause = look.next_at - last
    assert SOONEST <= pause <= LATEST
    if not looks[-1][1].told:
        assert pause == RETRY


def test_what_stays_bad_keeps_the_moment_it_was_found() -> None:
    revoked = Seen(state="revoked", recipient="yours", findings=(), outline=Outline())
    first = believe(None, revoked, START)
    assert believe(first, revoked, START + LATEST).since == START


@pytest.mark.parametrize(
    ("subject", "ttl"),
    [
        ({"ttl": 3_600_000}, timedelta(hours=1)),
        ({}, USUAL),
        ({"ttl": -1}, USUAL),
        ({"ttl": 10**15}, USUAL),
        ({"ttl": "3600000"}, USUAL),
        ({"ttl": True}, USUAL),
    ],
    ids=["hour", "none", "negative", "huge", "text", "true"],
)
def test_ttl(subject: dict[str, object], ttl: timedelta) -> None:
    url, other = "https://issuer.example/status/1", "https://issuer.example/status/2"
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "1"}
    document = badge() | {
        "credentialStatus": [{**entry, "statusListCredential": one} for one in (url, other)]
    }
    body = strict_json.dump({"credentialSubject": subject})
    found = {url: Document(url, 200, "application/vc", body)}
    assert shortest_ttl(document, found) == ttl
    assert shortest_ttl(document, {}) is None
    assert shortest_ttl(document, found | {other: Document(other, 500, "", b"")}) == min(ttl, USUAL)
    assert shortest_ttl({"credentialStatus": 7}, found) is None


def test_an_outline_is_read_gently() -> None:
    found = outline_of(conclude([], "badge", badge()), {})
    assert found is not None
    assert (found.name, found.issuer, found.domain) == ("Incident lead", "Issuer", "issuer.example")
    assert found.skills == (Skill("Incident management", "https://skills.example/USUP"),)
    strange = {
        "id": 7,
        "issuer": "did:key:z6Mk",
        "evidence": ["https://e.example/", {"id": "javascript:alert(1)"}, {"narrative": "Seen."}, None],
        "credentialSubject": {
            "achievement": [{"name": {"@value": "Na\u202eme"}, "alignment": {"targetName": "A"}}]
        },
        "validUntil": "never",
    }
    found = outline_of(conclude([], "badge", strange), {})
    assert found == Outline(
        name="Na\ufffdme",
        issuer_id="did:key:z6Mk",
        skills=(Skill("A", ""),),
        evidence=(Evidence("https://e.example/"), Evidence("", "", "Seen.")),
    )
    assert outline_of(conclude([], "badge", None), {}) is None


@pytest.mark.parametrize("name", ["starts", "ends"])
@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_utc_does_not_have_is_none_where_it_was_kept(name: str, text: str) -> None:
    kept = msgspec.json.decode(f'{{"name": "Calm", "{name}": "{text}"}}', type=Outline)
    assert kept == Outline(name="Calm")
    assert Outline(name="Calm", **{name: datetime.fromisoformat(text)}) == kept  # type: ignore[arg-type]
    assert outline_of(conclude([], "badge", {"validFrom": text, "validUntil": text}), {}) == Outline()
