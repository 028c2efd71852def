"""From a signed endorsement to the fact that it states. Verify it first: here it is only read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.core.credentials.peer_endorsement import read_peer_endorsement
from exchange.core.credentials.said import SkillSeen
from exchange.core.trust.facts import Fact, State


def fact_of(document: Mapping[str, Any], state: State, *, known: bool = True) -> Fact:
    """What a peer's endorsement says, for a summary.

    `known`: its key credential is by an exchange that is believed, so it counts for the profile that it
    names; else only for the key that signed it. InputError as `read_peer_endorsement`.
    """
    said = read_peer_endorsement(document)
    who = said.endorser if known else None
    return Fact(
        id=said.id,
        state=state,
        endorser=who.profile if who else said.did,
        did=said.did,
        custody=who.custody if who else "holder",
        holder=said.holder,
        subject=said.subject_id,
        relationship=said.relationship,
        at=said.valid_from,
        skills=tuple(dict.fromkeys(map(_skill, said.skills))),
        endorser_team=said.endorser_team.id if said.endorser_team else None,
        holder_team=said.holder_team.id if said.holder_team else None,
        supersedes=said.supersedes or None,
    )


def _skill(skill: SkillSeen) -> str:
    """Two frameworks may use one name for two skills; mere words are the same in any letters."""
    return skill.id or skill.name.casefold()
