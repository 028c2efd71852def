"""The settings that name other servers: mail, a vault, an identity provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.errors import InputError
from tests.test_settings import read

MAIL = {"MAIL_FROM": "badges@acme.internal"}


@pytest.mark.parametrize(
    "value",
    [
        *("smtp://mail.acme.internal", "smtp://mail.acme.internal:587", "smtps://mail.acme.internal/"),
        *("smtp://user:p%40ss@mail.acme.internal:587", "smtps://user:pass@192.0.2.1:465", "smtp://[::1]:25"),
        *("smtp+plain://relay.lan:25", "smtp+plain://user:pass@localhost:1025"),
    ],
)
def test_a_mail_server_is_taken(value: str) -> None:
    assert read(SMTP_URL=value, **MAIL).smtp_url == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    [
        *("mail.acme.internal", "http://mail.acme.internal", "smtp://", "smtp://user:hunter2@", "smtp://a b"),
        *("smtp://mail.acme.internal:0", "smtp://mail.acme.internal:99999", "smtp://user@mail.acme.internal"),
        *("smtp://user:hunter2@mail.acme.internal/in", "smtp://mail.acme.internal?x=hunter2"),
        *("smtp+plain://user:hunter2@relay.lan", "smtp://user:hunter2#@mail.acme.internal", "smtp://[::1"),
    ],
)
def test_a_mail_server_that_is_none_or_would_show_the_password_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_SMTP_URL ") as caught:
        read(SMTP_URL=value, **MAIL)
    assert "hunter2" not in caught.value.message


@pytest.mark.parametrize(
    "value",
    ["badges@acme.internal", "Badges <badges@acme.internal>", "Zoë’s “best” <badges@xn--bcher-kva.internal>"],
)
def test_a_sender_of_mail_is_taken(value: str) -> None:
    assert read(SMTP_URL="smtp://relay.lan", MAIL_FROM=value).mail_from == value


@pytest.mark.parametrize(
    "value",
    [
        *("badges", "Badges", "badges@", "badges@acme internal", "a@acme.internal, b@acme.internal"),
        *("Badges\r\nBcc: eve@evil.internal <badges@acme.internal>", "Bad\u202eges <badges@acme.internal>"),
        *("<badges@acme.internal> x", "badges@bücher.internal", "badges@acme.internal\nX: y"),
    ],
)
def test_a_sender_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_MAIL_FROM "):
        read(SMTP_URL="smtp://relay.lan", MAIL_FROM=value)


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_MAIL_FROM "):
        read(SMTP_URL="smtp://relay.lan")


def test_files_with_secrets_are_named_by_their_full_path() -> None:
    assert read(PASSPHRASE_FILE="/run/secrets/p").passphrase_file == Path("/run/secrets/p")
    with pytest.raises(InputError, match=r"^EXCHANGE_PASSPHRASE_FILE .* full path"):
        read(PASSPHRASE_FILE="secrets/p")


@pytest.mark.parametrize(
    "value", ["https://vault.example.org:8200", "http://127.0.0.1:8200", "http://localhost", "http://[::1]"]
)
def test_a_vault_is_reached_over_https_or_on_this_machine(value: str) -> None:
    vault = read(VAULT_ADDR=f"{value}/", VAULT_TOKEN_FILE="/run/token", KEYS="vault:team/transit")
    assert (vault.vault_addr, vault.keys) == (value, "vault:team/transit")


@pytest.mark.parametrize(
    "value",
    ["http://vault.example.org", "vault:8200", "https://user:secret@vault", "https://v/x", "https://v:p"],
)
def test_a_vault_that_the_token_could_leak_on_the_way_to_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_VAULT_ADDR ") as caught:
        read(VAULT_ADDR=value)
    assert "secret" not in caught.value.message


def test_new_keys_in_a_vault_need_its_address_and_a_token() -> None:
    assert read().keys == "file:"
    for given in ({}, {"VAULT_ADDR": "https://vault"}, {"VAULT_TOKEN_FILE": "/run/token"}):
        with pytest.raises(InputError, match=r"^EXCHANGE_KEYS .*EXCHANGE_VAULT_ADDR"):
            read(KEYS="vault:transit", **given)
    with pytest.raises(InputError, match=r"^EXCHANGE_KEYS "):
        read(KEYS="vault:", VAULT_ADDR="https://vault", VAULT_TOKEN_FILE="/run/token")


PROVIDER = {"OIDC_ISSUER": "https://login.example.org/tenant/", "OIDC_CLIENT_ID": "exchange"}


def test_a_provider_to_sign_in_with_needs_its_issuer_and_our_name_there() -> None:
    usual = read(**PROVIDER)
    assert (usual.oidc_issuer, usual.oidc_client_id) == (PROVIDER["OIDC_ISSUER"], "exchange")
    assert (usual.oidc_client_secret, usual.oidc_name, usual.oidc_groups) == ("", "login.example.org", None)
    assert usual.oidc_groups_claim == "groups"
    more = {"OIDC_NAME": "Atlas", "OIDC_GROUPS_CLAIM": "https://a.b/roles", "OIDC_GROUPS": "/etc/groups.toml"}
    all_of_it = read(**PROVIDER, **more)
    assert (all_of_it.oidc_name, all_of_it.oidc_groups) == ("Atlas", Path("/etc/groups.toml"))
    assert all_of_it.oidc_groups_claim == "https://a.b/roles"
    assert read().oidc_issuer is None
    for name, value in PROVIDER.items():
        (other,) = PROVIDER.keys() - {name}
        with pytest.raises(InputError, match=f"^EXCHANGE_{name} is set, so EXCHANGE_{other} is needed"):
            read(**{name: value})


@pytest.mark.parametrize(
    "value",
    [
        "http://login.example.org",
        "login.example.org",
        "https://a:secret@b",
        "https://b?c=d",
        "https://b#c",
        "https://",
    ],
)
def test_a_provider_that_secrets_could_leak_on_the_way_to_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_OIDC_ISSUER ") as caught:
        read(OIDC_ISSUER=value, OIDC_CLIENT_ID="exchange")
    assert "secret@" not in caught.value.message
    assert read(OIDC_ISSUER="http://localhost:9000", OIDC_CLIENT_ID="exchange").oidc_issuer


def test_the_client_secret_is_not_in_what_the_settings_look_like() -> None:
    settings = read(**PROVIDER, OIDC_CLIENT_SECRET="hunter2")
    assert settings.oidc_client_secret == "hunter2"
    assert "hunter2" not in repr(settings)
