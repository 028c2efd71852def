"""Sign-in by a provider over HTTP: who is right comes in, and whatever is bent or broken signs nobody in."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from exchange.adapters.sign_in.oidc import OpenIdProvider
from exchange.core.sign_in.claims import Claims
from exchange.core.sign_in.id_token import ALGORITHMS
from exchange.core.sign_in.oidc import read_callback
from exchange.errors import ExchangeError, InputError
from tests.adapters.evil import Authority
from tests.adapters.openid_server import ANA, FAILURES, GIGABYTE, OpenIdServer, openid_server
from tests.core.id_tokens import CLIENT, FAULTS, SECRET, Token, jwk, keys

STATE, NONCE, VERIFIER = (f"{name}-of-this-browser-0123456789-0123456789-01" for name in ("st", "no", "ve"))
BACK = "http://localhost:8000/sign-in/company"
DISCOVERY = "/.well-known/openid-configuration"

T = TypeVar("T")
Query = list[tuple[str, str]]


@pytest.fixture
def server() -> Iterator[OpenIdServer]:
    with openid_server() as running:
        yield running


class Clock:
    """Seconds that tests let pass."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def client(server: OpenIdServer, **more: Any) -> OpenIdProvider:
    settings = {"client_secret": SECRET, "seconds": 20, "now": lambda: datetime.now(UTC), **more}
    return OpenIdProvider(server.issuer, CLIENT, **settings)


def run(work: Callable[[OpenIdProvider], Awaitable[T]], provider: OpenIdProvider) -> T:
    async def use() -> T:
        try:
            return await work(provider)
        finally:
            await provider.aclose()

    return asyncio.run(use())


async def sign_in(
    provider: OpenIdProvider,
    server: OpenIdServer,
    *,
    on_the_way: Callable[[Query], Query] = lambda query: query,
    nonce: str = NONCE,
    verifier: str = VERIFIER,
    redirect_uri: str = BACK,
) -> Claims:
    """From the button to the claims; the keywords are what may differ between going and coming back."""
    query = server.browse(await provider.begin(STATE, NONCE, VERIFIER, BACK))
    callback = read_callback(on_the_way(query), STATE)
    return await provider.finish(callback.code, nonce, verifier, redirect_uri, callback.iss)


def refusal(server: OpenIdServer, provider: OpenIdProvider | None = None, **differs: Any) -> ExchangeError:
    """The error that a sign-in ends with; nothing of it, nor of what led to it, holds a secret."""
    with pytest.raises(ExchangeError) as caught:
        run(lambda one: sign_in(one, server, **differs), provider or client(server))
    told = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in (SECRET, VERIFIER, "the-access-token") if secret in told]
    return caught.value


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_person_signs_in(server: OpenIdServer, alg: str) -> None:
    server.alg = alg
    claims = run(lambda one: sign_in(one, server), client(server))
    assert claims == Claims(server.issuer, "ana", "ana@example.org", True)
    assert [request.path for request in server.requests] == [DISCOVERY, "/token", "/keys"]


@pytest.mark.parametrize("ways", [["client_secret_basic"], ["client_secret_post"]])
def test_the_secret_is_shown_in_the_way_the_provider_takes_it(server: OpenIdServer, ways: list[str]) -> None:
    server.discovery["token_endpoint_auth_methods_supported"] = ways
    run(lambda one: sign_in(one, server), client(server))
    asked = server.requests[1]
    assert ("client_secret" in asked.form) is (ways == ["client_secret_post"])
    assert ("authorization" in asked.headers) is (ways == ["client_secret_basic"])


def test_a_wrong_secret_is_the_operators_matter(server: OpenIdServer) -> None:
    error = refusal(server, client(server, client_secret="wrong"))
    assert (error.code, error.status) == ("provider_refused", 503)
    assert "EXCHANGE_OIDC_CLIENT_SECRET" in error.message


# --- who is not right ---


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bent_id_token_signs_nobody_in(server: OpenIdServer, fault: str) -> None:
    bend, code, at = FAULTS[fault]
    server.bend = bend
    error = refusal(server)
    assert (error.code, error.at, error.status) == (code, at, 400)
    assert server.asked("/userinfo") == 0
    server.bend = None
    assert run(lambda one: sign_in(one, server), client(server))


