"""Seen: who sees what of a badge, for its holder; as far as this exchange can know.

It knows what it hands out to whom by rule, and what it has itself delivered: mails, and messages to programs
of the issuer. It keeps no record of who opens a badge's public page or takes a file of it, and so can tell
nobody of that, its holder no more than its issuer. There is nothing else yet by which a badge is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from exchange.flows.claims.mine import find_mine
from exchange.flows.ports import Ports


@dataclass(frozen=True, slots=True)
class Program:
    """A webhook of the issuer, by its host, with when it was told something about the badge."""

    host: str
    told: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Seen:
    """`team`: how many people have a role at the issuer. `mails`: when the holder was written to. Moments are
    the newest first, and as old as the outbox keeps what was delivered."""

    team: int
    programs: Sequence[Program]
    mails: Sequence[datetime]


async def seen(ports: Ports, key: str) -> Seen:
    """NotFoundError("unknown_badge") for others' as for none."""
    badge = await find_mine(ports, key)
    programs = []
    for hook in await ports.store.webhooks(badge.issuer):
        told = await ports.store.delivered(f"webhook:{hook.id}:{badge.id}")
        programs += [Program(urlsplit(hook.url).hostname or "", told)] if told else []
    return Seen(await _team(ports, badge.issuer), programs, await ports.store.delivered(f"badge:{badge.id}"))


async def _team(ports: Ports, issuer: str) -> int:
    people: set[str] = set()
    for grant in await ports.store.grants(issuer):
        if grant.team:
            people |= {one.person for one in await ports.store.members(grant.team)}
        else:
            people.add(grant.person)
    return len(people)
