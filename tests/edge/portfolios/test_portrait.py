"""The picture of a portfolio's holder: shown where they chose so, by the link alone, and gone at once."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.adapters.catalogues.portraits import portrait
from exchange.flows.people.pictures import remove
from exchange.flows.portfolios.records import Kept
from exchange.flows.portfolios.share import off
from tests.adapters.catalogues.test_portraits import photo
from tests.edge.portfolios.site import JSON, Site
from tests.edge.portfolios.test_shared import HEADERS
from tests.edge.shop import PAGE
from tests.simulator import run

FACE = portrait(photo())


@pytest.fixture
def site() -> Site:
    site = Site()
    run(site.ports.store.put_picture(site.ben.person.id, FACE))
    return site


def get(site: Site, path: str, **headers: str) -> Any:
    return site.client.get(path, headers={**JSON, **headers})


def tick(site: Site, kept: Kept, **fields: str) -> Kept:
    """What the editor's form does."""
    answer = site.post(
        f"/account/portfolios/{kept.id}",
        {"headline": kept.portfolio.headline, "revision": str(kept.revision), **fields},
    )
    assert answer.status_code == 303
    found = run(site.ports.store.portfolio(kept.id))
    assert found is not None
    return found


def is_shown(site: Site, secret: str) -> bool:
    """Whether every form of it has the picture; they all agree."""
    value = get(site, f"/p/{secret}").json()["portrait"]
    embedded = get(site, f"/embed/portfolios/{secret}.json").json()["portrait"]
    page = site.client.get(f"/p/{secret}", headers=PAGE).text
    skills = site.client.get(f"/p/{secret}/skills", headers=PAGE).text
    there = get(site, f"/p/{secret}/portrait")
    pdf = get(site, f"/p/{secret}/as/portfolio.pdf").content
    said = {
        value is not None,
        embedded is not None,
        "/portrait?v=" in page,
        "/portrait?v=" in skills,
        there.status_code == 200,
        FACE in pdf,
    }
    assert len(said) == 1, (value, embedded, there.status_code)
    if value:
        assert there.content == FACE
        assert get(site, value.removeprefix(site.ports.base_url)).content == FACE
    else:
        assert (there.status_code, there.json()["code"]) == (404, "not_shared")
    return said.pop()


def test_it_is_shown_only_while_its_holder_chose_so(site: Site) -> None:
    kept = site.everything()
    _, secret = site.share(kept)
    assert not is_shown(site, secret)
    card = get(site, f"/embed/portfolios/{secret}.png").content
    kept = tick(site, kept, portrait="on")
    assert is_shown(site, secret)
    assert get(site, f"/embed/portfolios/{secret}.png").content != card
    tick(site, kept)
    assert not is_shown(site, secret)
    assert get(site, f"/embed/portfolios/{secret}.png").content == card


def test_another_portfolio_and_another_person_do_not_show_it(site: Site) -> None:
    tick(site, site.everything(), portrait="on")
    _, other = site.share(site.everything())
    assert not is_shown(site, other)
    assert get(site, f"/people/{site.ben.person.id}/picture").status_code == 401


def test_the_answer_with_the_picture_is_as_private_as_the_page(site: Site) -> None:
    kept = tick(site, site.everything(), portrait="on")
    link, secret = site.share(kept)
    answer = get(site, f"/p/{secret}/portrait", origin="https://else.example")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["content-type"] == "image/jpeg"
    assert "set-cookie" not in answer.headers
    run(off(site.ben.ports, kept.id, link.id))
    gone, never = get(site, f"/p/{secret}/portrait"), get(site, f"/p/{'s' * len(secret)}/portrait")
    assert gone.status_code == never.status_code == 404
    assert gone.text.replace(secret, "…") == never.text.replace("s" * len(secret), "…")


def test_it_goes_with_the_picture_of_the_account(site: Site) -> None:
    kept = tick(site, site.everything(), portrait="on")
    _, secret = site.share(kept)
    run(remove(site.ben.ports, site.ben.person.id))
    assert get(site, f"/p/{secret}").json()["portrait"] is None
    assert get(site, f"/p/{secret}/portrait").status_code == 404
    assert "/portrait" not in site.client.get(f"/p/{secret}", headers=PAGE).text
    assert get(site, f"/embed/portfolios/{secret}.png").status_code == 200


def test_its_holder_sees_it_as_a_reader_does(site: Site) -> None:
    kept = tick(site, site.everything(), portrait="on")
    seen = f'src="/people/{site.ben.person.id}/picture"'
    for view in ("view", "view/skills", "view/timeline"):
        assert seen in site.get(f"/account/portfolios/{kept.id}/{view}").text
    assert (
        'name="portrait" type="checkbox" value="on" checked'
        in site.get(f"/account/portfolios/{kept.id}").text
    )
    kept = tick(site, kept)
    assert seen not in site.get(f"/account/portfolios/{kept.id}/view").text


def test_programs_switch_it_on_and_off(site: Site) -> None:
    kept = site.everything()
    said = {"headline": "Calm", "revision": kept.revision, "portrait": True}
    assert site.send(f"/api/portfolios/{kept.id}", said).json()["portrait"] is True
    again = {"headline": "Calm", "revision": kept.revision + 1}
    assert site.send(f"/api/portfolios/{kept.id}", again).json()["portrait"] is False
