"""Puts the edge together: routes, errors, headers and limits, around the ports it was given."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from exchange.edge.badges import achievements, badges, status, verify
from exchange.edge.badges.desk import build_desk
from exchange.edge.badges.short_way import short_way
from exchange.edge.claims.claim import build_claim
from exchange.edge.claims.codes import build_codes
from exchange.edge.claims.use_code import build_use_code
from exchange.edge.embeds import elsewhere, embeds, events, oembed
from exchange.edge.embeds import portfolios as embedded_portfolios
from exchange.edge.endorsements import backing, endorsements, trust
from exchange.edge.endorsements.asked import build_asked
from exchange.edge.endorsements.backing_desk import build_backing
from exchange.edge.endorsements.reports import build_report, build_reports
from exchange.edge.endorsements.routes import build_endorsing
from exchange.edge.http import openapi
from exchange.edge.http.headers import preflights, security_headers
from exchange.edge.http.language import before_request
from exchange.edge.http.problems import problem_handlers
from exchange.edge.http.site import build_site
from exchange.edge.imported.mine import build_imported
from exchange.edge.instance import front, read_only
from exchange.edge.issuers import issuers
from exchange.edge.issuers.achievements import build_designs
from exchange.edge.issuers.members import build_members
from exchange.edge.log import log
from exchange.edge.orders.batch_pages import build_batches
from exchange.edge.orders.held import build_held
from exchange.edge.people.account import build_account
from exchange.edge.people.api.routes import build_people_api
from exchange.edge.people.erase import build_erase
from exchange.edge.people.operator import build_operator
from exchange.edge.people.pictures import build_pictures
from exchange.edge.people.teams import build_teams
from exchange.edge.portfolios import exports, shared, views
from exchange.edge.portfolios.at_handle import by_handle
from exchange.edge.portfolios.routes import build_portfolios
from exchange.edge.recipients.recipients import build_recipients
from exchange.edge.sign_in.passkeys import build_passkeys
from exchange.edge.sign_in.sign_in import build_sign_in
from exchange.edge.vouches import vouches
from exchange.edge.vouches.mine import build_vouching
from exchange.edge.webhooks.webhooks import build_webhooks
from exchange.flows.ports import Ports
from exchange.setting_forms import Network

MAX_BODY = 1_000_000
"""Bytes of a request body, where a route does not say otherwise."""

PUBLIC_PATHS = [
    "/badges/{name:str}",
    "/badges/{key:str}/log-proof",
    "/badges/{key:str}/endorsements",
    "/badges/{key:str}/trust",
    "/badges/{key:str}/vouch",
    "/endorsements/{key:str}",
    "/terms/v1",
    "/achievements/{issuer:str}/{slug:str}/{version:int}",
    "/achievements/{issuer:str}/{slug:str}/{version:int}/image.png",
    "/issuers/{slug:str}",
    "/issuers/{slug:str}/did.json",
    "/issuers/{slug:str}/images/{name:str}",
    "/issuers/{slug:str}/endorsements",
    "/achievements/{issuer:str}/{slug:str}/{version:int}/endorsements",
    "/status/{key:str}",
    "/p/{name:str}",
    "/p/{secret:str}/skills",
    "/p/{secret:str}/timeline",
    "/p/{secret:str}/portrait",
    "/p/{secret:str}/as/{file:str}",
    "/embed/badges/{name:str}",
    "/embed/portfolios/{name:str}",
    "/embed/code/{name:str}",
    "/embed/events",
    "/oembed",
    "/log/checkpoint",
    "/log/key",
    "/log/consistency",
    "/log/proof/{position:int}",
    "/log/entries/{position:int}",
    "/api/verify",
    "/api/openapi.json",
]
"""What any web page may read; each needs an answer to a preflight."""


def route_handlers() -> list[ControllerRouterHandler]:
    """Every route of the public site."""
    handlers: list[HTTPRouteHandler] = [
        front.home,
        front.static_file,
        front.robots,
        read_only.health,
        badges.badge,
        badges.log_proof,
        endorsements.endorsements,
        trust.trust,
        endorsements.endorsement,
        vouches.vouch,
        endorsements.log_proof,
        endorsements.terms,
        achievements.achievement,
        achievements.image,
        backing.of_achievement,
        backing.of_issuer,
        issuers.issuer,
        issuers.did_document,
        issuers.picture,
        status.status_list,
        shared.shared,
        shared.brought_file,
        views.shared_skills,
        views.shared_timeline,
        views.shared_portrait,
        embeds.badge,
        embedded_portfolios.portfolio,
        embeds.code,
        events.events,
        oembed.oembed,
        elsewhere.elsewhere,
        elsewhere.look,
        elsewhere.portfolio_elsewhere,
        elsewhere.portfolio_look,
        exports.export,
        log.log_page,
        log.checkpoint,
        log.key,
        log.consistency,
        log.proof,
        log.entry,
        verify.verify_page,
        verify.verify_form,
        verify.verify_api,
        openapi.document,
        openapi.page,
    ]
    # The preflights first: a route that has no OPTIONS yet gets Litestar's own.
    return [*preflights(PUBLIC_PATHS, handlers), *handlers]


def build_litestar(
    ports: Ports,
    *,
    extra_handlers: Sequence[ControllerRouterHandler] = (),
    proxies: Collection[Network] = (),
) -> Litestar:
    """The whole web application on `ports`; `extra_handlers` are mounted beside the public routes. What
    `proxies` say of where a request came from is believed.

    Only coming in, and proving for an account who one is, set cookies; nothing
    ever shows a stack trace. Logging is left to the process.
    """
    site = build_site(ports, proxies)
    application = Litestar(
        [
            *route_handlers(),
            build_sign_in(site),
            build_desk(site),
            build_batches(site),
            build_held(site),
            build_claim(site),
            build_asked(site),
            build_report(site),
            build_reports(site),
            build_endorsing(site),
            build_vouching(site),
            build_portfolios(site),
            build_imported(site),
            build_backing(site),
            build_use_code(site),
            build_codes(site),
            build_recipients(site),
            *build_account(site),
            build_passkeys(site),
            build_erase(site),
            build_pictures(site),
            build_operator(site),
            build_members(site),
            build_designs(site),
            build_webhooks(site),
            build_teams(site),
            build_people_api(site),
            *extra_handlers,
        ],
        dependencies={"site": Provide(lambda: site, sync_to_thread=False)},
        exception_handlers=problem_handlers(site),
        before_request=before_request,
        before_send=[security_headers(https=ports.base_url.startswith("https://"))],
        request_max_body_size=MAX_BODY,
        multipart_form_part_limit=10,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    application.asgi_handler = by_handle(short_way(site, application.asgi_handler))
    return application
