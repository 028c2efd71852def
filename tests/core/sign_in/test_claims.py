"""What becomes of a provider's claims: an address only with its own word for it, groups or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.sign_in.claims import Claims, lacks, read_claims
from exchange.errors import InputError

ISSUER = "https://login.example.org"
TOKEN = {"iss": ISSUER, "sub": "ana"}


def read(userinfo: dict[str, Any] | None = None, **claims: Any) -> Claims:
    return read_claims({**TOKEN, **claims}, userinfo or {}, "groups")


def test_everything_a_provider_may_say() -> None:
    said = read(
        email="ana@example.org",
        email_verified=True,
        name="Ana  Conda\u202e\n",
        groups=["b", "a", "b"],
        auth_time=0,
        acr="phr",
    )
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert said == Claims(ISSUER, "ana", "ana@example.org", True, "Ana Conda", ("b", "a"), epoch, "phr")


def test_who_says_nothing_more_is_still_somebody() -> None:
    assert read() == Claims(ISSUER, "ana")


@pytest.mark.parametrize(
    "email", ["ana", "a@b@c", "ana@exa mple.org", "ana@example.org\r\nBcc: x@y", "", 7, None]
)
def test_what_is_no_address_is_none_and_nothing_is_verified(email: Any) -> None:
    said = read(email=email, email_verified=True)
    assert (said.email, said.email_verified) == (None, False)


@pytest.mark.parametrize(
    ("verified", "answer"),
    [(True, True), ("true", True), (False, False), ("false", False), (1, False), (None, False), (..., False)],
)
def test_an_address_is_verified_only_if_the_provider_says_so(verified: Any, answer: bool) -> None:
    claims = {} if verified is ... else {"email_verified": verified}
    assert read(email="ana@example.org", **claims).email_verified is answer


def test_an_address_and_its_verification_come_from_the_same_place() -> None:
    elsewhere = {"sub": "ana", "email": "eve@example.org", "email_verified": True, "name": "Ana"}
    said = read(elsewhere, email="ana@example.org")
    assert (said.email, said.email_verified, said.name) == ("ana@example.org", False, "Ana")
    assert read(elsewhere).email_verified


@pytest.mark.parametrize("subject", ["eve", "", None, ["ana"]])
def test_userinfo_about_somebody_else_is_refused(subject: Any) -> None:
    with pytest.raises(InputError) as caught:
        read({"sub": subject, "email": "eve@example.org"})
    assert caught.value.code == "userinfo_foreign"


def test_userinfo_is_needed_when_the_token_is_silent() -> None:
    assert lacks({}, "")
    assert lacks({"email": "a@b"}, "groups")
    assert not lacks({"email": "a@b"}, "")
    assert not lacks({"email": "a@b", "groups": []}, "groups")


@pytest.mark.parametrize(
    ("groups", "answer"), [(..., ()), (None, ()), ([], ()), ("staff", ("staff",)), (["a", "a"], ("a",))]
)
def test_groups_are_a_list_or_one(groups: Any, answer: tuple[str, ...]) -> None:
    claims = {} if groups is ... else {"groups": groups}
    assert read(**claims).groups == answer


@pytest.mark.parametrize("groups", [{"a": 1}, [1], [["a"]], 7, True, ["x"] * 2001], ids=lambda g: str(g)[:20])
def test_groups_that_are_not_understood_do_not_pass_for_none(groups: Any) -> None:
    with pytest.raises(InputError) as caught:
        read(groups=groups)
    assert (caught.value.code, caught.value.at) == ("groups_malformed", "/groups")


def test_groups_that_are_listed_elsewhere_do_not_pass_for_none() -> None:
    with pytest.raises(InputError, match="so many groups"):
        read(_claim_names={"groups": "src1"})


def test_groups_that_nobody_asked_for_are_not_looked_at() -> None:
    assert read_claims({**TOKEN, "groups": 7}, {}, "").groups == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["email", "email_verified", "name", "auth_time", "acr"]), JSON))
def test_whatever_is_claimed_is_read_for_what_it_is(claims: dict[str, Any]) -> None:
    said = read(**claims)
    assert (said.issuer, said.subject, said.groups) == (ISSUER, "ana", ())
    assert said.email is not None or not said.email_verified
    assert said.name is None or (said.name.isprintable() and len(said.name) <= 200)
