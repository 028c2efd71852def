"""What the operator decided, read once: the only reader of the process's environment.

Every setting has a working default, so a fresh checkout needs none. A value that cannot work is refused
here, by the name of its variable, before anything is opened.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import NoReturn, TypedDict
from urllib.parse import SplitResult, quote, urlsplit

from platformdirs import user_data_path

from exchange.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds this package: the repository in a checkout, site-packages when installed."""

VARIABLES = (
    "EXCHANGE_HOME",
    "EXCHANGE_DATABASE_URL",
    "EXCHANGE_URL",
    "EXCHANGE_HOST",
    "EXCHANGE_PORT",
    "EXCHANGE_PROXIES",
    "EXCHANGE_SIGN_UP",
    "EXCHANGE_FETCH_PORTS",
    "EXCHANGE_KEK",
    "EXCHANGE_PASSPHRASE_FILE",
    "EXCHANGE_KEYS",
    "EXCHANGE_VAULT_ADDR",
    "EXCHANGE_VAULT_TOKEN_FILE",
    "EXCHANGE_SMTP_URL",
    "EXCHANGE_MAIL_FROM",
    "EXCHANGE_OIDC_ISSUER",
    "EXCHANGE_OIDC_CLIENT_ID",
    "EXCHANGE_OIDC_CLIENT_SECRET",
    "EXCHANGE_OIDC_NAME",
    "EXCHANGE_OIDC_GROUPS_CLAIM",
    "EXCHANGE_OIDC_GROUPS",
    "EXCHANGE_TEST_VC_API",
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
KEK = re.compile(
    r"file:(?:\w[\w.-]*|/[^\x00-\x1f]+)|passphrase:[a-z0-9-]{0,32}|exec:/[^\x00-\x1f]+", re.ASCII
)
HOST_NAME = re.compile(r"(?!-)([a-z0-9-]{1,63}\.)*[a-z][a-z0-9-]{0,62}", re.IGNORECASE)
MAILBOX = re.compile(rf"[\w.!#$%&'*+/=?^`{{|}}~-]{{1,64}}@{HOST_NAME.pattern}", re.ASCII | re.IGNORECASE)
"""A sender's address, in ASCII: a domain of other letters as xn--…"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `given` names the EXCHANGE_ variables that were set, known or not."""

    home: Path
    """EXCHANGE_HOME: where data and keys live. `./var` in a checkout, else the user's data folder."""

    database_url: str
    """EXCHANGE_DATABASE_URL: `sqlite:///full/path` (in the home, by default) or `postgresql://…`."""

    url: str | None
    """EXCHANGE_URL: the address others reach this exchange at, no trailing slash; None when not set."""

    host: str
    """EXCHANGE_HOST: the address to listen on; 127.0.0.1 by default, so only this machine."""

    port: int
    """EXCHANGE_PORT: the port to listen on; 8000 by default."""

    proxies: frozenset[Network]
    """EXCHANGE_PROXIES: networks whose word on who their client is counts; this machine by default."""

    fetch_ports: frozenset[int]
    """EXCHANGE_FETCH_PORTS: further ports that documents may be fetched from (`9443,10443`)."""

    kek: str
    """EXCHANGE_KEK: where the key that encrypts all keys comes from: `file:`, `passphrase:` or `exec:`."""

    passphrase_file: Path | None
    """EXCHANGE_PASSPHRASE_FILE: holds the passphrase of `passphrase:`; without it, it is asked for."""

    keys: str
    """EXCHANGE_KEYS: where new keys are made: `file:` (the home) or `vault:` and the mount of transit."""

    vault_addr: str | None
    """EXCHANGE_VAULT_ADDR: the address of an OpenBao or Vault, https unless on this machine."""

    vault_token_file: Path | None
    """EXCHANGE_VAULT_TOKEN_FILE: holds its token."""

    sign_up: str
    """EXCHANGE_SIGN_UP: who may get an account: `invited`, `anyone` or `domains:example.org,example.net`."""
    smtp_url: str | None
    """EXCHANGE_SMTP_URL: the server that carries mail; without one, mail is printed on the console."""

    mail_from: str | None
    """EXCHANGE_MAIL_FROM: who mail comes from, `Name <address>` or an address."""

    oidc_issuer: str | None
    """EXCHANGE_OIDC_ISSUER: the OpenID provider to sign in with, in the very letters it calls itself."""

    oidc_client_id: str | None
    """EXCHANGE_OIDC_CLIENT_ID: what this exchange is called there."""

    oidc_client_secret: str = field(repr=False)
    """EXCHANGE_OIDC_CLIENT_SECRET: its secret there; empty for a public client, which has PKCE alone."""

    oidc_name: str
    """EXCHANGE_OIDC_NAME: what people call the provider; its host by default."""

    oidc_groups_claim: str
    """EXCHANGE_OIDC_GROUPS_CLAIM: the claim that lists somebody's groups, `groups` by default."""

    oidc_groups: Path | None
    """EXCHANGE_OIDC_GROUPS: the file that says what those groups mean here; without it they are not read."""

    test_vc_api: bool
    """EXCHANGE_TEST_VC_API: mounts the VC-API test profile, which signs for anyone; off, loopback only."""

    given: frozenset[str] = frozenset()
    plain: bool = False
    """NO_COLOR was set: no colours in the terminal."""

    @property
    def base_url(self) -> str:
        """What every id and link of this exchange starts with; no trailing slash."""
        return self.url or f"http://localhost:{self.port}"

    @property
    def public(self) -> bool:
        """Whether others can reach this exchange by its URL, so that its issuers can be did:web."""
        return self.url is not None and self.url.startswith("https://")

    def shown(self) -> dict[str, tuple[str, str]]:
        """Each variable's value, without passwords, and where it comes from: `environment` or `default`."""
        return {
            name: (self._shown(name), "environment" if name in self.given else "default")
            for name in VARIABLES
        }

    def _shown(self, name: str) -> str:
        value = getattr(self, name.removeprefix("EXCHANGE_").lower())
        if value is None or value == "":
            return "not set"
        if name == "EXCHANGE_OIDC_CLIENT_SECRET":
            return "…"
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, frozenset):
            return ",".join(sorted(map(str, value), key=lambda one: (len(one), one))) or "none"
        if name in ("EXCHANGE_DATABASE_URL", "EXCHANGE_SMTP_URL"):
            return re.sub(r"(?<=//)([^/@:]*):[^/@]*@", r"\1:…@", str(value))
        return str(value)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], checkout: bool) -> Settings:
        """The settings in `environ`; an empty value counts as not set.

        `checkout` says whether the package runs from its repository. Raises InputError("setting_…"), `at` the
        variable, for a value that cannot work.
        """
        got = {name: environ.get(name, "").strip() for name in VARIABLES}
        home = _home(got["EXCHANGE_HOME"], checkout)
        host = _host(got["EXCHANGE_HOST"] or "127.0.0.1")
        url = _url(got["EXCHANGE_URL"]) if got["EXCHANGE_URL"] else None
        vault = _vault_addr(got["EXCHANGE_VAULT_ADDR"]) if got["EXCHANGE_VAULT_ADDR"] else None
        token = _file("EXCHANGE_VAULT_TOKEN_FILE", got["EXCHANGE_VAULT_TOKEN_FILE"])
        smtp = _smtp_url(got["EXCHANGE_SMTP_URL"]) if got["EXCHANGE_SMTP_URL"] else None
        return cls(
            home=home,
            database_url=_database_url(got["EXCHANGE_DATABASE_URL"], home),
            url=url,
            host=host,
            port=_port("EXCHANGE_PORT", got["EXCHANGE_PORT"] or "8000"),
            proxies=_networks("EXCHANGE_PROXIES", got["EXCHANGE_PROXIES"] or "127.0.0.0/8,::1/128"),
            fetch_ports=_ports("EXCHANGE_FETCH_PORTS", got["EXCHANGE_FETCH_PORTS"]),
            kek=kek_uri("EXCHANGE_KEK", got["EXCHANGE_KEK"] or "file:kek"),
            passphrase_file=_file("EXCHANGE_PASSPHRASE_FILE", got["EXCHANGE_PASSPHRASE_FILE"]),
            keys=_keys(got["EXCHANGE_KEYS"] or "file:", vault is not None and token is not None),
            vault_addr=vault,
            vault_token_file=token,
            sign_up=_sign_up(got["EXCHANGE_SIGN_UP"] or "invited"),
            smtp_url=smtp,
            mail_from=_mail_from(got["EXCHANGE_MAIL_FROM"], smtp is not None),
            **_oidc(got),
            test_vc_api=_test_vc_api(got["EXCHANGE_TEST_VC_API"], host, url),
            given=frozenset(
                name for name in environ if name.startswith("EXCHANGE_") and environ[name].strip()
            ),
            plain=bool(environ.get("NO_COLOR")),
        )


