"""What signed endorsements say, by index: who, of whom, as what; so that a summary reads its own few rows.

A row here is made of the signed document, in the transaction that puts the endorsement on record, and holds
nothing that the document does not. How it stands now is not in it: the bit and the endorsement's state say
so. What a summary costs grows with the endorsements of what it is about, and with nothing else: about each
endorser one row is looked for, the first one that says what is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from exchange.adapters.database.effects import Many, Rows, Statement, Work
from exchange.adapters.database.peers import SUSPENDED
from exchange.core.trust.facts import Fact, State
from exchange.flows.endorsements.records import KeptFact, Tie

COLUMNS = (
    "f.document, f.endorser, f.did, f.custody, f.holder, f.subject, f.relationship, f.at, f.skills, "
    "f.endorser_team, f.holder_team, f.supersedes, e.state, COALESCE(s.is_set, FALSE), "
    + SUSPENDED.format(p="p")
)
PUBLIC = """
    JOIN endorsement e ON e.id = f.{id} AND e.shown = 'shown' AND e.barred = '' AND e.state <> 'drafted'
    LEFT JOIN status_slot s ON s.badge = f.{id} AND s.purpose = 'revocation'
    LEFT JOIN person p ON p.id = e.endorser """
FACTS = f"SELECT {COLUMNS} FROM endorsement_fact f {PUBLIC.format(id='id')} WHERE "  # noqa: S608
KEPT = f"""
    SELECT f.id, {COLUMNS} FROM endorsement_fact f JOIN endorsement e ON e.id = f.id
    LEFT JOIN status_slot s ON s.badge = f.id AND s.purpose = 'revocation'
    LEFT JOIN person p ON p.id = e.endorser WHERE f.id IN """  # noqa: S608
KEPT_SKILLS = "SELECT endorsement, skill FROM endorsed_skill WHERE endorsement IN "
STANDS = f"e.state = 'signed' AND COALESCE(s.is_set, FALSE) = FALSE AND NOT {SUSPENDED.format(p='p')}"
IN_RETURN = f"""
    (SELECT f.id FROM endorsement_fact f {PUBLIC.format(id="id")}
     WHERE f.holder = asked.endorser AND f.endorser = asked.holder AND {STANDS}
     ORDER BY f.at, f.document LIMIT 1)"""  # noqa: S608
SKILLED = f"""
    (SELECT f.endorsement FROM endorsed_skill f {PUBLIC.format(id="endorsement")}
     WHERE f.holder = asked.endorser AND f.skill = asked.skill AND {STANDS}
     AND f.endorser <> asked.holder AND f.endorser <> asked.endorser
     ORDER BY f.at, f.document LIMIT 1)"""  # noqa: S608
PAIRS = f"WITH asked (endorser, holder) AS (VALUES {{values}}) SELECT {IN_RETURN} FROM asked"  # noqa: S608
SKILLS = f"WITH asked (endorser, holder, skill) AS (VALUES {{values}}) SELECT {SKILLED} FROM asked"  # noqa: S608
PUT_FACT = """
    INSERT INTO endorsement_fact (id, document, endorser, did, custody, holder, subject, relationship, at,
                                  skills, endorser_team, holder_team, supersedes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
PUT_SKILL = """
    INSERT INTO endorsed_skill (holder, skill, at, document, endorser, endorsement)
    VALUES (?, ?, ?, ?, ?, ?)"""
FORGET = (
    "DELETE FROM endorsed_skill WHERE endorsement = ?",
    "DELETE FROM endorsement_fact WHERE id = ?",
)
AT_A_TIME = 200


class _Database(Protocol):
    async def _read(self, sql: str, *args: Any) -> Rows: ...


class Trust:
    """The part of the store that implements `exchange.flows.endorsements.ports.TrustStore`."""

    async def facts_about(self: _Database, subjects: Sequence[str], person: str = "") -> list[Fact]:
        found: list[Fact] = []
        for some in _chunks(subjects):
            found += map(_fact, await self._read(f"{FACTS}f.subject IN ({_marks(some)})", *some))
        if person:
            found += map(_fact, await self._read(f"{FACTS}f.holder = ?", person))
            found += map(_fact, await self._read(f"{FACTS}f.subject = ? AND f.holder <> ?", person, person))
        return found

    async def facts_around(self: _Database, ties: Sequence[Tie]) -> list[Fact]:
        pairs = list(dict.fromkeys((tie.endorser, tie.holder) for tie in ties))
        skills = list(
            dict.fromkeys((tie.endorser, tie.holder, skill) for tie in ties for skill in tie.skills)
        )
        ids: dict[str, None] = {}
        for sql, asked in ((PAIRS, pairs), (SKILLS, skills)):
            for some in _chunks(asked):
                values = ", ".join([f"({_marks(some[0])})"] * len(some))
                rows = await self._read(sql.format(values=values), *(one for row in some for one in row))
                ids |= dict.fromkeys(row[0] for row in rows if row[0] is not None)
        found: list[Fact] = []
        for some_ids in _chunks(list(ids)):
            found += map(_fact, await self._read(f"{FACTS}f.id IN ({_marks(some_ids)})", *some_ids))
        return found

    async def kept_facts(self: _Database, ids: Sequence[str]) -> dict[str, KeptFact]:
        facts: dict[str, Fact] = {}
        skills: dict[str, list[str]] = {}
        for some in _chunks(ids):
            for id, *row in await self._read(f"{KEPT}({_marks(some)})", *some):
                facts[id] = _fact(row)
            for id, skill in await self._read(f"{KEPT_SKILLS}({_marks(some)}) ORDER BY skill", *some):
                skills.setdefault(id, []).append(skill)
        return {id: KeptFact(fact, tuple(skills.get(id, ()))) for id, fact in facts.items()}


def put(id: str, fact: Fact) -> Work[None]:
    """Put what a signed endorsement says on record, beside the endorsement."""
    teams = (fact.endorser_team or "", fact.holder_team or "")
    said = (fact.endorser, fact.did, fact.custody, fact.holder, fact.subject, fact.relationship, fact.at)
    last = (json.dumps(fact.skills), *teams, fact.supersedes or "")
    yield Statement(PUT_FACT, (id, fact.id, *said, *last))
    if fact.skills:
        rows = [(fact.holder, skill, fact.at, fact.id, fact.endorser, id) for skill in set(fact.skills)]
        yield Many(PUT_SKILL, rows)


def forget(ids: Sequence[str]) -> Work[None]:
    """Take what is known of these endorsements away."""
    for id in ids:
        for sql in FORGET:
            yield Statement(sql, (id,))


def _fact(row: Any) -> Fact:
    document, endorser, did, custody, holder, subject, relationship, at, skills, *rest = row
    endorser_team, holder_team, supersedes, state, is_set, suspended = rest
    return Fact(
        id=document,
        state=_state(state, is_set, suspended),
        endorser=endorser,
        did=did,
        custody=custody,
        holder=holder,
        subject=subject,
        relationship=relationship,
        at=at,
        skills=tuple(json.loads(skills)),
        endorser_team=endorser_team or None,
        holder_team=holder_team or None,
        supersedes=supersedes or None,
    )


def _state(state: str, is_set: bool, suspended: bool) -> State:
    if state == "superseded":
        return "superseded"
    if is_set or state != "signed":
        return "withdrawn"
    return "suspended" if suspended else "valid"


def _chunks(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + AT_A_TIME] for start in range(0, len(values), AT_A_TIME)]


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
