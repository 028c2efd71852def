"""A holder's pages of their portfolios, and the same for programs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exchange.flows.people.account import export
from exchange.flows.portfolios import mine
from exchange.flows.portfolios.records import Kept
from tests.edge.portfolios.site import JSON, Site
from tests.edge.shop import PAGE
from tests.simulator import run

HOME = "/account/portfolios"


@pytest.fixture
def site() -> Site:
    return Site()


def kept(site: Site, key: str) -> Kept:
    return run(mine.find(site.ben.ports, key))


def form(site: Site, key: str) -> dict[str, str]:
    """What the page's form would send, as it stands."""
    page = site.get(f"{HOME}/{key}").text
    fields = {}
    for tag in re.findall(r"<(?:input|button)[^>]*>", page):
        said = dict(re.findall(r'(name|value|type)="([^"]*)"', tag))
        ticked = said.get("type") not in ("checkbox", "radio", "submit") or " checked" in tag
        if "name" in said and ticked:
            fields[said["name"]] = said.get("value", "")
    fields.pop("do", None)
    return {**fields, "grouping": "hand"}


def keys(one: Kept) -> list[str]:
    return [item.key for item in one.portfolio.items]


def test_from_nothing_to_a_link_without_script(site: Site) -> None:
    empty = site.get(HOME).text
    assert "You have no portfolio yet." in empty
    bad = site.post(HOME, {"headline": "", "template": "skills"})
    assert (bad.status_code, 'id="headline-fault"' in bad.text) == (400, True)
    once = {"headline": "Calm", "template": "promotion", "once": "k" * 20}
    made = site.post(HOME, once)
    place = made.headers["location"].partition("?")[0]
    assert site.post(HOME, once).headers["location"] == made.headers["location"]  # a double click
    key = place.rpartition("/")[2]
    assert len(run(mine.portfolios(site.ben.ports, site.ben.person.id))) == 1
    fields = form(site, key)
    first, second, third = keys(kept(site, key))
    typed = {**fields, "headline": "Calmer", "points-0": "Led it.", f"group-{first}": "Best"}
    done = site.post(place, {**typed, "do": f"down {first}"})
    assert (done.status_code, done.headers["location"]) == (303, f"{place}?done=portfolio#item-{first}")
    one = kept(site, key)
    assert (one.portfolio.headline, one.portfolio.points, keys(one)) == (
        "Calmer",
        ("Led it.",),
        [second, first, third],
    )
    assert one.portfolio.items[1].group == "Best"
    site.post(place, {**form(site, key), "do": f"up {third}"})
    site.post(place, {**form(site, key), "do": f"out {second}"})
    assert keys(kept(site, key)) == [third, first]
    site.post(place, {**form(site, key), "do": f"in endorsement {site.said.id}", f"hidden-{third}": "on"})
    one = kept(site, key)
    assert [(item.kind, item.hidden) for item in one.portfolio.items] == [
        ("vouch", True),
        ("badge", False),
        ("endorsement", False),
    ]
    seen = site.post(place, {**form(site, key), "do": "view"})
    view = site.get(seen.headers["location"]).text
    assert "This is what a reader sees" in view
    assert "Kept everybody calm." in view
    assert "Led <strong>the move</strong>" not in view  # hidden
    shared = site.post(f"{place}/links", {"label": "The board", "which": "all", "days": "30"})
    assert (shared.status_code, shared.headers["cache-control"]) == (200, "no-store")
    (url,) = set(re.findall(r"http[^\s\"<]*/p/[\w-]+", shared.text))
    reader = site.client.get(url, headers=PAGE).text
    assert "This is what a reader sees" not in reader
    assert "Kept everybody calm." in reader
    again = site.get(f"{place}/links").text
    assert url not in again
    assert "The board" in again
    (link,) = run(mine.one(site.ben.ports, key)).links
    ask = site.get(f"{place}/links/{link.id}/off").text
    assert "Switch off the link" in ask
    assert site.post(f"{place}/links/{link.id}/off").headers["location"] == f"{place}/links?done=link-off"
    assert site.client.get(url, headers=PAGE).status_code == 404
    assert "cannot be brought back" in site.get(f"{place}/remove").text
    assert site.post(f"{place}/remove").headers["location"] == f"{HOME}?done=portfolio-removed"
    assert site.get(place, **JSON).status_code == 404


def test_of_two_windows_the_second_is_told_on_the_page(site: Site) -> None:
    one = site.everything()
    place, fields = f"{HOME}/{one.id}", form(site, one.id)
    assert site.post(place, {**fields, "headline": "First"}).status_code == 303
    late = site.post(place, {**fields, "headline": "Second"})
    assert late.status_code == 409
    assert "changed meanwhile" in late.text
    assert 'value="Second"' in late.text  # what was typed is there to be kept
    assert kept(site, one.id).portfolio.headline == "First"


