"""HTTP to a server that the operator named: a vault, an identity provider.

Unlike what the guarded fetch asks, it may be on a private address. What it answers is bounded all the same,
in time and bytes; no redirect is followed, nothing is unpacked, and no proxy of the environment sees what is
sent.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import httpx

_CONNECT_SECONDS = 3.0


class NoAnswerError(Exception):
    """Why there is no answer, as a clause. It quotes nothing that was sent."""


class AnswerTooLongError(Exception):
    """The answer is longer than the most that is read, as a clause."""


class HttpClient:
    """Asks one server; its connections are kept until `aclose`.

    `seconds` bound each request from beginning to end, `most` the bytes of an answer.
    """

    def __init__(self, seconds: float, most: int, ssl_context: ssl.SSLContext | None = None) -> None:
        self._seconds = seconds
        self._most = most
        self._ssl_context = ssl_context
        self._http: httpx.AsyncClient | None = None

    async def ask(self, method: str, url: str, **request: Any) -> tuple[int, httpx.Headers, bytes]:
        """(status, headers, body) of what answers; `request` is as for httpx.

        Raises NoAnswerError or AnswerTooLongError.
        """
        client = self._client()  # making one takes a while, which is not the server's fault
        try:
            async with asyncio.timeout(self._seconds):
                return await self._ask(client, method, url, request)
        except TimeoutError:
            raise NoAnswerError(f"did not answer within {self._seconds:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswerError(f"could not be asked ({_kind(error)})") from None

    async def _ask(
        self, client: httpx.AsyncClient, method: str, url: str, request: dict[str, Any]
    ) -> tuple[int, httpx.Headers, bytes]:
        content = bytearray()
        async with client.stream(method, url, **request) as response:
            async for chunk in response.aiter_raw():
                content += chunk
                if len(content) > self._most:
                    raise AnswerTooLongError(f"its answer is longer than {self._most} bytes")
            return response.status_code, response.headers, bytes(content)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(
                headers={"Accept-Encoding": "identity"},
                verify=self._ssl_context or httpx.create_ssl_context(),
                timeout=httpx.Timeout(self._seconds, connect=min(_CONNECT_SECONDS, self._seconds)),
                trust_env=False,
            )
        return self._http

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def _kind(error: BaseException) -> str:
    """What kind of error it was, no more, since its text may quote a header; of a certificate, its fault."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {found.verify_message}"
        found = found.__cause__ or found.__context__
    return type(error).__name__
