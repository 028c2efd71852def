"""Writing an endorsement: the form, the very document that will be signed, and signing it.

The browser makes and keeps the key (`web/static/endorse.js`). Where it cannot, or has no script, the exchange
signs for the person, and the pages say so, before and after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from litestar import Response, post
from litestar.params import FromPath

from exchange.core import urls
from exchange.core.credentials.said import MAX_EVIDENCE, MAX_LINE, MAX_TEXT
from exchange.core.plain_text import as_named
from exchange.core.proofs.jwt import peek_jwt
from exchange.edge.endorsements.voices import RELATIONSHIPS, relationship_word, voice
from exchange.edge.http.access import ThePorts, browser_of
from exchange.edge.http.forms import read_form
from exchange.edge.http.own_page import own_page
from exchange.edge.http.replies import AnyRequest, reads, see_other, wants_page
from exchange.edge.http.site import Site, TheSite
from exchange.edge.http.words import plain
from exchange.edge.instance import read_only
from exchange.errors import (
    ConflictError,
    ExchangeError,
    InputError,
    NotFoundError,
    TooManyError,
    UnavailableError,
)
from exchange.flows.endorsements import asked as asking
from exchange.flows.endorsements import write as flow
from exchange.flows.endorsements.endorse import endorse
from exchange.flows.endorsements.listed import drafted, line_of
from exchange.flows.endorsements.records import Endorsement, Kind
from exchange.flows.endorsements.withdraw import given
from exchange.flows.ports import Ports
from exchange.languages import gettext

FORM = 50_000
MOST_ADDRESSES = 3
"""Fields for evidence."""
_AT = {"/line": "line", "/text": "text", "/relationship": "relationship"}
PLACE = "/account/endorsements"


@reads(f"{PLACE}/new/{{what:str}}/{{key:str}}")
async def write_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, what: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """The form: of a `badge` or `profile`, in answer to a `request`, or to `edit` one of mine."""
    return await _form(request, site, ports, what, key)


@post(f"{PLACE}/new/{{what:str}}/{{key:str}}", status_code=303, request_max_body_size=FORM)
async def write_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, what: FromPath[str], key: FromPath[str]
) -> Response[bytes]:
    """Draft it; a mistake comes back beside its field, with all that was typed."""
    fields: dict[str, str] = {}
    try:
        fields, _ = await read_form(request)
        kind, subject, asked, _ = await _about(ports, what, key)
        draft = await flow.write(ports, _order(fields, kind, subject, asked))
    except (InputError, ConflictError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _form(request, site, ports, what, key, fields, _beside(error))
    return see_other(f"{PLACE}/{draft.id}/sign")


def _order(fields: Mapping[str, str], kind: Kind, subject: str, asked: str) -> flow.Order:
    return flow.Order(
        kind=kind,
        subject=subject,
        line=fields.get("line", ""),
        relationship=fields.get("relationship", ""),
        text=fields.get("text", ""),
        skills=[text for name, text in sorted(fields.items()) if name.startswith("skill-") and text],
        evidence=[text for name, text in sorted(fields.items()) if name.startswith("evidence-") and text][
            :MAX_EVIDENCE
        ],
        team=fields.get("team", ""),
        name=fields.get("name", ""),
        did=fields.get("did", ""),
        request=asked,
    )


def _beside(error: ExchangeError) -> ExchangeError:
    """The same, at the field of the form that it is about."""
    at = _AT.get(error.at, error.at)
    if at.startswith("/evidence/"):
        at = "evidence-" + at.split("/")[2]
    return InputError(error.code, error.message, at) if isinstance(error, InputError) else error


async def _about(ports: Ports, what: str, key: str) -> tuple[Kind, str, str, Endorsement | None]:
    """What is endorsed, the request that it answers, and the one of mine that it changes."""
    if what == "badge":
        return "badge", key, "", None
    if what == "profile":
        return "profile", key, "", None
    if what == "request":
        view = await asking.view(ports, key)
        if not view.mine:
            raise NotFoundError("unknown_request", f"There is no request {key!r:.80} to you.")
        return view.request.kind, view.request.subject, view.request.id, None
    if what == "edit":
        one = await given(ports, key)
        return one.kind, one.subject, "", one
    raise NotFoundError("unknown_subject", "That is nothing that can be endorsed.")


async def _form(
    request: AnyRequest,
    site: Site,
    ports: Ports,
    what: str,
    key: str,
    fields: dict[str, str] | None = None,
    error: ExchangeError | None = None,
) -> Response[bytes]:
    kind, subject, asked, edited = await _about(ports, what, key)
    view = await flow.page(ports, kind, subject)
    wish = (await asking.view(ports, asked)).request if asked else None
    one = view.subject.achievement
    typed = fields if fields is not None else _typed(edited, view)
    return await own_page(
        request,
        site,
        "endorse/write.html",
        error,
        place=f"{PLACE}/new/{what}/{key}",
        subject=view.subject,
        holder=as_named(view.holder),
        image=urls.achievement_image("", one.issuer, one.slug, one.version) if one else "",
        alt=one.alt if one else "",
        skills=list(view.subject.skills),
        wanted=set(wish.skills) if wish else set(),
        note=plain(wish.note, 300) if wish else "",
        before=view.before,
        taken_back=wish is not None and wish.state == "taken_back",
        relationships=[("", gettext("Choose"))] + [(code, relationship_word(code)) for code in RELATIONSHIPS],
        teams=[("", gettext("No team"))] + [(one.id, as_named(one.name)) for one in view.teams],
        fields={**_EMPTY, **{name: text[:3000] for name, text in typed.items() if name in _EMPTY}},
        ticked={text for name, text in typed.items() if name.startswith("skill-")},
        evidence=[(f"evidence-{n}", typed.get(f"evidence-{n}", "")[:2000]) for n in range(MOST_ADDRESSES)],
        person=view.person.id,
        dids=json.dumps(view.dids),
        may_add=view.may_add,
        agent=browser_of(request, site).agent,
        max_line=MAX_LINE,
        max_text=MAX_TEXT,
    )


_EMPTY = {"name": "", "relationship": "", "team": "", "line": "", "text": ""}


def _typed(edited: Endorsement | None, view: flow.Page) -> dict[str, str]:
    """What stands in the form at first: of a new one the name and the team, of an edited one all of it."""
    known = {"name": view.person.name, "team": view.teams[0].id if view.teams else ""}
    line = line_of(edited) if edited else None
    if line is None:
        return known
    said = line.said
    known |= {"relationship": said.relationship, "line": said.line, "text": said.text}
    known |= {f"skill-{n}": skill.name for n, skill in enumerate(said.skills)}
    return known | {f"evidence-{n}": url for n, url in enumerate(said.evidence)}


@reads(f"{PLACE}/{{key:str}}/sign")
async def sign_page(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Exactly what will be signed, in words and as JSON."""
    return await _review(request, site, ports, key)


