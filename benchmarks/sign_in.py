"""What signing in costs this side, in CPU time: `python -m benchmarks.sign_in [FOLDER]`.

First a whole sign-in by mail, through the web application on a database in FOLDER (default: the current one):
ask for a mail, type its code, open the account. Then the parts of the other ways.

The OpenID provider is a process of its own, on loopback without TLS, and its connection is kept, as a busy
node's is. Beside each way stands its floor: verifying the one signature that it rests on.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.measure import medians, python
from exchange.adapters.sign_in.oidc import OpenIdProvider
from exchange.adapters.sign_in.passkeys import ALGORITHMS, WebAuthnPasskeys
from exchange.app import open_ports
from exchange.core.sign_in.id_token import Expected, read_keys, verify_id_token
from exchange.edge.application import build_litestar
from exchange.settings import load_settings
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


async def by_mail(home: Path, count: int, at_once: int) -> tuple[float, float]:
    """CPU milliseconds of a sign-in by a mailed code, and how many there are in a second."""
    os.environ |= {"EXCHANGE_HOME": str(home), "EXCHANGE_SIGN_UP": "anyone"}
    async with open_ports(load_settings()) as ports:
        app, numbers = build_litestar(ports), iter(range(count))

        async def client() -> None:
            for n in numbers:
                network = httpx.ASGITransport(app, client=(f"10.{n // 250}.{n % 250}.1", 1))
                async with httpx.AsyncClient(transport=network, base_url=ports.base_url) as web:
                    await sign_in(web, f"p{n}@people.internal")

        async def sign_in(web: httpx.AsyncClient, address: str) -> None:
            asked = await web.post("/sign-in/mail", data={"address": address})
            (delivery,) = [
                one for one in await ports.store.undelivered(999) if one.parcel.recipient == address
            ]
            await ports.store.mark_sent(delivery.parcel.id, ports.now())
            code = json.loads(delivery.parcel.payload)["code"]
            came = await web.post("/sign-in", data={"code": code}, headers={"accept": "text/html"})
            account = await web.get("/account", headers={"accept": "text/html"})
            assert (asked.status_code, came.status_code, account.status_code) == (303, 303, 200)

        start, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(client() for _ in range(at_once)))
        return (time.process_time() - cpu) / count * 1000, count / (time.perf_counter() - start)


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
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else ".") as folder:
        for at_once in (1, 32):
            spent, rate = asyncio.run(by_mail(Path(folder) / str(at_once), 400, at_once))
            print(f"  by mail, {at_once:2} at once {spent:21.1f} ms   {rate:.0f} a second")
    with company() as functions:
        functions |= id_tokens() | passkeys() | floors()
        for name, micros in medians({name: python(case) for name, case in functions.items()}, ROUNDS).items():
            print(f"  {name:34} {micros / 1000:8.3f} ms")


if __name__ == "__main__":
    main()
