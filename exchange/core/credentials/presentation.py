"""Presentations: somebody shows credentials, to one verifier, for one question (VCDM 2.0 §4.13).

A presentation proves who shows, its credentials prove themselves. So its proof is judged first, made by the
holder's key for authentication, for the domain and the challenge that were asked for; then every credential
in it is judged like one that came alone. A credential without a proof of its own is the holder's own word,
if the holder is its issuer (§4.13.4).

Whose key that is, the presentation may carry: a key credential of the holder's key, by who knows them. It is
believed as in an endorsement (`core/verdict/endorser.py`), only if it stands and is about that very key.

One that nobody signed is no more than a bundle: who wants to know what is in it may have it judged as that.
It proves nothing of who hands it over, and answers nobody's question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from exchange.core import strict_json
from exchange.core.canonical import rdf, terms
from exchange.core.canonical.effort import Effort
from exchange.core.credentials.embedded import embedded
from exchange.core.credentials.schema import check_schema
from exchange.core.keys.multibase import base64url_decode, base64url_encode
from exchange.core.proofs.data_integrity import as_list
from exchange.core.proofs.jwt import peek_jwt
from exchange.core.verdict.binding import check_place
from exchange.core.verdict.documents import Documents
from exchange.core.verdict.endorser import Judged, Vouched, check_presenter
from exchange.core.verdict.finding import Finding, finding_from
from exchange.core.verdict.policy import Policy
from exchange.core.verdict.secured import Proven, Secured, check_proof, enveloped_token, opened
from exchange.core.verdict.verdict import (
    Asking,
    Verdict,
    conclude,
    judge_secured,
    kind_of,
    part_that_falls,
)
from exchange.errors import ExchangeError, InputError

_BASE = "https://www.w3.org/ns/credentials/v2"
MOST_CREDENTIALS = 200
"""In one presentation; what all of them together may cost is the `Effort`'s."""
_TYPES = {"VerifiablePresentation", "EnvelopedVerifiablePresentation"}
_NOBODY = Finding(
    "presentation_unsigned",
    "warning",
    "Nobody signed the presentation itself: who put it together is not shown. What is in it proves itself.",
)


def build_presentation(credentials: Iterable[bytes], holder: str = "") -> dict[str, Any]:
    """A presentation of signed credentials, each as it was signed: a token in an envelope, JSON as it is
    (VCDM 2.0 §4.13). Without a `holder` it is for nobody to sign."""
    return {
        "@context": [_BASE],
        "type": ["VerifiablePresentation"],
        **({"holder": holder} if holder else {}),
        "verifiableCredential": [embedded(one) for one in credentials],
    }


def fits_in_presentation(credential: bytes) -> bool:
    """Whether a presentation can hold it as it was signed: its words are known, and mean there what they mean
    alone."""
    try:
        terms.check_terms(build_presentation([credential]))
    except ExchangeError:
        return False
    return True


def prepare_presentation(
    presentation: Mapping[str, Any], kid: str, claims: Mapping[str, Any] | None = None
) -> bytes:
    """What its holder signs with a key of P-256, to make a token of it: the signing input, to which a dot and
    the signature are added (VC-JOSE-COSE §3.1.2).

    `claims`: for whom it is (`aud`), which question it answers (`nonce`), and when it was made and ends
    (`iat`, `exp`, RFC 7519 §4.1).
    """
    header = {"alg": "ES256", "kid": kid, "typ": "vp+jwt"}
    payload = {**presentation, "iss": presentation["holder"], **(claims or {})}
    return ".".join(base64url_encode(strict_json.dump(part)) for part in (header, payload)).encode()


def enveloped_presentation(token: bytes) -> dict[str, Any]:
    """A signed presentation as JSON (VCDM 2.0 §4.13.2)."""
    return {
        "@context": _BASE,
        "id": f"data:application/vp+jwt,{token.decode()}",
        "type": "EnvelopedVerifiablePresentation",
    }


def peek_presentation(raw: bytes) -> bool:
    """Whether this says of itself that it is a presentation. Untrusted, and never raises."""
    text = raw.strip(b" \t\r\n")
    try:
        if text[:1] != b"{":
            text = base64url_decode(text.split(b".")[1])
        if b"VerifiablePresentation" not in text:
            return False
        return not _TYPES.isdisjoint(map(str, as_list(_read(raw).document.get("type"))))
    except (ExchangeError, IndexError):
        return False


def judge_presentation(
    presentation: bytes,
    documents: Documents,
    policy: Policy,
    now: datetime,
    *,
    purpose: str = "authentication",
    expect: Literal["credential"] | None = "credential",
    bundle: bool = False,
) -> Verdict:
    """The verdict on `presentation` (JSON, a compact JWS, or an EnvelopedVerifiablePresentation of one); its
    `endorser` is who presents it, if a key credential in it says so that stands.

    `policy.domain` and `policy.challenge` are for the presentation, `policy.recipient` for all in it but
    endorsements, everything else of `policy` for all. `expect`: what they have to be, None for badges,
    endorsements and CLRs. `bundle`: one without any proof is judged too, by what is in it. The verdicts on
    the credentials are its `endorsements`; one that is not valid is a finding of its own. Never raises for
    what a stranger sent.
    """
    try:
        secured = _read(presentation)
    except ExchangeError as error:
        return conclude([finding_from(error)], "presentation", None)
    policy = policy if policy.effort else replace(policy, effort=Effort())
    findings = [f for f in check_schema(secured.document, "presentation", policy.effort) if f.level != "ok"]
    if not findings:
        findings = [Finding("shape", "ok", "It has the form of a presentation.")]
    policy = policy if policy.effort else replace(policy, effort=Effort())
    # Whoever made the proof of a presentation without a holder shows it; nobody else is named.
    own = replace(policy, purpose=purpose, relaxed=policy.relaxed or not secured.issuer_id)
    signed = secured.jwt is not None or "proof" in secured.document
    asked = policy.domain is not None or policy.challenge is not None  # which only a signature answers
    bare = bundle and not signed and not asked
    proven = Proven([_NOBODY], True) if bare else check_proof(secured, documents, own, now)
    findings += proven.findings
    if not proven.ok:
        return conclude(findings, "presentation", None)
    inner = replace(policy, expect=expect, domain=None, challenge=None)
    holder = secured.issuer_id if signed else ""
    presented = tuple(_judge_presented(secured.document, holder, documents, inner, now))
    if bundle and not presented:
        findings.append(Finding("presentation_empty", "unknown", "There is no credential in it."))
    findings += [
        part_that_falls(verdict, "presented_credential")
        for verdict in presented
        if verdict.outcome != "valid"
    ]
    shower = _presenter(holder, presented, policy)
    findings += shower.findings
    if shower.endorser and policy.recipient is None:
        findings += _check_compared({holder, shower.endorser.profile}, presented)
    verdict = conclude(findings, "presentation", secured.document if signed else None, presented)
    return replace(verdict, endorser=shower.endorser)


