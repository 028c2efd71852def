"""Portfolios on other sites: the same value in every form, cookieless, and quiet about what is not there."""

from __future__ import annotations

import io
import json
import re
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from PIL import Image

from exchange.core import strict_json
from exchange.flows.badges.status import revoke
from exchange.flows.portfolios.remove import remove
from exchange.flows.portfolios.share import off
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.portfolios import PortfolioTown
from tests.simulator import run

FORMS = ("", ".json", ".svg", ".png", ".card.svg")


class Place:
    """A portfolio behind a link, and who asks for it."""

    def __init__(self) -> None:
        self.town = PortfolioTown()
        self.client = DescribedClient(self.town.ports)
        self.kept = self.town.everything(points=("Led 40 <incidents>.",))
        self.link, self.secret = self.town.share(self.kept)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"accept": "*/*", **headers})

    def embed(self, form: str = "", secret: str = "", **headers: str) -> Any:
        return self.get(f"/embed/portfolios/{secret or self.secret}{form}", **headers)


@pytest.fixture
def place() -> Place:
    return Place()


def test_the_value_is_what_the_link_shows(place: Place) -> None:
    answer = place.embed(".json")
    shown = place.town.shown(place.secret)
    base = place.town.ports.base_url
    assert answer.json() == strict_json.parse(strict_json.dump(shown.to_json(base, place.town.world.now)))
    assert answer.headers["cache-control"] == "public, max-age=3"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert place.embed(".json", **{"if-none-match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_how_it_stands_and_is_never_green_with_a_tombstone(place: Place, form: str) -> None:
    before = place.embed(form)
    run(revoke(place.town.ports, place.town.first, "Wrong <person>"))
    after = place.embed(form)
    assert before.content != after.content
    if form == ".json":
        assert after.json()["counts"] == {"valid": 2, "revoked": 1}
    elif form == ".card.svg":
        label = ElementTree.fromstring(after.text).attrib["aria-label"]
        assert "2 badges verified; 1 revoked" in label
        told = " ".join(" ".join(ElementTree.fromstring(after.text).itertext()).split())
        assert "Taken back for good on 21 November 2026. Reason: Wrong <person>" in told
        assert "line-through" in after.text
        assert after.headers["cache-control"] == place.embed(".png").headers["cache-control"]
    elif form == ".svg":
        label = ElementTree.fromstring(after.text).attrib["aria-label"]
        assert "2 badges verified; 1 revoked" in label
        assert "#17663c" not in after.text
        assert "#17663c" in before.text
    elif form == ".png":
        with Image.open(io.BytesIO(after.content)) as picture:
            assert picture.size == (1200, 630)
        assert len(after.content) <= 60_000
    else:
        assert "2 badges verified; 1 revoked" in after.text
        assert "Wrong &lt;person&gt;" in after.text
        assert "tone-note" in after.text
        assert "Not checked since" in after.text  # what a frame without a script says after a minute


@pytest.mark.parametrize("form", FORMS)
def test_absent_off_over_and_removed_answer_alike(place: Place, form: str) -> None:
    town = place.town
    removed = town.everything()
    _, gone = town.share(removed)
    assert place.embed(form).status_code == place.embed(form, gone).status_code == 200
    run(off(town.ben.ports, place.kept.id, place.link.id))
    run(remove(town.ben.ports, removed.id))
    answers = [place.embed(form, secret, **PAGE) for secret in (place.secret, gone, "nope", "a b")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({json.dumps({**answer.headers}) for answer in answers}) == 1


@pytest.mark.parametrize("form", FORMS)
def test_embeds_are_open_to_every_page_and_know_no_cookie(place: Place, form: str) -> None:
    plain, known = place.embed(form), place.embed(form, cookie="exchange_session=anything")
    for answer in (plain, known):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "set-cookie" not in answer.headers
    assert plain.content == known.content


def test_the_page_may_be_framed_and_has_nothing_to_click_but_links(place: Place) -> None:
    framed = place.embed("", **PAGE)
    assert "x-frame-options" not in framed.headers
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert not re.search(r"<(form|button|input)|\son\w+=|<style|<script>|style=", framed.text)
    assert "de" in place.embed("?lang=de").text[:60]


def test_the_secret_is_on_no_picture_and_what_is_hidden_in_no_form(place: Place) -> None:
    _, few = place.town.share(place.kept, items=("vouch",))
    for form in ("", ".json", ".svg", ".card.svg"):
        text = place.embed(form, few).text
        for hidden in (place.town.first, place.town.second, "Kept everybody calm"):
            assert hidden not in text
    for form in (".svg", ".card.svg", ".card.svg?lang=de"):
        assert place.secret not in place.embed(form).text
        assert "crispEdges" not in place.embed(form).text  # a code


def test_a_card_is_drawn_once_a_revision(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    ports = place.client.app.dependencies["site"].dependency().ports  # type: ignore[union-attr]
    whole = ports.draw.card
    monkeypatch.setattr(type(ports.draw), "card", lambda self, card: drawn.append(card) or whole(card))
    for _ in range(3):
        place.embed(".png")
    assert len(drawn) == 1
    assert place.secret not in repr(drawn[0])
    run(revoke(place.town.ports, place.town.first, "Why"))
    place.embed(".png")
    assert [card.tone for card in drawn] == ["good", "note"]
    assert place.embed(".png?width=7").json()["code"] == "width_unknown"


def test_the_page_that_tells_how_has_every_form_and_asks_a_place(place: Place) -> None:
    path = f"/p/{place.secret}/elsewhere"
    page = place.get(path, **PAGE)
    assert page.status_code == 200
    forms = ("badge-portfolio", "integrity=", "iframe", ".svg)](", ".card.svg&#34; width=")
    for part in (*forms, "width=600", f"/p/{place.secret}"):
        assert part in page.text
    answer = place.client.post(path, data={"host": "https://github.com/me"}, headers=PAGE)
    assert "take: The shield" in re.sub(r"<[^>]+>", "", answer.text)
    run(off(place.town.ben.ports, place.kept.id, place.link.id))
    shut, absent = (place.get(f"/p/{one}/elsewhere", **PAGE) for one in (place.secret, "nope"))
    assert shut.status_code == absent.status_code == 404
    assert shut.text.replace(place.secret, "nope") == absent.text


# --- oEmbed ---


def oembed(place: Place, url: str, **query: str) -> Any:
    return place.client.get("/oembed", params={"url": url, **query})


def test_oembed_makes_a_frame_or_a_photo_of_a_link(place: Place) -> None:
    base = place.town.ports.base_url
    said = oembed(place, f"{base}/p/{place.secret}").json()
    assert (said["type"], said["width"], said["height"]) == ("rich", 480, 420)
    assert f"{base}/embed/portfolios/{place.secret}" in said["html"]
    assert said["title"] == "Six years of calm incidents (3 badges verified)"
    assert said["author_name"] == "Ben Holder"
    assert "author_url" not in said
    low = oembed(place, f"{base}/p/{place.secret}", maxwidth="400", maxheight="100").json()
    assert (low["type"], low["width"], low["height"]) == ("rich", 400, 100)
    assert "compact=1" in low["html"]
    photo = oembed(place, f"{base}/embed/portfolios/{place.secret}.png", maxwidth="700").json()
    assert (photo["type"], photo["width"], photo["height"]) == ("photo", 600, 315)
    assert place.get(photo["url"].removeprefix(base)).headers["content-type"] == "image/png"
    xml = oembed(place, f"{base}/p/{place.secret}", format="xml")
    assert ElementTree.fromstring(xml.text).findtext("title") == said["title"]


def test_the_readers_page_names_the_provider_and_a_picture(place: Place) -> None:
    page = place.get(f"/p/{place.secret}", **PAGE).text
    base = place.town.ports.base_url
    assert f'og:image" content="{base}/embed/portfolios/{place.secret}.png' in page
    assert 'og:title" content="Six years of calm incidents (3 badges verified)"' in page
    (found,) = re.findall(r'type="application/json\+oembed" href="([^"]+)"', page)
    assert place.get(found.replace("&amp;", "&").removeprefix(base)).json()["type"] == "rich"


def test_oembed_says_nothing_of_what_is_not_there(place: Place) -> None:
    base = place.town.ports.base_url
    run(off(place.town.ben.ports, place.kept.id, place.link.id))
    answers = [oembed(place, f"{base}/p/{secret}") for secret in (place.secret, "nope")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({unquote(answer.text) for answer in answers}) == 1
