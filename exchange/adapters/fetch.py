"""The only way out of the process (TRUST.md, P6): documents from public https servers, within hard limits.

Who sends us a badge chooses what we fetch. So a name is resolved once, each address is judged, and the
connection goes to a judged address itself: a name that changes its mind gains nothing. A redirect is judged
like a new URL and must stay on its origin. Time, headers, bytes and what the bytes unpack to are bounded.
Nothing of ours goes along: no cookies, no credentials, no proxy settings. What fails is a Document that says
so, and a verdict then cannot tell.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
import time
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from weakref import WeakValueDictionary

import httpcore
import httpx

from exchange.core.verdict.documents import Document
from exchange.core.verdict.page import credential_link
from exchange.errors import RefusedError, UnavailableError

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""(host, port) → the addresses it has just now, as text."""

PORTS = frozenset({443, 8443})
_SECONDS = 10.0
_CONNECT_SECONDS = 3.0
_MAX_BYTES = 1_048_576
_MAX_URL = 2_048
_TOO_LONG = f"it is longer than {_MAX_BYTES} bytes"
_FETCHES = 4
_REDIRECTS = 2
_AT_ONCE = 32
_AT_ONCE_PER_HOST = 2
_FAILURE_SECONDS = 30.0
_FAILURES = 256

