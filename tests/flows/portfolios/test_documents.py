"""What of a portfolio goes along as a signed document: what was brought from elsewhere too, as it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.bake import bake_png
from exchange.core.portfolio.portfolio import Item
from exchange.errors import NotFoundError
from exchange.flows.badges.verify import Options, verify
from exchange.flows.imported.bring import bring
from exchange.flows.imported.look_again import look_again
from exchange.flows.imported.remove import remove
from exchange.flows.issuers.issuers import active_key
from exchange.flows.issuers.keys import revoke_key
from exchange.flows.portfolios.present import present, take
from exchange.flows.portfolios.record import record
from tests.core.bake.pictures import png
from tests.elsewhere import Elsewhere, other_world
from tests.portfolios import PortfolioTown
from tests.simulator import run


class Place:
    """Ben brings a badge from elsewhere and shows it beside one of his own."""

    def __init__(self) -> None:
        world, self.elsewhere = other_world()
        self.town = PortfolioTown(world=world)

    def bring(self, form: str) -> bytes:
        """What its issuer signed."""
        proof = "jwt" if form == "jwt" else "eddsa-rdfc-2022"
        self.awarded = self.elsewhere.award("mailto:ben@example.org", proof=proof)
        signed = self.awarded.signed
        data = bake_png(png(), signed.decode()) if form == "png" else signed
        kept = run(bring(self.town.ben.ports, data))
        self.kept = self.town.with_items(
            Item(key="one", kind="badge", id=self.town.first), Item(key="two", kind="imported", id=kept.id)
        )
        self.link, self.secret = self.town.share(self.kept)
        return signed

    def presented(self) -> list[dict[str, Any]]:
        _, presentation = run(present(self.town.ports, self.secret))
        listed: list[dict[str, Any]] = presentation["verifiableCredential"]
        return listed


@pytest.fixture
def place() -> Place:
    return Place()


def same(part: dict[str, Any], signed: bytes) -> bool:
    if part["type"] == "EnvelopedVerifiableCredential":
        return part["id"] == f"data:application/vc+jwt,{signed.decode()}"
    return signed.startswith(b"{") and strict_json.dump(part) == strict_json.dump(strict_json.parse(signed))


@pytest.mark.parametrize("form", ["json", "jwt", "png"])
def test_what_was_brought_is_in_all_of_them_as_it_was_signed(place: Place, form: str) -> None:
    signed = place.bring(form)
    assert [same(one, signed) for one in place.presented()] == [False, True]
    verdict = run(verify(place.town.ports, strict_json.dump(run(present(place.town.ports, place.secret))[1])))
    assert [one.outcome for one in verdict.endorsements] == ["valid", "valid"]
    run(record(place.town.ben.ports, place.kept.id, place.link.id))
    clr: Any = strict_json.parse(run(take(place.town.ports, place.secret, "record")))
    assert [same(one, signed) for one in clr["credentialSubject"]["verifiableCredential"]] == [False, True]


def test_what_a_link_does_not_show_goes_along_with_none(place: Place) -> None:
    place.bring("json")
    place.link, place.secret = place.town.share(place.kept, items=("one",))
    assert len(place.presented()) == 1


def test_one_that_is_too_large_stays_at_the_link(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.flows.imported.signed.MOST_SIGNED", 100)
    place.bring("json")
    assert len(place.presented()) == 1


def test_what_does_not_fit_into_the_whole_stays_at_the_link(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = place.bring("json")
    own = run(place.town.ports.store.badge(place.town.first)).signed  # type: ignore[union-attr]
    assert own is not None
    limit = "exchange.flows.portfolios.present.MOST_READ"
    monkeypatch.setattr(limit, len(own) + len(signed))
    assert len(place.presented()) == 2
    monkeypatch.setattr(limit, len(own) + len(signed) - 1)
    assert [same(one, own) for one in place.presented()] == [True]


def test_a_reader_starts_no_worker_and_one_of_before_is_taken_out_at_the_next_look(place: Place) -> None:
    """The signed text lies beside the file, from when it was brought."""
    signed, pdf, calls = place.elsewhere.award("mailto:ben@example.org").signed, b"%PDF-1.7 badge", [0]

    def attached(data: bytes) -> bytes:
        assert data == pdf
        calls[0] += 1
        return signed

    ben = replace(place.town.ben.ports, attached=attached)
    reader = replace(place.town.ports, attached=attached, strangers_attached=attached)
    kept = run(bring(ben, pdf))
    brought = place.town.with_items(Item(key="one", kind="imported", id=kept.id))
    place.link, place.secret = place.town.share(brought)
    before = calls[0]
    for _ in range(3):
        (one,) = run(present(reader, place.secret))[1]["verifiableCredential"]
        assert same(one, signed)
    assert calls[0] == before
    place.town.world.store._imported[kept.id] = replace(
        place.town.world.store._imported[kept.id], document=None
    )
    assert run(present(reader, place.secret))[1]["verifiableCredential"] == []
    assert calls[0] == before
    run(look_again(ben, kept.id))
    assert len(run(present(reader, place.secret))[1]["verifiableCredential"]) == 1


def test_one_that_its_holder_removed_is_in_no_copy_any_more(place: Place) -> None:
    place.bring("json")
    made = run(record(place.town.ben.ports, place.kept.id, place.link.id))
    (id,) = [one.id for one in place.kept.portfolio.items if one.kind == "imported"]
    assert id in made.holds
    run(remove(place.town.ben.ports, id))
    assert run(place.town.ports.store.portfolio_copies([place.link.id])) == []
    assert run(place.town.ports.store.portfolio_copy_bytes(made.id)) is None


def test_a_record_looks_at_what_was_brought_and_leaves_out_what_does_not_stand(place: Place) -> None:
    place.bring("json")
    town = place.town
    place.elsewhere.revoke(place.awarded)
    town.world.later(minutes=30)
    place.elsewhere.at(town.world.now)
    run(record(town.ben.ports, place.kept.id, place.link.id))
    clr: Any = strict_json.parse(run(take(town.ports, place.secret, "record")))
    assert len(clr["credentialSubject"]["verifiableCredential"]) == 1
    assert "revoked since" in clr["description"]


def test_a_record_leaves_out_of_what_nobody_can_tell_that_day(place: Place) -> None:
    place.bring("json")
    town = place.town
    place.elsewhere.away = True
    town.world.later(minutes=30)
    run(record(town.ben.ports, place.kept.id, place.link.id))
    clr: Any = strict_json.parse(run(take(town.ports, place.secret, "record")))
    assert len(clr["credentialSubject"]["verifiableCredential"]) == 1
    assert "nobody could tell on that day whether they stand: 1." in clr["description"]


def test_a_record_of_only_what_was_brought_names_its_holder_and_says_who_is_not_known(place: Place) -> None:
    place.bring("json")
    link, secret = place.town.share(place.kept, items=("two",))
    run(record(place.town.ben.ports, place.kept.id, link.id))
    clr = run(take(place.town.ports, secret, "record"))
    verdict = run(verify(place.town.ports, clr))
    levels = {one.code: one.level for one in verdict.findings}
    assert (verdict.outcome, levels["recorded_issuer_unknown"]) == ("valid", "warning")
    for address, outcome in (("ben@example.org", "valid"), ("ana@example.org", "invalid")):
        assert run(verify(place.town.ports, clr, Options(recipient=address))).outcome == outcome


def test_their_web_is_not_asked_to_hand_it_over(place: Place) -> None:
    place.bring("json")
    theirs: Elsewhere = place.elsewhere
    theirs.asked.clear()
    place.presented()
    assert theirs.asked == []


def test_a_record_is_given_out_no_more_once_its_key_was_revoked(place: Place) -> None:
    place.bring("json")
    link, secret = place.town.share(place.kept, items=("two",))
    run(record(place.town.ben.ports, place.kept.id, link.id))
    assert run(take(place.town.ports, secret, "record"))
    key = run(active_key(place.town.ports, "exchange"))
    run(revoke_key(place.town.ports, key.id, "Lost"))
    with pytest.raises(NotFoundError) as caught:
        run(take(place.town.ports, secret, "record"))
    assert caught.value.code == "no_copy"


def test_who_does_not_answer_in_time_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.bring("json")

    async def silent(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("exchange.flows.imported.look_again._look", silent)
    monkeypatch.setattr("exchange.flows.imported.look_again.PATIENCE", 0.01)
    place.town.world.later(minutes=30)
    run(record(place.town.ben.ports, place.kept.id, place.link.id))
    clr: Any = strict_json.parse(run(take(place.town.ports, place.secret, "record")))
    assert len(clr["credentialSubject"]["verifiableCredential"]) == 1