@post(f"{PLACE}/{{key:str}}/sign", status_code=303, request_max_body_size=FORM)
async def sign_form(
    request: AnyRequest, site: TheSite, ports: ThePorts, key: FromPath[str]
) -> Response[bytes]:
    """Put the browser's `signature` on it, or have it recorded by the exchange."""
    try:
        fields, _ = await read_form(request)
        made = await endorse(ports, key, fields.get("signature", ""))
    except (InputError, ConflictError, TooManyError, UnavailableError) as error:
        read_only.only(error)
        if not wants_page(request):
            raise
        return await _review(request, site, ports, key, error)
    return see_other(f"{PLACE}/{made.id}?done=signed")


async def _review(
    request: AnyRequest, site: Site, ports: Ports, key: str, error: ExchangeError | None = None
) -> Response[bytes]:
    draft = await flow.draft_of(ports, key)
    if draft.state != "drafted":
        return see_other(f"{PLACE}/{draft.id}")
    unsigned = draft.unsigned
    payload = peek_jwt(unsigned + b".AA").credential
    return await own_page(
        request,
        site,
        "endorse/sign.html",
        error,
        key=draft.id,
        voice=voice(drafted(draft)),
        name=as_named(payload.get("name")),
        about=f"{draft.kind}/{draft.subject}",
        document=json.dumps(payload, indent=2, ensure_ascii=False),
        message=unsigned.decode(),
        person=draft.endorser,
        did=draft.did,
        custody=draft.custody,
    )
