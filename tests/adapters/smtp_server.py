"""A real mail server (aiosmtpd) for tests: it keeps what it got, and can misbehave."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Answer = Callable[[str, EmailMessage], Any]
"""(address, mail) → what to say instead of 250: a reply, `"hang"`, `"drop"`, or None."""


@dataclass
class Mailbox:
    """The handler: `mails` are those it took, with their envelope; `answer` and `rcpt` make it misbehave."""

    mails: list[tuple[Envelope, EmailMessage]] = field(default_factory=list)
    answer: Answer = lambda to, mail: None
    rcpt: Callable[[str], str | None] = lambda to: None
    sender: str | None = None
    port: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.sender or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if (refused := self.rcpt(address)) is not None:
            return await self._say(server, refused)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        mail = email.message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), policy=email.policy.default
        )
        assert isinstance(mail, EmailMessage)
        said = self.answer(envelope.rcpt_tos[0], mail)
        if said is None or said == "drop":
            self.mails.append((envelope, mail))
        return "250 OK" if said is None else await self._say(server, said)

    async def _say(self, server: SMTP, said: str) -> str:
        if said == "hang":
            await asyncio.sleep(3600)
        if said == "drop":
            server.transport.abort()
            await asyncio.sleep(0)
        return said


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"team@acme", b"p@ss/word")
    return AuthResult(success=good, handled=False)  # the server says so itself


@asynccontextmanager
async def smtp_server(
    mailbox: Mailbox,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    **options: Any,
) -> AsyncIterator[Mailbox]:
    """Serves on a free port of this machine, in this event loop. `auth=True`: only after a sign-in."""
    if options.pop("auth", False):
        # aiosmtpd sees only the encryption that it has begun itself.
        options |= {"authenticator": _authenticate, "auth_required": True, "auth_require_tls": tls is None}
    loop, running = asyncio.get_running_loop(), set[SMTP]()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = SMTP(mailbox, tls_context=starttls, loop=loop, hostname="mx", **options)
        running.add(made)
        return made

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        for one in running:
            if one.transport is not None:
                one.transport.abort()
            if one._handler_coroutine is not None:
                one._handler_coroutine.cancel()
                await asyncio.gather(one._handler_coroutine, return_exceptions=True)
