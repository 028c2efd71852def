"""Statements moved to where nobody reads them: same statements, same signature, another document to the eye.

A signature covers statements about ids. So what decides a verdict is taken from the top of a badge and put
into a part of it that has the same id, in every way that JSON-LD leaves open. Where the statements stay the
same, the test says so: these are the attacks that other verifiers fall for (TRUST.md, lesson 9).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.core.canonical import rdf
from exchange.errors import ExchangeError
from tests.hostile.forge import (
    ATLAS,
    CLEAR,
    EXTENSIONS,
    MIRA,
    REVOKED,
    STRANGER,
    TRUSTED,
    Attack,
    Json,
    about,
    assert_refused,
    badge,
    bare,
    dumped,
    endorsement,
    judged,
    proven,
    signed,
    with_achievement,
    with_subject,
)

ID = badge()["id"]
ENTRY = badge()["credentialStatus"]
REFRESH = {"id": "https://b.example.org/refresh/1", "type": ["1EdTechCredentialRefresh"]}
CONTEXT = [*badge()["@context"], EXTENSIONS]


def _endorsed(part: Json) -> Json:
    """An endorsement of the badge inside the badge, without a proof of its own."""
    return {**endorsement(), "credentialSubject": {**about(ID), **part}}


def honest(**changed: Any) -> Json:
    return badge(**{"@context": CONTEXT, "refreshService": REFRESH, **changed})


# Of each part: its type, the member of the badge that it lies in, and how it is put there.
PARTS: dict[str, tuple[str, str, Callable[[Json, Json], Json]]] = {
    "the subject of an endorsement": (
        "EndorsementSubject",
        "endorsement",
        lambda top, part: {**top, "endorsement": [_endorsed(part)]},
    ),
    "the subject of an endorsement of the achievement": (
        "EndorsementSubject",
        "credentialSubject",
        lambda top, part: with_achievement(top, endorsement=[_endorsed(part)]),
    ),
    "the subject of an endorsement of the issuer": (
        "EndorsementSubject",
        "issuer",
        lambda top, part: {**top, "issuer": {**top["issuer"], "endorsement": [_endorsed(part)]}},
    ),
    "the evidence": ("Evidence", "evidence", lambda top, part: {**top, "evidence": [part]}),
    "what is related to the achievement": (
        "Related",
        "credentialSubject",
        lambda top, part: with_achievement(top, related=[part]),
    ),
    "the creator of the achievement": (
        "Profile",
        "credentialSubject",
        lambda top, part: with_achievement(top, creator=part),
    ),
    "the source of the assertion": (
        "Profile",
        "credentialSubject",
        lambda top, part: with_subject(top, source=part),
    ),
    "the issuer's parent": (
        "Profile",
        "issuer",
        lambda top, part: {**top, "issuer": {**top["issuer"], "parentOrg": part}},
    ),
    "the picture": ("Image", "image", lambda top, part: {**top, "image": part}),
    "the terms of use": (
        "1EdTechCredentialRefresh",
        "termsOfUse",
        lambda top, part: {**top, "termsOfUse": [part]},
    ),
    "the refresh service": (
        "1EdTechCredentialRefresh",
        "refreshService",
        lambda top, part: {**top, "refreshService": part},
    ),
}
MEMBERS = ("credentialStatus", "validUntil", "validFrom", "issuer", "credentialSubject", "refreshService")
MOVES = [(part, member) for part, (_, place, _) in PARTS.items() for member in MEMBERS if member != place]


def _quads(document: Json) -> bytes | str:
    try:
        return rdf.canonize({name: value for name, value in document.items() if name != "proof"})
    except ExchangeError as error:
        return error.code


def _moved(part: str, member: str) -> tuple[Json, Json]:
    """The badge with a part that has its id, and the same with the member moved into that part."""
    kind, _, put = PARTS[part]
    original = put(honest(), {"id": ID, "type": [kind]})
    rest = {name: value for name, value in honest().items() if name != member}
    return original, put(rest, {"id": ID, "type": [kind, "VerifiableCredential"], member: honest()[member]})


@pytest.mark.parametrize(("part", "member"), MOVES)
def test_a_member_moved_into(part: str, member: str) -> None:
    _check(*_moved(part, member), "key_not_authorised" if member == "issuer" else "moved_statement")


def _check(original: Json, attack: Json, code: str) -> None:
    """With the honest proof, and with one that the issuer made over the moved document itself."""
    dishonest = {**attack, "proof": signed(original)["proof"]}
    same = _quads(original) == _quads(attack)
    for policy in (STRANGER, TRUSTED):
        verdict = judged(Attack(dumped(dishonest), "", REVOKED), policy)
        assert verdict.outcome != "valid"
        assert verdict.credential is None
    if same:
        assert_refused(Attack(dumped(dishonest), code, REVOKED))
        assert_refused(Attack(dumped(proven(attack)), code, REVOKED))


def test_the_attack_is_a_real_one() -> None:
    """The statements stay the same: without the check, most of these were a revoked badge called valid."""
    same = {move for move in MOVES if len({_quads(document) for document in _moved(*move)}) == 1}
    assert len(same) > len(MOVES) / 2
    for part in ("the subject of an endorsement", "the creator of the achievement", "the picture"):
        assert {(part, "credentialStatus"), (part, "validUntil")} <= same


ENTRIES: dict[str, Callable[[Json], Json]] = {
    "an endorsement's entry": lambda part: {
        **honest(),
        "endorsement": [{**endorsement(), "credentialStatus": part}],
    },
    "the refresh service": lambda part: honest(refreshService=part),
    "the evidence": lambda part: honest(evidence=[part]),
    "the creator of the achievement": lambda part: with_achievement(honest(), creator=part),
    "the source of the assertion": lambda part: with_subject(honest(), source=part),
}


@pytest.mark.parametrize("member", ["statusListIndex", "statusListCredential", "statusPurpose"])
@pytest.mark.parametrize("part", ENTRIES)
def test_a_member_of_the_status_entry_moved_into(part: str, member: str) -> None:
    put = ENTRIES[part]
    original = put({"id": ENTRY["id"], "type": ["BitstringStatusListEntry"]})
    moved = put({"id": ENTRY["id"], "type": ["BitstringStatusListEntry"], member: ENTRY[member]})
    attack = {**moved, "credentialStatus": {name: value for name, value in ENTRY.items() if name != member}}
    if part == "an endorsement's entry":
        original = put(ENTRY)
    _check(original, attack, "moved_statement")


def test_the_index_of_another_entry_is_not_read_for_this_one() -> None:
    """Two entries of one id, in the badge and in its endorsement: each is signed with both indices."""
    other = {**ENTRY, "statusListIndex": "9"}
    for top, nested in ((ENTRY, other), (other, ENTRY)):
        document = {**honest(credentialStatus=top), "endorsement": [endorsement(credentialStatus=nested)]}
        assert_refused(Attack(ATLAS.sign(document), "moved_statement", REVOKED))


def _by_atlas() -> Json:
    """An endorsement in the name of the badge's own issuer."""
    return {**endorsement(), "issuer": honest()["issuer"]}


