"""The short way says, of every request, what the route says."""

from __future__ import annotations

import hashlib

import pytest

from exchange.edge.badges import short_way
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE, Shop
from tests.portfolios import PortfolioTown

QUICK: dict[str, dict[str, str]] = {
    "nothing said": {},
    "named": {"accept": "application/ld+json"},
    "nothing that fits": {"accept": "image/avif"},
    "of a JWT": {"accept": "application/jwt"},
    "there already": {"if-none-match": "here"},
    "another one there": {"if-none-match": '"elsewhere"'},
    "from a page elsewhere": {"origin": "https://elsewhere.example"},
    "signed in": {"cookie": "exchange_session=x", "authorization": "Bearer x"},
}
SLOW: dict[str, tuple[str, str, dict[str, str]]] = {
    "a page": ("GET", "", PAGE),
    "no body": ("HEAD", "", {}),
    "a question": ("GET", "?lang=de", {}),
    "a download": ("GET", ".json", {}),
    "the log": ("GET", "/log-proof", {}),
    "no badge": ("GET", "0", {}),
    "a slash": ("GET", "/", {}),
    "another method": ("DELETE", "", {}),
    "a preflight": ("OPTIONS", "", {}),
    "a strange host": ("GET", "", {"host": "a~b"}),
}


Client = DescribedClient


def both(
    client: Client, monkeypatch: pytest.MonkeyPatch, method: str, path: str, headers: dict[str, str]
) -> tuple[bool, int]:
    """Whether the short way answered, and with what; the answer without it is the same."""
    answered = []

    async def watched(site: object, scope: object) -> object:
        answered.append(await kept(site, scope))  # type: ignore[arg-type]
        return answered[-1]

    async def closed(site: object, scope: object) -> None:
        return None

    kept = short_way._answer
    monkeypatch.setattr(short_way, "_answer", watched)
    one = client.request(method, path, headers=headers)
    monkeypatch.setattr(short_way, "_answer", closed)
    two = client.request(method, path, headers=headers)
    assert (one.status_code, one.content) == (two.status_code, two.content)
    assert sorted(one.headers.multi_items()) == sorted(two.headers.multi_items())
    return answered != [None], one.status_code


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("proof", ["eddsa-jcs-2022", "jwt"])
def test_a_credential_is_the_same_by_both_ways(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str, proof: str
) -> None:
    badge = shop.award(proof=proof)
    headers = dict(QUICK[name])
    if headers.get("if-none-match") == "here":
        headers["if-none-match"] = f'"{hashlib.sha256(badge.signed).hexdigest()}"'
    path = badge.id.removeprefix(shop.world.base_url)
    expected = 304 if name == "there already" else 200
    assert both(shop.client, monkeypatch, "GET", path, headers) == (True, expected)


@pytest.mark.parametrize("name", SLOW)
def test_what_is_not_plain_goes_on_to_the_application(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    method, more, headers = SLOW[name]
    path = shop.award().id.removeprefix(shop.world.base_url)
    quick, _ = both(shop.client, monkeypatch, method, path + more, headers)
    assert not quick


@pytest.fixture
def town() -> PortfolioTown:
    return PortfolioTown()


@pytest.mark.parametrize("place", ["/p", "/embed/portfolios"])
@pytest.mark.parametrize("name", [*QUICK, "a page"])
def test_the_value_of_a_portfolio_is_the_same_by_both_ways(
    town: PortfolioTown, monkeypatch: pytest.MonkeyPatch, place: str, name: str
) -> None:
    client = Client(town.ports)
    path = f"{place}/{town.share(town.everything())[1]}.json"
    headers = dict(QUICK.get(name, PAGE))  # what it is, its name says
    if headers.get("if-none-match") == "here":
        headers["if-none-match"] = client.get(path).headers.get("etag", '"none"')
    expected = 304 if name == "there already" and place != "/p" else 200
    assert both(client, monkeypatch, "GET", path, headers) == (True, expected)


OTHERS = {
    "no body": ("HEAD", "/p/{}.json"),
    "a question": ("GET", "/p/{}.json?lang=de"),
    "a page": ("GET", "/p/{}"),
    "another form": ("GET", "/embed/portfolios/{}.svg"),
    "nothing that is there": ("GET", "/p/x{}.json"),
    "nothing that is there, embedded": ("GET", "/embed/portfolios/x{}.json"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_all_else_of_portfolios_goes_on_to_the_application(
    town: PortfolioTown, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    method, path = OTHERS[name]
    client = Client(town.ports)
    quick, _ = both(client, monkeypatch, method, path.format(town.share(town.everything())[1]), {})
    assert not quick
