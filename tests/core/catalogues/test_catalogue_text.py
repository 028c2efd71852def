"""The way back: a catalogue that was written from what is on record builds the same catalogue again."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exchange.core.catalogues.catalogue import Catalogue, build_catalogue, check_catalogue
from exchange.core.catalogues.catalogue_text import write_catalogue
from exchange.core.catalogues.picture import Picture
from tests.core.catalogues.test_catalogue import LEAD, tables
from tests.core.samples import Change, drop, put

PICTURES = {"a": Picture(b"", b"", "An eye", "ab", "cd"), "b": Picture(b"", b"", "An eye", "ef")}


def written(catalogue: Catalogue) -> dict[str, str]:
    return write_catalogue(
        catalogue.profile, {badge.slug: json.loads(badge.source) for badge in catalogue.badges}
    )


def read(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {file: tomllib.loads(text) for file, text in files.items()}


lines = st.text(st.characters(exclude_categories=["C", "Z"], max_codepoint=0xD7FF), min_size=1, max_size=12)
proses = st.text(st.sampled_from("ab\" \\\n'#=[]→"), min_size=1, max_size=40)
keys = st.sampled_from(["low", "high", "very-high", "1"])
levels = st.lists(
    st.fixed_dictionaries({"key": keys, "name": lines, "description": proses}, optional={"points": lines}),
    min_size=2,
    max_size=4,
    unique_by=lambda level: level["key"],
)
drawn = st.fixed_dictionaries(
    {"glyph": st.sampled_from(["eye", "AB"]), "title": st.just("Lead"), "alt": lines},
    optional={"shape": st.sampled_from(["circle", "tile"]), "subtitle": st.just("Step 1")},
)
files = st.sampled_from(
    [{"file": "x.png", "svg": "y.svg", "alt": "An eye"}, {"file": "z.jpg", "alt": "An eye"}]
)
rules = {"valid_days": st.integers(1, 3) | st.just(2.0), "evidence_required": st.booleans()}
page = st.just("https://skills.example/USUP")


def badges(image: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"name": lines, "description": proses, "criteria": proses, "image": image},
        optional={
            **rules,
            "achievement_type": st.just("Award"),
            "tags": st.lists(lines, max_size=3, unique=True),
            "alignments": st.lists(
                st.fixed_dictionaries({"name": lines, "url": page}, optional={"code": lines}), max_size=2
            ),
            "results": st.lists(
                st.fixed_dictionaries({"key": keys, "name": lines, "levels": levels}),
                max_size=2,
                unique_by=lambda result: result["key"],
            ),
        },
    )


catalogues = st.fixed_dictionaries(
    {"issuer.toml": st.fixed_dictionaries({"name": lines, "description": proses}, optional={"url": page})},
    optional={
        "policy.toml": st.fixed_dictionaries({}, optional=rules),
        "badges/a.toml": badges(st.just({"file": "x.png", "svg": "y.svg", "alt": "An eye"})),
        "badges/b.toml": badges(st.just({"file": "x.png", "alt": "An eye"})),
        "badges/c.toml": badges(drawn),
        "badges/d.toml": badges(drawn),
    },
)


@given(catalogues)
def test_a_catalogue_comes_back_the_same(given: dict[str, dict[str, Any]]) -> None:
    assert check_catalogue("team", given) == {}
    catalogue = build_catalogue("team", given, PICTURES)
    again = read(written(catalogue))
    assert check_catalogue("team", again) == {}
    assert build_catalogue("team", again, PICTURES) == catalogue


def policy(*changes: Change) -> dict[str, Any]:
    """What is written as policy for two badges, the second with `changes`."""
    found = tables()
    found["badges/other.toml"] = tables()[LEAD]
    for change in changes:
        change(found)
    files = read(written(build_catalogue("atlas", found)))
    return {file: {name: table[name] for name in ("valid_days", "evidence_required") if name in table}
            for file, table in files.items()}  # fmt: skip


def test_what_all_badges_say_is_written_once_as_policy() -> None:
    own = policy(put(30, "badges/other.toml", "valid_days"))
    assert own == {
        "issuer.toml": {},
        "policy.toml": {"valid_days": 730, "evidence_required": True},
        LEAD: {},
        "badges/other.toml": {"valid_days": 30},
    }


def test_a_badge_that_says_nothing_keeps_its_silence() -> None:
    own = policy(drop("policy.toml"), put(30, LEAD, "valid_days"))
    assert own == {"issuer.toml": {}, LEAD: {"valid_days": 30}, "badges/other.toml": {}}


def test_members_stand_where_a_person_looks_for_them() -> None:
    text = written(build_catalogue("atlas", tables()))[LEAD]
    order = [
        "name =",
        "description =",
        "tags =",
        "criteria =",
        "[image]",
        "glyph =",
        "alt =",
        "[[alignments]]",
    ]
    places = [text.index(one) for one in [*order, "[[results]]", "[[results.levels]]"]]
    assert places == sorted(places)