REROOTED: dict[str, Callable[[Json], Json]] = {
    "an endorsement in a badge": lambda inner: honest(endorsement=[inner]),
    "an endorsement of the achievement": lambda inner: with_achievement(honest(), endorsement=[inner]),
    "an endorsement of the issuer": lambda inner: honest(
        issuer={**honest()["issuer"], "endorsement": [inner]}
    ),
}


@pytest.mark.parametrize("place", REROOTED)
def test_a_part_is_not_taken_for_the_whole(place: str) -> None:
    """A badge turned inside out: the endorsement in it becomes the document, and the badge a part of that.

    The endorsement names ATLAS as its issuer and was made by somebody else; ATLAS embedded it unread.
    """
    forged = {
        **_by_atlas(),
        "id": "urn:uuid:5a1e0f3c-0000-4000-8000-000000000001",
    }
    whole = signed(REROOTED[place](forged))
    assert judged(Attack(dumped(whole), "", CLEAR)).outcome == "valid"
    inside = REROOTED[place]({"id": forged["id"], "type": ["VerifiableCredential"]})
    inside.pop("@context")
    subject = {**inside, **forged["credentialSubject"], "type": [*inside["type"], "EndorsementSubject"]}
    attack = {**forged, "@context": CONTEXT, "credentialSubject": subject}
    assert _quads(attack) == _quads(whole)
    verdict = assert_refused(Attack(dumped({**attack, "proof": whole["proof"]}), "not_outermost", CLEAR))
    assert verdict.credential is None


def test_an_honest_endorsement_of_itself_by_the_same_issuer_is_no_attack() -> None:
    own = signed(_by_atlas())
    whole = Attack(dumped(signed(bare(endorsement=[own]))), "")
    verdict = judged(whole)
    assert verdict.outcome == "valid", verdict.findings
    assert [inner.outcome for inner in verdict.endorsements] == ["valid"], verdict.endorsements
    pinned = endorsement(relatedResource=[{"id": ID, "digestSRI": "sha384-" + "A" * 64}])
    assert judged(
        Attack(dumped(signed(bare(endorsement=[signed(pinned, MIRA, "ecdsa-rdfc-2019")]))), "")
    ).outcome == ("valid")


NAMED: dict[str, tuple[str, Callable[[Json], Json]]] = {
    "the badge": (ID, lambda changed: honest(**changed)),
    "the issuer": (ATLAS.did, lambda changed: honest(issuer={**honest()["issuer"], **changed})),
    "the achievement": (
        honest()["credentialSubject"]["achievement"]["id"],
        lambda changed: with_achievement(honest(), **changed),
    ),
}


