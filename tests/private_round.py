"""A real round of work, and everything that it wrote, said or held open: where P7 looks for private bytes."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from exchange.adapters.keys import local
from exchange.cli import main
from exchange.settings import ROOT, VARIABLES

ORDER = {
    "issuer": "atlas",
    "badge": "incident-lead",
    "to": "ann@example.org",
    "evidence": ["https://a.example/1"],
}
READY = "Stop it with Ctrl-C; its data stay where they are.\n"


@dataclass
class Round:
    """One round of work in a home of its own: what came of it, by the place where it was found."""

    home: Path
    places: dict[str, bytes] = field(default_factory=dict)
    limits: str = ""

    def keep(self, place: str, content: bytes | str) -> None:
        self.places[place] = content.encode() if isinstance(content, str) else content

    def keep_answer(self, answer: httpx.Response, status: int) -> httpx.Response:
        asked = f"{answer.request.method} {answer.request.url.path} {len(self.places)}"
        assert answer.status_code == status, f"{asked}: {answer.text}"
        self.keep(asked, repr(answer.headers.raw).encode() + answer.content)
        return answer

    def keep_files(self, name: str, folder: Path) -> None:
        for path in folder.rglob("*"):
            if path.is_file():
                self.keep(f"{name} {path.relative_to(folder)}", path.read_bytes())


def a_round(folder: Path) -> Round:
    """A service at work, used in every way that signs, and everything that can be got hold of."""
    done = Round(folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        for name in VARIABLES:
            patch.delenv(name, raising=False)
        patch.setenv("EXCHANGE_HOME", str(done.home))
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        command = [
            sys.executable,
            "-c",
            "import sys; from exchange.cli import main; sys.exit(main())",
            "demo",
        ]
        log = (folder / "log").open("wb")
        pipe = subprocess.PIPE
        with (
            log,
            subprocess.Popen(command, env=environ, cwd=folder, stdout=pipe, stderr=log, text=True) as running,
        ):
            assert running.stdout
            try:
                told = "".join(iter(running.stdout.readline, READY))
                done.keep("standard output", told)
                link = re.search(r"http://localhost:(\d+)/sign-in#(\S+)", told)
                assert link, (told, (folder / "log").read_text())
                patch.setenv("EXCHANGE_PORT", link[1])
                _use(done, f"http://localhost:{link[1]}", link[2])
                _back_up(done, folder)
                _type(done, "backup", str(folder / "one.backup"))
                with zipfile.ZipFile(folder / "one.backup") as archive:
                    for name in archive.namelist():
                        done.keep(f"exchange backup, {name}", archive.read(name))
                _look_at_the_process(done, running.pid)
                running.send_signal(signal.SIGINT)
                running.wait(60)
            finally:
                running.kill()
    done.keep("log", (folder / "log").read_bytes())
    done.keep_files("home", done.home)
    return done


def _use(done: Round, base: str, link: str) -> None:
    """Award, revoke, rotate, stop and fail, over HTTP and from the command line, on one database."""
    with httpx.Client(
        base_url=base, headers={"accept": "*/*"}, timeout=30, transport=httpx.HTTPTransport(retries=6)
    ) as web:
        done.keep_answer(
            web.post("/sign-in", data={"code": link, "name": "Olga", "address": "olga@example.org"}), 303
        )
        made = done.keep_answer(web.post("/api/award", json=ORDER), 201).json()
        badge = f"/badges/{made['id'].rpartition('/')[2]}"
        _type(done, "keys", "rotate", "atlas", "--json")
        done.keep_answer(web.post("/api/award", json={**ORDER, "proof": "jwt"}), 201)
        done.keep_answer(web.post(f"/api{badge}/revoke", json={"reason": "the wrong Ann"}), 200)
        lists = [entry["statusListCredential"] for entry in web.get(badge).json()["credentialStatus"]]
        for path in ("/", "/desk", "/verify", "/issuers/atlas", badge):
            done.keep_answer(web.get(path, headers={"accept": "text/html"}), 200)
        for path in (badge, "/issuers/atlas", "/issuers/atlas/did.json", *made["files"].values(), *lists):
            done.keep_answer(web.get(path), 200)
        _type(
            done,
            "award",
            "campus/peer-teacher",
            "--to",
            "ben@example.org",
            "--evidence",
            "https://a.example/2",
        )
        _type(done, "keys", "stop", "--reason", "a drill")
        done.keep_answer(web.post("/api/award", json=ORDER), 503)
        _type(done, "keys", "resume")
        _type(done, "keys", "revoke", multikeys(done.home, "atlas")[0], "--reason", "a drill")
        _type(done, "keys", "list", "--json")
        _type(done, "doctor", "--json")
        done.keep_answer(web.get("/badges/none"), 404)


def _type(done: Round, *line: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(line)
    assert status == 0, err.getvalue()
    done.keep(f"exchange {' '.join(line[:2])}", out.getvalue() + err.getvalue())


def _back_up(done: Round, folder: Path) -> None:
    """While the service runs: the database as a file manager copies it, and as SQLite does."""
    (folder / "copy").mkdir()
    for path in done.home.glob("exchange.sqlite3*"):
        shutil.copy(path, folder / "copy")
    with (
        closing(sqlite3.connect(done.home / "exchange.sqlite3")) as source,
        closing(sqlite3.connect(folder / "copy" / "online")) as target,
    ):
        source.backup(target)
    done.keep_files("backup", folder / "copy")


def _look_at_the_process(done: Round, pid: int) -> None:
    process = Path(f"/proc/{pid}")
    if process.exists():
        done.limits = (process / "limits").read_text()
        with suppress(PermissionError):  # it cannot be looked into: all the better
            done.keep("environment", (process / "environ").read_bytes())


def seeds(home: Path) -> dict[str, bytes]:
    """What must be found nowhere: the seed of every key, and what opens them."""
    kek = bytes.fromhex((home / "kek").read_text())
    found = {"kek": kek}
    for path in (home / "keys").glob("*.key"):
        document = local._read(path, path.name)
        found[f"{document['issuer']} {path.stem}"] = local._unseal(document, kek, path.name)
    return found


def multikeys(home: Path, issuer: str | None = None) -> list[str]:
    """The public halves of all keys, or of one issuer's; the log has a key too."""
    documents = [local._read(path, path.name) for path in sorted((home / "keys").glob("*.key"))]
    return [one["multikey"] for one in documents if issuer in (None, one["issuer"])]
