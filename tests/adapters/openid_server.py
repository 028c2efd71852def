"""A small OpenID provider on a real socket, faithful in what it does and bendable in what it answers.

It takes a code once, asks for the right PKCE verifier, redirect address and secret, and keeps every request.
`bend` changes its next ID tokens; `fail` lets one of its documents go wrong in one of the ways of `FAILURES`.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit

from tests.core.id_tokens import CLIENT, SECRET, Token, at_hash, base64url, good, keys

FAILURES = {
    "slow": "provider_unreachable",
    "drip": "provider_unreachable",
    "hang up": "provider_unreachable",
    "not HTTP": "provider_unreachable",
    "a gigabyte": "provider_malformed",
    "a bomb": "provider_malformed",
    "garbage": "provider_malformed",
    "a list": "provider_malformed",
    "name twice": "provider_malformed",
}
"""How a document can go wrong, and the code that must come of it, whichever document it is."""

GIGABYTE = 1_000_000_000
BOMB = gzip.compress(bytes(50_000_000), compresslevel=1)
ANA = {"email": "ana@example.org", "email_verified": True}


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Grant:
    """What a code stands for."""

    client: str
    redirect_uri: str
    nonce: str
    challenge: str


@dataclass
class OpenIdServer:
    """What the provider says and knows, and what came to it."""

    issuer: str = ""
    alg: str = "RS256"
    discovery: dict[str, Any] = field(default_factory=dict)
    """Members beyond, or instead of, the usual ones; `...` takes one away."""

    jwks: dict[str, Any] = field(default_factory=keys)
    claims: dict[str, Any] = field(
        default_factory=lambda: {"email": "ana@example.org", "email_verified": True}
    )
    userinfo: dict[str, Any] = field(default_factory=lambda: {"sub": "ana"})
    token: dict[str, Any] = field(default_factory=dict)
    bend: Callable[[Token], None] | None = None
    fail: dict[str, str] = field(default_factory=dict)
    """Path → how it fails."""

    grants: dict[str, Grant] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    sent: int = 0
    """How many bytes of a gigabyte it got rid of."""

    def asked(self, path: str) -> int:
        return sum(request.path == path for request in self.requests)

    def browse(self, url: str) -> list[tuple[str, str]]:
        """What the browser of somebody who agrees comes back with, as a query."""
        asked = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(
            asked["client_id"], asked["redirect_uri"], asked["nonce"], asked["code_challenge"]
        )
        return [("code", code), ("state", asked["state"]), ("iss", self.issuer)]

    def answer(self, request: Request) -> tuple[int, Any]:
        match request.path:
            case "/.well-known/openid-configuration":
                return 200, self._discovery()
            case "/keys":
                return 200, self.jwks
            case "/token":
                return self._token(request)
            case "/userinfo":
                known = request.headers.get("authorization") == "Bearer the-access-token"
                return (200, self.userinfo) if known else (401, {"error": "invalid_token"})
        return 404, {"error": "not_found"}

    def _discovery(self) -> dict[str, Any]:
        usual = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256", "plain"],
            "authorization_response_iss_parameter_supported": True,
            **self.discovery,
        }
        return {name: value for name, value in usual.items() if value is not ...}

    def _token(self, request: Request) -> tuple[int, Any]:
        grant = self.grants.pop(request.form.get("code", ""), None)
        verifier = request.form.get("code_verifier", "")
        challenge = base64url(hashlib.sha256(verifier.encode()).digest())
        if not _is_client(request):
            return 401, {"error": "invalid_client"}
        if grant is None or (grant.challenge, grant.redirect_uri) != (
            challenge,
            request.form["redirect_uri"],
        ):
            return 400, {"error": "invalid_grant"}
        token = good(self.alg, datetime.now(UTC), iss=self.issuer, nonce=grant.nonce, **self.claims)
        token.claims["at_hash"] = at_hash(self.alg, "the-access-token")
        if self.bend is not None:
            self.bend(token)
        said = {"access_token": "the-access-token", "token_type": "Bearer", "id_token": token.text()}
        said.update(self.token)
        return 200, {name: value for name, value in said.items() if value is not ...}


def _is_client(request: Request) -> bool:
    """Whether the client shows its secret, in the header or in the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (CLIENT, SECRET)
    return (request.form.get("client_id"), request.form.get("client_secret")) == (CLIENT, SECRET)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: OpenIdServer

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = {name: values[0] for name, values in parse_qs(body).items()}
        request = Request(self.command, self.path, headers, form)
        self.provider.requests.append(request)
        with contextlib.suppress(OSError):  # who had enough hangs up
            if how := self.provider.fail.get(self.path):
                self._fail(how, request)
            else:
                status, document = self.provider.answer(request)
                self._send(status, json.dumps(document).encode())

    do_GET = do_POST = _serve

    def _fail(self, how: str, request: Request) -> None:
        self.close_connection = True
        match how:
            case "slow":
                time.sleep(1)
                self._send(200, json.dumps(self.provider.answer(request)[1]).encode())
            case "drip":
                self._send(200, b"", length=10_000)
                for _ in range(20):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.05)
            case "not HTTP":
                self.wfile.write(b"220 smtp.example.org ESMTP\r\n")
            case "a gigabyte":
                self._send(200, b"", length=GIGABYTE)
                while self.provider.sent < GIGABYTE:
                    self.provider.sent += self.wfile.write(b" " * 65_536)
            case "a bomb":
                self._send(200, BOMB, **{"Content-Encoding": "gzip"})
            case "garbage":
                self._send(200, b"<html>Welcome to the captive portal</html>")
            case "a list":
                self._send(200, b"[]")
            case "name twice":
                good_one = json.dumps(self.provider.answer(request)[1])
                self._send(200, b'{"x": 1, "x": 2, ' + good_one[1:].encode())
            case "redirect":
                self._send(307, b"", Location=f"{self.provider.issuer}/elsewhere")
            case "error 500":  # quoting what came, as careless servers do
                self._send(500, json.dumps({"error": str(request)}).encode())

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


@contextmanager
def openid_server(tls: ssl.SSLContext | None = None) -> Iterator[OpenIdServer]:
    """A provider that listens on loopback until the block ends."""
    provider = OpenIdServer()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = _Server(("127.0.0.1", 0), handler)
    provider.issuer = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
