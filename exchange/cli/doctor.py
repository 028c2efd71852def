"""`exchange doctor`: every setting in force, and whether everything the exchange stands on is in order.

It makes no home and no database: what is not there yet is made by the first command that needs it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import stat
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from msgspec.structs import asdict

from exchange import app
from exchange.adapters.database import DatabaseStore
from exchange.adapters.mail import open_mailer
from exchange.cli.checks import check_disk, check_in_step, check_mail, check_outbox, check_standing
from exchange.cli.output import Reply
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.verdict.finding import Finding, finding_from
from exchange.errors import ExchangeError
from exchange.flows.issuers.keys import check_keys
from exchange.flows.log.log import check_log
from exchange.flows.ports import Ports
from exchange.settings import ROOT, VARIABLES, Settings, in_checkout

SAMPLE = {"@context": "https://www.w3.org/ns/credentials/v2", "id": "urn:uuid:0", "name": "A sample"}


async def examine(settings: Settings) -> Reply:
    """The settings with their sources and the findings of every check; status 1 if one is an error."""
    shown = settings.shown()
    findings = [finding async for finding in _check(settings)]
    lines = [("", "Settings")]
    lines += [("", f"  {name} = {value} ({source})") for name, (value, source) in shown.items()]
    lines += [("", f"  public address: {settings.base_url}"), ("", ""), ("", "Checks")]
    lines += [(finding.level, f"  {finding.message}") for finding in findings]
    value = {
        "settings": {name: {"value": value, "source": source} for name, (value, source) in shown.items()},
        "checks": [asdict(finding) for finding in findings],
    }
    return Reply(value, lines, int(any(finding.level == "error" for finding in findings)))


async def _check(settings: Settings) -> AsyncIterator[Finding]:
    where = f"a checkout in {ROOT}" if in_checkout() else f"installed in {ROOT}"
    yield Finding("python", "ok", f"Python {platform.python_version()}, {where}.")
    for name in sorted(settings.given - set(VARIABLES)):
        yield Finding("unknown_setting", "warning", f"{name} is set, but there is no such setting.", name)
    for finding in _check_home(settings):
        yield finding
    yield _check_contexts()
    yield check_in_step()
    yield await check_mail(open_mailer(settings))
    if _is_new(settings):
        yield Finding("database", "ok", "There is no database yet; the first command makes it.")
    else:
        async for finding in _check_ports(settings):
            yield finding
    async for finding in _check_provider(settings):
        yield finding
    if in_checkout() and shutil.which("chromium") is None:
        skipped = "Chromium is not there, so the browser tests are skipped: apt-get install chromium."
        yield Finding("chromium", "warning", skipped)


def _check_home(settings: Settings) -> Iterator[Finding]:
    """The folder is there or can be made; nobody else can read what is in it, nor other files of secrets."""
    home = settings.home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield Finding(
            "home_unwritable", "error", f"{there} is no folder you can write in: change EXCHANGE_HOME."
        )
        return
    if there != home:
        yield Finding("home", "ok", f"{home} is not there yet; the first command makes it.")
        return
    secrets = [home, home / "keys", *home.glob("keys/*"), *home.glob("kek*"), *home.glob("*.sqlite3*")]
    scheme, _, rest = settings.kek.partition(":")
    secrets += [home / rest] if scheme == "file" else []
    secrets += [path for path in (settings.passphrase_file, settings.vault_token_file) if path is not None]
    exposed = [path for path in dict.fromkeys(secrets) if _is_open(path)]
    for path in exposed:
        mode = "700" if path.is_dir() else "600"
        yield Finding("home_exposed", "error", f"Others can read {path}. Do: chmod {mode} {path}", str(path))
    if not exposed:
        yield Finding("home", "ok", f"{home} can be read by its owner only.")
    yield check_disk(home)


def _is_open(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _check_contexts() -> Finding:
    try:
        count = sum(1 for url in SHIPPED if SHIPPED[url])
    except ExchangeError as error:
        return finding_from(error)
    return Finding("contexts", "ok", f"All {count} JSON-LD contexts are the pinned ones.")


def _is_new(settings: Settings) -> bool:
    scheme, _, path = settings.database_url.partition("://")
    return scheme == "sqlite" and not Path(unquote(path)).exists()


async def _check_ports(settings: Settings) -> AsyncIterator[Finding]:
    """What can only be seen with the database open."""
    try:
        async with app.open_ports(settings) as ports:
            facts = cast(DatabaseStore, ports.store).facts()
            told = ", ".join(f"{name} {fact}" for name, fact in facts.items())
            yield Finding("database", "ok", f"The database answers: {told}.")
            async for finding in check_standing(ports, settings):
                yield finding
            async for finding in _check_issuers(ports, settings):
                yield finding
            async for finding in _check_addresses(ports):
                yield finding
            async for finding in _check_keys(ports, settings):
                yield finding
            for finding in await check_log(ports):
                yield finding
            async for finding in check_outbox(ports):
                yield finding
            yield await _check_worker(ports)
    except ExchangeError as error:
        yield finding_from(error)


async def _check_issuers(ports: Ports, settings: Settings) -> AsyncIterator[Finding]:
    """Every issuer has its key, and its id is the one that the public address asks for."""
    issuers = await ports.store.issuers()
    if not issuers:
        yield Finding("issuers", "ok", "There are no issuers yet: exchange issuers sync.")
    for issuer in issuers:
        keys = await ports.store.keys(issuer.slug)
        counts = Counter(key.state for key in keys)
        states = ", ".join(f"{count} {state}" for state, count in counts.items()) or "none"
        missing = [
            key
            for key in keys
            if key.uri.startswith("file:") and not (settings.home / key.uri.removeprefix("file:")).exists()
        ]
        if missing:
            gone = f"{issuer.slug}: the key file {missing[0].uri} is gone from {settings.home}; restore it."
            yield Finding("key_missing", "error", gone, issuer.slug)
        elif not any(key.state == "active" for key in keys):
            message = (
                f"{issuer.slug} has no active key (keys: {states}). Do: exchange keys rotate {issuer.slug}"
            )
            yield Finding("no_active_key", "error", message, issuer.slug)
        elif issuer.did.startswith("did:web:") is not ports.public:
            unfit = f"{issuer.slug} signs as {issuer.did}, which does not fit {ports.base_url}."
            message = f"{unfit} Do: exchange issuers sync"
            yield Finding("issuer_id", "warning", message, issuer.slug)
        else:
            yield Finding("issuer", "ok", f"{issuer.slug} signs as {issuer.did} (keys: {states}).")


async def _check_addresses(ports: Ports) -> AsyncIterator[Finding]:
    """What can be earned at a public exchange is found at its public address."""
    for issuer in await ports.store.issuers() if ports.public else ():
        found = await ports.store.achievements(issuer.slug)
        elsewhere = [one for one in found if not str(one.document["id"]).startswith(f"{ports.base_url}/")]
        if elsewhere:
            message = (
                f"{issuer.slug}: {len(elsewhere)} of {len(found)} badges still name another address, such as "
                f"{elsewhere[0].document['id']}. Do: exchange issuers sync, with the folder they came from"
            )
            yield Finding("achievement_address", "warning", message, issuer.slug)


async def _check_keys(ports: Ports, settings: Settings) -> AsyncIterator[Finding]:
    """What opens the keys, whether they sign, and who must not. Nobody is asked for a passphrase here."""
    asked = settings.kek.startswith("passphrase:") and settings.passphrase_file is None
    if asked:
        typed = "The passphrase of the keys is typed when one is needed, so whether they open was not tried."
        yield Finding("kek", "unknown", typed)
    else:
        yield Finding("kek", "ok", f"Keys in the home are sealed under what comes from {settings.kek}.")
    for finding in await check_keys(ports, skip="file" if asked else ""):
        yield finding


async def _check_worker(ports: Ports) -> Finding:
    """The killable process for unusual JSON-LD starts and answers."""
    if ports.exact is None:
        return Finding("worker", "unknown", "There is no worker for unusual JSON-LD on this machine.")
    try:
        await asyncio.to_thread(ports.exact, "sha256", SAMPLE)
    except ExchangeError as error:
        return finding_from(error)
    return Finding("worker", "ok", "The worker for unusual JSON-LD answers.")


async def _check_provider(settings: Settings) -> AsyncIterator[Finding]:
    """The OpenID provider, if one is named, answers as one, and the file about its groups can be read."""
    provider = app.identity_provider(settings)
    if provider is None:
        return
    try:
        async with aclosing(provider):
            await provider.check()
        rules = len(app.group_rules(settings))
    except ExchangeError as error:
        yield finding_from(error)
        return
    groups = f"rules for its groups: {rules}" if rules else "its groups are not read"
    yield Finding("identity_provider", "ok", f"{provider.issuer} signs people in; {groups}.")
