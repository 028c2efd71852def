"""Settings: what is in force, and which values are refused by the name of their variable."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from exchange.errors import InputError
from exchange.setting_forms import is_loopback
from exchange.settings import ROOT, VARIABLES, Settings, in_checkout, nearest


def read(checkout: bool = True, **environ: str) -> Settings:
    return Settings.from_environ({f"EXCHANGE_{name}": value for name, value in environ.items()}, checkout)


def test_a_fresh_checkout_needs_no_setting() -> None:
    settings = read()
    assert settings.home == ROOT / "var"
    assert settings.database_url == f"sqlite://{ROOT}/var/exchange.sqlite3"
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert not settings.public
    assert not settings.test_vc_api
    assert settings.given == frozenset()


def test_an_installed_exchange_keeps_its_data_out_of_site_packages() -> None:
    home = read(checkout=False).home
    assert home.is_absolute()
    assert ROOT not in home.parents


def test_the_database_follows_the_home(tmp_path: Path) -> None:
    assert read(HOME=str(tmp_path)).database_url == f"sqlite://{tmp_path}/exchange.sqlite3"


def test_a_home_with_odd_letters_is_quoted_in_the_database_url() -> None:
    assert read(HOME="/srv/my #1 100%").database_url == "sqlite:///srv/my%20%231%20100%25/exchange.sqlite3"


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(HOME="data").home == tmp_path / "data"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read(**{name.removeprefix("EXCHANGE_"): " " for name in VARIABLES}) == read()


def test_given_lists_the_variables_that_were_set_with_the_misspelt_ones() -> None:
    assert read(PORT="81", PROT="82", HOST="").given == {"EXCHANGE_PORT", "EXCHANGE_PROT"}


def test_settings_cannot_be_changed_later() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "base_url", "public"),
    [
        ("https://badges.example.org", "https://badges.example.org", True),
        ("https://badges.example.org/", "https://badges.example.org", True),
        ("HTTPS://Badges.Example.org:443", "https://badges.example.org", True),
        ("https://badges.example.org:8443", "https://badges.example.org:8443", True),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", True),
        ("https://intranet", "https://intranet", True),
        ("http://localhost:9000", "http://localhost:9000", False),
        ("http://localhost", "http://localhost", False),
    ],
)
def test_the_public_url_is_put_into_one_form(value: str, base_url: str, public: bool) -> None:
    settings = read(URL=value)
    assert (settings.base_url, settings.public) == (base_url, public)


@pytest.mark.parametrize(
    "value",
    [
        "badges.example.org",
        "ftp://badges.example.org",
        "https://",
        "http://badges.example.org",
        "http://127.0.0.1:8000",
        "http://localhost.example.org",
        "https://badges.example.org/exchange",
        "https://badges.example.org/?a=b",
        "https://badges.example.org?",
        "https://badges.example.org#top",
        "https://user:secret@badges.example.org/path",
        "https://badges.example.org:port",
        "https://badges.example.org:70000",
        "https://203.0.113.7",
        "https://[2001:db8::1]",
        "https://[bad",
        "https://bücher.example",
        "https://localhost",
        "https://-badges.example.org",
        "https://badges example.org",
    ],
)
def test_a_public_url_that_cannot_be_in_a_badge_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_URL ") as caught:
        read(URL=value)
    assert (caught.value.code, caught.value.at) == ("setting_url", "EXCHANGE_URL")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("value", ["postgresql://user@host/db", "postgres:///db", "sqlite:///x.db"])
def test_a_database_url_we_know_is_kept_as_it_is(value: str) -> None:
    assert read(DATABASE_URL=value).database_url == value


@pytest.mark.parametrize(
    "value",
    [
        "mysql://host/db",
        "exchange.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://x.db",
        "postgresql://",
    ],
)
def test_a_database_url_that_cannot_keep_badges_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_DATABASE_URL "):
        read(DATABASE_URL=value)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80 80", "８０", "8000.0", "99999999999"])
def test_a_port_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=f"^EXCHANGE_PORT is {re.escape(repr(value))}"):
        read(PORT=value)


def test_fetch_ports_are_a_list() -> None:
    assert read(FETCH_PORTS="9443, 10443,").fetch_ports == {9443, 10443}
    with pytest.raises(InputError, match=r"^EXCHANGE_FETCH_PORTS "):
        read(FETCH_PORTS="9443;10443")


def test_proxies_are_networks() -> None:
    assert {str(one) for one in read().proxies} == {"127.0.0.0/8", "::1/128"}
    assert {str(one) for one in read(PROXIES="10.1.2.3, 2001:db8::/32,").proxies} == {
        "10.1.2.3/32",
        "2001:db8::/32",
    }
    for value in ("proxy.example.org", "10.0.0.0/33", "10.0.0.1/24", "*"):
        with pytest.raises(InputError, match=r"^EXCHANGE_PROXIES "):
            read(PROXIES=value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("EXCHANGE_PORTT", "EXCHANGE_PORT"),
        ("EXCHANGE_DATABSE_URL", "EXCHANGE_DATABASE_URL"),
        ("exchange_url", "EXCHANGE_URL"),
        ("EXCHAGE_URL", "EXCHANGE_URL"),
        ("EXCHANGE_COLOUR_OF_THE_SKY", None),
    ],
)
def test_a_mistyped_setting_is_noticed_and_the_nearest_named(name: str, meant: str | None) -> None:
    assert name in Settings.from_environ({name: "1"}, checkout=False).given
    assert nearest(name) == meant


@pytest.mark.parametrize("name", ["HOME", "STOCK_EXCHANGE_URL", "EXCHANGER_NAME", "URL"])
def test_what_other_programs_are_told_is_not_taken_for_ours(name: str) -> None:
    assert Settings.from_environ({name: "1"}, checkout=False).given == frozenset()


def test_how_many_vouches_somebody_may_have_in_use() -> None:
    assert [read().vouches, read(VOUCHES="0").vouches, read(VOUCHES="100").vouches] == [5, 0, 100]
    for value in ("101", "-1", "five", "5.0"):
        with pytest.raises(InputError, match=r"^EXCHANGE_VOUCHES is .* from 0 to 100") as caught:
            read(VOUCHES=value)
        assert caught.value.code == "setting_vouches"


def test_who_may_get_an_account() -> None:
    assert read().sign_up == "invited"
    assert read(SIGN_UP="Anyone").sign_up == "anyone"
    assert read(SIGN_UP="domains:Example.org, example.net").sign_up == "domains:example.org,example.net"
    for value in ("everyone", "domains:", "domains:exa mple", "domains:@example.org", "invited:x", "anyone:"):
        with pytest.raises(InputError, match=r"^EXCHANGE_SIGN_UP "):
            read(SIGN_UP=value)


@pytest.mark.parametrize("value", ["127.0.0.1", "::1", "0.0.0.0", "localhost", "box.lan"])
def test_a_host_to_listen_on(value: str) -> None:
    assert read(HOST=value).host == value


@pytest.mark.parametrize("value", ["http://localhost", "localhost:8000", "300.1.1.1", "a b", "[::1]", "-x"])
def test_a_host_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_HOST "):
        read(HOST=value)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(InputError, match=r"^EXCHANGE_HOME .* is a file"):
        read(HOME=str(tmp_path / "home"))


@pytest.mark.parametrize(
    "value", ["file:kek", "file:/srv/my kek", "passphrase:", "passphrase:2027", "exec:/usr/local/bin/kek"]
)
def test_a_source_of_the_key_encryption_key(value: str) -> None:
    assert read(KEK=value).kek == value


@pytest.mark.parametrize(
    "value", ["kek", "file:", "file:../kek", "file:a/b", "passphrase:secret words", "exec:kek", "env:KEK"]
)
def test_a_source_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^EXCHANGE_KEK ") as caught:
        read(KEK=value)
    assert caught.value.code == "setting_kek"


@pytest.mark.parametrize("value", ["1", "on", "TRUE", "yes"])
def test_the_test_profile_can_be_switched_on_for_this_machine_only(value: str) -> None:
    assert read(TEST_VC_API=value).test_vc_api
    with pytest.raises(InputError, match=r"EXCHANGE_HOST=127.0.0.1"):
        read(TEST_VC_API=value, HOST="0.0.0.0")
    with pytest.raises(InputError, match="unset EXCHANGE_URL"):
        read(TEST_VC_API=value, URL="https://badges.example.org")


@pytest.mark.parametrize("value", ["", "0", "off", "False", "no"])
def test_the_test_profile_is_off_by_any_word_for_off(value: str) -> None:
    assert not read(TEST_VC_API=value, HOST="0.0.0.0").test_vc_api


def test_a_test_profile_that_is_neither_on_nor_off_is_refused() -> None:
    with pytest.raises(InputError, match="Say on or off"):
        read(TEST_VC_API="maybe")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_only_loopback_counts_as_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_no_color_is_read_here_too() -> None:
    assert Settings.from_environ({"NO_COLOR": "1"}, checkout=True).plain
    assert not Settings.from_environ({"NO_COLOR": ""}, checkout=True).plain


def test_these_tests_run_from_the_repository() -> None:
    assert in_checkout() == (ROOT / "pyproject.toml").is_file()


def test_nothing_else_reads_the_environment() -> None:
    """So that `exchange doctor` shows everything that decides how the exchange behaves."""
    readers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "exchange").rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)", path.read_text())
    }
    assert readers == {"exchange/settings.py"}
