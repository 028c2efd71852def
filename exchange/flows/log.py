"""The log: a leaf for every effect, signed checkpoints, and proofs that an effect is in it.

Whoever holds a checkpoint can tell later whether history was rewritten, the operator's hand included: an
effect and its leaf are one transaction, the leaves are a Merkle tree (core/merkle.py), and a root is signed
only after it was shown to extend the last signed one.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from exchange.core import merkle
from exchange.core.checkpoint import build_checkpoint, peek_checkpoint, seal_checkpoint, verify_checkpoint
from exchange.core.log_proof import LogProof
from exchange.core.multikey import public_key_from_multikey
from exchange.core.proofs import Prepared
from exchange.core.signed_note import VerifierKey
from exchange.errors import ExchangeError, NotFoundError, UnavailableError
from exchange.flows.ports import Ports
from exchange.flows.records import Intent, Leaf, LogRecord, SignedCheckpoint, StatusChange
from exchange.flows.standing import check_writable, standing

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
    about = (f"badge:{intent.id}", f"person:{intent.recipient}")
    return Leaf("award", intent.intended_at, content, salt.encode(), about)


def status_leaf(change: StatusChange, url: str, recipient: str, salt: str) -> Leaf:
    """A badge revoked, suspended or reinstated, and why."""
    kind = "revoke" if change.purpose == "revocation" else "suspend" if change.on else "reinstate"
    content: dict[str, object] = {"badge": url, "reason": change.reason}
    return Leaf(kind, change.at, content, salt.encode(), (f"badge:{change.badge}", f"person:{recipient}"))


def sign_leaf(prepared: Prepared, url: str, at: datetime, salt: str) -> Leaf:
    """A document about to be signed that is no credential about a person: a status list."""
    content: dict[str, object] = {"document": url, "sha256": sha256(prepared.unsigned).hexdigest()}
    return Leaf("sign", at, content, salt.encode(), (f"document:{url}",))


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
    return VerifierKey(known["origin"], public_key_from_multikey(known["multikey"])), known["uri"]


async def checkpoint(ports: Ports) -> bytes:
    """The signed checkpoint of the log as it is now: the last one, if nothing was added since.

    UnavailableError("log_inconsistent") when the log does not extend what was signed before: then it was
    tampered with, and nothing is signed. UnavailableError("read_only") when one would have to be signed.
    """
    last, size = await ports.store.checkpoint(), await ports.store.log_size()
    if last is not None and last.size == size:
        return last.note
    await check_writable(ports)
    root = await _root(ports, last, size)
    key, uri = await log_key(ports)
    text = build_checkpoint(key.name, size, root)
    note = seal_checkpoint(text, [(key, await ports.keys.sign(uri, text))])
    verify_checkpoint(note, [key])
    stands = await ports.store.put_checkpoint(SignedCheckpoint(size, root, note), ports.now())
    await ports.witness.keep(stands)  # before anybody gets it
    return stands


async def checkpoint_over(ports: Ports, size: int) -> bytes:
    """A checkpoint of at least `size` entries: of a read-only instance the last one, if it will do."""
    last = await ports.store.checkpoint()
    if last is not None and last.size >= size and await standing(ports):
        return last.note
    return await checkpoint(ports)


async def _root(ports: Ports, last: SignedCheckpoint | None, size: int) -> bytes:
    """The root at `size`, shown to extend the last one that was signed."""
    wanted = [*merkle.root_needs(size), *(merkle.consistency_needs(last.size, size) if last else ())]
    try:
        nodes = await ports.store.log_nodes(list(dict.fromkeys(wanted)))
        root = merkle.root(size, nodes)
        if last is not None:
            proof = merkle.consistency_proof(last.size, size, nodes)
            merkle.verify_consistency(last.size, last.root, size, root, proof)
    except ExchangeError as error:
        raise UnavailableError(
            "log_inconsistent",
            f"The log does not extend what was signed before: {error.message} Until that is explained, "
            "nothing is signed; run `exchange log fsck`.",
        ) from error
    return root


async def consistency(ports: Ports, old: int, new: int) -> tuple[bytes, ...]:
    """The hashes that show the tree of `new` entries to begin with that of `old` (RFC 9162 §2.1.4)."""
    if not 0 <= old <= new <= await ports.store.log_size():
        raise NotFoundError("log_size_out_of_range", f"The log has no tree of {old} and {new} entries.")
    nodes = await ports.store.log_nodes(merkle.consistency_needs(old, new))
    return merkle.consistency_proof(old, new, nodes)


# --- proofs -----------------------------------------------------------------------------------------------


async def prove(ports: Ports, record: LogRecord) -> LogProof:
    """The proof that this entry is in the log, with what it commits to while that is known."""
    note = await checkpoint_over(ports, record.position + 1)
    size = peek_checkpoint(note).size
    nodes = await ports.store.log_nodes(merkle.inclusion_needs(record.position, size))
    path = merkle.inclusion_proof(record.position, size, nodes)
    return LogProof(note, record.position, path, record.entry, record.content, record.salt)


async def records_of(ports: Ports, badge: str) -> list[LogRecord]:
    """Everything the log has about a badge, by its key: the award first."""
    return await ports.store.log_about(f"badge:{badge}")


async def award_proof(ports: Ports, badge: str) -> LogProof:
    """The proof that a badge's award is in the log. NotFoundError("not_in_log")."""
    records = await records_of(ports, badge)
    if not records:
        raise NotFoundError(
            "not_in_log", "The log has nothing about this badge: it was awarded before there was one."
        )
    return await prove(ports, records[0])
