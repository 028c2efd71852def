"""What of a portfolio goes along as a signed document: what was brought from elsewhere too, as it was."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.bake import bake_png
from exchange.core.portfolio.portfolio import Item
from exchange.flows.badges.verify import verify
from exchange.flows.imported.bring import bring
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
        signed = self.elsewhere.award("mailto:ben@example.org", proof=proof).signed
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
    place.bring("json")
    monkeypatch.setattr("exchange.flows.portfolios.documents.MOST_BROUGHT", 100)
    assert len(place.presented()) == 1


def test_their_web_is_not_asked_to_hand_it_over(place: Place) -> None:
    place.bring("json")
    theirs: Elsewhere = place.elsewhere
    theirs.asked.clear()
    place.presented()
    assert theirs.asked == []
