"""`exchange achievements …` and what `exchange issuers` has beside files: the desk's verbs at a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Terminal
from tests.simulator import run

NEW = "atlas/night-watch"


@pytest.fixture
def begun(terminal: Terminal) -> Terminal:
    """A terminal where a draft was begun."""
    assert terminal("achievements", "begin", NEW, "--from", "atlas/incident-lead").status == 0
    return terminal


def png(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    Image.new("RGB", (128, 128), "#1f3a5f").save(out, "PNG")
    path.write_bytes(out.getvalue())
    return path


def test_a_draft_is_written_shown_changed_and_published(begun: Terminal, tmp_path: Path) -> None:
    shown = begun("achievements", "show", NEW).out
    assert shown.startswith(f"# draft {NEW}, revision 1\nname = ")
    file = tmp_path / "badges" / "x.toml"
    file.parent.mkdir()
    file.write_text(shown.replace('name = "Incident lead"', 'name = "Night watch"', 1))
    assert 'name = "Night watch"' in begun("achievements", "save", NEW, file).out
    assert f"published {NEW}@1" in begun("achievements", "publish", NEW).out
    assert f"{NEW}@1" in begun("achievements", "list", "atlas").out
    exported = begun("achievements", "export", NEW, tmp_path / "out", "--json").json["files"]
    assert exported == [str(tmp_path / "out" / "badges" / "night-watch.toml")]
    again = begun("achievements", "export", NEW, tmp_path / "out")
    assert (again.status, "is there already" in again.err) == (1, True)
    assert begun("achievements", "retire", NEW).status == 0
    assert f"{NEW}@1 (awarded no more)" in begun("achievements", "list", "atlas").out


def test_a_picture_beside_the_file_comes_along(begun: Terminal, tmp_path: Path) -> None:
    png(tmp_path / "images" / "dot.png")
    file = tmp_path / "badges" / "x.toml"
    file.parent.mkdir()
    words = 'name = "N"\ndescription = "D"\ncriteria = "C"\n[image]\nfile = "dot.png"\nalt = "A dot"\n'
    file.write_text(words)
    saved = begun("achievements", "save", NEW, file, "--json").json
    assert (saved["faults"], saved["table"]["image"]["file"]) == ([], "night-watch.png")
    assert begun("achievements", "publish", NEW, "--json").json["version"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "x.toml:1: "),
        ('nonsense = "x"', "is not a member of a badge"),
        ('[image]\nfile = "gone.png"\nalt = "A"', "gone.png could not be read"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_reason(
    begun: Terminal, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "badges" / "x.toml"
    file.parent.mkdir()
    file.write_text(text)
    refused = begun("achievements", "save", NEW, file)
    assert refused.status == 3
    assert said in refused.err


def test_what_a_draft_lacks_is_said_and_it_is_not_published(begun: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text('name = "N"')
    saved = begun("achievements", "save", NEW, file)
    assert "! criteria is missing" in saved.out
    refused = begun("achievements", "publish", NEW)
    assert refused.status == 3
    assert "This cannot be published yet." in refused.err
    assert begun("achievements", "discard", NEW).status == 0
    assert begun("achievements", "show", NEW).status == 3


def test_templates_and_skills_are_listed(terminal: Terminal) -> None:
    assert "commons/mentor" in terminal("achievements", "templates").out
    assert "SFIA 9 USUP" in terminal("achievements", "skills", "incident", "man").out
    assert terminal("achievements", "skills", "nonsense").out == "Nothing has these words.\n"


def test_files_leave_what_the_desk_wrote_unless_they_are_told_not_to(begun: Terminal) -> None:
    begun("achievements", "publish", NEW)
    left = begun("issuers", "sync", "--yes")
    assert f"left {NEW}@1: the desk wrote it last" in left.out
    assert begun("issuers", "sync", "--json").json["left"] == [f"{NEW}@1"]
    assert f"retired {NEW}@1" in begun("issuers", "sync", "--over-desk", "--yes").out


def test_an_issuer_is_made_described_and_its_domain_asked(terminal: Terminal, tmp_path: Path) -> None:
    words = ("--name", "Guild", "--description", "Crafts.", "--url", "https://guild.example/")
    assert terminal("issuers", "create", "guild", *words).status == 0
    picture = ("--picture", png(tmp_path / "dot.png"), "--alt", "A dot")
    told = terminal("issuers", "describe", "guild", *picture, "--json").json
    assert told["profile"]["image"]["caption"] == "A dot"
    refused = terminal("issuers", "prove", "guild")
    assert refused.status == 1
    assert "✗ guild.example: " in refused.out
    terminal.world.web.put("https://guild.example/.well-known/badge-issuers.txt", told["id"].encode())
    proved = terminal("issuers", "prove", "guild", "--json")
    assert (proved.status, proved.json["verified"]) == (0, True)
    gone = terminal("issuers", "describe", "guild", "--no-picture", "--json").json
    assert "image" not in gone["profile"]
    assert run(terminal.world.store.issuer("guild")) is not None
