"""`exchange log …`: check the log, sign for it, prove what is in it, and verify such proofs without it."""

from __future__ import annotations

import asyncio
import json
import re
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from exchange.cli.files import new_folder, read_file, write_new
from exchange.cli.output import Reply
from exchange.core.keys.multibase import base64_encode
from exchange.core.log.checkpoint import peek_checkpoint
from exchange.core.log.evidence import Consistency, check_evidence, peek_evidence
from exchange.core.log.proof import LogProof
from exchange.core.log.signed_note import VerifierKey, parse_verifier_key
from exchange.core.verdict.finding import Finding
from exchange.edge.http.words import plural
from exchange.errors import InputError, NotFoundError
from exchange.flows.badges.status import find_badge
from exchange.flows.endorsements.listed import find_signed
from exchange.flows.log import about as telling
from exchange.flows.log import log as flow
from exchange.flows.log.fsck import fsck as check_all
from exchange.flows.ports import Ports

Lines = list[tuple[str, str]]

_OUTCOMES = {0: "proven", 1: "not true", 2: "cannot tell"}
_PROOFS = ("proof", "checkpoint", "consistency")


async def fsck(ports: Ports, args: Namespace) -> Reply:
    """`exchange log fsck`: every table of the log, and everything on record against it."""
    found = await check_all(ports)
    figures = found.figures
    told = ", ".join(
        plural(figures.get(name, 0), one, name)
        for one, name in (("entry", "entries"), ("hash", "hashes"), ("checkpoint", "checkpoints"))
    )
    effects = (
        f"{plural(figures['badges'], 'badge', 'badges')} on record; in the log "
        f"{plural(figures['awards'], 'award', 'awards')} and "
        f"{plural(figures['changes'], 'change', 'changes')} of status"
    )
    lines: Lines = [("ok", f"the log is sound: {told}")] if found.sound else [("error", f"wrong: {told}")]
    lines.append(("", f"  {effects}"))
    lines += [(finding.level, f"  {finding.message} ({finding.at})") for finding in found.findings]
    if not found.sound:
        lines.append(("", "Keep a copy of the database as it is, and stop awarding until this is explained."))
    value = {
        "sound": found.sound,
        "figures": figures,
        "findings": [asdict(finding) for finding in found.findings],
    }
    return Reply(value, lines, 0 if found.sound else 1)


async def prove(ports: Ports, args: Namespace) -> Reply:
    """`exchange log prove ID`: a log proof, with what the entry commits to. `FROM..TO`: that it only grew."""
    if sizes := re.fullmatch(r"([0-9]{1,18})\.\.([0-9]{1,18})", args.badge):
        old, new = int(sizes[1]), int(sizes[2])
        proof = Consistency(old, new, await flow.consistency(ports, old, new)).to_json()
        said = f"that the log of {new} entries begins with that of {old}"
    else:
        what, found = await _proof_of(ports, args.badge)
        proof = found.to_json()
        said = f"that the {what} is entry {proof['index']} of the log"
    if args.out is None:
        return Reply(proof, document=document(proof).decode())
    await asyncio.to_thread(write_new, {args.out: document(proof)})
    return Reply(proof, [("", f"{args.out} proves {said}")])


async def _proof_of(ports: Ports, name: str) -> tuple[str, LogProof]:
    """That of a badge, or of an endorsement. NotFoundError("unknown_badge"), as for a badge."""
    try:
        badge = await find_badge(ports, name, unsigned=True)
    except NotFoundError as unknown:
        try:
            signed = await find_signed(ports, name)
        except NotFoundError:
            raise unknown from None
        return "endorsement", await flow.endorse_proof(ports, signed.id)
    return "award", await flow.award_proof(ports, badge.id)


