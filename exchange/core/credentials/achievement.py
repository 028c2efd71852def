"""Achievement: what can be earned, and everything that describes it (Open Badges 3.0)."""

from __future__ import annotations

from typing import Any

from exchange.core.credentials.nouns import Node, Text, types
from exchange.core.credentials.profile import IdentifierEntry, Image, Profile


class Alignment(Node, frozen=True, kw_only=True):
    """A skill, standard or level of a public framework that something corresponds to."""

    type: tuple[str, ...] = types("Alignment")
    target_name: Text
    target_url: str
    target_type: str | None = None
    target_framework: str | None = None
    target_code: str | None = None
    target_description: Text | None = None


class Criteria(Node, frozen=True, kw_only=True):
    """How it is earned: Markdown here, or a page elsewhere."""

    id: str | None = None
    narrative: Text | None = None


class RubricCriterionLevel(Node, frozen=True, kw_only=True):
    """One level of a rubric."""

    id: str
    type: tuple[str, ...] = types("RubricCriterionLevel")
    name: Text
    description: Text | None = None
    level: str | None = None
    points: str | None = None
    alignment: tuple[Alignment, ...] = ()


class ResultDescription(Node, frozen=True, kw_only=True):
    """A result that a badge may state. Levels and allowed values run from low to high."""

    id: str
    type: tuple[str, ...] = types("ResultDescription")
    name: Text
    result_type: str
    required_level: str | None = None
    required_value: str | None = None
    allowed_value: tuple[str, ...] = ()
    value_min: str | None = None
    value_max: str | None = None
    rubric_criterion_level: tuple[RubricCriterionLevel, ...] = ()
    alignment: tuple[Alignment, ...] = ()


class Related(Node, frozen=True, kw_only=True):
    """Another edition of the same achievement: an earlier version, another language."""

    id: str
    type: tuple[str, ...] = types("Related")
    version: str | None = None
    in_language: str | None = None


class Achievement(Node, frozen=True, kw_only=True):
    """What can be earned. Two badges with the same `id` here recognise the same thing."""

    id: str
    type: tuple[str, ...] = types("Achievement")
    name: Text
    description: Text
    criteria: Criteria
    achievement_type: str | None = None
    creator: Profile | None = None
    image: Image | None = None
    version: str | None = None
    in_language: str | None = None
    tag: tuple[str, ...] = ()
    alignment: tuple[Alignment, ...] = ()
    result_description: tuple[ResultDescription, ...] = ()
    related: tuple[Related, ...] = ()
    credits_available: float | None = None
    field_of_study: str | None = None
    specialization: str | None = None
    human_code: str | None = None
    other_identifier: tuple[IdentifierEntry, ...] = ()
    endorsement: tuple[dict[str, Any], ...] = ()
    endorsement_jwt: tuple[str, ...] = ()
