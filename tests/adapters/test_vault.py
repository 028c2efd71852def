"""Keys in a vault: what it signs is checked, how it fails is named, and its token goes nowhere else."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from exchange.adapters.keys import KeyRing, LocalKeys, VaultKeys, open_keys
from exchange.core.keys.multikey import multikey_of, public_key_from_multikey
from exchange.errors import UnavailableError
from exchange.settings import Settings
from tests.adapters.evil import Authority
from tests.adapters.vault_server import FAULTS, SIGN_FAULTS, TOKEN, Vault, vault_server

MESSAGE = b"what is signed" * 100
ATLAS = "vault:transit/keys/atlas"


@pytest.fixture
def vault() -> Iterator[Vault]:
    with vault_server() as running:
        yield running


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def keys(vault: Vault, token: Path) -> VaultKeys:
    silent = vault.fault in ("slow", "drip")
    return VaultKeys(vault.address, token, seconds=0.5 if silent else 20)


def sign(vault: Vault, token: Path, uri: str = f"{ATLAS}#1") -> bytes:
    async def run() -> bytes:
        ring = KeyRing({"vault": keys(vault, token)})
        try:
            return await ring.sign(uri, MESSAGE)
        finally:
            await ring.aclose()

    return asyncio.run(run())


def found(vault: Vault, token: Path, uri: str) -> tuple[str, str]:
    async def run() -> tuple[str, str]:
        ring = KeyRing({"vault": keys(vault, token)})
        try:
            return await ring.find(uri)
        finally:
            await ring.aclose()

    return asyncio.run(run())


def refusal(vault: Vault, token: Path, uri: str = f"{ATLAS}#1") -> str:
    """The code of the error; nothing of it, nor of what led to it, holds the token."""
    with pytest.raises(UnavailableError) as caught:
        sign(vault, token, uri)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    return caught.value.code


def test_the_vault_signs_and_the_signature_is_the_keys_own(vault: Vault, token: Path) -> None:
    multikey, uri = found(vault, token, ATLAS)
    assert uri == f"{ATLAS}#1"
    assert multikey == multikey_of(vault.keys["atlas"][0].public_key())
    assert public_key_from_multikey(multikey).verify(sign(vault, token, uri), MESSAGE)
    asked = [(request.method, request.path) for request in vault.requests]
    assert asked[-2:] == [("GET", "/v1/transit/keys/atlas"), ("POST", "/v1/transit/sign/atlas")]


def test_a_rotation_in_the_vault_changes_nothing_until_it_is_taken_up(vault: Vault, token: Path) -> None:
    first = sign(vault, token)
    vault.rotate("atlas")
    assert sign(vault, token) == first
    multikey, uri = found(vault, token, ATLAS)
    assert uri == f"{ATLAS}#2"
    assert public_key_from_multikey(multikey).verify(sign(vault, token, uri), MESSAGE)
    assert sign(vault, token, uri) != first
    with pytest.raises(UnavailableError, match="which version"):
        sign(vault, token, ATLAS)


def test_a_new_key_is_made_in_the_vault_and_cannot_be_taken_out(vault: Vault, token: Path) -> None:
    async def run() -> tuple[str, str, bytes]:
        ring = KeyRing({"vault": keys(vault, token)}, "vault")
        multikey, uri = await ring.create("atlas")
        signature = await ring.sign(uri, MESSAGE)
        await ring.aclose()
        return multikey, uri, signature

    multikey, uri, signature = asyncio.run(run())
    assert public_key_from_multikey(multikey).verify(signature, MESSAGE)
    assert uri.startswith("vault:transit/keys/exchange-atlas-")
    assert vault.requests[0].body == {"type": "ed25519", "exportable": False}
    assert len(vault.keys) == 2


@pytest.mark.parametrize("fault", [*FAULTS, *SIGN_FAULTS])
def test_a_vault_that_fails_signs_nothing_and_says_how(vault: Vault, token: Path, fault: str) -> None:
    vault.rotate("atlas")
    vault.fault = fault
    assert refusal(vault, token) == {**FAULTS, **SIGN_FAULTS}[fault]
    vault.fault = ""
    assert sign(vault, token)


def test_a_vault_that_is_not_there_is_named(vault: Vault, token: Path) -> None:
    vault.address = "http://127.0.0.1:1"
    assert refusal(vault, token) == "vault_unreachable"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A company's own CA, which SSL_CERT_FILE names."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


HERE = x509.IPAddress(ip_address("127.0.0.1"))
"""What the vault's address names."""


