"""What files prove about the log: each kind, what contradicts it, and what is only not shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchange.core.log import merkle
from exchange.core.log.evidence import (
    Consistency,
    Evidence,
    check_evidence,
    peek_consistency,
    peek_evidence,
)
from exchange.errors import InputError
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.issuers.sync import sync
from exchange.flows.log.log import award_proof, checkpoint, consistency, log_key
from tests.core.notes import Signer, signed_checkpoint
from tests.core.trees import naive_root, nodes_of
from tests.edge.shop import SCHOOL
from tests.simulator import World, run

LOG = Signer()
KEYS = [LOG.key]


def codes(findings: list[Any]) -> dict[str, str]:
    return {finding.code: finding.level for finding in findings}


def note(size: int, root: bytes | None = None) -> Evidence:
    return peek_evidence(f"at-{size}", signed_checkpoint(size, root or naive_root(0, size)))


def proof_between(old: int, new: int, tree: int | None = None) -> Evidence:
    hashes = merkle.consistency_proof(old, new, nodes_of(tree or new))
    return peek_evidence("grew", json.dumps(Consistency(old, new, hashes).to_json()).encode())


# --- checkpoints ---


def test_two_checkpoints_with_the_proof_between_them_are_proven() -> None:
    found = check_evidence([note(5), note(9), proof_between(5, 9)], KEYS)
    assert codes(found) == {"checkpoint_ok": "ok", "consistency_ok": "ok"}
    assert [finding.at for finding in found[:2]] == ["at-5", "at-9"]


def test_without_the_proof_between_them_nobody_can_tell() -> None:
    found = check_evidence([note(5), note(9)], KEYS)
    assert codes(found)["consistency_missing"] == "unknown"
    assert "/log/consistency?from=5&to=9" in found[-1].message
    assert (
        codes(check_evidence([note(5), note(9), proof_between(4, 9)], KEYS))["consistency_missing"]
        == "unknown"
    )


def test_two_roots_for_one_size_prove_that_two_stories_were_told() -> None:
    found = check_evidence([note(5), note(5, bytes(32))], KEYS)
    assert codes(found)["log_forked"] == "error"
    assert "log_forked" not in codes(check_evidence([note(5), note(5)], KEYS))


def test_a_log_that_was_rewritten_in_between_is_not_proven() -> None:
    found = check_evidence([note(5, bytes(32)), note(9), proof_between(5, 9)], KEYS)
    assert codes(found)["consistency_proof_wrong"] == "error"


def test_a_chain_of_checkpoints_needs_each_of_its_links() -> None:
    files = [note(9), note(3), note(5), proof_between(3, 5), proof_between(5, 9)]
    assert set(codes(check_evidence(files, KEYS)).values()) == {"ok"}
    assert codes(check_evidence(files[:-1], KEYS))["consistency_missing"] == "unknown"


def test_what_another_key_signed_says_nothing_and_what_was_changed_is_wrong() -> None:
    assert codes(check_evidence([note(5)], [Signer(seed="another").key])) == {"note_key_unknown": "unknown"}
    changed = Evidence("at-5", "checkpoint", note(5).data.replace(b"\n5\n", b"\n6\n"))
    assert codes(check_evidence([changed], KEYS)) == {"note_signature_invalid": "error"}


def test_a_consistency_proof_alone_proves_nothing() -> None:
    assert codes(check_evidence([proof_between(5, 9)], KEYS)) == {"checkpoint_missing": "unknown"}
    assert codes(check_evidence([proof_between(5, 9), note(9)], KEYS))["checkpoint_missing"] == "unknown"


@pytest.mark.parametrize(
    "value",
    [
        {"from": 5, "to": 3, "proof": []},
        {"from": -1, "to": 3, "proof": []},
        {"from": "5", "to": 9, "proof": []},
        {"from": 5, "to": 2**64, "proof": []},
        {"from": 5, "to": 9, "proof": "x"},
        {"from": 5, "to": 9, "proof": [1]},
        {"from": 5, "to": 9, "proof": ["!"]},
        [],
    ],
)
def test_what_is_no_consistency_proof_is_refused(value: Any) -> None:
    with pytest.raises(InputError):
        peek_consistency(value)
    found = check_evidence([Evidence("grew", "consistency", b"", value), note(5)], KEYS)
    assert "error" in codes(found).values()


# --- badges and log proofs ---


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    run(sync(world.ports, [SCHOOL]))
    return world


def awarded(world: World, **order: Any) -> Awarded:
    return run(award(world.ports, Order("school", "incident-lead", "mailto:ana@example.org", **order)))


def files_of(world: World, badge: Awarded, body: bytes, *, whole: bool = True) -> list[Evidence]:
    value = run(award_proof(world.ports, badge.key)).to_json()
    if not whole:
        value = {name: member for name, member in value.items() if name not in ("content", "salt")}
    return [peek_evidence("proof", json.dumps(value).encode()), peek_evidence("badge", body)]


def keys_of(world: World) -> list[Any]:
    return [run(log_key(world.ports))[0]]


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"])
@pytest.mark.parametrize("form", ["signed", "png", "svg"])
def test_a_badge_in_any_form_is_the_one_that_was_logged(world: World, proof: str, form: str) -> None:
    badge = awarded(world, proof=proof)
    found = check_evidence(files_of(world, badge, getattr(badge, form)), keys_of(world))
    assert codes(found)["badge_logged"] == "ok"
    assert set(codes(found).values()) == {"ok"}


def test_a_badge_with_other_bytes_is_not_what_was_logged(world: World) -> None:
    badge = awarded(world)
    changed = badge.signed.replace(b"Leads the response", b"Leads everything")
    found = check_evidence(files_of(world, badge, changed), keys_of(world))
    assert codes(found)["badge_differs"] == "error"


def test_the_proof_of_another_badge_is_no_proof(world: World) -> None:
    badge, other = awarded(world), awarded(world)
    found = check_evidence(files_of(world, badge, other.signed), keys_of(world))
    assert codes(found)["proof_of_another"] == "error"


def test_a_proof_without_content_leaves_open_what_it_is_about(world: World) -> None:
    badge = awarded(world)
    found = check_evidence(files_of(world, badge, badge.signed, whole=False), keys_of(world))
    assert codes(found) == {
        "checkpoint_ok": "ok",
        "inclusion_ok": "ok",
        "entry_ok": "ok",
        "content_withheld": "unknown",
        "badge_not_shown": "unknown",
    }


def test_a_badge_alone_is_not_proven(world: World) -> None:
    assert codes(check_evidence([peek_evidence("b", awarded(world).signed)], keys_of(world))) == {
        "badge_without_proof": "unknown"
    }


def test_a_proof_and_a_later_checkpoint_need_the_proof_between_them(world: World) -> None:
    badge = awarded(world)
    files = files_of(world, badge, badge.signed)
    size = run(world.store.checkpoint()).size  # type: ignore[union-attr]
    awarded(world)
    later = peek_evidence("later", run(checkpoint(world.ports)))
    assert codes(check_evidence([*files, later], keys_of(world)))["consistency_missing"] == "unknown"
    new = run(world.store.log_size())
    hashes = run(consistency(world.ports, size, new))
    grew = peek_evidence("grew", json.dumps(Consistency(size, new, hashes).to_json()).encode())
    assert set(codes(check_evidence([*files, later, grew], keys_of(world))).values()) == {"ok"}


# --- what a file is ---


def test_each_file_is_known_by_its_content(world: World) -> None:
    badge = awarded(world)
    kinds = [one.kind for one in files_of(world, badge, badge.png)]
    assert kinds == ["proof", "badge"]
    assert peek_evidence("k", f"{LOG.key}\n".encode()).kind == "key"
    assert note(5).kind == "checkpoint"
    assert proof_between(5, 9).kind == "consistency"


@pytest.mark.parametrize("data", [b"", b"a+b", b"{", b"hello\n", b"%PDF-1.7", b"[1]", b"\xff\xfe+"])
def test_what_is_none_of_these_is_named_by_its_file(data: bytes) -> None:
    with pytest.raises(InputError, match="some file") as refused:
        peek_evidence("some file", data)
    assert refused.value.code == "unknown_evidence"
