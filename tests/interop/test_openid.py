"""Sign-in by OpenID providers that others wrote, over HTTP, as a browser and the exchange together do it.

`oidc-provider-mock` accepts a wrong PKCE verifier; node's `oidc-provider` is strict.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest

from benchmarks.node_peers import FOLDER
from exchange.adapters.sign_in.oidc import OpenIdProvider
from exchange.core.sign_in.claims import Claims
from exchange.core.sign_in.oidc import read_callback
from exchange.errors import InputError, UnavailableError
from tests.interop.node import needs

BACK = "http://localhost:8000/sign-in/company"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
SECRETS = {"client_secret_post": "a secret", "client_secret_basic": "a secret: +/=&%"}
MOCK = """
import json, sys
from oidc_provider_mock import User, run_server_in_thread
claims = {"email": "ana@example.org", "email_verified": True, "name": "Ana", "groups": ["staff"]}
with run_server_in_thread(user_claims=[User(sub="ana", claims=claims)]) as server:
    print(server.server_port, flush=True)
    sys.stdin.read()
"""

Browse = Callable[[str], str]


@dataclass(frozen=True)
class SignIn:
    """One sign-in at a provider. `browse` is the person with the browser, up to where that comes back to."""

    provider: OpenIdProvider
    browse: Browse
    state: str
    nonce: str
    verifier: str

    async def go(self) -> str:
        url = await self.provider.begin(self.state, self.nonce, self.verifier, BACK)
        return await asyncio.to_thread(self.browse, url)

    async def come_back(self, url: str, **differs: Any) -> Claims:
        kept = {"state": self.state, "nonce": self.nonce, "verifier": self.verifier, **differs}
        callback = read_callback(parse_qsl(urlsplit(url).query), kept["state"])
        return await self.provider.finish(callback.code, kept["nonce"], kept["verifier"], BACK, callback.iss)


def signed_in_at(
    issuer: str,
    browse: Browse,
    use: Callable[[SignIn], Awaitable[Any]],
    client_id: str = "RS256",
    secret: str = "a secret",
) -> Any:
    """What `use` makes of a sign-in that may begin there."""

    async def run() -> Any:
        provider = OpenIdProvider(
            issuer, client_id, secret, now=lambda: datetime.now(UTC), groups_claim="groups", seconds=30
        )
        await provider.check()
        try:
            return await use(SignIn(provider, browse, *(secrets.token_urlsafe(32) for _ in range(3))))
        finally:
            await provider.aclose()

    return asyncio.run(run())


async def straight(sign_in: SignIn) -> Claims:
    return await sign_in.come_back(await sign_in.go())


def refused(**differs: Any) -> Callable[[SignIn], Awaitable[str]]:
    """The code a sign-in is refused with whose browser comes back to something else."""

    async def use(sign_in: SignIn) -> str:
        url = await sign_in.go()
        with pytest.raises(InputError) as caught:
            await sign_in.come_back(url, **differs)
        return caught.value.code

    return use


async def replayed(sign_in: SignIn) -> str:
    url = await sign_in.go()
    await sign_in.come_back(url)
    with pytest.raises(InputError) as caught:
        await sign_in.come_back(url)
    return caught.value.code


@contextmanager
def served(*command: str, cwd: Path | None = None) -> Iterator[str]:
    """The issuer that a program serves as, which prints its port first, until the block ends."""
    with subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://localhost:{int(process.stdout.readline())}"
        finally:
            process.kill()


# --- oidc-provider-mock ---


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with served(sys.executable, "-c", MOCK) as issuer:
        yield issuer


def at_mock(url: str) -> str:
    return str(httpx.post(url, data={"sub": "ana"}, timeout=20).headers["location"])


def test_a_person_signs_in_at_the_mock(mock: str) -> None:
    claims = signed_in_at(mock, at_mock, straight)
    assert claims == Claims(mock, "ana", "ana@example.org", True, "Ana", ("staff",), claims.auth_time)


@pytest.mark.parametrize(
    ("differs", "code"),
    [({"state": "another"}, "sign_in_foreign"), ({"nonce": "another"}, "id_token_refused")],
    ids=str,
)
def test_another_sign_in_is_refused_at_the_mock(mock: str, differs: dict[str, str], code: str) -> None:
    assert signed_in_at(mock, at_mock, refused(**differs)) == code


def test_a_code_signs_in_once_at_the_mock(mock: str) -> None:
    assert signed_in_at(mock, at_mock, replayed) == "code_refused"


def test_who_says_no_at_the_mock_is_not_signed_in(mock: str) -> None:
    def deny(url: str) -> str:
        return str(httpx.post(url, data={"action": "deny"}, timeout=20).headers["location"])

    async def use(sign_in: SignIn) -> str:
        url = await sign_in.go()
        with pytest.raises(InputError) as caught:
            # This mock forgets the state when it refuses (RFC 6749 §4.1.2.1 says it must not).
            await sign_in.come_back(f"{url}&state={sign_in.state}")
        return caught.value.code

    assert signed_in_at(mock, deny, use) == "sign_in_refused"


# --- node's oidc-provider ---


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """With a client for each algorithm and for each way of showing a secret, called like it."""
    usual = {"client_secret": "a secret", "redirect_uris": [BACK]}
    clients = [{"client_id": alg, "id_token_signed_response_alg": alg, **usual} for alg in ALGORITHMS]
    clients += [
        {**usual, "client_id": way, "token_endpoint_auth_method": way, "client_secret": secret}
        for way, secret in SECRETS.items()
    ]
    script = Path(__file__).with_name("openid_provider.mjs").read_text()
    command = ("node", "--input-type=module", "--eval", script, json.dumps(clients))
    with served(*command, cwd=FOLDER) as issuer:  # where bare names of packages are looked up
        yield issuer


def at_node(url: str) -> str:
    """Through its own pages: sign in as ana, agree, and be sent back."""
    with httpx.Client(timeout=20) as browser:
        answer = browser.get(url)
        for _ in range(10):
            if "location" in answer.headers:
                url = urljoin(url, answer.headers["location"])
                if url.startswith(BACK):
                    return url
                answer = browser.get(url)
            else:
                action = re.search(r'action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert action is not None, answer.text
                assert prompt is not None, answer.text
                form = {"prompt": prompt[1], "login": "ana", "password": "any"}
                answer = browser.post(urljoin(url, action[1]), data=form)
        raise AssertionError(answer.text)


@needs("oidc-provider")
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_person_signs_in_at_nodes_provider(node: str, alg: str) -> None:
    claims = signed_in_at(node, at_node, straight, alg)
    assert claims == Claims(node, "ana", "ana@example.org", True, "Ana", ("staff",), claims.auth_time)


@needs("oidc-provider")
@pytest.mark.parametrize("way", SECRETS)
def test_a_secret_is_taken_by_nodes_provider(node: str, way: str) -> None:
    assert signed_in_at(node, at_node, straight, way, SECRETS[way]).subject == "ana"
    with pytest.raises(UnavailableError, match="invalid_client"):
        signed_in_at(node, at_node, straight, way, "another secret")


@needs("oidc-provider")
@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("code_refused", refused(verifier=secrets.token_urlsafe(32))),
        ("id_token_refused", refused(nonce="another")),
        ("sign_in_foreign", refused(state="another")),
        ("code_refused", replayed),
    ],
    ids=["verifier", "nonce", "state", "replayed"],
)
def test_another_sign_in_is_refused_at_nodes_provider(node: str, code: str, use: Any) -> None:
    assert signed_in_at(node, at_node, use) == code


@needs("oidc-provider")
def test_an_answer_of_nodes_provider_never_goes_to_another(node: str, mock: str) -> None:
    """Each of its answers names it (RFC 9207), so a code of the one is never handed to the other."""

    def mixed_up(url: str) -> str:
        return at_node(url.replace(f"{mock}/oauth2/authorize", f"{node}/auth"))

    assert signed_in_at(mock, mixed_up, refused()) == "provider_mixed_up"
