"""Evil servers on loopback, a certificate authority for them, and a recorder around every connection."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from exchange.adapters.fetch import GuardedFetch
from exchange.core.verdict.documents import Document

HOST = "evil.example"
MEBIBYTE = 1_048_576
Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Authority:
    """A test CA, whose own certificate is in `file`: `server` holds one for HOST and `addresses`, `client`
    trusts it."""

    def __init__(self, directory: Path, *addresses: str) -> None:
        self.directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
        constraints = x509.BasicConstraints(True, None)
        own = self._certificate(self._name, self._name, self._key, self._key, constraints)
        pem = own.public_bytes(serialization.Encoding.PEM)
        self.file = directory / "ca.pem"
        self.file.write_bytes(pem)
        self.client = ssl.create_default_context(cadata=pem.decode())
        self.server = self.server_for(
            x509.DNSName(HOST), *(x509.IPAddress(ip_address(one)) for one in addresses)
        )

    def server_for(self, *names: x509.GeneralName, days: int = 1) -> ssl.SSLContext:
        """A server with a certificate for those names, which is good for so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName(names)
        leaf = self._certificate(x509.Name([]), self._name, key, self._key, alternatives, days)
        path = self.directory / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
        )
        server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.load_cert_chain(path)
        return server

    @staticmethod
    def _certificate(
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        signer: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        days: int = 1,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days - 2))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(extension, critical=True)
            .sign(signer, hashes.SHA256())
        )


class Recorder(httpcore.AsyncNetworkBackend):
    """Notes every address that is connected to, then connects, or refuses if `dry`."""

    def __init__(self, dry: bool = False) -> None:
        self.connections: list[tuple[str, int]] = []
        self._dry = dry
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **kwargs: Any
    ) -> httpcore.AsyncNetworkStream:
        self.connections.append((host, port))
        if self._dry:
            raise httpcore.ConnectError("dry")
        return await self._backend.connect_tcp(host, port, *args, **kwargs)


class World:
    """One evil server, and a fetcher for which `HOST` is on 127.0.0.1 and allowed."""

    def __init__(self, authority: Authority, port: int) -> None:
        self.port = port
        self.requests: list[bytes] = []
        self.recorder = Recorder()
        self.origin = f"https://{HOST}:{port}"
        self.now = 0.0
        self.fetcher = GuardedFetch(
            unsafe_allow=frozenset({self.origin}),
            ssl_context=authority.client,
            resolve=self._resolve,
            backend=self.recorder,
            clock=lambda: self.now,
        )

    async def _resolve(self, host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async def get(self, path: str = "/", *, through: bool = False) -> Document:
        return await self.fetcher.fetch(self.origin + path, through=through)


@contextlib.asynccontextmanager
async def evil(authority: Authority, handler: Handler, tls: bool = True) -> AsyncIterator[World]:
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                world.requests.append(request)
                await handler(request, writer)
                await writer.drain()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=authority.server if tls else None)
    world = World(authority, server.sockets[0].getsockname()[1])
    try:
        yield world
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)
        await asyncio.sleep(0.01)  # let aborted transports say good-bye while there is a loop
        await world.fetcher.aclose()


def says(answer: bytes) -> Handler:
    async def handler(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return handler


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(
    authority: Authority,
    handler: Handler | bytes,
    path: str = "/",
    tls: bool = True,
    *,
    through: bool = False,
) -> tuple[Document, World]:
    async def run() -> tuple[Document, World]:
        async with evil(authority, says(handler) if isinstance(handler, bytes) else handler, tls) as world:
            return await world.get(path, through=through), world

    return asyncio.run(run())


class Dry(GuardedFetch):
    """Resolves every name to the given addresses, one answer after the other, and records connections."""

    def __init__(self, *answers: str | list[str], **kwargs: Any) -> None:
        self.recorder = Recorder(dry=True)
        self.lookups = 0
        given = [[answer] if isinstance(answer, str) else answer for answer in answers]

        async def resolve(host: str, port: int) -> list[str]:
            self.lookups += 1
            return given[min(self.lookups, len(given)) - 1]

        trustful = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no connection gets that far
        super().__init__(**{"backend": self.recorder, "resolve": resolve, "ssl_context": trustful, **kwargs})
