"""What must hold after any fault: everything acknowledged is there, once, in the log, and was known before.

A `Ledger` is what the workers said; an `Auditor` compares it with what is on record, and keeps what it has
seen, so that nothing seen once can be lost or changed later.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from exchange.adapters.database import DatabaseStore
from exchange.adapters.database.effects import Rows, Statement
from exchange.core.keys.multibase import base64url_decode
from exchange.core.log import merkle
from exchange.core.log.fsck import check_tree, completed_at
from exchange.core.proofs import unsigned_of
from exchange.core.status import bitstring
from exchange.core.strict_json import parse
from exchange.flows.badges.status import published_list
from exchange.flows.log.log import achievement_leaf, issuer_leaf, key_leaf
from exchange.flows.ports import Ports
from tests.faults.house import store_of

STATUS = {("suspension", True): "suspend", ("suspension", False): "reinstate", ("revocation", True): "revoke"}
RECORDS = ("issuer", "key", "achievement")
"""What leaves an entry whenever it changes; the last one says how it is now."""
KINDS = {"award", "sign", *STATUS.values(), *RECORDS}
PAGE = 500


@dataclass
class Ledger:
    """What was acknowledged, signed and refused, as workers reported it."""

    awards: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    signs: set[tuple[str, str]] = field(default_factory=set)
    checkpoints: dict[int, str] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lines: int = 0

    @property
    def effects(self) -> int:
        return len(self.awards) + len(self.changes)

    def hear(self, line: str) -> None:
        self.lines += 1
        match line.split():
            case ["award", key, signed]:
                self.awards[key] = signed
            case ["suspend" | "reinstate" | "revoke" as verb, key]:
                self.changes.append((verb, key))
            case ["signs", message, unsigned]:
                self.signs.add((message, unsigned))
            case ["checkpoint", size, root]:
                if self.checkpoints.setdefault(int(size), root) != root:
                    self.problems.append(f"two roots for the log's size {size}")
            case ["error", code]:
                self.errors[code] += 1
            case ["ready", _] | ["read"]:
                pass
            case _:
                self.problems.append(f"a worker said: {line}")


@dataclass
class Auditor:
    """Looks at a store, again and again."""

    signed: dict[str, str] = field(default_factory=dict)
    unsigned: dict[str, str] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    given: dict[tuple[str, str], str] = field(default_factory=dict)

    async def audit(self, store: DatabaseStore, ledger: Ledger) -> list[str]:
        """Everything that is wrong, in words; nothing when all promises hold."""
        return [
            *ledger.problems,
            *await self._badges(store),
            *self._lost_awards(ledger),
            *await _changes(store, ledger),
            *await _slots(store),
            *await _mails(store),
            *await self._log(store, ledger),
            *await _tree(store, ledger),
        ]

    async def _badges(self, store: DatabaseStore) -> list[str]:
        """Take in what is new on record; complain of what has changed or gone."""
        problems = []
        ids = {row[0] for row in await read(store, "SELECT id FROM badge WHERE signed IS NOT NULL")}
        problems += [f"badge {key} was signed and is no longer" for key in self.signed.keys() - ids]
        last = ""
        known = "SELECT id, unsigned, message, signed FROM badge WHERE id > ? ORDER BY id LIMIT ?"
        skip = set(self.signed)
        while rows := await read(store, known, last, PAGE):
            last = rows[-1][0]
            for key, unsigned, message, signed in rows:
                if key not in skip:
                    problems += self._take_in(key, bytes(unsigned), bytes(message) or bytes(unsigned), signed)
        return problems

    def _take_in(self, key: str, unsigned: bytes, message: bytes, signed: bytes | None) -> list[str]:
        problems = []
        if self.unsigned.setdefault(key, digest(unsigned)) != digest(unsigned):
            problems.append(f"the pre-image of badge {key} was changed")
        self.messages.add(digest(message))
        entries = entries_of(unsigned)
        if len(entries) != 2:
            problems.append(f"badge {key} has {len(entries)} status entries")
        for entry in entries:
            if self.given.setdefault(entry, key) != key:
                problems.append(f"status index {entry} was given to {self.given[entry]} and to {key}")
        if signed is not None:
            self.signed[key] = digest(bytes(signed))
            if unsigned_of(bytes(signed)) != unsigned:
                problems.append(f"badge {key} is not made of its pre-image")
        return problems

    def _lost_awards(self, ledger: Ledger) -> list[str]:
        return [
            f"the award of {key} was acknowledged, but is not on record"
            for key, signed in ledger.awards.items()
            if self.signed.get(key) != signed
        ]

    async def _log(self, store: DatabaseStore, ledger: Ledger) -> list[str]:
        """Each effect has its entry, each entry its effect, each signature its pre-image."""
        logged: dict[str, Counter[str]] = defaultdict(Counter)
        images: set[str] = set()
        last: dict[str, dict[str, object]] = {}
        for entry, content in await read(store, "SELECT entry, content FROM log_entry ORDER BY position"):
            said = json.loads(content)
            kind = json.loads(bytes(entry))["kind"]
            if kind in ("award", "sign"):
                images.add(said["sha256"])
            if kind in RECORDS:
                last[f"{kind} {said[kind]}"] = said
            subject = said.get("badge", said.get("document", said.get(kind, ""))).rpartition("/")[2]
            logged[kind][f"{subject} {said['sha256']}" if kind == "award" else subject] += 1
        awards = Counter(f"{key} {unsigned}" for key, unsigned in self.unsigned.items())
        problems = [f"the log has {len(logged[kind])} entries about {kind}" for kind in logged.keys() - KINDS]
        problems += _compared("award", awards, logged["award"])
        problems += await _records(store, last, logged)
        changes: dict[str, Counter[str]] = defaultdict(Counter)
        for badge, purpose, on in await read(store, "SELECT badge, purpose, is_set FROM status_change"):
            changes[STATUS[purpose, bool(on)]][badge] += 1
        for verb in STATUS.values():
            problems += _compared(verb, changes[verb], logged[verb])
        known = self.messages | images
        problems += [
            f"message {message} was signed without a pre-image on record"
            for message, unsigned in ledger.signs
            if message not in known and unsigned not in known
        ]
        return problems


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


async def read(store: DatabaseStore, sql: str, *args: Any) -> Rows:
    return await store.engine.read(Statement(sql, args))


def entries_of(unsigned: bytes) -> list[tuple[str, str]]:
    """(list, index) of each status entry, as whoever gets the badge reads them."""
    text = unsigned if unsigned.startswith(b"{") else base64url_decode(unsigned.split(b".")[1].decode())
    entries = parse(text)["credentialStatus"]
    return [(entry["statusListCredential"], entry["statusListIndex"]) for entry in entries]


def _compared(kind: str, effects: Counter[str], entries: Counter[str]) -> list[str]:
    return [f"{kind} of {key}: no log entry" for key in effects - entries] + [
        f"{kind} of {key}: a log entry, but no effect" for key in entries - effects
    ]


async def _records(
    store: DatabaseStore, last: dict[str, dict[str, object]], logged: dict[str, Counter[str]]
) -> list[str]:
    """Issuers, their keys and achievements are what their last entry says, and no entry is of another one.

    A key was pending before it signs, and a version of an achievement never changes here: so many entries
    each has, and every signed document is a status list.
    """
    leaves, keys, versions = [], Counter[str](), Counter[str]()
    for row in await store.issuers():
        leaves.append(issuer_leaf(row, ""))
        for key in await store.keys(row.slug):
            leaves.append(key_leaf(key, key.created_at, ""))
            keys[key.multikey] += 2
        for one in await store.achievements(row.slug, retired=True):
            leaves.append(achievement_leaf(one, one.created_at, ""))
            versions[f"{one.slug}@{one.version}"] += 1
    effects = {f"{leaf.kind} {leaf.content[leaf.kind]}": leaf.content for leaf in leaves}
    problems = [f"{name} is not what was logged of it" for name in effects if effects[name] != last.get(name)]
    problems += [f"{name}: a log entry, but nothing on record" for name in last.keys() - effects.keys()]
    problems += _compared("key", keys, logged["key"])
    problems += _compared("achievement", versions, logged["achievement"])
    lists = {row[0] for row in await read(store, "SELECT id FROM status_list")}
    unknown = logged["sign"].keys() - lists
    return problems + [f"sign of {name}: a log entry, but no status list" for name in unknown]


async def _changes(store: DatabaseStore, ledger: Ledger) -> list[str]:
    rows = await read(store, "SELECT badge, purpose, is_set FROM status_change ORDER BY id")
    happened = Counter((STATUS[purpose, bool(on)], badge) for badge, purpose, on in rows)
    lost = Counter(ledger.changes) - happened
    problems = [f"{verb} of {badge} was acknowledged, but is not on record" for verb, badge in lost]
    last = {(badge, purpose): bool(on) for badge, purpose, on in rows}
    bits = await read(store, "SELECT badge, purpose, is_set FROM status_slot WHERE badge IS NOT NULL")
    problems += [
        f"the {purpose} bit of {badge} does not show its last change"
        for badge, purpose, on in bits
        if bool(on) != last.get((badge, purpose), False)
    ]
    versions = await read(store, "SELECT coalesce(sum(version - 1), 0) FROM status_list")
    if versions[0][0] != len(rows):
        problems.append(f"the lists count {versions[0][0]} changes, the history {len(rows)}")
    return problems


async def _mails(store: DatabaseStore) -> list[str]:
    """Each award and each change of status has its mail, and no mail is about anything else."""
    happened = Counter(("award", row[0]) for row in await read(store, "SELECT id FROM badge"))
    for badge, purpose, on in await read(store, "SELECT badge, purpose, is_set FROM status_change"):
        happened[STATUS[purpose, bool(on)], badge] += 1
    posted = await read(store, "SELECT payload, after_badge FROM outbox")
    told = Counter((json.loads(payload)["mail"], badge) for payload, badge in posted)
    return [f"{verb} of {badge}: no mail" for verb, badge in happened - told] + [
        f"{verb} of {badge}: a mail, but no effect" for verb, badge in told - happened
    ]


async def _slots(store: DatabaseStore) -> list[str]:
    twice = "SELECT list_id, list_index FROM status_slot GROUP BY list_id, list_index HAVING count(*) > 1"
    problems = [f"status index {tuple(row)} is on record twice" for row in await read(store, twice)]
    badges = await read(store, "SELECT count(*) FROM badge")
    tied = await read(store, "SELECT count(*) FROM status_slot WHERE badge IS NOT NULL")
    if tied[0][0] != 2 * badges[0][0]:
        problems.append(f"{badges[0][0]} badges have {tied[0][0]} status entries on record")
    return problems


async def _tree(store: DatabaseStore, ledger: Ledger) -> list[str]:
    size = await store.log_size()
    records = await store.log_records(0, size + 1)
    leaves = [(record.position, merkle.leaf_hash(record.entry)) for record in records]
    rows = await read(store, "SELECT level, idx, hash FROM log_node")
    nodes = {(level, index): bytes(value) for level, index, value in rows}
    in_order = sorted(nodes.items(), key=lambda row: completed_at(row[0]))
    problems = [damage.message for damage in check_tree(size, leaves, in_order)]
    if problems:
        return problems
    if await store.log_frontier() != b"".join(nodes[node] for node in merkle.root_needs(size)):
        problems.append("the log's frontier is not that of its tree")
    stored = {made.size: made.root for made in await store.checkpoints(0, 1_000_000)}
    for at, root in ledger.checkpoints.items():
        if at > size or merkle.root(at, nodes).hex() != root or stored.get(at, b"").hex() != root:
            problems.append(f"the checkpoint at {at} was acknowledged, and the log does not go with it")
    return problems


async def check_public(ports: Ports, ledger: Ledger) -> list[str]:
    """What is shown to everybody: each signed list has exactly the bits that are on record."""
    store, problems = store_of(ports), []
    for (list_id,) in await read(store, "SELECT id FROM status_list"):
        shown = parse(await published_list(ports, list_id))["credentialSubject"]["encodedList"]
        on_record = await store.set_bits(list_id)
        row = await store.status_list(list_id)
        assert row is not None
        if bitstring.encode(on_record, row.size) != shown:
            problems.append(f"the list {list_id} does not show what is on record")
    return problems
