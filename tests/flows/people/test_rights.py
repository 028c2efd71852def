"""The table of rights, over every principal there could be."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from exchange.flows.people.records import ROLES, SCOPES, Principal, Scope
from exchange.flows.people.rights import RIGHTS, Verb, may

PRINCIPALS = st.builds(
    Principal,
    st.just("somebody"),
    st.sampled_from(["link", "token", "none"]),
    operator=st.booleans(),
    roles=st.dictionaries(st.sampled_from(["team", "other"]), st.sampled_from(ROLES)),
    scopes=st.none() | st.frozensets(st.sampled_from(SCOPES)),
)


@given(PRINCIPALS, st.sampled_from(sorted(RIGHTS)), st.sampled_from(["", "team", "other", "*"]))
def test_more_rights_never_permit_less_and_scopes_never_more(who: Principal, verb: Verb, issuer: str) -> None:
    if may(who, verb, issuer):
        assert may(replace(who, scopes=None), verb, issuer)
        assert may(replace(who, operator=True), verb, issuer)
        for role in ROLES[ROLES.index(who.roles.get(issuer, "owner")) :]:
            assert may(replace(who, roles={**who.roles, issuer: role}), verb, issuer)
        assert who.roles.get(issuer) or who.operator
        assert who.scopes is None or RIGHTS[verb].scope in who.scopes
    only_elsewhere = {slug: role for slug, role in who.roles.items() if slug != issuer}
    assert not may(replace(who, roles=only_elsewhere, operator=False), verb, issuer)


def test_no_token_may_what_signs_with_or_moves_keys_or_makes_operators() -> None:
    all_scopes: frozenset[Scope] = frozenset(SCOPES)
    mighty = Principal("x", "token", operator=True, roles={"team": "owner"}, scopes=all_scopes)
    assert {verb for verb in RIGHTS if not may(mighty, verb, "team")} == {
        "sync",
        "keys",
        "stop",
        "issuers",
        "acknowledge",
        "operate",
    }
