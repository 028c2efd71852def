"""oEmbed, as its specification says it and as a client that we did not write reads it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import pytest
from micawber.providers import Provider, ProviderRegistry

from exchange.flows.badges.status import revoke
from tests.edge.shop import Shop, run


def ask(shop: Shop, url: str, **query: str) -> Any:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return shop.get(f"/oembed?url={quote(url, safe='')}{more}")


class ByClient(Provider):  # type: ignore[misc]
    """Micawber's provider, whose requests go to the exchange under test."""

    shop: Shop

    def fetch(self, url: str) -> str:
        return str(self.shop.get(url.removeprefix(self.shop.world.base_url)).text)


def test_a_client_that_we_did_not_write_makes_a_frame_of_a_link(shop: Shop) -> None:
    badge = shop.award()
    provider = ByClient(f"{shop.world.base_url}/oembed")
    provider.shop = shop
    registry = ProviderRegistry()
    registry.register(re.escape(shop.world.base_url) + r"/badges/\S+", provider)
    said = registry.request(badge.id, maxwidth=400)
    assert (said["type"], said["title"], said["width"]) == ("rich", "Incident lead", 400)
    from micawber import parse_text

    assert f'src="{shop.world.base_url}/embed/badges/{badge.key}"' in parse_text(badge.id, registry)


def test_a_page_names_its_provider_and_the_provider_answers(shop: Shop) -> None:
    badge = shop.award()
    page = shop.page(f"/badges/{badge.key}")
    for kind in ("application/json+oembed", "text/xml+oembed"):
        (place,) = re.findall(rf'<link rel="alternate" type="{re.escape(kind)}" href="([^"]+)"', page)
        answer = shop.get(place.replace("&amp;", "&").removeprefix(shop.world.base_url))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(("application/json", "text/xml"))


def test_json_and_xml_say_the_same(shop: Shop) -> None:
    badge = shop.award()
    said = ask(shop, badge.id).json()
    root = ElementTree.fromstring(ask(shop, badge.id, format="xml").text)
    assert root.tag == "oembed"
    assert {one.tag: one.text for one in root} == {name: str(value) for name, value in said.items()}


@pytest.mark.parametrize(
    ("wide", "high", "kind"),
    [
        (None, None, "rich"),
        (480, 176, "rich"),
        (220, 64, "rich"),
        (300, 100, "rich"),
        (1200, 63, "link"),
        (219, 999, "link"),
        (10, 10, "link"),
    ],
)
def test_no_answer_is_larger_than_asked_for(shop: Shop, wide: int, high: int, kind: str) -> None:
    asked = {name: str(value) for name, value in (("maxwidth", wide), ("maxheight", high)) if value}
    said = ask(shop, shop.award().id, **asked).json()
    assert said["type"] == kind
    if kind == "link":
        assert "html" not in said
        return
    assert said["width"] <= (wide or 480)
    assert said["height"] <= (high or 176)
    if "thumbnail_width" in said and wide:
        assert said["thumbnail_width"] <= wide
        assert said["thumbnail_height"] <= high


@pytest.mark.parametrize(("wide", "width"), [("5000", 1200), ("1199", 800), ("420", 400), ("250", 240)])
def test_a_photo_comes_in_the_largest_size_that_fits(shop: Shop, wide: str, width: int) -> None:
    badge = shop.award()
    for url, more in (
        (badge.id, {"type": "photo"}),
        (badge.id.replace("/badges/", "/embed/badges/") + ".png", {}),
    ):
        said = ask(shop, url, maxwidth=wide, **more).json()
        assert (said["type"], said["width"]) == ("photo", width)
        assert parse_qs(urlsplit(said["url"]).query)["width"] == [str(width)]
        picture = shop.get(said["url"].removeprefix(shop.world.base_url))
        assert picture.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("url", "query", "status", "code"),
    [
        ("", {}, 400, "url_missing"),
        ("{id}", {"format": "yaml"}, 501, "format_unknown"),
        ("{id}", {"maxwidth": "wide"}, 400, "size_malformed"),
        ("{id}", {"maxheight": "0"}, 400, "size_malformed"),
        ("{base}/badges/nope", {}, 404, "not_embedded"),
        ("{base}/issuers/school", {}, 404, "not_embedded"),
        ("https://elsewhere.example/badges/{key}", {}, 404, "not_embedded"),
        ("{key}", {}, 404, "not_embedded"),
    ],
)
def test_mistakes_have_the_status_that_oembed_names(
    shop: Shop, url: str, query: dict[str, str], status: int, code: str
) -> None:
    badge = shop.award()
    named = url.format(id=badge.id, key=badge.key, base=shop.world.base_url)
    answer = ask(shop, named, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_was_taken_back_says_so_in_the_title_and_has_another_picture(shop: Shop) -> None:
    badge = shop.award()
    before = ask(shop, badge.id).json()
    run(revoke(shop.world.ports, badge.key, "Why"))
    after = ask(shop, badge.id).json()
    assert (before["title"], after["title"]) == ("Incident lead", "Incident lead (Revoked)")
    assert before["thumbnail_url"] != after["thumbnail_url"]
    assert 'og:title" content="Incident lead (Revoked)"' in shop.page(f"/badges/{badge.key}")


def test_the_frame_speaks_the_language_that_was_asked_for(shop: Shop) -> None:
    said = json.loads(ask(shop, shop.award().id, lang="de").text)
    assert "lang=de" in said["html"]
