"""The page of a link, and its value: what is told, to whom, and what whatever is not shown answers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from exchange.flows.badges.status import revoke
from exchange.flows.endorsements.withdraw import withdraw
from exchange.flows.portfolios import mine
from exchange.flows.portfolios.share import off
from tests.edge.portfolios.site import JSON, Site
from tests.edge.shop import PAGE
from tests.simulator import run

HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex,nofollow,noarchive",
}


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_reader_sees_who_says_what_and_how_it_stands(site: Site) -> None:
    _, secret = site.share(site.everything(points=("Led 40 incidents.",)))
    answer = site.client.get(f"/p/{secret}", headers=PAGE)
    page = answer.text
    for part in (
        "Ben Holder",
        "Six years of calm incidents",
        "Led 40 incidents.",
        "3 badges, all verified just now; 1 endorsement.",
        "Ana Giver",
        "Kept everybody calm.",
        "Signed with their own key",
        "Same team",
        "What this does not prove",
        'content="noindex, nofollow, noarchive"',
    ):
        assert part in page
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "set-cookie" not in answer.headers
    assert "asked to be told" not in page
    for private in (site.ben.person.id, site.ana.person.id, "@example.org"):
        assert private not in page
    signed_in = site.get(f"/p/{secret}").text
    assert "My account" not in signed_in  # no cookie is read
    assert signed_in == page


def test_programs_get_the_value_and_any_page_may(site: Site) -> None:
    _, secret = site.share(site.everything())
    by_accept = site.client.get(f"/p/{secret}", headers={**JSON, "origin": "https://else.example"})
    by_name = site.client.get(f"/p/{secret}.json", headers=PAGE)
    assert by_accept.json() == by_name.json()
    value = by_accept.json()
    assert value["counts"] == {"valid": 3}
    assert value["links"]["page"] == f"{site.ports.base_url}/p/{secret}"
    assert by_accept.headers["access-control-allow-origin"] == "*"
    assert {name: by_accept.headers[name] for name in HEADERS} == HEADERS


def test_tombstones_are_told_on_the_page_without_words(site: Site) -> None:
    _, secret = site.share(site.everything())
    run(revoke(site.ports, site.first, "Somebody <else> led it."))
    run(withdraw(site.ana.ports, site.said.id))
    page = site.client.get(f"/p/{secret}", headers=PAGE).text
    assert "2 of 3 badges hold, all verified just now; 1 revoked; no endorsement stands, 1 withdrawn." in page
    assert "Taken back for good on" in page
    assert "Reason: Somebody &lt;else&gt; led it." in page
    assert "Withdrawn by who said it" in page
    assert "Kept everybody calm" not in page


def test_hidden_and_unchosen_items_are_in_no_form(site: Site) -> None:
    kept = site.everything()
    kept = site.change(
        kept, items=tuple(replace(one, hidden=one.key == "two") for one in kept.portfolio.items)
    )
    _, secret = site.share(kept, items=("vouch",))
    for headers in (PAGE, JSON):
        told = site.client.get(f"/p/{secret}", headers=headers).text
        assert site.vouch.id in told
        for gone in (site.first, site.second, site.said.id, "Kept everybody calm"):
            assert gone not in told


def test_whatever_is_not_shown_answers_alike(site: Site) -> None:
    kept = site.everything()
    link, shut = site.share(kept)
    _, over = site.share(kept, expires_at=site.world.now + timedelta(hours=1))
    run(off(site.ben.ports, kept.id, link.id))
    site.world.now += timedelta(hours=2)

    def told(path: str, secret: str, headers: dict[str, str]) -> tuple[int, str, object]:
        answer = site.client.get(path, headers=headers)
        names = {name: value for name, value in answer.headers.items() if name not in ("etag", "link")}
        return answer.status_code, answer.text.replace(secret, "…"), names

    secrets = (shut, over, "s" * len(shut), "t" * len(shut))
    for headers in (PAGE, JSON):
        assert len({repr(told(f"/p/{secret}", secret, headers)) for secret in secrets}) == 1
    status, page, _ = told(f"/p/{shut}", shut, PAGE)
    assert (status, "Nothing is shown here" in page) == (404, True)
    assert site.client.get(f"/p/{shut}.json").json()["code"] == "not_shared"
    assert site.client.get(f"/p/{shut}.xml").json()["code"] == "not_shared"


def test_an_opening_counts_only_with_a_receipt_of_which_the_reader_is_told(site: Site) -> None:
    kept = site.everything()
    _, counted = site.share(kept, "Board", receipt=True)
    _, other = site.share(kept, "Ana")
    for secret in (counted, counted, other):
        page = site.client.get(f"/p/{secret}", headers=PAGE).text
        assert ("asked to be told how often" in page) == (secret == counted)
    site.client.head(f"/p/{counted}", headers=PAGE)
    site.client.get(f"/p/{counted}.json")
    card = site.client.get(f"/p/{counted}", headers={"accept": "*/*"})  # who makes a card of the link
    assert 'property="og:image"' in card.text
    opened = {one.label: (one.opened, one.opened_at) for one in run(mine.one(site.ben.ports, kept.id)).links}
    assert opened == {"Board": (2, site.world.now), "Ana": (0, None)}


def test_an_empty_one_says_so(site: Site) -> None:
    _, secret = site.share(site.with_items())
    page = site.client.get(f"/p/{secret}", headers=PAGE).text
    assert "Nothing is shown here yet." in page
    assert re.search(r"verified just now", page) is None


def test_it_is_told_in_german(site: Site) -> None:
    _, secret = site.share(site.everything())
    page = site.client.get(f"/p/{secret}?lang=de", headers=PAGE).text
    assert "verified just now" not in page
