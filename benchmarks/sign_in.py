"""What signing in costs this side, in CPU time: `python -m benchmarks.sign_in`.

The OpenID provider is a process of its own, on loopback without TLS, and its connection is kept, as a busy
node's is. Beside each way stands its floor: verifying the one signature that it rests on.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from benchmarks.measure import medians, python
from exchange.adapters.oidc import OpenIdProvider
from exchange.adapters.passkeys import ALGORITHMS, WebAuthnPasskeys
from exchange.core.id_token import Expected, read_keys, verify_id_token
from tests.adapters.authenticator import Authenticator, Known
from tests.core.id_tokens import ACCESS, CLIENT, ISSUER, NONCE, NOW, SECRET, good, keys, private_key

ROUNDS = 15
PERSON, BACK = "3f2b8a52-0d2f-4f4e-9d3c-1d7f1c8a6b11", "http://localhost:8000/sign-in/company"
STATE, VERIFIER, CHALLENGE = (secrets.token_urlsafe(32) for _ in range(3))
PROVIDER = """
import sys
from tests.adapters.openid_server import openid_server
class Unspent(dict):
    def pop(self, code, default=None):  # one code for as many sign-ins as are measured
        return self.get(code, default)
with openid_server() as server:
    server.grants = Unspent()
    print(server.issuer, flush=True)
    print(dict(server.browse(sys.stdin.readline().strip()))["code"], flush=True)
    sys.stdin.read()
"""

Function = Callable[[], object]


@contextmanager
def company() -> Iterator[dict[str, Function]]:
    """Sign-in by an OpenID provider that answers over HTTP."""
    loop = asyncio.new_event_loop()
    with subprocess.Popen(
        [sys.executable, "-c", PROVIDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        provider = OpenIdProvider(issuer, CLIENT, SECRET, now=lambda: datetime.now(UTC))
        print(
            loop.run_until_complete(provider.begin(STATE, NONCE, VERIFIER, BACK)),
            file=process.stdin,
            flush=True,
        )
        code = process.stdout.readline().strip()
        yield {
            "begin": lambda: loop.run_until_complete(provider.begin(STATE, NONCE, VERIFIER, BACK)),
            "finish: code to claims (RS256)": lambda: loop.run_until_complete(
                provider.finish(code, NONCE, VERIFIER, BACK, issuer)
            ),
        }
        loop.run_until_complete(provider.aclose())
        process.kill()
    loop.close()


def id_tokens() -> dict[str, Function]:
    """The ID token alone."""
    published, expected = read_keys(keys()), Expected(ISSUER, CLIENT, NONCE, ACCESS, NOW)
    tokens = {alg: good(alg, NOW).text() for alg in ("RS256", "ES256", "EdDSA")}
    return {
        f"verify an ID token ({alg})": lambda token=token: verify_id_token(token, published, expected)
        for alg, token in tokens.items()
    }


def passkeys() -> dict[str, Function]:
    """Answers of a passkey, for each kind of key."""
    site = WebAuthnPasskeys("http://localhost:8000")
    functions: dict[str, Function] = {"options for a passkey": lambda: site.begin_sign_in(CHALLENGE)}
    for name, alg in zip(("EdDSA", "ES256", "RS256"), ALGORITHMS, strict=True):
        authenticator = Authenticator(alg, handle=PERSON.encode())
        created = authenticator.create(site.begin_registration(CHALLENGE, PERSON, "Ana"))
        made = site.finish_registration(CHALLENGE, created)
        known = Known(made.id, PERSON, made.public_key, made.counter)
        got = authenticator.get(site.begin_sign_in(CHALLENGE))
        functions[f"make a passkey ({name})"] = lambda created=created: site.finish_registration(
            CHALLENGE, created
        )
        functions[f"use a passkey ({name})"] = lambda got=got, known=known: site.finish_sign_in(
            CHALLENGE, got, known
        )
    return functions


def floors() -> dict[str, Function]:
    """The bare verification of one signature."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    message = bytes(500)
    rsa, curve, edwards = (private_key(alg) for alg in ("RS256", "ES256", "EdDSA"))
    by_rsa = rsa.sign(message, padding.PKCS1v15(), hashes.SHA256())
    by_curve, by_edwards = curve.sign(message, ec.ECDSA(hashes.SHA256())), edwards.sign(message)
    return {
        "raw verify (RS256)": lambda: rsa.public_key().verify(
            by_rsa, message, padding.PKCS1v15(), hashes.SHA256()
        ),
        "raw verify (ES256)": lambda: curve.public_key().verify(by_curve, message, ec.ECDSA(hashes.SHA256())),
        "raw verify (EdDSA)": lambda: edwards.public_key().verify(by_edwards, message),
    }


def main() -> None:
    """Measure and print one table."""
    with company() as functions:
        functions |= id_tokens() | passkeys() | floors()
        for name, micros in medians({name: python(case) for name, case in functions.items()}, ROUNDS).items():
            print(f"  {name:34} {micros / 1000:8.3f} ms")


if __name__ == "__main__":
    main()
