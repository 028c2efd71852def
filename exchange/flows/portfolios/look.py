"""Look: a portfolio of one's own as a reader has it, and what the roles ask for that one looks at it for."""

from __future__ import annotations

from msgspec.structs import replace

from exchange.core.portfolio.shown import Shown, Skill
from exchange.core.portfolio.skills import aligned
from exchange.errors import InputError
from exchange.flows.portfolios.mine import find
from exchange.flows.portfolios.records import Kept
from exchange.flows.portfolios.show import show
from exchange.flows.ports import Ports
from exchange.flows.vouches.offers import offers


async def look(ports: Ports, id: str) -> tuple[Kept, Shown]:
    """One of who acts, and what a reader of all that is not hidden has of it. NotFoundError,
    ForbiddenError."""
    kept = await find(ports, id)
    person = await ports.store.person(kept.person)
    shown, _ = await show(ports, kept, person.name if person else "")
    if person and person.picture and kept.portfolio.portrait:
        shown = replace(shown, portrait=f"/people/{person.id}/picture")
    return kept, shown


async def role_families(ports: Ports) -> dict[str, tuple[Skill, ...]]:
    """The families of roles that people vouch for here, each with the skills that its vouches name."""
    found: dict[str, dict[str, Skill]] = {}
    for one in await offers(ports):
        for family in one.offer.families:
            there = found.setdefault(family, {})
            there |= {skill.name.casefold(): skill for skill in aligned(one.achievement.document)}
    return {family: tuple(found[family].values()) for family in sorted(found) if found[family]}


def needed_by(families: dict[str, tuple[Skill, ...]], family: str) -> tuple[Skill, ...]:
    """What a family asks for; nothing where none is named. InputError("unknown_role")."""
    if family and family not in families:
        known = ", ".join(families) or "none"
        raise InputError("unknown_role", f"{family!r:.80} is no family of roles here: {known}.", "role")
    return families.get(family, ())
