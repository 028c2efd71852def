"""Webhooks through the guarded way out: real servers on loopback, which only these tests may reach."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from exchange.adapters.fetch import GuardedFetch
from exchange.adapters.keys import LocalKeys
from exchange.adapters.keys.kek import FileKek
from exchange.adapters.keys.sealing import Sealing
from exchange.errors import RefusedError, UnavailableError
from exchange.flows.badges.award import Order, award
from exchange.flows.issuers.sync import sync
from exchange.flows.mail.deliver import deliver_due
from exchange.flows.webhooks import webhooks as flow
from exchange.flows.webhooks.records import Webhook
from tests.simulator import World
from tests.team import TEAM

pytestmark = pytest.mark.anyio


@dataclass
class Receiver:
    """An HTTP server that keeps what it gets and answers as it is told; `hangs`: never."""

    answer: bytes = b"HTTP/1.1 204 No Content\r\n\r\n"
    hangs: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    origin: str = ""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.append(asyncio.current_task())  # type: ignore[arg-type]
        with (
            contextlib.closing(writer),
            contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError),
        ):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.got.append(({**headers, ":path": head[0].split()[1]}, body))
            if self.hangs:
                await asyncio.sleep(60)
            writer.write(self.answer)
            await writer.drain()


def courier(*receivers: Receiver) -> GuardedFetch:
    return GuardedFetch(unsafe_allow=frozenset(one.origin for one in receivers))


async def test_a_message_arrives_whole_and_checks_out_with_its_secret(tmp_path: Path) -> None:
    world = World()
    async with Receiver().serve() as receiver:
        sealer = Sealing(LocalKeys(tmp_path))
        ports = replace(world.ports, sealer=sealer, courier=courier(receiver))
        await sync(ports, [TEAM])
        secret = secrets.token_bytes(32)
        sealed = await sealer.seal("webhook/h", secret)
        hook = Webhook("h", "team", f"{receiver.origin}/in?a=1", ("badge.awarded",), sealed, world.now)
        await ports.store.put_webhook(hook, flow.webhook_leaf(hook, world.now, ports.new_salt()))
        await award(ports, Order("team", "lead", "ann@example.org"))
        assert await deliver_due(ports, flow.CHANNEL, flow.carry, flow.PACE) == (1, 0)
    ((headers, body),) = receiver.got
    assert headers[":path"] == "/in?a=1"
    assert headers["content-type"] == "application/json"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert "cookie" not in headers
    assert "authorization" not in headers


@pytest.mark.parametrize("status", [200, 204, 302, 404, 410, 500])
async def test_the_status_comes_back_and_no_redirect_is_followed(status: int) -> None:
    async with Receiver().serve() as elsewhere, Receiver().serve() as receiver:
        said = f"HTTP/1.1 {status} Said\r\nlocation: {elsewhere.origin}/\r\ncontent-length: 0\r\n\r\n"
        receiver.answer = said.encode()
        assert await courier(receiver, elsewhere).post(f"{receiver.origin}/", {"a": "b"}, b"{}") == status
    assert elsewhere.got == []
    assert len(receiver.got) == 1


async def test_nothing_inner_is_ever_asked() -> None:
    async def inner(host: str, port: int) -> list[str]:
        return {"mixed.example": ["10.0.0.1", "169.254.169.254"]}.get(host, ["127.0.0.1"])

    async with Receiver().serve() as receiver:
        strict = GuardedFetch(resolve=inner, ports=(int(receiver.origin.rpartition(":")[2]),))
        for url in (
            receiver.origin,
            receiver.origin.replace("http:", "https:"),
            receiver.origin.replace("http://127.0.0.1", "https://x.example"),
            "https://mixed.example/",
            "https://[::1]/",
            "https://user@x.example/",
            "https://x.example:22/",
        ):
            with pytest.raises(RefusedError, match="It was not sent"):
                await strict.post(url, {}, b"{}")
    assert receiver.got == []


@pytest.mark.parametrize(
    "answer",
    [b"", b"what?\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50_000],
    ids=["none", "no", "long"],
)
async def test_what_is_no_answer_is_tried_again(answer: bytes) -> None:
    async with Receiver(answer).serve() as receiver:
        with pytest.raises(UnavailableError):
            await courier(receiver).post(f"{receiver.origin}/", {}, b"{}")


async def test_nobody_there_and_nobody_answering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.adapters.fetch._SECONDS", 0.3)
    async with Receiver(hangs=True).serve() as receiver:
        with pytest.raises(UnavailableError, match="did not answer"):
            await courier(receiver).post(f"{receiver.origin}/", {}, b"{}")
    closed = Receiver(origin=receiver.origin)
    with pytest.raises(UnavailableError, match="was not taken"):
        await courier(closed).post(f"{closed.origin}/", {}, b"{}")


async def test_a_sealed_secret_opens_here_only_and_for_what_it_is_about(tmp_path: Path) -> None:
    secret, keys = secrets.token_bytes(32), LocalKeys(tmp_path / "home")
    sealed = await Sealing(keys).seal("webhook/a", secret)
    assert secret not in sealed
    assert await Sealing(LocalKeys(tmp_path / "home")).unseal("webhook/a", sealed) == secret
    other = Sealing(LocalKeys(tmp_path / "other"))
    await other.seal("webhook/a", secret)
    for sealer, about, body in (
        (Sealing(keys), "webhook/b", sealed),
        (Sealing(keys), "webhook/a", sealed[:-1]),
        (Sealing(keys), "webhook/a", b""),
        (other, "webhook/a", sealed),
    ):
        with pytest.raises(UnavailableError):
            await sealer.unseal(about, body)
    with pytest.raises(UnavailableError):
        await Sealing(LocalKeys(tmp_path / "empty")).unseal("webhook/a", sealed)


async def test_what_is_derived_is_the_same_here_and_nowhere_else(tmp_path: Path) -> None:
    first = await Sealing(LocalKeys(tmp_path / "home")).derive("codes/a")
    again = Sealing(LocalKeys(tmp_path / "home"))
    assert (len(first), await again.derive("codes/a")) == (32, first)
    others = [await again.derive("codes/b"), await Sealing(LocalKeys(tmp_path / "other")).derive("codes/a")]
    assert len({first, *others}) == 3


async def test_another_kek_reaches_sealed_secrets_and_their_key_signs_nothing(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", secrets.token_bytes(32)
    keys = LocalKeys(home)
    signer = await keys.create("team")
    sealed = await Sealing(keys).seal("webhook/a", secret)
    new = FileKek(home / "kek2")
    assert keys.rewrap(new) == 2
    rewrapped = LocalKeys(home, new)
    assert await Sealing(rewrapped).unseal("webhook/a", sealed) == secret
    assert (await rewrapped.open(signer.uri)).multikey == signer.multikey
    with pytest.raises(UnavailableError):
        await rewrapped.open(f"file:keys/{'0' * 32}.key")
    file = home / "keys" / f"{'0' * 32}.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret.hex() not in file.read_text()
