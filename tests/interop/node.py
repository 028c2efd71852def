"""A Node process that answers for the npm peers, see `verifier_core.mjs`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from benchmarks.node_peers import FOLDER, is_installed
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.keys.multibase import base58btc_encode
from tests.core.signers import Issuer
from tests.interop.sides import CONTEXTS

_INSTALL = "python -c 'from benchmarks.node_peers import install; install()'"
_SUITE_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"


def needs(package: str) -> pytest.MarkDecorator:
    """Skips tests where there is no Node, or not that package, and says how to get it."""
    missing = ""
    if shutil.which("node") is None:
        missing = "there is no Node.js here"
    elif not is_installed(package):
        missing = f"the npm packages are not installed; to install them: {_INSTALL}"
    return pytest.mark.skipif(bool(missing), reason=missing or "everything is there")


needs_node = needs("@digitalcredentials/verifier-core")


def ask(*requests: dict[str, Any]) -> list[dict[str, Any]]:
    """One answer for each request, by one process of its own."""
    script = Path(__file__).with_name("verifier_core.mjs").read_text()
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        cwd=FOLDER,  # where bare names of packages are looked up
        input=json.dumps([{"documents": {}, "registries": [], **request} for request in requests]),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def issued(suite: str, issuer: Issuer, *documents: dict[str, Any]) -> list[dict[str, Any]]:
    """`documents` signed in Node by the given suite."""
    raw = issuer.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = issuer.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key = {
        "id": issuer.method,
        "type": "Multikey",
        "controller": issuer.did,
        "publicKeyMultibase": issuer.multikey,
        "secretKeyMultibase": "z" + base58btc_encode(b"\x80\x26" + raw + public),
    }
    contexts = {url: json.dumps(SHIPPED[url]) for url in (*CONTEXTS, _SUITE_2020)}
    request = {"action": suite, "key": key, "documents": contexts}
    answers = ask(*({**request, "credential": document} for document in documents))
    assert not any("error" in told for told in answers), answers
    return [told["answer"] for told in answers]
