"""The README: every command in it is run, and what it prints is what the README shows.

In a `console` block a line with `$ ` is a command and the lines after it are its output, where `…` stands for
anything, and ids, dates and keys stand for some id, date and key. An id shown once is the same id ever after.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from exchange.settings import ROOT, VARIABLES, Settings

README = (ROOT / "README.md").read_text()
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
VARYING = re.compile(rf"(?P<id>{UUID})|\d{{4}}-\d\d-\d\d(?:T[\d:]+Z)?|(?P<key>z6Mk\w+)|…")

HERE = f"{shlex.quote(sys.executable)} -c 'import sys; from exchange.cli import main; sys.exit(main())'"
"""`python3 -m exchange` without its set-up, which these tests are running in already."""


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[str, str]]:
    """(command, what the README shows of its output), in order."""
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = step.partition("\n")
            yield command, shown


class Reader:
    """Somebody who types what the README says, with the ids that appear on their screen."""

    def __init__(self, folder: Path) -> None:
        self.ids: dict[str, str] = {}
        self._folder = folder
        self._environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        self._environ |= {"EXCHANGE_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}

    def type(self, command: str) -> str:
        for shown, real in self.ids.items():
            command = command.replace(shown, real)
        command = command.replace("python3 -m exchange", HERE)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def compare(self, shown: str, real: str) -> None:
        names: list[str] = []
        pattern, end = "", 0
        for varying in VARYING.finditer(shown):
            pattern += re.escape(shown[end : varying.start()])
            end = varying.end()
            if varying["id"] in self.ids:
                pattern += re.escape(self.ids[varying["id"]])
            elif varying["id"] in names:
                pattern += rf"(?P=id{names.index(varying['id'])})"
            elif varying["id"]:
                pattern += rf"(?P<id{len(names)}>{UUID})"
                names.append(varying["id"])
            elif varying["key"]:
                pattern += r"z6Mk\w+"
            elif varying[0] == "…":
                pattern += r".*?"
            else:
                pattern += re.sub(r"\d", r"\\d", varying[0])
        found = re.fullmatch(pattern + re.escape(shown[end:]), real, re.DOTALL)
        assert found, f"The README shows:\n{shown}\nbut this came:\n{real}"
        self.ids |= {name: found[f"id{number}"] for number, name in enumerate(names)}


def test_the_tour_prints_what_the_readme_shows(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for command, shown in steps():
        reader.compare(shown, reader.type(command))
    assert reader.ids, "the tour should award a badge"


def test_the_first_commands_are_the_two_that_a_newcomer_needs() -> None:
    first = [line for block in blocks("sh") for line in block.splitlines()]
    assert first == ["python3 -m exchange demo", "python3 -m exchange test"]


def demo(home: Path) -> tuple[str, bytes]:
    """Start the demo, read the badge it points to, and stop it with Ctrl-C; (the badge's URL, its bytes)."""
    environ = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environ |= {"EXCHANGE_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-c", "import sys; from exchange.cli import main; sys.exit(main())", "demo"]
    with subprocess.Popen(
        command, env=environ, cwd=home.parent, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout
        try:
            told = "".join(
                iter(running.stdout.readline, "Stop it with Ctrl-C; its data stay where they are.\n")
            )
            url = re.search(rf"http://localhost:\d+/badges/{UUID}", told)
            assert url, told
            with httpx.Client(transport=httpx.HTTPTransport(retries=6)) as patient:
                body = patient.get(url[0], headers={"Accept": "application/vc"}).content
            running.send_signal(signal.SIGINT)
            assert running.wait(60) in (0, 130)
        finally:
            running.kill()
    return url[0], body


def test_the_demo_serves_the_badge_it_prints_and_keeps_it(tmp_path: Path) -> None:
    url, badge = demo(tmp_path / "home")
    assert json.loads(badge)["id"] == url
    again, same = demo(tmp_path / "home")
    assert again.rpartition("/")[2] == url.rpartition("/")[2]
    assert same == badge


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(EXCHANGE_\w+)` \| (.*?) \|", README, re.MULTILINE))
    assert list(rows) == list(VARIABLES)
    settings = Settings.from_environ({}, checkout=True)
    assert f"`{settings.host}`" in rows["EXCHANGE_HOST"]
    assert f"`{settings.port}`" in rows["EXCHANGE_PORT"]


@pytest.mark.parametrize("path", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_every_file_it_points_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        ("a …\n", "a b\n", True),
        ("on 2026-11-21\n", "on 1999-01-01\n", True),
        ("on 2026-11-21\n", "on monday\n", False),
        ("valid\n", "invalid\n", False),
        ("valid\n", "valid\nbut\n", False),
    ],
)
def test_the_comparison_can_fail(tmp_path: Path, shown: str, real: str, same: bool) -> None:
    if same:
        Reader(tmp_path).compare(shown, real)
    else:
        with pytest.raises(AssertionError, match="The README shows"):
            Reader(tmp_path).compare(shown, real)


def test_an_id_stands_for_the_same_id_ever_after(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    shown, real = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
    reader.compare(f"{shown} {shown}\n", f"{real} {real}\n")
    with pytest.raises(AssertionError):
        reader.compare(f"{shown}\n", f"{shown}\n")
    assert reader.type(f"echo {shown}") == f"{real}\n"