@pytest.mark.parametrize(
    "differs",
    [
        {"verifier": VERIFIER[::-1]},
        {"redirect_uri": f"{BACK}/"},
        {"on_the_way": lambda q: [("code", "x"), *q[1:]]},
    ],
    ids=["verifier", "redirect", "code"],
)
def test_what_the_provider_does_not_take_is_said_so(server: OpenIdServer, differs: Any) -> None:
    assert refusal(server, **differs).code == "code_refused"


def test_a_code_signs_in_once(server: OpenIdServer) -> None:
    async def twice(provider: OpenIdProvider) -> None:
        kept: Query = []
        await sign_in(provider, server, on_the_way=lambda query: kept.extend(query) or query)  # type: ignore[func-returns-value]
        with pytest.raises(InputError) as caught:
            await sign_in(provider, server, on_the_way=lambda _: kept)
        assert caught.value.code == "code_refused"

    run(twice, client(server))


def test_another_browsers_sign_in_is_refused_by_its_state(
    server: OpenIdServer,
) -> None:
    error = refusal(server, on_the_way=lambda query: [query[0], ("state", STATE[::-1]), query[2]])
    assert error.code == "sign_in_foreign"
    assert server.asked("/token") == 0


def test_another_sign_ins_token_is_refused_by_its_nonce(server: OpenIdServer) -> None:
    error = refusal(server, nonce=NONCE[::-1])
    assert (error.code, error.at) == ("id_token_refused", "/nonce")


@pytest.mark.parametrize("iss", ["https://evil.example", None])
def test_a_mixed_up_provider_is_never_handed_the_code(server: OpenIdServer, iss: str | None) -> None:
    with openid_server() as other:
        said = [("iss", iss or other.issuer)] if iss is not None else []
        error = refusal(server, on_the_way=lambda query: [*query[:2], *said])
        assert error.code == "provider_mixed_up"
        assert server.asked("/token") == other.asked("/token") == 0


def test_another_provider_with_the_same_keys_is_another_provider(server: OpenIdServer) -> None:
    with openid_server() as other:
        server.discovery["token_endpoint"] = f"{other.issuer}/token"
        other.grants = server.grants
        error = refusal(server)
        assert (error.code, error.at) == ("id_token_refused", "/iss")


# --- userinfo ---


def test_what_the_token_does_not_say_userinfo_does(server: OpenIdServer) -> None:
    server.claims = {}
    server.userinfo = {"sub": "ana", "groups": ["staff"], "name": "Ana", **ANA}
    claims = run(lambda one: sign_in(one, server), client(server, groups_claim="groups"))
    assert claims == Claims(server.issuer, "ana", "ana@example.org", True, "Ana", ("staff",))


def test_userinfo_is_not_asked_for_what_the_token_says(server: OpenIdServer) -> None:
    server.claims = {**ANA, "groups": ["staff"]}
    assert run(lambda one: sign_in(one, server), client(server, groups_claim="groups")).groups == ("staff",)
    assert server.asked("/userinfo") == 0


def test_userinfo_about_somebody_else_signs_nobody_in(server: OpenIdServer) -> None:
    server.claims = {}
    server.userinfo = {"sub": "eve", **ANA}
    assert refusal(server).code == "userinfo_foreign"


# --- a provider that fails ---


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys", "/userinfo"])
@pytest.mark.parametrize("failure", FAILURES)
def test_a_provider_that_fails_is_named_and_nobody_waits(
    server: OpenIdServer, path: str, failure: str
) -> None:
    server.claims = {}
    silent = failure in ("slow", "drip")
    provider = client(server, seconds=0.5) if silent else client(server)
    server.fail[path] = failure
    assert refusal(server, provider).code == FAILURES[failure]
    assert server.sent < GIGABYTE / 50
    server.fail.clear()
    assert run(lambda one: sign_in(one, server), client(server) if silent else provider)


@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys", "/userinfo"])
@pytest.mark.parametrize("failure", ["redirect", "error 500"])
def test_no_redirect_is_followed_with_a_secret(server: OpenIdServer, path: str, failure: str) -> None:
    server.claims = {}
    server.fail[path] = failure
    error = refusal(server)
    assert error.code == ("provider_refused" if path == "/token" else "provider_malformed")
    assert server.asked("/elsewhere") == 0


