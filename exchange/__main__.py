"""`python3 -m exchange …` from a bare checkout: makes `.venv`, installs into it, and runs itself inside.

Standard library only, and only syntax that Python 3.6 reads, so that an old Python is told what is missing
rather than shown a syntax error. pip is left as the machine configures it (index, proxy, certificates).
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file also runs where the package could not be installed
    sys.exit(
        f"exchange needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).\n"
        "Start it with a newer one, for example: python3.11 -m exchange demo"
    )

import fcntl
import hashlib
import importlib.metadata
import json
import os
import subprocess
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "exchange-installed"

NO_PIP = """\
exchange: {} cannot make a virtual environment:
{}
On Debian and Ubuntu, as root:  apt-get install python3-venv
A pip for this Python (python3-pip) is enough too. Then start again."""


def main() -> int:
    """Run the command in the checkout's own environment, or right here if the package is installed here."""
    if (ROOT / "pyproject.toml").is_file() and not _installed_elsewhere():
        _ensure("test" if sys.argv[1:2] == ["test"] else "base")
        if not _inside():
            os.execv(PYTHON, [str(PYTHON), "-m", "exchange", *sys.argv[1:]])  # noqa: S606
    from exchange.cli import main as run

    return run()


def _inside() -> bool:
    return Path(sys.prefix).resolve() == VENV.resolve()


def _installed_elsewhere() -> bool:
    """Whether another environment than `.venv` runs us and has this checkout installed: a choice, kept."""
    if _inside():
        return False
    try:
        origin = importlib.metadata.distribution("exchange").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return False
    url = json.loads(origin or "{}").get("url", "file:///")
    return Path(unquote(urlsplit(url).path)).resolve() == ROOT


def _ensure(extra: str) -> None:
    """Make `.venv` hold what `pyproject.toml` asks for now; returns at once when it already does.

    The stamp is written last, so that a set-up which was interrupted is simply done again.
    """
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if _complete(wanted, extra):
        return
    lock = os.open(ROOT, os.O_RDONLY)  # two first starts at once must not share one pip
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        if not _complete(wanted, extra):
            what = "what the tests need" if extra == "test" else "what it needs"
            print(
                f"exchange: installing {what} into {VENV} (a minute or two, once)",
                file=sys.stderr,
                flush=True,
            )
            moved = _stamp()[2:] not in ([], [str(ROOT)])
            STAMP.unlink(missing_ok=True)
            _make_environment(keep=not moved)
            target = f"{ROOT}[test]" if extra == "test" else str(ROOT)
            if _run(*_pip(), "install", "-qq", "--editable", target, show=True)[0]:
                sys.exit("exchange: pip could not install it; the lines above say why. Start again to retry.")
            STAMP.write_text(f"{wanted}\n{extra}\n{ROOT}")
    finally:
        os.close(lock)


def _stamp() -> "list[str]":
    """What `.venv` was made for: hash of pyproject, extra, place; nothing when it is not complete."""
    try:
        return STAMP.read_text().split("\n")
    except OSError:
        return []


def _complete(wanted: str, extra: str) -> bool:
    """Whether the environment is as wanted; the tests' one serves for everything."""
    return _stamp() in ([wanted, had, str(ROOT)] for had in ("test", extra)) and PYTHON.exists()


def _make_environment(keep: bool) -> None:
    """Make `.venv`, unless a fit one is there to keep; without pip in it where Python has no ensurepip.

    One that was moved is not fit: its scripts name the place where it was.
    """
    if keep and _run(str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))")[0] == 0:
        return
    make = [sys.executable, "-m", "venv", "--clear"]
    if _run(*make, str(VENV))[0]:
        status, told = _run(*make, "--without-pip", str(VENV))
        if status:
            _give_up(told)


def _pip() -> "list[str]":
    """The command that installs into `.venv`: its own pip, else this Python's pip aimed at it."""
    inside = [str(PYTHON), "-m", "pip"]
    for pip in (inside, [sys.executable, "-m", "pip", "--python", str(PYTHON)]):
        if _run(*pip, "--version")[0] == 0:
            return [*pip, "--disable-pip-version-check"]
    status, told = _run(str(PYTHON), "-m", "ensurepip")
    if status:
        _give_up(told)
    return inside


def _give_up(told: str) -> NoReturn:
    sys.exit(NO_PIP.format(sys.executable, told))


def _run(*command: str, show: bool = False) -> "tuple[int, str]":
    """The exit status of `command` and, unless it was shown as it came, what it printed."""
    try:
        done = subprocess.run(command, capture_output=not show, text=True, check=False)  # noqa: S603
    except OSError as error:
        return 1, str(error)
    return done.returncode, f"{done.stdout or ''}{done.stderr or ''}".strip()


if __name__ == "__main__":
    sys.exit(main())
