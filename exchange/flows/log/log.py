"""The log: a leaf for every effect, signed checkpoints, and proofs that an effect is in it.

Whoever holds a checkpoint can tell later whether history was rewritten, the operator's hand included: an
effect and its leaf are one transaction, the leaves are a Merkle tree (`core.log`), and a root is signed
only after it was shown to extend the last signed one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from exchange.core import urls
from exchange.core.keys.multikey import public_key_from_multikey
from exchange.core.log import merkle
from exchange.core.log.checkpoint import build_checkpoint, peek_checkpoint, seal_checkpoint, verify_checkpoint
from exchange.core.log.entry import open_entry, read_entry
from exchange.core.log.proof import LogProof
from exchange.core.log.signed_note import VerifierKey
from exchange.core.proofs import Prepared
from exchange.core.strict_json import dump
from exchange.core.verdict.finding import Finding, finding_from
from exchange.errors import ExchangeError, NotFoundError, UnavailableError
from exchange.flows.claims.records import Code
from exchange.flows.endorsements.logged import about_endorsements
from exchange.flows.instance.clock import CONFIRMED
from exchange.flows.instance.standing import check_writable
from exchange.flows.issuers.records import DomainProof
from exchange.flows.people.logged import about_people
from exchange.flows.ports import Ports
from exchange.flows.records import (
    Achievement,
    Intent,
    Issuer,
    Leaf,
    LogRecord,
    RotationLeaves,
    SignedCheckpoint,
    SigningKey,
    SigningStop,
    StatusChange,
)

STATUS_KINDS = ("revoke", "suspend", "reinstate")
CLAIM_KINDS = ("accept", "decline")
LOG_KEY = "log_key"
"""The name under which the log's own key is on record: `{"multikey", "uri", "origin"}`."""


# --- what effects leave in it -----------------------------------------------------------------------------


def award_leaf(intent: Intent, url: str, salt: str) -> Leaf:
    """An award: the badge, and the digest of the very bytes that will be signed."""
    content: dict[str, object] = {
        "badge": url,
        "issuer": intent.issuer,
        "achievement": f"{intent.achievement}@{intent.version}",
        "recipient": intent.recipient,
        "sha256": sha256(intent.unsigned).hexdigest(),
    }
    if intent.renews:
        content["renews"] = intent.renews
    return Leaf("award", intent.intended_at, content, salt.encode(), (f"badge:{intent.id}",))


def status_leaf(change: StatusChange, url: str, salt: str) -> Leaf:
    """A badge revoked, suspended or reinstated, and why."""
    content: dict[str, object] = {"badge": url, "reason": change.reason}
    return Leaf(status_kind(change), change.at, content, salt.encode(), (f"badge:{change.badge}",))


def claim_leaf(badge: str, accepted: bool, url: str, at: datetime, salt: str) -> Leaf:
    """A badge accepted or declined by its holder, whom only the badge names."""
    kind = CLAIM_KINDS[0 if accepted else 1]
    return Leaf(kind, at, {"badge": url}, salt.encode(), (f"badge:{badge}",))


def code_leaf(code: Code, at: datetime, salt: str) -> Leaf:
    """A claim code made or closed: a standing offer of an issuer to award."""
    name = f"{code.issuer}/{code.achievement}"
    content: dict[str, object] = {
        "code": code.id,
        "achievement": name,
        "quota": code.quota,
        "approval": code.approval,
        "until": code.expires_at.astimezone(UTC).isoformat(),
        "closed": code.closed_at is not None,
    }
    return Leaf("code", at, content, salt.encode(), (f"code:{code.id}",))


def approve_leaf(code: str, use: str, granted: bool, at: datetime, salt: str) -> Leaf:
    """A yes or no to who asked for a badge by a code; the use has the account."""
    content: dict[str, object] = {"code": code, "use": use, "granted": granted}
    return Leaf("approve", at, content, salt.encode(), (f"code:{code}",))


def status_kind(change: StatusChange) -> str:
    """Under which kind a change of status is logged."""
    return "revoke" if change.purpose == "revocation" else "suspend" if change.on else "reinstate"


def sign_leaf(prepared: Prepared, url: str, at: datetime, salt: str) -> Leaf:
    """A document about to be signed that is no credential about a person: a status list."""
    content: dict[str, object] = {"document": url, "sha256": sha256(prepared.unsigned).hexdigest()}
    return Leaf("sign", at, content, salt.encode(), (f"document:{url}",))


def issuer_leaf(row: Issuer, salt: str) -> Leaf:
    """An issuer made known, or its id or profile changed."""
    content: dict[str, object] = {"issuer": row.slug, "id": row.did, "sha256": _digest(row.profile)}
    return Leaf("issuer", row.updated_at, content, salt.encode(), (f"issuer:{row.slug}",))