_MAX_POLICY = 20_000
_HEADERS = [
    ("User-Agent", "exchange (Open Badges verifier)"),
    (
        "Accept",
        "application/vc, application/ld+json, application/did+json, application/json;q=0.9, */*;q=0.1",
    ),
    ("Accept-Encoding", "gzip"),
]
_TIMEOUTS = {
    "timeout": {"connect": _CONNECT_SECONDS, "read": _SECONDS, "write": _CONNECT_SECONDS, "pool": _SECONDS}
}
_UNFIT = re.compile(r"[\s\\\x00-\x20\x7f]")
_NOT_PUBLIC_4 = [ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24")]
_NOT_PUBLIC_6 = [ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]
_GLOBAL_UNICAST = ip_network("2000::/3")

_log = logging.getLogger(__name__)


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet's: global unicast, and no way around to another one.

    Refused beyond what `ipaddress` calls private: multicast, every prefix that carries an IPv4 address
    (mapped, NAT64, 6to4, Teredo), protocol assignments and documentation (RFC 6890 and IANA's registries).
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NOT_PUBLIC_4)
    return _is_public_6(ip)


def _is_public_6(ip: IPv6Address) -> bool:
    return ip.is_global and ip in _GLOBAL_UNICAST and not any(ip in net for net in _NOT_PUBLIC_6)


class _Refused(Exception):
    """Why there is no document, as a clause."""


class Budget:
    """What one verify may spend: fetches, seconds from its making, and bytes in all. Implements `Fetch`."""

    def __init__(self, fetcher: GuardedFetch, fetches: int = _FETCHES) -> None:
        self._fetcher = fetcher
        self._fetches = fetches
        self._bytes = _MAX_BYTES
        self._deadline = fetcher.clock() + _SECONDS

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        """The document at `url`, or one that says what stood in the way. Never raises for what others do."""
        if self._fetches < 1:
            return Document(url, 0, "", b"", "a verification may fetch only four documents")
        self._fetches -= 1
        return await self._fetcher.fetch_within(url, self, through=through)

    @property
    def seconds(self) -> float:
        """What is left."""
        return self._deadline - self._fetcher.clock()

    def spend(self, count: int) -> None:
        """Take bytes as they come; _Refused beyond the last."""
        self._bytes -= count
        if self._bytes < 0:
            raise _Refused(_TOO_LONG)


class GuardedFetch:
    """Fetches public documents. Implements `exchange.flows.ports.Fetch`; one for the whole process.

    `ports` are allowed beside 443 and 8443. `resolve` looks names up and `backend` connects to addresses (for
    tests). `unsafe_allow` names origins ("https://localhost:4443", "http://127.0.0.1:8000") that may be on a
    private address, a http one on loopback only: for tests and for trying things out on one machine.
    """

    def __init__(
        self,
        *,
        ports: Iterable[int] = (),
        unsafe_allow: frozenset[str] = frozenset(),
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        backend: httpcore.AsyncNetworkBackend | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._ports = PORTS | frozenset(ports)
        self._unsafe_allow = unsafe_allow
        self._ssl_context = ssl_context or httpx.create_ssl_context()
        self._lookups = ThreadPoolExecutor(8, thread_name_prefix="fetch-dns")
        self._resolve = resolve or self._look_up
        self._backend = backend or httpcore.AnyIOBackend()
        self._slots: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._failures: OrderedDict[str, tuple[float, Document]] = OrderedDict()
        if unsafe_allow:
            _log.warning(
                "unsafe_allow: these origins are fetched from private addresses: %s", sorted(unsafe_allow)
            )

    async def fetch(self, url: str, *, through: bool = False) -> Document:
        """One document, with a budget of its own."""
        return await Budget(self, 1).fetch(url, through=through)

    def for_one_verify(self) -> Budget:
        """A fetcher for one verification: at most 4 documents, 10 s and 1 MiB in all."""
        return Budget(self)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Hand a message over, under the same rules; the status of what took it. No redirect is followed and
        nothing of the answer is read. RefusedError, UnavailableError("webhook_failed")."""
        try:
            target = self._judge(url)
            network = _Pinned(self._resolve, self._backend, self._address_rule(_origin(target)))
            sent = [("User-Agent", "exchange (Open Badges issuer)"), *headers.items()]
            async with (
                asyncio.timeout(_SECONDS),
                httpcore.AsyncConnectionPool(
                    self._ssl_context, max_connections=1, http1=True, network_backend=network
                ) as pool,
                pool.stream("POST", _url(target), headers=sent, content=body, extensions=_TIMEOUTS) as answer,
            ):
                return answer.status
        except _Refused as refused:
            raise RefusedError("webhook_refused", f"It was not sent: {refused}.") from None
        except TimeoutError:
            raise UnavailableError(
                "webhook_failed", f"It did not answer within {_SECONDS:.0f} seconds."
            ) from None
        except Exception as error:
            raise UnavailableError("webhook_failed", f"It was not taken: {_reason(error)}.") from None

    async def fetch_within(self, url: str, budget: Budget, *, through: bool = False) -> Document:
        """The document at `url` at the cost of `budget`.

        A server that could not be reached is left alone for half a minute. Not so one that took too long or
        sent too much: the budget may have been short, and another's badge must not suffer for that.
        """
        known = self._failures.get(url)
        if known is not None and known[0] > self.clock():
            return known[1]
        try:
            async with asyncio.timeout(max(budget.seconds, 0)):
                return await self._follow(url, budget, through)
        except _Refused as refused:
            return Document(url, 0, "", b"", str(refused))
        except TimeoutError:
            return Document(url, 0, "", b"", f"it did not come within {_SECONDS:.0f} seconds")
        except Exception as error:  # whatever a stranger's server provokes is a document we do not have
            return self._remember(Document(url, 0, "", b"", _reason(error)))

    def _remember(self, failure: Document) -> Document:
        self._failures[failure.url] = (self.clock() + _FAILURE_SECONDS, failure)
        if len(self._failures) > _FAILURES:
            self._failures.popitem(last=False)
        return failure

    async def _follow(self, url: str, budget: Budget, through: bool) -> Document:
        target = self._judge(url)
        origin = _origin(target)
        network = _Pinned(self._resolve, self._backend, self._address_rule(origin))
        # One connection pool for one document: what was pinned stays pinned, and nothing is shared.
        async with (
            self._slot("", _AT_ONCE),
            self._slot(origin, _AT_ONCE_PER_HOST),
            httpcore.AsyncConnectionPool(
                self._ssl_context, max_connections=1, http1=True, network_backend=network
            ) as pool,
        ):
            for _ in range(_REDIRECTS + 1):
                answer = await _ask(pool, target, budget, through)
                if not isinstance(answer, str):
                    status, content_type, body, policy = answer
                    return Document(url, status, content_type, body, policy=policy)
                target = self._judge(answer, target)
                if _origin(target) != origin:
                    raise _Refused(f"it redirects to another origin, {_origin(target):.200}")
        raise _Refused(f"it redirects more than {_REDIRECTS} times")

    def _judge(self, url: str, base: httpx.URL | None = None) -> httpx.URL:
        """The parsed URL, if it may be asked at all. What is parsed here is what is used."""
        if len(url) > _MAX_URL or _UNFIT.search(url):
            raise _Refused("its URL is too long or has characters that no URL has")
        try:
            target = (base.join(url) if base else httpx.URL(url)).copy_with(fragment=None)
        except (httpx.InvalidURL, ValueError):
            raise _Refused("its URL cannot be read") from None
        if target.userinfo:
            raise _Refused("its URL carries a user name or password")
        if not target.host:
            raise _Refused("its URL names no server")
        if _origin(target) in self._unsafe_allow:
            return target
        if target.scheme != "https":
            raise _Refused("only https URLs are fetched")
        if _port(target) not in self._ports:
            raise _Refused(f"port {_port(target)} is not one that we ask")
        return target

    def _address_rule(self, origin: str) -> Callable[[str], bool]:
        if origin not in self._unsafe_allow:
            return is_public
        return _is_loopback if origin.startswith("http:") else lambda address: True

    def _slot(self, name: str, size: int) -> asyncio.Semaphore:
        """The semaphore of that name; it lives as long as somebody holds it or waits for it."""
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = asyncio.Semaphore(size)
        return slot

    async def _look_up(self, host: str, port: int) -> list[str]:
        """The system's resolver, in threads of its own: slow name servers hold up nobody else."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(
            self._lookups, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    async def aclose(self) -> None:
        """Let go of the resolver's threads; lookups under way are abandoned."""
        self._lookups.shutdown(wait=False, cancel_futures=True)


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to an address that was judged, never to a name. TLS above it still verifies the name."""

    def __init__(
        self, resolve: Resolve, backend: httpcore.AsyncNetworkBackend, allowed: Callable[[str], bool]
    ) -> None:
        self._resolve = resolve
        self._backend = backend
        self._allowed = allowed
        self._pinned: dict[tuple[str, int], list[str]] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        *_: Any,
        **__: Any,
    ) -> httpcore.AsyncNetworkStream:
        key = (host, port)
        if key not in self._pinned:
            try:
                found = await self._resolve(host, port)
            except (OSError, UnicodeError) as error:
                raise httpcore.ConnectError("its name is not known") from error
            self._pinned[key] = [address for address in found if self._allowed(address)]
        addresses = self._pinned[key][:3]
        if not addresses:
            raise _Refused("its server is not on the public internet")
        for address in addresses[:-1]:
            try:
                return await self._backend.connect_tcp(address, port, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(addresses[-1], port, timeout)


async def _ask(
    pool: httpcore.AsyncConnectionPool, target: httpx.URL, budget: Budget, through: bool
) -> str | tuple[int, str, bytes, str]:
    """Where it redirects to, or (status, content type, body, policy); the body is read only of a 200, and of
    no page that is gone `through`."""
    async with pool.stream("GET", _url(target), headers=_HEADERS, extensions=_TIMEOUTS) as response:
        headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        if response.status in {301, 302, 303, 307, 308} and b"location" in headers:
            return headers[b"location"]
        content_type = headers.get(b"content-type", "")[:200]
        if response.status != 200:
            return response.status, content_type, b"", ""
        if through and (link := credential_link(_all(response, b"link"), content_type, str(target))):
            return link
        policy = _all(response, b"content-security-policy")[:_MAX_POLICY]
        return 200, content_type, await _body(response, headers, budget), policy


def _all(response: httpcore.Response, name: bytes) -> str:
    """Every header of that name, in one."""
    return b", ".join(value for known, value in response.headers if known.lower() == name).decode("latin-1")


def _url(target: httpx.URL) -> httpcore.URL:
    return httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
    )


async def _body(response: httpcore.Response, headers: dict[bytes, str], budget: Budget) -> bytes:
    length = headers.get(b"content-length", "0")
    if not length.isdecimal() or len(length) > 9 or int(length) > _MAX_BYTES:
        raise _Refused(_TOO_LONG)
    encoding = headers.get(b"content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip", "x-gzip"}:
        raise _Refused(f"it is packed in a way we did not ask for, {encoding:.40}")
    unpacker = None if encoding == "identity" else zlib.decompressobj(31)
    body, received = bytearray(), 0
    async for chunk in response.aiter_stream():
        received += len(chunk)
        if received > _MAX_BYTES:  # packed bytes that unpack to nothing count too
            raise _Refused(_TOO_LONG)
        if unpacker is not None:
            # Asked for no more than may still come: a bomb of any ratio goes off into nothing.
            chunk = unpacker.decompress(chunk, _MAX_BYTES + 1 - len(body))
            if unpacker.unconsumed_tail or unpacker.unused_data:
                raise _Refused(f"it unpacks to more than {_MAX_BYTES} bytes, or to more than one stream")
        budget.spend(len(chunk))
        body += chunk
    if unpacker is not None and not unpacker.eof:
        raise _Refused("what it packed breaks off")
    return bytes(body)


def _reason(error: Exception) -> str:
    """A failure of network or protocol in a clause; the detail is the library's and may be long."""
    kinds: dict[type[Exception], str] = {
        httpcore.ConnectTimeout: "its server could not be reached in time",
        httpcore.TimeoutException: "its server fell silent",
        httpcore.ConnectError: "no safe connection to its server could be made",
        httpcore.NetworkError: "the connection broke off",
        httpcore.RemoteProtocolError: "its server does not speak proper HTTP",
        zlib.error: "what it packed is damaged",
    }
    for kind, clause in kinds.items():
        if isinstance(error, kind):
            return f"{clause} ({error!s:.200})" if str(error) else clause
    _log.warning("fetch failed unexpectedly", exc_info=error)
    return f"it could not be fetched ({type(error).__name__})"


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"https": 443, "http": 80}.get(url.scheme, 0)


def _origin(url: httpx.URL) -> str:
    """Scheme, host in ASCII, and the port where it is not the scheme's own (RFC 6454)."""
    return f"{url.scheme}://{url.netloc.decode()}"


def _is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback
