"""The trust summary of a badge over HTTP: for programs, and on its page in both languages; and no score."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exchange.flows.endorsements.withdraw import withdraw
from tests.edge.described import DescribedClient
from tests.edge.shop import PAGE
from tests.flows.endorsements.company import Company
from tests.simulator import run


@pytest.fixture
def town() -> Company:
    return Company()


@pytest.fixture
def client(town: Company) -> DescribedClient:
    return DescribedClient(town.ports)


def endorsed(town: Company) -> list[str]:
    """The keys of three endorsements, the last of them withdrawn."""
    made = [
        town.shown(town.ben.endorse(town.badge, team="payments")),
        town.shown(town.cleo.endorse(town.badge, team="search")),
        town.shown(town.dora.endorse(town.badge)),
    ]
    run(withdraw(town.dora.ports, made[2].id))
    return [one.id for one in made]


def test_programs_get_lines_with_the_documents_behind_them(town: Company, client: DescribedClient) -> None:
    ben, cleo, dora = (f"{town.ports.base_url}/endorsements/{key}" for key in endorsed(town))
    answer = client.get(f"/badges/{town.badge}/trust")
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    said = answer.json()
    assert set(said) == {"about", "asOf", "lines", "bridges"}
    assert said["about"] == [f"{town.ports.base_url}/badges/{town.badge}"]
    lines = {line["code"]: line for line in said["lines"]}
    assert lines["endorsers"] == {
        "code": "endorsers",
        "says": "2 different people endorse this.",
        "credentials": sorted([ben, cleo]),
    }
    assert lines["other_teams"]["credentials"] == [cleo]
    assert lines["withdrawn"]["credentials"] == [dora]
    assert said["bridges"] == []
    for id in (ben, cleo, dora):
        there = client.get(id.removeprefix(town.ports.base_url), headers={"accept": "application/vc+jwt"})
        assert there.status_code == 200


def numbers(value: Any, path: str = "") -> list[str]:
    """Where numbers stand in JSON."""
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in numbers(one, f"{path}/{name}")]
    if isinstance(value, list):
        return [found for one in value for found in numbers(one, f"{path}/*")]
    return [path] if isinstance(value, int | float) else []


def test_no_number_can_be_read_as_a_score(town: Company, client: DescribedClient) -> None:
    """The only numbers are those of cells of the bridge map, between two named teams."""
    for name in ("Emil", "Fay", "Gus"):
        peer = town.peer(name)
        town.join("search", peer)
        town.shown(peer.endorse(town.badge, team="search"))
    said = client.get(f"/badges/{town.badge}/trust").json()
    assert set(numbers(said)) == {"/bridges/*/endorsers"}
    page = client.get(f"/badges/{town.badge}", headers=PAGE).text
    page = page.replace("Facts, not a score.", "")
    assert not re.search(r"\b(score|rating|rank|stars?)\b", page)


def test_the_team_that_reads_it_has_a_line_of_its_own(town: Company, client: DescribedClient) -> None:
    endorsed(town)
    for team, says in (
        ("search", "One endorser was in the receiving team when they signed."),
        ("nobody", "No endorser was in the receiving team when they signed."),
    ):
        lines = client.get(f"/badges/{town.badge}/trust", params={"team": team}).json()["lines"]
        assert [line["says"] for line in lines if line["code"] == "receiving_team"] == [says]


def test_the_page_says_it_and_links_to_every_document(town: Company, client: DescribedClient) -> None:
    ben, cleo, dora = endorsed(town)
    page = client.get(f"/badges/{town.badge}", headers=PAGE).text
    together = page[page.index('id="together"') :]
    assert "2 different people endorse this." in together
    assert "One endorsement was withdrawn. It is not counted." in together
    for key in (ben, cleo, dora):
        assert f'href="/endorsements/{key}"' in together
    german = client.get(f"/badges/{town.badge}?lang=de", headers=PAGE).text
    assert "2 verschiedene Personen empfehlen dies." in german
    lines = german[german.index('id="together"') : german.index("Nicht gezählt")]
    assert "endorse" not in re.sub(r"<[^>]+>", "", lines)
    assert "Die neueste Empfehlung ist vom 21. November 2026." in lines


def test_a_badge_that_nobody_endorses_has_no_summary_on_its_page(
    town: Company, client: DescribedClient
) -> None:
    town.ben.endorse(town.badge)
    assert 'id="together"' not in client.get(f"/badges/{town.badge}", headers=PAGE).text
    lines = client.get(f"/badges/{town.badge}/trust").json()["lines"]
    assert [line["says"] for line in lines] == ["Nobody endorses this."]


def test_what_is_not_here_has_none(client: DescribedClient) -> None:
    answer = client.get("/badges/nothing/trust")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_badge")


def table_of(page: str) -> list[list[str]]:
    """The cells of the bridge map as a screen reader reads them; none for a page without the table."""
    found = page.partition('class="bridges"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", "", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
        for row in rows
    ]


def bridged(town: Company, searchers: int, lawyers: int) -> None:
    """So many from the team search, and from legal, endorse Ana of payments."""
    for team, count in (("search", searchers), ("legal", lawyers)):
        for n in range(count):
            peer = town.peer(f"{team.title()}-{n}")
            town.join(team, peer)
            town.shown(peer.endorse(town.badge, team=team))


def test_people_read_the_bridge_map_as_a_table_without_small_cells(town: Company) -> None:
    client = DescribedClient(town.ports)
    bridged(town, 3, 2)
    page = client.get(f"/badges/{town.badge}", headers=PAGE).text
    assert table_of(page) == [["Team of the endorsers", "of Payments"], ["Search", "3"]]
    assert "Fewer than 3 are not shown and are in no sum" in page
    headers = {**PAGE, "cookie": f"exchange_session={town.session(town.ana)}"}
    own = client.get("/account/endorsements", headers=headers).text
    assert table_of(own) == [["Team of the endorsers", "of Payments"], ["Legal", "2"], ["Search", "3"]]
    assert "Only you see the small numbers" in own


@pytest.mark.parametrize("lawyers", [0, 1, 2])
def test_a_hidden_cell_reads_like_an_empty_one(lawyers: int) -> None:
    town = Company()
    town.shown(town.ben.endorse(town.badge, team="payments"))
    bridged(town, 0, lawyers)
    page = DescribedClient(town.ports).get(f"/badges/{town.badge}", headers=PAGE).text
    said = page.partition('class="bridges"')[2].partition("</section>")[0]
    assert "No two teams have that many here." in said
    assert "<table" not in said
    assert "Legal" not in said


def test_a_page_without_endorsements_has_no_map(town: Company) -> None:
    page = DescribedClient(town.ports).get(f"/badges/{town.badge}", headers=PAGE).text
    assert 'class="bridges"' not in page
