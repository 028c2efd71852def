"""What an endorser says of somebody's badge: in one line, in more words, and in what capacity they saw it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from exchange.errors import InputError

MAX_LINE = 140
MAX_TEXT = 600
MAX_NAME = 120
MAX_SKILLS = 20
MAX_EVIDENCE = 10
_MAX_URL = 2000

RELATIONSHIPS: Mapping[str, str] = MappingProxyType(
    {
        "same-team": "works in the same team",
        "other-team": "works in another team",
        "manager": "is or was their manager",
        "report": "reports or reported to them",
        "mentor": "is or was their mentor",
        "mentee": "was mentored by them",
        "client": "received their work",
        "learned-from": "learned from them",
        "other": "knows them in another way",
    }
)
"""How the endorser stands to whom they endorse: code → English words that follow the endorser's name."""

_URL = re.compile(r"https?://[^\s/?#<>\"\\^`{|}]+(?:[/?#][^\s<>\"\\^`{|}]*)?", re.IGNORECASE)
_ID = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"\\^`{|}]+", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What turns the direction of text about, or is not seen at all: it can make a sentence read as another one.
The joiners that scripts and emoji need (U+200C, U+200D) are none of it, nor is any letter."""


class Team(msgspec.Struct, frozen=True):
    """A team, as it was called when the endorsement was signed."""

    id: str
    name: str


class SkillSeen(msgspec.Struct, frozen=True):
    """A skill that was seen; `id` is its address in a framework, if it has one."""

    name: str
    id: str | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the endorser says. `text` is Markdown, carried as it is; `evidence` are addresses."""

    line: str
    text: str = ""
    relationship: str
    skills: tuple[SkillSeen, ...] = ()
    evidence: tuple[str, ...] = ()
    endorser_team: Team | None = None
    holder_team: Team | None = None


def check_said(said: Said) -> None:
    """Refuse what cannot be signed as it stands.

    Lengths are counted in code points, which every programming language counts alike; what looks like one
    character can be made of any number of them. Letters of several scripts, or from right to left, are as
    good as others; and names, which the endorser did not write, may hold what turns text about: pages show
    it.

    InputError, `at` its JSON Pointer: line_missing, line_too_long, line_broken, text_too_long,
    relationship_unknown, skill_malformed, skills_too_many, skill_twice, evidence_malformed,
    evidence_too_much, evidence_twice, team_malformed, control_character.
    """
    _check_text(said.line, "/line")
    if not said.line.strip():
        raise InputError("line_missing", "Say in one line what you saw.", "/line")
    if "\n" in said.line or said.line != said.line.strip():
        raise InputError("line_broken", "The one line has no line breaks and no blanks around it.", "/line")
    if len(said.line) > MAX_LINE:
        long = f"The one line has {len(said.line)} characters; {MAX_LINE} is the most."
        raise InputError("line_too_long", long, "/line")
    _check_text(said.text, "/text")
    if len(said.text) > MAX_TEXT:
        long = f"The longer text has {len(said.text)} characters; {MAX_TEXT} is the most."
        raise InputError("text_too_long", long, "/text")
    if said.relationship not in RELATIONSHIPS:
        known = ", ".join(RELATIONSHIPS)
        unknown = f"{said.relationship!a:.60} is no relationship known here; choose one of: {known}."
        raise InputError("relationship_unknown", unknown, "/relationship")
    _check_skills(said.skills)
    _check_evidence(said.evidence)
    for at, team in (("/endorser_team", said.endorser_team), ("/holder_team", said.holder_team)):
        if team is not None:
            named = f"A team has a name of at most {MAX_NAME} characters, on one line."
            _check_name(team.name, InputError("team_malformed", named, f"{at}/name"))
            if not _ID.fullmatch(team.id) or len(team.id) > _MAX_URL:
                raise InputError("team_malformed", "A team's id is an address.", f"{at}/id")


def _check_skills(skills: tuple[SkillSeen, ...]) -> None:
    if len(skills) > MAX_SKILLS:
        raise InputError("skills_too_many", f"Name at most {MAX_SKILLS} skills.", "/skills")
    for index, skill in enumerate(skills):
        named = f"A skill has a name of at most {MAX_NAME} characters, on one line."
        _check_name(skill.name, InputError("skill_malformed", named, f"/skills/{index}/name"))
        if skill.id is not None and (not _ID.fullmatch(skill.id) or len(skill.id) > _MAX_URL):
            raise InputError("skill_malformed", "A skill's id is an address.", f"/skills/{index}/id")
        if any(skill.name == other.name or (skill.id and skill.id == other.id) for other in skills[:index]):
            raise InputError("skill_twice", f"The skill {skill.name} is named twice.", f"/skills/{index}")


def _check_evidence(evidence: tuple[str, ...]) -> None:
    if len(evidence) > MAX_EVIDENCE:
        raise InputError("evidence_too_much", f"Name at most {MAX_EVIDENCE} pieces of evidence.", "/evidence")
    for index, url in enumerate(evidence):
        if not _URL.fullmatch(url) or len(url) > _MAX_URL:
            malformed = "Evidence is named by its address, which begins with https:// or http://."
            raise InputError("evidence_malformed", malformed, f"/evidence/{index}")
        if url in evidence[:index]:
            raise InputError("evidence_twice", f"{url:.200} is named twice.", f"/evidence/{index}")


def _check_name(name: str, malformed: InputError) -> None:
    _refuse(_CONTROL, name, malformed.at)
    if not name.strip() or "\n" in name or len(name) > MAX_NAME:
        raise malformed


def _check_text(text: str, at: str) -> None:
    _refuse(_CONTROL, text, at)
    _refuse(_TURNING, text, at)


def _refuse(characters: re.Pattern[str], text: str, at: str) -> None:
    found = characters.search(text)
    if found is not None:
        hidden = f"The text holds the invisible character U+{ord(found[0]):04X}; take it out."
        raise InputError("control_character", hidden, at)