def test_a_mistake_comes_back_beside_its_field(site: Site) -> None:
    one = site.everything()
    place, fields = f"{HOME}/{one.id}", form(site, one.id)
    bad = site.post(place, {**fields, "headline": "<b>" + "x" * 130})
    assert (bad.status_code, 'id="headline-fault"' in bad.text) == (400, True)
    assert "<b>x" not in bad.text
    none = site.post(f"{place}/links", {"label": "", "which": "some", "days": "30"})
    assert (none.status_code, 'id="label-fault"' in none.text) == (400, True)
    some = site.post(f"{place}/links", {"label": "x", "which": "some", "days": "30", "item-one": "on"})
    assert some.status_code == 200
    assert run(mine.one(site.ben.ports, one.id)).links[0].items == ("one",)


def test_evidence_is_ticked_item_by_item(site: Site) -> None:
    key = site.accepted(narrative="Calm.", evidence=("https://example.org/review",))
    one = site.make()
    item = next(item for item in one.portfolio.items if item.id == key)
    name = f"evidence-{item.key}-0"
    page = site.get(f"{HOME}/{one.id}").text
    assert f'name="{name}"' in page
    site.post(f"{HOME}/{one.id}", {**form(site, one.id), name: "on"})
    found = next(item for item in kept(site, one.id).portfolio.items if item.id == key)
    assert found.evidence == ("0",)
    assert name in form(site, one.id)


def test_others_find_nothing_of_it(site: Site) -> None:
    one = site.everything()
    link, _ = site.share(one)
    ana = {**site.as_(site.ana), **JSON}
    for path in ("", "/view", "/links", "/remove", f"/links/{link.id}/off"):
        assert site.client.get(f"{HOME}/{one.id}{path}", headers=ana).json()["code"] == "unknown_portfolio"
    for path in ("", "/links", "/remove", f"/links/{link.id}/off"):
        answer = site.client.post(f"{HOME}/{one.id}{path}", headers=ana, data={"label": "x"})
        assert answer.json()["code"] == "unknown_portfolio"
    assert one.id not in site.client.get(HOME, headers=site.as_(site.ana)).text
    assert kept(site, one.id) == one


def test_programs_do_the_same(site: Site) -> None:
    api = "/api/portfolios"
    made = site.send(api, {"headline": "Calm", "template": "lateral"})
    assert made.status_code == 201
    key = made.json()["id"]
    choices = site.get(f"{api}/{key}/choices", **JSON).json()["choices"]
    assert {(one["kind"], one["id"]) for one in choices} >= {
        ("endorsement", site.said.id),
        ("badge", site.first),
    }
    said: dict[str, Any] = {
        "revision": 1,
        "headline": "Calm",
        "items": [{"key": "a", "kind": "badge", "id": site.first}],
    }
    edited = site.send(f"{api}/{key}", said)
    assert (edited.status_code, edited.json()["revision"]) == (200, 2)
    late = site.send(f"{api}/{key}", {**said, "headline": "Storm"})
    assert (late.status_code, late.json()["code"]) == (409, "portfolio_changed")
    wrong = site.send(
        f"{api}/{key}", {**said, "revision": 2, "items": [{"key": "a", "kind": "film", "id": "x"}]}
    )
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["at"]) == (
        400,
        "item_not_yours",
        "/items/0/kind",
    )
    shared = site.send(
        f"{api}/{key}/links", {"label": "Board", "items": ["a"], "expires": "2026-12-24T00:00:00Z"}
    )
    assert shared.status_code == 201
    url, link = shared.json()["url"], shared.json()["id"]
    assert site.client.get(url, headers=JSON).json()["counts"] == {"valid": 1}
    listed = site.get(api, **JSON).json()["portfolios"]
    assert [one["links"][0]["label"] for one in listed] == ["Board"]
    assert url.rpartition("/")[2] not in str(listed)
    assert site.send(f"{api}/{key}/links/{link}/off").json()["on"] is False
    assert site.client.get(url, headers=JSON).status_code == 404
    assert site.send(f"{api}/{key}/remove", peer=site.ana).json()["code"] == "unknown_portfolio"
    assert site.send(f"{api}/{key}/remove").json() == {"id": key}
    assert site.get(f"{api}/{key}", **JSON).json()["code"] == "unknown_portfolio"


def test_what_is_about_me_has_my_portfolios(site: Site) -> None:
    one = site.everything()
    _, secret = site.share(one)
    account = run(export(site.ben.ports))["account.json"].decode()
    assert one.portfolio.headline in account
    assert secret not in account
    assert run(mine.one(site.ben.ports, one.id)).links[0].hash not in account
