"""Random one-byte changes in the tables of the log: each must be found, and its row be named.

Promise P4. A log with effects of all sorts, on SQLite; one byte of one column of one row is changed by hand,
the whole check is run, the byte put back, and so on.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from exchange.adapters.database import open_store
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.status import reinstate, revoke, suspend
from exchange.flows.claims import codes
from exchange.flows.claims.codes import CodeOrder
from exchange.flows.instance.confirm import confirm_clock
from exchange.flows.instance.restore import acknowledge
from exchange.flows.instance.standing import Hold
from exchange.flows.issuers.issuers import put_issuer
from exchange.flows.issuers.keys import resume, revoke_key, rotate, stop
from exchange.flows.issuers.sync import sync
from exchange.flows.log import fsck as fsck_module
from exchange.flows.log.fsck import fsck
from exchange.flows.log.log import checkpoint, claim_leaf
from exchange.flows.people import people
from exchange.flows.people.logged import passkey_leaf
from exchange.flows.people.records import Passkey, Principal
from exchange.flows.ports import Ports
from exchange.flows.records import HELD
from exchange.flows.sign_in import passkeys, tokens
from exchange.flows.webhooks import webhooks
from tests.edge.shop import LEAD, SCHOOL
from tests.simulator import World

LONG = 1000
PARTS = ("_check_names", "_check_frontier", "_check_checkpoints", "_check_contents")
"""Parts of fsck; without any of them some change is not found."""
KEYS = {
    "log_entry": ("position",),
    "log_about": ("position", "about"),
    "log_node": ("level", "idx"),
    "log_state": ("id",),
    "log_checkpoint": ("size",),
}
"""The log's tables, and what names a row of each."""


@dataclass(frozen=True)
class Change:
    """One byte that was changed; `rows` are the names of the row, before and after."""

    table: str
    column: str
    rows: tuple[str, str]
    before: Any
    after: Any


async def _come_in(ports: Ports) -> None:
    """Somebody with a passkey and a token, and another of each that were taken away again."""
    ana = await people.add(ports, "Ana", "ana@example.org")
    own = replace(ports, who=Principal(ana.id, "passkey", confirmed_at=ports.now()))
    for name in ("phone", "laptop"):
        made = Passkey(name, ana.id, name.encode() * 9, 0, name, (), ports.now(), ana.id)
        await ports.store.put_passkey(made, passkey_leaf(made, ports.now(), ports.new_salt()))
        token, _ = await tokens.add(own, ana.id, name, ["read"])
    await passkeys.remove(own, "laptop")
    await tokens.remove(own, token.id)


async def grow(ports: Ports, badges: int = 9) -> None:
    """A log with every kind of effect in it, signed at several sizes."""
    await sync(ports, [SCHOOL])
    await checkpoint(ports)
    made = []
    for n in range(badges):
        made.append(await award(ports, Order("school", "incident-lead", f"mailto:p{n}@example.org")))
        if n % 3 == 0:
            await checkpoint(ports)
    leaf = claim_leaf(made[2].key, True, made[2].id, ports.now(), ports.new_salt())
    await ports.store.settle_claim(made[2].key, "accepted", ports.now(), leaf)
    code = (await codes.make(ports, CodeOrder("school", "incident-lead", 5, 30))).code
    await codes.close(ports, code.id)
    await revoke(ports, made[0].key, "Lost the exam: it was somebody else's\x1f work")
    await suspend(ports, made[1].key, "Being looked at")
    await reinstate(ports, made[1].key, "It was right")
    await _come_in(ports)
    (old,) = await ports.store.keys("school")
    await rotate(ports, "school")
    await stop(ports, None, "A drill")
    await stop(ports, "school", "A laptop was stolen")
    await resume(ports, None)
    await revoke_key(ports, old.id, "A laptop was stolen")
    changed = replace(SCHOOL, badges=(replace(LEAD, description="Leads.", source='{"name":"L"}'),))
    await sync(ports, [changed])
    await sync(ports, [replace(changed, profile={**SCHOOL.profile, "name": "School"}, badges=())])
    await resume(ports, "school")
    await stop(ports, "school", "The school is closed for the summer")
    tomorrow = replace(ports, now=lambda: ports.now() + timedelta(days=1))
    await put_issuer(tomorrow, "school", dict(SCHOOL.profile))
    await confirm_clock(ports, "The battery of the clock was empty")
    await webhooks.add(ports, "school", "https://hr.example.org/badges", ["badge.revoked"])
    await checkpoint(ports)
    await ports.store.put_meta(HELD, Hold("restored", await ports.store.log_size()).to_text())
    await acknowledge(ports)  # which signs the first checkpoint of another log