def in_checkout() -> bool:
    """Whether this package runs from its repository rather than from an installed wheel."""
    return (ROOT / "pyproject.toml").is_file() and (ROOT / "issuers").is_dir()


def load_settings() -> Settings:
    """The settings of this process. Raises InputError like `Settings.from_environ`."""
    return Settings.from_environ(os.environ, checkout=in_checkout())


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def kek_uri(name: str, value: str) -> str:
    """A source of the key-encryption key, if it has one of the known forms; `name` is where it was given."""
    if not KEK.fullmatch(value):
        forms = "file:kek, file:/full/path, passphrase:, passphrase:another-name or exec:/full/path"
        raise InputError("setting_kek", f"{name} is {value!r:.80}. Give {forms}.", name)
    return value


def _refuse(variable: str, message: str) -> NoReturn:
    raise InputError(
        f"setting_{variable.removeprefix('EXCHANGE_').lower()}", f"{variable} {message}", variable
    )


def _home(value: str, checkout: bool) -> Path:
    if not value:
        return ROOT / "var" if checkout else user_data_path("exchange", appauthor=False)
    try:
        home = Path(value).expanduser().absolute()
    except RuntimeError:
        _refuse("EXCHANGE_HOME", f"is {value!r}, and that user has no home folder. Give a full path.")
    if home.exists() and not home.is_dir():
        _refuse("EXCHANGE_HOME", f"is {str(home)!r}, which is a file. Give a folder.")
    return home