def over_tls(vault: Vault, token: Path) -> bytes:
    """A signature by the settings of an operator, with all the time that a handshake is given."""
    environ = {"EXCHANGE_VAULT_ADDR": vault.address, "EXCHANGE_VAULT_TOKEN_FILE": str(token)}

    async def run() -> bytes:
        ring = open_keys(Settings.from_environ(environ, checkout=True))
        try:
            return await ring.sign(f"{ATLAS}#1", MESSAGE)
        finally:
            await ring.aclose()

    return asyncio.run(run())


def test_a_vault_with_a_certificate_of_the_companys_own_ca_signs(authority: Authority, token: Path) -> None:
    with vault_server(authority.server_for(HERE)) as vault:
        signature = over_tls(vault, token)
        vault.keys["atlas"][0].public_key().verify(signature, MESSAGE)
        assert {request.headers["x-vault-token"] for request in vault.requests} == {TOKEN}


@pytest.mark.parametrize(
    ("name", "days", "said"),
    [
        (x509.DNSName("vault.example"), 1, "IP address mismatch"),
        (x509.IPAddress(ip_address("127.0.0.2")), 1, "IP address mismatch"),
        (HERE, -1, "certificate has expired"),
        (HERE, 3, "certificate is not yet valid"),
    ],
    ids=["another host", "another address", "expired", "of the day after tomorrow"],
)
def test_a_vault_that_cannot_prove_its_name_never_sees_the_token(
    authority: Authority, token: Path, name: x509.GeneralName, days: int, said: str
) -> None:
    with vault_server(authority.server_for(name, days=days)) as impostor:
        with pytest.raises(UnavailableError) as refused:
            over_tls(impostor, token)
        assert refused.value.code == "vault_unreachable"
        assert said in refused.value.message
        assert TOKEN not in refused.value.message
        assert impostor.requests == []


@pytest.mark.parametrize("trusted", ["what the system trusts", "another CA of the same name"])
def test_a_vault_of_another_ca_never_sees_the_token(
    authority: Authority,
    token: Path,
    tmp_path: Path,
    trusted: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if trusted == "what the system trusts":
        monkeypatch.delenv("SSL_CERT_FILE")
    else:
        (tmp_path / "other").mkdir()
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "other").file))
    with vault_server(authority.server_for(HERE)) as impostor:
        with pytest.raises(UnavailableError) as refused:
            over_tls(impostor, token)
        assert "its certificate is not accepted" in refused.value.message
        assert impostor.requests == []


def test_a_wrong_token_is_denied(vault: Vault, token: Path) -> None:
    vault.token = "another"
    assert refusal(vault, token) == "vault_denied"


def test_a_renewed_token_is_used_at_once(vault: Vault, token: Path) -> None:
    async def run() -> None:
        ring = KeyRing({"vault": keys(vault, token)})
        await ring.sign(f"{ATLAS}#1", MESSAGE)
        vault.token = "renewed"
        await asyncio.to_thread(token.write_text, "renewed")
        await ring.sign(f"{ATLAS}#1", MESSAGE)
        await ring.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("content", ["", "two\nlines", "sp ace", "nul\0", "t" * 5000, "ü"])
def test_a_token_that_no_header_can_hold_is_refused_and_not_sent(
    vault: Vault, token: Path, content: str
) -> None:
    token.write_text(content)
    assert refusal(vault, token) == "vault_token"
    assert vault.requests == []


