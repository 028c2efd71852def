"""A stand-in for OpenBao's transit engine, on a real socket: what it answers, and how it fails.

Faithful in what the exchange uses, after OpenBao's own handlers (`builtin/logical/transit`): paths, statuses,
members and messages. `fault` makes it fail in one of the ways of `FAULTS`. It keeps every request it got.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN = "the-only-token-of-the-stand-in"

FAULTS = {
    "sealed": "vault_sealed",
    "slow": "vault_unreachable",
    "drip": "vault_unreachable",
    "hang up": "vault_unreachable",
    "garbage": "vault_malformed",
    "not HTTP": "vault_unreachable",
    "a list": "vault_malformed",
    "endless": "vault_malformed",
    "redirect": "vault_refused",
    "error 500": "vault_refused",
}
"""How it can fail, whatever is asked, and the code that must come of it."""

SIGN_FAULTS = {
    "another version": "vault_malformed",
    "another key": "vault_malformed",
    "no signature": "vault_malformed",
    "short signature": "vault_malformed",
    "not base64": "vault_malformed",
}
"""How only its signatures can be wrong."""


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Vault:
    """What is in the vault, and what came to it."""

    address: str = ""
    keys: dict[str, list[Ed25519PrivateKey]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    oldest: dict[str, int] = field(default_factory=dict)
    token: str = TOKEN
    fault: str = ""
    requests: list[Request] = field(default_factory=list)

    def rotate(self, name: str) -> None:
        """A new version of the key, the first one if there is none."""
        self.keys.setdefault(name, []).append(Ed25519PrivateKey.generate())

    def answer(self, request: Request) -> tuple[int, Any]:
        """(status, JSON) as the engine gives them."""
        if request.headers.get("x-vault-token") != self.token:
            return 403, {"errors": ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}
        found = re.fullmatch(r"/v1/transit/(keys|sign)/([\w-]+)", request.path)
        if found is None:
            return 404, {"errors": ["no handler for route"]}
        name = found[2]
        if (request.method, found[1]) == ("GET", "keys"):
            return self._read(name)
        if (request.method, found[1]) == ("POST", "keys"):
            self.types[name] = request.body["type"]
            if name not in self.keys:
                self.rotate(name)
            return self._read(name)
        if (request.method, found[1]) == ("POST", "sign"):
            return self._sign(name, request.body)
        return 405, {"errors": ["unsupported operation"]}

    def _read(self, name: str) -> tuple[int, Any]:
        if name not in self.keys:
            return 404, {"errors": []}
        versions = {
            str(number): {
                "creation_time": "2026-11-21T09:30:00.000000000Z",
                "name": "ed25519",
                "public_key": _base64(key.public_key().public_bytes_raw()),
            }
            for number, key in enumerate(self.keys[name], 1)
        }
        data = {
            "name": name,
            "type": self.types.get(name, "ed25519"),
            "derived": False,
            "exportable": False,
            "latest_version": len(versions),
            "min_encryption_version": self.oldest.get(name, 0),
            "supports_signing": True,
            "keys": versions,
        }
        return 200, _envelope(data)

    def _sign(self, name: str, body: Any) -> tuple[int, Any]:
        if name not in self.keys:
            return 400, {"errors": ["signing key not found"]}
        version = body.get("key_version") or len(self.keys[name])
        if version > len(self.keys[name]):
            return 400, {"errors": ["requested version for signing is higher than the latest key version"]}
        if version < self.oldest.get(name, 0):
            return 400, {
                "errors": ["requested version for signing is less than the minimum encryption key version"]
            }
        key = Ed25519PrivateKey.generate() if self.fault == "another key" else self.keys[name][version - 1]
        text = _base64(key.sign(base64.b64decode(body["input"], validate=True)))
        if self.fault == "another version":
            version = len(self.keys[name])
        if self.fault == "short signature":
            text = _base64(bytes(63))
        if self.fault == "not base64":
            text = "*" * 88
        data = {"signature": f"vault:v{version}:{text}", "key_version": version}
        return 200, _envelope({} if self.fault == "no signature" else data)


def _envelope(data: Any) -> dict[str, Any]:
    empty = {"lease_id": "", "renewable": False, "lease_duration": 0, "wrap_info": None, "warnings": None}
    return {"request_id": "6b2f8d3e-0000-4000-8000-000000000000", **empty, "data": data, "auth": None}


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    vault: Vault

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        self.vault.requests.append(request)
        if self.vault.fault in FAULTS:
            self._fail(request)
        else:
            status, document = self.vault.answer(request)
            self._send(status, json.dumps(document).encode())

    do_GET = do_POST = _serve

    def _fail(self, request: Request) -> None:
        self.close_connection = True
        match self.vault.fault:
            case "sealed":
                self._send(503, b'{"errors":["Vault is sealed"]}\n')
            case "slow":
                time.sleep(1)
                self._send(*self._good(request))
            case "drip":
                self._send(200, b"", length=10_000)
                for _ in range(20):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.05)
            case "garbage":
                self._send(200, b"<html>Welcome to the captive portal</html>")
            case "not HTTP":
                self.wfile.write(b"220 smtp.example.org ESMTP\r\n")
            case "a list":
                self._send(200, b"[]")
            case "endless":
                self._send(200, b'{"data": "' + b"x" * 100_000 + b'"}')
            case "redirect":
                self._send(307, b"", Location="http://127.0.0.1:1/elsewhere")
            case "error 500":  # quoting what came, as careless servers do
                self._send(500, json.dumps({"errors": [f"1 error: {request.headers}"]}).encode())

    def _good(self, request: Request) -> tuple[int, bytes]:
        status, document = self.vault.answer(request)
        return status, json.dumps(document).encode()

    def _send(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """A test's output is for its failures."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who was slow finds the other side gone."""


@contextmanager
def vault_server(tls: ssl.SSLContext | None = None) -> Iterator[Vault]:
    """A vault with the key `atlas` in one version, listening on loopback until the block ends."""
    vault = Vault()
    vault.rotate("atlas")
    handler = type("Handler", (_Handler,), {"vault": vault})
    server = _Server(("127.0.0.1", 0), handler)
    vault.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
