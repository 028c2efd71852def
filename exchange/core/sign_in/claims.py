"""What a provider says about who signed in, as values (OpenID Connect Core 1.0 §5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exchange.errors import InputError

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,190}")
_LONGEST_NAME = 200
_MOST_GROUPS = 2_000


@dataclass(frozen=True, slots=True)
class Claims:
    """Who signed in, as a provider says it.

    `issuer` and `subject` together are who it is, for good; an address may come to belong to somebody else.
    Only a verified `email` is one that the provider has seen to be theirs. `auth_time`: when they last typed
    a password, or whatever `acr` names, there.
    """

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
    name: str | None = None
    groups: tuple[str, ...] = ()
    auth_time: datetime | None = None
    acr: str | None = None


def lacks(claims: Mapping[str, Any], groups_claim: str) -> bool:
    """Whether the address or the groups are not in the ID token, so that userinfo is to be asked."""
    return "email" not in claims or (bool(groups_claim) and groups_claim not in claims)


def read_claims(id_token: Mapping[str, Any], userinfo: Mapping[str, Any], groups_claim: str) -> Claims:
    """What a verified ID token says, and where it is silent, what userinfo says (OpenID Connect Core §5.3.2).

    `groups_claim` names the claim that holds the groups, `""` where none is looked at. InputError:
    "userinfo_foreign" when it is about somebody else, "groups_malformed".
    """
    if userinfo and userinfo.get("sub") != id_token["sub"]:
        raise InputError(
            "userinfo_foreign", "The provider's userinfo is about somebody else. Begin again.", "/sub"
        )
    # An address and whether it is verified belong together: never one from here and one from there.
    source = id_token if "email" in id_token else userinfo
    email = source.get("email")
    fit = isinstance(email, str) and _EMAIL.fullmatch(email) is not None
    merged = {**userinfo, **id_token}
    return Claims(
        issuer=id_token["iss"],
        subject=id_token["sub"],
        email=email if fit else None,
        email_verified=fit and _is_true(source.get("email_verified")),
        name=_name(merged.get("name")) or _name(merged.get("preferred_username")),
        groups=_groups(merged, groups_claim) if groups_claim else (),
        auth_time=_auth_time(id_token.get("auth_time")),
        acr=acr if isinstance(acr := id_token.get("acr"), str) else None,
    )


def _is_true(said: Any) -> bool:
    return said is True or said == "true"  # Amazon Cognito writes it as a text


def _name(said: Any) -> str | None:
    """One line without characters that cannot be seen, cut where it is too long for one."""
    if not isinstance(said, str):
        return None
    seen = "".join(letter if letter.isprintable() else " " for letter in said)
    return " ".join(seen.split())[:_LONGEST_NAME] or None


def _groups(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Names of groups. What is not understood must not pass for "in no group": roles hang on it."""
    said = claims.get(name)
    elsewhere = claims.get("_claim_names")
    if said is None and isinstance(elsewhere, dict) and name in elsewhere:
        raise InputError(
            "groups_malformed",
            "You are in so many groups that the provider does not list them. Whoever runs this exchange must "
            "have it list only the groups assigned to this application.",
            f"/{name}",
        )
    groups = [] if said is None else [said] if isinstance(said, str) else said
    listed = isinstance(groups, list) and all(isinstance(group, str) for group in groups)
    if not listed or len(groups) > _MOST_GROUPS:
        raise InputError(
            "groups_malformed",
            f"The claim {name} that the provider gives is no list of at most {_MOST_GROUPS} groups.",
            f"/{name}",
        )
    return tuple(dict.fromkeys(groups))


def _auth_time(said: Any) -> datetime | None:
    try:
        if isinstance(said, int | float) and not isinstance(said, bool):
            return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
