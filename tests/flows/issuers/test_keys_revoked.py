"""Keys that may be in other hands: everybody refuses what they signed, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.proofs import data_integrity
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges import status
from exchange.flows.badges.award import Order, award
from exchange.flows.badges.verify import Options, verify
from exchange.flows.instance import sweep
from exchange.flows.issuers import keys
from exchange.flows.issuers.issuers import did_document, put_issuer
from tests.flows.badges.test_round_trip import problems
from tests.flows.two_issuers import (
    STOLEN,
    active,
    awarded,
    bare,
    here,
    outside,
    refused,
    states,
    web,
    world,
)
from tests.simulator import World, run
from tests.team import TEAM

__all__ = ["bare", "web", "world"]


def test_what_a_revoked_key_signed_is_refused_everywhere_and_nothing_else(web: World) -> None:
    oldest = awarded(web)
    run(keys.rotate(web.ports, "team"))
    lost, badge, theirs = active(web), awarded(web), awarded(web, "other")
    web.later(days=1)
    view, new = run(keys.revoke_key(web.ports, lost.multikey, STOLEN))
    assert new == active(web)
    assert (view.key.state, view.key.revoked_at, view.key.revoked_reason) == ("revoked", web.now, STOLEN)
    for verdict in (outside(web, badge.signed), here(web, badge)):
        assert problems(verdict) == {"key_revoked"}
        assert verdict.credential is None
    for good in (oldest, awarded(web), theirs):
        assert outside(web, good.signed).outcome == here(web, good).outcome == "valid"


def test_a_revoked_key_is_named_with_the_moment_and_listed_for_nothing(web: World) -> None:
    lost = active(web)
    since = web.now
    web.later(days=3)
    run(keys.revoke_key(web.ports, lost.id, STOLEN, since))
    document = run(did_document(web.ports, "team"))
    (method,) = [m for m in document["verificationMethod"] if m["publicKeyMultibase"] == lost.multikey]
    assert method["revoked"] == "2026-11-21T09:30:00Z"
    assert method["id"] not in document["assertionMethod"]
    assert document["assertionMethod"] == [f"{document['id']}#{active(web).multikey}"]


def test_no_date_that_a_thief_writes_helps(web: World) -> None:
    lost, genuine = active(web), awarded(web)
    web.later(days=3)
    run(keys.revoke_key(web.ports, lost.id, STOLEN))
    document = {k: v for k, v in strict_json.parse(genuine.signed).items() if k != "proof"}
    document["validFrom"] = "2026-11-21T09:30:00Z"
    method = f"{document['issuer']['id']}#{lost.multikey}"
    prepared = data_integrity.prepare(
        document, "eddsa-rdfc-2022", "Ed25519", method, web.now.replace(year=2025)
    )
    forged = data_integrity.seal(prepared, run(web.keys.sign(lost.uri, prepared.message)))
    assert problems(outside(web, forged)) == {"key_revoked"}
    assert run(verify(web.ports, forged, Options(at=web.now.replace(day=22)))).outcome == "invalid"


def test_here_a_revoked_did_key_is_refused_and_outside_nobody_can_tell(bare: World) -> None:
    lost, badge = active(bare), awarded(bare)
    assert here(bare, badge).outcome == "valid"
    run(keys.revoke_key(bare.ports, f"did:key:{lost.multikey}", STOLEN))
    verdict = here(bare, badge)
    assert (verdict.outcome, verdict.credential) == ("invalid", None)
    assert problems(verdict) == {"key_revoked"}
    assert outside(bare, badge.signed).outcome == "indeterminate"
    assert refused(status.revoke(bare.ports, badge.id, "why")).code == "key_unavailable"
    assert run(bare.store.history(badge.key)) == []
    assert outside(bare, awarded(bare).signed).outcome == "valid"


def test_what_was_signed_after_the_moment_is_listed(world: World) -> None:
    lost = active(world)
    sound = awarded(world)
    world.later(hours=1)
    since, position = world.now, run(world.store.log_size())
    world.later(hours=1)
    suspects = [awarded(world) for _ in range(2)]
    world.later(hours=1)
    view, _ = run(keys.revoke_key(world.ports, lost.id, STOLEN, since))
    assert (view.signed, view.after) == (3, 2)
    assert set(view.newest_after) == {badge.key for badge in suspects}
    assert sound.key not in view.newest_after
    assert view.key.revoked_position == position
    assert run(keys.show(world.ports, lost.multikey)) == view
    (finding,) = [f for f in run(keys.check_keys(world.ports)) if f.code == "key_suspects"]
    assert "2 badges" in finding.message


def test_a_key_is_revoked_even_if_no_other_can_be_made(world: World) -> None:
    lost = active(world)
    world.keys.broken = True
    error = refused(keys.revoke_key(world.ports, lost.id, STOLEN))
    assert error.code == "no_active_key"
    assert "exchange keys rotate team" in error.message
    assert states(world) == ["revoked"]
    world.keys.broken = False
    assert refused(award(world.ports, Order("team", "lead", "mailto:a@example.org"))).code == "no_active_key"
    run(keys.rotate(world.ports, "team"))
    assert outside(world, awarded(world).signed).outcome == "valid"


def test_sync_gives_an_issuer_whose_key_was_revoked_a_new_one(world: World) -> None:
    world.keys.broken = True
    refused(keys.revoke_key(world.ports, active(world).id, STOLEN))
    world.keys.broken = False
    row = run(put_issuer(world.ports, "team", dict(TEAM.profile)))
    assert states(world) == ["revoked", "active"]
    assert run(world.store.issuer("team")) == row
    assert outside(world, awarded(world).signed).outcome == "valid"


def test_an_intent_of_a_revoked_key_is_never_finished(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        awarded(world)
    world.keys.broken = False
    run(keys.revoke_key(world.ports, active(world).id, STOLEN))
    world.later(minutes=1)
    assert run(sweep.sweep(world.ports)) == 0
    assert run(world.store.badges()) == []


WRONG: dict[str, tuple[dict[str, Any], type[ExchangeError], str]] = {
    "no such key": ({"name": "z6MkNobody"}, NotFoundError, "unknown_key"),
    "no reason": ({"reason": "  "}, InputError, "reason_missing"),
    "in the future": ({"since": World().now.replace(year=2030)}, InputError, "since_in_future"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_revocation_changes_nothing(world: World, name: str) -> None:
    changed, family, code = WRONG[name]
    before = run(world.store.keys())
    error = refused(keys.revoke_key(world.ports, **{"name": active(world).id, "reason": STOLEN, **changed}))
    assert (type(error), error.code) == (family, code)
    assert run(world.store.keys()) == before


def test_a_key_is_revoked_once(world: World) -> None:
    lost = active(world)
    run(keys.revoke_key(world.ports, lost.id, STOLEN))
    before = run(world.store.keys())
    error = refused(keys.revoke_key(world.ports, lost.id, "again"))
    assert (type(error), error.code) == (ConflictError, "already_revoked")
    assert run(world.store.keys()) == before