def achievement_leaf(one: Achievement, at: datetime, salt: str) -> Leaf:
    """A version of an achievement put on record, or what may change of it: its source, its retirement."""
    name = f"{one.issuer}/{one.slug}@{one.version}"
    content: dict[str, object] = {
        "achievement": name,
        "sha256": _digest(one.document),
        "image": sha256(one.image).hexdigest(),
        "source": sha256(one.source.encode()).hexdigest(),
        "retired": one.retired_at is not None,
    }
    return Leaf("achievement", at, content, salt.encode(), (f"achievement:{name}",))


def domain_leaf(proof: DomainProof, salt: str) -> Leaf:
    """What the domain of an issuer said of it; `way` is where, `""` if it did not name it."""
    content: dict[str, object] = {
        "issuer": proof.issuer,
        "domain": proof.domain,
        "id": proof.did,
        "way": proof.way,
    }
    return Leaf("domain", proof.checked_at, content, salt.encode(), (f"issuer:{proof.issuer}",))


def key_leaf(key: SigningKey, at: datetime, salt: str) -> Leaf:
    """A key of an issuer put on record, or in another state."""
    content: dict[str, object] = {"issuer": key.issuer, "key": key.multikey, "state": key.state}
    if key.revoked_at is not None:
        since = key.revoked_at.astimezone(UTC).isoformat()
        content |= {"since": since, "reason": key.revoked_reason, "position": key.revoked_position}
    return Leaf("key", at, content, salt.encode(), (f"issuer:{key.issuer}", f"key:{key.multikey}"))


def stop_leaf(stop: SigningStop, salt: str) -> Leaf:
    """Signing stopped for an issuer, or for everybody, and why."""
    content: dict[str, object] = {"issuer": stop.issuer, "reason": stop.reason}
    return Leaf("stop", stop.at, content, salt.encode(), (f"issuer:{stop.issuer}",))


def resume_leaf(slug: str, at: datetime, salt: str) -> Leaf:
    """A stop taken away."""
    return Leaf("resume", at, {"issuer": slug}, salt.encode(), (f"issuer:{slug}",))


def rotation_leaves(ports: Ports, key: SigningKey, row: Issuer) -> RotationLeaves:
    """What a rotation leaves: the key that takes over, the one that only verifies, the issuer's new id."""
    salts = ports.new_salt(), ports.new_salt(), ports.new_salt()

    def leaves(retired: Sequence[str], changed: bool) -> list[Leaf]:
        states = [*((multikey, "verify-only") for multikey in retired), (key.multikey, "active")]
        made = [
            key_leaf(replace(key, multikey=multikey, state=state), row.updated_at, salt)  # type: ignore[arg-type]
            for (multikey, state), salt in zip(states, salts, strict=False)
        ]
        return [*made, issuer_leaf(row, salts[2])] if changed else made

    return leaves


def about_of(entry: str, content: Mapping[str, Any], bases: Sequence[str]) -> tuple[str, ...] | None:
    """Under which names an entry of that kind is found, as its content tells; None of other kinds.

    Whom a badge is about is told by the badge: a second name for that would be one more place that names
    people, and the dearest write of an award.
    """
    if entry in ("award", *STATUS_KINDS, *CLAIM_KINDS) and "endorsement" not in content:
        return (f"badge:{urls.key_of(bases, 'badges', str(content.get('badge')))}",)
    if entry == "key":
        return f"issuer:{content.get('issuer')}", f"key:{content.get('key')}"
    if entry in _ALONE:
        return (_ALONE[entry],)
    if entry == "webhook":
        return f"webhook:{content.get('webhook')}", f"issuer:{content.get('issuer')}"
    if people := about_people(entry, content):
        return people
    if endorsed := about_endorsements(entry, content, bases):
        return endorsed
    member = _ABOUT.get(entry)
    return (f"{member}:{content.get(member)}",) if member else None


_ABOUT = {
    "sign": "document",
    "issuer": "issuer",
    "achievement": "achievement",
    "stop": "issuer",
    "resume": "issuer",
    "domain": "issuer",
    "code": "code",
    "approve": "code",
}
"""By which member of its content an entry of that kind is found."""
_ALONE = {"clock": CONFIRMED, "restore": "restore"}
"""Kinds of entries that are about the whole exchange."""


def _digest(value: dict[str, object]) -> str:
    return sha256(dump(value)).hexdigest()


# --- checkpoints ------------------------------------------------------------------------------------------


def first_origin(ports: Ports) -> str:
    """The name of an exchange's first log; that of a later one begins with it."""
    parts = urlsplit(ports.base_url)
    return f"{parts.netloc}{parts.path}/log"


