"""Mail: through an SMTP server, or to the console where none is set.

A connection brings one mail, so nothing is shared between mails but the server. The server's 5xx answer to a
recipient or to the text is final. Whatever else goes wrong (no way to the server, a certificate, a password,
a sender it does not like) is for us to mend, and the mail waits.
"""

from __future__ import annotations

import asyncio
import email.policy
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import TextIO
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from exchange.core.mailbox import is_reserved, split_address
from exchange.core.plain_text import one_line
from exchange.errors import ExchangeError, InputError, RefusedError, UnavailableError
from exchange.flows.ports import Mailer
from exchange.flows.records import Letter
from exchange.setting_forms import is_loopback
from exchange.settings import Settings

SECONDS = 20.0
"""For each answer of the server."""
_GOODBYE_SECONDS = 2.0
_PORTS = {"smtp": 587, "smtp+plain": 25, "smtps": 465}
_NOBODY = "exchange@localhost"


def open_mailer(settings: Settings) -> Mailer:
    """What carries mail, as the settings say."""
    if settings.smtp_url is None or settings.mail_from is None:
        return Console()
    return Smtp(settings.smtp_url, settings.mail_from)


def build_message(letter: Letter, sender: str) -> EmailMessage:
    """The mail as it goes out, same bytes for the same letter; `sender` is `Name <address>` or an address.

    InputError: address_malformed; header_malformed for a name or subject of more than one line.
    """
    if any(one_line(text) != text for text in (sender, letter.subject)):
        raise InputError("header_malformed", "A subject and a sender are one line of visible letters.")
    name, address = parseaddr(sender)
    user, domain = split_address(address)
    to = Address("", *split_address(letter.to))
    message = EmailMessage(email.policy.SMTP if to.username.isascii() else email.policy.SMTPUTF8)
    message["From"] = Address(name, user, domain)
    message["To"] = to
    message["Subject"] = letter.subject
    message["Date"] = letter.at
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language
    message.set_boundary(f"part-{letter.id}")
    return message


class Console:
    """Prints mail where the service was started: nothing needs to be set up to sign in on a laptop."""

    def __init__(self, sender: str = _NOBODY, out: TextIO | None = None) -> None:
        self._sender, self._out = sender, out

    async def send(self, letter: Letter) -> None:
        await asyncio.to_thread(self._print, letter)  # a console may be slow to take it

    def _print(self, letter: Letter) -> None:
        message = build_message(letter, self._sender)
        headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject", "Date", "Message-ID")]
        edge = "-" * 72
        print("\n".join([edge, *headers, "", letter.text + edge]), file=self._out or sys.stderr, flush=True)

    async def check(self) -> str:
        return "Mails are printed on this console: EXCHANGE_SMTP_URL is not set."


class Smtp:
    """Sends through the server of `url`, in the name of `sender`.

    `smtps:` is TLS from the first byte; `smtp:` demands STARTTLS, except of this machine itself;
    `smtp+plain:` does without. `tls` is for tests: a context that trusts another certificate.
    """

    def __init__(
        self, url: str, sender: str, tls: ssl.SSLContext | None = None, out: TextIO | None = None
    ) -> None:
        parts = urlsplit(url)
        self._sender, self._scheme, self._host = sender, parts.scheme, parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls, self._console = tls or ssl.create_default_context(), Console(sender, out)

    async def send(self, letter: Letter) -> None:
        """As the port says. What is for an example.org goes to the console: no server would take it."""
        if is_reserved(split_address(letter.to)[1]):
            await self._console.send(letter)
            return
        sender, to, body = await asyncio.to_thread(self._built, letter)
        options = () if to.isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        async with self._connected() as server:
            try:
                await server.sendmail(sender, to, body, mail_options=options)
            except SMTPRecipientsRefused as error:
                raise self._answer(error.recipients[0]) from None
            except SMTPDataError as error:
                raise self._answer(error) from None
            except aiosmtplib.SMTPNotSupported:
                raise RefusedError("mail_refused", f"{self._host} takes no letters beyond ASCII.") from None

    def _built(self, letter: Letter) -> tuple[str, str, bytes]:
        """The sender and the recipient of the envelope, and the bytes; off the event loop, for it takes a
        while."""
        message = build_message(letter, self._sender)
        sender, to = (str(message[name].addresses[0].addr_spec) for name in ("From", "To"))
        return sender, to, message.as_bytes()

    async def check(self) -> str:
        async with self._connected() as server:
            how = "encrypted" if server.get_transport_info("sslcontext") else "not encrypted"
            who = f", signed in as {self._user}" if self._user else ""
            return f"Mails go through {self._host}:{self._port} ({how}{who}), from {self._sender}."

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        """Greeted, encrypted, signed in. UnavailableError("mail_unavailable") for whatever is not final."""
        server = SMTP(
            hostname=self._host,
            port=self._port,
            timeout=SECONDS,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp" and not is_loopback(self._host),
            tls_context=self._tls,
            local_hostname=split_address(parseaddr(self._sender)[1])[1],
        )
        try:
            await server.connect()
            if self._user:
                await server.login(self._user, self._password)
            yield server
            with suppress(SMTPException, OSError):  # it has been taken: a bad goodbye changes nothing
                await server.quit(timeout=_GOODBYE_SECONDS)
        except ExchangeError:
            raise
        except (SMTPException, OSError, ValueError) as error:
            reason = _said(error) if isinstance(error, SMTPResponseException) else one_line(str(error), 200)
            why = reason or type(error).__name__
            message = f"The mail server {self._host}:{self._port} does not take mail: {why}"
            raise UnavailableError("mail_unavailable", message) from None
        finally:
            server.close()

    def _answer(self, error: SMTPResponseException) -> ExchangeError:
        """What the server said of one mail: 5xx is its last word."""
        message = f"{self._host} said: {_said(error)}"
        if error.code >= 500:
            return RefusedError("mail_refused", message)
        return UnavailableError("mail_unavailable", message)


def _said(error: SMTPResponseException) -> str:
    return one_line(f"{error.code} {error.message}", 200)
