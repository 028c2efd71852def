"""`exchange keys …`: the keys that badges are signed with, and who may sign just now."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from exchange.adapters.keys import local_keys
from exchange.adapters.keys.kek import kek_from, passphrase_from
from exchange.cli.output import Reply
from exchange.core import urls
from exchange.core.dates import format_date
from exchange.flows.issuers import keys as flow
from exchange.flows.ports import Ports
from exchange.flows.records import EVERY, KeyState, SigningKey, SigningStop
from exchange.settings import Settings

MARKS: dict[KeyState, str] = {"pending": "warning", "active": "ok", "verify-only": "ok", "revoked": "error"}
Lines = list[tuple[str, str]]


async def keys(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys ACTION …`"""
    return await ACTIONS[args.action](ports, settings, args)


async def listed(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys list [ISSUER]`"""
    found = await flow.listed(ports, args.issuer)
    stops = [
        one for one in await ports.store.stops() if args.issuer in (None, one.issuer) or one.issuer == EVERY
    ]
    lines: Lines = [("warning", _stopped(one)) for one in stops]
    for slug in sorted({key.issuer for key in found}):
        lines.append(("", slug))
        lines += [(MARKS[key.state], f"  {_line(key)}") for key in found if key.issuer == slug]
    value = {"keys": [_json(key) for key in found], "stops": [_stop_json(one) for one in stops]}
    return Reply(value, lines or [("", "There are no keys yet: exchange issuers sync.")])


async def show(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys show KEY`"""
    view = await flow.show(ports, args.key)
    return Reply(_view_json(ports, view), _view_lines(ports, view))


async def rotate(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys rotate ISSUER [--uri URI]`"""
    before = await ports.store.issuer(args.issuer)
    row, key = await flow.rotate(ports, args.issuer, args.uri)
    lines: Lines = [("", f"{row.slug} signs with {key.multikey} now ({key.uri})")]
    if before is not None and before.did != row.did:
        lines.append(("", f"  its id is {row.did} now; {before.did} stays known here, and its badges good"))
    return Reply({"issuer": row.slug, "did": row.did, "key": _json(key)}, lines)


async def revoke(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys revoke KEY --reason TEXT [--since TIME]`"""
    view, new = await flow.revoke_key(ports, args.key, args.reason, args.since)
    lines = _view_lines(ports, view)
    if view.signed:
        lines.append(("", "  None of its badges is believed any more; award those before it again."))
    if new is not None:
        lines.append(("", f"{new.issuer} signs with {new.multikey} now ({new.uri})"))
    return Reply({**_view_json(ports, view), "successor": None if new is None else _json(new)}, lines)


async def stop(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys stop [ISSUER] --reason TEXT`"""
    made = await flow.stop(ports, args.issuer, args.reason)
    lasting = "  Badges can still be checked: their status lists hold for half a day at least."
    return Reply(_stop_json(made), [("", _stopped(made)), ("", lasting)])


async def resume(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys resume [ISSUER]`"""
    await flow.resume(ports, args.issuer)
    who = args.issuer or EVERY
    return Reply({"resumed": who}, [("", f"signing goes on for {_name(who)}")])


async def rewrap(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange keys rewrap --to URI [--passphrase-file FILE]`"""
    new = kek_from(args.to, settings.home, passphrase_from(args.passphrase_file, "--passphrase-file"))
    count = local_keys(settings).rewrap(new)  # not in a thread: it may have to ask
    lines: Lines = [("", f"sealed {count} keys under {args.to}")]
    if args.to != settings.kek:
        lines.append(("", f"  Set EXCHANGE_KEK={args.to} and start the service again."))
        lines.append(
            ("", f"  {settings.kek} opens older copies of the keys only: keep it as safe, or destroy it.")
        )
    return Reply({"sealed": count, "kek": args.to}, lines)


ACTIONS: dict[str, Callable[[Ports, Settings, Namespace], Awaitable[Reply]]] = {
    "list": listed,
    "show": show,
    "rotate": rotate,
    "revoke": revoke,
    "stop": stop,
    "resume": resume,
    "rewrap": rewrap,
}


def _line(key: SigningKey) -> str:
    since = {"active": key.activated_at, "revoked": key.revoked_at}.get(key.state) or key.created_at
    return f"{key.state} {key.multikey} since {since:%Y-%m-%d} ({key.uri.partition(':')[0]})"


def _view_lines(ports: Ports, view: flow.KeyView) -> Lines:
    key = view.key
    lines: Lines = [(MARKS[key.state], f"{_line(key)} of {key.issuer}"), ("", f"  where: {key.uri}")]
    if key.revoked_at is not None:
        lines.append(("", f"  revoked from {format_date(key.revoked_at)} on: {key.revoked_reason}"))
    lines.append(("", f"  badges signed with it: {view.signed}"))
    if view.after:
        lines.append(("warning", f"  of these after that moment, to be looked at: {view.after}"))
        lines += [("", f"    {url}") for url in _badges(ports, view)]
    if view.after > len(view.newest_after):
        lines.append(("", f"    … and {view.after - len(view.newest_after)} older ones"))
    return lines


def _view_json(ports: Ports, view: flow.KeyView) -> dict[str, Any]:
    told = {"signed": view.signed, "signed_after": view.after, "newest_after": _badges(ports, view)}
    return {"key": _json(view.key), **told}


def _badges(ports: Ports, view: flow.KeyView) -> list[str]:
    return [urls.badge(ports.base_url, key) for key in view.newest_after]


def _json(key: SigningKey) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(key).items()}


def _stop_json(one: SigningStop) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(one).items()}


def _plain(value: Any) -> Any:
    return format_date(value) if isinstance(value, datetime) else value


def _stopped(one: SigningStop) -> str:
    return f"signing is stopped for {_name(one.issuer)} since {format_date(one.at)}: {one.reason}"


def _name(slug: str) -> str:
    return "everybody" if slug == EVERY else slug
