"""The npm peers and we: @digitalcredentials/verifier-core reads ours, and we read what Node signs.

verifier-core is what the verifier and the wallet of the Digital Credentials Consortium run. It fetches
status lists, DID documents and issuer registries by itself; `verifier_core.mjs` answers from memory. Its log
has a line for each check. It knows eddsa-rdfc-2022 and Ed25519Signature2020 alone.

Beside its log it reports on a JSON Schema that it fetches from 1EdTech, which is not to be had here. That
schema takes one object for `credentialStatus` (Open Badges 3.0: 0..1); VCDM 2.0 allows several, as ours have,
and 1EdTech's issue 623 wants them for 3.1. All checks in the log cope with both.
"""

from __future__ import annotations

import pytest

from exchange.core import strict_json
from exchange.flows.badges.award import Awarded
from tests.core.signers import Issuer
from tests.interop.node import issued, needs_node
from tests.interop.readers import Refused, by_verifier_core
from tests.interop.sides import (
    BASE,
    INDEX,
    LIST,
    Ours,
    badge_by,
    endorsement_by,
    judged,
    known_limit,
    problems,
    signed,
    status_list_by,
)

pytestmark = needs_node
ATLAS = Issuer("atlas")


def documents_of(ours: Ours, badge: Awarded) -> dict[str, bytes]:
    """What a stranger needs to verify this badge."""
    entries = strict_json.parse(badge.signed)["credentialStatus"]
    urls = [entry["statusListCredential"] for entry in entries]
    if ours.public:
        urls.append(f"{BASE}/issuers/atlas/did.json")
    return {url: ours.get(url) for url in urls}


GOOD = {
    "valid_signature": True,
    "expiration": True,
    "revocation_status": True,
    "suspension_status": True,
    "registered_issuer": False,
}


# --- ours, verified by theirs ---


def test_our_badge_is_what_its_two_status_entries_say(ours: Ours) -> None:
    badges = [ours.award("eddsa-rdfc-2022", state) for state in ("good", "revoked", "suspended")]
    logs = by_verifier_core(*((badge.signed, documents_of(ours, badge)) for badge in badges))
    assert logs == [GOOD, {**GOOD, "revocation_status": False}, {**GOOD, "suspension_status": False}]


def test_our_badge_whose_list_is_not_there_or_changed_is_not_cleared(ours: Ours) -> None:
    badge = ours.award("eddsa-rdfc-2022")
    documents = documents_of(ours, badge)
    url = strict_json.parse(badge.signed)["credentialStatus"][0]["statusListCredential"]
    changed = documents[url].replace(b'"ttl":60000', b'"ttl":60001')
    assert changed != documents[url]
    without = {other: body for other, body in documents.items() if other != url}
    for log in by_verifier_core((badge.signed, {**documents, url: changed}), (badge.signed, without)):
        assert log["valid_signature"] is True
        assert log["revocation_status"] is not True


def test_our_tampered_badge_does_not_stand(ours: Ours) -> None:
    badge = ours.award("eddsa-rdfc-2022")
    with pytest.raises(Refused, match="invalid_signature"):
        by_verifier_core((badge.signed.replace(b"Led two", b"Led ten"), documents_of(ours, badge)))


def test_our_issuer_is_found_in_a_registry(ours: Ours) -> None:
    badge = ours.award("eddsa-rdfc-2022")
    issuer = strict_json.parse(badge.signed)["issuer"]["id"]
    url = "https://registry.example/registry.json"
    listed = {"registry": {issuer: {"name": "Atlas", "url": BASE, "location": "here"}}}
    documents = {**documents_of(ours, badge), url: strict_json.dump(listed)}
    registries = [{"name": "Ours", "type": "dcc-legacy", "url": url}]
    assert by_verifier_core((badge.signed, documents), registries=registries) == [
        {**GOOD, "registered_issuer": True}
    ]


def test_our_badge_with_one_status_entry_stands_until_revoked() -> None:
    badge = signed(ATLAS, badge_by(ATLAS))
    lists = [signed(ATLAS, status_list_by(ATLAS, *revoked)) for revoked in ((), (INDEX,))]
    clear, revoked = by_verifier_core(*((badge, {LIST: listed}) for listed in lists))
    assert (clear["valid_signature"], clear["revocation_status"]) == (True, True)
    assert (revoked["valid_signature"], revoked["revocation_status"]) == (True, False)


def test_our_endorsement_stands_until_it_ends() -> None:
    over = {"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2026-01-02T00:00:00Z"}
    current, ended = by_verifier_core(
        *((signed(ATLAS, endorsement_by(ATLAS, **changed)), {}) for changed in ({}, over)),
    )
    assert (current["valid_signature"], current["expiration"]) == (True, True)
    assert (ended["valid_signature"], ended["expiration"]) == (True, False)


def test_our_jcs_badge_is_of_a_suite_it_does_not_know(ours: Ours) -> None:
    """eddsa-jcs-2022 is a W3C Recommendation; verifier-core lacks it, and calls the signature invalid."""
    badge = ours.award("eddsa-jcs-2022")
    with known_limit(Refused, "invalid_signature"):
        by_verifier_core((badge.signed, documents_of(ours, badge)))


# --- theirs, verified by ours ---


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "Ed25519Signature2020"])
def test_their_badge_stands_until_revoked(suite: str) -> None:
    """Digital Bazaar's Data Integrity proof, and the older proof of badges already in the wild."""
    peer = Issuer("peer")
    (badge,) = issued(suite, peer, badge_by(peer))
    result = judged(badge, {LIST: signed(peer, status_list_by(peer))})
    assert result.outcome == "valid", result.findings
    assert problems(judged(badge, {LIST: signed(peer, status_list_by(peer, INDEX))})) == {"revoked"}
    assert problems(judged({**badge, "name": "Other"})) == {"signature_invalid"}


def test_their_endorsement_stands_alone_and_in_our_badge() -> None:
    peer = Issuer("peer")
    (endorsement,) = issued("eddsa-rdfc-2022", peer, endorsement_by(peer))
    assert judged(endorsement).outcome == "valid"
    badge = badge_by(ATLAS, id=endorsement["credentialSubject"]["id"], endorsement=[endorsement])
    result = judged(signed(ATLAS, badge), {LIST: signed(ATLAS, status_list_by(ATLAS))})
    assert [inner.outcome for inner in result.endorsements] == ["valid"], result.endorsements


def test_their_status_list_revokes_our_badge() -> None:
    badge = signed(ATLAS, badge_by(ATLAS))
    lists = issued("eddsa-rdfc-2022", ATLAS, status_list_by(ATLAS), status_list_by(ATLAS, INDEX))
    assert [problems(judged(badge, {LIST: listed})) for listed in lists] == [set(), {"revoked"}]
