"""A badge from elsewhere in a portfolio: with the time of its last look, never greener than that, and its
file for whoever has a link that shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from exchange.core.portfolio.imported import Look, Outline
from exchange.core.portfolio.portfolio import Item
from exchange.core.portfolio.shown import Evidence, Skill, State
from exchange.errors import InputError
from exchange.flows.imported.records import MOST, MOST_BYTES, Brought, Imported
from exchange.flows.imported.remove import remove
from tests.edge.portfolios.site import JSON, Site
from tests.endorsing import Peer
from tests.simulator import run

SAID = Outline(
    id="https://elsewhere.example/badges/1",
    name="Chaos engineer",
    description="Breaks things on purpose.",
    issuer="Elsewhere",
    issuer_id="did:web:elsewhere.example",
    domain="elsewhere.example",
    skills=(Skill("Resilience"),),
    evidence=(Evidence("https://elsewhere.example/report", "Report"), Evidence(narrative="Secret story")),
)


@pytest.fixture
def site() -> Site:
    return Site()


def bring(site: Site, peer: Peer, state: State = "valid", known: bool = True, id: str = "imp") -> str:
    now = site.world.now
    look = Look(
        outline=SAID,
        recipient="yours",
        known=known,
        state=state,
        since=None if state == "valid" else now,
        findings=(),
        stands=state != "invalid",
        checked_at=now,
        tried_at=now,
        trouble="",
        next_at=now + timedelta(hours=6),
    )
    row = Imported(id, peer.person.id, f"{id:0<64}", "application/vc", 2, "", True, now, look)
    run(site.world.store.bring_imported(Brought(row, b"{}", b"PNG"), MOST, MOST_BYTES))
    return id


def shared(site: Site, **item: Any) -> str:
    kept = site.with_items(Item(key="x", kind="imported", id="imp", evidence=("0",), **item))
    return site.share(kept)[1]


def value(site: Site, secret: str) -> Any:
    return site.client.get(f"/p/{secret}", headers=JSON).json()


def test_it_is_a_choice_and_is_shown_as_the_last_look_found_it(site: Site) -> None:
    bring(site, site.ben)
    assert "Chaos engineer" in site.get(f"/account/portfolios/{site.make().id}").text
    secret = shared(site)
    (item,) = value(site, secret)["items"]
    assert (item["kind"], item["state"], item["name"], item["issuer"]) == (
        *("imported", "valid", "Chaos engineer", "Elsewhere"),
    )
    assert item["lookedAt"]
    assert [one["url"] for one in item["evidence"]] == ["https://elsewhere.example/report"]
    page = site.client.get(f"/p/{secret}", headers={"accept": "text/html"}).text
    assert "Badge from elsewhere" in page
    assert "Secret story" not in page
    assert "shown-verdict notice tone-good" in page
    for form in ("portfolio.md", "portfolio.pdf", "presentation.json"):
        assert site.client.get(f"/p/{secret}/as/{form}").status_code == 200


@pytest.mark.parametrize(
    ("state", "known", "shown", "words"),
    [
        ("valid", False, "issuer_unknown", True),
        ("revoked", True, "revoked", False),
        ("unknown", True, "unknown", False),
    ],
)
def test_it_is_green_only_when_its_issuer_is_known_and_it_stands(
    site: Site, state: State, known: bool, shown: str, words: bool
) -> None:
    bring(site, site.ben, state, known)
    secret = shared(site)
    (item,) = value(site, secret)["items"]
    assert item["state"] == shown
    assert bool(item["description"]) is words
    page = site.client.get(f"/p/{secret}", headers={"accept": "text/html"}).text
    assert "shown-verdict notice tone-good" not in page
    assert "all verified just now" not in page


def test_what_was_good_cannot_be_told_a_day_later(site: Site) -> None:
    bring(site, site.ben)
    secret = shared(site)
    site.world.later(hours=25)
    assert value(site, secret)["items"][0]["state"] == "unknown"


def test_its_file_and_picture_are_for_who_has_a_link_that_shows_it(site: Site) -> None:
    bring(site, site.ben)
    secret = shared(site)
    (item,) = value(site, secret)["items"]
    there = f"/p/{secret}/brought/imp"
    assert item["credential"].endswith(f"{there}/file")
    assert item["picture"].endswith(f"{there}/picture")
    got = site.client.get(f"{there}/file")
    assert (got.status_code, got.content) == (200, b"{}")
    assert got.headers["content-disposition"].startswith("attachment")
    assert site.client.get(f"{there}/picture").content == b"PNG"
    assert site.client.get(f"{there}/other").status_code == 404
    bring(site, site.ben, id="other")
    assert site.client.get(f"/p/{secret}/brought/other/file").status_code == 404
    assert site.client.get("/p/nothing/brought/imp/file").status_code == 404


def test_somebody_elses_cannot_be_put_in_and_what_was_removed_is_gone(site: Site) -> None:
    bring(site, site.ana)
    with pytest.raises(InputError, match="not yours"):
        shared(site)
    bring(site, site.ben, id="mine")
    _, secret = site.share(site.with_items(Item(key="x", kind="imported", id="mine")))
    assert len(value(site, secret)["items"]) == 1
    run(remove(site.ben.ports, "mine"))
    assert value(site, secret)["items"] == []
    assert site.client.get(f"/p/{secret}/brought/mine/file").status_code == 404


def test_what_is_hidden_is_nowhere(site: Site) -> None:
    bring(site, site.ben)
    kept = site.with_items(Item(key="x", kind="imported", id="imp"))
    _, secret = site.share(kept)
    site.change(kept, items=(replace(kept.portfolio.items[0], hidden=True),))
    assert "imp" not in {one["key"] for one in value(site, secret)["items"]}
    assert site.client.get(f"/p/{secret}/brought/imp/file").status_code == 404
