"""Catalogues: tables judged with every fault at its place, and made into achievements."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.terms import check_terms
from exchange.core.catalogues.catalogue import (
    Catalogue,
    achievement_document,
    build_catalogue,
    check_catalogue,
    read_images,
)
from exchange.core.catalogues.picture import Given, Picture
from exchange.core.credentials.achievement import Related
from exchange.core.credentials.credential import build_badge
from exchange.core.credentials.schema import check_schema
from exchange.errors import InputError
from tests.core.credentials.test_credential import NOW
from tests.core.samples import Change, drop, put

LEAD = "badges/incident-lead.toml"
URL = "https://issuer.example/achievements/atlas/incident-lead/1"


def tables() -> dict[str, dict[str, Any]]:
    """A whole catalogue of one badge, as `tomllib` gives it."""
    return {
        "issuer.toml": {"name": "Atlas", "description": "We teach.", "url": "https://atlas.example.org"},
        "policy.toml": {"valid_days": 730, "evidence_required": True},
        LEAD: {
            "name": "Incident lead",
            "description": "Leads the response to an incident.",
            "criteria": "\n**Seen** twice.\n",
            "tags": ["operations"],
            "image": {"glyph": "compass", "title": "Incident lead", "alt": "A hexagon with a compass."},
            "alignments": [
                {"name": "Incident management", "url": "https://skills.example/USUP", "code": "USUP"}
            ],
            "results": [
                {
                    "key": "direction",
                    "name": "Direction",
                    "required": "clear",
                    "levels": [
                        {"key": "emerging", "name": "Emerging", "description": "Follows as often as leads."},
                        {"key": "clear", "name": "Clear", "description": "Leads.", "points": "2"},
                    ],
                }
            ],
        },
    }


def build(*changes: Change) -> Catalogue:
    given = tables()
    for change in changes:
        change(given)
    return build_catalogue("atlas", given)


# --- what is whole ---


def test_whole_catalogue_has_nothing_wrong_with_it() -> None:
    assert check_catalogue("atlas", tables()) == {}


def test_profile_is_what_the_issuer_says_without_an_id() -> None:
    assert build().profile == {
        "type": ["Profile"],
        "name": "Atlas",
        "description": "We teach.",
        "url": "https://atlas.example.org",
    }


def test_policy_holds_where_the_badge_says_nothing() -> None:
    badge = build().badges[0]
    assert (badge.slug, badge.valid_days, badge.evidence_required) == ("incident-lead", 730, True)
    own = build(put(30, LEAD, "valid_days"), put(False, LEAD, "evidence_required")).badges[0]
    assert (own.valid_days, own.evidence_required) == (30, False)
    none = build(drop("policy.toml")).badges[0]
    assert (none.valid_days, none.evidence_required) == (None, False)


def test_achievement_has_the_form_and_only_defined_terms() -> None:
    document = achievement_document(build().badges[0], URL, f"{URL}/image.png", "did:web:issuer.example")
    assert check_schema(document, "achievement") == []
    badge = build_badge(
        id="https://issuer.example/badges/1",
        issuer={"id": "did:web:issuer.example", **build().profile},
        achievement=document,
        recipient="did:example:ada",
        subject_id="did:example:ada",
        salt="",
        valid_from=NOW,
    )
    assert check_schema(badge, "badge") == []
    check_terms(badge, SHIPPED)


def test_ids_of_results_and_levels_hang_on_the_achievement() -> None:
    document = achievement_document(build().badges[0], URL, f"{URL}/image.png", "did:web:issuer.example")
    result = document["resultDescription"][0]
    assert result["id"] == f"{URL}#direction"
    assert result["requiredLevel"] == f"{URL}#direction.clear"
    assert [level["id"] for level in result["rubricCriterionLevel"]] == [
        f"{URL}#direction.emerging",
        f"{URL}#direction.clear",
    ]
    assert document["image"] == {
        "id": f"{URL}/image.png",
        "type": "Image",
        "caption": "A hexagon with a compass.",
    }
    assert document["criteria"] == {"narrative": "**Seen** twice."}


def test_a_version_links_the_one_before() -> None:
    before = Related(id="https://issuer.example/achievements/atlas/incident-lead/1", version="1")
    document = achievement_document(build().badges[0], URL, URL, "did:web:issuer.example", 2, before)
    assert document["version"] == "2"
    assert document["related"] == [{"id": before.id, "type": ["Related"], "version": "1"}]
    assert check_schema(document, "achievement") == []
    first = achievement_document(build().badges[0], URL, URL, "did:web:issuer.example")
    assert first["version"] == "1"
    assert "related" not in first


# --- pictures that are given ---

GIVEN = put({"file": "lead.jpg", "svg": "lead.svg", "alt": "A compass."}, LEAD, "image")
PICTURE = Picture(b"png", b"<svg/>", "A compass.", "ab", "cd")


def test_a_given_picture_is_the_look_and_its_digests_are_in_the_source() -> None:
    given = tables()
    GIVEN(given)
    assert read_images(given) == {"incident-lead": Given("lead.jpg", "A compass.", "lead.svg")}
    badge = build_catalogue("atlas", given, {"incident-lead": PICTURE}).badges[0]
    assert badge.look == PICTURE
    said = json.loads(badge.source)["image"]
    assert said == {"alt": "A compass.", "png_digest": "ab", "svg_digest": "cd"}
    put("renamed.png", LEAD, "image", "file")(given)
    assert build_catalogue("atlas", given, {"incident-lead": PICTURE}).badges[0].digest == badge.digest
    other = {"incident-lead": replace(PICTURE, png_digest="ef")}
    assert build_catalogue("atlas", given, other).badges[0].digest != badge.digest


def test_a_picture_that_is_named_and_not_given_is_missed() -> None:
    given = tables()
    GIVEN(given)
    with pytest.raises(InputError) as caught:
        build_catalogue("atlas", given)
    assert caught.value.code == "picture_missing"


# --- what sync sees as changed ---


def test_digest_is_that_of_the_source_which_holds_the_policy() -> None:
    badge = build().badges[0]
    assert badge.digest == hashlib.sha256(badge.source.encode()).hexdigest()
    assert json.loads(badge.source) == {**tables()["policy.toml"], **tables()[LEAD]}


def test_digest_depends_on_what_is_said_not_on_how_it_is_written() -> None:
    given = tables()
    given[LEAD] = dict(reversed(given[LEAD].items()))
    assert build_catalogue("atlas", given).badges[0].digest == build().badges[0].digest
    spelled_out = build(put(730, LEAD, "valid_days"))
    assert spelled_out.badges[0].digest == build().badges[0].digest
    assert build(put(730.0, LEAD, "valid_days")).badges[0].digest == build().badges[0].digest
    assert build(put([], LEAD, "results")).badges[0].digest == build(drop(LEAD, "results")).badges[0].digest


CHANGES: dict[str, Change] = {
    "criteria": put("Seen three times.", LEAD, "criteria"),
    "policy": put(365, "policy.toml", "valid_days"),
    "colour": put("#000000", LEAD, "image", "background"),
    "order of levels": lambda t: t[LEAD]["results"][0]["levels"].reverse(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_digest_changes_with_what_is_said(change: Change) -> None:
    assert build(change).badges[0].digest != build().badges[0].digest


def test_digest_does_not_change_with_the_issuers_own_words() -> None:
    assert build(put("We learn.", "issuer.toml", "description")).badges[0].digest == build().badges[0].digest


# --- what is broken ---

FAULTS: dict[str, tuple[Change, str, str]] = {
    "issuer without a name": (drop("issuer.toml", "name"), "issuer.toml", "schema_missing /name"),
    "issuer with a typing error": (put("x", "issuer.toml", "emial"), "issuer.toml", "schema_unknown /emial"),
    "address that is no page": (
        put("atlas.example.org", "issuer.toml", "url"),
        "issuer.toml",
        "schema_wrong /url",
    ),
    "script as a page": (
        put("javascript:alert(1)", "issuer.toml", "url"),
        "issuer.toml",
        "schema_wrong /url",
    ),
    "address that is no mail": (put("atlas", "issuer.toml", "email"), "issuer.toml", "schema_wrong /email"),
    "no issuer": (drop("issuer.toml"), "issuer.toml", "issuer_file_missing "),
    "policy with an unknown rule": (
        put(2, "policy.toml", "approvals"),
        "policy.toml",
        "schema_unknown /approvals",
    ),
    "no day of validity": (put(0, "policy.toml", "valid_days"), "policy.toml", "schema_wrong /valid_days"),
    "half days": (put(1.5, "policy.toml", "valid_days"), "policy.toml", "schema_wrong /valid_days"),
    "endless validity": (put(float("inf"), LEAD, "valid_days"), LEAD, "schema_wrong /valid_days"),
    "date as a number of days": (put(date(2026, 1, 1), LEAD, "valid_days"), LEAD, "schema_wrong /valid_days"),
    "yes as text": (put("yes", LEAD, "evidence_required"), LEAD, "schema_wrong /evidence_required"),
    "badge without criteria": (drop(LEAD, "criteria"), LEAD, "schema_missing /criteria"),
    "name of two lines": (put("a\nb", LEAD, "name"), LEAD, "schema_wrong /name"),
    "empty description": (put("", LEAD, "description"), LEAD, "schema_wrong /description"),
    "control character": (put("a\x08b", LEAD, "criteria"), LEAD, "control_character /criteria"),
    "unknown kind": (put("Trophy", LEAD, "achievement_type"), LEAD, "schema_wrong /achievement_type"),
    "tag twice": (put(["a", "a"], LEAD, "tags"), LEAD, "schema_wrong /tags"),
    "alignment without a url": (drop(LEAD, "alignments", 0, "url"), LEAD, "schema_missing /alignments/0/url"),
    "one alignment not in a list": (
        put({"name": "x", "url": "https://x.example"}, LEAD, "alignments"),
        LEAD,
        "schema_wrong /alignments",
    ),
    "no image": (drop(LEAD, "image"), LEAD, "schema_missing /image"),
    "image without alt text": (drop(LEAD, "image", "alt"), LEAD, "design_missing_key /image/alt"),
    "picture that is elsewhere": (
        put({"file": "../key.png", "alt": "x"}, LEAD, "image"),
        LEAD,
        "picture_file /image/file",
    ),
    "picture without alt text": (
        put({"file": "a.png"}, LEAD, "image"),
        LEAD,
        "design_missing_key /image/alt",
    ),
    "svg without a png": (put({"svg": "a.svg", "alt": "x"}, LEAD, "image"), LEAD, "picture_alone /image/svg"),
    "image in no colour": (put("blue", LEAD, "image", "accent"), LEAD, "design_colour /image/accent"),
    "one level only": (drop(LEAD, "results", 0, "levels", 0), LEAD, "schema_wrong /results/0/levels"),
    "level twice": (
        put("clear", LEAD, "results", 0, "levels", 0, "key"),
        LEAD,
        "key_twice /results/0/levels/1/key",
    ),
    "result twice": (
        lambda t: t[LEAD].update(results=t[LEAD]["results"] * 2),
        LEAD,
        "key_twice /results/1/key",
    ),
    "required level that is not there": (
        put("perfect", LEAD, "results", 0, "required"),
        LEAD,
        "level_unknown /results/0/required",
    ),
    "file name that is no slug": (
        lambda t: t.update({"badges/Lead 1.toml": t.pop(LEAD)}),
        "badges/Lead 1.toml",
        "slug_malformed ",
    ),
}


@pytest.mark.parametrize(("change", "file", "fault"), FAULTS.values(), ids=FAULTS)
def test_fault_is_found_in_its_file_at_its_place(change: Change, file: str, fault: str) -> None:
    given = tables()
    change(given)
    found = check_catalogue("atlas", given)
    assert {name: [f"{f.code} {f.at}" for f in findings] for name, findings in found.items()} == {
        file: [fault]
    }
    with pytest.raises(InputError) as caught:
        build_catalogue("atlas", given)
    assert caught.value.code == "catalogue_malformed"
    assert caught.value.message.startswith(f"{file}: ")


def test_folder_name_that_is_no_slug_is_refused() -> None:
    assert check_catalogue("Atlas Team", tables())["issuer.toml"][0].code == "slug_malformed"


def test_faults_of_all_files_are_listed() -> None:
    given = tables()
    for change in (drop("issuer.toml", "name"), put(0, "policy.toml", "valid_days"), drop(LEAD, "criteria")):
        change(given)
    assert set(check_catalogue("atlas", given)) == {"issuer.toml", "policy.toml", LEAD}


def test_checking_leaves_the_tables_alone() -> None:
    given = tables()
    before = copy.deepcopy(given)
    build_catalogue("atlas", given)
    assert given == before


@pytest.mark.parametrize("junk", [7, "x", [], [7], [[]], {}, None], ids=repr)
@pytest.mark.parametrize("name", ["image", "results", "alignments", "tags", "criteria"])
def test_junk_in_a_table_is_a_fault_and_no_crash(name: str, junk: Any) -> None:
    given = tables()
    given[LEAD][name] = junk
    if not (junk == [] and name in ("results", "alignments", "tags")) and not (
        junk == "x" and name == "criteria"
    ):
        assert check_catalogue("atlas", given)[LEAD]
