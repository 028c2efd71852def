"""What groups give: what the file says, the strongest role, nothing for a name that is not quite it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.adapters.sign_in.group_file import load_groups
from exchange.core.sign_in.groups import ROLES, Granted, GroupRule, granted, read_groups
from exchange.errors import InputError

FILE = """
[[groups]]
name = "CN=Learning Leads,OU=Groups"
team = "atlas"
issuer = "atlas"
role = "editor"

[[groups]]
name = "staff"
issuer = "atlas"
role = "viewer"

[[groups]]
name = "staff"
team = "everybody"

[[groups]]
name = "it-platform"
operator = true
"""
RULES = read_groups(tomllib.loads(FILE))


@pytest.mark.parametrize(
    ("groups", "answer"),
    [
        ([], Granted()),
        (["nobody", "Staff", "staff ", ""], Granted()),
        (["staff"], Granted(frozenset({"everybody"}), {"atlas": "viewer"})),
        (
            ["staff", "CN=Learning Leads,OU=Groups"],
            Granted(frozenset({"everybody", "atlas"}), {"atlas": "editor"}),
        ),
        (["it-platform"], Granted(operator=True)),
    ],
    ids=["none", "names that are not quite it", "one", "two", "operators"],
)
def test_what_groups_give(groups: list[str], answer: Granted) -> None:
    assert granted(groups, RULES) == answer


NAMES = st.sampled_from("abc")
RULE = st.builds(
    GroupRule,
    name=NAMES,
    team=st.none() | NAMES,
    issuer=NAMES,
    role=st.sampled_from(ROLES),
    operator=st.booleans(),
)


@given(st.lists(RULE), st.sets(NAMES), NAMES)
def test_another_group_takes_nothing_away_and_the_order_of_rules_does_not_matter(
    rules: list[GroupRule], groups: set[str], more: str
) -> None:
    before, after = granted(groups, rules), granted(groups | {more}, rules)
    assert before == granted(groups, rules[::-1])
    assert before.teams <= after.teams
    assert before.operator <= after.operator
    assert all(ROLES.index(after.roles[issuer]) >= ROLES.index(role) for issuer, role in before.roles.items())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "groups is missing"),
        ("groups = []", 1, "1 to 1000 tables"),
        ('[[groups]]\nname = "a"\n', 1, "incomplete"),
        ('[[groups]]\nname = "a"\nissuer = "b"\n', 1, "together with a role"),
        ('[[groups]]\nname = "a"\nteam = "b"\n[[groups]]\nteam = "b"\n', 4, "name is missing"),
        (
            '[[groups]]\nname = "a"\nteam = "b"\n\n[[groups]]\nname = "c"\nteam = "no slug"\n',
            7,
            "small letters",
        ),
        ('[[groups]]\nname = "a"\nissuer = "b"\nrole = "boss"\n', 4, "owner, editor, issuer or viewer"),
        ('[[groups]]\nname = "a"\noperator = false\n', 3, "may only be true"),
        ('[[groups]]\nname = "a"\nteams = "b"\n', 3, "may stand here"),
        ('[[groups]]\nname = "a\n', 2, "Illegal character"),
        ("[groups]\na = 1979-05-27\n", 1, "headed [[groups]]"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "groups.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_groups(path)
    assert caught.value.code == "groups_file_malformed"
    faults = [fault for fault in caught.value.message.splitlines() if words in fault]
    assert [fault.split(": ")[0] for fault in faults] == [f"{path}:{line}"]


def test_a_file_that_is_right_is_read(tmp_path: Path) -> None:
    path = tmp_path / "groups.toml"
    path.write_text(FILE)
    assert load_groups(path) == RULES
    path.write_bytes(b'[[groups]]\nname = "\xff"')
    with pytest.raises(InputError, match="UTF-8"):
        load_groups(path)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        load_groups(path)