async def log_key(ports: Ports) -> tuple[VerifierKey, str]:
    """The log's public key under the log's name, and where its private half lives; made once."""
    kept = await ports.store.meta(LOG_KEY)
    if kept is None:
        await check_writable(ports)
        multikey, uri = await ports.keys.create("log")
        made = json.dumps({"multikey": multikey, "uri": uri, "origin": first_origin(ports)})
        kept = await ports.store.settle_meta(LOG_KEY, made)
    known = json.loads(kept)
    key = VerifierKey(known["origin"], public_key_from_multikey(known["multikey"]))
    return key, known["uri"]


async def checkpoint(ports: Ports) -> bytes:
    """The signed checkpoint of the log as it is now: the last one, if nothing was added since.

    UnavailableError("log_inconsistent") when the log does not extend what was signed before, as the database
    has it or the file beside it: then it was tampered with, or an older copy was put in its place while this
    ran, and nothing is signed. UnavailableError("read_only") when one would have to be signed.
    """
    last, size = await ports.store.checkpoint(), await ports.store.log_size()
    if last is not None and last.size == size:
        return last.note
    await check_writable(ports)
    root = await _root(ports, last, size)
    key, uri = await log_key(ports)
    await _check_witness(ports, last, key)
    text = build_checkpoint(key.name, size, root)
    note = seal_checkpoint(text, [(key, await ports.keys.sign(uri, text))])
    verify_checkpoint(note, [key])
    stands = await ports.store.put_checkpoint(SignedCheckpoint(size, root, note))
    await ports.witness.keep(stands)  # before anybody gets it
    return stands


async def last_checkpoint(ports: Ports, size: int = 0) -> bytes:
    """The last signed checkpoint of at least `size` entries: another is signed only if there is none."""
    last = await ports.store.checkpoint()
    return last.note if last is not None and last.size >= size else await checkpoint(ports)


async def check_log(ports: Ports) -> list[Finding]:
    """The quick look at the log, of every start and of `exchange doctor`: a few hashes, however long it is.

    log_consistent, log_inconsistent; log_unsigned (warning) when there are entries and no checkpoint.
    """
    last, size = await ports.store.checkpoint(), await ports.store.log_size()
    try:
        await _root(ports, last, size)
        await _check_newest(ports, size)
    except UnavailableError as error:
        return [finding_from(error)]
    if last is None:
        said = f"The log has {plural(size)} and no checkpoint yet. Sign one: exchange log checkpoint"
        return [Finding("log_unsigned", "warning" if size else "ok", said)]
    told = f"The log has {plural(size)} and extends its last checkpoint, of {plural(last.size)}."
    return [Finding("log_consistent", "ok", told)]


def plural(size: int) -> str:
    """ "1 entry", "9 entries"."""
    return f"{size} {'entry' if size == 1 else 'entries'}"


async def _root(ports: Ports, last: SignedCheckpoint | None, size: int) -> bytes:
    """The root at `size`, shown to extend the last one that was signed."""
    try:
        wanted = [*merkle.root_needs(size), *(merkle.consistency_needs(last.size, size) if last else ())]
        nodes = await ports.store.log_nodes(list(dict.fromkeys(wanted)))
        root = merkle.root(size, nodes)
        if last is not None:
            proof = merkle.consistency_proof(last.size, size, nodes)
            merkle.verify_consistency(last.size, last.root, size, root, proof)
    except UnavailableError:  # nothing could be read: that says nothing about the log
        raise
    except ExchangeError as error:
        raise _inconsistent(error.message) from error
    return root


async def _check_newest(ports: Ports, size: int) -> None:
    """The newest entry is there, and is the one that the tree ends with."""
    if not size:
        return
    record = await ports.store.log_record(size - 1)
    leaf = (await ports.store.log_nodes([(0, size - 1)])).get((0, size - 1))
    if record is None or merkle.leaf_hash(record.entry) != leaf:
        raise _inconsistent(f"The newest entry, number {size - 1}, is not the one that the tree ends with.")


async def _check_witness(ports: Ports, last: SignedCheckpoint | None, key: VerifierKey) -> None:
    """What was signed last, as it is kept outside of the database, is of this log. The log is read after it:
    another process may have signed for more in between."""
    note = await ports.witness.last()
    if note is None or (last is not None and note == last.note):
        return
    try:
        said = verify_checkpoint(note, [key])
    except ExchangeError:  # damaged, or of a log that was closed: no word against this one
        return
    size = await ports.store.log_size()
    if said.size > size:
        raise _inconsistent(f"{said.size} entries were signed for, and the database has {size}.")
    nodes = await ports.store.log_nodes(merkle.root_needs(said.size))
    if merkle.root(said.size, nodes) != said.root:
        raise _inconsistent(f"The first {said.size} are not those that were signed for.")


