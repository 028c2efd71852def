"""What is taken along from a link: exactly what it shows, each document as it was signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.flows.badges.status import revoke
from exchange.flows.embeds.hub import PAPER_BUSY
from exchange.flows.people.records import Quota
from exchange.flows.portfolios.share import off
from exchange.flows.turns import Turns
from tests.edge.embeds.test_portfolios import Place
from tests.edge.shop import PAGE
from tests.endorsing import BrowserKey
from tests.simulator import run

FILES = ("portfolio.md", "portfolio.pdf", "card.png", "card.svg", "presentation.json", "presentation.txt")


@pytest.fixture
def place() -> Place:
    return Place()


def get(place: Place, file: str, secret: str = "") -> Any:
    key = BrowserKey()
    query = f"?holder={key.did}" if file == "presentation.txt" else ""
    return place.get(f"/p/{secret or place.secret}/as/{file}{query}")


def verify(place: Place, raw: bytes) -> Any:
    return place.client.post("/api/verify", content=raw, headers={"content-type": "text/plain"}).json()


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_private_and_gone_with_its_link(place: Place, file: str) -> None:
    answer = get(place, file)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["content-disposition"].startswith("attachment")
    run(off(place.town.ben.ports, place.kept.id, place.link.id))
    shut, absent = get(place, file), get(place, file, "nope")
    assert (shut.status_code, shut.json()) == (404, absent.json())


def test_a_presentation_has_what_the_link_shows_and_each_stands_by_itself(place: Place) -> None:
    raw = get(place, "presentation.json").content
    said = verify(place, raw)
    assert (said["kind"], said["outcome"]) == ("presentation", "valid")
    assert [one["outcome"] for one in said["endorsements"]] == ["valid"] * 4
    assert "presentation_unsigned" in [one["code"] for one in said["findings"]]
    run(revoke(place.town.ports, place.town.first, "Wrong person"))
    said = verify(place, raw)
    assert [one["outcome"] for one in said["endorsements"]].count("valid") == 3
    _, few = place.town.share(place.kept, items=("vouch",))
    document = strict_json.parse(get(place, "presentation.json", few).content)
    assert isinstance(document, dict)
    assert len(document["verifiableCredential"]) == 1
    assert place.town.first not in get(place, "presentation.json", few).text


def test_what_a_browser_signs_is_verified_as_its_holders(place: Place) -> None:
    key = BrowserKey()
    message = place.get(f"/p/{place.secret}/as/presentation.txt?holder={key.did}").content
    said = verify(place, message + b"." + key.sign(message).encode())
    assert (said["kind"], said["outcome"]) == ("presentation", "valid")
    assert "signature_valid" in [one["code"] for one in said["findings"]]
    other = verify(place, message + b"." + BrowserKey().sign(message).encode())
    assert (other["outcome"], other["endorsements"]) == ("invalid", [])


@pytest.mark.parametrize(
    "holder", ["", "did:key:z6Mk", "did:web:example.org", 'did:key:zDn"><b>', "did:key:zDn" + "a" * 99]
)
def test_only_a_key_that_a_browser_makes_is_asked_to_sign(place: Place, holder: str) -> None:
    answer = place.client.get(f"/p/{place.secret}/as/presentation.txt", params={"holder": holder})
    assert (answer.status_code, answer.json()["code"]) == (400, "holder_malformed")


def test_on_paper_stands_what_the_link_shows_and_the_presentation_is_in_it(place: Place) -> None:
    run(revoke(place.town.ports, place.town.first, "Wrong person"))
    text = get(place, "portfolio.pdf").text
    assert text.startswith("%PDF Six years of calm incidents")
    assert text.endswith(get(place, "presentation.json").text)


def test_a_card_to_keep_has_its_moment_and_is_never_green(place: Place) -> None:
    page = place.get(f"/p/{place.secret}", **PAGE).text
    for name, kind in (("card.png", "image/png"), ("card.svg", "image/svg+xml")):
        assert f"/as/{name}?lang=en" in page
        answer = get(place, name)
        assert answer.headers["content-type"] == kind
        assert "sandbox" in answer.headers["content-security-policy"]
    kept, live = get(place, "card.svg").text, place.embed(".card.svg").text
    assert ("As of 21 November 2026" in kept, "#17663c" in kept) == (True, False)
    assert ("Checked 21 November 2026" in live, "#17663c" in live) == (True, True)
    assert place.secret not in kept
    assert "Stand" in place.get(f"/p/{place.secret}/as/card.svg?lang=de").text


def test_markdown_speaks_the_language_that_was_asked_for(place: Place) -> None:
    text = get(place, "portfolio.md").text
    assert "3 badges verified" in text
    assert f"/p/{place.secret}" in text
    assert place.get(f"/p/{place.secret}/as/nope.md").json()["code"] == "no_such_form"


def test_a_sheet_is_drawn_once_for_a_minutes_readers_and_anew_when_it_says_something_else(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    ports = place.town.ports
    whole = ports.draw.paper
    monkeypatch.setattr(type(ports.draw), "paper", lambda self, paper: drawn.append(paper) or whole(paper))
    for seconds in (0, 5, 10):
        place.town.world.later(seconds=seconds)
        get(place, "portfolio.pdf")
    assert len(drawn) == 1
    run(revoke(ports, place.town.first, "Wrong person"))
    get(place, "portfolio.pdf")
    assert [paper.tone for paper in drawn] == ["good", "note"]


def test_who_comes_when_many_sheets_are_printed_is_told_to_come_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = place.client.app.dependencies["site"].dependency().ports.hub  # type: ignore[union-attr]
    monkeypatch.setattr(hub.papers, "_turns", Turns(0, 0, "paper_busy", PAPER_BUSY))
    answer = get(place, "portfolio.pdf")
    assert (answer.status_code, answer.json()["code"]) == (429, "paper_busy")
    assert answer.headers["retry-after"] == "5"
    page = place.get(f"/p/{place.secret}/as/portfolio.pdf", **PAGE)
    assert PAPER_BUSY in page.text
    assert get(place, "portfolio.md").status_code == 200


@pytest.mark.parametrize("file", [*FILES, "presentation.jwt", "clr.json"])
def test_who_asked_too_often_makes_nothing_built(
    place: Place, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = [Quota("files", 1, timedelta(minutes=15))]
    monkeypatch.setattr("exchange.edge.portfolios.exports.file_quotas", lambda network: used)
    get(place, file)

    def built(*_: Any) -> Any:
        raise AssertionError("it was looked for")

    for flow in ("present", "to_sign", "take", "kept_by_secret"):
        monkeypatch.setattr(f"exchange.edge.portfolios.exports.{flow}", built)
    answer = get(place, file)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
