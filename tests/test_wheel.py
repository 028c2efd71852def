"""The wheel: built from a checkout with secrets lying about, installed elsewhere, and used there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from exchange.settings import ROOT

SHIPPED = ("exchange", "schemas", "issuers", "web")
IGNORED = {
    "var/kek": "secret",
    "exchange/var/keys/0.key": "secret",
    "issuers/var/keys/0.key": "secret",
    "web/static/.venv/bin/python": "",
    "schemas/__pycache__/x.pyc": "",
    "exchange/_shipped/web/.coverage.box": "",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built, without what git ignores; its files are what the wheel should hold."""
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install -e '.[test]'")
    root = tmp_path_factory.mktemp("source")
    for folder in SHIPPED:
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, root)
    return root


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel of that copy, built after ignored files were strewn over it."""
    for name, text in IGNORED.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist", cwd=source)
    for name in IGNORED:
        (source / name).unlink()
    (built,) = (source / "dist").glob("exchange-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it; its dependencies are borrowed from ours, to need no network."""
    pytest.importorskip("pip", reason="pip installs the wheel")
    place = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", "--without-pip", str(place / "venv"), cwd=place)
    python = str(place / "venv" / "bin" / "python")
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps")
    run(*pip, str(wheel), cwd=place)
    (packages,) = place.glob("venv/lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return place


def run(*command: str, cwd: Path, status: int = 0) -> str:
    """What `command` printed on stdout; it must end with `status`."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("EXCHANGE_", "PYTHON"))
    }
    environ["EXCHANGE_HOME"] = str(cwd / "home")
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_wheel_holds_every_file_of_the_package_and_its_data_and_nothing_git_ignores(
    source: Path, wheel: Path
) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(source)
        for folder in SHIPPED
        for path in (source / folder).rglob("*")
        if path.is_file()
    }
    assert held == {
        str(path if path.parts[0] == "exchange" else Path("exchange", "_shipped") / path) for path in files
    }


def test_the_licence_travels_with_the_wheel(wheel: Path) -> None:
    (name,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/LICENSE"))
    assert zipfile.ZipFile(wheel).read(name) == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("folder", ["schemas", "issuers", "web"])
def test_the_installed_package_reads_its_own_data(installed: Path, folder: str) -> None:
    script = (
        "import sys; from exchange.resources import data_path; from pathlib import Path\n"
        f"found = data_path({folder!r}); first = next(p for p in sorted(found.rglob('*')) if p.is_file())\n"
        "print(found); print(len(first.read_bytes()))"
    )
    where, size = run(str(installed / "venv" / "bin" / "python"), "-c", script, cwd=installed).split("\n")[:2]
    assert Path(where).is_relative_to(installed / "venv")
    assert int(size) > 0


def test_the_installed_command_awards_and_verifies_without_a_checkout(installed: Path) -> None:
    exchange = str(installed / "venv" / "bin" / "exchange")
    assert run(exchange, "--help", cwd=installed).startswith("usage: exchange ")
    synced = json.loads(run(exchange, "issuers", "sync", "--json", cwd=installed))
    badge = synced["created"][0].partition("@")[0]
    order = ("award", badge, "--to", "ann@example.org", "--evidence", "https://example.org/work", "--json")
    awarded = json.loads(run(exchange, *order, cwd=installed))
    assert len(awarded["files"]) == 4
    *badges, proof = awarded["files"]
    for file in badges:
        assert Path(file).is_relative_to(installed / "home")
        run(exchange, "verify", file, "--offline", cwd=installed)
    key = json.loads(run(exchange, "log", "checkpoint", "--json", cwd=installed))["key"]
    run(exchange, "log", "verify", proof, badges[0], "--key", key, cwd=installed)


def test_the_installed_command_begins_a_catalogue_and_writes_it_back(installed: Path) -> None:
    exchange = str(installed / "venv" / "bin" / "exchange")
    run(exchange, "issuers", "new", "mine/guild", cwd=installed)
    assert json.loads(run(exchange, "issuers", "sync", "mine", "--json", cwd=installed))["created"]
    run(exchange, "issuers", "export", "guild", "copy", cwd=installed)
    assert run(exchange, "issuers", "sync", "copy", cwd=installed) == "unchanged: 1\n"


def test_an_installed_package_has_no_tests_to_run_and_says_so(installed: Path) -> None:
    run(str(installed / "venv" / "bin" / "exchange"), "test", cwd=installed, status=3)
