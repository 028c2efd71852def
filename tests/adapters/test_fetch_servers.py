"""The guarded fetch against servers: what passes, what an evil one may send, what one verify may spend."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from exchange.adapters import fetch as fetching
from exchange.adapters.fetch import GuardedFetch
from exchange.core.verdict.documents import Document
from tests.adapters.evil import HOST, MEBIBYTE, Authority, Dry, Handler, Recorder, ask, evil, ok, says


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


# --- what passes ---


def test_document_comes_with_status_and_type_as_they_are(authority: Authority) -> None:
    document, world = ask(authority, ok(b"<html>", "Content-Type: text/html; charset=utf-8"), "/a?b=c#frag")
    assert document == Document(f"{world.origin}/a?b=c#frag", 200, "text/html; charset=utf-8", b"<html>", "")
    assert world.recorder.connections == [("127.0.0.1", world.port)]


def test_request_has_the_name_and_nothing_of_ours(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", "/nonexistent")
    answer = ok(b"{}", "Set-Cookie: a=b; Path=/")

    async def run() -> list[bytes]:
        async with evil(authority, says(answer)) as world:
            for _ in range(2):
                assert (await world.get("/did.json")).body == b"{}"
            assert f"Host: {HOST}:{world.port}".encode() in world.requests[0].splitlines()
            return world.requests

    for request in asyncio.run(run()):
        assert request.startswith(b"GET /did.json HTTP/1.1\r\n")
        names = {line.partition(b":")[0].lower() for line in request.splitlines()[1:-1]}
        assert names == {b"host", b"user-agent", b"accept", b"accept-encoding"}


@pytest.mark.parametrize("size", [0, 1, 70_000, MEBIBYTE])
@pytest.mark.parametrize("packed", [False, True])
def test_bodies_up_to_a_mebibyte_are_read(authority: Authority, size: int, packed: bool) -> None:
    body = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    sent = ok(gzip.compress(body), "Content-Encoding: gzip") if packed else ok(body)
    assert ask(authority, sent)[0].body == body


def test_chunked_body_is_read(authority: Authority) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert ask(authority, answer)[0].body == b"{}"


@pytest.mark.parametrize("status", [204, 304, 404, 410, 500, 503])
def test_other_status_comes_without_body(authority: Authority, status: int) -> None:
    headers = "" if status in {204, 304} else "Content-Length: 2\r\n"
    body = "" if status in {204, 304} else "no"
    document, _ = ask(authority, f"HTTP/1.1 {status} So\r\n{headers}\r\n{body}".encode())
    assert (document.status, document.body, document.problem) == (status, b"", "")


# --- what an evil server sends ---


async def slowloris(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        await asyncio.sleep(0.01)
        writer.write(b"X-A: b\r\n")
        await writer.drain()


async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await asyncio.sleep(0.01)
        writer.write(b"1\r\nx\r\n")
        await writer.drain()


async def interim(_: bytes, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.001)


async def silence(_: bytes, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("handler", [slowloris, drip, interim, silence], ids=lambda handler: handler.__name__)
def test_slow_server_is_left_in_time(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, handler: Handler
) -> None:
    monkeypatch.setattr(fetching, "_SECONDS", 0.5)
    document, _ = ask(authority, handler)
    assert document.status == 0
    assert "within" in document.problem or "silent" in document.problem or "proper HTTP" in document.problem


async def endless_body(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(bytes(65_536))
        await writer.drain()


async def endless_headers(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Filler: " + b"a" * 8_000 + b"\r\n")
        await writer.drain()


async def endless_nothing(_: bytes, writer: asyncio.StreamWriter) -> None:
    """A gzip stream of empty blocks: it never ends and never unpacks to anything."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packer.compress(b""))
    writer.write(packer.flush(zlib.Z_FULL_FLUSH))
    while True:
        writer.write(b"\0\0\0\xff\xff" * 10_000)
        await writer.drain()


BOMB = gzip.compress(bytes(64 * MEBIBYTE))
EVIL: dict[str, tuple[Handler | bytes, str]] = {
    "endless body": (endless_body, "longer than"),
    "endless headers": (endless_headers, "proper HTTP"),
    "endless gzip of nothing": (endless_nothing, "longer than"),
    "body of a mebibyte and a byte": (ok(bytes(MEBIBYTE + 1)), "longer than"),
    "huge length announced": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "longer than",
    ),
    "gzip bomb": (ok(BOMB, "Content-Encoding: gzip"), "unpacks to more"),
    "gzip one byte too long": (
        ok(gzip.compress(bytes(MEBIBYTE + 1)), "Content-Encoding: gzip"),
        "longer than",
    ),
    "gzip in gzip": (ok(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"), "did not ask for"),
    "brotli": (ok(b"\x0b\x02\x80{}\x03", "Content-Encoding: br"), "did not ask for"),
    "two gzip streams": (ok(gzip.compress(b"{}") * 2, "Content-Encoding: gzip"), "more than one stream"),
    "gzip cut off": (ok(gzip.compress(b"{}" * 99)[:-6], "Content-Encoding: gzip"), "breaks off"),
    "gzip damaged": (ok(b"\x1f\x8b\x08\0rubbish rubbish", "Content-Encoding: gzip"), "damaged"),
    "not gzip at all": (ok(b"{}", "Content-Encoding: gzip"), "damaged"),
    "body cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\n{}", ""),
    "not HTTP": (b"220 mail.example ESMTP\r\n\r\n", "proper HTTP"),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "proper HTTP"),
    "negative length": (b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}", "proper HTTP"),
}


