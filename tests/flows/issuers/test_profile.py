"""What an issuer says of itself, the picture it shows, and whether its domain says that it is its own."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from exchange.adapters.catalogues.catalogue_files import load_catalogues, save_catalogue
from exchange.errors import ExchangeError, ForbiddenError, InputError
from exchange.flows.badges.award import Order, award
from exchange.flows.instance.sweep import sweep
from exchange.flows.issuers.describe import NewPicture, create, describe
from exchange.flows.issuers.export import export
from exchange.flows.issuers.issuers import renew_ids
from exchange.flows.issuers.keys import rotate
from exchange.flows.issuers.prove import domain, prove
from exchange.flows.issuers.sync import compare, sync
from exchange.flows.log.fsck import fsck
from exchange.flows.people.records import NOBODY
from exchange.flows.records import Issuer
from tests.edge.shop import SCHOOL
from tests.simulator import World, run

SAID = {"name": "School", "description": "Teaches.", "url": "https://school.example/about"}
LIST = "https://school.example/.well-known/badge-issuers.txt"
DOCUMENT = "https://school.example/.well-known/did.json"


def png(colour: str = "#1f3a5f") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (128, 96), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def world() -> World:
    """An exchange with one issuer that has described itself."""
    world = World()
    run(sync(world.ports, [SCHOOL]))
    run(describe(world.ports, "school", SAID))
    return world


def school(world: World) -> Issuer:
    found = run(world.store.issuer("school"))
    assert found is not None
    return found


def unsound(world: World) -> list[str]:
    return [one.code for one in run(fsck(world.ports)).findings if one.level == "error"]


# --- describing ---


def test_what_is_not_said_stays_and_what_is_empty_is_taken_back(world: World) -> None:
    run(describe(world.ports, "school", {"email": "hello@school.example"}))
    assert school(world).profile == {"type": ["Profile"], **SAID, "email": "hello@school.example"}
    run(describe(world.ports, "school", {"url": "", "email": ""}))
    assert "url" not in school(world).profile
    assert unsound(world) == []


def test_a_badge_keeps_what_its_issuer_said_of_itself(world: World) -> None:
    def issuer_in(signed: bytes) -> dict[str, Any]:
        return dict(json.loads(signed)["issuer"])

    first = run(award(world.ports, Order("school", "incident-lead", "a@b.example")))
    run(describe(world.ports, "school", {"name": "Academy"}, NewPicture(png(), "A dot")))
    second = run(award(world.ports, Order("school", "incident-lead", "a@b.example")))
    assert issuer_in(first.signed)["name"] == "School"
    assert "image" not in issuer_in(first.signed)
    assert issuer_in(second.signed)["image"] == school(world).profile["image"]


@pytest.mark.parametrize(
    ("said", "picture", "at"),
    [
        ({"name": ""}, None, "name"),
        ({"name": "two\nlines"}, None, "name"),
        ({"description": ""}, None, "description"),
        ({"url": "javascript:alert(1)"}, None, "url"),
        ({"email": "nobody"}, None, "email"),
        ({}, NewPicture(b"no picture", "A dot"), "picture"),
        ({}, NewPicture(png(), ""), "alt"),
        ({}, NewPicture(png(), "x" * 301), "alt"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_changes_nothing(
    world: World, said: dict[str, str], picture: NewPicture | None, at: str
) -> None:
    before, size = school(world), run(world.store.log_size())
    with pytest.raises(InputError) as wrong:
        run(describe(world.ports, "school", said, picture))
    assert wrong.value.at == at
    assert (school(world), run(world.store.log_size())) == (before, size)


def test_a_picture_is_made_anew_and_older_ones_stay_where_badges_show_them(world: World) -> None:
    run(describe(world.ports, "school", {}, NewPicture(png(), "A blue dot")))
    first: Any = school(world).profile["image"]
    run(describe(world.ports, "school", {}, NewPicture(png("#aa0000"), "A red dot")))
    second: Any = school(world).profile["image"]
    run(describe(world.ports, "school", {}, NewPicture(alt="A dark red dot")))
    third: Any = school(world).profile["image"]
    assert first["id"] != second["id"] == third["id"]
    assert (second["caption"], third["caption"]) == ("A red dot", "A dark red dot")
    for image in (first, second):
        kept = run(world.store.issuer_picture("school", image["id"].rpartition("/")[2][:-4]))
        assert kept is not None
        assert Image.open(io.BytesIO(kept)).size == (128, 128)
    run(describe(world.ports, "school", {}, NewPicture(remove=True)))
    assert "image" not in school(world).profile


def test_a_picture_follows_the_address_of_the_exchange(world: World) -> None:
    run(describe(world.ports, "school", {}, NewPicture(png(), "A blue dot")))
    moved = world.public_at("https://exchange.example")
    run(renew_ids(moved.ports))
    image: Any = school(moved).profile["image"]
    assert image["id"].startswith("https://exchange.example/issuers/school/images/")
    assert school(moved).origin == "desk"


def test_a_profile_with_its_picture_comes_back_from_files(tmp_path: Path) -> None:
    world = World()
    run(sync(world.ports, [replace(SCHOOL, badges=())]))
    run(describe(world.ports, "school", SAID))
    run(describe(world.ports, "school", {}, NewPicture(png(), "A blue dot")))
    files = run(export(world.ports, "school"))
    assert "images/issuer_image.png" in files
    save_catalogue(tmp_path / "school", files)
    fresh = World()
    run(sync(fresh.ports, load_catalogues(tmp_path)))
    assert school(fresh).profile == school(world).profile
    assert run(export(fresh.ports, "school")) == files
    # It was the desk's; now that the files say the same, they are what is followed.
    assert {step.act for step in run(compare(world.ports, load_catalogues(tmp_path))).steps} == {"keep"}
    run(sync(world.ports, load_catalogues(tmp_path)))
    assert school(world).origin == "files"


def test_files_leave_a_profile_that_the_desk_wrote(world: World) -> None:
    before = school(world)
    run(sync(world.ports, [SCHOOL]))
    assert school(world) == before
    run(sync(world.ports, [SCHOOL], over_desk=True))
    assert school(world).profile == SCHOOL.profile


def test_an_issuer_is_made_with_a_key_and_only_once(world: World) -> None:
    made = run(create(world.ports, "guild", {"name": "Guild", "description": "Crafts."}))
    assert [key.state for key in run(world.store.keys("guild"))] == ["active"]
    assert made.did.startswith("did:key:")
    for slug, code in (("guild", "issuer_exists"), ("Not A Slug", "slug_malformed")):
        with pytest.raises(ExchangeError) as refused:
            run(create(world.ports, slug, {"name": "Guild", "description": "Crafts."}))
        assert refused.value.code == code
    with pytest.raises(InputError) as bare:
        run(create(world.ports, "bare", {"name": "Bare"}))
    assert bare.value.at == "description"
    assert [row.slug for row in run(world.store.issuers())] == ["guild", "school"]


# --- the proof of a domain ---


def test_a_domain_proves_it_by_a_list_or_by_its_did_document(world: World) -> None:
    did = school(world).did
    (key,) = run(world.store.keys("school"))
    for url, body in (
        (LIST, f"# ours\n{did}\n".encode()),
        (DOCUMENT, json.dumps({"alsoKnownAs": [did]}).encode()),
        (DOCUMENT, json.dumps({"verificationMethod": [{"publicKeyMultibase": key.multikey}]}).encode()),
    ):
        world.web.pages.clear()
        world.web.put(url, body)
        assert run(prove(world.ports, "school")).way == url
        assert run(domain(world.ports, "school")).proof.holds  # type: ignore[union-attr]
    assert set(world.web.asked) == {LIST, DOCUMENT}
    assert unsound(world) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"did:key:z6MkSomebody", 200), (b"", 200), (b"<html>", 404), (b"{}", 500)],
)
def test_a_domain_that_says_nothing_of_it_proves_nothing(world: World, body: bytes, status: int) -> None:
    world.web.put(LIST, body, status=status)
    proof = run(prove(world.ports, "school"))
    assert not proof.holds
    assert LIST in proof.problem
    assert DOCUMENT in proof.problem


def test_a_proof_is_of_that_domain_and_that_id(world: World) -> None:
    world.web.put(LIST, school(world).did.encode())
    run(prove(world.ports, "school"))
    run(describe(world.ports, "school", {"url": "https://other.example/"}))
    assert run(domain(world.ports, "school")).proof is None
    run(describe(world.ports, "school", {"url": SAID["url"]}))
    assert run(domain(world.ports, "school")).proof is not None
    run(rotate(world.ports, "school"))  # a did:key issuer has another id then
    assert run(domain(world.ports, "school")).proof is None


def test_the_domain_of_the_exchange_itself_needs_no_file() -> None:
    world = World().public_at("https://school.example")
    run(sync(world.ports, [SCHOOL]))
    run(describe(world.ports, "school", SAID))
    assert run(prove(world.ports, "school")).way == "https://school.example/issuers/school/did.json"
    assert world.web.asked == []


def test_without_an_address_there_is_no_domain_to_ask(world: World) -> None:
    run(describe(world.ports, "school", {"url": ""}))
    with pytest.raises(InputError) as missing:
        run(prove(world.ports, "school"))
    assert missing.value.code == "url_missing"
    assert world.web.asked == []


def test_a_domain_is_asked_again_each_day_and_the_log_hears_of_changes_only(world: World) -> None:
    world.web.put(LIST, school(world).did.encode())
    run(prove(world.ports, "school"))
    size = run(world.store.log_size())
    world.later(hours=23)
    run(sweep(world.ports))
    assert len(world.web.asked) == 1
    world.later(hours=2)
    run(sweep(world.ports))
    assert len(world.web.asked) == 2
    assert run(domain(world.ports, "school")).proof.checked_at == world.now  # type: ignore[union-attr]
    assert run(world.store.log_size()) == size
    world.web.pages.clear()
    world.later(days=2)
    run(sweep(world.ports))
    assert not run(domain(world.ports, "school")).proof.holds  # type: ignore[union-attr]
    assert run(world.store.log_size()) == size + 1
    assert unsound(world) == []


def test_only_who_may_design_describes_and_asks(world: World) -> None:
    before = school(world)
    world.who = NOBODY
    for do in (
        describe(world.ports, "school", {"name": "Mine"}),
        prove(world.ports, "school"),
        create(world.ports, "mine", {"name": "Mine", "description": "Mine."}),
    ):
        with pytest.raises(ForbiddenError):
            run(do)  # type: ignore[arg-type]
    assert school(world) == before
    assert world.web.asked == []
