"""How a request begins: within so many bytes and seconds, before anything of it is looked at.

uvicorn's own protocol takes a head of any length for as long as it comes: eight megabytes of cookies, by a
stranger, kept the event loop busy for six seconds, and a connection that never ends its head stays for ever.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 32_768
"""Bytes of the address and all headers together, as other servers take them."""
HEAD_SECONDS = 30.0


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it. A head that is too long gets 400; one that is too slow gets nothing."""

    _in_head = True
    _unfinished = _told = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unfinished += len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._unfinished > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._unfinished, self._told = True, 0, 0
        self._await_head()

    def on_url(self, url: bytes) -> None:
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._have_head()
        super().on_headers_complete()

    def _count(self, *parts: bytes) -> None:
        self._told += sum(map(len, parts))
        if self._told > MAX_HEAD:
            raise ValueError("the head is too long")  # the parser gives up, and uvicorn says 400

    def _await_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _have_head(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
