"""Reading a credential for a page: gently, whoever made it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.badges.cards import read_card, read_identity

BASE = "https://badges.example.org"
BADGE: dict[str, Any] = {
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "did:web:badges.example.org:issuers:school", "name": "School"},
    "validFrom": "2026-11-21T09:30:00Z",
    "credentialSubject": {
        "type": ["AchievementSubject"],
        "id": "mailto:ana@example.org",
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": "sha256$abc",
                "identityType": "emailAddress",
                "salt": "s4lt",
            },
            {"type": "IdentityObject", "hashed": False, "identityHash": "Ana Ruiz", "identityType": "name"},
        ],
        "achievement": {
            "name": "Lead",
            "image": {"id": f"{BASE}/achievements/school/lead/1/image.png"},
            "resultDescription": [
                {
                    "id": "urn:uuid:1",
                    "name": "Calm",
                    "requiredLevel": "urn:uuid:3",
                    "rubricCriterionLevel": [
                        {"id": "urn:uuid:3", "name": "Takes part"},
                        {"id": "urn:uuid:2", "name": "Leads", "description": "Others look up."},
                    ],
                }
            ],
        },
        "result": [
            {"resultDescription": "urn:uuid:1", "achievedLevel": "urn:uuid:2"},
            {"resultDescription": "urn:uuid:9", "value": "82"},
        ],
    },
    "evidence": [
        {"id": "https://example.org/report"},
        {"id": "javascript:alert(1)", "name": "Trap"},
        {"id": "data:text/html,x", "name": "Data"},
    ],
}


def test_nothing_on_a_card_identifies_the_holder() -> None:
    said = repr(read_card(BADGE, BASE))
    for secret in ("ana@example.org", "sha256$abc", "s4lt", "Ana Ruiz"):
        assert secret not in said


def test_results_are_told_in_the_words_of_their_rubric() -> None:
    calm, other = read_card(BADGE, BASE).results
    assert (calm.name, calm.reached) == ("Calm", "Leads")
    assert [(level.name, level.needed, level.reached) for level in calm.levels] == [
        ("Takes part", True, False),
        ("Leads", False, True),
    ]
    assert (other.name, other.reached, other.levels) == ("Result", "82", ())


def test_evidence_links_only_to_the_web() -> None:
    evidence = [(item.name, item.url) for item in read_card(BADGE, BASE).evidence]
    assert evidence == [("example.org", "https://example.org/report"), ("Trap", ""), ("Data", "")]


@pytest.mark.parametrize(
    ("image", "path"),
    [
        (f"{BASE}/achievements/school/lead/1/image.png", "/achievements/school/lead/1/image.png"),
        ("https://tracker.example/pixel.png", ""),
        (f"{BASE}/achievements/../sign-out", ""),
        (f"{BASE}.evil.example/achievements/a/b/1/image.png", ""),
        (f"{BASE}/achievements/a?x=1", ""),
        ("/achievements/school/lead/1/image.png", ""),
    ],
)
def test_pictures_come_from_here_or_not_at_all(image: str, path: str) -> None:
    credential = {"credentialSubject": {"achievement": {"image": {"id": image}}}}
    assert read_card(credential, BASE).image == path


@pytest.mark.parametrize(
    ("identifier", "domain"),
    [
        ("did:web:example.org:issuers:school", "example.org"),
        ("did:web:localhost%3A8443:a", "localhost:8443"),
        ("https://example.org/profile", "example.org"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", ""),
        ("http://example.org/profile", ""),
        ("did:web:ex\u0430mple.org", "xn--exmple-4nf.org"),
        ("did:web:user@example.org", ""),
        ("did:web:example.org%2F:a", "example.org%2f"),
        ("urn:uuid:1", ""),
        ("did:web:", ""),
    ],
)
def test_a_name_rests_on_a_domain_or_on_a_key_only(identifier: str, domain: str) -> None:
    assert read_identity({"id": identifier, "name": "School"}).domain == domain
    assert read_identity(identifier).domain == domain


KEYS = """id type name issuer credentialSubject achievement criteria narrative image evidence result alignment
tag requiredLevel resultDescription rubricCriterionLevel achievedLevel validFrom @value"""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=6)
    ),
    max_leaves=30,
)


@given(st.dictionaries(st.sampled_from(sorted(BADGE)), JSON, max_size=6))
def test_no_shape_of_json_breaks_a_card(credential: dict[str, Any]) -> None:
    card = read_card(credential, BASE)
    assert card.name
    assert card.issuer.name
