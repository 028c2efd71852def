"""`exchange doctor`: every setting in force, and whether everything the exchange stands on is in order.

It makes no home and no database: what is not there yet is made by the first command that needs it.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

from msgspec.structs import asdict

from exchange import app
from exchange.adapters.machine import ThisMachine
from exchange.adapters.mail import open_mailer
from exchange.cli.output import Reply
from exchange.core.canonical.contexts import SHIPPED
from exchange.core.verdict.finding import Finding, finding_from
from exchange.errors import ExchangeError
from exchange.flows.instance.checks import check_in_step, check_machine, check_mail, check_stored
from exchange.settings import ROOT, VARIABLES, Settings, in_checkout, nearest


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
        meant = nearest(name)
        hint = f"is {meant} meant?" if meant else "nothing reads it."
        said = f"{name} is set, but there is no such setting: {hint}"
        yield Finding("unknown_setting", "warning", said, name)
    for finding in _check_home(settings):
        yield finding
    yield _check_contexts()
    yield await check_mail(open_mailer(settings))
    if settings.is_new:
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
    """The folder is there or can be made, and the machine that it is on is fit for it."""
    home = settings.home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield Finding(
            "home_unwritable", "error", f"{there} is no folder you can write in: change EXCHANGE_HOME."
        )
        return
    if there != home:
        yield Finding("home", "ok", f"{home} is not there yet; the first command makes it.")
        yield check_in_step(ThisMachine(settings))
        return
    yield from check_machine(ThisMachine(settings))


def _check_contexts() -> Finding:
    try:
        count = sum(1 for url in SHIPPED if SHIPPED[url])
    except ExchangeError as error:
        return finding_from(error)
    return Finding("contexts", "ok", f"All {count} JSON-LD contexts are the pinned ones.")


async def _check_ports(settings: Settings) -> AsyncIterator[Finding]:
    """What can only be seen with the database open. Nobody is asked for a passphrase here."""
    asked = settings.kek.startswith("passphrase:") and settings.passphrase_file is None
    if asked:
        typed = "The passphrase of the keys is typed when one is needed, so whether they open was not tried."
        yield Finding("kek", "unknown", typed)
    else:
        yield Finding("kek", "ok", f"Keys in the home are sealed under what comes from {settings.kek}.")
    try:
        async with app.open_ports(settings) as ports:
            async for finding in check_stored(ports, skip="file" if asked else ""):
                yield finding
    except ExchangeError as error:
        yield finding_from(error)


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
