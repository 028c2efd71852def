"""Trust: what endorsements that are shown say when they are put together, about a badge, badges or a person.

The store brings the facts of these few things and of their endorsers, each by an index; the pure function of
`core/trust` makes lines of them. Facts are what was signed, so anybody who has the same documents gets the
same lines, and a line says which documents those are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from exchange.core import urls
from exchange.core.dates import format_date
from exchange.core.trust.bridges import Cells, PublicMap, cells, public_map
from exchange.core.trust.facts import About, Fact
from exchange.core.trust.summary import Line, summarise
from exchange.flows.badges.status import find_badge
from exchange.flows.endorsements.ports import TrustStore
from exchange.flows.endorsements.profiles import profile_of
from exchange.flows.endorsements.records import Tie
from exchange.flows.people.rights import check_person
from exchange.flows.ports import Ports
from exchange.flows.records import Badge

MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """Lines about what has these ids, at that moment; `bridges` is the public map of the same documents."""

    about: tuple[str, ...]
    at: datetime
    lines: tuple[Line, ...]
    bridges: PublicMap

    def to_json(self) -> dict[str, Any]:
        """As `GET /badges/KEY/trust` and `exchange trust --json` give it: sentences with their documents, and
        cells of the bridge map; no number that stands for all of it."""
        return {
            "about": list(self.about),
            "asOf": format_date(self.at.astimezone(UTC)),
            "lines": msgspec.to_builtins(self.lines),
            "bridges": msgspec.to_builtins(self.bridges.bridges),
        }


async def of_badge(ports: Ports, key: str, receiving: str = "") -> Summary:
    """Of a badge and the versions that it follows. `receiving` is the slug of a team that reads it; whether
    there is one of that name is not told. NotFoundError("unknown_badge")."""
    return await of_badges(ports, [key], receiving)


async def of_badges(ports: Ports, keys: Sequence[str], receiving: str = "") -> Summary:
    """Of the badges of a portfolio together. NotFoundError as `of_badge`."""
    versions = [one for key in keys for one in await _versions(ports, key)]
    subjects = [urls.badge(base, key) for key in versions for base in ports.bases]
    return await _summary(ports, About(frozenset(subjects)), receiving)


async def of_chosen(ports: Ports, subjects: Sequence[str], chosen: Collection[str]) -> Summary:
    """Of things by their ids, badges or profiles: what the endorsements with these keys say, and no
    others."""
    about = About(frozenset(subjects))
    ids = {urls.endorsement(base, key) for key in chosen for base in ports.bases}
    return await summed_up(ports.store, about, ports.now(), chosen=ids)


async def of_person(ports: Ports, profile: str, receiving: str = "") -> Summary:
    """Of all that somebody holds, by the URL of their pseudonym."""
    return await _summary(ports, About(frozenset(), profile), receiving)


async def own_map(ports: Ports) -> Cells:
    """The whole bridge map of what who acts shows, small cells too. ForbiddenError."""
    check_person(ports)
    profile = await profile_of(ports, ports.who.person)
    return cells(await ports.store.facts_about((), profile))


async def _versions(ports: Ports, key: str) -> list[str]:
    row: Badge | None = await find_badge(ports, key)
    found: list[str] = []
    while row is not None and row.id not in found and len(found) < MOST_VERSIONS:
        found.append(row.id)
        row = await ports.store.badge(row.renews) if row.renews else None
    return found


async def _summary(ports: Ports, about: About, receiving: str) -> Summary:
    teams = [urls.team(base, receiving) for base in ports.bases] if receiving else None
    return await summed_up(ports.store, about, ports.now(), teams)


async def summed_up(
    store: TrustStore,
    about: About,
    now: datetime,
    receiving: Collection[str] | None = None,
    chosen: Collection[str] | None = None,
) -> Summary:
    """Bring what is known and make lines of it; `receiving` as in `summarise`. `chosen`: only what these
    endorsements say, by their ids."""
    facts = await store.facts_about(sorted(about.subjects), about.person or "")
    facts = [fact for fact in facts if chosen is None or fact.id in chosen]
    around = await store.facts_around(_ties(facts))
    lines = summarise(facts, about, now, around, receiving)
    named = tuple(sorted(about.subjects)) or ((about.person,) if about.person else ())
    return Summary(named, now, lines, public_map(cells(facts)))


def _ties(facts: Sequence[Fact]) -> list[Tie]:
    """What is to be asked of whose word counts."""
    return [
        Tie(fact.endorser, fact.holder, fact.skills)
        for fact in facts
        if fact.state == "valid" and fact.endorser != fact.holder
    ]
