"""The bootstrap, on a toy checkout with its own build backend: real environments, real pip, no network."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import __main__ as bootstrap

SOURCE = Path(bootstrap.__file__)

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "exchange"
version = "0.1"
"""

BACKEND = '''\
"""As little as PEP 660 asks: an editable wheel with one entry point. Counts how often it ran."""
import pathlib, zipfile

EXTRA = "Provides-Extra: test\\n"

def build_editable(folder, config_settings=None, metadata_directory=None):
    root = pathlib.Path.cwd()
    if (root / "break").exists():
        raise SystemExit("the backend is broken")
    with open(root / "installs", "a") as log:
        log.write("x")
    name = "exchange-0.1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        info = "exchange-0.1.dist-info/"
        wheel.writestr("exchange.pth", str(root))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: exchange\\nVersion: 0.1\\n" + EXTRA)
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "entry_points.txt", "[console_scripts]\\nexchange = exchange.cli:main\\n")
        wheel.writestr(info + "RECORD", "")
    return name
'''

CLI = """\
import sys
def main():
    print("ran", sys.prefix, *sys.argv[1:])
    return 7
"""


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A toy checkout, and what its first start did."""
    if not any(map(importlib.util.find_spec, ("ensurepip", "pip"))):
        pytest.skip("this Python has neither ensurepip nor pip")
    root = tmp_path_factory.mktemp("built") / "checkout"
    (root / "exchange").mkdir(parents=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "backend.py").write_text(BACKEND)
    (root / "exchange" / "__init__.py").write_text("")
    (root / "exchange" / "cli.py").write_text(CLI)
    shutil.copy(SOURCE, root / "exchange" / "__main__.py")
    return root, start(root, "demo", "--a b")


@pytest.fixture
def checkout(first_start: tuple[Path, subprocess.CompletedProcess[str]]) -> Path:
    """The toy checkout, complete and quiet, its count of installs at nought."""
    built = first_start[0]
    (built / "pyproject.toml").write_text(PYPROJECT)
    (built / "break").unlink(missing_ok=True)
    assert start(built, "demo").returncode == 7
    (built / "installs").write_text("")
    return built


def start(root: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "exchange", *arguments], cwd=root, capture_output=True, text=True, check=False
    )


def installs(root: Path) -> int:
    return len((root / "installs").read_text())


def test_the_first_start_says_one_line_and_runs_the_command_inside(
    first_start: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    built, done = first_start
    assert (done.returncode, done.stdout) == (7, f"ran {built}/.venv demo --a b\n")
    assert done.stderr.startswith("exchange: installing what it needs into ")
    assert done.stderr.count("\n") == 1


def test_the_second_start_installs_nothing_and_says_nothing(checkout: Path) -> None:
    done = start(checkout, "demo")
    assert (done.returncode, done.stderr, installs(checkout)) == (7, "", 0)


def test_a_changed_pyproject_is_installed_once(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text(PYPROJECT + "# changed\n")
    assert "installing" in start(checkout, "demo").stderr
    assert start(checkout, "demo").stderr == ""
    assert installs(checkout) == 1


def test_what_the_tests_need_is_installed_when_they_run_and_serves_everything_after(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text(PYPROJECT + "# for tests\n")
    start(checkout, "demo")
    assert "installing what the tests need" in start(checkout, "test").stderr
    assert start(checkout, "demo").stderr == ""
    assert installs(checkout) == 2


def test_an_environment_left_half_built_is_repaired(checkout: Path) -> None:
    (checkout / ".venv" / "exchange-installed").unlink()
    (checkout / ".venv" / "bin" / "python").unlink()
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    assert start(checkout, "demo").returncode == 7
    assert installs(checkout) == 1


def test_an_environment_that_was_moved_is_made_anew_because_its_scripts_name_the_old_place(
    checkout: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(checkout, moved, symlinks=True)
    done = start(moved, "demo")
    assert (done.returncode, installs(moved)) == (7, 1)
    assert done.stdout == f"ran {moved}/.venv demo\n"
    for script in (moved / ".venv" / "bin").iterdir():
        assert str(checkout) not in script.read_bytes().decode("utf-8", "ignore"), script


def test_a_failed_install_is_said_and_tried_again(checkout: Path) -> None:
    (checkout / "break").touch()
    (checkout / "pyproject.toml").write_text(PYPROJECT + "# failing\n")
    done = start(checkout, "demo")
    assert done.returncode == 1
    assert "the backend is broken" in done.stderr
    assert done.stderr.endswith("Start again to retry.\n")
    (checkout / "break").unlink()
    assert start(checkout, "demo").returncode == 7


def test_two_first_starts_at_once_share_one_install(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text(PYPROJECT + "# twice\n")
    command = [sys.executable, "-m", "exchange", "demo"]
    both = [subprocess.Popen(command, cwd=checkout, stdout=-3, stderr=-3) for _ in range(2)]
    assert [process.wait() for process in both] == [7, 7]
    assert installs(checkout) == 1


@pytest.mark.parametrize("installed_from", ["this checkout", "another checkout", "a wheel"])
def test_an_environment_that_has_this_checkout_is_used_as_it_is_and_no_other(
    checkout: Path, tmp_path: Path, installed_from: str
) -> None:
    own = tmp_path / "own"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", own], check=True)
    packages = next(own.glob("lib/python*/site-packages"))
    installed = next((checkout / ".venv").glob("lib/python*/site-packages/exchange-0.1.dist-info"))
    shutil.copytree(installed, packages / installed.name)
    origin = packages / installed.name / "direct_url.json"
    if installed_from == "another checkout":
        origin.write_text('{"url": "file:///another/checkout"}')
    if installed_from == "a wheel":
        origin.unlink()
    done = start(checkout, "demo", python=str(own / "bin" / "python"))
    where = own if installed_from == "this checkout" else checkout / ".venv"
    assert (done.returncode, done.stdout, installs(checkout)) == (7, f"ran {where} demo\n", 0)


def test_the_file_can_be_read_by_the_pythons_it_turns_away() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))
    ast.parse((SOURCE.parent / "__init__.py").read_text(), feature_version=(3, 6))


def test_an_old_python_is_told_which_one_is_needed() -> None:
    pretend = f"import sys, runpy; sys.version_info = (3, 10, 2); runpy.run_path({str(SOURCE)!r})"
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("exchange needs Python 3.11 or newer; this is ")


Told = tuple[int, str]


def pretend(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], Told]) -> list[str]:
    """Answer every command the bootstrap runs; returns what it ran."""
    ran: list[str] = []

    def run(*command: str, show: bool = False) -> Told:
        ran.append(" ".join(command))
        return answer(ran[-1])

    monkeypatch.setattr(bootstrap, "PYTHON", Path("inside"))
    monkeypatch.setattr(sys, "executable", "outside")
    monkeypatch.setattr(bootstrap, "_run", run)
    return ran


def test_without_ensurepip_the_pip_of_this_python_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def debian(command: str) -> Told:
        fails = command.startswith("inside") or ("venv" in command and "--without-pip" not in command)
        return int(fails), "No module named ensurepip" if fails else ""

    ran = pretend(monkeypatch, debian)
    bootstrap._make_environment(keep=True)
    assert ran[-1].startswith("outside -m venv --clear --without-pip ")
    assert bootstrap._pip()[:5] == ["outside", "-m", "pip", "--python", "inside"]


def test_without_any_pip_the_debian_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, lambda command: (1, "No module named ensurepip"))
    for step in (lambda: bootstrap._make_environment(keep=True), bootstrap._pip):
        with pytest.raises(SystemExit, match="apt-get install python3-venv") as caught:
            step()
        assert "No module named ensurepip" in str(caught.value)