def test_a_token_that_others_can_read_is_refused(vault: Vault, token: Path) -> None:
    token.chmod(0o644)
    assert refusal(vault, token) == "key_exposed"
    token.unlink()
    assert refusal(vault, token) == "key_unknown"
    assert vault.requests == []


@pytest.mark.parametrize("kind", ["ecdsa-p256", "aes256-gcm96"])
def test_a_key_of_another_kind_is_refused(vault: Vault, token: Path, kind: str) -> None:
    vault.types["atlas"] = kind
    assert refusal(vault, token) == "key_unknown"


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (f"{ATLAS}#2", "key_unknown"),
        ("vault:transit/keys/nobody#1", "key_unknown"),
        ("vault:other/keys/atlas#1", "key_unknown"),
        (f"{ATLAS}#0", "key_unknown"),
        ("vault:transit/../sys/keys/atlas#1", "key_unknown"),
        ("vault:transit/keys/../../sys/seal#1", "key_unknown"),
        ("vault:transit/keys/atlas?x=1#1", "key_unknown"),
    ],
)
def test_a_key_that_is_not_there_is_refused(vault: Vault, token: Path, uri: str, code: str) -> None:
    assert refusal(vault, token, uri) == code
    assert all("sys" not in request.path for request in vault.requests)


def test_a_version_that_the_vault_has_retired_is_refused_in_its_words(vault: Vault, token: Path) -> None:
    vault.rotate("atlas")
    vault.oldest["atlas"] = 2
    with pytest.raises(UnavailableError, match="less than the minimum encryption key version"):
        sign(vault, token)


def test_the_token_is_in_no_log_and_goes_through_no_proxy(
    vault: Vault, token: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with caplog.at_level(logging.DEBUG):
        sign(vault, token)
        vault.fault = "error 500"
        refusal(vault, token)
    assert len(vault.requests) == 3
    assert caplog.records
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(keys(vault, token))


# --- the ring ---


def settings(tmp_path: Path, **more: str) -> Settings:
    environ = {"EXCHANGE_HOME": str(tmp_path / "home"), **more}
    return Settings.from_environ(environ, checkout=True)


def test_each_key_is_asked_where_it_is_kept(vault: Vault, token: Path, tmp_path: Path) -> None:
    there = {"EXCHANGE_VAULT_ADDR": vault.address, "EXCHANGE_VAULT_TOKEN_FILE": str(token)}

    async def run() -> None:
        ring = open_keys(settings(tmp_path, **there))
        multikey, uri = await ring.create("team")
        assert uri.startswith("file:keys/")
        assert public_key_from_multikey(multikey).verify(await ring.sign(uri, MESSAGE), MESSAGE)
        assert vault.requests == []
        await ring.sign(f"{ATLAS}#1", MESSAGE)
        await ring.aclose()
        ring = open_keys(settings(tmp_path, **there, EXCHANGE_KEYS="vault:transit"))
        assert (await ring.create("team"))[1].startswith("vault:transit/keys/exchange-team-")
        assert await ring.sign(uri, MESSAGE)
        await ring.aclose()

    asyncio.run(run())
    assert len(list((tmp_path / "home" / "keys").iterdir())) == 1


def test_a_vault_that_no_setting_names_is_not_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="EXCHANGE_VAULT_ADDR") as caught:
        asyncio.run(open_keys(settings(tmp_path)).sign(f"{ATLAS}#1", MESSAGE))
    assert caught.value.code == "key_unknown"


def test_a_key_is_opened_once(tmp_path: Path) -> None:
    class Counting(LocalKeys):
        opened = 0

        async def open(self, uri: str):  # type: ignore[no-untyped-def]
            Counting.opened += 1
            return await super().open(uri)

    async def run() -> None:
        uri = (await LocalKeys(tmp_path).create("team")).uri
        ring = KeyRing({"file": Counting(tmp_path)})
        assert len({await ring.sign(uri, MESSAGE) for _ in range(3)}) == 1

    asyncio.run(run())
    assert Counting.opened == 1