@pytest.mark.parametrize("fault", EVIL)
def test_evil_answer_is_a_problem_in_words(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    handler, words = EVIL[fault]
    monkeypatch.setattr(fetching, "_SECONDS", 5.0)

    async def close_after(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}")
        writer.close()

    document, _ = ask(authority, close_after if fault == "body cut off" else handler)
    assert (document.status, document.body) == (0, b"")
    assert document.problem
    assert words in document.problem


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def test_redirect_on_the_same_origin_is_followed(authority: Authority) -> None:
    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split()[1]
        writer.write({b"/": redirect("a"), b"/a": redirect("/b?c", 308), b"/b?c": ok(b"{}")}[path])

    document, world = ask(authority, handler)
    assert (document.status, document.body) == (200, b"{}")
    assert document.url == world.origin + "/"


LOCATIONS = {
    "to loopback": "https://127.0.0.1/",
    "to the metadata service": "https://169.254.169.254/latest/meta-data/",
    "to http": f"http://{HOST}/",
    "to another host": "https://public.example/",
    "to another port": f"https://{HOST}:8443/",
    "to a name before the host": f"https://{HOST}@public.example/",
    "with a password": f"https://user:secret@{HOST}/",
    "to a file": "file:///etc/passwd",
    "to data": "data:application/json,{}",
    "with a line break": "/a\tb",
    "to rubbish": "https://[::1",
    "to a backslash host": "https:\\\\127.0.0.1/",
    "for ever": "/",
}


@pytest.mark.parametrize("name", LOCATIONS)
def test_redirect_elsewhere_is_not_followed(authority: Authority, name: str) -> None:
    document, world = ask(authority, redirect(LOCATIONS[name]))
    assert document.status == 0
    assert document.problem
    assert "unexpected" not in document.problem
    assert set(world.recorder.connections) == {("127.0.0.1", world.port)}


def paged(link: str, kind: str = "text/html; charset=utf-8") -> bytes:
    """A page that names a credential."""
    return ok(b"<html>", f"Content-Type: {kind}", f'Link: <{link}>; rel="alternate"; type="application/vc"')


@pytest.mark.parametrize("through", [True, False])
def test_a_page_leads_to_its_credential_for_who_wants_that(authority: Authority, through: bool) -> None:
    async def handler(request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split()[1]
        answers = {b"/b.html": paged("/b.json"), b"/b.json": ok(b"{}", "Content-Type: application/vc")}
        writer.write(answers[path])

    document, world = ask(authority, handler, "/b.html", through=through)
    assert (document.status, document.body) == (200, b"{}" if through else b"<html>")
    assert document.url == world.origin + "/b.html"
    assert len(world.requests) == 1 + through


@pytest.mark.parametrize("name", LOCATIONS)
def test_a_page_leads_nowhere_that_it_could_not_redirect_to(authority: Authority, name: str) -> None:
    document, world = ask(authority, paged(LOCATIONS[name]), through=True)
    assert document.body in (b"<html>", b"")  # for ever: it says that it redirects too often
    assert set(world.recorder.connections) == {("127.0.0.1", world.port)}
    assert all(request.split()[1].startswith(b"/") for request in world.requests)


def test_redirect_without_location_is_only_a_status(authority: Authority) -> None:
    assert ask(authority, b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")[0].status == 302


def test_certificate_of_another_name_is_refused(authority: Authority) -> None:
    async def run() -> Document:
        async with evil(authority, says(ok(b"{}"))) as world:
            other = GuardedFetch(
                unsafe_allow=frozenset({f"https://other.example:{world.port}"}),
                ssl_context=authority.client,
                resolve=world._resolve,
            )
            return await other.fetch(f"https://other.example:{world.port}/")

    assert "no safe connection" in asyncio.run(run()).problem


def test_certificate_of_an_unknown_authority_is_refused(authority: Authority) -> None:
    async def run() -> Document:
        async with evil(authority, says(ok(b"{}"))) as world:
            strict = GuardedFetch(unsafe_allow=frozenset({world.origin}), resolve=world._resolve)
            return await strict.fetch(world.origin)

    assert "no safe connection" in asyncio.run(run()).problem


def test_server_without_tls_is_refused(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_CONNECT_SECONDS", 0.3)
    assert ask(authority, ok(b"{}"), tls=False)[0].status == 0


def test_http_is_for_named_loopback_origins_only(authority: Authority) -> None:
    async def run() -> list[int]:
        async with evil(authority, says(ok(b"{}")), tls=False) as world:
            statuses = []
            for allowed, address in [
                (f"http://{HOST}:{world.port}", "127.0.0.1"),
                (f"http://{HOST}:{world.port}", "10.0.0.1"),
                (f"http://{HOST}:{world.port + 1}", "127.0.0.1"),
                (f"https://{HOST}:{world.port}", "127.0.0.1"),
            ]:
                fetcher = Dry(address, unsafe_allow=frozenset({allowed}), backend=Recorder())
                statuses.append((await fetcher.fetch(f"http://{HOST}:{world.port}/")).status)
            return statuses

    assert asyncio.run(run()) == [200, 0, 0, 0]


def test_name_that_changes_its_mind_between_redirects_stays_pinned(authority: Authority) -> None:
    async def run() -> tuple[int, list[tuple[str, int]], int]:
        async with evil(authority, says(redirect("/again"))) as world:
            lookups = 0

            async def resolve(host: str, port: int) -> list[str]:
                nonlocal lookups
                lookups += 1
                return ["127.0.0.1"] if lookups == 1 else ["127.0.0.2"]

            fetcher = GuardedFetch(
                unsafe_allow=frozenset({world.origin}),
                ssl_context=authority.client,
                resolve=resolve,
                backend=world.recorder,
            )
            await fetcher.fetch(world.origin)
            return lookups, world.recorder.connections, len(world.requests)

    lookups, connections, requests = asyncio.run(run())
    assert (lookups, requests) == (1, 3)
    assert {address for address, _ in connections} == {"127.0.0.1"}


# --- what one verify may spend, and what is remembered ---


def test_one_verify_fetches_four_documents(authority: Authority) -> None:
    async def run() -> tuple[list[int], int]:
        async with evil(authority, says(ok(b"{}"))) as world:
            budget = world.fetcher.for_one_verify()
            documents = [await budget.fetch(f"{world.origin}/{n}") for n in range(6)]
            again = await world.fetcher.for_one_verify().fetch(world.origin)
            return [document.status for document in [*documents, again]], len(world.requests)

    assert asyncio.run(run()) == ([200, 200, 200, 200, 0, 0, 200], 5)


def test_one_verify_reads_a_mebibyte_in_all(authority: Authority) -> None:
    async def run() -> list[int]:
        async with evil(authority, says(ok(bytes(MEBIBYTE // 2)))) as world:
            budget = world.fetcher.for_one_verify()
            return [(await budget.fetch(f"{world.origin}/{n}")).status for n in range(3)]

    assert asyncio.run(run()) == [200, 200, 0]


def test_one_verify_has_ten_seconds_in_all(authority: Authority) -> None:
    async def run() -> list[int]:
        async with evil(authority, says(ok(b"{}"))) as world:
            budget = world.fetcher.for_one_verify()
            first = await budget.fetch(world.origin)
            world.now += 10.0
            return [first.status, (await budget.fetch(world.origin)).status, (await world.get()).status]

    assert asyncio.run(run()) == [200, 0, 200]


def test_unreachable_server_is_left_alone_for_half_a_minute() -> None:
    now = 0.0
    fetcher = Dry("8.8.8.8", clock=lambda: now)
    for moment in (0.0, 1.0, 29.0, 31.0):
        now = moment
        assert asyncio.run(fetcher.fetch("https://down.example/")).status == 0
    assert len(fetcher.recorder.connections) == 2


def test_a_verify_that_ran_out_does_not_spoil_the_next(authority: Authority) -> None:
    async def run() -> list[int]:
        async with evil(authority, says(ok(bytes(MEBIBYTE)))) as world:
            budget = world.fetcher.for_one_verify()
            statuses = [(await budget.fetch(f"{world.origin}/{n}")).status for n in (1, 2)]
            return [*statuses, (await world.get("/2")).status]

    assert asyncio.run(run()) == [200, 0, 200]


def test_memory_of_failures_is_bounded() -> None:
    fetcher = Dry("8.8.8.8")

    async def run() -> None:
        for number in range(300):
            await fetcher.fetch(f"https://down.example/{number}")

    asyncio.run(run())
    assert len(fetcher._failures) == 256


def test_one_server_is_asked_for_two_documents_at_once(authority: Authority) -> None:
    under_way = most = 0

    async def handler(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        writer.write(ok(b"{}"))

    async def run() -> list[Document]:
        async with evil(authority, handler) as world:
            return await asyncio.gather(*(world.get(f"/{n}") for n in range(8)))

    assert {document.status for document in asyncio.run(run())} == {200}
    assert most == 2


def test_unsafe_allow_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    GuardedFetch(unsafe_allow=frozenset({"https://localhost:4443"}))
    assert "https://localhost:4443" in caplog.text