def _inconsistent(message: str) -> UnavailableError:
    return UnavailableError(
        "log_inconsistent",
        f"The log does not extend what was signed before: {message} Until that is explained, "
        "nothing is signed; run `exchange log fsck`.",
    )


async def consistency(ports: Ports, old: int, new: int) -> tuple[bytes, ...]:
    """The hashes that show the tree of `new` entries to begin with that of `old` (RFC 9162 §2.1.4)."""
    size = await ports.store.log_size()
    if not 0 <= old <= new <= size:
        message = f"From {old} entries to {new}? Sizes are from 0 to {size} here, the smaller one first."
        raise NotFoundError("log_size_out_of_range", message)
    nodes = await ports.store.log_nodes(merkle.consistency_needs(old, new))
    return merkle.consistency_proof(old, new, nodes)


# --- proofs -----------------------------------------------------------------------------------------------


async def prove(ports: Ports, record: LogRecord) -> LogProof:
    """The proof that this entry is in the log, with what it commits to while that is known; verified before
    anybody gets it. UnavailableError: log_damaged, and as `checkpoint`."""
    note = await last_checkpoint(ports, record.position + 1)
    said = peek_checkpoint(note)
    nodes = await ports.store.log_nodes(merkle.inclusion_needs(record.position, said.size))
    try:
        path = merkle.inclusion_proof(record.position, said.size, nodes)
        leaf = merkle.leaf_hash(record.entry)
        merkle.verify_inclusion(leaf, record.position, said.size, path, said.root)
        if record.content is not None and record.salt is not None:
            open_entry(record.entry, record.content, record.salt)
    except ExchangeError as error:
        raise UnavailableError(
            "log_damaged",
            f"Entry {record.position} cannot be proven, because the log is not what was signed: "
            f"{error.message} Run `exchange log fsck`.",
        ) from error
    return LogProof(note, record.position, path, record.entry, record.content, record.salt)


async def prove_position(ports: Ports, position: int) -> LogProof:
    """The proof that this entry is in the log, for everybody: without what it commits to.

    NotFoundError("unknown_entry").
    """
    return without_content(await prove(ports, await record_at(ports, position)))


async def position_at(ports: Ports, moment: datetime) -> int:
    """How many entries are older than `moment`: what was done since has this number, or a greater one."""
    low, high = 0, await ports.store.log_size()
    for confirmed in await ports.store.log_about(CONFIRMED):
        # What is before such an entry is older than it, whatever time a wrong clock gave it.
        if read_entry(confirmed.entry).at < moment:
            low = confirmed.position
        else:
            high = min(high, confirmed.position)
    while low < high:
        middle = (low + high) // 2
        record = await ports.store.log_record(middle)
        if record is not None and read_entry(record.entry).at < moment:
            low = middle + 1
        else:
            high = middle
    return low


async def record_at(ports: Ports, position: int) -> LogRecord:
    """The entry of that number. NotFoundError("unknown_entry")."""
    record = await ports.store.log_record(position) if 0 <= position < merkle.MAX_SIZE else None
    if record is None:
        raise NotFoundError(
            "unknown_entry", f"The log has no entry {position}; its entries are numbered from 0 on."
        )
    return record


def without_content(proof: LogProof) -> LogProof:
    """What everybody may see of a proof. Content and salt name people: they are for whom they concern."""
    return replace(proof, content=None, salt=None)


async def records_of(ports: Ports, badge: str) -> list[LogRecord]:
    """Everything the log has about a badge, by its key: the award first."""
    return await ports.store.log_about(f"badge:{badge}")


async def entry_of(ports: Ports, id: str) -> int | None:
    """The number of the entry that a badge was awarded by, or an endorsement signed; None for what is older
    than the log. A damaged log takes no page away: that something is good does not rest on it."""
    try:
        return next((record.position for record in await records_of(ports, id)), None)
    except UnavailableError:
        return None


async def award_proof(ports: Ports, badge: str) -> LogProof:
    """The proof that a badge's award is in the log. NotFoundError("not_in_log")."""
    missing = "The log has nothing about this badge: it was awarded before there was one."
    return await _proof_of(ports, badge, "award", missing)


async def endorse_proof(ports: Ports, id: str) -> LogProof:
    """The same of an endorsement, or the credential of a key."""
    missing = "The log has nothing about this endorsement: it was signed before there was one."
    return await _proof_of(ports, id, "endorse", missing)


async def _proof_of(ports: Ports, id: str, kind: str, missing: str) -> LogProof:
    for record in await records_of(ports, id):
        if read_entry(record.entry).kind == kind:
            return await prove(ports, record)
    raise NotFoundError("not_in_log", missing)
