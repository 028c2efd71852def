"""Skills: what a portfolio shows, by what it shows of somebody; and what is not there.

Made of the value that a reader has (`shown.py`), so it holds nothing that they may not see. A *gap* is a fact
about what is shown, such as "no endorsement names it": never a score, and never said to anybody but the
holder.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import msgspec

from exchange.core.plain_text import as_named, safe_link
from exchange.core.portfolio.shown import Evidence, Item, Shown, Skill

Gap = Literal["nothing", "no_badge", "only_past", "no_evidence", "no_endorsement"]
"""Of a skill: nothing shows it; no badge or vouch does; those that do have ended or were taken back; none
that stands comes with evidence; no endorsement that stands names it."""


class Backed(msgspec.Struct, frozen=True, kw_only=True):
    """A skill, and what is shown of it, in the holder's order: `badges` (of here and from elsewhere) and
    `vouches` that name it, whatever their state, and the `endorsements` that name it and stand.
    `needed` by the roles that were asked about."""

    skill: Skill
    badges: tuple[Item, ...] = ()
    vouches: tuple[Item, ...] = ()
    endorsements: tuple[Item, ...] = ()
    needed: bool = False

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What its holder shows with any of it, once."""
        found = (one for item in (*self.badges, *self.vouches, *self.endorsements) for one in item.evidence)
        return tuple(dict.fromkeys(found))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What is missing, of what is shown."""
        proofs = (*self.badges, *self.vouches)
        if not proofs and not self.endorsements:
            return ("nothing",)
        found: list[Gap] = []
        if not proofs:
            found.append("no_badge")
        elif all(item.tombstone for item in proofs):
            found.append("only_past")
        if proofs and not self.evidence:
            found.append("no_evidence")
        if not self.endorsements:
            found.append("no_endorsement")
        return tuple(found)


class BySkill(msgspec.Struct, frozen=True):
    """All of it. `without` are the items that name no skill, and of peers' words those that do not stand, of
    which no word is left: nothing that is shown is missing here."""

    skills: tuple[Backed, ...]
    without: tuple[Item, ...] = ()

    @property
    def with_gaps(self) -> tuple[Backed, ...]:
        return tuple(one for one in self.skills if one.gaps)


def by_skill(shown: Shown, needed: Collection[Skill] = ()) -> BySkill:
    """What is shown, by skill, in the order in which it is read; then the skills that are `needed` and that
    nothing shows. Two names are the same skill where they are spelt alike or have the same address."""
    found = _Found()
    without = []
    for item in shown.items:
        if not item.skills or (item.kind == "endorsement" and item.tombstone):
            without.append(item)
            continue
        for key in dict.fromkeys(found.key(skill) for skill in item.skills):
            found.items[key].append(item)
    wanted = {found.key(skill) for skill in needed}
    return BySkill(tuple(_backed(found, key, key in wanted) for key in found.skills), tuple(without))


def aligned(achievement: Mapping[str, Any]) -> tuple[Skill, ...]:
    """The skills of skills lists that an Achievement names."""
    said = achievement.get("alignment")
    found = [
        Skill(as_named(one.get("targetName"), 200), safe_link(one.get("targetUrl")))
        for one in (said if isinstance(said, list) else [said])
        if isinstance(one, dict)
    ]
    return tuple({one.name.casefold(): one for one in found if one.name}.values())


class _Found:
    """The skills so far, by a key of each, and the items of each."""

    def __init__(self) -> None:
        self.skills: dict[str, Skill] = {}
        self.items: dict[str, list[Item]] = {}
        self._ids: dict[str, str] = {}

    def key(self, skill: Skill) -> str:
        name = skill.name.casefold()
        key = name if name in self.skills else self._ids.get(skill.id, name)
        if skill.id:
            self._ids.setdefault(skill.id, key)
        if key not in self.skills or (skill.id and not self.skills[key].id):
            self.skills[key] = skill
        self.items.setdefault(key, [])
        return key


def _backed(found: _Found, key: str, needed: bool) -> Backed:
    items = found.items[key]
    return Backed(
        skill=found.skills[key],
        badges=_of(items, "badge", "imported"),
        vouches=_of(items, "vouch"),
        endorsements=_of(items, "endorsement"),
        needed=needed,
    )


def _of(items: Sequence[Item], *kinds: str) -> tuple[Item, ...]:
    return tuple(item for item in items if item.kind in kinds)


def named(item: Item) -> dict[str, Any]:
    """An item in a few words, for programs: the rest of it is in the portfolio's value."""
    return {
        "key": item.key,
        "kind": item.kind,
        "state": item.state,
        "name": item.name,
        "issuer": item.issuer,
        "relationship": item.relationship,
        "signedBy": item.signed_by,
    }


def skills_json(found: BySkill, *, gaps: bool) -> dict[str, Any]:
    """For programs; with its `gaps` for the holder."""
    return {
        "skills": [
            {
                "name": one.skill.name,
                "id": one.skill.id,
                "badges": [named(item) for item in one.badges],
                "vouches": [named(item) for item in one.vouches],
                "endorsements": [named(item) for item in one.endorsements],
                "evidence": msgspec.to_builtins(one.evidence),
                **({"needed": one.needed, "gaps": list(one.gaps)} if gaps else {}),
            }
            for one in found.skills
        ],
        "without": [named(item) for item in found.without],
    }
