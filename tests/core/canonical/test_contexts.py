"""The registry of contexts: pinned, closed, and bounded in what a stranger can make it cost."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace

import pytest

from exchange.core.canonical import compiled
from exchange.core.canonical.contexts import SHIPPED, Contexts, Pinned
from exchange.core.canonical.rdf import canonize
from exchange.core.canonical.terms import check_terms
from exchange.errors import CannotTellError, InputError, UnavailableError
from tests.core.canonical.documents import Json, badge
from tests.core.strategies import CONTEXT, OB, V2

TYPES = ["Address", "Alignment", "Evidence", "GeoCoordinates", "IdentityObject", "Image", "Related"]
SETS = [list(some) for size in (2, 3) for some in itertools.combinations(TYPES, size)]
"""Types that can be had together: each set is an active context of its own."""


@pytest.mark.parametrize("url", SHIPPED)
def test_every_shipped_context_is_there_and_is_the_pinned_one(url: str) -> None:
    assert "@context" in SHIPPED[url]


def test_a_changed_copy_is_an_outage_that_names_package_and_file() -> None:
    pinned = Pinned("openbadgeslib", "ob3/contexts/ob-v3p0-context-3.0.3.json", "0" * 64)
    with pytest.raises(UnavailableError) as changed:
        Contexts({OB: pinned})[OB]
    assert changed.value.code == "context_unavailable"
    assert "openbadgeslib" in changed.value.message
    assert "ob-v3p0-context-3.0.3.json" in changed.value.message
    for gone in (replace(pinned, package="no_such_package"), replace(pinned, path="none.json")):
        with pytest.raises(UnavailableError):
            gone.read()


def test_what_a_processor_writes_into_a_context_stays_with_it() -> None:
    SHIPPED[V2]["@context"]["name"] = "https://example.org/other"
    assert SHIPPED[V2]["@context"]["name"] == "https://schema.org/name"


def test_extending_leaves_the_registry_as_it_was() -> None:
    url = "https://example.org/mine"
    more = SHIPPED.extended({url: {"@context": {"colour": "https://example.org/colour"}}})
    document = badge(**{"@context": [*CONTEXT, url]}, colour="red")
    assert b'<https://example.org/colour> "red"' in canonize(document, contexts=more)
    assert url not in SHIPPED
    with pytest.raises(CannotTellError):
        canonize(document)


def test_contexts_are_read_without_running_the_packages_that_ship_them() -> None:
    check = (
        "import sys; from exchange.core.canonical.contexts import SHIPPED; all(SHIPPED[u] for u in SHIPPED);"
        "sys.exit('pyld' in sys.modules or 'openbadgeslib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def nested(depth: int) -> Json:
    """Organisations in organisations."""
    profile: Json = {"id": "https://example.org/0", "type": "Profile", "name": "0"}
    for level in range(1, depth):
        profile = {"id": f"https://example.org/{level}", "type": "Profile", "parentOrg": profile}
    return badge(issuer=profile)


def test_sixty_four_levels_are_read_and_one_more_is_not() -> None:
    assert canonize(nested(63)).count(b"parentOrg") == 62
    check_terms(nested(63))
    for call in (canonize, check_terms):
        with pytest.raises(InputError) as deep:
            call(nested(64))
        assert deep.value.code == "json_too_deep"


def test_nesting_makes_no_new_tables() -> None:
    contexts = SHIPPED.extended({})
    canonize(nested(3), contexts=contexts)
    before = contexts.compiled.states
    canonize(nested(63), contexts=contexts)
    assert contexts.compiled.states == before


def test_a_context_said_again_makes_no_new_tables() -> None:
    contexts = SHIPPED.extended({})
    canonize(badge(), contexts=contexts)
    before = contexts.compiled.states
    again = badge()
    again["credentialSubject"]["@context"] = CONTEXT
    again["credentialSubject"]["achievement"]["@context"] = CONTEXT
    assert canonize(again, contexts=contexts) == canonize(badge(), contexts=contexts)
    assert contexts.compiled.states == before


def test_t13_one_document_cannot_cause_unbounded_compiling() -> None:
    with pytest.raises(CannotTellError) as too_many:
        canonize(badge(evidence=[{"type": types} for types in SETS]), contexts=SHIPPED.extended({}))
    assert too_many.value.code == "unusual_json_ld"
    contexts = [{"@context": [V2, OB][:n] * m, "type": "Image"} for n in (1, 2) for m in range(1, 6)]
    with pytest.raises(CannotTellError):
        canonize(badge(evidence=[*contexts, *contexts[::-1]]), contexts=SHIPPED.extended({}))


def test_t13_many_documents_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_STATES", 30)
    contexts = SHIPPED.extended({})
    expected = canonize(badge())
    for types in SETS:
        canonize(badge(evidence={"type": types}), contexts=contexts)
        assert contexts.compiled.states <= 30
        assert canonize(badge(), contexts=contexts) == expected


def test_t13_strange_values_are_not_remembered_for_ever() -> None:
    contexts = SHIPPED.extended({})
    for turn in range(3):
        evidence = [
            {"id": f"urn:x:{turn}:{n}", "type": ["Evidence", f"urn:t:{turn}:{n}"]} for n in range(2000)
        ]
        canonize(badge(evidence=evidence), contexts=contexts)
    made = contexts.compiled
    assert max(len(table) for table in made._iris.values()) <= 4096
    assert max(len(children) for _, children in made._below.values()) <= 512