def change_one_byte(database: sqlite3.Connection, chance: random.Random) -> Change:
    """Change a random byte of a random column of a random row of a random table of the log."""
    while True:
        table = chance.choice(list(KEYS))
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        column = chance.choice(columns)
        rowid, value, kind = chance.choice(
            database.execute(f"SELECT rowid, {column}, typeof({column}) FROM {table}").fetchall()
        )
        before = _name(database, table, rowid)
        try:
            changed = _changed(value, kind, chance)
            if kind == "text":
                database.execute(
                    f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE rowid = ?", (changed, rowid)
                )
            else:
                database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, rowid))
        except (sqlite3.IntegrityError, LookupError):
            continue  # no such change: another row has that key, or there is no byte to change
        return Change(table, column, (before, _name(database, table, rowid)), value, changed)


def _changed(value: Any, kind: str, chance: random.Random) -> Any:
    """`value` with one of its bytes changed, of the kind it had."""
    whole = value.to_bytes(8, "big", signed=True) if kind == "integer" else value
    whole = whole.encode() if isinstance(whole, str) else bytes(whole)
    place = chance.randrange(len(whole)) if whole else _nothing()
    after = whole[:place] + bytes([whole[place] ^ chance.randrange(1, 256)]) + whole[place + 1 :]
    return int.from_bytes(after, "big", signed=True) if kind == "integer" else after


def _nothing() -> int:
    raise LookupError


def _name(database: sqlite3.Connection, table: str, rowid: int) -> str:
    names = ", ".join(f"CAST({name} AS BLOB)" for name in KEYS[table])
    (row,) = database.execute(f"SELECT {names} FROM {table} WHERE rowid = ?", (rowid,)).fetchall()
    return ",".join(part.decode("utf-8", "backslashreplace") for part in row)


async def rounds(folder: Path, changes: int, seed: int) -> tuple[int, int, list[str]]:
    """How many of the changes were found with their row named; in how many cases no other row was accused;
    and what is to be said of those that were not found."""
    path = folder / "exchange.sqlite3"
    world = World()
    store = await open_store(f"sqlite://{path}", chance=random.Random(seed))
    ports = replace(world.ports, store=store)
    await grow(ports)
    assert (await fsck(ports)).findings == []
    chance, named, alone, missed = random.Random(seed), 0, 0, []
    by_hand = sqlite3.connect(path, isolation_level=None)
    by_hand.execute("PRAGMA foreign_keys=OFF")
    dump = {table: _rows(by_hand, table) for table in KEYS}
    for _ in range(changes):
        change = change_one_byte(by_hand, chance)
        found = await fsck(ports)
        places = {f"{change.table}/{row}" for row in change.rows}
        accused = {finding.at for finding in found.findings if finding.level == "error"}
        if accused & places:
            named += 1
            alone += accused <= places
        else:
            missed.append(f"{change}: {[(f.code, f.at) for f in found.findings]}")
        _put_back(by_hand, change.table, dump[change.table])
    assert (await fsck(ports)).findings == []
    by_hand.close()
    await store.close()
    return named, alone, missed


def _rows(database: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    return database.execute(f"SELECT rowid, {', '.join(columns)} FROM {table}").fetchall()


def _put_back(database: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    columns = ["rowid", *(row[1] for row in database.execute(f"PRAGMA table_info({table})"))]
    database.execute("BEGIN")
    database.execute(f"DELETE FROM {table}")
    marks = ", ".join("?" * len(columns))
    database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
    database.execute("COMMIT")


@contextmanager
def blind(what: str) -> Iterator[None]:
    """A check that leaves one of its parts out."""

    async def seen(*_: object) -> None:
        return None

    with patch.object(fsck_module, what, seen):
        yield


async def main(asked: int | None) -> list[str]:
    changes = asked or LONG
    with tempfile.TemporaryDirectory() as folder:
        named, alone, missed = await rounds(Path(folder), changes, seed=1)
    lines = [
        f"{named} of {changes} one-byte changes in the log's tables were found and their row named; in "
        f"{alone} of them no other row was accused",
        *missed,
    ]
    for what in PARTS:
        with tempfile.TemporaryDirectory() as folder, blind(what):
            _, _, missed = await rounds(Path(folder), 100, seed=1)
        lines.append(f"  broken, without {what}: " + (f"caught: {missed[0]}" if missed else "NOT CAUGHT"))
    return lines
