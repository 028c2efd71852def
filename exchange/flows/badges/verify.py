"""Verify: a file, a text or an address in; a verdict out.

Fetching happens here, in at most three rounds: the core names what it needs, this floor brings it, from our
own store where the document is ours.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, NamedTuple

from msgspec.structs import replace

from exchange.core import urls
from exchange.core.bake import MAX_FILE, extract
from exchange.core.canonical.effort import Effort
from exchange.core.common import Common
from exchange.core.credentials.presentation import (
    judge_presentation,
    judge_presentation_asking,
    peek_presentation,
)
from exchange.core.proofs.data_integrity import as_list
from exchange.core.verdict.documents import Document, Documents, body_of
from exchange.core.verdict.finding import Finding, finding_from
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.together import Together
from exchange.core.verdict.verdict import Verdict, conclude, judge, judge_asking
from exchange.errors import CannotTellError, ExchangeError, InputError, TooManyError
from exchange.flows.badges.open_badges_2 import KIND, verify_open_badges_2
from exchange.flows.instance.own import own_document
from exchange.flows.issuers.issuers import Standing, standing
from exchange.flows.ports import Ports
from exchange.flows.sign_in.limits import check_readers_limit, pdf_quotas

ROUNDS = 3
_PDF = b"%PDF"
MAX_STRANGE_PDF = 4 << 20
"""Ours, with the documents of 200 badges, have one MiB."""


@dataclass(frozen=True, slots=True)
class Options:
    """`at`: judge as of that time. `documents`: saved ones, and nothing else is looked up. `trusted`: the
    caller may use the worker for unusual JSON-LD and rare proofs. `network`: where a stranger asks from,
    whose PDFs are counted; `""` counts none. `domain`, `challenge`: for whom a presentation was asked for,
    and which question it has to answer; nothing but one that was signed for just that is valid then."""

    at: datetime | None = None
    recipient: str | None = None
    expect: Literal["badge", "endorsement"] | None = None
    documents: Documents | None = None
    trusted: bool = False
    network: str = ""
    domain: str | None = None
    challenge: str | None = None

    @property
    def asked(self) -> bool:
        """Whether it has to be a presentation that answers somebody."""
        return self.domain is not None or self.challenge is not None


async def verify(ports: Ports, data: bytes, options: Options = Options()) -> Verdict:
    """The verdict on a file's bytes: JSON, a compact JWS, a PNG or SVG with a badge baked in, or a PDF
    with one attached. On a presentation, the verdicts on all that is in it are its `endorsements`.
    TooManyError: too_many, pdf_busy."""
    return await _verify(ports, data, options, _Library(ports))


async def verify_together(
    ports: Ports, signed: Sequence[bytes], known: Documents | None = None, common: Common | None = None
) -> list[Verdict]:
    """The verdicts on many of our own, JSON or JWS, in their order: what several of them need (an issuer's
    keys, a status list) is read once, however many they are. `known` are documents of ours at hand, and
    `common` keeps what they have in common. What this node found to be signed by a key, it does not find out
    again; all else is judged."""
    library, now = _Library(ports), ports.now()
    policy = _policy(ports, Options(), await standing(ports))
    policy = replace(policy, stood=ports.hub.stood, common=common or Common())
    library.documents.update(known or {})
    together = Together(signed, policy, now)
    verdicts: dict[int, Verdict] = {}
    tries: Counter[int] = Counter()
    while left := [n for n in range(len(signed)) if n not in verdicts]:
        seen = dict(library.documents)
        for n, verdict, wanted in await asyncio.to_thread(together.judge, left, seen):
            tries[n] += 1
            for url in wanted:
                await library.bring(url)
            again = tries[n] <= ROUNDS and (bool(wanted) or await library.bring_endorsed(verdict, seen))
            if not again:
                verdicts[n] = verdict
    return [verdicts[n] for n in range(len(signed))]


async def verify_url(ports: Ports, url: str, options: Options = Options()) -> Verdict:
    """The verdict on what lies at `url`; fetching it counts as one of the four requests."""
    return await _verify_url(ports, url, options, _Library(ports))


@dataclass(frozen=True, slots=True)
class Examined:
    """A verdict with what it is about: the very bytes, `b""` if they could not be had, and what was
    fetched."""

    verdict: Verdict
    data: bytes
    documents: Documents


async def examine(ports: Ports, data: bytes, options: Options = Options(), url: str = "") -> Examined:
    """The verdict on `data`, or on what lies at `url`, for who wants to keep it."""
    library = _Library(ports)
    if not url:
        return Examined(await _verify(ports, data, options, library), data, library.documents)
    url = _own_id(ports, url)
    verdict = await _verify_url(ports, url, options, library)
    found = library.documents.get(url)
    body = found.body if found is not None and found.status == 200 else b""
    return Examined(verdict, body, library.documents)


async def _verify_url(ports: Ports, url: str, options: Options, library: _Library) -> Verdict:
    saved, url = options.documents, _own_id(ports, url)
    document = await library.bring(url, through=True) if saved is None else saved.get(url)
    try:
        return await _verify(ports, body_of({url: document} if document else {}, url), options, library, url)
    except CannotTellError as error:
        return _cannot_tell(error.code, error.message)


def _own_id(ports: Ports, url: str) -> str:
    """The id of a badge of ours, whose page is at `url`; other addresses as they are. It is what a browser
    has in its address bar, so what follows the path does not matter."""
    path = url.partition("#")[0].partition("?")[0]
    key = urls.badge_key(ports.bases, path)
    return urls.id_of_page(path) if key and key != path else url


async def _verify(
    ports: Ports, data: bytes, options: Options, library: _Library, came_from: str = ""
) -> Verdict:
    try:
        if data.startswith(_PDF) and ports.attached is not None and len(data) <= MAX_FILE:
            data = await _attached(ports, ports.attached, data, options)
        extracted = await asyncio.to_thread(extract, data)
    except TooManyError:
        raise
    except ExchangeError as error:
        finding = finding_from(error)
        return conclude([finding], "unknown", None)
    if not extracted.text:
        if came_from:
            return _cannot_tell(
                "badge_elsewhere", f"What lies at {came_from} only points on to another place."
            )
        return await _verify_url(ports, extracted.url, options, library)
    if extracted.standard == "ob2":
        older = await _verify_older(ports, extracted.text, options, library)
        return _with_findings(older, [], [_UNASKED] if options.asked else [])
    ours = await standing(ports)
    policy = _policy(ports, options, ours)
    text = extracted.text.encode()
    now = options.at or ports.now()
    one = _PRESENTED if options.expect is None and peek_presentation(text) else _ALONE
    if one is _PRESENTED:
        policy = replace(policy, domain=options.domain, challenge=options.challenge)
    if options.documents is not None:
        verdict = await asyncio.to_thread(one.judge, text, options.documents, policy, now)
    else:
        verdict = await _judge_in_rounds(one, text, policy, now, library)
    unasked = [_UNASKED] if options.asked and one is _ALONE else []
    return _with_findings(verdict, extracted.warnings, unasked)


def _with_findings(verdict: Verdict, before: Sequence[Finding], after: Sequence[Finding]) -> Verdict:
    """What it comes to with these too."""
    findings = [*before, *verdict.findings, *after]
    found = conclude(findings, verdict.kind, verdict.credential, verdict.endorsements)
    return replace(found, endorser=verdict.endorser)


_UNASKED = Finding(
    "not_presented",
    "unknown",
    "A presentation for a domain or a challenge was asked for; this is no presentation, so who hands it over "
    "is not shown.",
)


async def _attached(ports: Ports, attached: Callable[[bytes], bytes], pdf: bytes, options: Options) -> bytes:
    """What is attached to a PDF. Those of strangers wait for each other and for nobody else: their worker is
    their own. TooManyError: too_many, pdf_busy; InputError("pdf_too_large")."""
    if options.trusted:
        return await asyncio.to_thread(attached, pdf)
    if len(pdf) > MAX_STRANGE_PDF:
        message = f"The PDF has {len(pdf)} bytes; handed in by anybody, at most {MAX_STRANGE_PDF} are read."
        raise InputError("pdf_too_large", message)
    async with ports.hub.strange_pdfs.turn():
        if options.network:
            await check_readers_limit(ports, pdf_quotas(options.network))
        return await asyncio.to_thread(ports.strangers_attached or attached, pdf)


async def _verify_older(ports: Ports, text: str, options: Options, library: _Library) -> Verdict:
    if ports.open_badges_2 is None or not options.trusted:
        older = "This is an Open Badges 2.0 badge; here, only who runs the exchange can have one verified."
        return _cannot_tell("open_badges_2", older)
    if options.expect == "endorsement":
        other = "An endorsement was expected; this is an Open Badges 2.0 badge."
        return conclude([Finding("not_expected", "error", other)], KIND, None)
    saved = options.documents
    documents, bring = (library.documents, library.bring) if saved is None else (saved, None)
    now = options.at or ports.now()
    return await verify_open_badges_2(ports.open_badges_2, text, documents, bring, now, options.recipient)


def _policy(ports: Ports, options: Options, ours: Standing) -> Policy:
    return Policy(
        expect=options.expect,
        recipient=options.recipient,
        known_issuers=ours.known,
        revoked=ours.revoked,
        exact=ports.exact if options.trusted else None,
        rare=ports.rare if options.trusted else None,
        effort=Effort(),  # for all rounds
    )


class _Judge(NamedTuple):
    """How something is judged, and judged while it is asked for what is missing."""

    judge: Callable[[bytes, Documents, Policy, datetime], Verdict]
    asking: Callable[[bytes, Documents, Policy, datetime], tuple[Verdict, tuple[str, ...]]]


_ALONE = _Judge(judge, judge_asking)
_PRESENTED = _Judge(
    partial(judge_presentation, expect=None, bundle=True),
    partial(judge_presentation_asking, expect=None, bundle=True),
)
"""What is in a presentation is judged as if it came alone, also where nobody signed the whole."""


async def _judge_in_rounds(
    one: _Judge, text: bytes, policy: Policy, now: datetime, library: _Library
) -> Verdict:
    for _ in range(ROUNDS):
        verdict, wanted = await asyncio.to_thread(one.asking, text, dict(library.documents), policy, now)
        if not wanted:
            if not await library.bring_endorsed(verdict, library.documents):
                return verdict
            break
        for url in wanted:
            await library.bring(url)
    return await asyncio.to_thread(one.judge, text, library.documents, policy, now)


class _Library:
    """The documents of one verification: ours from the store, others through one bounded fetcher."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._fetcher = ports.web.for_one_verify()
        self.documents: dict[str, Document] = {}

    async def bring(self, url: str, *, through: bool = False) -> Document:
        own = await own_document(self._ports, url)
        document = own or await self._fetcher.fetch(url, through=through)
        self.documents[url] = document
        return document

    async def bring_endorsed(self, verdict: Verdict, seen: Documents) -> bool:
        """What an endorsement is of, if that is ours: it is at hand, so what was pinned can be compared with
        it. Whether there is such a thing, and it was not among what was `seen` when it was judged."""
        if "related_unseen" not in verdict.codes:
            return False
        document = verdict.credential or {}
        subjects = as_list(document.get("credentialSubject"))
        url = subjects[0].get("id") if len(subjects) == 1 and isinstance(subjects[0], dict) else None
        endorses = "EndorsementCredential" in as_list(document.get("type"))
        if not endorses or not isinstance(url, str) or url in seen:
            return False
        own = self.documents.get(url) or await own_document(self._ports, url)
        if own is None or own.status != 200:
            return False
        self.documents[url] = own
        return True


def _cannot_tell(code: str, message: str) -> Verdict:
    return conclude([Finding(code, "unknown", message)], "unknown", None)
