"""What a provider may say of itself, what it is asked, and which of its answers are taken."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.sign_in.oidc import Callback, build_request, check_sender, read_callback, read_provider
from exchange.errors import InputError, UnavailableError

ISSUER = "https://login.example.org"
STATE = "state-of-this-browser-0123456789-0123456789"
VERIFIER = "verifier-of-this-browser-0123456789-012345"
SAID: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": "https://keys.example.net/set",
    "response_types_supported": ["code", "id_token"],
    "id_token_signing_alg_values_supported": ["RS256"],
}


def test_what_every_provider_says_is_enough() -> None:
    provider = read_provider(ISSUER, SAID)
    assert (provider.token_endpoint, provider.jwks_uri) == (f"{ISSUER}/token", "https://keys.example.net/set")
    assert (provider.userinfo_endpoint, provider.basic, provider.names_itself) == (None, True, False)
    assert provider.scopes == ("openid", "email", "profile")


def test_only_scopes_that_it_knows_are_asked_for() -> None:
    known = {"scopes_supported": ["openid", "groups", "offline_access"]}
    assert read_provider(ISSUER, {**SAID, **known}).scopes == ("openid", "groups")


@pytest.mark.parametrize(
    ("ways", "basic"),
    [
        (["client_secret_post"], False),
        (["client_secret_basic", "client_secret_post"], True),
        (["private_key_jwt"], True),
    ],
)
def test_how_the_secret_is_sent(ways: list[str], basic: bool) -> None:
    assert read_provider(ISSUER, {**SAID, "token_endpoint_auth_methods_supported": ways}).basic is basic


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"issuer": f"{ISSUER}/"}, "calls itself"),
        ({"issuer": "https://evil.example"}, "calls itself"),
        ({"issuer": None}, "calls itself"),
        ({"token_endpoint": "http://login.example.org/token"}, "token_endpoint"),
        ({"token_endpoint": "http://localhost/token"}, "token_endpoint"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"token_endpoint": "https:///token"}, "token_endpoint"),
        ({"token_endpoint": "https://[bad"}, "token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"authorization_endpoint": f"{ISSUER}/a#b"}, "authorization_endpoint"),
        ({"authorization_endpoint": f"{ISSUER}/a\r\nSet-Cookie: a=b"}, "authorization_endpoint"),
        ({"jwks_uri": ["https://login.example.org/keys"]}, "jwks_uri"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"userinfo_endpoint": "userinfo"}, "userinfo_endpoint"),
        ({"response_types_supported": ["id_token"]}, "code flow"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "signs with none of"),
        ({"scopes_supported": "openid"}, "scopes_supported"),
    ],
    ids=str,
)
def test_a_provider_that_cannot_be_used_says_why(change: dict[str, Any], words: str) -> None:
    with pytest.raises(UnavailableError, match=words) as caught:
        read_provider(ISSUER, {**SAID, **change})
    assert caught.value.code == "provider_malformed"


def test_a_provider_on_this_machine_may_speak_http_to_this_machine_only() -> None:
    local = "http://localhost:9000"
    said = {
        name: value.replace(ISSUER, local) if isinstance(value, str) else value
        for name, value in SAID.items()
    }
    assert read_provider(local, said).token_endpoint == f"{local}/token"
    with pytest.raises(UnavailableError, match="token_endpoint"):
        read_provider(local, {**said, "token_endpoint": "http://login.example.org/token"})


def test_the_browser_carries_hashes_and_names_and_not_the_verifier() -> None:
    provider = read_provider(ISSUER, {**SAID, "authorization_endpoint": f"{ISSUER}/authorize?tenant=a"})
    url = build_request(provider, "us & them", "https://badges.example.org/cb?x=1", STATE, "nonce", VERIFIER)
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query, strict_parsing=True).items()}
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert query == {
        "tenant": "a",
        "response_type": "code",
        "client_id": "us & them",
        "redirect_uri": "https://badges.example.org/cb?x=1",
        "scope": "openid email profile",
        "state": STATE,
        "nonce": "nonce",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert VERIFIER not in url


# --- the way back ---


def test_a_code_for_this_browser_is_taken() -> None:
    assert read_callback([("code", "c"), ("state", STATE)], STATE) == Callback("c", None)
    said = [("iss", ISSUER), ("state", STATE), ("session_state", "x"), ("code", "c")]
    assert read_callback(said, STATE) == Callback("c", ISSUER)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ([("code", "c")], "sign_in_foreign"),
        ([("code", "c"), ("state", "")], "sign_in_foreign"),
        ([("code", "c"), ("state", STATE[:-1])], "sign_in_foreign"),
        ([("code", "c"), ("state", STATE), ("state", "another")], "sign_in_foreign"),
        ([("code", "c"), ("state", "\ud800")], "sign_in_foreign"),
        ([("error", "access_denied")], "sign_in_foreign"),
        ([("code", "c"), ("state", "another"), ("state", STATE)], "sign_in_malformed"),
        ([("code", "c"), ("code", "d"), ("state", STATE)], "sign_in_malformed"),
        ([("state", STATE)], "sign_in_malformed"),
        ([("code", ""), ("state", STATE)], "sign_in_malformed"),
        ([("code", "c" * 5000), ("state", STATE)], "sign_in_malformed"),
        ([("error", "access_denied"), ("code", "c"), ("state", STATE)], "sign_in_refused"),
        ([("error", "temporarily_unavailable"), ("state", STATE)], "sign_in_refused"),
    ],
    ids=str,
)
def test_another_answer_signs_nobody_in(query: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_callback(query, STATE)
    assert caught.value.code == code


def test_a_forgotten_state_matches_none() -> None:
    with pytest.raises(InputError, match="not begun in this browser"):
        read_callback([("code", "c"), ("state", "")], "")


def test_words_of_the_query_are_in_no_message() -> None:
    said = [("error", "CALL 555-EVIL"), ("error_description", "CALL 555-EVIL"), ("state", STATE)]
    with pytest.raises(InputError) as caught:
        read_callback(said, STATE)
    assert "EVIL" not in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from(["code", "state", "iss", "error", "x"]), st.text())))
def test_no_query_signs_anybody_in_without_the_state(query: list[tuple[str, str]]) -> None:
    with pytest.raises(InputError):
        read_callback(query, STATE)


@pytest.mark.parametrize(
    ("names_itself", "iss", "ours"),
    [
        (False, None, True),
        (False, ISSUER, True),
        (False, "https://evil.example", False),
        (True, ISSUER, True),
        (True, None, False),
        (True, f"{ISSUER}/", False),
        (True, "", False),
    ],
)
def test_the_answer_of_another_provider_is_noticed(names_itself: bool, iss: str | None, ours: bool) -> None:
    said = {**SAID, "authorization_response_iss_parameter_supported": names_itself}
    provider = read_provider(ISSUER, said)
    if ours:
        check_sender(provider, iss)
    else:
        with pytest.raises(InputError) as caught:
            check_sender(provider, iss)
        assert caught.value.code == "provider_mixed_up"
