"""The picture of somebody, and the steps that ask: given, seen by few, kept by no cache, taken away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from exchange.flows.people.logged import operator_leaf
from exchange.flows.sign_in import tokens
from tests.adapters.catalogues.test_portraits import photo
from tests.edge.people.test_account import Browsing, House, state
from tests.edge.served import Served
from tests.edge.shop import PAGE
from tests.simulator import run


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    with house.ana.client, house.ben.client, house.shop.client:
        yield house


def give(browsing: Browsing, data: bytes, accept: str = PAGE["accept"]) -> Any:
    headers = {"accept": accept, "sec-fetch-site": "same-origin"}
    files = {"picture": ("../me.php", data, "text/html")}
    return browsing.client.post("/account/picture", files=files, headers=headers, follow_redirects=False)


def place(browsing: Browsing) -> str:
    return f"/people/{browsing.id}/picture"


def test_a_picture_is_given_shown_replaced_and_removed(house: House) -> None:
    before = state(house.ben)
    assert "Picture" in house.ana.get("/account")
    answer = give(house.ana, photo())
    assert (answer.status_code, answer.headers["location"]) == (303, "/account?done=picture")
    page = house.ana.get("/account?done=picture")
    assert "Your picture was changed." in page
    person = run(house.ports.store.person(house.ana.id))
    assert person
    assert f'src="{place(house.ana)}?v={person.picture[:12]}" alt="Your picture"' in page
    seen = house.ana.client.get(place(house.ana))
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(seen.content)).size == (300, 300)
    give(house.ana, photo(500, 500, "PNG"))
    again = run(house.ports.store.person(house.ana.id))
    assert again
    assert again.picture != person.picture
    assert "Remove your picture?" in house.ana.get("/account/picture/remove")
    assert house.ana.client.get(place(house.ana)).status_code == 200
    assert "Your picture was removed." in house.ana.done("/account/picture/remove")
    assert house.ana.client.get(place(house.ana)).status_code == 404
    assert house.ana.post("/account/picture/remove").status_code == 404
    assert house.ana.client.get("/account/picture/remove", headers=PAGE).status_code == 404
    assert state(house.ben) == before


def test_no_cache_keeps_it_for_another_and_its_own_browser_asks_each_time(house: House) -> None:
    give(house.ana, photo())
    seen = house.ana.client.get(place(house.ana))
    assert seen.headers["cache-control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= set(seen.headers["vary"].replace(" ", "").split(","))
    assert "sandbox" in seen.headers["content-security-policy"]
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["cross-origin-resource-policy"] == "same-origin"
    known = {"if-none-match": seen.headers["etag"]}
    assert house.ana.client.get(place(house.ana), headers=known).status_code == 304
    assert house.ben.client.get(place(house.ana), headers=known).status_code == 403
    house.ana.client.cookies.clear()
    assert house.ana.client.get(place(house.ana), headers=known).status_code == 401


def test_others_are_not_told_whether_there_is_one_and_operators_see_it(house: House) -> None:
    give(house.ana, photo())
    for path in (place(house.ana), "/people/nobody/picture"):
        answer = house.ben.client.get(path, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    _, secret = run(tokens.add(house.ana.ports, house.ana.id, "robot", ["read", "award"]))
    client = Served(house.ports)
    assert client.get(place(house.ana), headers={"authorization": f"Bearer {secret}"}).status_code == 403
    ben = run(house.ports.store.person(house.ben.id))
    assert ben
    leaf = operator_leaf(replace(ben, operator=True), house.shop.world.now, house.ports.new_salt())
    run(house.ports.store.change_person(replace(ben, operator=True), leaf))
    assert house.ben.client.get(place(house.ana)).status_code == 200
    assert place(house.ana) in house.ben.get("/operator")
    assert 'alt="Picture of Ana Lima"' in house.ben.get(f"/operator/people/{house.ana.id}")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Choose a picture: a PNG, JPEG or WebP file."),
        (b"no picture", "The picture cannot be read; save it again as PNG, JPEG or WebP."),
        (photo(20, 20), "make both sides at least 48"),
        (photo(3000, 3000, "PNG"), "too many pixels"),
    ],
)
def test_a_mistake_stands_beside_the_field_and_the_old_picture_stays(
    house: House, data: bytes, said: str
) -> None:
    give(house.ana, photo())
    before = run(house.ports.store.picture(house.ana.id))
    answer = give(house.ana, data)
    assert answer.status_code == 400 or (answer.status_code == 413 and "too many" in said)
    assert said in answer.text
    assert 'id="picture-fault"' in answer.text
    assert give(house.ana, data, "application/json").json()["at"] == "picture"
    assert run(house.ports.store.picture(house.ana.id)) == before


def test_a_page_of_another_site_gives_nobody_a_picture(house: House) -> None:
    files, headers = {"picture": ("me.jpg", photo(), "image/jpeg")}, {"sec-fetch-site": "cross-site"}
    assert house.ana.client.post("/account/picture", files=files, headers=headers).status_code == 403
    assert run(house.ports.store.picture(house.ana.id)) is None


def test_a_picture_is_in_the_copy_of_everything_and_gone_with_the_account(house: House) -> None:
    give(house.ana, photo())
    kept = run(house.ports.store.picture(house.ana.id))
    assert kept
    assert kept in house.ana.client.get("/account/export").content or b"picture.jpg" in (
        house.ana.client.get("/account/export").content
    )
    assert "Your picture." in house.ana.get("/account/erase")
    assert house.ana.post("/account/erase", typed="ana@example.org").status_code == 200
    assert run(house.ports.store.picture(house.ana.id)) is None
    assert repr(kept)[2:-1] not in repr(house.shop.world.store)


# --- the steps that ask ---


def test_what_is_taken_away_is_asked_for_first_and_nothing_happens_by_asking(house: House) -> None:
    ana = house.ana
    token, _ = run(tokens.add(ana.ports, ana.id, "robot <b>", ["read"]))
    before = state(ana)
    asked = ana.get(f"/account/tokens/remove?token={token.id}")
    assert "Remove the token robot &lt;b&gt;?" in asked
    assert f'value="{token.id}"' in asked
    assert "1 session ends at once" in _with_another_session(ana)
    answer = ana.client.get("/account/addresses/remove?address=ana@example.org", headers=PAGE)
    assert (answer.status_code, "Make another address the first one before." in answer.text) == (409, True)
    for path in ("tokens/remove?token=x", "addresses/remove?address=ben@example.org", "passkeys/remove?id=x"):
        assert ana.client.get(f"/account/{path}", headers=PAGE).status_code == 404
    assert [state(ana)[0], *state(ana)[3:]] == [before[0], *before[3:]]  # type: ignore[index]


def _with_another_session(browsing: Browsing) -> str:
    person = run(browsing.house.ports.store.person(browsing.id))
    assert person
    Browsing(browsing.house, person)
    return browsing.get("/account/sessions/end-others")


def test_nobody_asks_about_what_is_anothers(house: House) -> None:
    token, _ = run(tokens.add(house.ana.ports, house.ana.id, "robot", ["read"]))
    answer = house.ben.client.get(f"/account/tokens/remove?token={token.id}", headers=PAGE)
    assert (answer.status_code, "robot" in answer.text) == (404, False)
