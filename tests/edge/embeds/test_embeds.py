"""Embeds over HTTP: one value, the same in every form; open to every page, cookieless, and quiet about what
is not there."""

from __future__ import annotations

import asyncio
import gc
import gzip
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from exchange import resources
from exchange.edge.embeds import events
from exchange.edge.embeds.embeds import NEWEST
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.embeds import hub as hubs
from exchange.flows.people.records import Erasure
from exchange.languages import speaking
from tests.edge.shop import PAGE, Shop, run

RELEASED: dict[str, str] = {}
"""Versions that were released, by their SHA-256: who pinned one, by its hash even, keeps it."""


def value_of(shop: Shop, key: str) -> dict[str, Any]:
    answer = shop.get(f"/embed/badges/{key}.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_value_says_what_who_when_and_until_when_that_may_be_believed(shop: Shop) -> None:
    badge = shop.award()
    answer = shop.get(f"/embed/badges/{badge.key}.json")
    home = f"{shop.world.base_url}/embed/badges/{badge.key}"
    assert answer.json() == {
        "type": "badge",
        "key": badge.key,
        "revision": answer.json()["revision"],
        "state": "valid",
        "since": None,
        "reason": None,
        "name": "Incident lead",
        "description": "Leads the response to an incident.",
        "issuer": {"name": "Reliability School", "proof": "key", "domain": None},
        "validFrom": "2026-11-21T09:30:00Z",
        "validUntil": "2027-11-21T09:30:00Z",
        "picture": {
            "url": f"{shop.world.base_url}/achievements/school/incident-lead/1/image.png",
            "alt": "A blue hexagon with the letters IL",
        },
        "checkedAt": "2026-11-21T09:30:00Z",
        "freshUntil": "2026-11-21T09:31:00Z",
        "links": {
            "page": f"{badge.id}.html",
            "issuer": f"{shop.world.base_url}/issuers/school",
            "frame": home,
            "events": f"{shop.world.base_url}/embed/events?of=badges/{badge.key}",
            "card": f"{home}.png",
            "shield": f"{home}.svg",
        },
    }
    assert "ana@example.org" not in answer.text
    assert answer.headers["cache-control"] == "public, max-age=3"
    assert (
        shop.get(f"/embed/badges/{badge.key}.json", **{"if-none-match": answer.headers["etag"]}).status_code
        == 304
    )


def test_a_change_of_status_is_a_new_revision_at_once(shop: Shop) -> None:
    badge, other = shop.award(), shop.award()
    seen = [value_of(shop, badge.key)]
    for change, reason in ((suspend, "Looked at"), (reinstate, "Right"), (revoke, "Wrong person")):
        shop.world.later(minutes=1)
        run(change(shop.world.ports, badge.key, reason))
        seen.append(value_of(shop, badge.key))
    assert [one["state"] for one in seen] == ["valid", "suspended", "valid", "revoked"]
    assert [one["reason"] for one in seen] == [None, "Looked at", None, "Wrong person"]
    assert [one["since"] for one in seen] == [None, "2026-11-21T09:31:00Z", None, "2026-11-21T09:33:00Z"]
    assert seen[0]["revision"] == seen[2]["revision"]
    assert len({one["revision"] for one in seen}) == 3
    assert value_of(shop, other.key)["state"] == "valid"


def test_dates_make_it_expire_and_no_answer_is_fresh_beyond_them(shop: Shop) -> None:
    key = shop.award().key
    shop.world.later(days=365, seconds=30)
    value = value_of(shop, key)
    assert (value["state"], value["checkedAt"], value["freshUntil"]) == (
        "valid",
        "2027-11-21T09:30:30Z",
        "2027-11-21T09:31:00Z",
    )
    shop.world.later(seconds=31)
    value = value_of(shop, key)
    assert (value["state"], value["since"]) == ("expired", "2027-11-21T09:30:00Z")


def test_of_what_nobody_signed_nothing_is_shown(shop: Shop) -> None:
    badge = shop.award()
    row = shop.world.store._badges[badge.key]
    object.__setattr__(row, "signed", badge.signed.replace(b"Leads the response", b"Leads everything"))
    value = value_of(shop, badge.key)
    assert value["state"] == "invalid"
    assert [value[name] for name in ("name", "description", "issuer", "picture", "validFrom")] == [None] * 5
    for form in ("", ".svg"):
        text = shop.get(f"/embed/badges/{badge.key}{form}").text
        assert "Not valid" in text
        assert "Incident lead" not in text


FORMS = ("", ".json", ".svg", ".png")


@pytest.mark.parametrize("form", FORMS)
def test_absent_erased_and_malformed_answer_alike(shop: Shop, form: str) -> None:
    erased = shop.award().key
    assert shop.get(f"/embed/badges/{erased}{form}").status_code == 200
    run(shop.world.store.erase(Erasure("erasure", (), (erased,))))
    answers = [shop.get(f"/embed/badges/{key}{form}") for key in (erased, "0" * 8, "a b")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({json.dumps({**answer.headers}) for answer in answers}) == 1


@pytest.mark.parametrize("form", FORMS)
def test_embeds_are_open_to_every_page_and_know_no_cookie(shop: Shop, form: str) -> None:
    key = shop.award().key
    plain = shop.get(f"/embed/badges/{key}{form}")
    known = shop.get(f"/embed/badges/{key}{form}", cookie="exchange_session=anything")
    for answer in (plain, known):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()
    assert plain.content == known.content


def test_only_embeds_may_be_framed(shop: Shop) -> None:
    key = shop.award().key
    framed = shop.get(f"/embed/badges/{key}", **PAGE)
    assert "x-frame-options" not in framed.headers
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "unsafe" not in framed.headers["content-security-policy"]
    assert not re.search(r"<(form|button|input)|\son\w+=|<style|<script>|style=", framed.text)
    for path in (f"/badges/{key}", f"/badges/{key}/elsewhere", "/", "/verify", "/embed/events", "/oembed"):
        answer = shop.get(path, **PAGE)
        assert answer.headers["x-frame-options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("act", "word", "code"),
    [
        (None, "Valid", "en"),
        (suspend, "Suspended", "en"),
        (revoke, "Revoked", "en"),
        (revoke, "Widerrufen", "de"),
    ],
)
def test_every_form_tells_the_state_in_words(shop: Shop, act: Any, word: str, code: str) -> None:
    key = shop.award().key
    if act:
        run(act(shop.world.ports, key, "Because <b>&"))
    shield = shop.get(f"/embed/badges/{key}.svg?lang={code}")
    root = ElementTree.fromstring(shield.text)
    assert word in root.attrib["aria-label"]
    assert "09:30" in root.attrib["aria-label"]
    assert shield.headers["cache-control"] == "public, max-age=60"
    assert "sandbox" in shield.headers["content-security-policy"]
    page = shop.get(f"/embed/badges/{key}?lang={code}").text
    assert word in page
    if act:
        assert "Because &lt;b&gt;&amp;" in page
    card = shop.get(f"/embed/badges/{key}.png?lang={code}")
    with Image.open(io.BytesIO(card.content)) as picture:
        assert picture.size == (1200, 630)


def test_a_card_is_drawn_once_a_revision_and_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key, drawn = shop.award().key, []
    ports = shop.client.app.dependencies["site"].dependency().ports  # type: ignore[union-attr]
    whole = ports.draw.card
    monkeypatch.setattr(type(ports.draw), "card", lambda self, card: drawn.append(card) or whole(card))
    for _ in range(3):
        assert shop.get(f"/embed/badges/{key}.png").status_code == 200
    assert len(drawn) == 1
    run(revoke(shop.world.ports, key, "Why"))
    for _ in range(2):
        shop.get(f"/embed/badges/{key}.png")
    assert [card.tone for card in drawn] == ["good", "stop"]
    assert shop.get(f"/embed/badges/{key}.png?width=7").json()["code"] == "width_unknown"


def test_the_stream_begins_with_the_values_and_tells_what_changed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "STREAM_SECONDS", 0.5)
    monkeypatch.setattr(events, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(hubs, "LOOK_SECONDS", 0.05)
    key = shop.award().key
    answer = shop.get(f"/embed/events?of=badges/{key}&of=badges/nope")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    told = [json.loads(data) for data in re.findall(r"^data: (.*)$", answer.text, re.M)]
    assert told[0] == {"of": f"badges/{key}", "value": value_of(shop, key)}
    assert told[1] == {"of": "badges/nope", "value": None}
    revision = value_of(shop, key)["revision"]
    assert told[2] == {
        f"badges/{key}": {
            "revision": revision,
            "checkedAt": "2026-11-21T09:30:00Z",
            "freshUntil": "2026-11-21T09:31:00Z",
        }
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "embed_names"),
        ("?" + "&".join(f"of=badges/{n}" for n in range(51)), 400, "embed_names"),
        ("?of=badges/nope", 404, "not_embedded"),
        ("?of=orders/1", 404, "not_embedded"),
    ],
)
def test_a_stream_of_nothing_is_refused(shop: Shop, query: str, status: int, code: str) -> None:
    answer = shop.get(f"/embed/events{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_too_many_streams_are_told_when_to_come_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_STREAMS", 0)
    answer = shop.get(f"/embed/events?of=badges/{shop.award().key}")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")