async def checkpoint(ports: Ports, args: Namespace) -> Reply:
    """`exchange log checkpoint`: the signed note, and the verifier key to hand on with it."""
    note = await flow.checkpoint(ports)
    key, _ = await flow.log_key(ports)
    said = peek_checkpoint(note)
    if args.out is not None:
        await asyncio.to_thread(write_new, {args.out: note})
    value = {
        "checkpoint": note.decode(),
        "key": str(key),
        "origin": said.origin,
        "size": said.size,
        "root": base64_encode(said.root),
    }
    lines: Lines = [("", line) for line in note.decode().splitlines()]
    return Reply(value, [*lines, ("", ""), ("", f"verifier key: {key}")])


async def about(ports: Ports, args: Namespace) -> Reply:
    """`exchange log about WHO`: everything about somebody, each entry with its proof."""
    found = await telling.about(ports, args.who)
    lines: Lines = [] if found.told else [("", f"The log has nothing about {found.who}.")]
    files: dict[Path, bytes] = {}
    for one in found.told:
        what = f"{one.entry.kind} {one.badge}" + (f": {one.reason}" if one.reason else "")
        lines.append(("", f"entry {one.record.position}, {one.entry.at:%Y-%m-%d %H:%M} UTC: {what}"))
        if args.out is not None:
            files[args.out / f"entry-{one.record.position}.log.json"] = document(one.proof.to_json())
            lines.append(("", f"  {args.out / f'entry-{one.record.position}.log.json'}"))
    if files:
        await asyncio.to_thread(new_folder, args.out)
        await asyncio.to_thread(write_new, files)
    entries = [{"kind": one.entry.kind, **one.proof.to_json()} for one in found.told]
    return Reply({"who": found.who, "entries": entries, "files": [str(path) for path in files]}, lines)


def verify(args: Namespace) -> Reply:
    """`exchange log verify FILE…`: what these files prove, offline."""
    files = [peek_evidence(name, read_file(name)) for name in args.files]
    if not any(one.kind in _PROOFS for one in files):
        raise InputError(
            "no_evidence", "None of the files is a log proof, a checkpoint or a consistency proof."
        )
    keys = [_key(text) for text in args.key]
    keys += [parse_verifier_key(one.data.decode()) for one in files if one.kind == "key"]
    findings = check_evidence(files, keys)
    if not keys:
        said = "Without the log's key nothing is proven: give it with --key, from whom you trust to know it."
        findings.append(Finding("key_not_given", "unknown", said))
    levels = {finding.level for finding in findings}
    status = 1 if "error" in levels else 2 if "unknown" in levels else 0
    first: Lines = [
        ({0: "ok", 1: "error", 2: "unknown"}[status], _OUTCOMES[status] + _because(findings, status))
    ]
    lines: Lines = [(finding.level, f"  {finding.message}{_place(finding)}") for finding in findings]
    if status == 0 and any(one.kind == "badge" for one in files):
        lines.append(("", "  Whether the badge is still valid, `exchange verify` says."))
    value = {"outcome": _OUTCOMES[status], "findings": [asdict(finding) for finding in findings]}
    return Reply(value, first + lines, status)


ACTIONS = {"fsck": fsck, "prove": prove, "checkpoint": checkpoint, "about": about}


def document(value: dict[str, Any]) -> bytes:
    """A proof as the text of a file."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _because(findings: Sequence[Finding], status: int) -> str:
    """The first thing that decided against *proven*."""
    level = {0: "", 1: "error", 2: "unknown"}[status]
    return next((f": {finding.message}" for finding in findings if finding.level == level), "")


def _place(finding: Finding) -> str:
    return f" ({finding.at})" if finding.at and finding.level != "ok" else ""


def _key(text: str) -> VerifierKey:
    """A verifier key, given as it is or as a file that holds it."""
    given = read_file(text).decode("utf-8", "replace").strip() if Path(text).is_file() else text.strip()
    try:
        return parse_verifier_key(given)
    except InputError as error:
        raise InputError(error.code, f"{text:.200}: {error.message}", "--key") from None