@pytest.mark.parametrize(
    "said",
    [{"id_token": ...}, {"id_token": 7}, {"access_token": ...}, {"token_type": "mac"}, {"token_type": ...}],
    ids=str,
)
def test_a_token_answer_that_lacks_something_is_refused(server: OpenIdServer, said: dict[str, Any]) -> None:
    server.token = said
    assert refusal(server).code == "provider_malformed"


def test_a_provider_that_is_not_there_is_named(server: OpenIdServer) -> None:
    server.issuer = "http://127.0.0.1:1"
    error = refusal(server)
    assert (error.code, error.status) == ("provider_unreachable", 503)
    assert server.issuer in error.message


def test_a_provider_that_cannot_prove_its_name_is_asked_nothing(tmp_path: Path) -> None:
    with openid_server(Authority(tmp_path).server) as impostor:
        assert refusal(impostor).code == "provider_unreachable"
        assert impostor.requests == []


@pytest.mark.parametrize(
    "said",
    [{"issuer": "http://127.0.0.1"}, {"jwks_uri": "http://keys.example.org/"}, {"token_endpoint": ...}],
    ids=str,
)
def test_a_discovery_document_of_something_else_is_refused(
    server: OpenIdServer, said: dict[str, Any]
) -> None:
    server.discovery = said
    assert refusal(server).code == "provider_malformed"
    assert {request.path for request in server.requests} == {DISCOVERY}


# --- what is kept ---


def test_what_is_published_is_asked_for_once_an_hour(server: OpenIdServer) -> None:
    clock = Clock()

    async def three(provider: OpenIdProvider) -> None:
        await asyncio.gather(*(sign_in(provider, server) for _ in range(5)))
        clock.seconds = 3599
        await sign_in(provider, server)
        assert (server.asked(DISCOVERY), server.asked("/keys")) == (1, 1)
        clock.seconds = 3600
        await sign_in(provider, server)
        assert (server.asked(DISCOVERY), server.asked("/keys")) == (2, 2)

    run(three, client(server, clock=clock))


def test_a_new_key_is_found_and_an_old_one_forgotten(server: OpenIdServer) -> None:
    def by_new_key(token: Token) -> None:
        token.key = "new"
        token.header["kid"] = "2027-01"

    async def rotate(provider: OpenIdProvider) -> None:
        await sign_in(provider, server)
        server.jwks = {"keys": [jwk("RS256", "2027-01", "new")]}
        server.bend = by_new_key
        await asyncio.gather(*(sign_in(provider, server) for _ in range(5)))
        assert server.asked("/keys") == 2
        server.bend = None
        with pytest.raises(InputError, match="No key"):
            await sign_in(provider, server)
        assert server.asked("/keys") == 2

    run(rotate, client(server, clock=Clock()))


def test_unknown_keys_are_looked_for_once_a_minute(server: OpenIdServer) -> None:
    clock = Clock()
    server.bend = lambda token: token.header.update(kid="1999-01")

    async def insist(provider: OpenIdProvider) -> None:
        for seconds, asked in ((0, 2), (1, 2), (59, 2), (60, 3), (61, 3)):
            clock.seconds = seconds
            with pytest.raises(InputError, match="No key"):
                await sign_in(provider, server)
            assert server.asked("/keys") == asked

    run(insist, client(server, clock=clock))


# --- the operator's check ---


def test_the_check_says_whether_anybody_could_sign_in(server: OpenIdServer) -> None:
    run(lambda one: one.check(), client(server))
    server.jwks = {"keys": [jwk("RS256", use="enc")]}
    with pytest.raises(ExchangeError, match="publishes no key"):
        run(lambda one: one.check(), client(server))
    server.jwks = {}
    with pytest.raises(ExchangeError, match="keys cannot be read"):
        run(lambda one: one.check(), client(server))
    server.jwks = keys()
    server.fail[DISCOVERY] = "slow"
    with pytest.raises(ExchangeError, match="did not answer"):
        run(lambda one: one.check(), client(server, seconds=0.5))


def test_secrets_are_in_no_log_and_go_through_no_proxy(
    server: OpenIdServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with caplog.at_level(logging.DEBUG):
        run(lambda one: sign_in(one, server), client(server))
        refusal(server, verifier="another verifier")
    codes = [request.form["code"] for request in server.requests if request.path == "/token"]
    assert len(codes) == 2
    assert caplog.records
    for secret in (SECRET, VERIFIER, NONCE, "the-access-token", *codes):
        assert secret not in caplog.text
