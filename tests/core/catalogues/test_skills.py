"""Skills are found by any of their words, and those that are shipped lead somewhere."""

from __future__ import annotations

import pytest

from exchange.adapters.catalogues.skill_list import load_skills
from exchange.core.catalogues.catalogue import check_badge
from exchange.core.catalogues.skills import MOST, Skill, find_skills
from exchange.resources import data_path
from tests.test_issuers import FRAMEWORKS

SHIPPED = load_skills(data_path("issuers") / "skills.toml")
SKILLS = (
    Skill("Incident management", "https://a.example/USUP", "SFIA 9", "USUP"),
    Skill("Management of incidents", "https://a.example/2", "Another", ""),
    Skill("Prüfen", "https://a.example/3", "Another", "2.A.1"),
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("incident", ["Incident management", "Management of incidents"]),
        ("  MANAGEMENT inc ", ["Management of incidents", "Incident management"]),
        ("usup", ["Incident management"]),
        ("sfia incident", ["Incident management"]),
        ("prufen", ["Prüfen"]),
        ("2.a.1", ["Prüfen"]),
        ("cident", []),
        ("incident nothing", []),
        ("", []),
        ("…", []),
    ],
)
def test_every_word_must_begin_one_of_the_skill(asked: str, found: list[str]) -> None:
    assert [one.name for one in find_skills(SKILLS, asked)] == found


def test_a_search_lists_a_dozen() -> None:
    many = [Skill(f"Skill {number}", f"https://a.example/{number}", "A") for number in range(40)]
    assert len(find_skills(many, "skill")) == MOST


@pytest.mark.parametrize("skill", SHIPPED, ids=lambda one: f"{one.framework} {one.code or one.name}")
def test_what_is_shipped_is_named_as_its_framework_names_it(skill: Skill) -> None:
    assert skill.url == FRAMEWORKS[skill.framework] + skill.code
    table = {"name": "N", "description": "D", "criteria": "C", "alignments": [skill.to_table()]}
    assert [one.at for one in check_badge("x", table)] == ["/image"]


def test_no_skill_is_there_twice() -> None:
    assert len({(one.framework, one.name) for one in SHIPPED}) == len(SHIPPED) > 60
