"""A page with nothing in it but the modules by which a browser checks credentials, and things to give it.

Issuers of our own sign them, and they are laid at the addresses they name. All cases of a test are checked in
one go, for the way to a real server takes far longer.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from exchange.core.canonical.contexts import SHIPPED
from exchange.core.canonical.our_terms import NAMESPACE
from exchange.core.keys.did import build_did_document
from exchange.core.status import bitstring, status
from exchange.core.verdict.documents import Document
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.verdict import Verdict, judge
from exchange.settings import ROOT
from tests.core import endorsing
from tests.core.endorsing import BASE, GIVEN, NOW
from tests.core.signers import Issuer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Json = dict[str, Any]

SCRIPTS = ROOT / "web" / "static"
PAGE = f"{BASE}/page"
AT = f"{BASE}/badges/1"
TEACHER = Issuer("teacher")
SCHOOL = "did:web:exchange.example:issuers:school"
"""An issuer of the site with a document, which lists the key of TEACHER."""
METHOD = f"{SCHOOL}#{TEACHER.multikey}"

KNOWING_OURS = SHIPPED.extended({endorsing.TERMS: SHIPPED[NAMESPACE]})
"""Contexts for whoever signs a document in our terms, whose statements hang on what those mean."""

_MODULES = ("verdict", "jcs", "statements", "words")


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A page of the exchange of the cases, in which what the modules export is at hand by its name."""
    context = browser.new_context()
    page = context.new_page()
    page.route(f"{BASE}/**", serve_scripts)
    page.goto(PAGE)
    page.wait_for_function("'recheck' in window")
    yield page
    context.close()


def serve_scripts(route: Any) -> None:
    path = route.request.url.removeprefix(BASE)
    if route.request.url == PAGE:
        take = "".join(f"import * as {name} from './recheck/{name}.js';" for name in _MODULES)
        give = f"Object.assign(window, {', '.join(_MODULES)});"
        body = f"<!doctype html><script type=module>{take} {give}</script>"
        route.fulfill(body=body, content_type="text/html")
    elif path.startswith("/recheck/"):
        route.fulfill(body=(SCRIPTS / path[1:]).read_bytes(), content_type="text/javascript")
    else:
        route.fulfill(status=404)


# --- what is honest ---


def badge(issuer: str = TEACHER.did, **changed: Any) -> Json:
    entry = status.build_status_entry(f"{BASE}/status/2", "revocation", 7)
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": AT,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Größe 🙂 lead",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "School"},
        "validFrom": "2026-11-21T09:30:00Z",
        "validUntil": "2027-11-21T09:30:00Z",
        "credentialSubject": {
            "id": "urn:uuid:00000000-0000-4000-8000-000000000012",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": f"{BASE}/achievements/1",
                "type": ["Achievement"],
                "name": "Lead",
                "description": "Leads.",
                "criteria": {"narrative": "Led."},
                "creditsAvailable": 1.5,
            },
        },
        "credentialStatus": [entry],
    }
    return endorsing.bent(document, changed)


def listed(
    *revoked: int,
    by: Issuer = TEACHER,
    issuer: str = TEACHER.did,
    proof: str = "eddsa-rdfc-2022",
    url: str = f"{BASE}/status/2",
    purpose: str = "revocation",
    days: int = 1,
    entries: int = bitstring.MIN_ENTRIES,
) -> bytes:
    document = status.build_status_list_credential(
        url=url,
        issuer_id=issuer,
        purpose=purpose,
        encoded=bitstring.encode(revoked, entries),
        valid_from=GIVEN,
        valid_until=GIVEN + timedelta(days=days),
        ttl_ms=60_000,
    )
    method = METHOD if issuer == SCHOOL else None
    return by.sign(document, proof, method=method)


def did_document(*keys: str, **changed: Any) -> bytes:
    return json.dumps({**build_did_document(SCHOOL, list(keys)), **changed}).encode()


CLEAR = {f"{BASE}/status/2": listed()}


# --- cases ---


@dataclass(frozen=True)
class Case:
    """What lies where, and what a browser has to make of it: its outcome, and codes that it must say."""

    body: bytes
    web: dict[str, bytes]
    outcome: str = ""
    codes: frozenset[str] = frozenset()
    url: str = AT


def case(body: bytes, web: dict[str, bytes], outcome: str, *codes: str, url: str = AT) -> Case:
    return Case(body, web, outcome, frozenset(codes), url)


_CHECK = """async ([cases, now]) => {
  const found = [];
  for (const [url, web] of cases) {
    window.fetch = async (place, how) => {
      if (how.credentials !== 'omit' || how.redirect !== 'error') throw new Error('it trusts too much');
      const body = Uint8Array.from(atob(web[place] ?? ''), (one) => one.charCodeAt(0));
      return new Response(body, { status: body.length ? 200 : 404 });
    };
    found.push(await window.recheck(url, { now: new Date(now) }));
  }
  return found;
}"""


def found_by(page: Page, cases: Iterable[Case]) -> list[Json]:
    """What the browser finds of each case."""
    given = [
        [one.url, {url: b64encode(body).decode() for url, body in {**one.web, one.url: one.body}.items()}]
        for one in cases
    ]
    found: list[Json] = page.evaluate(_CHECK, [given, NOW.isoformat()])
    return found


def judged(one: Case) -> Verdict:
    """What our own verifier says of it."""
    web = {url: Document(url, 200, "application/json", body) for url, body in one.web.items() if body}
    return judge(one.body, web, Policy(), NOW)
