"""OpenID Connect, as far as it is text: what a provider says of itself, what it is asked, and how it answers.

Only the authorization code flow, always with PKCE (S256), `state` and `nonce` (OpenID Connect Core 1.0 §3.1,
RFC 7636, RFC 9700). The ID token is judged in `id_token`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from exchange.core.keys.multibase import base64url_encode
from exchange.core.sign_in.id_token import ALGORITHMS
from exchange.errors import InputError, UnavailableError

WELL_KNOWN = "/.well-known/openid-configuration"
SCOPES = ("openid", "email", "profile", "groups")
"""What is asked for; all but `openid` only where the provider knows them."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_REFUSALS = {
    "access_denied": "Nobody was signed in: it was cancelled, or you may not use this application.",
    "login_required": "You have to sign in at the provider first.",
    "temporarily_unavailable": "The provider cannot sign anybody in just now. Try again in a minute.",
    "server_error": "The provider failed. Try again in a minute.",
}


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider says of itself (OpenID Connect Discovery 1.0 §3), as far as it is used here.

    `basic`: the client's secret goes into the Authorization header, else into the form. `names_itself`: each
    of its answers carries `iss` (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    scopes: tuple[str, ...]
    basic: bool
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Callback:
    """What the provider sent the browser back with; `iss` is None where it does not say."""

    code: str
    iss: str | None


def read_provider(issuer: str, said: Any) -> Provider:
    """The discovery document of `issuer`, which must name itself by exactly these letters (§4.3).

    UnavailableError("provider_malformed"): no operator's setting fits it, or it offers nothing we take.
    """
    if not isinstance(said, dict):
        raise malformed("its discovery document is no JSON object")
    if said.get("issuer") != issuer:
        raise malformed(f"it calls itself {said.get('issuer')!r:.200}, not {issuer!r:.200}")
    local = urlsplit(issuer).scheme == "http"
    if "code" not in _texts(said, "response_types_supported", ("code",)):
        raise malformed("it does not offer the authorization code flow")
    if "S256" not in _texts(said, "code_challenge_methods_supported", ("S256",)):
        raise malformed("it does not take PKCE with S256")
    signed = _texts(said, "id_token_signing_alg_values_supported", ("RS256",))
    if not set(signed) & set(ALGORITHMS):
        raise malformed(f"it signs with none of {', '.join(ALGORITHMS)}")
    ways = _texts(said, "token_endpoint_auth_methods_supported", ("client_secret_basic",))
    known = _texts(said, "scopes_supported", SCOPES[:3])
    return Provider(
        issuer=issuer,
        authorization_endpoint=_endpoint(said, "authorization_endpoint", local),
        token_endpoint=_endpoint(said, "token_endpoint", local),
        jwks_uri=_endpoint(said, "jwks_uri", local),
        userinfo_endpoint=_endpoint(said, "userinfo_endpoint", local)
        if said.get("userinfo_endpoint") is not None
        else None,
        scopes=tuple(scope for scope in SCOPES if scope == "openid" or scope in known),
        basic="client_secret_basic" in ways or "client_secret_post" not in ways,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def build_request(
    provider: Provider, client_id: str, redirect_uri: str, state: str, nonce: str, verifier: str
) -> str:
    """The URL that sends a browser to the provider (OpenID Connect Core §3.1.2.1, RFC 7636 §4.3).

    `verifier` is a secret of 43 to 128 characters that stays here; only its hash goes along.
    """
    challenge = base64url_encode(hashlib.sha256(verifier.encode()).digest())
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(provider.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
    )
    joint = "&" if urlsplit(provider.authorization_endpoint).query else "?"
    return f"{provider.authorization_endpoint}{joint}{query}"


def read_callback(query: Sequence[tuple[str, str]], state: str) -> Callback:
    """The query that a browser came back with, if it answers the request that bore `state`.

    InputError: "sign_in_foreign" when it answers another one or none (a forged link, an old tab: nothing in
    it is to be believed), "sign_in_malformed", "sign_in_refused" when the provider says no. Words that came
    in the query are in no message: whoever makes somebody follow a link would choose them.
    """
    said = dict(query)
    if not state or not hmac.compare_digest(said.get("state", "").encode(errors="replace"), state.encode()):
        raise InputError(
            "sign_in_foreign", "This sign-in was not begun in this browser, or it is over. Begin again."
        )
    if len(said) != len(query):
        raise InputError("sign_in_malformed", "The provider's answer says something twice. Begin again.")
    if "error" in said:
        usual = "The provider refused. If it goes on, tell who runs this exchange."
        raise InputError("sign_in_refused", _REFUSALS.get(said["error"], usual))
    if not 0 < len(said.get("code", "")) <= 4096:
        raise InputError("sign_in_malformed", "The provider's answer holds no code. Begin again.")
    return Callback(said["code"], said.get("iss"))


def check_sender(provider: Provider, iss: str | None) -> None:
    """Whether the answer is this provider's own (RFC 9207 §2.4); InputError("provider_mixed_up").

    An answer of another provider would have us hand its code to this one, or the other way round.
    """
    if iss != provider.issuer and (iss is not None or provider.names_itself):
        raise InputError("provider_mixed_up", "Another provider than the one asked answered. Begin again.")


def malformed(why: str) -> UnavailableError:
    """The provider is not one, or not one for us, as a clause says."""
    message = f"The OpenID provider cannot be used: {why}. Check EXCHANGE_OIDC_ISSUER."
    return UnavailableError("provider_malformed", message)


def _texts(said: dict[str, Any], name: str, usual: tuple[str, ...]) -> tuple[str, ...]:
    """A list of the document, or what holds where it is absent."""
    value = said.get(name)
    if value is None:
        return usual
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise malformed(f"{name} in its discovery document is no list of texts")
    return tuple(value)


def _endpoint(said: dict[str, Any], name: str, local: bool) -> str:
    """An address that we or the browser will go to; http only where the issuer is on this machine."""
    value = said.get(name)
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        host = parts.hostname
    except ValueError:
        host = None
    safe = host and (parts.scheme == "https" or (local and parts.scheme == "http" and host in LOOPBACK))
    if not isinstance(value, str) or not safe or "#" in value or not value.isprintable() or " " in value:
        raise malformed(f"{name} in its discovery document is {value!r:.200}, no https address")
    return value
