"""What the groups of a company's directory mean here: teams, roles at issuers, the operators.

The operator writes it down in one TOML file (its form is `schemas/group-file.json`):

    [[groups]]
    name = "learning-leads"
    team = "atlas"
    issuer = "atlas"
    role = "editor"

    [[groups]]
    name = "it-platform"
    operator = true

A group may stand there several times. Names are compared letter by letter: in some directories anybody can
make a group whose name differs in capitals only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from exchange.core.catalogues.catalogue import plain_table
from exchange.core.credentials.schema import check_schema
from exchange.core.verdict.finding import Finding
from exchange.errors import InputError

Role = Literal["viewer", "issuer", "editor", "owner"]

ROLES: tuple[Role, ...] = ("viewer", "issuer", "editor", "owner")
"""The roles at an issuer, the weakest first: each may do what those before it may."""


@dataclass(frozen=True, slots=True)
class GroupRule:
    """What being in the group `name` gives. `role` is the one at `issuer`; both are None, or neither."""

    name: str
    team: str | None = None
    issuer: str | None = None
    role: Role | None = None
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody's groups give them: teams by slug, the role at each issuer, whether they are operator."""

    teams: frozenset[str] = frozenset()
    roles: Mapping[str, Role] = field(default_factory=dict)
    operator: bool = False


def check_groups(table: Mapping[str, Any]) -> list[Finding]:
    """All that is wrong with the parsed file, `[]` if nothing is."""
    return check_schema(plain_table(table), "group_file")


def read_groups(table: Mapping[str, Any]) -> tuple[GroupRule, ...]:
    """The rules of the parsed file; InputError("groups_file_malformed") for the first fault."""
    for fault in check_groups(table):
        raise InputError("groups_file_malformed", fault.message, fault.at)
    return tuple(GroupRule(**entry) for entry in table["groups"])


def granted(groups: Iterable[str], rules: Iterable[GroupRule]) -> Granted:
    """What being in `groups` gives; of several roles at one issuer the strongest."""
    member_of = frozenset(groups)
    mine = [rule for rule in rules if rule.name in member_of]
    roles: dict[str, Role] = {}
    for rule in mine:
        if rule.issuer is not None and rule.role is not None:
            roles[rule.issuer] = max(roles.get(rule.issuer, rule.role), rule.role, key=ROLES.index)
    teams = frozenset(rule.team for rule in mine if rule.team is not None)
    return Granted(teams, roles, any(rule.operator for rule in mine))