def judge_presentation_asking(
    presentation: bytes,
    documents: Documents,
    policy: Policy,
    now: datetime,
    *,
    purpose: str = "authentication",
    expect: Literal["credential"] | None = "credential",
    bundle: bool = False,
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict, and the URLs it asked for that `documents` does not hold yet, in the order asked."""
    asked = Asking(documents)
    verdict = judge_presentation(
        presentation, asked, policy, now, purpose=purpose, expect=expect, bundle=bundle
    )
    return verdict, tuple(asked.wanted)


def _read(raw: bytes) -> Secured:
    text = raw.strip(b" \t\r\n")
    if text[:1] not in (b"{", b"[", b'"') and text.count(b".") == 2:
        return _from_token(text)
    document = strict_json.parse(text)
    if not isinstance(document, dict):
        raise InputError("not_a_presentation", "This is JSON, but not an object: a presentation is one.")
    token = enveloped_token(document, "EnvelopedVerifiablePresentation", "application/vp+jwt")
    return Secured(document, None, text, "holder") if token is None else _from_token(token)


def _from_token(token: bytes) -> Secured:
    jwt = peek_jwt(token, presented=True)
    return Secured(jwt.credential, jwt, token, "holder")


def _judge_presented(
    presentation: Mapping[str, Any], holder: str, documents: Documents, policy: Policy, now: datetime
) -> Iterator[Verdict]:
    """`holder`: whose own words in it count, `""` for nobody's."""
    member = presentation.get("verifiableCredential")
    for index, value in enumerate(as_list(member)):
        at = f"/verifiableCredential/{index}" if isinstance(member, list) else "/verifiableCredential"
        if index >= MOST_CREDENTIALS:
            many = f"More than {MOST_CREDENTIALS} credentials; the rest was not looked at."
            yield Verdict("indeterminate", (Finding("too_many_embedded", "unknown", many, at),), at=at)
            return
        yield replace(_judge_one(value, holder, documents, policy, now), at=at)


def _judge_one(value: Any, holder: str, documents: Documents, policy: Policy, now: datetime) -> Verdict:
    try:
        if not isinstance(value, dict):
            raise InputError("not_a_credential", "What a presentation holds must be credentials, as objects.")
        secured = opened(Secured(value))
        proven = None
        if secured.jwt is None and "proof" not in value:
            proven = _self_asserted(secured, holder, policy)
        if policy.recipient is not None and kind_of(secured.document) == "endorsement":
            policy = replace(policy, recipient=None)  # it is issued to nobody
    except ExchangeError as error:
        return conclude([finding_from(error)], "credential", None)
    return judge_secured(secured, documents, policy, now, proven=proven)


def _self_asserted(secured: Secured, holder: str, policy: Policy) -> Proven:
    """The holder's own word, covered by the proof of the presentation, and read where it is signed."""
    if not holder or secured.issuer_id != holder:
        whose = "It has no proof of its own, and its issuer is not the holder of the presentation."
        raise InputError("proof_missing", whose, "/proof")
    document = secured.document
    quads = rdf.canonize(document, contexts=policy.contexts, exact=policy.exact, effort=policy.effort)
    check_place(document, quads)
    own = "It is the holder's own word, secured with the presentation."
    return Proven([Finding("self_asserted", "ok", own)], True)


def _presenter(holder: str, presented: tuple[Verdict, ...], policy: Policy) -> Vouched:
    """Whose key showed it, as a key credential says that it carries; nothing of who signed nothing."""
    if not holder:
        return Vouched([])
    said = [
        Judged(one.outcome, one.codes, one.credential)
        for one in presented
        if one.kind == "endorsement" and one.credential is not None
    ]
    return check_presenter(holder, said, policy)


def _check_compared(presenter: set[str], presented: tuple[Verdict, ...]) -> list[Finding]:
    """A presenter who is named is easily taken for whom the badges were issued to: that nobody compared."""
    subjects = (
        subject
        for part in presented
        for one in (part, *part.endorsements)  # what a record holds too
        if one.kind in ("badge", "clr") and one.credential is not None
        for subject in as_list(one.credential.get("credentialSubject"))
        if isinstance(subject, dict) and ("id" in subject or "identifier" in subject)
    )
    if all(subject.get("id") in presenter for subject in subjects):
        return []
    said = (
        "Whom the badges in it were issued to was not compared with who presents it: compare it with an "
        "address of theirs."
    )
    return [Finding("recipient_not_compared", "warning", said, "/verifiableCredential")]
