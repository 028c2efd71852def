"""The views of a portfolio, for who has its link and for its holder: what each is told, and what nobody."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.core.portfolio.portfolio import Item
from exchange.flows.badges.status import revoke
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.portfolios import mine
from exchange.flows.portfolios.share import off
from tests.edge.portfolios.site import JSON, Site
from tests.edge.portfolios.test_shared import HEADERS
from tests.edge.shop import PAGE
from tests.portfolios import Counting
from tests.simulator import run

VIEWS = ("skills", "timeline")
MINE = ("skills", "timeline", "talking-points")


@pytest.fixture
def site() -> Site:
    return Site()


def told(site: Site, path: str, **headers: str) -> Any:
    return site.client.get(path, headers={**JSON, **headers}).json()


def test_a_reader_sees_who_says_what_by_skill(site: Site) -> None:
    kept = site.everything(points=("Led 40 incidents.",))
    _, secret = site.share(kept)
    answer = site.client.get(f"/p/{secret}/skills", headers=PAGE)
    for part in ("Ben Holder", "Incident management", "Incident lead", "Delivery vouch", "Ana Giver"):
        assert part in answer.text
    for gap in ("No endorsement names it", "No evidence is shown", "Ask for an endorsement"):
        assert gap not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "set-cookie" not in answer.headers
    assert told(site, f"/p/{secret}")["links"]["skills"] == f"{site.ports.base_url}/p/{secret}/skills"
    value = told(site, f"/p/{secret}/skills", origin="https://else.example")
    assert value["skills"][0]["name"] == "Incident management"
    assert [one["key"] for one in value["without"]] == ["said"]
    assert not any({"gaps", "needed"} & set(one) for one in value["skills"])
    for private in (site.ben.person.id, site.ana.person.id, "@example.org"):
        assert private not in answer.text
        assert private not in str(value)


def test_a_reader_sees_what_happened_by_day_with_what_does_not_stand(site: Site) -> None:
    _, secret = site.share(site.everything())
    run(revoke(site.ports, site.first, "Somebody <else> led it."))
    run(withdraw(site.ana.ports, site.said.id))
    page = site.client.get(f"/p/{secret}/timeline", headers=PAGE).text
    assert "November 2026" in page
    assert "Reason: Somebody &lt;else&gt; led it." in page
    assert "Kept everybody calm" not in page
    events = told(site, f"/p/{secret}/timeline")["events"]
    happened = {(one["what"], one["item"]["key"]) for one in events}
    assert happened == {
        ("awarded", "one"),
        ("revoked", "one"),
        ("awarded", "two"),
        ("endorsed", "said"),
        ("withdrawn", "said"),
        ("vouched", "vouch"),
    }
    skills = site.client.get(f"/p/{secret}/skills", headers=PAGE).text
    assert "Revoked" in skills
    assert "Withdrawn by who said it" in skills


def test_hidden_and_unchosen_items_are_in_no_view(site: Site) -> None:
    kept = site.everything()
    items = tuple(replace(one, hidden=one.key == "two") for one in kept.portfolio.items)
    kept = site.change(kept, items=items)
    _, secret = site.share(kept, items=("vouch",))
    for view in VIEWS:
        for headers in (PAGE, JSON):
            said = site.client.get(f"/p/{secret}/{view}", headers=headers).text
            assert "Delivery vouch" in said
            for gone in (site.first, site.second, site.said.id, "Incident", "Kept everybody calm"):
                assert gone not in said
    for view in (*MINE, "talking-points.md", "view/skills", "view/timeline"):
        assert site.second not in site.get(f"/account/portfolios/{kept.id}/{view}").text
    for view in MINE:
        assert '"two"' not in site.get(f"/api/portfolios/{kept.id}/{view}", **JSON).text


def test_whatever_is_not_shown_answers_alike(site: Site) -> None:
    kept = site.everything()
    link, shut = site.share(kept)
    run(off(site.ben.ports, kept.id, link.id))
    for headers in (PAGE, JSON):
        answers = set()
        for path in ("", *(f"/{view}" for view in VIEWS)):
            for secret in (shut, "s" * len(shut)):
                answer = site.client.get(f"/p/{secret}{path}", headers=headers)
                alike = {k: v for k, v in answer.headers.items() if k not in ("etag", "content-length")}
                body = answer.text.replace(f"/p/{secret}{path}", "…") if headers == JSON else answer.text
                answers.add((answer.status_code, body, repr(alike)))
        assert len(answers) == 1
    assert told(site, f"/p/{shut}/skills")["code"] == "not_shared"


def test_only_the_page_itself_counts_as_opening_the_link(site: Site) -> None:
    kept = site.everything()
    _, secret = site.share(kept, receipt=True)
    for view in VIEWS:
        site.client.get(f"/p/{secret}/{view}", headers=PAGE)
    assert run(mine.one(site.ben.ports, kept.id)).links[0].opened == 0


def test_a_holder_is_told_what_is_missing_and_can_ask_for_it(site: Site) -> None:
    kept = site.everything()
    place = f"/account/portfolios/{kept.id}/skills"
    page = site.get(place).text
    for part in ("No endorsement names it.", "No evidence is shown with it.", "not a judgement of you"):
        assert part in page
    assert f'href="/account/badges/{site.first}/ask"' in page
    assert "Nothing that you show names it." not in page
    chosen = site.get(f"{place}?role=operations").text
    assert "Systems administrators" in chosen
    assert "Nothing that you show names it." in chosen
    as_reader = site.get(f"/account/portfolios/{kept.id}/view/skills").text
    assert "No endorsement names it" not in as_reader
    assert "This is what a reader sees" in as_reader
    value = site.get(f"/api/portfolios/{kept.id}/skills?role=operations", **JSON).json()
    gaps = {one["name"]: (one["needed"], one["gaps"]) for one in value["skills"]}
    assert gaps["Incident management"] == (True, ["no_evidence", "no_endorsement"])
    assert gaps["Systems administrators"] == (True, ["nothing"])
    assert "operations" in value["roles"]
    wrong = site.get(f"/api/portfolios/{kept.id}/skills?role=piracy", **JSON)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "unknown_role")


def test_talking_points_are_for_the_holder_only(site: Site) -> None:
    kept = site.everything(points=("Led 40 incidents.",))
    _, secret = site.share(kept)
    run(revoke(site.ports, site.second, "Wrong person."))
    page = site.get(f"/account/portfolios/{kept.id}/talking-points").text
    for part in (
        "Led 40 incidents.",
        "Leads the response to an incident.",
        "Can be asked",
        "Kept everybody calm.",
        "Ana Giver speaks for you. What was the occasion?",
        "What does not stand any more",
        "Reason: Wrong person.",
        f"localhost:8000/badges/{site.first}",
    ):
        assert part in page
    file = site.get(f"/account/portfolios/{kept.id}/talking-points.md")
    assert file.headers["content-type"].startswith("text/markdown")
    assert file.headers["cache-control"] == "no-store"
    assert "## What does not stand any more" in file.text
    assert "Led 40 incidents." in file.text
    value = site.get(f"/api/portfolios/{kept.id}/talking-points", **JSON).json()
    assert [one["item"]["key"] for one in value["sections"][0]["points"]] == ["one", "vouch"]
    assert [one["key"] for one in value["past"]] == ["two"]
    for path in ("talking-points", "talking-points.md"):
        assert site.client.get(f"/p/{secret}/{path}", headers=PAGE).status_code == 404


def test_nobody_else_has_the_views_of_a_holder(site: Site) -> None:
    kept = site.everything()
    for view in MINE:
        for path in (f"/account/portfolios/{kept.id}/{view}", f"/api/portfolios/{kept.id}/{view}"):
            answer = site.client.get(path, headers={**site.as_(site.ana), **JSON})
            assert answer.status_code == 404
            assert "Incident" not in answer.text


def test_what_anybody_wrote_is_active_in_no_view(site: Site) -> None:
    kept = site.with_items(Item(key="said", kind="badge", id=site.first, group="<b>x</b>"))
    kept = site.change(kept, headline="[a](https://evil.example) <script>", points=("# <i>b</i>",))
    for view in ("talking-points", "view/skills", "view/timeline", "skills", "timeline"):
        page = site.get(f"/account/portfolios/{kept.id}/{view}").text
        assert "<script>" not in page.replace('<script type="module"', "")
        assert "<b>x</b>" not in page
        assert "<i>b</i>" not in page
    text = site.get(f"/account/portfolios/{kept.id}/talking-points.md").text
    assert "](https://evil.example)" not in text
    assert "<" not in text.replace("(<http://localhost:8000/badges/", "")


def test_an_empty_one_says_what_will_stand_there(site: Site) -> None:
    kept = site.with_items()
    _, secret = site.share(kept)
    assert "No skill is named here." in site.client.get(f"/p/{secret}/skills", headers=PAGE).text
    assert "Nothing has happened here yet." in site.client.get(f"/p/{secret}/timeline", headers=PAGE).text
    assert "something to talk about" in site.get(f"/account/portfolios/{kept.id}/talking-points").text
    assert told(site, f"/p/{secret}/skills") == {"skills": [], "without": []}
    assert told(site, f"/p/{secret}/timeline") == {"events": [], "undated": []}


def test_a_view_takes_as_many_reads_however_much_is_shown(site: Site) -> None:
    few = site.everything()
    _, secret = site.share(few)
    badges = [site.accepted() for _ in range(6)]
    said = [site.endorsed(site.ana, badge) for badge in badges]
    more = [Item(key=f"b{n}", kind="badge", id=id) for n, id in enumerate(badges)]
    more += [Item(key=f"e{n}", kind="endorsement", id=one.id) for n, one in enumerate(said)]
    many = site.change(few, items=(*few.portfolio.items, *more))
    _, narrow = site.share(many, items=("one", "two", "said", "vouch"))
    store = Counting(site.ports.store)
    client = type(site.client)(dataclasses.replace(site.world.ports, store=store))

    def reads(path: str) -> int:
        before = store.calls
        assert client.get(path, headers=JSON).status_code == 200
        return store.calls - before

    _, warm = site.share(many, items=("one", "said"))
    reads(f"/p/{warm}")  # keys and status lists, once
    for view in VIEWS:  # the first is judged, the next one is kept
        assert reads(f"/p/{secret}/{view}") == reads(f"/p/{narrow}/{view}"), view
