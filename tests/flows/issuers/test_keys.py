"""Keys over time: rotations that change nothing for old badges, and what there is to say of each key."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.keys.multikey import multikey_of
from exchange.errors import UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.instance import sweep
from exchange.flows.issuers import keys
from exchange.flows.issuers.issuers import did_document, put_issuer
from exchange.flows.issuers.sync import sync
from exchange.flows.records import SigningKey
from tests.flows.badges.test_round_trip import problems
from tests.flows.two_issuers import (
    STOLEN,
    active,
    awarded,
    bare,
    here,
    issuer_of,
    outside,
    refused,
    states,
    web,
    world,
)
from tests.simulator import World, run
from tests.team import TEAM

__all__ = ["bare", "web", "world"]


OLD_BADGES = int(os.environ.get("TEST_OLD_BADGES", "40"))
"""P7 says 1,000; so many are verified where TEST_OLD_BADGES=1000."""


def test_after_a_rotation_old_and_new_badges_verify(world: World) -> None:
    before, untouched = awarded(world), active(world, "other")
    old = active(world)
    world.later(days=1)
    _, new = run(keys.rotate(world.ports, "team"))
    assert active(world) == new
    assert states(world) == ["verify-only", "active"]
    assert new.activated_at == world.now
    after = awarded(world)
    assert strict_json.parse(after.signed)["proof"]["verificationMethod"].endswith(new.multikey)
    assert old.multikey != new.multikey
    for badge in (before, after):
        assert outside(world, badge.signed).outcome == "valid"
        assert "issuer_known" in here(world, badge).codes
    assert active(world, "other") == untouched


def test_a_did_web_stays_and_lists_both_keys(web: World) -> None:
    before, old = awarded(web), active(web)
    _, new = run(keys.rotate(web.ports, "team"))
    assert issuer_of(awarded(web)) == issuer_of(before)
    document = run(did_document(web.ports, "team"))
    assert document["assertionMethod"] == [f"{document['id']}#{key.multikey}" for key in (old, new)]


def test_a_did_key_changes_with_its_key_and_old_badges_keep_their_lists(bare: World) -> None:
    before = awarded(bare)
    row, new = run(keys.rotate(bare.ports, "team"))
    after = awarded(bare)
    assert issuer_of(after) == row.did == f"did:key:{new.multikey}" != issuer_of(before)
    lists = [
        {e["statusListCredential"] for e in strict_json.parse(b.signed)["credentialStatus"]}
        for b in (before, after)
    ]
    assert not lists[0] & lists[1]
    run(sync(bare.ports, [TEAM]))
    assert run(bare.store.issuer("team")) == row
    document = run(did_document(bare.ports, "team"))
    assert document["assertionMethod"] == [f"{row.did}#{new.multikey}"]

    bare.later(hours=13)  # the lists are signed again, each by the key that its badges know
    assert outside(bare, before.signed).outcome == outside(bare, after.signed).outcome == "valid"
    run(status.revoke(bare.ports, before.id, "the wrong Ana"))
    assert problems(outside(bare, before.signed)) == {"revoked"}
    assert outside(bare, after.signed).outcome == "valid"


def test_old_badges_verify_after_five_rotations(world: World) -> None:
    old = [awarded(world, proof=("eddsa-rdfc-2022", "jwt")[n % 2]) for n in range(OLD_BADGES)]
    for _ in range(5):
        world.later(days=30)
        run(keys.rotate(world.ports, "team"))
        old.append(awarded(world))
    assert states(world) == ["verify-only"] * 5 + ["active"]
    assert {outside(world, badge.signed).outcome for badge in old} == {"valid"}


def test_a_new_key_that_signs_badly_never_takes_over(world: World) -> None:
    before, row = run(world.store.keys()), run(world.store.issuer("team"))
    world.keys.broken = True
    assert refused(keys.rotate(world.ports, "team")).code == "self_check_failed"
    assert (run(world.store.keys()), run(world.store.issuer("team"))) == (before, row)
    world.keys.broken = False
    assert outside(world, awarded(world).signed).outcome == "valid"


def test_a_rotation_in_the_midst_of_an_award_leaves_nothing_half_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    intend = world.store.intend

    async def slow(draft: Any, url_id: Any) -> Any:
        await keys.rotate(world.ports, "team")
        return await intend(draft, url_id)

    monkeypatch.setattr(world.store, "intend", slow)
    order = Order("team", "lead", "mailto:ana@example.org")
    assert refused(award(world.ports, order)).code == "key_retired"
    monkeypatch.setattr(world.store, "intend", intend)
    assert run(world.store.unfinished(world.now.replace(year=2100))) == []
    assert outside(world, awarded(world).signed).outcome == "valid"


def test_an_intent_of_before_the_rotation_is_finished_with_its_own_key(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        awarded(world)
    world.keys.broken = False
    run(keys.rotate(world.ports, "team"))
    world.later(minutes=1)
    assert run(sweep.sweep(world.ports)) == 1
    (badge,) = run(world.store.badges())
    assert outside(world, badge.signed or b"").outcome == "valid"


def test_a_key_that_is_kept_elsewhere_is_taken_up_once(world: World) -> None:
    multikey, uri = run(world.keys.create("anybody"))
    _, new = run(keys.rotate(world.ports, "team", uri))
    assert (new.multikey, new.uri) == (multikey, uri)
    before = run(world.store.keys())
    for slug in ("team", "other"):
        error = refused(keys.rotate(world.ports, slug, uri))
        assert error.code == "key_known"
        assert "team" in error.message
    assert run(world.store.keys()) == before


def test_an_unknown_issuer_is_named(world: World) -> None:
    assert refused(keys.rotate(world.ports, "nobody")).code == "unknown_issuer"
    assert refused(keys.stop(world.ports, "nobody", "why")).code == "unknown_issuer"
    assert refused(keys.listed(world.ports, "nobody")).code == "unknown_issuer"


def test_a_did_document_never_outgrows_what_verifiers_read(
    web: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MAX_KEYS", 3)
    monkeypatch.setattr("exchange.flows.issuers.issuers.MAX_KEYS", 3)
    first = active(web)
    run(keys.rotate(web.ports, "team"))
    run(keys.rotate(web.ports, "team"))
    assert refused(keys.rotate(web.ports, "team")).code == "too_many_keys"
    run(keys.revoke_key(web.ports, first.id, STOLEN))
    run(keys.rotate(web.ports, "team"))
    document = run(did_document(web.ports, "team"))
    assert len(document["verificationMethod"]) == len(document["assertionMethod"]) == 3
    assert outside(web, awarded(web).signed).outcome == "valid"


# --- what there is to say ---


def test_each_active_key_is_asked_to_sign_but_not_while_it_must_not(world: World) -> None:
    assert [f.code for f in run(keys.check_keys(world.ports))] == ["key", "key"]
    world.keys.broken = True
    assert {f.code for f in run(keys.check_keys(world.ports))} == {"self_check_failed"}
    run(keys.stop(world.ports, "team", "drill"))
    findings = run(keys.check_keys(world.ports))
    assert [(f.code, f.at) for f in findings] == [("signing_stopped", "team"), ("self_check_failed", "other")]
    assert "exchange keys resume team" in findings[0].message


def test_a_key_that_was_made_but_never_taken_up_is_mentioned(world: World) -> None:
    left = replace(active(world), id="left", multikey="z6MkLeft", state="pending")
    run(world.store.put_key(left))
    (finding,) = [f for f in run(keys.check_keys(world.ports)) if f.level != "ok"]
    assert (finding.code, finding.level, finding.at) == ("key_pending", "warning", "team")
    assert "z6MkLeft" not in str(run(did_document(world.ports, "team")))


def test_a_verification_asks_as_much_of_the_store_for_a_hundred_issuers_as_for_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    badge, asked = awarded(world), 0
    assert here(world, badge).outcome == "valid"  # its lists are signed now
    original = world.store.keys

    async def counting(issuer: str | None = None) -> list[SigningKey]:
        nonlocal asked
        asked += 1
        return await original(issuer)

    monkeypatch.setattr(world.store, "keys", counting)
    assert here(world, badge).outcome == "valid"
    before, asked = asked, 0
    for n in range(100):
        run(put_issuer(world.ports, f"peer-{n}", dict(TEAM.profile)))
    asked = 0
    assert here(world, badge).outcome == "valid"
    assert asked == before


def test_the_simulated_key_is_the_one_in_its_multikey(world: World) -> None:
    """Else none of the above would prove anything."""
    key = active(world)
    assert multikey_of(world.keys.private[key.uri].public_key()) == key.multikey