def test_who_goes_away_while_something_is_sent_leaves_no_place_taken(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left to the collector of garbage: what was half told is closed with its request."""
    key, places, seen = shop.award().key, Counter[str](), list[int]()
    monkeypatch.setattr(hubs, "Counter", lambda: places)
    client = Shop(shop.world).client

    async def cut() -> None:
        sending = asyncio.Event()

        async def receive() -> dict[str, object]:
            await sending.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200
            else:
                seen.append(sum(places.values()))
                sending.set()
                await asyncio.sleep(60)  # what a connection does that takes nothing more

        headers = [(b"host", b"localhost:8000")]
        scope = {"type": "http", "method": "GET", "path": "/embed/events", "headers": headers}
        scope |= {
            "query_string": f"of=badges/{key}".encode(),
            "client": ("192.0.2.1", 1),
            "http_version": "1.1",
        }
        scope |= {
            "raw_path": b"/embed/events",
            "root_path": "",
            "scheme": "http",
            "server": ("localhost", 8000),
        }
        await client.app(scope, receive, send)
        seen.append(sum(places.values()))

    gc.disable()
    try:
        asyncio.run(cut())
    finally:
        gc.enable()
    assert seen == [1, 0]


def test_who_came_when_the_last_place_was_taken_is_told_when_to_come_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_STREAMS", 0)
    monkeypatch.setattr(hubs.Hub, "check_room", check_late(hubs.Hub.check_room))
    answer = shop.get(f"/embed/events?of=badges/{shop.award().key}")
    assert (answer.status_code, answer.text) == (200, "retry: 60000\n\n")


def check_late(check: Callable[[hubs.Hub, str], None]) -> Callable[[hubs.Hub, str], None]:
    """There is room when it is asked for the first time, and none after that."""
    asked: list[str] = []

    def late(hub: hubs.Hub, network: str) -> None:
        asked.append(network)
        if len(asked) > 1:
            check(hub, network)

    return late


@pytest.mark.parametrize("name", NEWEST)
def test_code_has_an_address_for_good_and_one_that_moves(shop: Shop, name: str) -> None:
    pinned, newest = (shop.get(f"/embed/code/{one}") for one in (NEWEST[name], name))
    assert pinned.content == newest.content
    assert "immutable" in pinned.headers["cache-control"]
    assert newest.headers["cache-control"] == "public, max-age=300"
    for answer in (pinned, newest):
        assert answer.headers["access-control-allow-origin"] == "*"


def test_no_other_file_is_code(shop: Shop) -> None:
    assert shop.get("/embed/code/copy.js").status_code == 404


def test_the_component_is_small_and_asks_for_nothing() -> None:
    source = (resources.data_path("web") / "static/embed" / NEWEST["verified-badge.js"]).read_bytes()
    assert len(gzip.compress(source)) < 12 * 1024
    assert not re.search(rb"\bimport\b|\beval\(|new Function|innerHTML|document\.write", source)


def test_what_was_released_is_as_it_was() -> None:
    folder = resources.data_path("web") / "static/embed"
    now = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in RELEASED}
    assert now == RELEASED


def test_the_component_and_the_pages_say_the_same_in_both_languages(shop: Shop) -> None:
    source = (resources.data_path("web") / "static/embed" / NEWEST["verified-badge.js"]).read_text()
    from exchange.edge.embeds.words import STATES
    from exchange.languages import gettext

    for code in ("en", "de"):
        block = source[source.index(f"  {code}: {{") :]
        with speaking(code):
            for state, (_, word) in STATES.items():
                assert f'{state}: "{gettext(word)}"' in block.partition("\n  },")[0]


def test_the_page_that_tells_how_has_every_form(shop: Shop) -> None:
    badge = shop.award()
    page = shop.page(f"/badges/{badge.key}/elsewhere")
    for part in ("verified-badge", "integrity=", "iframe", ".svg)](", "width=600", badge.id):
        assert part in page
    whole = re.search(r"sha384-([\w+/=]+)", page)
    assert whole is not None
    assert f"/badges/{badge.key}/elsewhere" in shop.page(f"/badges/{badge.key}")
    assert shop.client.get("/badges/nope/elsewhere", headers=PAGE).status_code == 404


@pytest.mark.parametrize(
    ("host", "policy", "said"),
    [
        pytest.param("https://host.example/me", "", "take: The web component", id="anything goes"),
        pytest.param("host.example", "", "take: The web component", id="without a scheme"),
        pytest.param(
            "https://host.example/me", "script-src 'self'; img-src *", "take: The frame", id="no scripts"
        ),
        pytest.param(
            "https://host.example/me", "default-src 'none'; img-src *", "take: The picture", id="pictures"
        ),
        pytest.param("https://host.example/me", "default-src 'none'", "take: The link alone", id="nothing"),
        pytest.param("https://github.com/me/repo", "", "take: The shield", id="a README"),
        pytest.param("https://www.linkedin.com/in/me", "", "take: The link alone", id="a network"),
        pytest.param("https://gone.example/", "", "could not be looked at", id="no answer"),
        pytest.param("nothing at all", "", "That is no web address", id="no address"),
    ],
)
def test_what_a_place_allows_is_found_as_far_as_can_be_known(
    shop: Shop, host: str, policy: str, said: str
) -> None:
    from exchange.core.verdict.documents import Document

    for url in ("https://host.example/me", "https://host.example"):
        shop.world.web.pages[url] = Document(url, 200, "text/html", b"<h1>Hi</h1>", policy=policy)
    key = shop.award().key
    answer = shop.client.post(f"/badges/{key}/elsewhere", data={"host": host}, headers=PAGE)
    assert said in re.sub(r"<[^>]+>", "", answer.text)
    assert answer.status_code == (400 if "no web address" in said else 200)
    assert len(shop.world.web.asked) <= 1


def test_looking_at_places_makes_no_proxy_and_no_scanner_of_the_exchange(shop: Shop) -> None:
    path = f"/badges/{shop.award().key}/elsewhere"
    hosts = [f"https://host-{number}.example/" for number in range(40)]
    said = [shop.client.post(path, data={"host": host}, headers=PAGE).status_code for host in hosts]
    assert said == [200] * 30 + [429] * 10
    assert len(shop.world.web.asked) == 30
