"""What an endorser may say, and why something cannot be signed as it stands."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from exchange.core.credentials import said as room
from exchange.core.credentials.said import (
    MAX_LINE,
    MAX_TEXT,
    RELATIONSHIPS,
    Said,
    SkillSeen,
    Team,
    check_said,
)
from exchange.errors import InputError
from tests.core.endorsing import SAID

GOOD: dict[str, Said] = {
    "everything": SAID,
    "the least": Said(line="Yes.", relationship="other"),
    "a line of 140": replace(SAID, line="x" * MAX_LINE),
    "a line of 140 emoji, which are two units each": replace(SAID, line="\U0001f600" * MAX_LINE),
    "a text of 600": replace(SAID, text="ä" * MAX_TEXT),
    "Hebrew": replace(SAID, line="היא הובילה את התקרית", text="כן"),
    "Arabic with digits": replace(SAID, line="قادت 3 حوادث"),
    "a family of emoji, joined": replace(SAID, line="\U0001f469\u200d\U0001f467 did it"),
    "Persian with a joiner": replace(SAID, line="می\u200cداند"),
    "letters of two scripts": replace(SAID, line="Аda (with a Cyrillic А) led it"),
    "Markdown and what looks like HTML": replace(
        SAID, text="**bold** <script>alert(1)</script> [x](javascript:x)"
    ),
    "line breaks in the text": replace(SAID, text="one\n\ntwo\n- three"),
    "a team's name that turns about": replace(SAID, holder_team=Team("urn:uuid:1", "abc\u202edef")),
    "a skill in no framework": replace(SAID, skills=(SkillSeen("Calm"),)),
    "evidence by http": replace(SAID, evidence=("http://wiki.internal/x?y=1#z",)),
    "evidence in an international domain": replace(SAID, evidence=("https://münchen.example/ü",)),
    **{f"the relationship {code}": replace(SAID, relationship=code) for code in RELATIONSHIPS},
}


@pytest.mark.parametrize("name", GOOD)
def test_can_be_signed(name: str) -> None:
    check_said(GOOD[name])


BAD: dict[str, tuple[Said, str, str]] = {
    "no line": (replace(SAID, line=""), "line_missing", "/line"),
    "a blank line": (replace(SAID, line=" \u00a0 "), "line_missing", "/line"),
    "a line of 141": (replace(SAID, line="x" * 141), "line_too_long", "/line"),
    "a line that is one letter under 140 accents": (
        replace(SAID, line="a" + "\u0301" * 140),
        "line_too_long",
        "/line",
    ),
    "two lines": (replace(SAID, line="one\ntwo"), "line_broken", "/line"),
    "a line that begins with a blank": (replace(SAID, line=" one"), "line_broken", "/line"),
    "a text of 601": (replace(SAID, text="x" * 601), "text_too_long", "/text"),
    "a null in the line": (replace(SAID, line="a\x00b"), "control_character", "/line"),
    "a carriage return in the text": (replace(SAID, text="a\r\nb"), "control_character", "/text"),
    "a tab": (replace(SAID, text="a\tb"), "control_character", "/text"),
    "a C1 control": (replace(SAID, text="a\x85b"), "control_character", "/text"),
    "a line separator": (replace(SAID, line="a\u2028b"), "control_character", "/line"),
    "half a surrogate pair": (replace(SAID, text="a\ud800"), "control_character", "/text"),
    "text that runs backwards": (replace(SAID, line="never \u202edetsurt"), "control_character", "/line"),
    "text in an isolate": (replace(SAID, text="a \u2067b\u2069"), "control_character", "/text"),
    "a mark from right to left": (replace(SAID, line="a\u200fb"), "control_character", "/line"),
    "a byte order mark": (replace(SAID, line="\ufeffa"), "control_character", "/line"),
    "an unknown relationship": (
        replace(SAID, relationship="friend"),
        "relationship_unknown",
        "/relationship",
    ),
    "no relationship": (replace(SAID, relationship=""), "relationship_unknown", "/relationship"),
    "a skill without a name": (replace(SAID, skills=(SkillSeen(" "),)), "skill_malformed", "/skills/0/name"),
    "a skill of two lines": (replace(SAID, skills=(SkillSeen("a\nb"),)), "skill_malformed", "/skills/0/name"),
    "a skill with a long name": (
        replace(SAID, skills=(SkillSeen("x" * 121),)),
        "skill_malformed",
        "/skills/0/name",
    ),
    "a skill whose id is none": (
        replace(SAID, skills=(SkillSeen("a", "b c"),)),
        "skill_malformed",
        "/skills/0/id",
    ),
    "a skill twice": (
        replace(SAID, skills=(SkillSeen("a"), SkillSeen("a", "urn:x:1"))),
        "skill_twice",
        "/skills/1",
    ),
    "one skill by two names": (
        replace(SAID, skills=(SkillSeen("a", "urn:x:1"), SkillSeen("b", "urn:x:1"))),
        "skill_twice",
        "/skills/1",
    ),
    "21 skills": (
        replace(SAID, skills=tuple(SkillSeen(str(n)) for n in range(21))),
        "skills_too_many",
        "/skills",
    ),
    "evidence by a script": (
        replace(SAID, evidence=("javascript:alert(1)",)),
        "evidence_malformed",
        "/evidence/0",
    ),
    "evidence in words": (replace(SAID, evidence=("the report",)), "evidence_malformed", "/evidence/0"),
    "evidence with a blank": (
        replace(SAID, evidence=("https://x.example/a b",)),
        "evidence_malformed",
        "/evidence/0",
    ),
    "evidence that is half an address": (
        replace(SAID, evidence=("https://",)),
        "evidence_malformed",
        "/evidence/0",
    ),
    "very long evidence": (
        replace(SAID, evidence=("https://x.example/" + "a" * 2000,)),
        "evidence_malformed",
        "/evidence/0",
    ),
    "evidence with a line break": (
        replace(SAID, evidence=("https://x.example/\nhttps://y.example/",)),
        "evidence_malformed",
        "/evidence/0",
    ),
    "evidence twice": (replace(SAID, evidence=("https://x.example/",) * 2), "evidence_twice", "/evidence/1"),
    "11 pieces of evidence": (
        replace(SAID, evidence=tuple(f"https://x.example/{n}" for n in range(11))),
        "evidence_too_much",
        "/evidence",
    ),
    "a team without a name": (
        replace(SAID, endorser_team=Team("urn:x:1", "")),
        "team_malformed",
        "/endorser_team/name",
    ),
    "a team without an id": (
        replace(SAID, holder_team=Team("", "Search")),
        "team_malformed",
        "/holder_team/id",
    ),
    "a control character in a team's name": (
        replace(SAID, holder_team=Team("urn:x:1", "a\x07")),
        "control_character",
        "/holder_team/name",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_cannot_be_signed(name: str) -> None:
    said, code, at = BAD[name]
    with pytest.raises(InputError) as refused:
        check_said(said)
    assert (refused.value.code, refused.value.at) == (code, at)
    assert refused.value.message.isprintable()


def test_relationships_are_those_of_the_schema() -> None:
    import json

    from exchange.resources import data_path

    schema = json.loads((data_path("schemas") / "endorsement-credential.json").read_bytes())
    assert schema["$defs"]["PeerEndorsement"]["properties"]["relationship"]["enum"] == list(RELATIONSHIPS)
    with pytest.raises(TypeError):
        room.RELATIONSHIPS["friend"] = "is a friend"  # type: ignore[index]
