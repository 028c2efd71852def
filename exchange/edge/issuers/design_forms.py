"""What the forms of the achievement editor say, as members of a badge's table, and the other way round.

Whatever is typed is kept, right or wrong: what is wrong is said beside it, and nothing wrong is published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from exchange.core.catalogues.glyphs import GLYPHS
from exchange.core.verdict.finding import Finding
from exchange.edge.http.words import told
from exchange.flows.issuers.drafts import slug_of
from exchange.languages import gettext, gettext_noop

Fields = Mapping[str, str]
Table = dict[str, Any]

STEPS: dict[str, str] = {
    "words": gettext_noop("Words"),
    "picture": gettext_noop("Picture"),
    "skills": gettext_noop("Skills"),
    "results": gettext_noop("Rubrics"),
}
"""The steps of the editor, in their order, before the preview."""

MEMBERS = {
    "words": (
        *("name", "description", "criteria", "tags", "achievement_type", "valid_days", "evidence_required"),
    ),
    "picture": ("image",),
    "skills": ("alignments",),
    "results": ("results",),
}
"""Which members of a badge's table each step is about."""

LABELS = {
    "/name": gettext_noop("Name"),
    "/description": gettext_noop("What it recognises"),
    "/criteria": gettext_noop("What it takes"),
    "/image": gettext_noop("Picture"),
}
"""What the forms call the members that a badge must have."""

TYPES = {
    "MicroCredential": gettext_noop("Micro-credential"),
    "Badge": gettext_noop("Badge"),
    "Award": gettext_noop("Distinction"),
    "Competency": gettext_noop("Competence"),
    "Course": gettext_noop("Course"),
    "Certificate": gettext_noop("Certificate"),
    "CommunityService": gettext_noop("Community service"),
}
DEFAULT_TYPE = "MicroCredential"
INKS = {
    "": gettext_noop("Whichever reads better"),
    "#ffffff": gettext_noop("Light"),
    "#1b1f2a": gettext_noop("Dark"),
}
DESIGN = {"shape": "hexagon", "background": "#1f3a5f", "accent": "#f2b134", "ink": "", "subtitle": ""}
ROWS_MORE = 1
"""How many empty levels stand below those of a rubric, to be filled in."""
LEVELS_AT_FIRST = 3
LEVEL = ("key", "name", "description", "points")
SKILL = ("name", "url", "framework", "code", "description")
MAX_RUBRICS, MAX_LEVELS = 20, 10


def step_of(at: str) -> str:
    """The step on which what a finding points at can be put right."""
    member = at.strip("/").partition("/")[0]
    return next((step for step, members in MEMBERS.items() if member in members), "words")


def said(fault: Finding) -> str:
    """What a page says of it. A member that is missing is called as the forms call it, not as files do."""
    if fault.code != "schema_missing" or fault.at not in LABELS:
        return told(fault.message)
    why = fault.message.partition(": ")[2]
    return Markup("{}: {}").format(gettext(LABELS[fault.at]), told(why))


def read_words(fields: Fields) -> Table:
    days = fields.get("valid_days", "")
    return {
        **{name: _lines(fields.get(name, "")) or None for name in ("name", "description", "criteria")},
        "tags": [tag for tag in map(str.strip, fields.get("tags", "").split(",")) if tag] or None,
        "achievement_type": fields.get("achievement_type") or None,
        "valid_days": int(days) if days.isascii() and days.isdigit() and len(days) < 9 else days or None,
        "evidence_required": True if fields.get("evidence_required") == "on" else None,
    }


def words_of(table: Table) -> dict[str, str]:
    """The fields of that step, as they are shown."""
    tags = table.get("tags")
    return {
        **{name: _text(table.get(name)) for name in ("name", "description", "criteria", "valid_days")},
        "tags": ", ".join(map(str, tags)) if isinstance(tags, list) else "",
        "achievement_type": _text(table.get("achievement_type")) or DEFAULT_TYPE,
        "evidence_required": "on" if table.get("evidence_required") is True else "",
    }


def read_design(fields: Fields) -> Table:
    """The `[image]` table of a picture that is drawn. Letters count more than the glyph that was chosen."""
    glyph = fields.get("letters") or fields.get("glyph", "")
    said = {name: fields.get(name, "") for name in ("title", "subtitle", "shape", "background", "accent")}
    said |= {"glyph": glyph, "ink": fields.get("ink", ""), "alt": fields.get("alt", "")}
    return {name: value for name, value in said.items() if value}


def read_picture(fields: Fields) -> Table:
    return {"image": read_design(fields)}


