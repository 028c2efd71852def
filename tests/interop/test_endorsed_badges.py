"""Badges with endorsements inside, wherever and however Open Badges 3.0 has them, and which peer reads them.

We read them all. In a badge with an RDF proof, no form is read by everybody:

- About the badge itself, embedded: openbadgeslib and openvc-core refuse a second description of the
  credential's own node, which could hide moved statements. (We compare the signed statements instead.)
- As a token (`endorsementJwt`): the Open Badges context 3.0.3 got that term later, under the same URL, and
  the copy that verifier-core bundles is the older one, so it finds an undefined term.
- With a `@context` of its own, which a credential embedded in another has: openvc-core wants none below the
  top; openbadgeslib allows the credential's, but not that of a JCS proof within it.

JCS and JWT badges have none of this. Endorsements that are to be read everywhere stay outside of the badge.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from openbadgeslib.ob3.verifier import OB3VerificationError
from openvc.proof.errors import ProofMalformed

from exchange.core import strict_json
from tests.core.signers import Issuer
from tests.interop.node import needs_node
from tests.interop.readers import Refused, by_openbadgeslib, by_openvc, by_verifier_core
from tests.interop.sides import LIST, badge_by, endorsement_by, judged, known_limit, signed, status_list_by

ATLAS, MIRA = Issuer("atlas"), Issuer("mira")
BADGE = badge_by(ATLAS)
LISTS = {LIST: signed(ATLAS, status_list_by(ATLAS))}


def about(identifier: str, proof: str = "eddsa-rdfc-2022") -> Any:
    """Mira's endorsement of what has this id, as a member: an object, or a text for `jwt`."""
    subject = {**endorsement_by(MIRA)["credentialSubject"], "id": identifier}
    endorsement = signed(MIRA, endorsement_by(MIRA, credentialSubject=subject), proof)
    return endorsement.decode() if proof == "jwt" else strict_json.parse(endorsement)


def of_badge() -> dict[str, Any]:
    return {**BADGE, "endorsement": [about(BADGE["id"])]}


def of_badge_as_token() -> dict[str, Any]:
    return {**BADGE, "endorsementJwt": [about(BADGE["id"], "jwt")]}


def of_issuer() -> dict[str, Any]:
    return {**BADGE, "issuer": {**BADGE["issuer"], "endorsement": [about(ATLAS.did)]}}


def of_achievement(proof: str = "eddsa-rdfc-2022") -> dict[str, Any]:
    subject = BADGE["credentialSubject"]
    achievement = subject["achievement"]
    achievement = {**achievement, "endorsement": [about(achievement["id"], proof)]}
    return {**BADGE, "credentialSubject": {**subject, "achievement": achievement}}


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "of the badge": of_badge,
    "of the badge, as a token": of_badge_as_token,
    "of the issuer": of_issuer,
    "of the achievement": of_achievement,
    "of the achievement, by JCS": lambda: of_achievement("eddsa-jcs-2022"),
}
READERS: dict[str, Callable[[bytes], object]] = {
    "openbadgeslib": lambda credential: by_openbadgeslib(credential, LISTS.__getitem__),
    "openvc": lambda credential: by_openvc(credential, LISTS.__getitem__),
    "verifier-core": lambda credential: by_verifier_core((credential, LISTS)),
}
READ = [
    *(("eddsa-rdfc-2022", reader) for reader in READERS),
    ("eddsa-jcs-2022", "openvc"),
    ("jwt", "openbadgeslib"),
]
_OWN_CONTEXT = (ProofMalformed, "not in compacted form under its @context")
LIMITS: dict[tuple[str, str], tuple[type[Exception], str]] = {
    ("of the badge", "openvc"): (ProofMalformed, "is described again inside the document"),
    ("of the badge", "openbadgeslib"): (OB3VerificationError, "is described again inside it"),
    ("of the badge, as a token", "verifier-core"): (Refused, "jsonld.ValidationError"),
    ("of the issuer", "openvc"): _OWN_CONTEXT,
    ("of the achievement", "openvc"): _OWN_CONTEXT,
    ("of the achievement, by JCS", "openvc"): _OWN_CONTEXT,
    ("of the achievement, by JCS", "openbadgeslib"): (OB3VerificationError, "below its top level"),
}


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "eddsa-jcs-2022", "jwt"])
@pytest.mark.parametrize("name", CASES)
def test_endorsed_badge_and_its_endorsement_stand_with_us(name: str, proof: str) -> None:
    result = judged(signed(ATLAS, CASES[name](), proof), LISTS)
    assert result.outcome == "valid", result.findings
    assert [inner.outcome for inner in result.endorsements] == ["valid"], result.endorsements


@pytest.mark.parametrize(
    ("proof", "reader"),
    [pytest.param(*one, marks=[needs_node] if one[1] == "verifier-core" else []) for one in READ],
)
@pytest.mark.parametrize("name", CASES)
def test_endorsed_badge_stands_with_its_readers(name: str, proof: str, reader: str) -> None:
    limit = LIMITS.get((name, reader)) if "rdfc" in proof else None
    with known_limit(*limit) if limit else nullcontext():
        READERS[reader](signed(ATLAS, CASES[name](), proof))