def _database_url(value: str, home: Path) -> str:
    name = "EXCHANGE_DATABASE_URL"
    if not value:
        return f"sqlite://{quote(str(home / 'exchange.sqlite3'))}"
    scheme, _, rest = value.partition("://")
    if scheme not in ("sqlite", "postgresql", "postgres") or not rest:
        _refuse(name, "must be sqlite:///full/path.sqlite3 or postgresql://user@host/name.")
    if scheme == "sqlite" and (not rest.startswith("/") or rest.strip("/") in ("", ":memory:")):
        _refuse(name, "must name a file by its full path, as in sqlite:///srv/exchange.sqlite3.")
    return value


def _url(value: str) -> str:
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


def _host(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        if HOST_NAME.fullmatch(value):
            return value.lower()
        _refuse("EXCHANGE_HOST", f"is {value!r}. Give an IP address or a host name without scheme or port.")


def _port(variable: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 65535:
        _refuse(variable, f"is {value!r}. Give a port number from 1 to 65535.")
    return int(value)


def _ports(variable: str, value: str) -> frozenset[int]:
    return frozenset(_port(variable, item.strip()) for item in value.split(",") if item.strip())


def _networks(variable: str, value: str) -> frozenset[Network]:
    try:
        return frozenset(ipaddress.ip_network(item.strip()) for item in value.split(",") if item.strip())
    except ValueError:
        _refuse(variable, f"is {value!r}. Give addresses or networks, as in 10.1.2.3,192.0.2.0/24.")


def _file(variable: str, value: str) -> Path | None:
    """A file by its full path. It is not looked at before it is needed."""
    if value and not value.startswith("/"):
        _refuse(variable, f"is {value!r}. Give the file by its full path.")
    return Path(value) if value else None


def _keys(value: str, vault: bool) -> str:
    name = "EXCHANGE_KEYS"
    if not re.fullmatch(r"file:|vault:[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", value, re.ASCII):
        _refuse(name, f"is {value!r}. Give file: or vault:transit (where the transit engine is mounted).")
    if value != "file:" and not vault:
        _refuse(name, "is a vault, so it needs EXCHANGE_VAULT_ADDR and EXCHANGE_VAULT_TOKEN_FILE.")
    return value


def _vault_addr(value: str) -> str:
    """`https://host[:port]`, or http to this machine: whoever reads the token can sign."""
    name = "EXCHANGE_VAULT_ADDR"
    if _server(name, value, "https://vault.example.org:8200").path not in ("", "/"):
        _refuse(name, f"is {value!r}. Give only scheme, host and port.")
    return value.rstrip("/")


class _Oidc(TypedDict):
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str
    oidc_name: str
    oidc_groups_claim: str
    oidc_groups: Path | None


def _oidc(got: Mapping[str, str]) -> _Oidc:
    """The provider to sign in with: all that it needs, or nothing."""
    issuer, client = got["EXCHANGE_OIDC_ISSUER"], got["EXCHANGE_OIDC_CLIENT_ID"]
    host = _server("EXCHANGE_OIDC_ISSUER", issuer, "https://login.example.org").hostname if issuer else None
    if bool(issuer) != bool(client):
        given, missing = ("ISSUER", "CLIENT_ID") if issuer else ("CLIENT_ID", "ISSUER")
        _refuse(f"EXCHANGE_OIDC_{given}", f"is set, so EXCHANGE_OIDC_{missing} is needed too.")
    return _Oidc(
        oidc_issuer=issuer or None,
        oidc_client_id=client or None,
        oidc_client_secret=got["EXCHANGE_OIDC_CLIENT_SECRET"],
        oidc_name=got["EXCHANGE_OIDC_NAME"] or host or "",
        oidc_groups_claim=got["EXCHANGE_OIDC_GROUPS_CLAIM"] or "groups",
        oidc_groups=_file("EXCHANGE_OIDC_GROUPS", got["EXCHANGE_OIDC_GROUPS"]),
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


def _smtp_url(value: str) -> str:
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


def _sign_up(value: str) -> str:
    """`invited`, `anyone`, or `domains:` and host names with commas between, in small letters."""
    kind, colon, names = value.lower().partition(":")
    domains = [name.strip() for name in names.split(",") if name.strip()]
    if kind == "domains" and domains and all(HOST_NAME.fullmatch(name) for name in domains):
        return f"domains:{','.join(domains)}"
    if kind not in ("invited", "anyone") or colon:
        _refuse("EXCHANGE_SIGN_UP", f"is {value!r}. Say invited, anyone, or domains:example.org,example.net.")
    return kind


def _mail_from(value: str, needed: bool) -> str | None:
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


def _test_vc_api(value: str, host: str, url: str | None) -> bool:
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