@pytest.mark.parametrize("node", NAMED)
def test_a_name_from_an_endorsement_does_not_take_the_place_of(node: str) -> None:
    """A peer's endorsement, embedded unread, has another name for the same id; then the two change places."""
    identifier, put = NAMED[node]
    name, other = "Incident lead", "Grand master"
    texts = {"description": "x"} if node == "the badge" else {}
    whole = {**put({"name": name, **texts}), "endorsement": [_about_it(identifier, other)]}
    swapped = {**put({"name": other, **texts}), "endorsement": [_about_it(identifier, name)]}
    assert _quads(whole) == _quads(swapped)
    attack = Attack(dumped({**swapped, "proof": signed(whole)["proof"]}), "ambiguous_statement", CLEAR)
    assert assert_refused(attack).credential is None
    same = {**put({"name": name, **texts}), "endorsement": [_about_it(identifier, name)]}
    assert judged(Attack(dumped(signed(same)), "", CLEAR)).outcome == "valid"


def _about_it(identifier: str, name: str) -> Json:
    return {**endorsement(), "credentialSubject": about(identifier, name=name)}


CREATED = with_achievement(honest(), creator={"id": ATLAS.did, "type": ["Profile"], "name": "Another name"})


def _exchanged(document: Json) -> Json:
    """The issuer and the creator, who is the same, with their names exchanged."""
    achievement = document["credentialSubject"]["achievement"]
    issuer, creator = document["issuer"], achievement["creator"]
    swapped = with_achievement(document, creator={**creator, "name": issuer["name"]})
    return {**swapped, "issuer": {**issuer, "name": creator["name"]}}


@pytest.mark.parametrize("plain", [True, False])
def test_names_of_one_id_do_not_change_places(plain: bool) -> None:
    """No credential is embedded: the issuer wrote both names, for one id."""
    document = {**CREATED, "@context": badge()["@context"]} if plain else CREATED
    if plain:
        document = {name: value for name, value in document.items() if name != "refreshService"}
    assert _quads(document) == _quads(_exchanged(document))
    for shown in (document, _exchanged(document)):
        attack = Attack(dumped({**shown, "proof": signed(document)["proof"]}), "ambiguous_statement", CLEAR)
        assert assert_refused(attack).credential is None
    same = _exchanged(document)
    same["issuer"]["name"] = same["credentialSubject"]["achievement"]["creator"]["name"]
    assert judged(Attack(dumped(signed(same)), "", CLEAR)).outcome == "valid"


LEVELS = {"type": ["RubricCriterionLevel"], "name": "Leads"}
DESCRIBED = {"type": ["ResultDescription"], "name": "Calm", "resultType": "RubricCriterionLevel"}
PICTURE = {"id": "https://b.example.org/logo.png", "type": "Image"}
TWICE: dict[str, tuple[Json, bool]] = {
    "two results of one id": (
        with_achievement(
            bare(),
            resultDescription=[
                {**DESCRIBED, "id": "urn:r:1", "requiredValue": "1"},
                {**DESCRIBED, "id": "urn:r:1", "requiredValue": "2"},
            ],
        ),
        False,
    ),
    "two levels of one id": (
        with_achievement(
            bare(),
            resultDescription=[
                {
                    **DESCRIBED,
                    "id": "urn:r:1",
                    "rubricCriterionLevel": [
                        {**LEVELS, "id": "urn:l:1", "points": "1"},
                        {**LEVELS, "id": "urn:l:1", "points": "9"},
                    ],
                }
            ],
        ),
        False,
    ),
    "two pieces of evidence of one id": (
        bare(
            evidence=[
                {"id": "https://b.example.org/e", "type": ["Evidence"], "name": "A talk"},
                {"id": "https://b.example.org/e", "type": ["Evidence"], "name": "A book"},
            ]
        ),
        False,
    ),
    "one picture for issuer and achievement": (
        with_achievement(bare(issuer={**bare()["issuer"], "image": PICTURE}), image=PICTURE),
        True,
    ),
    "a creator who is the issuer and says no more": (
        with_achievement(bare(), creator={"id": ATLAS.did, "type": ["Profile"]}),
        True,
    ),
    "a recipient who is the issuer": (with_subject(bare(), id=ATLAS.did), True),
}


@pytest.mark.parametrize("name", TWICE)
def test_what_stands_twice_under_one_id_is_believed_if_it_says_one_thing(name: str) -> None:
    document, good = TWICE[name]
    verdict = judged(Attack(dumped(signed(document)), "", CLEAR))
    assert ("ambiguous_statement" in verdict.codes) is not good
    assert (verdict.outcome == "valid") is good


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "jwt"])
def test_what_signs_the_text_may_say_two_things_of_one_id(suite: str) -> None:
    """There every name has its place."""
    document = bare(issuer={**bare()["issuer"], "name": "Atlas"})
    document = with_achievement(document, creator={"id": ATLAS.did, "type": ["Profile"], "name": "Atlas Ltd"})
    assert judged(Attack(ATLAS.sign(document, suite), "", CLEAR)).outcome == "valid"
