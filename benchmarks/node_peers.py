"""The Node peers, @digitalbazaar/vc and its suites, measured in their own process by `node_peers.mjs`.

The packages are installed by npm into a folder of the virtual environment the first time; the tests with Node
use them too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import Case

FOLDER = Path(sys.prefix) / "node-peers"
PACKAGES = (
    "@digitalbazaar/vc@^7",
    "@digitalbazaar/data-integrity@^2",
    "@digitalbazaar/eddsa-rdfc-2022-cryptosuite@^1",
    "@digitalbazaar/ed25519-multikey@^1",
    "@digitalcredentials/verifier-core@^1.0.0-beta.11",
    "oidc-provider@^9",
    "@extractus/oembed-extractor@^6",
)


def is_installed(package: str) -> bool:
    """Whether the package of that name is there; every one of PACKAGES by its name and range."""
    scope, _, name = package.rpartition("/")
    return (FOLDER / "node_modules" / scope / name.partition("@")[0]).is_dir()


def install() -> Path | None:
    """The folder with the packages, installed now if need be; None where there is no npm."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    if not all(map(is_installed, PACKAGES)):
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "package.json").write_text('{"private": true, "type": "module"}\n')
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *PACKAGES]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return None
    for script in ("node_peers.mjs",):
        shutil.copy(Path(__file__).with_name(script), FOLDER / script)
    return FOLDER


class Node:
    """A node process that measures on demand; `case(name)` is one of `issue-badge`, `verify-badge`, …"""

    def __init__(self, folder: Path, setup: Mapping[str, Any]) -> None:
        self._process = subprocess.Popen(
            ["node", "node_peers.mjs"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ask(setup)

    def _ask(self, message: Mapping[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": "node ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def case(self, name: str) -> Case:
        return lambda count: float(self._ask({"case": name, "count": count})["us"])

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
