"""The record of what a link shows (CLR 2.0): made for its holder, and given out while it is all still so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from exchange.core import strict_json
from exchange.core.catalogues.catalogue import build_badge
from exchange.core.portfolio.portfolio import Item
from exchange.core.verdict.verdict import Verdict
from exchange.errors import (
    ConflictError,
    ExchangeError,
    ForbiddenError,
    NotFoundError,
    TooManyError,
)
from exchange.flows.badges.status import revoke, suspend
from exchange.flows.badges.verify import verify
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.issuers import issuer
from exchange.flows.issuers.sync import sync
from exchange.flows.log.fsck import fsck
from exchange.flows.people.people import suspend_profile
from exchange.flows.portfolios.copies import copies, my_copy, seen
from exchange.flows.portfolios.present import take
from exchange.flows.portfolios.record import LIFE, record
from exchange.flows.portfolios.records import Copy, Kept, Link
from exchange.flows.portfolios.share import off
from exchange.flows.sign import sign_document
from tests.edge.shop import LEAD, SCHOOL
from tests.portfolios import PortfolioTown
from tests.simulator import run


class Place:
    """A portfolio behind a link."""

    def __init__(self) -> None:
        self.town = PortfolioTown()
        self.kept: Kept = self.town.everything(points=())
        self.link: Link
        self.link, self.secret = self.town.share(self.kept)

    def make(self) -> Any:
        return run(record(self.town.ben.ports, self.kept.id, self.link.id))

    def taken(self) -> bytes:
        return run(take(self.town.ports, self.secret, "record"))

    def document(self) -> dict[str, Any]:
        parsed = strict_json.parse(self.taken())
        assert isinstance(parsed, dict)
        return parsed

    def good(self) -> list[bool]:
        """Of its copies, as their holder sees them."""
        ports = self.town.ben.ports
        return [one.good for one in run(copies(ports, run(seen(ports, self.kept.id, self.link.id))))]

    def judged(self) -> Verdict:
        return run(verify(self.town.ports, self.taken()))


@pytest.fixture
def place() -> Place:
    return Place()


def test_it_holds_what_stands_as_it_was_signed_and_each_is_judged(place: Place) -> None:
    made = place.make()
    document, verdict = place.document(), place.judged()
    assert document["type"] == ["VerifiableCredential", "ClrCredential"]
    assert document["partial"] is True
    within = document["credentialSubject"]["verifiableCredential"]
    assert [one["type"] for one in within][:2] == [["VerifiableCredential", "OpenBadgeCredential"]] * 2
    signed = run(place.town.ports.store.badge(place.town.first)).signed  # type: ignore[union-attr]
    assert strict_json.dump(within[0]) == strict_json.dump(strict_json.parse(signed))
    vouch = run(place.town.ports.store.badge(place.town.vouch.id)).signed  # type: ignore[union-attr]
    assert within[2]["type"] == "EnvelopedVerifiableCredential"
    assert within[2]["id"] == f"data:application/vc+jwt,{vouch.decode()}"
    assert (verdict.outcome, verdict.kind) == ("valid", "clr")
    assert [one.outcome for one in verdict.endorsements] == ["valid"] * 3
    assert made.until - made.made_at == LIFE
    assert "ben@example.org" not in place.taken().decode()
    assert len(document["credentialSubject"]["identifier"]) == 1


def associations(place: Place) -> Any:
    place.make()
    assert place.judged().outcome == "valid"
    return place.document()["credentialSubject"].get("association")


def test_of_two_versions_the_later_one_is_said_to_have_replaced_the_earlier(place: Place) -> None:
    town, mine = place.town, place.kept.portfolio.items
    assert associations(place) is None  # two badges of one version are no relation
    for words in ("Leads, steadily.", "Leads, and stays calm."):  # the second version is nobody's here
        changed: Any = {**json.loads(LEAD.source), "description": words}
        run(sync(town.ports, [replace(SCHOOL, badges=(build_badge("incident-lead", changed),))]))
    assert associations(place) is None  # that there is a later one says nothing of what is shown
    third = town.accepted()
    later = Item(key="later", kind="badge", id=third)
    place.kept = town.change(place.kept, items=(later, *mine))
    school = f"{town.world.base_url}/achievements/school/incident-lead"
    said = {"type": ["Association"], "associationType": "replacedBy"}
    ids = {"sourceId": f"{school}/1", "targetId": f"{school}/3"}
    assert associations(place) == [{**said, **ids}]
    within = place.document()["credentialSubject"]["verifiableCredential"]
    earned = [one["credentialSubject"]["achievement"]["id"] for one in within if "credentialSubject" in one]
    assert set(ids.values()) <= set(earned)
    run(revoke(town.ports, third, "By mistake"))
    assert associations(place) is None  # what is not in it replaces nothing there


def signings(place: Place) -> list[str]:
    """What the log says of records that were to be signed."""
    count = run(place.town.ports.store.log_count())
    rows = run(place.town.ports.store.log_rows(-1, count))
    said = [strict_json.parse(row.content).get("document", "") for row in rows if row.content]
    return [one for one in said if one.startswith("urn:uuid:")]


def test_it_is_on_record_before_it_is_signed(place: Place) -> None:
    assert signings(place) == []
    place.make()
    assert signings(place) == [place.document()["id"]]
    assert [one for one in run(fsck(place.town.ports)).findings if one.level == "error"] == []


ENDED: dict[str, Callable[[Place], Any]] = {
    "a badge was revoked": lambda place: run(revoke(place.town.ports, place.town.first, "Wrong person")),
    "a badge was suspended": lambda place: run(suspend(place.town.ports, place.town.first, "Looked into")),
    "an endorsement was withdrawn": lambda place: run(withdraw(place.town.ana.ports, place.town.said.id, "")),
    "an item was hidden": lambda place: place.town.change(
        place.kept,
        items=tuple(structs.replace(one, hidden=one.key == "two") for one in place.kept.portfolio.items),
    ),
    "it says something else": lambda place: place.town.change(place.kept, headline="Another"),
    "its holder was suspended": lambda place: run(
        suspend_profile(place.town.ports, place.town.ben.person.id, "Looked into")
    ),
    "it is over": lambda place: setattr(place.town.world, "now", place.town.world.now + LIFE),
}


@pytest.mark.parametrize("name", ENDED)
def test_it_is_given_out_no_more_once(place: Place, name: str) -> None:
    place.make()
    assert place.taken()
    assert place.good() == [True]
    ENDED[name](place)
    with pytest.raises(NotFoundError) as caught:
        place.taken()
    assert caught.value.code == "no_copy"
    assert place.good() == [False]
    with pytest.raises(NotFoundError):
        run(my_copy(place.town.ben.ports, place.kept.id, place.link.id, "record"))


def test_what_does_not_stand_is_not_in_it_but_told_of(place: Place) -> None:
    run(revoke(place.town.ports, place.town.first, "Wrong person"))
    place.make()
    document = place.document()
    assert place.town.first not in place.taken().decode()
    assert (
        "Not in it, because it did not stand: Incident lead, revoked since 2026-" in document["description"]
    )
    assert "2 credentials" in document["description"]
    assert [one.outcome for one in place.judged().endorsements] == ["valid"] * 2


def test_read_later_what_was_revoked_since_counts_no_more(place: Place) -> None:
    place.make()
    kept = place.taken()
    run(revoke(place.town.ports, place.town.first, "Wrong person"))
    verdict = run(verify(place.town.ports, kept))
    assert verdict.outcome == "invalid"
    assert [one.outcome for one in verdict.endorsements] == ["invalid", "valid", "valid"]
    (fault,) = [one for one in verdict.findings if one.level == "error"]
    assert (fault.code, fault.at) == ("recorded_credential", "/credentialSubject/verifiableCredential/0")


def test_nothing_that_stands_makes_no_record(place: Place) -> None:
    place.link, place.secret = place.town.share(place.kept, items=("two",))
    run(revoke(place.town.ports, place.town.second, "Wrong person"))
    with pytest.raises(ConflictError) as caught:
        place.make()
    assert caught.value.code == "record_empty"
    assert signings(place) == []


def test_only_its_holder_has_it_made(place: Place) -> None:
    with pytest.raises(NotFoundError):
        run(record(place.town.ana.ports, place.kept.id, place.link.id))
    nobody = replace(place.town.ports, who=replace(place.town.ports.who, method="none", person=""))
    with pytest.raises(ForbiddenError):
        run(record(nobody, place.kept.id, place.link.id))
    with pytest.raises(NotFoundError):
        run(record(place.town.ben.ports, place.kept.id, "none"))
    run(off(place.town.ben.ports, place.kept.id, place.link.id))
    with pytest.raises(ConflictError) as caught:
        place.make()
    assert caught.value.code == "link_off"


def test_a_link_has_one_and_a_person_makes_so_many(place: Place) -> None:
    for _ in range(20):
        place.make()
    assert len(run(place.town.ports.store.portfolio_copies([place.link.id]))) == 1
    with pytest.raises(TooManyError):
        place.make()
    assert len(signings(place)) == 20
    place.town.world.now += timedelta(minutes=20)
    place.make()


def test_a_crash_before_it_is_sealed_leaves_none_and_another_can_be_made(place: Place) -> None:
    store = place.town.world.store

    async def lost(id: str, signed: bytes) -> bool:
        raise ExchangeError("lost", "the database is away")

    sealed, store.seal_portfolio_copy = store.seal_portfolio_copy, lost  # type: ignore[method-assign]
    with pytest.raises(ExchangeError):
        place.make()
    with pytest.raises(NotFoundError):
        place.taken()
    store.seal_portfolio_copy = sealed  # type: ignore[method-assign]
    place.make()
    assert place.judged().outcome == "valid"
    first = place.taken()
    store.seal_portfolio_copy = lost  # type: ignore[method-assign]
    with pytest.raises(ExchangeError):
        place.make()
    store.seal_portfolio_copy = sealed  # type: ignore[method-assign]
    assert place.taken() == first  # what was good stays
    assert place.good() == [True]
    assert len(run(store.portfolio_copies([place.link.id]))) == 2
    place.town.world.now += timedelta(hours=2)
    run(sweep(place.town.ports))
    assert [one.signed for one in run(store.portfolio_copies([place.link.id]))] == [True]
    place.town.world.now += LIFE
    run(sweep(place.town.ports))
    assert run(store.portfolio_copies([place.link.id])) == []


def test_what_was_never_signed_takes_no_room(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.flows.portfolios.copies.MOST", 1)
    other, _ = place.town.share(place.kept)
    copy = Copy("left", other.id, "record", "", (), place.town.world.now, place.town.world.now + LIFE)
    run(place.town.ports.store.put_portfolio_copy(copy, b"to sign"))
    place.make()
    place.link = other
    with pytest.raises(ConflictError) as caught:
        place.make()
    assert caught.value.code == "copies_too_many"


def test_the_room_is_for_what_was_built(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [run(place.town.ports.store.badge(id)) for id in (place.town.first, place.town.second)]
    rows.append(run(place.town.ports.store.badge(place.town.vouch.id)))
    parts = sum(len(row.signed) for row in rows)  # type: ignore[union-attr,arg-type]
    monkeypatch.setattr("exchange.flows.portfolios.copies.ROOM", parts)
    with pytest.raises(ConflictError) as caught:
        place.make()
    assert caught.value.code == "copy_too_large"


def test_a_record_in_a_record_is_not_looked_into(place: Place) -> None:
    """Whoever signs the outer one, nothing in the inner is called good."""
    place.make()
    inner = place.document()
    town = place.town
    row = run(issuer(town.ports, "exchange"))
    outer = {**inner, "id": "urn:uuid:00000000-0000-4000-8000-0000000000ff"}
    del outer["proof"]
    outer["credentialSubject"] = {**inner["credentialSubject"], "verifiableCredential": [inner]}
    signed = run(sign_document(town.ports, row, outer))
    verdict = run(verify(town.ports, signed))
    assert (verdict.outcome, verdict.kind) == ("indeterminate", "clr")
    (within,) = verdict.endorsements
    assert (within.outcome, within.endorsements) == ("indeterminate", ())
    assert "record_inside" in within.codes
    assert "recorded_credential" in verdict.codes


BROKEN: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "one was swapped": lambda held: held.__setitem__(0, held[1]),
    "one was left out": lambda held: held.pop(),
    "one was changed": lambda held: held[0].update(name="Chief"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_record_that_was_changed_is_not_looked_into(place: Place, name: str) -> None:
    place.make()
    document = place.document()
    BROKEN[name](document["credentialSubject"]["verifiableCredential"])
    verdict = run(verify(place.town.ports, strict_json.dump(document)))
    assert (verdict.outcome, verdict.credential, verdict.endorsements) == ("invalid", None, ())


def signed_anew(place: Place, change: Callable[[list[dict[str, Any]]], Any]) -> bytes:
    """The record, signed by the exchange around something else."""
    place.make()
    document = place.document()
    del document["proof"]
    change(document["credentialSubject"]["verifiableCredential"])
    row = run(issuer(place.town.ports, "exchange"))
    return run(sign_document(place.town.ports, row, document))


@pytest.mark.parametrize("fault", ["changed", "by nobody"])
def test_a_good_signature_around_a_bad_credential_makes_it_no_better(place: Place, fault: str) -> None:
    changes = {"changed": BROKEN["one was changed"], "by nobody": lambda held: held[0].pop("proof")}
    verdict = run(verify(place.town.ports, signed_anew(place, changes[fault])))
    assert verdict.outcome == "invalid"
    assert [one.outcome for one in verdict.endorsements] == ["invalid", "valid", "valid"]
    assert verdict.endorsements[0].credential is None
