"""The forms that settings have: a value is taken as it is meant, or refused by the name of its variable."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import NoReturn, TypedDict
from urllib.parse import SplitResult, quote, urlsplit

from exchange.errors import InputError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
KEK = re.compile(
    r"file:(?:\w[\w.-]*|/[^\x00-\x1f]+)|passphrase:[a-z0-9-]{0,32}|exec:/[^\x00-\x1f]+", re.ASCII
)
HOST_NAME = re.compile(r"(?!-)([a-z0-9-]{1,63}\.)*[a-z][a-z0-9-]{0,62}", re.IGNORECASE)
MAILBOX = re.compile(rf"[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@{HOST_NAME.pattern}", re.ASCII | re.IGNORECASE)
"""A sender's address, in ASCII: a domain of other letters as xn--…"""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def kek_uri(name: str, value: str) -> str:
    """A source of the key-encryption key, if it has one of the known forms; `name` is where it was given."""
    if not KEK.fullmatch(value):
        ways = "file:kek, file:/full/path, passphrase:, passphrase:another-name or exec:/full/path"
        raise InputError("setting_kek", f"{name} is {value!r:.80}. Give {ways}.", name)
    return value


def _refuse(variable: str, message: str) -> NoReturn:
    raise InputError(
        f"setting_{variable.removeprefix('EXCHANGE_').lower()}", f"{variable} {message}", variable
    )


def home_folder(value: str) -> Path:
    try:
        home = Path(value).expanduser().absolute()
    except RuntimeError:
        _refuse("EXCHANGE_HOME", f"is {value!r}, and that user has no home folder. Give a full path.")
    if home.exists() and not home.is_dir():
        _refuse("EXCHANGE_HOME", f"is {str(home)!r}, which is a file. Give a folder.")
    return home


def database_url(value: str, home: Path) -> str:
    name = "EXCHANGE_DATABASE_URL"
    if not value:
        return f"sqlite://{quote(str(home / 'exchange.sqlite3'))}"
    scheme, _, rest = value.partition("://")
    if scheme not in ("sqlite", "postgresql", "postgres") or not rest:
        _refuse(name, "must be sqlite:///full/path.sqlite3 or postgresql://user@host/name.")
    if scheme == "sqlite" and (not rest.startswith("/") or rest.strip("/") in ("", ":memory:")):
        _refuse(name, "must name a file by its full path, as in sqlite:///srv/exchange.sqlite3.")
    return value


