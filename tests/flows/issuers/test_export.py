"""Export: what is on record, as files whose sync changes nothing."""

from __future__ import annotations

import asyncio
import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from PIL import Image

from exchange.adapters.catalogues.catalogue_files import load_catalogues, save_catalogue
from exchange.core.catalogues.toml_text import write_toml
from exchange.errors import ConflictError, NotFoundError
from exchange.flows.issuers.export import export
from exchange.flows.issuers.sync import compare, sync
from exchange.resources import data_path
from tests.core.catalogues.test_catalogue_text import catalogues
from tests.simulator import World, run

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle id="c" r="4"/></svg>'


def raster(kind: str) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((96, 120)).convert("RGB").save(out, kind)
    return out.getvalue()


PICTURES = {"images/x.png": raster("PNG"), "images/z.jpg": raster("JPEG"), "images/y.svg": SVG}


def acts(world: World, folder: Path) -> set[str]:
    """What a sync of the folder would do."""
    return {step.act for step in run(compare(world.ports, load_catalogues(folder))).steps}


def exported(world: World, slug: str, folder: Path) -> dict[str, bytes]:
    files = run(export(world.ports, slug))
    save_catalogue(folder / slug, files)
    return files


@settings(max_examples=25)  # each writes and reads files; the same without files is in test_catalogue_text
@given(catalogues)
def test_to_sync_what_was_exported_changes_nothing(tables: dict[str, dict[str, Any]]) -> None:
    world = World()
    texts = {name: write_toml(table).encode() for name, table in tables.items()}
    with tempfile.TemporaryDirectory() as name:
        given, again = Path(name, "given"), Path(name, "again")
        save_catalogue(given / "team", {**texts, **PICTURES})
        run(sync(world.ports, load_catalogues(given)))
        files = exported(world, "team", again)
        assert acts(world, again) == {"keep"}
        fresh = World()
        run(sync(fresh.ports, load_catalogues(again)))
        assert acts(fresh, given) == {"keep"}
        assert run(export(fresh.ports, "team")) == files


@pytest.mark.parametrize(
    "slug", sorted(path.name for path in data_path("issuers").iterdir() if path.is_dir())
)
def test_what_is_shipped_comes_back(slug: str, tmp_path: Path) -> None:
    world = World()
    run(sync(world.ports, load_catalogues(data_path("issuers"))))
    exported(world, slug, tmp_path)
    assert acts(world, tmp_path) == {"keep"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World()
    table = {"name": "Lead", "description": "Leads.", "criteria": "Seen."}
    save_catalogue(
        tmp_path / "given" / "team",
        {
            "issuer.toml": write_toml({"name": "Team", "description": "We."}).encode(),
            "badges/own.toml": write_toml({**table, "image": {"file": "z.jpg", "alt": "Grey"}}).encode(),
            "badges/both.toml": write_toml(
                {**table, "image": {"file": "x.png", "svg": "y.svg", "alt": "Grey"}}
            ).encode(),
            **PICTURES,
        },
    )
    run(sync(world.ports, load_catalogues(tmp_path / "given")))
    return world


def test_given_pictures_come_back_as_they_are_kept(world: World, tmp_path: Path) -> None:
    files = exported(world, "team", tmp_path / "out")
    assert sorted(name for name in files if name.startswith("images/")) == [
        "images/both.png",
        "images/both.svg",
        "images/own.png",
    ]
    assert files["images/own.png"] == run(world.store.achievement("team", "own")).image  # type: ignore[union-attr]
    assert acts(world, tmp_path / "out") == {"keep"}
    (tmp_path / "out" / "team" / "images" / "both.svg").write_bytes(SVG.replace(b'r="4"', b'r="3"'))
    assert acts(world, tmp_path / "out") == {"keep", "update"}


def test_a_retired_badge_is_not_exported(world: World, tmp_path: Path) -> None:
    (tmp_path / "given" / "team" / "badges" / "own.toml").unlink()
    run(sync(world.ports, load_catalogues(tmp_path / "given")))
    files = exported(world, "team", tmp_path / "out")
    assert "badges/own.toml" not in files
    assert acts(world, tmp_path / "out") == {"keep"}


def test_an_unknown_issuer_is_named(world: World) -> None:
    with pytest.raises(NotFoundError, match="team"):
        run(export(world.ports, "nobody"))


def test_badges_of_an_older_program_must_be_synced_once(world: World, tmp_path: Path) -> None:
    found = run(world.store.achievement("team", "own"))
    assert found is not None
    asyncio.run(world.store.mark_achievement(replace(found, source="")))
    with pytest.raises(ConflictError, match="own is not on record") as caught:
        run(export(world.ports, "team"))
    assert caught.value.code == "source_missing"
    run(sync(world.ports, load_catalogues(tmp_path / "given")))
    assert run(export(world.ports, "team"))
