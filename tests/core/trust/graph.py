"""A small world of people who endorse each other, by first names: what signed documents would say of it.

Ada holds the badges *lead* and *calm*. She was in the team payments until March, and is in search since; the
documents say so, and nothing in this file depends on where anybody is now.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from exchange.core.trust.facts import About, Fact

BASE = "https://badges.example.org"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)

PAYMENTS, SEARCH, LEGAL = (f"{BASE}/teams/{name}" for name in ("payments", "search", "legal"))
LEAD, CALM = (f"{BASE}/badges/{name}" for name in ("lead", "calm"))
COMMAND, WRITING = "https://skills.example.org/command", "Writing"


def who(name: str) -> str:
    return f"{BASE}/profiles/{name}"


def endorsement(id: str, endorser: str, holder: str, subject: str, at: datetime, **more: object) -> Fact:
    """By her own key, as somebody of another team, if nothing else is said."""
    usual = Fact(
        id=document(id),
        state="valid",
        endorser=who(endorser),
        did=f"did:key:{endorser}",
        custody="holder",
        holder=who(holder),
        subject=subject,
        relationship="other-team",
        at=at,
        endorser_team=SEARCH,
        holder_team=PAYMENTS,
    )
    return msgspec.structs.replace(usual, **more)


def document(id: str) -> str:
    return f"{BASE}/endorsements/{id}"


def day(month: int, of: int, year: int = 2026) -> datetime:
    return datetime(year, month, of, 9, tzinfo=UTC)


FACTS = (
    # before Ada moved: Ben and Cleo beside her in payments, Dora in search
    endorsement(
        *("b1", "ben", "ada", LEAD, day(9, 30, 2025)),
        relationship="same-team",
        endorser_team=PAYMENTS,
        skills=(COMMAND,),
    ),
    endorsement("c1", "cleo", "ada", LEAD, day(1, 15), relationship="manager", endorser_team=PAYMENTS),
    endorsement("d1", "dora", "ada", LEAD, day(2, 1), skills=(COMMAND, WRITING)),
    # after it: Dora is now in her own team, Ben is not
    endorsement(
        *("d2", "dora", "ada", CALM, day(6, 1)),
        relationship="same-team",
        holder_team=SEARCH,
        did="did:key:dora-telephone",
    ),
    endorsement("e1", "emil", "ada", CALM, day(6, 2), custody="exchange", endorser_team=LEGAL),
    endorsement("f1", "fay", "ada", LEAD, day(7, 3), endorser_team=None, relationship="mentee"),
    # what is not counted
    endorsement("g1", "gus", "ada", LEAD, day(7, 4), state="withdrawn"),
    endorsement("h1", "hal", "ada", LEAD, day(7, 4), state="expired"),
    endorsement("i1", "ivy", "ada", LEAD, day(7, 4)),
    endorsement("i2", "ivy", "ada", LEAD, day(7, 5), supersedes=document("i1"), relationship="client"),
    endorsement("j1", "jim", "ada", LEAD, day(7, 6), state="unclear"),
    endorsement("k1", "kim", "ada", LEAD, day(7, 6), state="invalid"),
    endorsement("a1", "ada", "ada", LEAD, day(7, 7)),
    endorsement("l1", "lou", "ada", LEAD, day(7, 7), state="suspended"),
    # somebody else's badge
    endorsement("x1", "ben", "zoe", f"{BASE}/badges/zoe", day(7, 7)),
    # five within two days
    *(
        endorsement(f"m{n}", f"max{n}", "ada", CALM, day(10, 1) + n * timedelta(hours=12), holder_team=SEARCH)
        for n in range(5)
    ),
)
"""What there is about Ada's badges, and a little more."""

AROUND = (
    endorsement("ab", "ada", "ben", f"{BASE}/badges/ben", day(10, 2, 2025), skills=(COMMAND,)),
    endorsement("zb", "zoe", "ben", f"{BASE}/badges/ben", day(3, 2), state="withdrawn", skills=(COMMAND,)),
    endorsement("zd", "zoe", "dora", f"{BASE}/badges/dora", day(3, 2), skills=(WRITING,)),
    endorsement("yd", "yan", "dora", f"{BASE}/badges/dora", day(4, 2), skills=(WRITING,)),
    endorsement("dd", "dora", "dora", f"{BASE}/badges/dora", day(1, 2), skills=(COMMAND,)),
)
"""Endorsements of the endorsers' own badges. Only Ada says that Ben has a skill, and only Dora, of herself,
that she can command."""

PORTFOLIO = About(frozenset({LEAD, CALM}))
