"""Keys that a vault keeps: the transit engine of OpenBao or HashiCorp Vault, over HTTP.

The private half never leaves the vault: what is to be signed goes there, the signature comes back, and it is
verified here before anybody gets it. The URI pins the version, so that a rotation in the vault changes
nothing until `exchange keys rotate` takes it up:

    vault:transit/keys/atlas#1

What the token needs: `read` on MOUNT/keys/NAME, `update` on MOUNT/sign/NAME, and `update` on MOUNT/keys/+
where new keys are to be made from here. The token is read from its file for every request, so that an agent
may renew it; it goes into one header, and is in no message and no log.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange.adapters.http_client import AnswerTooLongError, HttpClient, NoAnswerError
from exchange.adapters.keys.files import read_private
from exchange.adapters.keys.signer import Signer
from exchange.core.keys.public_key import PublicKey, ed25519_key
from exchange.errors import ExchangeError, UnavailableError

_URI = re.compile(
    r"vault:([A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)/keys/([\w-]+)(?:#([1-9][0-9]{0,8}))?", re.ASCII
)
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
_MOST = 65_536
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class VaultSigner:
    """One version of a key in the vault."""

    uri: str
    public: PublicKey
    vault: VaultKeys = field(repr=False)

    @property
    def multikey(self) -> str:
        return self.public.multikey

    async def sign(self, message: bytes) -> bytes:
        """The raw Ed25519 signature (64 bytes), made in the vault and verified here."""
        mount, name, version = _parts(self.uri)
        body = {"input": base64.b64encode(message).decode(), "key_version": int(version)}
        data = await self.vault.ask("POST", f"{mount}/sign/{name}", body)
        prefix, text = f"vault:v{version}:", data.get("signature")
        if not isinstance(text, str) or not text.startswith(prefix):
            raise _malformed(f"a signature by version {version} of {name} was asked for, and none came")
        signature = _from_base64(text.removeprefix(prefix))
        if len(signature) != 64 or not self.public.verify(signature, message):
            raise _malformed(f"what version {version} of {name} is said to have signed does not verify")
        return signature

    async def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """One after the other; each is verified."""
        return [await self.sign(message) for message in messages]


class VaultKeys:
    """The transit engine at `address`. A `Place`; new keys are made in the engine mounted at `mount`.

    UnavailableError: "vault_unreachable", "vault_denied" (403), "vault_sealed" (503), "vault_refused" (other
    statuses), "vault_malformed" (no proper answer), "vault_token" (no token in its file), "key_unknown".
    """

    def __init__(
        self,
        address: str,
        token_file: Path,
        mount: str = "transit",
        *,
        ssl_context: ssl.SSLContext | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        self._address = address.rstrip("/")
        self._token_file = token_file
        self._mount = mount
        self._http = HttpClient(seconds, _MOST, ssl_context)

    async def create(self, issuer: str) -> Signer:
        """Make a key that cannot be exported, under a name that nothing in the vault has yet."""
        name = f"exchange-{issuer}-{secrets.token_hex(6)}"
        await self.ask("POST", f"{self._mount}/keys/{name}", {"type": "ed25519", "exportable": False})
        return await self.open(f"vault:{self._mount}/keys/{name}")

    async def open(self, uri: str) -> Signer:
        """The key at `uri`, of the newest version where it names none."""
        mount, name, version = _parts(uri)
        data = await self.ask("GET", f"{mount}/keys/{name}")
        if data.get("type") != "ed25519" or data.get("derived"):
            message = (
                f"The key {name} in the vault is no plain ed25519 key, so no badge can be signed with it."
            )
            raise UnavailableError("key_unknown", message)
        version = version or str(data.get("latest_version"))
        versions = data.get("keys")
        found = versions.get(version) if isinstance(versions, dict) else None
        if not isinstance(found, dict):
            raise UnavailableError(
                "key_unknown", f"The key {name} in the vault has no version {version:.20}."
            )
        return VaultSigner(f"vault:{mount}/keys/{name}#{version}", _public(found, name), self)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """`data` of what the vault answers to one request."""
        token = self._token()
        headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        try:
            status, _, content = await self._http.ask(
                method, f"{self._address}/v1/{path}", json=body, headers=headers
            )
        except NoAnswerError as reason:
            raise UnavailableError(
                "vault_unreachable", f"The vault {reason}. Check EXCHANGE_VAULT_ADDR."
            ) from None
        except AnswerTooLongError as reason:
            raise _malformed(str(reason)) from None
        if status == 204:
            return {}
        if status != 200:
            raise _refused(status, method, path, content, token)
        data = _json(content).get("data")
        return data if isinstance(data, dict) else {}

    def _token(self) -> str:
        content = read_private(
            self._token_file, "token file", "EXCHANGE_VAULT_TOKEN_FILE names it", follow=True
        )
        token = content.decode("latin-1").strip()
        if not _TOKEN.fullmatch(token):
            raise UnavailableError(
                "vault_token", f"The file {self._token_file.name} does not hold a vault token."
            )
        return token


def _parts(uri: str) -> tuple[str, str, str]:
    """(mount, name, version or "") of a URI."""
    match = _URI.fullmatch(uri)
    if match is None:
        message = f"{uri!r:.80} is not the URI of a key in a vault, such as vault:transit/keys/atlas#1."
        raise UnavailableError("key_unknown", message)
    return match[1], match[2], match[3] or ""


def _public(found: dict[str, Any], name: str) -> PublicKey:
    try:
        return ed25519_key(_from_base64(str(found.get("public_key"))))
    except ExchangeError:
        raise _malformed(f"the public half of {name} cannot be read") from None


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed("what should be base64 is not") from None


def _json(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _malformed("its answer is no JSON object")
    return document


def _refused(status: int, method: str, path: str, content: bytes, token: str) -> UnavailableError:
    match status:
        case 403:
            message = f"The vault denies {method} {path}: its token is wrong, over, or may not do that."
            return UnavailableError("vault_denied", message)
        case 404:
            return UnavailableError("key_unknown", f"The vault has nothing at {path}.")
        case 503:
            return UnavailableError("vault_sealed", "The vault is sealed, or not ready yet. Unseal it.")
    return UnavailableError(
        "vault_refused", f"The vault answered {method} {path} with status {status}{_said(content, token)}."
    )


def _said(content: bytes, token: str) -> str:
    """The vault's own words, without what no message may hold."""
    try:
        words = str(json.loads(content)["errors"][0])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""
    return f": {words.replace(token, '…')!a:.200}"


def _malformed(why: str) -> UnavailableError:
    return UnavailableError("vault_malformed", f"The vault does not answer as one: {why}.")