def url(value: str) -> str:
    """`https://host[:port]` or `http://localhost[:port]`, lower-cased; did:web cannot name anything else."""
    name = "EXCHANGE_URL"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        _refuse(name, f"is {value!r}, which is not a URL. Give it as https://badges.example.org.")
    if "@" in parts.netloc:
        _refuse(name, "must not hold a user name or password: everybody reads it in every badge.")
    if parts.scheme not in ("https", "http") or not host:
        _refuse(name, f"is {value!r}. Give it with its scheme, as in https://badges.example.org.")
    if parts.scheme == "http" and host != "localhost":
        _refuse(name, f"is {value!r}, but a badge must be read over https. Use https://{host}.")
    if parts.path not in ("", "/") or "?" in value or "#" in value:
        _refuse(name, f"is {value!r}. Give only scheme, host and port: the exchange has a host of its own.")
    if parts.scheme == "https" and (host == "localhost" or not HOST_NAME.fullmatch(host)):
        _refuse(name, f"is {value!r}. did:web needs a host name in ASCII (xn--… for others), no IP address.")
    usual = port in (None, 443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")


def host(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        if HOST_NAME.fullmatch(value):
            return value.lower()
        _refuse("EXCHANGE_HOST", f"is {value!r}. Give an IP address or a host name without scheme or port.")


def port(variable: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        _refuse(variable, f"is {value!r}. Give a port number from 1 to 65535.")
    return int(value)


def vouches(value: str) -> int:
    """How many vouches somebody may have in use at a time; 0 where nobody gives any."""
    if not re.fullmatch(r"[0-9]{1,3}", value) or int(value) > 100:
        _refuse("EXCHANGE_VOUCHES", f"is {value!r:.80}. Give a number from 0 to 100.")
    return int(value)


def ports(variable: str, value: str) -> frozenset[int]:
    return frozenset(port(variable, item.strip()) for item in value.split(",") if item.strip())


def networks(variable: str, value: str) -> frozenset[Network]:
    try:
        return frozenset(ipaddress.ip_network(item.strip()) for item in value.split(",") if item.strip())
    except ValueError:
        _refuse(variable, f"is {value!r}. Give addresses or networks, as in 10.1.2.3,192.0.2.0/24.")


def full_path(variable: str, value: str) -> Path | None:
    """A file by its full path. It is not looked at before it is needed."""
    if value and not value.startswith("/"):
        _refuse(variable, f"is {value!r}. Give the file by its full path.")
    return Path(value) if value else None


def key_store(value: str, vault: bool) -> str:
    name = "EXCHANGE_KEYS"
    if not re.fullmatch(r"file:|vault:[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", value, re.ASCII):
        _refuse(name, f"is {value!r}. Give file: or vault:transit (where the transit engine is mounted).")
    if value != "file:" and not vault:
        _refuse(name, "is a vault, so it needs EXCHANGE_VAULT_ADDR and EXCHANGE_VAULT_TOKEN_FILE.")
    return value


def vault_addr(value: str) -> str:
    """`https://host[:port]`, or http to this machine: whoever reads the token can sign."""
    name = "EXCHANGE_VAULT_ADDR"
    if _server(name, value, "https://vault.example.org:8200").path not in ("", "/"):
        _refuse(name, f"is {value!r}. Give only scheme, host and port.")
    return value.rstrip("/")


class Oidc(TypedDict):
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str
    oidc_name: str
    oidc_groups_claim: str
    oidc_groups: Path | None


def oidc(got: Mapping[str, str]) -> Oidc:
    """The provider to sign in with: all that it needs, or nothing."""
    issuer, client = got["EXCHANGE_OIDC_ISSUER"], got["EXCHANGE_OIDC_CLIENT_ID"]
    host = _server("EXCHANGE_OIDC_ISSUER", issuer, "https://login.example.org").hostname if issuer else None
    if bool(issuer) != bool(client):
        given, missing = ("ISSUER", "CLIENT_ID") if issuer else ("CLIENT_ID", "ISSUER")
        _refuse(f"EXCHANGE_OIDC_{given}", f"is set, so EXCHANGE_OIDC_{missing} is needed too.")
    return Oidc(
        oidc_issuer=issuer or None,
        oidc_client_id=client or None,
        oidc_client_secret=got["EXCHANGE_OIDC_CLIENT_SECRET"],
        oidc_name=got["EXCHANGE_OIDC_NAME"] or host or "",
        oidc_groups_claim=got["EXCHANGE_OIDC_GROUPS_CLAIM"] or "groups",
        oidc_groups=full_path("EXCHANGE_OIDC_GROUPS", got["EXCHANGE_OIDC_GROUPS"]),
    )


def _server(name: str, value: str, example: str) -> SplitResult:
    """The URL of a server that gets our secrets: https, or http to this machine."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        _refuse(name, f"is not a URL. Give it as {example}.")
    if "@" in parts.netloc:
        _refuse(name, "must not hold a user name or password: everybody reads it in messages.")
    if parts.scheme not in ("https", "http") or not host or port == 0:
        _refuse(name, f"is {value!r}. Give it with its scheme, as in {example}.")
    if parts.scheme == "http" and not is_loopback(host):
        _refuse(name, f"is {value!r}, and what is sent there could be read on the way. Use https://{host}.")
    if "?" in value or "#" in value:
        _refuse(name, f"is {value!r}. Give it without ? and #.")
    return parts


def smtp_url(value: str) -> str:
    """`smtps://`, `smtp://` (STARTTLS) or `smtp+plain://`, and `[user:password@]host[:port]`."""
    name, example = "EXCHANGE_SMTP_URL", "smtp://user:password@mail.example.org:587"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        _refuse(name, f"is not a URL. Give it as {example}.")
    if parts.scheme not in ("smtps", "smtp", "smtp+plain") or port == 0:
        _refuse(name, f"has the wrong form. Give it as {example}, smtps:// or smtp+plain://.")
    if not HOST_NAME.fullmatch(host) and not _is_address(host):
        _refuse(name, f"names no server. Give it as {example}.")
    if parts.path not in ("", "/") or "?" in value or "#" in value:
        _refuse(
            name,
            "has more than user, password, host and port. In a password write # / ? @ as %23 %2F %3F %40.",
        )
    if (parts.username is None) != (parts.password is None):
        _refuse(name, "needs both user name and password, or neither.")
    if parts.scheme == "smtp+plain" and parts.password and not is_loopback(host):
        _refuse(name, "would show the password on the way. Use smtp:// or smtps://.")
    return value.rstrip("/")


def sign_up(value: str) -> str:
    """`invited`, `anyone`, or `domains:` and host names with commas between, in small letters."""
    kind, colon, names = value.lower().partition(":")
    domains = [name.strip() for name in names.split(",") if name.strip()]
    if kind == "domains" and domains and all(HOST_NAME.fullmatch(name) for name in domains):
        return f"domains:{','.join(domains)}"
    if kind not in ("invited", "anyone") or colon:
        _refuse("EXCHANGE_SIGN_UP", f"is {value!r}. Say invited, anyone, or domains:example.org,example.net.")
    return kind


def mail_from(value: str, needed: bool) -> str | None:
    name = "EXCHANGE_MAIL_FROM"
    if not value:
        if needed:
            _refuse(
                name, "is not set, and EXCHANGE_SMTP_URL is. Say who mails come from: badges@example.org."
            )
        return None
    shown, address = parseaddr(value)
    whole = value == address or value.endswith(f" <{address}>")
    if not (whole and shown.isprintable() and MAILBOX.fullmatch(address)):
        _refuse(name, f"is {value!r:.80}. Give an address, or a name with it: Badges <badges@example.org>.")
    return value


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def test_vc_api(value: str, host: str, url: str | None) -> bool:
    name = "EXCHANGE_TEST_VC_API"
    if value.lower() in ("", "0", "off", "false", "no"):
        return False
    if value.lower() not in ("1", "on", "true", "yes"):
        _refuse(name, f"is {value!r}. Say on or off.")
    if not is_loopback(host):
        _refuse(name, f"signs for anyone, so it needs EXCHANGE_HOST=127.0.0.1, not {host}.")
    if url is not None and url.startswith("https://"):
        _refuse(name, f"signs for anyone, so it must not be reachable as {url}: unset EXCHANGE_URL.")
    return True
