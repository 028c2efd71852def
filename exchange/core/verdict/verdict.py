"""The verdict: is this badge true now?

`judge` follows the order of Open Badges 3.0 §9 (End-User Verification), and its code the same numbers:

  0. Read it: strict JSON or a compact JWS, bounded in size and depth.
  1. Shape: it is what was expected, and it has what the schema asks for.
  2. Proof: the issuer's own key, found where the issuer keeps its keys, made one good proof. The walk that
     makes the canonical form also refuses every undefined or moved statement.
  3. Refresh: if it names a refresh service and that gave a newer signed copy, the copy is judged, once.
  4. Dates and status: not before, not after, not revoked, not suspended; lists are bound to the issuer. What
     it pins by digest, and is at hand, is what it was.
  5. Recipient, if one was asked for.
  6. Endorsements and embedded credentials: each judged by itself; none can break the badge. A learner record
     is nothing but what it holds: one credential in it that does not stand is a finding of the record.
  7. Of an endorsement, or a vouch: whose key made it, as the key credential says that it carries.

Nothing is fetched here. Where a document is needed that `documents` does not hold, the check says *cannot
tell*, and `missing` names it. Steps 3 to 6 ask for documents only after the proof stood, so that nobody can
make us fetch by sending unsigned text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from exchange.core.canonical.effort import Effort
from exchange.core.credentials.endorser import Endorser
from exchange.core.credentials.identity import check_recipient
from exchange.core.credentials.schema import check_schema
from exchange.core.credentials.semantics import KINDS
from exchange.core.dates import is_over, is_yet_to_come, parse_date
from exchange.core.proofs.data_integrity import as_list
from exchange.core.status.listed import check_status
from exchange.core.verdict.documents import Document, Documents
from exchange.core.verdict.endorser import (
    MOST_KEY_CREDENTIALS,
    Judged,
    Vouched,
    check_endorser,
    key_tokens,
)
from exchange.core.verdict.finding import Finding, Level, finding_from
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.refresh import refreshed
from exchange.core.verdict.related import check_related
from exchange.core.verdict.secured import Proven, Secured, check_proof, opened, read_secured
from exchange.errors import ExchangeError

Outcome = Literal["valid", "invalid", "indeterminate"]

_MAX_EMBEDDED, _MAX_RECORDED = 50, 200
_RECORDED = "/credentialSubject/verifiableCredential"


class Verdict(msgspec.Struct, frozen=True):
    """What was found. `credential` is the document, only if its signature stood: else nothing of it is shown.

    `kind` is badge, endorsement, clr, credential, … or `unknown`. `endorsements` are the verdicts of what is
    embedded (endorsements, or the credentials of a CLR), each by itself, with `at` in its first finding;
    those of an endorsement that is itself embedded are its key credentials. `endorser` is who endorses, if a
    key credential that stands says so.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    kind: str = "unknown"
    credential: Mapping[str, Any] | None = None
    endorsements: tuple[Verdict, ...] = ()
    at: str = ""
    endorser: Endorser | None = None

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(finding.code for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As `exchange verify --json` and `/api/verify` give it."""
        return {
            "outcome": self.outcome,
            "kind": self.kind,
            "at": self.at,
            "findings": [
                {"code": f.code, "level": f.level, "message": f.message, "at": f.at} for f in self.findings
            ],
            "credential": self.credential,
            "endorser": msgspec.to_builtins(self.endorser),
            "endorsements": [endorsement.to_json() for endorsement in self.endorsements],
        }


def judge(credential: bytes, documents: Documents, policy: Policy, now: datetime) -> Verdict:
    """The verdict on `credential` (JSON or compact JWS, UTF-8) at the time `now`, with the documents given.

    Never raises for what a stranger sent: whatever is wrong with it is a finding.
    """
    try:
        secured = opened(read_secured(credential, policy.common))  # 0
    except ExchangeError as error:
        return conclude([finding_from(error)], "unknown", None)
    policy = policy if policy.effort else replace(policy, effort=Effort())
    return judge_secured(secured, documents, policy, now)


def judge_asking(
    credential: bytes, documents: Documents, policy: Policy, now: datetime
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and the URLs it asked for that `documents` does not hold yet, in the order asked."""
    asked = Asking(documents)
    verdict = judge(credential, asked, policy, now)
    return verdict, tuple(asked.wanted)


def missing(credential: bytes, documents: Documents, policy: Policy, now: datetime) -> tuple[str, ...]:
    """The URLs that `judge` would ask for and `documents` does not hold yet."""
    return judge_asking(credential, documents, policy, now)[1]


class Asking(Mapping[str, Document]):
    """Documents that remember what they were asked for in vain. `in` only looks, and asks for nothing."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.wanted: dict[str, None] = {}

    def __getitem__(self, url: str) -> Document:
        try:
            return self._documents[url]
        except KeyError:
            self.wanted[url] = None
            raise

    def __contains__(self, url: object) -> bool:
        return url in self._documents

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)


def judge_secured(
    secured: Secured,
    documents: Documents,
    policy: Policy,
    now: datetime,
    *,
    proven: Proven | None = None,
    depth: int = 0,
) -> Verdict:
    """The verdict on what was read already. `proven`: what its proof came to, where another's covers it.
    `depth`: how deep it is embedded; at 1, only key credentials are looked at within it, at 2 nothing."""
    kind = kind_of(secured.document)
    findings = _check_shape(secured, kind, policy)  # 1
    proven = proven or check_proof(secured, documents, policy, now)  # 2
    findings += proven.findings
    if not proven.ok:
        return conclude(findings, kind, None)
    if secured.issuer_id in policy.revoked:
        lost = "The issuer's key was revoked: whoever has it can sign anything, under any date."
        return conclude([Finding("key_revoked", "error", lost, "/issuer")], kind, None)

    if "refreshService" in secured.document:  # 3
        copy = refreshed(secured, kind, documents, policy, now)
        findings += copy.findings
        if copy.secured.document.get("credentialStatus") != secured.document.get("credentialStatus"):
            # A newer copy does not bring back what was revoked: that is final.
            findings += [f for f in check_status(secured, documents, policy, now) if f.code == "revoked"]
        secured = copy.secured
    document = secured.document
    findings += check_dates(document, now)  # 4
    findings += check_status(secured, documents, policy, now)
    if "relatedResource" in document:
        findings += check_related(document, documents, policy.contexts)
    if policy.recipient is not None:  # 5
        findings.append(check_recipient(document, policy.recipient))
    if secured.plain:  # what is plain holds no other credential
        return conclude([*findings, _check_issuer(secured, policy)], kind, document)
    embedded = tuple(_judge_embedded(document, kind, documents, policy, now, depth))  # 6
    if kind == "clr":
        findings += _check_record(embedded, depth)
    vouched = _check_endorser(secured, kind, embedded, documents, policy, depth)  # 7
    findings += vouched.findings if vouched else [_check_issuer(secured, policy)]
    verdict = conclude(findings, kind, document, embedded)
    return replace(verdict, endorser=vouched.endorser) if vouched else verdict


def conclude(
    findings: list[Finding],
    kind: str,
    credential: Mapping[str, Any] | None,
    embedded: tuple[Verdict, ...] = (),
) -> Verdict:
    """The verdict these findings come to: the worst of them decides, and nothing found decides nothing."""
    levels = [finding.level for finding in findings]
    outcome: Outcome = "valid"
    if "error" in levels:
        outcome = "invalid"
    elif "unknown" in levels or not findings:
        outcome = "indeterminate"
    return Verdict(outcome, tuple(findings), kind, credential, embedded)


def kind_of(document: Mapping[str, Any]) -> str:
    """What a document says it is, by its most telling type."""
    types = as_list(document.get("type", document.get("@type")))
    for name, kind in KINDS.items():
        if name in types:
            return kind
    return "unknown"


def _check_shape(secured: Secured, kind: str, policy: Policy) -> list[Finding]:
    expected = policy.expect
    welcome = {expected} if expected else {"badge", "endorsement", "clr"}
    findings = []
    if expected == "credential":
        kind = "credential" if kind != "presentation" else kind
    if kind not in welcome:
        what = {"credential": "a verifiable credential, but no badge", "unknown": "no credential"}.get(
            kind, "an endorsement" if kind == "endorsement" else f"a {kind}"
        )
        wanted = expected or "badge or endorsement"
        said = f"A {wanted} was expected; this is {what}."
        if wanted == "endorsement":
            said = f"An endorsement was expected; this is {what}."
        findings.append(Finding("not_expected", "error", said, "/type"))
    failed = [] if secured.plain else check_schema(secured.document, kind, policy.effort)
    if not failed and not findings:
        return [Finding("shape", "ok", "It has the form of what it says it is.")]
    return findings + failed


def check_dates(document: Mapping[str, Any], now: datetime) -> list[Finding]:
    """Whether `now` lies in the period of validity, with 60 s leeway at both ends (VCDM 2.0 §4.9)."""
    findings = []
    for name in ("validFrom", "issuanceDate", "validUntil", "expirationDate"):
        text = document.get(name)
        if text is None:
            continue
        try:
            moment = parse_date(text)
        except ExchangeError:
            findings.append(Finding("date_malformed", "error", f"{name} cannot be read.", f"/{name}"))
            continue
        if name in ("validFrom", "issuanceDate"):
            if is_yet_to_come(moment, now):
                early = f"It is valid only from {text}."
                findings.append(Finding("not_yet_valid", "error", early, f"/{name}"))
        elif is_over(moment, now):
            was = f"It was valid until {text}; that time is over."
            findings.append(Finding("expired", "error", was, f"/{name}"))
    return findings or [Finding("in_period", "ok", "Today lies in its period of validity.")]


def _check_issuer(secured: Secured, policy: Policy) -> Finding:
    issuer = secured.issuer_id
    if issuer in policy.known_issuers:
        return Finding("issuer_known", "ok", f"The issuer is known here: {issuer}.", "/issuer")
    return Finding(
        "issuer_unknown",
        "warning",
        f"The signature is that of {issuer:.200}; who that is, we do not know. Decide by the name you trust.",
        "/issuer",
    )


def _check_endorser(
    secured: Secured,
    kind: str,
    embedded: tuple[Verdict, ...],
    documents: Documents,
    policy: Policy,
    depth: int,
) -> Vouched | None:
    if kind not in ("endorsement", "badge") or depth > 1:  # a person may issue a badge too: a vouch
        return None
    places = {at for at, _ in key_tokens(secured.document)}
    inside = [
        Judged(verdict.outcome, verdict.codes, verdict.credential)
        for verdict in embedded
        if verdict.at in places and verdict.kind == "endorsement"
    ]
    return check_endorser(secured, inside, documents, policy)


def _check_record(embedded: tuple[Verdict, ...], depth: int) -> list[Finding]:
    """What is to be said of a learner record because of what is in it (CLR 2.0: each is verified)."""
    if depth:
        inside = "It is a record inside another document, and is not looked into: hand it in by itself."
        return [Finding("record_inside", "unknown", inside, _RECORDED)]
    recorded = [verdict for verdict in embedded if verdict.at.startswith(_RECORDED)]
    if not recorded:
        return [Finding("record_empty", "unknown", "There is no credential in it.", _RECORDED)]
    fallen = [part_that_falls(one, "recorded_credential") for one in recorded if one.outcome != "valid"]
    strange = "A credential in it stands, but who issued it is not known here."
    return fallen + [
        Finding("recorded_issuer_unknown", "warning", strange, one.at)
        for one in recorded
        if one.outcome == "valid" and "issuer_unknown" in one.codes
    ]


def part_that_falls(verdict: Verdict, code: str) -> Finding:
    """What a credential that is not valid is to the whole that holds it."""
    level: Level = "error" if verdict.outcome == "invalid" else "unknown"
    why = next(finding.message for finding in verdict.findings if finding.level == level)
    return Finding(code, level, f"A credential in it does not stand: {why}", verdict.at)


def _judge_embedded(
    document: Mapping[str, Any], kind: str, documents: Documents, policy: Policy, now: datetime, depth: int
) -> Iterator[Verdict]:
    inner: Policy | None = None  # most badges embed nothing
    for count, (at, value, about) in enumerate(_embedded(document, kind, depth)):
        inner = inner or replace(policy, expect=None, recipient=None, domain=None, challenge=None)
        most = _MAX_RECORDED if kind == "clr" else _MAX_EMBEDDED
        if count >= most:
            many = f"More than {most} embedded credentials; the rest was not looked at."
            yield Verdict("indeterminate", (Finding("too_many_embedded", "unknown", many, at),), at=at)
            return
        below = (
            2 if kind == "endorsement" else depth + 1
        )  # what speaks for an endorser needs no word of others
        yield replace(_judge_one(value, about, document, documents, inner, now, below), at=at)


def _judge_one(
    value: Any,
    about: str | None,
    parent: Mapping[str, Any],
    documents: Documents,
    policy: Policy,
    now: datetime,
    depth: int,
) -> Verdict:
    try:
        if isinstance(value, dict):
            secured = opened(Secured({"@context": parent.get("@context"), **value}))
        else:
            secured = read_secured(value.encode() if isinstance(value, str) else b"null")
    except ExchangeError as error:
        return conclude([finding_from(error)], "unknown", None)
    verdict = judge_secured(secured, documents, policy, now, depth=depth)
    if about is None or verdict.credential is None:
        return verdict
    findings = [*verdict.findings, *_check_subject(verdict.credential, about)]
    whole = conclude(findings, verdict.kind, verdict.credential, verdict.endorsements)
    return replace(whole, endorser=verdict.endorser)


def _check_subject(document: Mapping[str, Any], about: str) -> list[Finding]:
    ids = [
        subject.get("id")
        for subject in as_list(document.get("credentialSubject"))
        if isinstance(subject, dict)
    ]
    if ids == [about]:
        return []
    other = f"It endorses {ids!r:.120}, not what it is attached to."
    return [Finding("endorses_something_else", "error", other, "/credentialSubject/id")]


def _embedded(document: Mapping[str, Any], kind: str, depth: int) -> Iterator[tuple[str, Any, str | None]]:
    """(place, credential, id of what it must be about) of all that is embedded (OB 3.0 §5.7; CLR §5), as far
    as
    it is looked at in something that is itself embedded `depth` deep."""
    if depth:
        if depth == 1 and kind == "endorsement":
            about = Secured(dict(document)).issuer_id
            for at, token in key_tokens(document)[:MOST_KEY_CREDENTIALS]:
                yield at, token, about
        return
    subject = next(iter(as_list(document.get("credentialSubject"))), None)
    subject = subject if isinstance(subject, dict) else {}
    if kind == "clr":
        for index, value in enumerate(as_list(subject.get("verifiableCredential"))):
            yield f"{_RECORDED}/{index}", value, None
    for at, holder in (
        ("", document),
        ("/issuer", document.get("issuer")),
        ("/credentialSubject/achievement", subject.get("achievement")),
    ):
        if not isinstance(holder, dict) or ("endorsement" not in holder and "endorsementJwt" not in holder):
            continue
        identifier = holder.get("id")
        for member in ("endorsement", "endorsementJwt"):
            for index, value in enumerate(as_list(holder.get(member))):
                yield f"{at}/{member}/{index}", value, identifier if isinstance(identifier, str) else ""
