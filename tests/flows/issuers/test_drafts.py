"""From a draft to a frozen version, by the rules of sync; and files that do not undo what the desk wrote."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from exchange.adapters.catalogues.catalogue_files import load_catalogues, save_catalogue
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, InputError, NotFoundError
from exchange.flows.badges.award import Order, award
from exchange.flows.issuers import drafts
from exchange.flows.issuers.drafts import slug_of
from exchange.flows.issuers.export import export, export_badge
from exchange.flows.issuers.publish import preview, publish, retire
from exchange.flows.issuers.sync import compare, sync
from exchange.flows.log.fsck import fsck
from exchange.flows.people.records import NOBODY
from exchange.flows.records import Achievement, Once
from tests.simulator import World, run, shipped_catalogues

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle id="c" r="4"/></svg>'


def png() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((96, 120)).convert("RGB").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def world() -> World:
    """An exchange with what is shipped."""
    world = World()
    run(sync(world.ports, shipped_catalogues()))
    return world


def newest(world: World, name: str, slug: str = "atlas") -> Achievement:
    found = run(world.store.achievement(slug, name))
    assert found is not None
    return found


def changed(world: World, name: str, table: dict[str, Any], slug: str = "atlas") -> Achievement:
    """The version that these changes made."""
    run(drafts.begin(world.ports, slug, name))
    run(drafts.save(world.ports, slug, name, table))
    return run(publish(world.ports, slug, name)).achievement


def unsound(world: World) -> list[str]:
    return [one.code for one in run(fsck(world.ports)).findings if one.level == "error"]


def acts(world: World, folder: Path, **asked: bool) -> dict[str, str]:
    plan = run(compare(world.ports, load_catalogues(folder), **asked))
    return {step.name: step.act for step in plan.steps if step.act != "keep"}


def test_a_template_becomes_a_badge_that_can_be_awarded(world: World) -> None:
    size = run(world.store.log_size())
    draft = run(drafts.begin(world.ports, "atlas", title="Öl & Wasser", start="campus/peer-teacher"))
    assert (draft.slug, draft.revision) == ("ol-wasser", 1)
    assert run(drafts.view(world.ports, "atlas", "ol-wasser")).faults == ()
    assert run(world.store.log_size()) == size  # nobody else can know of it
    seen = run(preview(world.ports, "atlas", "ol-wasser"))
    made = run(publish(world.ports, "atlas", "ol-wasser"))
    assert (made.act, made.achievement) == ("create", seen)
    assert newest(world, "ol-wasser") == seen
    assert seen.document["name"] == "Öl & Wasser"
    assert run(world.store.drafts("atlas")) == []
    assert run(world.store.log_size()) == size + 1
    proof = ("https://example.org/notes",)
    assert run(award(world.ports, Order("atlas", "ol-wasser", "ann@example.org", proof))).signed
    assert newest(world, "peer-teacher", "campus").version == 1
    assert unsound(world) == []


def test_a_change_makes_the_next_version_and_links_the_old_which_stays(world: World) -> None:
    first = newest(world, "incident-lead")
    badge = run(award(world.ports, Order("atlas", "incident-lead", "a@b.example", ("https://e.example/",))))
    world.later(days=1)
    second = changed(world, "incident-lead", {"name": "Leads incidents", "tags": None})
    assert (second.version, second.origin) == (2, "desk")
    assert second.document["related"][0]["id"] == first.document["id"]  # type: ignore[index]
    assert "tag" not in second.document
    assert run(world.store.achievement("atlas", "incident-lead", 1)) == first
    assert run(world.store.badge(badge.key)).version == 1  # type: ignore[union-attr]


def test_a_draft_that_says_nothing_new_makes_no_version(world: World) -> None:
    first, size = newest(world, "incident-lead"), run(world.store.log_size())
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    assert run(publish(world.ports, "atlas", "incident-lead")).act == "keep"
    assert newest(world, "incident-lead") == first
    assert run(world.store.log_size()) == size
    assert run(world.store.drafts("atlas")) == []


def test_what_is_retired_comes_back_by_publishing_it(world: World) -> None:
    run(retire(world.ports, "atlas", "incident-lead"))
    with pytest.raises(ConflictError) as gone:
        run(award(world.ports, Order("atlas", "incident-lead", "a@b.example", ("https://e.example/",))))
    assert gone.value.code == "achievement_retired"
    with pytest.raises(ConflictError) as twice:
        run(retire(world.ports, "atlas", "incident-lead"))
    assert twice.value.code == "already_retired"
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    assert run(publish(world.ports, "atlas", "incident-lead")).act == "return"
    assert newest(world, "incident-lead").retired_at is None
    assert newest(world, "incident-lead").version == 1
    assert unsound(world) == []


@pytest.mark.parametrize(
    ("table", "at"),
    [
        ({}, ""),
        ({"image": None}, ""),
        ({"name": ""}, "/name"),
        ({"name": "x" * 121}, "/name"),
        ({"valid_days": 0}, "/valid_days"),
        ({"valid_days": "a week"}, "/valid_days"),
        ({"tags": ["a", "a"]}, "/tags"),
        ({"image": {"glyph": "A", "title": "漢字", "alt": "Two signs"}}, "/image/title"),
        ({"image": {"glyph": "A", "title": "A", "alt": ""}}, "/image/alt"),
        ({"image": {"glyph": "A", "title": "A", "alt": "A", "background": "red"}}, "/image/background"),
        ({"image": {"file": "x.png", "alt": "A dot"}}, "/image/file"),
        ({"alignments": [{"name": "A"}]}, "/alignments/0/url"),
        ({"alignments": [{"name": "A", "url": "javascript:alert(1)"}]}, "/alignments/0/url"),
        ({"results": [{"key": "a", "name": "A", "levels": []}]}, "/results/0/levels"),
        ({"results": "none"}, "/results"),
    ],
)
def test_a_draft_may_be_wrong_and_says_where_but_nothing_wrong_is_published(
    world: World, table: dict[str, Any], at: str
) -> None:
    run(drafts.begin(world.ports, "atlas", "new", "New", "atlas/incident-lead"))
    run(drafts.save(world.ports, "atlas", "new", table))
    view = run(drafts.view(world.ports, "atlas", "new"))
    assert bool(view.faults) is bool(table)
    if not table:
        return
    assert at in [one.at for one in view.faults] or not at
    size = run(world.store.log_size())
    for do in (publish, preview):
        with pytest.raises(InputError) as refused:
            run(do(world.ports, "atlas", "new"))
        assert refused.value.code == "draft_incomplete"
    assert run(world.store.achievement("atlas", "new")) is None
    assert run(world.store.log_size()) == size
    assert len(run(world.store.drafts("atlas"))) == 1


def test_a_picture_that_was_given_is_made_safe_and_stays_with_its_words(world: World) -> None:
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    run(drafts.give_picture(world.ports, "atlas", "incident-lead", png(), SVG, "A grey square"))
    run(drafts.save(world.ports, "atlas", "incident-lead", {"name": "Another name"}))
    made = run(publish(world.ports, "atlas", "incident-lead")).achievement
    assert made.alt == made.document["image"]["caption"] == "A grey square"  # type: ignore[index]
    assert Image.open(io.BytesIO(made.image)).size == (120, 120)
    assert b"<title" in made.svg
    assert b"Another name" in made.svg
    files = run(export_badge(world.ports, "atlas", "incident-lead"))
    assert sorted(files) == [
        "badges/incident-lead.toml",
        "images/incident-lead.png",
        "images/incident-lead.svg",
    ]
    # A draft of it shows it again, and published unchanged it is the same.
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    assert run(publish(world.ports, "atlas", "incident-lead")).act == "keep"
    run(drafts.begin(world.ports, "atlas", "other", start="atlas/incident-lead"))
    assert run(publish(world.ports, "atlas", "other")).achievement.image == made.image


@pytest.mark.parametrize(
    ("raster", "svg", "alt", "at"),
    [
        (b"no picture", None, "A dot", "file"),
        (png(), b"<svg", "A dot", "svg"),
        (png(), b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "A dot", "svg"),
        (png(), None, " ", "alt"),
        (png(), None, "x" * 301, "alt"),
    ],
)
def test_a_picture_that_cannot_be_kept_leaves_the_draft_as_it_is(
    world: World, raster: bytes, svg: bytes | None, alt: str, at: str
) -> None:
    draft = run(drafts.begin(world.ports, "atlas", "incident-lead"))
    with pytest.raises(InputError) as refused:
        run(drafts.give_picture(world.ports, "atlas", "incident-lead", raster, svg, alt))
    assert refused.value.at == at
    assert run(world.store.draft("atlas", "incident-lead")) == draft


def test_of_two_who_save_at_once_the_second_is_told(world: World) -> None:
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    run(drafts.save(world.ports, "atlas", "incident-lead", {"name": "Ann's"}, 1))
    assert run(drafts.save(world.ports, "atlas", "incident-lead", {"name": "Ann's"}, 1)).revision == 2
    with pytest.raises(ConflictError) as late:
        run(drafts.save(world.ports, "atlas", "incident-lead", {"name": "Ben's"}, 1))
    with pytest.raises(ConflictError) as unseen:
        run(publish(world.ports, "atlas", "incident-lead", 1))
    assert late.value.code == unseen.value.code == "draft_changed"
    assert json.loads(run(world.store.drafts("atlas"))[0].source)["name"] == "Ann's"
    assert newest(world, "incident-lead").version == 1


def test_what_was_sent_twice_is_done_once(world: World) -> None:
    begin, send = (Once(f"ann:form:{n}", "ab" * 32, world.now) for n in range(2))
    twice = [run(drafts.begin(world.ports, "atlas", "", "New", "commons/mentor", begin)) for _ in range(2)]
    assert twice[0] == twice[1]
    done = [run(publish(world.ports, "atlas", "new", 1, send)) for _ in range(2)]
    assert done[0] == done[1]
    assert newest(world, "new").version == 1


@pytest.mark.parametrize(
    ("begin", "code"),
    [
        ({}, "title_missing"),
        ({"title": "…"}, "title_missing"),
        ({"name": "Not A Slug"}, "slug_malformed"),
        ({"name": "x" * 65}, "slug_malformed"),
        ({"name": "new", "start": "atlas/nothing"}, "unknown_achievement"),
        ({"name": "new", "start": "nonsense"}, "unknown_achievement"),
        ({"title": "Incident lead"}, "slug_taken"),
        ({"name": "mentor", "slug": "nobody"}, "unknown_issuer"),
    ],
)
def test_a_draft_that_cannot_be_begun_leaves_nothing(world: World, begin: dict[str, str], code: str) -> None:
    slug = begin.pop("slug", "atlas")
    with pytest.raises(ExchangeError) as refused:
        run(drafts.begin(world.ports, slug, **begin))
    assert refused.value.code == code
    assert run(world.store.drafts("atlas")) == []


def test_nobody_else_sees_a_draft(world: World) -> None:
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    world.who = NOBODY
    for do in (drafts.view, drafts.discard, preview, publish):
        with pytest.raises(ForbiddenError):
            run(do(world.ports, "atlas", "incident-lead"))  # type: ignore[operator]
    with pytest.raises(ForbiddenError):
        run(drafts.drafts(world.ports, "atlas"))
    assert len(run(world.store.drafts("atlas"))) == 1


def test_a_discarded_draft_takes_nothing_along(world: World) -> None:
    first = newest(world, "incident-lead")
    run(drafts.begin(world.ports, "atlas", "incident-lead"))
    run(drafts.discard(world.ports, "atlas", "incident-lead"))
    assert newest(world, "incident-lead") == first
    with pytest.raises(NotFoundError):
        run(drafts.discard(world.ports, "atlas", "incident-lead"))


# --- files and desk ---


def test_files_undo_nothing_that_the_desk_wrote_unless_that_is_asked_for(
    world: World, tmp_path: Path
) -> None:
    for slug in ("atlas", "commons"):
        save_catalogue(tmp_path / "old" / slug, run(export(world.ports, slug)))
    ours = changed(world, "incident-lead", {"name": "Leads incidents"})
    run(drafts.begin(world.ports, "atlas", "new", start="commons/mentor"))
    run(publish(world.ports, "atlas", "new"))
    assert acts(world, tmp_path / "old") == {"atlas/incident-lead@2": "leave", "atlas/new@1": "leave"}
    run(sync(world.ports, load_catalogues(tmp_path / "old")))
    assert newest(world, "incident-lead") == ours
    # Exported, the files say what the desk says: from then on they are followed.
    save_catalogue(tmp_path / "new" / "atlas", run(export(world.ports, "atlas")))
    assert acts(world, tmp_path / "new") == {}
    run(sync(world.ports, load_catalogues(tmp_path / "new")))
    assert {one.origin for one in run(world.store.achievements("atlas"))} == {"files"}
    assert acts(world, tmp_path / "old") == {"atlas/incident-lead@3": "update", "atlas/new@1": "retire"}
    assert unsound(world) == []


def test_who_asks_brings_the_files_over_the_desk(world: World, tmp_path: Path) -> None:
    save_catalogue(tmp_path / "atlas", run(export(world.ports, "atlas")))
    changed(world, "incident-lead", {"name": "Leads incidents"})
    run(sync(world.ports, load_catalogues(tmp_path), over_desk=True))
    back = newest(world, "incident-lead")
    assert (back.version, back.origin, back.document["name"]) == (3, "files", "Incident lead")


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=40
)
TABLES = st.fixed_dictionaries(
    {"name": TEXT, "description": TEXT, "criteria": TEXT},
    optional={
        "tags": st.lists(TEXT, unique=True, max_size=3),
        "valid_days": st.integers(1, 3660),
        "evidence_required": st.booleans(),
    },
)


@settings(max_examples=25, deadline=None)
@given(table=TABLES)
def test_whatever_is_published_comes_back_from_its_file(table: dict[str, Any]) -> None:
    world = World()
    run(sync(world.ports, [one for one in shipped_catalogues() if one.slug == "atlas"]))
    run(drafts.begin(world.ports, "atlas", "new", start="atlas/incident-lead"))
    run(drafts.save(world.ports, "atlas", "new", {"image": None, **table}))
    look = {"glyph": "A", "title": "A", "alt": "The letter A"}
    run(drafts.save(world.ports, "atlas", "new", {"image": look}))
    view = run(drafts.view(world.ports, "atlas", "new"))
    if view.faults:  # a name of spaces, say
        return
    made = run(publish(world.ports, "atlas", "new")).achievement
    run(drafts.begin(world.ports, "atlas", "new"))
    assert run(publish(world.ports, "atlas", "new")).achievement == made


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Incident lead", "incident-lead"),
        ("  Öl &  Wasser! ", "ol-wasser"),
        ("Straße", "strasse"),
        ("漢字", ""),
        ("x" * 80, "x" * 64),
        ("a" * 63 + " b", "a" * 63),
    ],
)
def test_a_name_becomes_part_of_an_address(title: str, slug: str) -> None:
    assert slug_of(title) == slug
