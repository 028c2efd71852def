"""Sign-in with a company's OpenID provider, over HTTP. Implements `flows.sign_in.ports.IdentityProvider`.

The operator names the provider, so it may be on a private address, as company directories are; what a
stranger names goes through the guarded fetch (`fetch.py`). What the provider says of itself and the keys it
publishes are kept for an hour. They are not used beyond that: while they cannot be had anew, no sign-in could
end well anyway.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote_plus

import httpx

from exchange.adapters.http_client import AnswerTooLongError, HttpClient, NoAnswerError
from exchange.core.sign_in.claims import Claims, lacks, read_claims
from exchange.core.sign_in.id_token import Expected, ProviderKey, read_keys, verify_id_token
from exchange.core.sign_in.oidc import (
    WELL_KNOWN,
    Provider,
    build_request,
    check_sender,
    malformed,
    read_provider,
)
from exchange.core.strict_json import parse
from exchange.errors import InputError, UnavailableError

_SECONDS = 10.0
_MOST = 262_144
_KEPT_SECONDS = 3_600.0
_RENEW_SECONDS = 60.0
"""How often at most the keys are asked for again because one was missing."""

T = TypeVar("T")


class _Kept(Generic[T]):
    """Something the provider publishes: asked for once by however many need it, and again when it is old."""

    def __init__(self, ask: Callable[[], Awaitable[T]], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._asked_at = -_KEPT_SECONDS
        self._renewed_at = -_KEPT_SECONDS

    async def get(self) -> T:
        async with self._lock:
            if self._value is None or self._clock() - self._asked_at >= _KEPT_SECONDS:
                self._value = None
                self._value = await self._ask()
                self._asked_at = self._clock()
            return self._value

    async def renewed(self, old: T) -> T | None:
        """A newer one than `old`; None when it was asked for again less than a minute ago."""
        async with self._lock:
            if self._value is not None and self._value is not old:
                return self._value
            if self._clock() - self._renewed_at < _RENEW_SECONDS:
                return None
            self._renewed_at = self._clock()
            self._value = await self._ask()
            self._asked_at = self._clock()
            return self._value


class OpenIdProvider:
    """The provider at `issuer`, where we are the client `client_id`; without a secret, PKCE alone guards us.

    `groups_claim` names the claim that holds groups, `""` for none. `name` stands on the button.
    UnavailableError of each method: "provider_unreachable", "provider_malformed", "provider_refused".
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str = "",
        *,
        now: Callable[[], datetime],
        groups_claim: str = "",
        name: str = "",
        ssl_context: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self.name = name
        self._client_id = client_id
        self._client_secret = client_secret
        self._now = now
        self._groups_claim = groups_claim
        self._seconds = seconds
        self._http = HttpClient(seconds, _MOST, ssl_context)
        self._provider = _Kept(self._discover, clock)
        self._keys = _Kept(self._publish, clock)

    async def begin(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """Where the browser is sent. The three secrets are kept by the caller, for this browser only."""
        provider = await self._within(self._provider.get())
        return build_request(provider, self._client_id, redirect_uri, state, nonce, verifier)

    async def finish(
        self, code: str, nonce: str, verifier: str, redirect_uri: str, iss: str | None
    ) -> Claims:
        """Who signed in, by the code that the browser came back with. `iss` came beside it, or None.

        InputError: "provider_mixed_up", "code_refused" (spent, too old, or another browser's), those of
        `verify_id_token`, "userinfo_foreign", "groups_malformed".
        """
        return await self._within(self._finish(code, nonce, verifier, redirect_uri, iss))

    async def check(self) -> None:
        """Whether the provider answers as one, and publishes keys that we take. UnavailableError."""
        if not await self._within(self._keys.get()):
            raise malformed("it publishes no key that an ID token could be verified with")

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def _within(self, work: Awaitable[T]) -> T:
        """The whole of it in bounded time: a provider that hangs keeps nobody waiting longer."""
        try:
            async with asyncio.timeout(self._seconds):
                return await work
        except TimeoutError:
            raise self._unreachable(f"did not answer within {self._seconds:g} seconds") from None

    async def _finish(
        self, code: str, nonce: str, verifier: str, redirect_uri: str, iss: str | None
    ) -> Claims:
        provider = await self._provider.get()
        check_sender(provider, iss)  # before the code goes anywhere
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        id_token, access_token = await self._redeem(provider, form)
        expected = Expected(self.issuer, self._client_id, nonce, access_token, self._now())
        claims = await self._verify(id_token, expected)
        userinfo: dict[str, Any] = {}
        if provider.userinfo_endpoint and lacks(claims, self._groups_claim):
            bearer = {"Authorization": f"Bearer {access_token}"}
            userinfo = await self._get(provider.userinfo_endpoint, "userinfo", headers=bearer)
        return read_claims(claims, userinfo, self._groups_claim)

    async def _redeem(self, provider: Provider, form: dict[str, str]) -> tuple[str, str]:
        """(ID token, access token) for a code (OpenID Connect Core §3.1.3)."""
        auth = None
        if self._client_secret and provider.basic:
            # RFC 6749 §2.3.1: both are form-encoded before they are put together.
            auth = httpx.BasicAuth(quote_plus(self._client_id), quote_plus(self._client_secret))
        else:
            form = {**form, "client_id": self._client_id}
            if self._client_secret:
                form["client_secret"] = self._client_secret
        status, body = await self._ask("POST", provider.token_endpoint, data=form, auth=auth)
        if status != 200:
            raise _refusal(status, body)
        said = _object(body, "token")
        id_token, access_token = said.get("id_token"), said.get("access_token")
        if not isinstance(id_token, str):
            raise malformed("its token answer holds no ID token")
        if not isinstance(access_token, str) or str(said.get("token_type")).lower() != "bearer":
            raise malformed("its token answer holds no bearer token")
        return id_token, access_token

    async def _verify(self, id_token: str, expected: Expected) -> dict[str, Any]:
        """The claims; a key that is not known yet is looked for once among those published now."""
        keys = await self._keys.get()
        try:
            return verify_id_token(id_token, keys, expected)
        except InputError as error:
            newer = await self._keys.renewed(keys) if error.code == "id_token_signature" else None
            if newer is None:
                raise
        return verify_id_token(id_token, newer, expected)

    async def _discover(self) -> Provider:
        url = self.issuer.rstrip("/") + WELL_KNOWN
        return read_provider(self.issuer, await self._get(url, "discovery"))

    async def _publish(self) -> tuple[ProviderKey, ...]:
        provider = await self._provider.get()
        try:
            return read_keys(await self._get(provider.jwks_uri, "key"))
        except InputError as error:
            raise malformed(f"its keys cannot be read ({error.code})") from None

    async def _get(self, url: str, what: str, **request: Any) -> dict[str, Any]:
        status, body = await self._ask("GET", url, **request)
        if status != 200:
            raise malformed(f"its {what} document came with status {status}")
        return _object(body, what)

    async def _ask(self, method: str, url: str, **request: Any) -> tuple[int, bytes]:
        try:
            status, _, body = await self._http.ask(method, url, **request)
        except NoAnswerError as reason:
            raise self._unreachable(str(reason)) from None
        except AnswerTooLongError as reason:
            raise malformed(str(reason)) from None
        return status, body

    def _unreachable(self, why: str) -> UnavailableError:
        message = f"The OpenID provider {self.issuer} {why}. Try again, or sign in another way."
        return UnavailableError("provider_unreachable", message)


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        said = parse(body)
    except InputError:
        said = None
    if not isinstance(said, dict):
        raise malformed(f"its {what} document is no JSON object")
    return said


def _refusal(status: int, body: bytes) -> InputError | UnavailableError:
    """What the token endpoint's refusal means, and to whom (RFC 6749 §5.2)."""
    try:
        said = parse(body)
    except InputError:
        said = None
    error = said.get("error") if isinstance(said, dict) else None
    if error == "invalid_grant":
        return InputError(
            "code_refused",
            "The provider does not take this code: it was used before, is too old, or was given to another "
            "browser. Begin again.",
        )
    told = f"{error:.60}" if isinstance(error, str) and error.isprintable() else f"status {status}"
    return UnavailableError(
        "provider_refused",
        f"The OpenID provider does not accept this exchange ({told}). Whoever runs it must check "
        "EXCHANGE_OIDC_CLIENT_ID, EXCHANGE_OIDC_CLIENT_SECRET and the redirect address registered there.",
    )
