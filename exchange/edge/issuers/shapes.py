"""The shapes of what programs send and get when they design, as in `shapes`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta, Struct

from exchange.edge.http.shapes import Finding, Text, Time, Url

Base64 = Annotated[str, Meta(extra_json_schema={"contentEncoding": "base64"})]
Revision = Annotated[int, Meta(ge=1, description="Which state of the draft was seen.")]
Version = Annotated[int, Meta(ge=1)]


class Template(TypedDict):
    """Something to begin from: `start` names it."""

    start: Text
    name: Text


class TemplateList(TypedDict):
    templates: list[Template]


class Skill(TypedDict):
    """As an alignment of a badge says it."""

    name: Text
    url: Url
    framework: Text
    code: NotRequired[str]


class SkillList(TypedDict):
    skills: list[Skill]


class Domain(TypedDict):
    """The domain of the issuer's web address (`""` without one) and what it said when it was asked last."""

    name: str
    verified: bool
    way: NotRequired[str]
    problem: NotRequired[str]
    checkedAt: NotRequired[Time]


class IssuerProfile(TypedDict):
    """What an issuer says of itself (Open Badges 3.0, Profile), under which id it signs."""

    issuer: Text
    id: Annotated[str, Meta(pattern="^did:")]
    profile: dict[str, Any]
    domain: Domain


class DescribeRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What is to change."""

    name: str = ""
    description: str = ""
    url: str = ""
    email: str = ""
    picture: Base64 = ""
    alt: str = ""


class ListedAchievement(TypedDict):
    """The newest version of an achievement."""

    id: Url
    badge: Text
    version: Version
    name: Any
    retired: bool


class Published(ListedAchievement):
    """What publishing did: `keep` where the draft said nothing new."""

    act: Literal["create", "update", "return", "keep"]


class ListedDraft(TypedDict):
    badge: Text
    revision: Version
    savedAt: Time


class AchievementList(TypedDict):
    achievements: list[ListedAchievement]
    drafts: list[ListedDraft]


class AchievementDraft(TypedDict):
    """A draft: `table` as its file in a catalogue has it; `faults` keep it from being published."""

    badge: Text
    revision: Version
    savedAt: Time
    table: dict[str, Any]
    faults: list[Finding]
    follows: NotRequired[Version]


class BeginRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What it is called, and what it begins from."""

    name: Annotated[str, Meta(max_length=120)] = ""
    badge: Annotated[str, Meta(max_length=64, examples=["incident-lead"])] = ""
    start: Annotated[str, Meta(examples=["atlas/incident-lead"])] = ""


class SaveRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What the draft is to say."""

    table: dict[str, Any]
    revision: Revision | None = None


class PictureRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A picture that was made elsewhere."""

    file: Base64
    alt: Annotated[str, Meta(min_length=1, max_length=300)]
    svg: Base64 = ""
    revision: Revision | None = None


class PublishRequest(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Which state of the draft was looked at, if that is to count."""

    revision: Revision | None = None


class Gone(TypedDict):
    badge: Text
