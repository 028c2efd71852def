"""A peer's endorsement: an EndorsementCredential that says who saw what, and how, signed by their key.

It is an EndorsementCredential of Open Badges 3.0 in every way; what is ours is a second type of its subject,
`PeerEndorsement`, whose terms are documented in docs/terms.md. It is secured as a VC-JWT (ES256).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from exchange.core.canonical.our_terms import terms_digest
from exchange.core.credentials.credential import CONTEXT, Evidence
from exchange.core.credentials.endorsement import RelatedResource
from exchange.core.credentials.endorser import Endorser, read_key_credential, terms_resource
from exchange.core.credentials.nouns import JsonObject, Node, Text, fit_to_sign, moment, plain, read, types
from exchange.core.credentials.profile import Profile
from exchange.core.credentials.said import Said, SkillSeen, Team, check_said
from exchange.core.proofs.jwt import peek_jwt
from exchange.core.status.status import build_status_entry
from exchange.errors import ExchangeError, InputError

PEER_TYPE = "PeerEndorsement"


class PeerEndorsement(msgspec.Struct, frozen=True, kw_only=True):
    """A peer's endorsement, read.

    `endorser` is who its key credential says the key belongs to, None if it carries none; `own_name` is what
    the endorser's key itself says, which anybody can write. `seen` are the digests of what was endorsed.
    """

    id: str
    did: str
    own_name: str
    endorser: Endorser | None
    subject_id: str
    holder: str
    relationship: str
    endorser_team: Team | None
    holder_team: Team | None
    skills: tuple[SkillSeen, ...]
    line: str
    text: str
    evidence: tuple[str, ...]
    valid_from: datetime
    supersedes: str
    seen: tuple[RelatedResource, ...]


def build_peer_endorsement(
    *,
    id: str,
    name: str,
    did: str,
    endorser_name: str,
    key_credential: str,
    subject_id: str,
    holder_id: str | None,
    said: Said,
    valid_from: datetime,
    seen: Sequence[RelatedResource],
    status: tuple[int, str, str],
    supersedes: str | None = None,
    terms_url: str,
) -> JsonObject:
    """The unsigned endorsement of `subject_id` by whoever holds the key `did`.

    `key_credential` is the compact JWS that says whose key it is. `seen` pins what the endorser saw. `status`
    is (index, URL of the list, DID of the list's issuer): the list is the exchange's, and the endorser says
    so. InputError as `check_said`, `read_key_credential` and `fit_to_sign`; key_credential_foreign for one of
    another key, self_endorsed when the endorser is the holder.
    """
    check_said(said)
    _check_endorser(key_credential, did, (holder_id, subject_id))
    index, list_url, list_issuer = status
    subject = {
        "id": subject_id,
        "type": ["EndorsementSubject", PEER_TYPE],
        "endorsementComment": f"{said.line}\n\n{said.text}" if said.text else said.line,
        "holder": holder_id or None,
        "relationship": said.relationship,
        "endorserTeam": _team(said.endorser_team),
        "holderTeam": _team(said.holder_team),
        "endorsedSkill": [_skill(skill) for skill in said.skills],
        "supersedes": supersedes or None,
    }
    issuer = {"id": did, "type": ["Profile"], "name": endorser_name, "endorsementJwt": [key_credential]}
    fit: JsonObject = fit_to_sign(
        {
            "@context": [*CONTEXT, terms_url],
            "id": id,
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": name,
            "issuer": issuer,
            "validFrom": moment(valid_from, "/validFrom"),
            "credentialSubject": subject,
            "evidence": [Evidence(id=url).to_json() for url in said.evidence],
            "relatedResource": [*(item.to_json() for item in seen), terms_resource(terms_url).to_json()],
            "credentialStatus": {
                **build_status_entry(list_url, "revocation", index),
                "statusListIssuer": list_issuer,
            },
        }
    )
    return fit


def _check_endorser(key_credential: str, did: str, endorsed: tuple[str | None, str]) -> None:
    endorser = read_key_credential(peek_jwt(key_credential.encode()).credential)
    if endorser.did != did:
        foreign = "The key credential is about another key than the one that signs."
        raise InputError("key_credential_foreign", foreign, "/issuer/endorsementJwt")
    if endorser.profile in endorsed:
        raise InputError("self_endorsed", "Nobody endorses themselves.", "/credentialSubject/holder")


def _team(team: Team | None) -> JsonObject | None:
    return {"id": team.id, "type": ["Profile"], "name": team.name} if team else None


def _skill(skill: SkillSeen) -> JsonObject:
    return {"id": skill.id, "type": ["EndorsedSkill"], "name": skill.name}


class _Skill(Node, frozen=True, kw_only=True):
    id: str | None = None
    name: Text | None = None


class _Subject(Node, frozen=True, kw_only=True):
    id: str
    type: tuple[str, ...]
    endorsement_comment: Text | None = None
    holder: str | None = None
    relationship: str
    endorser_team: Profile | None = None
    holder_team: Profile | None = None
    endorsed_skill: tuple[_Skill, ...] = ()
    supersedes: str | None = None


class _Credential(Node, frozen=True, kw_only=True):
    """The parts of an EndorsementCredential that are read here."""

    id: str
    type: tuple[str, ...] = types("VerifiableCredential", "EndorsementCredential")
    issuer: Profile
    valid_from: datetime
    credential_subject: _Subject
    evidence: tuple[Evidence, ...] = ()
    related_resource: tuple[RelatedResource, ...] = ()


def is_peer_endorsement(document: Mapping[str, Any]) -> bool:
    """Whether `document` says of itself that it is one. Untrusted, like all that is only read."""
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and len(subject) == 1 else subject
    named = subject.get("type") if isinstance(subject, dict) else None
    return PEER_TYPE in (named if isinstance(named, list) else [named])


def read_peer_endorsement(document: Mapping[str, Any]) -> PeerEndorsement:
    """A peer's endorsement as typed values. Verify it first: nothing is checked here, not even who endorses.

    InputError (not_a_peer_endorsement, credential_malformed, date_malformed).
    """
    if not is_peer_endorsement(document):
        other = f"This is no peer's endorsement: its subject is not of the type {PEER_TYPE}."
        raise InputError("not_a_peer_endorsement", other, "/credentialSubject/type")
    whole = read(document, _Credential)
    said = whole.credential_subject
    line, _, text = plain(said.endorsement_comment).partition("\n\n")
    return PeerEndorsement(
        id=whole.id,
        did=whole.issuer.id,
        own_name=plain(whole.issuer.name),
        endorser=_endorser(whole.issuer),
        subject_id=said.id,
        holder=said.holder or "",
        relationship=said.relationship,
        endorser_team=_read_team(said.endorser_team),
        holder_team=_read_team(said.holder_team),
        skills=tuple(SkillSeen(plain(skill.name), skill.id) for skill in said.endorsed_skill),
        line=line,
        text=text,
        evidence=tuple(item.id for item in whole.evidence if item.id),
        valid_from=whole.valid_from,
        supersedes=said.supersedes or "",
        seen=tuple(item for item in whole.related_resource if item.digest_sri != terms_digest()),
    )


def _endorser(issuer: Profile) -> Endorser | None:
    """Who the first readable key credential of this very key says it is."""
    for token in issuer.endorsement_jwt:
        with suppress(ExchangeError):
            endorser = read_key_credential(peek_jwt(token.encode()).credential)
            if endorser.did == issuer.id:
                return endorser
    return None


def _read_team(team: Profile | None) -> Team | None:
    return Team(team.id, plain(team.name)) if team else None
