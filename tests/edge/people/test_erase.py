"""/account/erase: seen before, done once the word is typed, and only to who asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exchange.flows.people import people
from exchange.flows.people.records import Address, Browser
from exchange.flows.sign_in.sign_in import open_session
from tests.edge.shop import PAGE, Shop
from tests.simulator import run

ANA = "ana@example.org"


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    with shop.client:
        yield shop


def signed_in(shop: Shop, address: str = ANA) -> dict[str, str]:
    ports = shop.world.ports
    person = run(people.add(ports, address.partition("@")[0].title(), address))
    run(ports.store.put_address(Address(address, person.id, ports.now())))
    opened = run(open_session(ports, person, "link", Browser()))
    return {**PAGE, "cookie": f"exchange_session={opened.session}", "sec-fetch-site": "same-origin"}


def test_the_page_says_what_goes_and_changes_nothing(shop: Shop) -> None:
    shop.award()
    headers, before = signed_in(shop), run(shop.world.store.log_size())
    answer = shop.client.get("/account/erase", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    for said in (ANA, "The page of 1 badge", "Type ana@example.org to confirm"):
        assert said in answer.text
    assert run(shop.world.store.log_size()) == before
    assert "Ana" in repr(shop.world.store)


@pytest.mark.parametrize("typed", ["", "ana", "ben@example.org", "<script>"])
def test_another_word_comes_back_beside_its_field(shop: Shop, typed: str) -> None:
    headers = signed_in(shop)
    signed_in(shop, "ben@example.org")
    answer = shop.client.post("/account/erase", headers=headers, data={"typed": typed})
    assert answer.status_code == 400
    assert 'id="typed-fault"' in answer.text
    assert "<script>" not in answer.text.replace('<script type="module"', "")
    assert len(run(shop.world.store.people())) == 2
    assert shop.client.get("/account/erase", headers=headers).status_code == 200


def test_who_types_the_word_is_gone_and_signed_out_and_their_badge_is_like_one_that_never_was(
    shop: Shop,
) -> None:
    theirs, others = shop.award(), shop.award("mailto:ben@example.org")
    headers, ben = signed_in(shop), signed_in(shop, "ben@example.org")
    answer = shop.client.post("/account/erase", headers=headers, data={"typed": ANA})
    assert answer.status_code == 200
    assert "Your account is erased" in answer.text
    assert 'exchange_session=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert ANA not in repr(shop.world.store)
    gone = shop.client.get("/account/erase", headers=headers | {"accept": "application/json"})
    assert gone.status_code == 401
    absent = theirs.key[:-4] + "0000"
    for end in ("", ".json", ".png", ".svg", "/log-proof"):
        gone, never = (shop.get(f"/badges/{key}{end}") for key in (theirs.key, absent))
        assert gone.status_code == never.status_code == 404, end
        assert gone.text.replace(theirs.key, "") == never.text.replace(absent, "")
    assert shop.get(f"/badges/{others.key}").status_code == 200
    assert shop.client.get("/account/erase", headers=ben).status_code == 200


def test_a_page_of_another_site_erases_nobody(shop: Shop) -> None:
    headers = signed_in(shop) | {"sec-fetch-site": "cross-site"}
    assert shop.client.post("/account/erase", headers=headers, data={"typed": ANA}).status_code == 403
    assert len(run(shop.world.store.people())) == 1
