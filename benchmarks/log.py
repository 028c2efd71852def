"""The log without its database, beside raw SHA-256 in one run: `python -m benchmarks.log`.

What it costs to store is measured in `benchmarks.store`. Cases take turns, so that a busy machine slows all
of them alike; medians of CPU time. sigstore's verifier joins in where it is installed (the `test` extra).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.measure import medians, python
from exchange.core.keys.public_key import public_key_of
from exchange.core.log import checkpoint, merkle
from exchange.core.log import entry as log_entry
from exchange.core.log.fsck import check_tree, completed_at
from exchange.core.log.proof import LogProof, check_log_proof
from exchange.core.log.signed_note import VerifierKey

SIZE, BATCH, CHECKED, ROUNDS = 1_000_000, 1000, 4096, 15
ORIGIN = "exchange.example/log"
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
RNG = random.Random(6962)
CONTENT = {"badge": "urn:uuid:73121b03-f2ab-4670-a150-89adb3aadff7", "sha256": "ab" * 32}
SALT = bytes(range(16))

Function = Callable[[], object]


def growing(nodes: dict[merkle.Node, bytes]) -> dict[str, Function]:
    """What an effect adds to the log: its entry, and the nodes of the tree."""
    leaf, leaves = bytes(32), [RNG.randbytes(32) for _ in range(BATCH)]
    sizes = iter(lambda: SIZE - 1 - RNG.randrange(10_000), None)

    def one() -> None:
        size = next(sizes)
        needs = merkle.root_needs(size)
        merkle.append(size, [leaf], {node: nodes[node] for node in needs})

    return {
        "raw: two SHA-256 of 65 bytes": lambda: (sha256(bytes(65)).digest(), sha256(bytes(65)).digest()),
        "commit, build, hash an entry": lambda: merkle.leaf_hash(
            log_entry.build_entry("award", AT, log_entry.commit(CONTENT, SALT))
        ),
        "append one entry": one,
        f"append {BATCH} entries, each": lambda: merkle.append(SIZE, leaves, nodes),
        "root": lambda: merkle.root(SIZE - 1, nodes),
    }


def proving(nodes: dict[merkle.Node, bytes]) -> dict[str, Function]:
    """What somebody who asks for a proof costs, and what it costs to verify one."""
    root, index, old = merkle.root(SIZE, nodes), 654_321, 123_457
    inclusion, consistency = (
        merkle.inclusion_proof(index, SIZE, nodes),
        merkle.consistency_proof(old, SIZE, nodes),
    )
    old_root = merkle.root(old, nodes)

    def prove() -> None:
        index = RNG.randrange(SIZE)
        needs = merkle.inclusion_needs(index, SIZE)
        merkle.inclusion_proof(index, SIZE, {node: nodes[node] for node in needs})

    def prove_growth() -> None:
        old_size = RNG.randrange(SIZE)
        needs = merkle.consistency_needs(old_size, SIZE)
        merkle.consistency_proof(old_size, SIZE, {node: nodes[node] for node in needs})

    cases: dict[str, Function] = {
        "inclusion proof": prove,
        "verify an inclusion proof": lambda: merkle.verify_inclusion(
            nodes[(0, index)], index, SIZE, inclusion, root
        ),
        "consistency proof": prove_growth,
        "verify a consistency proof": lambda: merkle.verify_consistency(
            old, old_root, SIZE, root, consistency
        ),
    }
    try:
        from sigstore._internal.merkle import verify_merkle_inclusion
    except ImportError:
        return cases
    inner = SimpleNamespace(log_index=index, tree_size=SIZE, hashes=list(inclusion), root_hash=root)
    logged = SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inner, canonicalized_body=entry(index)))
    return {**cases, "sigstore: verify an inclusion proof": lambda: verify_merkle_inclusion(logged)}


def publishing(nodes: dict[merkle.Node, bytes]) -> dict[str, Function]:
    """Signing a checkpoint, and checking a log proof from a file."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key = VerifierKey(ORIGIN, public_key_of(private.public_key()))
    leaf_entry = log_entry.build_entry("award", AT, log_entry.commit(CONTENT, SALT))
    tree = merkle.append(SIZE, [merkle.leaf_hash(leaf_entry)], nodes)
    known = nodes | tree
    text = checkpoint.build_checkpoint(ORIGIN, SIZE + 1, merkle.root(SIZE + 1, known))
    signature = private.sign(text)
    note = checkpoint.seal_checkpoint(text, [(key, signature)])
    path = merkle.inclusion_proof(SIZE, SIZE + 1, known)
    value = LogProof(note, SIZE, path, leaf_entry, CONTENT, SALT).to_json()
    assert {finding.level for finding in check_log_proof(value, [key])} == {"ok"}
    return {
        "raw Ed25519 sign": lambda: private.sign(text),
        "raw Ed25519 verify": lambda: key.key.verify(signature, text),
        "sign a checkpoint": lambda: checkpoint.seal_checkpoint(text, [(key, private.sign(text))]),
        "verify a checkpoint": lambda: checkpoint.verify_checkpoint(note, [key]),
        "check a log proof": lambda: check_log_proof(value, [key]),
    }


def checking() -> dict[str, Function]:
    """`exchange log fsck` over an intact log, each entry."""
    leaves = [merkle.leaf_hash(entry(number)) for number in range(CHECKED)]
    rows = sorted(merkle.append(0, leaves, {}).items(), key=lambda row: completed_at(row[0]))
    return {"check a stored tree, each entry": lambda: list(check_tree(CHECKED, enumerate(leaves), rows))}


def entry(number: int) -> bytes:
    return b"entry %d" % number


def main() -> None:
    """Measure and print one table."""
    nodes = merkle.append(0, [merkle.leaf_hash(entry(number)) for number in range(SIZE)], {})
    functions = growing(nodes) | proving(nodes) | publishing(nodes) | checking()
    many = {f"append {BATCH} entries, each": BATCH, "check a stored tree, each entry": CHECKED}
    most = max(len(merkle.inclusion_needs(index, SIZE)) for index in range(0, SIZE, 101))
    print(f"{SIZE:,} entries; an inclusion proof there is made of at most {most} stored nodes")
    for name, micros in medians({name: python(case) for name, case in functions.items()}, ROUNDS).items():
        print(f"  {name:38} {micros / many.get(name, 1):8.2f} µs")


if __name__ == "__main__":
    main()
