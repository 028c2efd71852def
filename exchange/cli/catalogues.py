"""`exchange issuers …`: badges as code, shown before they are written, written back, begun."""

from __future__ import annotations

import asyncio
import difflib
import json
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from exchange.adapters.catalogues.catalogue_files import load_catalogues, new_catalogue, save_catalogue
from exchange.cli import achievements
from exchange.cli.output import Reply, on_a_terminal, show, typed
from exchange.core.catalogues.difference import Difference
from exchange.errors import ConflictError
from exchange.flows.issuers import export as exporting
from exchange.flows.issuers import sync as syncing
from exchange.flows.issuers.sync import CHANGES, Act, IssuerStep, Plan
from exchange.flows.ports import Ports
from exchange.resources import data_path
from exchange.settings import Settings

Lines = Iterator[tuple[str, str]]

_WILL: dict[Act, str] = {"create": "create", "update": "update", "retire": "retire", "return": "bring back"}
_DONE: dict[Act, str] = {
    "create": "created",
    "update": "updated",
    "retire": "retired",
    "return": "brought back",
}
_LONG = 60  # characters: a text beyond that is shown line by line


async def sync(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange issuers sync [DIR]`: what is new is written, what changes something on record needs a yes.

    On a terminal a person is asked; elsewhere `--yes` says it, or ConflictError("sync_unconfirmed").
    """
    folder = args.folder or data_path("issuers")
    catalogues = await asyncio.to_thread(load_catalogues, folder)
    plan = await syncing.compare(ports, catalogues, over_desk=args.over_desk)
    will = list(_tell(plan, _WILL))
    if args.dry_run:
        return Reply(_value(plan, written=False), will)
    asked = plan.of("create", *CHANGES).steps and not args.yes and not args.json and on_a_terminal()
    if asked:
        show(Reply({}, will), as_json=False, colours=False)
        if not _agreed():
            return Reply({}, [("", "Nothing was written.")], status=1)
    elif not args.yes and (changes := plan.of(*CHANGES).steps):
        if not args.json:
            show(Reply({}, will), as_json=False, colours=False)
        raise ConflictError("sync_unconfirmed", _refusal([step.name for step in changes]))
    await syncing.carry_out(ports, plan)
    return Reply(_value(plan, written=True), list(_tell(plan, _DONE, briefly=bool(asked))))


async def export(ports: Ports, settings: Settings, args: Namespace) -> Reply:
    """`exchange issuers export ISSUER DIR`: the folder DIR/ISSUER, such as `sync` reads."""
    files = await exporting.export(ports, args.issuer)
    folder = args.folder / args.issuer
    await asyncio.to_thread(save_catalogue, folder, files)
    lines = [("", f"exported {args.issuer}"), *(("", f"  {folder / name}") for name in files)]
    return Reply({"issuer": args.issuer, "files": [str(folder / name) for name in files]}, lines)


def new(args: Namespace) -> Reply:
    """`exchange issuers new DIR/SLUG`: a catalogue to begin with, that can be synced as it is."""
    files = new_catalogue(args.folder)
    lines = [("", f"begun {args.folder}"), *(("", f"  {args.folder / name}") for name in files)]
    lines.append(("", f"Change them, then: exchange issuers sync {args.folder.parent}"))
    return Reply({"files": [str(args.folder / name) for name in files]}, lines)


ACTIONS = {
    "sync": sync,
    "export": export,
    "create": achievements.create,
    "describe": achievements.describe,
    "prove": achievements.prove,
}


def _agreed() -> bool:
    """Ask; anything but a yes is a no."""
    return typed("Write this? [y/N] ").lower() in ("y", "yes")


def _refusal(names: list[str]) -> str:
    things = "1 thing" if len(names) == 1 else f"{len(names)} things"
    return (
        f"Nothing was written, because {things} on record would change: {', '.join(names)}. "
        "Add --yes to agree, or --dry-run to see only what would change."
    )


def _value(plan: Plan, *, written: bool) -> dict[str, Any]:
    acts: dict[str, Act] = {
        "created": "create",
        "updated": "update",
        "retired": "retire",
        "returned": "return",
        "unchanged": "keep",
        "left": "leave",
    }
    return {
        "written": written,
        **{name: plan.badges(act) for name, act in acts.items()},
        "issuers": {name: plan.issuers(act) for name, act in acts.items() if act in ("create", "update")},
        "differences": {
            step.name: [asdict(one) for one in step.differences] for step in plan.of("update").steps
        },
    }


def _tell(plan: Plan, verbs: dict[Act, str], *, briefly: bool = False) -> Lines:
    """The plan in lines; `briefly` without what changes, because that was just read."""
    for step in plan.of("create", *CHANGES).steps:
        what = f"issuer {step.name}" if isinstance(step, IssuerStep) else step.name
        yield "", f"{verbs[step.act]} {what}"
        if step.act == "retire" and not briefly:
            yield "", "  its file is gone: nothing more is awarded, what was awarded stays as it is"
        elif step.act == "update" and not step.differences and not briefly:
            yield "", "  what it said before is not on record: an older program brought it in"
        for one in () if briefly else step.differences:
            yield from _tell_difference(one)
    for step in plan.of("leave").steps:
        what = f"issuer {step.name}" if isinstance(step, IssuerStep) else step.name
        yield "", f"left {what}: the desk wrote it last; --over-desk brings the files in"
    yield "", f"unchanged: {len(plan.badges('keep'))}"


def _tell_difference(one: Difference) -> Lines:
    """One line, or for long texts and lists one for each line that was taken out (-) or put in (+)."""
    if one.before is None or one.after is None:
        word, value = ("added", one.after) if one.before is None else ("removed", one.before)
        yield "", f"  {one.at}: {word} {_shown(value)}"
        return
    before, after = _in_lines(one.before), _in_lines(one.after)
    if before is None or after is None:
        yield "", f"  {one.at}: {_shown(one.before)} → {_shown(one.after)}"
        return
    yield "", f"  {one.at}:"
    for line in difflib.ndiff(before, after):
        if line[:1] in "+-":
            yield "", f"    {line}"


def _in_lines(value: Any) -> list[str] | None:
    """A long text or a list of texts as lines; None for what fits into a few words."""
    if isinstance(value, str) and ("\n" in value or len(value) > _LONG):
        return value.strip().splitlines()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
