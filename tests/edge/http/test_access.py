"""Every route: open to all, or closed to who has less than it takes, for each object of its own.

A new route fails here until it stands in one of the two tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from exchange.edge.application import build_litestar
from exchange.flows.people.records import ROLES, SCOPES, Scope
from tests.edge.shop import Shop
from tests.edge.town import Town

OPEN = {
    ("GET", "/"),
    ("GET", "/static/{path:path}"),
    ("GET", "/robots.txt"),
    ("GET", "/health"),
    ("GET", "/badges/{name:str}"),
    ("GET", "/badges/{key:str}/log-proof"),
    ("GET", "/badges/{key:str}/elsewhere"),
    ("POST", "/badges/{key:str}/elsewhere"),
    ("GET", "/p/{secret:str}/elsewhere"),
    ("GET", "/p/{secret:str}/as/{file:str}"),
    ("GET", "/p/{secret:str}/brought/{id:str}/{what:str}"),
    ("POST", "/p/{secret:str}/elsewhere"),
    ("GET", "/p/{secret:str}/skills"),
    ("GET", "/p/{secret:str}/timeline"),
    ("GET", "/p/{secret:str}/portrait"),
    ("GET", "/embed/badges/{name:str}"),
    ("GET", "/embed/portfolios/{name:str}"),
    ("GET", "/embed/code/{name:str}"),
    ("GET", "/embed/events"),
    ("GET", "/oembed"),
    ("GET", "/badges/{key:str}/trust"),
    ("GET", "/badges/{key:str}/endorsements"),
    ("GET", "/endorsements/{key:str}"),
    ("GET", "/endorsements/{key:str}/log-proof"),
    ("GET", "/badges/{key:str}/vouch"),
    ("GET", "/p/{name:str}"),
    ("GET", "/terms/v1"),
    ("GET", "/report/{kind:str}/{key:str}"),
    ("POST", "/report/{kind:str}/{key:str}"),
    ("GET", "/endorse/{request_id:str}"),
    ("POST", "/endorse/{request_id:str}"),
    ("POST", "/endorse/{request_id:str}/again"),
    ("GET", "/achievements/{issuer:str}/{slug:str}/{version:int}"),
    ("GET", "/achievements/{issuer:str}/{slug:str}/{version:int}/image.png"),
    ("GET", "/issuers/{slug:str}"),
    ("GET", "/issuers/{slug:str}/did.json"),
    ("GET", "/issuers/{slug:str}/images/{name:str}"),
    ("GET", "/issuers/{slug:str}/endorsements"),
    ("GET", "/achievements/{issuer:str}/{slug:str}/{version:int}/endorsements"),
    ("GET", "/status/{key:str}"),
    ("GET", "/log"),
    ("GET", "/log/checkpoint"),
    ("GET", "/log/key"),
    ("GET", "/log/consistency"),
    ("GET", "/log/proof/{position:int}"),
    ("GET", "/log/entries/{position:int}"),
    ("GET", "/verify"),
    ("POST", "/verify"),
    ("POST", "/api/verify"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/docs"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/mail"),
    ("POST", "/sign-in/oidc"),
    ("GET", "/sign-in/callback"),
    ("POST", "/sign-in/passkey/begin"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-out"),
    ("GET", "/account/address"),
    ("GET", "/claim"),
    ("GET", "/claim/code/{word:str}"),
    ("POST", "/claim/code/{word:str}"),
    ("POST", "/claim/code/{word:str}/mail"),
    ("GET", "/claim/{key:str}"),
    ("POST", "/claim/{key:str}"),
    ("POST", "/api/claim/{key:str}"),
}


@dataclass(frozen=True)
class Case:
    """What it takes: `role` at the issuer of the object, or `operates`; and of a token these `scopes`.
    Neither role nor operator: everybody who is signed in. `made`: whether a success leaves something.
    `somewhere`: it is about no issuer's object, and the role at any of them will do."""

    role: str = ""
    operates: bool = False
    scopes: tuple[Scope, ...] = ()
    made: bool = False
    somewhere: bool = False


