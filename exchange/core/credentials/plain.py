"""Plain documents: badges and endorsements as most issuers write them, told at a glance.

The closed types below admit nothing that `check_schema` or the contexts would object to: every member is one
that both know at its place, every list holds something, every identifier is absolute, and every number is
whole, as RFC 8785 writes it. So one typed pass in C stands for two walks and a search. What is not plain is
not refused; it is looked at the long way, which alone says what is wrong. The tests,
`tests/core/credentials/test_plain.py`, hold the two to each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from exchange.core.common import Common
from exchange.core.credentials.credential import CONTEXT
from exchange.core.credentials.schema import words
from exchange.core.dates import check_day, parse_date
from exchange.core.typed import learned
from exchange.errors import InputError

T = TypeVar("T")

# Fewer schemes and characters than an IRI may have: none of them is a prefix of a context.
Iri = Annotated[str, Meta(pattern=r"\A(?:https?://|did:|urn:|mailto:)[!#-;=?-\[\]_a-z~]+\Z")]
Moment = Annotated[
    str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")
]
Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Language = Annotated[str, Meta(pattern=r"\A[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")]
Email = Annotated[str, Meta(pattern=r"\A[^@\x00-\x20]+@[^@\x00-\x20]+\Z")]
Sha256 = Annotated[str, Meta(pattern=r"\Asha256\$[0-9A-Fa-f]{64}\Z")]
Index = Annotated[str, Meta(pattern=r"\A[0-9]+\Z")]
Digest = Annotated[str, Meta(pattern=r"\Asha(?:256|384|512)-[A-Za-z0-9+/]+={0,2}\Z")]
Whole = Annotated[int, Meta(gt=-(10**15), lt=10**15)]
Many: TypeAlias = Annotated[list[T], Meta(min_length=1)]
Type: TypeAlias = Annotated[list[T], Meta(min_length=1, max_length=1)] | T

if TYPE_CHECKING:
    AchievementType: TypeAlias = str
    TargetType: TypeAlias = str
    ResultType: TypeAlias = str
    IdentifierType: TypeAlias = str
else:  # what the schemas list, so that there is one list
    AchievementType = Literal[words("achievement#/$defs/AchievementType")]
    TargetType = Literal[words("achievement#/$defs/TargetType")]
    ResultType = Literal[words("achievement#/$defs/ResultType")]
    IdentifierType = Literal[words("profile#/$defs/IdentifierType")]


class _Noun(Struct, forbid_unknown_fields=True, kw_only=True, rename="camel", gc=False):
    """A noun that may hold what is named here, and nothing else."""


class _Image(_Noun):
    id: Iri
    type: Type[Literal["Image"]]
    caption: str | UnsetType = UNSET


class _IdentifierEntry(_Noun):
    type: Type[Literal["IdentifierEntry"]]
    identifier: str
    identifier_type: IdentifierType


@learned
class _Profile(_Noun):
    id: Iri
    type: Type[Literal["Profile"]]
    name: str | UnsetType = UNSET
    url: Iri | UnsetType = UNSET
    description: str | UnsetType = UNSET
    image: _Image | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    official: str | UnsetType = UNSET
    other_identifier: Many[_IdentifierEntry] | UnsetType = UNSET


class _Criteria(_Noun):
    narrative: str
    id: Iri | UnsetType = UNSET


class _Alignment(_Noun):
    type: Type[Literal["Alignment"]]
    target_name: str
    target_url: Iri
    target_type: TargetType | UnsetType = UNSET
    target_framework: str | UnsetType = UNSET
    target_code: str | UnsetType = UNSET
    target_description: str | UnsetType = UNSET


class _RubricCriterionLevel(_Noun):
    id: Iri
    type: Type[Literal["RubricCriterionLevel"]]
    name: str
    description: str | UnsetType = UNSET
    level: str | UnsetType = UNSET
    points: str | UnsetType = UNSET
    alignment: Many[_Alignment] | UnsetType = UNSET


class _ResultDescription(_Noun):
    id: Iri
    type: Type[Literal["ResultDescription"]]
    name: str
    result_type: ResultType
    required_level: Iri | UnsetType = UNSET
    required_value: str | UnsetType = UNSET
    allowed_value: Many[str] | UnsetType = UNSET
    value_min: str | UnsetType = UNSET
    value_max: str | UnsetType = UNSET
    rubric_criterion_level: Many[_RubricCriterionLevel] | UnsetType = UNSET
    alignment: Many[_Alignment] | UnsetType = UNSET


class _Related(_Noun):
    id: Iri
    type: Type[Literal["Related"]]
    version: str | UnsetType = UNSET
    in_language: Language | UnsetType = UNSET


@learned
class _Achievement(_Noun):
    id: Iri
    type: Type[Literal["Achievement"]]
    name: str
    description: str
    criteria: _Criteria
    achievement_type: AchievementType | UnsetType = UNSET
    creator: _Profile | UnsetType = UNSET
    image: _Image | UnsetType = UNSET
    version: str | UnsetType = UNSET
    in_language: Language | UnsetType = UNSET
    tag: Many[str] | UnsetType = UNSET
    alignment: Many[_Alignment] | UnsetType = UNSET
    result_description: Many[_ResultDescription] | UnsetType = UNSET
    related: Many[_Related] | UnsetType = UNSET
    credits_available: Whole | UnsetType = UNSET
    field_of_study: str | UnsetType = UNSET
    specialization: str | UnsetType = UNSET
    human_code: str | UnsetType = UNSET


class _IdentityObject(_Noun):
    type: Type[Literal["IdentityObject"]]
    hashed: bool
    identity_hash: Sha256
    identity_type: IdentifierType
    salt: str | UnsetType = UNSET


class _Result(_Noun):
    type: Type[Literal["Result"]]
    result_description: Iri | UnsetType = UNSET
    achieved_level: Iri | UnsetType = UNSET
    value: str | UnsetType = UNSET
    status: Literal["Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Withdrew"] | UnsetType = UNSET


class _AchievementSubject(_Noun):
    id: Iri
    type: Type[Literal["AchievementSubject"]]
    achievement: Any
    identifier: Many[_IdentityObject] | UnsetType = UNSET
    narrative: str | UnsetType = UNSET
    result: Many[_Result] | UnsetType = UNSET
    activity_start_date: Day | UnsetType = UNSET
    activity_end_date: Day | UnsetType = UNSET
    credits_earned: Whole | UnsetType = UNSET
    license_number: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    term: str | UnsetType = UNSET


class _Evidence(_Noun):
    type: Type[Literal["Evidence"]]
    id: Iri | UnsetType = UNSET
    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    narrative: str | UnsetType = UNSET
    genre: str | UnsetType = UNSET
    audience: str | UnsetType = UNSET


class _EndorsementSubject(_Noun):
    id: Iri
    type: Type[Literal["EndorsementSubject"]]
    endorsement_comment: str | UnsetType = UNSET


class _StatusEntry(_Noun):
    id: Iri
    type: Literal["BitstringStatusListEntry"]
    status_purpose: Literal["revocation", "suspension", "refresh", "message"]
    status_list_index: Index
    status_list_credential: Iri


class _RelatedResource(_Noun):
    id: Iri
    digest_sri: Digest = field(name="digestSRI")
    media_type: str | UnsetType = UNSET


class _Proof(_Noun):
    type: Literal["DataIntegrityProof"]
    cryptosuite: str
    created: str
    verification_method: str
    proof_purpose: str
    proof_value: str
    context: list[str] | str | UnsetType = field(name="@context", default=UNSET)


class _Credential(_Noun):
    """What both kinds have. Context and types are compared before; of a proof, only the form is looked at.
    The issuer and the achievement, which others may have too, are looked at by themselves."""

    context: Any = field(name="@context")
    id: Iri
    type: Any
    name: str
    issuer: Any
    valid_from: Moment
    valid_until: Moment | UnsetType = UNSET
    awarded_date: Moment | UnsetType = UNSET
    description: str | UnsetType = UNSET
    image: _Image | UnsetType = UNSET
    credential_status: Many[_StatusEntry] | _StatusEntry | UnsetType = UNSET
    related_resource: Many[_RelatedResource] | UnsetType = UNSET
    proof: _Proof | UnsetType = UNSET


@learned
class _Badge(_Credential, kw_only=True):
    credential_subject: _AchievementSubject
    evidence: Many[_Evidence] | UnsetType = UNSET


@learned
class _Endorsement(_Credential, kw_only=True):
    credential_subject: _EndorsementSubject


PLAIN: tuple[tuple[list[str], type[_Badge] | type[_Endorsement]], ...] = (
    (["VerifiableCredential", "OpenBadgeCredential"], _Badge),
    (["VerifiableCredential", "EndorsementCredential"], _Endorsement),
)
"""The types of a document, and the closed type of such documents."""

PARTS: dict[str, type[_Noun]] = {"issuer": _Profile, "achievement": _Achievement}
"""The closed types of what other documents may have too."""


def is_plain(document: dict[str, Any], common: Common | None = None) -> bool:
    """Whether `check_schema` has nothing against `document`, nor the shipped contexts but against its proof.

    It holds no credential within itself, and no double, null or name beyond ASCII. `common`: what is known of
    parts that it shares with others.
    """
    types = document.get("type")
    for known, noun in PLAIN:
        if types == known and document.get("@context") == CONTEXT:
            try:
                credential = msgspec.convert(document, noun)
                _part(credential.issuer, _Profile, common)
                return _is_consistent(credential, common)
            except (msgspec.ValidationError, InputError):
                return False
    return False


def _part(part: Any, noun: type[T], common: Common | None) -> T:
    """`part` as this noun, read once for all that have it."""

    def read() -> T:
        found: T = msgspec.convert(part, noun)
        return found

    return read() if common is None else common.once(part, noun.__name__, read)


def _is_consistent(credential: _Badge | _Endorsement, common: Common | None) -> bool:
    """Whether its dates are in order, and what it refers to is there: what `semantics.py` asks for."""
    start = parse_date(credential.valid_from)
    if credential.valid_until is not UNSET and parse_date(credential.valid_until) < start:
        return False
    if credential.awarded_date is not UNSET:
        parse_date(credential.awarded_date)
    resources = credential.related_resource or []
    if len({resource.id for resource in resources}) < len(resources):
        return False
    subject = credential.credential_subject
    if isinstance(subject, _EndorsementSubject):
        return True
    achievement = _part(subject.achievement, _Achievement, common)
    for day in (subject.activity_start_date, subject.activity_end_date):
        if day is not UNSET:
            check_day(day)
    if not subject.result:
        return True
    described = {
        description.id: (
            description.result_type,
            {level.id for level in description.rubric_criterion_level or []},
        )
        for description in achievement.result_description or []
    }
    return all(_is_described(result, described) for result in subject.result)


def _is_described(result: _Result, described: dict[str, tuple[str, set[str]]]) -> bool:
    if not result.result_description:
        return result.achieved_level is UNSET
    kind, levels = described.get(result.result_description, ("", None))
    if levels is None or (kind == "Status" and result.status is UNSET):
        return False
    return result.achieved_level is UNSET or result.achieved_level in levels
