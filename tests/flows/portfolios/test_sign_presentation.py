"""A presentation that its holder signs in their own browser, and what others make of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.credentials.presentation import (
    build_presentation,
    enveloped_presentation,
    prepare_presentation,
)
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.portfolio.portfolio import Item
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, NotFoundError
from exchange.flows.badges.status import revoke
from exchange.flows.badges.verify import Options, verify
from exchange.flows.endorsements import keys
from exchange.flows.people.people import suspend_profile
from exchange.flows.portfolios.copies import my_copy
from exchange.flows.portfolios.present import present, take
from exchange.flows.portfolios.record import record
from exchange.flows.portfolios.records import Copy
from exchange.flows.portfolios.share import off
from exchange.flows.portfolios.sign_presentation import Question, prepare, sign_presentation
from tests.endorsing import BrowserKey, Peer
from tests.portfolios import PortfolioTown
from tests.simulator import run


class Place:
    """Ben, with a key in his browser and a link to his portfolio."""

    def __init__(self) -> None:
        self.town = PortfolioTown()
        self.ben = self.town.ben
        self.key = self.ben.make_key()
        self.kept = self.town.everything(points=())
        self.link, self.secret = self.town.share(self.kept)

    def asks(self, **question: Any) -> Question:
        return Question(**{"did": self.key.did, **question})

    def sign(self, by: BrowserKey | None = None, **question: Any) -> Copy:
        asked = self.asks(**question)
        ready = run(prepare(self.ben.ports, self.kept.id, self.link.id, asked))
        signature = (by or self.key).sign(ready.message)
        return run(
            sign_presentation(self.ben.ports, self.kept.id, self.link.id, asked, ready.made, signature)
        )

    def taken(self) -> bytes:
        return run(take(self.town.ports, self.secret, "presentation"))

    def judged(self, raw: bytes, **options: Any) -> Verdict:
        return run(verify(self.town.ports, raw, Options(**options)))

    def token(self, presentation: dict[str, Any], key: BrowserKey | None = None, **claims: Any) -> bytes:
        """What anybody could sign, with whatever in it."""
        key = key or self.key
        message = prepare_presentation(presentation, f"{key.did}#{key.did[8:]}", claims)
        return message + b"." + key.sign(message).encode()


@pytest.fixture
def place() -> Place:
    return Place()


def codes(verdict: Verdict) -> dict[str, str]:
    return {one.code: one.level for one in verdict.findings}


def test_it_says_who_shows_it_and_each_badge_is_judged(place: Place) -> None:
    made = place.sign(days=7)
    verdict = place.judged(place.taken())
    assert (verdict.outcome, verdict.kind) == ("valid", "presentation")
    assert codes(verdict)["presenter_known"] == "ok"
    assert verdict.endorser is not None
    assert (verdict.endorser.name, verdict.endorser.did) == ("Ben Holder", place.key.did)
    assert len(verdict.endorsements) == 5  # the key credential travels inside
    assert made.until - made.made_at == timedelta(days=7)
    assert made.kind == "presentation"


def test_the_link_then_gives_it_out_signed_and_once_it_is_over_not(place: Place) -> None:
    _, bare = run(present(place.town.ports, place.secret))
    assert bare["type"] == ["VerifiablePresentation"]
    assert "holder" not in bare
    place.sign(days=1)
    _, signed = run(present(place.town.ports, place.secret))
    assert signed == enveloped_presentation(place.taken())
    assert codes(place.judged(strict_json.dump(signed)))["presenter_known"] == "ok"
    place.town.world.now += timedelta(days=1)
    _, after = run(present(place.town.ports, place.secret))
    assert after == bare


def test_an_answer_is_for_who_asked_and_for_nobody_else(place: Place) -> None:
    assert place.sign(domain="hr.example", challenge="4711").kind == "answer"
    with pytest.raises(NotFoundError):
        place.taken()
    raw = run(my_copy(place.ben.ports, place.kept.id, place.link.id, "answer"))
    assert place.judged(raw, domain="hr.example", challenge="4711").outcome == "valid"
    for options, code in (
        ({"domain": "hr.example", "challenge": "4712"}, "proof_challenge_mismatch"),
        ({"domain": "other.example", "challenge": "4711"}, "proof_domain_mismatch"),
        ({"challenge": "4711"}, "proof_domain_mismatch"),
    ):
        verdict = place.judged(raw, **options)
        assert (verdict.outcome, codes(verdict)[code]) == ("invalid", "error")


def test_what_was_not_signed_answers_no_question(place: Place) -> None:
    _, bare = run(present(place.town.ports, place.secret))
    raw = strict_json.dump(bare)
    assert codes(place.judged(raw)) == {"shape": "ok", "presentation_unsigned": "warning"}
    verdict = place.judged(raw, challenge="4711")
    assert (verdict.outcome, codes(verdict)["proof_missing"]) == ("invalid", "error")
    badge = run(place.town.ports.store.badge(place.town.first))
    alone = place.judged(badge.signed, domain="hr.example")  # type: ignore[union-attr,arg-type]
    assert (alone.outcome, codes(alone)["not_presented"]) == ("indeterminate", "unknown")
    place.sign()
    assert place.judged(place.taken(), challenge="4711").outcome == "invalid"


ENDED: dict[str, Callable[[Place], Any]] = {
    "a badge was revoked": lambda place: run(revoke(place.town.ports, place.town.first, "Wrong person")),
    "its key was retired": lambda place: run(keys.retire(place.ben.ports, place.key.did)),
    "others have its key": lambda place: run(
        keys.retire(place.ben.ports, place.key.did, place.town.world.now)
    ),
    "it says something else": lambda place: place.town.change(place.kept, headline="Another"),
    "the link was switched off": lambda place: run(off(place.ben.ports, place.kept.id, place.link.id)),
}


@pytest.mark.parametrize("name", ENDED)
def test_it_is_given_out_no_more_once(place: Place, name: str) -> None:
    place.sign()
    raw = place.taken()
    ENDED[name](place)
    with pytest.raises(NotFoundError):
        place.taken()
    if "others" in name:
        verdict = place.judged(raw)
        assert verdict.outcome == "invalid"
        assert verdict.endorser is None


WRONG: dict[str, tuple[Callable[[Place], Any], str]] = {
    "by another key": (lambda place: place.sign(BrowserKey()), "presentation_changed"),
    "with a key that is nobody's": (lambda place: place.sign(did=BrowserKey().did), "key_unknown"),
    "with no key": (lambda place: place.sign(did=""), "key_unknown"),
    "with a key of somebody else": (
        lambda place: place.sign(did=place.town.ana.key.did),  # type: ignore[union-attr]
        "key_unknown",
    ),
    "for ever": (lambda place: place.sign(days=91), "days_malformed"),
    "for no time": (lambda place: place.sign(days=0), "days_malformed"),
    "for two lines": (lambda place: place.sign(domain="a\nb"), "asked_too_long"),
    "for a book": (lambda place: place.sign(challenge="a" * 301), "asked_too_long"),
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_is_kept_that_was_signed(place: Place, name: str) -> None:
    act, code = WRONG[name]
    place.town.ana.make_key() if place.town.ana.key is None else None
    with pytest.raises(ExchangeError) as caught:
        act(place)
    assert caught.value.code == code
    assert run(place.town.ports.store.portfolio_copies([place.link.id])) == []


def late(place: Place, moved: timedelta) -> None:
    asked = place.asks()
    ready = run(prepare(place.ben.ports, place.kept.id, place.link.id, asked))
    signature = place.key.sign(ready.message)
    made: datetime = ready.made + moved
    run(sign_presentation(place.ben.ports, place.kept.id, place.link.id, asked, made, signature))


@pytest.mark.parametrize(
    ("moved", "code"),
    [
        (timedelta(seconds=-1), "presentation_changed"),
        (timedelta(seconds=1), "presentation_late"),
        (timedelta(hours=-2), "presentation_late"),
    ],
)
def test_another_time_than_was_signed_is_refused(place: Place, moved: timedelta, code: str) -> None:
    with pytest.raises(ConflictError) as caught:
        late(place, moved)
    assert caught.value.code == code


def test_what_was_changed_meanwhile_has_to_be_looked_at_anew(place: Place) -> None:
    asked = place.asks()
    ready = run(prepare(place.ben.ports, place.kept.id, place.link.id, asked))
    run(revoke(place.town.ports, place.town.second, "Wrong person"))
    place.town.change(place.kept, items=place.kept.portfolio.items[:1])
    signature = place.key.sign(ready.message)
    with pytest.raises(ConflictError) as caught:
        run(sign_presentation(place.ben.ports, place.kept.id, place.link.id, asked, ready.made, signature))
    assert caught.value.code == "presentation_changed"


def test_only_its_holder_signs_it_and_in_a_browser(place: Place) -> None:
    for ports in (place.town.ana.ports, place.town.ports):
        with pytest.raises((NotFoundError, ForbiddenError)):
            run(prepare(ports, place.kept.id, place.link.id, place.asks()))


# --- what others make -------------------------------------------------------------------------------------


def parts(place: Place) -> dict[str, Any]:
    """The presentation that Ben signed, taken apart."""
    place.sign()
    said = strict_json.parse(base64url_decode(place.taken().split(b".")[1]))
    assert isinstance(said, dict)
    return {name: said[name] for name in ("@context", "type", "holder", "verifiableCredential")}


def test_a_badge_that_was_swapped_breaks_the_signature(place: Place) -> None:
    place.sign()
    header, payload, signature = place.taken().split(b".")
    said: Any = strict_json.parse(base64url_decode(payload))
    said["verifiableCredential"].reverse()
    forged = b".".join([header, base64url_encode(strict_json.dump(said)).encode(), signature])
    verdict = place.judged(forged)
    assert (verdict.outcome, verdict.endorsements, verdict.endorser) == ("invalid", (), None)
    assert codes(verdict) == {"shape": "ok", "signature_invalid": "error"}


def test_a_badge_that_was_changed_and_signed_anew_does_not_stand(place: Place) -> None:
    said = parts(place)
    said["verifiableCredential"][0]["name"] = "Chief"
    verdict = place.judged(place.token(said))
    assert verdict.outcome == "invalid"
    assert codes(verdict)["presented_credential"] == "error"
    assert [one.outcome for one in verdict.endorsements].count("valid") == 4


def test_the_key_credential_of_somebody_else_names_nobody(place: Place) -> None:
    said = parts(place)
    thief = BrowserKey()
    verdict = place.judged(place.token({**said, "holder": thief.did}, thief))
    assert codes(verdict)["presenter_unknown"] == "warning"
    assert verdict.endorser is None
    # Nor is the holder who has it believed while another key signs.
    message = prepare_presentation(said, f"{said['holder']}#{said['holder'][8:]}")
    assert place.judged(message + b"." + thief.sign(message).encode()).outcome == "invalid"


def _his_record(place: Place) -> bytes:
    run(record(place.ben.ports, place.kept.id, place.link.id))
    return run(take(place.town.ports, place.secret, "record"))


def _his_badge(place: Place) -> bytes:
    badge = run(place.town.ports.store.badge(place.town.first))
    assert badge is not None
    assert badge.signed is not None
    return badge.signed


SHOWN_BY_ANOTHER: dict[str, Callable[[Place], bytes]] = {"badge": _his_badge, "record": _his_record}


@pytest.mark.parametrize("name", SHOWN_BY_ANOTHER)
def test_a_colleague_who_shows_what_is_mine_is_named_as_themselves(place: Place, name: str) -> None:
    ana: Peer = place.town.ana
    key = ana.key or ana.make_key()
    row = run(place.town.ports.store.endorser_key(key.did))
    theirs = run(keys.credential(ana.ports, row, ana.person))  # type: ignore[arg-type]
    mine = SHOWN_BY_ANOTHER[name](place)
    token = place.token(build_presentation([mine, theirs.encode()], key.did), key)
    verdict = place.judged(token)
    assert verdict.endorser is not None
    assert verdict.endorser.name == ana.person.name
    assert codes(verdict)["recipient_not_compared"] == "warning"
    compared = place.judged(token, recipient="ana@example.org")
    assert compared.outcome == "invalid"
    assert "recipient_mismatch" in compared.endorsements[0].codes
    his = place.judged(token, recipient="ben@example.org")
    assert his.outcome == "valid"
    assert "recipient_not_compared" not in codes(his)


def test_what_names_who_presents_it_needs_no_comparing(place: Place) -> None:
    only = place.town.with_items(Item(key="vouch", kind="vouch", id=place.town.vouch.id))
    place.kept, (place.link, place.secret) = only, place.town.share(only)
    place.sign()
    verdict = place.judged(place.taken())
    assert codes(verdict)["presenter_known"] == "ok"
    assert "recipient_not_compared" not in codes(verdict)


def test_one_that_is_over_or_not_yet_begun(place: Place) -> None:
    said, now = parts(place), int(place.town.world.now.timestamp())
    assert codes(place.judged(place.token(said, exp=now - 3600)))["expired"] == "error"
    assert codes(place.judged(place.token(said, nbf=now + 3600)))["not_yet_valid"] == "error"


def test_a_presentation_in_a_presentation_is_not_looked_into(place: Place) -> None:
    said = parts(place)
    inner = enveloped_presentation(place.taken())
    for nested in (inner, build_presentation([])):
        verdict = place.judged(place.token({**said, "verifiableCredential": [nested]}))
        assert verdict.outcome == "invalid"
        assert all(one.outcome != "valid" for one in verdict.endorsements)


def test_a_record_in_a_presentation_is_judged_with_all_that_is_in_it(place: Place) -> None:
    run(record(place.ben.ports, place.kept.id, place.link.id))
    clr = run(take(place.town.ports, place.secret, "record"))
    shown = build_presentation([clr], place.key.did)
    verdict = place.judged(place.token(shown))
    assert verdict.outcome == "valid"
    assert "recipient_not_compared" not in codes(verdict)  # nobody is named
    assert [one.kind for one in verdict.endorsements[0].endorsements] == ["badge"] * 3
    run(revoke(place.town.ports, place.town.first, "Wrong person"))
    assert place.judged(place.token(shown)).outcome == "invalid"


def test_a_huge_one_is_refused_or_left_off(place: Place) -> None:
    said = parts(place)
    many = {**said, "verifiableCredential": said["verifiableCredential"][:1] * 150}
    verdict = place.judged(place.token(many))
    assert verdict.outcome != "valid" or len(verdict.endorsements) == 150
    huge = {**said, "verifiableCredential": said["verifiableCredential"][:1] * 400}
    refused = place.judged(place.token(huge))
    assert refused.outcome != "valid"
    assert len(refused.endorsements) <= 201


def test_who_is_suspended_presents_nothing(place: Place) -> None:
    place.sign()
    raw = place.taken()
    run(suspend_profile(place.town.ports, place.ben.person.id, "Looked into"))
    verdict = place.judged(raw)
    assert verdict.outcome == "invalid"
    assert codes(verdict)["presenter_suspended"] == "unknown"
    assert verdict.endorser is None
    with pytest.raises(ForbiddenError):
        place.sign()