DESIGNS = Case("editor", scopes=("design",))
DESIGNED = replace(DESIGNS, made=True)
ENDORSES = Case("editor", scopes=("award",))
ENDORSED = replace(ENDORSES, made=True)
DISPLAYED = Case("owner", scopes=("design",), made=True)
DRAFT = "/desk/issuers/{issuer:str}/achievements/{badge:str}"
API_DRAFT = "/api/issuers/{issuer:str}/achievements/{badge:str}"

CLOSED = {
    ("GET", "/desk/issuers/{issuer:str}/reports"): Case("owner", scopes=("people",)),
    ("GET", "/desk/reports/{report:str}/{act:str}"): Case("owner", scopes=("people",)),
    ("POST", "/desk/reports/{report:str}/{act:str}"): Case("owner", scopes=("people",), made=True),
    ("GET", "/operator/reports"): Case(operates=True, scopes=("people",)),
    ("POST", "/api/reports"): Case(),
    ("GET", "/api/reports"): Case(operates=True, scopes=("people",)),
    ("GET", "/api/issuers/{issuer:str}/reports"): Case("owner", scopes=("people",)),
    ("POST", "/api/reports/{report:str}/{act:str}"): Case("owner", scopes=("people",), made=True),
    ("GET", "/desk"): Case(),
    ("POST", "/desk"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/badges/{key:str}/{act:str}"): Case("issuer", scopes=("award", "read")),
    ("POST", "/desk/badges/{key:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/codes"): Case(),
    ("POST", "/desk/codes"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/codes/{code:str}"): Case("issuer", scopes=("award",)),
    ("GET", "/desk/codes/{code:str}/poster"): Case("issuer", scopes=("award",)),
    ("GET", "/desk/codes/{code:str}/close"): Case("issuer", scopes=("award",)),
    ("POST", "/desk/codes/{code:str}/close"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/desk/codes/{code:str}/uses"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/codes"): Case("issuer", scopes=("award",)),
    ("POST", "/api/codes/make"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/codes/{code:str}"): Case("issuer", scopes=("award",)),
    ("POST", "/api/codes/{code:str}/close"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/api/codes/{code:str}/uses/{use:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/desk/acknowledge"): Case(operates=True),
    ("GET", "/desk/people"): Case("issuer", scopes=("award",), somewhere=True),
    ("GET", "/desk/award"): Case(),
    ("POST", "/desk/award"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/award/held"): Case(),
    ("POST", "/desk/award/held/{id:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/batches"): Case(),
    ("GET", "/desk/batches/{batch:str}"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/desk/batches/{batch:str}/events"): Case("viewer", operates=True, scopes=("read",)),
    ("POST", "/desk/batches/{batch:str}/fix"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/desk/batches/{batch:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/batches"): Case(),
    ("POST", "/api/batches"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/batches/{batch:str}"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/api/batches/{batch:str}/rows"): Case("viewer", operates=True, scopes=("read",)),
    ("POST", "/api/batches/{batch:str}/rows"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/api/batches/{batch:str}/confirm"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/api/batches/{batch:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/batches/{batch:str}/receipt.json"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/api/batches/{batch:str}/receipt.csv"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/api/held"): Case(),
    ("POST", "/api/held/{id:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/about"): Case(),
    ("GET", "/desk/badges"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/desk/badges/export"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/desk/changes"): Case("issuer", scopes=("award",)),
    ("POST", "/desk/changes"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/desk/changes/{id:str}"): Case("issuer", scopes=("award",)),
    ("GET", "/api/issuers/{issuer:str}/recipients"): Case("viewer", operates=True, scopes=("read",)),
    ("POST", "/api/issuers/{issuer:str}/changes/preview"): Case("issuer", scopes=("award",)),
    ("POST", "/api/issuers/{issuer:str}/changes"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/api/changes/{id:str}"): Case("issuer", scopes=("award",)),
    ("GET", "/desk/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",)),
    ("POST", "/desk/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",), made=True),
    ("GET", "/desk/issuers/{issuer:str}/webhooks/{id:str}"): Case("owner", scopes=("people",)),
    ("GET", "/desk/issuers/{issuer:str}/webhooks/{id:str}/{act:str}"): Case("owner", scopes=("people",)),
    ("POST", "/desk/issuers/{issuer:str}/webhooks/{id:str}/{act:str}"): Case(
        "owner", scopes=("people",), made=True
    ),
    ("GET", "/api/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",)),
    ("POST", "/api/issuers/{issuer:str}/webhooks"): Case("owner", scopes=("people",), made=True),
    ("DELETE", "/api/issuers/{issuer:str}/webhooks/{id:str}"): Case("owner", scopes=("people",), made=True),
    ("GET", "/api/issuers/{issuer:str}/webhooks/{id:str}/deliveries"): Case("owner", scopes=("people",)),
    ("POST", "/api/issuers/{issuer:str}/webhooks/{id:str}/deliveries/{line:int}/replay"): Case(
        "owner", scopes=("people",), made=True
    ),
    ("GET", "/account/passkeys"): Case(),
    ("POST", "/account/passkeys"): Case(),
    ("POST", "/account/passkeys/begin"): Case(),
    ("POST", "/account/passkeys/remove"): Case(),
    ("GET", "/account/erase"): Case(),
    ("POST", "/account/erase"): Case(made=True),
    ("GET", "/desk/log-proof/{position:int}"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/account"): Case(),
    ("POST", "/account"): Case(),
    ("POST", "/account/picture"): Case(),
    ("GET", "/account/picture/remove"): Case(),
    ("POST", "/account/picture/remove"): Case(),
    ("GET", "/account/addresses/remove"): Case(),
    ("GET", "/account/passkeys/remove"): Case(),
    ("GET", "/account/tokens/remove"): Case(),
    ("GET", "/account/sessions/end-others"): Case(),
    ("GET", "/people/{id:str}/picture"): Case(operates=True, scopes=("people",)),
    ("GET", "/account/badges"): Case(),
    ("GET", "/account/badges/{key:str}"): Case(),
    ("POST", "/account/badges/{key:str}/claim"): Case(),
    ("POST", "/account/badges/{key:str}/report"): Case(),
    ("GET", "/account/badges/{key:str}/ask"): Case(),
    ("POST", "/account/badges/{key:str}/ask"): Case(),
    ("GET", "/account/ask"): Case(),
    ("POST", "/account/ask"): Case(),
    ("GET", "/account/ask/{key:str}/take-back"): Case(),
    ("POST", "/account/ask/{key:str}/take-back"): Case(),
    ("GET", "/account/endorsements"): Case(),
    ("GET", "/account/vouches"): Case(),
    ("GET", "/account/vouches/new"): Case(),
    ("POST", "/account/vouches/new"): Case(),
    ("GET", "/account/vouches/{key:str}/sign"): Case(),
    ("POST", "/account/vouches/{key:str}/sign"): Case(),
    ("GET", "/account/vouches/{key:str}/withdraw"): Case(),
    ("POST", "/account/vouches/{key:str}/withdraw"): Case(),
    ("GET", "/account/portfolios"): Case(),
    ("POST", "/account/portfolios"): Case(),
    ("GET", "/account/portfolios/{key:str}"): Case(),
    ("POST", "/account/portfolios/{key:str}"): Case(),
    ("GET", "/account/portfolios/{key:str}/view"): Case(),
    ("GET", "/account/portfolios/{key:str}/view/skills"): Case(),
    ("GET", "/account/portfolios/{key:str}/view/timeline"): Case(),
    ("GET", "/account/portfolios/{key:str}/skills"): Case(),
    ("GET", "/account/portfolios/{key:str}/timeline"): Case(),
    ("GET", "/account/portfolios/{key:str}/talking-points"): Case(),
    ("GET", "/account/portfolios/{key:str}/talking-points.md"): Case(),
    ("GET", "/account/portfolios/{key:str}/links"): Case(),
    ("POST", "/account/portfolios/{key:str}/links"): Case(),
    ("GET", "/account/portfolios/{key:str}/remove"): Case(),
    ("POST", "/account/portfolios/{key:str}/remove"): Case(),
    ("GET", "/account/portfolios/{key:str}/links/{link:str}/off"): Case(),
    ("POST", "/account/portfolios/{key:str}/links/{link:str}/off"): Case(),
    ("GET", "/account/portfolios/{key:str}/links/{link:str}/signed"): Case(),
    ("GET", "/account/portfolios/{key:str}/links/{link:str}/signed/{kind:str}"): Case(),
    ("POST", "/account/portfolios/{key:str}/links/{link:str}/signed/record"): Case(),
    ("POST", "/account/portfolios/{key:str}/links/{link:str}/signed/look"): Case(),
    ("POST", "/account/portfolios/{key:str}/links/{link:str}/signed/sign"): Case(),
    ("POST", "/api/portfolios/{key:str}/links/{link:str}/record"): Case(),
    ("POST", "/api/portfolios/{key:str}/links/{link:str}/presentation/prepare"): Case(),
    ("POST", "/api/portfolios/{key:str}/links/{link:str}/presentation"): Case(),
    ("GET", "/api/portfolios/{key:str}/links/{link:str}/copies/{kind:str}"): Case(),
    ("GET", "/account/portfolios/{key:str}/links/{link:str}/frame"): Case(),
    ("POST", "/account/portfolios/{key:str}/links/{link:str}/frame"): Case(),
    ("GET", "/account/portfolios/{key:str}/publish"): Case(),
    ("POST", "/account/portfolios/{key:str}/publish"): Case(),
    ("POST", "/account/portfolios/{key:str}/unpublish"): Case(),
    ("GET", "/api/portfolios"): Case(),
    ("POST", "/api/portfolios/{key:str}/links/{link:str}/frame"): Case(),
    ("POST", "/api/portfolios/{key:str}/publish"): Case(),
    ("POST", "/api/portfolios/{key:str}/unpublish"): Case(),
    ("POST", "/api/portfolios"): Case(),
    ("GET", "/api/portfolios/{key:str}"): Case(),
    ("GET", "/api/portfolios/{key:str}/choices"): Case(),
    ("GET", "/api/portfolios/{key:str}/skills"): Case(),
    ("GET", "/api/portfolios/{key:str}/timeline"): Case(),
    ("GET", "/api/portfolios/{key:str}/talking-points"): Case(),
    ("POST", "/api/portfolios/{key:str}"): Case(),
    ("POST", "/api/portfolios/{key:str}/remove"): Case(),
    ("POST", "/api/portfolios/{key:str}/links"): Case(),
    ("POST", "/api/portfolios/{key:str}/links/{link:str}/off"): Case(),
    ("GET", "/account/imported"): Case(),
    ("POST", "/account/imported"): Case(),
    ("GET", "/account/imported/{id:str}"): Case(),
    ("GET", "/account/imported/{id:str}/file"): Case(),
    ("GET", "/account/imported/{id:str}/picture"): Case(),
    ("POST", "/account/imported/{id:str}/look"): Case(),
    ("GET", "/account/imported/{id:str}/remove"): Case(),
    ("POST", "/account/imported/{id:str}/remove"): Case(),
    ("GET", "/api/imported"): Case(),
    ("POST", "/api/imported"): Case(),
    ("GET", "/api/imported/{id:str}"): Case(),
    ("DELETE", "/api/imported/{id:str}"): Case(),
    ("POST", "/api/imported/{id:str}/look"): Case(),
    ("POST", "/account/vouches/{key:str}/{act:str}"): Case(),
    ("GET", "/account/endorsements/new/{what:str}/{key:str}"): Case(),
    ("POST", "/account/endorsements/new/{what:str}/{key:str}"): Case(),
    ("GET", "/account/endorsements/{key:str}"): Case(),
    ("GET", "/account/endorsements/{key:str}/sign"): Case(),
    ("POST", "/account/endorsements/{key:str}/sign"): Case(),
    ("GET", "/account/endorsements/{key:str}/withdraw"): Case(),
    ("POST", "/account/endorsements/{key:str}/withdraw"): Case(),
    ("POST", "/account/endorsements/{key:str}/{act:str}"): Case(),
    ("GET", "/account/signing-keys"): Case(),
    ("POST", "/account/signing-keys"): Case(),
    ("POST", "/account/signing-keys/begin"): Case(),
    ("GET", "/account/signing-keys/retire"): Case(),
    ("POST", "/account/signing-keys/retire"): Case(),
    ("GET", "/account/export"): Case(),
    ("GET", "/account/addresses"): Case(),
    ("POST", "/account/addresses"): Case(),
    ("POST", "/account/addresses/verify"): Case(),
    ("POST", "/account/addresses/prefer"): Case(),
    ("POST", "/account/addresses/remove"): Case(),
    ("GET", "/account/sessions"): Case(),
    ("POST", "/account/sessions/end"): Case(),
    ("POST", "/account/sessions/end-others"): Case(),
    ("GET", "/account/tokens"): Case(),
    ("POST", "/account/tokens"): Case(),
    ("POST", "/account/tokens/remove"): Case(),
    ("GET", "/api/badges"): Case(),
    ("POST", "/api/award"): Case("issuer", scopes=("award",), made=True),
    ("POST", "/api/badges/{key:str}/{act:str}"): Case("issuer", scopes=("award",), made=True),
    ("GET", "/operator"): Case(operates=True, scopes=("people",)),
    ("POST", "/operator"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/operator/people/{id:str}"): Case(operates=True, scopes=("people",)),
    ("GET", "/operator/people/{id:str}/{act:str}"): Case(operates=True, scopes=("people",)),
    ("POST", "/operator/people/{id:str}/{act:str}"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/operator/issuers"): Case(operates=True),
    ("GET", "/operator/issuers/{act:str}"): Case(operates=True),
    ("POST", "/operator/issuers/{act:str}"): Case(operates=True, made=True),
    ("GET", "/operator/health"): Case(operates=True),
    ("POST", "/operator/health/retry"): Case(operates=True),
    ("GET", "/issuers/{slug:str}/members"): Case("viewer", operates=True, scopes=("read",)),
    ("GET", "/issuers/{slug:str}/members/{act:str}"): Case("owner", operates=True, scopes=("people",)),
    ("POST", "/issuers/{slug:str}/members/{act:str}"): Case(
        "owner", operates=True, scopes=("people",), made=True
    ),
    ("GET", "/desk/issuers"): Case(),
    ("POST", "/desk/issuers"): Case(operates=True, made=True),
    ("GET", "/desk/issuers/{issuer:str}"): DESIGNS,
    ("POST", "/desk/issuers/{issuer:str}"): DESIGNED,
    ("POST", "/desk/issuers/{issuer:str}/domain"): DESIGNED,
    ("GET", "/desk/issuers/{issuer:str}/keys"): Case("owner"),
    ("GET", "/desk/issuers/{issuer:str}/keys/rotate"): Case("owner"),
    ("POST", "/desk/issuers/{issuer:str}/keys/rotate"): Case("owner", made=True),
    ("GET", "/desk/issuers/{issuer:str}/achievements"): DESIGNS,
    ("POST", "/desk/issuers/{issuer:str}/achievements"): DESIGNED,
    ("GET", "/desk/issuers/{issuer:str}/achievements/new"): DESIGNS,
    ("GET", f"{DRAFT}/draft/{{step:str}}"): DESIGNS,
    ("POST", f"{DRAFT}/draft/{{step:str}}"): DESIGNED,
    ("POST", f"{DRAFT}/upload"): DESIGNED,
    ("GET", f"{DRAFT}/picture.svg"): DESIGNS,
    ("GET", f"{DRAFT}/preview"): DESIGNS,
    ("POST", f"{DRAFT}/publish"): DESIGNED,
    ("GET", f"{DRAFT}/export"): DESIGNS,
    ("GET", f"{DRAFT}/{{act:str}}"): DESIGNS,
    ("POST", f"{DRAFT}/{{act:str}}"): DESIGNED,
    ("GET", "/desk/issuers/{issuer:str}/endorsements"): ENDORSES,
    ("POST", "/desk/issuers/{issuer:str}/endorsements"): ENDORSED,
    ("GET", "/desk/issuers/{issuer:str}/endorsements/{key:str}/withdraw"): ENDORSES,
    ("POST", "/desk/issuers/{issuer:str}/endorsements/{key:str}/withdraw"): ENDORSED,
    ("POST", "/desk/issuers/{issuer:str}/endorsements/{key:str}/{act:str}"): DISPLAYED,
    ("GET", "/api/issuers/{issuer:str}/endorsements"): ENDORSES,
    ("POST", "/api/issuers/{issuer:str}/endorsements"): ENDORSED,
    ("POST", "/api/issuers/{issuer:str}/endorsements/{key:str}/withdraw"): ENDORSED,
    ("POST", "/api/issuers/{issuer:str}/endorsements/{key:str}/hide"): DISPLAYED,
    ("POST", "/api/issuers/{issuer:str}/endorsements/{key:str}/show"): DISPLAYED,
    ("GET", "/api/templates"): Case(),
    ("GET", "/api/skills"): Case(),
    ("GET", "/api/issuers/{issuer:str}"): DESIGNS,
    ("PUT", "/api/issuers/{issuer:str}"): DESIGNED,
    ("POST", "/api/issuers/{issuer:str}/domain"): DESIGNED,
    ("GET", "/api/issuers/{issuer:str}/achievements"): DESIGNS,
    ("POST", "/api/issuers/{issuer:str}/achievements"): DESIGNED,
    ("GET", API_DRAFT): DESIGNS,
    ("PUT", API_DRAFT): DESIGNED,
    ("DELETE", API_DRAFT): DESIGNED,
    ("PUT", f"{API_DRAFT}/picture"): DESIGNED,
    ("POST", f"{API_DRAFT}/publish"): DESIGNED,
    ("POST", f"{API_DRAFT}/retire"): DESIGNED,
    ("GET", f"{API_DRAFT}/export"): DESIGNS,
    ("GET", "/teams"): Case(),
    ("POST", "/teams"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/teams/{slug:str}"): Case(operates=True, scopes=("people",)),
    ("GET", "/teams/{slug:str}/{act:str}"): Case(operates=True, scopes=("people",)),
    ("POST", "/teams/{slug:str}/{act:str}"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/api/people"): Case(operates=True, scopes=("people",)),
    ("POST", "/api/people"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/api/people/{name:str}"): Case(operates=True, scopes=("people",)),
    ("POST", "/api/people/{name:str}/{act:str}"): Case(operates=True, scopes=("people",), made=True),
    ("POST", "/api/people/{name:str}/suspend-profile"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/api/teams"): Case(),
    ("POST", "/api/teams"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/api/teams/{slug:str}"): Case(operates=True, scopes=("people",)),
    ("POST", "/api/teams/{slug:str}/rename"): Case(operates=True, scopes=("people",), made=True),
    ("POST", "/api/teams/{slug:str}/remove"): Case(operates=True, scopes=("people",), made=True),
    ("POST", "/api/teams/{slug:str}/join"): Case(operates=True, scopes=("people",), made=True),
    ("POST", "/api/teams/{slug:str}/leave"): Case(operates=True, scopes=("people",), made=True),
    ("GET", "/api/issuers/{slug:str}/roles"): Case("viewer", operates=True, scopes=("read",)),
    ("POST", "/api/issuers/{slug:str}/roles/grant"): Case(
        "owner", operates=True, scopes=("people",), made=True
    ),
    ("POST", "/api/issuers/{slug:str}/roles/withdraw"): Case(
        "owner", operates=True, scopes=("people",), made=True
    ),
    ("GET", "/api/token"): Case(),
    ("GET", "/api/tokens"): Case(operates=True, scopes=("people",)),
    ("POST", "/api/tokens/{id:str}/remove"): Case(operates=True, scopes=("people",), made=True),
}
OPERATED = [
    key for key, case in CLOSED.items() if case.operates and not case.role and key[1] != "/desk/acknowledge"
]
LIMITED = [key for key, case in CLOSED.items() if case.role]


def routes() -> dict[tuple[str, str], bool]:
    """Every route, and whether a guard asks who is there."""
    found = {}
    for route in build_litestar(Shop().world.ports).routes:
        for handler in getattr(route, "route_handlers", []):
            guards = [guard.__qualname__ for guard in handler.resolve_guards()]
            for method in handler.http_methods - {"HEAD", "OPTIONS"}:
                found[method, route.path] = any("signed_in_only" in one for one in guards)
    return found


def test_every_route_is_in_one_of_the_two_tables() -> None:
    found = routes()
    assert {key for key, closed in found.items() if not closed} == OPEN
    assert {key for key, closed in found.items() if closed} == set(CLOSED)


Weaker = Callable[[Town, Case], str]


def _next_weaker(town: Town, case: Case) -> str:
    place = ROLES.index(case.role)  # type: ignore[arg-type]
    return town.person(*([("school", ROLES[place - 1])] if place else []))


def _owner_elsewhere(town: Town, case: Case) -> str:
    return town.person(("college", "owner"))


def _viewer_elsewhere(town: Town, case: Case) -> str:
    return town.person(("college", "viewer"))


def _operator_without_a_role(town: Town, case: Case) -> str:
    return town.person(operator=not case.operates)


@pytest.mark.parametrize("weaker", [_next_weaker, _owner_elsewhere, _operator_without_a_role])
@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_less_than_it_takes_at_this_very_issuer_is_refused(
    town: Town, key: tuple[str, str], weaker: Weaker
) -> None:
    if weaker is _owner_elsewhere and CLOSED[key].somewhere:
        weaker = _viewer_elsewhere
    headers, before = town.session(weaker(town, CLOSED[key])), town.state()
    answer = town.ask(key, headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert town.state() == before


@pytest.mark.parametrize("key", OPERATED, ids=" ".join)
def test_what_an_operator_may_no_owner_and_no_narrower_token_may(town: Town, key: tuple[str, str]) -> None:
    case, operator = CLOSED[key], town.person(operator=True)
    owner = town.person(("school", "owner"), ("college", "owner"))
    others = [scope for scope in SCOPES if scope not in case.scopes]
    weaker = [town.session(owner), town.token(owner, *SCOPES), town.token(operator, *others)]
    enough = town.token(operator, *case.scopes) if case.scopes else town.session(operator)
    before = town.state()
    for headers in weaker:
        answer = town.ask(key, headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert town.state() == before
    assert town.ask(key, enough).status_code in (200, 201, 303)
    assert (town.state() != before) is case.made


@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_what_it_takes_is_enough(town: Town, key: tuple[str, str]) -> None:
    case, headers = CLOSED[key], town.session(town.person(("school", CLOSED[key].role)))
    before = town.state()
    answer = town.ask(key, headers)
    assert answer.status_code in (200, 201, 202, 303), answer.text
    assert (town.state() != before) is case.made


@pytest.mark.parametrize("key", LIMITED, ids=" ".join)
def test_a_token_goes_as_far_as_its_scopes_and_no_further(town: Town, key: tuple[str, str]) -> None:
    case, owner = CLOSED[key], town.person(("school", "owner"), operator=True)
    for scope in case.scopes:
        weaker = town.token(owner, *(other for other in SCOPES if other != scope))
        before = town.state()
        answer = town.ask(key, weaker)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
        assert answer.headers["www-authenticate"] == 'Bearer realm="exchange", error="insufficient_scope"'
        assert town.state() == before
    if not case.scopes:
        all_of_them = town.token(owner, *SCOPES)
        before = town.state()
        assert town.ask(key, all_of_them).status_code == 403
        assert town.state() == before
        return
    enough = town.token(owner, *case.scopes)
    before = town.state()
    assert town.ask(key, enough).status_code in (200, 201, 202, 303)
    assert (town.state() != before) is case.made
    weak = town.person()
    assert town.ask(key, town.token(weak, *SCOPES)).status_code == 403


@dataclass(frozen=True)
class Shut:
    """A town, and what its owner, who may do all, comes in with."""

    town: Town
    session: str
    token: str


@pytest.fixture(scope="module")
def shut() -> Iterator[Shut]:
    """One for all: whom nothing lets in changes nothing for the next one."""
    town = Town()
    owner = town.person(("school", "owner"), operator=True)
    session = town.session(owner)["cookie"].partition("=")[2]
    token = town.token(owner, *SCOPES)["authorization"].partition(" ")[2]
    with town.shop.client:
        yield Shut(town, session, token)


@pytest.mark.parametrize("key", list(CLOSED), ids=" ".join)
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "sign_in_needed"),
        ({"authorization": "Bearer xbt_guess"}, "token_invalid"),
        ({"authorization": "Bearer "}, "token_invalid"),
        ({"authorization": "Bearer {session}"}, "token_invalid"),
        ({"authorization": "Basic eDp5"}, "sign_in_needed"),
        ({"cookie": "exchange_session={token}"}, "sign_in_needed"),
    ],
)
def test_nobody_gets_in_with_something_else(
    shut: Shut, key: tuple[str, str], header: dict[str, str], code: str
) -> None:
    town, before = shut.town, shut.town.state()
    sent = {name: value.format(session=shut.session, token=shut.token) for name, value in header.items()}
    answer = town.ask(key, sent)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert 'Bearer realm="exchange"' in answer.headers["www-authenticate"]
    assert town.state() == before
