"""What the operator decided, read once: the only reader of the process's environment.

Every setting has a working default, so a fresh checkout needs none. A value that cannot work is refused
(`setting_forms.py`), by the name of its variable, before anything is opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from platformdirs import user_data_path

from exchange import setting_forms as forms
from exchange.setting_forms import Network

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
    "EXCHANGE_VOUCHES",
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


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `given` names the variables that were set and are ours, or mistyped ours."""

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

    vouches: int
    """EXCHANGE_VOUCHES: how many vouches a person may have in use at a time; 5 by default."""

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

    @property
    def is_new(self) -> bool:
        """Whether there is no database yet. One of a server is taken to be there."""
        scheme, _, path = self.database_url.partition("://")
        return scheme == "sqlite" and not Path(unquote(path)).exists()

    def elsewhere(self, home: Path) -> Settings:
        """The same with an empty home, for what shall leave nothing behind."""
        return replace(self, home=home, database_url=forms.database_url("", home))

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
        home = forms.home_folder(got["EXCHANGE_HOME"]) if got["EXCHANGE_HOME"] else _usual_home(checkout)
        host = forms.host(got["EXCHANGE_HOST"] or "127.0.0.1")
        url = forms.url(got["EXCHANGE_URL"]) if got["EXCHANGE_URL"] else None
        vault = forms.vault_addr(got["EXCHANGE_VAULT_ADDR"]) if got["EXCHANGE_VAULT_ADDR"] else None
        token = forms.full_path("EXCHANGE_VAULT_TOKEN_FILE", got["EXCHANGE_VAULT_TOKEN_FILE"])
        smtp = forms.smtp_url(got["EXCHANGE_SMTP_URL"]) if got["EXCHANGE_SMTP_URL"] else None
        return cls(
            home=home,
            database_url=forms.database_url(got["EXCHANGE_DATABASE_URL"], home),
            url=url,
            host=host,
            port=forms.port("EXCHANGE_PORT", got["EXCHANGE_PORT"] or "8000"),
            proxies=forms.networks("EXCHANGE_PROXIES", got["EXCHANGE_PROXIES"] or "127.0.0.0/8,::1/128"),
            fetch_ports=forms.ports("EXCHANGE_FETCH_PORTS", got["EXCHANGE_FETCH_PORTS"]),
            kek=forms.kek_uri("EXCHANGE_KEK", got["EXCHANGE_KEK"] or "file:kek"),
            passphrase_file=forms.full_path("EXCHANGE_PASSPHRASE_FILE", got["EXCHANGE_PASSPHRASE_FILE"]),
            keys=forms.key_store(got["EXCHANGE_KEYS"] or "file:", vault is not None and token is not None),
            vault_addr=vault,
            vault_token_file=token,
            sign_up=forms.sign_up(got["EXCHANGE_SIGN_UP"] or "invited"),
            vouches=forms.vouches(got["EXCHANGE_VOUCHES"] or "5"),
            smtp_url=smtp,
            mail_from=forms.mail_from(got["EXCHANGE_MAIL_FROM"], smtp is not None),
            **forms.oidc(got),
            test_vc_api=forms.test_vc_api(got["EXCHANGE_TEST_VC_API"], host, url),
            given=frozenset(name for name in environ if environ[name].strip() and _is_meant(name)),
            plain=bool(environ.get("NO_COLOR")),
        )


def nearest(name: str) -> str | None:
    """The setting that whoever typed `name` had in mind, as far as letters tell."""
    return next(iter(get_close_matches(name.upper(), VARIABLES, n=1, cutoff=0.8)), None)


def _is_meant(name: str) -> bool:
    """Whether a variable was set for us: by its first word, or because it is a slip away from one of ours."""
    return name.startswith("EXCHANGE_") or bool(get_close_matches(name.upper(), VARIABLES, cutoff=0.9))


def _usual_home(checkout: bool) -> Path:
    return ROOT / "var" if checkout else user_data_path("exchange", appauthor=False)


def in_checkout() -> bool:
    """Whether this package runs from its repository rather than from an installed wheel."""
    return (ROOT / "pyproject.toml").is_file() and (ROOT / "issuers").is_dir()


def load_settings() -> Settings:
    """The settings of this process. Raises InputError like `Settings.from_environ`."""
    return Settings.from_environ(os.environ, checkout=in_checkout())
