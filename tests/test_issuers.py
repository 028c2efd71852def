"""The shipped catalogues are worth using as they are."""

from __future__ import annotations

import pytest

from exchange.adapters.catalogues.catalogue_files import load_catalogues
from exchange.core.catalogues.catalogue import Catalogue, CatalogueBadge, achievement_document
from exchange.core.catalogues.design import Design, contrast
from exchange.core.credentials.schema import check_schema
from exchange.resources import data_path

CATALOGUES = {catalogue.slug: catalogue for catalogue in load_catalogues(data_path("issuers"))}
BADGES = {
    f"{catalogue.slug}/{badge.slug}": badge for catalogue in CATALOGUES.values() for badge in catalogue.badges
}


# --- what is shipped ---


def test_a_ladder_a_cohort_invisible_work_and_vouches_are_shipped() -> None:
    assert {slug: len(catalogue.badges) for slug, catalogue in CATALOGUES.items()} == {
        "atlas": 6,
        "campus": 6,
        "commons": 5,
        "vouches": 10,
    }


FRAMEWORKS = {
    "SFIA 9": "https://sfia-online.org/en/skillcode/9/",
    "O*NET Content Model": "https://www.onetonline.org/find/descriptor/result/",
    "ISCO-08 in ESCO": "http://data.europa.eu/esco/isco/C",
    "NACE Career Readiness Competencies": (
        "https://www.naceweb.org/career-readiness/competencies/career-readiness-defined"
    ),
    "AAC&U VALUE Rubrics": "https://www.aacu.org/initiatives/value-initiative/value-rubrics",
}
"""Where what a framework defines is found: by its code, or all on one page."""


@pytest.mark.parametrize("catalogue", CATALOGUES.values(), ids=CATALOGUES)
def test_shipped_issuer_has_the_form_of_a_profile(catalogue: Catalogue) -> None:
    assert check_schema({"id": "did:web:issuer.example", **catalogue.profile}, "profile") == []


@pytest.mark.parametrize("badge", BADGES.values(), ids=BADGES)
def test_shipped_badge_has_the_form_of_an_achievement(badge: CatalogueBadge) -> None:
    document = achievement_document(
        badge, "https://x.example/1", "https://x.example/1/image.png", "did:web:x.example"
    )
    assert check_schema(document, "achievement") == []


@pytest.mark.parametrize("badge", BADGES.values(), ids=BADGES)
def test_shipped_badge_says_what_was_seen_and_where_the_skill_is_defined(badge: CatalogueBadge) -> None:
    assert "**What was seen**" in badge.criteria
    assert "<" not in badge.criteria
    assert badge.alignments or badge.achievement_type == "ext:SponsorVouch"
    for alignment in badge.alignments:
        assert alignment.target_framework in FRAMEWORKS
        page = FRAMEWORKS[alignment.target_framework]
        assert alignment.target_url == (page + alignment.target_code if alignment.target_code else page)


@pytest.mark.parametrize("badge", BADGES.values(), ids=BADGES)
def test_shipped_image_can_be_read_and_its_alt_text_says_what_is_written_on_it(badge: CatalogueBadge) -> None:
    design = drawn(badge)
    assert design.title == badge.name
    assert design.title in design.alt
    assert design.subtitle.lower() in design.alt
    assert contrast(design.ink_colour, design.background) >= 4.5
    assert contrast(design.accent, design.background) >= 4.5


def drawn(badge: CatalogueBadge) -> Design:
    """How it is drawn; none of the shipped images is given as a file."""
    assert isinstance(badge.look, Design)
    return badge.look


@pytest.mark.parametrize(("slug", "step"), [("atlas", "Step"), ("campus", "Stage")])
def test_every_step_is_there_once_and_has_a_rubric_with_a_pass_mark(slug: str, step: str) -> None:
    steps = sorted(drawn(badge).subtitle for badge in CATALOGUES[slug].badges)
    assert steps == [f"{step} {number} of 6" for number in range(1, 7)]
    for badge in CATALOGUES[slug].badges:
        assert badge.results
        assert all(result.required for result in badge.results)
        assert badge.evidence_required is (badge.slug != "incident-observer")  # which a whole room is given


def test_a_vouch_holds_a_year_at_most_and_says_whose_it_is_and_for_which_family() -> None:
    kinds = {"ext:PeerVouch": ("peer vouch", "shield"), "ext:SponsorVouch": ("sponsor vouch", "rosette")}
    families = set()
    for badge in CATALOGUES["vouches"].badges:
        assert badge.valid_days
        assert badge.valid_days <= 365
        kind, second = badge.tags
        assert (kind, drawn(badge).shape) == kinds[badge.achievement_type]
        assert "**How long it holds**" in badge.criteria
        if kind == "peer vouch":
            assert second.startswith("role family: ")
            families.add(second)
    assert len(families) == 8


def test_invisible_work_covers_what_it_should() -> None:
    tags = {tag for badge in CATALOGUES["commons"].badges for tag in badge.tags}
    assert {
        "invisible work",
        "mentoring",
        "knowledge sharing",
        "cross-team help",
        "incident response",
    } <= tags
    assert all("invisible work" in badge.tags for badge in CATALOGUES["commons"].badges)


def test_no_two_shipped_images_of_one_issuer_look_alike() -> None:
    for catalogue in CATALOGUES.values():
        marks = [(drawn(badge).glyph, drawn(badge).background) for badge in catalogue.badges]
        assert len(set(marks)) == len({glyph for glyph, _ in marks}) == len(catalogue.badges)