def picture_of(table: Table) -> dict[str, str]:
    """The fields of the designer: of a picture that was given, those of one that could be drawn instead."""
    image = table.get("image")
    image = image if isinstance(image, dict) else {}
    name = _text(table.get("name"))
    said = {"glyph": "spark" if "spark" in GLYPHS else next(iter(GLYPHS)), "title": name[:48], "alt": ""}
    said = {**DESIGN, **said, **{key: _text(value) for key, value in image.items()}}
    letters = "" if said["glyph"] in GLYPHS else said["glyph"]
    return {**said, "letters": letters, "glyph": said["glyph"] if not letters else ""}


def read_skills(fields: Fields, table: Table) -> Table:
    """The skills without the one that is taken out, or with one more."""
    listed = tables_of(table, "alignments")
    out = fields.get("out", "")
    if out.isdigit() and int(out) < len(listed):
        listed = [one for number, one in enumerate(listed) if number != int(out)]
    else:
        said = {name: fields.get(name, "") for name in SKILL}
        new = {name: value for name, value in said.items() if value}
        listed += [new] if new and new not in listed else []
    return {"alignments": listed or None}


def read_results(fields: Fields) -> Table:
    """The rubrics, each with its levels; one whose name was emptied is gone, and so is a level."""
    results: list[Table] = []
    for number in range(MAX_RUBRICS + 1):
        name = fields.get(f"r{number}-name", "")
        if not name:
            continue
        levels = _read_levels(fields, f"r{number}")
        result = {"key": _key(fields.get(f"r{number}-key", ""), name, results), "name": name}
        needed = next((one for at, one in levels if at == fields.get(f"r{number}-required")), None)
        result |= {"required": needed["key"]} if needed else {}
        results.append({**result, "levels": [level for _, level in levels]})
    return {"results": results or None}


def _read_levels(fields: Fields, place: str) -> list[tuple[str, Table]]:
    """The levels with their numbers in the form."""
    found: list[tuple[str, Table]] = []
    for number in range(MAX_LEVELS + ROWS_MORE):
        at = f"{place}l{number}"
        name = fields.get(f"{at}-name", "")
        if name:
            key = _key(fields.get(f"{at}-key", ""), name, [level for _, level in found])
            said = {"description": _lines(fields.get(f"{at}-description", "")) or None}
            said["points"] = fields.get(f"{at}-points") or None
            rest = {name: value for name, value in said.items() if value}
            found.append((str(number), {"key": key, "name": name, **rest}))
    return found


def results_of(table: Table) -> list[Table]:
    """The rubrics as the form shows them: with empty levels to fill in, and an empty rubric at the end."""
    shown: list[Table] = []
    for result in [*tables_of(table, "results"), {}][:MAX_RUBRICS]:
        levels = [shown_of(level, LEVEL) for level in tables_of(result, "levels")]
        more = [shown_of({}, LEVEL)] * (ROWS_MORE if result else LEVELS_AT_FIRST)
        keys = [level["key"] for level in levels]
        needed = keys.index(result["required"]) if result.get("required") in keys else ""
        said = shown_of(result, ("key", "name"))
        shown.append({**said, "levels": (levels + more)[:MAX_LEVELS], "needed": str(needed)})
    return shown


_READ: dict[str, Callable[[Fields], Table]] = {
    "words": read_words,
    "picture": read_picture,
    "results": read_results,
}


def read_step(step: str, fields: Fields, table: Table) -> Table:
    """What the form of a step changes in the table. A form that is sent as it was shown changes nothing."""
    if step == "skills":
        return read_skills(fields, table)
    return {name: _kept(value, table.get(name)) for name, value in _READ[step](fields).items()}


def _kept(value: Any, known: Any) -> Any:
    """`known` where `value` says the same in the letters of a form, which knows no space at an end, no
    difference between no and nothing, and says what goes without saying."""
    if isinstance(value, str) and isinstance(known, str):
        return known if known.strip() == value else value
    if isinstance(value, dict) and isinstance(known, dict):
        implied = {name: text for name, text in DESIGN.items() if text}
        return known if {**implied, **known} == {**implied, **value} else value
    if value is None and known in (False, [], ""):
        return known
    return None if known is None and value == DEFAULT_TYPE else value


def tables_of(table: Table, member: str) -> list[Table]:
    """The tables of a list; a draft may say anything, and then there are none."""
    value = table.get(member)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def shown_of(table: Table, names: tuple[str, ...]) -> dict[str, str]:
    """These members as text, `""` for what is not said or no text."""
    return {name: _text(table.get(name)) for name in names}


def _key(known: str, name: str, taken: list[Table]) -> str:
    """The key it has, or one made of its name that no other has."""
    keys = {one["key"] for one in taken}
    made = known if known and known not in keys else slug_of(name) or "level"
    number, key = 2, made
    while key in keys:
        key, number = f"{made[:60]}-{number}", number + 1
    return key


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
