"""Rearranged: every way to take a signed badge apart and put its statements together again.

In this badge each id stands at several places: in endorsements, as creator, source, parent, evidence.
Hypothesis moves members between places that share an id, so the statements stay the same and the signature
good. What decides the verdict must still stand where the issuer put it; a name may be gone, but not another.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from exchange.core.canonical import rdf
from exchange.errors import ExchangeError
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    REVOKED,
    STRANGER,
    TRUSTED,
    Attack,
    Json,
    about,
    badge,
    dumped,
    endorsement,
    judged,
    signed,
)
from tests.hostile.mutations import Draw, Path, at, places

ID, KIND, ENTRY = (
    badge()["id"],
    badge()["credentialSubject"]["achievement"]["id"],
    badge()["credentialStatus"]["id"],
)
TIMES = {"id": "urn:uuid:6a1e0f3c-0000-4000-8000-000000000001"}


def _rich() -> Json:
    """A badge that speaks of itself, its achievement, its issuer and its status at many places."""
    document = copy.deepcopy(badge(**{"@context": [*badge()["@context"], EXTENSIONS]}))
    kind = document["credentialSubject"]["achievement"]
    kind["creator"] = {"id": ATLAS.did, "type": ["Profile"]}
    kind["related"] = [{"id": KIND, "type": ["Related"]}]
    kind["endorsement"] = [{**endorsement(), **TIMES, "credentialSubject": about(KIND)}]
    document["credentialSubject"]["source"] = {"id": ATLAS.did, "type": ["Profile"]}
    document["issuer"] = {**document["issuer"], "parentOrg": {"id": ATLAS.did, "type": ["Profile"]}}
    document["endorsement"] = [{**endorsement(), "credentialSubject": about(ID)}]
    document["evidence"] = [
        {"id": ID, "type": ["Evidence"]},
        {"id": ENTRY, "type": ["Evidence"]},
        {"id": ATLAS.did, "type": ["Evidence"]},
    ]
    return document


RICH = signed(_rich())
UNSECURED = {name: value for name, value in RICH.items() if name != "proof"}
QUADS = rdf.canonize(UNSECURED)


@st.composite
def rearranged(draw: Draw) -> Json:
    """RICH, with up to four members moved to another object of the same id, types and all."""
    document = copy.deepcopy(UNSECURED)
    for _ in range(draw(st.integers(1, 4))):
        same: dict[str, list[Path]] = defaultdict(list)
        for path in [(), *places(document)]:
            node = at(document, path)
            if isinstance(node, dict) and isinstance(node.get("id"), str):
                same[node["id"]].append(path)
        here = draw(st.sampled_from(sorted(name for name, paths in same.items() if len(paths) > 1)))
        source, target = draw(st.permutations(same[here]))[:2]
        movable = sorted(at(document, source).keys() - {"id", "type", "@context"})
        members = draw(st.lists(st.sampled_from(movable), max_size=3, unique=True)) if movable else []
        _move(document, source, target, members)
    return {**document, "proof": RICH["proof"]}


def _move(document: Json, source: Path, target: Path, members: list[str]) -> None:
    giver, taker = at(document, source), at(document, target)
    inside = {target[: len(source) + 1], source[: len(target) + 1]}
    for member in members:
        if (*source, member) in inside:
            continue  # it would be moved into itself
        value = giver.pop(member)
        if member in taker:  # both say something: the two change places
            giver[member] = taker[member]
        taker[member] = value
    taker["type"] = list(dict.fromkeys([*_list(taker["type"]), *_list(giver["type"])]))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _judged_by(document: Any) -> Any:
    """What decides the verdict, each where it is read."""
    subject, entry = document["credentialSubject"], document["credentialStatus"]
    nodes = [document, subject, subject["achievement"], document["issuer"], entry]
    members = ("id", "validFrom", "validUntil", "statusListIndex", "statusListCredential", "statusPurpose")
    return [[node.get(name) for name in members] for node in nodes]


def _names(document: Any) -> list[Any]:
    kind = document["credentialSubject"]["achievement"]
    return [node.get("name") for node in (document, document["issuer"], kind)] + [kind.get("description")]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rearranged(), st.sampled_from([STRANGER, STRANGER, TRUSTED]))
def test_a_badge_put_together_in_another_way(document: Any, policy: Any) -> None:
    try:
        same = rdf.canonize({name: value for name, value in document.items() if name != "proof"}) == QUADS
    except ExchangeError:
        same = False
    verdict = judged(Attack(dumped(document), "", CLEAR), policy)
    event(f"the same statements: {same}, valid: {verdict.outcome == 'valid'}")
    if verdict.outcome == "valid":
        assert same
        assert _judged_by(document) == _judged_by(RICH)
        assert all(now in (None, then) for now, then in zip(_names(document), _names(RICH), strict=True))
    assert judged(Attack(dumped(document), "", REVOKED), policy).outcome != "valid"


def test_the_badge_itself_is_valid() -> None:
    """The test above can fail."""
    for policy in (STRANGER, TRUSTED):
        verdict = judged(Attack(dumped(RICH), "", CLEAR), policy)
        assert verdict.outcome == "valid", verdict.findings
