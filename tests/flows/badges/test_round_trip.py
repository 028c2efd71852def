"""The round trip in the simulated world: sync, award, verify, revoke, suspend, reinstate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange.core import strict_json
from exchange.core.bake import extract
from exchange.core.verdict.verdict import Verdict
from exchange.errors import ConflictError, ExchangeError, InputError, NotFoundError, UnavailableError
from exchange.flows.badges import show, status
from exchange.flows.badges.award import Awarded, Order, award
from exchange.flows.badges.verify import Options, verify, verify_url
from exchange.flows.instance.own import own_document
from exchange.flows.issuers.sync import sync
from exchange.flows.sign import PROOFS, finish
from tests.simulator import World, run
from tests.team import LEAD, SEEN, TEAM


@pytest.fixture
def world() -> World:
    world = World()
    run(sync(world.ports, [TEAM]))
    return world


def awarded(world: World, to: str = "mailto:ana@example.org", **order: Any) -> Awarded:
    return run(award(world.ports, Order("team", "lead", to, **order)))


def verdict(world: World, data: bytes, **options: Any) -> Verdict:
    return run(verify(world.ports, data, Options(**options)))


def problems(result: Verdict) -> set[str]:
    return {finding.code for finding in result.findings if finding.level in ("error", "unknown")}


@pytest.mark.parametrize("proof", PROOFS)
def test_what_is_awarded_verifies_as_file_as_pictures_and_by_its_url(world: World, proof: str) -> None:
    badge = awarded(world, proof=proof)
    for data in (badge.signed, badge.png, badge.svg):
        result = verdict(world, data)
        assert result.outcome == "valid", result.findings
        assert "issuer_known" in result.codes
    assert extract(badge.png).text.encode() == badge.signed
    for url in (badge.id, f"{badge.id}.html", f"{badge.id}.html?lang=de#checks", f"{badge.id}?lang=de"):
        assert run(verify_url(world.ports, url)) == run(verify_url(world.ports, badge.id))
        assert run(verify_url(world.ports, url)).outcome == "valid"
    assert world.web.asked == []


def test_a_page_is_as_good_as_the_id_in_every_verb_and_no_document_of_its_own(world: World) -> None:
    badge = awarded(world)
    page = f"{badge.id}.html"
    run(status.revoke(world.ports, page, "issued by mistake"))
    assert problems(run(verify_url(world.ports, page))) == {"revoked"}
    assert run(show.badge(world.ports, page)).badge.id == badge.key
    found = run(
        own_document(world.ports, page)
    )  # what a document names is what lies there, and that is a page
    assert found is not None
    assert (found.status, found.body) == (404, b"")
    for name in (f"{badge.key}.html", f"{page}.html", f"{world.base_url}/badges/.html"):
        with pytest.raises(NotFoundError):
            run(show.badge(world.ports, name))


@pytest.mark.parametrize("proof", PROOFS)
def test_revoked_is_revoked_everywhere_and_only_there(world: World, proof: str) -> None:
    badge, other = awarded(world, proof=proof), awarded(world, proof=proof)
    run(status.revoke(world.ports, badge.id, "issued by mistake"))
    assert problems(verdict(world, badge.png)) == {"revoked"}
    assert verdict(world, other.signed).outcome == "valid"
    with pytest.raises(ConflictError, match="already revoked"):
        run(status.revoke(world.ports, badge.key, "again"))
    with pytest.raises(ConflictError, match="final"):
        run(status.suspend(world.ports, badge.id, "again"))
    assert [change.reason for change in run(show.badge(world.ports, badge.key)).history] == [
        "issued by mistake"
    ]


def test_suspended_and_reinstated(world: World) -> None:
    badge = awarded(world)
    run(status.suspend(world.ports, badge.id, "under review"))
    assert problems(verdict(world, badge.signed)) == {"suspended"}
    run(status.reinstate(world.ports, badge.id, "review done"))
    assert verdict(world, badge.signed).outcome == "valid"
    with pytest.raises(ConflictError, match="already not suspended"):
        run(status.reinstate(world.ports, badge.id, "again"))


def test_signed_lists_are_kept_until_a_bit_changes_or_half_their_life_is_over(world: World) -> None:
    badge = awarded(world)
    list_id = run(world.store.badge(badge.key)).slots[0].list_id  # type: ignore[union-attr]
    first = run(status.published_list(world.ports, list_id))
    world.later(hours=11)
    assert run(status.published_list(world.ports, list_id)) == first
    world.later(hours=2)
    second = run(status.published_list(world.ports, list_id))
    assert second != first
    run(status.revoke(world.ports, badge.id, "wrong person"))
    assert run(status.published_list(world.ports, list_id)) != second


def test_lists_keep_the_address_that_their_badges_name_when_the_exchange_moves(world: World) -> None:
    stays, goes = awarded(world), awarded(world)
    moved = replace(world, base_url="http://localhost:8001", older=(world.base_url,))
    new = awarded(moved)
    run(status.revoke(moved.ports, goes.id, "It was another Ana."))
    moved.later(hours=13)
    assert [verdict(moved, one.signed).outcome for one in (stays, new)] == ["valid", "valid"]
    assert problems(verdict(moved, goes.signed)) == {"revoked"}
    lists = [
        {entry["statusListCredential"] for entry in strict_json.parse(one.signed)["credentialStatus"]}
        for one in (stays, new)
    ]
    assert not lists[0] & lists[1]
    assert all(url.startswith(moved.base_url) for url in lists[1])


def test_badge_expires_with_its_achievement(world: World) -> None:
    badge = awarded(world)
    world.later(days=364)
    assert verdict(world, badge.signed).outcome == "valid"
    world.later(days=2)
    assert problems(verdict(world, badge.signed)) == {"expired"}


def test_verdict_as_of_another_time(world: World) -> None:
    badge = awarded(world)
    before = world.now.replace(year=2025)
    assert "not_yet_valid" in problems(verdict(world, badge.signed, at=before))


@pytest.mark.parametrize(
    ("recipient", "outcome"),
    [
        ("mailto:ana@example.org", "valid"),
        ("ana@example.org", "valid"),
        ("mailto:eve@example.org", "invalid"),
    ],
)
def test_recipient(world: World, recipient: str, outcome: str) -> None:
    assert verdict(world, awarded(world).signed, recipient=recipient).outcome == outcome


def test_the_address_is_nowhere_in_the_badge(world: World) -> None:
    badge = awarded(world)
    assert b"ana@" not in badge.signed
    assert b"ana@" not in badge.png


WRONG_ORDERS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown issuer": ({"issuer": "nobody"}, "unknown_issuer"),
    "unknown badge": ({"achievement": "nothing"}, "unknown_achievement"),
    "no address": ({"to": "ana"}, "recipient_malformed"),
    "two addresses": ({"to": "mailto:a@x.org,b@x.org"}, "recipient_malformed"),
    "script": ({"to": "javascript:alert(1)"}, "recipient_malformed"),
    "evidence that is no address": ({"evidence": ("file:///etc/passwd",)}, "evidence_malformed"),
    "evidence missing": ({"achievement": "seen"}, "evidence_required"),
    "unknown proof": ({"proof": "bbs-2023"}, "unknown_proof"),
    "an address with a NUL": ({"to": "a\x00b@example.org"}, "recipient_malformed"),
    "an address that reads backwards": ({"to": "ana\u202egro@example.org"}, "recipient_malformed"),
    "a page with what no address has": ({"to": 'https://e.org/"><b>'}, "recipient_malformed"),
    "a page that reads backwards": ({"to": "https://e.org/\u202e"}, "recipient_malformed"),
    "evidence with what no address has": ({"evidence": ("https://e.org/<b>",)}, "evidence_malformed"),
    "evidence that reads backwards": ({"evidence": ("https://e.org/\u202e",)}, "evidence_malformed"),
    "control character": ({"narrative": "a\x00b"}, "control_character"),
}


@pytest.mark.parametrize("name", WRONG_ORDERS)
def test_wrong_order_is_refused_and_leaves_nothing(world: World, name: str) -> None:
    changed, code = WRONG_ORDERS[name]
    order = replace(Order("team", "lead", "mailto:ana@example.org"), **changed)
    with pytest.raises((InputError, NotFoundError)) as caught:
        run(award(world.ports, order))
    assert not code or caught.value.code == code
    assert run(world.store.badges()) == []
    assert run(world.store.unfinished(world.now.replace(year=2100))) == []


def test_a_key_that_signs_badly_publishes_nothing_and_is_finished_later(world: World) -> None:
    world.keys.broken = True
    with pytest.raises(UnavailableError, match="did not verify") as said:
        awarded(world)
    assert run(world.store.badges()) == []
    world.keys.broken = False
    (left,) = run(world.store.unfinished(world.now.replace(year=2100)))
    assert f"Or revoke {left.id}." in said.value.message
    signed = run(finish(world.ports, left))
    assert verdict(world, signed).outcome == "valid"
    again = run(world.store.badge(left.id))
    assert again is not None
    assert run(finish(world.ports, again)) == signed


def test_sync_again_changes_nothing_and_a_changed_file_makes_a_version(world: World) -> None:
    before = awarded(world)
    assert run(sync(world.ports, [TEAM])).badges("keep") == ["team/lead@1", "team/seen@1"]
    changed = replace(
        TEAM,
        badges=(replace(LEAD, criteria="Seen three times.", source='{"criteria":"Seen three times."}'), SEEN),
    )
    plan = run(sync(world.ports, [changed]))
    assert (plan.badges("update"), plan.badges("keep")) == (["team/lead@2"], ["team/seen@1"])
    after = awarded(world)
    criteria = [
        strict_json.parse(badge.signed)["credentialSubject"]["achievement"]["criteria"]["narrative"]
        for badge in (before, after)
    ]
    assert criteria == ["Seen twice.", "Seen three times."]
    assert verdict(world, before.signed).outcome == "valid"


def test_public_issuers_are_did_web_and_their_document_needs_no_request(world: World) -> None:
    public = world.public_at("https://badges.example.org")
    run(sync(public.ports, [TEAM]))
    badge = awarded(public)
    issuer = strict_json.parse(badge.signed)["issuer"]["id"]
    assert issuer == "did:web:badges.example.org:issuers:team"
    assert verdict(public, badge.signed).outcome == "valid"
    assert public.web.asked == []
    stranger = World()
    assert verdict(stranger, badge.signed).outcome == "indeterminate"
    assert stranger.web.asked == ["https://badges.example.org/issuers/team/did.json"]


def test_a_stranger_verifies_with_nothing_but_the_public_documents(world: World) -> None:
    public = world.public_at("https://badges.example.org")
    run(sync(public.ports, [TEAM]))
    badge = awarded(public)
    stranger = World()
    from exchange.flows.instance.own import own_document

    row = run(public.store.badge(badge.key))
    assert row is not None
    urls = [f"https://badges.example.org/status/{slot.list_id}" for slot in row.slots]
    for url in [*urls, "https://badges.example.org/issuers/team/did.json"]:
        document = run(own_document(public.ports, url))
        assert document is not None
        stranger.web.pages[url] = document
    assert verdict(stranger, badge.signed).outcome == "valid"
    assert len(stranger.web.asked) == 3


def test_a_verification_makes_at_most_four_requests(world: World) -> None:
    endorsements = [
        {
            "id": f"urn:{n}",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "issuer": f"https://{n}.example.org/",
        }
        for n in range(9)
    ]
    badge = strict_json.parse(awarded(world).signed)
    proof = {**badge["proof"], "verificationMethod": "https://0.example.org/#k"}
    for endorsement in endorsements:
        endorsement["proof"] = {**proof, "verificationMethod": f"{endorsement['issuer']}#k"}
    from tests.core.signers import Issuer

    team = Issuer("team")
    document = {**badge, "issuer": team.did, "endorsement": endorsements}
    del document["proof"]
    signed = team.sign(document, "eddsa-jcs-2022")
    result = verdict(world, signed)
    assert len(world.web.asked) <= 4
    assert all(inner.outcome != "valid" for inner in result.endorsements)


@pytest.mark.parametrize(
    "junk", [b"", b"not a badge", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"%PDF-1.7", b"\x00" * 100]
)
def test_junk_is_never_valid(world: World, junk: bytes) -> None:
    result = verdict(world, junk)
    assert result.outcome != "valid"
    assert result.credential is None


def test_unknown_badge_says_so(world: World) -> None:
    with pytest.raises(ExchangeError, match="no badge"):
        run(status.revoke(world.ports, "http://localhost:8000/badges/none", "why"))
