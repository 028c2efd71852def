"""Keys over time: rotations that change nothing for old badges, revocations that all see, and stops."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.documents import Document
from exchange.core.multikey import multikey_of
from exchange.core.proofs import data_integrity
from exchange.core.verdict import Verdict
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows import keys, status, sweep
from exchange.flows.award import Awarded, Order, award
from exchange.flows.issuers import did_document, put_issuer
from exchange.flows.own import own_document
from exchange.flows.ports import Ports
from exchange.flows.records import SigningKey
from exchange.flows.sync import sync
from exchange.flows.verify import Options, distrusting, verify
from tests.flows.test_round_trip import problems
from tests.simulator import World, run
from tests.team import TEAM

OLD_BADGES = int(os.environ.get("TEST_OLD_BADGES", "40"))
"""P7 says 1,000; so many are verified where TEST_OLD_BADGES=1000."""

STOLEN = "A laptop with a copy was stolen."


def team(public: bool) -> World:
    world = World().public_at("https://badges.example.org") if public else World()
    run(sync(world.ports, [TEAM, replace(TEAM, slug="other")]))
    return world


@pytest.fixture(params=["did:web", "did:key"])
def world(request: pytest.FixtureRequest) -> World:
    return team(request.param == "did:web")


@pytest.fixture
def web() -> World:
    return team(public=True)


@pytest.fixture
def bare() -> World:
    """A world whose issuers are did:keys."""
    return team(public=False)


def awarded(world: World, issuer: str = "team", **order: Any) -> Awarded:
    return run(award(world.ports, Order(issuer, "lead", "mailto:ana@example.org", **order)))


def here(world: World, badge: Awarded, **options: Any) -> Verdict:
    return run(verify(world.ports, badge.signed, Options(**options)))


@dataclass
class OurWeb:
    """The web of somebody else, in which our documents lie where they are published."""

    ours: Ports

    def for_one_verify(self) -> OurWeb:
        return self

    async def fetch(self, url: str) -> Document:
        return await own_document(self.ours, url) or Document(url, 0, "", b"", "nothing there")


def outside(world: World, signed: bytes) -> Verdict:
    """The verdict of a stranger, who has nothing of ours but what is published."""
    stranger = World(now=world.now, base_url="http://localhost:9000")
    ports = replace(stranger.ports, web=OurWeb(world.ports))
    return run(verify(ports, signed))


def active(world: World, issuer: str = "team") -> SigningKey:
    (key,) = [key for key in run(world.store.keys(issuer)) if key.state == "active"]
    return key


def states(world: World, issuer: str = "team") -> list[str]:
    return [key.state for key in run(world.store.keys(issuer))]


def issuer_of(badge: Awarded) -> str:
    return str(strict_json.parse(badge.signed)["issuer"]["id"])


def refused(act: Any) -> ExchangeError:
    with pytest.raises(ExchangeError) as caught:
        run(act)
    return caught.value


# --- rotate ---


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
    monkeypatch.setattr("exchange.flows.issuers.MAX_KEYS", 3)
    first = active(web)
    run(keys.rotate(web.ports, "team"))
    run(keys.rotate(web.ports, "team"))
    assert refused(keys.rotate(web.ports, "team")).code == "too_many_keys"
    run(keys.revoke_key(web.ports, first.id, STOLEN))
    run(keys.rotate(web.ports, "team"))
    document = run(did_document(web.ports, "team"))
    assert len(document["verificationMethod"]) == len(document["assertionMethod"]) == 3
    assert outside(web, awarded(web).signed).outcome == "valid"


# --- revoke ---


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


def test_what_a_revoked_did_key_endorsed_is_refused_inside_a_good_badge(bare: World) -> None:
    badge, other = here(bare, awarded(bare)), here(bare, awarded(bare, "other"))
    lost = f"did:key:{active(bare, 'other').multikey}"
    inside = Verdict("valid", (), "endorsement", other.credential, at="/endorsement/0")
    whole = Verdict("valid", badge.findings, "badge", badge.credential, (inside,))
    assert distrusting(whole, frozenset({"did:key:z6MkNobody"})) == whole
    verdict = distrusting(whole, frozenset({lost}))
    assert verdict.outcome == "valid"
    assert [(inner.outcome, inner.credential, inner.at) for inner in verdict.endorsements] == [
        ("invalid", None, "/endorsement/0")
    ]


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


# --- stop and resume ---


@pytest.mark.parametrize("who", ["team", None])
def test_a_stop_stops_everything_that_is_signed_and_changes_nothing(world: World, who: str | None) -> None:
    badge, theirs = awarded(world), awarded(world, "other")
    run(keys.stop(world.ports, who, "The key may be known."))
    acts = [
        award(world.ports, Order("team", "lead", "mailto:ana@example.org")),
        status.revoke(world.ports, badge.id, "why"),
        status.suspend(world.ports, badge.id, "why"),
    ]
    before = run(world.store.badges())
    for act in acts:
        error = refused(act)
        assert (error.code, error.status) == ("signing_stopped", 503)
        assert "The key may be known." in error.message
    assert run(world.store.unfinished(world.now.replace(year=2100))) == []
    assert (run(world.store.badges()), run(world.store.history(badge.key))) == (before, [])
    if who is None:
        assert refused(status.revoke(world.ports, theirs.id, "why")).code == "signing_stopped"
    else:
        run(status.revoke(world.ports, theirs.id, "the wrong Ana"))
    run(keys.resume(world.ports, who))
    run(status.revoke(world.ports, badge.id, "why"))
    assert problems(outside(world, badge.signed)) == {"revoked"}
    assert run(world.store.stops()) == []


def test_while_stopped_badges_are_checked_by_the_lists_of_before(world: World) -> None:
    """The list had never been asked for: a stop signs it, as the last thing."""
    badge = awarded(world)
    run(keys.stop(world.ports, None, "drill"))
    signed_at = world.now
    assert outside(world, badge.signed).outcome == "valid"
    world.later(hours=13)  # due, but nothing is signed
    assert outside(world, badge.signed).outcome == "valid"
    row = run(world.store.badge(badge.key))
    assert row is not None
    lists = [run(world.store.status_list(slot.list_id)) for slot in row.slots]
    assert {one.signed_at for one in lists if one} == {signed_at}
    world.later(hours=12)  # over: it is still served, and says so itself
    assert problems(outside(world, badge.signed)) == {"status_list_expired"}
    run(keys.resume(world.ports, None))
    assert outside(world, badge.signed).outcome == "valid"


def test_a_list_that_is_known_to_be_wrong_is_not_served_while_it_cannot_be_signed(world: World) -> None:
    badge = awarded(world)
    assert outside(world, badge.signed).outcome == "valid"
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        run(status.revoke(world.ports, badge.id, "the wrong Ana"))
    assert outside(world, badge.signed).outcome == "indeterminate"
    world.keys.broken = False
    assert problems(outside(world, badge.signed)) == {"revoked"}


def test_a_key_that_is_away_for_some_hours_harms_no_badge(world: World) -> None:
    badge = awarded(world)
    assert outside(world, badge.signed).outcome == "valid"
    world.later(hours=13)
    world.keys.broken = True
    assert outside(world, badge.signed).outcome == "valid"


def test_a_stop_stops_the_sweep_and_what_waited_is_signed_as_it_was_intended(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError):
        awarded(world)
    world.keys.broken = False
    run(keys.stop(world.ports, "team", "drill"))
    world.later(minutes=1)
    assert run(sweep.sweep(world.ports)) == 0
    (left,) = run(world.store.unfinished(world.now))
    run(keys.resume(world.ports, "team"))
    assert run(sweep.sweep(world.ports)) == 1
    (badge,) = run(world.store.badges())
    assert replace(badge, signed=None) == left
    assert outside(world, badge.signed or b"").outcome == "valid"


def test_a_compromise_is_mended_in_four_steps(web: World) -> None:
    """stop, rotate, revoke, resume: nothing is signed in between, and all is well afterwards."""
    lost, badge = active(web), awarded(web)
    run(keys.stop(web.ports, "team", STOLEN))
    run(keys.rotate(web.ports, "team"))
    run(keys.revoke_key(web.ports, lost.id, STOLEN))
    assert states(web) == ["revoked", "active"]
    assert refused(award(web.ports, Order("team", "lead", "mailto:a@example.org"))).code == "signing_stopped"
    run(keys.resume(web.ports, "team"))
    assert problems(outside(web, badge.signed)) == {"key_revoked"}
    assert outside(web, awarded(web).signed).outcome == "valid"


def test_a_stop_that_is_not_there_is_not_taken_away(world: World) -> None:
    run(keys.stop(world.ports, "team", "drill"))
    error = refused(keys.resume(world.ports, None))
    assert error.code == "not_stopped"
    assert "team" in error.message
    assert len(run(world.store.stops())) == 1
    assert refused(keys.stop(world.ports, "team", "x" * 501)).code == "reason_missing"


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
