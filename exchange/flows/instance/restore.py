"""Restore: what has to be settled before an instance writes again on a database that is not its newest.

What was given out after a backup is unknown to it: status indices, badges, revocations, sizes of the log that
were signed. So whatever is put back is held (`standing.py`) until an operator acknowledges it, and then
nothing is given out twice:

1. Every open status list is closed. The next badge begins a new list, whose id is random.
2. Ids of badges are random anyway.
3. The log never signs a second root for a size. So it is closed, with the last checkpoint of it that is
   known, and a new one is begun: with a new key and a new origin (`…/log/` and the end of that key), on the
   tree that is there. So proofs of what was restored can still be made, what the old log signed can still be
   verified with the old key, and nobody can take a checkpoint of one for the other's.

It goes on only if a checkpoint that is as new as the backup shows that nothing it vouches for is missing, and
the operator says that it is the newest there is: that nothing was signed after it no checkpoint can tell, the
one that was made with the backup least of all. `HOME/checkpoints/last` of the lost exchange is the newest.

Either way the first new entry says that this was a restore. How many entries are missing can be told from a
checkpoint held elsewhere; what was in them cannot. What was revoked after the backup has to be revoked again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.log import merkle
from exchange.core.log.checkpoint import Checkpoint, peek_checkpoint, verify_checkpoint
from exchange.core.log.signed_note import VerifierKey
from exchange.errors import CannotTellError, ConflictError, ExchangeError, InputError, UnavailableError
from exchange.flows.instance.standing import Hold, Why, read_hold
from exchange.flows.log.log import LOG_KEY, checkpoint, first_origin
from exchange.flows.people.rights import check
from exchange.flows.ports import Ports
from exchange.flows.records import HELD, Leaf

CLOSED_LOGS = "closed_logs"
"""The name under which the logs before the present one are on record, oldest first: LOG_KEY's object and
`"checkpoint"`, the last note of that log that is known."""


@dataclass(frozen=True, slots=True)
class Log:
    """One of this exchange's logs, by its key."""

    key: VerifierKey
    closed: bool


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What it came to: the `origin` of the log that goes on, and whether it was begun just now."""

    origin: str
    begun: bool


async def logs(ports: Ports) -> list[Log]:
    """Every log this exchange ever had, the present one last; none before a checkpoint was made."""
    closed = json.loads(await ports.store.meta(CLOSED_LOGS) or "[]")
    kept = await ports.store.meta(LOG_KEY)
    rows = [*((row, True) for row in closed), *([(json.loads(kept), False)] if kept else [])]
    return [
        Log(VerifierKey(row["origin"], public_key_from_multikey(row["multikey"])), done) for row, done in rows
    ]


async def compare(ports: Ports, note: bytes) -> Hold:
    """What a checkpoint held elsewhere says about the log that is here, as a hold that is not on record.

    InputError: note_malformed, checkpoint_malformed, note_signature_invalid, checkpoint_wrong_origin;
    checkpoint_of_another_log when it is of no log of this exchange.
    """
    size, last, known = await ports.store.log_size(), await ports.store.checkpoint(), await logs(ports)
    said = await _read(ports, note, known)
    text = note.decode()
    if said is None:  # of a log that was closed, and it was acknowledged how that ended
        return Hold("restored", size)
    if said.size > size or not await _has_root(ports, said):
        # Of a root that does not fit it is unknown where the two parted.
        return Hold("restored", size, said.size - size if said.size > size else said.size, note=text)
    return Hold("restored", size, whole=last is None or said.size >= last.size, note=text)


async def hold(ports: Ports, why: Why, notes: Sequence[bytes]) -> Hold:
    """Hold this instance, on record, for what the checkpoints say; the gravest of them counts."""
    found = [await compare(ports, note) for note in notes]
    missing = max(found, key=lambda one: one.missing, default=None)
    whole = next((one for one in found if one.whole), None)
    worst = missing if missing and missing.missing else whole
    made = replace(worst or Hold("restored", await ports.store.log_size()), why=why)
    await ports.store.put_meta(HELD, made.to_text())
    return made


async def notice_rollback(ports: Ports) -> bool:
    """Hold this instance when its database is older than the checkpoint that was kept outside of it; whether
    that was found just now. UnavailableError when one of the two cannot be read."""
    note = await ports.witness.last()
    if note is None or read_hold(await ports.store.meta(HELD)):
        return False
    try:
        found = await compare(ports, note)
    except InputError:  # damaged, or of another exchange that had this home: no word against the database
        return False
    if found.missing:
        await ports.store.put_meta(HELD, replace(found, why="rolled_back").to_text())
    return found.missing > 0


async def acknowledge(ports: Ports, missing: int = 0, *, newest: bool = False) -> Acknowledged:
    """Let this instance write again. `missing` must be the number of missing entries that the hold names;
    `newest` says that nothing was signed after the checkpoint it was compared with, so that the log goes on.

    ConflictError: nothing_held, missing_not_named, hold_changed. UnavailableError of a key that is needed.
    """
    check(ports, "acknowledge")
    kept = await ports.store.meta(HELD)
    held = read_hold(kept)
    if held is None or kept is None:
        raise ConflictError("nothing_held", "Nothing waits to be acknowledged here.")
    if missing != held.missing:
        raise ConflictError(
            "missing_not_named",
            f"The number of missing entries is {held.missing}, and {missing} was named. Only who has read it "
            "can let this exchange write again.",
            "missing",
        )
    begin = not (held.whole and newest)
    meta = await _closed(ports, held) if begin else {}
    await ports.store.release(kept, _leaf(ports, held, begin), meta)
    with suppress(UnavailableError):  # a key that cannot be used: the next checkpoint says so
        await checkpoint(ports)
    present = (await logs(ports))[-1]
    return Acknowledged(present.key.name, begin)


async def _read(ports: Ports, note: bytes, known: Sequence[Log]) -> Checkpoint | None:
    """What a checkpoint of the present log says, or of a later one; None for one of a closed log."""
    for log in known:
        try:
            said = verify_checkpoint(note, [log.key])
        except CannotTellError:
            continue
        return None if log.closed else said
    said = peek_checkpoint(note)
    first = known[0].key.name if known else first_origin(ports)
    if said.origin != first and not said.origin.startswith(f"{first}/"):
        raise InputError(
            "checkpoint_of_another_log", f"This checkpoint is of the log {said.origin:.120}, not of ours."
        )
    # One of ours whose key came after this database: that it is there says that the database is old.
    return replace(said, size=max(said.size, await ports.store.log_size() + 1))


async def _has_root(ports: Ports, said: Checkpoint) -> bool:
    try:
        nodes = await ports.store.log_nodes(merkle.root_needs(said.size))
        return merkle.root(said.size, nodes) == said.root
    except UnavailableError:  # nothing could be read: that says nothing about the log
        raise
    except ExchangeError:
        return False


async def _closed(ports: Ports, held: Hold) -> dict[str, str]:
    """What is to be on record so that the present log is closed and another begun."""
    rows = json.loads(await ports.store.meta(CLOSED_LOGS) or "[]")
    kept, last = await ports.store.meta(LOG_KEY), await ports.store.checkpoint()
    if kept:
        note = held.note or (last.note.decode() if last else "")
        rows.append({**json.loads(kept), "checkpoint": note})
    first = rows[0]["origin"] if rows else first_origin(ports)
    multikey, uri = await ports.keys.create("log")
    made = {"multikey": multikey, "uri": uri, "origin": f"{first}/{multikey[-8:]}"}
    return {CLOSED_LOGS: json.dumps(rows), LOG_KEY: json.dumps(made)}


def _leaf(ports: Ports, held: Hold, begin: bool) -> Leaf:
    content: dict[str, object] = {
        "why": held.why,
        "size": held.size,
        "missing": held.missing,
        "checkpoint": held.note,
        "log": "begun" if begin else "goes on",
    }
    return Leaf("restore", ports.now(), content, ports.new_salt().encode(), ("restore",))
